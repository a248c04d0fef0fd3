// SPDX-License-Identifier: GPL-2.0-only
/* What a list of damage does to the losses. */
#include <stdlib.h>

#include "db.h"
#include "losses.h"
#include "tap.h"

struct test {
	struct tap tap;
	char *dir;
	struct ledger *ledger;
	const uint8_t *boot;
};

static void begin(struct test *t)
{
	t->ledger = open_scratch(&t->dir);
	t->boot = test_boot;
}

static void end(struct test *t)
{
	close_scratch(t->ledger, t->dir);
}

static void apply(struct test *t, struct fserror_record rec)
{
	if (ledger_begin(t->ledger) ||
	    ledger_apply(t->ledger, t->boot, &rec) < 0 ||
	    ledger_commit(t->ledger))
		abort();
}

static void is(struct test *t, bool closed, const char *want, const char *name)
{
	char *got = spell_losses(t->ledger, closed);

	ok_string(&t->tap, got, want, name);
	free(got);
}

/* a list of one filesystem, ended by the bits @flags of its end */
static int list(struct test *t, uint64_t instance,
		const struct fserror_record *recs, size_t nr, uint32_t flags)
{
	const struct fserror_damage_visitor *visitor = ledger_level_visitor();
	const struct fserror_dump_header header = { .as_of = 77 };
	struct fserror_dump_begin first = {
		.present = 1 << FSERROR_A_DUMP_BEGIN_UUID,
		.instance = instance,
		.fstype = "xfs",
		.sb_id = "pmem0",
		.uuid = { 9, 9 },
	};
	const struct fserror_dump_end last = { .present = flags,
					       .instance = instance };
	struct fserror_record rec;
	uint64_t as_of;
	size_t i;
	int rc;

	if (ledger_begin(t->ledger) ||
	    ledger_level_begin(t->ledger, t->boot, &instance, 1) ||
	    visitor->header(t->ledger, &header) ||
	    visitor->begin(t->ledger, &first))
		abort();
	for (i = 0; i < nr; i++) {
		rec = recs[i];
		rec.instance = instance;
		rec.time = 0;
		if (visitor->record(t->ledger, &rec))
			abort();
	}
	if (visitor->end(t->ledger, &last))
		abort();
	rc = ledger_level_end(t->ledger, &as_of);
	if (rc < 0 || as_of != 77 || ledger_commit(t->ledger))
		abort();
	return rc;
}

#define COMPLETE (1U << FSERROR_A_DUMP_END_COMPLETE)
#define PENDING (1U << FSERROR_A_DUMP_END_PENDING)

static void test_same_mount(struct test *t)
{
	struct fserror_record recs[3];

	begin(t);
	recs[0] = lost_bytes(5, 0, 4096);
	recs[1] = lost_bytes(6, 0, 4096);
	ok(&t->tap, !list(t, 1, recs, 2, COMPLETE), "a list of two files");
	is(t, false, "5:0+4096 6:0+4096", "they are lost");
	recs[0] = lost_bytes(5, 1024, 512);
	ok(&t->tap, list(t, 1, recs, 1, COMPLETE | PENDING) == 1,
	   "a list that is not all");
	is(t, false, "5:0+4096 6:0+4096", "ends nothing");
	recs[1] = lost_bytes(5, 2048, 1024);
	list(t, 1, recs, 2, COMPLETE);
	is(t, true,
	   "5:0+1024=rewritten 5:1024+512 5:1536+512=rewritten 5:2048+1024 "
	   "5:3072+1024=rewritten 6:0+4096=rewritten",
	   "what was told in this mount and is not bad was written");
	/* file 5 is deleted */
	recs[0] = on_device(FSERROR_KIND_MEDIA, 5 * 1048576 + 1024, 512);
	recs[0].flags = FSERROR_RECORD_FLAG_UNOWNED;
	recs[1] = on_device(FSERROR_KIND_MEDIA, 5 * 1048576 + 2048, 1024);
	recs[1].flags = FSERROR_RECORD_FLAG_UNRESOLVED;
	list(t, 1, recs, 2, COMPLETE);
	is(t, false, "5:2048+1024 media:5243904+512 media:5244928+1024",
	   "a file that does not own the place has lost nothing there");
	recs[1].flags = FSERROR_RECORD_FLAG_UNOWNED;
	list(t, 1, recs, 2, COMPLETE);
	is(t, false, "media:5243904+512 media:5244928+1024",
	   "which is not concluded while an owner may be missing");
	/* another file gets it */
	recs[0] = lost_bytes(7, 0, 512);
	recs[0].device.offset = 5 * 1048576 + 1024;
	list(t, 1, recs, 2, COMPLETE);
	is(t, false, "7:0+512 media:5244928+1024",
	   "a place that had no owner has one");
	/* a reflink: both own it */
	recs[2] = recs[0];
	recs[2].ino = 8;
	list(t, 1, recs, 3, COMPLETE);
	is(t, false, "7:0+512 8:0+512 media:5244928+1024",
	   "or two, and both have lost");
	list(t, 1, recs, 2, COMPLETE);
	is(t, false, "7:0+512 media:5244928+1024",
	   "until one of them has it elsewhere");
	end(t);
}

static void test_next_mount(struct test *t)
{
	struct fserror_record recs[2];

	begin(t);
	recs[0] = lost_bytes(5, 0, 4096);
	recs[1] = lost_bytes(6, 0, 4096);
	list(t, 1, recs, 2, COMPLETE);
	t->boot = next_boot;
	recs[0] = lost_bytes(5, 0, 1024);
	list(t, 1, recs, 1, COMPLETE);
	is(t, true, "5:0+1024 5:1024+3072u 6:0+4096u",
	   "after a reboot what can be read is not what was written");
	list(t, 1, recs, 1, COMPLETE);
	is(t, true, "5:0+1024 5:1024+3072u 6:0+4096u", "and stays that");
	list(t, 2, recs, 1, COMPLETE);
	is(t, true, "5:0+1024 5:1024+3072u 6:0+4096u",
	   "after another mount, too");
	end(t);

	begin(t);
	recs[0] = lost_bytes(5, 0, 4096);
	list(t, 1, recs, 1, COMPLETE);
	t->boot = next_boot;
	recs[0] = lost_bytes(5, 2048, 1024);
	list(t, 1, recs, 1, COMPLETE);
	is(t, true, "5:0+2048u 5:2048+1024 5:3072+1024u",
	   "what is on both sides is not told by what is between");
	end(t);

	begin(t);
	recs[0] = lost_bytes(5, 0, 1024);
	recs[1] = lost_bytes(6, 0, 4096);
	list(t, 1, recs, 2, COMPLETE);
	recs[0] = on_device(FSERROR_KIND_BULK, 0, UINT64_C(1) << 40);
	recs[0].flags = FSERROR_RECORD_FLAG_PARTIAL;
	list(t, 3, recs, 1, COMPLETE);
	recs[0] = lost_bytes(6, 0, 512);
	list(t, 3, recs, 1, COMPLETE);
	is(t, false, "5:0+1024u 6:0+512 6:512+3584u",
	   "a coarse range ends when its pieces are known");
	end(t);
}

/* what is compressed stands on fewer bytes than the file has, or on more */
static void test_compressed(struct test *t)
{
	struct fserror_record rec = lost_bytes(5, 0, 65536), behind, recs[2];

	begin(t);
	rec.device.length = 512;
	behind = lost_bytes(7, 0, 512);
	behind.device.offset = rec.device.offset + 8192;
	apply(t, behind);
	list(t, 1, &rec, 1, COMPLETE);
	is(t, true, "5:0+65536 7:0+512=rewritten",
	   "what is behind it was not given to it");
	list(t, 1, &behind, 1, COMPLETE);
	is(t, true, "5:0+65536=rewritten 7:0+512=rewritten 7:0+512",
	   "nor the other way round");
	recs[0] = on_device(FSERROR_KIND_MEDIA, rec.device.offset + 8192, 512);
	recs[0].flags = FSERROR_RECORD_FLAG_UNRESOLVED;
	apply(t, rec);
	list(t, 1, recs, 1, COMPLETE);
	is(t, false, "7:0+512 media:5251072+512",
	   "what is unknown behind it does not matter");
	rec = lost_bytes(6, 0, 4096);
	rec.device.length = 65536;
	list(t, 1, &rec, 1, COMPLETE);
	recs[0] = on_device(FSERROR_KIND_MEDIA, rec.device.offset + 8192, 512);
	recs[0].flags = FSERROR_RECORD_FLAG_UNRESOLVED;
	list(t, 1, recs, 1, COMPLETE);
	is(t, false, "6:0+4096 media:6299648+512", "what is in it does");
	end(t);
}

static void test_no_place(struct test *t)
{
	struct fserror_record rec = lost_bytes(5, 0, 4096);

	begin(t);
	rec.present &= ~(1U << FSERROR_A_RECORD_DEVICE);
	apply(t, rec);
	list(t, 1, NULL, 0, COMPLETE);
	is(t, false, "5:0+4096", "a list says nothing of what has no place");
	end(t);
}

static void test_coverage(struct test *t)
{
	struct fserror_record recs[2];

	begin(t);
	recs[0] = lost_bytes(5, 0, 4096);
	list(t, 1, recs, 1, COMPLETE);
	/* what a layer could not place may be anywhere on the device */
	recs[1] = on_device(FSERROR_KIND_MEDIA, 0, UINT64_C(1) << 30);
	recs[1].flags = FSERROR_RECORD_FLAG_UNMAPPED;
	strcpy(recs[1].layer, "verity");
	list(t, 1, recs + 1, 1, COMPLETE);
	is(t, false, "5:0+4096 media:0+1073741824",
	   "where anything may be bad nothing ends");
	list(t, 1, NULL, 0, COMPLETE);
	is(t, false, "", "then it does");
	recs[0].flags = FSERROR_RECORD_FLAG_UNKNOWN;
	recs[1] = lost_bytes(6, 0, 512);
	list(t, 1, recs + 1, 1, COMPLETE);
	recs[0] = lost_bytes(6, 0, 512);
	recs[0].flags = FSERROR_RECORD_FLAG_UNKNOWN;
	list(t, 1, recs, 1, COMPLETE);
	is(t, false, "6:0+512", "what nobody can say is neither new nor ended");
	apply(t, lost_bytes(9, 0, 512));
	list(t, 1, recs, 1, COMPLETE);
	is(t, false, "6:0+512",
	   "an event that the list does not confirm is over");
	end(t);
}

int main(void)
{
	struct test t = { 0 };

	test_same_mount(&t);
	test_next_mount(&t);
	test_no_place(&t);
	test_compressed(&t);
	test_coverage(&t);
	return t.tap.failed > 0;
}
