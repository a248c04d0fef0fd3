// SPDX-License-Identifier: GPL-2.0-only
/* What was restored, and what was not, in words. */
#include "restore.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "restore_json.h"
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

/* what the write has taken away */
static void text_lost(FILE *out, const struct restore_item *item,
		      const char *title)
{
	int i;

	if (item->time_lost)
		fprintf(out,
			"%s: its time of modification is that of the restore, because others have it open and could have written to it\n",
			title);
	for (i = 0; i < HEAL_KEPT_NR; i++) {
		if (item->lost & 1U << i)
			fprintf(out,
				"%s: the write took away %s, which is not put back: others have it open and could have written to it\n",
				title, heal_kept_name(i));
	}
}

static const char *what_was_done(const struct restore_item *item)
{
	if (item->zeroed)
		return item->result == RESTORE_DONE ?
			       "FILLED WITH ZEROS" :
			       "would be FILLED WITH ZEROS";
	return item->result == RESTORE_DONE ? "restored" : "would be restored";
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
		heal->damage.nr == 1 ? "range" : "ranges", what_was_done(item),
		done ? heal->written : blocks, done ? "written" : "to write");
	if (item->found)
		fprintf(out, "%s: %s\n", title, item->found);
	if (heal->foreign.nr)
		fprintf(out,
			"%s: %" PRIu64
			" bytes beside the damage cannot be read: they come from the copy, too\n",
			title, ranges_bytes(&heal->foreign));
	if (!heal->compared && !item->zeroed)
		fprintf(out,
			"%s: no good byte is near the damage: only size and time could be compared\n",
			title);
	if (item->shared)
		fprintf(out,
			"%s: shared with other files: this one %s blocks of its own; the others are restored each by itself\n",
			title, done ? "has got" : "would get");
	if (item->forced && !done)
		fprintf(out, "%s: only with --force: %s\n", title,
			item->disagreement);
}

static void text_range(FILE *err, const char *title, const struct range *range,
		       const struct heal_run *run)
{
	char why[RUN_REASON_MAX];

	heal_reason(run, why, sizeof(why));
	fprintf(err,
		"not restored: %s offset %" PRIu64 " length %" PRIu64 ": %s\n",
		title, range->offset, range->end - range->offset, why);
}

static void text_runs(const struct restore_report *report,
		      const struct restore_item *item, const char *title)
{
	const struct heal *heal = &item->heal;
	const struct heal_run *run;
	bool any = false;
	size_t i;

	for (i = 0; i < heal->damage.nr; i++) {
		run = heal_run_of(heal, heal->damage.v[i].offset);
		any |= run->outcome == HEAL_DONE;
		if (run->outcome != HEAL_DONE && run->outcome != HEAL_WAITS)
			text_range(report->err, title, &heal->damage.v[i], run);
	}
	if (any)
		fprintf(report->out, "%s: its other damage was %s\n", title,
			item->zeroed ? "FILLED WITH ZEROS" : "restored");
}

static int text_item(const struct restore_report *report,
		     const struct restore_item *item)
{
	char *title = restore_item_title(item);

	if (!title)
		return -ENOMEM;
	if (item->result == RESTORE_DONE || item->result == RESTORE_WOULD)
		text_done(report->out, item, title);
	else if (item->reason)
		fprintf(report->err, "not restored: %s: %s\n", title,
			item->reason);
	else
		text_runs(report, item, title);
	text_lost(report->out, item, title);
	free(title);
	return 0;
}

void restore_report_begin(struct restore_report *report)
{
	if (report->as_json)
		restore_json_begin(report);
}

int restore_report_item(struct restore_report *report,
			const struct restore_item *item)
{
	int err = 0;

	if (report->as_json)
		restore_json_item(report, item);
	else
		err = text_item(report, item);
	fflush(report->out);
	return err;
}

void restore_report_listed_begin(struct restore_report *report)
{
	if (report->as_json)
		restore_json_listed_begin(report);
}

/* written and read back, and listed all the same */
int restore_report_listed(struct restore_report *report,
			  const struct restore_item *item)
{
	const struct heal_run run = { .outcome = HEAL_STILL_BAD };
	const struct range range = { item->rec->offset,
				     range_end(item->rec->offset,
					       item->rec->length) };
	char *title;

	if (report->as_json) {
		restore_json_listed(report, item);
		return 0;
	}
	title = restore_item_title(item);
	if (!title)
		return -ENOMEM;
	text_range(report->err, title, &range, &run);
	free(title);
	return 0;
}

void restore_report_end(struct restore_report *report, bool incomplete)
{
	if (report->as_json)
		restore_json_end(report, incomplete);
}
