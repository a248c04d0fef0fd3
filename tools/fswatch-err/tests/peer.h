/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client whose sockets end in the test, which plays the kernel: messages are
 * put there before the client asks, requests are read back afterwards.
 */
#ifndef FSW_TEST_PEER_H
#define FSW_TEST_PEER_H

#include <netlink/msg.h>

#include "internal.h"

struct peer {
	struct fserror_client *client;
	int sub, io, req; /* the kernel's ends: of damage, of io, of requests */
};

void peer_open(struct peer *peer);
void peer_close(struct peer *peer);

struct stream *peer_stream(struct peer *peer, uint32_t group);

/* send and free @msg */
void peer_send(int fd, struct nl_msg *msg);

/* send an event message with the records @first to @last */
void peer_send_events(int fd, int cmd, uint32_t seq, uint64_t first,
		      uint64_t last);

/* read the next request into @buf: its length, 0 if there is none */
int peer_read(int fd, void *buf, size_t size);

#endif /* FSW_TEST_PEER_H */
