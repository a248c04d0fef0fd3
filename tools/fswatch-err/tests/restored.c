// SPDX-License-Identifier: GPL-2.0-only
/*
 * The report of fswatch-err restore, with each result that there is: for the
 * golden tests. Nothing is restored; unit_heal_* and the VM's scenarios do that.
 *
 * usage: restored text|json
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "messages.h"
#include "restore_list.h"

#define BLOCK 4096

static void must(bool good)
{
	if (!good)
		abort();
}

/* the reason of one that has no runs */
static void end(struct restore_item *item, enum restore_result result,
		const char *reason)
{
	item->result = result;
	must(!restore_say(&item->reason, "%s", reason));
}

/*
 * The blocks that have damage: the first has this outcome, the others are done
 * unless nothing was written, HEAL_WAITS.
 */
static void work(struct restore_item *item, enum restore_result result,
		 enum heal_outcome outcome, int error)
{
	struct heal *heal = &item->heal;
	uint64_t offset;
	size_t i;

	item->result = result;
	heal->runs = calloc(item->damage.nr, sizeof(*heal->runs));
	must(heal->runs);
	for (i = 0; i < item->damage.nr; i++) {
		offset = item->damage.v[i].offset / BLOCK * BLOCK;
		must(!ranges_add(&heal->damage, item->damage.v[i].offset,
				 item->damage.v[i].end));
		heal->runs[i] = (struct heal_run){
			.range = { offset, offset + BLOCK },
			.outcome = i && outcome ? HEAL_DONE : outcome,
			.error = i ? 0 : error,
		};
		if (heal->runs[i].outcome == HEAL_DONE)
			heal->written += BLOCK;
		heal->compared += BLOCK;
	}
	heal->nr_runs = item->damage.nr;
}

static void play(struct restore_batch *batch)
{
	static const struct {
		enum heal_outcome outcome;
		int error;
	} failures[] = {
		{ HEAL_COPY_ENDS, 0 },	    { HEAL_COPY_FAILED, EACCES },
		{ HEAL_FILE_FAILED, EIO },  { HEAL_CHANGED, 0 },
		{ HEAL_WRITE_FAILED, EIO }, { HEAL_SYNC_FAILED, EIO },
		{ HEAL_READ_FAILED, EIO },  { HEAL_READ_OTHER, 0 },
	};
	struct restore_item *item = batch->v;
	size_t i;

	work(item++, RESTORE_DONE, HEAL_DONE, 0);
	work(item, RESTORE_DONE, HEAL_DONE, 0);
	must(!ranges_add(&item->heal.foreign, 512, BLOCK));
	item->heal.compared = 0;
	item->shared = true;
	item->time_lost = true;
	item->lost = 1U << HEAL_KEPT_CAPABILITY | 1U << HEAL_KEPT_IMA |
		     1U << HEAL_KEPT_EVM | 1U << HEAL_KEPT_SETID;
	item++;
	work(item, RESTORE_DONE, HEAL_DONE, 0);
	must(!restore_say(&item->found, "its copy is called old/name"));
	item++;
	work(item, RESTORE_DONE, HEAL_DONE, 0);
	item->zeroed = true;
	item++;
	work(item, RESTORE_WOULD, HEAL_WAITS, 0);
	item->zeroed = true;
	item++;
	work(item, RESTORE_FAILED, HEAL_WRITE_FAILED, EIO);
	item->zeroed = true;
	item++;
	work(item, RESTORE_WOULD, HEAL_WAITS, 0);
	item->forced = true;
	must(!restore_say(&item->disagreement, "the copy has another size"));
	item++;
	end(item++, RESTORE_REFUSED, "the copy differs at offset 7");
	end(item++, RESTORE_FAILED, "there is no copy");
	for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		work(item++, RESTORE_FAILED, failures[i].outcome,
		     failures[i].error);
	/* the rest is not data */
	for (; item < batch->v + batch->nr; item++)
		must(!restore_advise(item));
}

#define FILES 17
#define RECORDS (2 * FILES + 2)

static char *names[FILES] = { "/srv/f", "/srv/shared", "/srv/new\nline",
			      "/srv/bad\xff" };
static struct path_result results[FILES];

/* of each file two ranges, and two that are no file's */
static void add_records(struct restore_list *list)
{
	struct fserror_record rec;
	size_t i;

	for (i = 0; i < RECORDS; i++) {
		rec = record_data_lost(0);
		rec.ino = 131 + i / 2;
		rec.offset = i % 2 ? 3 * BLOCK : 0;
		if (i == RECORDS - 2) {
			rec.kind = FSERROR_KIND_METADATA;
			rec.meta = FSERROR_META_HEADER;
			record_set(&rec, FSERROR_A_RECORD_META);
		} else if (i == RECORDS - 1) {
			rec.kind = FSERROR_KIND_MEDIA;
		}
		must(!restore_list_add(list, &rec));
	}
}

/* in the place of restore_batch_name() */
static void name(struct restore_batch *batch)
{
	struct restore_item *item;
	size_t i;

	batch->views.v = calloc(batch->nr, sizeof(*batch->views.v));
	must(batch->views.v);
	for (i = 0; i < batch->nr; i++) {
		item = &batch->v[i];
		item->view = &batch->views.v[i];
		batch->views.v[i] = (struct view){ .rec = item->rec,
						   .source = "/dev/pmem0",
						   .target = "/srv" };
		if (i >= FILES)
			continue;
		if (!names[i])
			names[i] = names[0];
		results[i] = (struct path_result){ .links = 1,
						   .names = &names[i],
						   .count = 1 };
		batch->views.v[i].paths = &results[i];
		item->name = names[i];
	}
}

static void print(bool json)
{
	struct restore_report report = { .out = stdout,
					 .err = stdout,
					 .as_json = json };
	struct restore_batch batch;
	struct restore_list list;
	size_t i;

	must(!restore_list_init(&list));
	add_records(&list);
	must(!restore_list_finish(&list));
	must(restore_list_next(&list, &batch) == 1);
	must(batch.nr == FILES + 2);
	name(&batch);
	play(&batch);
	restore_report_begin(&report);
	for (i = 0; i < batch.nr; i++)
		must(!restore_report_item(&report, &batch.v[i]));
	restore_report_listed_begin(&report);
	/* the first record of the last file */
	must(!restore_report_listed(&report, &batch.v[FILES - 1]));
	restore_report_end(&report, true);
	restore_batch_free(&batch);
	restore_list_free(&list);
}

int main(int argc, char **argv)
{
	const char *format = argc == 2 ? argv[1] : "";

	must(!strcmp(format, "text") || !strcmp(format, "json"));
	print(!strcmp(format, "json"));
	return 0;
}
