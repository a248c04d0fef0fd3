// SPDX-License-Identifier: GPL-2.0-only
/*
 * The attributes of netlink messages, taken apart and put together.
 */
#include <errno.h>
#include <string.h>

#include "netlink.h"

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

/**
 * nl_ok - is there an attribute?
 * @attr: where it would be
 * @len: bytes from there on
 *
 * Return: whether there is one, whole.
 */
bool nl_ok(const struct nlattr *attr, int len)
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

/**
 * nl_parse_attrs - sort attributes by type
 * @attr: the first one
 * @len: bytes of all
 * @tb: set to the attributes, NULL where there is none; the last one counts
 * @max: greatest type
 *
 * Return: 0, or -EPROTO if they are malformed or one has a greater type.
 */
int nl_parse_attrs(const struct nlattr *attr, int len, const struct nlattr **tb,
		   int max)
{
	memset(tb, 0, sizeof(*tb) * (max + 1));
	for (; nl_ok(attr, len); attr = nl_next(attr, &len)) {
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
	return nl_parse_attrs(nl_data(nest), nl_len(nest), tb, max);
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
	return nl_parse_attrs(attr, len, tb, max);
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
