/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is damaged now, as a stream: the kernel's list in batches, chosen by a select,
 * with mounts and names. Nothing is kept, so that memory does not grow with what is
 * damaged. Names are looked up by threads: when a signal or the end of the time comes
 * they are not waited for any more, and the rest is told without them.
 */
#ifndef FSW_LISTING_H
#define FSW_LISTING_H

#include <stdbool.h>
#include <stdint.h>

#include <libfserror.h>

#include "known_names.h"
#include "missing.h"
#include "mount_cache.h"
#include "pending.h"
#include "select.h"
#include "view.h"
#include "wakeup.h"
#include "wanted.h"

#define LISTING_BATCH 4096 /* records */
#define LISTING_TIMEOUT 600 /* seconds, if nothing else is said */

struct listing {
	struct fserror_client *client;
	struct wakeup wakeup;
	struct missing missing; /* in the end */

	/* of the work that is done */
	struct wanted wanted;
	bool names;
	struct pending pending;
	struct fserror_record *recs; /* LISTING_BATCH */
	size_t nr;
	bool any; /* something was told */
	struct mount_cache mounts;
	struct known_names known;
	int (*batch)(void *arg, const struct views *views);
	void *arg;
};

/*
 * Find the kernel's family, and watch for signals and for @timeout seconds to pass.
 * Returns CMD_OK, or another exit code after saying what is wrong; for listing_close()
 * in any case.
 */
int listing_open(struct listing *listing, uint64_t timeout);
void listing_close(struct listing *listing);

/*
 * Ask, and give what is chosen to @batch, in the kernel's order. @names: look up the
 * names of files; without they are looked up if the select has a path. @batch returns 0,
 * or an errno below 0, which ends it, -ECANCELED without a word. Returns CMD_OK, also if a signal or the time
 * ended it, or another exit code after saying what is wrong.
 */
int listing_run(struct listing *listing, struct select *select, bool names,
		int (*batch)(void *arg, const struct views *views), void *arg);

#endif /* FSW_LISTING_H */
