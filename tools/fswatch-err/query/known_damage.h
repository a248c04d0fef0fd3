/* SPDX-License-Identifier: GPL-2.0-only */
/* Losses that fswatch-errd knows, of filesystems that are mounted now. */
#ifndef FSW_KNOWN_DAMAGE_H
#define FSW_KNOWN_DAMAGE_H

#include <libfserror.h>

#include "select.h"

/*
 * Give @record those of the ledger in @dir (NULL: the usual place) that @select wants,
 * as dump_each() does with those that the kernel lists. Of a filesystem whose UUID
 * several mounted ones have, only what was told in one of these mounts. What may be of
 * any file is not given, but added to *@unresolved, unless that is NULL. 0, what @record
 * returned, or a negative errno after saying what is wrong.
 */
int known_damage_each(struct fserror_client *client, struct select *select,
		      const char *dir,
		      int (*record)(void *arg,
				    const struct fserror_record *rec),
		      void *arg, size_t *unresolved);

#endif /* FSW_KNOWN_DAMAGE_H */
