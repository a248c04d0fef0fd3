// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is bad of the devices that a bcache device is made of?
 *
 * They are asked with nothing held but what keeps them. What is bad and holds no data of
 * anybody, the superblocks, the journal, the btree, and the buckets of priorities and
 * UUIDs, is told without a place, because nobody knows what that leads to. So is all of
 * such a bucket, also the part of it that is not written yet.
 *
 * LOCKING and LIFETIME: see bad.c. Buckets are looked at without a lock, as bcache itself
 * does.
 */
#include "bcache.h"
#include "bad_ask.h"
#include "../dm-bad-combine.h"

#include <linux/blkdev.h>
#include <linux/sched/signal.h>

/* buckets of one bad range that are looked at */
#define BCH_BAD_BUCKETS		65536

/**
 * bch_bad_unplace - tell what is bad below without a place
 * @q: the question
 * @range: what is bad
 * @layer: who cannot say where it is
 *
 * Context: Any.
 */
void bch_bad_unplace(struct bch_bad_question *q, struct bdev_bad_range range,
		     const char *layer)
{
	/* who could not say where it is may be further down */
	if (!range.layer[0])
		strscpy(range.layer, layer);
	bdev_bad_list_add_unplaced(q->list, &range);
}

/* Ask a device. The answer goes to @ranges, and how far it has come to @next. */
static int bch_bad_ask(struct bch_bad_question *q, struct block_device *bdev, u64 pos,
		       u64 len, struct bdev_bad_range *ranges, unsigned int *nr,
		       u64 *next)
{
	struct bdev_bad_list list = {
		.ranges		= ranges,
		.max		= BDEV_BAD_MAX_RANGES,
		.unplaced	= q->unplaced,
		.max_unplaced	= q->list->max_unplaced,
		.hops		= q->list->hops + 1,
	};
	unsigned int i;
	int r;

	if (fatal_signal_pending(current))
		return -EINTR;
	r = bdev_bad_ranges(bdev, pos, len, &list);
	if (bdev_bad_error_passes(r))
		return r;
	if (r) {
		ranges[0] = dm_bad_unknown_range(bdev->bd_dev, pos, len);
		*nr = 1;
		*next = pos + len;
		return 0;
	}
	for (i = 0; i < list.nr_unplaced; i++)
		bch_bad_unplace(q, q->unplaced[i], BCH_BAD_LAYER);
	*nr = list.nr;
	*next = list.next;
	return 0;
}

/**
 * bch_bad_unplace_rest - of what has not been asked for of the cache nobody knows
 * @q: the question
 *
 * Context: Any.
 */
void bch_bad_unplace_rest(struct bch_bad_question *q)
{
	struct block_device *bdev = q->parts.set->cache->bdev;

	bch_bad_unplace(q, dm_bad_unknown_range(bdev->bd_dev, q->next,
						bdev_nr_bytes(bdev) - q->next),
			BCH_BAD_LAYER);
}

/* What becomes of metadata that are bad nobody knows. */
static void bch_bad_tell_metadata(struct bch_bad_question *q,
				  const struct bdev_bad_range *range)
{
	/* of a device that is gone it is told what it held */
	if (range->cause != BDEV_BAD_REMOVED)
		bch_bad_unplace(q, *range, BCH_BAD_METADATA);
}

static bool bch_bad_is_metadata(struct cache_set *c, size_t nr)
{
	struct cache *ca = c->cache;
	struct bucket *b = &ca->buckets[nr];

	/* while garbage is collected the marks are made anew */
	return GC_MARK(b) == GC_MARK_METADATA ||
	       (!READ_ONCE(c->gc_mark_valid) && b->prio == BTREE_PRIO);
}

/* The superblock, or buckets that do not hold data. */
static bool bch_bad_has_metadata(struct cache_set *c, u64 pos, u64 end)
{
	struct cache *ca = c->cache;
	u64 nr = sector_to_bucket(c, pos >> SECTOR_SHIFT);
	u64 last = sector_to_bucket(c, (end - 1) >> SECTOR_SHIFT);
	unsigned int i;

	if (pos < SB_OFFSET + SB_SIZE && end > SB_OFFSET)
		return true;
	nr = max_t(u64, nr, ca->sb.first_bucket);
	last = min_t(u64, last, ca->sb.nbuckets - 1);
	if (nr <= last && last - nr >= BCH_BAD_BUCKETS)
		return true;
	for (i = 0; i < ca->sb.njournal_buckets; i++)
		if (ca->sb.d[i] >= nr && ca->sb.d[i] <= last)
			return true;
	for (; nr <= last; nr++)
		if (bch_bad_is_metadata(c, nr))
			return true;
	return false;
}

/**
 * bch_bad_ask_cache - ask for the next bad ranges of the cache, as many as there is room for
 * @q: the question; @q->next is moved
 *
 * Context: Process context.
 * Return: 0, -EINTR if the process is being killed, or an error of bdev_bad_ranges() that is
 * about this question only.
 */
int bch_bad_ask_cache(struct bch_bad_question *q)
{
	struct block_device *bdev = q->parts.set->cache->bdev;
	struct bch_bad_side *side = &q->join.cache;
	u64 size = bdev_nr_bytes(bdev);
	unsigned int i, nr;
	int r;

	side->dev = bdev->bd_dev;
	side->ranges = q->pool;
	side->nr = 0;
	if (q->parts.gone || !size) {
		q->pool[0] = dm_bad_unknown_range(bdev->bd_dev, 0, U64_MAX);
		q->pool[0].cause = BDEV_BAD_REMOVED;
		q->pool[0].flags = 0;
		side->nr = 1;
		q->next = U64_MAX;
		return 0;
	}
	while (q->next < size && side->nr + BDEV_BAD_MAX_RANGES <= BCH_BAD_POOL) {
		r = bch_bad_ask(q, bdev, q->next, size - q->next, q->pool + side->nr, &nr,
				&q->next);
		if (r)
			return r;
		side->nr += nr;
		cond_resched();
	}
	if (q->next >= size)
		q->next = U64_MAX;
	for (i = 0; i < side->nr && q->list->max_unplaced; i++) {
		cond_resched();
		if (bch_bad_has_metadata(q->parts.set, q->pool[i].pos,
					 q->pool[i].pos + q->pool[i].len))
			bch_bad_tell_metadata(q, &q->pool[i]);
	}
	return 0;
}

/**
 * bch_bad_ask_backing - ask for the bad ranges of the backing device below the window
 * @q: the question; @q->join.end is where the answer ends
 *
 * Context: Process context.
 * Return: as bch_bad_ask_cache().
 */
int bch_bad_ask_backing(struct bch_bad_question *q)
{
	struct bch_bad_side *side = &q->join.backing;
	struct block_device *bdev;
	unsigned int i, nr;
	u64 next;
	int r;

	if (!q->parts.dc)
		return 0;
	bdev = q->parts.dc->bdev;
	if (q->list->max_unplaced) {
		r = bch_bad_ask(q, bdev, SB_OFFSET, SB_SIZE, q->below, &nr, &next);
		if (r)
			return r;
		for (i = 0; i < nr; i++)
			bch_bad_tell_metadata(q, &q->below[i]);
	}
	side->dev = bdev->bd_dev;
	side->ranges = q->below;
	r = bch_bad_ask(q, bdev, q->join.start + q->pos, q->join.end - q->pos, q->below,
			&side->nr, &next);
	if (!r)
		q->join.end = min(q->join.end, next - q->join.start);
	return r;
}

/**
 * bch_bad_node_place - is the node that was missing in a place that cannot be read?
 * @q: the question
 * @bad: for the answer
 *
 * Context: Process context.
 * Return: 0, or an error of bdev_bad_ranges() that is about this question only.
 */
int bch_bad_node_place(struct bch_bad_question *q, bool *bad)
{
	const struct bkey *k = &q->walk.missing;
	struct bdev_bad_list list = {
		.ranges	= q->unplaced,
		.max	= BDEV_BAD_MAX_UNPLACED,
		.hops	= q->list->hops + 1,
	};
	struct block_device *bdev = q->parts.set->cache->bdev;
	int r;

	*bad = true;
	if (q->parts.gone)
		return 0;
	r = bdev_bad_ranges(bdev, (u64)PTR_OFFSET(k, 0) << SECTOR_SHIFT,
			    (u64)KEY_SIZE(k) << SECTOR_SHIFT, &list);
	if (bdev_bad_error_passes(r))
		return r;
	*bad = r || list.nr;
	return 0;
}
