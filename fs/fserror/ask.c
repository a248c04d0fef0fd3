// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asking a device what is bad, and making coarse what is too much to be told.
 *
 * The grain is passed down, so that a driver does not answer with millions of ranges; what
 * comes closer than that all the same is joined here. A coarse range keeps how many
 * pieces it stands for and a hash of them, to see that one has changed.
 */
#include <linux/jhash.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "internal.h"

/* questions that are asked for one slice while pieces join to coarse ranges */
#define FSERROR_ASKS		64

/**
 * fserror_answer - what a range of an answer is for told
 * @dev: the device
 * @range: the range
 *
 * Context: Any.
 * Return: the range, as it would be told.
 */
struct fserror_told_range fserror_answer(const struct fserror_dev *dev,
					 const struct bdev_bad_range *range)
{
	struct fserror_told_range answer = {
		.range	= *range,
		.state	= FSERROR_TOLD_BAD,
		.count	= 1,
	};

	if (range->flags & BDEV_BAD_UNKNOWN)
		answer.state = FSERROR_TOLD_UNKNOWN;
	else if (range->flags & BDEV_BAD_DEGRADED)
		answer.state = FSERROR_TOLD_DEGRADED;
	if (range->flags & BDEV_BAD_PARTIAL) {
		answer.flags |= FSERROR_TOLD_PARTIAL;
		answer.hash = jhash(&range->pos, sizeof(range->pos),
				    (u32)range->len);
	}
	if (dev->replay)
		answer.flags |= FSERROR_TOLD_REPLAY;
	answer.range.flags = 0;
	return answer;
}

/**
 * fserror_answer_join - join two ranges that are nearer than the grain
 * @a: the first, which grows if they are
 * @b: the second
 * @grain: in bytes; 0 to join nothing
 *
 * Context: Any.
 * Return: whether they were joined.
 */
bool fserror_answer_join(struct fserror_told_range *a,
			 const struct fserror_told_range *b, u64 grain)
{
	u32 hash;

	if (b->range.pos - fserror_told_end(a) >= grain ||
	    a->state != FSERROR_TOLD_BAD || b->state != FSERROR_TOLD_BAD)
		return false;
	hash = a->flags & FSERROR_TOLD_PARTIAL ? a->hash :
	       jhash(&a->range.pos, sizeof(u64), (u32)a->range.len);
	hash = jhash(&b->range.pos, sizeof(u64), hash);
	a->hash = jhash(&b->range.len, sizeof(u64), hash);
	a->flags |= FSERROR_TOLD_PARTIAL;
	a->count += b->count;
	if (a->range.origin_dev == b->range.origin_dev &&
	    b->range.origin_pos >= a->range.origin_pos)
		a->range.origin_len = b->range.origin_pos +
				      b->range.origin_len -
				      a->range.origin_pos;
	a->range.len = fserror_told_end(b) - a->range.pos;
	return true;
}

/**
 * fserror_unplaced_same - are two ranges without a place about the same?
 * @a: one
 * @b: the other
 *
 * Context: Any.
 * Return: whether they have the same layer and origin device, whatever is told of them.
 */
bool fserror_unplaced_same(const struct fserror_told_range *a,
			   const struct fserror_told_range *b)
{
	return a->range.origin_dev == b->range.origin_dev &&
	       !strcmp(a->range.layer, b->range.layer);
}

/**
 * fserror_unplaced_add - add a range of which nobody knows where it is
 * @unplaced: with room for %BDEV_BAD_MAX_UNPLACED of them
 * @nr: how many there are
 * @range: the range
 *
 * One is kept for each layer and origin device, the worst. More than there is room for
 * are dropped: a list has no more.
 *
 * Context: Any.
 */
void fserror_unplaced_add(struct fserror_told_range *unplaced, unsigned int *nr,
			  const struct fserror_told_range *range)
{
	unsigned int i;

	for (i = 0; i < *nr; i++) {
		if (!fserror_unplaced_same(&unplaced[i], range))
			continue;
		if (range->state < unplaced[i].state)
			unplaced[i] = *range;
		return;
	}
	if (i < BDEV_BAD_MAX_UNPLACED)
		unplaced[(*nr)++] = *range;
}

static void fserror_sync_unplaced(struct fserror_sync *sync,
				  struct fserror_dev *dev,
				  const struct bdev_bad_list *list)
{
	unsigned int i;

	for (i = 0; i < list->nr_unplaced; i++) {
		struct fserror_told_range next = fserror_answer(dev, &list->unplaced[i]);

		next.flags |= FSERROR_TOLD_UNPLACED;
		next.range.pos = 0;
		next.range.len = dev->size;
		fserror_unplaced_add(sync->unplaced, &sync->nr_unplaced, &next);
	}
}

/**
 * fserror_sync_ask - ask what is bad in a window
 * @sync: in whose answer it goes
 * @dev: the device
 * @pos: first byte; set to the first one that was not looked at
 * @to: first byte behind the window
 * @nr: set to the number of ranges in the answer
 *
 * Ends when there is enough to compare.
 *
 * Context: The worker; sleeps.
 * Return: 0, or what bdev_bad_ranges() returned if nothing was looked at.
 */
int fserror_sync_ask(struct fserror_sync *sync, struct fserror_dev *dev,
		     u64 *pos, u64 to, unsigned int *nr)
{
	struct fserror_told_range next;
	unsigned int asks, i;
	int error;

	*nr = 0;
	for (asks = 0; asks < FSERROR_ASKS && *pos < to; asks++) {
		struct bdev_bad_list list = {
			.ranges		= sync->ask,
			.max		= BDEV_BAD_MAX_RANGES,
			.unplaced	= sync->ask_unplaced,
			.max_unplaced	= BDEV_BAD_MAX_UNPLACED,
			.grain		= dev->grain,
		};

		error = bdev_bad_ranges(dev->bdev, *pos, to - *pos, &list);
		if (!error && list.next <= *pos)
			error = -EIO;
		if (error)
			return asks ? 0 : error;
		if (list.is_volatile)
			dev->is_volatile = true;
		fserror_sync_unplaced(sync, dev, &list);

		for (i = 0; i < list.nr; i++) {
			next = fserror_answer(dev, &list.ranges[i]);
			if (*nr && fserror_answer_join(&sync->answer[*nr - 1],
						       &next, dev->grain))
				continue;
			if (*nr == FSERROR_TOLD_SLICE) {
				*pos = next.range.pos;
				return 0;
			}
			sync->answer[(*nr)++] = next;
		}
		*pos = list.next;
		if (!dev->grain)
			break;
		cond_resched();
	}
	return 0;
}
