// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is bad in a device may have changed: news on its way up.
 *
 * News is a window. It is put into a slot of the disk, from any context, and one work
 * item tells whoever holds the disk, or the partitions that it touches. That takes one
 * level: a stacking driver puts the windows above into the slots of its own disks, and
 * the work item gets to them in its turn. Nothing waits for anybody, nothing recurses,
 * and no locks of two levels nest. A window may be larger than the change: when a slot
 * is full its nearest windows are joined. Who hears of a window asks what is bad in it,
 * with bdev_bad_ranges().
 *
 * A window counts how many stacking drivers it has passed. Windows that are joined take
 * the smaller count, so a new change gets as far as any; tables that go in a circle
 * still end, because nothing but a new change begins with 0.
 *
 * LOCKING
 *
 * bad_lock protects the slots, both lists and bad_working. It is taken from hard
 * interrupts, hence raw, for a few windows at most, and nothing is taken under it.
 *
 * Holders are told from the work item with bd_holder_lock held, which the operation
 * releases, as ->mark_dead does. They must not wait there for I/O, nor for anybody who
 * waits for news to be told.
 *
 * LIFETIME
 *
 * A disk with a filled slot, and a device that was removed, are pinned by a reference on
 * their device and one on the driver's module, whose code releases the disk. When the
 * module is on its way out nobody can have the disk open, so nobody need be told. The
 * device drops its reference in process context only.
 */
#include <kunit/visibility.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "blk.h"
#include "blk-badrange-priv.h"

static DEFINE_RAW_SPINLOCK(bad_lock);
static LIST_HEAD(bad_disks);		/* gendisk.bad_slot.node */
static LIST_HEAD(bad_removals);		/* block_device.bd_removal */
static bool bad_working;

/* stacking drivers that are going to pass on what they have heard */
static atomic_t bad_holds = ATOMIC_INIT(0);

static const struct bdev_bad_top *bad_top;
static struct workqueue_struct *bad_wq;

/**
 * bdev_bad_register_top - say who listens at the top
 * @top: its operations; stays for ever
 *
 * Context: Any; once.
 */
void bdev_bad_register_top(const struct bdev_bad_top *top)
{
	WARN_ON_ONCE(READ_ONCE(bad_top));
	/* pairs with bdev_bad_get_top(): what it points to is complete */
	smp_store_release(&bad_top, top);
}

const struct bdev_bad_top *bdev_bad_get_top(void)
{
	/* pairs with bdev_bad_register_top() */
	return smp_load_acquire(&bad_top);
}

/* For whoever queues a work item that is about a disk, or a partition. Any context. */
bool bdev_bad_pin(struct block_device *bdev)
{
	struct module *owner = bdev->bd_disk->fops->owner;

	if (!try_module_get(owner))
		return false;
	if (kobject_get_unless_zero(&bdev->bd_device.kobj))
		return true;
	module_put(owner);
	return false;
}

/* Process context. */
void bdev_bad_unpin(struct block_device *bdev)
{
	struct module *owner = bdev->bd_disk->fops->owner;

	put_device(&bdev->bd_device);
	module_put(owner);
}

static void bad_tell(struct block_device *bdev, const struct bdev_bad_window *win)
{
	const struct bdev_bad_top *top = bdev_bad_get_top();
	bool held;

	mutex_lock(&bdev->bd_holder_lock);
	if (bdev->bd_holder_ops && bdev->bd_holder_ops->bad_changed) {
		bdev->bd_holder_ops->bad_changed(bdev, win);
		lockdep_assert_not_held(&bdev->bd_holder_lock);
		return;
	}
	held = READ_ONCE(bdev->bd_holder);
	mutex_unlock(&bdev->bd_holder_lock);

	/*
	 * drbd, a program with O_EXCL: there is no way to go on from here. A device
	 * that goes away makes itself felt without us, and it may be the holder who
	 * takes it away.
	 */
	if (held && top && win->why != BDEV_WHY_REMOVED)
		top->unheld(bdev, win);
}

static void bad_tell_windows(struct block_device *bdev,
			     const struct bdev_bad_window *win, unsigned int nr)
{
	u64 start = (u64)get_start_sect(bdev) << SECTOR_SHIFT;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct bdev_bad_window clipped = win[i];

		if (!bdev_is_partition(bdev) ||
		    bdev_bad_window_clip(&clipped, start, bdev_nr_bytes(bdev)))
			bad_tell(bdev, &clipped);
	}
}

static void bad_tell_disk(struct gendisk *disk, const struct bdev_bad_window *win,
			  unsigned int nr)
{
	struct block_device *part;
	bool part_held = false;
	unsigned long idx;

	rcu_read_lock();
	xa_for_each_start(&disk->part_tbl, idx, part, 1) {
		if (!READ_ONCE(part->bd_holder))
			continue;
		part_held = true;
		if (!kobject_get_unless_zero(&part->bd_device.kobj))
			continue;
		rcu_read_unlock();

		bad_tell_windows(part, win, nr);

		put_device(&part->bd_device);
		rcu_read_lock();
	}
	rcu_read_unlock();

	/* the claim of a partition shows up as a holder of the whole disk */
	if (!part_held)
		bad_tell_windows(disk->part0, win, nr);
}

static void bad_tell_removal(struct block_device *bdev)
{
	struct bdev_bad_window win = {
		.len	= bdev_nr_bytes(bdev),
		.why	= BDEV_WHY_REMOVED,
	};

	/* the driver has taken the size away already: whatever it was */
	if (!win.len)
		win.len = (u64)BLK_DEV_MAX_SECTORS << SECTOR_SHIFT;
	bad_tell(bdev, &win);
}

static struct block_device *bad_next_removal(void)
{
	struct block_device *bdev;

	lockdep_assert_held(&bad_lock);

	bdev = list_first_entry_or_null(&bad_removals, struct block_device,
					bd_removal);
	if (bdev) {
		list_del(&bdev->bd_removal);
		bdev_clear_flag(bdev, BD_REMOVAL_QUEUED);
	}
	return bdev;
}

/* The next disk, and what was in its slot. */
static struct gendisk *bad_next_disk(struct bdev_bad_slot *slot)
{
	struct gendisk *disk;

	lockdep_assert_held(&bad_lock);

	disk = list_first_entry_or_null(&bad_disks, struct gendisk, bad_slot.node);
	if (disk) {
		list_del(&disk->bad_slot.node);
		*slot = disk->bad_slot;
		disk->bad_slot.nr = 0;
		disk->bad_slot.queued = false;
	}
	return disk;
}

static void bad_wake_waiters(void)
{
	const struct bdev_bad_top *top = bdev_bad_get_top();

	if (top)
		wake_up_all(top->wait);
}

static void bad_work_fn(struct work_struct *work)
{
	struct block_device *bdev;
	struct bdev_bad_slot slot;
	struct gendisk *disk;

	raw_spin_lock_irq(&bad_lock);
	bad_working = true;
	for (;;) {
		bdev = bad_next_removal();
		disk = bdev ? NULL : bad_next_disk(&slot);
		if (!bdev && !disk)
			break;
		raw_spin_unlock_irq(&bad_lock);

		if (bdev) {
			bad_tell_removal(bdev);
		} else {
			bdev = disk->part0;
			bad_tell_disk(disk, slot.win, slot.nr);
		}
		bdev_bad_unpin(bdev);
		cond_resched();

		raw_spin_lock_irq(&bad_lock);
	}
	bad_working = false;
	raw_spin_unlock_irq(&bad_lock);

	bad_wake_waiters();
}

static DECLARE_WORK(bad_work, bad_work_fn);

/**
 * bdev_bad_idle - have all holders been told, and have they passed it on?
 *
 * Context: Any.
 * Return: whether there is no news on its way.
 */
bool bdev_bad_idle(void)
{
	unsigned long flags;
	bool idle;

	raw_spin_lock_irqsave(&bad_lock, flags);
	idle = list_empty(&bad_disks) && list_empty(&bad_removals) &&
	       !bad_working && !atomic_read(&bad_holds);
	raw_spin_unlock_irqrestore(&bad_lock, flags);
	return idle;
}
EXPORT_SYMBOL_IF_KUNIT(bdev_bad_idle);

/**
 * bdev_bad_hold - say that news is going to be passed on
 *
 * For a stacking driver that has been told of a window and calls
 * bdev_bad_changed_above() later, from a work item of its own, and for a driver that
 * gathers changes before it calls bdev_bad_changed(). Counts.
 *
 * Context: Any.
 */
void bdev_bad_hold(void)
{
	atomic_inc(&bad_holds);
}
EXPORT_SYMBOL_GPL(bdev_bad_hold);

/**
 * bdev_bad_release - say that news has been passed on
 *
 * Context: Any but hard interrupts.
 */
void bdev_bad_release(void)
{
	if (atomic_dec_and_test(&bad_holds))
		bad_wake_waiters();
}
EXPORT_SYMBOL_GPL(bdev_bad_release);

/*
 * Tell the holder of @bdev that all of it is gone. Later, @bdev may have left its
 * disk's table of partitions by then.
 */
void bdev_bad_removed(struct block_device *bdev)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&bad_lock, flags);
	if (!bdev_test_flag(bdev, BD_REMOVAL_QUEUED) && bdev_bad_pin(bdev)) {
		bdev_set_flag(bdev, BD_REMOVAL_QUEUED);
		list_add_tail(&bdev->bd_removal, &bad_removals);
	}
	raw_spin_unlock_irqrestore(&bad_lock, flags);
	queue_work(bad_wq, &bad_work);
}

static int bad_window_check(struct block_device *bdev,
			    const struct bdev_bad_window *win)
{
	u64 end;

	/* of the device itself only its removal says that, see bad_tell_removal() */
	bool gone = win->why & BDEV_WHY_REMOVED && !win->hops;

	if (!win->len || !win->why || win->why & ~BDEV_WHY_ALL || gone) {
		pr_warn_ratelimited("%pg: bad range at byte %llu, length %llu, reason %#x: refused\n",
				    bdev, win->pos, win->len, win->why);
		return -EINVAL;
	}
	if (check_add_overflow(win->pos, win->len, &end) ||
	    end > bdev_nr_bytes(bdev)) {
		pr_warn_ratelimited("%pg: bad range at byte %llu, length %llu, lies outside the device (%llu bytes): refused\n",
				    bdev, win->pos, win->len,
				    (u64)bdev_nr_bytes(bdev));
		return -ERANGE;
	}
	if (win->hops > BDEV_BAD_MAX_HOPS) {
		pr_warn_ratelimited("%pg: stacked too high, bad range refused\n",
				    bdev);
		return -ELOOP;
	}
	return 0;
}

/**
 * bdev_bad_changed_above - pass on that what is bad in a window may have changed
 * @bdev: block device; a disk or a partition
 * @win: the window, in bytes of @bdev; @win->hops is that of the window below plus 1
 *
 * For stacking drivers. The holder of @bdev and, if that is a whole disk, the holders
 * of the partitions that the window touches are told in a while, each in its own
 * coordinates. Does nothing for a disk of which was reported that it is gone.
 *
 * Context: Any, hard interrupts included.
 * Return: 0; -EINVAL if the window is empty or @win->why says nothing, or what is not
 * known, or %BDEV_WHY_REMOVED of @bdev itself; -ERANGE if it overflows or does not lie
 * within @bdev; -ELOOP if it has passed too many stacking drivers. Nobody is told then,
 * but the log is, rate-limited.
 */
int bdev_bad_changed_above(struct block_device *bdev,
			   const struct bdev_bad_window *win)
{
	struct gendisk *disk = bdev->bd_disk;
	struct bdev_bad_slot *slot = &disk->bad_slot;
	struct bdev_bad_window on_disk = *win;
	unsigned long flags;
	int error;

	if (blk_disk_gone(disk))
		return 0;
	error = bad_window_check(bdev, win);
	if (error)
		return error;
	on_disk.pos += (u64)get_start_sect(bdev) << SECTOR_SHIFT;

	raw_spin_lock_irqsave(&bad_lock, flags);
	if (!slot->queued && bdev_bad_pin(disk->part0)) {
		slot->queued = true;
		list_add_tail(&slot->node, &bad_disks);
	}
	if (slot->queued)
		bdev_bad_slot_add(slot, &on_disk);
	raw_spin_unlock_irqrestore(&bad_lock, flags);

	queue_work(bad_wq, &bad_work);
	return 0;
}
EXPORT_SYMBOL_GPL(bdev_bad_changed_above);

/**
 * bdev_bad_changed - report that what is bad in a window may have changed
 * @bdev: block device, normally the whole disk
 * @pos: first byte on @bdev
 * @len: length in bytes; may be more than what has changed
 * @why: enum bdev_bad_why, a set of bits
 *
 * For the driver where the change is, after its own list has changed. The removal of a
 * disk is reported with blk_report_disk_removed().
 *
 * Context: Any, hard interrupts included.
 * Return: as bdev_bad_changed_above().
 */
int bdev_bad_changed(struct block_device *bdev, u64 pos, u64 len,
		     unsigned int why)
{
	const struct bdev_bad_window win = {
		.pos	= pos,
		.len	= len,
		.why	= why,
	};

	return bdev_bad_changed_above(bdev, &win);
}
EXPORT_SYMBOL_GPL(bdev_bad_changed);

/**
 * bdev_bad_grown - the size of a device was set
 * @bdev: block device; a disk or a partition
 * @old_sectors: its size before, in 512-byte sectors
 *
 * If it has grown then what is bad in the new part is news to its holder.
 *
 * Context: Any.
 */
void bdev_bad_grown(struct block_device *bdev, u64 old_sectors)
{
	u64 sectors = bdev_nr_sectors(bdev);

	if (sectors > old_sectors && bdev->bd_disk->fops->bad_ranges)
		bdev_bad_changed(bdev, old_sectors << SECTOR_SHIFT,
				 (sectors - old_sectors) << SECTOR_SHIFT,
				 BDEV_WHY_REMAPPED);
}

static int __init bdev_bad_init(void)
{
	bad_wq = alloc_workqueue("blk_badrange", WQ_UNBOUND | WQ_MEM_RECLAIM, 1);
	if (!bad_wq)
		panic("Failed to create blk_badrange\n");
	return 0;
}

/* before the drivers, which come later at the same level */
subsys_initcall(bdev_bad_init);
