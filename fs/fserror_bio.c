// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports of reads and writes of the page cache that failed, for filesystems that
 * submit bios of folios by themselves. iomap has its own.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/fs.h>
#include <linux/fserror.h>
#include <linux/fserror_bio.h>
#include <linux/pagemap.h>

/* adjacent bytes of one file; positions and lengths are bytes */
struct failed_range {
	struct inode *inode;
	loff_t pos;
	u64 len;
};

static void report_range(const struct failed_range *range,
			 const struct bio *bio)
{
	enum fserror_type type = op_is_write(bio_op(bio)) ?
		FSERR_BUFFERED_WRITE : FSERR_BUFFERED_READ;

	/* no waiting for memory: others may wait for these folios */
	if (range->inode)
		fserror_report_io(range->inode, type, range->pos, range->len,
				  blk_status_to_errno(bio->bi_status),
				  GFP_ATOMIC);
}

/* Buffers of a block device are no file's; the filesystem knows what they are. */
static struct inode *folio_file(struct folio *folio)
{
	struct address_space *mapping = folio_mapping(folio);

	if (!mapping || !mapping->host || S_ISBLK(mapping->host->i_mode))
		return NULL;
	return mapping->host;
}

/**
 * fserror_report_bio - report what a failed bio should have read or written
 * @bio: the bio, whose status is that of an error. Its folios are locked, or under
 *	writeback, so that they stay in the page cache of their files.
 *
 * Adjacent folios of one file are one report. Folios of the page cache of a block
 * device are left out.
 *
 * Context: A task. Does not sleep.
 */
void fserror_report_bio(struct bio *bio)
{
	struct failed_range range = { };
	struct folio_iter fi;

	bio_for_each_folio_all(fi, bio) {
		loff_t pos = folio_pos(fi.folio) + fi.offset;
		struct inode *inode = folio_file(fi.folio);

		if (inode == range.inode && pos == range.pos + range.len) {
			range.len += fi.length;
			continue;
		}
		report_range(&range, bio);
		range = (struct failed_range) {
			.inode = inode, .pos = pos, .len = fi.length,
		};
	}
	report_range(&range, bio);
}
EXPORT_SYMBOL_GPL(fserror_report_bio);

/**
 * fserror_bio_failed - report a failed bio, from its end_io function
 * @bio: the bio, as in fserror_report_bio()
 *
 * A report takes a lock of the inode that must not be taken in an interrupt. There
 * the bio is put on a list, and its end_io function is called once more by a task.
 * To be called before the function does anything else.
 *
 * Context: Any.
 * Return: true if the bio will be ended once more, and now is not to be touched;
 * false if it is reported and the function is to go on.
 */
bool fserror_bio_failed(struct bio *bio)
{
	if (bio_complete_in_task(bio))
		return true;
	fserror_report_bio(bio);
	return false;
}
EXPORT_SYMBOL_GPL(fserror_bio_failed);
