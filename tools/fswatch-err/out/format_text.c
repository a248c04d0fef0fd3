// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events as lines for people: when, what, where; and in brackets why, and what
 * helps to find it.
 */
#include "format.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <libfserror.h>

#include "text.h"

#define HAS(attr) fserror_has(rec, FSERROR_A_RECORD_##attr)

static int put_escaped(FILE *out, const char *s)
{
	char *escaped = text_escape(s);

	if (!escaped)
		return -ENOMEM;
	fputs(escaped, out);
	free(escaped);
	return 0;
}

static void put_time(FILE *out, struct time_style *time, uint64_t ns)
{
	char buf[TEXT_TIME_MAX];

	text_time(time, ns, buf);
	fprintf(out, "%s ", buf);
}

/* "xfs on /dev/pmem0", as much of it as is known */
static int put_filesystem(FILE *out, const struct view *view)
{
	const struct fserror_record *rec = view->rec;

	if (HAS(FSTYPE) && put_escaped(out, rec->fstype))
		return -ENOMEM;
	if (!view->source && !HAS(SB_ID) && !HAS(MAJOR))
		return 0;
	fputs(HAS(FSTYPE) ? " on " : "filesystem on ", out);
	if (view->source)
		return put_escaped(out, view->source);
	if (HAS(SB_ID))
		return put_escaped(out, rec->sb_id);
	fprintf(out, "%u:%u", rec->major, rec->minor);
	return 0;
}

static bool has_filesystem(const struct view *view)
{
	const struct fserror_record *rec = view->rec;

	return HAS(FSTYPE) || HAS(SB_ID) || HAS(MAJOR) || view->source;
}

/* what was hit: a name, or an inode, or a filesystem */
static int put_subject(FILE *out, const struct view *view)
{
	const struct fserror_record *rec = view->rec;

	if (view->paths && view->paths->count) {
		fputc(' ', out);
		return put_escaped(out, view->paths->names[0]);
	}
	if (HAS(INO)) {
		fprintf(out, " inode %" PRIu64, rec->ino);
		return 0;
	}
	if (view->target) {
		fputc(' ', out);
		return put_escaped(out, view->target);
	}
	/* else the range of the device that follows has to do */
	if (has_filesystem(view))
		fputs(" filesystem", out);
	return 0;
}

static void put_range(FILE *out, const struct fserror_range *range)
{
	fputs(" device", out);
	if (fserror_present(range->present, FSERROR_A_RANGE_MAJOR) &&
	    fserror_present(range->present, FSERROR_A_RANGE_MINOR))
		fprintf(out, " %u:%u", range->major, range->minor);
	if (fserror_present(range->present, FSERROR_A_RANGE_OFFSET))
		fprintf(out, " offset %" PRIu64, range->offset);
	if (fserror_present(range->present, FSERROR_A_RANGE_LENGTH))
		fprintf(out, " length %" PRIu64, range->length);
}

/* the bytes: of the file, or if it is not about a file's bytes of the device */
static void put_bytes(FILE *out, const struct fserror_record *rec)
{
	char word[FSERROR_WORD_MAX];

	if (HAS(META))
		fprintf(out, " %s", fserror_meta_name(rec->meta, word));
	if (HAS(OFFSET))
		fprintf(out, " offset %" PRIu64, rec->offset);
	if (HAS(LENGTH))
		fprintf(out, " length %" PRIu64, rec->length);
	if (HAS(LENGTH))
		return;
	if (HAS(DEVICE))
		put_range(out, &rec->device);
	else if (HAS(ORIGIN))
		put_range(out, &rec->origin);
}

/* the next thing in the brackets */
static void put_separator(FILE *out, bool *first)
{
	fputs(*first ? " (" : "; ", out);
	*first = false;
}

static void put_why(FILE *out, const struct fserror_record *rec, bool *first)
{
	char word[FSERROR_WORD_MAX];

	if (HAS(CAUSE) && rec->kind != FSERROR_KIND_CLEARED) {
		put_separator(out, first);
		fputs(fserror_cause_name(rec->cause, word), out);
	}
	if (HAS(REPEAT) && rec->repeat > 1) {
		put_separator(out, first);
		fprintf(out, "%" PRIu64 " times", rec->repeat);
	}
	if (HAS(COUNT)) {
		put_separator(out, first);
		fprintf(out, "%" PRIu64 " bad %s", rec->count,
			rec->count == 1 ? "piece" : "pieces");
	}
	/* with a cause, and with lost data, it is always the same one */
	if (HAS(ERROR) && !HAS(CAUSE) && rec->kind != FSERROR_KIND_DATA_LOST) {
		put_separator(out, first);
		fputs(strerror(rec->error), out);
	}
}

static int put_names(FILE *out, const struct path_result *paths, bool *first)
{
	char reason[128];
	size_t i;

	for (i = 1; i < paths->count; i++) {
		if (i == 1) {
			put_separator(out, first);
			fputs("also ", out);
		} else {
			fputs(", ", out);
		}
		if (put_escaped(out, paths->names[i]))
			return -ENOMEM;
	}
	path_reason(paths, reason, sizeof(reason));
	if (reason[0]) {
		put_separator(out, first);
		fputs(reason, out);
	}
	return 0;
}

static int put_brackets(FILE *out, const struct view *view)
{
	const struct fserror_record *rec = view->rec;
	bool named = view->paths && view->paths->count, first = true;
	char word[FSERROR_WORD_MAX];
	unsigned int bit;

	put_why(out, rec, &first);
	if (has_filesystem(view)) {
		put_separator(out, &first);
		if (put_filesystem(out, view))
			return -ENOMEM;
	}
	if (named && HAS(INO)) {
		if (has_filesystem(view))
			fputs(", ", out);
		else
			put_separator(out, &first);
		fprintf(out, "inode %" PRIu64, rec->ino);
	}
	if (view->paths && put_names(out, view->paths, &first))
		return -ENOMEM;
	if (HAS(INO) && !view->paths) {
		put_separator(out, &first);
		fputs("no file handle, so no name", out);
	}
	/* a filesystem of one device uses it for data, and a log inside it */
	if (HAS(ROLE) && rec->role != FSERROR_ROLE_DATA) {
		put_separator(out, &first);
		fprintf(out, "%s device", fserror_role_name(rec->role, word));
	}
	for (bit = 0; bit < 32; bit++) {
		if (!(rec->flags & UINT32_C(1) << bit) ||
		    UINT32_C(1) << bit == FSERROR_RECORD_FLAG_CONTENT_UNKNOWN)
			continue;
		put_separator(out, &first);
		fputs(fserror_flag_name(bit, word), out);
	}
	if (HAS(LAYER)) {
		put_separator(out, &first);
		fputs(rec->kind == FSERROR_KIND_DEGRADED ? "copies in layer " :
							   "at layer ",
		      out);
		if (put_escaped(out, rec->layer))
			return -ENOMEM;
	}
	if (!first)
		fputc(')', out);
	return 0;
}

int text_record(FILE *out, struct time_style *time, const struct view *view)
{
	const struct fserror_record *rec = view->rec;
	char word[FSERROR_WORD_MAX];

	if (HAS(TIME))
		put_time(out, time, rec->time);
	else
		fputs("already ", out);
	fputs(fserror_kind_name(rec->kind, word), out);
	if (put_subject(out, view))
		return -ENOMEM;
	put_bytes(out, rec);
	if (rec->kind == FSERROR_KIND_TEST)
		fputs(": nothing has happened", out);
	if (rec->kind == FSERROR_KIND_DEGRADED)
		fputs(": a copy is bad, nothing is lost", out);
	if (rec->flags & FSERROR_RECORD_FLAG_CONTENT_UNKNOWN)
		fputs(": readable again, content unknown", out);
	if (put_brackets(out, view))
		return -ENOMEM;
	fputc('\n', out);
	return 0;
}

int text_path(FILE *out, struct time_style *time, const struct path_info *info)
{
	const struct view *view = info->view;
	const struct fserror_record *rec = view->rec;
	bool first = true;

	put_time(out, time, info->now);
	if (info->seq) {
		fprintf(out, "path of %sevent %" PRIu64 ": ",
			info->group == FSERROR_GROUP_IO ? "io " : "",
			info->seq);
	} else {
		fprintf(out, "path of inode %" PRIu64, rec->ino);
		if (has_filesystem(view)) {
			fputs(" of ", out);
			if (put_filesystem(out, view))
				return -ENOMEM;
		}
		fputs(": ", out);
	}
	if (!view->paths->count)
		fputs("not known", out);
	else if (put_escaped(out, view->paths->names[0]))
		return -ENOMEM;
	if (put_names(out, view->paths, &first))
		return -ENOMEM;
	if (!first)
		fputc(')', out);
	fputc('\n', out);
	return 0;
}

int text_sync(FILE *out, struct time_style *time, const struct sync_info *sync)
{
	put_time(out, time, sync->now);
	fputs("sync: ", out);
	switch (sync->reason) {
	case SYNC_START:
		if (sync->dumped && sync->damaged)
			fprintf(out, "%" PRIu64 " damaged %s listed above, ",
				sync->damaged,
				sync->damaged == 1 ? "range" : "ranges");
		else if (sync->dumped && !sync->incomplete)
			fputs("nothing is damaged, ", out);
		fputs("watching", out);
		break;
	case SYNC_RECOVERED:
		fputs("all that was missed is listed above", out);
		break;
	case SYNC_LOST:
	case SYNC_UNKNOWN:
		if (sync->dumped)
			fprintf(out,
				"all that is damaged now is listed above, %" PRIu64
				" %s",
				sync->damaged,
				sync->damaged == 1 ? "range" : "ranges");
		else
			fputs("what the kernel still had is listed above", out);
		break;
	}
	if (sync->incomplete)
		fputs(" (that may not be all)", out);
	fputc('\n', out);
	return 0;
}

int text_lost(FILE *out, struct time_style *time, const struct lost_info *lost)
{
	const bool io = lost->group == FSERROR_GROUP_IO;

	put_time(out, time, lost->now);
	fprintf(out, "lost: %sevents %" PRIu64 " to %" PRIu64 " are gone%s\n",
		io ? "io " : "", lost->first, lost->last,
		io ? "" : ", asking what is damaged now");
	return 0;
}

const char *text_missed_reason(bool overrun)
{
	return overrun ? "the receive buffer overran" :
			 "event numbers are missing";
}

int text_missed(FILE *out, struct time_style *time,
		const struct missed_info *missed)
{
	put_time(out, time, missed->now);
	fprintf(out, "missed: %s, asking for all %sevents after %" PRIu64 "\n",
		text_missed_reason(missed->overrun),
		missed->group == FSERROR_GROUP_IO ? "io " : "", missed->seq);
	return 0;
}
