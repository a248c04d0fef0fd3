// SPDX-License-Identifier: GPL-2.0-only
/* What check counts and says, and what a selection lets through besides. */
#include <stdlib.h>

#include "check.h"
#include "messages.h"
#include "tap.h"
#include "wanted.h"

static void take(struct select *select, int c, const char *arg)
{
	if (select_option(select, c, arg) != 1)
		abort();
}

static void test_check(struct tap *tap)
{
	struct check_counts counts = { .bytes = 0 };
	struct fserror_record recs[9];
	char *text = NULL;
	size_t i, len;
	FILE *mem;
	int err = 0;

	for (i = 0; i < 9; i++)
		recs[i] = record_data_lost(0);
	recs[1].offset += 4096; /* of the same file as 0 */
	recs[2].ino++;
	recs[3].minor++; /* the same number, another filesystem */
	recs[4].kind = FSERROR_KIND_METADATA;
	recs[5].kind = FSERROR_KIND_MEDIA;
	recs[5].flags = FSERROR_RECORD_FLAG_UNRESOLVED;
	recs[6].flags = FSERROR_RECORD_FLAG_UNKNOWN;
	recs[7].kind = FSERROR_KIND_MEDIA;
	recs[7].flags = FSERROR_RECORD_FLAG_UNOWNED;
	recs[7].present &= ~(UINT32_C(1) << FSERROR_A_RECORD_INO);
	recs[8].kind = FSERROR_KIND_DEGRADED;
	for (i = 0; i < 9; i++)
		err |= check_add(&counts, &recs[i]);
	err |= check_finish(&counts);
	ok(tap,
	   !err && counts.inodes.nr == 3 && counts.bytes == 4 * 512 &&
		   counts.metadata == 1 && counts.unresolved == 1 &&
		   counts.unknown == 1 && counts.unowned == 1 &&
		   counts.degraded == 1 && !counts.other &&
		   check_damaged(&counts),
	   "check: counted by file");
	mem = open_memstream(&text, &len);
	check_text(mem, &counts, true);
	fclose(mem);
	ok_string(
		tap, text,
		"3 files with 2048 damaged bytes, 1 damaged range of metadata, 1 damaged range that nobody could map to files, 1 damaged range that no file has, 1 range with a damaged copy, of which nothing is lost\n",
		"check: in words");
	free(text);
	check_free(&counts);
	counts = (struct check_counts){ .unknown = 1 };
	for (i = 0; i < 100000; i++) {
		recs[0].ino = 1 + i * 7 % 1000;
		check_add(&counts, &recs[0]);
	}
	ok(tap, counts.inodes.nr == 1000, "check: each file once");
	check_free(&counts);
	ok(tap, !counts.inodes.nr && !counts.inodes.v, "check: none");
	counts.bytes = 0;
	ok(tap, !check_damaged(&counts), "check: nothing");
	mem = open_memstream(&text, &len);
	check_text(mem, &counts, false);
	check_text(mem, &counts, true);
	fclose(mem);
	ok_string(
		tap, text,
		"nothing is damaged\nno damage is known, but that may not be all\n",
		"check: nothing, in words");
	free(text);
}

/* what check --nagios prints and ends with */
static void nagios(struct tap *tap, const struct check_counts *counts,
		   char *reason, int code, const char *want, const char *name)
{
	const struct missing missing = {
		.proof = { .missing = &reason, .nr = reason ? 1 : 0 },
	};
	char *text = NULL;
	FILE *mem;
	size_t len;
	int got;

	mem = open_memstream(&text, &len);
	got = check_nagios(mem, counts, &missing);
	fclose(mem);
	ok_string(tap, text, want, name);
	ok(tap, got == code, "%s: exit status %d", name, got);
	free(text);
}

#define ZEROS "unresolved=0 unowned=0"

static void test_nagios(struct tap *tap)
{
	struct check_counts counts = { 0 };
	char reason[] = "'/a|b\nc' is not watched";

	nagios(tap, &counts, NULL, 0,
	       "FSERROR OK - nothing is damaged | files=0 bytes=0B metadata=0 " ZEROS
	       " degraded=0 other=0 unknown=0 io_errors=0 unlisted=0 shutdown=0\n",
	       "nagios: all is well");
	nagios(tap, &counts, reason, 1,
	       "FSERROR WARNING - no damage is known, but that may not be all: '/a b c' is not watched"
	       " | files=0 bytes=0B metadata=0 " ZEROS
	       " degraded=0 other=0 unknown=0 io_errors=0 unlisted=0 shutdown=0\n",
	       "nagios: not all was seen");
	counts.degraded = 1;
	nagios(tap, &counts, NULL, 1,
	       "FSERROR WARNING - 1 range with a damaged copy, of which nothing is lost"
	       " | files=0 bytes=0B metadata=0 " ZEROS
	       " degraded=1 other=0 unknown=0 io_errors=0 unlisted=0 shutdown=0\n",
	       "nagios: a copy is bad");
	counts.metadata = 2;
	nagios(tap, &counts, NULL, 2,
	       "FSERROR CRITICAL - 2 damaged ranges of metadata, 1 range with a damaged copy, of which nothing is lost"
	       " | files=0 bytes=0B metadata=2 " ZEROS
	       " degraded=1 other=0 unknown=0 io_errors=0 unlisted=0 shutdown=0\n",
	       "nagios: damage");
	counts = (struct check_counts){ .shutdown = 1 };
	nagios(tap, &counts, NULL, 2,
	       "FSERROR CRITICAL - nothing is damaged | files=0 bytes=0B metadata=0 " ZEROS
	       " degraded=0 other=0 unknown=0 io_errors=0 unlisted=0 shutdown=1\n",
	       "nagios: a shutdown");
}

static void test_wanted(struct tap *tap)
{
	struct fserror_record rec = record_data_lost(1);
	struct select select = { 0 };
	struct wanted wanted;

	take(&select, SELECT_KIND, "data-lost");
	take(&select, SELECT_INODE, "131");
	wanted_init(&wanted, &select);
	ok(tap, wanted_record(&wanted, &rec), "wanted: a loss");
	rec.kind = FSERROR_KIND_BULK;
	ok(tap, wanted_record(&wanted, &rec), "wanted: bulk where losses are");
	rec.kind = FSERROR_KIND_METADATA;
	ok(tap, !wanted_record(&wanted, &rec), "wanted: not another kind");
	rec.flags = FSERROR_RECORD_FLAG_UNRESOLVED;
	ok(tap, wanted_record(&wanted, &rec),
	   "wanted: but what is not resolved");
	rec.ino++;
	ok(tap, !wanted_record(&wanted, &rec), "wanted: not another inode");
	select_free(&select);
}

int main(void)
{
	struct tap tap = { 0 };

	test_check(&tap);
	test_nagios(&tap);
	test_wanted(&tap);
	return tap.failed != 0;
}
