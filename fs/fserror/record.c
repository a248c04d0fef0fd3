// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filling in records.
 *
 * A record says all there is to say when it is made and refers to nothing
 * afterwards, so that neither unmount nor the eviction of an inode ever waits
 * for a watcher.
 */
#include <linux/blkdev.h>
#include <linux/exportfs.h>
#include <linux/fs.h>
#include <linux/string.h>
#include "internal.h"

/**
 * fserror_record_init - begin a record
 * @record: the record
 * @sb: filesystem that it is about, or NULL if it is about none
 * @kind: what happened
 * @error: errno, negative or positive; 0 if there is none
 *
 * Context: Any but NMI. The caller keeps @sb alive.
 */
void fserror_record_init(struct fserror_record *record, struct super_block *sb,
			 enum fserror_kind kind, int error)
{
	memset(record, 0, sizeof(*record));
	record->kind = kind;
	record->error = abs(error);
	if (!sb)
		return;

	record->dev = sb->s_dev;
	strscpy(record->fs_type, sb->s_type->name);
	strscpy(record->sb_id, sb->s_id);
	uuid_copy(&record->uuid, &sb->s_uuid);
}

/**
 * fserror_record_set_inode - say which inode a record is about
 * @record: the record
 * @inode: the inode; the caller keeps it alive
 *
 * Context: Any but NMI: the filesystems' encode_fh methods read the inode and
 * take no lock as long as no parent is asked for.
 */
void fserror_record_set_inode(struct fserror_record *record,
			      struct inode *inode)
{
	int words = FSERROR_HANDLE_BYTES / sizeof(u32);
	int type;

	record->has_inode = true;
	record->ino = inode->i_ino;
	record->generation = inode->i_generation;
	record->nlink = inode->i_nlink;
	if (!inode->i_nlink)
		record->flags |= FSERROR_RECORD_FLAG_UNLINKED;

	/* without a handle the inode number and the generation have to do */
	type = exportfs_encode_inode_fh(inode, (struct fid *)record->handle,
					&words, NULL, 0);
	if (type <= 0 || type == FILEID_INVALID)
		return;
	record->handle_type = type;
	record->handle_len = words * sizeof(u32);
}

/**
 * fserror_record_set_range - say which range of a device a record is about
 * @record: the record
 * @bdev: device of the filesystem
 * @range: the range, in bytes of @bdev, with its cause and its origin
 *
 * Context: Any.
 */
void fserror_record_set_range(struct fserror_record *record,
			      struct block_device *bdev,
			      const struct bdev_bad_range *range)
{
	record->cause = range->cause;
	record->device.dev = bdev->bd_dev;
	record->device.pos = range->pos;
	record->device.len = range->len;
	record->origin.dev = range->origin_dev;
	record->origin.pos = range->origin_pos;
	record->origin.len = range->origin_len;
	if (range->layer) {
		record->flags |= FSERROR_RECORD_FLAG_UNMAPPED;
		strscpy(record->layer, range->layer);
	}
}

static enum fserror_kind fserror_kind_of(enum fserror_type type, int error)
{
	switch (type) {
	case FSERR_BUFFERED_READ:
		return FSERROR_KIND_BUFFERED_READ;
	case FSERR_BUFFERED_WRITE:
		return FSERROR_KIND_BUFFERED_WRITE;
	case FSERR_DIRECTIO_READ:
		return FSERROR_KIND_DIRECTIO_READ;
	case FSERR_DIRECTIO_WRITE:
		return FSERROR_KIND_DIRECTIO_WRITE;
	case FSERR_DATA_LOST:
		return FSERROR_KIND_DATA_LOST;
	case FSERR_METADATA:
		break;
	}
	return error == -ESHUTDOWN ? FSERROR_KIND_SHUTDOWN :
				     FSERROR_KIND_METADATA;
}

/**
 * fserror_journal_error - publish what fserror_report() was told
 * @sb: superblock of the filesystem
 * @inode: inode within that filesystem, or NULL
 * @type: type of error
 * @pos: first byte of the range in the file
 * @len: length of that range in bytes; 0 if there is none
 * @error: negative errno
 *
 * Context: Any but NMI.
 */
void fserror_journal_error(struct super_block *sb, struct inode *inode,
			   enum fserror_type type, loff_t pos, u64 len,
			   int error)
{
	struct fserror_record record;

	fserror_record_init(&record, sb, fserror_kind_of(type, error), error);
	if (inode)
		fserror_record_set_inode(&record, inode);
	record.pos = pos;
	record.len = len;
	fserror_journal_add(sb, &record);
}

/**
 * fserror_journal_test - publish a record of which nothing is true but that it is
 * a test
 * @sb: filesystem that it names, or NULL
 *
 * Nobody but the watchers of the journal hears of it: other channels that tell of
 * errors would take it for one.
 *
 * Context: Any but NMI. The caller keeps @sb alive.
 * Return: the number of the record.
 */
u64 fserror_journal_test(struct super_block *sb)
{
	struct fserror_record record;

	fserror_record_init(&record, sb, FSERROR_KIND_TEST, 0);
	fserror_journal_add(sb, &record);
	return record.seq;
}
