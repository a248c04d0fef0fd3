// SPDX-License-Identifier: GPL-2.0-only
#include "restore_json.h"

/* the words for one run, as a reason */
#define RUN_REASON_MAX 256

static void put_range(struct json *json, const struct restore_item *item,
		      const struct range *range)
{
	const struct heal_run *run;
	char why[RUN_REASON_MAX];

	json_open_object(json, NULL);
	json_put_u64(json, "offset", range->offset);
	json_put_u64(json, "length", range->end - range->offset);
	if (!item->heal.nr_runs) {
		json_close_object(json);
		return;
	}
	run = heal_run_of(&item->heal, range->offset);
	if (run->outcome == HEAL_DONE) {
		json_put_string(json, "result",
				item->zeroed ? "zeroed" : "restored");
	} else if (run->outcome != HEAL_WAITS) {
		heal_reason(run, why, sizeof(why));
		json_put_string(json, "result", "failed");
		json_put_bytes(json, "reason", why);
	} else if (item->result == RESTORE_WOULD) {
		json_put_string(json, "result",
				item->zeroed ? "would-zero" : "would-restore");
	}
	json_close_object(json);
}

static void put_ranges(struct json *json, const struct restore_item *item)
{
	const struct ranges *ranges = item->heal.nr_runs ? &item->heal.damage :
							   &item->damage;
	size_t i;

	json_open_list(json, "ranges");
	for (i = 0; i < ranges->nr; i++)
		put_range(json, item, &ranges->v[i]);
	json_close_list(json);
}

static void put_lost(struct json *json, const struct restore_item *item)
{
	int i;

	json_put_bool(json, "time_lost", item->time_lost);
	json_open_list(json, "attributes_lost");
	for (i = 0; i < HEAL_KEPT_NR; i++) {
		if (item->lost & 1U << i)
			json_put_string(json, NULL, heal_kept_name(i));
	}
	json_close_list(json);
}

/* what was done with the data of a file */
static void put_work(struct json *json, const struct restore_item *item)
{
	const struct heal *heal = &item->heal;

	put_ranges(json, item);
	if (!heal->nr_runs)
		return;
	json_put_u64(json, "written", heal->written);
	json_put_u64(json, "compared", heal->compared);
	json_put_u64(json, "from_copy", ranges_bytes(&heal->foreign));
	json_put_bool(json, "shared", item->shared);
	json_put_bool(json, "forced", item->forced);
	put_lost(json, item);
}

static void put_identity(struct json *json, const struct restore_item *item)
{
	const struct view *view = item->view;
	const struct fserror_record *rec = view->rec;
	char word[FSERROR_WORD_MAX];

	json_put_string(json, "kind", fserror_kind_name(rec->kind, word));
	if (*rec->fstype)
		json_put_bytes(json, "fstype", rec->fstype);
	if (fserror_has(rec, FSERROR_A_RECORD_MAJOR))
		json_put_dev(json, "dev", rec->major, rec->minor);
	if (view->source)
		json_put_bytes(json, "source", view->source);
	if (view->target)
		json_put_bytes(json, "target", view->target);
	if (fserror_has(rec, FSERROR_A_RECORD_INO))
		json_put_u64(json, "ino", rec->ino);
	if (fserror_has(rec, FSERROR_A_RECORD_GENERATION))
		json_put_u64(json, "gen", rec->generation);
	if (fserror_has(rec, FSERROR_A_RECORD_META))
		json_put_string(json, "meta",
				fserror_meta_name(rec->meta, word));
	if (item->name)
		json_put_bytes(json, "path", item->name);
}

void restore_json_begin(struct restore_report *report)
{
	struct json *json = &report->json;

	json_begin(json, report->out);
	json_open_object(json, NULL);
	json_put_u64(json, "v", 2);
	json_put_bool(json, "dry_run", report->dry_run);
	json_open_list(json, "files");
}

void restore_json_item(struct restore_report *report,
		       const struct restore_item *item)
{
	struct json *json = &report->json;

	json_open_line(json);
	json_put_string(json, "result", restore_result_name(item));
	if (item->reason)
		json_put_bytes(json, "reason", item->reason);
	put_identity(json, item);
	if (item->forced)
		json_put_bytes(json, "disagreement", item->disagreement);
	if (item->found)
		json_put_bytes(json, "found", item->found);
	if (item->data)
		put_work(json, item);
	json_close_object(json);
	json_flush(json);
}

void restore_json_listed_begin(struct restore_report *report)
{
	json_close_lines(&report->json);
	json_open_list(&report->json, "still_listed");
}

void restore_json_listed(struct restore_report *report,
			 const struct restore_item *item)
{
	struct json *json = &report->json;

	json_open_line(json);
	put_identity(json, item);
	json_put_u64(json, "offset", item->rec->offset);
	json_put_u64(json, "length", item->rec->length);
	json_close_object(json);
}

void restore_json_end(struct restore_report *report, bool incomplete)
{
	struct json *json = &report->json;

	json_close_lines(json);
	json_put_bool(json, "incomplete", incomplete);
	json_close_object(json);
	json_end_line(json);
}
