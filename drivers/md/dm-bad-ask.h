/* SPDX-License-Identifier: GPL-2.0-only */
/* A question that a mapped device answers: what the files of the answer share. */
#ifndef DM_BAD_ASK_H
#define DM_BAD_ASK_H

#include "dm-bad-combine.h"
#include "dm-badrange.h"

/* parts of lower devices that are asked for one answer */
#define DM_BAD_MAX_ASKS		256

/**
 * struct dm_bad_dev - a lower device of the table
 * @bdev: the device, with a reference on its struct device
 * @bad: there is something bad of it
 * @used: a target has named it
 */
struct dm_bad_dev {
	struct block_device	*bdev;
	bool			bad;
	bool			used;
};

/**
 * struct dm_bad_devs - the lower devices of a table
 * @generation: which table that was
 * @gone: it has error targets, or others that do not use a place of theirs
 * @nr: how many devices it has
 * @dev: the devices, sorted by address, each of them once
 */
struct dm_bad_devs {
	u64			generation;
	bool			gone;
	unsigned int		nr;
	struct dm_bad_dev	dev[] __counted_by(nr);
};

/**
 * struct dm_bad_ask - a part of a lower device that is asked
 * @bdev: the device, kept by the list of devices
 * @pos: first byte
 * @end: first byte behind it
 * @layer: empty, or who cannot say where in the target that is
 * @between: data in it, which are not meant
 * @ranges: the answer
 * @max: for how many ranges there is room
 * @nr: how many there are
 * @next: nothing is known from this byte of the device on
 * @low: lowest byte of the mapped device that may be on each of @ranges; what is behind
 *	the limit of the windows counts as %U64_MAX
 * @done: of how many of @ranges the windows have been found
 * @rest: lowest byte of the mapped device that may be on what is behind @next
 */
struct dm_bad_ask {
	struct block_device	*bdev;
	u64			pos;
	u64			end;
	char			layer[BDEV_BAD_LAYER_BYTES];
	struct dm_bad_pieces	between;
	struct bdev_bad_range	*ranges;
	unsigned int		max;
	unsigned int		nr;
	u64			next;
	u64			*low;
	unsigned int		done;
	u64			rest;
};

/**
 * struct dm_bad_question - a question that is being answered
 * @md: the mapped device that was asked
 * @list: the caller's
 * @pos: first byte of @md
 * @end: first byte behind what is being looked at
 * @devs: the lower devices
 * @mark_only: targets are asked for their devices only, and not what is on them
 * @overflow: there was no room for all parts of devices
 * @moving: a target moves what it maps by itself
 * @spread: the greatest that a target has named
 * @nr_asks: how many parts of devices are asked
 * @asks: these; those of which the place is known come first, sorted by device
 * @nr_placed: how many of them these are
 * @pool: room for the answers
 * @lows: room for what of @md is on them, and for as many more as one answer has
 * @unplaced: room for what has no place below; not on the stack, because
 *	questions nest
 * @set: what of @md may be bad
 * @windows: room for it
 * @places: where the ranges of these are, while they are moved in @pool
 * @only: NULL, or the only part of which windows are looked for
 * @rows: where that is
 * @members: room for the places of one row
 * @rows_left: how many rows may still be looked at
 * @signature: of all the places that have been looked at
 * @full: there was no room in @list
 * @again: a target cannot say now
 */
struct dm_bad_question {
	struct mapped_device	*md;
	struct bdev_bad_list	*list;
	u64			pos;
	u64			end;
	struct dm_bad_devs	*devs;
	bool			mark_only;
	bool			overflow;
	bool			moving;
	u64			spread;
	unsigned int		nr_asks;
	unsigned int		nr_placed;
	struct dm_bad_ask	asks[DM_BAD_MAX_ASKS];
	struct bdev_bad_range	*pool;
	u64			*lows;
	struct bdev_bad_range	unplaced[BDEV_BAD_MAX_UNPLACED];
	struct dm_bad_set	set;
	struct dm_bad_window	windows[BDEV_BAD_MAX_RANGES];
	u64			places[BDEV_BAD_MAX_RANGES];
	struct dm_bad_ask	*only;
	struct dm_bad_row_buf	rows;
	struct dm_bad_member	members[DM_BAD_MAX_PLACES];
	unsigned int		rows_left;
	u32			signature;
	bool			full;
	bool			again;
};

/* Is something of a target bad, or degraded, even if nothing is of its devices? */
static inline bool dm_bad_target_misses(struct dm_target *ti)
{
	return dm_bad_target_fails(ti) ||
	       (ti->type->bad_missing && ti->type->bad_missing(ti));
}

/* dm-bad-ask.c */
struct dm_table *dm_bad_get_table(struct dm_bad_question *q, int *srcu_idx);
void dm_bad_sort_devs(struct dm_bad_devs *devs);
struct dm_bad_dev *dm_bad_find_dev(struct dm_bad_devs *devs,
				   struct block_device *bdev);

/* dm-bad-collect.c */
int dm_bad_collect(struct dm_bad_question *q);
int dm_bad_ask_all(struct dm_bad_question *q);
int dm_bad_ask_more(struct dm_bad_question *q, struct dm_bad_ask *ask);

/* dm-bad-pass.c */
struct dm_bad_ask *dm_bad_unfinished(struct dm_bad_question *q);
bool dm_bad_make_room(struct dm_bad_question *q, struct dm_bad_ask *ask);
bool dm_bad_walk(struct dm_bad_question *q, struct dm_target *ti,
		 struct dm_bad_ask *ask, struct dm_bad_windows *w);

/* dm-bad-join.c */
int dm_bad_candidates(struct dm_bad_question *q, struct dm_bad_ask *only);
int dm_bad_check(struct dm_bad_question *q);

#endif /* DM_BAD_ASK_H */
