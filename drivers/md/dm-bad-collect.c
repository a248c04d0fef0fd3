// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which parts of which lower devices does a question concern, and what is bad there?
 *
 * Each device is asked once for the hull of what the window has on it. Parts of which
 * the targets cannot say where they are in the window are asked by themselves: what
 * is bad there makes for one range without a place, which names who cannot say, for
 * each device where damage began. What has no place below has none above.
 *
 * See dm-bad-ask.c for LOCKING and LIFETIME.
 */
#include "dm-core.h"
#include "dm-bad-ask.h"
#include "dm-bad-combine.h"
#include "dm-bad-math.h"

#include <linux/blkdev.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/sort.h>

/* ranges that all devices together may answer with, if each gets enough */
#define DM_BAD_POOL		2048
#define DM_BAD_MIN_RANGES	16

/*
 * The same if a target moves what it maps. What is next to each other on its device
 * may be anywhere in the target, so where the answer of the device ends, nearly
 * nothing of the target is known: all there is has to be looked at, and the more of it
 * at once the better.
 */
#define DM_BAD_POOL_MOVING	4096

/*
 * Parts without a place that are kept apart. There may be data between pieces of
 * metadata, of which it is not to be said that they have no place.
 */
#define DM_BAD_APART		64

/* how often a device is asked for metadata that have data between them */
#define DM_BAD_BETWEEN_ASKS	16

static bool dm_bad_is_apart(const struct dm_bad_question *q,
			    const struct dm_bad_ask *ask, u64 pos, u64 end)
{
	return ask->layer[0] && q->nr_asks < DM_BAD_APART &&
	       (pos > ask->end || end < ask->pos);
}

static struct dm_bad_ask *dm_bad_find_ask(struct dm_bad_question *q,
					  struct block_device *bdev, u64 pos,
					  u64 end, const char *layer)
{
	unsigned int i = q->nr_asks;

	/* often the one that was added last */
	while (i--)
		if (q->asks[i].bdev == bdev && !strcmp(q->asks[i].layer, layer) &&
		    !dm_bad_is_apart(q, &q->asks[i], pos, end))
			return &q->asks[i];
	return NULL;
}

static void dm_bad_add_ask(struct dm_bad_question *q, struct block_device *bdev,
			   u64 pos, u64 end, const char *layer,
			   const struct dm_bad_pieces *between)
{
	static const struct dm_bad_pieces none;
	struct dm_bad_ask *ask = dm_bad_find_ask(q, bdev, pos, end, layer);

	between = between ?: &none;
	if (ask) {
		/* whose data that are cannot be told apart any more */
		if (memcmp(&ask->between, between, sizeof(none)))
			ask->between = none;
		ask->pos = min(ask->pos, pos);
		ask->end = max(ask->end, end);
		return;
	}
	if (q->nr_asks == DM_BAD_MAX_ASKS) {
		q->overflow = true;
		return;
	}
	ask = &q->asks[q->nr_asks++];
	*ask = (struct dm_bad_ask) {
		.bdev		= bdev,
		.pos		= pos,
		.end		= end,
		.between	= *between,
	};
	strscpy(ask->layer, layer);
}

static void dm_bad_collect_part(struct dm_target *ti, struct dm_bad_places *p,
				struct block_device *bdev, u64 pos, u64 len,
				const char *layer)
{
	struct dm_bad_question *q = p->data;
	struct dm_bad_dev *dev = dm_bad_find_dev(q->devs, bdev);

	/* a target may name only what its table has opened */
	if (WARN_ON_ONCE(!dev))
		return;
	dev->used = true;
	if (!dev->bad || q->mark_only || dm_bad_target_fails(ti))
		return;
	if (layer && !q->list->max_unplaced)
		return;
	dm_bad_add_ask(q, bdev, pos, pos + len, layer ?: "", p->between);
}

static void dm_bad_collect_target(struct dm_bad_question *q,
				  struct dm_target *ti)
{
	u64 begin = dm_bad_target_pos(ti);
	/* who is only to own up to what it has does so for all of itself */
	u64 off = q->pos > begin && !q->mark_only ? q->pos - begin : 0;
	u64 end = dm_bad_target_len(ti);
	struct dm_bad_places p = {
		.off		= off,
		.hull_fn	= dm_bad_collect_part,
		.data		= q,
	};

	if (!q->mark_only)
		end = min(end, q->end - begin);
	p.len = end - off;
	dm_bad_target_hull(ti, &p);
	q->spread = max(q->spread, p.spread);
	q->moving |= p.moving;
	q->again |= p.again;
}

/* Nobody owns up to a device of the table: who may it be? */
static void dm_bad_collect_rest(struct dm_bad_question *q, struct dm_table *t)
{
	const char *suspect = "device-mapper";
	unsigned int i;

	for (i = t->num_targets; i--; ) {
		struct dm_target *ti = dm_table_get_target(t, i);

		if (!dm_target_is_wildcard(ti->type) && ti->type->iterate_devices)
			suspect = ti->type->name;
	}
	for (i = 0; i < q->devs->nr; i++) {
		struct dm_bad_dev *dev = &q->devs->dev[i];

		if (dev->bad && !dev->used)
			dm_bad_add_ask(q, dev->bdev, 0, S64_MAX, suspect, NULL);
	}
}

static bool dm_bad_all_used(const struct dm_bad_devs *devs)
{
	unsigned int i;

	for (i = 0; i < devs->nr; i++)
		if (devs->dev[i].bad && !devs->dev[i].used)
			return false;
	return true;
}

static bool dm_bad_any_below(const struct dm_bad_devs *devs)
{
	unsigned int i;

	for (i = 0; i < devs->nr; i++)
		if (devs->dev[i].bad)
			return true;
	return false;
}

static void dm_bad_collect_table(struct dm_bad_question *q, struct dm_table *t)
{
	unsigned int i;

	/* error targets need nobody to be asked, and there may be very many */
	if (!dm_bad_any_below(q->devs))
		return;

	for (i = dm_bad_first_target(t, q->pos); i < t->num_targets; i++) {
		struct dm_target *ti = dm_table_get_target(t, i);

		if (dm_bad_target_pos(ti) >= q->end)
			break;
		dm_bad_collect_target(q, ti);
	}
	if (!q->list->max_unplaced || dm_bad_all_used(q->devs))
		return;

	/* somebody outside of the window may own up to it */
	q->mark_only = true;
	for (i = 0; i < t->num_targets; i++)
		dm_bad_collect_target(q, dm_table_get_target(t, i));
	q->mark_only = false;
	dm_bad_collect_rest(q, t);
}

static int dm_bad_cmp_ask(const void *a, const void *b)
{
	const struct dm_bad_ask *l = a, *r = b;

	if (!l->layer[0] != !r->layer[0])
		return l->layer[0] ? 1 : -1;
	return l->bdev < r->bdev ? -1 : l->bdev > r->bdev;
}

static int dm_bad_share_pool(struct dm_bad_question *q)
{
	unsigned int i, max;

	if (!q->nr_asks)
		return 0;
	if (q->moving)
		max = max_t(unsigned int, DM_BAD_POOL_MOVING / q->nr_asks,
			    DM_BAD_MIN_RANGES);
	else
		max = clamp_t(unsigned int, DM_BAD_POOL / q->nr_asks,
			      DM_BAD_MIN_RANGES, BDEV_BAD_MAX_RANGES);
	kvfree(q->pool);
	kvfree(q->lows);
	q->pool = kvmalloc_objs(*q->pool, q->nr_asks * max, GFP_NOIO);
	q->lows = kvmalloc_objs(*q->lows, (q->nr_asks + 1) * max, GFP_NOIO);
	if (!q->pool || !q->lows)
		return -ENOMEM;
	for (i = 0; i < q->nr_asks; i++) {
		q->asks[i].ranges = q->pool + i * max;
		q->asks[i].low = q->lows + i * max;
		q->asks[i].max = max;
	}
	return 0;
}

/**
 * dm_bad_collect - find the parts of lower devices that are to be asked
 * @q: the question
 *
 * Context: Process context. Takes and drops the live table.
 * Return: 0, with @q->overflow set if there are too many of them; -ESTALE if the
 * table has been swapped; -EAGAIN if a target cannot say now; -ENOMEM.
 */
int dm_bad_collect(struct dm_bad_question *q)
{
	struct dm_table *t;
	unsigned int i;
	int srcu_idx;

	q->nr_asks = 0;
	q->nr_placed = 0;
	q->overflow = false;
	q->moving = false;
	q->again = false;
	q->spread = 1;

	t = dm_bad_get_table(q, &srcu_idx);
	if (t)
		dm_bad_collect_table(q, t);
	dm_put_live_table(q->md, srcu_idx);
	if (!t)
		return -ESTALE;
	if (q->again)
		return -EAGAIN;

	sort(q->asks, q->nr_asks, sizeof(q->asks[0]), dm_bad_cmp_ask, NULL);
	for (i = 0; i < q->nr_asks && !q->asks[i].layer[0]; i++)
		q->nr_placed++;
	return dm_bad_share_pool(q);
}

static void dm_bad_unplace(struct dm_bad_question *q,
			   const struct bdev_bad_range *range, const char *layer)
{
	struct bdev_bad_range whole = *range;

	/* who could not say where it is may be further down */
	if (!whole.layer[0])
		strscpy(whole.layer, layer);
	bdev_bad_list_add_unplaced(q->list, &whole);
}

/* The device does not say what is bad there: anything may be. */
static void dm_bad_unknown(struct dm_bad_ask *ask)
{
	ask->ranges[0] = dm_bad_unknown_range(ask->bdev->bd_dev, ask->pos,
					      ask->end - ask->pos);
	ask->nr = 1;
	ask->done = 0;
	ask->next = ask->end;
}

/* Ranges of the answer, from @i on, that have no place. Returns whether there are any. */
static bool dm_bad_unplace_all(struct dm_bad_question *q, struct dm_bad_ask *ask,
			       unsigned int i)
{
	bool any = false;

	if (!ask->layer[0])
		return false;
	for (; i < ask->nr; i++) {
		if (dm_bad_in_pieces(&ask->between, ask->ranges[i].pos, ask->ranges[i].len))
			continue;
		dm_bad_unplace(q, &ask->ranges[i], ask->layer);
		any = true;
	}
	return any;
}

/* Ask once, for what is behind @ask->next. */
static int dm_bad_ask_piece(struct dm_bad_question *q, struct dm_bad_ask *ask)
{
	struct bdev_bad_list list = {
		.ranges		= ask->ranges + ask->nr,
		.max		= min(ask->max - ask->nr, BDEV_BAD_MAX_RANGES),
		.unplaced	= q->unplaced,
		.max_unplaced	= q->list->max_unplaced,
		.grain		= ask->between.stride ? 0 :
				  div64_u64(q->list->grain, q->spread),
		.hops		= q->list->hops + 1,
	};
	unsigned int i = ask->nr;
	int r;

	r = bdev_bad_ranges(ask->bdev, ask->next, ask->end - ask->next, &list);
	if (bdev_bad_error_passes(r))
		return r;
	if (r) {
		dm_bad_unknown(ask);
		i = 0;
	} else {
		ask->nr += list.nr;
		ask->next = list.next;
	}

	/* one is enough to say that they are bad */
	if (dm_bad_unplace_all(q, ask, i) && ask->between.stride)
		ask->next = ask->end;
	for (i = 0; i < list.nr_unplaced; i++)
		dm_bad_unplace(q, &q->unplaced[i], ask->layer);
	q->list->is_volatile |= list.is_volatile;
	return 0;
}

/*
 * Metadata among which there are data: what lies behind @ask->next in the end has not been
 * looked at. If the target has another order than its device, that is behind no byte of
 * the target, so all of it is looked at.
 */
static int dm_bad_ask_between(struct dm_bad_question *q, struct dm_bad_ask *ask)
{
	unsigned int asks = 0;
	u64 from;
	int r;

	ask->next = ask->pos;
	do {
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		from = ask->next;
		ask->nr = 0;
		r = dm_bad_ask_piece(q, ask);
	} while (!r && ask->next > from && ask->next < ask->end &&
		 (++asks < DM_BAD_BETWEEN_ASKS || q->spread == U64_MAX));
	return r;
}

/**
 * dm_bad_ask_more - ask a lower device for what is behind its last answer
 * @q: the question
 * @ask: part of the device, with room for more ranges
 *
 * Context: As dm_bad_ask_all().
 * Return: As dm_bad_ask_all().
 */
int dm_bad_ask_more(struct dm_bad_question *q, struct dm_bad_ask *ask)
{
	u64 from;
	int r;

	do {
		from = ask->next;
		r = dm_bad_ask_piece(q, ask);
		if (r || !q->moving)
			return r;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	} while (ask->nr < ask->max && ask->next > from && ask->next < ask->end);
	return 0;
}

static int dm_bad_ask_one(struct dm_bad_question *q, struct dm_bad_ask *ask)
{
	if (ask->between.stride)
		return dm_bad_ask_between(q, ask);
	ask->nr = 0;
	ask->done = 0;
	ask->next = ask->pos;
	return dm_bad_ask_more(q, ask);
}

/**
 * dm_bad_ask_all - ask the lower devices
 * @q: the question
 *
 * Context: Process context, may sleep. No table may be held.
 * Return: 0; -EBUSY, -EAGAIN, -EINTR, -ELOOP or -ENOMEM. After another error of a
 * device all that is asked of it is unknown.
 */
int dm_bad_ask_all(struct dm_bad_question *q)
{
	unsigned int i;
	int r = 0;

	for (i = 0; i < q->nr_asks && !r; i++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		r = dm_bad_ask_one(q, &q->asks[i]);
		cond_resched();
	}
	return r;
}
