// SPDX-License-Identifier: GPL-2.0-only
/* The ledger of fswatch-errd: what restore is given by it, and tells it. */
#include <stdlib.h>

#include "healed.h"
#include "known.h"
#include "losses.h"
#include "messages.h"
#include "restore.h"
#include "tap.h"

static void must(bool good)
{
	if (!good)
		abort();
}

struct seen {
	struct fserror_record rec;
	uint8_t boot[FSERROR_UUID_LEN];
	size_t nr;
};

static int see(void *arg, const struct fserror_record *rec, const uint8_t *boot)
{
	struct seen *seen = arg;

	seen->rec = *rec;
	memcpy(seen->boot, boot, sizeof(seen->boot));
	seen->nr++;
	return 0;
}

static int stop(void *arg, const struct fserror_record *rec,
		const uint8_t *boot)
{
	(void)arg;
	(void)rec;
	(void)boot;
	return -7;
}

static void is(struct tap *tap, struct ledger *ledger, const char *want,
	       const char *name)
{
	char *got = spell_losses(ledger, true);

	ok_string(tap, got, want, name);
	free(got);
}

/* as if a file had been healed */
static void tell(struct tap *tap, const char *dir, bool zeroed)
{
	struct restore_written written;

	write_healed(&written);
	must(!restore_written_finish(&written));
	ok(tap, !restore_tell_ledger(&written, dir, 1, zeroed),
	   "ledger: it is told");
	restore_written_free(&written);
}

int main(void)
{
	char *dir = scratch_directory();
	struct seen seen = { .nr = 0 };
	struct tap tap = { 0 };
	struct ledger *ledger;
	const struct fserror_record recs[] = {
		lost_bytes(5, 0, 1024),
		on_device(FSERROR_KIND_METADATA, 0, 512),
	};
	size_t i;

	must(!ledger_open(&ledger, dir, LEDGER_DAEMON) &&
	     !ledger_begin(ledger));
	for (i = 0; i < 2; i++)
		must(!ledger_apply(ledger, test_boot, &recs[i]));
	must(!ledger_commit(ledger));

	ok(&tap, !known_records(dir, see, &seen) && seen.nr == 1,
	   "ledger: what is of files is given");
	ok(&tap,
	   restore_is_data(&seen.rec) && seen.rec.ino == 5 &&
		   seen.rec.generation == 7 && !seen.rec.offset &&
		   seen.rec.length == 1024 &&
		   fserror_has(&seen.rec, FSERROR_A_RECORD_UUID) &&
		   !fserror_has(&seen.rec, FSERROR_A_RECORD_DEVICE) &&
		   !memcmp(seen.boot, test_boot, sizeof(seen.boot)),
	   "ledger: as a record, without a place that may be another's now");
	ok(&tap, known_records(dir, stop, NULL) == -7,
	   "ledger: until that is enough");
	tell(&tap, dir, false);
	is(&tap, ledger, "5:0+512 5:512+512=restored metadata:0+512",
	   "ledger: what was written is over");
	tell(&tap, dir, false);
	is(&tap, ledger, "5:0+512 5:512+512=restored metadata:0+512",
	   "ledger: once");
	must(!ledger_begin(ledger) &&
	     !ledger_apply(ledger, test_boot, &recs[0]) &&
	     !ledger_commit(ledger));
	tell(&tap, dir, true);
	is(&tap, ledger,
	   "5:0+512 5:512+512=restored 5:512+512=zeroed metadata:0+512",
	   "ledger: or filled with zeros");
	ledger_close(ledger);
	remove_directory(dir);
	return tap.failed > 0;
}
