/* SPDX-License-Identifier: GPL-2.0-only */
/* Bad ranges of bcache devices. */
#ifndef BCACHE_BAD_H
#define BCACHE_BAD_H

#include <linux/blk-badrange.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "bcache_ondisk.h"

struct bcache_device;
struct blk_holder_ops;
struct cache_set;
struct cached_dev;
struct gendisk;

/**
 * struct bch_bad_disk - of a bcache device, what is needed to pass on what changed below
 * @node: in the list of all of them
 * @disk: the disk; NULL if it is not in the list
 * @backing: its backing device; NULL if it has none
 * @start: where its first byte is on @backing
 * @cache: its cache; NULL while it has none. Only compared.
 * @lost: its cache went away, or it was started without it, while there were dirty data;
 *	stays so as long as the device is there
 * @keep: ends the time for which the map of a cache that failed is kept
 */
struct bch_bad_disk {
	struct list_head	node;
	struct gendisk		*disk;
	struct block_device	*backing;
	u64			start;
	struct block_device	*cache;
	bool			lost;
	struct delayed_work	keep;
};

/**
 * struct bch_bad_fetch - a node of the btree that a question needs in memory
 * @work: reads it
 * @busy: it is being read; bit 0
 * @wait: for that to end
 * @from: a key that it would have
 * @node: the pointer to it
 * @room: for that, see BKEY_PADDED()
 */
struct bch_bad_fetch {
	struct work_struct	work;
	unsigned long		busy;
	wait_queue_head_t	wait;
	struct bkey		from;
	union {
		struct bkey	node;
		u64		room[BKEY_PAD];
	};
};

#ifdef CONFIG_BLK_BADRANGE
/* bad_up.c */
extern const struct blk_holder_ops bch_holder_ops;
#define BCH_HOLDER_OPS	(&bch_holder_ops)
void bch_bad_init(struct bch_bad_disk *bad, struct gendisk *disk,
		  struct block_device *backing, sector_t start);
void bch_bad_exit(struct bch_bad_disk *bad);
void bch_bad_set_cache(struct bch_bad_disk *bad, struct block_device *cache);
void bch_bad_remapped(struct bch_bad_disk *bad);
void bch_bad_set_failed(struct cache_set *c);
void bch_bad_keep(struct cached_dev *dc);

/* bad.c */
int bch_cached_bad_ranges(struct gendisk *disk, u64 pos, u64 len,
			  struct bdev_bad_list *list);
bool bch_cached_any_bad(struct gendisk *disk, unsigned int hops);
int bch_flash_bad_ranges(struct gendisk *disk, u64 pos, u64 len,
			 struct bdev_bad_list *list);
bool bch_flash_any_bad(struct gendisk *disk, unsigned int hops);

/* bad_walk.c */
void bch_bad_fetch_init(struct cache_set *c);
#else
#define BCH_HOLDER_OPS	NULL

static inline void bch_bad_init(struct bch_bad_disk *bad, struct gendisk *disk,
				struct block_device *backing, sector_t start)
{
}

static inline void bch_bad_exit(struct bch_bad_disk *bad)
{
}

static inline void bch_bad_set_cache(struct bch_bad_disk *bad,
				     struct block_device *cache)
{
}

static inline void bch_bad_remapped(struct bch_bad_disk *bad)
{
}

static inline void bch_bad_set_failed(struct cache_set *c)
{
}

static inline void bch_bad_keep(struct cached_dev *dc)
{
}

/* methods, of which nobody asks for */
#define bch_cached_bad_ranges	NULL
#define bch_cached_any_bad	NULL
#define bch_flash_bad_ranges	NULL
#define bch_flash_any_bad	NULL

static inline void bch_bad_fetch_init(struct cache_set *c)
{
}
#endif

#endif /* BCACHE_BAD_H */
