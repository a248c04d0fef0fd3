// SPDX-License-Identifier: GPL-2.0-only
/*
 * Failed reads that wait for what is found of them.
 *
 * When a file cannot be read because the medium is bad, two tell of it: the filesystem
 * says who could not read, and the disk says what is bad, of which the worker finds the
 * owners. That is one loss, whichever comes first. So a failed read is held for a moment,
 * with the places of its bytes on the device, as long as there is news of any device on
 * its way. Then, if something that was told as bad lies in those places, it is the same
 * loss and the read is not told. Otherwise it is told as a failed read. As long as nothing
 * is told as bad of the filesystem, and nothing is on its way, no read is held: it is told
 * by who reports it, in its turn among others.
 *
 * A filesystem that cannot say whose a range is gains by it: who could not read a range
 * is its owner. Then the range is told as data that the file lost, and the name is kept
 * for damage-get, as long as the range is bad. Only places that no other file shares
 * count for that.
 *
 * A request fails as a whole, so bytes fail with the bad ones that are good, by readahead
 * mostly, and each folio of them may be a report. What touches in the file is one read
 * while it is held, and for FSERROR_READ_AFTER when it was found to be a loss.
 *
 * BOUNDS
 *
 * FSERROR_READS_MAX reads of a filesystem are held, with FSERROR_READ_PLACES places each,
 * for FSERROR_READ_WAIT at most. What does not fit is told as a failed read.
 *
 * LOCKING
 *
 * The list is under fserror_sb.lock. Reports add to it; the worker takes from it, and what
 * it has taken is its own until it puts it back.
 */
#include <linux/blkdev.h>
#include <linux/cleanup.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include "internal.h"

/* as long as a disk looks at a failed request, and some */
#define FSERROR_READ_WAIT	(10 * HZ)
/* for more of the same request */
#define FSERROR_READ_GATHER	(HZ / 5)
/* as long as the rest of a request may come when it is known as a loss */
#define FSERROR_READ_AFTER	HZ
/* until it is looked again whether there is news */
#define FSERROR_READ_RETRY	(HZ / 10)
#define FSERROR_READS_MAX	32
#define FSERROR_READ_PLACES	8
/* told ranges that are looked at in one go */
#define FSERROR_READ_TOLD	4

/**
 * struct fserror_read - a failed read that is held
 * @list: in the list of the instance
 * @ripe: jiffies before which more of it may come
 * @until: jiffies when it is told at the latest, or with @joined forgotten
 * @record: as what
 * @joined: it was found to be a loss that is told anyway
 * @named: it was told as the owner of a range; worker only
 * @nr: number of @place
 * @place: where its bytes are
 */
struct fserror_read {
	struct list_head	list;
	unsigned long		ripe;
	unsigned long		until;
	struct fserror_record	record;
	bool			joined;
	bool			named;
	unsigned int		nr;
	struct fserror_place	place[FSERROR_READ_PLACES];
};

/* The hull of two places, if they are one. */
static bool fserror_place_merge(struct fserror_place *place,
				const struct fserror_place *new)
{
	u64 end = max(place->pos + place->len, new->pos + new->len);

	if (place->bdev != new->bdev || place->shared != new->shared ||
	    place->pos - place->dev_pos != new->pos - new->dev_pos ||
	    new->pos > place->pos + place->len || place->pos > new->pos + new->len)
		return false;
	place->dev_pos = min(place->dev_pos, new->dev_pos);
	place->pos = min(place->pos, new->pos);
	place->len = end - place->pos;
	return true;
}

static void fserror_read_add_place(struct fserror_read *read,
				   const struct fserror_place *new)
{
	unsigned int i;

	for (i = 0; i < read->nr; i++)
		if (fserror_place_merge(&read->place[i], new))
			return;
	if (read->nr < FSERROR_READ_PLACES)
		read->place[read->nr++] = *new;
}

/* Is it one with a read that is held? */
static bool fserror_read_merge(struct fserror_read *read,
			       const struct fserror_read *new)
{
	unsigned int i;

	if (!fserror_record_merge(&read->record, &new->record))
		return false;
	for (i = 0; i < new->nr; i++)
		fserror_read_add_place(read, &new->place[i]);
	if (time_after(new->ripe, read->ripe))
		read->ripe = new->ripe;
	if (new->joined && !read->joined) {
		read->joined = true;
		read->until = new->until;
	}
	return true;
}

/* It has grown, and may touch others now. */
static void fserror_reads_join(struct fserror_sb *fsb, struct fserror_read *read)
{
	struct fserror_read *other, *next;
	bool again;

	lockdep_assert_held(&fsb->lock);

	do {
		again = false;
		list_for_each_entry_safe(other, next, &fsb->reads, list) {
			if (other == read || !fserror_read_merge(read, other))
				continue;
			list_del(&other->list);
			fsb->nr_reads--;
			kfree(other);
			again = true;
		}
	} while (again);
}

static bool fserror_reads_add(struct fserror_sb *fsb, struct fserror_read *new)
{
	struct fserror_read *read;

	guard(spinlock)(&fsb->lock);
	if (!fsb->sb)
		return false;
	list_for_each_entry(read, &fsb->reads, list) {
		if (!fserror_read_merge(read, new))
			continue;
		fserror_reads_join(fsb, read);
		kfree(new);
		return true;
	}
	if (fsb->nr_reads == FSERROR_READS_MAX)
		return false;
	list_add_tail(&new->list, &fsb->reads);
	fsb->nr_reads++;
	return true;
}

/**
 * fserror_reads_hold - hold a failed read until it is known what is bad
 * @fsb: the instance
 * @inode: whose read it was; the caller has a reference
 * @record: as what it would be told; about that inode, with a range
 *
 * Context: Process context, may sleep and read from the filesystem.
 * Return: whether it is held; if not, it is to be told.
 */
bool fserror_reads_hold(struct fserror_sb *fsb, struct inode *inode,
			const struct fserror_record *record)
{
	struct fserror_read *read;
	int nr;

	read = kzalloc_obj(*read, GFP_NOFS | __GFP_NOWARN);
	if (!read)
		return false;
	nr = inode->i_sb->s_op->fserror_ops->places(inode, record->pos, record->len,
						    read->place, FSERROR_READ_PLACES);
	read->nr = clamp(nr, 0, FSERROR_READ_PLACES);
	read->record = *record;
	read->record.instance = fsb->count.instance;
	read->ripe = jiffies + FSERROR_READ_GATHER;
	read->until = jiffies + FSERROR_READ_WAIT;
	if (!read->nr || !fserror_sb_any_bad(fsb) || !fserror_reads_add(fsb, read)) {
		kfree(read);
		return false;
	}
	fserror_sb_kick(fsb, 0);
	return true;
}

static void fserror_read_tell(struct fserror_sb *fsb, struct fserror_read *read)
{
	lockdep_assert_held(&fsb->publish);

	/* nothing is told of an instance that is gone */
	if (fsb->dead)
		read->record.instance = 0;
	fserror_publish_reported(fsb->dead ? NULL : &fsb->count, &read->record);
}

/**
 * fserror_reads_flush - tell all failed reads that are held, of an instance that goes
 * @fsb: the instance, of which it was not told yet
 *
 * Context: Process context, may sleep.
 */
void fserror_reads_flush(struct fserror_sb *fsb)
{
	struct fserror_read *read, *next;
	LIST_HEAD(reads);

	lockdep_assert_held(&fsb->publish);

	scoped_guard(spinlock, &fsb->lock) {
		list_splice_init(&fsb->reads, &reads);
		fsb->nr_reads = 0;
	}
	list_for_each_entry_safe(read, next, &reads, list) {
		if (!read->joined)
			fserror_read_tell(fsb, read);
		kfree(read);
	}
}

/* The record of a piece of what was told, with the read as its owner. */
static void fserror_read_name(struct fserror_sb *fsb, struct fserror_dev *dev,
			      const struct fserror_told_range *told,
			      struct fserror_read *read,
			      const struct fserror_place *place, u64 from, u64 to,
			      struct fserror_record *record)
{
	struct fserror_told_range piece = fserror_told_clip(told, from, to);
	const struct fserror_record *who = &read->record;

	piece.flags &= ~FSERROR_TOLD_UNRESOLVED;
	fserror_told_record(fsb, dev, &piece, record);
	record->kind = FSERROR_KIND_DATA_LOST;
	record->has_inode = true;
	record->ino = who->ino;
	record->generation = who->generation;
	record->nlink = who->nlink;
	record->flags |= who->flags & FSERROR_RECORD_FLAG_UNLINKED;
	record->handle_type = who->handle_type;
	record->handle_len = who->handle_len;
	memcpy(record->handle, who->handle, who->handle_len);
	record->pos = place->pos + (from - place->dev_pos);
	record->len = to - from;
	read->named = true;
}

static bool fserror_place_names(const struct fserror_place *place,
				const struct fserror_dev *dev)
{
	return place->bdev == dev->bdev && !place->shared;
}

/* The first place of a read that waits which ends behind @pos. */
static const struct fserror_place *
fserror_reads_first(struct fserror_sb *fsb, const struct fserror_dev *dev, u64 pos,
		    struct fserror_read **whose)
{
	const struct fserror_place *place, *first = NULL;
	struct fserror_read *read;
	unsigned int i;

	lockdep_assert_held(&fsb->lock);

	list_for_each_entry(read, &fsb->reads, list) {
		for (i = 0; i < read->nr; i++) {
			place = &read->place[i];
			if (!fserror_place_names(place, dev) ||
			    place->dev_pos + place->len <= pos ||
			    (first && first->dev_pos <= place->dev_pos))
				continue;
			first = place;
			*whose = read;
		}
	}
	return first;
}

/**
 * fserror_reads_next - the next record of a range whose owners the filesystem cannot say
 * @fsb: the instance
 * @dev: the device
 * @told: the range
 * @pos: first byte of it that nothing was said of; moved on
 * @record: filled in: what a file lost that could not be read, or what is left
 *
 * Context: Process context; the worker.
 * Return: whether there was anything left to be said.
 */
bool fserror_reads_next(struct fserror_sb *fsb, struct fserror_dev *dev,
			const struct fserror_told_range *told, u64 *pos,
			struct fserror_record *record)
{
	u64 end = fserror_told_end(told), to = end;
	const struct fserror_place *place;
	struct fserror_told_range piece;
	struct fserror_read *read = NULL;
	bool named = false;

	if (*pos >= end)
		return false;
	scoped_guard(spinlock, &fsb->lock) {
		place = fserror_reads_first(fsb, dev, *pos, &read);
		if (place && place->dev_pos <= *pos) {
			to = min(place->dev_pos + place->len, end);
			fserror_read_name(fsb, dev, told, read, place, *pos, to,
					  record);
			named = true;
		} else if (place) {
			to = min(place->dev_pos, end);
		}
	}
	if (named) {
		fserror_kept_add(&dev->kept, record);
	} else {
		piece = fserror_told_clip(told, *pos, to);
		fserror_told_record(fsb, dev, &piece, record);
	}
	*pos = to;
	return true;
}

/* Does @told say of the place that it is lost? Tells whose it is if nobody has. */
static bool fserror_read_joins(struct fserror_sb *fsb, struct fserror_dev *dev,
			       const struct fserror_told_range *told,
			       struct fserror_read *read,
			       const struct fserror_place *place, bool resolves)
{
	u64 from = max(told->range.pos, place->dev_pos);
	u64 to = min(fserror_told_end(told), place->dev_pos + place->len);
	struct fserror_record record;

	/* a disk that is gone fails whatever is on it, and that is no medium */
	if (from >= to || told->state != FSERROR_TOLD_BAD ||
	    told->flags & FSERROR_TOLD_PARTIAL ||
	    told->range.cause == BDEV_BAD_REMOVED)
		return false;
	if (!(told->flags & FSERROR_TOLD_UNRESOLVED) || read->named ||
	    fserror_kept_covers(&dev->kept, from, to))
		return true;
	if (resolves || place->shared || !fserror_count_token(&fsb->count, jiffies))
		return false;

	fserror_read_name(fsb, dev, told, read, place, from, to, &record);
	fserror_kept_add(&dev->kept, &record);
	record.flags |= FSERROR_RECORD_FLAG_LATE;
	fserror_sb_publish(fsb, &record, 1);
	return true;
}

static bool fserror_place_is_told(struct fserror_sb *fsb, struct fserror_read *read,
				  const struct fserror_place *place, bool resolves)
{
	struct fserror_told_range told[FSERROR_READ_TOLD];
	u64 pos = place->dev_pos, end = pos + place->len;
	struct fserror_dev *dev;
	unsigned int nr, i;
	bool joins = false;

	for (dev = fserror_dev_next(fsb, 0); dev && dev->bdev != place->bdev;
	     dev = fserror_dev_next(fsb, dev->index))
		;
	while (dev && pos < end) {
		nr = fserror_told_copy(&dev->told, pos, told, ARRAY_SIZE(told));
		for (i = 0; i < nr; i++) {
			joins |= fserror_read_joins(fsb, dev, &told[i], read, place,
						    resolves);
			pos = fserror_told_end(&told[i]);
		}
		if (nr < ARRAY_SIZE(told))
			break;
	}
	return joins;
}

static bool fserror_read_is_told(struct fserror_sb *fsb, struct fserror_read *read,
				 bool resolves)
{
	bool joins = read->named;
	unsigned int i;

	for (i = 0; i < read->nr; i++)
		joins |= fserror_place_is_told(fsb, read, &read->place[i], resolves);
	return joins;
}

/* Has all that is known been told? */
static bool fserror_reads_are_quiet(struct fserror_sb *fsb)
{
	struct fserror_dev *dev;

	if (!bdev_bad_idle())
		return false;
	guard(spinlock)(&fsb->lock);
	if (fserror_sb_is_changing(fsb))
		return false;
	list_for_each_entry(dev, &fsb->devs, list)
		if (fserror_dev_is_pending(dev))
			return false;
	return true;
}

static bool fserror_sb_resolves(struct fserror_sb *fsb)
{
	guard(spinlock)(&fsb->lock);
	return fsb->sb && fserror_sb_can_resolve(fsb->sb);
}

/* Take those about which it is time to decide, or that are to be forgotten. */
static void fserror_reads_take(struct fserror_sb *fsb, struct list_head *reads)
{
	bool quiet = fserror_reads_are_quiet(fsb);
	struct fserror_read *read, *next;

	guard(spinlock)(&fsb->lock);
	list_for_each_entry_safe(read, next, &fsb->reads, list) {
		if (time_before(jiffies, read->until) &&
		    (read->joined || !quiet || time_before(jiffies, read->ripe)))
			continue;
		list_move_tail(&read->list, reads);
		fsb->nr_reads--;
	}
}

/* It is told as a loss: so is what comes late of the same request. */
static void fserror_read_joined(struct fserror_sb *fsb, struct fserror_read *read)
{
	read->joined = true;
	read->until = jiffies + FSERROR_READ_AFTER;
	scoped_guard(spinlock, &fsb->lock) {
		if (fsb->sb && fsb->nr_reads < FSERROR_READS_MAX) {
			list_add_tail(&read->list, &fsb->reads);
			fsb->nr_reads++;
			return;
		}
	}
	kfree(read);
}

/**
 * fserror_reads_settle - decide about the failed reads that are held
 * @fsb: the instance
 *
 * Context: The worker, when it has told what it knows; sleeps.
 * Return: in how many jiffies to look again, MAX_JIFFY_OFFSET if none is left.
 */
unsigned long fserror_reads_settle(struct fserror_sb *fsb)
{
	struct fserror_read *read, *next;
	LIST_HEAD(reads);
	bool resolves;

	if (list_empty_careful(&fsb->reads))
		return MAX_JIFFY_OFFSET;
	/* what is added from now on finds the worker queued once more */
	fserror_reads_take(fsb, &reads);
	resolves = fserror_sb_resolves(fsb);
	list_for_each_entry_safe(read, next, &reads, list) {
		list_del(&read->list);
		if (read->joined) {
			kfree(read);
		} else if (fserror_read_is_told(fsb, read, resolves)) {
			fserror_read_joined(fsb, read);
		} else {
			scoped_guard(mutex, &fsb->publish)
				fserror_read_tell(fsb, read);
			kfree(read);
		}
	}
	return list_empty_careful(&fsb->reads) ? MAX_JIFFY_OFFSET :
						 FSERROR_READ_RETRY;
}
