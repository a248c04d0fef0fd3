/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where in a target are the bytes of a lower device, and the other way round? The
 * arithmetic, and nothing else, so that it can be tested by itself. Everything is
 * in bytes.
 */
#ifndef DM_BAD_MATH_H
#define DM_BAD_MATH_H

#include <linux/device-mapper.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>

/**
 * struct dm_bad_piece - bytes next to each other above and below
 * @off: first byte, counted from the beginning of the target
 * @pos: first byte on the lower device
 * @len: length in bytes
 */
struct dm_bad_piece {
	u64	off;
	u64	pos;
	u64	len;
};

/**
 * struct dm_bad_stripe - one stripe of a striped target
 * @chunk: length of a chunk in bytes
 * @stripes: how many stripes there are
 * @index: which of them this is, from 0 on
 */
struct dm_bad_stripe {
	u64	chunk;
	u32	stripes;
	u32	index;
};

/*
 * The part of @len bytes at @pos of the lower device that is in a one-to-one
 * mapping of @size bytes at @start. False if there is none.
 */
static inline bool dm_bad_linear_piece(u64 start, u64 size, u64 pos, u64 len,
				       struct dm_bad_piece *piece)
{
	if (pos < start) {
		u64 skip = start - pos;

		if (len <= skip)
			return false;
		pos = start;
		len -= skip;
	}
	if (!len || pos - start >= size)
		return false;

	piece->off = pos - start;
	piece->pos = pos;
	piece->len = min(len, size - piece->off);
	return true;
}

/*
 * The part of @len bytes at @pos that is in block @block, with blocks of @size bytes,
 * and where it is if that block is block @other on the other side: piece->off.
 */
static inline bool dm_bad_block_piece(u64 size, u64 other, u64 block, u64 pos,
				      u64 len, struct dm_bad_piece *piece)
{
	if (!dm_bad_linear_piece(block * size, size, pos, len, piece))
		return false;
	piece->off += other * size;
	return true;
}

/* Where in the target is byte @x of a stripe, counted from its beginning? */
static inline u64 dm_bad_stripe_up(const struct dm_bad_stripe *s, u64 x)
{
	u64 nr, rem;

	nr = div64_u64_rem(x, s->chunk, &rem);
	return (nr * s->stripes + s->index) * s->chunk + rem;
}

/* The first byte of a stripe that is at byte @off of the target, or behind it. */
static inline u64 dm_bad_stripe_down(const struct dm_bad_stripe *s, u64 off)
{
	u64 nr, rem;
	u32 index;

	nr = div64_u64_rem(off, s->chunk, &rem);
	nr = div_u64_rem(nr, s->stripes, &index);
	if (index > s->index)
		return (nr + 1) * s->chunk;
	return nr * s->chunk + (index == s->index ? rem : 0);
}

/* How many bytes are there from byte @x of a stripe to the end of its chunk? */
static inline u64 dm_bad_stripe_left(const struct dm_bad_stripe *s, u64 x)
{
	u64 rem;

	div64_u64_rem(x, s->chunk, &rem);
	return s->chunk - rem;
}

/* Bytes between two chunks of a stripe that follow each other. */
static inline u64 dm_bad_stripe_gap(const struct dm_bad_stripe *s)
{
	return (s->stripes - 1) * s->chunk;
}

/* Round up to a multiple of @unit, unless that is more than @max; 0 is no unit. */
static inline u64 dm_bad_round_up(u64 pos, u64 unit, u64 max)
{
	u64 rem;

	if (unit <= 1 || pos >= max)
		return min(pos, max);
	div64_u64_rem(pos, unit, &rem);
	return rem && unit - rem < max - pos ? pos + unit - rem :
	       rem ? max : pos;
}

/* Do all of @len bytes at @pos lie in one of the pieces? */
static inline bool dm_bad_in_pieces(const struct dm_bad_pieces *p, u64 pos, u64 len)
{
	u64 rem;

	if (!p->stride || pos < p->pos)
		return false;
	div64_u64_rem(pos - p->pos, p->stride, &rem);
	return rem < p->len && len <= p->len - rem;
}

/* Round down to a multiple of @unit; 0 is no unit. */
static inline u64 dm_bad_align(u64 pos, u64 unit)
{
	u64 rem;

	if (unit <= 1)
		return pos;
	div64_u64_rem(pos, unit, &rem);
	return pos - rem;
}

#endif /* DM_BAD_MATH_H */
