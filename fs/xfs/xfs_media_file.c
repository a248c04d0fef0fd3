// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which bytes of which file are a piece of bad storage?
 *
 * LOCKING: called with the filesystem kept mounted and no lock of XFS held.  The
 * record was read some time ago, and its group has been unlocked since, so it is only
 * a hint: whether the piece is still the inode's, and written, is asked of the
 * inode's own extent map, under its ILOCK, which is dropped before the owner is
 * handed on.  No two locks of XFS are held at a time.
 *
 * LIFETIME: the inodes of the last records are held by references until others take
 * their places, or the walk ends; see xfs_media_rele().  Extents of files that were
 * written at the same time take turns on the device, and without that each of them would
 * be read, and let go, for each of its extents.
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
#include "xfs_health.h"
#include "xfs_media_walk.h"

/*
 * Places for inodes that are held, in pairs: an inode that finds neither of its own free
 * takes that of the one which has been there for longer.
 */
#define XFS_MEDIA_HELD_BITS	11
#define XFS_MEDIA_HELD		(2 << XFS_MEDIA_HELD_BITS)

/* What has become of the blocks of a record? */
enum xfs_media_fate {
	XFS_MEDIA_MOVED,	/* they are somewhere else now, or free */
	XFS_MEDIA_UNWRITTEN,	/* they read as zeroes whatever they hold */
	XFS_MEDIA_THERE,	/* they are still there */
};

/**
 * xfs_media_rele() - Drop a reference to an inode that may be the last one
 * @ip: the inode
 *
 * The last reference of an inode that is unlinked, dirty, or has pages may have to
 * write, to start a transaction, or to wait for whoever has a page pinned; the caller
 * keeps s_umount, which a thaw needs.  So that is left to somebody who may wait.
 *
 * For a clean inode there is nothing to wait for: its inactivation, if there is any,
 * is queued, because the caller is in a NOFS scope (see
 * xfs_inodegc_want_flush_work()).  Should it be dirtied before the reference is
 * dropped, then the filesystem is not frozen, nor can a freeze become complete while
 * s_umount is held.
 *
 * Context: process context, NOFS scope, no lock of XFS held.
 */
void
xfs_media_rele(
	struct xfs_inode	*ip)
{
	struct inode		*inode = VFS_I(ip);

	if (iput_if_not_last(inode))
		return;
	if (!inode->i_nlink || inode->i_mapping->nrpages ||
	    (inode_state_read_once(inode) & I_DIRTY_ALL))
		fserror_iput_later(inode);
	else
		xfs_irele(ip);
}

/**
 * xfs_media_rele_all() - Drop all inodes that a walk holds
 * @walk: the walk
 *
 * Context: process context, NOFS scope, no lock of XFS held; sleeps.
 */
void
xfs_media_rele_all(
	struct xfs_media_walk	*walk)
{
	unsigned int		i;

	if (walk->ip)
		xfs_media_rele(walk->ip);
	walk->ip = NULL;
	if (!walk->held)
		return;
	for (i = 0; i < XFS_MEDIA_HELD; i++)
		if (walk->held[i])
			xfs_media_rele(walk->held[i]);
	kvfree(walk->held);
	walk->held = NULL;
}

static struct xfs_inode **
xfs_media_held(
	struct xfs_media_walk	*walk,
	xfs_ino_t		ino)
{
	return &walk->held[2 * hash_64(ino, XFS_MEDIA_HELD_BITS)];
}

/* Another inode is needed: hold that of the last record, or let it go. */
static void
xfs_media_hold(
	struct xfs_media_walk	*walk)
{
	struct xfs_inode	*ip = walk->ip;
	struct xfs_inode	**pair;

	walk->ip = NULL;
	if (!walk->held)
		walk->held = kvcalloc(XFS_MEDIA_HELD, sizeof(*walk->held),
				GFP_KERNEL | __GFP_NOWARN);
	if (!walk->held) {
		xfs_media_rele(ip);
		return;
	}
	pair = xfs_media_held(walk, I_INO(ip));
	if (pair[1])
		xfs_media_rele(pair[1]);
	pair[1] = pair[0];
	pair[0] = ip;
}

/* Take back an inode that is held. */
static bool
xfs_media_unhold(
	struct xfs_media_walk	*walk,
	xfs_ino_t		ino)
{
	struct xfs_inode	**pair;
	unsigned int		i;

	if (!walk->held)
		return false;
	pair = xfs_media_held(walk, ino);
	for (i = 0; i < 2; i++) {
		if (!pair[i] || I_INO(pair[i]) != ino)
			continue;
		walk->ip = pair[i];
		pair[i] = i ? NULL : pair[1];
		pair[1] = NULL;
		return true;
	}
	return false;
}

/*
 * Get an inode whether or not it is in the cache, and do not leave it there if it was
 * not.  XFS_IGET_DONTCACHE does that for inodes that are read from the disk, but not
 * for those that are saved from being reclaimed.
 *
 * The record may be older than the inode's removal, so the inode number is not
 * trusted: -EINVAL and -ENOENT mean that it is free, or has no names and is being torn
 * down.
 *
 * An inode that is being inactivated or reclaimed is -EAGAIN.  xfs_iget() would wait
 * until that is over, which, while the filesystem is frozen, is not before it is
 * thawed.  So be patient for a bounded time only.
 *
 * The empty transaction keeps an inode btree that loops from locking us out.
 */
static int
xfs_media_iget(
	struct xfs_media_walk	*walk,
	xfs_ino_t		ino)
{
	struct xfs_mount	*mp = walk->mp;
	struct xfs_inode	*ip;
	struct xfs_trans	*tp;
	int			error;

	if (walk->ip) {
		if (I_INO(walk->ip) == ino)
			return 0;
		xfs_media_hold(walk);
	}
	if (xfs_media_unhold(walk, ino))
		return 0;

	error = xfs_iget(mp, NULL, ino, XFS_IGET_INCORE, 0, &ip);
	if (!error) {
		walk->ip = ip;
		return 0;
	}

	do {
		tp = xfs_trans_alloc_empty(mp);
		error = xfs_iget(mp, tp, ino, XFS_IGET_UNTRUSTED |
				XFS_IGET_DONTCACHE | XFS_IGET_NORETRY, 0, &ip);
		xfs_trans_cancel(tp);
	} while (error == -EAGAIN && xfs_media_wait(walk));
	if (error)
		return error;

	/*
	 * An unlinked inode that was not in the cache must know its neighbour in
	 * the list of unlinked inodes before it is let go again.
	 */
	if (xfs_inode_unlinked_incomplete(ip)) {
		error = xfs_inode_reload_unlinked(ip);
		if (error) {
			xfs_media_rele(ip);
			return error;
		}
	}

	/* what is known to be sick is kept, so that it is not forgotten */
	if (!ip->i_sick)
		d_mark_dontcache(VFS_I(ip));
	walk->ip = ip;
	return 0;
}

/*
 * What has become of the blocks of the fork from @start on?  They were at filesystem
 * block @fsbno.  @end is cut down to those that share the fate of the first one.  The
 * caller holds the ILOCK and has read the extents.
 */
static enum xfs_media_fate
xfs_media_run(
	struct xfs_inode	*ip,
	struct xfs_ifork	*ifp,
	xfs_fsblock_t		fsbno,
	xfs_fileoff_t		start,
	xfs_fileoff_t		*end)
{
	enum xfs_media_fate	fate = XFS_MEDIA_MOVED;
	xfs_fileoff_t		pos = start;
	const xfs_fileoff_t	limit = *end;
	struct xfs_iext_cursor	icur;
	struct xfs_bmbt_irec	got;

	if (!xfs_iext_lookup_extent(ip, ifp, start, &icur, &got))
		return fate;

	do {
		enum xfs_media_fate	this = XFS_MEDIA_MOVED;
		xfs_fileoff_t		next;

		if (got.br_startoff > pos) {
			/* a hole */
			next = min(limit, got.br_startoff);
			if (pos > start && fate != XFS_MEDIA_MOVED)
				break;
			fate = XFS_MEDIA_MOVED;
			pos = next;
			if (pos == limit)
				break;
		}

		next = min(limit, got.br_startoff + got.br_blockcount);
		if (!isnullstartblock(got.br_startblock) &&
		    got.br_startblock + (pos - got.br_startoff) ==
				fsbno + (pos - start))
			this = got.br_state == XFS_EXT_NORM ?
					XFS_MEDIA_THERE : XFS_MEDIA_UNWRITTEN;
		if (pos > start && this != fate)
			break;
		fate = this;
		pos = next;
	} while (pos < limit && xfs_iext_next_extent(ifp, &icur, &got));

	*end = pos;
	return fate;
}

/*
 * What has become of the first bytes of @piece of the record?  @part are those that
 * share the fate of the first one.
 */
static int
xfs_media_fate(
	struct xfs_media_walk		*walk,
	const struct xfs_rmap_irec	*rec,
	const struct fserror_extent	*piece,
	struct fserror_extent		*part,
	enum xfs_media_fate		*fate)
{
	const unsigned int		blocklog = walk->mp->m_sb.sb_blocklog;
	const bool			rt = walk->at.type == XG_TYPE_RTG;
	const bool			attr = rec->rm_flags & XFS_RMAP_ATTR_FORK;
	const int			whichfork =
					attr ? XFS_ATTR_FORK : XFS_DATA_FORK;
	struct xfs_inode		*ip = walk->ip;
	struct xfs_ifork		*ifp;
	xfs_fileoff_t			start, end;
	unsigned int			lock_mode;
	int				error = 0;

	*part = *piece;
	*fate = XFS_MEDIA_MOVED;

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
		if (ifp->if_format == XFS_DINODE_FMT_BTREE ||
		    ifp->if_format == XFS_DINODE_FMT_META_BTREE)
			*fate = XFS_MEDIA_THERE;
		goto out_unlock;
	}

	if (!xfs_ifork_has_extents(ifp))
		goto out_unlock;
	if (!attr && rt != XFS_IS_REALTIME_INODE(ip))
		goto out_unlock;

	/*
	 * If the extent map cannot be read because it is as bad as what it maps,
	 * then the record stands: it was true when it was read.
	 */
	error = xfs_iread_extents(NULL, ip, whichfork);
	if (error) {
		if (error == -EIO || error == -EFSCORRUPTED ||
		    error == -EFSBADCRC) {
			*fate = XFS_MEDIA_THERE;
			error = 0;
		}
		goto out_unlock;
	}

	xfs_media_file_blocks(rec, blocklog, piece, &start, &end);
	*fate = xfs_media_run(ip, ifp, walk->start_fsb +
			(piece->pos >> blocklog), start, &end);
	xfs_media_piece_of_blocks(rec, blocklog, piece, start, end, part);

out_unlock:
	xfs_iunlock(ip, lock_mode);
	return error;
}

/* What does a record of an inode hold, if it is not the data of a file? */
static u32
xfs_media_inode_meta(
	struct xfs_inode		*ip,
	const struct xfs_rmap_irec	*rec,
	unsigned int			*sick)
{
	const bool			attr = rec->rm_flags & XFS_RMAP_ATTR_FORK;

	*sick = 0;
	if (rec->rm_flags & XFS_RMAP_BMBT_BLOCK)
		*sick = attr ? XFS_SICK_INO_BMBTA : XFS_SICK_INO_BMBTD;
	else if (attr)
		*sick = XFS_SICK_INO_XATTR;
	else if (S_ISDIR(VFS_I(ip)->i_mode))
		*sick = XFS_SICK_INO_DIR;
	else if (S_ISLNK(VFS_I(ip)->i_mode))
		*sick = XFS_SICK_INO_SYMLINK;

	if (xfs_is_internal_inode(ip))
		return FSERROR_META_INTERNAL_FILE;
	if (attr)
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
xfs_media_inode_part(
	struct xfs_media_walk		*walk,
	const struct xfs_rmap_irec	*rec,
	struct fserror_extent		*part)
{
	struct xfs_inode		*ip = walk->ip;
	struct inode			*inode = VFS_I(ip);
	unsigned int			sick;
	struct fserror_owner		owner = {
		.kind			= FSERROR_KIND_METADATA,
		.meta			= xfs_media_inode_meta(ip, rec, &sick),
	};

	/* Bytes after the end of the file never were anybody's. */
	if (!owner.meta && S_ISREG(inode->i_mode)) {
		if (!xfs_media_file_bytes(rec, walk->mp->m_sb.sb_blocklog,
				part, i_size_read(inode), &owner.pos))
			return 0;
		owner.kind = FSERROR_KIND_DATA_LOST;
		owner.len = part->len;
	}
	return xfs_media_tell(walk, &owner, ip, sick, part);
}

/**
 * xfs_media_file() - Tell of each part of a record that still is an inode's
 * @walk: the walk
 * @rec: the record
 * @piece: the bad bytes of the record, counted from the start of the group;
 *	changed on return
 *
 * Context: process context, NOFS scope, no lock of XFS held; sleeps.
 * Return: 0 to go on, else what is to stop the walk.
 */
int
xfs_media_file(
	struct xfs_media_walk		*walk,
	const struct xfs_rmap_irec	*rec,
	struct fserror_extent		*piece)
{
	const u64			end = piece->pos + piece->len;
	struct fserror_extent		part;
	enum xfs_media_fate		fate;
	u64				next;
	int				error;
	int				stop;

	for (;;) {
		/* the inode may be let go while a part is asked for again */
		error = xfs_media_iget(walk, rec->rm_owner);
		if (error == -ENOENT || error == -EINVAL)
			return xfs_media_ask_again(walk, rec, piece, true);
		if (!error)
			error = xfs_media_fate(walk, rec, piece, &part, &fate);
		if (error)
			return xfs_media_unknown(walk, piece);

		next = part.pos + part.len;
		if (fate == XFS_MEDIA_THERE)
			stop = xfs_media_inode_part(walk, rec, &part);
		else if (fate == XFS_MEDIA_MOVED)
			stop = xfs_media_ask_again(walk, rec, &part, false);
		else
			stop = 0;
		if (stop || next >= end)
			return stop;
		piece->pos = next;
		piece->len = end - next;
	}
}
