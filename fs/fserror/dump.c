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
 * dump_buffer.c has the lock of the buffer. The filesystem is entered with s_umount
 * held shared, which is tried for and not waited for, by one dump at a time:
 * fserror_sb.reading is set as long. Neither is held while the dump waits for its
 * reader. A filesystem that cannot be had within a second is dumped without owners.
 *
 * LIFETIME
 *
 * Whoever closes the socket does not wait: the work has a reference of its own.
 */
#include <linux/cleanup.h>
#include <linux/init.h>
#include <linux/slab.h>
#include "dump.h"

#define FSERROR_DUMP_SETTLE	(HZ / 10)

static struct workqueue_struct *fserror_dump_wq;

static bool fserror_dump_push_told(struct fserror_dump *dump,
				   const struct fserror_told_range *told)
{
	struct fserror_record record;

	fserror_told_record(dump->fsb, dump->dev, told, &record);
	/* nobody was asked for owners */
	if (dump->ranges)
		record.flags |= FSERROR_RECORD_FLAG_UNRESOLVED;
	return fserror_dump_push_record(dump, &record);
}

static bool fserror_dump_has_owners(const struct fserror_dump *dump,
				    const struct fserror_told_range *told)
{
	return !dump->ranges &&
	       (told->state == FSERROR_TOLD_BAD ||
		told->state == FSERROR_TOLD_CONTENT_UNKNOWN) &&
	       !(told->flags & FSERROR_TOLD_PARTIAL);
}

/*
 * They have no order that lasts, so that it could not be said where to go on. It need not
 * be: the step begins a chunk, and that has room for all of them, or there is none.
 */
static bool fserror_dump_unplaced(struct fserror_dump *dump)
{
	struct fserror_dev *dev = dump->dev;
	struct fserror_told_range *told = dump->told;
	unsigned int nr, i;

	static_assert(BDEV_BAD_MAX_UNPLACED <= FSERROR_DUMP_CHUNK);
	static_assert(BDEV_BAD_MAX_UNPLACED <= FSERROR_RESOLVE_MAX);
	scoped_guard(spinlock, &dev->told.lock) {
		nr = dev->nr_unplaced;
		memcpy(told, dev->unplaced, nr * sizeof(*told));
	}
	for (i = 0; i < nr; i++) {
		if (fserror_dump_push_told(dump, &told[i]))
			continue;
		WARN_ON_ONCE(i);
		return false;
	}
	return true;
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
		if (!bdev_bad_idle() || info->more_flags & FSERROR_DEV_PENDING)
			dump->end |= FSERROR_END_PENDING;
		if (info->more_flags & FSERROR_DEV_PARTIAL)
			dump->end |= FSERROR_END_PARTIAL;
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
	if (fserror_dump_push_frame(dump, type, info))
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
			fserror_dump_set_done(dump);
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
	bool more;

	/* what a driver gathers will be here in a moment */
	if (!dump->waited)
		wait_event_timeout(*fserror_sb_wait(), bdev_bad_idle(),
				   FSERROR_DUMP_SETTLE);
	dump->waited = true;
	do {
		more = !READ_ONCE(dump->cancelled) && fserror_dump_step(dump);
		/* not later than the reader waits for, whatever comes next */
		fserror_dump_hand_over(dump);
		cond_resched();
	} while (more);
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
	refcount_set(&dump->ref, 1);
	INIT_WORK(&dump->work, fserror_dump_work);
	spin_lock_init(&dump->lock);
	init_waitqueue_head(&dump->wait);
	INIT_LIST_HEAD(&dump->chunks);
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
	fserror_dump_free_buffer(dump);
	if (dump->fsb)
		fserror_sb_put(dump->fsb);
	fserror_resolve_end(&dump->resolve);
	kvfree(dump);
}

static int __init fserror_dump_boot(void)
{
	fserror_dump_wq = alloc_workqueue("fserror_dump", WQ_UNBOUND, 0);
	return fserror_dump_wq ? 0 : -ENOMEM;
}
core_initcall(fserror_dump_boot);
