/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Generic netlink over a plain socket, so that nothing between the tests and the
 * kernel mends a malformed request or hides an answer.
 */
#ifndef FSERROR_TESTS_NETLINK_H
#define FSERROR_TESTS_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <linux/fserror_netlink.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

/**
 * struct nl - a socket and the family
 * @fd: the socket
 * @portid: its port
 * @seq: of the last request
 * @family: id of the family
 * @group: id of its multicast group damage
 * @io_group: id of its multicast group io
 */
struct nl {
	int fd;
	__u32 portid;
	__u32 seq;
	__u16 family;
	__u32 group;
	__u32 io_group;
};

/**
 * struct nl_msg - a request
 * @nlh: header
 * @genlh: generic netlink's header
 * @buf: all of it
 */
struct nl_msg {
	union {
		struct {
			struct nlmsghdr nlh;
			struct genlmsghdr genlh;
		};
		char buf[4096];
	};
};

/**
 * struct nl_answer - what came back at the end
 * @error: negative errno, or 0
 * @text: the extended ack's text, or empty
 * @has_offset: there was an offending attribute
 * @offset: where it is in the request, in bytes
 * @has_missing: there was a missing attribute
 * @missing: its type
 * @has_nest: it is missing in a nest
 * @nest: where the nest is in the request, in bytes
 * @replies: messages before the end
 */
struct nl_answer {
	int error;
	char text[256];
	bool has_offset;
	__u32 offset;
	bool has_missing;
	__u32 missing;
	bool has_nest;
	__u32 nest;
	unsigned int replies;
};

typedef void (*nl_reply_fn)(const struct nlmsghdr *nlh, void *data);

int nl_open(struct nl *nl);
int nl_open_for(struct nl *nl, __u16 family, __u32 group, __u32 io_group);
void nl_close(struct nl *nl);
int nl_resolve(struct nl *nl);
int nl_join(struct nl *nl);
int nl_join_group(struct nl *nl, __u32 group);

void nl_msg_init(struct nl_msg *msg, const struct nl *nl, __u8 cmd,
		 __u16 flags);
__u32 nl_put(struct nl_msg *msg, __u16 type, const void *data, size_t len);
__u32 nl_put_u32(struct nl_msg *msg, __u16 type, __u32 value);
__u32 nl_put_u64(struct nl_msg *msg, __u16 type, __u64 value);
__u32 nl_nest(struct nl_msg *msg, __u16 type);
void nl_nest_end(struct nl_msg *msg, __u32 nest);

int nl_ask(struct nl *nl, struct nl_msg *msg, nl_reply_fn fn, void *data,
	   struct nl_answer *answer);
int nl_receive(struct nl *nl, int timeout_ms, nl_reply_fn fn, void *data);

const struct nlattr *nl_attrs(const struct nlmsghdr *nlh, int *len);
bool nl_ok(const struct nlattr *attr, int len);
const struct nlattr *nl_next(const struct nlattr *attr, int *len);
const void *nl_data(const struct nlattr *attr);
int nl_len(const struct nlattr *attr);
int nl_type(const struct nlattr *attr);
__u32 nl_u32(const struct nlattr *attr);
__u64 nl_uint(const struct nlattr *attr);
int nl_parse_attrs(const struct nlattr *attr, int len, const struct nlattr **tb,
		   int max);
int nl_parse(const struct nlattr *nest, const struct nlattr **tb, int max);
int nl_parse_msg(const struct nlmsghdr *nlh, const struct nlattr **tb, int max);

#endif /* FSERROR_TESTS_NETLINK_H */
