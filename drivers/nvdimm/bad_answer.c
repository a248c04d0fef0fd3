// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is bad of a disk of an nvdimm bus now.
 *
 * The bus's list of bad ranges is looked up by address, so that a question costs
 * what it answers, not what else is bad: all of a disk with n bad ranges is told in
 * time that grows with n log n, a list at a time. Only pieces that lie nearer to each
 * other than the grain cost more than they show.
 *
 * LOCKING
 *
 * badrange->lock protects the list of bad ranges. It is dropped every ND_BAD_BATCH
 * entries; what changes meanwhile is reported, and asked for again.
 */
#include <linux/blk-badrange.h>
#include <linux/blkdev.h>
#include <linux/libnvdimm.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "bad_disk.h"
#include "nd-core.h"

/* entries to look at before the lock is dropped for a moment */
#define ND_BAD_BATCH	1024

/* false if there is no room */
static bool nd_bad_answer(struct nd_bad_disk *bad, u64 pos, u64 end,
			  const struct badrange_entry *bre,
			  struct bdev_bad_list *list)
{
	struct bdev_bad_range range = {
		.pos		= pos,
		.len		= end - pos,
		.cause		= bre->cause,
		.flags		= bre->flags & BADRANGE_PARTIAL ?
					BDEV_BAD_PARTIAL : 0,
		.origin_dev	= disk_devt(bad->disk),
		.origin_pos	= pos,
		.origin_len	= end - pos,
	};

	if (!bad->layer)
		return bdev_bad_list_add(list, &range);

	strscpy(range.layer, bad->layer);
	bdev_bad_list_add_unplaced(list, &range);
	return true;
}

/*
 * Go through the entries in [*from, end) of the disk, about ND_BAD_BATCH of them,
 * and set *from to where to go on. They come by where they begin. False if there is
 * no more room: what follows lies behind what has been added.
 */
static bool nd_bad_collect(struct nd_bad_disk *bad, u64 *from, u64 end,
			   struct bdev_bad_list *list)
{
	u64 first = bad->phys.start + *from, last = bad->phys.start + end - 1;
	struct badrange_entry *bre;
	unsigned int nr = 0;

	guard(spinlock)(&bad->badrange->lock);

	for (bre = badrange_first(bad->badrange, first, last); bre;
	     bre = badrange_next(bre, first, last)) {
		u64 start, stop;

		if (!nd_bad_translate(&bad->phys, bre->start,
				      badrange_last_addr(bre), &start, &stop))
			continue;
		/* what also reaches there is added twice, which does no harm */
		if (nr++ >= ND_BAD_BATCH && start > *from) {
			*from = start;
			return true;
		}
		if (!(bre->flags & BADRANGE_TENTATIVE) &&
		    !nd_bad_answer(bad, start, stop, bre, list))
			return false;
	}
	*from = end;
	return true;
}

/**
 * nd_bad_disk_ranges - say what is bad now
 * @bad: the disk
 * @pos: first byte of the disk
 * @len: length in bytes
 * @list: to which the ranges are added, by where they begin
 *
 * For block_device_operations.bad_ranges.
 *
 * A page that waits for a finer report is left out: a window is reported when it
 * is known.
 *
 * Context: Process context, may sleep; does not start I/O. The caller holds a
 * reference on the queue of the disk.
 * Return: 0.
 */
int nd_bad_disk_ranges(struct nd_bad_disk *bad, u64 pos, u64 len,
		       struct bdev_bad_list *list)
{
	u64 size = range_len(&bad->phys), from, end;

	if (bad->layer) {
		/* anywhere in the disk, so in the window too */
		if (!list->max_unplaced)
			return 0;
		pos = 0;
		len = size;
	}
	if (pos >= size || !len)
		return 0;
	end = pos + min(len, size - pos);

	/* what makes a sector bad may lie outside of the bytes in question */
	from = round_down(pos, SECTOR_SIZE);
	end = round_up(end, SECTOR_SIZE);
	while (from < end && nd_bad_collect(bad, &from, end, list))
		cond_resched();
	return 0;
}
EXPORT_SYMBOL_GPL(nd_bad_disk_ranges);

/**
 * nd_bad_disk_any - is anything bad?
 * @bad: the disk
 *
 * For block_device_operations.any_bad.
 *
 * Context: Any but interrupt. Takes badrange->lock, but not if nothing on the
 * whole bus is bad.
 * Return: whether there may be something.
 */
bool nd_bad_disk_any(struct nd_bad_disk *bad)
{
	struct badrange *badrange = bad->badrange;

	if (!READ_ONCE(badrange->tree.rb_root.rb_node))
		return false;

	guard(spinlock)(&badrange->lock);
	return badrange_first(badrange, bad->phys.start, bad->phys.end);
}
EXPORT_SYMBOL_GPL(nd_bad_disk_any);
