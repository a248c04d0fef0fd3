/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is lost of bytes that have several places? The arithmetic, and nothing
 * else: it knows arrays of bad ranges and no driver, so that every stacking driver
 * can use it and it can be tested by itself. Everything is in bytes.
 */
#ifndef DM_BAD_COMBINE_H
#define DM_BAD_COMBINE_H

#include <linux/blk-badrange.h>
#include <linux/types.h>

/**
 * enum dm_bad_state - what is known of a place, or of a byte; worse ones are greater
 * @DM_BAD_GOOD: it can be read
 * @DM_BAD_DEGRADED: it can be read, but only because there is a second copy of it
 * @DM_BAD_UNKNOWN: nobody could say
 * @DM_BAD_MISSING: the device is not there
 * @DM_BAD_LOST: it is bad; of a byte: it cannot be read
 */
enum dm_bad_state {
	DM_BAD_GOOD,
	DM_BAD_DEGRADED,
	DM_BAD_UNKNOWN,
	DM_BAD_MISSING,
	DM_BAD_LOST,
};

/**
 * struct dm_bad_member - one of the places of a row
 * @ranges: what is bad on its device, sorted by pos and disjoint; nothing else is
 * @nr: how many ranges there are
 * @pos: first byte of the row on that device
 * @missing: the device is not there, or its content is stale
 */
struct dm_bad_member {
	const struct bdev_bad_range	*ranges;
	unsigned int			nr;
	u64				pos;
	bool				missing;
};

/**
 * struct dm_bad_row - bytes next to each other, and all the places they depend on
 * @len: length in bytes of the row, and of each of its places
 * @tolerated: how many places may be bad or missing without a loss: 0 if there is one
 *	place, copies minus one for copies, the number of parities for parity; never
 *	reduced by what is missing
 * @own_unit: the layer can read the bytes only in blocks of this length, which
 *	the row begins and ends with; 0 for single bytes
 * @peer_unit: the same for the other places
 * @may_correct: there is another code, which may get a lost block back
 * @unsure: whether the other places make up for the bytes is not known: if the own place
 *	is not good, nobody can say whether they are lost, unless too many others are bad
 * @copies: how many of the first places hold nothing but these bytes, or exist for
 *	them only: if one of them is bad, the bytes are degraded; 0 counts as 1
 * @paths: the places are ways to the same bytes: what is bad by one of them is bad, and
 *	the bytes are missing if there is no way left
 * @nr: how many places there are
 * @members: the places, first the one where the bytes are themselves
 */
struct dm_bad_row {
	u64				len;
	unsigned int			tolerated;
	unsigned int			copies;
	u64				own_unit;
	u64				peer_unit;
	bool				may_correct;
	bool				unsure;
	bool				paths;
	unsigned int			nr;
	const struct dm_bad_member	*members;
};

/**
 * struct dm_bad_verdict - a part of a row that is not good
 * @pos: first byte, counted from the beginning of the row
 * @len: length in bytes
 * @state: never %DM_BAD_GOOD nor %DM_BAD_MISSING
 * @member: the place that is not good: the own one, unless only another one is not
 * @range: what is bad of that place there, the first one if there are several;
 *	NULL if that place is missing
 */
struct dm_bad_verdict {
	u64				pos;
	u64				len;
	enum dm_bad_state		state;
	unsigned int			member;
	const struct bdev_bad_range	*range;
};

typedef bool (*dm_bad_verdict_fn)(const struct dm_bad_verdict *verdict,
				  void *data);

/**
 * dm_bad_unknown_range - all of a window, because a device does not say what is bad there
 * @dev: the device
 * @pos: first byte of the window on it
 * @len: length in bytes
 *
 * Context: Any.
 * Return: the range; anything in it may be bad.
 */
static inline struct bdev_bad_range dm_bad_unknown_range(dev_t dev, u64 pos, u64 len)
{
	return (struct bdev_bad_range) {
		.pos		= pos,
		.len		= len,
		.cause		= BDEV_BAD_MEDIA,
		.flags		= BDEV_BAD_UNKNOWN,
		.origin_dev	= dev,
		.origin_pos	= pos,
		.origin_len	= len,
	};
}

unsigned int dm_bad_first_behind(const struct bdev_bad_range *ranges,
				 unsigned int nr, u64 pos);
bool dm_bad_combine(const struct dm_bad_row *row, dm_bad_verdict_fn fn,
		    void *data);
struct bdev_bad_range dm_bad_verdict_range(const struct dm_bad_verdict *v,
					   dev_t dev, u64 pos,
					   const char *layer);
bool dm_bad_tolerated(const struct dm_bad_member *members, unsigned int nr,
		      unsigned int tolerated);

#endif /* DM_BAD_COMBINE_H */
