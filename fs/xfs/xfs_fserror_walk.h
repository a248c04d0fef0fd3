/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the resolver share: xfs_fserror.c knows the devices,
 * xfs_fserror_walk.c reads the reverse mapping of the groups on them, and
 * xfs_fserror_owner.c turns a record into owners.
 */
#ifndef __XFS_FSERROR_WALK_H__
#define __XFS_FSERROR_WALK_H__

#include "xfs_fserror_range.h"

struct fserror_owner;
struct fserror_sink;

/* records per batch */
#define XFS_FSERROR_BATCH	256

/* how far the walk has come in a group; kept in the sink's cursor */
enum xfs_fserror_phase {
	XFS_FSERROR_HEADER	= 0,	/* nothing of the group is done */
	XFS_FSERROR_QUERY	= 1,	/* the AG header is done */
	XFS_FSERROR_KEY		= 2,	/* all records before @key are done */
};

/* all of the record at @key is done, too */
#define XFS_FSERROR_DONE	U64_MAX

/**
 * struct xfs_fserror_walk - a bad range on its way through a filesystem
 * @mp: the filesystem
 * @sink: where the owners go
 * @type: type of the groups that are walked now
 * @gno: number of the group that is walked now
 * @xg: that group; holds an active reference
 * @flags: enum fserror_record_flag of whatever is in this type of group
 * @base: first byte of the group on the device
 * @start_fsb: first filesystem block of the group, as extent maps count them
 * @bad: the bad bytes that are left, counted from the start of the group
 * @phase: how much of the group is done
 * @key: last record that was begun, with phase XFS_FSERROR_KEY
 * @from: first byte of the group that is left of the record at @key, or
 *	XFS_FSERROR_DONE
 * @recs: batch of records, room for XFS_FSERROR_BATCH
 * @nr: how many there are in the batch
 * @last: last record that was looked at for the batch
 * @looked: is there a last record?
 * @more: may there be records after @last?
 * @patience: how many more times to wait for an inode that is going away
 * @error: first negative errno that kept a part of the range from being walked
 */
struct xfs_fserror_walk {
	struct xfs_mount		*mp;
	struct fserror_sink		*sink;
	enum xfs_group_type		type;
	u32				gno;
	struct xfs_group		*xg;
	u32				flags;
	u64				base;
	xfs_fsblock_t			start_fsb;
	struct xfs_fserror_bytes	bad;
	enum xfs_fserror_phase		phase;
	struct xfs_rmap_irec		key;
	u64				from;
	struct xfs_rmap_irec		*recs;
	unsigned int			nr;
	struct xfs_rmap_irec		last;
	bool				looked;
	bool				more;
	unsigned int			patience;
	int				error;
};

/* xfs_fserror_walk.c */
int xfs_fserror_tell(struct xfs_fserror_walk *walk,
		struct fserror_owner *owner,
		const struct xfs_fserror_bytes *piece);
int xfs_fserror_tell_unresolved(struct xfs_fserror_walk *walk,
		const struct xfs_fserror_bytes *piece);
int xfs_fserror_walk_section(struct xfs_fserror_walk *walk,
		enum xfs_group_type type,
		const struct xfs_fserror_section *sec);

/* xfs_fserror_owner.c */
int xfs_fserror_record(struct xfs_fserror_walk *walk,
		const struct xfs_rmap_irec *rec, struct xfs_fserror_bytes *piece);

#endif /* __XFS_FSERROR_WALK_H__ */
