// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telling the holders of pmem disks which sectors went bad, or good again.
 *
 * The truth about bad memory is the list of bad ranges of the nvdimm bus. It is
 * complete, where badblocks is bounded, and everything ends there: machine
 * checks, scrubs, memory_failure(), reads that failed, writes that cleared
 * poison. None of these says what is new, and some say all that is known over
 * and over again.
 *
 * So each disk has a tracker, which remembers what it has reported. A work item
 * compares that with the truth: what is bad and was not reported is reported as
 * bad, what was reported and is not bad any more as cleared. Every change is
 * told exactly once, whoever made it. What is bad already when the disk is
 * attached counts as reported: nobody holds the disk yet, and who will can ask.
 * The same function of the truth answers when somebody asks.
 *
 * LOCKING
 *
 * badrange->lock, a spinlock, protects the list of bad ranges and the list of
 * trackers that follow it. It is never taken in interrupt context. Under it are
 * taken the lock of a badblocks and the locks of the workqueue.
 *
 * What was reported is private to the work item, which never runs twice at the
 * same time, and to nd_bad_tracker_remove() once the work item cannot run any
 * more. There is no lock for it, so that none is held while a report is on its
 * way: the holders of the disk take s_umount and bd_holder_lock, allocate memory
 * and read from the disk. A read that fails on the way changes the truth, which
 * queues the work again.
 *
 * Changes are made under any lock that may be held over badrange->lock: those of
 * the nfit driver, a device lock, mf_mutex, the spinlock of a BTT's map, the
 * iolock and transaction of a filesystem that writes. That is why they only queue
 * the work, and why the work takes none of these. It does not take the bus's
 * reconfig_mutex either, which is held over firmware commands.
 *
 * nd_bad_tracker_remove() is called under the lock of the device that is being
 * unbound. It waits for the work and then reports by itself; as the work does not
 * take device locks this cannot deadlock, and a holder that waits for one while
 * it has s_umount would not survive del_gendisk() either.
 *
 * LIFETIME
 *
 * A tracker is a managed resource of the device, taken before the disk is added
 * and released after del_gendisk(). So it is there as long as the disk can be
 * asked, which takes a reference on the queue. It stops following the truth
 * before the disk goes: in nd_bad_tracker_remove(), and otherwise in
 * nd_bad_tracker_stop(). The bus outlives its devices.
 */
#include <linux/badblocks.h>
#include <linux/blk-badrange.h>
#include <linux/blkdev.h>
#include <linux/device/devres.h>
#include <linux/libnvdimm.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/range.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include "bad_set.h"
#include "bad_tracker.h"
#include "badrange_page.h"
#include "nd-core.h"
#include "nd.h"

/* when there was no memory to find out what has changed */
#define ND_BAD_RETRY	HZ

/*
 * How long to wait for more after the first change: firmware tells a bad range
 * in pieces, and who is told had rather hear of it as one.
 */
#define ND_BAD_GATHER	(HZ / 10)

static struct workqueue_struct *nd_bad_wq;

/**
 * struct nd_bad_tracker - what has been reported of a disk
 * @list: in badrange->trackers, under badrange->lock
 * @badrange: the truth
 * @nd_region: region that the disk is in
 * @disk: the disk
 * @phys: physical addresses that matter for it; sectors are counted from there
 * @bb: badblocks of the disk
 * @bb_state: where the driver keeps the sysfs node of @bb; NULL for none
 * @layer: what scatters the sectors of the disk over @phys, NULL for nothing
 * @work: compares @reported with the truth
 * @due: when it is to do so, in jiffies, if it is pending; under badrange->lock
 * @reported: the bad sectors that have been reported; normalized
 */
struct nd_bad_tracker {
	struct list_head	list;
	struct badrange		*badrange;
	struct nd_region	*nd_region;
	struct gendisk		*disk;
	struct range		phys;
	struct badblocks	*bb;
	struct kernfs_node	**bb_state;
	const char		*layer;
	struct delayed_work	work;
	unsigned long		due;
	struct bad_set		reported;
};

static size_t nd_bad_collect(struct nd_bad_tracker *tracker,
			     struct bad_set *set, size_t max)
{
	struct badrange_entry *bre;
	struct bad_extent ext;
	size_t nr = 0;

	lockdep_assert_held(&tracker->badrange->lock);

	list_for_each_entry(bre, &tracker->badrange->list, list) {
		if (bre->tentative ||
		    !bad_extent_from_phys(&ext, &tracker->phys, bre->start,
					  bre->length, bre->cause))
			continue;
		if (nr < max)
			set->ext[nr] = ext;
		nr++;
	}
	return nr;
}

/*
 * The sectors of the disk that are bad now. Called with a reference on the queue
 * or from work that a device waits for: must not start I/O.
 */
static int nd_bad_truth(struct nd_bad_tracker *tracker, struct bad_set *set)
{
	size_t max = 0, nr;

	*set = (struct bad_set) { };
	for (;;) {
		spin_lock(&tracker->badrange->lock);
		nr = nd_bad_collect(tracker, set, max);
		spin_unlock(&tracker->badrange->lock);
		if (nr <= max)
			break;

		/* the list grows while we allocate, but not by much */
		kvfree(set->ext);
		max = nr + 16;
		set->ext = kvmalloc_array(max, sizeof(*set->ext), GFP_NOIO);
		if (!set->ext)
			return -ENOMEM;
	}
	set->nr = nr;
	bad_set_normalize(set);
	return 0;
}

static void nd_bad_range(struct nd_bad_tracker *tracker,
			 const struct bad_extent *ext,
			 struct bdev_bad_range *range)
{
	u64 pos = ext->start << SECTOR_SHIFT;
	u64 len = (ext->end - ext->start) << SECTOR_SHIFT;

	*range = (struct bdev_bad_range) {
		.pos		= pos,
		.len		= len,
		.cause		= ext->cause,
		.origin_dev	= disk_devt(tracker->disk),
		.origin_pos	= pos,
		.origin_len	= len,
	};
	if (tracker->layer) {
		range->pos = 0;
		range->len = get_capacity(tracker->disk) << SECTOR_SHIFT;
		range->layer = tracker->layer;
	}
}

static void nd_bad_tell(struct nd_bad_tracker *tracker,
			const struct bad_extent *ext)
{
	struct bdev_bad_range range;
	int error;

	nd_bad_range(tracker, ext, &range);
	error = bdev_forward_bad_range(tracker->disk->part0, &range);
	if (error)
		dev_warn_ratelimited(disk_to_dev(tracker->disk),
				     "bad sectors %llu-%llu could not be reported: %d\n",
				     ext->start, ext->end - 1, error);
}

/*
 * Tell of the sectors in @from that are not in @set, in runs that are as long as
 * can be. @cause replaces the causes in @from unless it is 0.
 */
static void nd_bad_tell_missing(struct nd_bad_tracker *tracker,
				const struct bad_set *from,
				const struct bad_set *set,
				enum bdev_bad_cause cause)
{
	struct bad_cursor cursor = { };
	struct bad_extent run = { }, ext;

	while (bad_set_next_missing(from, set, &cursor, &ext)) {
		if (cause)
			ext.cause = cause;
		if (ext.start == run.end && ext.cause == run.cause) {
			run.end = ext.end;
			continue;
		}
		if (run.end)
			nd_bad_tell(tracker, &run);
		run = ext;
	}
	if (run.end)
		nd_bad_tell(tracker, &run);
}

static void nd_bad_notify_sysfs(struct kernfs_node *node)
{
	if (node)
		sysfs_notify_dirent(node);
}

/*
 * Reads must fail by the time that somebody is told that they do. Entered under
 * badrange->lock, so that a write that clears poison in the meantime, and forgets
 * the range before it clears badblocks, is not undone.
 */
static void nd_bad_fill_badblocks(struct nd_bad_tracker *tracker)
{
	struct nd_region *nd_region = tracker->nd_region;
	struct range range = {
		.start	= nd_region->ndr_start,
		.end	= nd_region->ndr_start + nd_region->ndr_size - 1,
	};

	badrange_to_badblocks(tracker->badrange, tracker->bb, &tracker->phys);
	if (tracker->bb_state)
		nd_bad_notify_sysfs(READ_ONCE(*tracker->bb_state));

	badrange_to_badblocks(tracker->badrange, &nd_region->bb, &range);
	nd_bad_notify_sysfs(READ_ONCE(nd_region->bb_state));
}

static int nd_bad_reconcile(struct nd_bad_tracker *tracker)
{
	struct bad_cursor cursor = { };
	struct bad_extent ext;
	struct bad_set truth;
	int error;

	error = nd_bad_truth(tracker, &truth);
	if (error)
		return error;

	if (bad_set_next_missing(&truth, &tracker->reported, &cursor, &ext))
		nd_bad_fill_badblocks(tracker);

	nd_bad_tell_missing(tracker, &tracker->reported, &truth,
			    BDEV_BAD_CLEARED);
	nd_bad_tell_missing(tracker, &truth, &tracker->reported, 0);

	kvfree(tracker->reported.ext);
	tracker->reported = truth;
	return 0;
}

/* Have the work run in @delay jiffies, or before if it is to run before that. */
static void nd_bad_queue(struct nd_bad_tracker *tracker, unsigned long delay)
{
	unsigned long due = jiffies + delay;

	lockdep_assert_held(&tracker->badrange->lock);

	if (delayed_work_pending(&tracker->work) &&
	    !time_before(due, tracker->due))
		return;
	tracker->due = due;
	mod_delayed_work(nd_bad_wq, &tracker->work, delay);
}

static void nd_bad_work(struct work_struct *work)
{
	struct nd_bad_tracker *tracker = container_of(to_delayed_work(work),
						      struct nd_bad_tracker,
						      work);
	unsigned long delay = badrange_settle_pages(tracker->badrange);

	if (nd_bad_reconcile(tracker)) {
		dev_warn_ratelimited(disk_to_dev(tracker->disk),
				     "no memory to find out which sectors are bad, trying again\n");
		delay = ND_BAD_RETRY;
	}
	if (delay) {
		spin_lock(&tracker->badrange->lock);
		nd_bad_queue(tracker, delay);
		spin_unlock(&tracker->badrange->lock);
	}
}

/**
 * badrange_changed - a bus's list of bad ranges has changed
 * @badrange: the list
 * @delay: in how many jiffies to look at it; 0 for soon
 *
 * Has the trackers of the bus's disks find out what it means.
 *
 * Context: Any but interrupt. The caller holds the list's lock.
 */
void badrange_changed(struct badrange *badrange, unsigned long delay)
{
	struct nd_bad_tracker *tracker;

	lockdep_assert_held(&badrange->lock);

	list_for_each_entry(tracker, &badrange->trackers, list)
		nd_bad_queue(tracker, max_t(unsigned long, delay, ND_BAD_GATHER));
}

/**
 * nd_bad_tracker_ranges - add what is bad now to a list
 * @tracker: tracker of the disk
 * @pos: first byte of the disk
 * @len: length in bytes
 * @list: to which the ranges are added, clipped to what was asked for
 *
 * For block_device_operations.bad_ranges.
 *
 * Context: Process context, may sleep; does not start I/O. The caller holds a
 * reference on the queue of the disk.
 * Return: 0, or -ENOMEM, in which case @list may have grown.
 */
int nd_bad_tracker_ranges(struct nd_bad_tracker *tracker, u64 pos, u64 len,
			  struct bdev_bad_list *list)
{
	struct bdev_bad_range range;
	struct bad_set truth;
	size_t i;
	int error;

	error = nd_bad_truth(tracker, &truth);
	if (error)
		return error;

	for (i = 0; i < truth.nr && !error; i++) {
		u64 start, end;

		nd_bad_range(tracker, &truth.ext[i], &range);
		start = max(range.pos, pos);
		end = min(range.pos + range.len, pos + len);
		if (start >= end)
			continue;
		if (!range.layer) {
			range.origin_pos = start;
			range.origin_len = end - start;
		}
		range.pos = start;
		range.len = end - start;
		error = bdev_bad_list_add(list, &range);
	}
	kvfree(truth.ext);
	return error;
}
EXPORT_SYMBOL_GPL(nd_bad_tracker_ranges);

/**
 * nd_bad_tracker_stop - do not report anything any more
 * @tracker: tracker of the disk; may have been stopped before
 *
 * To be called before the disk goes, if nd_bad_tracker_remove() was not.
 *
 * Context: Process context, may sleep until a report has been delivered. Must
 * not be called with a lock that a holder of the disk takes.
 */
void nd_bad_tracker_stop(struct nd_bad_tracker *tracker)
{
	spin_lock(&tracker->badrange->lock);
	list_del_init(&tracker->list);
	spin_unlock(&tracker->badrange->lock);

	disable_delayed_work_sync(&tracker->work);
}
EXPORT_SYMBOL_GPL(nd_bad_tracker_stop);

/**
 * nd_bad_tracker_remove - report that a disk is about to be removed
 * @tracker: tracker of the disk
 *
 * To be called while the disk still works, so that its holders can read from it
 * what they lose. First what else has changed is told. Nobody is told of a disk
 * that nobody holds.
 *
 * Context: Process context, may sleep until the reports have been delivered.
 * The caller may hold the lock of the device.
 */
void nd_bad_tracker_remove(struct nd_bad_tracker *tracker)
{
	nd_bad_tracker_stop(tracker);
	if (nd_bad_reconcile(tracker))
		dev_warn(disk_to_dev(tracker->disk),
			 "no memory to find out which sectors are bad, all are lost now\n");

	blk_report_disk_removed(tracker->disk, false);
}
EXPORT_SYMBOL_GPL(nd_bad_tracker_remove);

static void nd_bad_tracker_release(void *data)
{
	struct nd_bad_tracker *tracker = data;

	WARN_ON(!list_empty(&tracker->list));
	kvfree(tracker->reported.ext);
	kfree(tracker);
}

/**
 * devm_nd_bad_tracker_start - follow what goes bad of a disk
 * @dev: device that the disk belongs to, a child of a region, being probed
 * @disk: what is to be known of the disk, which has not been added yet
 *
 * The tracker is freed with @dev's resources. Before the disk is deleted, or put
 * without having been added, nd_bad_tracker_stop() or nd_bad_tracker_remove()
 * has to be called.
 *
 * Context: Process context, may sleep.
 * Return: the tracker, or ERR_PTR(-ENOMEM).
 */
struct nd_bad_tracker *
devm_nd_bad_tracker_start(struct device *dev, const struct nd_bad_disk *disk)
{
	struct nvdimm_bus *nvdimm_bus = walk_to_nvdimm_bus(dev);
	struct nd_bad_tracker *tracker;
	int error;

	tracker = kzalloc_obj(*tracker);
	if (!tracker)
		return ERR_PTR(-ENOMEM);

	INIT_LIST_HEAD(&tracker->list);
	INIT_DELAYED_WORK(&tracker->work, nd_bad_work);
	tracker->badrange = &nvdimm_bus->badrange;
	tracker->nd_region = to_nd_region(dev->parent);
	tracker->disk = disk->disk;
	tracker->phys = *disk->phys;
	tracker->bb = disk->bb;
	tracker->bb_state = disk->bb_state;
	tracker->layer = disk->layer;

	error = nd_bad_truth(tracker, &tracker->reported);
	if (error) {
		kfree(tracker);
		return ERR_PTR(error);
	}
	error = devm_add_action_or_reset(dev, nd_bad_tracker_release, tracker);
	if (error)
		return ERR_PTR(error);

	/* what has changed since it was looked at is found out by the work */
	spin_lock(&tracker->badrange->lock);
	list_add_tail(&tracker->list, &tracker->badrange->trackers);
	nd_bad_queue(tracker, ND_BAD_GATHER);
	spin_unlock(&tracker->badrange->lock);

	return tracker;
}
EXPORT_SYMBOL_GPL(devm_nd_bad_tracker_start);

/**
 * nd_bad_tracker_init - get ready for trackers
 *
 * Context: Process context, when libnvdimm is loaded.
 * Return: 0 or -ENOMEM.
 */
int __init nd_bad_tracker_init(void)
{
	nd_bad_wq = alloc_workqueue("nd_bad_ranges", WQ_UNBOUND, 0);
	return nd_bad_wq ? 0 : -ENOMEM;
}

/**
 * nd_bad_tracker_exit - undo nd_bad_tracker_init()
 *
 * Context: Process context, when there are no trackers any more.
 */
void nd_bad_tracker_exit(void)
{
	destroy_workqueue(nd_bad_wq);
}
