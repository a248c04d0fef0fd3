// SPDX-License-Identifier: GPL-2.0-only
/*
 * The work item of a damage-get: what watchers were told, with the owners of this
 * moment, into a buffer.
 *
 * It reads told and never asks or changes it; only the stretches that a coarse range
 * stands for are asked for again, so that their owners can be told exactly. It stops
 * when the buffer is full and goes on where it was, by instance, device, position and
 * the resolver's cursor, when there is room.
 *
 * LOCKING
 *
 * fserror_dump.lock protects the buffer and is innermost. The filesystem is entered with
 * s_umount held shared, which is tried for and not waited for, by one dump at a time:
 * fserror_sb.reading is set as long. Neither is held while the dump waits for its
 * reader. A filesystem that cannot be had within a second is dumped without owners.
 *
 * LIFETIME
 *
 * Whoever closes the socket does not wait: the work has a reference of its own.
 */
#include <linux/blkdev.h>
#include <linux/cleanup.h>
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "dump.h"

#define FSERROR_DUMP_SLICE	(HZ / 20)
#define FSERROR_DUMP_SETTLE	(HZ / 10)
#define FSERROR_DUMP_TRIES	20
#define FSERROR_DUMP_STALLS	100

static struct workqueue_struct *fserror_dump_wq;

static bool fserror_dump_push(struct fserror_dump *dump,
			      enum fserror_dump_type type, u32 flags,
			      struct fserror_sb_info *info,
			      const struct fserror_record *record)
{
	struct fserror_dump_item *item;
	unsigned int nr;

	scoped_guard(spinlock, &dump->lock) {
		if (dump->nr == FSERROR_DUMP_ITEMS)
			return false;
		item = &dump->items[(dump->first + dump->nr) %
				    FSERROR_DUMP_ITEMS];
		item->type = type;
		item->flags = flags;
		item->info = info;
		if (record)
			item->record = *record;
		nr = ++dump->nr;
	}
	if (nr == FSERROR_DUMP_ITEMS / 2)
		wake_up_all(&dump->wait);
	return true;
}

static bool fserror_dump_push_told(struct fserror_dump *dump,
				   const struct fserror_told_range *told)
{
	struct fserror_record record;

	fserror_told_record(dump->fsb, dump->dev, told, &record);
	/* nobody was asked for owners */
	if (dump->ranges)
		record.flags |= FSERROR_RECORD_FLAG_UNRESOLVED;
	return fserror_dump_push(dump, FSERROR_DUMP_RECORD, 0, NULL, &record);
}

static int fserror_dump_resolved(struct fserror_resolve *resolve,
				 struct fserror_record *record,
				 struct inode *inode)
{
	struct fserror_dump *dump = container_of(resolve, struct fserror_dump,
						 resolve);

	return fserror_dump_push(dump, FSERROR_DUMP_RECORD, 0, NULL, record) ?
	       0 : -ENOBUFS;
}

static struct super_block *fserror_dump_lock(struct fserror_dump *dump)
{
	struct fserror_sb *fsb = dump->fsb;
	struct super_block *sb;
	unsigned int i;

	for (i = 0; i < FSERROR_DUMP_TRIES; i++) {
		if (READ_ONCE(dump->cancelled) || fserror_sb_is_gone(fsb) ||
		    READ_ONCE(dump->dev->no_io))
			return NULL;
		if (!atomic_cmpxchg(&fsb->reading, 0, 1)) {
			sb = fserror_sb_trylock(fsb);
			if (sb)
				return sb;
			atomic_set(&fsb->reading, 0);
		}
		msleep(50);
	}
	return NULL;
}

static void fserror_dump_unlock(struct fserror_dump *dump,
				struct super_block *sb)
{
	fserror_sb_unlock(sb);
	atomic_set(&dump->fsb->reading, 0);
}

/* The batch cannot be resolved: its ranges are told as they are. */
static bool fserror_dump_unresolved(struct fserror_dump *dump)
{
	struct fserror_resolve *resolve = &dump->resolve;
	unsigned int i;

	for (i = 0; i < resolve->nr; i++) {
		if (fserror_told_end(&resolve->told[i]) <= dump->pos)
			continue;
		resolve->told[i].flags |= FSERROR_TOLD_UNRESOLVED;
		if (!fserror_dump_push_told(dump, &resolve->told[i]))
			return false;
		/* by position, so that none is told twice when the buffer was full */
		dump->pos = fserror_told_end(&resolve->told[i]);
	}
	dump->resolving = false;
	dump->pos = dump->stop;
	return true;
}

/* Returns whether there is room for more. */
static bool fserror_dump_resolve(struct fserror_dump *dump)
{
	struct fserror_resolve *resolve = &dump->resolve;
	struct fserror_cursor cursor = resolve->sink.cursor;
	unsigned int pieces = resolve->nr_pieces;
	struct super_block *sb;
	int error;

	if (dump->end & FSERROR_END_BUSY)
		return fserror_dump_unresolved(dump);
	sb = fserror_dump_lock(dump);
	if (!sb) {
		dump->end |= FSERROR_END_BUSY;
		return fserror_dump_unresolved(dump);
	}
	if (!fserror_sb_can_resolve(sb)) {
		fserror_dump_unlock(dump, sb);
		return fserror_dump_unresolved(dump);
	}
	resolve->sb = sb;
	resolve->sink.deadline = jiffies + FSERROR_DUMP_SLICE;
	error = fserror_resolve(resolve);
	fserror_dump_unlock(dump, sb);

	switch (error) {
	case 0:
		dump->resolving = false;
		dump->pos = dump->stop;
		return true;
	case -ENOBUFS:
		dump->stalls = 0;
		return false;
	case -EAGAIN:
	case -EINTR:
		if (pieces != resolve->nr_pieces ||
		    memcmp(&cursor, &resolve->sink.cursor, sizeof(cursor))) {
			dump->stalls = 0;
			return true;
		}
		if (++dump->stalls < FSERROR_DUMP_STALLS) {
			msleep(20);
			return true;
		}
		break;
	}
	return fserror_dump_unresolved(dump);
}

static void fserror_dump_resolve_begin(struct fserror_dump *dump, u64 stop)
{
	struct fserror_resolve *resolve = &dump->resolve;

	resolve->fsb = dump->fsb;
	resolve->dev = dump->dev;
	resolve->flags = 0;
	resolve->put = fserror_dump_resolved;
	resolve->cancelled = &dump->cancelled;
	resolve->sink.news = false;
	fserror_resolve_begin(resolve);
	dump->stop = stop;
	dump->stalls = 0;
	dump->resolving = true;
}

/* A coarse range: ask what it stands for. Returns whether that is known. */
static bool fserror_dump_exact(struct fserror_dump *dump,
			       const struct fserror_told_range *told)
{
	u64 end = fserror_told_end(told);
	struct bdev_bad_list list = {
		.ranges = dump->ask, .max = FSERROR_RESOLVE_MAX,
	};
	unsigned int i;

	if (READ_ONCE(dump->dev->no_io) ||
	    bdev_bad_ranges(dump->dev->bdev, dump->pos, end - dump->pos,
			    &list) ||
	    list.next <= dump->pos)
		return false;

	dump->resolve.nr = 0;
	for (i = 0; i < list.nr; i++) {
		struct fserror_told_range *to =
				&dump->resolve.told[dump->resolve.nr];

		*to = *told;
		to->range = list.ranges[i];
		to->range.cause = told->range.cause;
		to->flags &= ~FSERROR_TOLD_PARTIAL;
		if (!(list.ranges[i].flags &
		      (BDEV_BAD_UNKNOWN | BDEV_BAD_DEGRADED)))
			dump->resolve.nr++;
	}
	if (dump->resolve.nr)
		fserror_dump_resolve_begin(dump, min(list.next, end));
	else
		dump->pos = min(list.next, end);
	return true;
}

static bool fserror_dump_has_owners(const struct fserror_dump *dump,
				    const struct fserror_told_range *told)
{
	return !dump->ranges &&
	       (told->state == FSERROR_TOLD_BAD ||
		told->state == FSERROR_TOLD_CONTENT_UNKNOWN) &&
	       !(told->flags & FSERROR_TOLD_PARTIAL);
}

static bool fserror_dump_unplaced(struct fserror_dump *dump)
{
	struct fserror_dev *dev = dump->dev;
	struct fserror_told_range told;

	for (;;) {
		scoped_guard(spinlock, &dev->told.lock) {
			if (dump->unplaced >= dev->nr_unplaced)
				return true;
			told = dev->unplaced[dump->unplaced];
		}
		if (!fserror_dump_push_told(dump, &told))
			return false;
		dump->unplaced++;
	}
}

static bool fserror_dump_dev(struct fserror_dump *dump)
{
	struct fserror_told_range *told = dump->told;
	unsigned int nr, i;

	if (dump->resolving)
		return fserror_dump_resolve(dump);

	nr = fserror_dev_copy(dump->fsb, dump->dev, dump->pos, told,
			      FSERROR_RESOLVE_MAX);
	if (!nr) {
		if (!fserror_dump_unplaced(dump))
			return false;
		dump->dev = fserror_dev_next(dump->fsb, dump->dev->index);
		dump->pos = 0;
		dump->unplaced = 0;
		return true;
	}
	for (i = 0; i < nr && fserror_dump_has_owners(dump, &told[i]); i++)
		dump->resolve.told[i] = told[i];
	if (i) {
		dump->resolve.nr = i;
		fserror_dump_resolve_begin(dump, fserror_told_end(&told[i - 1]));
		return true;
	}
	for (; i < nr && !fserror_dump_has_owners(dump, &told[i]); i++) {
		dump->pos = told[i].range.pos;
		if (!dump->ranges && told[i].flags & FSERROR_TOLD_PARTIAL &&
		    fserror_dump_exact(dump, &told[i]))
			return true;
		if (!fserror_dump_push_told(dump, &told[i]))
			return false;
		dump->pos = fserror_told_end(&told[i]);
	}
	return true;
}

static bool fserror_dump_frame(struct fserror_dump *dump,
			       enum fserror_dump_type type)
{
	struct fserror_sb_info *info;
	unsigned int i;

	info = kmalloc_obj(*info);
	if (!info)
		return false;
	fserror_sb_info(dump->fsb, info);
	if (type == FSERROR_DUMP_END) {
		for (i = 0; i < info->nr_devs; i++) {
			if (info->devs[i].flags & FSERROR_DEV_PENDING)
				dump->end |= FSERROR_END_PENDING;
			if (info->devs[i].flags & FSERROR_DEV_PARTIAL)
				dump->end |= FSERROR_END_PARTIAL;
		}
		if (fserror_sb_is_gone(dump->fsb))
			dump->end |= FSERROR_END_GONE;
		else
			dump->end |= FSERROR_END_COMPLETE;
	}
	if (fserror_dump_push(dump, type, dump->end, info, NULL))
		return true;
	kfree(info);
	return false;
}

/* Returns whether to go on at once. */
static bool fserror_dump_step(struct fserror_dump *dump)
{
	struct fserror_sb *fsb = dump->fsb;

	if (!fsb) {
		fsb = fserror_sb_get_next(dump->instance,
					  dump->one ? &dump->only : NULL);
		if (!fsb) {
			scoped_guard(spinlock, &dump->lock)
				dump->done = true;
			wake_up_all(&dump->wait);
			return false;
		}
		fserror_sb_settle(fsb, FSERROR_DUMP_SETTLE);
		dump->fsb = fsb;
		dump->end = 0;
		if (!fserror_dump_frame(dump, FSERROR_DUMP_BEGIN)) {
			dump->fsb = NULL;
			fserror_sb_put(fsb);
			return false;
		}
		dump->instance = fsb->count.instance;
		dump->dev = fserror_dev_next(fsb, 0);
		dump->pos = 0;
		dump->unplaced = 0;
		dump->resolving = false;
		return true;
	}
	if (dump->dev && !fserror_sb_is_gone(fsb))
		return fserror_dump_dev(dump);
	if (!fserror_dump_frame(dump, FSERROR_DUMP_END))
		return false;
	dump->fsb = NULL;
	dump->resolving = false;
	fserror_sb_put(fsb);
	return true;
}

static void fserror_dump_work(struct work_struct *work)
{
	struct fserror_dump *dump = container_of(work, struct fserror_dump, work);

	while (!READ_ONCE(dump->cancelled) && fserror_dump_step(dump))
		cond_resched();
	fserror_dump_put(dump);
}

/**
 * fserror_dump_new - prepare a dump
 * @only: the one filesystem to dump; NULL for all
 * @ranges: without owners, from memory
 *
 * Context: Process context, may sleep.
 * Return: the dump, or NULL.
 */
struct fserror_dump *fserror_dump_new(const struct fserror_filter_fs *only,
				      bool ranges)
{
	struct fserror_dump *dump = kvzalloc_obj(*dump);

	if (!dump)
		return NULL;
	dump->items = kvcalloc(FSERROR_DUMP_ITEMS, sizeof(*dump->items),
			       GFP_KERNEL);
	if (!dump->items) {
		kvfree(dump);
		return NULL;
	}
	refcount_set(&dump->ref, 1);
	INIT_WORK(&dump->work, fserror_dump_work);
	spin_lock_init(&dump->lock);
	init_waitqueue_head(&dump->wait);
	dump->ranges = ranges;
	if (only) {
		dump->only = *only;
		dump->one = true;
	}
	return dump;
}

/**
 * fserror_dump_start - have the work go on
 * @dump: the dump
 *
 * Context: Any.
 */
void fserror_dump_start(struct fserror_dump *dump)
{
	refcount_inc(&dump->ref);
	if (!queue_work(fserror_dump_wq, &dump->work))
		refcount_dec(&dump->ref);
}

/**
 * fserror_dump_put - give a dump back
 * @dump: the dump
 *
 * Context: Process context, may sleep. Waits for nobody.
 */
void fserror_dump_put(struct fserror_dump *dump)
{
	if (!refcount_dec_and_test(&dump->ref))
		return;
	for (; dump->nr; dump->nr--) {
		kfree(dump->items[dump->first].info);
		dump->first = (dump->first + 1) % FSERROR_DUMP_ITEMS;
	}
	if (dump->fsb)
		fserror_sb_put(dump->fsb);
	fserror_resolve_end(&dump->resolve);
	kvfree(dump->items);
	kvfree(dump);
}

static bool fserror_dump_is_ready(struct fserror_dump *dump)
{
	guard(spinlock)(&dump->lock);
	return dump->done || dump->nr >= FSERROR_DUMP_ITEMS / 2;
}

/**
 * fserror_dump_wait - wait until there is a good deal to read, or all
 * @dump: the dump
 * @timeout: how long, in jiffies
 *
 * Context: Process context, sleeps.
 * Return: false if the reader is being killed.
 */
bool fserror_dump_wait(struct fserror_dump *dump, unsigned long timeout)
{
	wait_event_interruptible_timeout(dump->wait,
					 fserror_dump_is_ready(dump), timeout);
	return !fatal_signal_pending(current);
}

/**
 * fserror_dump_first - the oldest item
 * @dump: the dump
 * @done: set if there is none and none will come
 *
 * Context: The one reader.
 * Return: the item, until fserror_dump_pop(), or NULL if there is none.
 */
struct fserror_dump_item *fserror_dump_first(struct fserror_dump *dump,
					     bool *done)
{
	guard(spinlock)(&dump->lock);
	*done = dump->done && !dump->nr;
	return dump->nr ? &dump->items[dump->first] : NULL;
}

/**
 * fserror_dump_pop - the oldest item has been read
 * @dump: the dump
 *
 * Context: The one reader.
 */
void fserror_dump_pop(struct fserror_dump *dump)
{
	bool more;

	scoped_guard(spinlock, &dump->lock) {
		kfree(dump->items[dump->first].info);
		dump->items[dump->first].info = NULL;
		dump->first = (dump->first + 1) % FSERROR_DUMP_ITEMS;
		more = --dump->nr <= FSERROR_DUMP_ITEMS / 2 && !dump->done;
	}
	if (more)
		fserror_dump_start(dump);
}

static int __init fserror_dump_boot(void)
{
	fserror_dump_wq = alloc_workqueue("fserror_dump", WQ_UNBOUND, 0);
	return fserror_dump_wq ? 0 : -ENOMEM;
}
core_initcall(fserror_dump_boot);
