/* SPDX-License-Identifier: GPL-2.0-only */
/* Captured streams: what a kernel sent, for a client that asks. */
#ifndef FSW_TEST_STREAM_H
#define FSW_TEST_STREAM_H

#include "peer.h"

/* put all of the file @path into the sockets of @peer; 0 or -1 with errno */
int stream_load(struct peer *peer, const char *path);

#endif /* FSW_TEST_STREAM_H */
