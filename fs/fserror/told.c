// SPDX-License-Identifier: GPL-2.0-only
/*
 * What watchers were told is bad on a device, and how that differs from an answer.
 *
 * The comparison walks both sorted lists at once, cuts them where either begins or
 * ends, and decides for each piece from what was told and what is answered:
 *
 *	told		answer: good	bad	unknown		degraded
 *	nothing		-		new	new		new
 *	bad		cleared		=	=		cleared, new
 *	unknown		cleared		new	=		cleared, new
 *	content-unknown	=		new	=		=
 *	degraded	cleared		new	new		=
 *
 * A bad range that is cleared stays in told as content-unknown, unless its device
 * stayed where it was ever since and this change says that it was written or refined.
 * That other sectors went bad meanwhile says nothing of it.
 */
#include <linux/minmax.h>
#include "internal.h"

/* of the marks since the telling only these are remembered */
#define FSERROR_TOLD_MOVED	(BDEV_WHY_REMOVED | BDEV_WHY_REMAPPED)

/* Watchers forget by place: a stretch is cleared at once, whatever it was told with. */
static bool fserror_told_join_cleared(struct fserror_told_range *a,
				      const struct fserror_told_range *b)
{
	if (fserror_told_end(a) != b->range.pos)
		return false;
	a->range.len += b->range.len;
	return true;
}

static void fserror_told_diff(struct fserror_told_slice *slice,
			      enum fserror_told_change change,
			      bool content_unknown,
			      const struct fserror_told_range *range)
{
	struct fserror_told_diff *diff;

	if (slice->nr_diffs) {
		diff = &slice->diffs[slice->nr_diffs - 1];
		if (diff->change == change &&
		    diff->content_unknown == content_unknown &&
		    (change == FSERROR_TOLD_CLEARED ?
		     fserror_told_join_cleared(&diff->told, range) :
		     fserror_told_join(&diff->told, range)))
			return;
	}
	if (WARN_ON_ONCE(slice->nr_diffs == FSERROR_TOLD_PIECES))
		return;
	slice->diffs[slice->nr_diffs++] = (struct fserror_told_diff) {
		.change		 = change,
		.content_unknown = content_unknown,
		.told		 = *range,
	};
}

static void fserror_told_keep(struct fserror_told_slice *slice,
			      const struct fserror_told_range *told,
			      unsigned int why)
{
	struct fserror_told_range keep = *told;

	keep.why |= why & FSERROR_TOLD_MOVED;
	fserror_told_add(slice, &keep);
}

static void fserror_told_good(struct fserror_told_slice *slice,
			      const struct fserror_told_range *told,
			      unsigned int why)
{
	struct fserror_told_range good = *told;
	unsigned int moved = why & FSERROR_TOLD_MOVED;
	bool known = why & (BDEV_WHY_WRITTEN | BDEV_WHY_REFINED);

	if (told->state == FSERROR_TOLD_CONTENT_UNKNOWN) {
		fserror_told_keep(slice, told, why);
		return;
	}
	/* of a range that stood for pieces nobody said that all of it was bad */
	if (told->flags & FSERROR_TOLD_PARTIAL)
		known = true;
	else
		moved |= told->why;
	if (told->state != FSERROR_TOLD_BAD || (known && !moved)) {
		fserror_told_diff(slice, FSERROR_TOLD_CLEARED, false, told);
		return;
	}
	if (!moved && why & FSERROR_TOLD_PATIENT) {
		slice->unsaid = true;
		fserror_told_keep(slice, told, why);
		return;
	}
	fserror_told_diff(slice, FSERROR_TOLD_CLEARED, true, told);
	good.state = FSERROR_TOLD_CONTENT_UNKNOWN;
	fserror_told_keep(slice, &good, why);
}

static void fserror_told_both(struct fserror_told_slice *slice,
			      const struct fserror_told_range *told,
			      const struct fserror_told_range *answer,
			      unsigned int why)
{
	switch (answer->state) {
	case FSERROR_TOLD_BAD:
		if (told->state != FSERROR_TOLD_BAD)
			break;
		if (told->flags & FSERROR_TOLD_PARTIAL)
			fserror_told_keep(slice, answer, 0);
		else
			fserror_told_keep(slice, told, why);
		return;
	case FSERROR_TOLD_DEGRADED:
		if (told->state == FSERROR_TOLD_BAD ||
		    told->state == FSERROR_TOLD_UNKNOWN) {
			fserror_told_diff(slice, FSERROR_TOLD_CLEARED, false,
					  told);
			break;
		}
		fserror_told_keep(slice, told, why);
		return;
	case FSERROR_TOLD_UNKNOWN:
	case FSERROR_TOLD_CONTENT_UNKNOWN:
		if (told->state == FSERROR_TOLD_DEGRADED)
			break;
		fserror_told_keep(slice, told, why);
		return;
	}
	fserror_told_diff(slice, FSERROR_TOLD_NEW, false, answer);
	fserror_told_add(slice, answer);
}

/* An answer that stands for pieces takes the place of all that was told there. */
static void fserror_told_partial(struct fserror_told_slice *slice,
				 const struct fserror_told_range *told,
				 const struct fserror_told_range *answer)
{
	if (!told || told->state != FSERROR_TOLD_BAD ||
	    !(told->flags & FSERROR_TOLD_PARTIAL) ||
	    told->range.pos > answer->range.pos ||
	    fserror_told_end(told) < fserror_told_end(answer))
		fserror_told_diff(slice, FSERROR_TOLD_NEW, false, answer);
	else if (told->count != answer->count || told->hash != answer->hash)
		fserror_told_diff(slice, FSERROR_TOLD_CHANGED, false, answer);
	fserror_told_add(slice, answer);
}

/**
 * fserror_told_apply - compare an answer with what was told, which it becomes
 * @told: of the device
 * @from: first byte that was asked about
 * @to: first byte behind that
 * @answer: what is bad there now, sorted, disjoint, and within it
 * @nr: how many, at most FSERROR_TOLD_SLICE
 * @why: enum bdev_bad_why of the marks that led to the question, 0 if there was none; and
 *	perhaps FSERROR_TOLD_PATIENT
 * @slice: what is to be told, and how far the comparison went
 *
 * The caller tells what is in @slice after this, and not before: see worker.c.
 *
 * Context: Process context, may sleep; no two for one @told at a time.
 * Return: 0; -ENOSPC if the pool is full, or -ENOMEM, in which cases told is as it
 * was and nothing is to be told.
 */
int fserror_told_apply(struct fserror_told *told, u64 from, u64 to,
		       const struct fserror_told_range *answer, unsigned int nr,
		       unsigned int why, struct fserror_told_slice *slice)
{
	struct fserror_told_node *node = fserror_told_first(told, from);
	unsigned int a = 0, old = 0;
	u64 pos = from, end;

	slice->nr_next = 0;
	slice->nr_diffs = 0;
	slice->unsaid = false;
	/* a piece makes two differences at most; the caller goes on at the end of the slice */
	while (pos < to && old < FSERROR_TOLD_SLICE &&
	       slice->nr_diffs + 2 <= FSERROR_TOLD_PIECES) {
		const struct fserror_told_range *hit = NULL;
		struct fserror_told_range t, x;
		bool is_told = false;

		end = to;
		if (a < nr && answer[a].range.pos <= pos)
			hit = &answer[a];
		if (hit)
			end = min(end, fserror_told_end(hit));
		else if (a < nr)
			end = min(end, answer[a].range.pos);

		if (hit && hit->flags & FSERROR_TOLD_PARTIAL &&
		    hit->state == FSERROR_TOLD_BAD) {
			fserror_told_partial(slice, node ? &node->range : NULL,
					     hit);
			goto next;
		}
		if (node && node->range.range.pos <= pos) {
			end = min(end, fserror_told_end(&node->range));
			t = fserror_told_clip(&node->range, pos, end);
			is_told = true;
		} else if (node) {
			end = min(end, node->range.range.pos);
		}
		if (hit)
			x = fserror_told_clip(hit, pos, end);

		if (is_told && hit) {
			fserror_told_both(slice, &t, &x, why);
		} else if (is_told) {
			fserror_told_good(slice, &t, why);
		} else if (hit) {
			fserror_told_diff(slice, FSERROR_TOLD_NEW, false, &x);
			fserror_told_add(slice, &x);
		}
next:
		pos = end;
		while (node && fserror_told_end(&node->range) <= pos) {
			node = fserror_told_after(node);
			old++;
		}
		while (a < nr && fserror_told_end(&answer[a]) <= pos)
			a++;
	}
	slice->end = pos;
	return fserror_told_replace(told, from, slice);
}
