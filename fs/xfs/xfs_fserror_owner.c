// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose is a piece of bad storage?  From a reverse mapping record to the file
 * and the bytes of it, or to the metadata, that the piece holds.
 *
 * LOCKING: called with the superblock's s_umount held shared and nothing else.
 * The record was read some time ago, and its group has been unlocked since, so
 * it is only a hint: whether the piece is still the inode's is asked of the
 * inode's own extent map, under its ILOCK, which is dropped before the owner is
 * handed on.  No two locks of XFS are held at a time.
 *
 * LIFETIME: each inode is held by a reference from xfs_iget() until its owners
 * have been handed on.  The last reference may be dropped here; that queues the
 * inode's inactivation and does not wait for it, because the caller is in a
 * NOFS scope (see xfs_inodegc_want_flush_work()).
 */
#include "xfs_platform.h"
#include "xfs_shared.h"
#include "xfs_format.h"
#include "xfs_log_format.h"
#include "xfs_trans_resv.h"
#include "xfs_mount.h"
#include "xfs_inode.h"
#include "xfs_icache.h"
#include "xfs_bmap.h"
#include "xfs_btree.h"
#include "xfs_rmap.h"
#include "xfs_trans.h"
#include "xfs_fserror_walk.h"

#include <linux/blk-badrange.h>
#include <linux/fserror_watch.h>

/*
 * Get an inode whether or not it is in the cache, and do not leave it there.
 *
 * The record may be older than the inode's removal, so the inode number is not
 * trusted: -EINVAL and -ENOENT mean that it is free, or has no names and is
 * being torn down.
 *
 * An inode that is being inactivated or reclaimed is -EAGAIN.  xfs_iget() would
 * wait until that is over, which, while the filesystem is frozen, is not before
 * it is thawed.  So be patient for a bounded time only.
 *
 * The empty transaction keeps an inode btree that loops from locking us out.
 */
static int
xfs_fserror_iget(
	struct xfs_fserror_walk	*walk,
	xfs_ino_t		ino,
	struct xfs_inode	**ipp)
{
	struct xfs_mount	*mp = walk->mp;
	struct xfs_trans	*tp;
	int			error;

	for (;;) {
		tp = xfs_trans_alloc_empty(mp);
		error = xfs_iget(mp, tp, ino, XFS_IGET_UNTRUSTED |
				XFS_IGET_DONTCACHE | XFS_IGET_NORETRY, 0, ipp);
		xfs_trans_cancel(tp);
		if (error != -EAGAIN || !walk->patience)
			break;
		walk->patience--;
		delay(max(1, HZ / 100));
	}
	if (error)
		return error;

	/*
	 * An unlinked inode that was not in the cache must know its neighbour in
	 * the list of unlinked inodes before it is let go again.
	 */
	if (xfs_inode_unlinked_incomplete(*ipp)) {
		error = xfs_inode_reload_unlinked(*ipp);
		if (error)
			xfs_irele(*ipp);
	}
	return error;
}

/*
 * Find the first run of blocks of [*start, end) that the fork maps, as written
 * blocks, to where the reverse mapping says: block *start to filesystem block
 * @fsbno, and so on.  The caller holds the ILOCK and has read the extents.
 */
static bool
xfs_fserror_mapped_run(
	struct xfs_inode	*ip,
	struct xfs_ifork	*ifp,
	xfs_fsblock_t		fsbno,
	xfs_fileoff_t		*start,
	xfs_fileoff_t		*end)
{
	xfs_fileoff_t		first = *start;
	xfs_fileoff_t		limit = *end;
	struct xfs_iext_cursor	icur;
	struct xfs_bmbt_irec	got;
	bool			found = false;

	if (!xfs_iext_lookup_extent(ip, ifp, first, &icur, &got))
		return false;

	do {
		xfs_fileoff_t	from = max(first, got.br_startoff);
		xfs_fileoff_t	to = min(limit,
					 got.br_startoff + got.br_blockcount);
		bool		same;

		if (from >= limit)
			break;
		same = !isnullstartblock(got.br_startblock) &&
		       got.br_state == XFS_EXT_NORM &&
		       got.br_startblock + (from - got.br_startoff) ==
				fsbno + (from - first);
		if (found && (!same || from != *end))
			break;
		if (same) {
			if (!found)
				*start = from;
			*end = to;
			found = true;
		}
	} while (xfs_iext_next_extent(ifp, &icur, &got));

	return found;
}

/*
 * Cut @piece of the record down to the first part of it that the inode still
 * has where the record says, written.  Returns false if there is none.
 */
static bool
xfs_fserror_still_there(
	struct xfs_fserror_walk		*walk,
	struct xfs_inode		*ip,
	const struct xfs_rmap_irec	*rec,
	const struct xfs_fserror_bytes	*piece,
	struct xfs_fserror_bytes	*part)
{
	const unsigned int		blocklog = walk->mp->m_sb.sb_blocklog;
	const bool			rt = walk->type == XG_TYPE_RTG;
	const bool			attr = rec->rm_flags & XFS_RMAP_ATTR_FORK;
	const int			whichfork =
					attr ? XFS_ATTR_FORK : XFS_DATA_FORK;
	struct xfs_ifork		*ifp;
	xfs_fileoff_t			start, end;
	unsigned int			lock_mode;
	bool				found = false;

	*part = *piece;

	if (attr)
		lock_mode = xfs_ilock_attr_map_shared(ip);
	else
		lock_mode = xfs_ilock_data_map_shared(ip);

	ifp = xfs_ifork_ptr(ip, whichfork);
	if (!ifp)
		goto out_unlock;

	/*
	 * Which blocks the fork's own btree has cannot be looked up.  That it
	 * has a btree at all must do.
	 */
	if (rec->rm_flags & XFS_RMAP_BMBT_BLOCK) {
		found = ifp->if_format == XFS_DINODE_FMT_BTREE ||
			ifp->if_format == XFS_DINODE_FMT_META_BTREE;
		goto out_unlock;
	}

	if (!xfs_ifork_has_extents(ifp))
		goto out_unlock;
	if (!attr && rt != XFS_IS_REALTIME_INODE(ip))
		goto out_unlock;

	/*
	 * If the extent map cannot be read, maybe because it is as bad as what
	 * it maps, then the record stands: it was true when it was read.
	 */
	if (xfs_iread_extents(NULL, ip, whichfork)) {
		found = true;
		goto out_unlock;
	}

	xfs_fserror_file_blocks(rec, blocklog, piece, &start, &end);
	found = xfs_fserror_mapped_run(ip, ifp, walk->start_fsb +
			(piece->pos >> blocklog), &start, &end) &&
		xfs_fserror_piece_of_blocks(rec, blocklog, piece, start, end,
			part);

out_unlock:
	xfs_iunlock(ip, lock_mode);
	return found;
}

/* What does a record of an inode hold, if it is not the data of a file? */
static u32
xfs_fserror_inode_meta(
	struct xfs_inode		*ip,
	const struct xfs_rmap_irec	*rec)
{
	if (xfs_is_internal_inode(ip))
		return FSERROR_META_INTERNAL_FILE;
	if (rec->rm_flags & XFS_RMAP_ATTR_FORK)
		return FSERROR_META_XATTR;
	if (rec->rm_flags & XFS_RMAP_BMBT_BLOCK)
		return FSERROR_META_EXTENT_MAP;
	if (S_ISDIR(VFS_I(ip)->i_mode))
		return FSERROR_META_DIRECTORY;
	if (S_ISLNK(VFS_I(ip)->i_mode))
		return FSERROR_META_SYMLINK;
	return 0;
}

/* Tell of one part of a record that belongs to an inode. */
static int
xfs_fserror_inode_part(
	struct xfs_fserror_walk		*walk,
	struct xfs_inode		*ip,
	const struct xfs_rmap_irec	*rec,
	struct xfs_fserror_bytes	*part)
{
	struct inode			*inode = VFS_I(ip);
	struct fserror_owner		owner = {
		.kind			= FSERROR_KIND_METADATA,
		.meta			= xfs_fserror_inode_meta(ip, rec),
		.flags			= walk->flags,
		.inode			= inode,
	};

	/* Bytes after the end of the file never were anybody's. */
	if (!owner.meta && S_ISREG(inode->i_mode)) {
		if (!xfs_fserror_file_bytes(rec, walk->mp->m_sb.sb_blocklog,
				part, i_size_read(inode), &owner.pos))
			return 0;
		owner.kind = FSERROR_KIND_DATA_LOST;
		owner.len = part->len;
	}
	if (!inode->i_nlink)
		owner.flags |= FSERROR_RECORD_FLAG_UNLINKED;

	return xfs_fserror_tell(walk, &owner, part);
}

/* Tell of each part of a record that still belongs to its inode. */
static int
xfs_fserror_inode(
	struct xfs_fserror_walk		*walk,
	const struct xfs_rmap_irec	*rec,
	struct xfs_fserror_bytes	*piece)
{
	struct xfs_fserror_bytes	part;
	struct xfs_inode		*ip;
	u64				end = piece->pos + piece->len;
	u64				next;
	int				error;
	int				stop = 0;

	error = xfs_fserror_iget(walk, rec->rm_owner, &ip);
	if (error == -ENOENT || error == -EINVAL)
		return 0;
	if (error)
		return xfs_fserror_tell_unresolved(walk, piece);

	while (xfs_fserror_still_there(walk, ip, rec, piece, &part)) {
		next = part.pos + part.len;
		stop = xfs_fserror_inode_part(walk, ip, rec, &part);
		if (stop || next == end)
			break;
		piece->pos = next;
		piece->len = end - next;
	}

	xfs_irele(ip);
	return stop;
}

/**
 * xfs_fserror_record() - Tell whose a piece of a reverse mapping record is
 * @walk: the walk
 * @rec: the record
 * @piece: the bad bytes of the record, counted from the start of the group;
 *	changed on return
 *
 * Context: process context, s_umount held shared, no lock of XFS held; sleeps.
 * Return: 0 to go on, else what the sink returned to stop the walk.
 */
int
xfs_fserror_record(
	struct xfs_fserror_walk		*walk,
	const struct xfs_rmap_irec	*rec,
	struct xfs_fserror_bytes	*piece)
{
	struct fserror_owner		owner = {
		.kind			= FSERROR_KIND_METADATA,
		.flags			= walk->flags,
	};

	switch (rec->rm_owner) {
	case XFS_RMAP_OWN_FS:
		owner.meta = FSERROR_META_HEADER;
		break;
	case XFS_RMAP_OWN_LOG:
		owner.meta = FSERROR_META_LOG;
		break;
	case XFS_RMAP_OWN_AG:
		owner.meta = FSERROR_META_SPACE_MAP;
		break;
	case XFS_RMAP_OWN_INOBT:
		owner.meta = FSERROR_META_INODE_INDEX;
		break;
	case XFS_RMAP_OWN_INODES:
		owner.meta = FSERROR_META_INODES;
		break;
	case XFS_RMAP_OWN_REFC:
		owner.meta = FSERROR_META_REFCOUNT;
		break;
	case XFS_RMAP_OWN_COW:
		/*
		 * Staging space: the bytes in it are no file's yet.  They are
		 * still in the page cache, or on their way through a write that
		 * clears the damage or fails and says so.  A file that comes to
		 * own the block later is found by the next damage dump.
		 */
		return 0;
	default:
		if (XFS_RMAP_NON_INODE_OWNER(rec->rm_owner))
			return xfs_fserror_tell_unresolved(walk, piece);
		/* Preallocated space reads as zeroes whatever is in it. */
		if (rec->rm_flags & XFS_RMAP_UNWRITTEN)
			return 0;
		return xfs_fserror_inode(walk, rec, piece);
	}

	return xfs_fserror_tell(walk, &owner, piece);
}
