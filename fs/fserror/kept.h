/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names that cannot be looked up again. Included by internal.h.
 */
#ifndef _FS_FSERROR_KEPT_H
#define _FS_FSERROR_KEPT_H

#include <linux/rbtree.h>
#include <linux/spinlock.h>

/**
 * struct fserror_kept - whose the pieces of a device were when it went
 * @lock: innermost; protects what follows
 * @root: nodes, by fserror_kept_key
 * @nr: how many there are
 */
struct fserror_kept {
	spinlock_t	lock;	/* of what follows */
	struct rb_root	root;
	u32		nr;
};

/**
 * struct fserror_kept_key - the order of the names of a device; no two are the same
 * @pos: first byte of the piece on the device
 * @ino: whose it is
 * @root: the subvolume of that
 * @offset: first byte in the file
 */
struct fserror_kept_key {
	u64	pos;
	u64	ino;
	u64	root;
	u64	offset;
};

/**
 * struct fserror_kept_cursor - how much has been said of a piece
 * @end: first byte behind it; 0 if none is begun
 * @pos: first byte of which nothing has been said
 * @after: name that was told last, with @told
 * @told: there was one
 */
struct fserror_kept_cursor {
	u64			end;
	u64			pos;
	struct fserror_kept_key	after;
	bool			told;
};

void fserror_kept_init(struct fserror_kept *kept);
void fserror_kept_free(struct fserror_kept *kept);
bool fserror_kept_add(struct fserror_kept *kept,
		      const struct fserror_record *record);
bool fserror_kept_covers(struct fserror_kept *kept, u64 from, u64 to);
void fserror_kept_drop(struct fserror_kept *kept, u64 from, u64 to);
bool fserror_kept_next(struct fserror_kept *kept,
		       struct fserror_kept_cursor *cursor,
		       const struct fserror_record *whole,
		       struct fserror_record *record);

#endif /* _FS_FSERROR_KEPT_H */
