// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages are made and taken apart with libnl. The sockets are not libnl's: its
 * recvmsg() maps ENOBUFS (events were dropped, recover) and ENOMEM to the same error,
 * and nl_recvmsgs() keeps the end of an answer to itself, with the kernel's words for an
 * error. Without these a struct nl_sock would only be a descriptor with a number.
 */
#include "nlsock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/netlink.h>

static int set_option(int fd, int option)
{
	int on = 1;

	if (setsockopt(fd, SOL_NETLINK, option, &on, sizeof(on)))
		return -errno;
	return 0;
}

int nlsock_open(struct nlsock *sock)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	int err;

	sock->seq = 0;
	sock->buf = malloc(NLSOCK_BUFFER);
	if (!sock->buf) {
		sock->fd = -1;
		return -ENOMEM;
	}
	sock->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (sock->fd < 0 ||
	    bind(sock->fd, (struct sockaddr *)&addr, sizeof(addr))) {
		err = -errno;
		goto close_socket;
	}
	/* words with errors, and errors without a copy of the request */
	err = set_option(sock->fd, NETLINK_EXT_ACK);
	if (!err)
		err = set_option(sock->fd, NETLINK_CAP_ACK);
	if (!err)
		return 0;

close_socket:
	nlsock_close(sock);
	return err;
}

void nlsock_close(struct nlsock *sock)
{
	if (sock->fd >= 0)
		close(sock->fd);
	sock->fd = -1;
	free(sock->buf);
	sock->buf = NULL;
}

void nlsock_set_buffer(struct nlsock *sock, int bytes)
{
	/* the second one is cut down to the system's limit, without an error */
	if (setsockopt(sock->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
		       sizeof(bytes)))
		(void)setsockopt(sock->fd, SOL_SOCKET, SO_RCVBUF, &bytes,
				 sizeof(bytes));
}

int nlsock_join(struct nlsock *sock, uint32_t group)
{
	if (setsockopt(sock->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group)))
		return -errno;
	return 0;
}

int nlsock_receive(struct nlsock *sock)
{
	struct sockaddr_nl from;
	struct iovec iov = { sock->buf, NLSOCK_BUFFER };
	struct msghdr msg;
	ssize_t len;

	for (;;) {
		msg = (struct msghdr){ .msg_name = &from,
				       .msg_namelen = sizeof(from),
				       .msg_iov = &iov,
				       .msg_iovlen = 1 };
		memset(&from, 0, sizeof(from));
		len = recvmsg(sock->fd, &msg, MSG_DONTWAIT);
		if (len < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		/* only the kernel has port 0 */
		if (from.nl_family == AF_NETLINK && from.nl_pid != 0)
			continue;
		if (msg.msg_flags & MSG_TRUNC)
			return -ENOBUFS;
		if (len == 0)
			return -ECONNRESET;
		return len;
	}
}

int nlsock_send(struct nlsock *sock, struct nl_msg *msg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	ssize_t len;

	nlh->nlmsg_seq = ++sock->seq;
	nlh->nlmsg_flags |= NLM_F_REQUEST;
	do {
		len = send(sock->fd, nlh, nlh->nlmsg_len, MSG_NOSIGNAL);
	} while (len < 0 && errno == EINTR);
	return len < 0 ? -errno : 0;
}

/*
 * The error number of NLMSG_ERROR and NLMSG_DONE, and the words behind it.
 * @fixed is the length of what comes before the words.
 */
static int read_end(const struct nlmsghdr *nlh, int fixed,
		    struct nlsock_result *result)
{
	const char *data = nlmsg_data(nlh);
	int len = nlmsg_datalen(nlh), rem;
	struct nlattr *attr;

	/* a dump's end may have no error number at all */
	if (nlh->nlmsg_type == NLMSG_DONE && len == 0) {
		result->error = 0;
		return 0;
	}
	if (len < fixed)
		return -EBADMSG;
	memcpy(&result->error, data, sizeof(result->error));
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return 0;
	nla_for_each_attr(attr, (struct nlattr *)(data + fixed), len - fixed,
			  rem) {
		if (nla_type(attr) == NLMSGERR_ATTR_MSG)
			snprintf(result->text, sizeof(result->text), "%.*s",
				 nla_len(attr), (char *)nla_data(attr));
	}
	return 0;
}

int nlsock_feed(struct nlsock *sock, int len,
		int (*answer)(void *arg, const struct nlmsghdr *nlh),
		int (*other)(void *arg, const struct nlmsghdr *nlh), void *arg,
		struct nlsock_result *result)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)sock->buf;
	int err, end = 0;

	for (; nlmsg_ok(nlh, len); nlh = nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_seq != sock->seq || sock->seq == 0) {
			err = other ? other(arg, nlh) : 0;
			if (err)
				return err;
			continue;
		}
		switch (nlh->nlmsg_type) {
		case NLMSG_NOOP:
			break;
		case NLMSG_DONE:
			err = read_end(nlh, sizeof(int), result);
			if (err)
				return err;
			end = 1;
			break;
		case NLMSG_ERROR:
			err = read_end(nlh, sizeof(struct nlmsgerr), result);
			if (err)
				return err;
			end = 1;
			break;
		default:
			err = answer(arg, nlh);
			if (err)
				return err;
		}
	}
	return len > 0 ? -EBADMSG : end;
}
