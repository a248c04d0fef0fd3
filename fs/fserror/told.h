/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What watchers were told is bad on one device: a sorted, disjoint set of ranges.
 * Included by internal.h.
 */
#ifndef _FS_FSERROR_TOLD_H
#define _FS_FSERROR_TOLD_H

#include <linux/rbtree.h>
#include <linux/spinlock.h>

/* ranges of an answer, and of told, that one slice compares */
#define FSERROR_TOLD_SLICE	BDEV_BAD_MAX_RANGES
/* what the comparison of two such lists can come to */
#define FSERROR_TOLD_PIECES	(4 * FSERROR_TOLD_SLICE + 4)

/**
 * struct fserror_told - what was told of one device
 * @lock: innermost; protects what follows against readers. The one writer, the
 *	superblock's worker, reads without it.
 * @root: nodes, by position
 * @nr: how many there are
 * @nr_partial: those with FSERROR_TOLD_PARTIAL
 */
struct fserror_told {
	spinlock_t		lock;	/* of what follows */
	struct rb_root_cached	root;
	u32			nr;
	u32			nr_partial;
};

/**
 * enum fserror_told_change - what is to be told
 * @FSERROR_TOLD_NEW: the range is in its state now, and was not, or in one that
 *	is less bad
 * @FSERROR_TOLD_CHANGED: of the pieces that the range stands for, others are bad
 *	now
 * @FSERROR_TOLD_CLEARED: the range was in its state, and is not any more
 */
enum fserror_told_change {
	FSERROR_TOLD_NEW,
	FSERROR_TOLD_CHANGED,
	FSERROR_TOLD_CLEARED,
};

/**
 * struct fserror_told_diff - one thing that is to be told
 * @change: which
 * @content_unknown: the range is readable again and what it holds is not known;
 *	it is still in told then
 * @told: the range
 */
struct fserror_told_diff {
	enum fserror_told_change	change;
	bool				content_unknown;
	struct fserror_told_range	told;
};

/*
 * With enum bdev_bad_why: whoever has made a range good may be about to say so, so that it
 * is too early to tell that what it holds is not known.
 */
#define FSERROR_TOLD_PATIENT	(BDEV_WHY_ALL + 1)

/**
 * struct fserror_told_slice - room for one comparison
 * @next: what told will be
 * @nr_next: how many there are
 * @diffs: what is to be told, by position
 * @nr_diffs: how many there are
 * @unsaid: something is good, which nobody has said, and stays as it was told
 * @end: first byte that was not compared
 */
struct fserror_told_slice {
	struct fserror_told_range	next[FSERROR_TOLD_PIECES];
	unsigned int			nr_next;
	struct fserror_told_diff	diffs[FSERROR_TOLD_PIECES];
	unsigned int			nr_diffs;
	bool				unsaid;
	u64				end;
};

/**
 * struct fserror_told_node - a range in the set
 * @rb: in the set
 * @next: in a list, before and after that
 * @range: the range
 */
struct fserror_told_node {
	union {
		struct rb_node			rb;
		struct fserror_told_node	*next;
	};
	struct fserror_told_range		range;
};

static inline u64 fserror_told_end(const struct fserror_told_range *range)
{
	return range->range.pos + range->range.len;
}

/* told_set.c */
struct fserror_told_node *fserror_told_first(struct fserror_told *told, u64 pos);
struct fserror_told_node *fserror_told_after(struct fserror_told_node *node);
struct fserror_told_range
fserror_told_clip(const struct fserror_told_range *range, u64 pos, u64 end);
bool fserror_told_join(struct fserror_told_range *a,
		       const struct fserror_told_range *b);
void fserror_told_add(struct fserror_told_slice *slice,
		      const struct fserror_told_range *range);
int fserror_told_replace(struct fserror_told *told, u64 from,
			 struct fserror_told_slice *slice);
void fserror_told_init(struct fserror_told *told);
void fserror_told_free(struct fserror_told *told);
int fserror_told_set_flags(struct fserror_told *told, u64 from, u64 to, u16 set,
			   u16 clear, struct fserror_told_slice *slice);
unsigned int fserror_told_copy(struct fserror_told *told, u64 pos,
			       struct fserror_told_range *out,
			       unsigned int max);
bool fserror_told_widen(struct fserror_told *told, u64 grain, u64 *from,
			u64 *to);
bool fserror_told_reserve(int nr);
u32 fserror_told_count(void);
bool fserror_told_roomy(void);
u32 fserror_told_limit(u32 max);

/* told.c */
int fserror_told_apply(struct fserror_told *told, u64 from, u64 to,
		       const struct fserror_told_range *answer, unsigned int nr,
		       unsigned int why, struct fserror_told_slice *slice);

#endif /* _FS_FSERROR_TOLD_H */
