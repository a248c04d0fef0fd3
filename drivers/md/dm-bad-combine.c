// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is lost of bytes that have several places.
 *
 * A byte whose own place is good is not lost. Otherwise it is lost if more than
 * @tolerated places of its row are bad or missing. If places decide of which nobody
 * knows whether they are bad, or hold what they should, it is not known either.
 *
 * Before they are counted, places are widened to the blocks in which the layer
 * reads them: different bad sectors of two members in one stripe page are a loss of
 * RAID5, and one bad sector in an encryption sector is the loss of all of it.
 *
 * Of bytes that are good and have copies it is said if one of the copies is not: then
 * they are degraded, and somebody should repair that. What exists for bytes next to
 * it, such as parity, can be said to be a copy of one of the members, so that it is
 * told once.
 *
 * Shapes: a stripe or a linear mapping is a row of one place that tolerates
 * nothing; a mirror of n legs one of n places that tolerates n - 1; RAID5 and 6
 * tolerate one and two of all members; a block in a cache is one place if it is
 * dirty, and a mirror of the cache and the origin if it is clean. The paths of a
 * multipath device are no copies: what one of them cannot read is bad, and one that is
 * gone takes nothing along.
 *
 * Nothing here sleeps, allocates or takes a lock.
 */
#include "dm-bad-combine.h"
#include "dm-bad-math.h"

#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/string.h>

/* What is known of a place at one byte, and up to where that holds. */
struct dm_bad_look {
	enum dm_bad_state		state;
	unsigned int			member;
	u64				next;
	const struct bdev_bad_range	*range;
};

static enum dm_bad_state dm_bad_range_state(const struct bdev_bad_range *range)
{
	if (range->flags & BDEV_BAD_UNKNOWN)
		return DM_BAD_UNKNOWN;
	if (range->flags & BDEV_BAD_DEGRADED)
		return DM_BAD_DEGRADED;
	return range->cause == BDEV_BAD_REMOVED ? DM_BAD_MISSING : DM_BAD_LOST;
}

static u64 dm_bad_range_end(const struct bdev_bad_range *range)
{
	u64 end = range->pos + range->len;

	/* a device that is gone may have answered "to the end" */
	return end < range->pos ? U64_MAX : end;
}

/**
 * dm_bad_first_behind - find the first bad range that ends behind a byte
 * @ranges: the ranges, sorted and disjoint
 * @nr: how many there are
 * @pos: the byte
 *
 * Context: Any.
 * Return: its index, @nr if there is none.
 */
unsigned int dm_bad_first_behind(const struct bdev_bad_range *ranges,
				 unsigned int nr, u64 pos)
{
	unsigned int low = 0;

	while (low < nr) {
		unsigned int mid = low + (nr - low) / 2;

		if (dm_bad_range_end(&ranges[mid]) > pos)
			nr = mid;
		else
			low = mid + 1;
	}
	return low;
}
EXPORT_SYMBOL_GPL(dm_bad_first_behind);

/* The worst of what is in the block from @pos of the device to @end, from @i on. */
static void dm_bad_look_block(const struct dm_bad_member *m, unsigned int i,
			      u64 end, struct dm_bad_look *look)
{
	for (; i < m->nr && m->ranges[i].pos < end; i++) {
		enum dm_bad_state state = dm_bad_range_state(&m->ranges[i]);

		if (state > look->state) {
			look->state = state;
			look->range = &m->ranges[i];
		}
	}
}

static struct dm_bad_look dm_bad_look(const struct dm_bad_member *m, u64 unit,
				      u64 len, u64 pos)
{
	u64 start = dm_bad_align(pos, unit);
	u64 end = min(len, start + max(unit, 1ULL));
	struct dm_bad_look look = { .next = len };
	const struct bdev_bad_range *range;
	unsigned int i;
	u64 from, to;

	if (m->missing) {
		look.state = DM_BAD_MISSING;
		return look;
	}
	i = dm_bad_first_behind(m->ranges, m->nr, m->pos + start);
	if (i == m->nr)
		return look;

	range = &m->ranges[i];
	from = range->pos > m->pos ? range->pos - m->pos : 0;
	to = dm_bad_range_end(range) - m->pos;
	if (from >= end) {
		look.next = min(len, dm_bad_align(from, unit));
	} else if (from <= start && to >= end) {
		/* a long range is one step, not one for each of its blocks */
		look.next = to >= len ? len : dm_bad_align(to, unit);
		look.state = dm_bad_range_state(range);
		look.range = range;
	} else {
		look.next = end;
		dm_bad_look_block(m, i, m->pos + end, &look);
	}
	return look;
}

/* Of a byte whose own place is not good. */
static enum dm_bad_state dm_bad_judge(const struct dm_bad_row *row,
				      enum dm_bad_state own,
				      unsigned int bad, unsigned int unknown)
{
	if (bad + unknown <= row->tolerated && !row->unsure)
		return own == DM_BAD_UNKNOWN ? DM_BAD_GOOD : DM_BAD_DEGRADED;
	if (own == DM_BAD_UNKNOWN || bad <= row->tolerated || row->may_correct)
		return DM_BAD_UNKNOWN;
	return DM_BAD_LOST;
}

/* The own place is good. Is one of the copies not? */
static struct dm_bad_look dm_bad_look_copies(const struct dm_bad_row *row,
					     struct dm_bad_look own, u64 pos)
{
	unsigned int i, copies = min(row->copies, row->nr);

	for (i = 1; i < copies; i++) {
		struct dm_bad_look look = dm_bad_look(&row->members[i],
						      row->peer_unit, row->len,
						      pos);

		own.next = min(own.next, look.next);
		if (own.state != DM_BAD_GOOD || look.state == DM_BAD_GOOD ||
		    look.state == DM_BAD_UNKNOWN)
			continue;
		own.state = DM_BAD_DEGRADED;
		own.member = i;
		own.range = look.range;
	}
	return own;
}

/* The places are ways to the same bytes: the worst of those that are there. */
static struct dm_bad_look dm_bad_look_paths(const struct dm_bad_row *row, u64 pos)
{
	struct dm_bad_look worst = { };
	unsigned int i, missing = 0;
	u64 next = row->len;

	for (i = 0; i < row->nr; i++) {
		struct dm_bad_look look = dm_bad_look(&row->members[i],
						      row->own_unit, row->len,
						      pos);

		next = min(next, look.next);
		look.member = i;
		if (look.state == DM_BAD_MISSING && ++missing < row->nr)
			continue;
		if (look.state > worst.state)
			worst = look;
	}
	/* what is missing is lost to who reads it */
	if (worst.state == DM_BAD_MISSING)
		worst.state = DM_BAD_LOST;
	worst.next = next;
	return worst;
}

/* What becomes of the bytes from @pos on, and up to where that holds. */
static struct dm_bad_look dm_bad_verdict_at(const struct dm_bad_row *row, u64 pos)
{
	unsigned int i, bad = 0, unknown = 0;
	struct dm_bad_look own;

	if (row->paths)
		return dm_bad_look_paths(row, pos);

	own = dm_bad_look(&row->members[0], row->own_unit, row->len, pos);
	if (own.state == DM_BAD_GOOD)
		return dm_bad_look_copies(row, own, pos);
	if (own.state == DM_BAD_DEGRADED)
		return own;

	for (i = 0; i < row->nr; i++) {
		struct dm_bad_look look = own;

		if (i)
			look = dm_bad_look(&row->members[i], row->peer_unit,
					   row->len, pos);
		own.next = min(own.next, look.next);
		if (look.state >= DM_BAD_MISSING)
			bad++;
		else if (look.state == DM_BAD_UNKNOWN)
			unknown++;
	}
	own.state = dm_bad_judge(row, own.state, bad, unknown);
	return own;
}

/**
 * dm_bad_combine - say what is lost of a row
 * @row: the row
 * @fn: called for each piece that is not good, in ascending order; returns false
 *	to end it
 * @data: for @fn
 *
 * What it costs is proportional to what is bad in the row, times the number of
 * its places.
 *
 * Context: Any.
 * Return: false if @fn returned that.
 */
bool dm_bad_combine(const struct dm_bad_row *row, dm_bad_verdict_fn fn,
		    void *data)
{
	struct dm_bad_verdict last = { };
	u64 pos = 0;

	while (pos < row->len) {
		struct dm_bad_look look = dm_bad_verdict_at(row, pos);

		if (last.len && last.state == look.state &&
		    last.member == look.member && last.range == look.range) {
			last.len += look.next - pos;
		} else {
			if (last.len && !fn(&last, data))
				return false;
			last.pos = pos;
			last.len = look.state == DM_BAD_GOOD ? 0 :
				   look.next - pos;
			last.state = look.state;
			last.member = look.member;
			last.range = look.range;
		}
		pos = look.next;
	}
	return !last.len || fn(&last, data);
}
EXPORT_SYMBOL_GPL(dm_bad_combine);

/* byte n of the range is byte n of the origin */
static bool dm_bad_is_linear(const struct bdev_bad_range *range)
{
	return range->origin_len == range->len &&
	       !(range->flags & BDEV_BAD_PARTIAL);
}

/**
 * dm_bad_verdict_range - a verdict as a bad range, but for where its bytes are
 * @v: the verdict
 * @dev: the device of its place, or that of the layer if the place has none
 * @pos: first byte of the row on that device
 * @layer: name of the layer, of whose copies one is bad
 *
 * Context: Any.
 * Return: the range, whose @pos the caller sets.
 */
struct bdev_bad_range dm_bad_verdict_range(const struct dm_bad_verdict *v,
					   dev_t dev, u64 pos, const char *layer)
{
	struct bdev_bad_range range = {
		.cause		= BDEV_BAD_REMOVED,
		.origin_dev	= dev,
		.origin_pos	= pos + v->pos,
		.origin_len	= v->len,
	};

	if (v->range) {
		u64 from = max(v->range->pos, pos + v->pos);
		u64 end = min(v->range->pos + v->range->len,
			      pos + v->pos + v->len);

		range = *v->range;
		if (dm_bad_is_linear(v->range)) {
			range.origin_pos += from - v->range->pos;
			range.origin_len = end - from;
		}
	}
	range.len = v->len;
	range.flags &= BDEV_BAD_PARTIAL;
	if (v->state == DM_BAD_UNKNOWN)
		range.flags |= BDEV_BAD_UNKNOWN;
	else if (v->state == DM_BAD_DEGRADED)
		range.flags |= BDEV_BAD_DEGRADED;
	/* a layer below may have named itself as the one that has the copy */
	if (v->state == DM_BAD_DEGRADED && !range.layer[0])
		strscpy(range.layer, layer);
	return range;
}
EXPORT_SYMBOL_GPL(dm_bad_verdict_range);

/**
 * dm_bad_tolerated - can nothing be lost, wherever the bytes are?
 * @members: all members, with all that is bad of each
 * @nr: how many there are
 * @tolerated: as in struct dm_bad_row
 *
 * For layers that need not, or cannot, say which places make up a row: while RAID5
 * is being reshaped, some rows have the old layout and some the new one.
 *
 * Context: Any.
 * Return: true if at most @tolerated members have anything that may be bad.
 */
bool dm_bad_tolerated(const struct dm_bad_member *members, unsigned int nr,
		      unsigned int tolerated)
{
	unsigned int i, j, affected = 0;

	for (i = 0; i < nr; i++) {
		bool any = members[i].missing;

		for (j = 0; j < members[i].nr && !any; j++)
			any = dm_bad_range_state(&members[i].ranges[j]) >
			      DM_BAD_DEGRADED;
		affected += any;
	}
	return affected <= tolerated;
}
EXPORT_SYMBOL_GPL(dm_bad_tolerated);

MODULE_DESCRIPTION("What is lost of bytes that have several places");
MODULE_LICENSE("GPL");
