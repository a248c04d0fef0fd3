/* SPDX-License-Identifier: GPL-2.0-only */
/* What an answer lacks: why there may be more damage than is told, or less is known. */
#ifndef FSW_MISSING_H
#define FSW_MISSING_H

#include <stdbool.h>
#include <stddef.h>

#include "dump.h"
#include "proof.h"
#include "view.h"

struct missing {
	struct dump_state state;
	size_t unresolved; /* of what is told: ranges that nobody could map */
	size_t unnamed; /* of what is told: inodes whose names are not all known */
	size_t unplaced; /* not told: whether they are chosen is not known */
	bool interrupted, timed_out; /* it ended before it was done */
	bool cut; /* what came after that was not heard at all */
	struct proof proof; /* what else could not be looked at */
};

/* @view is told; @named: its names are of interest */
void missing_count(struct missing *missing, const struct view *view,
		   bool named);

/* may more be damaged than was told? */
bool missing_may_be_more(const struct missing *missing);

/* is that all there is to say, with owners and names? */
bool missing_nothing(const struct missing *missing);

/* say on stderr what is missing; CMD_OK if nothing is, else CMD_INCOMPLETE */
int missing_say(const struct missing *missing);

void missing_free(struct missing *missing);

#endif /* FSW_MISSING_H */
