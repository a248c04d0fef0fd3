/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is at a path or below it: parts of filesystems, and the names by which
 * they are seen. A part may be seen in several places, and be named by another
 * one: through a bind mount, a second mount, or as a layer of an overlay.
 */
#ifndef FSW_PLACE_H
#define FSW_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "mounts.h"

struct region {
	dev_t dev;
	char *prefix; /* a name of it, "": the root; NULL: it is seen nowhere */
	bool maybe; /* some of it is at the path, or nothing */
};

struct place {
	char *path; /* absolute, without a slash at its end; "" is the root */
	struct region *v;
	size_t nr;
};

/* called for what is there and cannot be looked at: what, and why; 0 or -ENOMEM */
typedef int place_unseen(void *arg, const char *what, const char *why);

/*
 * Find out what is at @arg or below. What is there may be gone: only its directory
 * has to exist. *@mounts becomes what was mounted then. Returns 0, or a negative
 * errno; place_free() is for both.
 */
int place_find(struct place *place, const char *arg, struct mounts **mounts,
	       place_unseen *unseen, void *arg_unseen);
void place_free(struct place *place);

/* is @name, with a slash at its begin, @prefix or below it? */
bool place_is_below(const char *name, const char *prefix);

#endif /* FSW_PLACE_H */
