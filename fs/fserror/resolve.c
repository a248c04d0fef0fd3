// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a bad range of a device to records.
 *
 * The filesystem knows whose a block is; it hands over one owner after the other
 * through fserror_emit(). What happens with them depends on who asked: an edge
 * becomes records in the journal, the dump of a level becomes a message.
 *
 * One bad range can have a million owners. An edge is collected up to a bound
 * and published at once; beyond the bound it is one bulk record, and the watcher
 * pulls the list with damage-get, at its own pace. A device that is being
 * removed is the exception: nobody can ask the filesystem afterwards, so all
 * owners are told, no faster than the publisher sends them on.
 *
 * LOCKING
 *
 * All of this runs in process context with s_umount held shared and nothing
 * else. Unmount waits for it, and so never for a watcher: what is collected here
 * refers to nothing.
 */
#include <linux/blkdev.h>
#include <linux/fs.h>
#include <linux/fsnotify.h>
#include <linux/slab.h>
#include "internal.h"

/* owners of one bad range that are told one by one */
#define FSERROR_EDGE_OWNERS	1024
/* owners of a device that is being removed that are told in one go */
#define FSERROR_REMOVED_BATCH	64

/**
 * struct fserror_edge - collects the owners of one range
 * @sink: what the filesystem sees
 * @records: what was collected
 * @nr: how many
 * @max: for how many there is room
 * @found: how many owners there were
 * @too_many: there were more than are told one by one
 */
struct fserror_edge {
	struct fserror_sink	sink;
	struct fserror_record	*records;
	unsigned int		nr;
	unsigned int		max;
	u64			found;
	bool			too_many;
};

static int fserror_put_owner(struct fserror_sink *sink,
			     const struct fserror_owner *owner, u32 flags)
{
	const struct bdev_bad_range *range = sink->range;
	struct bdev_bad_range piece = *range;
	struct fserror_record record;

	piece.pos = owner->dev_pos;
	piece.len = owner->dev_len;
	if (!range->layer) {
		piece.origin_pos += owner->dev_pos - range->pos;
		piece.origin_len = owner->dev_len;
	}

	fserror_record_init(&record, sink->sb, owner->kind, EIO);
	record.flags = flags | owner->flags | sink->flags;
	record.meta = owner->meta;
	if (owner->inode)
		fserror_record_set_inode(&record, owner->inode);
	record.pos = owner->pos;
	record.len = owner->len;
	fserror_record_set_range(&record, sink->bdev, &piece);

	return sink->put(sink, &record, owner->inode);
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
	return fserror_put_owner(sink, owner, 0);
}
EXPORT_SYMBOL_GPL(fserror_emit);

/**
 * fserror_emit_unresolved - hand over a piece of a bad range that nobody owns up to
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
		.dev_pos	= dev_pos,
		.dev_len	= dev_len,
	};

	return fserror_put_owner(sink, &owner, FSERROR_RECORD_FLAG_UNRESOLVED);
}
EXPORT_SYMBOL_GPL(fserror_emit_unresolved);

/**
 * fserror_resolve - have a filesystem resolve a bad range
 * @sb: the filesystem; s_umount is held shared
 * @bdev: device of the filesystem
 * @sink: where the owners go; range, cursor and put are set
 *
 * Context: Process context, may sleep.
 * Return: 0 when the range has been walked to its end, what the sink returned,
 * or a negative errno of the filesystem, which has then emitted what it could
 * not walk.
 */
int fserror_resolve(struct super_block *sb, struct block_device *bdev,
		    struct fserror_sink *sink)
{
	const struct fserror_operations *ops = sb->s_op->fserror_ops;

	lockdep_assert_held_read(&sb->s_umount);

	sink->sb = sb;
	sink->bdev = bdev;

	/* a range that is nobody knows where cannot be anybody's */
	if (!ops || !ops->resolve || sink->range->layer)
		return fserror_emit_unresolved(sink, sink->range->pos,
					       sink->range->len);
	return ops->resolve(sb, bdev, sink);
}

static void fserror_edge_flush(struct fserror_edge *edge)
{
	unsigned int i;

	for (i = 0; i < edge->nr; i++)
		fserror_journal_add(edge->sink.sb, &edge->records[i]);
	edge->nr = 0;
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

static bool fserror_edge_grow(struct fserror_edge *edge)
{
	unsigned int max = edge->max ? edge->max * 2 : 4;
	struct fserror_record *records;

	records = kvrealloc(edge->records, array_size(max, sizeof(*records)),
			    GFP_NOFS);
	if (!records)
		return false;
	edge->records = records;
	edge->max = max;
	return true;
}

static int fserror_edge_put(struct fserror_sink *sink,
			    struct fserror_record *record, struct inode *inode)
{
	struct fserror_edge *edge =
			container_of(sink, struct fserror_edge, sink);
	bool removed = sink->range->cause == BDEV_BAD_REMOVED;

	if (++edge->found > FSERROR_EDGE_OWNERS && !removed) {
		edge->too_many = true;
		return -E2BIG;
	}

	if (sink->range->cause == BDEV_BAD_CLEARED) {
		record->kind = FSERROR_KIND_CLEARED;
		record->error = 0;
	} else {
		fserror_notify_others(sink->sb, inode, record);
	}

	if (removed && edge->nr == FSERROR_REMOVED_BATCH) {
		fserror_edge_flush(edge);
		fserror_publish_wait();
	}
	if (edge->nr == edge->max && !fserror_edge_grow(edge)) {
		/* better one by one than not at all */
		fserror_edge_flush(edge);
		fserror_journal_add(sink->sb, record);
		return 0;
	}
	edge->records[edge->nr++] = *record;
	return 0;
}

/* One record instead of its owners: too many of them, or none. */
static void fserror_edge_add_whole(struct fserror_edge *edge,
				   enum fserror_kind kind, int error)
{
	struct fserror_sink *sink = &edge->sink;
	struct fserror_record record;

	fserror_record_init(&record, sink->sb, kind, error);
	record.flags = sink->flags;
	fserror_record_set_range(&record, sink->bdev, sink->range);
	fserror_journal_add(sink->sb, &record);
}

/**
 * fserror_tell - publish that a range of a filesystem's device changed
 * @sb: the filesystem; s_umount is held shared
 * @bdev: device of the filesystem
 * @range: the range, in bytes of @bdev
 * @flags: enum fserror_record_flag for all records
 *
 * Context: Process context, may sleep.
 */
void fserror_tell(struct super_block *sb, struct block_device *bdev,
		  const struct bdev_bad_range *range, u32 flags)
{
	bool cleared = range->cause == BDEV_BAD_CLEARED;
	struct fserror_edge edge = {
		.sink = {
			.range	= range,
			.edge	= true,
			.flags	= flags,
			.put	= fserror_edge_put,
		},
	};

	/* an error was emitted as an unresolved range by whoever met it */
	fserror_resolve(sb, bdev, &edge.sink);

	if (edge.too_many)
		fserror_edge_add_whole(&edge,
				       cleared ? FSERROR_KIND_CLEARED :
						 FSERROR_KIND_BULK,
				       cleared ? 0 : EIO);
	else
		fserror_edge_flush(&edge);

	/* watchers that remember the range want to forget it, owned or not */
	if (cleared && !edge.found)
		fserror_edge_add_whole(&edge, FSERROR_KIND_CLEARED, 0);

	kvfree(edge.records);
}

/**
 * fserror_bad_range - a range of a filesystem's device went bad, or good again
 * @sb: the filesystem; s_umount is held shared
 * @bdev: device of the filesystem
 * @range: the range, in bytes of @bdev, within it
 *
 * Context: Process context, may sleep.
 */
void fserror_bad_range(struct super_block *sb, struct block_device *bdev,
		       const struct bdev_bad_range *range)
{
	fserror_tell(sb, bdev, range, 0);
}

/**
 * fserror_unheld_range - a range went bad under a holder that takes no part
 * @bdev: the device
 * @range: the range, in bytes of @bdev
 *
 * Context: Process context, may sleep.
 */
void fserror_unheld_range(struct block_device *bdev,
			  const struct bdev_bad_range *range)
{
	bool cleared = range->cause == BDEV_BAD_CLEARED;
	struct fserror_record record;

	fserror_record_init(&record, NULL,
			    cleared ? FSERROR_KIND_CLEARED : FSERROR_KIND_MEDIA,
			    cleared ? 0 : EIO);
	fserror_record_set_range(&record, bdev, range);
	record.flags |= FSERROR_RECORD_FLAG_UNRESOLVED;
	fserror_journal_add(NULL, &record);
}
