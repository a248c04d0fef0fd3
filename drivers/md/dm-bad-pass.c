// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices of which more is bad than there is room for, below targets that do not keep
 * their order.
 *
 * The lowest windows of such a target may be on the last bad range of its device, so all
 * of these have to be looked at. There is room for some: what is on none of the lowest
 * windows that have been found is let go of, and what is behind it is asked for. If nearly
 * all of it is on these windows, half of them are given up, the higher ones: the answer is
 * shorter, and the next question goes on behind it. So one question costs what is bad of
 * the device, once, in memory that does not grow.
 *
 * A target that cannot search its map backwards goes through it once for all ranges there
 * is room for, and not for each of them. Whether a piece that it names is on one of
 * them is looked up here.
 *
 * See dm-bad-ask.c for LOCKING and LIFETIME.
 */
#include "dm-core.h"
#include "dm-bad-ask.h"
#include "dm-bad-combine.h"

#include <linux/sort.h>

/**
 * dm_bad_unfinished - find a device of which not enough is known
 * @q: the question, with its candidates
 *
 * Context: Any.
 * Return: a part of a device, on the rest of which may be a byte in front of the limit of
 * the windows; or NULL.
 */
struct dm_bad_ask *dm_bad_unfinished(struct dm_bad_question *q)
{
	unsigned int i;

	for (i = 0; i < q->nr_placed; i++) {
		struct dm_bad_ask *ask = &q->asks[i];

		if (ask->next < ask->end && ask->rest < q->set.limit)
			return ask;
	}
	return NULL;
}

/* Let go of ranges that are on no window. The windows know their ranges by address. */
static void dm_bad_let_go(struct dm_bad_question *q, struct dm_bad_ask *ask)
{
	struct bdev_bad_range *ranges = ask->ranges;
	unsigned int i, nr = 0;

	for (i = 0; i < q->set.nr; i++) {
		const struct bdev_bad_range *range = q->windows[i].range;

		q->places[i] = range >= ranges && range < ranges + ask->nr ?
			       range->pos : U64_MAX;
	}
	for (i = 0; i < ask->nr; i++) {
		if (ask->low[i] >= q->set.limit)
			continue;
		ranges[nr] = ranges[i];
		ask->low[nr++] = ask->low[i];
	}
	ask->nr = nr;
	ask->done = nr;
	for (i = 0; i < q->set.nr; i++)
		if (q->places[i] != U64_MAX)
			q->windows[i].range = ranges + dm_bad_first_behind(ranges, nr,
									   q->places[i]);
}

static int dm_bad_cmp_low(const void *a, const void *b)
{
	const u64 *l = a, *r = b;

	return *l < *r ? -1 : *l > *r;
}

/**
 * dm_bad_make_room - make room for more bad ranges of a device
 * @q: the question, with its candidates
 * @ask: the part of the device, all of whose ranges have been looked at
 *
 * Ranges that are on no window any more are not kept. If that is not enough, the limit of
 * the windows is lowered to where half of the ranges are.
 *
 * Context: Any.
 * Return: false if more than half of the ranges may be on the first byte of the window.
 */
bool dm_bad_make_room(struct dm_bad_question *q, struct dm_bad_ask *ask)
{
	u64 *sorted = q->lows + q->nr_asks * ask->max;

	dm_bad_set_cut(&q->set);
	dm_bad_let_go(q, ask);
	if (ask->nr <= ask->max / 2)
		return true;

	memcpy(sorted, ask->low, ask->nr * sizeof(*sorted));
	sort(sorted, ask->nr, sizeof(*sorted), dm_bad_cmp_low, NULL);
	if (sorted[ask->nr / 2] <= q->pos)
		return false;
	q->set.limit = sorted[ask->nr / 2];
	dm_bad_set_cut(&q->set);
	dm_bad_let_go(q, ask);
	return true;
}

/* Which of the ranges is the piece on? */
static void dm_bad_walk_piece(struct dm_target *ti, struct dm_bad_windows *w,
			      u64 off, u64 pos, u64 len)
{
	struct dm_bad_ask *ask = w->data;
	u64 begin = dm_bad_target_pos(ti), end = pos + len;
	unsigned int i = ask->done + dm_bad_first_behind(ask->ranges + ask->done,
							 ask->nr - ask->done, pos);

	for (; i < ask->nr && ask->ranges[i].pos < end; i++) {
		const struct bdev_bad_range *range = &ask->ranges[i];
		u64 from = max(pos, range->pos);

		w->set->range = range;
		w->set->lowest = ask->low[i];
		dm_bad_windows_add(ti, w, off + from - pos,
				   min(end, range->pos + range->len) - from, false);
		ask->low[i] = w->set->lowest;
	}
	if (ask->next < end) {
		u64 first = max(w->off, off + max(pos, ask->next) - pos);

		if (first < min(w->end, off + len))
			ask->rest = min(ask->rest, begin + first);
	}
}

/* Any byte of the target may be on any of the ranges, and on the rest. */
static void dm_bad_walk_all(struct dm_target *ti, struct dm_bad_windows *w)
{
	struct dm_bad_ask *ask = w->data;
	unsigned int i;

	w->guess = true;
	for (i = ask->done; i < ask->nr; i++) {
		w->set->range = &ask->ranges[i];
		w->set->lowest = ask->low[i];
		dm_bad_windows_add(ti, w, w->off, w->end - w->off, false);
		ask->low[i] = w->set->lowest;
	}
	if (ask->next < ask->end)
		ask->rest = min(ask->rest, dm_bad_target_pos(ti) + w->off);
}

/**
 * dm_bad_walk - let a target go through its map, for all new bad ranges of a device
 * @q: the question
 * @ti: the target
 * @ask: the part of the device, with ranges whose windows have not been looked for
 * @w: which bytes of the device, and of the target
 *
 * Context: Process context, with the live table held.
 * Return: false if the target searches the device backwards, range by range. If
 * @q->again is set it can say in a while.
 */
bool dm_bad_walk(struct dm_bad_question *q, struct dm_target *ti,
		 struct dm_bad_ask *ask, struct dm_bad_windows *w)
{
	unsigned int i = ask->done + dm_bad_first_behind(ask->ranges + ask->done,
							 ask->nr - ask->done, w->pos);
	u64 end = w->pos + w->len;
	int r;

	if (!ti->type->bad_walk)
		return false;
	/* in front of that nothing is bad, or it has been looked at */
	w->pos = max(w->pos, i < ask->nr ? ask->ranges[i].pos : ask->next);
	if (w->pos >= end)
		return true;
	w->len = end - w->pos;
	w->piece_fn = dm_bad_walk_piece;
	w->data = ask;
	r = ti->type->bad_walk(ti, w);
	if (r == -ENODEV)
		return false;
	if (r == -EAGAIN)
		q->again = true;
	else if (r)
		dm_bad_walk_all(ti, w);
	return true;
}
