// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets of bad sectors, as sorted arrays of extents.
 *
 * Pure arithmetic: no locks, no allocation, no device. A disk seldom has more
 * than a handful of bad ranges, and may have many thousands; everything here is
 * linear but for one sort.
 */
#include <linux/align.h>
#include <linux/blk_types.h>
#include <linux/minmax.h>
#include <linux/sort.h>
#include <kunit/visibility.h>
#include "bad_set.h"

/**
 * bad_extent_from_phys - the sectors of a disk that a bad range touches
 * @ext: result
 * @disk: physical addresses of the disk; begins and ends at a 512-byte sector
 * @addr: first physical address of the bad range
 * @length: its length in bytes; may reach to the end of the address space and
 *	is cut there
 * @cause: why it is bad
 *
 * A sector of which one byte is bad is bad.
 *
 * Return: false if the disk is not touched; @ext is not set then.
 */
bool bad_extent_from_phys(struct bad_extent *ext, const struct range *disk,
			  u64 addr, u64 length, enum bdev_bad_cause cause)
{
	u64 last;

	if (!length)
		return false;
	last = length - 1 > U64_MAX - addr ? U64_MAX : addr + length - 1;
	if (last < disk->start || addr > disk->end)
		return false;

	addr = max(addr, disk->start) - disk->start;
	last = min(last, disk->end) - disk->start;
	*ext = (struct bad_extent) {
		.start	= addr >> SECTOR_SHIFT,
		.end	= (last >> SECTOR_SHIFT) + 1,
		.cause	= cause,
	};
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(bad_extent_from_phys);

static int bad_extent_cmp(const void *a, const void *b)
{
	const struct bad_extent *l = a, *r = b;

	if (l->start != r->start)
		return l->start < r->start ? -1 : 1;
	/* a machine check says more than the media */
	return (int)r->cause - (int)l->cause;
}

/**
 * bad_set_normalize - sort a set and make its extents disjoint
 * @set: extents in any order, overlapping as they like, none empty
 *
 * Where extents overlap the one that starts first gives the cause, and of
 * several that start together a machine check does. Neighbours of one cause are
 * joined.
 */
void bad_set_normalize(struct bad_set *set)
{
	struct bad_extent *last = NULL;
	size_t i, nr = 0;

	if (!set->nr)
		return;

	sort(set->ext, set->nr, sizeof(*set->ext), bad_extent_cmp, NULL);

	for (i = 0; i < set->nr; i++) {
		struct bad_extent ext = set->ext[i];

		if (last && ext.start < last->end)
			ext.start = last->end;
		if (ext.start >= ext.end)
			continue;
		if (last && ext.start == last->end &&
		    ext.cause == last->cause) {
			last->end = ext.end;
			continue;
		}
		last = &set->ext[nr++];
		*last = ext;
	}
	set->nr = nr;
}
EXPORT_SYMBOL_IF_KUNIT(bad_set_normalize);

/**
 * bad_set_next_missing - next run of sectors in one set that is not in another
 * @from: normalized set whose sectors are wanted
 * @set: normalized set whose sectors are not; its causes do not matter
 * @cursor: all zero at first; the sets must not change until the walk is over
 * @ext: result, of the cause that it has in @from
 *
 * The runs come in ascending order.
 *
 * Return: false at the end; @ext is not set then.
 */
bool bad_set_next_missing(const struct bad_set *from, const struct bad_set *set,
			  struct bad_cursor *cursor, struct bad_extent *ext)
{
	while (cursor->i < from->nr) {
		const struct bad_extent *e = &from->ext[cursor->i];
		u64 start = max(e->start, cursor->pos), end = e->end;

		if (start >= end) {
			cursor->i++;
			continue;
		}
		while (cursor->j < set->nr && set->ext[cursor->j].end <= start)
			cursor->j++;
		if (cursor->j < set->nr) {
			const struct bad_extent *s = &set->ext[cursor->j];

			if (s->start <= start) {
				cursor->pos = s->end;
				continue;
			}
			end = min(end, s->start);
		}
		cursor->pos = end;
		*ext = (struct bad_extent) {
			.start	= start,
			.end	= end,
			.cause	= e->cause,
		};
		return true;
	}
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(bad_set_next_missing);
