// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where in an array are the bytes of a member, and the other way round?
 *
 * Forwards it is exact: what raid0_map_submit_bio(), __raid10_find_phys() and
 * raid5_compute_sector() do; for the last one see md-bad-parity.c. Backwards it is a
 * whole row: all bytes that have a place, or need one, in the same chunks of the
 * members. A sector of one member of RAID5 decides on the loss of the bytes of all
 * the others, so that is what is right there; elsewhere it is more than it has to be,
 * and looking forwards sorts that out.
 *
 * Nothing here sleeps, allocates or takes a lock.
 */
#include "md.h"
#include "md-bad-geo.h"
#include "dm-bad-math.h"

#include <linux/badblocks.h>
#include <linux/export.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>

/* raid5 reads the member where md has recorded a bad block of its replacement. */
static bool md_bad_recorded(const struct md_bad_member *m, u64 pos, u64 len)
{
	unsigned int i, shift = m->bb_shift + SECTOR_SHIFT;

	for (i = 0; i < m->nr_bb; i++)
		if ((u64)BB_OFFSET(m->bb[i]) << shift < m->start + pos + len &&
		    (u64)BB_END(m->bb[i]) << shift > m->start + pos)
			return true;
	return false;
}

/**
 * md_bad_slot - find the place of a slot
 * @geo: the array
 * @slot: the slot
 * @pos: first byte, counted from the beginning of the data of its members
 * @len: length in bytes
 *
 * Context: Any.
 * Return: that of its replacement, if that has come so far and is what is read, else that
 * of its member.
 */
struct md_bad_geo_place md_bad_slot(const struct md_bad_geo *geo,
				    unsigned int slot, u64 pos, u64 len)
{
	struct md_bad_geo_place place = { .member = slot, .pos = pos };
	const struct md_bad_member *m = &geo->member[slot];

	if (geo->kind != MD_BAD_ZONES && geo->disks + slot < geo->nr) {
		const struct md_bad_member *other = &geo->member[geo->disks + slot];

		if (other->bdev && pos + len <= other->valid &&
		    (geo->kind != MD_BAD_PARITY || !m->bdev || pos + len > m->valid ||
		     !md_bad_recorded(other, pos, len))) {
			place.member = geo->disks + slot;
			return place;
		}
	}
	place.missing = !m->bdev || pos + len > m->valid;
	return place;
}

/**
 * md_bad_cut - end a row where the valid part of one of its members does
 * @geo: the array
 * @slot: where the members are
 * @pos: first byte, counted from the beginning of their data
 * @len: length in bytes
 *
 * Context: Any.
 * Return: the length that the row can have.
 */
u64 md_bad_cut(const struct md_bad_geo *geo, unsigned int slot, u64 pos, u64 len)
{
	unsigned int i;

	for (i = slot; i < geo->nr; i += geo->disks) {
		u64 valid = geo->member[i].valid;

		if (geo->member[i].bdev && valid > pos && valid - pos < len)
			len = valid - pos;
	}
	return len;
}

/* zones */

static u64 md_bad_zone_begin(const struct md_bad_geo *geo, unsigned int zone)
{
	return zone ? geo->zone[zone - 1].end : 0;
}

static void md_bad_zone_row(const struct md_bad_geo *geo, u64 pos, u64 end,
			    struct md_bad_geo_row *row)
{
	u64 begin, rel, nr, rem;
	unsigned int zone = 0;
	const struct md_bad_zone *z;
	u32 index;

	while (zone + 1 < geo->nr_zones && pos >= geo->zone[zone].end)
		zone++;
	z = &geo->zone[zone];
	begin = md_bad_zone_begin(geo, zone);
	rel = pos - begin;
	nr = div64_u64_rem(rel, geo->chunk, &rem);

	/* Linux 3.14 began to count the chunks of a zone at its beginning */
	div_u64_rem(geo->original ? div64_u64(pos, geo->chunk) : nr, z->nr,
		    &index);
	row->len = min3(end - pos, geo->chunk - rem, z->end - pos);
	row->place[0] = md_bad_slot(geo, geo->zone_member[z->first + index],
				    z->start + div_u64(nr, z->nr) * geo->chunk +
				    rem, row->len);
	row->nr = 1;
}

static void md_bad_zone_windows(const struct md_bad_geo *geo, unsigned int zone,
				u64 pos, u64 end, md_bad_span_fn fn, void *data)
{
	const struct md_bad_zone *z = &geo->zone[zone];
	u64 begin = md_bad_zone_begin(geo, zone);
	u64 len = div_u64(z->end - begin, z->nr);
	struct dm_bad_piece piece;
	u64 first, last, rem;

	if (!dm_bad_linear_piece(z->start, len, pos, end - pos, &piece))
		return;
	if (z->nr == 1) {
		fn(begin + piece.off, begin + piece.off + piece.len, data);
		return;
	}
	first = div64_u64_rem(piece.off, geo->chunk, &rem);
	last = div64_u64_rem(piece.off + piece.len - 1, geo->chunk, &rem);
	fn(begin + first * z->nr * geo->chunk,
	   min(z->end, begin + (last + 1) * z->nr * geo->chunk), data);
}

static bool md_bad_zone_has(const struct md_bad_geo *geo, unsigned int zone,
			    unsigned int member)
{
	const struct md_bad_zone *z = &geo->zone[zone];
	unsigned int i;

	for (i = 0; i < z->nr; i++)
		if (geo->zone_member[z->first + i] == member)
			return true;
	return false;
}

/* copies */

static void md_bad_copies_row(const struct md_bad_geo *geo, u64 pos, u64 end,
			      struct md_bad_geo_row *row)
{
	unsigned int i, good = 0;

	row->len = end - pos;
	for (i = 0; i < geo->disks; i++)
		row->len = md_bad_cut(geo, i, pos, row->len);
	for (i = 0; i < geo->nr; i++) {
		const struct md_bad_member *m = &geo->member[i];
		struct md_bad_geo_place place = {
			.member		= i,
			.pos		= pos,
			.missing	= !m->bdev || pos + row->len > m->valid,
		};

		/* a replacement that is not there, or has not come so far, is no loss */
		if (i >= geo->disks && place.missing)
			continue;
		row->place[row->nr++] = place;
		if (place.missing)
			continue;
		/* the first places are those that are read */
		swap(row->place[good], row->place[row->nr - 1]);
		good++;
	}
	row->tolerated = row->nr - 1;
	row->copies = row->nr;
}

/* rows of chunks, some members have them all */

/* How many chunks of the array are there for so many rows? It begins in the last. */
static u64 md_bad_row_first(const struct md_bad_geo *geo, u64 row)
{
	if (geo->kind == MD_BAD_PARITY)
		return row * (geo->disks - geo->tolerated);
	return div_u64(row * geo->disks, geo->near);
}

static u64 md_bad_row_end(const struct md_bad_geo *geo, u64 row)
{
	if (geo->kind == MD_BAD_PARITY)
		return md_bad_row_first(geo, row + 1);
	return DIV_ROUND_UP_ULL((row + 1) * geo->disks, geo->near);
}

/* Which row is a chunk of the array in? With copies next to it, it may be in two. */
static u64 md_bad_row_of(const struct md_bad_geo *geo, u64 chunk, bool last)
{
	if (geo->kind == MD_BAD_PARITY)
		return div_u64(chunk, geo->disks - geo->tolerated);
	return div_u64(chunk * geo->near + (last ? geo->near - 1 : 0), geo->disks);
}

/* see __raid10_find_phys() */
static unsigned int md_bad_far_slot(const struct md_bad_geo *geo, unsigned int d)
{
	unsigned int last_start = (geo->disks / geo->far_set - 1) * geo->far_set;
	unsigned int last_size = geo->far_set + geo->disks % geo->far_set;
	unsigned int set = d / geo->far_set;

	d += geo->near;
	if (geo->disks % geo->far_set && d > last_start)
		return (d - last_start) % last_size + last_start;
	return d % geo->far_set + geo->far_set * set;
}

static void md_bad_spread_place(const struct md_bad_geo *geo,
				struct md_bad_geo_row *row, unsigned int slot,
				u64 pos)
{
	row->place[row->nr++] = md_bad_slot(geo, slot, pos, row->len);
}

static void md_bad_spread_slots(const struct md_bad_geo *geo, u64 chunk, u64 rem,
				struct md_bad_geo_row *row, bool cut)
{
	unsigned int n, f;
	u64 stripe, pos;
	u32 dev;

	stripe = div_u64_rem(chunk * geo->near, geo->disks, &dev);
	if (geo->far_offset)
		stripe *= geo->far;
	pos = stripe * geo->chunk + rem;

	row->nr = 0;
	for (n = 0; n < geo->near; n++) {
		unsigned int d = dev;
		u64 s = pos;

		for (f = 0; f < geo->far; f++) {
			if (f) {
				d = md_bad_far_slot(geo, d);
				s += geo->stride;
			}
			if (cut)
				row->len = md_bad_cut(geo, d, s, row->len);
			else
				md_bad_spread_place(geo, row, d, s);
		}
		if (++dev >= geo->disks) {
			dev = 0;
			pos += geo->chunk;
		}
	}
}

static void md_bad_spread_row(const struct md_bad_geo *geo, u64 pos, u64 end,
			      struct md_bad_geo_row *row)
{
	unsigned int i;
	u64 chunk, rem;

	chunk = div64_u64_rem(pos, geo->chunk, &rem);
	row->len = min(end - pos, geo->chunk - rem);
	md_bad_spread_slots(geo, chunk, rem, row, true);
	md_bad_spread_slots(geo, chunk, rem, row, false);

	/* the first place is one that is read */
	for (i = 0; i < row->nr; i++) {
		if (!row->place[i].missing) {
			swap(row->place[0], row->place[i]);
			break;
		}
	}
	row->tolerated = row->nr - 1;
	row->copies = row->nr;
}

/**
 * md_bad_geo_row - find the places of some bytes
 * @geo: the array, which is not moving
 * @pos: first byte
 * @end: first byte behind them
 * @row: set to those that have the same places as @pos; with parity it may begin
 *	before @pos and end behind @end, at a block of it
 *
 * The first place is the one that is read, unless all are missing.
 *
 * Context: Any.
 */
void md_bad_geo_row(const struct md_bad_geo *geo, u64 pos, u64 end,
		    struct md_bad_geo_row *row)
{
	row->pos = pos;
	row->tolerated = 0;
	row->copies = 1;
	row->unsure = false;
	row->own_unit = 0;
	row->peer_unit = 0;
	row->nr = 0;
	switch (geo->kind) {
	case MD_BAD_ZONES:
		md_bad_zone_row(geo, pos, end, row);
		break;
	case MD_BAD_COPIES:
		md_bad_copies_row(geo, pos, end, row);
		break;
	case MD_BAD_SPREAD:
		md_bad_spread_row(geo, pos, end, row);
		break;
	case MD_BAD_PARITY:
		md_bad_parity_row(geo, pos, end, row);
		break;
	case MD_BAD_MOVING:
		row->len = end - pos;
	}
}
EXPORT_SYMBOL_GPL(md_bad_geo_row);

/* Rows of chunks, from @pos of the members on. */
static void md_bad_rows(const struct md_bad_geo *geo, u64 pos, u64 end,
			md_bad_span_fn fn, void *data)
{
	u64 unit = geo->chunk * (geo->far_offset ? geo->far : 1);
	u64 first, last, from, to, rem;

	first = div64_u64_rem(pos, unit, &rem);
	last = div64_u64_rem(end - 1, unit, &rem);
	from = md_bad_row_first(geo, first) * geo->chunk;
	to = min(geo->size, md_bad_row_end(geo, last) * geo->chunk);
	if (from < to)
		fn(from, to, data);
}

/**
 * md_bad_geo_windows - find what may depend on some bytes of a member
 * @geo: the array, which is not moving
 * @member: index of the member
 * @pos: first byte, counted from the beginning of its data
 * @end: first byte behind them
 * @fn: called for each window of the array, in no order
 * @data: for @fn
 *
 * Context: Any.
 */
void md_bad_geo_windows(const struct md_bad_geo *geo, unsigned int member,
			u64 pos, u64 end, md_bad_span_fn fn, void *data)
{
	unsigned int i;

	end = min(end, geo->member[member].len);
	if (pos >= end)
		return;
	switch (geo->kind) {
	case MD_BAD_ZONES:
		for (i = 0; i < geo->nr_zones; i++)
			if (md_bad_zone_has(geo, i, member))
				md_bad_zone_windows(geo, i, pos, end, fn, data);
		break;
	case MD_BAD_COPIES:
		if (pos < geo->size)
			fn(pos, min(end, geo->size), data);
		break;
	case MD_BAD_SPREAD:
		if (geo->far_offset || geo->far == 1) {
			md_bad_rows(geo, pos, end, fn, data);
			break;
		}
		for (i = 0; i < geo->far; i++) {
			u64 from = i * geo->stride, to = from + geo->stride;

			if (pos < to && from < end)
				md_bad_rows(geo, max(pos, from) - from,
					    min(end, to) - from, fn, data);
		}
		break;
	case MD_BAD_PARITY:
		md_bad_rows(geo, pos, end, fn, data);
		break;
	case MD_BAD_MOVING:
		fn(0, geo->size, data);
	}
}
EXPORT_SYMBOL_GPL(md_bad_geo_windows);

/**
 * md_bad_geo_chunk_end - find the end of the chunk that a byte is in
 * @geo: the array
 * @pos: the byte
 *
 * Context: Any.
 * Return: first byte behind the chunk, or behind the array.
 */
u64 md_bad_geo_chunk_end(const struct md_bad_geo *geo, u64 pos)
{
	u64 rem;

	if (geo->chunk == MD_BAD_NO_CHUNK)
		return geo->size;
	div64_u64_rem(pos, geo->chunk, &rem);
	return min(geo->size, pos - rem + geo->chunk);
}

/* Of one chunk: each member has it at the same offset in its own. */
static void md_bad_hull_inner(const struct md_bad_geo *geo, u64 pos, u64 end,
			      u64 *from, u64 *to)
{
	u64 rem;

	div64_u64_rem(pos, geo->chunk, &rem);
	*from += dm_bad_align(rem, geo->page);
	*to -= geo->chunk - dm_bad_round_up(rem + end - pos, geo->page, geo->chunk);
}

static void md_bad_zone_hull(const struct md_bad_geo *geo, unsigned int member,
			     u64 pos, u64 end, u64 *from, u64 *to)
{
	unsigned int i;

	*from = U64_MAX;
	*to = 0;
	for (i = 0; i < geo->nr_zones; i++) {
		const struct md_bad_zone *z = &geo->zone[i];
		u64 begin = md_bad_zone_begin(geo, i);
		u64 first = max(pos, begin), last = min(end, z->end);
		u64 rem, nr;

		if (first >= last || !md_bad_zone_has(geo, i, member))
			continue;
		if (geo->chunk == MD_BAD_NO_CHUNK) {
			*from = min(*from, z->start + first - begin);
			*to = max(*to, z->start + last - begin);
			continue;
		}
		nr = div_u64(div64_u64_rem(first - begin, geo->chunk, &rem), z->nr);
		*from = min(*from, z->start + nr * geo->chunk);
		nr = div_u64(div64_u64_rem(last - 1 - begin, geo->chunk, &rem), z->nr);
		*to = max(*to, z->start + (nr + 1) * geo->chunk);
	}
}

/**
 * md_bad_geo_hull - find which part of a member some bytes depend on
 * @geo: the array
 * @member: index of the member
 * @pos: first byte
 * @end: first byte behind them
 * @from: set to the first byte, counted from the beginning of the member's data
 * @to: set to the first byte behind them; it may be more than it has to be
 *
 * In the far layout that is for the first copies; the others are @stride bytes behind
 * these, once or more often.
 *
 * Bytes that are within one chunk are not on more than 16 different sectors of a
 * member for each block of parity that they are in.
 *
 * Context: Any.
 * Return: false if they do not depend on it.
 */
bool md_bad_geo_hull(const struct md_bad_geo *geo, unsigned int member,
		     u64 pos, u64 end, u64 *from, u64 *to)
{
	u64 rem, first, last;

	*from = pos;
	*to = end;
	if (geo->kind == MD_BAD_MOVING) {
		*from = 0;
		*to = geo->member[member].len;
	} else if (geo->kind == MD_BAD_ZONES) {
		md_bad_zone_hull(geo, member, pos, end, from, to);
	} else if (geo->kind != MD_BAD_COPIES) {
		first = md_bad_row_of(geo, div64_u64_rem(pos, geo->chunk, &rem), false);
		last = md_bad_row_of(geo, div64_u64_rem(end - 1, geo->chunk, &rem), true);
		if (geo->far_offset) {
			first *= geo->far;
			last = last * geo->far + geo->far - 1;
		}
		*from = first * geo->chunk;
		*to = (last + 1) * geo->chunk;
	}
	if (geo->kind != MD_BAD_MOVING && geo->kind != MD_BAD_COPIES &&
	    geo->chunk != MD_BAD_NO_CHUNK && *from < *to &&
	    end <= md_bad_geo_chunk_end(geo, pos))
		md_bad_hull_inner(geo, pos, end, from, to);
	*to = min(*to, geo->member[member].len);
	return *from < *to;
}
EXPORT_SYMBOL_GPL(md_bad_geo_hull);
