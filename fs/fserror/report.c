// SPDX-License-Identifier: GPL-2.0-only
/*
 * What filesystems report by themselves, through fserror_report().
 *
 * Such records have no range of a device: they say what happened, and are in no
 * answer to damage-get.
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

	fserror_record_init(&record, sb, fserror_kind_of(type, error), error);
	if (inode)
		fserror_record_set_inode(&record, inode);
	record.pos = pos;
	record.len = len;

	guard(rcu)();
	fserror_publish_reported(fserror_sb_count(sb), &record);
}
