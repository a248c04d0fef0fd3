// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad ranges of the devices below device-mapper: the way up.
 *
 * dm is the holder of its lower devices. When what is bad in a window of one of them
 * may have changed, every mapped device whose live table uses it is told the
 * windows of itself that may lie there, and passes them on to its own holder.
 * Nobody says what is bad: whoever is at the top asks, see dm-bad-ask.c. So a window
 * may be larger than what changed, and one that is told twice costs a question.
 *
 * All mapped devices claim with the same pointer: one lower device may have many
 * users (LVM: many volumes on one physical volume), and one user may have it in
 * many targets. So windows are gathered by lower device, and one work item goes
 * through all mapped devices once for all that has been gathered. What is
 * gathered is bounded: a few windows for each lower device, then their hull; and
 * if there are too many devices, or there is no memory, it is all of all of them.
 *
 * While a mapped device is suspended its table may change, and so may what its
 * lower devices are made of: somebody rebuilds a stack, one device after the other.
 * Windows go up all the same. Whoever asks is answered -EBUSY, keeps what it
 * knows, and is told of a window that is all of the device when it is resumed. That
 * window is sent after the device has ceased to count as suspended, so that the
 * question that it leads to is answered. No other is needed, neither for an error
 * target that replaces a device nor for a volume that was moved away from bad sectors.
 *
 * LOCKING
 *
 * dm_bad_changed() is called with bd_holder_lock of the lower device and releases
 * it at once. dm_bad_lock protects the batch that is being gathered; memory is
 * allocated under it, without I/O, and nothing else is taken. The other batch belongs
 * to the work item. The live table is held while its targets are asked, and not
 * while the device above is told, though that does not sleep for long either.
 * bdev_bad_changed() may be called from any context, so dm_bad_resumed() is, under
 * suspend_lock.
 *
 * LIFETIME
 *
 * Mapped devices are found under _minor_lock and kept with dm_get(), for which
 * dm_destroy() waits; it is held for one look at the table. Lower devices are
 * kept, not open, but in memory, by a reference on their struct device. They are
 * only compared, and a table that still uses one keeps it open.
 */
#include "dm-core.h"
#include "dm-bad-math.h"
#include "dm-badrange.h"

#include <linux/blkdev.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#define DM_MSG_PREFIX "badrange"

/* lower devices that are gathered before it is all of them */
#define DM_BAD_MAX_PENDING	4096

/**
 * struct dm_bad_pending - what may have changed of a lower device
 * @bdev: the device, with a reference on its struct device
 * @nr: how many windows there are
 * @wins: the windows
 * @scan: number of the last scan in which a target named the device
 * @ti: the last target of that scan that was asked for its windows
 */
struct dm_bad_pending {
	struct block_device	*bdev;
	unsigned int		nr;
	struct bdev_bad_window	wins[DM_BAD_WINDOWS];
	u64			scan;
	struct dm_target	*ti;
};

/**
 * struct dm_bad_batch - what has been gathered
 * @pending: struct dm_bad_pending, by the address of the block device
 * @nr: how many there are
 * @all: what has changed of lower devices for which there was no room; its length
 *	is 0 if there are none
 * @held: there is something, and removals wait for it to be passed on
 */
struct dm_bad_batch {
	struct xarray		pending;
	unsigned int		nr;
	struct bdev_bad_window	all;
	bool			held;
};

/**
 * struct dm_bad_scan - a mapped device that is looked at
 * @batch: for what
 * @number: no other scan has it
 * @nr: how many of its windows have been found
 * @wins: these
 */
struct dm_bad_scan {
	struct dm_bad_batch	*batch;
	u64			number;
	unsigned int		nr;
	struct bdev_bad_window	wins[DM_BAD_WINDOWS];
};

static struct dm_bad_batch dm_bad_batches[2] = {
	{ .pending = XARRAY_INIT(dm_bad_batches[0].pending, 0) },
	{ .pending = XARRAY_INIT(dm_bad_batches[1].pending, 0) },
};

static struct dm_bad_batch *dm_bad_gathering = &dm_bad_batches[0];
static DEFINE_MUTEX(dm_bad_lock);

static void dm_bad_scan_all(struct work_struct *work);
static DECLARE_WORK(dm_bad_work, dm_bad_scan_all);

static void dm_bad_join(struct bdev_bad_window *win,
			const struct bdev_bad_window *other)
{
	u64 end = max(win->pos + win->len, other->pos + other->len);

	win->pos = min(win->pos, other->pos);
	win->len = end - win->pos;
	win->why |= other->why;
	/* a circle of tables comes to rest when nothing new comes in from outside */
	win->hops = min(win->hops, other->hops);
}

/**
 * dm_bad_merge_window - add a window to the few that are kept
 * @wins: room for %DM_BAD_WINDOWS windows
 * @nr: how many there are
 * @win: the window
 *
 * If there is no room, the hull of all of them takes their place.
 *
 * Context: Any.
 */
void dm_bad_merge_window(struct bdev_bad_window *wins, unsigned int *nr,
			 const struct bdev_bad_window *win)
{
	unsigned int i;

	for (i = 0; i < *nr; i++) {
		if (win->pos <= wins[i].pos + wins[i].len &&
		    wins[i].pos <= win->pos + win->len) {
			dm_bad_join(&wins[i], win);
			return;
		}
	}
	if (*nr < DM_BAD_WINDOWS) {
		wins[(*nr)++] = *win;
		return;
	}
	while (--*nr)
		dm_bad_join(&wins[0], &wins[*nr]);
	dm_bad_join(&wins[0], win);
	*nr = 1;
}

static struct dm_bad_pending *dm_bad_get_pending(struct dm_bad_batch *batch,
						 struct block_device *bdev)
{
	unsigned long index = (unsigned long)bdev;
	struct dm_bad_pending *pending = xa_load(&batch->pending, index);

	lockdep_assert_held(&dm_bad_lock);

	if (pending || batch->nr == DM_BAD_MAX_PENDING)
		return pending;
	pending = kzalloc_obj(*pending, GFP_NOIO);
	if (!pending)
		return NULL;
	if (xa_err(xa_store(&batch->pending, index, pending, GFP_NOIO))) {
		kfree(pending);
		return NULL;
	}
	get_device(&bdev->bd_device);
	pending->bdev = bdev;
	batch->nr++;
	return pending;
}

static void dm_bad_changed(struct block_device *bdev,
			   const struct bdev_bad_window *win)
	__releases(&bdev->bd_holder_lock)
{
	struct dm_bad_pending *pending;

	/* whoever reports keeps the block device */
	mutex_unlock(&bdev->bd_holder_lock);

	scoped_guard(mutex, &dm_bad_lock) {
		if (!dm_bad_gathering->held)
			bdev_bad_hold();
		dm_bad_gathering->held = true;
		pending = dm_bad_get_pending(dm_bad_gathering, bdev);
		if (pending)
			dm_bad_merge_window(pending->wins, &pending->nr, win);
		else if (dm_bad_gathering->all.len)
			dm_bad_join(&dm_bad_gathering->all, win);
		else
			dm_bad_gathering->all = *win;
	}
	queue_work(system_dfl_wq, &dm_bad_work);
}

const struct blk_holder_ops dm_holder_ops = {
	.bad_changed	= dm_bad_changed,
};

static void dm_bad_found(struct dm_bad_scan *scan, u64 pos, u64 len,
			 const struct bdev_bad_window *below)
{
	struct bdev_bad_window win = {
		.pos	= pos,
		.len	= len,
		.why	= below->why,
		.hops	= below->hops + 1,
	};

	if (len)
		dm_bad_merge_window(scan->wins, &scan->nr, &win);
}

/* The hull of what a target has in a window below. */
static void dm_bad_scan_window(struct dm_bad_scan *scan, struct dm_target *ti,
			       struct block_device *bdev,
			       const struct bdev_bad_window *below)
{
	struct dm_bad_window hull;
	struct dm_bad_set set = {
		.windows	= &hull,
		.max		= 1,
		.budget		= UINT_MAX,
		.limit		= U64_MAX,
	};
	struct dm_bad_windows w = {
		.bdev	= bdev,
		.pos	= below->pos,
		.len	= below->len,
		.end	= dm_bad_target_len(ti),
		.gap	= U64_MAX,
		.set	= &set,
	};

	dm_bad_target_windows(ti, &w);
	if (set.nr)
		dm_bad_found(scan, hull.pos, hull.end - hull.pos, below);
}

static void dm_bad_scan_part(struct dm_target *ti, struct dm_bad_places *p,
			     struct block_device *bdev, u64 pos, u64 len,
			     const char *layer)
{
	struct dm_bad_scan *scan = p->data;
	struct dm_bad_pending *pending = xa_load(&scan->batch->pending,
						 (unsigned long)bdev);
	unsigned int i;

	if (!pending)
		return;
	if (pending->scan != scan->number)
		pending->ti = NULL;
	pending->scan = scan->number;
	/* fails all reads, whatever its device is like */
	if (dm_bad_target_fails(ti))
		return;
	/* one that is in many stripes is named many times */
	if (!layer && pending->ti == ti)
		return;
	if (!layer)
		pending->ti = ti;

	for (i = 0; i < pending->nr; i++) {
		const struct bdev_bad_window *below = &pending->wins[i];

		if (!layer)
			dm_bad_scan_window(scan, ti, bdev, below);
		else if (below->pos < pos + len && pos < below->pos + below->len &&
			 !(p->between &&
			   dm_bad_in_pieces(p->between, below->pos, below->len)))
			dm_bad_found(scan, dm_bad_target_pos(ti),
				     dm_bad_target_len(ti), below);
	}
}

/* Devices that no target owns up to may be anything to any of them. */
static void dm_bad_scan_rest(struct dm_bad_scan *scan, struct dm_table *t)
{
	u64 size = (u64)dm_table_get_size(t) << SECTOR_SHIFT;
	struct dm_dev_internal *dd;
	unsigned int i;

	list_for_each_entry(dd, dm_table_get_devices(t), list) {
		unsigned long index = (unsigned long)dd->dm_dev->bdev;
		struct dm_bad_pending *pending =
			xa_load(&scan->batch->pending, index);

		if (scan->batch->all.len)
			dm_bad_found(scan, 0, size, &scan->batch->all);
		if (!pending || pending->scan == scan->number)
			continue;
		for (i = 0; i < pending->nr; i++)
			dm_bad_found(scan, 0, size, &pending->wins[i]);
	}
}

static void dm_bad_scan_table(struct dm_bad_scan *scan, struct dm_table *t)
{
	unsigned int i;

	for (i = 0; i < t->num_targets; i++) {
		struct dm_target *ti = dm_table_get_target(t, i);
		struct dm_bad_places p = {
			.len		= dm_bad_target_len(ti),
			.hull_fn	= dm_bad_scan_part,
			.data		= scan,
		};

		dm_bad_target_hull(ti, &p);
		cond_resched();
	}
	dm_bad_scan_rest(scan, t);
}

static void dm_bad_scan_md(struct dm_bad_batch *batch, struct mapped_device *md)
{
	/* there is one work item, which does one scan after the other */
	static u64 number;
	struct dm_bad_scan scan = { .batch = batch, .number = ++number };
	struct block_device *bdev = md->disk->part0;
	struct dm_table *t;
	unsigned int i;
	int srcu_idx;

	t = dm_get_live_table(md, &srcu_idx);
	if (t)
		dm_bad_scan_table(&scan, t);
	dm_put_live_table(md, srcu_idx);

	for (i = 0; i < scan.nr; i++) {
		int error = bdev_bad_changed_above(bdev, &scan.wins[i]);

		if (error)
			DMWARN_LIMIT("%s: a change at byte %llu, length %llu, is not passed on: %d",
				     dm_device_name(md), scan.wins[i].pos,
				     scan.wins[i].len, error);
	}
}

static void dm_bad_empty(struct dm_bad_batch *batch)
{
	struct dm_bad_pending *pending;
	unsigned long index;

	xa_for_each(&batch->pending, index, pending) {
		put_device(&pending->bdev->bd_device);
		kfree(pending);
	}
	xa_destroy(&batch->pending);
	batch->nr = 0;
	batch->all = (struct bdev_bad_window) { };
	batch->held = false;
}

static void dm_bad_scan_all(struct work_struct *work)
{
	struct dm_bad_batch *batch;
	struct mapped_device *md;
	int minor;

	/* there is one work item: the other batch has been emptied */
	scoped_guard(mutex, &dm_bad_lock) {
		batch = dm_bad_gathering;
		dm_bad_gathering = &dm_bad_batches[batch == &dm_bad_batches[0]];
	}
	if (!batch->held)
		return;

	for (minor = 0; (md = dm_get_next_md(&minor)); minor++) {
		dm_bad_scan_md(batch, md);
		dm_put(md);
		cond_resched();
	}
	dm_bad_empty(batch);
	bdev_bad_release();
}

/**
 * dm_bad_resumed - say that anything may be bad of a device that was suspended
 * @md: the mapped device; does not count as suspended any more
 *
 * What was asked while it was suspended has been answered -EBUSY. If nobody has the
 * device open then nobody has asked, and whoever opens it from now on will find
 * it resumed.
 *
 * Context: Process context, under suspend_lock. Does not sleep.
 */
void dm_bad_resumed(struct mapped_device *md)
{
	sector_t size = get_capacity(md->disk);

	lockdep_assert_held(&md->suspend_lock);

	/* pairs with the opener, who is counted before it asks */
	smp_mb();
	if (!size || !dm_open_count(md))
		return;
	if (bdev_bad_changed(md->disk->part0, 0, (u64)size << SECTOR_SHIFT,
			     BDEV_WHY_REMAPPED))
		DMWARN("%s: cannot tell that its mapping has changed",
		       dm_device_name(md));
}

/**
 * dm_bad_target_changed - say that what is bad of a target may have changed
 * @ti: the target, of a table that may or may not be the live one
 * @why: enum bdev_bad_why
 *
 * For what a target does by itself and nobody below reports: a copy is given up, or
 * is complete again. If nobody has the device open then nobody has asked.
 *
 * Context: Any.
 */
void dm_bad_target_changed(struct dm_target *ti, unsigned int why)
{
	struct mapped_device *md = dm_table_get_md(ti->table);

	/* pairs with the opener, who is counted before it asks */
	smp_mb();
	if (!dm_open_count(md))
		return;
	/* 0, or the device has gone, and with it who could ask */
	(void)bdev_bad_changed(dm_disk(md)->part0, dm_bad_target_pos(ti),
			       dm_bad_target_len(ti), why);
}
EXPORT_SYMBOL_GPL(dm_bad_target_changed);

/**
 * dm_bad_exit - end the work item
 *
 * Context: Process context, when dm core is unloaded: it holds no device any more.
 */
void dm_bad_exit(void)
{
	flush_work(&dm_bad_work);
}
