/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is it proven that what was asked for is all right? Whatever could not be looked
 * at is a reason why not.
 */
#ifndef FSW_PROOF_H
#define FSW_PROOF_H

#include <stdbool.h>
#include <stddef.h>

#include <libfserror.h>

#include "select.h"

struct proof {
	char **missing; /* each a line for people */
	size_t nr;
};

/*
 * @list are the filesystems that the kernel watches. @clear: no damage was found,
 * so that failed reads and writes count as well. 0 or -ENOMEM.
 */
int proof_make(struct proof *proof, const struct select *select,
	       const struct fserror_filesystems *list, bool clear);
void proof_free(struct proof *proof);

#endif /* FSW_PROOF_H */
