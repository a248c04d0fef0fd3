// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports of what no mirror has, or none with the right checksum, by its logical
 * address: that is how scrub finds it.
 *
 * LOCKING
 *
 * s_umount, shared, by trylock only: who holds it may be waiting for the scrub that
 * calls. See fserror-owners.c for what is taken under it.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/fserror.h>
#include <linux/fserror_watch.h>
#include <linux/ratelimit.h>
#include "ctree.h"
#include "fs.h"
#include "fserror.h"
#include "messages.h"

/* how often s_umount is tried, 50 ms apart */
#define LOST_LOCK_TRIES	20

/* Something is lost, and nobody can say to whom. */
static void report_unresolved(struct btrfs_fs_info *fs_info, int error)
{
	fserror_report(fs_info->sb, NULL, FSERR_DATA_LOST, 0, 0, error, GFP_NOFS);
}

static struct super_block *lost_lock(struct btrfs_fs_info *fs_info)
{
	struct super_block *sb = fs_info->sb;
	int i;

	for (i = 0; i < LOST_LOCK_TRIES; i++) {
		if (down_read_trylock(&sb->s_umount)) {
			/* an eviction may wait for the thaw, which waits for s_umount */
			if (sb->s_flags & SB_ACTIVE &&
			    sb->s_writers.frozen == SB_UNFROZEN)
				return sb;
			up_read(&sb->s_umount);
			break;
		}
		if (atomic_read(&fs_info->scrub_cancel_req))
			break;
		msleep(50);
	}
	return NULL;
}

static int report_piece(struct btrfs_lost_walk *walk,
			const struct btrfs_lost_piece *piece)
{
	const int error = *(const int *)walk->priv;

	switch (piece->what) {
	case BTRFS_LOST_DATA:
		if (piece->inode)
			fserror_report(walk->fs_info->sb, piece->inode, FSERR_DATA_LOST,
				       piece->pos, piece->len, error, GFP_NOFS);
		else
			report_unresolved(walk->fs_info, error);
		break;
	case BTRFS_LOST_METADATA:
		btrfs_report_lost_metadata(walk->fs_info, error);
		break;
	case BTRFS_LOST_UNKNOWN:
		btrfs_debug(walk->fs_info, "the owners of what is lost at %llu are not known",
			    piece->logical);
		report_unresolved(walk->fs_info, error);
		break;
	case BTRFS_LOST_FREE:
		/* freed since scrub has seen it */
		break;
	}
	return 0;
}

/*
 * btrfs_report_lost_data - report that data cannot be read any more
 * @fs_info: the filesystem
 * @logical: logical address of the first byte that no mirror has
 * @len: how many bytes
 * @error: -EIO if they cannot be read, which a disk may tell of, too; -EBADMSG if they can,
 *	with a wrong checksum, which nobody else tells of
 *
 * Each owner is a report, with the bytes of its file. If there are more than 512 file
 * extent items that point to an extent, or more than 1024 losses within five seconds, or
 * s_umount cannot be had within a second, or the filesystem is frozen, what is left is one
 * report without an inode.
 *
 * Context: Process context, sleeps and reads. The caller keeps the filesystem from going
 * away and holds nothing that a commit of a transaction waits for.
 */
void btrfs_report_lost_data(struct btrfs_fs_info *fs_info, u64 logical, u64 len,
			    int error)
{
	static DEFINE_RATELIMIT_STATE(rs, 5 * HZ, 1024);
	struct btrfs_lost_walk *walk = NULL;
	struct super_block *sb = NULL;

	ratelimit_set_flags(&rs, RATELIMIT_MSG_ON_RELEASE);
	if (__ratelimit(&rs))
		sb = lost_lock(fs_info);
	if (sb)
		walk = btrfs_lost_walk_alloc(fs_info);
	if (walk) {
		walk->tell = report_piece;
		walk->priv = &error;
		btrfs_lost_walk(walk, logical, logical + len);
		btrfs_lost_walk_free(walk);
	} else {
		report_unresolved(fs_info, error);
	}
	if (sb)
		up_read(&sb->s_umount);
}

/*
 * btrfs_report_lost_metadata - report that a block of metadata cannot be read
 * @fs_info: the filesystem
 * @error: negative errno of the last mirror
 *
 * Nothing is reported while the filesystem is being mounted: mount(2) fails, or does
 * without it.
 *
 * Context: Process context.
 */
void btrfs_report_lost_metadata(struct btrfs_fs_info *fs_info, int error)
{
	/* BTRFS_FS_OPEN is not set of what is mounted read-only */
	if (READ_ONCE(fs_info->sb->s_flags) & SB_ACTIVE)
		fserror_report_metadata(fs_info->sb, error, GFP_NOFS);
}
