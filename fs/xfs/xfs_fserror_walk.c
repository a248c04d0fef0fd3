// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walk the groups that a bad range touches and find out whose it is.
 *
 * The reverse mapping btree of each allocation or realtime group says who owns
 * a block.  Its records are read in batches under the lock of the group; then
 * the group is unlocked and the owners are told of, one by one.
 *
 * LOCKING: called with s_umount held shared, which keeps the filesystem mounted
 * and its devices open.  The AGF buffer, or the ILOCK of a realtime group's
 * reverse mapping inode, is taken for the time of one batch, within an empty
 * transaction, so that buffers of a btree that loops can be locked twice.
 * Nothing is allocated or released, no inode is looked up and nobody is told of
 * anything while it is held: an inode that is being inactivated needs that same
 * lock, and whoever looks that inode up waits for it.  xfs_fserror_owner.c has
 * what happens between two batches.  No log space is reserved and no freeze is
 * waited for.
 *
 * A mapping that is moved while the walk is under way may be missed, if it
 * moves from behind the walk to before it, as may an extent that became shared
 * in a transaction that has not yet come to update the reverse mapping.
 * Whoever asks again is told.
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
#include "xfs_alloc.h"
#include "xfs_btree.h"
#include "xfs_health.h"
#include "xfs_rmap.h"
#include "xfs_rmap_btree.h"
#include "xfs_trans.h"
#include "xfs_ag.h"
#include "xfs_rtgroup.h"
#include "xfs_rtrmap_btree.h"
#include "xfs_fserror_walk.h"

#include <linux/blk-badrange.h>
#include <linux/fserror_watch.h>

/* records that are looked at for one batch at most */
#define XFS_FSERROR_SCAN	4096

/*
 * The cursor: group and type plus 1, phase, the three parts of the key, and
 * what is left of the record.
 */
static void
xfs_fserror_save_cursor(
	struct xfs_fserror_walk	*walk)
{
	struct fserror_cursor	*c = &walk->sink->cursor;

	c->v[0] = (((u64)walk->type << 32) | walk->gno) + 1;
	c->v[1] = walk->phase;
	c->v[2] = walk->key.rm_startblock;
	c->v[3] = walk->key.rm_owner;
	c->v[4] = xfs_fserror_key_offset(&walk->key);
	c->v[5] = walk->from;
}

/* Go on where the cursor points to, if it points into groups of this type. */
static void
xfs_fserror_load_cursor(
	struct xfs_fserror_walk		*walk)
{
	const struct fserror_cursor	*c = &walk->sink->cursor;

	if (!c->v[0] || (c->v[0] - 1) >> 32 != walk->type)
		return;

	walk->gno = lower_32_bits(c->v[0] - 1);
	walk->phase = c->v[1];
	walk->key.rm_startblock = c->v[2];
	walk->key.rm_owner = c->v[3];
	/* Cannot fail: these are bits that xfs_fserror_save_cursor() packed. */
	xfs_rmap_irec_offset_unpack(c->v[4], &walk->key);
	walk->from = c->v[5];
}

/**
 * xfs_fserror_tell() - Hand an owner on
 * @walk: the walk
 * @owner: the owner; its range on the device is filled in here
 * @piece: the bytes that are the owner's, counted from the start of the group
 *
 * Context: process context, no lock of XFS held; sleeps.
 * Return: 0 to go on, else what the sink returned to stop the walk.
 */
int
xfs_fserror_tell(
	struct xfs_fserror_walk		*walk,
	struct fserror_owner		*owner,
	const struct xfs_fserror_bytes	*piece)
{
	owner->dev_pos = walk->base + piece->pos;
	owner->dev_len = piece->len;
	walk->from = piece->pos;
	xfs_fserror_save_cursor(walk);
	return fserror_emit(walk->sink, owner);
}

/**
 * xfs_fserror_tell_unresolved() - Say that the owner of a piece is not known
 * @walk: the walk
 * @piece: the bytes, counted from the start of the group
 *
 * Context: process context, no lock of XFS held; sleeps.
 * Return: 0 to go on, else what the sink returned to stop the walk.
 */
int
xfs_fserror_tell_unresolved(
	struct xfs_fserror_walk		*walk,
	const struct xfs_fserror_bytes	*piece)
{
	walk->from = piece->pos;
	xfs_fserror_save_cursor(walk);
	return fserror_emit_unresolved(walk->sink, walk->base + piece->pos,
			piece->len);
}

/* Put a record in the batch; -ECANCELED if there is no room for it. */
static int
xfs_fserror_add(
	struct xfs_btree_cur		*cur,
	const struct xfs_rmap_irec	*rec,
	void				*data)
{
	struct xfs_fserror_walk		*walk = data;

	if (walk->nr == XFS_FSERROR_BATCH) {
		walk->more = true;
		return -ECANCELED;
	}
	walk->recs[walk->nr++] = *rec;
	walk->last = *rec;
	walk->looked = true;
	return 0;
}

/* The first batch of a group: all records that overlap the bad bytes. */
static int
xfs_fserror_query(
	struct xfs_fserror_walk	*walk,
	struct xfs_btree_cur	*cur)
{
	const unsigned int	blocklog = walk->mp->m_sb.sb_blocklog;
	struct xfs_rmap_irec	low = { };
	struct xfs_rmap_irec	high;

	memset(&high, 0xFF, sizeof(high));
	low.rm_startblock = walk->bad.pos >> blocklog;
	high.rm_startblock =
			(walk->bad.pos + walk->bad.len - 1) >> blocklog;
	return xfs_rmap_query_range(cur, &low, &high, xfs_fserror_add, walk);
}

/*
 * Another batch: the records that follow the last one in the order of the
 * btree, which is also the order in which the query finds them.  The query
 * itself cannot begin in the middle of many records that share one block, and
 * would find all of those again for each batch.
 */
static int
xfs_fserror_continue(
	struct xfs_fserror_walk		*walk,
	struct xfs_btree_cur		*cur)
{
	const unsigned int		blocklog = walk->mp->m_sb.sb_blocklog;
	const u64			last_byte =
					walk->bad.pos + walk->bad.len - 1;
	struct xfs_rmap_irec		rec;
	struct xfs_fserror_bytes	piece;
	unsigned int			scanned = 0;
	int				has_rec;
	int				error;

	cur->bc_rec.r = walk->key;
	error = xfs_btree_lookup(cur, XFS_LOOKUP_GE, &has_rec);
	while (!error && has_rec) {
		error = xfs_rmap_get_rec(cur, &rec, &has_rec);
		if (error)
			break;
		if (!has_rec) {
			xfs_btree_mark_sick(cur);
			return -EFSCORRUPTED;
		}

		if (rec.rm_startblock > last_byte >> blocklog)
			break;
		if (scanned++ == XFS_FSERROR_SCAN) {
			walk->more = true;
			break;
		}
		if (xfs_fserror_rec_bytes(&rec, blocklog, &walk->bad, &piece) &&
		    (walk->from != XFS_FSERROR_DONE ||
		     xfs_fserror_key_cmp(&rec, &walk->key))) {
			error = xfs_fserror_add(cur, &rec, walk);
			if (error)
				break;
		}
		walk->last = rec;
		walk->looked = true;

		error = xfs_btree_increment(cur, 0, &has_rec);
	}
	return error;
}

/* Collect a batch of records under the lock of the group. */
static int
xfs_fserror_collect(
	struct xfs_fserror_walk	*walk)
{
	struct xfs_mount	*mp = walk->mp;
	struct xfs_rtgroup	*rtg = NULL;
	struct xfs_buf		*agf_bp = NULL;
	struct xfs_btree_cur	*cur;
	struct xfs_trans	*tp;
	int			error;

	walk->nr = 0;
	walk->looked = false;
	walk->more = false;

	tp = xfs_trans_alloc_empty(mp);
	if (walk->type == XG_TYPE_AG) {
		struct xfs_perag	*pag = to_perag(walk->xg);

		error = xfs_alloc_read_agf(pag, tp, 0, &agf_bp);
		if (error)
			goto out_cancel;
		cur = xfs_rmapbt_init_cursor(mp, tp, agf_bp, pag);
	} else {
		rtg = to_rtg(walk->xg);
		xfs_rtgroup_lock(rtg, XFS_RTGLOCK_RMAP);
		cur = xfs_rtrmapbt_init_cursor(tp, rtg);
	}

	if (walk->phase == XFS_FSERROR_KEY)
		error = xfs_fserror_continue(walk, cur);
	else
		error = xfs_fserror_query(walk, cur);

	xfs_btree_del_cursor(cur, error);
	if (agf_bp)
		xfs_trans_brelse(tp, agf_bp);
	if (rtg)
		xfs_rtgroup_unlock(rtg, XFS_RTGLOCK_RMAP);
out_cancel:
	xfs_trans_cancel(tp);
	return error == -ECANCELED ? 0 : error;
}

/* Tell of all records of a batch. */
static int
xfs_fserror_tell_batch(
	struct xfs_fserror_walk		*walk)
{
	const unsigned int		blocklog = walk->mp->m_sb.sb_blocklog;
	struct xfs_fserror_bytes	piece;
	unsigned int			i;
	int				stop;

	for (i = 0; i < walk->nr; i++) {
		const struct xfs_rmap_irec *rec = &walk->recs[i];
		u64			from = 0;

		/* a part of the record may have been told of before */
		if (walk->phase == XFS_FSERROR_KEY &&
		    !xfs_fserror_key_cmp(rec, &walk->key))
			from = walk->from;
		walk->phase = XFS_FSERROR_KEY;
		walk->key = *rec;
		walk->from = from;

		if (!xfs_fserror_rec_bytes(rec, blocklog, &walk->bad, &piece))
			continue;
		if (from > piece.pos) {
			if (from - piece.pos >= piece.len)
				continue;
			piece.len -= from - piece.pos;
			piece.pos = from;
		}

		stop = xfs_fserror_record(walk, rec, &piece);
		if (stop)
			return stop;
		cond_resched();
	}

	if (walk->looked) {
		walk->phase = XFS_FSERROR_KEY;
		walk->key = walk->last;
		walk->from = XFS_FSERROR_DONE;
	}
	return 0;
}

/*
 * Tell of what is left of the bad bytes of a group after an error.  The records
 * come in the order of their first blocks, so all before the block of the last
 * one is done.
 */
static int
xfs_fserror_tell_rest(
	struct xfs_fserror_walk		*walk)
{
	struct xfs_fserror_bytes	rest = walk->bad;
	u64				done;

	if (walk->phase == XFS_FSERROR_KEY) {
		done = (u64)walk->key.rm_startblock <<
				walk->mp->m_sb.sb_blocklog;
		if (done > rest.pos) {
			rest.len -= done - rest.pos;
			rest.pos = done;
		}
	}

	xfs_fserror_save_cursor(walk);
	return fserror_emit_unresolved(walk->sink, walk->base + rest.pos,
			rest.len);
}

/*
 * The first blocks of an AG are its headers.  That needs no btree to be known,
 * and these are the blocks without which there is no btree to be read.
 */
static int
xfs_fserror_tell_header(
	struct xfs_fserror_walk		*walk)
{
	const u64			size = XFS_FSB_TO_B(walk->mp,
						XFS_AGFL_BLOCK(walk->mp) + 1);
	struct fserror_owner		owner = {
		.kind			= FSERROR_KIND_METADATA,
		.meta			= FSERROR_META_HEADER,
		.flags			= walk->flags,
	};
	struct xfs_fserror_bytes	header;
	int				stop;

	if (!xfs_fserror_clip(walk->bad.pos, walk->bad.len, 0, size, &header))
		return 0;

	if (walk->phase == XFS_FSERROR_HEADER) {
		stop = xfs_fserror_tell(walk, &owner, &header);
		if (stop)
			return stop;
	}
	walk->bad.pos += header.len;
	walk->bad.len -= header.len;
	return 0;
}

/* Tell whose the bad bytes of one group are. */
static int
xfs_fserror_walk_group(
	struct xfs_fserror_walk	*walk)
{
	struct xfs_mount	*mp = walk->mp;
	int			error = 0;
	int			stop = 0;

	/* A group that is gone has no owners. */
	walk->xg = xfs_group_grab(mp, walk->gno, walk->type);
	if (!walk->xg)
		return 0;

	walk->base = BBTOB(xfs_gbno_to_daddr(walk->xg, 0));
	walk->start_fsb = xfs_group_start_fsb(walk->xg);
	if (!xfs_fserror_clip(walk->sink->range->pos, walk->sink->range->len,
			walk->base, XFS_FSB_TO_B(mp, walk->xg->xg_block_count),
			&walk->bad))
		goto out_rele;

	if (walk->type == XG_TYPE_AG) {
		stop = xfs_fserror_tell_header(walk);
		if (stop || !walk->bad.len)
			goto out_rele;
	}
	if (walk->phase == XFS_FSERROR_HEADER)
		walk->phase = XFS_FSERROR_QUERY;

	do {
		error = xfs_fserror_collect(walk);
		stop = xfs_fserror_tell_batch(walk);
		cond_resched();
	} while (!stop && !error && walk->more);

	if (error && !stop) {
		if (!walk->error)
			walk->error = error;
		stop = xfs_fserror_tell_rest(walk);
	}

out_rele:
	xfs_group_rele(walk->xg);
	return stop;
}

/* Say of a whole section that it cannot be walked. */
static int
xfs_fserror_skip_section(
	struct xfs_fserror_walk			*walk,
	const struct xfs_fserror_section	*sec)
{
	const struct bdev_bad_range		*range = walk->sink->range;
	struct xfs_fserror_bytes		bad;

	if (!xfs_fserror_clip(range->pos, range->len, sec->start, sec->size,
			&bad))
		return 0;

	walk->base = sec->start;
	walk->gno = 0;
	return xfs_fserror_tell_unresolved(walk, &bad);
}

/**
 * xfs_fserror_walk_section() - Tell whose the bad bytes of a section are
 * @walk: the walk, with @mp, @sink and @patience set; @recs is NULL if the
 *	section cannot be walked, which is then said
 * @type: type of the groups
 * @sec: where they are
 *
 * Sections of one device must be walked in the order of their types.
 *
 * Context: process context, s_umount held shared, no lock of XFS held; sleeps.
 * Return: 0 to go on, also after errors, the first of which is left in
 *	@walk->error, else what the sink returned to stop the walk.
 */
int
xfs_fserror_walk_section(
	struct xfs_fserror_walk			*walk,
	enum xfs_group_type			type,
	const struct xfs_fserror_section	*sec)
{
	const struct bdev_bad_range		*range = walk->sink->range;
	const u64				cursor = walk->sink->cursor.v[0];
	u32					first, last;
	int					stop;

	/* done in an earlier call */
	if (cursor && (cursor - 1) >> 32 > type)
		return 0;

	walk->type = type;
	walk->flags = type == XG_TYPE_RTG ? FSERROR_RECORD_FLAG_REALTIME : 0;
	if (!walk->recs)
		return xfs_fserror_skip_section(walk, sec);
	if (!xfs_fserror_section_groups(sec, range->pos, range->len, &first,
			&last))
		return 0;

	walk->gno = first;
	walk->phase = XFS_FSERROR_HEADER;
	xfs_fserror_load_cursor(walk);
	for (; walk->gno <= last; walk->gno++) {
		stop = xfs_fserror_walk_group(walk);
		if (stop)
			return stop;
		walk->phase = XFS_FSERROR_HEADER;
		cond_resched();
	}
	return 0;
}
