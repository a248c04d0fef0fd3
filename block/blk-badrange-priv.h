/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What block/blk-badrange*.c share among each other and with their tests.
 */
#ifndef BLK_BADRANGE_PRIV_H
#define BLK_BADRANGE_PRIV_H

#include <linux/blk-badrange.h>
#include <linux/blkdev.h>

/* blk-badrange-slot.c */
bool bdev_bad_window_clip(struct bdev_bad_window *win, u64 pos, u64 len);
void bdev_bad_slot_add(struct bdev_bad_slot *slot,
		       const struct bdev_bad_window *new);

/* blk-badrange.c */
bool bdev_bad_pin(struct block_device *bdev);
void bdev_bad_unpin(struct block_device *bdev);
void bdev_bad_removed(struct block_device *bdev);
const struct bdev_bad_top *bdev_bad_get_top(void);

/* blk-badrange-removal.c */
/**
 * struct blk_removal_budget - how long removals may wait in all
 * @began: when the first of them began, in jiffies
 * @latest: when the latest of them began, in jiffies
 * @left: how long they may still wait, in jiffies; without @since
 * @since: since when at least one waits, in jiffies
 * @nr_waiting: how many wait
 * @valid: there has been one
 */
struct blk_removal_budget {
	unsigned long	began;
	unsigned long	latest;
	unsigned long	left;
	unsigned long	since;
	unsigned int	nr_waiting;
	bool		valid;
};

void blk_removal_begin(struct blk_removal_budget *budget, unsigned long now,
		       unsigned long allowed);
unsigned long blk_removal_left(const struct blk_removal_budget *budget,
			       unsigned long now);
unsigned long blk_removal_wait_begin(struct blk_removal_budget *budget,
				     unsigned long now);
void blk_removal_wait_end(struct blk_removal_budget *budget, unsigned long now);

/*
 * The driver has taken it away, or said that it will, or the queue is about to go.
 */
static inline bool blk_disk_gone(const struct gendisk *disk)
{
	return test_bit(GD_REMOVAL_TOLD, &disk->state) ||
		test_bit(GD_DEAD, &disk->state) ||
		blk_queue_dying(disk->queue);
}

#endif /* BLK_BADRANGE_PRIV_H */
