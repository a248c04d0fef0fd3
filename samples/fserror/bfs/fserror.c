// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose is a bad range of the disk?
 *
 * A BFS file is one run of blocks and there are at most 512 files, so that
 * asking each of them is all the reverse mapping there is need for.
 *
 * LOCKING: called with s_umount held shared, which keeps the filesystem mounted.
 * bfs_lock protects which inodes are in use and where a file lies. It is held
 * for looking at that and for nothing else: bfs_evict_inode() takes it, so an
 * inode must be neither looked up, which waits for an eviction, nor put under
 * it. What was looked at may have changed when it is told; whoever asks again
 * is told what is true then.
 *
 * LIFETIME: an inode is held by a reference while it is told of.
 */
#include <linux/blk-badrange.h>
#include <linux/fs.h>
#include <linux/fserror_watch.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include "bfs.h"

/*
 * The cursor: v[0] is the inode number that comes next. The two steps before the
 * first inode have the numbers below BFS_ROOT_INO, the one after the last inode
 * the number behind it. v[1] is an errno if an inode could not be read.
 */
enum {
	BFS_FSERROR_SUPER	= 0,
	BFS_FSERROR_INODES	= 1,
};

/* Fill in which of the bytes @start to @end of the disk, if any, are bad. */
static bool bfs_fserror_clip(const struct fserror_sink *sink, u64 start,
			     u64 end, struct fserror_owner *owner)
{
	const struct bdev_bad_range *range = sink->range;

	start = max(start, range->pos);
	end = min(end, range->pos + range->len);
	if (start >= end)
		return false;
	owner->dev_pos = start;
	owner->dev_len = end - start;
	return true;
}

/* Block 0 and the table of inodes, which follows it. */
static int bfs_fserror_metadata(struct super_block *sb,
				struct fserror_sink *sink)
{
	struct fserror_owner owner = {
		.kind	= FSERROR_KIND_METADATA,
	};
	int stop;

	if (sink->cursor.v[0] == BFS_FSERROR_SUPER) {
		owner.meta = FSERROR_META_HEADER;
		if (bfs_fserror_clip(sink, 0, BFS_BSIZE, &owner)) {
			stop = fserror_emit(sink, &owner);
			if (stop)
				return stop;
		}
		sink->cursor.v[0] = BFS_FSERROR_INODES;
	}

	if (sink->cursor.v[0] == BFS_FSERROR_INODES) {
		owner.meta = FSERROR_META_INODES;
		if (bfs_fserror_clip(sink, BFS_BSIZE,
				     BFS_INO2OFF(BFS_SB(sb)->si_lasti + 1),
				     &owner)) {
			stop = fserror_emit(sink, &owner);
			if (stop)
				return stop;
		}
		sink->cursor.v[0] = BFS_ROOT_INO;
	}
	return 0;
}

static int bfs_fserror_inode(struct fserror_sink *sink, struct inode *inode)
{
	struct bfs_sb_info *info = BFS_SB(inode->i_sb);
	struct bfs_inode_info *bi = BFS_I(inode);
	struct fserror_owner owner = {
		.kind	= FSERROR_KIND_METADATA,
		.meta	= FSERROR_META_DIRECTORY,
		.inode	= inode,
	};
	u64 start, end;

	mutex_lock(&info->bfs_lock);
	start = (u64)bi->i_sblock << BFS_BSIZE_BITS;
	end = ((u64)bi->i_eblock + 1) << BFS_BSIZE_BITS;
	mutex_unlock(&info->bfs_lock);

	/* a file without blocks */
	if (!start)
		return 0;
	/* bytes after the end of the file never were anybody's */
	if (S_ISREG(inode->i_mode))
		end = min(end, start + i_size_read(inode));
	if (!bfs_fserror_clip(sink, start, end, &owner))
		return 0;

	if (S_ISREG(inode->i_mode)) {
		owner.kind = FSERROR_KIND_DATA_LOST;
		owner.meta = 0;
		owner.pos = owner.dev_pos - start;
		owner.len = owner.dev_len;
	}
	return fserror_emit(sink, &owner);
}

static bool bfs_fserror_in_use(struct bfs_sb_info *info, unsigned long ino)
{
	bool in_use;

	mutex_lock(&info->bfs_lock);
	in_use = test_bit(ino, info->si_imap);
	mutex_unlock(&info->bfs_lock);
	return in_use;
}

static int bfs_fserror_resolve(struct super_block *sb,
			       struct block_device *bdev,
			       struct fserror_sink *sink)
{
	struct bfs_sb_info *info = BFS_SB(sb);
	struct fserror_cursor *cursor = &sink->cursor;
	struct inode *inode;
	int stop;

	stop = bfs_fserror_metadata(sb, sink);
	if (stop)
		return stop;

	for (; cursor->v[0] <= info->si_lasti; cursor->v[0]++) {
		unsigned long ino = cursor->v[0];

		if (!bfs_fserror_in_use(info, ino))
			continue;
		inode = bfs_iget(sb, ino);
		if (IS_ERR(inode)) {
			/* it may have been removed a moment ago */
			if (bfs_fserror_in_use(info, ino))
				cursor->v[1] = -PTR_ERR(inode);
			continue;
		}
		stop = bfs_fserror_inode(sink, inode);
		iput(inode);
		if (stop)
			return stop;
		cond_resched();
	}

	if (!cursor->v[1])
		return 0;
	/* an inode that cannot be read may own any of it */
	stop = fserror_emit_unresolved(sink, sink->range->pos,
				       sink->range->len);
	return stop ? stop : -(int)cursor->v[1];
}

static bool bfs_fserror_can_resolve(struct super_block *sb)
{
	return true;
}

/* There is one device, s_bdev, so ->get_bdev is not needed. */
const struct fserror_operations bfs_fserror_operations = {
	.can_resolve	= bfs_fserror_can_resolve,
	.resolve	= bfs_fserror_resolve,
};
