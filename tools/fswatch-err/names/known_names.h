/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names that were found, so that what comes again for the same file is not looked up, or
 * searched for, again: the ranges of a large file come in many batches.
 */
#ifndef FSW_KNOWN_NAMES_H
#define FSW_KNOWN_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "paths.h"

#define KNOWN_NAMES_BITS 12
#define KNOWN_NAMES_MAX (1 << KNOWN_NAMES_BITS) /* inodes; then it is full */

struct known_names {
	struct known *
		buckets[KNOWN_NAMES_MAX]; /* by the hash of the inode's number */
	uint64_t factor; /* of that, another one in each run; 0: not chosen */
	size_t nr;
};

/* what is known of the inode of @rec, or NULL */
const struct path_result *known_names_get(const struct known_names *known,
					  const struct fserror_record *rec);
/* keep a copy of what was found, if there is room and it is not there; 0 or -ENOMEM */
int known_names_put(struct known_names *known, const struct fserror_record *rec,
		    const struct path_result *paths);
/* forget all: there is room then */
void known_names_free(struct known_names *known);

#endif /* FSW_KNOWN_NAMES_H */
