// SPDX-License-Identifier: GPL-2.0-only
/* Many files, and one with many ranges, in batches and parts. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "messages.h"
#include "restore_entry.h"
#include "restore_run.h"
#include "tap.h"

#define RANGES 10 /* of each file */

static void must(bool good)
{
	if (!good)
		abort();
}

/* @files with RANGES ranges each, in no order; in batches of 3, in parts of @part */
static void fill(struct restore_list *list, uint64_t files, size_t part)
{
	struct fserror_record rec = record_data_lost(0);
	uint64_t i;

	must(!restore_list_init(list));
	list->max_items = 3;
	list->max_ranges = part;
	for (i = 0; i < files * RANGES; i++) {
		rec.ino = 131 + i * 7 % files;
		rec.offset = (i / files) * 3 % RANGES * 8192;
		rec.length = 512;
		must(!restore_list_add(list, &rec));
	}
	must(!restore_list_finish(list));
}

static void test_batches(struct tap *tap)
{
	struct restore_batch batch;
	struct restore_list list;
	size_t files = 0, batches = 0, i;
	bool good = true;
	int rc;

	fill(&list, 8, 1000);
	good &= list.files == 8;
	while ((rc = restore_list_next(&list, &batch)) > 0) {
		batches++;
		for (i = 0; i < batch.nr; i++) {
			good &= batch.v[i].rec->ino == 131 + files++;
			good &= batch.v[i].damage.nr == RANGES &&
				batch.v[i].begins && batch.v[i].ends;
		}
		restore_batch_free(&batch);
	}
	ok(tap, good && !rc && files == 8 && batches == 3,
	   "batches: each file once, with all of its ranges");
	restore_list_free(&list);
}

/* in the place of restore_item(): what is told is noted, and one part may be wrong */
static char story[256];
static uint64_t refused_at = UINT64_MAX;
static bool failed_runs, behind_end;
static uint64_t refused_ino;

static int play(const struct restore_how *how, struct restore_item *item)
{
	struct heal *heal = &item->heal;
	size_t i;

	snprintf(story + strlen(story), sizeof(story) - strlen(story),
		 "%s%" PRIu64 ":%" PRIu64 "+%zu", how->dry_run ? " ?" : " ",
		 item->rec->ino - 131, item->damage.v[0].offset / 8192,
		 item->damage.nr);
	if (item->rec->ino == refused_ino &&
	    item->damage.v[item->damage.nr - 1].offset >= refused_at) {
		item->result = behind_end ? RESTORE_FAILED : RESTORE_REFUSED;
		return restore_say(&item->reason, "the copy differs");
	}
	heal->runs = calloc(item->damage.nr, sizeof(*heal->runs));
	must(heal->runs);
	heal->nr_runs = item->damage.nr;
	for (i = 0; i < item->damage.nr; i++) {
		must(!ranges_add(&heal->damage, item->damage.v[i].offset,
				 item->damage.v[i].end));
		heal->runs[i].range =
			(struct range){ item->damage.v[i].offset,
					item->damage.v[i].offset + 4096 };
		heal->runs[i].outcome = how->dry_run ? HEAL_WAITS : HEAL_DONE;
	}
	heal->compared = 4096;
	heal->written = how->dry_run ? 0 : 4096 * item->damage.nr;
	item->result = how->dry_run ? RESTORE_WOULD : RESTORE_DONE;
	if (failed_runs) {
		heal->runs[0].outcome = HEAL_COPY_FAILED;
		item->result = RESTORE_FAILED;
	}
	return 0;
}

struct told {
	size_t lines, errors;
	uint64_t written;
	bool failed;
	size_t looked;
};

static size_t lines_of(const char *text)
{
	size_t nr = 0;

	for (; *text; text++)
		nr += *text == '\n';
	return nr;
}

/* how many of what was written is listed, if all is that was damaged */
static int count_one(void *arg, const struct fserror_record *rec)
{
	(void)rec;
	++*(size_t *)arg;
	return 0;
}

static size_t count_written(struct restore_written *written)
{
	struct sorter *now = restore_entries_new();
	struct fserror_record rec = record_data_lost(0);
	size_t nr = 0;

	must(now != NULL);
	rec.offset = 0;
	rec.length = RANGES * 8192;
	for (rec.ino = 131; rec.ino < 140; rec.ino++)
		must(!restore_entry_add(now, &rec, NULL));
	must(!restore_written_finish(written) && !sorter_finish(now));
	must(!restore_written_listed(written, now, count_one, &nr));
	sorter_free(now);
	return nr;
}

static struct told run_all(uint64_t files, size_t part, bool dry_run,
			   size_t *written)
{
	char *out, *err;
	size_t out_len, err_len;
	struct restore_report report = { .out = open_memstream(&out, &out_len),
					 .err = open_memstream(&err, &err_len),
					 .dry_run = dry_run };
	struct missing missing = { 0 };
	struct select select = { 0 };
	struct restore_list list;
	struct restore_run run = { .how.dry_run = dry_run,
				   .list = &list,
				   .report = &report,
				   .missing = &missing,
				   .item = play };
	struct told told;

	story[0] = '\0';
	fill(&list, files, part);
	wanted_init(&run.wanted, &select);
	must(!restore_written_init(&run.written));
	must(!restore_run(&run));
	fclose(report.out);
	fclose(report.err);
	told = (struct told){ .lines = lines_of(out),
			      .errors = lines_of(err),
			      .written = run.written.bytes,
			      .failed = run.failed,
			      .looked = run.looked };
	*written = count_written(&run.written);
	restore_written_free(&run.written);
	restore_list_free(&list);
	free(out);
	free(err);
	return told;
}

static void test_runs(struct tap *tap)
{
	struct told told;
	size_t written;

	told = run_all(4, 1000, false, &written);
	ok_string(tap, story, " 0:0+10 1:0+10 2:0+10 3:0+10",
		  "run: file by file");
	ok(tap,
	   told.lines == 4 && !told.failed && told.looked == 4 && written == 40,
	   "run: each is told, and what was written is remembered");

	told = run_all(2, 4, false, &written);
	ok_string(
		tap, story,
		" ?0:0+4 ?0:4+4 ?0:8+2 0:0+4 0:4+4 0:8+2 ?1:0+4 ?1:4+4 ?1:8+2 1:0+4 1:4+4 1:8+2",
		"parts: all are compared before the first is written");
	ok(tap,
	   told.lines == 6 && !told.failed && told.looked == 2 && written == 20,
	   "parts: each is told, the files are counted");

	told = run_all(1, 5, false, &written);
	ok_string(tap, story, " ?0:0+5 ?0:5+5 0:0+5 0:5+5",
		  "parts: the last may be full");

	refused_ino = 131;
	refused_at = 5 * 8192;
	told = run_all(2, 4, false, &written);
	ok_string(tap, story,
		  " ?0:0+4 ?0:4+4 ?1:0+4 ?1:4+4 ?1:8+2 1:0+4 1:4+4 1:8+2",
		  "parts: if the copy differs in one nothing is written");
	ok(tap,
	   told.errors == 1 && told.lines == 3 && told.failed &&
		   told.looked == 2 && written == 10,
	   "parts: which is told once");
	behind_end = true;
	refused_at = 9 * 8192;
	told = run_all(1, 4, false, &written);
	ok_string(tap, story, " ?0:0+4 ?0:4+4 ?0:8+2 0:0+4 0:4+4 0:8+2",
		  "parts: what is behind the end is no reason for the rest");
	ok(tap, told.failed && told.errors == 1 && written == 8,
	   "parts: and is told");
	behind_end = false;
	refused_at = UINT64_MAX;

	told = run_all(1, 4, true, &written);
	ok_string(tap, story, " ?0:0+4 ?0:4+4 ?0:8+2",
		  "parts: a dry run looks once");
	ok(tap, told.lines == 3 && !told.failed && !written,
	   "parts: and writes nothing");

	failed_runs = true;
	told = run_all(1, 4, false, &written);
	ok(tap, told.failed && told.errors == 3 && written == 7,
	   "parts: what cannot be read of the copy is no reason for the rest");
	failed_runs = false;
}

int main(void)
{
	struct tap tap = { 0 };

	test_batches(&tap);
	test_runs(&tap);
	return tap.failed != 0;
}
