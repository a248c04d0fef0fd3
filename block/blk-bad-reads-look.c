// SPDX-License-Identifier: GPL-2.0-only
/*
 * A request that failed is looked at more closely.
 *
 * The block that the device has named is read first. If that fails, the device was right,
 * and what is behind that block, where it did not go on, is read in pieces. Otherwise all
 * of the request is. Pieces get smaller where one fails and larger again behind it. Those
 * of one block that fail are reported by the driver in their completion, as any other
 * read is: who writes the sector behind that clears it. A device need not keep the order
 * of a write and a read that are on their way at once, so a block that was written while
 * it was read here is passed over. What is left when the time or the number of reads is
 * used up is entered as it is, coarse, unless the device was right: then nobody has said
 * that it is bad.
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
 * @overwritten: what was read last has been written meanwhile
 */
struct look {
	struct blk_bad_reads	*reads;
	void			*buffer;
	sector_t		max;
	unsigned int		tries;
	unsigned long		until;
	bool			overwritten;
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
	scoped_guard(raw_spinlock_irq, &look->reads->lock) {
		WRITE_ONCE(look->reads->reading, sector);
		WRITE_ONCE(look->reads->reading_end, sector + nr);
		look->reads->overwritten = false;
	}
	bio_init(&bio, look->reads->disk->part0, &bv, 1, REQ_OP_READ | REQ_NOMERGE);
	bio.bi_iter.bi_sector = sector;
	bio_add_virt_nofail(&bio, look->buffer, nr << SECTOR_SHIFT);
	error = submit_bio_wait(&bio);
	bio_uninit(&bio);
	scoped_guard(raw_spinlock_irq, &look->reads->lock) {
		WRITE_ONCE(look->reads->reading_end, 0);
		look->overwritten = look->reads->overwritten;
		look->reads->overwritten = false;
	}
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
		} else if (look->overwritten ||
			   bad_reads_covers(look->reads, sector, sector + nr)) {
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
	if (look.buffer && look_hint_is_right(&look, suspect)) {
		look.until = jiffies + msecs_to_jiffies(BAD_READS_MS);
		look_in_pieces(&look, suspect->hint_end, end);
		at = end;
	} else if (look.buffer) {
		at = look_in_pieces(&look, at, end);
	}
	kfree(look.buffer);

	if (blk_disk_gone(disk))
		return;
	scoped_guard(raw_spinlock_irq, &reads->lock) {
		/* unless another medium was put in meanwhile */
		if (at < end && reads->looked_at.end)
			changed = bad_reads_enter(reads, at, end, true);
		changed |= reads->found;
		/* what fails from now on is reported by itself */
		reads->looked_at = (struct bad_reads_suspect){ };
	}
	if (changed)
		bad_reads_report(disk, suspect->start, end - suspect->start,
				 BDEV_WHY_MEDIA);
}
