// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose the ranges are that a damage-get tells: what the filesystem says of a batch of
 * them now, and what was kept where it cannot say any more. See dump.c.
 */
#include <linux/blkdev.h>
#include <linux/delay.h>
#include "dump.h"

#define FSERROR_DUMP_SLICE	(HZ / 20)
#define FSERROR_DUMP_TRIES	20
#define FSERROR_DUMP_STALLS	100

/* A piece whose owners cannot be found out: tell what was kept of it. */
static bool fserror_dump_push_kept(struct fserror_dump *dump,
				   const struct fserror_record *whole)
{
	struct fserror_kept_cursor *cursor = &dump->kept, next;
	struct fserror_record record;

	/* another one than that for which there was no room */
	if (cursor->end != whole->device.pos + whole->device.len ||
	    cursor->pos < whole->device.pos)
		memset(cursor, 0, sizeof(*cursor));
	for (;;) {
		next = *cursor;
		if (!fserror_kept_next(&dump->dev->kept, &next, whole, &record))
			break;
		if (!fserror_dump_push_record(dump, &record))
			return false;
		*cursor = next;
	}
	memset(cursor, 0, sizeof(*cursor));
	return true;
}

static struct fserror_record *fserror_dump_slot(struct fserror_resolve *resolve)
{
	struct fserror_dump *dump = container_of(resolve, struct fserror_dump,
						 resolve);
	struct fserror_dump_item *item = fserror_dump_room(dump);

	return item ? &item->record : NULL;
}

static int fserror_dump_resolved(struct fserror_resolve *resolve,
				 struct fserror_record *record,
				 struct inode *inode)
{
	struct fserror_dump *dump = container_of(resolve, struct fserror_dump,
						 resolve);
	struct fserror_record whole;

	if (!(record->flags & FSERROR_RECORD_FLAG_UNRESOLVED)) {
		fserror_dump_push(dump, FSERROR_DUMP_RECORD);
		return 0;
	}
	/* it is where the first of several may go */
	whole = *record;
	return fserror_dump_push_kept(dump, &whole) ? 0 : -ENOBUFS;
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
	struct fserror_record record;
	unsigned int i;

	for (i = 0; i < resolve->nr; i++) {
		if (fserror_told_end(&resolve->told[i]) <= dump->pos)
			continue;
		resolve->told[i].flags |= FSERROR_TOLD_UNRESOLVED;
		fserror_told_record(dump->fsb, dump->dev, &resolve->told[i],
				    &record);
		if (!fserror_dump_push_kept(dump, &record))
			return false;
		/* by position, so that none is told twice when the buffer was full */
		dump->pos = fserror_told_end(&resolve->told[i]);
	}
	dump->resolving = false;
	dump->pos = dump->stop;
	return true;
}

/**
 * fserror_dump_resolve - tell the owners of the batch, or some of them
 * @dump: the dump, of which a batch was begun
 *
 * Context: Process context, sleeps.
 * Return: whether there is room for more.
 */
bool fserror_dump_resolve(struct fserror_dump *dump)
{
	struct fserror_resolve *resolve = &dump->resolve;
	struct fserror_cursor cursor = resolve->sink.cursor;
	unsigned int pieces = resolve->nr_pieces;
	struct super_block *sb;
	int error;

	/* the time in which it could be asked is over */
	if (dump->end & FSERROR_END_BUSY || READ_ONCE(dump->dev->no_io))
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

/**
 * fserror_dump_resolve_begin - begin a batch
 * @dump: the dump, with the ranges in the batch
 * @stop: first byte behind what the batch is about
 *
 * Context: Process context.
 */
void fserror_dump_resolve_begin(struct fserror_dump *dump, u64 stop)
{
	struct fserror_resolve *resolve = &dump->resolve;

	resolve->fsb = dump->fsb;
	resolve->dev = dump->dev;
	resolve->flags = 0;
	resolve->slot = fserror_dump_slot;
	resolve->put = fserror_dump_resolved;
	resolve->cancelled = &dump->cancelled;
	resolve->sink.news = false;
	fserror_resolve_begin(resolve);
	dump->stop = stop;
	dump->stalls = 0;
	dump->resolving = true;
	memset(&dump->kept, 0, sizeof(dump->kept));
}

/**
 * fserror_dump_exact - begin a batch with what a coarse range stands for
 * @dump: the dump
 * @told: the range
 *
 * Context: Process context, sleeps.
 * Return: false if that is not known.
 */
bool fserror_dump_exact(struct fserror_dump *dump,
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

