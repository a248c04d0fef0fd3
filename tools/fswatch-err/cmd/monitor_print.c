// SPDX-License-Identifier: GPL-2.0-only
/* Events as lines, with their names, now or later. No file is touched here. */
#include "monitor.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

/* milliseconds that names which need no search may take, if all goes well */
#define QUICK 3000

int monitor_no_memory(void)
{
	warnx("%s", strerror(ENOMEM));
	return -ENOMEM;
}

static int format_text(struct time_style *time, FILE *mem,
		       const struct line *line)
{
	if (line->view)
		return text_record(mem, time, line->view);
	if (line->sync)
		return text_sync(mem, time, line->sync);
	if (line->path)
		return text_path(mem, time, line->path);
	if (line->missed)
		return text_missed(mem, time, line->missed);
	return text_lost(mem, time, line->lost);
}

static void format_json(FILE *mem, const struct line *line,
			const struct columns *only)
{
	if (line->view)
		json_record(mem, line->view, only);
	else if (line->sync)
		json_sync(mem, line->sync);
	else if (line->path)
		json_path(mem, line->path);
	else
		json_lost(mem, line->lost);
}

static int format_line(struct monitor *m, FILE *mem, const struct line *line)
{
	if (m->options.table.json)
		format_json(mem, line, table_members(&m->options.table));
	else if (format_text(&m->options.table.time, mem, line))
		return monitor_no_memory();
	return 0;
}

/* lines on their way to the output, which takes many at once */
struct lines {
	FILE *mem;
	char *text;
	size_t len;
};

static int lines_begin(struct lines *lines)
{
	lines->text = NULL;
	lines->mem = open_memstream(&lines->text, &lines->len);
	return lines->mem ? 0 : monitor_no_memory();
}

/* write them, also if @err ended them */
static int lines_end(struct monitor *m, struct lines *lines, int err)
{
	int written = 0;

	if (fclose(lines->mem) && !err)
		err = monitor_no_memory();
	else
		written = output_write(&m->out, lines->text, lines->len);
	if (written < 0 && written != -EINTR)
		warnx("cannot write to standard output: %s",
		      strerror(-written));
	free(lines->text);
	return written ? written : err;
}

static int format_table(struct monitor *m, FILE *mem, const struct views *views)
{
	int err = columns_print(mem, &m->options.table, views);

	/* once, not for each batch */
	m->options.table.noheadings = true;
	return err ? monitor_no_memory() : 0;
}

int monitor_print_line(struct monitor *m, const struct line *line)
{
	struct lines lines;
	int err;

	/* a table has no line for it: lost and missed are said elsewhere, too */
	if (table_wanted(&m->options.table) && !line->view) {
		if (line->lost)
			warnx("%sevents %" PRIu64 " to %" PRIu64 " are gone%s",
			      line->lost->group == FSERROR_GROUP_IO ? "io " :
								      "",
			      line->lost->first, line->lost->last,
			      line->lost->group == FSERROR_GROUP_IO ?
				      "" :
				      ", asking what is damaged now");
		return 0;
	}
	err = lines_begin(&lines);
	return err ? err :
		     lines_end(m, &lines, format_line(m, lines.mem, line));
}

int monitor_count(struct monitor *m)
{
	m->counted++;
	if (m->options.has_count && m->counted >= m->options.count)
		return END_COUNT;
	return 0;
}

/* drop those that are not wanted, now that the names are known */
static void choose(const struct wanted *wanted, struct views *views)
{
	size_t i, nr = 0;

	for (i = 0; i < views->nr; i++) {
		/* what may be wanted is better told than not */
		if (wanted_view(wanted, &views->v[i]) != SELECT_NO)
			views->v[nr++] = views->v[i];
	}
	views->nr = nr;
}

/* a line for each; @counted: those that --count counts */
static int format_views(struct monitor *m, FILE *mem, const struct views *views,
			bool counted)
{
	size_t i;
	int err = 0;

	if (table_wanted(&m->options.table) && views->nr)
		err = format_table(m, mem, views);
	for (i = 0; i < views->nr && !err; i++) {
		const struct line line = { .view = &views->v[i] };

		if (!table_wanted(&m->options.table))
			err = format_line(m, mem, &line);
		if (!err && counted)
			err = monitor_count(m);
	}
	return err;
}

static int print_views(struct monitor *m, const struct views *views,
		       bool counted)
{
	struct lines lines;
	int err;

	err = lines_begin(&lines);
	return err ? err :
		     lines_end(m, &lines,
			       format_views(m, lines.mem, views, counted));
}

static int no_names(int err)
{
	warnx("cannot look up mounts and names: %s", strerror(-err));
	return err;
}

/*
 * Ask for the names of these, and wait for them: for those that need no search
 * normally no longer than it takes, but not for a disk that does not answer; for
 * the others as long as it is wished. What takes longer is told later.
 */
static int hold_for_names(struct monitor *m, struct views *views)
{
	const bool named = m->options.path_wait;
	const uint64_t now = now_ms();
	const uint64_t end = now + m->options.path_wait * 1000;
	int err;

	err = pending_hold(&m->pending, views);
	if (err)
		return no_names(err);
	while (m->pending.unnamed) {
		uint64_t until = end;

		if (m->pending.unanswered && until < now + QUICK)
			until = now + QUICK;
		if (now_ms() >= until)
			break;
		err = monitor_wait(m, FOR_NAMES, until);
		if (err)
			return err;
		err = pending_look(&m->pending, named);
		if (err)
			return no_names(err);
	}
	return 0;
}

/* are names shown, or chosen by? */
static bool names_wanted(const struct monitor *m)
{
	const struct table_options *table = &m->options.table;

	return !table_wanted(table) || columns_want_names(&table->columns) ||
	       m->options.select.paths.nr;
}

int monitor_print_records(struct monitor *m, const struct fserror_record **recs,
			  size_t nr, bool counted)
{
	const struct mounts *mounts;
	size_t i, wanted = 0;
	struct views views;
	int err;

	for (i = 0; i < nr; i++) {
		if (wanted_record(&m->wanted, recs[i]))
			recs[wanted++] = recs[i];
	}
	mounts = mount_cache_get(&m->mounts);
	if (!mounts)
		return no_names(-errno);
	err = views_make_unnamed(&views, mounts, recs, wanted,
				 fserror_client_boot_id(m->client));
	if (err)
		return no_names(err);
	err = names_wanted(m) ? hold_for_names(m, &views) : 0;
	pending_release(&m->pending);
	if (!err) {
		err = views_look_again(&views);
		if (err)
			no_names(err);
	}
	if (!err) {
		choose(&m->wanted, &views);
		err = print_views(m, &views, counted);
	}
	views_free(&views);
	return err;
}

struct telling {
	struct monitor *monitor;
	const struct mounts *mounts; /* NULL until the first name */
};

/* was it printed? @view is without paths, as it was then */
static bool was_wanted(const struct monitor *m, const struct view *view)
{
	return wanted_view(&m->wanted, view) != SELECT_NO;
}

static int print_path(void *arg, const struct view *unmounted,
		      const struct ask *ask)
{
	struct telling *telling = arg;
	struct monitor *m = telling->monitor;
	struct view view = { .rec = unmounted->rec,
			     .boot_id = fserror_client_boot_id(m->client) };
	struct path_info path = { .seq = ask->seq,
				  .group = ask->group,
				  .now = now_ns() };
	const struct line line = { .path = &path };

	if (!telling->mounts)
		telling->mounts = mount_cache_get(&m->mounts);
	if (!telling->mounts)
		return no_names(-errno);
	view_mount(telling->mounts, makedev(view.rec->major, view.rec->minor),
		   &view.source, &view.target);
	if (!was_wanted(m, &view))
		return 0;
	view_set_paths(&view, unmounted->paths);
	path.view = &view;
	return monitor_print_line(m, &line);
}

int monitor_print_names(struct monitor *m)
{
	struct telling telling = { .monitor = m };
	int err;

	err = pending_look(&m->pending, true);
	if (err)
		return no_names(err);
	err = pending_tell(&m->pending, print_path, &telling);
	return err;
}

int monitor_await_names(struct monitor *m)
{
	int err = monitor_print_names(m);

	while (!err && m->pending.open) {
		err = monitor_wait(m, FOR_NAMES, 0);
		if (!err)
			err = monitor_print_names(m);
	}
	return err;
}
