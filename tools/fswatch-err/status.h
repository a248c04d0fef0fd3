/* SPDX-License-Identifier: GPL-2.0-only */
/* What fswatch-err status prints, apart from where it comes from. */
#ifndef FSW_STATUS_H
#define FSW_STATUS_H

#include <stdbool.h>
#include <stdio.h>

#include <libfserror.h>

#include "mounts.h"

struct status {
	unsigned int version; /* of the family */
	struct fserror_stat *stat;
	struct fserror_filesystems filesystems;
	struct mounts *mounts;
	bool incomplete;
};

/* print it; 0 or a negative errno */
int status_text(FILE *out, const struct status *status);
int status_json(FILE *out, const struct status *status);

#endif /* FSW_STATUS_H */
