/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sectors of ordinary disks that could not be read; see block/blk-bad-reads.c.
 */
#ifndef _LINUX_BLK_BAD_READS_H
#define _LINUX_BLK_BAD_READS_H

#include <linux/blk-mq.h>
#include <linux/blkdev.h>

#ifdef CONFIG_BLK_BADRANGE
/**
 * blk_bad_reads_belong - say that a disk is a path to another one
 * @path: the disk whose requests are completed; not added yet
 * @head: the disk that is held, and that lives longer: what cannot be read is bad on it
 *
 * Context: Any.
 */
static inline void blk_bad_reads_belong(struct gendisk *path, struct gendisk *head)
{
	path->bad_reads_of = head;
}

/*
 * For a driver that completes a read with a medium error, after the last retry, any
 * context.
 */
void blk_bad_read(struct request *rq, sector_t bad, sector_t nr_bad);
#else
static inline void blk_bad_reads_belong(struct gendisk *path, struct gendisk *head)
{
}

static inline void blk_bad_read(struct request *rq, sector_t bad, sector_t nr_bad)
{
}
#endif /* CONFIG_BLK_BADRANGE */

#endif /* _LINUX_BLK_BAD_READS_H */
