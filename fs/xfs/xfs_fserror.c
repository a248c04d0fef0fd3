// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad ranges of the devices of an XFS filesystem: which devices there are, and whom
 * to tell of the owners that the walk finds (xfs_media_walk.h).
 *
 * News goes to the health monitor as well, and bad metadata is marked as sick, so that
 * bulkstat and scrub know.  Neither goes to fserror_report(): it is the resolver's
 * caller that reports, and one loss is one report.
 *
 * LOCKING: the operations are called with s_umount held shared, which keeps the
 * devices open; nothing is locked here, but for the extent map of a file whose
 * places are asked for, when nothing but a reference on the inode is held.  All
 * of it runs in a NOFS scope: memory reclaim must not enter the filesystem,
 * whose device is going bad, nor must the release of an inode wait for its
 * inactivation.
 */
#include "xfs_platform.h"
#include "xfs_shared.h"
#include "xfs_format.h"
#include "xfs_log_format.h"
#include "xfs_trans_resv.h"
#include "xfs_mount.h"
#include "xfs_btree.h"
#include "xfs_inode.h"
#include "xfs_bmap.h"
#include "xfs_bmap_util.h"
#include "xfs_rmap.h"
#include "xfs_ag.h"
#include "xfs_health.h"
#include "xfs_healthmon.h"
#include "xfs_fserror.h"
#include "xfs_media_walk.h"

/* how many times, 10 ms each, a walk waits for what is in flight */
#define XFS_FSERROR_PATIENCE	100

/*
 * The cursor: group and type plus 1; phase, patience that is left, and first block of
 * the cluster; the three parts of the key; and what is left of the record.
 */
#define XFS_FSERROR_PHASE_BITS	8
#define XFS_FSERROR_START_SHIFT	32

static void
xfs_fserror_save_cursor(
	const struct xfs_media_walk	*walk)
{
	const struct xfs_media_place	*at = &walk->at;
	struct fserror_sink		*sink = walk->priv;
	struct fserror_cursor		*c = &sink->cursor;

	c->v[0] = (((u64)at->type << 32) | at->gno) + 1;
	c->v[1] = at->phase |
		  ((u64)walk->patience << XFS_FSERROR_PHASE_BITS) |
		  ((u64)at->start << XFS_FSERROR_START_SHIFT);
	c->v[2] = at->key.rm_startblock;
	c->v[3] = at->key.rm_owner;
	c->v[4] = xfs_media_key_offset(&at->key);
	c->v[5] = at->from;
}

static void
xfs_fserror_load_cursor(
	struct xfs_media_walk		*walk)
{
	const struct fserror_sink	*sink = walk->priv;
	const struct fserror_cursor	*c = &sink->cursor;
	struct xfs_media_place		*at = &walk->at;

	walk->patience = XFS_FSERROR_PATIENCE;
	if (!c->v[0])
		return;

	walk->resume = true;
	at->type = (c->v[0] - 1) >> 32;
	at->gno = lower_32_bits(c->v[0] - 1);
	at->phase = c->v[1] & GENMASK(XFS_FSERROR_PHASE_BITS - 1, 0);
	walk->patience = lower_32_bits(c->v[1]) >> XFS_FSERROR_PHASE_BITS;
	at->start = c->v[1] >> XFS_FSERROR_START_SHIFT;
	at->key.rm_startblock = c->v[2];
	at->key.rm_owner = c->v[3];
	/* Cannot fail: these are bits that xfs_fserror_save_cursor() packed. */
	xfs_rmap_irec_offset_unpack(c->v[4], &at->key);
	at->from = c->v[5];
}

/* Tell of an owner; if that is news, then whoever asks about health wants it, too. */
static int
xfs_fserror_tell(
	struct xfs_media_walk		*walk,
	struct fserror_owner		*owner,
	struct xfs_inode		*ip,
	unsigned int			sick,
	const struct fserror_extent	*piece)
{
	struct fserror_sink		*sink = walk->priv;
	int				stop;

	xfs_fserror_save_cursor(walk);
	stop = fserror_emit(sink, owner);
	if (stop || !sink->news || !sick)
		return stop;

	if (ip)
		xfs_inode_note_sick(ip, sick);
	else
		xfs_group_note_sick(walk->xg, sick);
	return 0;
}

static int
xfs_fserror_unknown(
	struct xfs_media_walk		*walk,
	const struct fserror_extent	*piece)
{
	xfs_fserror_save_cursor(walk);
	return fserror_emit_unresolved(walk->priv,
			walk->win.base + piece->pos, piece->len);
}

static int
xfs_fserror_should_stop(
	struct xfs_media_walk		*walk)
{
	xfs_fserror_save_cursor(walk);
	return fserror_should_stop(walk->priv);
}

static const struct xfs_media_ops xfs_fserror_media_ops = {
	.record			= xfs_media_owner_record,
	.tell			= xfs_fserror_tell,
	.unknown		= xfs_fserror_unknown,
	.should_stop		= xfs_fserror_should_stop,
};

static void
xfs_fserror_log_section(
	struct xfs_mount		*mp,
	struct xfs_media_section	*sec)
{
	sec->start = 0;
	sec->size = XFS_FSB_TO_B(mp, mp->m_sb.sb_logblocks);
	sec->stride = sec->size;
	sec->groups = 1;
}

/* Tell the health monitor of news about a section, once per range. */
static void
xfs_fserror_tell_monitor(
	struct xfs_mount		*mp,
	const struct fserror_sink	*sink,
	enum xfs_device			fdev,
	const struct xfs_media_section	*sec,
	const struct fserror_extent	*ext,
	unsigned int			nr)
{
	struct fserror_extent		bad;
	unsigned int			i;

	if (!sink->news || sink->cursor.v[0])
		return;

	for (i = 0; i < nr; i++) {
		xfs_daddr_t		first;

		if (!xfs_media_clip(ext[i].pos, ext[i].len, sec->start,
				sec->size, &bad))
			continue;
		first = BTOBBT(sec->start + bad.pos);
		xfs_healthmon_report_media(mp, fdev, first,
				BTOBB(sec->start + bad.pos + bad.len) - first);
	}
}

/* All of an external log is the log. */
static int
xfs_fserror_resolve_log(
	struct xfs_mount		*mp,
	const struct fserror_extent	*ext,
	unsigned int			nr,
	struct fserror_sink		*sink)
{
	struct xfs_media_section	sec;
	struct fserror_extent		bad;
	u64				i;
	int				stop;

	xfs_fserror_log_section(mp, &sec);
	xfs_fserror_tell_monitor(mp, sink, XFS_DEV_LOG, &sec, ext, nr);

	/* the cursor is 1 plus the number of the range */
	for (i = sink->cursor.v[0] ? sink->cursor.v[0] - 1 : 0; i < nr; i++) {
		struct fserror_owner	owner = {
			.kind		= FSERROR_KIND_METADATA,
			.meta		= FSERROR_META_LOG,
		};

		if (!xfs_media_clip(ext[i].pos, ext[i].len, sec.start,
				sec.size, &bad))
			continue;
		owner.dev_pos = sec.start + bad.pos;
		owner.dev_len = bad.len;
		sink->cursor.v[0] = i + 1;
		stop = fserror_emit(sink, &owner);
		if (stop)
			return stop;
	}
	return 0;
}

/* Walk a section of a device, or say that it cannot be walked. */
static int
xfs_fserror_resolve_section(
	struct xfs_media_walk	*walk,
	enum xfs_group_type	type,
	bool			can_walk)
{
	if (can_walk)
		return xfs_media_walk_section(walk, type);
	return xfs_media_skip_section(walk, type);
}

/* A device with data, realtime data, or one after the other. */
static int
xfs_fserror_resolve_groups(
	struct xfs_mount		*mp,
	struct block_device		*bdev,
	const struct fserror_extent	*ext,
	unsigned int			nr,
	struct fserror_sink		*sink)
{
	struct xfs_media_walk		walk = {
		.mp			= mp,
		.ops			= &xfs_fserror_media_ops,
		.priv			= sink,
		.ext			= ext,
		.nr			= nr,
	};
	struct xfs_media_section	sec;
	const bool			has_data =
			bdev == mp->m_ddev_targp->bt_bdev;
	const bool			has_rt = mp->m_rtdev_targp &&
			bdev == mp->m_rtdev_targp->bt_bdev;
	bool				can_walk;
	int				stop = 0;

	/* before the cursor moves: once per range, and not for a part of it */
	if (has_data) {
		xfs_media_section(mp, XG_TYPE_AG, &sec);
		xfs_fserror_tell_monitor(mp, sink, XFS_DEV_DATA, &sec, ext, nr);
	}
	if (has_rt) {
		xfs_media_section(mp, XG_TYPE_RTG, &sec);
		xfs_fserror_tell_monitor(mp, sink, XFS_DEV_RT, &sec, ext, nr);
	}

	/* Nothing can be read any more after a shutdown. */
	can_walk = xfs_has_rmapbt(mp) && !xfs_has_norecovery(mp) &&
		!xfs_is_shutdown(mp) && !xfs_media_walk_init(&walk, GFP_KERNEL);

	xfs_fserror_load_cursor(&walk);
	if (has_data)
		stop = xfs_fserror_resolve_section(&walk, XG_TYPE_AG, can_walk);
	if (has_rt && !stop)
		stop = xfs_fserror_resolve_section(&walk, XG_TYPE_RTG,
				can_walk && xfs_has_rtrmapbt(mp));
	xfs_media_walk_exit(&walk);
	return stop;
}

/*
 * Tell whose the pieces of bad ranges are.  Each piece whose owners cannot be found is
 * told as such, so that there is no error to be returned that would say the same of
 * all that nobody owns.
 */
static int
xfs_fserror_resolve(
	struct super_block		*sb,
	struct block_device		*bdev,
	const struct fserror_extent	*ext,
	unsigned int			nr,
	struct fserror_sink		*sink)
{
	struct xfs_mount		*mp = XFS_M(sb);
	unsigned int			nofs_flags;
	int				error;

	lockdep_assert_held(&sb->s_umount);

	nofs_flags = memalloc_nofs_save();
	if (mp->m_logdev_targp != mp->m_ddev_targp &&
	    bdev == mp->m_logdev_targp->bt_bdev)
		error = xfs_fserror_resolve_log(mp, ext, nr, sink);
	else
		error = xfs_fserror_resolve_groups(mp, bdev, ext, nr, sink);
	memalloc_nofs_restore(nofs_flags);
	return error;
}

/*
 * A reverse mapping that the log has not been replayed into is that of some other
 * time.  Features of a mounted filesystem do not change under whoever asks.
 */
bool
xfs_fserror_can_resolve(
	struct super_block	*sb)
{
	struct xfs_mount	*mp = XFS_M(sb);

	return mp && xfs_has_rmapbt(mp) && !xfs_has_norecovery(mp);
}

/* The devices: data, then log and realtime if they are separate ones. */
static struct block_device *
xfs_fserror_get_bdev(
	struct super_block		*sb,
	u64				*at,
	u64				*size,
	enum fserror_role		*role)
{
	struct xfs_mount		*mp = XFS_M(sb);
	struct xfs_media_section	sec;
	u64				nr = (*at)++;

	if (nr-- == 0) {
		/* an internal realtime section comes after the data */
		xfs_media_section(mp, mp->m_rtdev_targp == mp->m_ddev_targp ?
				XG_TYPE_RTG : XG_TYPE_AG, &sec);
		*size = sec.start + sec.size;
		*role = FSERROR_ROLE_DATA;
		return mp->m_ddev_targp->bt_bdev;
	}
	if (mp->m_logdev_targp != mp->m_ddev_targp && nr-- == 0) {
		xfs_fserror_log_section(mp, &sec);
		*size = sec.start + sec.size;
		*role = FSERROR_ROLE_LOG;
		return mp->m_logdev_targp->bt_bdev;
	}
	if (mp->m_rtdev_targp && mp->m_rtdev_targp != mp->m_ddev_targp &&
	    nr-- == 0) {
		xfs_media_section(mp, XG_TYPE_RTG, &sec);
		*size = sec.start + sec.size;
		*role = FSERROR_ROLE_REALTIME;
		return mp->m_rtdev_targp->bt_bdev;
	}
	return NULL;
}

/* The part of an extent that is in the bytes, if it is on a device. */
static bool
xfs_fserror_place(
	struct xfs_inode		*ip,
	const struct xfs_bmbt_irec	*map,
	u64				pos,
	u64				len,
	struct fserror_place		*place)
{
	struct xfs_mount		*mp = ip->i_mount;
	u64				start = XFS_FSB_TO_B(mp, map->br_startoff);
	u64				from, to;

	if (!xfs_bmap_is_written_extent(map))
		return false;
	from = max(pos, start);
	to = min(pos + len, start + XFS_FSB_TO_B(mp, map->br_blockcount));
	*place = (struct fserror_place) {
		.bdev		= xfs_inode_buftarg(ip)->bt_bdev,
		.pos		= from,
		.dev_pos	= BBTOB(xfs_fsb_to_db(ip, map->br_startblock)) +
				  (from - start),
		.len		= to - from,
		.shared		= xfs_is_reflink_inode(ip),
	};
	return true;
}

/* Where bytes of a file are. */
static int
xfs_fserror_places(
	struct inode			*inode,
	u64				pos,
	u64				len,
	struct fserror_place		*place,
	unsigned int			max)
{
	struct xfs_inode		*ip = XFS_I(inode);
	struct xfs_mount		*mp = ip->i_mount;
	xfs_fileoff_t			off = XFS_B_TO_FSBT(mp, pos);
	xfs_fileoff_t			end = XFS_B_TO_FSB(mp, pos + len);
	struct xfs_bmbt_irec		map;
	unsigned int			nr = 0;
	unsigned int			lock_mode;
	unsigned int			nofs_flags;
	int				error = 0;

	nofs_flags = memalloc_nofs_save();
	lock_mode = xfs_ilock_data_map_shared(ip);
	while (off < end && nr < max) {
		int			nmaps = 1;

		error = xfs_bmapi_read(ip, off, end - off, &map, &nmaps, 0);
		if (error || !nmaps)
			break;
		if (xfs_fserror_place(ip, &map, pos, len, &place[nr]))
			nr++;
		off = map.br_startoff + map.br_blockcount;
	}
	xfs_iunlock(ip, lock_mode);
	memalloc_nofs_restore(nofs_flags);
	return nr ? nr : error;
}

const struct fserror_operations xfs_fserror_operations = {
	.can_resolve		= xfs_fserror_can_resolve,
	.get_bdev		= xfs_fserror_get_bdev,
	.resolve		= xfs_fserror_resolve,
	.places			= xfs_fserror_places,
};
