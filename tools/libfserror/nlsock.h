/* SPDX-License-Identifier: GPL-2.0-only */
/* One netlink socket: a request and its answers, one datagram at a time. */
#ifndef LIBFSERROR_NLSOCK_H
#define LIBFSERROR_NLSOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <netlink/msg.h>

#define NLSOCK_BUFFER \
	(256 * 1024) /* bytes; the kernel's messages are smaller */

struct nlsock {
	int fd; /* -1 if closed */
	uint32_t seq; /* of the last request */
	char *buf; /* NLSOCK_BUFFER bytes */
};

/* all return 0 or a negative errno, except where a count is returned */
int nlsock_open(struct nlsock *sock);
void nlsock_close(struct nlsock *sock);

/* make the receive buffer @bytes big, or as big as it may be */
void nlsock_set_buffer(struct nlsock *sock, int bytes);
int nlsock_join(struct nlsock *sock, uint32_t group);

/*
 * Receive one datagram into buf, without waiting. Returns its length in bytes,
 * -EAGAIN if there is none, -ENOBUFS if the kernel had to drop some or if this
 * one did not fit, or another negative errno.
 */
int nlsock_receive(struct nlsock *sock);

int nlsock_send(struct nlsock *sock, struct nl_msg *msg);

/* what an answer to nlsock_send() ended with */
struct nlsock_result {
	int error; /* 0 or a negative errno from the kernel */
	char text[160]; /* the kernel's words, "" if it gave none */
};

/*
 * Feed the @len bytes in buf. Messages that belong to the last request are
 * given to @answer, all others to @other (which may be NULL). Returns 1 if the
 * answer is at its end and @result has what it ended with, 0 if more is to
 * come, or what a callback returned if that was not 0.
 */
int nlsock_feed(struct nlsock *sock, int len,
		int (*answer)(void *arg, const struct nlmsghdr *nlh),
		int (*other)(void *arg, const struct nlmsghdr *nlh), void *arg,
		struct nlsock_result *result);

#endif /* LIBFSERROR_NLSOCK_H */
