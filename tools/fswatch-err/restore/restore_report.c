// SPDX-License-Identifier: GPL-2.0-only
/* What was restored, and what was not. */
#include "restore.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "format.h"
#include "text.h"

/* the words for one run, as a reason */
#define RUN_REASON_MAX 256

static const char *filesystem_source(const struct view *view)
{
	return view->source ? view->source : view->rec->sb_id;
}

/* what of a filesystem, for what has no name */
static char *title_of_range(const struct view *view, const char *source)
{
	const struct fserror_record *rec = view->rec;
	const struct fserror_range *device = &rec->device;
	char word[FSERROR_WORD_MAX], *title;
	const char *what = "";
	int len;

	if (fserror_has(rec, FSERROR_A_RECORD_META))
		what = fserror_meta_name(rec->meta, word);
	if (fserror_present(device->present, FSERROR_A_RANGE_OFFSET))
		len = asprintf(&title,
			       "%s%s%s on %s, offset %" PRIu64
			       " length %" PRIu64 " of the device",
			       what, *what ? " of " : "", rec->fstype, source,
			       device->offset, device->length);
	else
		len = asprintf(&title, "%s%s%s on %s", what,
			       *what ? " of " : "", rec->fstype, source);
	return len < 0 ? NULL : title;
}

char *restore_item_title(const struct restore_item *item)
{
	const struct view *view = item->view;
	const struct fserror_record *rec = view->rec;
	char *name, *title = NULL, word[FSERROR_WORD_MAX];

	name = text_escape(item->name ? item->name : filesystem_source(view));
	if (!name)
		return NULL;
	if (item->name) {
		if (!fserror_has(rec, FSERROR_A_RECORD_META))
			return name;
		if (asprintf(&title, "%s (%s)", name,
			     fserror_meta_name(rec->meta, word)) < 0)
			title = NULL;
	} else if (fserror_has(rec, FSERROR_A_RECORD_INO)) {
		if (asprintf(&title, "inode %" PRIu64 " of %s on %s", rec->ino,
			     rec->fstype, name) < 0)
			title = NULL;
	} else {
		title = title_of_range(view, name);
	}
	free(name);
	return title;
}

static void text_done(FILE *out, const struct restore_item *item,
		      const char *title)
{
	const struct heal *heal = &item->heal;
	const bool done = item->result == RESTORE_DONE;
	uint64_t blocks = 0;
	size_t i;

	for (i = 0; i < heal->nr_runs; i++)
		blocks += heal->runs[i].range.end - heal->runs[i].range.offset;
	fprintf(out,
		"%s: %" PRIu64 " bytes in %zu %s %s, with %" PRIu64
		" bytes %s\n",
		title, ranges_bytes(&heal->damage), heal->damage.nr,
		heal->damage.nr == 1 ? "range" : "ranges",
		item->zeroed ? (done ? "filled with zeros" :
				       "would be filled with zeros") :
		done	     ? "restored" :
			       "would be restored",
		done ? heal->written : blocks, done ? "written" : "to write");
	if (heal->foreign.nr)
		fprintf(out,
			"%s: %" PRIu64
			" bytes beside the damage cannot be read: they come from the copy, too\n",
			title, ranges_bytes(&heal->foreign));
	if (!heal->compared && !item->zeroed)
		fprintf(out,
			"%s: no good byte is near the damage: only size and time could be compared\n",
			title);
	if (item->time_lost)
		fprintf(out,
			"%s: its time of modification is that of the restore, because others have it open and could have written to it\n",
			title);
	if (item->capability_lost)
		fprintf(out,
			"%s: its capabilities are lost, see setcap(8): others have it open and could have written to it\n",
			title);
	if (item->shared)
		fprintf(out,
			"%s: shared with other files: this one %s blocks of its own; the others are restored each by itself\n",
			title, done ? "has got" : "would get");
	if (item->forced && !done)
		fprintf(out, "%s: only with --force: %s\n", title,
			item->disagreement);
}

static void text_runs(FILE *err, const struct restore_item *item,
		      const char *title)
{
	const struct heal *heal = &item->heal;
	const struct heal_run *run;
	char why[RUN_REASON_MAX];
	bool any = false;
	size_t i;

	for (i = 0; i < heal->damage.nr; i++) {
		run = heal_run_of(heal, heal->damage.v[i].offset);
		any |= run->outcome == HEAL_DONE;
		if (run->outcome == HEAL_DONE || run->outcome == HEAL_WAITS)
			continue;
		heal_reason(run, why, sizeof(why));
		fprintf(err, " %s offset %" PRIu64 " length %" PRIu64 ": %s\n",
			title, heal->damage.v[i].offset,
			heal->damage.v[i].end - heal->damage.v[i].offset, why);
	}
	if (any)
		fprintf(err, " %s: its other damage was restored\n", title);
}

static bool is_done(const struct restore_item *item)
{
	return item->result == RESTORE_DONE || item->result == RESTORE_WOULD;
}

int restore_report_text(FILE *out, FILE *err, const struct restore_items *items)
{
	const struct restore_item *item;
	bool heading = false, done;
	char *title;
	size_t i;
	int pass;

	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < items->nr; i++) {
			item = &items->v[i];
			done = is_done(item);
			if (done == (pass == 1))
				continue;
			title = restore_item_title(item);
			if (!title)
				return -ENOMEM;
			if (done) {
				text_done(out, item, title);
				free(title);
				continue;
			}
			if (!heading) {
				fflush(out);
				fputs("Not restored:\n", err);
				heading = true;
			}
			if (*item->reason)
				fprintf(err, " %s: %s\n", title, item->reason);
			else
				text_runs(err, item, title);
			free(title);
		}
	}
	return 0;
}

static int add_range(struct json_object *list, const struct restore_item *item,
		     const struct range *range)
{
	struct json_object *obj = json_object_new_object();
	const struct heal_run *run;
	char why[RUN_REASON_MAX];
	const char *result;

	if (!obj || json_object_array_add(list, obj)) {
		json_object_put(obj);
		return -1;
	}
	if (json_add_u64(obj, "offset", range->offset) ||
	    json_add_u64(obj, "length", range->end - range->offset))
		return -1;
	if (!item->heal.nr_runs)
		return 0;
	run = heal_run_of(&item->heal, range->offset);
	if (run->outcome == HEAL_DONE)
		result = item->zeroed ? "zeroed" : "restored";
	else if (run->outcome != HEAL_WAITS)
		result = "failed";
	else if (item->result == RESTORE_WOULD)
		result = item->zeroed ? "would-zero" : "would-restore";
	else
		result = NULL;
	if (result && json_add_string(obj, "result", result))
		return -1;
	if (run->outcome == HEAL_DONE || run->outcome == HEAL_WAITS)
		return 0;
	heal_reason(run, why, sizeof(why));
	return json_add_bytes(obj, "reason", why);
}

static int add_ranges(struct json_object *obj, const struct restore_item *item)
{
	const struct ranges *ranges = item->heal.nr_runs ? &item->heal.damage :
							   &item->damage;
	struct json_object *list = json_object_new_array();
	size_t i;

	if (json_add(obj, "ranges", list))
		return -1;
	for (i = 0; i < ranges->nr; i++) {
		if (add_range(list, item, &ranges->v[i]))
			return -1;
	}
	return 0;
}

/* what was done with the data of a file */
static int add_work(struct json_object *obj, const struct restore_item *item)
{
	const struct heal *heal = &item->heal;

	if (add_ranges(obj, item))
		return -1;
	if (!heal->nr_runs)
		return 0;
	if (json_add_u64(obj, "written", heal->written) ||
	    json_add_u64(obj, "compared", heal->compared) ||
	    json_add_u64(obj, "from_copy", ranges_bytes(&heal->foreign)) ||
	    json_add(obj, "shared", json_object_new_boolean(item->shared)) ||
	    json_add(obj, "forced", json_object_new_boolean(item->forced)) ||
	    json_add(obj, "time_lost",
		     json_object_new_boolean(item->time_lost)) ||
	    json_add(obj, "capability_lost",
		     json_object_new_boolean(item->capability_lost)))
		return -1;
	return 0;
}

static int add_identity(struct json_object *obj,
			const struct restore_item *item)
{
	const struct view *view = item->view;
	const struct fserror_record *rec = view->rec;
	char word[FSERROR_WORD_MAX];

	if (json_add_string(obj, "kind", fserror_kind_name(rec->kind, word)) ||
	    (*rec->fstype && json_add_bytes(obj, "fstype", rec->fstype)))
		return -1;
	if (fserror_has(rec, FSERROR_A_RECORD_MAJOR) &&
	    json_add_dev(obj, "dev", rec->major, rec->minor))
		return -1;
	if ((view->source && json_add_bytes(obj, "source", view->source)) ||
	    (view->target && json_add_bytes(obj, "target", view->target)))
		return -1;
	if ((fserror_has(rec, FSERROR_A_RECORD_INO) &&
	     json_add_u64(obj, "ino", rec->ino)) ||
	    (fserror_has(rec, FSERROR_A_RECORD_GENERATION) &&
	     json_add_u64(obj, "gen", rec->generation)) ||
	    (fserror_has(rec, FSERROR_A_RECORD_META) &&
	     json_add_string(obj, "meta", fserror_meta_name(rec->meta, word))))
		return -1;
	return item->name ? json_add_bytes(obj, "path", item->name) : 0;
}

static int add_item(struct json_object *list, const struct restore_item *item)
{
	struct json_object *obj = json_object_new_object();

	if (!obj || json_object_array_add(list, obj)) {
		json_object_put(obj);
		return -1;
	}
	if (json_add_string(obj, "result", restore_result_name(item)) ||
	    (*item->reason && json_add_bytes(obj, "reason", item->reason)) ||
	    add_identity(obj, item))
		return -1;
	if (item->forced &&
	    json_add_string(obj, "disagreement", item->disagreement))
		return -1;
	return item->data ? add_work(obj, item) : 0;
}

int restore_report_json(FILE *out, const struct restore_items *items,
			bool dry_run, bool incomplete)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *list = json_object_new_array();
	int err = -ENOMEM;
	size_t i;

	if (!obj || !list || json_add(obj, "v", json_object_new_int(1)) ||
	    json_add(obj, "dry_run", json_object_new_boolean(dry_run)) ||
	    json_add(obj, "incomplete", json_object_new_boolean(incomplete)))
		goto put;
	for (i = 0; i < items->nr; i++) {
		if (add_item(list, &items->v[i]))
			goto put;
	}
	if (json_add(obj, "files", json_object_get(list)))
		goto put;
	err = json_write(out, obj);

put:
	json_object_put(list);
	json_object_put(obj);
	return err;
}
