// SPDX-License-Identifier: GPL-2.0-only
/*
 * What filesystems report by themselves, through fserror_report().
 *
 * Such records have no range of a device: they say what happened, and are in no
 * answer to damage-get. A failed read may be a loss that is told anyway, see reads.c.
 *
 * Not every filesystem is heard. What is mounted in a user namespace is the work of
 * somebody who may not be trusted: a FUSE server can make as many errors of as many
 * kinds as it likes. fanotify tells those who live in that namespace. And a
 * filesystem without storage of its own has none that can go bad.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/rcupdate.h>
#include "internal.h"

static bool fserror_is_heard(const struct super_block *sb)
{
	if (sb->s_user_ns != &init_user_ns)
		return false;
	return sb->s_bdev || sb->s_op->fserror_ops ||
	       sb->s_type->fs_flags & FS_REQUIRES_DEV;
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

static void fserror_reported_record(struct fserror_record *record,
				    struct super_block *sb, struct inode *inode,
				    enum fserror_kind kind, loff_t pos, u64 len,
				    int error)
{
	fserror_record_init(record, sb, kind, error);
	if (inode)
		fserror_record_set_inode(record, inode);
	else if (kind == FSERROR_KIND_DATA_LOST)
		record->flags |= FSERROR_RECORD_FLAG_UNRESOLVED;
	record->pos = pos;
	record->len = len;
}

static void fserror_publish_record(struct super_block *sb,
				   struct fserror_record *record)
{
	guard(rcu)();
	fserror_publish_reported(fserror_sb_count(sb), record);
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

	if (!fserror_is_heard(sb))
		return;

	fserror_reported_record(&record, sb, inode, fserror_kind_of(type, error), pos,
				len, error);
	fserror_publish_record(sb, &record);
}

/**
 * fserror_journal_memory_failure - publish what fserror_report_memory_failure() was told
 * @inode: the file
 * @pos: first byte that is lost
 * @len: how many bytes
 *
 * Context: Any but NMI.
 */
void fserror_journal_memory_failure(struct inode *inode, loff_t pos, u64 len)
{
	struct super_block *sb = inode->i_sb;
	struct fserror_record record;

	if (!fserror_is_heard(sb))
		return;

	fserror_reported_record(&record, sb, inode, FSERROR_KIND_DATA_LOST, pos, len,
				-EIO);
	record.cause = FSERROR_CAUSE_MACHINE_CHECK;
	fserror_publish_record(sb, &record);
}

/**
 * fserror_read_waits - may a failed read, or a loss, be one that is told anyway?
 * @inode: the file, or NULL
 * @type: type of error
 * @len: length of the range in bytes
 * @error: negative errno
 *
 * A loss that is not of the medium (of what can be read, but has a wrong checksum) does not
 * wait: no disk tells of it, even if something right beside it is told.
 *
 * Context: Any.
 * Return: whether it is to be handed to fserror_journal_failed_read() instead of
 * fserror_journal_error(), from process context.
 */
bool fserror_read_waits(struct inode *inode, enum fserror_type type, u64 len, int error)
{
	const struct fserror_operations *ops;
	struct fserror_sb *fsb;

	if (type != FSERR_BUFFERED_READ && type != FSERR_DIRECTIO_READ &&
	    type != FSERR_DATA_LOST)
		return false;
	if (type == FSERR_DATA_LOST && error != -EIO)
		return false;
	if (!inode || !len || !fserror_is_heard(inode->i_sb))
		return false;
	ops = inode->i_sb->s_op->fserror_ops;
	if (!ops || !ops->places)
		return false;
	/* no loss is told: it is a failed read, and in its turn among others */
	guard(rcu)();
	fsb = rcu_dereference(inode->i_sb->s_fserror);
	return fsb && fserror_sb_any_bad(fsb);
}

static struct fserror_sb *fserror_reported_sb(struct super_block *sb)
{
	struct fserror_sb *fsb;

	guard(rcu)();
	fsb = rcu_dereference(sb->s_fserror);
	return fsb && refcount_inc_not_zero(&fsb->ref) ? fsb : NULL;
}

/**
 * fserror_journal_failed_read - publish a failed read, unless it is told as a loss
 * @inode: the file, with a reference
 * @type: type of error
 * @pos: first byte of the range in the file
 * @len: length of that range in bytes
 * @error: negative errno
 *
 * Context: Process context, may sleep and read from the filesystem.
 */
void fserror_journal_failed_read(struct inode *inode, enum fserror_type type,
				 loff_t pos, u64 len, int error)
{
	struct super_block *sb = inode->i_sb;
	struct fserror_record record;
	struct fserror_sb *fsb;
	bool held;

	fserror_reported_record(&record, sb, inode, fserror_kind_of(type, error), pos,
				len, error);
	/* it may have been unmounted meanwhile, but for this reference on the inode */
	fsb = fserror_reported_sb(sb);
	held = fsb && fserror_reads_hold(fsb, inode, &record);
	if (!held)
		fserror_publish_record(sb, &record);
	if (fsb)
		fserror_sb_put(fsb);
}
