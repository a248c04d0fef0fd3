// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel has that is not in the ledger: at the start, and behind a hole. */
#include "keeper.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

struct catching {
	struct keeper *keeper;
	uint32_t group;
	int err; /* of the ledger */
};

static int catch_record(void *arg, const struct fserror_record *rec)
{
	struct catching *catching = arg;
	struct keeper *keeper = catching->keeper;

	keeper->batch[keeper->nr++] = *rec;
	if (keeper->nr < KEEPER_BATCH)
		return 0;
	catching->err = keeper_write_batch(keeper);
	return catching->err;
}

static int catch_lost(void *arg, uint64_t first, uint64_t last)
{
	struct catching *catching = arg;
	struct keeper *keeper = catching->keeper;

	/* once, although it may be asked again */
	if (first <= keeper->gone[catching->group])
		first = keeper->gone[catching->group] + 1;
	if (first <= last) {
		atomic_fetch_add(&keeper->counters->gone, last - first + 1);
		keeper->gone[catching->group] = last;
	}
	keeper->list = true;
	return 0;
}

/* 0, 1 if it was interrupted and is to be done again, or an error of the ledger */
static int catch_group(struct keeper *keeper, uint32_t group)
{
	static const struct fserror_events_visitor visitor = {
		.lost = catch_lost,
		.record = catch_record,
	};
	struct fserror_position position = { .group = group,
					     .boot_id = keeper->boot };
	struct catching catching = { .keeper = keeper, .group = group };
	uint8_t boot[FSERROR_UUID_LEN];
	int err;

	err = ledger_position(keeper->ledger, group, boot, &position.since);
	if (err)
		return err;
	/* the numbers of another boot: all that there is of this one is new */
	if (memcmp(boot, keeper->boot, sizeof(boot)))
		position.since = 0;
	keeper->last[group] = position.since;
	err = fserror_events_each(keeper->client, &position, &visitor,
				  &catching);
	/* what came before an error is right */
	if (!catching.err && keeper->nr)
		catching.err = keeper_write_batch(keeper);
	if (catching.err || !err)
		return catching.err;
	/* it ends, and begins here the next time */
	if (err == -EINTR)
		return 1;
	/* that the kernel does not have them is no reason not to begin */
	syslog(LOG_WARNING, "what happened before is not known: %s",
	       fserror_client_error(keeper->client));
	keeper->list = true;
	return 0;
}

int keeper_catch(struct keeper *keeper)
{
	int rc = catch_group(keeper, FSERROR_GROUP_DAMAGE);

	if (!rc)
		rc = catch_group(keeper, FSERROR_GROUP_IO);
	keeper->behind = rc != 0;
	return rc < 0 ? rc : 0;
}
