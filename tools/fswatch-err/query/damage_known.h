/* SPDX-License-Identifier: GPL-2.0-only */
/* Losses that fswatch-errd knows, of filesystems that are mounted now. */
#ifndef FSW_DAMAGE_KNOWN_H
#define FSW_DAMAGE_KNOWN_H

#include "damage.h"

/*
 * Add those of the ledger in @dir. Of a filesystem whose UUID several mounted ones
 * have, only what was told in one of these mounts is added. 0, or a negative errno
 * after saying what is wrong; -ENOMEM is not said.
 */
int damage_add_known(struct records *records, struct fserror_client *client,
		     const char *dir);

#endif /* FSW_DAMAGE_KNOWN_H */
