/* SPDX-License-Identifier: GPL-2.0-only */
/* A kernel that watches all filesystems of the machine that the test runs on. */
#ifndef FSW_TEST_WATCHED_H
#define FSW_TEST_WATCHED_H

#include "peer.h"

/* the answer to fs-get: what is mounted from a disk, and one filesystem more */
void watched_send(struct peer *peer, uint32_t request);

#endif /* FSW_TEST_WATCHED_H */
