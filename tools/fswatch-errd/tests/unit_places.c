// SPDX-License-Identifier: GPL-2.0-only
/* Bytes of files that have no place on a device, or one of another length. */
#include <stdlib.h>

#include "db.h"
#include "losses.h"
#include "tap.h"

struct test {
	struct tap tap;
	char *dir;
	struct ledger *ledger;
};

static void begin(struct test *t)
{
	t->ledger = open_scratch(&t->dir);
}

static void end(struct test *t)
{
	close_scratch(t->ledger, t->dir);
}

static void apply(struct test *t, struct fserror_record rec)
{
	if (ledger_begin(t->ledger) ||
	    ledger_apply(t->ledger, test_boot, &rec) < 0 ||
	    ledger_commit(t->ledger))
		abort();
}

static void clear(struct test *t, uint64_t offset, uint64_t length)
{
	apply(t, on_device(FSERROR_KIND_CLEARED, offset, length));
}

static void is(struct test *t, bool closed, const char *want, const char *name)
{
	char *got = spell_losses(t->ledger, closed);

	ok_string(&t->tap, got, want, name);
	free(got);
}

/* what a scrub of btrfs finds, and a dirty page that went bad, has no place */
static void test_no_device(struct test *t)
{
	struct fserror_record rec = lost_bytes(5, 0, 4096);

	begin(t);
	rec.present &= ~(1U << FSERROR_A_RECORD_DEVICE);
	apply(t, rec);
	rec.offset = 4096;
	apply(t, rec);
	is(t, false, "5:0+8192", "bytes of a file without a place are lost");
	rec.flags = FSERROR_RECORD_FLAG_UNKNOWN;
	rec.offset = 65536;
	apply(t, rec);
	rec.flags = 0;
	rec.kind = FSERROR_KIND_METADATA;
	apply(t, rec);
	rec.kind = FSERROR_KIND_DATA_LOST;
	rec.present &= ~(1U << FSERROR_A_RECORD_INO);
	apply(t, rec);
	is(t, false, "5:0+8192", "without that, or unknown, it is no loss");
	clear(t, 0, 1 << 30);
	is(t, false, "5:0+8192", "no place of a device ends it");
	apply(t, lost_bytes(5, 4096, 512));
	is(t, false, "5:0+4096 5:4096+512 5:4608+3584",
	   "it gets one when that is told");
	clear(t, 5 * 1048576 + 4096, 512);
	is(t, true, "5:0+4096 5:4096+512=rewritten 5:4608+3584",
	   "and can end there");
	end(t);
}

int main(void)
{
	struct test t = { 0 };

	test_no_device(&t);
	return t.tap.failed > 0;
}
