// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sorted arrays: they are small, come sorted from lists, and the kernel has room for
 * 65536 ranges of all mounts.
 */
#include "known_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SPARE 2 /* pieces that one change may add */

void known_set_free(struct known_set *set)
{
	free(set->pieces);
	free(set->unplaced);
	memset(set, 0, sizeof(*set));
}

static uint64_t dev_of(const struct fserror_range *range)
{
	return (uint64_t)range->major << 32 | range->minor;
}

static struct known_piece piece_of(const struct fserror_range *range)
{
	struct known_piece piece = { .dev = dev_of(range),
				     .start = range->offset,
				     .end = range->offset + range->length };

	if (piece.end < piece.start)
		piece.end = UINT64_MAX;
	return piece;
}

/* the first piece that ends behind the start of @piece */
static size_t find_piece(const struct known_set *set,
			 const struct known_piece *piece)
{
	size_t low = 0, high = set->nr, middle;
	const struct known_piece *at;

	while (low < high) {
		middle = low + (high - low) / 2;
		at = &set->pieces[middle];
		if (at->dev < piece->dev ||
		    (at->dev == piece->dev && at->end <= piece->start))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool touches_same(const struct known_piece *a,
			 const struct known_piece *b)
{
	return a->dev == b->dev && a->end == b->start && a->state == b->state &&
	       a->cause == b->cause;
}

/* what replaces the pieces from @first to before @last */
struct change {
	struct known_piece *v;
	size_t nr;
	size_t first, last;
};

static void put(struct change *change, struct known_piece piece)
{
	if (piece.start >= piece.end)
		return;
	if (change->nr && touches_same(&change->v[change->nr - 1], &piece))
		change->v[change->nr - 1].end = piece.end;
	else
		change->v[change->nr++] = piece;
}

/* the pieces from @first on that @piece is in, and those that only touch it */
static int begin_change(struct known_set *set, const struct known_piece *piece,
			struct change *change)
{
	const struct known_piece *at;
	size_t i = find_piece(set, piece);

	change->nr = 0;
	change->first = i;
	if (i && set->pieces[i - 1].dev == piece->dev &&
	    set->pieces[i - 1].end == piece->start)
		change->first--;
	for (; i < set->nr; i++) {
		at = &set->pieces[i];
		if (at->dev != piece->dev || at->start > piece->end)
			break;
	}
	change->last = i;
	/* each old one gives up to three, and there are gaps between them */
	change->v = reallocarray(NULL, (i - change->first) * 3 + SPARE + 1,
				 sizeof(*change->v));
	return change->v ? 0 : -ENOMEM;
}

static int end_change(struct known_set *set, struct change *change)
{
	const size_t old = change->last - change->first;
	const size_t nr = set->nr - old + change->nr;
	struct known_piece *pieces;
	size_t room = set->room;

	if (nr > room) {
		room = nr > room * 2 ? nr : room * 2;
		pieces = reallocarray(set->pieces, room, sizeof(*pieces));
		if (!pieces) {
			free(change->v);
			return -ENOMEM;
		}
		set->pieces = pieces;
		set->room = room;
	}
	if (set->nr > change->last)
		memmove(set->pieces + change->first + change->nr,
			set->pieces + change->last,
			(set->nr - change->last) * sizeof(*set->pieces));
	if (change->nr)
		memcpy(set->pieces + change->first, change->v,
		       change->nr * sizeof(*change->v));
	set->nr = nr;
	free(change->v);
	return 0;
}

/* put a piece of which only what is before or behind @cut stays */
static void put_rest(struct change *change, const struct known_piece *old,
		     const struct known_piece *cut, bool before)
{
	struct known_piece rest = *old;

	if (before)
		rest.end = rest.end < cut->start ? rest.end : cut->start;
	else
		rest.start = rest.start > cut->end ? rest.start : cut->end;
	put(change, rest);
}

int known_set_add(struct known_set *set, const struct fserror_range *range,
		  enum fserror_known_state state, uint32_t cause)
{
	struct known_piece piece = piece_of(range), part;
	uint64_t at = piece.start;
	struct change change;
	size_t i;

	piece.state = state;
	piece.cause = cause;
	if (begin_change(set, &piece, &change))
		return -ENOMEM;
	for (i = change.first; i < change.last; i++) {
		const struct known_piece *old = &set->pieces[i];

		put_rest(&change, old, &piece, true);
		if (old->end > piece.start && old->start < piece.end) {
			/* what was not known between the old ones */
			part = piece;
			part.start = at;
			part.end = old->start;
			put(&change, part);
			/* what was known keeps its first cause */
			part.start = old->start > piece.start ? old->start :
								piece.start;
			part.end = old->end < piece.end ? old->end : piece.end;
			part.cause = old->cause ? old->cause : cause;
			put(&change, part);
			at = part.end;
		}
		if (old->end > piece.end && old->start < piece.end)
			put_rest(&change, old, &piece, false);
		if (old->start >= piece.end) {
			part = piece;
			part.start = at;
			put(&change, part);
			at = piece.end;
			put(&change, *old);
		}
	}
	part = piece;
	part.start = at;
	put(&change, part);
	return end_change(set, &change);
}

int known_set_remove(struct known_set *set, const struct fserror_range *range)
{
	const struct known_piece piece = piece_of(range);
	struct change change;
	size_t i;

	if (begin_change(set, &piece, &change))
		return -ENOMEM;
	for (i = change.first; i < change.last; i++) {
		put_rest(&change, &set->pieces[i], &piece, true);
		put_rest(&change, &set->pieces[i], &piece, false);
	}
	return end_change(set, &change);
}

/* what has no place */

static struct known_unplaced unplaced_of(const struct fserror_record *rec)
{
	const struct known_piece piece = piece_of(&rec->device);
	struct known_unplaced unplaced = { .dev = piece.dev,
					   .start = piece.start,
					   .end = piece.end,
					   .cause = rec->cause };

	if (fserror_has(rec, FSERROR_A_RECORD_ORIGIN))
		unplaced.origin = dev_of(&rec->origin);
	memcpy(unplaced.layer, rec->layer, sizeof(unplaced.layer));
	return unplaced;
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_unplaced(const struct known_unplaced *a,
			    const struct known_unplaced *b)
{
	int order = compare_u64(a->dev, b->dev);

	if (!order)
		order = strcmp(a->layer, b->layer);
	return order ? order : compare_u64(a->origin, b->origin);
}

/* where it is, or has to be put */
static size_t find_unplaced(const struct known_set *set,
			    const struct known_unplaced *unplaced, bool *there)
{
	int order = 1;
	size_t i;

	for (i = 0; i < set->nr_unplaced; i++) {
		order = compare_unplaced(&set->unplaced[i], unplaced);
		if (order >= 0)
			break;
	}
	*there = i < set->nr_unplaced && !order;
	return i;
}

int known_unplaced_add(struct known_set *set, const struct fserror_record *rec,
		       enum fserror_known_state state)
{
	struct known_unplaced unplaced = unplaced_of(rec), *v;
	size_t at, room;
	bool there;

	unplaced.state = state;
	at = find_unplaced(set, &unplaced, &there);
	if (there) {
		if (set->unplaced[at].cause)
			unplaced.cause = set->unplaced[at].cause;
		set->unplaced[at] = unplaced;
		return 0;
	}
	if (set->nr_unplaced == set->room_unplaced) {
		room = set->room_unplaced ? set->room_unplaced * 2 : 4;
		v = reallocarray(set->unplaced, room, sizeof(*v));
		if (!v)
			return -ENOMEM;
		set->unplaced = v;
		set->room_unplaced = room;
	}
	memmove(set->unplaced + at + 1, set->unplaced + at,
		(set->nr_unplaced - at) * sizeof(unplaced));
	set->unplaced[at] = unplaced;
	set->nr_unplaced++;
	return 0;
}

int known_unplaced_remove(struct known_set *set,
			  const struct fserror_record *rec)
{
	const struct known_unplaced unplaced = unplaced_of(rec);
	bool there;
	size_t at = find_unplaced(set, &unplaced, &there);

	if (!there)
		return 0;
	set->nr_unplaced--;
	memmove(set->unplaced + at, set->unplaced + at + 1,
		(set->nr_unplaced - at) * sizeof(unplaced));
	return 0;
}

size_t known_set_count(const struct known_set *set)
{
	return set->nr + set->nr_unplaced;
}

static int visit_unplaced(const struct known_unplaced *unplaced,
			  struct fserror_known_range *range,
			  int (*visit)(void *arg,
				       const struct fserror_known_range *range),
			  void *arg)
{
	range->major = unplaced->dev >> 32;
	range->minor = (uint32_t)unplaced->dev;
	range->offset = unplaced->start;
	range->length = unplaced->end - unplaced->start;
	range->state = unplaced->state;
	range->cause = unplaced->cause;
	range->origin_major = unplaced->origin >> 32;
	range->origin_minor = (uint32_t)unplaced->origin;
	memcpy(range->layer, unplaced->layer, sizeof(range->layer));
	return visit(arg, range);
}

int known_set_each(const struct known_set *set, uint64_t instance,
		   int (*visit)(void *arg,
				const struct fserror_known_range *range),
		   void *arg)
{
	struct fserror_known_range range;
	size_t i, j = 0;
	int rc = 0;

	for (i = 0; !rc && i <= set->nr; i++) {
		/* those of the devices before this one */
		while (!rc && j < set->nr_unplaced &&
		       (i == set->nr ||
			set->unplaced[j].dev < set->pieces[i].dev)) {
			range = (struct fserror_known_range){
				.instance = instance
			};
			rc = visit_unplaced(&set->unplaced[j++], &range, visit,
					    arg);
		}
		if (rc || i == set->nr)
			break;
		range = (struct fserror_known_range){
			.instance = instance,
			.major = set->pieces[i].dev >> 32,
			.minor = (uint32_t)set->pieces[i].dev,
			.offset = set->pieces[i].start,
			.length = set->pieces[i].end - set->pieces[i].start,
			.state = set->pieces[i].state,
			.cause = set->pieces[i].cause,
		};
		rc = visit(arg, &range);
	}
	return rc;
}
