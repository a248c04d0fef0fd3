// SPDX-License-Identifier: GPL-2.0-only
/*
 * nlprobe: what does this process get from the netlink family "fserror"?
 *
 *	nlprobe			print "FAMILY GROUP", the two numbers; the group
 *				is "damage"
 *	nlprobe FAMILY GROUP	try everything
 *
 * In the second form it joins the group in both ways that there are, sends every
 * request, prints how each of them ended ("join=EPERM bind=EPERM event-get=EPERM
 * ..."), then listens until its standard input has a line or ends, and prints how
 * many messages came: "messages=0".
 */
#include <err.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/fserror_netlink.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

/* nobody waits longer than this for an answer */
#define ANSWER_MS 20000

static const struct {
	const char *name;
	int cmd;
	bool dump;
} requests[] = {
	{ "event-get", FSERROR_CMD_EVENT_GET, true },
	{ "damage-get", FSERROR_CMD_DAMAGE_GET, true },
	{ "watch-set", FSERROR_CMD_WATCH_SET, false },
	{ "fs-get", FSERROR_CMD_FS_GET, true },
	{ "stat-get", FSERROR_CMD_STAT_GET, false },
	{ "test-event", FSERROR_CMD_TEST_EVENT, false },
};

static const char *result(int error)
{
	return error ? strerrorname_np(error) : "ok";
}

static int open_socket(uint32_t groups)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK,
				    .nl_groups = groups };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);

	if (fd < 0)
		err(1, "socket");
	if (!bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	if (!groups)
		err(1, "bind");
	close(fd);
	return -errno;
}

static void send_request(int fd, int family, int cmd, int flags,
			 const void *attr, size_t len)
{
	struct {
		struct nlmsghdr nlh;
		struct genlmsghdr genl;
		char attrs[64];
	} msg = {
		.nlh = {
			.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN + len,
			.nlmsg_type = family,
			.nlmsg_flags = NLM_F_REQUEST | flags,
			.nlmsg_seq = 1,
		},
		.genl = { .cmd = cmd, .version = 1 },
	};

	if (len)
		memcpy(msg.attrs, attr, len);
	if (send(fd, &msg, msg.nlh.nlmsg_len, 0) < 0)
		err(1, "send");
}

/* The error that the request ends with, positive; @first gets the first answer. */
static int answer(int fd, char *first, size_t size)
{
	static char buf[65536];
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	bool have = false;

	for (;;) {
		struct nlmsghdr *nlh = (void *)buf;
		ssize_t n;
		int len;

		if (poll(&pfd, 1, ANSWER_MS) != 1)
			errx(1, "no answer");
		n = recv(fd, buf, sizeof(buf), 0);
		if (n < 0)
			err(1, "recv");
		for (len = (int)n; NLMSG_OK(nlh, len);
		     nlh = NLMSG_NEXT(nlh, len)) {
			if (nlh->nlmsg_type == NLMSG_ERROR)
				return -((struct nlmsgerr *)NLMSG_DATA(nlh))
						->error;
			if (nlh->nlmsg_type == NLMSG_DONE)
				return -*(int *)NLMSG_DATA(nlh);
			if (first && !have) {
				memcpy(first, nlh,
				       nlh->nlmsg_len < size ? nlh->nlmsg_len :
							       size);
				have = true;
			}
		}
	}
}

static int ask(int fd, int family, unsigned int nr)
{
	send_request(fd, family, requests[nr].cmd,
		     requests[nr].dump ? NLM_F_DUMP : NLM_F_ACK, NULL, 0);
	return answer(fd, NULL, 0);
}

static struct nlattr *attribute(void *at, size_t len, int type)
{
	struct nlattr *attr = at;

	while (len >= NLA_HDRLEN && attr->nla_len >= NLA_HDRLEN &&
	       attr->nla_len <= len) {
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
		size_t step = (size_t)NLA_ALIGN(attr->nla_len);

		len -= step > len ? len : step;
		attr = (void *)((char *)attr + step);
	}
	errx(1, "attribute %d is missing", type);
}

static void *data(struct nlattr *attr)
{
	return (char *)attr + NLA_HDRLEN;
}

/* The number of the multicast group @name in the list of them. */
static uint32_t group_number(char *list, size_t len, const char *name)
{
	while (len >= NLA_HDRLEN) {
		struct nlattr *group = (void *)list;
		size_t step = (size_t)NLA_ALIGN(group->nla_len);
		size_t inside = group->nla_len - NLA_HDRLEN;

		if (!strcmp(data(attribute(data(group), inside,
					   CTRL_ATTR_MCAST_GRP_NAME)),
			    name))
			return *(uint32_t *)data(attribute(
				data(group), inside, CTRL_ATTR_MCAST_GRP_ID));
		if (group->nla_len < NLA_HDRLEN || step >= len)
			break;
		len -= step;
		list += step;
	}
	errx(1, "there is no group %s", name);
}

static void print_ids(void)
{
	/* the attribute with the name of the family */
	char request[NLA_HDRLEN + NLA_ALIGN(sizeof(FSERROR_FAMILY_NAME))] = {
		0
	};
	struct nlattr head = {
		.nla_len = NLA_HDRLEN + sizeof(FSERROR_FAMILY_NAME),
		.nla_type = CTRL_ATTR_FAMILY_NAME,
	};
	static char reply[65536];
	struct nlmsghdr *nlh = (void *)reply;
	int fd = open_socket(0), error;
	struct nlattr *groups;
	char *attrs = reply + NLMSG_HDRLEN + GENL_HDRLEN;
	size_t len;

	memcpy(request, &head, sizeof(head));
	memcpy(request + NLA_HDRLEN, FSERROR_FAMILY_NAME,
	       sizeof(FSERROR_FAMILY_NAME));
	send_request(fd, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK, request,
		     sizeof(request));
	error = answer(fd, reply, sizeof(reply));
	if (error)
		errx(1, "no family " FSERROR_FAMILY_NAME ": %s",
		     strerror(error));
	len = nlh->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
	groups = attribute(attrs, len, CTRL_ATTR_MCAST_GROUPS);
	printf("%u %u\n",
	       *(uint16_t *)data(attribute(attrs, len, CTRL_ATTR_FAMILY_ID)),
	       group_number(data(groups), groups->nla_len - NLA_HDRLEN,
			    FSERROR_MCGRP_DAMAGE));
}

/* Read all that has come; the number of messages. */
static unsigned int drain(int fd)
{
	static char buf[65536];
	unsigned int messages = 0;

	for (;;) {
		if (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) < 0) {
			if (errno == EAGAIN)
				return messages;
			if (errno != ENOBUFS)
				err(1, "recv");
		}
		messages++;
	}
}

int main(int argc, char **argv)
{
	struct pollfd fds[3] = { { .fd = 0, .events = POLLIN } };
	unsigned int group, messages = 0, i, nr = 1;
	int family, fd, bound;

	if (argc == 1) {
		print_ids();
		return 0;
	}
	if (argc != 3)
		errx(1, "usage: nlprobe [FAMILY GROUP]");
	family = atoi(argv[1]);
	group = (unsigned int)atoi(argv[2]);
	if (group < 1 || group > 32)
		errx(1, "group %u cannot be joined by bind(2)", group);

	fd = open_socket(0);
	printf("join=%s",
	       result(setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
				 &group, sizeof(group)) ?
			      errno :
			      0));
	fds[nr++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	bound = open_socket(UINT32_C(1) << (group - 1));
	printf(" bind=%s", result(bound < 0 ? -bound : 0));
	if (bound >= 0)
		fds[nr++] = (struct pollfd){ .fd = bound, .events = POLLIN };
	fd = open_socket(0);
	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		printf(" %s=%s", requests[i].name, result(ask(fd, family, i)));
	putchar('\n');
	fflush(stdout);

	for (;;) {
		if (poll(fds, nr, -1) < 0)
			err(1, "poll");
		for (i = 1; i < nr; i++)
			messages += drain(fds[i].fd);
		if (fds[0].revents)
			break;
	}
	for (i = 1; i < nr; i++)
		messages += drain(fds[i].fd);
	printf("messages=%u\n", messages);
	return 0;
}
