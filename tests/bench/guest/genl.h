/* SPDX-License-Identifier: GPL-2.0-only */
/* As little of generic netlink as it takes to time the kernel and not a library. */
#ifndef BENCH_GENL_H
#define BENCH_GENL_H

#include <linux/netlink.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * struct genl - a socket and the numbers of the family
 * @fd: the socket
 * @family: the family's number
 * @groups: the numbers of its multicast groups, by enum fserror_group
 */
struct genl {
	int fd;
	int family;
	int groups[4];
};

void genl_open(struct genl *genl, int rcvbuf);
void genl_join(struct genl *genl, int group);
void genl_do(struct genl *genl, int cmd);
void genl_dump(struct genl *genl, int cmd, const void *attrs, size_t len);

/* called for each attribute of a message */
typedef void (*genl_attr_fn)(const struct nlattr *attr, void *data);
bool genl_dump_next(struct genl *genl, genl_attr_fn fn, void *data);
void genl_attrs(const struct nlmsghdr *nlh, genl_attr_fn fn, void *data);

const struct nlattr *genl_find(const struct nlattr *nest, int type);
__u64 genl_uint(const struct nlattr *attr);

#endif /* BENCH_GENL_H */
