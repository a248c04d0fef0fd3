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
#include <linux/fs.h>
#include <linux/fserror_watch.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include "bfs.h"

/*
 * The cursor: v[0] is the inode number that comes next. The two steps before the
 * first inode have the numbers below BFS_ROOT_INO, the one after the last inode the
 * number behind it. v[1] is how many of the bad extents are done with for that step,
 * v[2] an errno if an inode could not be read.
 */
enum {
	BFS_FSERROR_SUPER	= 0,
	BFS_FSERROR_INODES	= 1,
};

/* What is to be resolved. */
struct bfs_fserror {
	struct super_block		*sb;
	const struct fserror_extent	*ext;
	unsigned int			nr;
	struct fserror_sink		*sink;
};

/*
 * Tell of each bad piece of the bytes @start to @end of the disk, which are the
 * owner's; the first of them is byte 0 of the file.
 */
static int bfs_fserror_place(struct bfs_fserror *bf, u64 start, u64 end,
			     struct fserror_owner *owner)
{
	u64 *i = &bf->sink->cursor.v[1];
	int stop;

	for (; *i < bf->nr; (*i)++) {
		const struct fserror_extent *ext = &bf->ext[*i];
		u64 from = max(start, ext->pos);
		u64 to = min(end, ext->pos + ext->len);

		if (from >= to)
			continue;
		owner->dev_pos = from;
		owner->dev_len = to - from;
		if (owner->kind == FSERROR_KIND_DATA_LOST) {
			owner->pos = from - start;
			owner->len = to - from;
		}
		stop = fserror_emit(bf->sink, owner);
		if (stop)
			return stop;
	}
	*i = 0;
	return 0;
}

/* Block 0 and the table of inodes, which follows it. */
static int bfs_fserror_metadata(struct bfs_fserror *bf)
{
	struct fserror_cursor *cursor = &bf->sink->cursor;
	struct fserror_owner owner = {
		.kind	= FSERROR_KIND_METADATA,
	};
	u64 end = BFS_INO2OFF(BFS_SB(bf->sb)->si_lasti + 1);
	int stop;

	if (cursor->v[0] == BFS_FSERROR_SUPER) {
		owner.meta = FSERROR_META_HEADER;
		stop = bfs_fserror_place(bf, 0, BFS_BSIZE, &owner);
		if (stop)
			return stop;
		cursor->v[0] = BFS_FSERROR_INODES;
	}

	if (cursor->v[0] == BFS_FSERROR_INODES) {
		owner.meta = FSERROR_META_INODES;
		stop = bfs_fserror_place(bf, BFS_BSIZE, end, &owner);
		if (stop)
			return stop;
		cursor->v[0] = BFS_ROOT_INO;
	}
	return 0;
}

static int bfs_fserror_inode(struct bfs_fserror *bf, struct inode *inode)
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
	if (S_ISREG(inode->i_mode)) {
		owner.kind = FSERROR_KIND_DATA_LOST;
		owner.meta = 0;
		/* bytes after the end of the file never were anybody's */
		end = min(end, start + i_size_read(inode));
	}
	return bfs_fserror_place(bf, start, end, &owner);
}

static bool bfs_fserror_in_use(struct bfs_sb_info *info, unsigned long ino)
{
	bool in_use;

	mutex_lock(&info->bfs_lock);
	in_use = test_bit(ino, info->si_imap);
	mutex_unlock(&info->bfs_lock);
	return in_use;
}

/* An inode that cannot be read may own any of it. */
static int bfs_fserror_unresolved(struct bfs_fserror *bf)
{
	struct fserror_cursor *cursor = &bf->sink->cursor;
	int stop;

	for (; cursor->v[1] < bf->nr; cursor->v[1]++) {
		const struct fserror_extent *ext = &bf->ext[cursor->v[1]];

		stop = fserror_emit_unresolved(bf->sink, ext->pos, ext->len);
		if (stop)
			return stop;
	}
	return -(int)cursor->v[2];
}

static int bfs_fserror_resolve(struct super_block *sb,
			       struct block_device *bdev,
			       const struct fserror_extent *ext,
			       unsigned int nr, struct fserror_sink *sink)
{
	struct bfs_fserror bf = {
		.sb = sb, .ext = ext, .nr = nr, .sink = sink,
	};
	struct bfs_sb_info *info = BFS_SB(sb);
	struct fserror_cursor *cursor = &sink->cursor;
	struct inode *inode;
	int stop;

	stop = bfs_fserror_metadata(&bf);
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
				cursor->v[2] = -PTR_ERR(inode);
			continue;
		}
		stop = bfs_fserror_inode(&bf, inode);
		fserror_iput_later(inode);
		if (stop)
			return stop;
		/* this inode is done with */
		stop = fserror_should_stop(sink);
		if (stop) {
			cursor->v[0]++;
			return stop;
		}
		cond_resched();
	}

	return cursor->v[2] ? bfs_fserror_unresolved(&bf) : 0;
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
