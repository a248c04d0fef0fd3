// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is bad of a mapped device? The way down.
 *
 * What is bad of a mapped device is what is bad of its lower devices, in the places
 * that the live table maps, and all of its error targets: such a target stands for a
 * device that is gone. A target that has given up a copy is looked at as a whole. The
 * rest is found by a join that begins below, so that it costs what is bad and not what
 * is there:
 *
 * 1. Is there anything bad at all? Usually not, and that is the answer.
 * 2. Which parts of which devices are in the window? Each is asked once, and the
 *    targets turn what is bad there into windows above. The lowest ones are kept,
 *    and @list->next is where they end. (dm-bad-collect.c, dm-bad-join.c) A target
 *    that does not keep the order of a device has to see all that is bad of it; if there
 *    is not enough room, what is on none of the lowest windows is let go of, and the
 *    device is asked for more. (dm-bad-pass.c)
 * 3. Only for these windows the targets say where they are, and the rows of places
 *    are combined with what the devices have answered. (dm-bad-combine.c)
 * 4. A table stays the one it is, or all is done again: what was asked between two
 *    looks at the same table is true of it. A target that moves what it maps by
 *    itself is asked once more after the devices have been asked once more, until its
 *    places are the same before and after. Only what was found bad needs that: to
 *    move something onto a bad sector is a write.
 *
 * If the window is so large, or mapped in so strange an order, that the lowest
 * windows do not even reach its first byte, then it is cut into half. In the end
 * it has one place on each device, whose order is its own.
 *
 * LOCKING
 *
 * Nothing is held while a lower device is asked: it may be a mapped device itself,
 * and suspending a device waits for whoever holds its table. The table is an SRCU
 * reader's, and let go of in between. A device that is suspended, or becomes so
 * while it is asked, answers -EBUSY: somebody may be rebuilding what is below. When
 * it is resumed, all of it is said to have changed, see dm-badrange.c.
 *
 * LIFETIME
 *
 * A question keeps the mapped device: it has a reference on the queue of the disk,
 * for which del_gendisk() waits. Lower devices are kept, not open, but in memory, by
 * a reference on their struct device; one that has gone meanwhile answers that all
 * of it is gone.
 */
#include "dm-core.h"
#include "dm-bad-ask.h"

#include <linux/blkdev.h>
#include <linux/bsearch.h>
#include <linux/list.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/sort.h>

#define DM_MSG_PREFIX "badrange"

/* how often the table, or what a target maps, may change meanwhile */
#define DM_BAD_RETRIES		4

static int dm_bad_cmp_dev(const void *a, const void *b)
{
	const struct dm_bad_dev *l = a, *r = b;

	return l->bdev < r->bdev ? -1 : l->bdev > r->bdev;
}

/**
 * dm_bad_find_dev - find a lower device of the table
 * @devs: the devices
 * @bdev: the block device
 *
 * Context: Any.
 * Return: it, or NULL.
 */
struct dm_bad_dev *dm_bad_find_dev(struct dm_bad_devs *devs,
				   struct block_device *bdev)
{
	struct dm_bad_dev key = { .bdev = bdev };

	return bsearch(&key, devs->dev, devs->nr, sizeof(key), dm_bad_cmp_dev);
}

/**
 * dm_bad_sort_devs - sort the lower devices of a table, and keep each of them once
 * @devs: the devices, with a reference for each entry
 *
 * A table has a device twice if a target reads it and another one writes to it, too.
 *
 * Context: Process context.
 */
void dm_bad_sort_devs(struct dm_bad_devs *devs)
{
	unsigned int i, nr = 0;

	sort(devs->dev, devs->nr, sizeof(devs->dev[0]), dm_bad_cmp_dev, NULL);
	for (i = 0; i < devs->nr; i++) {
		struct block_device *bdev = devs->dev[i].bdev;

		if (nr && devs->dev[nr - 1].bdev == bdev)
			put_device(&bdev->bd_device);
		else
			devs->dev[nr++].bdev = bdev;
	}
	devs->nr = nr;
}

static bool dm_bad_has_gone(struct dm_table *t)
{
	unsigned int i;

	for (i = 0; i < t->num_targets; i++)
		if (dm_bad_target_misses(dm_table_get_target(t, i)))
			return true;
	return false;
}

static struct dm_bad_devs *dm_bad_copy_devs(struct dm_table *t)
{
	struct list_head *devices = dm_table_get_devices(t);
	unsigned int nr = list_count_nodes(devices);
	struct dm_dev_internal *dd;
	struct dm_bad_devs *devs;

	devs = kvzalloc_flex(*devs, dev, nr, GFP_NOIO);
	if (!devs)
		return ERR_PTR(-ENOMEM);
	devs->generation = t->generation;
	devs->gone = dm_bad_has_gone(t);
	devs->nr = nr;

	nr = 0;
	list_for_each_entry(dd, devices, list) {
		struct block_device *bdev = dd->dm_dev->bdev;

		get_device(&bdev->bd_device);
		devs->dev[nr++].bdev = bdev;
	}
	dm_bad_sort_devs(devs);
	return devs;
}

/* NULL if there is no table */
static struct dm_bad_devs *dm_bad_get_devs(struct mapped_device *md)
{
	struct dm_bad_devs *devs;
	struct dm_table *t;
	int srcu_idx;

	t = dm_get_live_table(md, &srcu_idx);
	devs = t ? dm_bad_copy_devs(t) : NULL;
	dm_put_live_table(md, srcu_idx);
	return devs;
}

static void dm_bad_put_devs(struct dm_bad_devs *devs)
{
	unsigned int i;

	if (IS_ERR_OR_NULL(devs))
		return;
	for (i = 0; i < devs->nr; i++)
		put_device(&devs->dev[i].bdev->bd_device);
	kvfree(devs);
}

/**
 * dm_bad_get_table - get the table that a question is about
 * @q: the question
 * @srcu_idx: for dm_put_live_table(), which has to be called in any case
 *
 * Context: Process context.
 * Return: the table, or NULL if it is not the live one any more.
 */
struct dm_table *dm_bad_get_table(struct dm_bad_question *q, int *srcu_idx)
{
	struct dm_table *t = dm_get_live_table(q->md, srcu_idx);

	return t && t->generation == q->devs->generation ? t : NULL;
}

static bool dm_bad_suspended(struct mapped_device *md)
{
	return dm_suspended_md(md) || dm_suspended_internally_md(md);
}

/* Nobody could say anything of the first byte: look at less of them. */
static int dm_bad_shrink(struct dm_bad_question *q)
{
	/* whole sectors, of which none has bytes in two blocks of a target */
	u64 half = round_down(q->pos + (q->end - q->pos) / 2, SECTOR_SIZE), begin, end;
	struct dm_target *ti;
	struct dm_table *t;
	int srcu_idx, r = 0;

	if (half <= q->pos)
		return -EOVERFLOW;

	t = dm_bad_get_table(q, &srcu_idx);
	if (!t) {
		r = -ESTALE;
		goto put_table;
	}
	ti = dm_table_find_target(t, half >> SECTOR_SHIFT);
	begin = ti ? dm_bad_target_pos(ti) : 0;
	end = ti ? begin + dm_bad_target_len(ti) : U64_MAX;
	if (begin > q->pos)
		q->end = begin;
	else if (end < q->end)
		q->end = end;
	else
		q->end = half;
put_table:
	dm_put_live_table(q->md, srcu_idx);
	return r;
}

/*
 * Find what may be bad. If the target has another order than its devices, all that is
 * bad of them has to be looked at, as much at a time as there is room for.
 */
static int dm_bad_find(struct dm_bad_question *q)
{
	struct dm_bad_ask *ask;
	int r = dm_bad_candidates(q, NULL);

	while (!r && (ask = dm_bad_unfinished(q))) {
		u64 from = ask->next;

		if (dm_bad_make_room(q, ask))
			r = dm_bad_ask_more(q, ask);
		if (!r && ask->next == from)
			/* what is in front of the rest is known */
			q->set.limit = ask->rest;
		else if (!r)
			r = dm_bad_candidates(q, ask);
	}
	dm_bad_set_cut(&q->set);
	return r;
}

/* Ask all devices, and find what may be bad. */
static int dm_bad_look_below(struct dm_bad_question *q)
{
	int r;

	do {
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		r = dm_bad_collect(q);
		if (!r && !q->overflow)
			r = dm_bad_ask_all(q);
		if (!r && !q->overflow)
			r = dm_bad_find(q);
		if (!r && (q->overflow || q->set.limit <= q->pos)) {
			r = dm_bad_shrink(q);
			if (!r)
				continue;
		}
		break;
	} while (true);

	return r;
}

/* What moves by itself must be where it was before the devices were asked. */
static int dm_bad_verify(struct dm_bad_question *q, u64 len)
{
	unsigned int tries;
	int r = 0;

	for (tries = 0; tries < DM_BAD_RETRIES; tries++) {
		u32 signature = q->signature;

		if (!q->moving || !q->list->nr)
			return 0;
		bdev_bad_list_init(q->list, q->pos, len);
		r = dm_bad_ask_all(q);
		/* it may end earlier, and windows point into it */
		if (!r)
			r = dm_bad_find(q);
		if (!r && q->set.limit <= q->pos)
			r = -EAGAIN;
		if (!r)
			r = dm_bad_check(q);
		if (r)
			return r;
		if (q->signature == signature)
			return 0;
	}
	return -EAGAIN;
}

static int dm_bad_answer(struct dm_bad_question *q)
{
	u64 len = q->end - q->pos;
	int r = dm_bad_look_below(q);

	if (!r)
		r = dm_bad_check(q);
	if (!r)
		r = dm_bad_verify(q, len);
	if (!r && q->moving)
		q->list->is_volatile = true;
	return r;
}

static bool dm_bad_any(struct dm_bad_devs *devs, unsigned int hops)
{
	bool any = devs->gone;
	unsigned int i;

	for (i = 0; i < devs->nr; i++) {
		struct dm_bad_dev *dev = &devs->dev[i];

		dev->bad = bdev_any_bad(dev->bdev, hops);
		any |= dev->bad;
		cond_resched();
	}
	return any;
}

static int dm_bad_try(struct mapped_device *md, u64 pos, u64 len,
		      struct bdev_bad_list *list)
{
	struct dm_bad_question *q;
	struct dm_bad_devs *devs;
	int r = 0;

	bdev_bad_list_init(list, pos, len);
	if (dm_bad_own_ranges(md, pos, len, list, &r))
		return r;
	devs = dm_bad_get_devs(md);
	if (IS_ERR_OR_NULL(devs))
		return PTR_ERR_OR_ZERO(devs);
	if (!dm_bad_any(devs, list->hops + 1))
		goto put_devs;

	r = -ENOMEM;
	q = kvzalloc_obj(*q, GFP_NOIO);
	if (!q)
		goto put_devs;
	q->md = md;
	q->list = list;
	q->pos = pos;
	q->end = pos + len;
	q->devs = devs;
	r = dm_bad_answer(q);
	kvfree(q->pool);
	kvfree(q->lows);
	kvfree(q);
put_devs:
	dm_bad_put_devs(devs);
	return r;
}

/**
 * dm_blk_bad_ranges - answer what is bad of a mapped device
 * @disk: disk of the mapped device
 * @pos: first byte that is asked for
 * @len: length in bytes
 * @list: for the answer
 *
 * For block_device_operations.bad_ranges.
 *
 * Context: Process context, may sleep; does not start I/O to @disk. The caller
 * holds a reference on the queue of the disk.
 * Return: 0; -EBUSY if the device, or one below, is suspended; -EAGAIN if the table,
 * or what a target maps, changed over and over again; -ENOMEM; -EINTR if the
 * process is being killed; -EOVERFLOW if a single sector has too many places; or -ELOOP
 * if devices are stacked too high, or the device is among its own lower devices.
 */
int dm_blk_bad_ranges(struct gendisk *disk, u64 pos, u64 len,
		      struct bdev_bad_list *list)
{
	struct mapped_device *md = READ_ONCE(disk->private_data);
	unsigned int tries = 0;
	int r;

	/* being destroyed, so that nobody above can lose anything any more */
	if (!md)
		return 0;
	/* a table with a circle has no bottom */
	if (list->hops >= BDEV_BAD_MAX_HOPS)
		return -ELOOP;

	do {
		if (dm_bad_suspended(md))
			return -EBUSY;
		r = dm_bad_try(md, pos, len, list);
	} while (r == -ESTALE && ++tries < DM_BAD_RETRIES);

	if (r == -ESTALE)
		return -EAGAIN;
	/* what is below may have been taken apart since */
	return dm_bad_suspended(md) ? -EBUSY : r;
}

/**
 * dm_blk_any_bad - is anything bad of a mapped device?
 * @disk: disk of the mapped device
 * @hops: how many stacking drivers the question has passed
 *
 * For block_device_operations.any_bad.
 *
 * Context: As dm_blk_bad_ranges().
 * Return: false if nothing is bad, and that is known.
 */
bool dm_blk_any_bad(struct gendisk *disk, unsigned int hops)
{
	struct mapped_device *md = READ_ONCE(disk->private_data);
	struct dm_bad_devs *devs;
	bool any = false;
	unsigned int i;

	if (!md)
		return false;
	/* then the question is asked, and answered with an error */
	if (hops >= BDEV_BAD_MAX_HOPS || dm_bad_suspended(md))
		return true;
	if (dm_bad_own_any(md, hops + 1, &any))
		return any;
	devs = dm_bad_get_devs(md);
	if (IS_ERR(devs))
		return true;
	if (devs)
		any = devs->gone;
	for (i = 0; devs && i < devs->nr && !any; i++)
		any = bdev_any_bad(devs->dev[i].bdev, hops + 1);
	dm_bad_put_devs(devs);
	return any;
}
