/* SPDX-License-Identifier: GPL-2.0-only */
/* Records that are kept. */
#ifndef FSW_TEST_RECORDS_H
#define FSW_TEST_RECORDS_H

#include <stddef.h>

#include <libfserror.h>

/* for records_free() */
struct records {
	struct fserror_record **v;
	size_t nr, room;
};

/* keep a copy; 0 or -ENOMEM */
int records_add(struct records *records, const struct fserror_record *rec);
void records_free(struct records *records);

#endif /* FSW_TEST_RECORDS_H */
