// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports of what no mirror has, or none with the right checksum, by its logical
 * address: that is how scrub finds it. Owners are found by walking the back references
 * of the extent in the commit roots.
 *
 * A walk is done in two steps. Owners are collected first, at most LOST_OWNERS for an
 * extent; their inodes are looked up when nothing is held that a commit waits for,
 * because looking up an inode waits for its eviction, and that may wait for a commit. An
 * owner counts if its file extent item still points to the extent.
 *
 * LOCKING
 *
 * s_umount, shared, by trylock only: who holds it may be waiting for the scrub that
 * calls. It keeps unmount from meeting an inode that is in use here. Under it
 * commit_root_sem, shared, and then, without that, tree locks, one tree at a time.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/fserror.h>
#include <linux/fserror_watch.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include "ctree.h"
#include "accessors.h"
#include "backref.h"
#include "btrfs_inode.h"
#include "disk-io.h"
#include "file-item.h"
#include "fs.h"
#include "fserror.h"
#include "messages.h"

/* file extent items of an extent that are looked at, 12 KiB */
#define LOST_OWNERS	512
/* how often s_umount is tried, 50 ms apart */
#define LOST_LOCK_TRIES	20

/* a file extent item, by its key */
struct lost_owner {
	u64	root;
	u64	ino;
	u64	offset;
};

/**
 * struct lost_extent - a data extent that lost something
 * @fs_info: the filesystem
 * @path: for looking at trees
 * @start: logical address of its first byte
 * @end: logical address of the byte after it
 * @from: logical address of the first byte that is lost
 * @to: logical address of the byte after those
 * @nr: number of @owner
 * @more: there are more owners than have room in @owner
 * @owner: file extent items that may point to it
 */
struct lost_extent {
	struct btrfs_fs_info	*fs_info;
	struct btrfs_path	*path;
	u64			start;
	u64			end;
	u64			from;
	u64			to;
	unsigned int		nr;
	bool			more;
	struct lost_owner	owner[LOST_OWNERS];
};

/* Something is lost, and nobody can say to whom. */
static void report_unresolved(struct btrfs_fs_info *fs_info)
{
	fserror_report(fs_info->sb, NULL, FSERR_DATA_LOST, 0, 0, -EIO, GFP_NOFS);
}

static struct super_block *lost_lock(struct btrfs_fs_info *fs_info)
{
	struct super_block *sb = fs_info->sb;
	int i;

	for (i = 0; i < LOST_LOCK_TRIES; i++) {
		if (down_read_trylock(&sb->s_umount)) {
			if (sb->s_flags & SB_ACTIVE)
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

static int lost_collect(u64 ino, u64 offset, u64 num_bytes, u64 root, void *data)
{
	struct lost_extent *lost = data;

	if (lost->nr == LOST_OWNERS) {
		lost->more = true;
		return BTRFS_ITERATE_EXTENT_INODES_STOP;
	}
	lost->owner[lost->nr++] = (struct lost_owner) {
		.root = root, .ino = ino, .offset = offset,
	};
	return 0;
}

/*
 * Which bytes of the file are lost, if the item at the path points to the extent and to
 * something in it that is lost? What is compressed cannot be read at all then, and what
 * was only allocated holds nothing.
 */
static bool lost_range(const struct lost_extent *lost, u64 file_pos, u64 *pos, u64 *len)
{
	const struct extent_buffer *eb = lost->path->nodes[0];
	const struct btrfs_file_extent_item *item;
	u64 first, nr, from, to;

	item = btrfs_item_ptr(eb, lost->path->slots[0], struct btrfs_file_extent_item);
	if (btrfs_file_extent_type(eb, item) != BTRFS_FILE_EXTENT_REG ||
	    btrfs_file_extent_disk_bytenr(eb, item) != lost->start)
		return false;

	nr = btrfs_file_extent_num_bytes(eb, item);
	if (btrfs_file_extent_compression(eb, item)) {
		*pos = file_pos;
		*len = nr;
		return true;
	}
	first = lost->start + btrfs_file_extent_offset(eb, item);
	from = max(first, lost->from);
	to = min(first + nr, lost->to);
	if (from >= to)
		return false;
	*pos = file_pos + (from - first);
	*len = to - from;
	return true;
}

static void lost_inode(const struct lost_extent *lost, struct btrfs_root *root, u64 ino,
		       u64 pos, u64 len)
{
	struct btrfs_inode *inode = btrfs_iget(ino, root);
	u64 size;

	if (IS_ERR(inode)) {
		/* it may have been deleted a moment ago */
		if (PTR_ERR(inode) != -ENOENT && PTR_ERR(inode) != -ESTALE)
			report_unresolved(lost->fs_info);
		return;
	}
	/* bytes after the end of the file never were anybody's */
	size = i_size_read(&inode->vfs_inode);
	if (pos < size)
		fserror_report_data_lost(&inode->vfs_inode, pos, min(len, size - pos),
					 GFP_NOFS);
	fserror_iput_later(&inode->vfs_inode);
}

static void lost_tell(struct lost_extent *lost, const struct lost_owner *owner)
{
	struct btrfs_root *root;
	u64 pos, len;
	bool found;
	int ret;

	/* a copy that balancing is making */
	if (owner->root == BTRFS_DATA_RELOC_TREE_OBJECTID ||
	    owner->root == BTRFS_TREE_RELOC_OBJECTID)
		return;
	/* the cache of free space is a file of the filesystem's own */
	if (!btrfs_is_fstree(owner->root)) {
		fserror_report_metadata(lost->fs_info->sb, -EIO, GFP_NOFS);
		return;
	}

	root = btrfs_get_fs_root(lost->fs_info, owner->root, true);
	if (IS_ERR(root)) {
		/* a subvolume that is being deleted */
		if (PTR_ERR(root) != -ENOENT)
			report_unresolved(lost->fs_info);
		return;
	}
	ret = btrfs_lookup_file_extent(NULL, root, lost->path, owner->ino, owner->offset,
				       0);
	found = !ret && lost_range(lost, owner->offset, &pos, &len);
	btrfs_release_path(lost->path);
	if (ret < 0)
		report_unresolved(lost->fs_info);
	if (found)
		lost_inode(lost, root, owner->ino, pos, len);
	btrfs_put_root(root);
}

static int lost_walk(struct lost_extent *lost)
{
	struct btrfs_backref_walk_ctx ctx = {
		.fs_info		= lost->fs_info,
		.bytenr			= lost->start,
		.ignore_extent_item_pos	= true,
	};
	unsigned int i;
	int ret;

	lost->nr = 0;
	lost->more = false;
	ret = iterate_extent_inodes(&ctx, true, lost_collect, lost);
	for (i = 0; i < lost->nr; i++) {
		lost_tell(lost, &lost->owner[i]);
		cond_resched();
	}
	return ret ?: lost->more ? -E2BIG : 0;
}

/* The extents in [@logical, @end), one after the other. */
static int lost_extents(struct lost_extent *lost, u64 logical, u64 end)
{
	struct btrfs_key key;
	u64 flags;
	int ret, error = 0;

	for (; logical < end; logical = max(lost->end, logical + 1)) {
		ret = extent_from_logical(lost->fs_info, logical, lost->path, &key, &flags);
		btrfs_release_path(lost->path);
		if (ret == -ENOENT) {
			/* freed meanwhile; extents are made of whole blocks */
			lost->end = logical + lost->fs_info->sectorsize;
			continue;
		}
		if (ret < 0)
			return ret;
		lost->start = key.objectid;
		lost->end = key.objectid + (key.type == BTRFS_METADATA_ITEM_KEY ?
					    lost->fs_info->nodesize : key.offset);
		if (flags & BTRFS_EXTENT_FLAG_TREE_BLOCK) {
			btrfs_report_lost_metadata(lost->fs_info, -EIO);
			continue;
		}
		lost->from = logical;
		lost->to = min(lost->end, end);
		error = lost_walk(lost) ?: error;
	}
	return error;
}

/*
 * btrfs_report_lost_data - report that data cannot be read any more
 * @fs_info: the filesystem
 * @logical: logical address of the first byte that no mirror has
 * @len: how many bytes
 *
 * Each owner is a report, with the bytes of its file. If there are more than 512 file
 * extent items that point to an extent, or more than 1024 losses within five seconds, or
 * s_umount cannot be had within a second, what is left is one report without an inode.
 *
 * Context: Process context, sleeps and reads. The caller keeps the filesystem from going
 * away and holds nothing that a commit of a transaction waits for.
 */
void btrfs_report_lost_data(struct btrfs_fs_info *fs_info, u64 logical, u64 len)
{
	static DEFINE_RATELIMIT_STATE(rs, 5 * HZ, 1024);
	struct lost_extent *lost = NULL;
	struct super_block *sb = NULL;
	int ret = -EBUSY;

	ratelimit_set_flags(&rs, RATELIMIT_MSG_ON_RELEASE);
	if (__ratelimit(&rs))
		sb = lost_lock(fs_info);
	if (!sb)
		goto out;

	ret = -ENOMEM;
	lost = kvmalloc_obj(*lost, GFP_NOFS);
	if (!lost)
		goto out_unlock;
	lost->path = btrfs_alloc_path();
	if (!lost->path)
		goto out_unlock;
	lost->fs_info = fs_info;
	ret = lost_extents(lost, logical, logical + len);
	btrfs_free_path(lost->path);

out_unlock:
	kvfree(lost);
	up_read(&sb->s_umount);
out:
	if (!ret)
		return;
	btrfs_debug(fs_info, "the owners of what is lost at %llu are not known: %d",
		    logical, ret);
	report_unresolved(fs_info);
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
	if (test_bit(BTRFS_FS_OPEN, &fs_info->flags))
		fserror_report_metadata(fs_info->sb, error, GFP_NOFS);
}
