/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bad ranges of block devices: how they travel up to whoever holds the device
 * (edge), and how anybody can ask what is bad now (level).
 */
#ifndef _LINUX_BLK_BADRANGE_H
#define _LINUX_BLK_BADRANGE_H

#include <linux/types.h>

struct block_device;
struct gendisk;

/**
 * enum bdev_bad_cause - what made a range bad, or good
 * @BDEV_BAD_MEDIA: the device reported it, by a scrub or by a failed read
 * @BDEV_BAD_MACHINE_CHECK: a memory error, as the processor reported it
 * @BDEV_BAD_REMOVED: the device, or a part of it, was taken away
 * @BDEV_BAD_CLEARED: the range was bad and is good again
 *
 * The values are those of the netlink protocol's enum fserror_cause.
 */
enum bdev_bad_cause {
	BDEV_BAD_MEDIA		= 1,
	BDEV_BAD_MACHINE_CHECK	= 2,
	BDEV_BAD_REMOVED	= 3,
	BDEV_BAD_CLEARED	= 4,
};

/*
 * How many stacking drivers a bad range may pass on its way up, or a question on
 * its way down: what fits on the kernel stack, with a filesystem on top. Nobody
 * stacks that high, but device-mapper tables can be loaded that make a device its
 * own lower device.
 */
#define BDEV_BAD_MAX_HOPS	12

/**
 * struct bdev_bad_range - one range of a block device that is bad, or good again
 * @pos: first byte, in the address space of the block device it is reported on
 * @len: length in bytes
 * @cause: why
 * @origin_dev: device where the damage began; survives translation unchanged
 * @origin_pos: first byte of this range on @origin_dev
 * @origin_len: length in bytes on @origin_dev; differs from @len only where a
 *	layer could not map the range
 * @layer: NULL, or the name of the layer that could not say where in the device
 *	the range is; @pos and @len are then the whole device. Points to a
 *	string that lives as long as the layer is loaded.
 * @hops: how many stacking drivers the range has passed; each adds 1
 */
struct bdev_bad_range {
	u64			pos;
	u64			len;
	enum bdev_bad_cause	cause;
	dev_t			origin_dev;
	u64			origin_pos;
	u64			origin_len;
	const char		*layer;
	unsigned int		hops;
};

/**
 * struct bdev_bad_list - growing list of bad ranges
 * @ranges: the ranges
 * @nr: how many there are
 * @max: for how many there is room
 * @hops: how many stacking drivers the question has passed; a stacking driver
 *	asks its lower devices with a list of its own that has 1 more
 *
 * Filled by block_device_operations.bad_ranges with bdev_bad_list_add().
 */
struct bdev_bad_list {
	struct bdev_bad_range	*ranges;
	unsigned int		nr;
	unsigned int		max;
	unsigned int		hops;
};

/* called with nothing held; a value other than 0 ends the walk */
typedef int (*bdev_bad_range_fn)(const struct bdev_bad_range *range,
				 void *data);

int bdev_bad_list_add(struct bdev_bad_list *list,
		      const struct bdev_bad_range *range);
void bdev_bad_list_free(struct bdev_bad_list *list);

int bdev_report_bad_range(struct block_device *bdev, u64 pos, u64 len,
			  enum bdev_bad_cause cause);
int bdev_forward_bad_range(struct block_device *bdev,
			   const struct bdev_bad_range *range);

int bdev_get_bad_ranges(struct block_device *bdev, u64 pos, u64 len,
			struct bdev_bad_list *list);
int bdev_for_each_bad_range(struct block_device *bdev, u64 pos, u64 len,
			    bdev_bad_range_fn fn, void *data);

#if IS_ENABLED(CONFIG_KUNIT)
bool bad_range_clip(struct bdev_bad_range *range, u64 pos, u64 len);
#endif

void blk_report_disk_removed(struct gendisk *disk, bool surprise);

#endif /* _LINUX_BLK_BADRANGE_H */
