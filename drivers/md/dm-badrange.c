// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad ranges of the devices below device-mapper.
 *
 * Edge: dm is the holder of its lower devices. When a range of one of them goes
 * bad, or becomes good again, every mapped device whose live table uses it is
 * told of the ranges of itself that lie there, and passes them on to its own
 * holder. All mapped devices claim with the same pointer, so one lower device
 * may have many users (LVM: many volumes on one physical volume), and one user
 * may have it in many targets.
 *
 * Level: what is bad on a mapped device now is what is bad now on its lower
 * devices, mapped through the live table, and all of its error targets: such a
 * target stands for a device that is gone.
 *
 * While a mapped device is suspended, what it is made of may change, and so may what
 * its lower devices are made of: somebody rebuilds a stack, one device after the
 * other. What is true of it half-way is of no meaning, and some of it looks like
 * disaster: at the end of pvmove an error target takes the place of the mirror, a
 * moment before the volume above stops using it. So what is reported from below
 * meanwhile is dropped, the level is what it was when the device was suspended, and
 * when it is resumed the difference between then and now is told like any other
 * change. That is how an error target that replaces a device becomes removed ranges,
 * and a volume that was moved away from bad sectors becomes good.
 *
 * LOCKING
 *
 * dm_bad_range() is called with bd_holder_lock of the lower device and releases
 * it at once. Nothing but a reference on the mapped device is held when its holder
 * is told: that takes s_umount and reads from the filesystem, which may be on this
 * very device. While it is suspended, such a read waits until it is resumed, and
 * so does the report. Resuming does not wait for reports: dm_resume() lets the
 * I/O go on before it thaws the filesystem, which needs s_umount.
 *
 * For the same reason the ioctl that resumes must not report what has changed. LVM
 * resumes a tree of devices one by one; a report from inside would wait for a device
 * further up that is resumed by the next ioctl. The ioctl finds out the difference,
 * after it has resumed the device and with no lock held, and a work item of the mapped
 * device tells it. There is one such item for each mapped device, which keeps its
 * changes in order, and keeps a device that is suspended for long from holding up the
 * others.
 *
 * A lower device is asked with no table held, because it may be a mapped device
 * itself. If the table has been swapped when the answers are there, all is done
 * again.
 *
 * What is bad when a device is suspended is found out under its suspend_lock, before
 * it counts as suspended, so that nothing is dropped that is not in the difference.
 * Suspending it does I/O under that lock, so asking the lower devices is nothing new.
 *
 * md->bad_lock protects md->bad_edges and md->bad_before. Nothing is taken under it.
 *
 * A report that arrives while the device is being suspended may be told by both, once
 * by itself and once in the difference. It is never told by neither, because a lower
 * device knows of a change before it reports it.
 *
 * LIFETIME
 *
 * Mapped devices are found under _minor_lock and kept with dm_get(), for which
 * dm_destroy() waits; a mapped device that nobody has open any more tells nobody,
 * so this wait is short. What waits to be told keeps a reference as well, and
 * dm_bad_cleanup_md() waits for the work item to return. A question, too, keeps
 * the mapped device: it has a reference on the queue, for which del_gendisk()
 * waits. Lower devices are kept, not open, but in memory, by a reference on their
 * struct device; one that has gone meanwhile answers that all of it is gone.
 */
#include "dm-core.h"
#include "dm-badrange.h"

#include <linux/blkdev.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#define DM_MSG_PREFIX "badrange"

/* how often the table may change while the lower devices are being asked */
#define DM_BAD_ASK_RETRIES	16

/**
 * struct dm_bad_dev - a lower device and what is bad of it
 * @bdev: the device, with a reference on its struct device
 * @list: what it answered
 */
struct dm_bad_dev {
	struct block_device	*bdev;
	struct bdev_bad_list	list;
};

/**
 * struct dm_bad_devs - the lower devices of a table
 * @generation: which table that was
 * @nr: how many devices it has
 * @dev: the devices
 */
struct dm_bad_devs {
	u64			generation;
	unsigned int		nr;
	struct dm_bad_dev	dev[] __counted_by(nr);
};

/**
 * struct dm_bad_before - what was bad when a mapped device was suspended
 * @ref: one of the mapped device, and one of each who looks at it
 * @error: 0, or why it is not known
 * @list: the ranges, in bytes of the mapped device
 */
struct dm_bad_before {
	refcount_t		ref;
	int			error;
	struct bdev_bad_list	list;
};

/**
 * struct dm_bad_edges - what became bad, or good, while a device was suspended
 * @list: in md->bad_edges
 * @ranges: the ranges, in bytes of the mapped device
 */
struct dm_bad_edges {
	struct list_head	list;
	struct bdev_bad_list	ranges;
};

static void dm_bad_forward(struct mapped_device *md,
			   const struct bdev_bad_range *range, void *data)
{
	struct block_device *bdev = md->disk->part0;
	struct bdev_bad_range clipped = *range;
	u64 size = bdev_nr_bytes(bdev);
	int error;

	/* it may have become shorter since then, or be on its way out */
	if (clipped.pos >= size)
		return;
	clipped.len = min(clipped.len, size - clipped.pos);
	if (!clipped.layer)
		clipped.origin_len = clipped.len;

	error = bdev_forward_bad_range(bdev, &clipped);
	if (error)
		DMWARN_LIMIT("%s: bad range at byte %llu, length %llu, could not be reported: %d",
			     dm_device_name(md), clipped.pos, clipped.len,
			     error);
}

static void dm_bad_range(struct block_device *bdev,
			 const struct bdev_bad_range *range)
	__releases(&bdev->bd_holder_lock)
{
	struct mapped_device *md;
	int minor;

	/* whoever reports keeps the block device */
	mutex_unlock(&bdev->bd_holder_lock);

	for (minor = 0; (md = dm_get_next_md(&minor)); minor++) {
		/* dm_bad_resumed() finds out whether it matters */
		if (!dm_suspended_md(md))
			dm_bad_for_each(md, bdev, range, dm_bad_forward, NULL);
		dm_put(md);
	}
}

const struct blk_holder_ops dm_holder_ops = {
	.bad_range	= dm_bad_range,
};

static struct dm_bad_devs *dm_bad_get_devs(struct dm_table *t)
{
	struct list_head *devices = dm_table_get_devices(t);
	struct dm_dev_internal *dd;
	struct dm_bad_devs *devs;
	unsigned int nr = list_count_nodes(devices);

	devs = kvzalloc_flex(*devs, dev, nr, GFP_NOIO);
	if (!devs)
		return NULL;
	devs->generation = t->generation;
	devs->nr = nr;

	nr = 0;
	list_for_each_entry(dd, devices, list) {
		struct block_device *bdev = dd->dm_dev->bdev;

		get_device(&bdev->bd_device);
		devs->dev[nr++].bdev = bdev;
	}
	return devs;
}

static void dm_bad_put_devs(struct dm_bad_devs *devs)
{
	unsigned int i;

	for (i = 0; i < devs->nr; i++) {
		bdev_bad_list_free(&devs->dev[i].list);
		put_device(&devs->dev[i].bdev->bd_device);
	}
	kvfree(devs);
}

static int dm_bad_ask_devs(struct dm_bad_devs *devs, unsigned int hops)
{
	unsigned int i;
	int error = 0;

	for (i = 0; i < devs->nr && !error; i++) {
		struct dm_bad_dev *dev = &devs->dev[i];

		dev->list.hops = hops;
		/* one that is gone does not know how long it was */
		error = bdev_get_bad_ranges(dev->bdev, 0, S64_MAX, &dev->list);
	}
	return error;
}

/* All that is mapped to an error target is gone, and where it was is not known. */
static int dm_bad_add_gone(struct dm_table *t, struct bdev_bad_list *list)
{
	unsigned int i;
	int error = 0;

	for (i = 0; i < t->num_targets && !error; i++) {
		struct dm_target *ti = dm_table_get_target(t, i);
		struct bdev_bad_range gone = {
			.pos		= (u64)ti->begin << SECTOR_SHIFT,
			.len		= (u64)ti->len << SECTOR_SHIFT,
			.cause		= BDEV_BAD_REMOVED,
			.origin_dev	= disk_devt(t->md->disk),
			.origin_pos	= (u64)ti->begin << SECTOR_SHIFT,
			.origin_len	= (u64)ti->len << SECTOR_SHIFT,
		};

		if (dm_target_is_wildcard(ti->type))
			error = bdev_bad_list_add(list, &gone);
	}
	return error;
}

static int dm_bad_map_devs(struct dm_table *t, struct dm_bad_devs *devs,
			   struct bdev_bad_list *list)
{
	unsigned int i, j;
	int error;

	for (i = 0; i < devs->nr; i++) {
		struct dm_bad_dev *dev = &devs->dev[i];

		for (j = 0; j < dev->list.nr; j++) {
			error = dm_table_map_bad(t, dev->bdev,
						 &dev->list.ranges[j],
						 UINT_MAX, list);
			if (error)
				return error;
		}
	}
	return dm_bad_add_gone(t, list);
}

/* -EAGAIN if the table was swapped meanwhile */
static int dm_try_bad_ranges(struct mapped_device *md,
			     struct bdev_bad_list *list)
{
	struct dm_bad_devs *devs;
	struct dm_table *t;
	int srcu_idx, error;

	t = dm_get_live_table(md, &srcu_idx);
	devs = t ? dm_bad_get_devs(t) : NULL;
	dm_put_live_table(md, srcu_idx);
	if (!t)
		return 0;
	if (!devs)
		return -ENOMEM;

	error = dm_bad_ask_devs(devs, list->hops + 1);
	if (error)
		goto put_devs;

	t = dm_get_live_table(md, &srcu_idx);
	error = t && t->generation == devs->generation ?
		dm_bad_map_devs(t, devs, list) : -EAGAIN;
	dm_put_live_table(md, srcu_idx);
put_devs:
	dm_bad_put_devs(devs);
	return error;
}

static int dm_live_bad_ranges(struct mapped_device *md,
			      struct bdev_bad_list *list)
{
	unsigned int from = list->nr, tries = 0;
	int error;

	do {
		list->nr = from;
		error = dm_try_bad_ranges(md, list);
	} while (error == -EAGAIN && ++tries < DM_BAD_ASK_RETRIES);

	return error;
}

static struct dm_bad_before *dm_bad_get_before(struct mapped_device *md)
{
	struct dm_bad_before *before;

	guard(spinlock)(&md->bad_lock);
	before = md->bad_before;
	if (before)
		refcount_inc(&before->ref);
	return before;
}

static void dm_bad_put_before(struct dm_bad_before *before)
{
	if (!before || !refcount_dec_and_test(&before->ref))
		return;
	bdev_bad_list_free(&before->list);
	kfree(before);
}

/* The reference of the mapped device goes with what it had before. */
static struct dm_bad_before *dm_bad_swap_before(struct mapped_device *md,
						struct dm_bad_before *before)
{
	guard(spinlock)(&md->bad_lock);
	swap(md->bad_before, before);
	return before;
}

static int dm_bad_add_before(const struct dm_bad_before *before,
			     struct bdev_bad_list *list)
{
	int error = before->error;
	unsigned int i;

	for (i = 0; i < before->list.nr && !error; i++)
		error = bdev_bad_list_add(list, &before->list.ranges[i]);
	return error;
}

/**
 * dm_blk_bad_ranges - add what is bad now on a mapped device to a list
 * @disk: disk of the mapped device
 * @pos: first byte that is asked for; the caller cuts off what is outside
 * @len: length in bytes
 * @list: to which the ranges are added
 *
 * For block_device_operations.bad_ranges. Of a device that is suspended it is what was
 * bad when that began.
 *
 * Context: Process context, may sleep; does not start I/O to @disk. The caller
 * holds a reference on the queue of the disk.
 * Return: 0, -ENOMEM, -EAGAIN if the table was swapped over and over again
 * meanwhile, -ELOOP if the device is among its own lower devices, or an error of
 * a lower device; @list may have grown then.
 */
int dm_blk_bad_ranges(struct gendisk *disk, u64 pos, u64 len,
		      struct bdev_bad_list *list)
{
	struct mapped_device *md = READ_ONCE(disk->private_data);
	struct dm_bad_before *before = NULL;
	int error;

	/* being destroyed, so that nobody above can lose anything any more */
	if (!md)
		return 0;
	if (dm_suspended_md(md))
		before = dm_bad_get_before(md);
	error = before ? dm_bad_add_before(before, list) :
			 dm_live_bad_ranges(md, list);
	dm_bad_put_before(before);
	return error;
}

static struct dm_bad_edges *dm_bad_pop_edges(struct mapped_device *md)
{
	struct dm_bad_edges *edges;

	guard(spinlock)(&md->bad_lock);
	edges = list_first_entry_or_null(&md->bad_edges, struct dm_bad_edges,
					 list);
	if (edges)
		list_del(&edges->list);
	return edges;
}

static void dm_bad_free_edges(struct dm_bad_edges *edges)
{
	bdev_bad_list_free(&edges->ranges);
	kfree(edges);
}

static void dm_bad_work(struct work_struct *work)
{
	struct mapped_device *md = container_of(work, struct mapped_device,
						bad_work);
	struct dm_bad_edges *edges;
	unsigned int i;

	while ((edges = dm_bad_pop_edges(md))) {
		for (i = 0; i < edges->ranges.nr; i++)
			dm_bad_forward(md, &edges->ranges.ranges[i], NULL);
		dm_bad_free_edges(edges);
		/* dm_bad_cleanup_md() waits until this function has returned */
		dm_put(md);
	}
}

/**
 * dm_bad_init_md - set up what a mapped device has to tell
 * @md: the mapped device
 *
 * Context: Process context, before anybody knows @md.
 */
void dm_bad_init_md(struct mapped_device *md)
{
	spin_lock_init(&md->bad_lock);
	INIT_LIST_HEAD(&md->bad_edges);
	INIT_WORK(&md->bad_work, dm_bad_work);
}

/**
 * dm_bad_cleanup_md - forget what a mapped device has to tell
 * @md: the mapped device; nobody can find it any more
 *
 * Context: Process context, may sleep until the work item has returned.
 */
void dm_bad_cleanup_md(struct mapped_device *md)
{
	struct dm_bad_edges *edges;

	cancel_work_sync(&md->bad_work);
	dm_bad_put_before(dm_bad_swap_before(md, NULL));
	/* there are some only if the device was destroyed while it was in use */
	while ((edges = dm_bad_pop_edges(md)))
		dm_bad_free_edges(edges);
}

/**
 * dm_bad_suspending - remember what is bad on a device that is about to be suspended
 * @md: the mapped device
 *
 * Context: Process context, may sleep, under suspend_lock. The device does not count as
 * suspended yet.
 */
void dm_bad_suspending(struct mapped_device *md)
{
	struct dm_bad_before *before = NULL;

	lockdep_assert_held(&md->suspend_lock);

	/* whoever opens it later has nothing to compare with */
	if (!dm_open_count(md))
		goto swap_before;
	before = kzalloc_obj(*before, GFP_NOIO);
	if (!before) {
		DMWARN("%s: no memory to remember what is bad before it is suspended",
		       dm_device_name(md));
		goto swap_before;
	}
	refcount_set(&before->ref, 1);
	before->error = dm_live_bad_ranges(md, &before->list);
swap_before:
	/* there may be one of an attempt to suspend it that failed */
	dm_bad_put_before(dm_bad_swap_before(md, before));
}

static int dm_bad_compare(struct mapped_device *md,
			  const struct dm_bad_before *before,
			  struct bdev_bad_list *edges)
{
	struct bdev_bad_list after = { };
	int error = before->error;

	if (error)
		return error;
	error = dm_live_bad_ranges(md, &after);
	if (!error && (before->list.nr || after.nr))
		error = dm_bad_diff(&before->list, &after, edges);
	bdev_bad_list_free(&after);
	return error;
}

/**
 * dm_bad_resumed - have told what became bad, or good, while a device was suspended
 * @md: the mapped device, with a reference; has been resumed, or never was suspended
 *
 * Context: Process context, may sleep, but does not wait for what is reported.
 * May be called while other mapped devices are suspended, so no I/O is started
 * nor waited for. suspend_lock must not be held.
 */
void dm_bad_resumed(struct mapped_device *md)
{
	struct dm_bad_before *before = dm_bad_swap_before(md, NULL);
	struct dm_bad_edges *edges;
	int error = -ENOMEM;

	/* nobody had it open */
	if (!before)
		return;

	edges = kzalloc_obj(*edges, GFP_NOIO);
	if (!edges)
		goto put_before;
	error = dm_bad_compare(md, before, &edges->ranges);
	if (error)
		goto free_edges;
	/* a device that is being destroyed has nobody to tell */
	if (!edges->ranges.nr || dm_hold(md))
		goto free_edges;

	scoped_guard(spinlock, &md->bad_lock)
		list_add_tail(&edges->list, &md->bad_edges);
	queue_work(system_dfl_long_wq, &md->bad_work);
	dm_bad_put_before(before);
	return;

free_edges:
	dm_bad_free_edges(edges);
put_before:
	dm_bad_put_before(before);
	if (error)
		DMWARN("%s: cannot tell what became bad while it was suspended, error %d",
		       dm_device_name(md), error);
}
