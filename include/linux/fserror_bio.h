/* SPDX-License-Identifier: GPL-2.0-only */
/* Reports of reads and writes of the page cache that failed. */
#ifndef _LINUX_FSERROR_BIO_H
#define _LINUX_FSERROR_BIO_H

struct bio;

bool fserror_bio_failed(struct bio *bio);
void fserror_report_bio(struct bio *bio);

#endif /* _LINUX_FSERROR_BIO_H */
