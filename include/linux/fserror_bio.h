/* SPDX-License-Identifier: GPL-2.0-only */
/* Reports of the page cache: reads and writes that failed, and pages that went bad. */
#ifndef _LINUX_FSERROR_BIO_H
#define _LINUX_FSERROR_BIO_H

#include <linux/types.h>

struct bio;
struct inode;

bool fserror_bio_failed(struct bio *bio);
void fserror_report_bio(struct bio *bio);
void fserror_report_memory_failure(struct inode *inode, loff_t pos, u64 len,
				   gfp_t gfp);

#endif /* _LINUX_FSERROR_BIO_H */
