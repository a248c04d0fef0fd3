// SPDX-License-Identifier: GPL-2.0-only
/*
 * From what is bad of the members to what is bad of an array: rows upwards, then a
 * look at the places of each of them.
 *
 * See md-bad-ask.c; nothing here asks anybody, or takes a lock.
 */
#include "md.h"
#include "md-bad-ask.h"

#include <linux/blkdev.h>
#include <linux/sched/signal.h>

/* rows that are looked at for one answer */
#define MD_BAD_ROWS		16384

static bool md_bad_verdict(const struct dm_bad_verdict *v, void *data)
{
	struct md_bad_question *q = data;
	const struct md_bad_geo_place *place = &q->row.place[v->member];
	const struct md_bad_member *m = &q->geo->member[place->member];
	struct bdev_bad_range range;

	/* that there are less copies than there should be is told as a whole */
	if (v->state == DM_BAD_DEGRADED && q->missing)
		return true;
	range = dm_bad_verdict_range(v, m->bdev ? m->bdev->bd_dev : q->geo->dev,
				     m->start + place->pos, q->geo->layer);
	range.pos = q->row.pos + v->pos;
	if (!bdev_bad_list_add(q->list, &range))
		q->full = true;
	return !q->full;
}

static void md_bad_check_row(struct md_bad_question *q)
{
	struct dm_bad_row combine = {
		.len		= q->row.len,
		.tolerated	= q->row.tolerated,
		.copies		= q->row.copies,
		.unsure		= q->row.unsure,
		.own_unit	= q->row.own_unit,
		.peer_unit	= q->row.peer_unit,
		.nr		= q->row.nr,
		.members	= q->members,
	};
	unsigned int i;

	for (i = 0; i < q->row.nr; i++) {
		const struct md_bad_geo_place *place = &q->row.place[i];
		const struct md_bad_answer *a = &q->answer[place->member];

		q->members[i] = (struct dm_bad_member) {
			.ranges		= a->range,
			.nr		= a->nr,
			.pos		= q->geo->member[place->member].start +
					  place->pos,
			.missing	= place->missing,
		};
	}
	dm_bad_combine(&combine, md_bad_verdict, q);
}

/* The lowest bytes from @q->from on that may be bad. */
static bool md_bad_next_span(struct md_bad_question *q)
{
	unsigned int i, j;

	q->span_pos = U64_MAX;
	/* bytes are lost without anything being bad */
	if (q->missing > q->geo->tolerated)
		md_bad_lower(q->from, q->end, q);
	for (i = 0; i < q->geo->nr; i++) {
		const struct md_bad_answer *a = &q->answer[i];
		u64 start = q->geo->member[i].start;

		for (j = 0; j < a->nr; j++)
			md_bad_geo_windows(q->geo, i, a->range[j].pos - start,
					   a->range[j].pos + a->range[j].len -
					   start, md_bad_lower, q);
		cond_resched();
	}
	return q->span_pos < q->end;
}

/**
 * md_bad_join_rows - answer with what is lost or degraded
 * @q: the question; the members have answered
 *
 * Context: Process context.
 * Return: 0, or -EINTR if the process is being killed.
 */
int md_bad_join_rows(struct md_bad_question *q)
{
	unsigned int rows = MD_BAD_ROWS;

	q->from = q->pos;
	while (!q->full && md_bad_next_span(q)) {
		u64 at = q->span_pos, end = min(q->span_end, q->end);

		while (at < end && !q->full) {
			if (!rows--) {
				q->list->next = min(q->list->next, at);
				return 0;
			}
			md_bad_geo_row(q->geo, at, end, &q->row);
			md_bad_check_row(q);
			at = q->row.pos + q->row.len;
		}
		q->from = end;
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

/**
 * md_bad_tell_missing - tell that there are less copies or parity than there should be
 * @q: the question
 *
 * Context: Any.
 */
void md_bad_tell_missing(struct md_bad_question *q)
{
	struct bdev_bad_range range = {
		.pos		= q->pos,
		.len		= q->end - q->pos,
		.cause		= BDEV_BAD_REMOVED,
		.flags		= BDEV_BAD_DEGRADED,
		.origin_dev	= q->geo->dev,
		.origin_pos	= q->pos,
		.origin_len	= q->end - q->pos,
	};

	strscpy(range.layer, q->geo->layer);
	bdev_bad_list_add(q->list, &range);
}

/**
 * md_bad_tell_moving - answer for an array of which nobody can say where its bytes are
 * @q: the question; the members have answered
 *
 * Context: Any.
 */
void md_bad_tell_moving(struct md_bad_question *q)
{
	const struct bdev_bad_range gone = {
		.cause		= BDEV_BAD_REMOVED,
		.origin_dev	= q->geo->dev,
		.origin_len	= q->geo->size,
	};
	bool is_lost = q->missing > q->geo->tolerated;
	unsigned int i, j;

	if (is_lost)
		md_bad_unplace(q, &gone, q->geo->layer);
	for (i = 0; i < q->geo->nr; i++) {
		q->members[i] = (struct dm_bad_member) {
			.ranges		= q->answer[i].range,
			.nr		= q->answer[i].nr,
		};
	}
	/* members that are not complete are in @missing */
	if (!is_lost && dm_bad_tolerated(q->members, q->geo->nr,
					 q->geo->tolerated - q->missing))
		return;
	for (i = 0; i < q->geo->nr; i++)
		for (j = 0; j < q->answer[i].nr; j++)
			md_bad_unplace(q, &q->answer[i].range[j], q->geo->layer);
}
