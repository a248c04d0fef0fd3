// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page. Everything is in it, nothing is loaded, and a browser is told to run
 * nothing. What the maps show is in the tables, too, for who does not see them.
 */
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "html.h"
#include "report_advice.h"
#include "text.h"

static const char style[] =
	":root{color-scheme:light dark}"
	"body{font:15px/1.45 system-ui,sans-serif;margin:1.5em auto;"
	"max-width:72em;padding:0 1em}"
	"h1{font-size:1.5em}h2{font-size:1.2em;margin-top:2em;"
	"border-bottom:1px solid #8888}"
	"table{border-collapse:collapse;width:100%;margin:.5em 0}"
	"th,td{text-align:left;vertical-align:top;padding:.25em .6em;"
	"border-bottom:1px solid #8884}"
	"td.n{text-align:right;white-space:nowrap}"
	"td.t{min-width:16em;word-break:break-all;unicode-bidi:isolate}"
	"code{background:#8882;padding:.1em .3em}"
	".map{display:block;width:100%;min-width:8em;height:1.1em;"
	"background:#8883;border:1px solid #8886}"
	".b{fill:#c62828}.d{fill:#ef8e19}.u{fill:#d4b106}"
	".g{fill:#1e78c8}.k{fill:#78909c}"
	".worst{color:#c62828;font-weight:bold}.sum{font-size:1.15em}"
	".key svg{display:inline-block;width:1em;min-width:0;height:.8em}";

/* one thing that may fail, so that texts follow each other */
struct page {
	FILE *out;
	struct report *report;
	int err;
};

static void text(struct page *page, const char *words)
{
	if (words && !page->err)
		page->err = html_text(page->out, words);
}

static const char *level_word(enum loss_level level)
{
	static const char *const words[] = {
		[LOSS_NONE] = "",
		[LOSS_ACKNOWLEDGED] = "acknowledged",
		[LOSS_DEGRADED] = "a copy is bad, another one is good",
		[LOSS_UNOWNED] = "bad, no file has it",
		[LOSS_DOUBTFUL] =
			"can be read and is not what was written, or nobody can say",
		[LOSS_BAD] = "lost",
	};

	return words[level];
}

static void put_time(struct page *page, uint64_t time)
{
	char buf[TEXT_TIME_MAX];

	if (!time)
		return;
	text_time_local(time, buf);
	html_plain(page->out, buf);
}

static void put_head(struct page *page)
{
	char host[256] = "";

	gethostname(host, sizeof(host) - 1);
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>",
	      page->out);
	fputs("What is lost on ", page->out);
	text(page, host);
	fprintf(page->out, "</title>\n<style>%s</style>\n</head>\n<body>\n",
		style);
	fputs("<h1>What is lost on ", page->out);
	text(page, host);
	fputs("</h1>\n<p>", page->out);
	put_time(page, page->report->now);
	fputs(", from ", page->out);
	text(page, page->report->source);
	fputs("</p>\n", page->out);
}

/* "3 ranges, ", if there are any */
static void put_count(struct page *page, uint64_t nr, const char *one,
		      const char *more, const char **separator)
{
	if (!nr)
		return;
	fprintf(page->out, "%s%" PRIu64 " %s", *separator, nr,
		nr == 1 ? one : more);
	*separator = ", ";
}

static void put_summary(struct page *page)
{
	const struct report *report = page->report;
	const char *separator = "";
	char size[TEXT_SIZE_MAX];
	size_t i;

	fputs("<p class=\"sum\">", page->out);
	if (report->ranges) {
		text_size(report->bytes, size);
		fprintf(page->out,
			"<span class=\"worst\">%" PRIu64
			" %s of files, %s in all</span>",
			report->ranges,
			report->ranges == 1 ? "range" : "ranges", size);
		separator = ", ";
	}
	put_count(page, report->metadata, "range of metadata",
		  "ranges of metadata", &separator);
	put_count(page, report->unresolved, "range whose owners are not known",
		  "ranges whose owners are not known", &separator);
	put_count(page, report->unowned, "bad range that no file has",
		  "bad ranges that no file has", &separator);
	put_count(page, report->degraded,
		  "range with a bad copy, of which nothing is lost",
		  "ranges with a bad copy, of which nothing is lost",
		  &separator);
	put_count(page, report->acknowledged, "acknowledged loss",
		  "acknowledged losses", &separator);
	if (!*separator)
		fputs("Nothing is known to be lost", page->out);
	fputs(".</p>\n", page->out);
	if (report->missing.nr)
		fputs("<p><strong>That may not be all:</strong></p>\n<ul>\n",
		      page->out);
	for (i = 0; i < report->missing.nr; i++) {
		fputs("<li>", page->out);
		html_plain(page->out, report->missing.v[i]);
		fputs("</li>\n", page->out);
	}
	if (report->missing.nr)
		fputs("</ul>\n", page->out);
}

static void put_advice(struct page *page)
{
	struct report_advice advice[REPORT_ADVICE];
	size_t i, nr = report_advise(page->report, advice);

	fputs("<h2>What to do</h2>\n<ul>\n", page->out);
	for (i = 0; i < nr; i++) {
		fputs("<li>", page->out);
		html_plain(page->out, advice[i].words);
		if (advice[i].command) {
			fputs(" <code>", page->out);
			html_plain(page->out, advice[i].command);
			fputs("</code>", page->out);
		}
		fputs("</li>\n", page->out);
	}
	fputs("</ul>\n", page->out);
}

static void name_filesystem(struct page *page,
			    const struct report_filesystem *fs)
{
	text(page, fs->target ? fs->target : fs->name);
	if (fs->target && fs->name) {
		fputs(" (", page->out);
		text(page, fs->name);
		fputs(")", page->out);
	}
}

static void put_filesystem(struct page *page,
			   const struct report_filesystem *fs)
{
	fputs("<tr><td class=\"t\">", page->out);
	name_filesystem(page, fs);
	fputs("</td><td>", page->out);
	text(page, fs->fstype);
	fputs("<br>", page->out);
	text(page, fs->uuid);
	fputs("</td><td>", page->out);
	text(page, fs->state);
	if (fs->reason) {
		fputs(fs->state ? ": " : "", page->out);
		html_plain(page->out, fs->reason);
	}
	if (fs->action) {
		fputs("<br>", page->out);
		html_plain(page->out, fs->action);
	}
	fprintf(page->out,
		"</td><td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64
		"</td><td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64
		"</td></tr>\n",
		fs->ranges, fs->bytes, fs->others, fs->unowned);
}

static void put_more(struct page *page, uint64_t nr, const char *what)
{
	if (nr)
		fprintf(page->out,
			"<p>%" PRIu64
			" more %s that this page has no room for.</p>\n",
			nr, what);
}

static void put_filesystems(struct page *page)
{
	const struct report *report = page->report;
	size_t i;

	fputs("<h2>Filesystems</h2>\n", page->out);
	if (!report->nr_fs) {
		fputs("<p>None.</p>\n", page->out);
		return;
	}
	fputs("<table>\n<tr><th>Filesystem</th><th>Type, UUID</th><th>State</th>"
	      "<th>Ranges of files</th><th>Bytes</th><th>Other ranges</th>"
	      "<th>Of no file</th></tr>\n",
	      page->out);
	for (i = 0; i < report->nr_fs; i++)
		put_filesystem(page, &report->fs[i]);
	fputs("</table>\n", page->out);
	put_more(page, report->more_fs, "filesystems, or ranges of them,");
}

static void put_key(struct page *page)
{
	static const struct {
		enum loss_level level;
		const char *name;
	} keys[] = {
		{ LOSS_BAD, "b" },	    { LOSS_DOUBTFUL, "d" },
		{ LOSS_UNOWNED, "u" },	    { LOSS_DEGRADED, "g" },
		{ LOSS_ACKNOWLEDGED, "k" },
	};
	size_t i;

	fputs("<p class=\"key\">In the maps:", page->out);
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		fprintf(page->out,
			"%s <svg class=\"map\" viewBox=\"0 0 1 1\" role=\"presentation\"><rect class=\"%s\" width=\"1\" height=\"1\"/></svg> %s",
			i ? ";" : "", keys[i].name, level_word(keys[i].level));
	fputs(".</p>\n", page->out);
}

static void put_devices(struct page *page)
{
	const struct report *report = page->report;
	char size[TEXT_SIZE_MAX], what[128], word[FSERROR_WORD_MAX];
	size_t i;

	if (!report->nr_devices)
		return;
	fputs("<h2>Devices</h2>\n", page->out);
	put_key(page);
	fputs("<table>\n<tr><th>Filesystem</th><th>Device</th><th>Use</th><th>Map</th></tr>\n",
	      page->out);
	for (i = 0; i < report->nr_devices; i++) {
		const struct report_device *device = &report->devices[i];
		const struct report_map *map = &device->map;

		text_size(map->unit * map->nr, size);
		snprintf(what, sizeof(what),
			 "%s %s of device %u:%u, from the left to the right",
			 map->fixed ? "all" : "the first", size, device->major,
			 device->minor);
		fputs("<tr><td class=\"t\">", page->out);
		name_filesystem(page, &report->fs[device->fs]);
		fprintf(page->out, "</td><td>%u:%u</td><td>%s</td><td>",
			device->major, device->minor,
			device->role ? fserror_role_name(device->role, word) :
				       "");
		report_map_svg(page->out, map, what);
		fprintf(page->out, "%s %s</td></tr>\n",
			map->fixed ? "all" : "the first", size);
	}
	fputs("</table>\n", page->out);
}

/* "4096+512 (loss 5, acknowledged)" */
static void put_range(struct page *page, const struct report_range *range)
{
	const char *note =
		range->level == LOSS_ACKNOWLEDGED ? "acknowledged" :
		range->level == LOSS_DOUBTFUL	  ? "not what was written" :
						    NULL;

	fprintf(page->out, "%" PRIu64 "+%" PRIu64, range->start,
		range->end - range->start);
	if (range->id)
		fprintf(page->out, " (loss %" PRIu64 "%s%s)", range->id,
			note ? ", " : "", note ? note : "");
	else if (note)
		fprintf(page->out, " (%s)", note);
}

static void put_ranges(struct page *page, const struct report_file *file)
{
	size_t i;

	for (i = 0; i < file->nr && i < REPORT_RANGES; i++) {
		fputs(i ? ", " : "", page->out);
		put_range(page, &file->ranges[i]);
	}
	if (file->nr > REPORT_RANGES)
		fprintf(page->out, " and %" PRIu64 " more",
			file->nr - REPORT_RANGES);
}

static void put_causes(struct page *page, uint32_t causes)
{
	char word[FSERROR_WORD_MAX];
	const char *separator = "";
	uint32_t cause;

	for (cause = 1; cause < 32; cause++) {
		if (!(causes & UINT32_C(1) << cause))
			continue;
		fprintf(page->out, "%s%s", separator,
			fserror_cause_name(cause, word));
		separator = ", ";
	}
}

static void put_file(struct page *page, const struct report_file *file)
{
	char size[TEXT_SIZE_MAX], what[128];

	text_size(file->map.unit * file->map.nr, size);
	snprintf(what, sizeof(what),
		 "the first %s of the file, from the left to the right", size);
	fputs("<tr><td class=\"t\">", page->out);
	if (file->path)
		text(page, file->path);
	else
		fprintf(page->out, "inode %" PRIu64 " of ", file->ino);
	if (!file->path)
		name_filesystem(page, &page->report->fs[file->fs]);
	fprintf(page->out,
		"</td><td>%s</td><td class=\"n\">%" PRIu64 "</td><td>",
		level_word(file->level), file->bytes);
	report_map_svg(page->out, &file->map, what);
	put_ranges(page, file);
	fputs("</td><td>", page->out);
	put_causes(page, file->causes);
	fputs("</td><td>", page->out);
	put_time(page, file->first_seen);
	fputs("</td></tr>\n", page->out);
}

static void put_files(struct page *page)
{
	const struct report *report = page->report;
	size_t i;

	fputs("<h2>Files</h2>\n", page->out);
	if (!report->nr_files) {
		fputs("<p>No bytes of a file are known to be lost.</p>\n",
		      page->out);
		return;
	}
	fputs("<table>\n<tr><th>File</th><th>State</th><th>Bytes</th>"
	      "<th>Where: offset+length</th><th>Cause</th><th>Since</th></tr>\n",
	      page->out);
	for (i = 0; i < report->nr_files && !page->err; i++)
		put_file(page, &report->files[i]);
	fputs("</table>\n", page->out);
	put_more(page, report->more_ranges, "ranges are of files");
}

static void put_other(struct page *page, const struct report_other *other)
{
	char kind[FSERROR_WORD_MAX], word[FSERROR_WORD_MAX];

	fprintf(page->out, "<tr><td>%s%s%s",
		fserror_kind_name(other->kind, kind), other->meta ? " of " : "",
		other->meta ? fserror_meta_name(other->meta, word) : "");
	if (other->path || other->has_ino)
		fputs(" of ", page->out);
	if (other->path)
		text(page, other->path);
	else if (other->has_ino)
		fprintf(page->out, "inode %" PRIu64, other->ino);
	if (other->layer && *other->layer) {
		fputs(", ", page->out);
		text(page, other->layer);
	}
	if (other->id)
		fprintf(page->out, " (loss %" PRIu64 ")", other->id);
	fputs("</td><td class=\"t\">", page->out);
	name_filesystem(page, &page->report->fs[other->fs]);
	fprintf(page->out,
		"</td><td>%s%s</td><td>%u:%u %" PRIu64 "+%" PRIu64
		"</td><td>%s</td></tr>\n",
		level_word(other->level),
		other->flags & FSERROR_RECORD_FLAG_UNRESOLVED ?
			", whose it is is not known" :
			"",
		other->major, other->minor, other->start, other->length,
		other->cause ? fserror_cause_name(other->cause, word) : "");
}

static void put_others(struct page *page)
{
	const struct report *report = page->report;
	size_t i;

	if (!report->nr_others)
		return;
	fputs("<h2>Metadata, and ranges of no file</h2>\n<table>\n"
	      "<tr><th>What</th><th>Filesystem</th><th>State</th>"
	      "<th>Where: device offset+length</th><th>Cause</th></tr>\n",
	      page->out);
	for (i = 0; i < report->nr_others && !page->err; i++)
		put_other(page, &report->others[i]);
	fputs("</table>\n", page->out);
	put_more(page, report->more_others, "ranges");
}

static int newest_first(const void *pa, const void *pb)
{
	const struct report_past *a = pa, *b = pb;

	return a->time > b->time ? -1 : a->time < b->time;
}

static void put_past(struct page *page)
{
	const struct report *report = page->report;
	size_t i;

	fputs("<h2>History</h2>\n", page->out);
	if (!report->nr_past) {
		fputs("<p>Nothing.</p>\n", page->out);
		return;
	}
	qsort(report->past, report->nr_past, sizeof(*report->past),
	      newest_first);
	fputs("<table>\n<tr><th>When</th><th>What</th></tr>\n", page->out);
	for (i = 0; i < report->nr_past && !page->err; i++) {
		fputs("<tr><td>", page->out);
		put_time(page, report->past[i].time);
		fputs("</td><td class=\"t\">", page->out);
		text(page, report->past[i].text);
		fputs("</td></tr>\n", page->out);
	}
	fputs("</table>\n", page->out);
	put_more(page, report->more_past, "older entries");
}

int report_page(FILE *out, struct report *report)
{
	struct page page = { .out = out, .report = report };

	put_head(&page);
	put_summary(&page);
	put_advice(&page);
	put_filesystems(&page);
	put_devices(&page);
	put_files(&page);
	put_others(&page);
	put_past(&page);
	fputs("</body>\n</html>\n", out);
	return page.err;
}
