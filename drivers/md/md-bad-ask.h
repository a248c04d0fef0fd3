/* SPDX-License-Identifier: GPL-2.0-only */
/* A question that an array answers: what the files of the answer share. */
#ifndef MD_BAD_ASK_H
#define MD_BAD_ASK_H

#include "dm-bad-combine.h"
#include "md-bad.h"

/**
 * struct md_bad_answer - what a member has answered
 * @range: what is bad, in bytes of the device
 * @nr: how many ranges there are
 */
struct md_bad_answer {
	struct bdev_bad_range	*range;
	unsigned int		nr;
};

/**
 * struct md_bad_question - a question that is being answered
 * @geo: what the array looks like
 * @list: the caller's
 * @pos: first byte that is asked for
 * @end: first byte behind what is being looked at
 * @missing: how many members it should have, and has not
 * @max: ranges that a member may answer with
 * @pool: room for them
 * @below: room for what a member says, before what md has recorded is added
 * @unplaced: the same for what has no place there; not on the stack, because
 *	questions nest
 * @answer: of each member
 * @members: for the places of a row
 * @row: a row
 * @from: rows are looked for from here on
 * @span_pos: the lowest one that was found
 * @span_end: its end
 * @full: there was no room in @list
 */
struct md_bad_question {
	struct md_bad_geo	*geo;
	struct bdev_bad_list	*list;
	u64			pos;
	u64			end;
	unsigned int		missing;
	unsigned int		max;
	struct bdev_bad_range	*pool;
	struct bdev_bad_range	below[BDEV_BAD_MAX_RANGES];
	struct bdev_bad_range	unplaced[BDEV_BAD_MAX_UNPLACED];
	struct md_bad_answer	*answer;
	struct dm_bad_member	*members;
	struct md_bad_geo_row	row;
	u64			from;
	u64			span_pos;
	u64			span_end;
	bool			full;
};

/* md-bad-ask.c */
void md_bad_unplace(struct md_bad_question *q, const struct bdev_bad_range *range,
		    const char *layer);
void md_bad_lower(u64 pos, u64 end, void *data);

/* md-bad-join.c */
int md_bad_join_rows(struct md_bad_question *q);
void md_bad_tell_missing(struct md_bad_question *q);
void md_bad_tell_moving(struct md_bad_question *q);

#endif /* MD_BAD_ASK_H */
