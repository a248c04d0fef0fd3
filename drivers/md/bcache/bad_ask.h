/* SPDX-License-Identifier: GPL-2.0-only */
/* A question that a bcache device answers: what the files of the answer share. */
#ifndef BCACHE_BAD_ASK_H
#define BCACHE_BAD_ASK_H

#include "bad_join.h"
#include "bad_walk.h"

#define BCH_BAD_METADATA	BCH_BAD_LAYER " metadata"

/* bad ranges of the cache that are in memory at a time, in answers of up to 256 */
#define BCH_BAD_POOL		2048

struct bch_bad_disk;
struct block_device;

/**
 * struct bch_bad_parts - what a device is made of
 * @bad: of the device
 * @dc: the device, if it has a backing device, or NULL
 * @set: its cache set, or NULL
 * @gone: the cache set has failed: nothing can be read from it
 * @inode: number of the device in the cache set
 */
struct bch_bad_parts {
	struct bch_bad_disk	*bad;
	struct cached_dev	*dc;
	struct cache_set	*set;
	bool			gone;
	unsigned int		inode;
};

/**
 * struct bch_bad_question - a question that is being answered
 * @parts: what the device is made of
 * @list: the caller's
 * @join: the way through the window
 * @walk: the way through the btree
 * @pos: first byte that is asked for
 * @keys: how many keys may still be looked at
 * @until: when to stop waiting, in jiffies
 * @next: first byte of the cache that has not been asked for; U64_MAX if all has
 * @unplaced: room for what has no place below
 * @below: what is bad of the backing device
 * @pool: what is bad of the cache
 */
struct bch_bad_question {
	struct bch_bad_parts	parts;
	struct bdev_bad_list	*list;
	struct bch_bad_join	join;
	struct bch_bad_walk	walk;
	u64			pos;
	unsigned int		keys;
	unsigned long		until;
	u64			next;
	struct bdev_bad_range	unplaced[BDEV_BAD_MAX_UNPLACED];
	struct bdev_bad_range	below[BDEV_BAD_MAX_RANGES];
	struct bdev_bad_range	pool[BCH_BAD_POOL];
};

void bch_bad_unplace(struct bch_bad_question *q, struct bdev_bad_range range,
		     const char *layer);
void bch_bad_unplace_rest(struct bch_bad_question *q);
int bch_bad_ask_backing(struct bch_bad_question *q);
int bch_bad_ask_cache(struct bch_bad_question *q);
int bch_bad_node_place(struct bch_bad_question *q, bool *bad);

#endif /* BCACHE_BAD_ASK_H */
