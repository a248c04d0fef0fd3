/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is it proven that what was asked for is all right? Whatever could not be looked
 * at is a reason why not; so is a read that failed, of which nobody knows what it
 * lost. All commands have the rule from here.
 */
#ifndef FSW_PROOF_H
#define FSW_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libfserror.h>

#include "filesystems.h"
#include "history.h"
#include "mounts.h"
#include "select.h"

struct proof {
	char **missing; /* each a line for people */
	size_t nr;
	uint64_t io_errors; /* reads and writes that failed, of what is asked for */
	uint64_t unlisted; /* losses that are in no list of damage, likewise */
	uint64_t shutdown; /* filesystems that shut themselves down, likewise */
};

/*
 * @list are the filesystems that the kernel watches. @clear: no damage was found,
 * so that failed reads and writes count as well. 0 or a negative errno.
 */
int proof_make(struct proof *proof, const struct select *select,
	       const struct filesystems *list, bool clear);

/*
 * The same with the list from the kernel. 0, or a negative errno after saying what is
 * wrong, but for -EINTR; then there is nothing to free.
 */
int proof_load(struct proof *proof, struct fserror_client *client,
	       const struct select *select, bool clear);

/*
 * For who says in a word that all is well: add what failed since boot, before the
 * present mounts. 0, or a negative errno after saying what is wrong, but for -EINTR.
 */
int proof_load_history(struct proof *proof, struct fserror_client *client,
		       const struct select *select);
/* the same with what was counted; 0 or -ENOMEM */
int proof_add_history(struct proof *proof, const struct history *history);
void proof_free(struct proof *proof);

/* a reason; 0 or -ENOMEM */
int __attribute__((format(printf, 2, 3)))
proof_add(struct proof *proof, const char *fmt, ...);
/* do failed reads and writes matter to who asks for this? */
bool proof_errors_matter(const struct select *select);
/* what failed, or was found, of the filesystems that are mounted; likewise */
int proof_add_errors(struct proof *proof, const struct select *select,
		     const struct filesystems *list,
		     const struct mounts *mounts, bool clear);

/* say on stderr what is missing */
void proof_say(const struct proof *proof);

#endif /* FSW_PROOF_H */
