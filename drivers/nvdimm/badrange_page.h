/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages that stand in for a finer report of the same machine check. */
#ifndef __NVDIMM_BADRANGE_PAGE_H__
#define __NVDIMM_BADRANGE_PAGE_H__

#include <linux/blk-badrange.h>
#include <linux/jiffies.h>
#include <linux/libnvdimm.h>

/*
 * How long a page waits for the finer report, in jiffies. The two come from the
 * same decode chain, or from a task and a kernel worker that are both due; what
 * can come between them is the nfit driver's lock, held over a firmware call.
 */
#define BADRANGE_SETTLE		HZ

void badrange_add_page(struct badrange *badrange, u64 addr, u64 length);
void badrange_refine_pages(struct badrange *badrange, u64 addr, u64 length,
			   enum bdev_bad_cause cause);
unsigned long badrange_settle_pages(struct badrange *badrange);

#endif /* __NVDIMM_BADRANGE_PAGE_H__ */
