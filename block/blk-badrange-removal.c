// SPDX-License-Identifier: GPL-2.0-only
/*
 * Disks that go away.
 *
 * The removal of a disk is reported once. Its driver may do so itself, early, while the
 * disk can still be read from; otherwise del_gendisk() or blk_mark_disk_dead() does. From
 * the report on GD_REMOVAL_TOLD is set and the answer to what is bad is: all of it. The
 * holders are told like of any news, by a work item, so the report never waits.
 *
 * Who loses what can only be found out while the disk can be read. So a driver that
 * removes a disk in an orderly way waits before it begins to, blk_removal_wait(). It does
 * so only if somebody listens, only until the filesystems have been told, and no longer
 * than the budget of `fserror.removal_ms`, which all removals share that begin within ten
 * seconds of the first, or while one of them waits. Only the time counts for which one
 * waits. Then no filesystem begins further I/O for the purpose.
 *
 * GD_REMOVAL_TOLD is taken back only if the disk is there again after all.
 *
 * LOCKING
 *
 * removal_lock protects the budget and nests in nothing. Who waits should hold as little
 * as possible, and nothing that reads from the disk need. Whatever is held, the wait ends
 * with the budget.
 */
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/moduleparam.h>
#include <linux/wait.h>
#include "blk.h"
#include "blk-badrange-priv.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "fserror."

/* removals that begin within this are one, in jiffies */
#define REMOVAL_TOGETHER	(10 * HZ)

/* how long removals may be held up for filesystems to read what they lose; 0 is never */
static unsigned int removal_ms = 2000;
module_param(removal_ms, uint, 0644);

static DEFINE_RAW_SPINLOCK(removal_lock);
static struct blk_removal_budget removal_budget;

/*
 * A removal begins at @now. All that begin soon after it may wait @allowed together. So
 * may those that begin while one waits, for when the time of that is over it is for all.
 */
void blk_removal_begin(struct blk_removal_budget *budget, unsigned long now,
		       unsigned long allowed)
{
	budget->latest = now;
	if (budget->nr_waiting)
		return;
	if (budget->valid &&
	    time_in_range(now, budget->began, budget->began + REMOVAL_TOGETHER))
		return;
	budget->valid = true;
	budget->began = now;
	budget->left = allowed;
}

/* How long they may still wait, in jiffies. */
unsigned long blk_removal_left(const struct blk_removal_budget *budget,
			       unsigned long now)
{
	unsigned long used = budget->nr_waiting ? now - budget->since : 0;

	return budget->left - min(budget->left, used);
}

/*
 * One begins to wait at @now, for as long as is returned: not at all if no removal has
 * begun lately.
 */
unsigned long blk_removal_wait_begin(struct blk_removal_budget *budget,
				     unsigned long now)
{
	if (!budget->nr_waiting++)
		budget->since = now;
	if (!time_in_range(now, budget->latest, budget->latest + REMOVAL_TOGETHER))
		return 0;
	return blk_removal_left(budget, now);
}

/* It waits no longer. The time of those that wait at once counts once. */
void blk_removal_wait_end(struct blk_removal_budget *budget, unsigned long now)
{
	budget->left = blk_removal_left(budget, now);
	budget->since = now;
	budget->nr_waiting--;
}

/*
 * Tell the holder of the disk or, where those are others, of its partitions. Returns
 * false if there is none.
 */
static bool blk_tell_removed(struct gendisk *disk)
{
	struct block_device *part;
	bool part_held = false;
	unsigned long idx;

	rcu_read_lock();
	xa_for_each_start(&disk->part_tbl, idx, part, 1) {
		if (!READ_ONCE(part->bd_holder))
			continue;
		part_held = true;
		bdev_bad_removed(part);
	}
	rcu_read_unlock();

	/* the claim of a partition shows up as a holder of the whole disk */
	if (part_held)
		return true;
	if (!READ_ONCE(disk->part0->bd_holder))
		return false;
	bdev_bad_removed(disk->part0);
	return true;
}

/* Returns true if somebody holds the disk and can still read from it. */
static bool blk_report_removal(struct gendisk *disk, bool surprise)
{
	unsigned long flags;

	if (test_and_set_bit(GD_REMOVAL_TOLD, &disk->state))
		return false;
	if (!blk_tell_removed(disk) || surprise)
		return false;

	raw_spin_lock_irqsave(&removal_lock, flags);
	blk_removal_begin(&removal_budget, jiffies,
			  msecs_to_jiffies(READ_ONCE(removal_ms)));
	raw_spin_unlock_irqrestore(&removal_lock, flags);
	return true;
}

/**
 * blk_report_disk_removed - report that a disk goes away
 * @disk: the disk; it still has its partitions
 * @surprise: it cannot be read any more, so there is nothing to wait for
 *
 * For del_gendisk() and blk_mark_disk_dead(), and for a driver that knows earlier. Does
 * nothing if that was reported before. From then on bdev_bad_ranges() answers that all of
 * the disk is gone. Its holders are told in a while; nobody is waited for.
 *
 * Context: Any.
 */
void blk_report_disk_removed(struct gendisk *disk, bool surprise)
{
	blk_report_removal(disk, surprise);
}
EXPORT_SYMBOL_GPL(blk_report_disk_removed);

/**
 * blk_report_disk_back - report that a disk is there again
 * @disk: the disk
 *
 * For a driver whose disks can outlive what they are made of, as the heads of NVMe
 * multipath can. Does nothing unless blk_report_disk_removed() was called before.
 *
 * Context: Any.
 */
void blk_report_disk_back(struct gendisk *disk)
{
	u64 size = bdev_nr_bytes(disk->part0);

	if (test_and_clear_bit(GD_REMOVAL_TOLD, &disk->state) && size)
		bdev_bad_changed(disk->part0, 0, size, BDEV_WHY_REMAPPED);
}
EXPORT_SYMBOL_GPL(blk_report_disk_back);

/**
 * blk_report_media_gone - report that what a disk held is not there any more
 * @disk: the disk, which stays and may get something else
 *
 * Context: Any.
 */
void blk_report_media_gone(struct gendisk *disk)
{
	blk_tell_removed(disk);
}
EXPORT_SYMBOL_GPL(blk_report_media_gone);

static bool blk_removals_settled(const struct bdev_bad_top *top)
{
	return bdev_bad_idle() && top->removals_settled();
}

/**
 * blk_removal_wait - let filesystems find out what they lose
 *
 * For a driver that has reported with blk_report_disk_removed() that disks go away and
 * can still read from them. Returns at once if nobody listens or nobody held the disks,
 * and when all filesystems have been told, the budget is used up, or the caller is
 * killed. Then filesystems begin no further I/O for the purpose.
 *
 * Context: Process context, may sleep for `fserror.removal_ms`. Nothing that I/O to the
 * disks needs may be held, and as little else as possible.
 */
void blk_removal_wait(void)
{
	const struct bdev_bad_top *top = bdev_bad_get_top();
	unsigned long left;

	might_sleep();

	if (!top || !top->listening())
		return;
	raw_spin_lock_irq(&removal_lock);
	left = blk_removal_wait_begin(&removal_budget, jiffies);
	raw_spin_unlock_irq(&removal_lock);

	if (left)
		wait_event_killable_timeout(*top->wait, blk_removals_settled(top),
					    left);

	raw_spin_lock_irq(&removal_lock);
	blk_removal_wait_end(&removal_budget, jiffies);
	raw_spin_unlock_irq(&removal_lock);
	top->removals_end();
}
EXPORT_SYMBOL_GPL(blk_removal_wait);

/**
 * blk_removal_grace - report that a disk goes away, and let filesystems find out what
 *	they lose
 * @disk: the disk; it still has its partitions
 *
 * For drivers, before del_gendisk() and before they make I/O to @disk impossible. Does
 * not wait if the disk is dead, if nobody holds it, or if it was reported before.
 *
 * Context: As blk_removal_wait().
 */
void blk_removal_grace(struct gendisk *disk)
{
	if (!test_bit(GD_DEAD, &disk->state) && blk_report_removal(disk, false))
		blk_removal_wait();
}
EXPORT_SYMBOL_GPL(blk_removal_grace);
