// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could not be read of a disk, as an answer. For locking and lifetime see
 * blk-bad-reads.c.
 */
#include "blk.h"
#include "blk-badrange-priv.h"
#include "blk-bad-reads.h"

/* Is anything known to be bad? */
bool blk_bad_reads_any(struct gendisk *disk)
{
	struct blk_bad_reads *reads;

	guard(rcu)();
	reads = rcu_dereference(disk->bad_reads);
	return reads && READ_ONCE(reads->hi);
}

/* Up to @max ranges that end behind @sector; how many. */
static unsigned int bad_reads_copy(struct gendisk *disk, sector_t sector,
				   struct bad_reads_range *to, unsigned int max)
{
	struct blk_bad_reads *reads;
	unsigned int i, nr = 0;

	guard(rcu)();
	reads = rcu_dereference(disk->bad_reads);
	if (!reads)
		return 0;
	guard(raw_spinlock_irqsave)(&reads->lock);
	for (i = bad_reads_set_find(&reads->bad, sector);
	     !reads->dead && i < reads->bad.nr && nr < max; i++)
		to[nr++] = reads->bad.ranges[i];
	return nr;
}

/*
 * Answer what could not be read of the @len bytes at @pos, beside what the driver answers.
 */
void blk_bad_reads_ask(struct gendisk *disk, u64 pos, u64 len,
		       struct bdev_bad_list *list)
{
	unsigned int nr, i, block = queue_logical_block_size(disk->queue);
	sector_t sector = pos >> SECTOR_SHIFT;
	struct bad_reads_range some[16];

	while ((nr = bad_reads_copy(disk, sector, some, ARRAY_SIZE(some)))) {
		for (i = 0; i < nr; i++) {
			struct bdev_bad_range range = {
				.pos		= (u64)some[i].start << SECTOR_SHIFT,
				.len		= (u64)(some[i].end - some[i].start) <<
						  SECTOR_SHIFT,
				.cause		= BDEV_BAD_MEDIA,
				.origin_dev	= disk_devt(disk),
				.origin_pos	= (u64)some[i].start << SECTOR_SHIFT,
			};

			range.origin_len = range.len;
			if (some[i].coarse && range.len > block)
				range.flags = BDEV_BAD_PARTIAL;
			if (range.pos >= pos + len || !bdev_bad_list_add(list, &range))
				return;
		}
		sector = some[nr - 1].end;
	}
}
