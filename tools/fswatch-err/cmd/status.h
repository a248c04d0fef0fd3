/* SPDX-License-Identifier: GPL-2.0-only */
/* What fswatch-err status prints, apart from where it comes from. */
#ifndef FSW_STATUS_H
#define FSW_STATUS_H

#include <stdbool.h>
#include <stdio.h>

#include <libfserror.h>

#include "filesystems.h"
#include "json_writer.h"
#include "mounts.h"
#include "sources.h"

#define STAT_HAS(st, attr) fserror_present((st)->present, FSERROR_A_STAT_##attr)
#define RING_HAS(ring, attr) \
	fserror_present((ring)->present, FSERROR_A_RING_##attr)
struct status {
	unsigned int version; /* of the family */
	struct fserror_stat *stat;
	struct filesystems filesystems;
	struct mounts *mounts;
	struct sources sources; /* below the filesystems */
	const char *sysfs; /* LOWER_SYSFS */
};

/* where it is mounted: NULL if it is not */
void status_mount(const struct mounts *mounts,
		  const struct fserror_filesystem *fs, const char **source,
		  const char **target);

/* the first thing to know of each filesystem; 0 or a negative errno */
int status_summary(FILE *out, const struct status *status);

/* what says what is bad of their disks; 0 or -ENOMEM */
int status_sources(FILE *out, const struct sources *sources);
void status_sources_json(struct json *json, const struct sources *sources);

/* print it; 0 or a negative errno */
int status_text(FILE *out, const struct status *status);
int status_json(FILE *out, const struct status *status);

#endif /* FSW_STATUS_H */
