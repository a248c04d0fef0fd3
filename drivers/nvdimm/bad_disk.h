/* SPDX-License-Identifier: GPL-2.0-only */
/* What is bad of the disks of an nvdimm bus. */
#ifndef __NVDIMM_BAD_DISK_H__
#define __NVDIMM_BAD_DISK_H__

#include <linux/blk_types.h>
#include <linux/list.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/range.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct badblocks;
struct badrange;
struct bdev_bad_list;
struct device;
struct gendisk;
struct kernfs_node;
struct nd_region;

/**
 * struct nd_bad_window - what may have changed of a disk, and waits to be told
 * @start: first byte of the disk
 * @end: first byte behind it; 0 if nothing waits
 * @why: enum bdev_bad_why
 */
struct nd_bad_window {
	u64		start;
	u64		end;
	unsigned int	why;
};

/* what went bad, and what became good again, are told apart */
enum nd_bad_news {
	ND_BAD_NEWS_BAD,
	ND_BAD_NEWS_GOOD,
	ND_BAD_NEWS_NR,
};

/**
 * struct nd_bad_disk - a disk that hears of changes of the bus's list
 * @disk: the disk, its capacity set
 * @phys: physical addresses that the disk is on; sectors are counted from there
 * @bb: badblocks of the disk
 * @bb_state: where the driver keeps the sysfs node of @bb; NULL for none
 * @layer: NULL if sector n of the disk is sector n of @phys, else the name of
 *	the layer that scatters them
 * @list: in badrange->disks
 * @badrange: the bus's list
 * @nd_region: region that the disk is in
 * @windows: what waits to be told, by enum nd_bad_news
 * @told: when something was told last, in jiffies
 * @work: tells what waits
 * @due: when it is to do so, in jiffies, if it is pending
 *
 * The first five are the driver's to set, and do not change. The others are
 * protected by badrange->lock.
 */
struct nd_bad_disk {
	struct gendisk		*disk;
	struct range		phys;
	struct badblocks	*bb;
	struct kernfs_node	**bb_state;
	const char		*layer;

	struct list_head	list;
	struct badrange		*badrange;
	struct nd_region	*nd_region;
	struct nd_bad_window	windows[ND_BAD_NEWS_NR];
	unsigned long		told;
	struct delayed_work	work;
	unsigned long		due;
};

/*
 * The bytes of a disk that the bad addresses from @start to @last make
 * unreadable: a 512-byte sector of which one byte is bad is bad.
 */
static inline bool nd_bad_translate(const struct range *phys, u64 start,
				    u64 last, u64 *pos, u64 *end)
{
	if (last < phys->start || start > phys->end)
		return false;

	*pos = round_down(max(start, phys->start) - phys->start, SECTOR_SIZE);
	*end = round_down(min(last, phys->end) - phys->start, SECTOR_SIZE) +
		SECTOR_SIZE;
	return true;
}

void nd_bad_disk_start(struct nd_bad_disk *bad, struct device *dev);
void nd_bad_disk_stop(struct nd_bad_disk *bad);
int nd_bad_disk_ranges(struct nd_bad_disk *bad, u64 pos, u64 len,
		       struct bdev_bad_list *list);
bool nd_bad_disk_any(struct nd_bad_disk *bad);

void badrange_refuse(struct badrange *badrange, u64 addr, u64 length);
void badrange_readmit(struct badrange *badrange, u64 addr, u64 length);
void badrange_tell(struct badrange *badrange, u64 addr, u64 length,
		   unsigned int why);
void badrange_look_again(struct badrange *badrange, unsigned long delay);
bool badrange_next_idle(struct badrange *badrange, u64 *start, u64 last,
			u64 *length);

void nvdimm_page_failed(struct device *dev, u64 addr, u64 length,
			bool simulated);
void nvdimm_read_failed(struct device *dev, u64 addr, gfp_t gfp);
void nvdimm_written(struct device *dev, u64 addr, u64 length);

#endif /* __NVDIMM_BAD_DISK_H__ */
