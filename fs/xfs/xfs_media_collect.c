// SPDX-License-Identifier: GPL-2.0-only
/*
 * Collect the reverse mapping records that have bad blocks of a group.
 *
 * LOCKING: called with no lock of XFS held.  The AGF buffer, or the ILOCK of a
 * realtime group's reverse mapping inode, is taken for the time of one batch, within
 * an empty transaction, so that buffers of a btree that loops can be locked twice.
 * While it is held, nothing is allocated or released but the cursor, no inode is
 * looked up or let go, and nobody is called: an inode that is being inactivated needs
 * that same lock, and whoever looks that inode up waits for it.  No log space is
 * reserved and no freeze is waited for.
 *
 * A mapping may be committed before the transaction of the same chain that updates
 * the reverse mapping.  The group says whether such chains are in flight; then the
 * group is unlocked and the query is repeated for a bounded time.
 *
 * The keys of the records must ascend, within a batch and from batch to batch, so
 * that a btree that loops comes to an end, as corrupt.
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
#include "xfs_inode.h"
#include "xfs_ag.h"
#include "xfs_rtgroup.h"
#include "xfs_rtrmap_btree.h"
#include "xfs_media_walk.h"

#include "xfs_media_trace.h"

/* records that are looked at for one batch at most */
#define XFS_MEDIA_SCAN		4096

/* Where the query of a batch has come to. */
struct xfs_media_query {
	struct xfs_media_walk	*walk;
	struct xfs_media_batch	*batch;
	unsigned int		ext;
	unsigned int		scanned;
};

/**
 * xfs_media_wait() - Wait for something that is in flight
 * @walk: the walk
 *
 * Context: process context, no lock of XFS held; sleeps.
 * Return: false, at once, if the walk has waited long enough.
 */
bool
xfs_media_wait(
	struct xfs_media_walk	*walk)
{
	if (!walk->patience || fatal_signal_pending(current))
		return false;
	walk->patience--;
	delay(max(1, HZ / 100));
	return true;
}

static bool
xfs_media_group_busy(
	struct xfs_group	*xg)
{
#ifdef CONFIG_XFS_DRAIN_INTENTS
	return xfs_group_intent_busy(xg);
#else
	return false;
#endif
}

/**
 * xfs_media_hit() - Find the first bad bytes of a record in the cluster
 * @walk: the walk
 * @i: first bad range that may matter; moved on over those that end before the
 *	record, which matter to no record that follows
 * @rec: the record
 * @piece: the bytes, counted from the start of the group
 *
 * Return: true if there are any.
 */
bool
xfs_media_hit(
	struct xfs_media_walk		*walk,
	unsigned int			*i,
	const struct xfs_rmap_irec	*rec,
	struct fserror_extent		*piece)
{
	const unsigned int		blocklog = walk->mp->m_sb.sb_blocklog;
	const u64			start =
					(u64)rec->rm_startblock << blocklog;
	struct fserror_extent		bad;

	for (; *i < walk->cl.end; (*i)++) {
		if (!xfs_media_in_window(&walk->win, &walk->ext[*i], &bad))
			continue;
		if (bad.pos + bad.len > start)
			return xfs_media_rec_bytes(rec, blocklog, &bad, piece);
	}
	return false;
}

/*
 * Look at a record; -ECANCELED if it has to be in the batch and has no room, or if the
 * group has been locked for long enough.
 */
static int
xfs_media_add(
	struct xfs_btree_cur		*cur,
	const struct xfs_rmap_irec	*rec,
	void				*data)
{
	struct xfs_media_query		*query = data;
	struct xfs_media_batch		*batch = query->batch;
	struct fserror_extent		piece;

	if (batch->looked && xfs_media_key_cmp(rec, &batch->last) <= 0) {
		xfs_btree_mark_sick(cur);
		return -EFSCORRUPTED;
	}
	if (query->scanned++ == XFS_MEDIA_SCAN) {
		batch->more = true;
		return -ECANCELED;
	}
	if (batch == &query->walk->again ||
	    xfs_media_hit(query->walk, &query->ext, rec, &piece)) {
		if (batch->nr == batch->max) {
			batch->more = true;
			return -ECANCELED;
		}
		batch->recs[batch->nr++] = *rec;
	}
	batch->last = *rec;
	batch->looked = true;
	return 0;
}

/* All records that overlap some blocks. */
static int
xfs_media_query(
	struct xfs_media_query	*query,
	struct xfs_btree_cur	*cur,
	xfs_agblock_t		first,
	xfs_agblock_t		last)
{
	struct xfs_rmap_irec	low = { };
	struct xfs_rmap_irec	high;

	memset(&high, 0xFF, sizeof(high));
	low.rm_startblock = first;
	high.rm_startblock = last;
	return xfs_rmap_query_range(cur, &low, &high, xfs_media_add, query);
}

/*
 * Another batch of a cluster: the records that follow the last one in the order of
 * the btree, which is also the order in which the query finds them.  The query
 * itself cannot begin in the middle of many records that share one block, and
 * would find all of those again for each batch.
 */
static int
xfs_media_continue(
	struct xfs_media_query		*query,
	struct xfs_btree_cur		*cur)
{
	struct xfs_media_walk		*walk = query->walk;
	const struct xfs_rmap_irec	*key = &walk->at.key;
	struct xfs_rmap_irec		rec;
	int				has_rec;
	int				error;

	cur->bc_rec.r = *key;
	error = xfs_btree_lookup(cur, XFS_LOOKUP_GE, &has_rec);
	while (!error && has_rec) {
		int			order;

		error = xfs_rmap_get_rec(cur, &rec, &has_rec);
		if (error)
			break;
		order = has_rec ? xfs_media_key_cmp(&rec, key) : -1;
		if (order < 0) {
			xfs_btree_mark_sick(cur);
			return -EFSCORRUPTED;
		}

		if (rec.rm_startblock > walk->cl.last)
			break;
		if (order || walk->at.from != XFS_MEDIA_DONE) {
			error = xfs_media_add(cur, &rec, query);
			if (error)
				break;
		}
		error = xfs_btree_increment(cur, 0, &has_rec);
	}
	return error;
}

/* Collect a batch under the lock of the group, unless the group is busy. */
static int
xfs_media_try_collect(
	struct xfs_media_query	*query,
	bool			go_on,
	xfs_agblock_t		first,
	xfs_agblock_t		last)
{
	struct xfs_media_walk	*walk = query->walk;
	struct xfs_mount	*mp = walk->mp;
	struct xfs_rtgroup	*rtg = NULL;
	struct xfs_buf		*agf_bp = NULL;
	struct xfs_btree_cur	*cur;
	struct xfs_trans	*tp;
	int			error = 0;

	tp = xfs_trans_alloc_empty(mp);
	if (walk->at.type == XG_TYPE_AG) {
		error = xfs_alloc_read_agf(to_perag(walk->xg), tp, 0, &agf_bp);
		if (error)
			goto out_cancel;
	} else {
		rtg = to_rtg(walk->xg);
		xfs_rtgroup_lock(rtg, XFS_RTGLOCK_RMAP);
	}

	query->batch->busy = xfs_media_group_busy(walk->xg);
	if (query->batch->busy && walk->patience)
		goto out_unlock;

	if (rtg)
		cur = xfs_rtrmapbt_init_cursor(tp, rtg);
	else
		cur = xfs_rmapbt_init_cursor(mp, tp, agf_bp,
				to_perag(walk->xg));
	if (go_on)
		error = xfs_media_continue(query, cur);
	else
		error = xfs_media_query(query, cur, first, last);
	xfs_btree_del_cursor(cur, error);

out_unlock:
	if (agf_bp)
		xfs_trans_brelse(tp, agf_bp);
	if (rtg)
		xfs_rtgroup_unlock(rtg, XFS_RTGLOCK_RMAP);
out_cancel:
	xfs_trans_cancel(tp);
	return error == -ECANCELED ? 0 : error;
}

/**
 * xfs_media_collect() - Collect records under the lock of the group
 * @walk: the walk
 * @batch: where to put them; those that are in it are kept
 * @first: first block of the group
 * @last: last block of the group
 *
 * The walk's own batch goes on after the last record of the cluster, if there was
 * one.
 *
 * Context: process context, no lock of XFS held; sleeps.
 * Return: 0, or a negative errno if the reverse mapping cannot be read; what was
 *	collected before is good.
 */
int
xfs_media_collect(
	struct xfs_media_walk	*walk,
	struct xfs_media_batch	*batch,
	xfs_agblock_t		first,
	xfs_agblock_t		last)
{
	struct xfs_media_query	query = {
		.walk		= walk,
		.batch		= batch,
		.ext		= walk->cl.first,
	};
	const bool		go_on = batch == &walk->batch &&
					walk->at.phase == XFS_MEDIA_KEY;
	int			error;

	batch->looked = false;
	batch->more = false;
	do {
		error = xfs_media_try_collect(&query, go_on, first, last);
	} while (!error && batch->busy && xfs_media_wait(walk));

	trace_xfs_media_collect(walk->xg, first, last, batch->nr, batch->busy,
			error);
	return error;
}
