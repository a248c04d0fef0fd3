// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose is a piece of bad storage?  From a reverse mapping record to its owner.
 *
 * What is not where its record says has moved, and is asked for again: its new owner
 * may be one that the query did not see.  That happens three times at most; then it is
 * said that nobody knows.
 *
 * LOCKING: called with the filesystem kept mounted and no lock of XFS held.  Nothing
 * is locked here.
 */
#include "xfs_platform.h"
#include "xfs_shared.h"
#include "xfs_format.h"
#include "xfs_log_format.h"
#include "xfs_trans_resv.h"
#include "xfs_mount.h"
#include "xfs_inode.h"
#include "xfs_btree.h"
#include "xfs_rmap.h"
#include "xfs_health.h"
#include "xfs_media_walk.h"
#include "xfs_media_trace.h"

/* how often a piece is asked for again */
#define XFS_MEDIA_TRIES		3

/* Was a mapping of the piece among the records of a batch? */
static bool
xfs_media_in_batch(
	const struct xfs_media_batch	*batch,
	unsigned int			nr,
	unsigned int			blocklog,
	const struct xfs_rmap_irec	*rec,
	const struct fserror_extent	*piece)
{
	struct fserror_extent		out;
	unsigned int			i;

	for (i = 0; i < nr; i++)
		if (xfs_media_same_mapping(&batch->recs[i], rec) &&
		    xfs_media_rec_bytes(&batch->recs[i], blocklog, piece, &out))
			return true;
	return false;
}

/**
 * xfs_media_ask_again() - Look for a piece that is not where its record says
 * @walk: the walk
 * @rec: the record
 * @piece: the bytes, counted from the start of the group
 * @gone: the owner is gone, so that nobody loses anything if the record is still
 *	the same
 *
 * Owners that the batch at hand has are told of by their own records.
 *
 * Context: process context, no lock of XFS held; sleeps.
 * Return: 0 to go on, else what is to stop the walk.
 */
int
xfs_media_ask_again(
	struct xfs_media_walk		*walk,
	const struct xfs_rmap_irec	*rec,
	const struct fserror_extent	*piece,
	bool				gone)
{
	const unsigned int		blocklog = walk->mp->m_sb.sb_blocklog;
	struct xfs_media_batch		*again = &walk->again;
	unsigned int			told = 0;
	unsigned int			tries, i;
	int				stop;

	trace_xfs_media_moved(walk->mp, walk->at.type, walk->at.gno, rec,
			piece->pos, piece->len);
	if (walk->asking) {
		walk->missed |= !gone;
		return 0;
	}

	for (tries = 0; tries < XFS_MEDIA_TRIES; tries++) {
		bool			done = true;

		again->nr = told;
		if (xfs_media_collect(walk, again, piece->pos >> blocklog,
				(piece->pos + piece->len - 1) >> blocklog) ||
		    again->more)
			break;

		for (i = told; i < again->nr; i++) {
			const struct xfs_rmap_irec r = again->recs[i];
			struct fserror_extent	sub;

			if (xfs_media_same_mapping(&r, rec)) {
				done &= gone;
				continue;
			}
			if (!xfs_media_rec_bytes(&r, blocklog, piece, &sub) ||
			    xfs_media_in_batch(again, told, blocklog, &r,
					piece) ||
			    xfs_media_in_batch(&walk->batch, walk->batch.nr,
					blocklog, &r, piece))
				continue;

			walk->asking = true;
			walk->missed = false;
			stop = xfs_media_owner_record(walk, &r, &sub);
			walk->asking = false;
			if (stop)
				return stop;
			if (walk->missed)
				done = false;
			else
				again->recs[told++] = r;
		}
		/* free, or told of; unless a record is still to be written */
		if (done && (told || gone || !again->busy))
			return 0;
		xfs_media_wait(walk);
	}

	return xfs_media_unknown(walk, piece);
}

/* Which headers of an AG have bad bytes?  Each is a sector. */
static unsigned int
xfs_media_header_sick(
	struct xfs_mount		*mp,
	const struct fserror_extent	*piece)
{
	static const unsigned int	headers[] = {
		XFS_SICK_AG_SB,
		XFS_SICK_AG_AGF,
		XFS_SICK_AG_AGI,
		XFS_SICK_AG_AGFL,
	};
	const unsigned int		size = mp->m_sb.sb_sectsize;
	struct fserror_extent		out;
	unsigned int			sick = 0;
	unsigned int			i;

	for (i = 0; i < ARRAY_SIZE(headers); i++)
		if (xfs_media_clip(piece->pos, piece->len, i * size, size,
				&out))
			sick |= headers[i];
	return sick;
}

/**
 * xfs_media_owner_record() - Tell whose a piece of a reverse mapping record is
 * @walk: the walk
 * @rec: the record
 * @piece: the bad bytes of the record, counted from the start of the group;
 *	changed on return
 *
 * Context: process context, NOFS scope, no lock of XFS held; sleeps.
 * Return: 0 to go on, else what is to stop the walk.
 */
int
xfs_media_owner_record(
	struct xfs_media_walk		*walk,
	const struct xfs_rmap_irec	*rec,
	struct fserror_extent		*piece)
{
	struct fserror_owner		owner = {
		.kind			= FSERROR_KIND_METADATA,
	};
	unsigned int			sick = 0;

	switch (rec->rm_owner) {
	case XFS_RMAP_OWN_FS:
		owner.meta = FSERROR_META_HEADER;
		sick = walk->at.type == XG_TYPE_RTG ? XFS_SICK_RG_SUPER :
				xfs_media_header_sick(walk->mp, piece);
		break;
	case XFS_RMAP_OWN_LOG:
		owner.meta = FSERROR_META_LOG;
		break;
	case XFS_RMAP_OWN_AG:
		/* which of them cannot be told without reading it */
		owner.meta = FSERROR_META_SPACE_MAP;
		sick = XFS_SICK_AG_BNOBT | XFS_SICK_AG_CNTBT |
				XFS_SICK_AG_RMAPBT;
		break;
	case XFS_RMAP_OWN_INOBT:
		owner.meta = FSERROR_META_INODE_INDEX;
		sick = XFS_SICK_AG_INOBT;
		if (xfs_has_finobt(walk->mp))
			sick |= XFS_SICK_AG_FINOBT;
		break;
	case XFS_RMAP_OWN_INODES:
		return xfs_media_inodes(walk, rec, piece);
	case XFS_RMAP_OWN_REFC:
		owner.meta = FSERROR_META_REFCOUNT;
		sick = XFS_SICK_AG_REFCNTBT;
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
			return xfs_media_unknown(walk, piece);
		return xfs_media_file(walk, rec, piece);
	}

	return xfs_media_tell(walk, &owner, NULL, sick, piece);
}
