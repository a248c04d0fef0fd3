// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is bad of a bcache device? The way down.
 *
 * The backing device is asked for the window, and the cache for all of itself, because
 * bytes of the disk can be anywhere there. Then the keys of the device in the btree say where
 * its bytes are, and what is bad of their places is combined (bad_join.c). If nothing is
 * bad of the cache, only the keys are looked for of what is bad of the backing device. If
 * the cache has more bad ranges than fit into memory here, its keys are gone through
 * more than once: what is lost, or degraded, by some of them is so whatever the others are.
 *
 * The btree is gone through without waiting for anybody (bad_walk.c). What cannot be seen in
 * time is left to the next question. A node that is in a bad place is not read, for that
 * would make bcache give up the cache set: that it is bad is told, without a place, as
 * "bcache metadata". So are the superblocks, the journal, and the buckets of priorities
 * and UUIDs.
 *
 * Keys change all the time. What a write has changed since the devices were asked is
 * written to a place that is good, or becomes bad, and the device below reports that. For
 * what moves without any change below, the question is asked again every minute as long as
 * anything is bad there (is_volatile).
 *
 * LOCKING
 *
 * Nothing is held while a device below is asked but references: a reference on the
 * cache set, as each request has, delays detaching. The locks of btree nodes are tried, and
 * held for BCH_BAD_HOLD keys at most. Never bch_register_lock: a disk is deleted under it, and
 * waits for questions.
 *
 * LIFETIME
 *
 * A question keeps the device: it has a reference on the queue of the disk, for which
 * del_gendisk() waits. A cached device is attached as long as its reference on the cache set
 * is held, and a volume without a backing device always is.
 */
#include "bcache.h"
#include "bad_ask.h"

#include <linux/blkdev.h>
#include <linux/jiffies.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

/* how often the keys are gone through for the ranges of the cache */
#define BCH_BAD_PASSES		16

/* keys that are looked at in one go, and with locks held */
#define BCH_BAD_KEYS		65536
#define BCH_BAD_HOLD		1024

/* how long a question may wait for locks and nodes, in all, and for one node */
#define BCH_BAD_WAIT		(2 * HZ)
#define BCH_BAD_WAIT_ONE	(HZ / 10)

static bool bch_bad_found_key(const struct bkey *k, void *data)
{
	const struct bch_bad_key key = {
		.start	= KEY_START(k),
		.size	= KEY_SIZE(k),
		.place	= PTR_OFFSET(k, 0),
		.dirty	= KEY_DIRTY(k),
	};

	return bch_bad_join_key(data, &key);
}

/* Nobody knows what keys the node has that was missing, and nobody will. */
static void bch_bad_skip_node(struct bch_bad_question *q)
{
	const struct bkey *k = &q->walk.missing;
	u64 last = KEY_INODE(k) == q->parts.inode ? max(KEY_OFFSET(k), q->walk.at) :
						    q->walk.end;
	u64 end = (min(last, q->walk.end) << SECTOR_SHIFT) - q->join.start;
	struct bdev_bad_range range = {
		.pos		= q->join.at,
		.len		= max(end, q->join.at) - q->join.at,
		.cause		= q->parts.gone ? BDEV_BAD_REMOVED : BDEV_BAD_MEDIA,
		.flags		= BDEV_BAD_UNKNOWN,
		.origin_dev	= q->parts.set->cache->bdev->bd_dev,
		.origin_pos	= (u64)PTR_OFFSET(k, 0) << SECTOR_SHIFT,
		.origin_len	= (u64)KEY_SIZE(k) << SECTOR_SHIFT,
		.layer		= BCH_BAD_METADATA,
	};

	if (!bdev_bad_list_add(q->list, &range))
		q->join.full = true;
	range.flags = 0;
	bch_bad_unplace(q, range, BCH_BAD_METADATA);
	q->walk.at = min(last, q->walk.end);
	q->join.at = max(end, q->join.at);
}

/* A walk has ended with an error. 0 if it can go on. */
static int bch_bad_help(struct bch_bad_question *q, int error)
{
	bool bad = true;
	int r;

	if (fatal_signal_pending(current))
		return -EINTR;
	if (error == -EAGAIN) {
		schedule_timeout_killable(1);
		return time_after(jiffies, q->until) ? -EAGAIN : 0;
	}
	if (error == -ENODATA) {
		r = bch_bad_node_place(q, &bad);
		if (r)
			return r;
	}
	if (bad) {
		bch_bad_skip_node(q);
		return 0;
	}
	if (!bch_bad_fetch(&q->walk, BCH_BAD_WAIT_ONE))
		return -EAGAIN;
	/* it may have been in vain: a lock was not to be had */
	schedule_timeout_killable(1);
	return time_after(jiffies, q->until) ? -EAGAIN : 0;
}

/* All keys from byte @pos of the disk to @end. */
static int bch_bad_walk_span(struct bch_bad_question *q, u64 pos, u64 end)
{
	struct bch_bad_join *join = &q->join;
	u64 whole = join->end;
	int r;

	join->at = pos;
	join->end = end;
	q->walk.at = (join->start + pos) >> SECTOR_SHIFT;
	q->walk.end = DIV_ROUND_UP_ULL(join->start + end, SECTOR_SIZE);
	do {
		q->walk.keys = min(q->keys, BCH_BAD_HOLD);
		q->keys -= q->walk.keys;
		r = bch_bad_walk(&q->walk);
		q->keys += q->walk.keys;
		if (r > 0 && !q->keys)
			r = -EAGAIN;
		else if (r < 0)
			r = bch_bad_help(q, r) ?: 1;
		cond_resched();
	} while (r > 0 && join->at < join->end && !join->full);
	if (!r && !join->full)
		bch_bad_join_uncached(join, end);
	/* a node that was passed over was the last one */
	if (r > 0)
		r = 0;
	join->end = whole;

	/* what has been found up to here is true */
	if (r == -EAGAIN && join->at > q->pos) {
		join->end = min(join->end, join->at);
		r = 0;
	}
	if (join->full)
		join->end = min(join->end, q->list->next);
	return r;
}

/* The keys below which anything may be bad. */
static int bch_bad_pass(struct bch_bad_question *q)
{
	const struct bch_bad_side *side = &q->join.backing;
	u64 pos = q->pos;
	unsigned int i;
	int r = 0;

	q->keys = BCH_BAD_KEYS;
	q->join.full = false;
	if (q->join.cache.nr)
		return bch_bad_walk_span(q, pos, q->join.end);
	for (i = 0; i < side->nr && !r && pos < q->join.end; i++) {
		u64 from = max(pos, side->ranges[i].pos - q->join.start);
		u64 to = side->ranges[i].pos + side->ranges[i].len - q->join.start;

		to = min(to, q->join.end);
		if (from < to)
			r = bch_bad_walk_span(q, from, to);
		pos = max(pos, to);
	}
	return r;
}

static int bch_bad_answer(struct bch_bad_question *q)
{
	unsigned int passes = 0;
	int r;

	r = bch_bad_ask_backing(q);
	if (r)
		return r;
	if (!q->parts.set) {
		bch_bad_join_uncached(&q->join, q->join.end);
		q->list->next = min(q->list->next, q->join.end);
		return 0;
	}
	do {
		if (passes++ == BCH_BAD_PASSES) {
			bch_bad_unplace_rest(q);
			break;
		}
		r = bch_bad_ask_cache(q);
		if (!r)
			r = bch_bad_pass(q);
	} while (!r && q->next != U64_MAX);
	q->list->next = min(q->list->next, q->join.end);
	return r;
}

static bool bch_bad_any(const struct bch_bad_parts *p, unsigned int hops)
{
	return READ_ONCE(p->bad->lost) || p->gone ||
	       (p->dc && bdev_any_bad(p->dc->bdev, hops)) ||
	       (p->set && bdev_any_bad(p->set->cache->bdev, hops));
}

/* The cache went, or the device was started without it, while it had dirty data. */
static int bch_bad_tell_lost(struct bch_bad_question *q)
{
	const struct bch_bad_parts *p = &q->parts;
	const struct bdev_bad_range range = {
		.cause		= BDEV_BAD_REMOVED,
		.origin_dev	= disk_devt(p->bad->disk),
		.origin_len	= (u64)get_capacity(p->bad->disk) << SECTOR_SHIFT,
	};

	if (!READ_ONCE(p->bad->lost) || p->set)
		return 0;
	/* it is stopped, and all I/O fails: what was told of it stands */
	if (p->dc->io_disable)
		return -EIO;
	bch_bad_unplace(q, range, BCH_BAD_LAYER);
	return 0;
}

static struct bch_bad_parts bch_bad_get(struct bcache_device *d, struct cached_dev *dc)
{
	struct bch_bad_parts p = {
		.bad	= &d->bad,
		.dc	= dc,
		.set	= !dc || cached_dev_get(dc) ? d->c : NULL,
		.inode	= d->id,
	};

	p.gone = p.set && test_bit(CACHE_SET_IO_DISABLE, &p.set->flags);
	return p;
}

static void bch_bad_put(const struct bch_bad_parts *p)
{
	if (p->dc && p->set)
		cached_dev_put(p->dc);
}

static int bch_bad_ask_parts(const struct bch_bad_parts *p, u64 pos, u64 end,
			     struct bdev_bad_list *list)
{
	struct bch_bad_question *q = kvzalloc_obj(*q, GFP_NOIO);
	int r;

	if (!q)
		return -ENOMEM;
	q->parts = *p;
	q->list = list;
	q->pos = pos;
	q->until = jiffies + BCH_BAD_WAIT;
	q->join.list = list;
	q->join.has_backing = p->dc;
	q->join.start = p->bad->start;
	q->join.at = pos;
	q->join.end = end;
	q->walk.c = p->set;
	q->walk.inode = p->inode;
	q->walk.fn = bch_bad_found_key;
	q->walk.data = &q->join;

	r = bch_bad_tell_lost(q);
	if (!r)
		r = bch_bad_answer(q);
	kvfree(q);
	return r;
}

static int bch_bad_ranges(struct bcache_device *d, struct cached_dev *dc, u64 pos, u64 len,
			  struct bdev_bad_list *list)
{
	u64 size = (u64)get_capacity(d->disk) << SECTOR_SHIFT;
	struct bch_bad_parts p;
	int r = 0;

	if (list->hops >= BDEV_BAD_MAX_HOPS)
		return -ELOOP;
	if (pos >= size)
		return 0;
	p = bch_bad_get(d, dc);
	if (bch_bad_any(&p, list->hops + 1)) {
		list->is_volatile = true;
		r = bch_bad_ask_parts(&p, pos, min(pos + len, size), list);
	}
	bch_bad_put(&p);
	return r;
}

static bool bch_any_bad(struct bcache_device *d, struct cached_dev *dc, unsigned int hops)
{
	struct bch_bad_parts p;
	bool any;

	/* then the question is asked, and answered with an error */
	if (hops >= BDEV_BAD_MAX_HOPS)
		return true;
	p = bch_bad_get(d, dc);
	any = bch_bad_any(&p, hops + 1);
	bch_bad_put(&p);
	return any;
}

static struct cached_dev *bch_bad_cached(struct gendisk *disk)
{
	struct bcache_device *d = disk->private_data;

	return container_of(d, struct cached_dev, disk);
}

/**
 * bch_cached_bad_ranges - answer what is bad of a device with a backing device
 * @disk: the disk
 * @pos: first byte that is asked for
 * @len: length in bytes
 * @list: for the answer
 *
 * For block_device_operations.bad_ranges.
 *
 * Context: Process context, may sleep, for two seconds at most besides what the devices below
 * take; does not start I/O to @disk. The caller holds a reference on the queue of the disk.
 * Return: 0; -EBUSY if a device below is suspended; -EAGAIN if one cannot say now, or the
 * btree could not be seen in time; -ENOMEM; -EINTR if the process is being killed; -ELOOP
 * if devices are stacked too high; or -EIO if the cache was lost with dirty data, and the
 * device is stopped.
 */
int bch_cached_bad_ranges(struct gendisk *disk, u64 pos, u64 len,
			  struct bdev_bad_list *list)
{
	return bch_bad_ranges(disk->private_data, bch_bad_cached(disk), pos, len, list);
}

/**
 * bch_cached_any_bad - is anything bad of a device with a backing device?
 * @disk: the disk
 * @hops: how many stacking drivers the question has passed
 *
 * For block_device_operations.any_bad.
 *
 * Context: As bch_cached_bad_ranges().
 * Return: false if nothing is bad, and that is known.
 */
bool bch_cached_any_bad(struct gendisk *disk, unsigned int hops)
{
	return bch_any_bad(disk->private_data, bch_bad_cached(disk), hops);
}

/**
 * bch_flash_bad_ranges - answer what is bad of a volume that is in the cache only
 * @disk: the disk
 * @pos: first byte that is asked for
 * @len: length in bytes
 * @list: for the answer
 *
 * For block_device_operations.bad_ranges.
 *
 * Context: As bch_cached_bad_ranges().
 * Return: as bch_cached_bad_ranges(), but never -EIO.
 */
int bch_flash_bad_ranges(struct gendisk *disk, u64 pos, u64 len,
			 struct bdev_bad_list *list)
{
	return bch_bad_ranges(disk->private_data, NULL, pos, len, list);
}

/**
 * bch_flash_any_bad - is anything bad of a volume that is in the cache only?
 * @disk: the disk
 * @hops: how many stacking drivers the question has passed
 *
 * For block_device_operations.any_bad.
 *
 * Context: As bch_cached_bad_ranges().
 * Return: false if nothing is bad, and that is known.
 */
bool bch_flash_any_bad(struct gendisk *disk, unsigned int hops)
{
	return bch_any_bad(disk->private_data, NULL, hops);
}
