// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filling in records, and making one of two.
 *
 * A record says all there is to say when it is made and refers to nothing
 * afterwards, so that neither unmount nor the eviction of an inode ever waits
 * for a watcher.
 *
 * What filesystems report by themselves can come very often: a process that reads
 * one bad sector in a loop, or a file of which no block can be written back any
 * more. Such records may wait for a moment before they are read by anybody, and
 * those that belong together become one.
 */
#include <linux/array_size.h>
#include <linux/build_bug.h>
#include <linux/exportfs.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include "internal.h"

/* the causes of the block layer are those of the protocol */
static_assert((int)BDEV_BAD_MEDIA == (int)FSERROR_CAUSE_MEDIA);
static_assert((int)BDEV_BAD_MACHINE_CHECK == (int)FSERROR_CAUSE_MACHINE_CHECK);
static_assert((int)BDEV_BAD_REMOVED == (int)FSERROR_CAUSE_REMOVED);

/**
 * fserror_group_of - in which group is a kind of record told?
 * @kind: the kind
 *
 * Context: Any.
 * Return: the group.
 */
enum fserror_group fserror_group_of(enum fserror_kind kind)
{
	switch (kind) {
	case FSERROR_KIND_BUFFERED_READ:
	case FSERROR_KIND_BUFFERED_WRITE:
	case FSERROR_KIND_DIRECTIO_READ:
	case FSERROR_KIND_DIRECTIO_WRITE:
		return FSERROR_GROUP_IO;
	default:
		return FSERROR_GROUP_DAMAGE;
	}
}

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
 * @dev: device of the filesystem
 * @role: what the filesystem uses it for, 0 if not known
 * @range: the range, in bytes of @dev, with its cause, flags, layer and origin
 *
 * Whether the layer is one that cannot say where the range is, the caller knows.
 *
 * Context: Any.
 */
void fserror_record_set_range(struct fserror_record *record, dev_t dev,
			      enum fserror_role role,
			      const struct bdev_bad_range *range)
{
	record->cause = range->cause;
	record->role = role;
	record->device.dev = dev;
	record->device.pos = range->pos;
	record->device.len = range->len;
	record->origin.dev = range->origin_dev;
	record->origin.pos = range->origin_pos;
	record->origin.len = range->origin_len;

	if (range->flags & BDEV_BAD_PARTIAL)
		record->flags |= FSERROR_RECORD_FLAG_PARTIAL;
	if (range->flags & BDEV_BAD_UNKNOWN)
		record->flags |= FSERROR_RECORD_FLAG_UNKNOWN;
	strscpy(record->layer, range->layer);
}

/**
 * fserror_record_strip - make a record be about all of its filesystem
 * @record: the record
 *
 * For a filesystem that reports too much: such records become one.
 *
 * Context: Any.
 */
void fserror_record_strip(struct fserror_record *record)
{
	record->has_inode = false;
	record->unread = false;
	record->ino = 0;
	record->root = 0;
	record->generation = 0;
	record->nlink = 0;
	record->pos = 0;
	record->len = 0;
	record->handle_type = 0;
	record->handle_len = 0;
	record->flags &= ~FSERROR_RECORD_FLAG_UNLINKED;
	if (fserror_group_of(record->kind) == FSERROR_GROUP_DAMAGE)
		record->flags |= FSERROR_RECORD_FLAG_UNRESOLVED;
}

/**
 * fserror_record_may_wait - may more of its kind be added to a record?
 * @record: the record
 *
 * Those with a device range may not: others add up what they are told.
 *
 * Context: Any.
 * Return: whether it may wait a moment before it is told.
 */
bool fserror_record_may_wait(const struct fserror_record *record)
{
	if (fserror_group_of(record->kind) == FSERROR_GROUP_IO)
		return true;
	return (record->kind == FSERROR_KIND_METADATA ||
		record->kind == FSERROR_KIND_DATA_LOST) && !record->device.dev;
}

/**
 * fserror_record_key - which records wait when one of them has been told?
 * @record: the record
 *
 * Context: Any.
 * Return: a hash of the instance, the inode and its handle, and the kind.
 */
u64 fserror_record_key(const struct fserror_record *record)
{
	const u64 words[] = {
		record->instance, record->dev, record->kind,
		record->has_inode ? record->ino : 0, record->root,
		record->generation, record->has_inode,
		jhash(record->handle, record->handle_len, 0),
	};
	u64 key = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		key = hash_64(key ^ words[i], 64);
	return key;
}

/*
 * Inodes of two subvolumes may have the same number and generation; their handles
 * differ.
 */
static bool fserror_record_same_handle(const struct fserror_record *a,
				       const struct fserror_record *b)
{
	return a->handle_type == b->handle_type &&
	       a->handle_len == b->handle_len &&
	       !memcmp(a->handle, b->handle, a->handle_len);
}

/* The hull of both ranges of the file, if they overlap or touch. */
static bool fserror_record_merge_range(struct fserror_record *last,
				       const struct fserror_record *record)
{
	u64 last_end, end;

	if (!last->len && !record->len)
		return true;
	if (!last->len || !record->len)
		return false;
	if (check_add_overflow(last->pos, last->len, &last_end) ||
	    check_add_overflow(record->pos, record->len, &end))
		return false;
	if (record->pos > last_end || last->pos > end)
		return false;

	last->pos = min(last->pos, record->pos);
	last->len = max(last_end, end) - last->pos;
	return true;
}

/**
 * fserror_record_merge - let one record stand for another one as well
 * @last: the record that stays
 * @record: the other one
 *
 * They become one if they are about the same inode of the same instance, are of the
 * same kind with the same errno, and their ranges overlap or touch; or if they are
 * about the filesystem and its failed reads or writes as a whole, and then an errno
 * that is not the same for all is left out.
 *
 * Context: Any.
 * Return: whether @last stands for both now.
 */
bool fserror_record_merge(struct fserror_record *last,
			  const struct fserror_record *record)
{
	bool io = fserror_group_of(record->kind) == FSERROR_GROUP_IO;

	if (!fserror_record_may_wait(last) || !fserror_record_may_wait(record))
		return false;
	if (last->kind != record->kind || last->cause != record->cause ||
	    last->flags != record->flags ||
	    last->instance != record->instance || last->dev != record->dev ||
	    last->has_inode != record->has_inode || last->ino != record->ino ||
	    last->generation != record->generation ||
	    last->root != record->root ||
	    !fserror_record_same_handle(last, record))
		return false;
	if (last->error != record->error && (last->has_inode || !io))
		return false;
	if (!fserror_record_merge_range(last, record))
		return false;

	if (last->error != record->error)
		last->error = 0;
	last->nlink = record->nlink;
	last->repeat = max(last->repeat, 1) + max(record->repeat, 1);
	return true;
}
