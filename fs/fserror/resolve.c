// SPDX-License-Identifier: GPL-2.0-only
/*
 * From ranges that were told to records, with what the filesystem says of their
 * owners.
 *
 * The filesystem knows whose a block is; it hands over one owner after the other
 * through fserror_emit(). Each becomes a record, which goes where the caller of
 * fserror_resolve() wants it: the worker publishes it, a dump puts it into its answer.
 * What nobody came forward for is told as well, as owned by nobody; or, if the
 * filesystem met an error, as unresolved.
 *
 * LOCKING
 *
 * All of this runs in process context with s_umount held shared and nothing else. A
 * resolver gives up, with a cursor to go on by, when its time is over and when somebody
 * waits for s_umount: unmount waits for one batch, and never for a watcher.
 *
 * An inode whose last reference a resolver holds is dropped from a work item, because
 * that may start a transaction, for which a frozen filesystem keeps one waiting. Until
 * then it is counted in s_pending_errors, which unmount waits for.
 */
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/fsnotify.h>
#include <linux/rwsem.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/wait_bit.h>
#include "internal.h"

/* pieces that one batch may have before it counts as not resolvable */
#define FSERROR_RESOLVE_PIECES	SZ_1M

/**
 * struct fserror_iput - an inode that is dropped later
 * @work: does it
 * @inode: the inode
 */
struct fserror_iput {
	struct work_struct	work;
	struct inode		*inode;
};

static void fserror_iput_work(struct work_struct *work)
{
	struct fserror_iput *later = container_of(work, struct fserror_iput, work);
	struct super_block *sb = later->inode->i_sb;

	iput(later->inode);
	kfree(later);
	if (refcount_dec_and_test(&sb->s_pending_errors))
		wake_up_var(&sb->s_pending_errors);
}

/**
 * fserror_iput_later - drop an inode that a resolver looked up
 * @inode: the inode
 *
 * Its last reference is dropped from a work item of its own, so that a filesystem
 * that is frozen keeps no other waiting.
 *
 * Context: Process context, may sleep; s_umount held.
 */
void fserror_iput_later(struct inode *inode)
{
	struct fserror_iput *later;

	if (iput_if_not_last(inode))
		return;

	later = kmalloc_obj(*later, GFP_NOFS | __GFP_NOFAIL);
	later->inode = inode;
	INIT_WORK(&later->work, fserror_iput_work);
	/* it has not come down to 0: that takes s_umount */
	refcount_inc(&inode->i_sb->s_pending_errors);
	queue_work(system_dfl_wq, &later->work);
}
EXPORT_SYMBOL_GPL(fserror_iput_later);

/* Of which of the ranges is the byte @pos of the device? */
static struct fserror_told_range *
fserror_resolve_find(struct fserror_resolve *resolve, u64 pos)
{
	unsigned int low = 0, high = resolve->nr;

	while (low < high) {
		unsigned int mid = (low + high) / 2;
		struct fserror_told_range *told = &resolve->told[mid];

		if (pos < told->range.pos)
			high = mid;
		else if (pos >= fserror_told_end(told))
			low = mid + 1;
		else
			return told;
	}
	return NULL;
}

/* Room for one more piece, before its record is handed over. */
static int fserror_resolve_room(struct fserror_resolve *resolve)
{
	unsigned int max = max(resolve->max_pieces * 2, 64U);
	struct fserror_extent *piece;

	if (resolve->nr_pieces < resolve->max_pieces)
		return 0;
	if (max > FSERROR_RESOLVE_PIECES)
		return -E2BIG;
	piece = kvrealloc(resolve->piece, array_size(max, sizeof(*piece)),
			  GFP_NOFS);
	if (!piece)
		return -ENOMEM;
	resolve->piece = piece;
	resolve->max_pieces = max;
	return 0;
}

static void fserror_resolve_piece(struct fserror_resolve *resolve, u64 pos,
				  u64 len)
{
	struct fserror_extent *last;

	if (resolve->nr_pieces) {
		last = &resolve->piece[resolve->nr_pieces - 1];
		if (pos >= last->pos && pos <= last->pos + last->len) {
			last->len = max(last->len, pos + len - last->pos);
			return;
		}
	}
	resolve->piece[resolve->nr_pieces++] = (struct fserror_extent) {
		.pos = pos,
		.len = len,
	};
}

static u32 fserror_told_record_flags(const struct fserror_told_range *told)
{
	u32 flags = 0;

	if (told->flags & FSERROR_TOLD_REPLAY)
		flags |= FSERROR_RECORD_FLAG_REPLAY;
	if (told->state == FSERROR_TOLD_CONTENT_UNKNOWN)
		flags |= FSERROR_RECORD_FLAG_CONTENT_UNKNOWN;
	if (told->state == FSERROR_TOLD_UNKNOWN)
		flags |= FSERROR_RECORD_FLAG_UNKNOWN;
	if (told->flags & FSERROR_TOLD_UNPLACED)
		flags |= FSERROR_RECORD_FLAG_UNMAPPED;
	return flags;
}

static int fserror_resolve_put(struct fserror_sink *sink,
			       const struct fserror_owner *owner)
{
	struct fserror_resolve *resolve =
			container_of(sink, struct fserror_resolve, sink);
	struct fserror_told_range *told, piece;
	struct fserror_record *record;
	u64 end;
	int error;

	told = fserror_resolve_find(resolve, owner->dev_pos);
	if (!told || !owner->dev_len) {
		pr_warn_ratelimited("%s: an owner of a range that was not asked for: byte %llu, length %llu\n",
				    resolve->fsb->sb_id, owner->dev_pos,
				    owner->dev_len);
		return 0;
	}
	end = min(owner->dev_pos + owner->dev_len, fserror_told_end(told));
	error = fserror_resolve_room(resolve);
	if (error)
		return error;
	record = resolve->slot(resolve);
	if (!record) {
		resolve->stopped = -ENOBUFS;
		return -ENOBUFS;
	}

	piece = fserror_told_clip(told, owner->dev_pos, end);
	fserror_sb_record(resolve->fsb, record, owner->kind, EIO);
	record->flags = resolve->flags | owner->flags |
		       fserror_told_record_flags(told);
	record->meta = owner->meta;
	record->root = owner->root;
	if (owner->inode) {
		fserror_record_set_inode(record, owner->inode);
	} else if (owner->ino) {
		record->has_inode = true;
		record->unread = true;
		record->ino = owner->ino;
	}
	record->pos = owner->pos;
	record->len = owner->len;
	fserror_record_set_range(record, resolve->dev->dev, resolve->dev->role,
				 &piece.range);
	/* the other copy is the filesystem's */
	if (owner->kind == FSERROR_KIND_DEGRADED)
		strscpy(record->layer, resolve->fsb->fs_type);

	resolve->stopped = resolve->put(resolve, record, owner->inode);
	if (resolve->stopped)
		return resolve->stopped;
	if (owner->flags & FSERROR_RECORD_FLAG_UNRESOLVED)
		told->flags |= FSERROR_TOLD_UNRESOLVED;
	fserror_resolve_piece(resolve, owner->dev_pos, end - owner->dev_pos);
	return 0;
}

/**
 * fserror_emit - hand over the owner of one piece of a bad range
 * @sink: where to
 * @owner: whose the piece is; positions and lengths in bytes
 *
 * Context: Process context, may sleep. No lock of the filesystem may be held
 * that its ->encode_fh, ->report_error or reclaim takes.
 * Return: 0 to go on, or another value, which the resolver returns at once;
 * @owner was not taken then, and @sink->cursor must say how to come back to it.
 */
int fserror_emit(struct fserror_sink *sink, const struct fserror_owner *owner)
{
	return sink->put(sink, owner);
}
EXPORT_SYMBOL_GPL(fserror_emit);

/**
 * fserror_emit_unresolved - hand over a piece whose owners could not be found out
 * @sink: where to
 * @dev_pos: first byte of the piece on the device that is being resolved
 * @dev_len: length of the piece in bytes
 *
 * Context: As fserror_emit().
 * Return: As fserror_emit().
 */
int fserror_emit_unresolved(struct fserror_sink *sink, u64 dev_pos,
			    u64 dev_len)
{
	struct fserror_owner owner = {
		.kind		= FSERROR_KIND_MEDIA,
		.flags		= FSERROR_RECORD_FLAG_UNRESOLVED,
		.dev_pos	= dev_pos,
		.dev_len	= dev_len,
	};

	return sink->put(sink, &owner);
}
EXPORT_SYMBOL_GPL(fserror_emit_unresolved);

/**
 * fserror_should_stop - should a resolver let others have their turn?
 * @sink: of the resolver
 *
 * For resolvers, between two batches and after some progress.
 *
 * Context: Process context.
 * Return: 0 to go on; -EAGAIN or -EINTR, which the resolver returns, with the
 * cursor where to go on.
 */
int fserror_should_stop(const struct fserror_sink *sink)
{
	const struct fserror_resolve *resolve;

	if (fatal_signal_pending(current))
		return -EINTR;
	if (time_after(jiffies, sink->deadline))
		return -EAGAIN;
	if (sink->put != fserror_resolve_put)
		return 0;
	resolve = container_of(sink, struct fserror_resolve, sink);
	if (READ_ONCE(resolve->dev->no_io) ||
	    (resolve->cancelled && READ_ONCE(*resolve->cancelled)) ||
	    rwsem_is_contended(&resolve->sb->s_umount))
		return -EAGAIN;
	return 0;
}
EXPORT_SYMBOL_GPL(fserror_should_stop);

/**
 * fserror_resolve_begin - prepare for a batch of ranges
 * @resolve: of which told, nr, fsb, sb, dev, flags, slot, put and the sink's news are
 *	set
 *
 * Context: Process context.
 */
void fserror_resolve_begin(struct fserror_resolve *resolve)
{
	unsigned int i;

	for (i = 0; i < resolve->nr; i++) {
		resolve->ext[i].pos = resolve->told[i].range.pos;
		resolve->ext[i].len = resolve->told[i].range.len;
	}
	resolve->sink.cursor = (struct fserror_cursor) { };
	resolve->sink.put = fserror_resolve_put;
	resolve->nr_pieces = 0;
	resolve->gaps = false;
	resolve->gap = 0;
	resolve->next_piece = 0;
	resolve->error = 0;
}

/**
 * fserror_resolve_end - free what was needed for batches
 * @resolve: may be begun again
 *
 * Context: Process context, may sleep.
 */
void fserror_resolve_end(struct fserror_resolve *resolve)
{
	kvfree(resolve->piece);
	resolve->piece = NULL;
	resolve->max_pieces = 0;
	resolve->nr_pieces = 0;
}

static int fserror_extent_cmp(const void *a, const void *b)
{
	const struct fserror_extent *x = a, *y = b;

	if (x->pos != y->pos)
		return x->pos < y->pos ? -1 : 1;
	return 0;
}

static int fserror_resolve_gap(struct fserror_resolve *resolve, u64 pos, u64 end)
{
	struct fserror_owner owner = {
		.kind		= FSERROR_KIND_MEDIA,
		.flags		= resolve->error ?
				  FSERROR_RECORD_FLAG_UNRESOLVED :
				  FSERROR_RECORD_FLAG_UNOWNED,
		.dev_pos	= pos,
		.dev_len	= end - pos,
	};
	unsigned int nr = resolve->nr_pieces;
	int error;

	error = fserror_resolve_put(&resolve->sink, &owner);
	/* a gap is no piece: they are being walked */
	resolve->nr_pieces = nr;
	return error;
}

/* Tell what is left of the ranges when the pieces have been taken out. */
static int fserror_resolve_gaps(struct fserror_resolve *resolve)
{
	const struct fserror_extent *piece;
	unsigned int i;
	u64 pos, end;
	int error;

	for (i = 0; i < resolve->nr; i++) {
		end = fserror_told_end(&resolve->told[i]);
		pos = max(resolve->told[i].range.pos, resolve->gap);
		while (pos < end) {
			u64 stop = end;

			while (resolve->next_piece < resolve->nr_pieces) {
				piece = &resolve->piece[resolve->next_piece];
				if (piece->pos + piece->len > pos)
					break;
				resolve->next_piece++;
			}
			if (resolve->next_piece < resolve->nr_pieces) {
				piece = &resolve->piece[resolve->next_piece];
				if (piece->pos <= pos) {
					pos = min(piece->pos + piece->len, end);
					resolve->gap = pos;
					continue;
				}
				stop = min(stop, piece->pos);
			}
			error = fserror_resolve_gap(resolve, pos, stop);
			if (error)
				return error;
			pos = stop;
			resolve->gap = pos;
		}
	}
	return 0;
}

/**
 * fserror_resolve - have a filesystem resolve a batch of ranges
 * @resolve: the batch; s_umount of its superblock is held shared
 *
 * To be called again, with the same batch, when it did not come to the end.
 *
 * Context: Process context, may sleep.
 * Return: 0 when all was told; -EAGAIN or -EINTR to go on later; -ENOBUFS if there was
 * no room for a record; or what ->put returned.
 */
int fserror_resolve(struct fserror_resolve *resolve)
{
	struct super_block *sb = resolve->sb;
	int error;

	lockdep_assert_held(&sb->s_umount);

	if (!resolve->gaps) {
		resolve->stopped = 0;
		error = sb->s_op->fserror_ops->resolve(sb, resolve->dev->bdev,
						       resolve->ext, resolve->nr,
						       &resolve->sink);
		if (resolve->stopped)
			return resolve->stopped;
		if (error == -EAGAIN || error == -EINTR)
			return error;
		/* what was not walked and not emitted is a gap */
		resolve->error = error;
		sort(resolve->piece, resolve->nr_pieces, sizeof(*resolve->piece),
		     fserror_extent_cmp, NULL);
		resolve->gaps = true;
	}
	return fserror_resolve_gaps(resolve);
}

/**
 * fserror_told_record - a record of what was told of a range, without owners
 * @fsb: the instance
 * @dev: the device
 * @told: the range
 * @record: filled in
 *
 * Context: Any but NMI.
 */
void fserror_told_record(const struct fserror_sb *fsb,
			 const struct fserror_dev *dev,
			 const struct fserror_told_range *told,
			 struct fserror_record *record)
{
	enum fserror_kind kind = FSERROR_KIND_MEDIA;
	bool partial = told->flags & FSERROR_TOLD_PARTIAL;

	if (told->state == FSERROR_TOLD_DEGRADED)
		kind = FSERROR_KIND_DEGRADED;
	else if (partial)
		kind = FSERROR_KIND_BULK;

	fserror_sb_record(fsb, record, kind, EIO);
	record->flags = fserror_told_record_flags(told);
	if (partial) {
		record->flags |= FSERROR_RECORD_FLAG_PARTIAL;
		record->count = told->count;
	}
	if (told->flags & FSERROR_TOLD_UNRESOLVED)
		record->flags |= FSERROR_RECORD_FLAG_UNRESOLVED;
	fserror_record_set_range(record, dev->dev, dev->role, &told->range);
}
