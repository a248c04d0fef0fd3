/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of bad sectors, as sorted arrays of extents. */
#ifndef __NVDIMM_BAD_SET_H__
#define __NVDIMM_BAD_SET_H__

#include <linux/blk-badrange.h>
#include <linux/range.h>
#include <linux/types.h>

/**
 * struct bad_extent - sectors next to each other that are bad for one reason
 * @start: first 512-byte sector of the disk
 * @end: first 512-byte sector behind them
 * @cause: the reason
 */
struct bad_extent {
	u64			start;
	u64			end;
	enum bdev_bad_cause	cause;
};

/**
 * struct bad_set - bad sectors of a disk
 * @ext: extents; in a normalized set sorted, disjoint and none empty
 * @nr: how many there are
 */
struct bad_set {
	struct bad_extent	*ext;
	size_t			nr;
};

/**
 * struct bad_cursor - where bad_set_next_missing() has got to
 * @i: extent of the first set
 * @j: extent of the second set
 * @pos: 512-byte sector in extent @i; what lies before it has been dealt with
 */
struct bad_cursor {
	size_t			i;
	size_t			j;
	u64			pos;
};

bool bad_extent_from_phys(struct bad_extent *ext, const struct range *disk,
			  u64 addr, u64 length, enum bdev_bad_cause cause);
void bad_set_normalize(struct bad_set *set);
bool bad_set_next_missing(const struct bad_set *from, const struct bad_set *set,
			  struct bad_cursor *cursor, struct bad_extent *ext);

#endif /* __NVDIMM_BAD_SET_H__ */
