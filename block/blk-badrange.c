// SPDX-License-Identifier: GPL-2.0-only
/*
 * The route of bad ranges through the block layer.
 *
 * Two verbs. An edge, bdev_report_bad_range(), goes bottom-up: a driver says
 * once that a range of its disk went bad or became good again, and whoever holds
 * the disk, or a partition of it, is told in its own coordinates. A level,
 * bdev_for_each_bad_range(), goes top-down: anybody may ask at any time what is
 * bad now. No layer keeps a copy of what a layer below it knows, so the answer
 * is a function of the present state and a lost edge can always be made good.
 *
 * LOCKING
 *
 * An edge is reported in process context. The reporter must not hold a lock that
 * is taken on the I/O path of the disk, in its ->bad_ranges, or while the disk is
 * torn down after its holders were told: holders take s_umount shared, read from
 * the disk, and allocate memory. Each holder operation is called with
 * bd_holder_lock held and releases it, as ->mark_dead does.
 *
 * A level is asked for in process context. ->bad_ranges is called with a
 * reference on the queue, like an I/O, so that the driver's state cannot go away
 * under it; it must not issue I/O to the disk. The callback of
 * bdev_for_each_bad_range() is called with nothing held.
 *
 * LIFETIME
 *
 * The caller holds a reference on the block device. Partitions that are visited
 * are pinned by a reference on their device.
 *
 * REMOVAL
 *
 * A disk that goes away is reported once as a bad range of its full length. Its
 * driver may do so itself, early, while the disk can still be read from;
 * otherwise del_gendisk() does it, if the removal is orderly. After a surprise
 * the reads that a holder would like to do may hang until whoever says that the
 * disk is dead has gone on, so then it is done from a work item. From the report
 * on a disk answers that all of it is bad, GD_REMOVAL_TOLD says so.
 */
#include <kunit/visibility.h>
#include <linux/blk-badrange.h>
#include <linux/blkdev.h>
#include <linux/fserror_watch.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include "blk.h"

/**
 * bdev_bad_list_add - add a range to a list of bad ranges
 * @list: the list
 * @range: the range, in bytes of the block device that was asked; copied
 *
 * Context: Process context, may sleep. Does not start I/O.
 * Return: 0, or -ENOMEM, in which case the list is as it was.
 */
int bdev_bad_list_add(struct bdev_bad_list *list,
		      const struct bdev_bad_range *range)
{
	if (list->nr == list->max) {
		unsigned int max = list->max ? list->max * 2 : 16;
		struct bdev_bad_range *ranges;

		ranges = kvrealloc(list->ranges,
				   array_size(max, sizeof(*ranges)), GFP_NOIO);
		if (!ranges)
			return -ENOMEM;
		list->ranges = ranges;
		list->max = max;
	}
	list->ranges[list->nr++] = *range;
	return 0;
}
EXPORT_SYMBOL_GPL(bdev_bad_list_add);

/**
 * bdev_bad_list_free - free what a list of bad ranges holds
 * @list: the list; empty and usable again afterwards
 *
 * Context: Process context, may sleep.
 */
void bdev_bad_list_free(struct bdev_bad_list *list)
{
	kvfree(list->ranges);
	*list = (struct bdev_bad_list) { .hops = list->hops };
}
EXPORT_SYMBOL_GPL(bdev_bad_list_free);

static int bdev_check_bad_range(struct block_device *bdev, u64 pos, u64 len)
{
	u64 end;

	if (!len) {
		pr_warn_ratelimited("%pg: empty bad range at byte %llu refused\n",
				    bdev, pos);
		return -EINVAL;
	}
	if (check_add_overflow(pos, len, &end) || end > bdev_nr_bytes(bdev)) {
		pr_warn_ratelimited("%pg: bad range at byte %llu, length %llu, lies outside the device (%llu bytes), refused\n",
				    bdev, pos, len, (u64)bdev_nr_bytes(bdev));
		return -ERANGE;
	}
	return 0;
}

/*
 * Clip a range to @len bytes at @pos and make it relative to @pos. What a layer
 * could not place is nowhere in particular and so anywhere in the part as well.
 */
VISIBLE_IF_KUNIT
bool bad_range_clip(struct bdev_bad_range *range, u64 pos, u64 len)
{
	u64 start = max(range->pos, pos);
	u64 end;

	/* a driver may have said "to the end" */
	if (check_add_overflow(range->pos, range->len, &end))
		end = U64_MAX;
	end = min(end, pos + len);

	if (start >= end)
		return false;
	if (!range->layer) {
		range->origin_pos += start - range->pos;
		range->origin_len = end - start;
	}
	range->pos = start - pos;
	range->len = end - start;
	return true;
}

static void bdev_tell(struct block_device *bdev,
		      const struct bdev_bad_range *range)
{
	bool held;

	mutex_lock(&bdev->bd_holder_lock);
	if (bdev->bd_holder_ops && bdev->bd_holder_ops->bad_range) {
		bdev->bd_holder_ops->bad_range(bdev, range);
		lockdep_assert_not_held(&bdev->bd_holder_lock);
		return;
	}
	held = READ_ONCE(bdev->bd_holder);
	mutex_unlock(&bdev->bd_holder_lock);

	/*
	 * md, bcache, a program with O_EXCL: there is no way to go on from here.
	 * A device that goes away makes itself felt without us, and it may be the
	 * holder who takes it away.
	 */
	if (held && range->cause != BDEV_BAD_REMOVED)
		fserror_unheld_range(bdev, range);
}

typedef void (*bdev_tell_fn)(struct block_device *bdev,
			     const struct bdev_bad_range *range);

static void bdev_route_bad_range(struct block_device *bdev,
				 const struct bdev_bad_range *range,
				 bdev_tell_fn tell)
{
	struct block_device *part;
	bool part_held = false;
	unsigned long idx;

	if (bdev_is_partition(bdev)) {
		tell(bdev, range);
		return;
	}

	rcu_read_lock();
	xa_for_each_start(&bdev->bd_disk->part_tbl, idx, part, 1) {
		struct bdev_bad_range clipped = *range;

		if (READ_ONCE(part->bd_holder))
			part_held = true;
		if (!bad_range_clip(&clipped,
				    (u64)get_start_sect(part) << SECTOR_SHIFT,
				    bdev_nr_bytes(part)))
			continue;
		if (!kobject_get_unless_zero(&part->bd_device.kobj))
			continue;
		rcu_read_unlock();

		tell(part, &clipped);

		put_device(&part->bd_device);
		rcu_read_lock();
	}
	rcu_read_unlock();

	/* the claim of a partition shows up as a holder of the whole disk */
	if (!part_held)
		tell(bdev, range);
}

/**
 * bdev_forward_bad_range - report a range that was translated from below
 * @bdev: block device in whose coordinates @range is; a disk or a partition
 * @range: the range, in bytes of @bdev, with the origin that it came with
 *
 * For stacking drivers. Tells the holder of @bdev and, if that is a whole disk,
 * the holders of the partitions that the range touches, each in its own
 * coordinates. The origin is passed on, clipped with the range.
 *
 * Context: Process context, may sleep. See LOCKING at the top of this file.
 * Return: 0, -EINVAL if the range is empty, -ERANGE if it overflows or does not
 * lie within @bdev, -ELOOP if it has passed too many stacking drivers; nobody is
 * told then, but the log is, rate-limited.
 */
int bdev_forward_bad_range(struct block_device *bdev,
			   const struct bdev_bad_range *range)
{
	int error;

	might_sleep();

	error = bdev_check_bad_range(bdev, range->pos, range->len);
	if (error)
		return error;
	if (range->hops > BDEV_BAD_MAX_HOPS) {
		pr_warn_ratelimited("%pg: stacked too high, bad range refused\n",
				    bdev);
		return -ELOOP;
	}

	bdev_route_bad_range(bdev, range, bdev_tell);
	return 0;
}
EXPORT_SYMBOL_GPL(bdev_forward_bad_range);

/**
 * bdev_report_bad_range - report that a range went bad, or good again
 * @bdev: block device, normally the whole disk
 * @pos: first byte on @bdev
 * @len: length in bytes
 * @cause: why
 *
 * For the driver where the damage begins: @bdev and @pos become the origin of
 * the report. Call it once per change, not again for what is known. The removal of
 * a disk is reported with blk_report_disk_removed().
 *
 * Context: Process context, may sleep. See LOCKING at the top of this file.
 * Return: 0, -EINVAL if the range is empty, -ERANGE if it overflows or does not
 * lie within @bdev; nobody is told then, but the log is, rate-limited.
 */
int bdev_report_bad_range(struct block_device *bdev, u64 pos, u64 len,
			  enum bdev_bad_cause cause)
{
	struct bdev_bad_range range = {
		.pos		= pos,
		.len		= len,
		.cause		= cause,
		.origin_dev	= bdev->bd_dev,
		.origin_pos	= pos,
		.origin_len	= len,
	};

	return bdev_forward_bad_range(bdev, &range);
}
EXPORT_SYMBOL_GPL(bdev_report_bad_range);

/**
 * struct bdev_removal - the removal of a disk, on its way to one holder
 * @work: tells the holder
 * @bdev: the disk or partition that is held, with a reference
 * @range: all of it
 */
struct bdev_removal {
	struct work_struct	work;
	struct block_device	*bdev;
	struct bdev_bad_range	range;
};

static void bdev_removal_work(struct work_struct *work)
{
	struct bdev_removal *removal = container_of(work, struct bdev_removal,
						    work);

	bdev_tell(removal->bdev, &removal->range);
	put_device(&removal->bdev->bd_device);
	kfree(removal);
}

static void bdev_queue_removal(struct block_device *bdev,
			       const struct bdev_bad_range *range)
{
	struct bdev_removal *removal;

	if (!READ_ONCE(bdev->bd_holder))
		return;
	removal = kzalloc_obj(*removal, GFP_NOIO);
	if (!removal) {
		pr_warn("%pg: no memory to report that it was removed\n", bdev);
		return;
	}
	INIT_WORK(&removal->work, bdev_removal_work);
	get_device(&bdev->bd_device);
	removal->bdev = bdev;
	removal->range = *range;
	queue_work(system_dfl_long_wq, &removal->work);
}

/**
 * blk_report_disk_removed - report that a disk goes away
 * @disk: the disk; it still has its size and its partitions
 * @surprise: it is dead, and about to be declared so
 *
 * For del_gendisk() and blk_mark_disk_dead(), and for a driver that knows earlier,
 * while the disk still works. Does nothing if that was reported before. From then on
 * bdev_get_bad_ranges() answers that all of the disk is gone. The holders of a disk
 * that is dead are told later.
 *
 * Context: Process context, may sleep; unless @surprise until the holders have
 * been told. open_mutex must not be held. See LOCKING at the top of this file.
 */
void blk_report_disk_removed(struct gendisk *disk, bool surprise)
{
	struct bdev_bad_range range = {
		.len		= bdev_nr_bytes(disk->part0),
		.cause		= BDEV_BAD_REMOVED,
		.origin_dev	= disk_devt(disk),
		.origin_len	= bdev_nr_bytes(disk->part0),
	};

	might_sleep();
	lockdep_assert_not_held(&disk->open_mutex);

	/* told by the driver, or nothing that anybody could have lost */
	if (test_and_set_bit(GD_REMOVAL_TOLD, &disk->state) || !range.len)
		return;

	bdev_route_bad_range(disk->part0, &range,
			     surprise ? bdev_queue_removal : bdev_tell);
}
EXPORT_SYMBOL_GPL(blk_report_disk_removed);

/**
 * bdev_get_bad_ranges - ask what is bad now
 * @bdev: block device; a disk or a partition
 * @pos: first byte on @bdev
 * @len: length in bytes; what lies beyond the end of @bdev is left out
 * @list: to which the ranges are added, in bytes of @bdev and clipped to the
 *	range that was asked for, in no order and perhaps overlapping
 *
 * A disk that is gone answers with all that was asked for, whatever its size
 * was. A disk whose driver does not take part answers with nothing.
 *
 * Context: Process context, may sleep; must not hold a reference on the queue.
 * Return: 0, -ENOMEM, -ELOOP if the question has passed too many stacking
 * drivers, or an error of the driver; @list may have grown then.
 */
int bdev_get_bad_ranges(struct block_device *bdev, u64 pos, u64 len,
			struct bdev_bad_list *list)
{
	u64 start = (u64)get_start_sect(bdev) << SECTOR_SHIFT;
	unsigned int from = list->nr, to = list->nr;
	struct gendisk *disk = bdev->bd_disk;
	u64 size = bdev_nr_bytes(bdev);
	int error = 0;

	might_sleep();

	if (list->hops > BDEV_BAD_MAX_HOPS)
		return -ELOOP;

	if (test_bit(GD_REMOVAL_TOLD, &disk->state) ||
	    test_bit(GD_DEAD, &disk->state) ||
	    blk_queue_enter(disk->queue, 0)) {
		struct bdev_bad_range gone = {
			.pos		= pos,
			.len		= len,
			.cause		= BDEV_BAD_REMOVED,
			.origin_dev	= disk_devt(disk),
			.origin_pos	= start + pos,
			.origin_len	= len,
		};

		return bdev_bad_list_add(list, &gone);
	}
	if (disk->fops->bad_ranges && pos < size) {
		len = min(len, size - pos);
		error = disk->fops->bad_ranges(disk, start + pos, len, list);
	}
	blk_queue_exit(disk->queue);

	/* never trust a driver to have clipped */
	for (; from < list->nr; from++) {
		struct bdev_bad_range *range = &list->ranges[from];

		if (!bad_range_clip(range, start + pos, len))
			continue;
		range->pos += pos;
		list->ranges[to++] = *range;
	}
	list->nr = to;

	return error;
}
EXPORT_SYMBOL_GPL(bdev_get_bad_ranges);

/**
 * bdev_for_each_bad_range - call a function for each range that is bad now
 * @bdev: block device; a disk or a partition
 * @pos: first byte on @bdev
 * @len: length in bytes; what lies beyond the end of @bdev is left out
 * @fn: called with nothing held; a value other than 0 ends the walk
 * @data: for @fn
 *
 * Context: Process context, may sleep; must not hold a reference on the queue.
 * Return: 0, the value other than 0 of @fn, -ENOMEM, or an error of the driver.
 */
int bdev_for_each_bad_range(struct block_device *bdev, u64 pos, u64 len,
			    bdev_bad_range_fn fn, void *data)
{
	struct bdev_bad_list list = { };
	unsigned int i;
	int error;

	error = bdev_get_bad_ranges(bdev, pos, len, &list);
	for (i = 0; !error && i < list.nr; i++)
		error = fn(&list.ranges[i], data);
	bdev_bad_list_free(&list);

	return error;
}
EXPORT_SYMBOL_GPL(bdev_for_each_bad_range);
