/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names that are still being searched for while events go on: what monitor has
 * to know of it. Events may be held back for their names; those that were
 * printed without are told again when the names are known.
 */
#ifndef FSW_PENDING_H
#define FSW_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver.h"
#include "view.h"

struct pending {
	struct resolver *resolver;
	struct answers *taken, **end; /* from the resolver, not yet told */
	struct answers *fresh; /* the first of them that was not looked at */
	uint64_t open; /* questions whose last answer was not taken yet */

	/* views that are held back, NULL if there are none */
	struct view *held;
	size_t nr_held;
	uint64_t first; /* id of the first */
	size_t unanswered; /* those without any answer */
	size_t unnamed; /* those without the last answer */
};

/* 0 or a negative errno; @progress: tell of a long search on a terminal */
int pending_open(struct pending *pending, bool progress);
void pending_close(struct pending *pending);

/* becomes readable when pending_look() has something */
int pending_fd(const struct pending *pending);

/*
 * Hold these views back and ask for the names of those that have no paths. Until there
 * is an answer these are pending. Returns 0 or -ENOMEM.
 */
int pending_hold(struct pending *pending, struct views *views);

/*
 * Take what is known now and put it into the views that are held; if they need
 * not be named, only until each has some answer. Returns 0 or a negative errno.
 */
int pending_look(struct pending *pending, bool named);

/*
 * The views get no more answers: what comes from now on is told. What they have
 * got stays until pending_tell(). To be called also after a failure.
 */
void pending_release(struct pending *pending);

/*
 * Tell the names of what was printed without them: call @tell for each, with a
 * view that has the paths but neither mount nor boot id; @ask has no number for what
 * was damaged before the start. What @tell returns, if not 0, ends it. To be called
 * after pending_look() with nothing held.
 */
int pending_tell(struct pending *pending,
		 int (*tell)(void *arg, const struct view *view,
			     const struct ask *ask),
		 void *arg);

#endif /* FSW_PENDING_H */
