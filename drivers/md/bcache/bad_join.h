/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is lost of bytes that may be in a cache. The arithmetic, and nothing else, so that
 * it can be tested by itself. In bytes, but for keys.
 */
#ifndef BCACHE_BAD_JOIN_H
#define BCACHE_BAD_JOIN_H

#include <linux/blk-badrange.h>
#include <linux/types.h>

/* the name of the layer */
#define BCH_BAD_LAYER		"bcache"

/**
 * struct bch_bad_side - what is bad of the cache, or of the backing device
 * @ranges: the ranges, sorted and disjoint; nothing else is bad
 * @nr: how many there are
 * @dev: its number
 */
struct bch_bad_side {
	const struct bdev_bad_range	*ranges;
	unsigned int			nr;
	dev_t				dev;
};

/**
 * struct bch_bad_key - what the cache has, in 512-byte sectors, as a key says it
 * @start: the first one, on the backing device
 * @size: how many
 * @place: where in the cache
 * @dirty: the backing device has something older, or nothing
 */
struct bch_bad_key {
	u64	start;
	u64	size;
	u64	place;
	bool	dirty;
};

/**
 * struct bch_bad_join - a way through a disk, from the lowest byte on
 * @list: for the answer
 * @cache: what is bad of the cache
 * @backing: what is bad of the backing device
 * @has_backing: there is one; otherwise bytes that are not in the cache read as zeroes
 * @start: where the first byte of the disk is on the backing device
 * @at: how far it has come
 * @end: where it ends
 * @full: there is no room in @list
 */
struct bch_bad_join {
	struct bdev_bad_list	*list;
	struct bch_bad_side	cache;
	struct bch_bad_side	backing;
	bool			has_backing;
	u64			start;
	u64			at;
	u64			end;
	bool			full;
};

bool bch_bad_join_key(struct bch_bad_join *join, const struct bch_bad_key *key);
bool bch_bad_join_uncached(struct bch_bad_join *join, u64 end);

#endif /* BCACHE_BAD_JOIN_H */
