// SPDX-License-Identifier: GPL-2.0-only
/*
 * dm as the holder of the dax devices below it.
 *
 * When memory fails, or a dax device is about to be removed, the holder of the
 * dax device is asked to kill whoever has the pages mapped. dm does not know, but
 * the holders of the mapped devices do: they are asked in turn, each for the
 * ranges of its own device. Nobody is told here what was lost; that comes up
 * through the block layer, see dm-badrange.c.
 *
 * A dax device has one holder, and many mapped devices may use it, so they hold it
 * in common: the first one takes it, and the last one lets go of it. A dax device
 * belongs to a whole disk. If the lower device is a partition, the holder of
 * another one may be a filesystem that needs the dax device for itself; dm does
 * without then, and it is left to the generic code to find the processes by what
 * the pages know, which it does for all but shared extents.
 *
 * A removal is told as one range for each target, from the first byte that goes to
 * the last one. Holders freeze and thaw themselves for each, which is no way to go
 * through all the chunks of a stripe.
 *
 * LOCKING
 *
 * dm_dax_lock protects the list of held dax devices and is held over taking hold
 * of them and letting go. It is taken under md->table_devices_lock, and nothing
 * of dm is taken under it.
 *
 * dm_dax_notify_failure() is called with the dax SRCU read lock, and by
 * memory_failure() with mf_mutex, which all other pages that fail wait for. It
 * takes neither of the above and holds no table when it asks a holder. That one
 * may have to read from the mapped device, or freeze it, and so would wait for as long
 * as it is suspended, with all that wait for SRCU behind it; for a suspended device
 * it is not asked. memory_failure() does what it can without, and a removal unmaps the
 * pages itself. Whoever suspends the device while a holder is being asked makes that
 * wait, as for any I/O that is on its way to it, until it is resumed.
 *
 * LIFETIME
 *
 * The holder's data is no pointer to anything, so that it does not matter that a
 * dax device may be let go of while it notifies us. The mapped device and the
 * lower block device are kept as in dm-badrange.c. The dax device of a mapped
 * device lives as long as that.
 */
#include "dm-core.h"
#include "dm-badrange.h"
#include "dm-dax-holder.h"

#include <linux/blkdev.h>
#include <linux/dax.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#define DM_MSG_PREFIX "dax"

/* windows of a mapped device that are found before its holder is told */
#define DM_DAX_WINDOWS	8

/**
 * struct dm_dax_hold - a dax device that dm is the holder of
 * @list: in dm_dax_holds
 * @dax_dev: the dax device
 * @users: how many table devices use it
 */
struct dm_dax_hold {
	struct list_head	list;
	struct dax_device	*dax_dev;
	unsigned int		users;
};

/**
 * struct dm_dax_failure - a failure on its way to one mapped device
 * @mf_flags: enum mf_flags, for the holder
 * @hops: how many mapped devices it has passed
 * @rc: what the holders say, -EOPNOTSUPP as long as there was none
 */
struct dm_dax_failure {
	int		mf_flags;
	unsigned int	hops;
	int		rc;
};

static LIST_HEAD(dm_dax_holds);
static DEFINE_MUTEX(dm_dax_lock);

static int dm_dax_fail(struct dax_device *dax_dev, u64 offset, u64 len,
		       int mf_flags, unsigned int hops);

static int dm_dax_notify_failure(struct dax_device *dax_dev, u64 offset,
				 u64 len, int mf_flags)
{
	return dm_dax_fail(dax_dev, offset, len, mf_flags, 0);
}

static const struct dax_holder_operations dm_dax_holder_ops = {
	.notify_failure		= dm_dax_notify_failure,
};

/* the first real answer counts, and an error counts more than success */
static int dm_dax_combine(int rc, int r)
{
	if (r == -EOPNOTSUPP || (rc && rc != -EOPNOTSUPP))
		return rc;
	return r;
}

static void dm_dax_tell(struct mapped_device *md, u64 offset, u64 len,
			struct dm_dax_failure *failure)
{
	int r;

	/* not through the dax device, so that we can count */
	if (dax_holder(md->dax_dev) == &dm_dax_holds)
		r = dm_dax_fail(md->dax_dev, offset, len, failure->mf_flags,
				failure->hops + 1);
	else
		r = dax_holder_notify_failure(md->dax_dev, offset, len,
					      failure->mf_flags);
	failure->rc = dm_dax_combine(failure->rc, r);
}

/* the lower device that goes with a dax device, with a reference, or NULL */
static struct block_device *dm_dax_bdev(struct mapped_device *md,
					struct dax_device *dax_dev)
{
	struct block_device *bdev = NULL;
	struct dm_dev_internal *dd;
	struct dm_table *t;
	int srcu_idx;

	t = dm_get_live_table(md, &srcu_idx);
	if (!t)
		goto put_table;
	list_for_each_entry(dd, dm_table_get_devices(t), list) {
		if (dd->dm_dev->dax_dev == dax_dev) {
			bdev = dd->dm_dev->bdev;
			get_device(&bdev->bd_device);
			break;
		}
	}
put_table:
	dm_put_live_table(md, srcu_idx);
	return bdev;
}

/*
 * Holders may have to read from the device, or freeze the filesystem on it, and would
 * wait for as long as it is suspended. It counts as that from the moment on at which
 * I/O is held back.
 */
static bool dm_dax_suspended(struct mapped_device *md)
{
	return test_bit(DMF_BLOCK_IO_FOR_SUSPEND, &md->flags) ||
	       dm_suspended_md(md) || dm_suspended_internally_md(md);
}

/* Tell the holder of a mapped device, window by window, what lies on a range. */
static void dm_dax_tell_windows(struct mapped_device *md,
				struct block_device *bdev, u64 pos, u64 len,
				struct dm_dax_failure *failure)
{
	struct dm_bad_window windows[DM_DAX_WINDOWS];
	struct dm_bad_set set = {
		.windows	= windows,
		.max		= DM_DAX_WINDOWS,
	};
	u64 from = 0, gap = 0;
	unsigned int i;

	/* holders freeze and thaw themselves for each: one range for each target */
	if (failure->mf_flags & MF_MEM_PRE_REMOVE)
		gap = U64_MAX;

	do {
		if (!dm_bad_next_windows(md, bdev, pos, len, from, gap, &set))
			return;
		for (i = 0; i < set.nr; i++) {
			/* without a place there is nobody to ask */
			if (windows[i].guess)
				continue;
			if (dm_dax_suspended(md))
				return;
			dm_dax_tell(md, windows[i].pos,
				    windows[i].end - windows[i].pos, failure);
		}
		from = set.limit;
		cond_resched();
	} while (from != U64_MAX && !fatal_signal_pending(current));
}

static int dm_dax_fail_md(struct mapped_device *md, struct dax_device *dax_dev,
			  u64 offset, u64 len, int mf_flags, unsigned int hops)
{
	struct dm_dax_failure failure = {
		.mf_flags	= mf_flags,
		.hops		= hops,
		.rc		= -EOPNOTSUPP,
	};
	struct block_device *bdev;
	u64 size;

	if (!md->dax_dev || dm_dax_suspended(md))
		return -EOPNOTSUPP;
	bdev = dm_dax_bdev(md, dax_dev);
	if (!bdev)
		return -EOPNOTSUPP;

	size = bdev_nr_bytes(bdev);
	if (offset < size)
		dm_dax_tell_windows(md, bdev, offset, min(len, size - offset),
				    &failure);

	put_device(&bdev->bd_device);
	return failure.rc;
}

static int dm_dax_fail(struct dax_device *dax_dev, u64 offset, u64 len,
		       int mf_flags, unsigned int hops)
{
	struct mapped_device *md;
	int rc = -EOPNOTSUPP;
	int minor;

	if (hops > BDEV_BAD_MAX_HOPS) {
		DMWARN_LIMIT("stacked too high, memory failure not passed on");
		return -EOPNOTSUPP;
	}

	for (minor = 0; (md = dm_get_next_md(&minor)); minor++) {
		rc = dm_dax_combine(rc, dm_dax_fail_md(md, dax_dev, offset, len,
						       mf_flags, hops));
		dm_put(md);
	}
	return rc;
}

static struct dm_dax_hold *dm_dax_find_hold(struct dax_device *dax_dev)
{
	struct dm_dax_hold *hold;

	lockdep_assert_held(&dm_dax_lock);

	list_for_each_entry(hold, &dm_dax_holds, list)
		if (hold->dax_dev == dax_dev)
			return hold;
	return NULL;
}

/* Become the holder of a dax device that dm has a reference on. */
static bool dm_dax_hold(struct block_device *bdev, struct dax_device *dax_dev,
			struct dm_dax_hold *hold)
{
	u64 off;

	lockdep_assert_held(&dm_dax_lock);

	if (!hold) {
		DMWARN("%pg: no memory to listen for memory failures", bdev);
		return false;
	}
	if (!fs_dax_get_by_bdev(bdev, &off, &dm_dax_holds,
				&dm_dax_holder_ops)) {
		DMWARN("%pg: another holder listens for memory failures", bdev);
		return false;
	}
	/* one reference is enough, the one that goes with being the holder */
	put_dax(dax_dev);
	hold->dax_dev = dax_dev;
	hold->users = 1;
	list_add(&hold->list, &dm_dax_holds);
	return true;
}

/**
 * dm_dax_get - get the dax device of a lower device
 * @bdev: the lower device, which dm has claimed
 *
 * If @bdev is a whole disk, dm becomes the holder of the dax device, so that
 * mapped devices hear of memory failures.
 *
 * Context: Process context, may sleep.
 * Return: the dax device, to be given back with dm_dax_put(), or NULL if there is
 * none.
 */
struct dax_device *dm_dax_get(struct block_device *bdev)
{
	struct dm_dax_hold *hold, *new;
	struct dax_device *dax_dev;
	u64 off;

	dax_dev = fs_dax_get_by_bdev(bdev, &off, NULL, NULL);
	if (!dax_dev || bdev_is_partition(bdev))
		return dax_dev;

	/* not under the lock, which every device that is given back needs */
	new = kzalloc_obj(*new);
	scoped_guard(mutex, &dm_dax_lock) {
		hold = dm_dax_find_hold(dax_dev);
		if (hold)
			hold->users++;
		else if (dm_dax_hold(bdev, dax_dev, new))
			new = NULL;
	}
	kfree(new);
	return dax_dev;
}

/**
 * dm_dax_put - give back what dm_dax_get() returned
 * @dax_dev: the dax device, or NULL
 *
 * To be called while dm still claims the lower device, so that whoever claims it
 * next finds the dax device without a holder.
 *
 * Context: Process context, may sleep.
 */
void dm_dax_put(struct dax_device *dax_dev)
{
	struct dm_dax_hold *hold;

	if (!dax_dev)
		return;

	guard(mutex)(&dm_dax_lock);

	hold = dm_dax_find_hold(dax_dev);
	if (!hold || --hold->users) {
		put_dax(dax_dev);
		return;
	}
	list_del(&hold->list);
	kfree(hold);
	fs_put_dax(dax_dev, &dm_dax_holds);
}
