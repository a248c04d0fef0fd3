// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad ranges of the devices of an XFS filesystem: which devices there are, and
 * what is where on them.  xfs_fserror_walk.c finds the owners.
 *
 * LOCKING: the operations are called with s_umount held shared, which keeps the
 * devices open; nothing is locked here.  All of it runs in a NOFS scope: memory
 * reclaim must not enter the filesystem, whose device is going bad, nor must
 * the release of an inode wait for its inactivation.
 */
#include "xfs_platform.h"
#include "xfs_shared.h"
#include "xfs_format.h"
#include "xfs_log_format.h"
#include "xfs_trans_resv.h"
#include "xfs_mount.h"
#include "xfs_btree.h"
#include "xfs_rmap.h"
#include "xfs_ag.h"
#include "xfs_rtgroup.h"
#include "xfs_healthmon.h"
#include "xfs_fserror.h"
#include "xfs_fserror_walk.h"

#include <linux/blk-badrange.h>
#include <linux/fserror_watch.h>

/* how many times, 10 ms each, a walk waits for inodes that are going away */
#define XFS_FSERROR_PATIENCE	100

static void
xfs_fserror_data_section(
	struct xfs_mount		*mp,
	struct xfs_fserror_section	*sec)
{
	sec->start = 0;
	sec->size = XFS_FSB_TO_B(mp, mp->m_sb.sb_dblocks);
	sec->stride = XFS_FSB_TO_B(mp, mp->m_sb.sb_agblocks);
	sec->groups = mp->m_sb.sb_agcount;
}

/* Without realtime groups there is no reverse mapping to walk. */
static void
xfs_fserror_rt_section(
	struct xfs_mount		*mp,
	struct xfs_fserror_section	*sec)
{
	sec->start = XFS_FSB_TO_B(mp, mp->m_sb.sb_rtstart);
	if (xfs_has_rtgroups(mp)) {
		sec->stride = XFS_FSB_TO_B(mp, xfs_rtgroup_raw_size(mp));
		sec->groups = mp->m_sb.sb_rgcount;
		sec->size = sec->stride * sec->groups;
	} else {
		sec->size = XFS_FSB_TO_B(mp, mp->m_sb.sb_rblocks);
		sec->stride = sec->size;
		sec->groups = 1;
	}
}

static void
xfs_fserror_log_section(
	struct xfs_mount		*mp,
	struct xfs_fserror_section	*sec)
{
	sec->start = 0;
	sec->size = XFS_FSB_TO_B(mp, mp->m_sb.sb_logblocks);
	sec->stride = sec->size;
	sec->groups = 1;
}

/* Tell the health monitor of news about a section, once per range. */
static void
xfs_fserror_tell_monitor(
	struct xfs_mount			*mp,
	struct fserror_sink			*sink,
	enum xfs_device				fdev,
	const struct xfs_fserror_section	*sec)
{
	struct xfs_fserror_bytes		bad;

	if (!sink->edge || sink->range->cause == BDEV_BAD_CLEARED ||
	    sink->cursor.v[0])
		return;
	if (!xfs_fserror_clip(sink->range->pos, sink->range->len, sec->start,
			sec->size, &bad))
		return;

	xfs_healthmon_report_media(mp, fdev, BTOBB(sec->start + bad.pos),
			BTOBB(bad.len));
}

/* All of an external log is the log. */
static int
xfs_fserror_resolve_log(
	struct xfs_mount		*mp,
	struct fserror_sink		*sink)
{
	struct fserror_owner		owner = {
		.kind			= FSERROR_KIND_METADATA,
		.meta			= FSERROR_META_LOG,
	};
	struct xfs_fserror_section	sec;
	struct xfs_fserror_bytes	bad;

	xfs_fserror_log_section(mp, &sec);
	xfs_fserror_tell_monitor(mp, sink, XFS_DEV_LOG, &sec);
	if (!xfs_fserror_clip(sink->range->pos, sink->range->len, sec.start,
			sec.size, &bad))
		return 0;

	owner.dev_pos = sec.start + bad.pos;
	owner.dev_len = bad.len;
	return fserror_emit(sink, &owner);
}

/* A device with data, realtime data, or one after the other. */
static int
xfs_fserror_resolve_groups(
	struct xfs_mount		*mp,
	struct block_device		*bdev,
	struct fserror_sink		*sink)
{
	struct xfs_fserror_walk		walk = {
		.mp			= mp,
		.sink			= sink,
		.patience		= XFS_FSERROR_PATIENCE,
	};
	struct xfs_fserror_section	data, rt;
	const bool			has_data =
			bdev == mp->m_ddev_targp->bt_bdev;
	const bool			has_rt = mp->m_rtdev_targp &&
			bdev == mp->m_rtdev_targp->bt_bdev;
	struct xfs_rmap_irec		*recs = NULL;
	int				stop = 0;

	if (xfs_is_shutdown(mp)) {
		/* nothing can be read any more */
		walk.error = -EIO;
	} else if (xfs_has_rmapbt(mp)) {
		recs = kvmalloc_array(XFS_FSERROR_BATCH, sizeof(*recs),
				GFP_KERNEL);
		if (!recs)
			walk.error = -ENOMEM;
	}

	/* before the cursor moves: once per range, and not for a part of it */
	if (has_data) {
		xfs_fserror_data_section(mp, &data);
		xfs_fserror_tell_monitor(mp, sink, XFS_DEV_DATA, &data);
	}
	if (has_rt) {
		xfs_fserror_rt_section(mp, &rt);
		xfs_fserror_tell_monitor(mp, sink, XFS_DEV_RT, &rt);
	}

	if (has_data) {
		walk.recs = recs;
		stop = xfs_fserror_walk_section(&walk, XG_TYPE_AG, &data);
	}
	if (has_rt && !stop) {
		walk.recs = xfs_has_rtrmapbt(mp) ? recs : NULL;
		stop = xfs_fserror_walk_section(&walk, XG_TYPE_RTG, &rt);
	}

	kvfree(recs);
	return stop ? stop : walk.error;
}

/* Tell whose the pieces of a bad range are. */
static int
xfs_fserror_resolve(
	struct super_block	*sb,
	struct block_device	*bdev,
	struct fserror_sink	*sink)
{
	struct xfs_mount	*mp = XFS_M(sb);
	unsigned int		nofs_flags;
	int			error;

	lockdep_assert_held(&sb->s_umount);

	nofs_flags = memalloc_nofs_save();
	if (mp->m_logdev_targp != mp->m_ddev_targp &&
	    bdev == mp->m_logdev_targp->bt_bdev)
		error = xfs_fserror_resolve_log(mp, sink);
	else
		error = xfs_fserror_resolve_groups(mp, bdev, sink);
	memalloc_nofs_restore(nofs_flags);
	return error;
}

static bool
xfs_fserror_can_resolve(
	struct super_block	*sb)
{
	return xfs_has_rmapbt(XFS_M(sb));
}

/* The devices: data, then log and realtime if they are separate ones. */
static struct block_device *
xfs_fserror_get_bdev(
	struct super_block		*sb,
	unsigned int			nr,
	u64				*size)
{
	struct xfs_mount		*mp = XFS_M(sb);
	struct xfs_fserror_section	sec;

	if (nr-- == 0) {
		/* an internal realtime section comes after the data */
		if (mp->m_rtdev_targp == mp->m_ddev_targp)
			xfs_fserror_rt_section(mp, &sec);
		else
			xfs_fserror_data_section(mp, &sec);
		*size = sec.start + sec.size;
		return mp->m_ddev_targp->bt_bdev;
	}
	if (mp->m_logdev_targp != mp->m_ddev_targp && nr-- == 0) {
		xfs_fserror_log_section(mp, &sec);
		*size = sec.start + sec.size;
		return mp->m_logdev_targp->bt_bdev;
	}
	if (mp->m_rtdev_targp && mp->m_rtdev_targp != mp->m_ddev_targp &&
	    nr-- == 0) {
		xfs_fserror_rt_section(mp, &sec);
		*size = sec.start + sec.size;
		return mp->m_rtdev_targp->bt_bdev;
	}
	return NULL;
}

const struct fserror_operations xfs_fserror_operations = {
	.can_resolve		= xfs_fserror_can_resolve,
	.get_bdev		= xfs_fserror_get_bdev,
	.resolve		= xfs_fserror_resolve,
};
