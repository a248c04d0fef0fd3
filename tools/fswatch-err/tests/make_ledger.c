// SPDX-License-Identifier: GPL-2.0-only
/* A ledger with some losses, for known.sh. usage: make_ledger DIRECTORY [unowned] */
#include <stdlib.h>

#include "losses.h"

static void must(bool good)
{
	if (!good)
		abort();
}

static void name(struct ledger *ledger, uint64_t ino, const char *path)
{
	const struct fserror_record rec = lost_bytes(ino, 0, 512);

	must(!ledger_set_path(ledger, &rec, path));
}

int main(int argc, char **argv)
{
	struct fserror_record recs[] = {
		lost_bytes(5, 0, 512),	  lost_bytes(5, 8192, 512),
		lost_bytes(6, 0, 512),	  lost_bytes(7, 0, 512),
		lost_bytes(5, 4096, 512), lost_bytes(5, 4096, 512),
	};
	struct ledger *ledger;
	size_t i;

	must(argc >= 2 && !ledger_open(&ledger, argv[1], LEDGER_DAEMON));
	recs[5].kind = FSERROR_KIND_CLEARED;
	must(!ledger_begin(ledger));
	for (i = 0; i < sizeof(recs) / sizeof(*recs); i++)
		must(!ledger_apply(ledger, test_boot, &recs[i]));
	must(!ledger_commit(ledger));
	name(ledger, 5, "/srv/a");
	name(ledger, 7, "/srv/new\nline");
	if (argc > 2) {
		recs[0] = on_device(FSERROR_KIND_MEDIA, UINT64_C(1) << 40, 512);
		recs[0].flags = FSERROR_RECORD_FLAG_UNOWNED;
		must(!ledger_begin(ledger) &&
		     !ledger_apply(ledger, test_boot, &recs[0]) &&
		     !ledger_commit(ledger));
	}
	ledger_close(ledger);
	return 0;
}
