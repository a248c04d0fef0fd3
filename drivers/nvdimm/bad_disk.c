// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is bad of the disks of an nvdimm bus.
 *
 * The truth about bad memory is the list of bad ranges of the bus. It is
 * complete, where badblocks is bounded, and everything ends there: machine
 * checks, scrubs, memory_failure(), reads that failed, writes that cleared
 * poison. There is no copy of it. When it changes the disks that the change
 * touches report a window of themselves, and when somebody asks what is bad the
 * answer is read from the list, in bad_answer.c.
 *
 * A disk's badblocks refuses reads of what is bad. It is filled in the same
 * moment as the list, so that reads fail by the time that somebody is told that
 * they do; the disk's driver clears it when it has cleared the media.
 *
 * TIME
 *
 * Firmware tells a bad range in pieces, and who is told had rather hear of it as
 * one; but who waits for the first news does not want to wait. So what goes bad
 * when a disk has been quiet for ND_BAD_QUIET is reported at once, and after
 * that changes are gathered for ND_BAD_GATHER. What became good again is always
 * gathered: it leaves the list before it is written, and by the time that
 * somebody is told he should find it so. While something waits to be told there
 * is a hold on news, bdev_bad_hold(), so that who asks hears that there is more.
 *
 * LOCKING
 *
 * badrange->lock, a spinlock, protects the list of bad ranges, the list of disks
 * and what waits to be told. It is never taken in interrupt context. Under it are
 * taken the lock of a badblocks, those of sysfs' notifications, of the workqueue
 * and of the slot that a window is reported to; no memory is allocated.
 *
 * Changes are made under any lock that may be held over badrange->lock: those of
 * the nfit driver, a device lock, mf_mutex, the spinlock of a BTT's map, the
 * iolock and transaction of a filesystem that writes. bdev_bad_changed() may be
 * called under all of these. The work takes nothing but badrange->lock.
 *
 * LIFETIME
 *
 * A struct nd_bad_disk is part of what the driver of the disk has for it, and is
 * there as long as the disk can be asked, which takes a reference on the queue.
 * It hears of changes from nd_bad_disk_start(), before badblocks is filled for
 * the first time, so that nothing is missed in between, to nd_bad_disk_stop(),
 * before the disk is deleted. The bus outlives its devices.
 */
#include <linux/badblocks.h>
#include <linux/blk-badrange.h>
#include <linux/blkdev.h>
#include <linux/libnvdimm.h>
#include <linux/sysfs.h>
#include "bad_disk.h"
#include "badrange_page.h"
#include "nd-core.h"
#include "nd.h"

#define ND_BAD_QUIET	HZ
#define ND_BAD_GATHER	(HZ / 10)

/* badblocks is asked by sector and has no end of memory, but room for 512 ranges */
static void nd_bad_set(struct badblocks *bb, const struct range *phys,
		       u64 start, u64 last)
{
	u64 pos, end;

	if (!nd_bad_translate(phys, start, last, &pos, &end))
		return;
	/* as in the rest of libnvdimm: the hardware still throws an exception */
	if (!badblocks_set(bb, pos >> SECTOR_SHIFT,
			   (end - pos) >> SECTOR_SHIFT, 1))
		dev_info_once(bb->dev, "badblocks is full\n");
}

/* take out what touches [@start, @last] and no entry says is bad */
static void nd_bad_clear(struct badrange *badrange, struct badblocks *bb,
			 const struct range *phys, u64 start, u64 last)
{
	u64 cursor, end, first, from, to;
	struct badrange_entry *bre;

	if (!nd_bad_translate(phys, start, last, &cursor, &end))
		return;

	first = phys->start + cursor;
	last = phys->start + end - 1;
	for (bre = badrange_first(badrange, first, last); bre;
	     bre = badrange_next(bre, first, last)) {
		if (bre->flags & BADRANGE_SIMULATED ||
		    !nd_bad_translate(phys, bre->start, badrange_last_addr(bre),
				      &from, &to))
			continue;
		if (from > cursor)
			badblocks_clear(bb, cursor >> SECTOR_SHIFT,
					(from - cursor) >> SECTOR_SHIFT);
		cursor = max(cursor, to);
	}
	if (cursor < end)
		badblocks_clear(bb, cursor >> SECTOR_SHIFT,
				(end - cursor) >> SECTOR_SHIFT);
}

static void nd_bad_notify_sysfs(struct kernfs_node *node)
{
	if (node)
		sysfs_notify_dirent(node);
}

static void nd_bad_sync_badblocks(struct badrange *badrange, u64 addr,
				  u64 length, bool bad)
{
	u64 last = addr + length - 1;
	struct nd_bad_disk *disk;

	lockdep_assert_held(&badrange->lock);

	list_for_each_entry(disk, &badrange->disks, list) {
		struct nd_region *nd_region = disk->nd_region;
		struct range region = {
			.start	= nd_region->ndr_start,
			.end	= nd_region->ndr_start +
				  nd_region->ndr_size - 1,
		};

		if (last < disk->phys.start || addr > disk->phys.end)
			continue;

		if (bad) {
			nd_bad_set(disk->bb, &disk->phys, addr, last);
			nd_bad_set(&nd_region->bb, &region, addr, last);
		} else {
			nd_bad_clear(badrange, disk->bb, &disk->phys, addr,
				     last);
			nd_bad_clear(badrange, &nd_region->bb, &region, addr,
				     last);
		}
		if (disk->bb_state)
			nd_bad_notify_sysfs(READ_ONCE(*disk->bb_state));
		nd_bad_notify_sysfs(READ_ONCE(nd_region->bb_state));
	}
}

/**
 * badrange_refuse - have the disks refuse reads of a bad range
 * @badrange: the list, which has the range already
 * @addr: first physical address
 * @length: in bytes, not 0
 *
 * Context: Any but interrupt. The caller holds the list's lock.
 */
void badrange_refuse(struct badrange *badrange, u64 addr, u64 length)
{
	nd_bad_sync_badblocks(badrange, addr, length, true);
}

/**
 * badrange_readmit - have the disks take reads of a range again
 * @badrange: the list
 * @addr: first physical address
 * @length: in bytes, not 0
 *
 * But not of what the list has in it.
 *
 * Context: Any but interrupt. The caller holds the list's lock.
 */
void badrange_readmit(struct badrange *badrange, u64 addr, u64 length)
{
	nd_bad_sync_badblocks(badrange, addr, length, false);
}

static void nd_bad_flush(struct nd_bad_disk *bad)
{
	struct nd_bad_window *win;

	lockdep_assert_held(&bad->badrange->lock);

	for (win = bad->windows; win < bad->windows + ND_BAD_NEWS_NR; win++) {
		int error;

		if (!win->end)
			continue;
		error = bdev_bad_changed(bad->disk->part0, win->start,
					 win->end - win->start, win->why);
		if (error)
			dev_warn_ratelimited(disk_to_dev(bad->disk),
					     "a change of bytes %llu-%llu could not be reported: %d\n",
					     win->start, win->end - 1, error);
		*win = (struct nd_bad_window) { };
		bdev_bad_release();
		bad->told = jiffies;
	}
}

/* Have the work run in @delay jiffies, or before if it is to run before that. */
static void nd_bad_queue(struct nd_bad_disk *bad, unsigned long delay)
{
	unsigned long due = jiffies + delay;

	lockdep_assert_held(&bad->badrange->lock);

	if (delayed_work_pending(&bad->work) && !time_before(due, bad->due))
		return;
	bad->due = due;
	mod_delayed_work(system_dfl_wq, &bad->work, delay);
}

static void nd_bad_work(struct work_struct *work)
{
	struct nd_bad_disk *bad = container_of(to_delayed_work(work),
					       struct nd_bad_disk, work);
	struct badrange *badrange = bad->badrange;
	unsigned long delay;

	spin_lock(&badrange->lock);
	delay = badrange_settle_pages(badrange);
	nd_bad_flush(bad);
	if (delay)
		nd_bad_queue(bad, delay);
	spin_unlock(&badrange->lock);
}

static void nd_bad_tell(struct nd_bad_disk *bad, u64 pos, u64 end,
			unsigned int why)
{
	enum nd_bad_news news = why == BDEV_WHY_WRITTEN ? ND_BAD_NEWS_GOOD :
							  ND_BAD_NEWS_BAD;
	struct nd_bad_window *win = &bad->windows[news];

	if (!win->end)
		bdev_bad_hold();
	win->start = win->end ? min(win->start, pos) : pos;
	win->end = max(win->end, end);
	win->why |= why;

	if (news == ND_BAD_NEWS_BAD &&
	    time_after_eq(jiffies, bad->told + ND_BAD_QUIET))
		nd_bad_flush(bad);
	else
		nd_bad_queue(bad, ND_BAD_GATHER);
}

/**
 * badrange_tell - what is known to be bad has changed
 * @badrange: the list, which has been changed already
 * @addr: first physical address
 * @length: in bytes, not 0
 * @why: enum bdev_bad_why
 *
 * Has the disks that are touched report it, at once or a moment later.
 *
 * Context: Any but interrupt. The caller holds the list's lock.
 */
void badrange_tell(struct badrange *badrange, u64 addr, u64 length,
		   unsigned int why)
{
	struct nd_bad_disk *bad;
	u64 pos, end;

	lockdep_assert_held(&badrange->lock);

	list_for_each_entry(bad, &badrange->disks, list) {
		if (!nd_bad_translate(&bad->phys, addr, addr + length - 1,
				      &pos, &end))
			continue;
		if (bad->layer) {
			pos = 0;
			end = get_capacity(bad->disk) << SECTOR_SHIFT;
		}
		nd_bad_tell(bad, pos, end, why);
	}
}

/**
 * badrange_look_again - have the pages looked at that wait for a finer report
 * @badrange: the list
 * @delay: in how many jiffies
 *
 * Context: Any but interrupt. The caller holds the list's lock.
 */
void badrange_look_again(struct badrange *badrange, unsigned long delay)
{
	struct nd_bad_disk *bad;

	lockdep_assert_held(&badrange->lock);

	list_for_each_entry(bad, &badrange->disks, list)
		nd_bad_queue(bad, delay);
}

/**
 * badrange_next_idle - find the next piece of a range that no disk is on
 * @badrange: the list
 * @start: where to begin; set to the first physical address of the piece
 * @last: last physical address of the range
 * @length: set to the length of the piece in bytes
 *
 * Context: Any but interrupt. Takes the list's lock.
 * Return: false if there is none.
 */
bool badrange_next_idle(struct badrange *badrange, u64 *start, u64 last,
			u64 *length)
{
	u64 first = *start, end = last;
	struct nd_bad_disk *bad;

	guard(spinlock)(&badrange->lock);
again:
	if (first > last)
		return false;
	list_for_each_entry(bad, &badrange->disks, list) {
		if (bad->phys.start <= first && first <= bad->phys.end) {
			first = bad->phys.end + 1;
			goto again;
		}
	}
	list_for_each_entry(bad, &badrange->disks, list)
		if (bad->phys.start > first)
			end = min(end, bad->phys.start - 1);

	*start = first;
	*length = end - first + 1;
	return true;
}

/**
 * nd_bad_disk_start - let a disk hear of changes
 * @bad: the disk; the driver has set what is the driver's to set
 * @dev: device that the disk belongs to, a child of a region, being probed
 *
 * To be called before the disk's badblocks is filled and before the disk is
 * added. Before the disk is deleted, or put without having been added,
 * nd_bad_disk_stop() has to be called.
 *
 * Context: Process context.
 */
void nd_bad_disk_start(struct nd_bad_disk *bad, struct device *dev)
{
	bad->badrange = &walk_to_nvdimm_bus(dev)->badrange;
	bad->nd_region = to_nd_region(dev->parent);
	bad->told = jiffies - ND_BAD_QUIET;
	INIT_DELAYED_WORK(&bad->work, nd_bad_work);

	spin_lock(&bad->badrange->lock);
	list_add_tail(&bad->list, &bad->badrange->disks);
	/* a page may wait since the last disk that was there has gone */
	nd_bad_queue(bad, 0);
	spin_unlock(&bad->badrange->lock);
}
EXPORT_SYMBOL_GPL(nd_bad_disk_start);

/**
 * nd_bad_disk_stop - do not let a disk hear of changes any more
 * @bad: the disk; may have been stopped before
 *
 * What waits is told. The disk may be asked until it has been deleted.
 *
 * Context: Process context, may sleep until the work has run. May be called with
 * the lock of the device held.
 */
void nd_bad_disk_stop(struct nd_bad_disk *bad)
{
	spin_lock(&bad->badrange->lock);
	list_del_init(&bad->list);
	nd_bad_flush(bad);
	spin_unlock(&bad->badrange->lock);

	disable_delayed_work_sync(&bad->work);
}
EXPORT_SYMBOL_GPL(nd_bad_disk_stop);
