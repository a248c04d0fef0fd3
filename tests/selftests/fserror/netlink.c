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
 * nl_attrs - the attributes of a generic netlink message
 * @nlh: message
 * @len: set to the bytes that they take
 *
 * Return: the first one; not to be touched if @len is too small for one.
 */
const struct nlattr *nl_attrs(const struct nlmsghdr *nlh, int *len)
{
	const char *data = (const char *)nlh + NLMSG_HDRLEN + GENL_HDRLEN;

	*len = (int)nlh->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
	return (const struct nlattr *)data;
}

static bool attr_ok(const struct nlattr *attr, int len)
{
	return len >= (int)sizeof(*attr) && attr->nla_len >= sizeof(*attr) &&
	       attr->nla_len <= len;
}

/**
 * nl_next - go on to the next attribute
 * @attr: this one
 * @len: bytes from this one on; set to the bytes from the next one on
 *
 * Return: the next one; not to be touched if @len is too small for one.
 */
const struct nlattr *nl_next(const struct nlattr *attr, int *len)
{
	int size = NLA_ALIGN(attr->nla_len);

	*len -= size;
	return (const struct nlattr *)((const char *)attr + size);
}

/**
 * nl_data - what an attribute holds
 * @attr: attribute
 *
 * Return: its payload.
 */
const void *nl_data(const struct nlattr *attr)
{
	return (const char *)attr + NLA_HDRLEN;
}

/**
 * nl_len - how much an attribute holds
 * @attr: attribute
 *
 * Return: bytes of its payload.
 */
int nl_len(const struct nlattr *attr)
{
	return attr->nla_len - NLA_HDRLEN;
}

/**
 * nl_type - what an attribute is
 * @attr: attribute
 *
 * Return: its type, without the flags.
 */
int nl_type(const struct nlattr *attr)
{
	return attr->nla_type & NLA_TYPE_MASK;
}

/**
 * nl_u32 - a number of 32 bits
 * @attr: attribute
 *
 * Return: its value, 0 if it has another length.
 */
__u32 nl_u32(const struct nlattr *attr)
{
	__u32 value = 0;

	if (nl_len(attr) == sizeof(value))
		memcpy(&value, nl_data(attr), sizeof(value));
	return value;
}

/**
 * nl_uint - a number of 32 or 64 bits
 * @attr: attribute
 *
 * Return: its value, 0 if it has another length.
 */
__u64 nl_uint(const struct nlattr *attr)
{
	__u64 value = 0;

	if (nl_len(attr) != sizeof(value))
		return nl_u32(attr);
	memcpy(&value, nl_data(attr), sizeof(value));
	return value;
}

static int parse(const struct nlattr *attr, int len, const struct nlattr **tb,
		 int max)
{
	memset(tb, 0, sizeof(*tb) * (max + 1));
	for (; attr_ok(attr, len); attr = nl_next(attr, &len)) {
		if (nl_type(attr) > max)
			return -EPROTO;
		tb[nl_type(attr)] = attr;
	}
	return len > 0 ? -EPROTO : 0;
}

/**
 * nl_parse - sort the attributes of a nest by type
 * @nest: nest
 * @tb: set to the attributes, NULL where there is none; the last one counts
 * @max: greatest type
 *
 * Return: 0, or -EPROTO if it is malformed or has a greater type.
 */
int nl_parse(const struct nlattr *nest, const struct nlattr **tb, int max)
{
	return parse(nl_data(nest), nl_len(nest), tb, max);
}

/**
 * nl_parse_msg - sort the attributes of a message by type
 * @nlh: message
 * @tb: set to the attributes, NULL where there is none; the last one counts
 * @max: greatest type
 *
 * Return: 0, or -EPROTO if it is malformed or has a greater type.
 */
int nl_parse_msg(const struct nlmsghdr *nlh, const struct nlattr **tb, int max)
{
	const struct nlattr *attr;
	int len;

	attr = nl_attrs(nlh, &len);
	return parse(attr, len, tb, max);
}

/**
 * nl_open_for - open a socket for a family that is known
 * @nl: filled in
 * @family: id of the family
 * @group: id of its group
 *
 * Return: 0 or a negative errno.
 */
int nl_open_for(struct nl *nl, __u16 family, __u32 group)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	socklen_t len = sizeof(address);
	int one = 1;

	memset(nl, 0, sizeof(*nl));
	nl->family = family;
	nl->group = group;
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
	int error = nl_open_for(nl, 0, 0);

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
 * nl_join - join the family's group
 * @nl: socket
 *
 * Return: 0 or a negative errno.
 */
int nl_join(struct nl *nl)
{
	return setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
			  &nl->group, sizeof(nl->group)) ?
		       -errno :
		       0;
}

/**
 * nl_msg_init - begin a request
 * @msg: request
 * @nl: socket that it is for
 * @cmd: command
 * @flags: NLM_F_DUMP or NLM_F_ACK or 0
 */
void nl_msg_init(struct nl_msg *msg, const struct nl *nl, __u8 cmd, __u16 flags)
{
	memset(msg, 0, sizeof(*msg));
	msg->nlh.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	msg->nlh.nlmsg_type = nl->family;
	msg->nlh.nlmsg_flags = NLM_F_REQUEST | flags;
	msg->genlh.cmd = cmd;
	msg->genlh.version = FSERROR_FAMILY_VERSION;
}

/**
 * nl_put - put an attribute into a request
 * @msg: request, which has room for it
 * @type: its type, flags included
 * @data: payload
 * @len: bytes of it
 *
 * Return: where the attribute is in the request, in bytes.
 */
__u32 nl_put(struct nl_msg *msg, __u16 type, const void *data, size_t len)
{
	__u32 offset = NLMSG_ALIGN(msg->nlh.nlmsg_len);
	struct nlattr attr = {
		.nla_type = type,
		.nla_len = NLA_HDRLEN + len,
	};

	memcpy(msg->buf + offset, &attr, sizeof(attr));
	if (len)
		memcpy(msg->buf + offset + NLA_HDRLEN, data, len);
	msg->nlh.nlmsg_len = offset + NLA_ALIGN(attr.nla_len);
	return offset;
}

/**
 * nl_put_u32 - put a number of 32 bits into a request
 * @msg: request
 * @type: type of the attribute
 * @value: the number
 *
 * Return: where the attribute is in the request, in bytes.
 */
__u32 nl_put_u32(struct nl_msg *msg, __u16 type, __u32 value)
{
	return nl_put(msg, type, &value, sizeof(value));
}

/**
 * nl_put_u64 - put a number of 64 bits into a request
 * @msg: request
 * @type: type of the attribute
 * @value: the number
 *
 * Return: where the attribute is in the request, in bytes.
 */
__u32 nl_put_u64(struct nl_msg *msg, __u16 type, __u64 value)
{
	return nl_put(msg, type, &value, sizeof(value));
}

/**
 * nl_nest - begin a nest
 * @msg: request
 * @type: type of the nest
 *
 * Return: where the nest is in the request, in bytes.
 */
__u32 nl_nest(struct nl_msg *msg, __u16 type)
{
	return nl_put(msg, type | NLA_F_NESTED, NULL, 0);
}

/**
 * nl_nest_end - end a nest
 * @msg: request
 * @nest: where the nest is
 */
void nl_nest_end(struct nl_msg *msg, __u32 nest)
{
	struct nlattr *attr = (struct nlattr *)(msg->buf + nest);

	attr->nla_len = msg->nlh.nlmsg_len - nest;
}

static void read_extended_ack(const struct nlmsghdr *nlh, size_t payload,
			      struct nl_answer *answer)
{
	const struct nlattr *tb[NLMSGERR_ATTR_MAX + 1], *text;
	const char *data = (const char *)nlh + NLMSG_HDRLEN;
	size_t skip = NLMSG_ALIGN(payload), len;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (parse((const struct nlattr *)(data + skip),
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

	for (; attr_ok(attr, len); attr = nl_next(attr, &len)) {
		if (nl_parse(attr, tb, CTRL_ATTR_MCAST_GRP_MAX) ||
		    !tb[CTRL_ATTR_MCAST_GRP_NAME] ||
		    !tb[CTRL_ATTR_MCAST_GRP_ID])
			continue;
		if (!strcmp(nl_data(tb[CTRL_ATTR_MCAST_GRP_NAME]),
			    FSERROR_MCGRP_EVENTS))
			nl->group = nl_u32(tb[CTRL_ATTR_MCAST_GRP_ID]);
	}
}

static void read_family(const struct nlmsghdr *nlh, void *data)
{
	struct nl *nl = data;
	const struct nlattr *attr;
	__u16 id;
	int len;

	for (attr = nl_attrs(nlh, &len); attr_ok(attr, len);
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
 * @nl: socket; the family and its group are set
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
