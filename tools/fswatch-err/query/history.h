/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads and writes of a filesystem that failed since boot, before the present mount, and
 * losses that no list of damage has. Its counters begin anew with each mount; what has
 * failed may have lost data still. Not metadata: they are repaired between two mounts.
 */
#ifndef FSW_HISTORY_H
#define FSW_HISTORY_H

#include <stdint.h>

#include <libfserror.h>

#include "filesystems.h"

struct history {
	const struct filesystems *list; /* those that are asked about */
	uint64_t errors; /* of them, by earlier mounts */
	uint64_t unlisted; /* losses of data, likewise, that no list of damage has */
	uint64_t gone; /* failed reads and writes that the kernel does not have any more */
};

/*
 * Count what the kernel still has, at most the records of its rings. 0 or a negative
 * errno of the client.
 */
int history_load(struct history *history, struct fserror_client *client,
		 const struct filesystems *list);

/* count one record; always 0 */
int history_add(void *arg, const struct fserror_record *rec);

#endif /* FSW_HISTORY_H */
