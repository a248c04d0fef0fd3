/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which bytes of a device a filesystem has in use, as FS_IOC_GETFSMAP says: data,
 * metadata, and space that is reserved for a file.
 */
#ifndef FSW_FSMAP_H
#define FSW_FSMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "spans.h"

struct fsmap_head;

struct fsmap_cursor {
	int fd; /* of the filesystem */
	uint32_t dev; /* as the kernel encodes it */
	struct fsmap_head *head; /* what was answered last */
	size_t at; /* the next of it */
	bool last; /* there is nothing behind it */
	bool says_all; /* of no block nothing is said */
	uint64_t told; /* up to where something was said */
};

/*
 * 0; -EOPNOTSUPP if the filesystem of @fd does not say it of device @dev; or another
 * negative errno. @says_all: it has a record for each block. fsmap_close() is for all.
 */
int fsmap_open(struct fsmap_cursor *cursor, int fd, dev_t dev, bool says_all);
void fsmap_close(struct fsmap_cursor *cursor);

/*
 * The next stretch in use from @pos on, which is never less than where the last one
 * ended: 1, 0 if there is none, or a negative errno. It may go on behind the end of the
 * device.
 */
int fsmap_next(struct fsmap_cursor *cursor, uint64_t pos, struct span *run);

#endif /* FSW_FSMAP_H */
