/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose are bad bytes of a device?  xfs_media_walk.c goes through the groups that
 * they are in, xfs_media_collect.c reads the reverse mapping, and each record that
 * has any of them is handed on.
 * xfs_media_owner.c turns a
 * record into owners, with xfs_media_file.c and xfs_media_inodes.c.  Three use
 * it: xfs_fserror.c tells of the owners, xfs_verify_media.c reports them as lost,
 * and xfs_notify_failure.c kills the processes that have them mapped.
 */
#ifndef __XFS_MEDIA_WALK_H__
#define __XFS_MEDIA_WALK_H__

#include "xfs_media_range.h"

struct xfs_media_walk;

/**
 * struct xfs_media_ops - what is done with what a walk finds
 * @record: a reverse mapping record has bad bytes; @piece is a stretch of them,
 *	counted from the start of the group, and may be changed
 * @tell: only for xfs_media_owner_record(): a piece belongs to @owner, in which
 *	all but the range on the device is filled in; @ip is the inode, or NULL;
 *	@sick are the XFS_SICK_INO_* of the inode, or the bits of the group if
 *	there is none
 * @unknown: whose a piece is cannot be found out
 * @should_stop: may be NULL; called before each record but the first
 *
 * Context: process context, no lock of XFS held by the walk.  The place that
 *	@walk->at says is where a later walk begins to have all that follows.
 * Return: 0 to go on, else what the walk is to return.
 */
struct xfs_media_ops {
	int (*record)(struct xfs_media_walk *walk,
			const struct xfs_rmap_irec *rec,
			struct fserror_extent *piece);
	int (*tell)(struct xfs_media_walk *walk, struct fserror_owner *owner,
			struct xfs_inode *ip, unsigned int sick,
			const struct fserror_extent *piece);
	int (*unknown)(struct xfs_media_walk *walk,
			const struct fserror_extent *piece);
	int (*should_stop)(struct xfs_media_walk *walk);
};

/* how far the walk has come in a group */
enum xfs_media_phase {
	XFS_MEDIA_HEADER	= 0,	/* nothing of the group is done */
	XFS_MEDIA_QUERY		= 1,	/* all before block @start is done */
	XFS_MEDIA_KEY		= 2,	/* so are the records before @key */
	XFS_MEDIA_SKIP		= 3,	/* nobody knows whose the rest is */
};

/* all of the record at @key is done, too */
#define XFS_MEDIA_DONE		U64_MAX

/**
 * struct xfs_media_place - a place on the way
 * @type: type of the groups
 * @gno: number of the group
 * @phase: how much of the group is done
 * @start: first block of the cluster that is looked at, with phases
 *	XFS_MEDIA_QUERY and XFS_MEDIA_KEY
 * @key: last record that was begun, with phase XFS_MEDIA_KEY
 * @from: first byte of the group that is left of the header, of the record at
 *	@key, or of what is skipped; or XFS_MEDIA_DONE
 */
struct xfs_media_place {
	enum xfs_group_type		type;
	u32				gno;
	enum xfs_media_phase		phase;
	xfs_agblock_t			start;
	struct xfs_rmap_irec		key;
	u64				from;
};

/**
 * xfs_media_place_pos() - From which byte of a section on is anything left?
 * @at: where a walk or a skip of the section has stopped
 * @sec: the section
 * @blocklog: log2 of the block size in bytes
 *
 * Records are handed on in the order of their first blocks, so that all that is
 * before the block where the one at the key begins is done; some of what is behind
 * it may be done, too.  A skip of the section stays in group 0 and counts from there.
 *
 * Return: the byte, counted from the start of the section.
 */
static inline u64
xfs_media_place_pos(
	const struct xfs_media_place		*at,
	const struct xfs_media_section		*sec,
	unsigned int				blocklog)
{
	const u64				group = at->gno * sec->stride;

	switch (at->phase) {
	case XFS_MEDIA_HEADER:
	case XFS_MEDIA_SKIP:
		return group + at->from;
	case XFS_MEDIA_KEY:
		return group + ((u64)max(at->start, at->key.rm_startblock) <<
				blocklog);
	case XFS_MEDIA_QUERY:
		break;
	}
	return group + ((u64)at->start << blocklog);
}

/* records of a batch, and of one that a piece that has moved is looked for in */
#define XFS_MEDIA_BATCH		256
#define XFS_MEDIA_AGAIN		64

/**
 * struct xfs_media_batch - records that were collected under the lock of a group
 * @recs: the records
 * @max: room for them
 * @nr: how many there are
 * @looked: is there a last record?
 * @more: may there be records after @last?
 * @busy: deferred updates were in flight, so that records may be missing
 * @last: last record that was looked at
 */
struct xfs_media_batch {
	struct xfs_rmap_irec		*recs;
	unsigned int			max;
	unsigned int			nr;
	bool				looked;
	bool				more;
	bool				busy;
	struct xfs_rmap_irec		last;
};

/**
 * struct xfs_media_walk - bad ranges on their way through a filesystem
 * @mp: the filesystem
 * @ops: what is done with what is found
 * @priv: whatever @ops need
 * @ext: sorted, disjoint ranges of bytes of the device
 * @nr: how many there are
 * @patience: how many more times, 10 ms each, to wait for what is in flight
 * @at: where the walk is
 * @resume: begin at @at
 * @xg: the group; holds an active reference
 * @win: the part of the group that is looked at
 * @start_fsb: first filesystem block of the group, as extent maps count them
 * @i: first of @ext that is not done
 * @cl: the cluster of bad ranges that is looked at
 * @batch: its records
 * @again: records of a piece that has moved
 * @asking: a piece that has moved is being looked for
 * @missed: it has moved once more
 * @progress: something was done
 * @failed: how many queries of the group have failed
 * @ip: inode of the last record, with a reference, or NULL
 * @held: inodes of records before it, each with a reference; NULL if there were none
 */
struct xfs_media_walk {
	struct xfs_mount		*mp;
	const struct xfs_media_ops	*ops;
	void				*priv;
	const struct fserror_extent	*ext;
	unsigned int			nr;
	unsigned int			patience;
	struct xfs_media_place		at;
	bool				resume;

	struct xfs_group		*xg;
	struct xfs_media_window		win;
	xfs_fsblock_t			start_fsb;
	unsigned int			i;
	struct xfs_media_cluster	cl;
	struct xfs_media_batch		batch;
	struct xfs_media_batch		again;
	bool				asking;
	bool				missed;
	bool				progress;
	unsigned int			failed;
	struct xfs_inode		*ip;
	struct xfs_inode		**held;
};

/* xfs_media_collect.c */
bool xfs_media_wait(struct xfs_media_walk *walk);
bool xfs_media_hit(struct xfs_media_walk *walk, unsigned int *i,
		const struct xfs_rmap_irec *rec, struct fserror_extent *piece);
int xfs_media_collect(struct xfs_media_walk *walk,
		struct xfs_media_batch *batch, xfs_agblock_t first,
		xfs_agblock_t last);

/* xfs_media_walk.c */
int xfs_media_walk_init(struct xfs_media_walk *walk, gfp_t gfp);
void xfs_media_walk_exit(struct xfs_media_walk *walk);
void xfs_media_section(struct xfs_mount *mp, enum xfs_group_type type,
		struct xfs_media_section *sec);
int xfs_media_walk_section(struct xfs_media_walk *walk,
		enum xfs_group_type type);
int xfs_media_skip_section(struct xfs_media_walk *walk,
		enum xfs_group_type type);
int xfs_media_unknown(struct xfs_media_walk *walk,
		const struct fserror_extent *piece);
int xfs_media_tell(struct xfs_media_walk *walk, struct fserror_owner *owner,
		struct xfs_inode *ip, unsigned int sick,
		const struct fserror_extent *piece);

/* xfs_media_owner.c */
int xfs_media_owner_record(struct xfs_media_walk *walk,
		const struct xfs_rmap_irec *rec, struct fserror_extent *piece);
int xfs_media_ask_again(struct xfs_media_walk *walk,
		const struct xfs_rmap_irec *rec,
		const struct fserror_extent *piece, bool gone);

/* xfs_media_file.c */
void xfs_media_rele(struct xfs_inode *ip);
void xfs_media_rele_all(struct xfs_media_walk *walk);
int xfs_media_file(struct xfs_media_walk *walk,
		const struct xfs_rmap_irec *rec, struct fserror_extent *piece);

/* xfs_media_inodes.c */
int xfs_media_inodes(struct xfs_media_walk *walk,
		const struct xfs_rmap_irec *rec, struct fserror_extent *piece);

#endif /* __XFS_MEDIA_WALK_H__ */
