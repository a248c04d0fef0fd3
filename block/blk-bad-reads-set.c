// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets of ranges of sectors.
 *
 * A set is sorted and disjoint, and has room for a number of ranges. When one comes for
 * which there is no room, the two that lie nearest to each other become one, which is
 * coarse. So a set never forgets anything, it only gets less exact, and what is good
 * between its ranges can be cut out again.
 *
 * LOCKING
 *
 * The caller's.
 */
#include <linux/minmax.h>
#include <linux/string.h>
#include "blk-bad-reads.h"

/* The first range that ends behind @start. */
unsigned int bad_reads_set_find(const struct bad_reads_set *set, sector_t start)
{
	unsigned int low = 0, high = set->nr;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (set->ranges[mid].end > start)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* Are all the sectors in it? */
bool bad_reads_set_covers(const struct bad_reads_set *set, sector_t start,
			  sector_t end)
{
	unsigned int i = bad_reads_set_find(set, start);

	/* ranges that touch are in two only if one of them is coarse */
	for (; start < end && i < set->nr && set->ranges[i].start <= start; i++)
		start = set->ranges[i].end;
	return start >= end;
}

static void set_remove(struct bad_reads_set *set, unsigned int i, unsigned int nr)
{
	memmove(&set->ranges[i], &set->ranges[i + nr],
		(set->nr - i - nr) * sizeof(*set->ranges));
	set->nr -= nr;
}

static void set_join_nearest(struct bad_reads_set *set)
{
	sector_t gap, smallest = (sector_t)-1;
	unsigned int i, nearest = 1;

	for (i = 1; i < set->nr; i++) {
		gap = set->ranges[i].start - set->ranges[i - 1].end;
		if (gap < smallest) {
			smallest = gap;
			nearest = i;
		}
	}
	set->ranges[nearest - 1].end = set->ranges[nearest].end;
	set->ranges[nearest - 1].coarse = true;
	set_remove(set, nearest, 1);
}

static void set_insert(struct bad_reads_set *set, unsigned int i,
		       const struct bad_reads_range *range)
{
	memmove(&set->ranges[i + 1], &set->ranges[i],
		(set->nr - i) * sizeof(*set->ranges));
	set->ranges[i] = *range;
	set->nr++;
	if (set->nr > set->max)
		set_join_nearest(set);
}

/*
 * Add the sectors from @start up to, not including, @end. Returns false if all of them
 * were in it. What overlaps becomes one range, and what touches if it is as exact.
 */
bool bad_reads_set_add(struct bad_reads_set *set, sector_t start, sector_t end,
		       bool coarse)
{
	struct bad_reads_range new = { .start = start, .end = end, .coarse = coarse };
	unsigned int i, from, to;

	if (start >= end || bad_reads_set_covers(set, start, end))
		return false;

	from = bad_reads_set_find(set, start);
	if (from && set->ranges[from - 1].end == start &&
	    set->ranges[from - 1].coarse == coarse)
		from--;
	for (to = from; to < set->nr; to++) {
		const struct bad_reads_range *at = &set->ranges[to];

		if (at->start > end || (at->start == end && at->coarse != coarse))
			break;
	}
	for (i = from; i < to; i++) {
		new.start = min(new.start, set->ranges[i].start);
		new.end = max(new.end, set->ranges[i].end);
		new.coarse |= set->ranges[i].coarse;
	}
	set_remove(set, from, to - from);
	set_insert(set, from, &new);
	return true;
}

/* Take the sectors out. Returns false if none of them was in it. */
bool bad_reads_set_clear(struct bad_reads_set *set, sector_t start, sector_t end)
{
	unsigned int from = bad_reads_set_find(set, start), to;
	struct bad_reads_range tail = {};

	if (start >= end || from == set->nr || set->ranges[from].start >= end)
		return false;

	for (to = from; to < set->nr && set->ranges[to].start < end; to++)
		if (set->ranges[to].end > end)
			tail = set->ranges[to];
	if (set->ranges[from].start < start)
		set->ranges[from++].end = start;
	set_remove(set, from, to - from);
	if (tail.end) {
		tail.start = end;
		set_insert(set, from, &tail);
	}
	return true;
}
