// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/fserror_netlink.h>

#include "fsbench.h"
#include "genl.h"

/**
 * struct events - what a reader has seen
 * @records: how many
 * @lost: how many the kernel said are gone
 * @missing: how many are missing after an overrun that was told
 * @silent: how many are missing and nobody said so
 * @last_seq: the number of the last one, or of the last that is gone; 0 at first
 * @overrun: the socket has said ENOBUFS, so some may be missing
 * @first_us: when the first one came
 * @last_us: when the last one came
 */
struct events {
	unsigned long records;
	unsigned long lost;
	unsigned long missing;
	unsigned long silent;
	unsigned long long last_seq;
	bool overrun;
	unsigned long long first_us;
	unsigned long long last_us;
};

/*
 * Numbers that are missing before this one. What an overrun is about comes after the
 * records that were in the buffer when it happened.
 */
static void take_hole(struct events *events, unsigned long long seq)
{
	unsigned long nr;

	if (!events->last_seq || seq == events->last_seq + 1)
		return;
	nr = (unsigned long)(seq - events->last_seq - 1);
	if (events->overrun)
		events->missing += nr;
	else
		events->silent += nr;
	events->overrun = false;
}

static void take_event(const struct nlattr *attr, void *data)
{
	struct events *events = data;
	unsigned long long first, last;

	switch (attr->nla_type & NLA_TYPE_MASK) {
	case FSERROR_A_EVENT_RECORD:
		events->last_us = now_us();
		if (!events->records++)
			events->first_us = events->last_us;
		last = genl_uint(genl_find(attr, FSERROR_A_RECORD_SEQ));
		take_hole(events, last);
		events->last_seq = last;
		break;
	case FSERROR_A_EVENT_LOST:
		first = genl_uint(genl_find(attr, FSERROR_A_LOST_FIRST));
		last = genl_uint(genl_find(attr, FSERROR_A_LOST_LAST));
		take_hole(events, first);
		events->lost += last - first + 1;
		events->last_seq = last;
		break;
	}
}

/* one buffer; false: there is none */
static bool take(const struct genl *genl, struct events *events,
		 unsigned long *enobufs)
{
	static char buf[65536];
	const struct nlmsghdr *nlh = (const void *)buf;
	ssize_t n = recv(genl->fd, buf, sizeof(buf), MSG_DONTWAIT);
	int len;

	if (n < 0) {
		if (errno == EAGAIN)
			return false;
		if (errno != ENOBUFS)
			err(1, "recv");
		++*enobufs;
		events->overrun = true;
		return true;
	}
	for (len = (int)n; NLMSG_OK(nlh, len); nlh = NLMSG_NEXT(nlh, len))
		genl_attrs(nlh, take_event, events);
	return true;
}

/*
 * Until COUNT records have come, or none has for the time of -q, or SECONDS are
 * over. "ready" comes first.
 */
int follow(int argc, char **argv)
{
	unsigned long late = 0, quiet = 0, enobufs = 0, count;
	unsigned long long begin, end, last;
	struct events events = { 0 };
	struct pollfd pollfd;
	bool dead = false;
	struct genl genl;
	int rcvbuf = 0, c;

	while ((c = getopt(argc, argv, "l:b:q:d")) != -1) {
		switch (c) {
		case 'l':
			late = (unsigned long)number(optarg);
			break;
		case 'b':
			rcvbuf = (int)number(optarg);
			break;
		case 'q':
			quiet = (unsigned long)number(optarg);
			break;
		case 'd':
			dead = true;
			break;
		default:
			return 2;
		}
	}
	if (argc - optind != 2)
		errx(2, "follow needs COUNT and SECONDS");
	count = (unsigned long)number(argv[optind]);

	genl_open(&genl, rcvbuf);
	genl_join(&genl, FSERROR_GROUP_DAMAGE);
	puts("ready");
	fflush(stdout);
	pollfd = (struct pollfd){ .fd = genl.fd, .events = POLLIN };
	begin = now_us();
	last = begin;
	end = begin + number(argv[optind + 1]) * 1000000;
	if (dead) {
		pause();
		return 0;
	}
	while (events.records + events.lost < count && now_us() < end) {
		if (poll(&pollfd, 1, 50) != 1) {
			if (quiet && events.records &&
			    now_us() - last > quiet * 1000)
				break;
			continue;
		}
		if (late)
			usleep((useconds_t)late * 1000);
		late = 0;
		while (take(&genl, &events, &enobufs))
			;
		last = now_us();
	}
	printf("first_us=%llu last_us=%llu us=%llu records=%lu lost=%lu missing=%lu silent=%lu enobufs=%lu\n",
	       events.first_us, events.last_us,
	       events.last_us - events.first_us, events.records, events.lost,
	       events.missing, events.silent, enobufs);
	return 0;
}

/* so many records of kind test; it reads the answers */
int emit(const char *count)
{
	unsigned long i, nr = (unsigned long)number(count);
	unsigned long long begin;
	struct genl genl;

	genl_open(&genl, 0);
	begin = now_us();
	for (i = 0; i < nr; i++)
		genl_do(&genl, FSERROR_CMD_TEST_EVENT);
	printf("us=%llu\n", now_us() - begin);
	return 0;
}

/* so many watchers to whom nothing happens, until the standard input ends */
int idle(const char *sockets)
{
	unsigned long i, nr = (unsigned long)number(sockets);
	struct genl genl;
	char byte;

	for (i = 0; i < nr; i++) {
		genl_open(&genl, 0);
		genl_join(&genl, FSERROR_GROUP_DAMAGE);
	}
	puts("ready");
	fflush(stdout);
	return read(0, &byte, 1) < 0;
}
