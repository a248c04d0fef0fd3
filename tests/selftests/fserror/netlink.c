// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink over a plain socket.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"

/* larger than any answer of a dump, which takes up to 32 KiB */
#define RECEIVE_BYTES (64 * 1024)

/* an answer that takes longer is none */
#define ANSWER_MS 20000

/**
 * nl_open_for - open a socket for a family that is known
 * @nl: filled in
 * @family: id of the family
 * @group: id of its group damage
 * @io_group: id of its group io
 *
 * Return: 0 or a negative errno.
 */
int nl_open_for(struct nl *nl, __u16 family, __u32 group, __u32 io_group)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	socklen_t len = sizeof(address);
	int one = 1;

	memset(nl, 0, sizeof(*nl));
	nl->family = family;
	nl->group = group;
	nl->io_group = io_group;
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (nl->fd < 0)
		return -errno;
	if (setsockopt(nl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one,
		       sizeof(one)) ||
	    setsockopt(nl->fd, SOL_NETLINK, NETLINK_CAP_ACK, &one,
		       sizeof(one)) ||
	    bind(nl->fd, (struct sockaddr *)&address, sizeof(address)) ||
	    getsockname(nl->fd, (struct sockaddr *)&address, &len)) {
		int error = -errno;

		close(nl->fd);
		nl->fd = -1;
		return error;
	}
	nl->portid = address.nl_pid;
	return 0;
}

/**
 * nl_open - open a socket for the family
 * @nl: filled in
 *
 * Return: 0 or a negative errno.
 */
int nl_open(struct nl *nl)
{
	int error = nl_open_for(nl, 0, 0, 0);

	if (error)
		return error;
	error = nl_resolve(nl);
	if (error)
		nl_close(nl);
	return error;
}

/**
 * nl_close - close a socket
 * @nl: the socket
 */
void nl_close(struct nl *nl)
{
	if (nl->fd >= 0)
		close(nl->fd);
	nl->fd = -1;
}

/**
 * nl_join_group - join one group
 * @nl: socket
 * @group: id of the group
 *
 * Return: 0 or a negative errno.
 */
int nl_join_group(struct nl *nl, __u32 group)
{
	if (setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group)))
		return -errno;
	return 0;
}

/**
 * nl_join - join both groups of the family
 * @nl: socket
 *
 * Return: 0 or a negative errno.
 */
int nl_join(struct nl *nl)
{
	int error = nl_join_group(nl, nl->group);

	return error ?: nl_join_group(nl, nl->io_group);
}

static void read_extended_ack(const struct nlmsghdr *nlh, size_t payload,
			      struct nl_answer *answer)
{
	const struct nlattr *tb[NLMSGERR_ATTR_MAX + 1], *text;
	const char *data = (const char *)nlh + NLMSG_HDRLEN;
	size_t skip = NLMSG_ALIGN(payload), len;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (nl_parse_attrs((const struct nlattr *)(data + skip),
			   (int)(nlh->nlmsg_len - NLMSG_HDRLEN - skip), tb,
			   NLMSGERR_ATTR_MAX))
		return;

	text = tb[NLMSGERR_ATTR_MSG];
	if (text) {
		len = nl_len(text);
		if (len >= sizeof(answer->text))
			len = sizeof(answer->text) - 1;
		memcpy(answer->text, nl_data(text), len);
	}
	if (tb[NLMSGERR_ATTR_OFFS]) {
		answer->has_offset = true;
		answer->offset = nl_u32(tb[NLMSGERR_ATTR_OFFS]);
	}
	if (tb[NLMSGERR_ATTR_MISS_TYPE]) {
		answer->has_missing = true;
		answer->missing = nl_u32(tb[NLMSGERR_ATTR_MISS_TYPE]);
	}
	if (tb[NLMSGERR_ATTR_MISS_NEST]) {
		answer->has_nest = true;
		answer->nest = nl_u32(tb[NLMSGERR_ATTR_MISS_NEST]);
	}
}

/* Returns whether the message is the end of the answer. */
static bool read_end(const struct nlmsghdr *nlh, struct nl_answer *answer)
{
	const char *data = (const char *)nlh + NLMSG_HDRLEN;
	const struct nlmsgerr *err = (const struct nlmsgerr *)data;

	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
		answer->error = err->error;
		/* without the payload of the request: NETLINK_CAP_ACK */
		read_extended_ack(nlh, sizeof(*err), answer);
		return true;
	case NLMSG_DONE:
		memcpy(&answer->error, data, sizeof(answer->error));
		read_extended_ack(nlh, sizeof(answer->error), answer);
		return true;
	}
	return false;
}

static bool message_ok(const struct nlmsghdr *nlh, ssize_t len)
{
	return len >= (ssize_t)sizeof(*nlh) && nlh->nlmsg_len >= sizeof(*nlh) &&
	       (ssize_t)nlh->nlmsg_len <= len;
}

/*
 * Receive once. Returns 1 if that had the end of the answer to @seq, 0 if not, or
 * a negative errno; -EAGAIN if nothing came. @seq 0 is for what is not an answer.
 */
static int receive_once(struct nl *nl, int timeout_ms, __u32 seq,
			nl_reply_fn fn, void *data, struct nl_answer *answer)
{
	union {
		struct nlmsghdr nlh;
		char bytes[RECEIVE_BYTES];
	} buf;
	struct pollfd pollfd = { .fd = nl->fd, .events = POLLIN };
	const struct nlmsghdr *nlh;
	const char *at = buf.bytes;
	ssize_t len;

	if (poll(&pollfd, 1, timeout_ms) < 0)
		return -errno;
	len = recv(nl->fd, buf.bytes, sizeof(buf), MSG_DONTWAIT | MSG_TRUNC);
	if (len < 0)
		return -errno;
	if (len > (ssize_t)sizeof(buf))
		return -EMSGSIZE;

	for (nlh = (const struct nlmsghdr *)at; message_ok(nlh, len);
	     len -= NLMSG_ALIGN(nlh->nlmsg_len),
	    at += NLMSG_ALIGN(nlh->nlmsg_len),
	    nlh = (const struct nlmsghdr *)at) {
		/* events and answers share the socket */
		if (nlh->nlmsg_seq != seq)
			continue;
		if (answer && read_end(nlh, answer))
			return 1;
		if (answer)
			answer->replies++;
		if (fn)
			fn(nlh, data);
	}
	return 0;
}

/**
 * nl_ask - send a request and receive the answer
 * @nl: socket
 * @msg: request; the kernel is asked to say when it is done
 * @fn: called for each message of the answer, or NULL
 * @data: for @fn
 * @answer: filled in
 *
 * Return: 0 if there was an answer, whatever it is, or a negative errno.
 */
int nl_ask(struct nl *nl, struct nl_msg *msg, nl_reply_fn fn, void *data,
	   struct nl_answer *answer)
{
	int error;

	memset(answer, 0, sizeof(*answer));
	msg->nlh.nlmsg_seq = ++nl->seq;
	msg->nlh.nlmsg_flags |= NLM_F_ACK;
	if (send(nl->fd, msg->buf, msg->nlh.nlmsg_len, 0) < 0)
		return -errno;
	do {
		error = receive_once(nl, ANSWER_MS, nl->seq, fn, data, answer);
	} while (!error);
	return error == 1 ? 0 : error;
}

/**
 * nl_receive - receive once what is not an answer
 * @nl: socket
 * @timeout_ms: how long to wait
 * @fn: called for each message
 * @data: for @fn
 *
 * Return: 0, -EAGAIN if nothing came, or another negative errno.
 */
int nl_receive(struct nl *nl, int timeout_ms, nl_reply_fn fn, void *data)
{
	return receive_once(nl, timeout_ms, 0, fn, data, NULL);
}

static void read_group(const struct nlattr *groups, struct nl *nl)
{
	const struct nlattr *tb[CTRL_ATTR_MCAST_GRP_MAX + 1];
	const struct nlattr *attr = nl_data(groups);
	int len = nl_len(groups);
	const char *name;

	for (; nl_ok(attr, len); attr = nl_next(attr, &len)) {
		if (nl_parse(attr, tb, CTRL_ATTR_MCAST_GRP_MAX) ||
		    !tb[CTRL_ATTR_MCAST_GRP_NAME] ||
		    !tb[CTRL_ATTR_MCAST_GRP_ID])
			continue;
		name = nl_data(tb[CTRL_ATTR_MCAST_GRP_NAME]);
		if (!strcmp(name, FSERROR_MCGRP_DAMAGE))
			nl->group = nl_u32(tb[CTRL_ATTR_MCAST_GRP_ID]);
		if (!strcmp(name, FSERROR_MCGRP_IO))
			nl->io_group = nl_u32(tb[CTRL_ATTR_MCAST_GRP_ID]);
	}
}

static void read_family(const struct nlmsghdr *nlh, void *data)
{
	struct nl *nl = data;
	const struct nlattr *attr;
	__u16 id;
	int len;

	for (attr = nl_attrs(nlh, &len); nl_ok(attr, len);
	     attr = nl_next(attr, &len)) {
		switch (nl_type(attr)) {
		case CTRL_ATTR_FAMILY_ID:
			memcpy(&id, nl_data(attr), sizeof(id));
			nl->family = id;
			break;
		case CTRL_ATTR_MCAST_GROUPS:
			read_group(attr, nl);
			break;
		}
	}
}

/**
 * nl_resolve - look the family up
 * @nl: socket; the family and its groups are set
 *
 * Return: 0, -ENOENT if there is no such family here, or another negative errno.
 */
int nl_resolve(struct nl *nl)
{
	struct nl control = *nl;
	struct nl_answer answer;
	struct nl_msg msg;
	int error;

	control.family = GENL_ID_CTRL;
	nl_msg_init(&msg, &control, CTRL_CMD_GETFAMILY, 0);
	nl_put(&msg, CTRL_ATTR_FAMILY_NAME, FSERROR_FAMILY_NAME,
	       sizeof(FSERROR_FAMILY_NAME));
	error = nl_ask(&control, &msg, read_family, nl, &answer);
	nl->seq = control.seq;
	return error ?: answer.error;
}
