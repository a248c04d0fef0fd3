// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stat-get says.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "record.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* longer than the slowest machine takes to hand a record on */
#define RECORD_MS 10000

static __u64 uint_or_0(const struct nlattr *attr)
{
	return attr ? nl_uint(attr) : 0;
}

static int add_ring(struct stats *stats, const struct nlattr *attr)
{
	const struct nlattr *tb[FSERROR_A_RING_MAX + 1];
	struct ring *ring;
	__u32 group;

	if (nl_parse(attr, tb, FSERROR_A_RING_MAX) ||
	    !tb[FSERROR_A_RING_GROUP] || !tb[FSERROR_A_RING_SIZE] ||
	    !tb[FSERROR_A_RING_OVERWRITTEN] || !tb[FSERROR_A_RING_UNSENT])
		return -EPROTO;
	group = nl_u32(tb[FSERROR_A_RING_GROUP]);
	if (!group || group > FSERROR_GROUP_MAX || stats->ring[group].size)
		return -EPROTO;
	ring = &stats->ring[group];
	ring->first = uint_or_0(tb[FSERROR_A_RING_FIRST_SEQ]);
	ring->last = uint_or_0(tb[FSERROR_A_RING_LAST_SEQ]);
	ring->published = uint_or_0(tb[FSERROR_A_RING_PUBLISHED_SEQ]);
	ring->size = nl_u32(tb[FSERROR_A_RING_SIZE]);
	ring->overwritten = nl_uint(tb[FSERROR_A_RING_OVERWRITTEN]);
	ring->unsent = nl_uint(tb[FSERROR_A_RING_UNSENT]);
	return 0;
}

static int add_kind(struct stats *stats, const struct nlattr *attr)
{
	const struct nlattr *tb[FSERROR_A_KIND_COUNT_MAX + 1];
	__u32 kind;

	if (nl_parse(attr, tb, FSERROR_A_KIND_COUNT_MAX) ||
	    !tb[FSERROR_A_KIND_COUNT_KIND] || !tb[FSERROR_A_KIND_COUNT_COUNT])
		return -EPROTO;
	kind = nl_u32(tb[FSERROR_A_KIND_COUNT_KIND]);
	if (kind >= ARRAY_SIZE(stats->kinds))
		return -EPROTO;
	stats->kinds[kind] = nl_uint(tb[FSERROR_A_KIND_COUNT_COUNT]);
	return 0;
}

static int add_watcher(struct stats *stats, const struct nlattr *attr)
{
	const struct nlattr *tb[FSERROR_A_WATCHER_MAX + 1];
	unsigned int i = stats->nr_watchers++;

	if (nl_parse(attr, tb, FSERROR_A_WATCHER_MAX) ||
	    !tb[FSERROR_A_WATCHER_PORTID] || !tb[FSERROR_A_WATCHER_DROPS])
		return -EPROTO;
	if (i >= ARRAY_SIZE(stats->portids))
		return 0;
	stats->portids[i] = nl_u32(tb[FSERROR_A_WATCHER_PORTID]);
	stats->drops[i] = nl_uint(tb[FSERROR_A_WATCHER_DROPS]);
	return 0;
}

static void read_stats(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[FSERROR_A_STAT_MAX + 1], *attr;
	struct stats *stats = data;
	int len, error = 0;

	if (nl_parse_msg(nlh, tb, FSERROR_A_STAT_MAX) ||
	    !tb[FSERROR_A_STAT_BOOT_ID] || !tb[FSERROR_A_STAT_TOLD] ||
	    !tb[FSERROR_A_STAT_TOLD_MAX] ||
	    nl_len(tb[FSERROR_A_STAT_BOOT_ID]) != sizeof(stats->boot_id) ||
	    !tb[FSERROR_A_STAT_KERNEL_WATCHERS]) {
		stats->malformed = true;
		return;
	}
	memcpy(stats->boot_id, nl_data(tb[FSERROR_A_STAT_BOOT_ID]),
	       sizeof(stats->boot_id));
	stats->told = nl_u32(tb[FSERROR_A_STAT_TOLD]);
	stats->told_max = nl_u32(tb[FSERROR_A_STAT_TOLD_MAX]);
	stats->kernel_watchers = nl_u32(tb[FSERROR_A_STAT_KERNEL_WATCHERS]);

	for (attr = nl_attrs(nlh, &len); len > 0; attr = nl_next(attr, &len)) {
		if (nl_type(attr) == FSERROR_A_STAT_RING)
			error |= add_ring(stats, attr);
		if (nl_type(attr) == FSERROR_A_STAT_KIND)
			error |= add_kind(stats, attr);
		if (nl_type(attr) == FSERROR_A_STAT_WATCHER)
			error |= add_watcher(stats, attr);
	}
	if (error || !stats->ring[FSERROR_GROUP_DAMAGE].size ||
	    !stats->ring[FSERROR_GROUP_IO].size)
		stats->malformed = true;
}

/**
 * stats_get - ask stat-get
 * @stats: filled in
 * @nl: socket
 *
 * Return: 0 or a negative errno.
 */
int stats_get(struct stats *stats, struct nl *nl)
{
	struct nl_answer answer;
	struct nl_msg msg;
	int error;

	memset(stats, 0, sizeof(*stats));
	nl_msg_init(&msg, nl, FSERROR_CMD_STAT_GET, 0);
	error = nl_ask(nl, &msg, read_stats, stats, &answer);
	if (error)
		return error;
	if (answer.error)
		return answer.error;
	return answer.replies != 1 || stats->malformed ? -EPROTO : 0;
}

/**
 * stats_watcher - is a socket among the watchers?
 * @stats: what stat-get said
 * @portid: port of the socket
 *
 * Return: its place in the list, or -1 if it is not there.
 */
int stats_watcher(const struct stats *stats, __u32 portid)
{
	unsigned int i;

	for (i = 0; i < stats->nr_watchers; i++)
		if (stats->portids[i] == portid)
			return (int)i;
	return -1;
}

static bool all_published(const struct stats *stats)
{
	__u32 group;

	for (group = 1; group <= FSERROR_GROUP_MAX; group++)
		if (stats->ring[group].published != stats->ring[group].last)
			return false;
	return true;
}

/**
 * stats_wait_published - wait until all records have been sent on
 * @stats: filled in
 * @nl: socket
 *
 * Return: 0, -ETIMEDOUT, or another negative errno.
 */
int stats_wait_published(struct stats *stats, struct nl *nl)
{
	int tries, error;

	for (tries = 0; tries < RECORD_MS / 10; tries++) {
		error = stats_get(stats, nl);
		if (error)
			return error;
		if (all_published(stats)) {
			/* the last message may still be on its way */
			usleep(100000);
			return 0;
		}
		usleep(10000);
	}
	return -ETIMEDOUT;
}
