// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walk the groups that bad ranges touch and find the reverse mapping records that
 * have them.
 *
 * The bad ranges are sorted, and so is the reverse mapping btree of each allocation
 * or realtime group, so one pass over both serves all ranges.  Ranges that are close
 * to each other form a cluster; each cluster is one query, and what lies between two
 * clusters is not read.  Records are read in batches under the lock of the group;
 * then the group is unlocked and the records are handed on, one by one.
 *
 * LOCKING: the caller keeps the filesystem mounted and its devices open.  Locks are
 * taken in xfs_media_collect.c only, and are dropped before anything is handed on.
 *
 * LIFETIME: an active reference keeps the group from being removed by a shrink
 * while it is walked.
 */
#include "xfs_platform.h"
#include "xfs_shared.h"
#include "xfs_format.h"
#include "xfs_log_format.h"
#include "xfs_trans_resv.h"
#include "xfs_mount.h"
#include "xfs_btree.h"
#include "xfs_rmap.h"
#include "xfs_inode.h"
#include "xfs_ag.h"
#include "xfs_rtgroup.h"
#include "xfs_media_walk.h"

#define CREATE_TRACE_POINTS
#include "xfs_media_trace.h"

/* queries of a group that may fail before the rest of it is given up */
#define XFS_MEDIA_FAILURES	3

/**
 * xfs_media_section() - Where are the groups of a type on their device?
 * @mp: the filesystem
 * @type: type of the groups
 * @sec: what is found
 *
 * Without realtime groups the realtime device is one group that has no reverse
 * mapping.
 */
void
xfs_media_section(
	struct xfs_mount		*mp,
	enum xfs_group_type		type,
	struct xfs_media_section	*sec)
{
	u64				last;

	if (type == XG_TYPE_AG) {
		sec->start = 0;
		sec->size = XFS_FSB_TO_B(mp, mp->m_sb.sb_dblocks);
		sec->stride = XFS_FSB_TO_B(mp, mp->m_sb.sb_agblocks);
		sec->groups = mp->m_sb.sb_agcount;
		return;
	}

	sec->start = XFS_FSB_TO_B(mp, mp->m_sb.sb_rtstart);
	if (xfs_has_rtgroups(mp) && mp->m_sb.sb_rgcount) {
		sec->stride = XFS_FSB_TO_B(mp, xfs_rtgroup_raw_size(mp));
		sec->groups = mp->m_sb.sb_rgcount;
		/* may be short; but no longer than others if it grows just now */
		last = min_t(u64, xfs_rtgroup_extents(mp, sec->groups - 1),
				mp->m_sb.sb_rgextents) * mp->m_sb.sb_rextsize;
		sec->size = sec->stride * (sec->groups - 1) +
				XFS_FSB_TO_B(mp, last);
	} else {
		sec->size = XFS_FSB_TO_B(mp, mp->m_sb.sb_rblocks);
		sec->stride = sec->size;
		sec->groups = 1;
	}
}

/**
 * xfs_media_unknown() - Say that it is not known whose a piece is
 * @walk: the walk
 * @piece: the bytes, counted from the start of the group
 *
 * Context: process context, no lock of XFS held; sleeps.
 * Return: 0 to go on, else what is to stop the walk.
 */
int
xfs_media_unknown(
	struct xfs_media_walk		*walk,
	const struct fserror_extent	*piece)
{
	trace_xfs_media_unknown(walk->mp, walk->at.type, walk->at.gno,
			piece->pos, piece->len);
	walk->at.from = piece->pos;
	return walk->ops->unknown(walk, piece);
}

/**
 * xfs_media_tell() - Tell whose a piece is
 * @walk: the walk
 * @owner: the owner; its range on the device, and the flags, are filled in here
 * @ip: the inode, or NULL
 * @sick: what of the inode is bad (XFS_SICK_INO_*), or what of the group
 * @piece: the bytes, counted from the start of the group
 *
 * Context: process context, no lock of XFS held; sleeps.
 * Return: 0 to go on, else what is to stop the walk.
 */
int
xfs_media_tell(
	struct xfs_media_walk		*walk,
	struct fserror_owner		*owner,
	struct xfs_inode		*ip,
	unsigned int			sick,
	const struct fserror_extent	*piece)
{
	/* Internal files are nobody's to open, nor to be told of as a file. */
	if (ip) {
		if (xfs_is_internal_inode(ip))
			owner->ino = I_INO(ip);
		else
			owner->inode = VFS_I(ip);
		if (!VFS_I(ip)->i_nlink)
			owner->flags |= FSERROR_RECORD_FLAG_UNLINKED;
	}
	if (walk->at.type == XG_TYPE_RTG)
		owner->flags |= FSERROR_RECORD_FLAG_REALTIME;
	owner->dev_pos = walk->win.base + piece->pos;
	owner->dev_len = piece->len;
	walk->at.from = piece->pos;
	return walk->ops->tell(walk, owner, ip, sick, piece);
}

/* Hand a piece of a record on. */
static int
xfs_media_hand_on(
	struct xfs_media_walk		*walk,
	const struct xfs_rmap_irec	*rec,
	struct fserror_extent		*piece)
{
	const u64			end = piece->pos + piece->len;
	int				stop;

	/* a part of it may have been handed on before */
	if (walk->at.from >= end)
		return 0;
	if (walk->at.from > piece->pos) {
		piece->pos = walk->at.from;
		piece->len = end - piece->pos;
	}

	if (walk->progress && walk->ops->should_stop) {
		stop = walk->ops->should_stop(walk);
		if (stop)
			return stop;
	}
	trace_xfs_media_record(walk->mp, walk->at.type, walk->at.gno, rec,
			piece->pos, piece->len);
	stop = walk->ops->record(walk, rec, piece);
	if (stop)
		return stop;
	walk->progress = true;
	walk->at.from = end;
	cond_resched();
	return 0;
}

/* Hand all records of a batch on. */
static int
xfs_media_hand_batch_on(
	struct xfs_media_walk		*walk)
{
	const struct xfs_media_batch	*batch = &walk->batch;
	struct fserror_extent		piece;
	unsigned int			first = walk->cl.first;
	unsigned int			i, j;
	int				stop;

	for (i = 0; i < batch->nr; i++) {
		const struct xfs_rmap_irec *rec = &batch->recs[i];

		if (walk->at.phase != XFS_MEDIA_KEY ||
		    xfs_media_key_cmp(rec, &walk->at.key))
			walk->at.from = 0;
		walk->at.phase = XFS_MEDIA_KEY;
		walk->at.key = *rec;

		if (!xfs_media_hit(walk, &first, rec, &piece))
			continue;
		for (j = first; ; ) {
			stop = xfs_media_hand_on(walk, rec, &piece);
			if (stop)
				return stop;
			if (++j >= walk->cl.end ||
			    !xfs_media_hit(walk, &j, rec, &piece))
				break;
		}
	}

	if (batch->looked) {
		walk->at.phase = XFS_MEDIA_KEY;
		walk->at.key = batch->last;
		walk->at.from = XFS_MEDIA_DONE;
	}
	return 0;
}

/* Say of what is left of the cluster, from a byte of the group on, that nobody knows. */
static int
xfs_media_skip_cluster(
	struct xfs_media_walk	*walk,
	u64			from)
{
	struct fserror_extent	bad;
	unsigned int		i;
	int			stop;

	walk->at.phase = XFS_MEDIA_SKIP;
	for (i = walk->cl.first; i < walk->cl.end; i++) {
		if (!xfs_media_in_window(&walk->win, &walk->ext[i], &bad) ||
		    bad.pos + bad.len <= from)
			continue;
		if (from > bad.pos) {
			bad.len -= from - bad.pos;
			bad.pos = from;
		}
		stop = xfs_media_unknown(walk, &bad);
		if (stop)
			return stop;
	}
	return 0;
}

/*
 * Hand on whatever has bad bytes in the cluster.  After an error, records before
 * the block of the last one are done, because they come in the order of their
 * first blocks; for the rest nobody knows.
 */
static int
xfs_media_walk_cluster(
	struct xfs_media_walk	*walk)
{
	bool			found = walk->at.phase == XFS_MEDIA_KEY;
	u64			done = 0;
	int			error;
	int			stop;

	if (walk->at.phase == XFS_MEDIA_SKIP)
		return xfs_media_skip_cluster(walk, walk->at.from);
	if (walk->failed >= XFS_MEDIA_FAILURES)
		return xfs_media_skip_cluster(walk, 0);

	do {
		walk->batch.nr = 0;
		error = xfs_media_collect(walk, &walk->batch, walk->cl.start,
				walk->cl.last);
		found |= walk->batch.nr;
		stop = xfs_media_hand_batch_on(walk);
		if (stop)
			return stop;
	} while (!error && walk->batch.more);

	if (error) {
		walk->failed++;
		if (walk->at.phase == XFS_MEDIA_KEY)
			done = (u64)walk->at.key.rm_startblock <<
					walk->mp->m_sb.sb_blocklog;
		return xfs_media_skip_cluster(walk, done);
	}

	/* No owner, or one whose record is still to be written? */
	if (!found && walk->batch.busy)
		return xfs_media_skip_cluster(walk, 0);
	return 0;
}

/*
 * The first blocks of an AG are its headers.  That needs no btree to be known,
 * and these are the blocks without which there is no btree to be read.
 */
static int
xfs_media_walk_header(
	struct xfs_media_walk		*walk)
{
	struct xfs_rmap_irec		rec = {
		.rm_blockcount		= XFS_AGFL_BLOCK(walk->mp) + 1,
		.rm_owner		= XFS_RMAP_OWN_FS,
	};
	const struct xfs_media_window	header = {
		.base			= walk->win.base,
		.size			= XFS_FSB_TO_B(walk->mp,
						rec.rm_blockcount),
	};
	struct fserror_extent		piece;
	unsigned int			i;
	int				stop;

	walk->win.start = header.size;
	if (walk->at.phase != XFS_MEDIA_HEADER)
		return 0;

	for (i = walk->i; i < walk->nr; i++) {
		if (!xfs_media_in_window(&header, &walk->ext[i], &piece)) {
			if (walk->ext[i].pos >= header.base + header.size)
				break;
			continue;
		}
		stop = xfs_media_hand_on(walk, &rec, &piece);
		if (stop)
			return stop;
	}
	return 0;
}

/* Hand on whatever has bad bytes in one group. */
static int
xfs_media_walk_group(
	struct xfs_media_walk	*walk)
{
	struct xfs_mount	*mp = walk->mp;
	unsigned int		i;
	int			stop = 0;

	/* A group that is gone has no owners. */
	walk->xg = xfs_group_grab(mp, walk->at.gno, walk->at.type);
	if (!walk->xg)
		return 0;

	walk->failed = 0;
	walk->start_fsb = xfs_group_start_fsb(walk->xg);
	walk->win.base = BBTOB(xfs_gbno_to_daddr(walk->xg, 0));
	walk->win.start = 0;
	walk->win.size = XFS_FSB_TO_B(mp, walk->xg->xg_block_count);

	if (walk->at.type == XG_TYPE_AG) {
		stop = xfs_media_walk_header(walk);
		if (stop)
			goto out_rele;
	}
	if (walk->at.phase == XFS_MEDIA_HEADER) {
		walk->at.phase = XFS_MEDIA_QUERY;
		walk->at.start = 0;
		walk->at.from = 0;
	}

	i = walk->i;
	while (xfs_media_next_cluster(&walk->win, mp->m_sb.sb_blocklog,
			walk->ext, walk->nr, i, &walk->cl)) {
		i = walk->cl.end;
		if (walk->cl.last < walk->at.start)
			continue;
		if (walk->cl.start != walk->at.start)
			walk->at.phase = XFS_MEDIA_QUERY;
		walk->at.start = walk->cl.start;

		if (walk->progress && walk->ops->should_stop) {
			stop = walk->ops->should_stop(walk);
			if (stop)
				break;
		}
		stop = xfs_media_walk_cluster(walk);
		if (stop)
			break;
		walk->progress = true;
		walk->at.phase = XFS_MEDIA_QUERY;
		walk->at.start = walk->cl.last + 1;
		cond_resched();
	}

out_rele:
	xfs_group_rele(walk->xg);
	walk->xg = NULL;
	return stop;
}

/**
 * xfs_media_walk_section() - Hand on whatever has bad bytes in groups of a type
 * @walk: the walk, with @mp, @ops, @priv, @ext, @nr and @patience set
 * @type: type of the groups; those of one device must be walked in order
 *
 * Context: process context, no lock of XFS held; sleeps.
 * Return: 0 to go on, also after errors, else what an operation returned to stop
 *	the walk.
 */
int
xfs_media_walk_section(
	struct xfs_media_walk		*walk,
	enum xfs_group_type		type)
{
	struct xfs_media_section	sec;
	int				stop;

	/* done in an earlier call */
	if (walk->resume && walk->at.type > type)
		return 0;
	if (!walk->resume || walk->at.type != type) {
		walk->at.gno = 0;
		walk->at.phase = XFS_MEDIA_HEADER;
		walk->at.from = 0;
	}
	walk->resume = false;
	walk->at.type = type;
	walk->i = 0;

	xfs_media_section(walk->mp, type, &sec);
	for (;;) {
		u32			gno = walk->at.gno;

		if (!xfs_media_next_group(&sec, walk->ext, walk->nr, &walk->i,
				&gno))
			return 0;
		if (gno != walk->at.gno) {
			walk->at.gno = gno;
			walk->at.phase = XFS_MEDIA_HEADER;
			walk->at.from = 0;
		}
		stop = xfs_media_walk_group(walk);
		if (stop)
			return stop;
		walk->at.gno++;
		walk->at.phase = XFS_MEDIA_HEADER;
		walk->at.from = 0;
		cond_resched();
	}
}

/**
 * xfs_media_skip_section() - Say of a whole section that it cannot be walked
 * @walk: the walk
 * @type: type of the groups; those of one device must be skipped or walked in
 *	order
 *
 * Context: process context, no lock of XFS held; sleeps.
 * Return: 0 to go on, else what an operation returned to stop the walk.
 */
int
xfs_media_skip_section(
	struct xfs_media_walk		*walk,
	enum xfs_group_type		type)
{
	struct xfs_media_section	sec;
	u64				from = 0;

	if (walk->resume && walk->at.type > type)
		return 0;

	/* an earlier call may have walked, and counted from a group */
	xfs_media_section(walk->mp, type, &sec);
	if (walk->resume && walk->at.type == type)
		from = xfs_media_place_pos(&walk->at, &sec,
				walk->mp->m_sb.sb_blocklog);
	walk->resume = false;
	walk->at.type = type;
	walk->at.gno = 0;
	/* a later call may walk again, and has to look at all that is left */
	walk->at.start = 0;

	walk->win.base = sec.start;
	walk->win.start = 0;
	walk->win.size = sec.size;
	walk->cl.first = 0;
	walk->cl.end = walk->nr;
	return xfs_media_skip_cluster(walk, from);
}

/**
 * xfs_media_walk_init() - Get the memory for a walk
 * @walk: the walk
 * @gfp: how
 *
 * Return: 0 or -ENOMEM.
 */
int
xfs_media_walk_init(
	struct xfs_media_walk	*walk,
	gfp_t			gfp)
{
	walk->batch.max = XFS_MEDIA_BATCH;
	walk->again.max = XFS_MEDIA_AGAIN;
	walk->batch.recs = kmalloc_array(XFS_MEDIA_BATCH + XFS_MEDIA_AGAIN,
			sizeof(*walk->batch.recs), gfp);
	if (!walk->batch.recs)
		return -ENOMEM;
	walk->again.recs = walk->batch.recs + XFS_MEDIA_BATCH;
	return 0;
}

/**
 * xfs_media_walk_exit() - Give back what a walk holds
 * @walk: the walk
 */
void
xfs_media_walk_exit(
	struct xfs_media_walk	*walk)
{
	xfs_media_rele_all(walk);
	kfree(walk->batch.recs);
}
