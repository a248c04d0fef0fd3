// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is bad now: questions on their way down.
 *
 * A question is about a window of a disk or a partition. The driver answers it in
 * bytes of its disk, into an array that the caller gives, and what could not be read of
 * the disk is added, see blk-bad-reads.c. Nothing else is kept here, so the answer is a
 * function of the present state, and the question can be asked again at any time.
 *
 * LOCKING
 *
 * Process context. The driver is called with a reference on the queue, so that its
 * state cannot go away under it. This is taken without waiting and without resuming
 * the device: a driver must not issue I/O to its disk for an answer. Stacking drivers
 * ask their lower devices from within, with nothing of theirs locked; so the
 * references of a stack nest from the top to the bottom.
 *
 * LIFETIME
 *
 * The caller holds a reference on the block device.
 */
#include <linux/badblocks.h>
#include <linux/overflow.h>
#include "blk.h"
#include "blk-badrange-priv.h"
#include "blk-bad-reads.h"

/*
 * A reference that keeps the driver's state, whether or not the device sleeps: it is
 * not going to be used.
 */
static bool blk_disk_try_enter(struct gendisk *disk)
{
	return percpu_ref_tryget_live(&disk->queue->q_usage_counter);
}

static int blk_disk_bad_ranges(struct gendisk *disk, u64 pos, u64 len,
			       struct bdev_bad_list *list)
{
	int error = 0;

	if (blk_disk_gone(disk)) {
		const struct bdev_bad_range gone = {
			.pos		= pos,
			.len		= len,
			.cause		= BDEV_BAD_REMOVED,
			.origin_dev	= disk_devt(disk),
			.origin_pos	= pos,
			.origin_len	= len,
		};

		bdev_bad_list_add(list, &gone);
		return 0;
	}
	blk_bad_reads_ask(disk, pos, len, list);
	if (!disk->fops->bad_ranges)
		return 0;

	/* a queue is frozen for a moment, or it has just died: ask again */
	if (!blk_disk_try_enter(disk))
		return -EAGAIN;
	error = disk->fops->bad_ranges(disk, pos, len, list);
	blk_queue_exit(disk->queue);
	return error;
}

/* From bytes of the disk to bytes of the device that was asked. */
static void bad_list_to_bdev(struct bdev_bad_list *list, struct block_device *bdev,
			     u64 start)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++)
		list->ranges[i].pos -= start;
	for (i = 0; i < list->nr_unplaced; i++) {
		list->unplaced[i].pos = 0;
		list->unplaced[i].len = bdev_nr_bytes(bdev);
	}
	list->next -= start;
}

/**
 * bdev_bad_ranges - ask what is bad in a window of a device now
 * @bdev: block device; a disk or a partition
 * @pos: first byte on @bdev
 * @len: length in bytes; nothing is bad beyond the end of @bdev
 * @list: for the answer, in bytes of @bdev. The caller sets @ranges, @max, @unplaced,
 *	@max_unplaced, @grain and @hops.
 *
 * The answer is sorted, disjoint and clipped to the window, and complete up to
 * @list->next, from where the caller goes on. That is always further than @pos; after
 * an error it is the end of the window.
 *
 * A disk that is gone answers that all of the window is, whatever its size was. A disk
 * whose driver does not take part answers with what could not be read of it, if its driver
 * reports that, or with nothing.
 *
 * Context: Process context, may sleep; must not hold a reference on the queue.
 * Return: 0; -EBUSY if the device is suspended, which will report a change when it is
 * resumed; -EAGAIN if it could not be asked now, or its mapping kept moving; -EINVAL
 * if the window is empty or @list has no room, or more than there may be; -ERANGE if
 * the window overflows; -ELOOP if the question has passed too many stacking drivers;
 * -EIO if the driver's answer makes no sense; or another error of the driver. With
 * each of them @list is empty, and what is bad in the window is not known.
 */
int bdev_bad_ranges(struct block_device *bdev, u64 pos, u64 len,
		    struct bdev_bad_list *list)
{
	u64 start = (u64)get_start_sect(bdev) << SECTOR_SHIFT;
	struct gendisk *disk = bdev->bd_disk;
	u64 end, from, size = bdev_nr_bytes(bdev);
	int error;

	might_sleep();

	bdev_bad_list_init(list, pos, len);
	if (!len || !list->max || list->max > BDEV_BAD_MAX_RANGES ||
	    list->max_unplaced > BDEV_BAD_MAX_UNPLACED)
		return -EINVAL;
	if (check_add_overflow(pos, len, &end) ||
	    check_add_overflow(start, pos, &from) || end > U64_MAX - start)
		return -ERANGE;
	if (list->hops > BDEV_BAD_MAX_HOPS)
		return -ELOOP;
	/* a disk that dies is marked before it loses its size */
	smp_rmb();
	if (!blk_disk_gone(disk)) {
		if (pos >= size)
			return 0;
		len = min(len, size - pos);
	}

	bdev_bad_list_init(list, from, len);
	error = blk_disk_bad_ranges(disk, from, len, list);
	if (!error) {
		error = bdev_bad_list_finish(list);
		if (error)
			pr_warn_ratelimited("%pg: the driver's answer what is bad from byte %llu on makes no sense\n",
					    bdev, pos);
	}
	if (error) {
		bdev_bad_list_init(list, pos, end - pos);
		return error;
	}

	/* nothing is bad behind the end of the device */
	if (list->next == list->win_end)
		list->next = start + end;
	bad_list_to_bdev(list, bdev, start);
	return 0;
}
EXPORT_SYMBOL_GPL(bdev_bad_ranges);

/**
 * bdev_any_bad - ask whether anything is bad in a device at all
 * @bdev: block device; a disk or a partition
 * @hops: how many stacking drivers the question has passed
 *
 * Context: Process context, may sleep; must not hold a reference on the queue.
 * Return: false if bdev_bad_ranges() would answer with nothing for any window now;
 * true if not, or if that is not known.
 */
bool bdev_any_bad(struct block_device *bdev, unsigned int hops)
{
	struct gendisk *disk = bdev->bd_disk;
	bool bad;

	might_sleep();

	if (hops > BDEV_BAD_MAX_HOPS || blk_disk_gone(disk))
		return true;
	if (blk_bad_reads_any(disk))
		return true;
	if (!disk->fops->bad_ranges)
		return false;
	if (!disk->fops->any_bad)
		return true;

	if (!blk_disk_try_enter(disk))
		return true;
	bad = disk->fops->any_bad(disk, hops);
	blk_queue_exit(disk->queue);
	return bad;
}
EXPORT_SYMBOL_GPL(bdev_any_bad);

/* The first entry that ends behind @sector. The table is one page, and sorted. */
static bool badblocks_next(struct badblocks *bb, sector_t sector, sector_t *first,
			   sector_t *end)
{
	unsigned int seq;
	bool found;
	int i;

	do {
		seq = read_seqbegin(&bb->lock);
		found = false;
		for (i = 0; i < bb->count && !found; i++) {
			*first = BB_OFFSET(bb->page[i]) << bb->shift;
			*end = BB_END(bb->page[i]) << bb->shift;
			found = *end > sector;
		}
	} while (read_seqretry(&bb->lock, seq));
	return found;
}

/**
 * blk_badblocks_bad_ranges - answer what is bad from the disk's badblocks
 * @disk: the disk; @disk->bb is all that its driver knows
 * @pos: first byte
 * @len: length in bytes
 * @list: for the answer
 *
 * For block_device_operations.bad_ranges. A driver that names it reports every change
 * of @disk->bb with bdev_bad_changed().
 *
 * Context: Process context.
 * Return: 0.
 */
int blk_badblocks_bad_ranges(struct gendisk *disk, u64 pos, u64 len,
			     struct bdev_bad_list *list)
{
	sector_t sector = pos >> SECTOR_SHIFT, first, end;
	struct badblocks *bb = disk->bb;

	if (!bb || bb->shift < 0)
		return 0;

	while (badblocks_next(bb, sector, &first, &end)) {
		const struct bdev_bad_range range = {
			.pos		= (u64)first << SECTOR_SHIFT,
			.len		= (u64)(end - first) << SECTOR_SHIFT,
			.cause		= BDEV_BAD_MEDIA,
			.origin_dev	= disk_devt(disk),
			.origin_pos	= (u64)first << SECTOR_SHIFT,
			.origin_len	= (u64)(end - first) << SECTOR_SHIFT,
		};

		if (range.pos >= pos + len || !bdev_bad_list_add(list, &range))
			break;
		sector = end;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(blk_badblocks_bad_ranges);

/**
 * blk_badblocks_any_bad - answer whether the disk's badblocks has anything
 * @disk: the disk; @disk->bb is all that its driver knows
 * @hops: not needed
 *
 * For block_device_operations.any_bad, beside blk_badblocks_bad_ranges().
 *
 * Context: Any.
 * Return: true if something is bad.
 */
bool blk_badblocks_any_bad(struct gendisk *disk, unsigned int hops)
{
	return disk->bb && disk->bb->shift >= 0 && !badblocks_empty(disk->bb);
}
EXPORT_SYMBOL_GPL(blk_badblocks_any_bad);
