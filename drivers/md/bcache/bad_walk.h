/* SPDX-License-Identifier: GPL-2.0-only */
/* A way through the btree of a cache set that waits for nobody. */
#ifndef BCACHE_BAD_WALK_H
#define BCACHE_BAD_WALK_H

#include <linux/types.h>

#include "bcache_ondisk.h"

struct cache_set;

/**
 * struct bch_bad_walk - where in the btree
 * @c: the cache set
 * @inode: number of the device
 * @at: first sector whose key is looked for; moved behind each key
 * @end: first sector behind the last one
 * @keys: how many keys may be looked at before it is somebody else's turn; counts down
 * @fn: called for each key, in ascending order, with the lock of the node; it must not
 *	sleep, and returns false to end it
 * @data: for @fn
 * @missing: pointer to the node that is not there
 * @room: for that, see BKEY_PADDED()
 */
struct bch_bad_walk {
	struct cache_set	*c;
	unsigned int		inode;
	u64			at;
	u64			end;
	unsigned int		keys;
	bool			(*fn)(const struct bkey *k, void *data);
	void			*data;
	union {
		struct bkey	missing;
		u64		room[BKEY_PAD];
	};
};

int bch_bad_walk(struct bch_bad_walk *w);
bool bch_bad_fetch(struct bch_bad_walk *w, unsigned long timeout);

#endif /* BCACHE_BAD_WALK_H */
