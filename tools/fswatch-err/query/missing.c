// SPDX-License-Identifier: GPL-2.0-only
#include "missing.h"

#include <err.h>

#include "cmd.h"

void missing_count(struct missing *missing, const struct view *view, bool named)
{
	/* the owners of a bulk are not told one by one */
	missing->unresolved += view->rec->kind == FSERROR_KIND_BULK ||
			       view->rec->flags &
				       FSERROR_RECORD_FLAG_UNRESOLVED;
	missing->unnamed += named && !view_named(view);
}

bool missing_may_be_more(const struct missing *missing)
{
	return !dump_complete(&missing->state) || missing->unplaced ||
	       missing->cut || missing->proof.nr;
}

bool missing_nothing(const struct missing *missing)
{
	return !missing_may_be_more(missing) && !missing->unresolved &&
	       !missing->unnamed && !missing->interrupted &&
	       !missing->timed_out;
}

int missing_say(const struct missing *missing)
{
	if (missing->interrupted || missing->timed_out)
		warnx("%s: %s",
		      missing->interrupted ? "interrupted" : "the time is over",
		      missing->cut ? "the damage was not listed to its end" :
				     "names were still being looked up");
	proof_say(&missing->proof);
	dump_say_missing(&missing->state);
	if (missing->unresolved)
		warnx("%zu damaged %s could not be mapped to files",
		      missing->unresolved,
		      missing->unresolved == 1 ? "range of a device" :
						 "ranges of devices");
	if (missing->unnamed)
		warnx("%zu damaged %s in inodes whose names are not all known",
		      missing->unnamed,
		      missing->unnamed == 1 ? "range is" : "ranges are");
	if (missing->unplaced)
		warnx("%zu damaged %s may be below the path or not, as not all names are known",
		      missing->unplaced,
		      missing->unplaced == 1 ? "range" : "ranges");
	return missing_nothing(missing) ? CMD_OK : CMD_INCOMPLETE;
}

void missing_free(struct missing *missing)
{
	proof_free(&missing->proof);
}
