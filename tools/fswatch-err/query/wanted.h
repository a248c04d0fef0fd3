/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A select, with the kernel's rule for kinds and causes: where losses are chosen, so
 * is what changes what is known of them.
 */
#ifndef FSW_WANTED_H
#define FSW_WANTED_H

#include <libfserror.h>

#include "mounts.h"
#include "select.h"

struct wanted {
	struct fserror_filter filter; /* kinds and causes alone */
	struct select places; /* all but these; borrows from the select */
	struct select filesystems; /* of it what says which filesystems */
};

void wanted_init(struct wanted *wanted, const struct select *select);
bool wanted_record(const struct wanted *wanted,
		   const struct fserror_record *rec);
/* as select_view() */
enum select_answer wanted_view(const struct wanted *wanted,
			       const struct view *view);

/*
 * May a filesystem have something that is chosen? @rec has what names it, as far as
 * that is known.
 */
bool wanted_filesystem(const struct wanted *wanted, const struct mounts *mounts,
		       const struct fserror_record *rec);

#endif /* FSW_WANTED_H */
