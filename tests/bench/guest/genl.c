// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/fserror_netlink.h>

#include "genl.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

static char buf[65536];

static void send_request(int fd, int type, int cmd, int flags,
			 const void *attrs, size_t len)
{
	struct {
		struct nlmsghdr nlh;
		struct genlmsghdr genl;
		char attrs[256];
	} msg = {
		.nlh = {
			.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN + len,
			.nlmsg_type = type,
			.nlmsg_flags = NLM_F_REQUEST | flags,
			.nlmsg_seq = 1,
		},
		.genl = { .cmd = cmd, .version = 1 },
	};

	if (len > sizeof(msg.attrs))
		errx(1, "request too long");
	if (len)
		memcpy(msg.attrs, attrs, len);
	if (send(fd, &msg, msg.nlh.nlmsg_len, 0) < 0)
		err(1, "send");
}

void genl_attrs(const struct nlmsghdr *nlh, genl_attr_fn fn, void *data)
{
	const char *at = (const char *)nlh + NLMSG_HDRLEN + GENL_HDRLEN;
	const char *end = (const char *)nlh + nlh->nlmsg_len;

	while (at + NLA_HDRLEN <= end) {
		const struct nlattr *attr = (const void *)at;

		if (attr->nla_len < NLA_HDRLEN)
			break;
		fn(attr, data);
		at += NLA_ALIGN(attr->nla_len);
	}
}

const struct nlattr *genl_find(const struct nlattr *nest, int type)
{
	const char *at = (const char *)nest + NLA_HDRLEN;
	const char *end = (const char *)nest + nest->nla_len;

	while (at + NLA_HDRLEN <= end) {
		const struct nlattr *attr = (const void *)at;

		if (attr->nla_len < NLA_HDRLEN)
			break;
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
		at += NLA_ALIGN(attr->nla_len);
	}
	return NULL;
}

/* a number of 4 or 8 bytes */
__u64 genl_uint(const struct nlattr *attr)
{
	__u64 wide;
	__u32 narrow;

	if (!attr)
		return 0;
	if (attr->nla_len == NLA_HDRLEN + sizeof(wide)) {
		memcpy(&wide, (const char *)attr + NLA_HDRLEN, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, (const char *)attr + NLA_HDRLEN, sizeof(narrow));
	return narrow;
}

static void take_group(struct genl *genl, const struct nlattr *group)
{
	const struct nlattr *name = genl_find(group, CTRL_ATTR_MCAST_GRP_NAME);
	const struct nlattr *id = genl_find(group, CTRL_ATTR_MCAST_GRP_ID);

	if (!name || !id)
		return;
	if (!strcmp((const char *)name + NLA_HDRLEN, "damage"))
		genl->groups[FSERROR_GROUP_DAMAGE] = (int)genl_uint(id);
	if (!strcmp((const char *)name + NLA_HDRLEN, "io"))
		genl->groups[FSERROR_GROUP_IO] = (int)genl_uint(id);
}

static void take_family(const struct nlattr *attr, void *data)
{
	struct genl *genl = data;
	const char *at, *end;
	__u16 id;

	switch (attr->nla_type & NLA_TYPE_MASK) {
	case CTRL_ATTR_FAMILY_ID:
		memcpy(&id, (const char *)attr + NLA_HDRLEN, sizeof(id));
		genl->family = id;
		break;
	case CTRL_ATTR_MCAST_GROUPS:
		at = (const char *)attr + NLA_HDRLEN;
		end = (const char *)attr + attr->nla_len;
		for (; at + NLA_HDRLEN <= end;
		     at += NLA_ALIGN(((const struct nlattr *)at)->nla_len))
			take_group(genl, (const void *)at);
		break;
	}
}

/**
 * genl_open - a socket that knows the family
 * @genl: filled in
 * @rcvbuf: bytes of the receive buffer, 0 for the default
 */
void genl_open(struct genl *genl, int rcvbuf)
{
	struct {
		struct nlattr attr;
		char name[sizeof(FSERROR_FAMILY_NAME)];
	} name = {
		.attr = { .nla_len = sizeof(name),
			  .nla_type = CTRL_ATTR_FAMILY_NAME },
		.name = FSERROR_FAMILY_NAME,
	};
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	const struct nlmsghdr *nlh = (const void *)buf;
	ssize_t n;

	memset(genl, 0, sizeof(*genl));
	genl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (genl->fd < 0)
		err(1, "socket");
	if (rcvbuf && setsockopt(genl->fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf,
				 sizeof(rcvbuf)))
		err(1, "SO_RCVBUFFORCE");
	if (bind(genl->fd, (struct sockaddr *)&addr, sizeof(addr)))
		err(1, "bind");
	send_request(genl->fd, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0, &name,
		     NLA_ALIGN(sizeof(name)));
	n = recv(genl->fd, buf, sizeof(buf), 0);
	if (n < (ssize_t)NLMSG_HDRLEN || nlh->nlmsg_type == NLMSG_ERROR)
		errx(1, "the kernel has no family fserror");
	genl_attrs(nlh, take_family, genl);
}

/**
 * genl_join - join a multicast group
 * @genl: the socket
 * @group: enum fserror_group
 */
void genl_join(struct genl *genl, int group)
{
	if (setsockopt(genl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
		       &genl->groups[group], sizeof(genl->groups[group])))
		err(1, "joining the group");
}

/**
 * genl_do - one request without attributes, and its answer
 * @genl: the socket
 * @cmd: the operation
 */
void genl_do(struct genl *genl, int cmd)
{
	const struct nlmsghdr *nlh = (const void *)buf;

	send_request(genl->fd, genl->family, cmd, 0, NULL, 0);
	if (recv(genl->fd, buf, sizeof(buf), 0) < (ssize_t)NLMSG_HDRLEN)
		err(1, "recv");
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		errno = -((const struct nlmsgerr *)NLMSG_DATA(nlh))->error;
		err(1, "the request fails");
	}
}

/**
 * genl_dump - begin a dump
 * @genl: the socket
 * @cmd: the operation
 * @attrs: attributes of the request
 * @len: bytes of them
 */
void genl_dump(struct genl *genl, int cmd, const void *attrs, size_t len)
{
	send_request(genl->fd, genl->family, cmd, NLM_F_DUMP, attrs, len);
}

/**
 * genl_dump_next - read one buffer of a dump
 * @genl: the socket
 * @fn: called for each attribute of each message
 * @data: for @fn
 *
 * Return: whether there is more.
 */
bool genl_dump_next(struct genl *genl, genl_attr_fn fn, void *data)
{
	const struct nlmsghdr *nlh = (const void *)buf;
	ssize_t n = recv(genl->fd, buf, sizeof(buf), 0);
	int len;

	if (n < 0)
		err(1, "recv");
	for (len = (int)n; NLMSG_OK(nlh, len); nlh = NLMSG_NEXT(nlh, len)) {
		if (nlh->nlmsg_type == NLMSG_ERROR) {
			errno = -((const struct nlmsgerr *)NLMSG_DATA(nlh))
					 ->error;
			err(1, "the dump fails");
		}
		if (nlh->nlmsg_type == NLMSG_DONE)
			return false;
		genl_attrs(nlh, fn, data);
	}
	return true;
}
