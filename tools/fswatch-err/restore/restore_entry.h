/* SPDX-License-Identifier: GPL-2.0-only */
/* Records in a sorter: those of one file side by side, by their places in it. */
#ifndef FSW_RESTORE_ENTRY_H
#define FSW_RESTORE_ENTRY_H

#include <libfserror.h>

#include "ranges.h"
#include "sorter.h"

/* as it is in the sorter; of the record's handle only what it has of it */
struct restore_entry {
	struct range blocks; /* that were written for the record */
	struct fserror_record rec;
};

/* NULL if there is no memory */
struct sorter *restore_entries_new(void);

/* 0 or a negative errno */
int restore_entry_add(struct sorter *sorter, const struct fserror_record *rec,
		      const struct range *blocks);

/* the next one, as sorter_next() or sorter_peek() gave it */
struct restore_entry restore_entry_of(const void *data, size_t len);

/* an order of files; of what is no file's data, each record is one of its own */
int restore_entry_compare(const struct fserror_record *a,
			  const struct fserror_record *b);

#endif /* FSW_RESTORE_ENTRY_H */
