// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad ranges of what bcache devices are made of: the way up.
 *
 * bcache is the holder of its caches and backing devices. When what is bad in a window of
 * a backing device may have changed, so it has in the same window of the disk above. A
 * window of a cache may be anywhere: all of each disk that it caches.
 *
 * A cache set that fails, because its device is gone or had too many errors, takes its
 * btree along, and a device with dirty data is stopped, so that nobody could say any
 * more which bytes are lost. So for such a device the map is kept for two seconds. Who
 * hears of the failure asks in that time. After that, only that there was a loss is known.
 *
 * LOCKING
 *
 * bch_bad_lock protects the list of disks, and what is in their struct bch_bad_disk. It is
 * taken from wherever a cache set can fail, interrupts included, and what is taken under
 * it is that of bdev_bad_changed_above(), a leaf. bch_register_lock is not needed: it is held
 * over I/O, and while a disk is deleted, which waits for questions.
 *
 * LIFETIME
 *
 * A disk is in the list from when it is allocated until it is put. What keeps the map is a
 * reference on the cache set and one on the closure of the device, without which
 * neither is freed.
 */
#include "bcache.h"

#include <linux/blkdev.h>
#include <linux/spinlock.h>

/* how long the map of a cache that failed is kept */
#define BCH_BAD_KEEP	(2 * HZ)

static DEFINE_SPINLOCK(bch_bad_lock);
static LIST_HEAD(bch_bad_disks);

static void bch_bad_changed(struct bch_bad_disk *bad, struct bdev_bad_window win)
{
	u64 size = (u64)get_capacity(bad->disk) << SECTOR_SHIFT;
	u64 end = win.pos + win.len;

	lockdep_assert_held(&bch_bad_lock);

	end = min(end < win.pos ? U64_MAX : end, size);
	if (win.pos >= end)
		return;
	win.len = end - win.pos;
	/* an error is that it is stacked too high, which has been said */
	(void)bdev_bad_changed_above(bad->disk->part0, &win);
}

static void bch_bad_all_changed(struct bch_bad_disk *bad, unsigned int why,
				unsigned int hops)
{
	bch_bad_changed(bad, (struct bdev_bad_window) {
		.len	= U64_MAX,
		.why	= why,
		.hops	= hops,
	});
}

/* From a window of the backing device to one of the disk. */
static void bch_bad_backing_changed(struct bch_bad_disk *bad,
				    struct bdev_bad_window win)
{
	u64 end = win.pos + win.len;

	if (end < win.pos)
		end = U64_MAX;
	/* the superblock, on which the whole disk depends */
	if (win.pos < bad->start) {
		bch_bad_all_changed(bad, win.why, win.hops);
		return;
	}
	win.pos -= bad->start;
	win.len = end - bad->start - win.pos;
	bch_bad_changed(bad, win);
}

static void bch_bad_below_changed(struct block_device *bdev,
				  const struct bdev_bad_window *win)
	__releases(&bdev->bd_holder_lock)
{
	struct bdev_bad_window above = *win;
	struct bch_bad_disk *bad;

	/* whoever reports keeps the block device */
	mutex_unlock(&bdev->bd_holder_lock);

	above.hops++;
	guard(spinlock_irqsave)(&bch_bad_lock);
	list_for_each_entry(bad, &bch_bad_disks, node) {
		if (bad->backing == bdev)
			bch_bad_backing_changed(bad, above);
		else if (bad->cache == bdev)
			bch_bad_all_changed(bad, above.why, above.hops);
	}
}

const struct blk_holder_ops bch_holder_ops = {
	.bad_changed	= bch_bad_below_changed,
};

static void bch_bad_keep_end(struct work_struct *work)
{
	struct cached_dev *dc = container_of(to_delayed_work(work),
					     struct cached_dev, disk.bad.keep);

	cached_dev_put(dc);
	closure_put(&dc->disk.cl);
}

/**
 * bch_bad_init - a bcache device has a disk from now on
 * @bad: of the device
 * @disk: the disk
 * @backing: its backing device, NULL if it has none
 * @start: sector of that which is its first one
 *
 * Context: Process context.
 */
void bch_bad_init(struct bch_bad_disk *bad, struct gendisk *disk,
		  struct block_device *backing, sector_t start)
{
	INIT_DELAYED_WORK(&bad->keep, bch_bad_keep_end);
	bad->disk = disk;
	bad->backing = backing;
	bad->start = (u64)start << SECTOR_SHIFT;
	guard(spinlock_irqsave)(&bch_bad_lock);
	list_add_tail(&bad->node, &bch_bad_disks);
}

/**
 * bch_bad_exit - a bcache device is about to put its disk
 * @bad: of the device; does nothing if it never had one
 *
 * Context: Process context.
 */
void bch_bad_exit(struct bch_bad_disk *bad)
{
	if (!bad->disk)
		return;
	guard(spinlock_irqsave)(&bch_bad_lock);
	list_del(&bad->node);
	bad->disk = NULL;
}

/**
 * bch_bad_set_cache - a bcache device has a cache from now on, or has it no more
 * @bad: of the device
 * @cache: the cache, or NULL
 *
 * Context: Process context.
 */
void bch_bad_set_cache(struct bch_bad_disk *bad, struct block_device *cache)
{
	guard(spinlock_irqsave)(&bch_bad_lock);
	bad->cache = cache;
}

/**
 * bch_bad_remapped - the bytes of a bcache device have other places now
 * @bad: of the device
 *
 * Context: Process context.
 */
void bch_bad_remapped(struct bch_bad_disk *bad)
{
	guard(spinlock_irqsave)(&bch_bad_lock);
	if (bad->disk)
		bch_bad_all_changed(bad, BDEV_WHY_REMAPPED, 0);
}

/**
 * bch_bad_set_failed - a cache set is given up
 * @c: the cache set, on which CACHE_SET_IO_DISABLE is set
 *
 * Context: Any.
 */
void bch_bad_set_failed(struct cache_set *c)
{
	struct bch_bad_disk *bad;

	if (!c->cache)
		return;
	guard(spinlock_irqsave)(&bch_bad_lock);
	list_for_each_entry(bad, &bch_bad_disks, node)
		if (bad->cache == c->cache->bdev)
			/* the cache below is gone, and not the disk: that can still be asked */
			bch_bad_all_changed(bad, BDEV_WHY_REMOVED, 1);
}

/**
 * bch_bad_keep - keep the map of a device with dirty data whose cache has failed
 * @dc: the device, which is attached, and about to be detached and stopped
 *
 * Context: Process context, with bch_register_lock: without that a device that is closed
 * does not get further than to begin with it.
 */
void bch_bad_keep(struct cached_dev *dc)
{
	lockdep_assert_held(&bch_register_lock);

	if (!atomic_read(&dc->has_dirty))
		return;
	dc->disk.bad.lost = true;
	if (test_bit(BCACHE_DEV_CLOSING, &dc->disk.flags) || !cached_dev_get(dc))
		return;
	closure_get(&dc->disk.cl);
	schedule_delayed_work(&dc->disk.bad.keep, BCH_BAD_KEEP);
}
