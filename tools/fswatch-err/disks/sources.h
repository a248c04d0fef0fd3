/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What says which ranges of the disks below the filesystems are bad: drivers, by what
 * they know, and what they do not. The table is that of the kernel's documentation,
 * Documentation/filesystems/fserror.rst.
 */
#ifndef FSW_SOURCES_H
#define FSW_SOURCES_H

#include <stddef.h>

#include <libfserror.h>

#include "string_list.h"

enum source_type {
	SOURCE_NVDIMM,
	SOURCE_CXL,
	SOURCE_SCSI,
	SOURCE_NVME,
	SOURCE_NULL_BLK,
	SOURCE_MD,
	SOURCE_LOOP,
	SOURCE_VIRTIO,
	SOURCE_OTHER,
	SOURCES,
};

struct sources {
	struct string_list of[SOURCES]; /* each disk once */
};

/* what there is to say of a type; all are there */
struct source_words {
	const char *type; /* "scsi" */
	const char *knows;
	const char *soon; /* when it knows of it */
	const char *clears;
	const char *blind; /* what it cannot tell */
};

/*
 * Find the disks below @nr filesystems. @sysfs is LOWER_SYSFS, but for tests. 0 or
 * -ENOMEM; sources_free() is for both.
 */
int sources_find(struct sources *sources, const struct fserror_filesystem *v,
		 size_t nr, const char *sysfs);
void sources_free(struct sources *sources);

/* of a whole disk: its directory in sysfs, and its name */
enum source_type source_type_of(const char *dir, const char *name);

const struct source_words *source_words(enum source_type type);

#endif /* FSW_SOURCES_H */
