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

static void must(bool good)
{
	if (!good)
		abort();
}

static int apply(struct test *t, struct fserror_record rec)
{
	int rc;

	must(!ledger_begin(t->ledger));
	rc = ledger_apply(t->ledger, test_boot, &rec);
	must(rc >= 0 && !ledger_commit(t->ledger));
	return rc;
}

static int clear(struct test *t, uint64_t offset, uint64_t length)
{
	return apply(t, on_device(FSERROR_KIND_CLEARED, offset, length));
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

#define MIB (UINT64_C(1) << 20)

/* an extent that is compressed: it is all lost, whichever of its sectors is bad */
static struct fserror_record compressed(uint64_t ino, uint64_t offset,
					uint64_t length, uint64_t dlen)
{
	struct fserror_record rec = lost_bytes(ino, offset, length);

	rec.device.length = dlen;
	rec.origin.length = dlen;
	return rec;
}

static void test_compressed(struct test *t)
{
	struct fserror_record rec =
		on_device(FSERROR_KIND_MEDIA, 5 * MIB + 4096, 512);

	begin(t);
	rec.flags = FSERROR_RECORD_FLAG_UNRESOLVED;
	apply(t, rec);
	rec.device.offset = 5 * MIB;
	apply(t, rec);
	apply(t, compressed(5, 0, 65536, 512));
	is(t, false, "5:0+65536 media:5246976+512",
	   "it resolves what is bad of it, and not what is behind it");
	clear(t, 5 * MIB + 4096, 512);
	is(t, false, "5:0+65536", "what is good behind it is not it");
	apply(t, compressed(5, 65536, 65536, 512));
	is(t, false, "5:0+65536 5:65536+65536", "the next one is another loss");
	must(ledger_restored(t->ledger, &rec, 0, 512, LEDGER_RESTORED, 0) == 0);
	rec = lost_bytes(5, 0, 512);
	must(ledger_restored(t->ledger, &rec, 4096, 8192, LEDGER_RESTORED, 0) ==
	     1);
	is(t, false, "5:0+4096 5:8192+57344 5:65536+65536",
	   "a part of the file can be written anew");
	apply(t, compressed(5, 0, 65536, 512));
	is(t, false, "5:0+65536 5:65536+65536", "and be lost again");
	must(ledger_restored(t->ledger, &rec, 4096, 8192, LEDGER_RESTORED, 0) ==
	     1);
	ok(&t->tap, clear(t, 5 * MIB, 512) == 1,
	   "whether another sector of it is bad is to be asked");
	is(t, false, "5:65536+65536", "all that is left ends with its place");
	rec = on_device(FSERROR_KIND_CLEARED, 5 * MIB + 65536, 4096);
	rec.flags = FSERROR_RECORD_FLAG_CONTENT_UNKNOWN;
	apply(t, rec);
	is(t, false, "5:65536+65536u", "or can be read again as a whole");
	end(t);

	begin(t);
	/* a few bytes are left of a large one */
	apply(t, compressed(6, 0, 4096, 65536));
	clear(t, 6 * MIB + 65536, 512);
	is(t, false, "6:0+4096", "where it is longer than in the file,");
	clear(t, 6 * MIB + 32768, 512);
	is(t, false, "", "any part of it ends the loss");
	end(t);
}

int main(void)
{
	struct test t = { 0 };

	test_compressed(&t);
	test_no_device(&t);
	return t.tap.failed > 0;
}
