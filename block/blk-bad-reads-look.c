// SPDX-License-Identifier: GPL-2.0-only
/*
 * A request that failed is looked at more closely.
 *
 * The block that the device has named is read first. If that fails, the device was right.
 * Otherwise the request is read in pieces, which get smaller where one fails and larger
 * again behind it. Pieces of one block that fail are reported by the driver in their
 * completion, as any other read is, so here is nothing that could be late: who writes the
 * sector behind that clears it. What is left when the time or the number of reads is used
 * up is entered as it is, coarse.
 *
 * LOCKING
 *
 * Process context, nothing is held: the disk is pinned, and the block layer refuses I/O to
 * one that is going away.
 */
#include <linux/bio.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include "blk.h"
#include "blk-badrange-priv.h"
#include "blk-bad-reads.h"

/**
 * struct look - what it takes to look at a suspect
 * @reads: of the disk
 * @buffer: what is read goes there, and is not looked at
 * @max: sectors that one read may have
 * @tries: reads that are left
 * @until: when the time is over, in jiffies
 */
struct look {
	struct blk_bad_reads	*reads;
	void			*buffer;
	sector_t		max;
	unsigned int		tries;
	unsigned long		until;
};

static bool look_is_over(struct look *look)
{
	return !look->tries || time_after(jiffies, look->until);
}

/*
 * Read again, in a request of its own. Returns 0, -ENODATA or -EIO if the device could
 * not, or another error if nobody knows.
 */
static int look_read(struct look *look, sector_t sector, sector_t nr)
{
	struct bio_vec bv;
	struct bio bio;
	int error;

	look->tries--;
	bio_init(&bio, look->reads->disk->part0, &bv, 1, REQ_OP_READ | REQ_NOMERGE);
	bio.bi_iter.bi_sector = sector;
	bio_add_virt_nofail(&bio, look->buffer, nr << SECTOR_SHIFT);
	error = submit_bio_wait(&bio);
	bio_uninit(&bio);
	return error;
}

static bool look_hint_is_right(struct look *look,
			       const struct bad_reads_suspect *suspect)
{
	sector_t nr = suspect->hint_end - suspect->hint;

	if (!suspect->hint_end || nr > look->max)
		return false;
	look_read(look, suspect->hint, nr);
	return bad_reads_covers(look->reads, suspect->hint, suspect->hint_end);
}

/* Returns the first sector that was not looked at. */
static sector_t look_in_pieces(struct look *look, sector_t sector, sector_t end)
{
	struct gendisk *disk = look->reads->disk;
	sector_t block = queue_logical_block_size(disk->queue) >> SECTOR_SHIFT;
	sector_t nr, step = look->max;
	int error;

	while (sector < end && !blk_disk_gone(disk)) {
		if (look_is_over(look))
			return sector;
		nr = min(step, end - sector);
		if (bad_reads_covers(look->reads, sector, sector + nr)) {
			sector += nr;
			continue;
		}
		error = look_read(look, sector, nr);
		if (!error) {
			sector += nr;
			step = min(step * 2, look->max);
		} else if (error != -ENODATA && error != -EIO) {
			return sector;
		} else if (nr > block) {
			step = max(block, rounddown(nr / 2, block));
		} else if (bad_reads_covers(look->reads, sector, sector + nr)) {
			sector += nr;
		} else {
			/* it failed, and not because of the medium */
			return sector;
		}
		cond_resched();
	}
	return end;
}

/* Find out what of a failed request is bad. */
void bad_reads_look(struct blk_bad_reads *reads,
		    const struct bad_reads_suspect *suspect)
{
	struct gendisk *disk = reads->disk;
	struct look look = {
		.reads	= reads,
		.max	= BAD_READS_BYTES >> SECTOR_SHIFT,
		.tries	= BAD_READS_TRIES,
		.until	= jiffies + msecs_to_jiffies(BAD_READS_MS),
	};
	sector_t end = suspect->end, at = suspect->start;
	bool changed = false;

	look.buffer = kmalloc(BAD_READS_BYTES, GFP_NOIO | __GFP_NOWARN);
	if (look.buffer && look_hint_is_right(&look, suspect))
		at = end;
	else if (look.buffer)
		at = look_in_pieces(&look, at, end);
	kfree(look.buffer);

	if (blk_disk_gone(disk))
		return;
	scoped_guard(raw_spinlock_irq, &reads->lock) {
		/* unless another medium was put in meanwhile */
		if (at < end && suspect->end == end)
			changed = bad_reads_enter(reads, at, end, true);
		changed |= reads->found;
	}
	if (changed)
		bad_reads_report(disk, suspect->start, end - suspect->start,
				 BDEV_WHY_MEDIA);
}
