/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling the holders of pmem disks which sectors went bad, or good again. */
#ifndef __NVDIMM_BAD_TRACKER_H__
#define __NVDIMM_BAD_TRACKER_H__

#include <linux/types.h>

struct badblocks;
struct badrange;
struct bdev_bad_list;
struct device;
struct gendisk;
struct kernfs_node;
struct nd_bad_tracker;
struct range;

/**
 * struct nd_bad_disk - what a tracker has to know of its disk
 * @disk: the disk, its capacity set
 * @phys: the physical addresses that are searched for bad ranges
 * @bb: badblocks of the disk, counted from @phys
 * @bb_state: where the driver keeps the sysfs node of @bb; NULL for none
 * @layer: NULL if sector n of the disk is sector n of @phys, else the name of
 *	the layer that scatters them
 */
struct nd_bad_disk {
	struct gendisk		*disk;
	const struct range	*phys;
	struct badblocks	*bb;
	struct kernfs_node	**bb_state;
	const char		*layer;
};

#ifdef CONFIG_FSERROR_EVENTS
int nd_bad_tracker_init(void);
void nd_bad_tracker_exit(void);

struct nd_bad_tracker *
devm_nd_bad_tracker_start(struct device *dev, const struct nd_bad_disk *disk);
void nd_bad_tracker_stop(struct nd_bad_tracker *tracker);
void nd_bad_tracker_remove(struct nd_bad_tracker *tracker);
int nd_bad_tracker_ranges(struct nd_bad_tracker *tracker, u64 pos, u64 len,
			  struct bdev_bad_list *list);

void badrange_changed(struct badrange *badrange, unsigned long delay);
void nvdimm_page_failed(struct device *dev, u64 addr, u64 length,
			bool simulated);
void nvdimm_read_failed(struct device *dev, u64 addr, gfp_t gfp);
#else
static inline int nd_bad_tracker_init(void)
{
	return 0;
}

static inline void nd_bad_tracker_exit(void)
{
}

static inline struct nd_bad_tracker *
devm_nd_bad_tracker_start(struct device *dev, const struct nd_bad_disk *disk)
{
	return NULL;
}

static inline void nd_bad_tracker_stop(struct nd_bad_tracker *tracker)
{
}

static inline void nd_bad_tracker_remove(struct nd_bad_tracker *tracker)
{
}

static inline int nd_bad_tracker_ranges(struct nd_bad_tracker *tracker,
					u64 pos, u64 len,
					struct bdev_bad_list *list)
{
	return 0;
}

static inline void badrange_changed(struct badrange *badrange,
				    unsigned long delay)
{
}

static inline void nvdimm_page_failed(struct device *dev, u64 addr, u64 length,
				      bool simulated)
{
}

static inline void nvdimm_read_failed(struct device *dev, u64 addr, gfp_t gfp)
{
}
#endif /* CONFIG_FSERROR_EVENTS */
#endif /* __NVDIMM_BAD_TRACKER_H__ */
