// SPDX-License-Identifier: GPL-2.0-only
/*
 * From what is bad of lower devices to what is bad of a mapped device: candidates
 * upwards, then a look at each of them downwards.
 *
 * Nothing here asks anybody but targets, so both steps hold the live table. The
 * places are copied out before they are compared with what the devices have answered,
 * because a target may name them under a lock that its ->map takes.
 *
 * See dm-bad-ask.c for LOCKING and LIFETIME.
 */
#include "dm-core.h"
#include "dm-bad-ask.h"
#include "dm-bad-combine.h"

#include <linux/blkdev.h>
#include <linux/bsearch.h>
#include <linux/jhash.h>
#include <linux/sched.h>

/* windows that may be found for one answer, merged ones included */
#define DM_BAD_BUDGET		65536

/* rows that may be looked at for one answer */
#define DM_BAD_ROWS_BUDGET	16384

/**
 * struct dm_bad_found - where a verdict is from
 * @q: the question
 * @pos: first byte of the row on the mapped device
 * @places: where the row is
 * @layer: the type of the target
 */
struct dm_bad_found {
	struct dm_bad_question		*q;
	u64				pos;
	const struct dm_bad_place	*places;
	const char			*layer;
};

static int dm_bad_cmp_placed(const void *key, const void *item)
{
	const struct block_device *bdev = key;
	const struct dm_bad_ask *ask = item;

	return bdev < ask->bdev ? -1 : bdev > ask->bdev;
}

/* NULL if nothing is bad of the device */
static struct dm_bad_ask *dm_bad_placed_ask(struct dm_bad_question *q,
					    struct block_device *bdev)
{
	return bsearch(bdev, q->asks, q->nr_placed, sizeof(q->asks[0]),
		       dm_bad_cmp_placed);
}

static void dm_bad_window_of(struct dm_bad_question *q, struct dm_target *ti,
			     struct dm_bad_set *set, struct block_device *bdev,
			     u64 pos, u64 end, u64 gap)
{
	u64 begin = dm_bad_target_pos(ti);
	struct dm_bad_windows w = {
		.bdev	= bdev,
		.pos	= pos,
		.len	= end - pos,
		.off	= q->pos > begin ? q->pos - begin : 0,
		.end	= min(dm_bad_target_len(ti), q->end - begin),
		.gap	= gap,
		.set	= set,
	};

	dm_bad_target_windows(ti, &w);
}

/* The first byte of the mapped device that may be on a part of a device; or U64_MAX. */
static u64 dm_bad_first_byte(struct dm_bad_question *q, struct dm_target *ti,
			     struct block_device *bdev, u64 pos, u64 end)
{
	struct dm_bad_window lowest;
	struct dm_bad_set set = {
		.windows	= &lowest,
		.max		= 1,
		.budget		= UINT_MAX,
		.limit		= U64_MAX,
		.target		= q->set.target,
	};

	if (pos >= end)
		return U64_MAX;
	dm_bad_window_of(q, ti, &set, bdev, pos, end, U64_MAX);
	return set.nr ? lowest.pos : U64_MAX;
}

/* Metadata of which not all could be looked at: only what is in front of them is known. */
static void dm_bad_candidates_between(struct dm_target *ti, struct dm_bad_places *p,
				      struct block_device *bdev, u64 pos, u64 len,
				      const char *layer)
{
	struct dm_bad_question *q = p->data;
	unsigned int i;

	for (i = q->nr_placed; i < q->nr_asks; i++) {
		const struct dm_bad_ask *ask = &q->asks[i];

		if (ask->between.stride && ask->bdev == bdev && !strcmp(ask->layer, layer))
			q->set.limit = min(q->set.limit,
					   dm_bad_first_byte(q, ti, bdev,
							     max(pos, ask->next),
							     min(pos + len, ask->end)));
	}
}

/* One range after the other, for a target that can search its map backwards. */
static void dm_bad_search(struct dm_bad_question *q, struct dm_target *ti,
			  struct dm_bad_ask *ask, u64 pos, u64 end)
{
	unsigned int i = max(ask->done, dm_bad_first_behind(ask->ranges, ask->nr, pos));

	for (; i < ask->nr && ask->ranges[i].pos < end; i++) {
		const struct bdev_bad_range *range = &ask->ranges[i];

		q->set.range = range;
		q->set.lowest = ask->low[i];
		dm_bad_window_of(q, ti, &q->set, ask->bdev, max(pos, range->pos),
				 min(end, range->pos + range->len),
				 q->list->grain);
		ask->low[i] = q->set.lowest;
		cond_resched();
	}
	ask->rest = min(ask->rest,
			dm_bad_first_byte(q, ti, ask->bdev, max(pos, ask->next), end));
}

static void dm_bad_candidates_part(struct dm_target *ti, struct dm_bad_places *p,
				   struct block_device *bdev, u64 pos, u64 len,
				   const char *layer)
{
	struct dm_bad_question *q = p->data;
	struct dm_bad_ask *ask = layer ? NULL : dm_bad_placed_ask(q, bdev);
	u64 begin = dm_bad_target_pos(ti);
	struct dm_bad_windows w = {
		.bdev	= bdev,
		.pos	= pos,
		.len	= len,
		.off	= p->off,
		.end	= p->off + p->len,
		.gap	= q->list->grain,
		.set	= &q->set,
	};

	if (layer && p->between)
		dm_bad_candidates_between(ti, p, bdev, pos, len, layer);
	if (!ask || (q->only && q->only != ask) || begin + p->off >= q->set.limit)
		return;
	if (!dm_bad_walk(q, ti, ask, &w))
		dm_bad_search(q, ti, ask, pos, pos + len);
	/* what the target has there is in the order of its device */
	if (q->spread < U64_MAX)
		q->set.limit = min(q->set.limit, ask->rest);
}

static void dm_bad_candidates_target(struct dm_bad_question *q,
				     struct dm_target *ti)
{
	u64 begin = dm_bad_target_pos(ti);
	u64 off = q->pos > begin ? q->pos - begin : 0;
	u64 end = min(dm_bad_target_len(ti), q->end - begin);
	struct dm_bad_places p = {
		.off		= off,
		.len		= end - off,
		.hull_fn	= dm_bad_candidates_part,
		.data		= q,
	};

	if (dm_bad_target_misses(ti)) {
		bool gone = dm_bad_target_fails(ti);
		struct dm_bad_window all = {
			.target	= q->set.target,
			.gone	= gone,
			.guess	= !gone,
		};

		dm_bad_set_add(&q->set, begin + off, begin + end, 0, &all);
		if (gone)
			return;
	}
	if (q->nr_placed) {
		dm_bad_target_hull(ti, &p);
		q->again |= p.again;
	}
}

static void dm_bad_begin_candidates(struct dm_bad_question *q)
{
	unsigned int i;

	if (!q->only)
		q->set = (struct dm_bad_set) {
			.windows	= q->windows,
			.max		= q->list->max,
			.limit		= U64_MAX,
		};
	q->set.budget = DM_BAD_BUDGET;
	for (i = 0; i < q->nr_placed; i++) {
		struct dm_bad_ask *ask = &q->asks[i];
		unsigned int j;

		if (q->only && q->only != ask)
			continue;
		ask->rest = U64_MAX;
		for (j = ask->done; j < ask->nr; j++)
			ask->low[j] = U64_MAX;
	}
}

static void dm_bad_end_candidates(struct dm_bad_question *q)
{
	unsigned int i;

	dm_bad_set_cut(&q->set);
	for (i = 0; i < q->nr_placed; i++)
		q->asks[i].done = q->asks[i].nr;
}

/**
 * dm_bad_candidates - find what of the window may be bad
 * @q: the question; the lower devices have answered
 * @only: NULL, or the only device of which more is known than the last time
 *
 * The lowest windows are in @q->set, and its limit says up to where these are all, if
 * nothing in front of it is in what the devices have not said yet.
 *
 * Context: Process context. Takes and drops the live table.
 * Return: 0; -ESTALE if the table has been swapped; -EAGAIN if a target cannot say now.
 */
int dm_bad_candidates(struct dm_bad_question *q, struct dm_bad_ask *only)
{
	struct dm_bad_set *set = &q->set;
	struct dm_table *t;
	int srcu_idx;

	q->only = only;
	dm_bad_begin_candidates(q);
	t = dm_bad_get_table(q, &srcu_idx);
	set->target = t ? dm_bad_first_target(t, q->pos) : 0;
	for (; t && set->target < t->num_targets; set->target++) {
		struct dm_target *ti = dm_table_get_target(t, set->target);

		if (dm_bad_target_pos(ti) >= min(q->end, set->limit))
			break;
		dm_bad_candidates_target(q, ti);
		cond_resched();
	}
	dm_put_live_table(q->md, srcu_idx);
	if (!t)
		return -ESTALE;
	if (q->again)
		return -EAGAIN;

	dm_bad_end_candidates(q);
	return 0;
}

static void dm_bad_add(struct dm_bad_question *q,
		       const struct bdev_bad_range *range)
{
	if (!bdev_bad_list_add(q->list, range))
		q->full = true;
}

static bool dm_bad_verdict(const struct dm_bad_verdict *v, void *data)
{
	struct dm_bad_found *found = data;
	const struct dm_bad_place *place = &found->places[v->member];
	/* of a member that is not there, not even the number is known */
	dev_t dev = place->bdev ? place->bdev->bd_dev :
				  disk_devt(found->q->md->disk);
	struct bdev_bad_range range = dm_bad_verdict_range(v, dev, place->pos,
							   found->layer);

	range.pos = found->pos + v->pos;
	dm_bad_add(found->q, &range);
	return !found->q->full;
}

static void dm_bad_check_row(struct dm_bad_question *q, struct dm_target *ti,
			     const struct dm_bad_target_row *row,
			     struct dm_bad_member *members)
{
	const struct dm_bad_place *place = &q->rows.place[row->first];
	struct dm_bad_found found = {
		.q	= q,
		.pos	= dm_bad_target_pos(ti) + row->off,
		.places	= place,
		.layer	= ti->type->name,
	};
	struct dm_bad_row combine = {
		.len		= row->len,
		.tolerated	= row->rule.tolerated,
		.copies		= row->rule.copies,
		.own_unit	= row->rule.own_unit,
		.peer_unit	= row->rule.peer_unit,
		.may_correct	= row->rule.may_correct,
		.paths		= row->rule.paths,
		.nr		= row->nr,
		.members	= members,
	};
	unsigned int i;

	for (i = 0; i < row->nr; i++, place++) {
		struct dm_bad_ask *ask = dm_bad_placed_ask(q, place->bdev);

		members[i] = (struct dm_bad_member) {
			.ranges		= ask ? ask->ranges : NULL,
			.nr		= ask ? ask->nr : 0,
			.pos		= place->pos,
			.missing	= place->missing,
		};
		q->signature = jhash_3words(lower_32_bits(place->pos),
					    upper_32_bits(place->pos),
					    (u32)(unsigned long)place->bdev ^
					    place->missing, q->signature);
	}
	dm_bad_combine(&combine, dm_bad_verdict, &found);
}

/*
 * The rows of some bytes of a target. Returns behind which byte they end; that is
 * @off if the target does not say.
 */
static u64 dm_bad_check_rows(struct dm_bad_question *q, struct dm_target *ti,
			     u64 off, u64 end)
{
	struct dm_bad_row_buf *rows = &q->rows;
	struct dm_bad_places p = {
		.off	= off,
		.len	= end - off,
		.rows	= rows,
	};
	unsigned int i;
	int r;

	rows->nr = 0;
	rows->nr_places = 0;
	r = ti->type->bad_places(ti, &p);
	if (r == -EAGAIN) {
		/* a lock of the target is not to be had: ask again, in a while */
		q->again = true;
		q->full = true;
	}
	if (r)
		return off;
	q->moving |= p.moving;
	for (i = 0; i < rows->nr && !q->full; i++) {
		const struct dm_bad_target_row *row = &rows->row[i];

		/* without a place they hold nothing that can be lost */
		if (row->nr)
			dm_bad_check_row(q, ti, row, q->members);
		off = max(off, row->off + row->len);
	}
	q->rows_left -= min(rows->nr, q->rows_left);
	return off;
}

/* What is in a window, from a byte on, if no more can be said. */
static struct bdev_bad_range dm_bad_window_range(struct dm_bad_question *q,
						 const struct dm_bad_window *win, u64 pos)
{
	struct bdev_bad_range range = {
		.cause		= BDEV_BAD_REMOVED,
		.origin_dev	= disk_devt(q->md->disk),
		.origin_pos	= pos,
		.origin_len	= win->end - pos,
	};

	if (win->range)
		range = *win->range;
	range.pos = pos;
	range.len = win->end - pos;
	return range;
}

static void dm_bad_check_window(struct dm_bad_question *q, struct dm_target *ti,
				const struct dm_bad_window *win)
{
	u64 begin = dm_bad_target_pos(ti);
	u64 off = win->pos - begin, end = win->end - begin;

	while (off < end && !q->full) {
		u64 next;

		if (!q->rows_left) {
			q->list->next = min(q->list->next, begin + off);
			q->full = true;
			return;
		}
		next = dm_bad_check_rows(q, ti, off, end);
		if (next == off && !q->full) {
			struct bdev_bad_range range =
				dm_bad_window_range(q, win, begin + off);

			/* it may be, and the target cannot say more */
			range.flags |= BDEV_BAD_UNKNOWN;
			dm_bad_add(q, &range);
			return;
		}
		off = next;
		cond_resched();
	}
}

/* Windows that are as bad as what is below need not be looked at one by one. */
static void dm_bad_take_window(struct dm_bad_question *q,
			       const struct dm_bad_window *win)
{
	struct bdev_bad_range range = dm_bad_window_range(q, win, win->pos);

	if (win->range)
		range.flags |= BDEV_BAD_PARTIAL;
	dm_bad_add(q, &range);
}

/**
 * dm_bad_check - find what of the candidates is bad, and answer with it
 * @q: the question, with its candidates
 *
 * Context: Process context. Takes and drops the live table.
 * Return: 0; -ESTALE if the table has been swapped; -EAGAIN if a target cannot say now.
 */
int dm_bad_check(struct dm_bad_question *q)
{
	struct dm_table *t;
	unsigned int i;
	int srcu_idx;

	q->full = false;
	q->again = false;
	q->rows_left = DM_BAD_ROWS_BUDGET;
	q->signature = 0;
	q->list->next = min3(q->list->next, q->end, q->set.limit);

	t = dm_bad_get_table(q, &srcu_idx);
	for (i = 0; t && i < q->set.nr && !q->full; i++) {
		const struct dm_bad_window *win = &q->windows[i];

		if (win->gone || (win->partial && !win->guess))
			dm_bad_take_window(q, win);
		else
			dm_bad_check_window(q, dm_table_get_target(t, win->target),
					    win);
	}
	dm_put_live_table(q->md, srcu_idx);
	if (q->again)
		return -EAGAIN;
	return t ? 0 : -ESTALE;
}
