// SPDX-License-Identifier: GPL-2.0-only
/*
 * From differences to published records.
 *
 * What was compared is in told already when it gets here; see worker.c for why. What
 * went bad is handed to the filesystem in batches, and each owner becomes a record, as
 * long as the instance has tokens for them. After that a range is told in one bulk
 * record, and watchers ask for its owners with damage-get, at their own pace; when the
 * tokens for that are gone too, it is one record for all ranges of a batch, so that
 * nobody's record is pushed out of the ring. A range that was cleared, and all else, is
 * one record without owners.
 *
 * While a device is being taken away all owners are looked up, and kept for damage-get,
 * as far as there is room for them: nobody can look them up later.
 *
 * s_umount is never waited for: when it cannot be had within a second the ranges are
 * told as unresolved, and their owners once, late, when it can.
 *
 * LOCKING
 *
 * Called by the worker with nothing held; s_umount is taken shared for one batch at
 * a time.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/fserror.h>
#include <linux/fsnotify.h>
#include <linux/slab.h>
#include "internal.h"

/* how often s_umount is tried, 50 ms apart */
#define FSERROR_LOCK_TRIES	20
/* how often in a row a resolver may give up without having come any further */
#define FSERROR_STALLS		25
/* how long a resolver may go on before others have their turn */
#define FSERROR_RESOLVE_SLICE	(HZ / 20)
/* between two attempts to tell owners late */
#define FSERROR_LATE_INTERVAL	(60 * HZ)

static void fserror_flush(struct fserror_sync *sync)
{
	fserror_sb_publish(sync->fsb, sync->records, sync->nr_records);
	sync->nr_records = 0;
}

/* Where the next record goes. */
static struct fserror_record *fserror_slot(struct fserror_sync *sync)
{
	unsigned int max = sync->max_records * 2;
	struct fserror_record *records;

	if (sync->nr_records == sync->max_records) {
		records = max > FSERROR_OWNER_BURST ? NULL :
			  kvrealloc(sync->records,
				    array_size(max, sizeof(*records)), GFP_NOFS);
		if (records) {
			sync->records = records;
			sync->max_records = max;
		} else {
			fserror_flush(sync);
		}
	}
	return &sync->records[sync->nr_records];
}

static void fserror_add(struct fserror_sync *sync,
			const struct fserror_record *record)
{
	*fserror_slot(sync) = *record;
	sync->nr_records++;
}

/* How many records may be made now that leave @spare to others? */
static unsigned int fserror_tokens(struct fserror_sb *fsb, unsigned int spare)
{
	unsigned long passed = min(jiffies - fsb->refilled, 60UL * HZ);
	unsigned int more = passed * FSERROR_TELL_RATE / HZ;

	if (more) {
		fsb->tokens = min(fsb->tokens + more,
				  FSERROR_OWNER_BURST + FSERROR_BULK_BURST);
		fsb->refilled = jiffies;
	}
	return fsb->tokens > spare ? fsb->tokens - spare : 0;
}

static unsigned int fserror_owner_tokens(struct fserror_sync *sync)
{
	return fserror_tokens(sync->fsb, FSERROR_BULK_BURST);
}

/* What mainline has for such news goes on hearing them. */
static void fserror_notify_others(struct super_block *sb, struct inode *inode,
				  const struct fserror_record *record)
{
	struct fserror_event event = {
		.sb	= sb,
		.inode	= inode,
		.pos	= record->pos,
		.len	= record->len,
		.type	= record->kind == FSERROR_KIND_DATA_LOST ?
			  FSERR_DATA_LOST : FSERR_METADATA,
		.error	= -EIO,
	};
	struct fs_error_report report = {
		.error	= EIO,
		.inode	= inode,
		.sb	= sb,
	};

	if (sb->s_op->report_error)
		sb->s_op->report_error(&event);
	fsnotify(FS_ERROR, &report, FSNOTIFY_EVENT_ERROR, NULL, NULL, NULL, 0);
}

static struct fserror_record *fserror_tell_slot(struct fserror_resolve *resolve)
{
	return fserror_slot(container_of(resolve, struct fserror_sync, resolve));
}

static int fserror_tell_put(struct fserror_resolve *resolve,
			    struct fserror_record *record, struct inode *inode)
{
	struct fserror_sync *sync =
			container_of(resolve, struct fserror_sync, resolve);

	bool kept = sync->keep && fserror_kept_add(&resolve->dev->kept, record);

	if (!fserror_owner_tokens(sync)) {
		sync->unheard |= kept;
		return kept ? 0 : -E2BIG;
	}
	sync->fsb->tokens--;
	sync->nr_records++;

	/* only what is known for certain, and was not known before */
	if ((record->kind == FSERROR_KIND_DATA_LOST ||
	     record->kind == FSERROR_KIND_METADATA) &&
	    !(record->flags & (FSERROR_RECORD_FLAG_UNRESOLVED |
			       FSERROR_RECORD_FLAG_REPLAY)))
		fserror_notify_others(resolve->sb, inode, record);
	return 0;
}

static struct super_block *fserror_lock_patiently(struct fserror_sync *sync)
{
	struct super_block *sb;
	unsigned int i;

	for (i = 0; i < FSERROR_LOCK_TRIES; i++) {
		sb = fserror_sb_trylock(sync->fsb);
		if (sb || sync->stuck || fserror_sb_is_gone(sync->fsb))
			return sb;
		msleep(50);
	}
	sync->stuck = true;
	return NULL;
}

static void fserror_set_flags(struct fserror_sync *sync, struct fserror_dev *dev,
			      const struct fserror_told_range *range, u16 set,
			      u16 clear)
{
	u64 pos = range->range.pos, end = fserror_told_end(range);
	int error;

	for (; pos < end; pos = sync->scratch.end) {
		error = fserror_told_set_flags(&dev->told, pos, end, set, clear,
					       &sync->scratch);
		if (!error)
			continue;
		pr_warn_ratelimited("%s: cannot remember how a range of %pg was told, error %d\n",
				    sync->fsb->sb_id, dev->bdev, error);
		return;
	}
}

/* One record for each range of the batch, instead of its owners. */
static void fserror_tell_whole(struct fserror_sync *sync, struct fserror_dev *dev,
			       enum fserror_kind kind)
{
	struct fserror_record record;
	unsigned int i;

	for (i = 0; i < sync->resolve.nr; i++) {
		fserror_told_record(sync->fsb, dev, &sync->resolve.told[i],
				    &record);
		record.kind = kind;
		record.flags |= sync->resolve.flags;
		fserror_add(sync, &record);
	}
}

/* The owners of the batch are too many to be told, and so may its ranges be. */
static void fserror_tell_bulk(struct fserror_sync *sync, struct fserror_dev *dev)
{
	const struct fserror_resolve *resolve = &sync->resolve;
	const struct fserror_told_range *last = &resolve->told[resolve->nr - 1];
	unsigned int tokens = fserror_tokens(sync->fsb, 0);
	struct fserror_record record;

	sync->fsb->tokens -= min(tokens, resolve->nr);
	if (resolve->nr <= max(tokens, 1)) {
		fserror_tell_whole(sync, dev, FSERROR_KIND_BULK);
		return;
	}
	fserror_told_record(sync->fsb, dev, &resolve->told[0], &record);
	record.kind = FSERROR_KIND_BULK;
	record.flags |= FSERROR_RECORD_FLAG_PARTIAL | resolve->flags;
	record.count = resolve->nr;
	record.device.len = fserror_told_end(last) - record.device.pos;
	record.origin = (struct fserror_range) { };
	fserror_add(sync, &record);
}

/* Whose the ranges of the batch are only those can say who could not read them. */
static void fserror_tell_reads(struct fserror_sync *sync, struct fserror_dev *dev)
{
	const struct fserror_told_range *told;
	struct fserror_record record;
	unsigned int i;
	u64 pos;

	for (i = 0; i < sync->resolve.nr; i++) {
		told = &sync->resolve.told[i];
		pos = told->range.pos;
		while (fserror_reads_next(sync->fsb, dev, told, &pos, &record)) {
			record.flags |= sync->resolve.flags;
			fserror_add(sync, &record);
		}
	}
}

static void fserror_tell_unresolved(struct fserror_sync *sync,
				    struct fserror_dev *dev, bool late)
{
	unsigned int i;

	for (i = 0; i < sync->resolve.nr; i++) {
		sync->resolve.told[i].flags |= FSERROR_TOLD_UNRESOLVED;
		fserror_set_flags(sync, dev, &sync->resolve.told[i],
				  FSERROR_TOLD_UNRESOLVED, 0);
	}
	if (!late)
		fserror_tell_whole(sync, dev, FSERROR_KIND_MEDIA);
}

/* Has the resolver come any further since it was called? */
static bool fserror_has_moved(const struct fserror_resolve *resolve,
			      const struct fserror_cursor *cursor,
			      unsigned int pieces)
{
	return resolve->nr_pieces != pieces ||
	       memcmp(&resolve->sink.cursor, cursor, sizeof(*cursor));
}

/* Returns 0, -E2BIG, or another error if the batch was not walked to its end. */
static int fserror_resolve_batch(struct fserror_sync *sync,
				 struct fserror_dev *dev, struct super_block *sb)
{
	struct fserror_resolve *resolve = &sync->resolve;
	unsigned int stalls = 0, pieces;
	struct fserror_cursor cursor;
	int error;

	fserror_resolve_begin(resolve);
	for (;;) {
		cursor = resolve->sink.cursor;
		pieces = resolve->nr_pieces;
		resolve->sb = sb;
		resolve->sink.deadline = jiffies + FSERROR_RESOLVE_SLICE;
		error = fserror_resolve(resolve);
		fserror_sb_unlock(sb);
		if (error != -EAGAIN && error != -EINTR)
			return error;
		if (READ_ONCE(dev->no_io))
			return -ENODEV;
		if (fserror_has_moved(resolve, &cursor, pieces))
			stalls = 0;
		else
			stalls++;
		if (stalls == FSERROR_STALLS)
			return -EIO;
		if (stalls)
			msleep(20);
		sb = fserror_lock_patiently(sync);
		if (!sb)
			return -EBUSY;
	}
}

static bool fserror_waits_for_thaw(struct super_block *sb)
{
	return sb->s_writers.frozen != SB_UNFROZEN && fserror_sb_can_resolve(sb) &&
	       sb->s_op->fserror_ops->needs_thaw;
}

/*
 * Tell the batch in @sync->resolve, of which the worker has told nothing so far, or if
 * @late that it is unresolved. Returns -EBUSY if s_umount could not be had, or the
 * filesystem has to be thawed first.
 */
static int fserror_tell_batch(struct fserror_sync *sync, struct fserror_dev *dev,
			      bool late)
{
	struct fserror_resolve *resolve = &sync->resolve;
	struct super_block *sb;
	unsigned int i;
	int error;

	resolve->flags = late ? FSERROR_RECORD_FLAG_LATE : 0;
	sync->keep = READ_ONCE(dev->losing) || dev->removed;
	sync->unheard = false;
	if (!late && !sync->keep && !fserror_owner_tokens(sync)) {
		fserror_tell_bulk(sync, dev);
		goto out_flush;
	}
	sb = READ_ONCE(dev->no_io) ? NULL : fserror_lock_patiently(sync);
	if (sb && fserror_waits_for_thaw(sb)) {
		fserror_sb_unlock(sb);
		sb = NULL;
	}
	if (!sb) {
		fserror_tell_unresolved(sync, dev, late);
		dev->owed = !READ_ONCE(dev->no_io) || !dev->removed;
		fserror_flush(sync);
		return -EBUSY;
	}
	if (!fserror_sb_can_resolve(sb)) {
		fserror_sb_unlock(sb);
		fserror_tell_unresolved(sync, dev, true);
		if (!late)
			fserror_tell_reads(sync, dev);
		goto out_flush;
	}

	resolve->fsb = sync->fsb;
	resolve->dev = dev;
	resolve->slot = fserror_tell_slot;
	resolve->put = fserror_tell_put;
	resolve->sink.news = true;
	for (i = 0; i < resolve->nr; i++) {
		if (resolve->told[i].flags & FSERROR_TOLD_REPLAY)
			resolve->sink.news = false;
		resolve->told[i].flags &= ~FSERROR_TOLD_UNRESOLVED;
		if (late)
			fserror_set_flags(sync, dev, &resolve->told[i],
					  FSERROR_TOLD_LATE,
					  FSERROR_TOLD_UNRESOLVED);
	}

	error = fserror_resolve_batch(sync, dev, sb);
	if (error == -EBUSY)
		dev->owed = true;
	/* what was kept is news for who has asked before, and so is what is not told late */
	if (sync->unheard || error == -E2BIG)
		fserror_tell_bulk(sync, dev);
	if (error && error != -E2BIG)
		fserror_tell_unresolved(sync, dev, late || sync->unheard);
	else if (!error || late) /* of a part of a range it may have been emitted */
		for (i = 0; i < resolve->nr; i++)
			if (resolve->told[i].flags & FSERROR_TOLD_UNRESOLVED)
				fserror_set_flags(sync, dev, &resolve->told[i],
						  FSERROR_TOLD_UNRESOLVED |
						  FSERROR_TOLD_LATE, 0);
out_flush:
	fserror_flush(sync);
	return 0;
}

/* What has owners that are to be told? */
static bool fserror_has_owners(const struct fserror_told_diff *diff)
{
	return diff->change == FSERROR_TOLD_NEW &&
	       diff->told.state == FSERROR_TOLD_BAD &&
	       !(diff->told.flags & FSERROR_TOLD_PARTIAL);
}

static void fserror_tell_one(struct fserror_sync *sync, struct fserror_dev *dev,
			     const struct fserror_told_diff *diff)
{
	struct fserror_record record;

	if (diff->change == FSERROR_TOLD_CLEARED) {
		fserror_sb_record(sync->fsb, &record, FSERROR_KIND_CLEARED, 0);
		if (diff->content_unknown)
			record.flags |= FSERROR_RECORD_FLAG_CONTENT_UNKNOWN;
		fserror_record_set_range(&record, dev->dev, dev->role,
					 &diff->told.range);
		record.cause = 0;
		if (diff->told.flags & FSERROR_TOLD_UNPLACED) {
			record.flags |= FSERROR_RECORD_FLAG_UNMAPPED;
		} else {
			/* it is forgotten by its range, whatever it was told with */
			record.layer[0] = '\0';
			record.origin = (struct fserror_range) { };
			fserror_kept_drop(&dev->kept, diff->told.range.pos,
					  fserror_told_end(&diff->told));
		}
	} else {
		fserror_told_record(sync->fsb, dev, &diff->told, &record);
		if (diff->told.flags & FSERROR_TOLD_PARTIAL)
			dev->bulk_at = jiffies + FSERROR_BULK_INTERVAL;
	}
	fserror_add(sync, &record);
}

/**
 * fserror_tell - publish the differences of a slice
 * @sync: in whose slice they are; told is up to date with them
 * @dev: the device
 *
 * Context: The worker; sleeps.
 */
void fserror_tell(struct fserror_sync *sync, struct fserror_dev *dev)
{
	struct fserror_resolve *resolve = &sync->resolve;
	struct fserror_told_slice *slice = &sync->slice;
	unsigned int i;

	for (i = 0; i < slice->nr_diffs; i++)
		if (!fserror_has_owners(&slice->diffs[i]))
			fserror_tell_one(sync, dev, &slice->diffs[i]);
	/* these have waited for nothing */
	fserror_flush(sync);

	resolve->nr = 0;
	for (i = 0; i < slice->nr_diffs; i++) {
		if (!fserror_has_owners(&slice->diffs[i]))
			continue;
		resolve->told[resolve->nr++] = slice->diffs[i].told;
		if (resolve->nr < FSERROR_RESOLVE_MAX)
			continue;
		fserror_tell_batch(sync, dev, false);
		resolve->nr = 0;
	}
	if (resolve->nr)
		fserror_tell_batch(sync, dev, false);
}

/**
 * fserror_tell_unplaced - publish what is bad and nobody knows where
 * @sync: the run of the worker
 * @dev: the device
 * @diff: what is to be told
 *
 * Context: The worker; sleeps.
 */
void fserror_tell_unplaced(struct fserror_sync *sync, struct fserror_dev *dev,
			   const struct fserror_told_diff *diff)
{
	fserror_tell_one(sync, dev, diff);
	fserror_flush(sync);
}

/**
 * fserror_tell_late - publish the owners of ranges that were told without them
 * @sync: the run of the worker
 * @dev: the device
 *
 * Context: The worker; sleeps.
 */
void fserror_tell_late(struct fserror_sync *sync, struct fserror_dev *dev)
{
	struct fserror_told_range *told = sync->answer;
	struct fserror_resolve *resolve = &sync->resolve;
	unsigned int i, nr;
	u64 pos = 0;

	if (!dev->owed || time_before(jiffies, dev->late_at))
		return;
	do {
		nr = fserror_told_copy(&dev->told, pos, told, FSERROR_RESOLVE_MAX);
		resolve->nr = 0;
		for (i = 0; i < nr; i++) {
			pos = fserror_told_end(&told[i]);
			if (told[i].state == FSERROR_TOLD_BAD &&
			    (told[i].flags & (FSERROR_TOLD_UNRESOLVED |
					      FSERROR_TOLD_LATE |
					      FSERROR_TOLD_PARTIAL)) ==
			    FSERROR_TOLD_UNRESOLVED)
				resolve->told[resolve->nr++] = told[i];
		}
		/* a device that is gone has no later */
		if (!fserror_owner_tokens(sync) && !dev->removed) {
			dev->late_at = jiffies + HZ;
			return;
		}
		if (resolve->nr && fserror_tell_batch(sync, dev, true)) {
			dev->late_at = jiffies + FSERROR_LATE_INTERVAL;
			return;
		}
	} while (nr == FSERROR_RESOLVE_MAX && !fserror_sb_is_gone(sync->fsb));
	dev->owed = false;
}
