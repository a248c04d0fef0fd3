/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where in a target are the bytes of a lower device? The arithmetic, and nothing
 * else, so that it can be tested by itself. Everything is in bytes.
 */
#ifndef DM_BAD_MATH_H
#define DM_BAD_MATH_H

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
 * @start: first byte of the stripe on its device
 * @width: length in bytes of the stripe on its device, a multiple of @chunk
 */
struct dm_bad_stripe {
	u64	chunk;
	u32	stripes;
	u32	index;
	u64	start;
	u64	width;
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
 * The first piece of @len bytes at @pos of the lower device that is in a stripe;
 * it ends with its chunk. The next one is found by asking for what is behind it.
 * False if there is none.
 */
static inline bool dm_bad_stripe_piece(const struct dm_bad_stripe *s, u64 pos,
				       u64 len, struct dm_bad_piece *piece)
{
	u64 nr, rem;

	if (!dm_bad_linear_piece(s->start, s->width, pos, len, piece))
		return false;

	nr = div64_u64_rem(piece->off, s->chunk, &rem);
	piece->off = (nr * s->stripes + s->index) * s->chunk + rem;
	piece->len = min(piece->len, s->chunk - rem);
	return true;
}

#endif /* DM_BAD_MATH_H */
