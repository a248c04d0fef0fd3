// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which inodes are in the bad bytes of a chunk of inodes?
 *
 * Inodes are numbered by where they are, so their numbers need no lookup.  The inode
 * btree says which of them are in use; free ones hold nothing that could be lost.
 * None is read: an inode in memory is still good, and is written back some time; of
 * one that is not there, the number is all that can be told.
 *
 * LOCKING: called with no lock of XFS held.  The AGI buffer is locked while one record
 * of the inode btree is read, within an empty transaction, and nothing else is done
 * meanwhile.
 */
#include "xfs_platform.h"
#include "xfs_shared.h"
#include "xfs_format.h"
#include "xfs_log_format.h"
#include "xfs_trans_resv.h"
#include "xfs_mount.h"
#include "xfs_inode.h"
#include "xfs_icache.h"
#include "xfs_btree.h"
#include "xfs_ialloc.h"
#include "xfs_ialloc_btree.h"
#include "xfs_rmap.h"
#include "xfs_trans.h"
#include "xfs_ag.h"
#include "xfs_health.h"
#include "xfs_media_walk.h"

/* Read which inodes are in use in the chunk that one is in. */
static int
xfs_media_read_chunk(
	struct xfs_media_walk		*walk,
	xfs_agino_t			agino,
	struct xfs_inobt_rec_incore	*chunk,
	bool				*found)
{
	struct xfs_perag		*pag = to_perag(walk->xg);
	struct xfs_buf			*agi_bp;
	struct xfs_btree_cur		*cur;
	struct xfs_trans		*tp;
	int				has_rec;
	int				error;

	*found = false;
	tp = xfs_trans_alloc_empty(walk->mp);
	error = xfs_ialloc_read_agi(pag, tp, 0, &agi_bp);
	if (error)
		goto out_cancel;

	cur = xfs_inobt_init_cursor(pag, tp, agi_bp);
	error = xfs_inobt_lookup(cur, agino, XFS_LOOKUP_LE, &has_rec);
	if (!error && has_rec)
		error = xfs_inobt_get_rec(cur, chunk, &has_rec);
	if (!error && has_rec)
		*found = agino - chunk->ir_startino < XFS_INODES_PER_CHUNK;
	xfs_btree_del_cursor(cur, error);
	xfs_trans_brelse(tp, agi_bp);
out_cancel:
	xfs_trans_cancel(tp);
	return error;
}

/* Tell of a stretch of inodes of which there is nothing more to tell. */
static int
xfs_media_no_inode(
	struct xfs_media_walk		*walk,
	const struct fserror_extent	*piece)
{
	struct fserror_owner		owner = {
		.kind			= FSERROR_KIND_METADATA,
		.meta			= FSERROR_META_INODES,
	};

	return xfs_media_tell(walk, &owner, NULL, 0, piece);
}

/* Tell of an inode that is in use. */
static int
xfs_media_one_inode(
	struct xfs_media_walk		*walk,
	xfs_agino_t			agino,
	const struct fserror_extent	*piece)
{
	struct xfs_mount		*mp = walk->mp;
	struct fserror_owner		owner = {
		.kind			= FSERROR_KIND_METADATA,
		.meta			= FSERROR_META_INODES,
	};
	const xfs_ino_t			ino = XFS_AGINO_TO_INO(mp,
						walk->at.gno, agino);
	struct xfs_inode		*ip;
	int				stop;

	if (!xfs_verify_ino(mp, ino))
		return xfs_media_no_inode(walk, piece);

	if (xfs_iget(mp, NULL, ino, XFS_IGET_INCORE, 0, &ip)) {
		owner.ino = ino;
		return xfs_media_tell(walk, &owner, NULL, XFS_SICK_AG_INODES,
				piece);
	}
	stop = xfs_media_tell(walk, &owner, ip, XFS_SICK_INO_CORE, piece);
	xfs_media_rele(ip);
	return stop;
}

/* Tell of those inodes of one chunk that have bad bytes. */
static int
xfs_media_chunk(
	struct xfs_media_walk			*walk,
	const struct xfs_inobt_rec_incore	*chunk,
	const struct fserror_extent		*piece,
	xfs_agino_t				first,
	xfs_agino_t				last)
{
	const unsigned int			inodelog =
						walk->mp->m_sb.sb_inodelog;
	struct fserror_extent			unused = { };
	struct fserror_extent			part;
	xfs_agino_t				agino;
	int					stop;

	for (agino = first; agino <= last; agino++) {
		if (!xfs_media_inode_bytes(inodelog, piece, agino, &part))
			continue;
		/* free, or a hole of a sparse chunk */
		if (chunk->ir_free & XFS_INOBT_MASK(agino - chunk->ir_startino)) {
			if (!unused.len)
				unused.pos = part.pos;
			unused.len += part.len;
			continue;
		}
		if (unused.len) {
			stop = xfs_media_no_inode(walk, &unused);
			if (stop)
				return stop;
			unused.len = 0;
		}
		stop = xfs_media_one_inode(walk, agino, &part);
		if (stop)
			return stop;
	}
	return unused.len ? xfs_media_no_inode(walk, &unused) : 0;
}

/**
 * xfs_media_inodes() - Tell which inodes have bad bytes
 * @walk: the walk
 * @rec: the reverse mapping record of a chunk of inodes
 * @piece: bytes of it, counted from the start of the group; changed on return
 *
 * Context: process context, NOFS scope, no lock of XFS held; sleeps.
 * Return: 0 to go on, else what is to stop the walk.
 */
int
xfs_media_inodes(
	struct xfs_media_walk		*walk,
	const struct xfs_rmap_irec	*rec,
	struct fserror_extent		*piece)
{
	const unsigned int		inodelog = walk->mp->m_sb.sb_inodelog;
	const u64			end = piece->pos + piece->len;
	struct xfs_inobt_rec_incore	chunk;
	bool				found;
	int				stop;

	for (;;) {
		const xfs_agino_t	first = piece->pos >> inodelog;
		xfs_agino_t		last = (end - 1) >> inodelog;

		/* without the index, it is still known what it is */
		if (xfs_media_read_chunk(walk, first, &chunk, &found))
			return xfs_media_no_inode(walk, piece);
		if (!found)
			return xfs_media_ask_again(walk, rec, piece, false);

		last = min_t(u64, last, (u64)chunk.ir_startino +
				XFS_INODES_PER_CHUNK - 1);
		stop = xfs_media_chunk(walk, &chunk, piece, first, last);
		if (stop)
			return stop;

		piece->pos = ((u64)last + 1) << inodelog;
		if (piece->pos >= end)
			return 0;
		piece->len = end - piece->pos;
	}
}
