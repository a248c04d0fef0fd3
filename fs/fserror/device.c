// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices of the instances: finding them, what the block layer says about them, and
 * what it wants to know when one is removed. See super.c for the locks.
 *
 * REMOVAL
 *
 * When all of a device is taken away the call that says so marks it as gone and
 * publishes one bulk record, at once. That range is put into what was told by the
 * worker, the only one to write there, as one whose owners are owed; until it has,
 * whoever reads what was told of the device gets the whole device instead.
 */
#include <linux/blkdev.h>
#include <linux/cleanup.h>
#include <linux/fs.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "internal.h"

static struct block_device *fserror_next_bdev(struct super_block *sb, u64 *at,
					      u64 *size, enum fserror_role *role)
{
	const struct fserror_operations *ops = sb->s_op->fserror_ops;

	*role = FSERROR_ROLE_DATA;
	if (ops && ops->get_bdev)
		return ops->get_bdev(sb, at, size, role);
	if ((*at)++ || !sb->s_bdev)
		return NULL;
	*size = bdev_nr_bytes(sb->s_bdev);
	return sb->s_bdev;
}

/**
 * fserror_get_bdev - go through the block devices of a filesystem
 * @sb: the filesystem
 * @at: where to go on; 0 to begin; moved on
 * @size: set to how many bytes the filesystem knows of it
 * @role: set to what it is used for
 *
 * Context: s_umount held shared.
 * Return: the device, to be given back with fserror_put_bdev(), or NULL if there are no
 * more.
 */
struct block_device *fserror_get_bdev(struct super_block *sb, u64 *at,
				      u64 *size, enum fserror_role *role)
{
	struct block_device *bdev;

	guard(rcu)();
	do
		bdev = fserror_next_bdev(sb, at, size, role);
	while (bdev && !kobject_get_unless_zero(&bdev->bd_device.kobj));
	return bdev;
}

/**
 * fserror_put_bdev - give back what fserror_get_bdev() returned
 * @bdev: the device
 *
 * Context: Process context, may sleep.
 */
void fserror_put_bdev(struct block_device *bdev)
{
	put_device(&bdev->bd_device);
}

static struct fserror_dev *fserror_dev_find(struct fserror_sb *fsb,
					    const struct block_device *bdev)
{
	struct fserror_dev *dev;

	lockdep_assert_held(&fsb->lock);

	list_for_each_entry(dev, &fsb->devs, list)
		if (dev->bdev == bdev)
			return dev;
	return NULL;
}

static void fserror_dev_resize(struct fserror_sb *fsb, struct fserror_dev *dev,
			       u64 size)
{
	struct bdev_bad_window win = {
		.pos	= dev->size,
		.len	= size - dev->size,
		.why	= BDEV_WHY_REMAPPED,
	};

	/* a device that is gone cannot tell its size any more */
	if (size <= dev->size)
		return;
	dev->size = size;
	fserror_dev_mark(fsb, dev, &win);
}

static void fserror_dev_seen(struct fserror_sb *fsb, struct fserror_dev *dev,
			     u64 size)
{
	struct bdev_bad_window all = { .why = BDEV_WHY_REMAPPED };

	fserror_dev_resize(fsb, dev, size);
	all.len = dev->size;
	/* it is back */
	if (dev->left)
		fserror_dev_mark(fsb, dev, &all);
	dev->left = false;
	dev->seen = true;
}

static bool fserror_dev_add(struct fserror_sb *fsb, struct block_device *bdev,
			    u64 size, enum fserror_role role)
{
	struct fserror_dev *dev;

	scoped_guard(spinlock, &fsb->lock) {
		dev = fserror_dev_find(fsb, bdev);
		if (dev) {
			fserror_dev_seen(fsb, dev, size);
			return true;
		}
	}

	dev = kzalloc_obj(*dev, GFP_NOFS);
	if (!dev)
		return false;
	dev->bdev = bdev;
	dev->dev = bdev->bd_dev;
	dev->role = role;
	/* what joins a filesystem that is mounted is news with all that is bad there */
	dev->replay = !fsb->born;
	dev->seen = true;
	dev->retry_at = jiffies;
	dev->reask_at = jiffies;
	dev->late_at = jiffies;
	dev->bulk_at = jiffies;
	dev->finer_at = jiffies;
	fserror_told_init(&dev->told);
	fserror_kept_init(&dev->kept);
	get_device(&bdev->bd_device);

	guard(spinlock)(&fsb->lock);
	dev->index = ++fsb->nr_devs;
	list_add_tail(&dev->list, &fsb->devs);
	fserror_dev_resize(fsb, dev, size);
	return true;
}

/**
 * fserror_sb_enumerate - find out which devices a filesystem has now
 * @fsb: the instance
 * @sb: its superblock; s_umount is held
 *
 * A device that it did not have before is marked all over. If there is not enough memory
 * for one, @fsb->enumerating stays set, and the worker tries again.
 *
 * Context: Process context, may sleep; the worker, or before it runs for the first time.
 */
void fserror_sb_enumerate(struct fserror_sb *fsb, struct super_block *sb)
{
	struct block_device *bdev;
	enum fserror_role role;
	struct fserror_dev *dev;
	u64 size = 0, at = 0;
	bool all = true;

	lockdep_assert_held(&sb->s_umount);

	scoped_guard(spinlock, &fsb->lock)
		list_for_each_entry(dev, &fsb->devs, list)
			dev->seen = false;

	while ((bdev = fserror_get_bdev(sb, &at, &size, &role))) {
		if (!fserror_dev_add(fsb, bdev, size, role))
			all = false;
		fserror_put_bdev(bdev);
	}

	guard(spinlock)(&fsb->lock);
	list_for_each_entry(dev, &fsb->devs, list)
		if (!dev->seen)
			dev->left = true;
	fsb->enumerating = !all;
	fsb->born |= all;
}

/**
 * fserror_dev_next - walk the devices of an instance
 * @fsb: the instance
 * @after: index of the last one, 0 to begin
 *
 * Context: Process context.
 * Return: the next one, valid as long as @fsb is, or NULL.
 */
struct fserror_dev *fserror_dev_next(struct fserror_sb *fsb, u32 after)
{
	struct fserror_dev *dev;

	guard(spinlock)(&fsb->lock);
	list_for_each_entry(dev, &fsb->devs, list)
		if (dev->index > after)
			return dev;
	return NULL;
}

/**
 * fserror_dev_whole - all of a device, removed
 * @dev: the device
 * @pos: from where on
 *
 * Context: Any.
 * Return: the range.
 */
struct fserror_told_range fserror_dev_whole(const struct fserror_dev *dev,
					    u64 pos)
{
	return (struct fserror_told_range) {
		.range.pos		= pos,
		.range.len		= dev->size - pos,
		.range.cause		= BDEV_BAD_REMOVED,
		.range.origin_dev	= dev->dev,
		.range.origin_pos	= pos,
		.range.origin_len	= dev->size - pos,
		.state			= FSERROR_TOLD_BAD,
		.flags			= FSERROR_TOLD_UNRESOLVED,
	};
}

/**
 * fserror_dev_copy - what watchers were told of a device, from a place on
 * @fsb: the instance
 * @dev: the device
 * @pos: first byte
 * @out: the ranges, the first one clipped
 * @max: for how many there is room, not 0
 *
 * Context: Process context.
 * Return: how many there are; less than @max if these are the last.
 */
unsigned int fserror_dev_copy(struct fserror_sb *fsb, struct fserror_dev *dev,
			      u64 pos, struct fserror_told_range *out,
			      unsigned int max)
{
	guard(spinlock)(&fsb->lock);
	if (!dev->fill)
		return fserror_told_copy(&dev->told, pos, out, max);
	if (pos >= dev->size)
		return 0;
	out[0] = fserror_dev_whole(dev, pos);
	return 1;
}

static bool fserror_largest(struct fserror_sb *fsb, struct fserror_dev *dev,
			    void *data)
{
	u32 *largest = data;

	*largest = max(*largest, dev->told.nr);
	return true;
}

static bool fserror_coarsen(struct fserror_sb *fsb, struct fserror_dev *dev,
			    void *data)
{
	u32 *largest = data;

	if (dev->told.nr < *largest)
		return true;
	dev->coarser = true;
	fsb->kick = true;
	return false;
}

/**
 * fserror_sb_coarsen - have the device that uses most of the pool use less
 *
 * Context: Process context.
 */
void fserror_sb_coarsen(void)
{
	struct fserror_sb *fsb, *next;
	u32 largest = 0;

	fserror_sb_for_each(fserror_largest, &largest);
	if (fserror_sb_for_each(fserror_coarsen, &largest))
		return;
	for (fsb = fserror_sb_get_next(0, NULL); fsb; fsb = next) {
		if (xchg(&fsb->kick, false))
			fserror_sb_kick(fsb, 0);
		next = fserror_sb_get_next(fsb->count.instance, NULL);
		fserror_sb_put(fsb);
	}
}

static void fserror_publish_removal(struct fserror_sb *fsb,
				    struct fserror_dev *dev)
{
	struct fserror_told_range whole = fserror_dev_whole(dev, 0);
	struct fserror_record record;

	fserror_sb_record(fsb, &record, FSERROR_KIND_BULK, EIO);
	fserror_record_set_range(&record, dev->dev, dev->role, &whole.range);
	fserror_sb_publish(fsb, &record, 1);
}

/*
 * Is all of the device gone? Windows that have passed a layer may be too large, also if
 * they have been joined with what the layer said of itself.
 */
static bool fserror_is_removal(const struct fserror_dev *dev,
			       const struct bdev_bad_window *win)
{
	return win->why == BDEV_WHY_REMOVED && !win->hops && !win->pos &&
	       win->len >= dev->size && !dev->removed && dev->size;
}

/**
 * fserror_bad_changed - what is bad on a filesystem's device may have changed
 * @sb: the filesystem, kept in memory but not from being unmounted
 * @bdev: its device
 * @win: where
 *
 * Remembers it and wakes the worker; waits for nobody but for who numbers records.
 *
 * Context: Process context, may sleep.
 */
void fserror_bad_changed(struct super_block *sb, struct block_device *bdev,
			 const struct bdev_bad_window *win)
{
	struct fserror_dev *dev;
	struct fserror_sb *fsb;
	bool removal = false;

	scoped_guard(rcu) {
		fsb = rcu_dereference(sb->s_fserror);
		if (!fsb || !refcount_inc_not_zero(&fsb->ref))
			return;
	}

	scoped_guard(spinlock, &fsb->lock) {
		dev = fserror_dev_find(fsb, bdev);
		if (!dev) {
			/* it has joined, or is about to, and is marked all over then */
			fsb->enumerate = true;
			WRITE_ONCE(fsb->any_bad, true);
			break;
		}
		/* a device that is gone says nothing else any more: it is back */
		if (dev->removed && !(win->why & BDEV_WHY_REMOVED)) {
			dev->removed = false;
			WRITE_ONCE(dev->no_io, false);
		}
		/* no removal waits that nobody hears of: it must not meet with a read of ours */
		if (win->why & BDEV_WHY_REMOVED) {
			if (fserror_publish_heard())
				dev->losing = true;
			else
				WRITE_ONCE(dev->no_io, true);
		}
		removal = fserror_is_removal(dev, win);
		if (removal) {
			dev->removed = true;
			dev->fill = true;
		}
		fserror_dev_mark(fsb, dev, win);
	}
	if (removal)
		fserror_publish_removal(fsb, dev);
	fserror_sb_kick(fsb, 0);
	fserror_sb_put(fsb);
}

/* Devices whose holder takes no part, of which it was told that something is bad. */
static DEFINE_XARRAY(fserror_unheld_devs);

static bool fserror_unheld_was_told(dev_t dev, bool bad)
{
	if (bad)
		return !xa_is_err(xa_store(&fserror_unheld_devs, dev,
					   xa_mk_value(1), GFP_NOIO));
	return xa_load(&fserror_unheld_devs, dev);
}

/* Has all that is bad in the window a good copy, and is that all there is? */
static bool fserror_unheld_is_degraded(const struct bdev_bad_list *list,
				       const struct bdev_bad_window *win)
{
	return list->nr && list->ranges[0].flags & BDEV_BAD_DEGRADED &&
	       !(list->ranges[0].flags & BDEV_BAD_UNKNOWN) && !list->nr_unplaced &&
	       list->next >= win->pos + win->len;
}

/*
 * A window changed of a device whose holder takes no part. All that is remembered of such
 * devices is that there was a record: one says what is the case now, all that is bad in
 * the window as one range.
 */
static void fserror_unheld(struct block_device *bdev,
			   const struct bdev_bad_window *win)
{
	struct bdev_bad_range range = {
		.pos		= win->pos,
		.len		= win->len,
		.origin_dev	= bdev->bd_dev,
		.origin_pos	= win->pos,
		.origin_len	= win->len,
	};
	struct bdev_bad_range bad = { }, unplaced = { };
	struct bdev_bad_list list = {
		.ranges		= &bad,
		.max		= 1,
		.unplaced	= &unplaced,
		.max_unplaced	= 1,
		.grain		= win->len,
	};
	struct fserror_record record;
	int error;

	error = bdev_bad_ranges(bdev, win->pos, win->len, &list);
	/* it will be said again when it can be asked */
	if (error == -EBUSY)
		return;
	if (!error && !list.nr && !list.nr_unplaced) {
		/* nothing is bad, and nobody has heard otherwise */
		if (!fserror_unheld_was_told(bdev->bd_dev, false))
			return;
		if (!win->pos && win->len >= bdev_nr_bytes(bdev))
			xa_erase(&fserror_unheld_devs, bdev->bd_dev);
		fserror_record_init(&record, NULL, FSERROR_KIND_CLEARED, 0);
		if (win->why & ~(BDEV_WHY_WRITTEN | BDEV_WHY_REFINED))
			record.flags |= FSERROR_RECORD_FLAG_CONTENT_UNKNOWN;
	} else {
		if (!fserror_unheld_was_told(bdev->bd_dev, true))
			pr_warn_ratelimited("%pg: no memory to remember that it is bad\n",
					    bdev);
		if (!error && fserror_unheld_is_degraded(&list, win)) {
			fserror_record_init(&record, NULL, FSERROR_KIND_DEGRADED, EIO);
		} else {
			fserror_record_init(&record, NULL, FSERROR_KIND_MEDIA, EIO);
			record.flags |= FSERROR_RECORD_FLAG_UNRESOLVED;
		}
		if (error) {
			record.flags |= FSERROR_RECORD_FLAG_UNKNOWN;
		} else if (list.nr) {
			range = bad;
		} else {
			range = unplaced;
			record.flags |= FSERROR_RECORD_FLAG_UNMAPPED;
		}
	}
	fserror_record_set_range(&record, bdev->bd_dev, FSERROR_ROLE_DATA,
				 &range);
	fserror_publish(NULL, &record);
}

static bool fserror_removal_settled(struct fserror_sb *fsb,
				    struct fserror_dev *dev, void *data)
{
	if (!dev->losing || dev->no_io)
		return true;
	if (fserror_dev_is_pending(dev) || dev->owed)
		return false;
	dev->losing = false;
	return true;
}

static bool fserror_removals_settled(void)
{
	return fserror_sb_for_each(fserror_removal_settled, NULL);
}

static bool fserror_removal_end(struct fserror_sb *fsb, struct fserror_dev *dev,
				void *data)
{
	if (dev->losing)
		WRITE_ONCE(dev->no_io, true);
	dev->losing = false;
	return true;
}

static void fserror_removals_end(void)
{
	fserror_sb_for_each(fserror_removal_end, NULL);
}

static struct bdev_bad_top fserror_top = {
	.unheld			= fserror_unheld,
	.listening		= fserror_publish_heard,
	.removals_settled	= fserror_removals_settled,
	.removals_end		= fserror_removals_end,
};

static int __init fserror_top_boot(void)
{
	fserror_top.wait = fserror_sb_wait();
	bdev_bad_register_top(&fserror_top);
	return 0;
}
fs_initcall(fserror_top_boot);
