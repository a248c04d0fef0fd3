// SPDX-License-Identifier: GPL-2.0-only
/* Tell the ledger what was restored, so that it closes the losses. */
#include "known.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ledger.h"

struct known_restored {
	struct ledger *ledger;
	uint64_t since; /* what was closed as written since then was this */
	int err;
};

uint64_t known_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

struct known_restored *known_restored_begin(const char *dir, uint64_t since)
{
	struct known_restored *restored = calloc(1, sizeof(*restored));
	int err;

	if (!restored)
		return NULL;
	restored->since = since;
	err = ledger_open(&restored->ledger, dir ? dir : LEDGER_DIR,
			  LEDGER_CHANGE);
	if (!err)
		return restored;
	/* nobody keeps one, or it is not ours to write */
	if (err != -ENOENT)
		warnx("the ledger will not know what is restored: %s",
		      ledger_error(restored->ledger));
	ledger_close(restored->ledger);
	free(restored);
	return NULL;
}

void known_restored_range(struct known_restored *restored,
			  const struct fserror_record *rec, uint64_t start,
			  uint64_t end, bool zeroed)
{
	int rc;

	if (!restored || restored->err)
		return;
	rc = ledger_restored(restored->ledger, rec, start, end,
			     zeroed ? LEDGER_ZEROED : LEDGER_RESTORED,
			     restored->since);
	if (rc < 0)
		restored->err = rc;
}

void known_restored_end(struct known_restored *restored)
{
	if (!restored)
		return;
	if (restored->err)
		warnx("the ledger does not know what was restored: %s",
		      ledger_error(restored->ledger));
	ledger_close(restored->ledger);
	free(restored);
}
