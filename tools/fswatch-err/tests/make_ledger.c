// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ledger with some losses, for known.sh.
 * usage: make_ledger DIRECTORY [unowned|hostile|bulk|name NAME]
 */
#include <stdlib.h>
#include <string.h>

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

static void apply(struct ledger *ledger, struct fserror_record rec)
{
	must(!ledger_begin(ledger) &&
	     ledger_apply(ledger, test_boot, &rec) >= 0 &&
	     !ledger_commit(ledger));
}

static void lose_unowned(struct ledger *ledger)
{
	struct fserror_record rec =
		on_device(FSERROR_KIND_MEDIA, UINT64_C(1) << 40, 512);

	rec.flags = FSERROR_RECORD_FLAG_UNOWNED;
	apply(ledger, rec);
}

/* one of everything, and names that want to be more than names */
static void lose_hostile(struct ledger *ledger)
{
	static const char *const names[] = {
		"/srv/</td></table><script>document.title='pwned'</script>",
		"/srv/\" onmouseover=\"document.title='pwned'",
		"/srv/<img src=x onerror=document.title='pwned'>",
		"/srv/&lt;b&gt; &amp; '",
		"/srv/\342\200\256gnp.exe", /* right to left */
		"/srv/\033[2J\007",
		"/srv/\377\376",
		"/srv/</style></title><!-- ]]>",
		"/srv/Gr\303\274n",
	};
	struct fserror_record rec;
	uint64_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		rec = lost_bytes(100 + i, i << 20, 4096);
		apply(ledger, rec);
		must(!ledger_set_path(ledger, &rec, names[i]));
	}
	rec = lost_bytes(100, 0, 512);
	rec.kind = FSERROR_KIND_CLEARED;
	rec.flags = FSERROR_RECORD_FLAG_CONTENT_UNKNOWN;
	apply(ledger, rec);
	rec = on_device(FSERROR_KIND_METADATA, 4096, 4096);
	rec.meta = FSERROR_META_INODES;
	apply(ledger, rec);
	rec = on_device(FSERROR_KIND_MEDIA, UINT64_C(1) << 30, 512);
	rec.flags = FSERROR_RECORD_FLAG_UNRESOLVED |
		    FSERROR_RECORD_FLAG_UNMAPPED;
	strcpy(rec.layer, "<b>thin</b>");
	apply(ledger, rec);
	lose_unowned(ledger);
	rec = lost_bytes(5, 0, 512);
	strcpy(rec.sb_id, "</title><script>1</script>");
	rec.instance = 2;
	apply(ledger, rec);
	must(!ledger_acknowledge(ledger, 3, "<script>"));
	rec = lost_bytes(5, 8192, 512);
	must(ledger_restored(ledger, &rec, 8192, 8704, LEDGER_RESTORED, 0) > 0);
}

static void lose_named(struct ledger *ledger, const char *path)
{
	apply(ledger, lost_bytes(5, 0, 512));
	name(ledger, 5, path);
}

/* a file, and something that stands for many */
static void lose_bulk(struct ledger *ledger)
{
	lose_named(ledger, "/srv/a");
	apply(ledger, on_device(FSERROR_KIND_BULK, UINT64_C(1) << 30, 1 << 20));
}

static void lose_some(struct ledger *ledger)
{
	struct fserror_record recs[] = {
		lost_bytes(5, 0, 512),	  lost_bytes(5, 8192, 512),
		lost_bytes(6, 0, 512),	  lost_bytes(7, 0, 512),
		lost_bytes(5, 4096, 512), lost_bytes(5, 4096, 512),
	};
	size_t i;

	recs[5].kind = FSERROR_KIND_CLEARED;
	must(!ledger_begin(ledger));
	for (i = 0; i < sizeof(recs) / sizeof(*recs); i++)
		must(!ledger_apply(ledger, test_boot, &recs[i]));
	must(!ledger_commit(ledger));
	name(ledger, 5, "/srv/a");
	name(ledger, 7, "/srv/new\nline");
}

int main(int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[2] : "";
	struct ledger *ledger;

	must(argc >= 2 && !ledger_open(&ledger, argv[1], LEDGER_DAEMON));
	if (!strcmp(mode, "bulk"))
		lose_bulk(ledger);
	else if (!strcmp(mode, "name") && argc > 3)
		lose_named(ledger, argv[3]);
	else
		lose_some(ledger);
	if (!strcmp(mode, "unowned"))
		lose_unowned(ledger);
	if (!strcmp(mode, "hostile"))
		lose_hostile(ledger);
	ledger_close(ledger);
	return 0;
}
