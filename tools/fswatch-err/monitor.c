// SPDX-License-Identifier: GPL-2.0-only
/*
 * fswatch-err monitor: the watcher's protocol, as client.h has it, printed.
 *
 * One loop does everything but the search for names. Whatever waits (for the
 * kernel, for the reader of our output, for names) also takes arriving events
 * out of the socket, so that the kernel does not have to drop any. No file is
 * touched here: that could take as long as a broken disk likes.
 */
#include "cmd.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "columns.h"
#include "format.h"
#include "output.h"
#include "pending.h"
#include "select.h"
#include "text.h"
#include "wakeup.h"

#define BATCH 1024 /* records whose names are searched for together */
#define BUFFER_MAX (1 << 30) /* bytes */
#define NS_PER_SEC UINT64_C(1000000000)
/* milliseconds that names which need no search may take, if all goes well */
#define QUICK 3000

struct options {
	struct select select;
	struct table_options table;
	bool initial;
	bool has_count;
	uint64_t count;
	uint64_t timeout; /* seconds, 0: none */
	uint64_t buffer; /* bytes, 0: the default */
	bool has_path_wait;
	uint64_t path_wait; /* seconds */
};

struct monitor {
	struct options options;
	struct fserror_client *client;
	struct output out;
	struct wakeup wakeup; /* signals and the timeout end every wait */
	struct pending pending; /* names that are not known yet */
	uint64_t counted; /* events told after the start */
	bool lost; /* events were lost */
	bool recovering; /* recover was called, RECOVERED did not come yet */
};

enum { OPT_NO_INITIAL = 256, OPT_BUFFER, OPT_PATH_WAIT, OPT_TIME_FORMAT };

/* ends of the loop that are no errno */
enum {
	END_COUNT = 1, /* as many events as were wanted */
	END_SAID = 2, /* an error that was said already */
};

void help_monitor(FILE *out)
{
	fputs("Usage:\n"
	      " fswatch-err monitor [options]\n\n"
	      "Print what is damaged already, then what happens, as it happens.\n\n"
	      "Options:\n",
	      out);
	select_help(out);
	table_help(out);
	fputs("     --time-format <fmt>  iso, ctime, raw or delta\n"
	      " -c, --count <num>        end after this many events that happen\n"
	      " -w, --timeout <sec>      end after this many seconds\n"
	      "     --no-initial         do not print what is damaged already\n"
	      "     --path-wait <sec>    hold events back so long for their names\n"
	      "     --buffer <bytes>     size of the kernel's buffer for our events\n"
	      " -h, --help               display this help\n"
	      "For more details see fswatch-err-monitor(8).\n",
	      out);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

/* an option of this command: 1, 0 if it is not one, or -1 after saying what is wrong */
static int own_option(struct options *opt, int c, const char *arg)
{
	int format;

	switch (c) {
	case 'c':
		opt->has_count = true;
		if (text_to_u64(arg, &opt->count) && opt->count)
			return 1;
		warnx("--count wants a number above 0, not '%s'", arg);
		return -1;
	case 'w':
		return cmd_seconds("--timeout", arg, &opt->timeout) ? -1 : 1;
	case OPT_NO_INITIAL:
		opt->initial = false;
		return 1;
	case OPT_BUFFER:
		if (text_to_u64(arg, &opt->buffer) && opt->buffer &&
		    opt->buffer <= BUFFER_MAX)
			return 1;
		warnx("--buffer wants bytes, from 1 to %d, not '%s'",
		      BUFFER_MAX, arg);
		return -1;
	case OPT_PATH_WAIT:
		opt->has_path_wait = true;
		if (text_to_u64(arg, &opt->path_wait) &&
		    opt->path_wait <= INT32_MAX)
			return 1;
		warnx("--path-wait wants seconds, from 0 to %d, not '%s'",
		      INT32_MAX, arg);
		return -1;
	case OPT_TIME_FORMAT:
		format = text_time_format(arg);
		if (format < 0) {
			warnx("--time-format: '%s' is not iso, ctime, raw or delta",
			      arg);
			return -1;
		}
		opt->table.time.format = format;
		return 1;
	}
	return 0;
}

/* -1 to go on with, or an exit code */
static int parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option longopts[] = {
		SELECT_LONGOPTS,
		TABLE_LONGOPTS,
		{ "time-format", required_argument, NULL, OPT_TIME_FORMAT },
		{ "count", required_argument, NULL, 'c' },
		{ "timeout", required_argument, NULL, 'w' },
		{ "no-initial", no_argument, NULL, OPT_NO_INITIAL },
		{ "buffer", required_argument, NULL, OPT_BUFFER },
		{ "path-wait", required_argument, NULL, OPT_PATH_WAIT },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, rc;

	opt->initial = true;
	columns_monitor(&opt->table.columns);
	while ((c = getopt_long(argc, argv,
				SELECT_SHORTOPTS TABLE_SHORTOPTS "c:w:h",
				longopts, NULL)) != -1) {
		if (c == 'h') {
			help_monitor(stdout);
			return CMD_OK;
		}
		rc = own_option(opt, c, optarg);
		if (!rc)
			rc = select_option(&opt->select, c, optarg);
		if (!rc)
			rc = table_option(&opt->table, c, optarg);
		if (rc <= 0)
			return cmd_try_help();
	}
	if (table_finish(&opt->table))
		return cmd_try_help();
	/* a row cannot be completed by a later line, as others can */
	if (table_wanted(&opt->table) && !opt->has_path_wait)
		opt->path_wait = INT32_MAX;
	if (opt->table.list_columns) {
		columns_help(stdout);
		return CMD_OK;
	}
	return cmd_end_options(argc, argv);
}

/* waiting */

/* what a wait is for */
enum {
	FOR_EVENTS = 1,
	FOR_NAMES = 2,
	FOR_OUTPUT = 4,
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* for poll(): 0 is no end */
static int milliseconds_until(uint64_t end)
{
	uint64_t now = now_ms();

	if (!end)
		return -1;
	if (now >= end)
		return 0;
	return end - now < INT32_MAX ? (int)(end - now) : INT32_MAX;
}

/*
 * Wait for one of @what, not longer than until @end (milliseconds, 0: for ever).
 * Returns 0, -EINTR if a signal or the timeout wants an end, or another negative
 * errno.
 */
static int wait_for(struct monitor *m, unsigned int what, uint64_t end)
{
	struct pollfd fds[4];
	int err, nr;

	for (;;) {
		fds[0] = (struct pollfd){ .fd = fserror_client_fd(m->client),
					  .events = POLLIN };
		fds[1] =
			(struct pollfd){ .fd = m->wakeup.fd, .events = POLLIN };
		/* without FOR_OUTPUT: only to see the reader go */
		fds[2] = (struct pollfd){ .fd = m->out.fd,
					  .events = what & FOR_OUTPUT ?
							    POLLOUT :
							    0 };
		fds[3] = (struct pollfd){
			.fd = what & FOR_NAMES ? pending_fd(&m->pending) : -1,
			.events = POLLIN
		};
		nr = poll(fds, 4, milliseconds_until(end));
		if (nr < 0) {
			if (errno == EINTR)
				continue;
			err = -errno;
			warn("cannot wait for events");
			return err;
		}
		if (fds[1].revents)
			return -EINTR;
		if (fds[0].revents) {
			err = fserror_client_pump(m->client);
			if (err) {
				cmd_failed(m->client, err);
				return err;
			}
		}
		if (fds[2].revents & (POLLERR | POLLHUP) &&
		    !(what & FOR_OUTPUT)) {
			warnx("cannot write to standard output: %s",
			      strerror(EPIPE));
			return -EPIPE;
		}
		if (!nr || fds[3].revents ||
		    (fds[0].revents && what & FOR_EVENTS) ||
		    (fds[2].revents && what & FOR_OUTPUT))
			return 0;
	}
}

static int wait_output(void *arg, int fd)
{
	int err = wait_for(arg, FOR_OUTPUT, 0);

	(void)fd; /* there is but one */
	return err && err != -EINTR ? END_SAID : err;
}

/* printing; what fails has been said when a function returns, but for -EINTR */

static int no_memory(void)
{
	warnx("%s", strerror(ENOMEM));
	return -ENOMEM;
}

/* what one event prints: exactly one of the members is set */
struct line {
	const struct view *view;
	const struct sync_info *sync;
	const struct lost_info *lost;
	const struct path_info *path;
	const struct fserror_event *missed; /* only as text */
};

static int format_line(struct monitor *m, FILE *mem, const void *what)
{
	const struct line *line = what;
	struct time_style *time = &m->options.table.time;
	struct json_object *obj;
	int err;

	if (!m->options.table.json) {
		if (line->view)
			return text_record(mem, time, line->view);
		if (line->sync)
			return text_sync(mem, time, line->sync);
		if (line->path)
			return text_path(mem, time, line->path);
		if (line->missed)
			return text_missed(mem, time, line->missed->overrun,
					   fserror_client_last_seq(m->client),
					   now_ns());
		return text_lost(mem, time, line->lost);
	}
	if (line->view)
		obj = json_record(line->view);
	else if (line->sync)
		obj = json_sync(line->sync);
	else if (line->path)
		obj = json_path(line->path);
	else
		obj = json_lost(line->lost);
	if (!obj)
		return -ENOMEM;
	err = json_write(mem, obj);
	json_object_put(obj);
	return err;
}

/* write what @format puts into a stream */
static int print_formatted(struct monitor *m, const void *what,
			   int (*format)(struct monitor *m, FILE *mem,
					 const void *what))
{
	char *text = NULL;
	size_t len = 0;
	FILE *mem;
	int err;

	mem = open_memstream(&text, &len);
	if (!mem)
		return no_memory();
	err = format(m, mem, what);
	if (fclose(mem) || err) {
		free(text);
		return no_memory();
	}
	err = output_write(&m->out, text, len);
	if (err < 0 && err != -EINTR)
		warnx("cannot write to standard output: %s", strerror(-err));
	free(text);
	return err;
}

static int format_table(struct monitor *m, FILE *mem, const void *what)
{
	int err = columns_print(mem, &m->options.table, what);

	/* once, not for each batch */
	m->options.table.noheadings = true;
	return err;
}

static int print_line(struct monitor *m, const struct line *line)
{
	/* a table has no line for it: lost and missed are said elsewhere, too */
	if (table_wanted(&m->options.table) && !line->view) {
		if (line->lost)
			warnx("events %" PRIu64 " to %" PRIu64
			      " are gone, asking what is damaged now",
			      line->lost->first, line->lost->last);
		return 0;
	}
	return print_formatted(m, line, format_line);
}

/* one of the events that --count counts was printed */
static int count_event(struct monitor *m)
{
	m->counted++;
	if (m->options.has_count && m->counted >= m->options.count)
		return END_COUNT;
	return 0;
}

/* drop those that are not wanted, now that the names are known */
static void choose(const struct select *select, struct views *views)
{
	size_t i, nr = 0;

	for (i = 0; i < views->nr; i++) {
		/* what may be wanted is better told than not */
		if (select_view(select, &views->v[i]) != SELECT_NO)
			views->v[nr++] = views->v[i];
	}
	views->nr = nr;
}

static int print_views(struct monitor *m, struct views *views, bool counted)
{
	size_t i;
	int err = 0;

	if (table_wanted(&m->options.table) && views->nr) {
		err = print_formatted(m, views, format_table);
		for (i = 0; i < views->nr && !err && counted; i++)
			err = count_event(m);
		return err;
	}
	for (i = 0; i < views->nr && !err; i++) {
		const struct line line = { .view = &views->v[i] };

		err = print_line(m, &line);
		if (!err && counted)
			err = count_event(m);
	}
	return err;
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
		err = wait_for(m, FOR_NAMES, until);
		if (err)
			return err;
		err = pending_look(&m->pending, named);
		if (err)
			return no_names(err);
	}
	return 0;
}

static int print_records(struct monitor *m, const struct fserror_record **recs,
			 size_t nr, bool counted)
{
	size_t i, wanted = 0;
	struct views views;
	int err;

	for (i = 0; i < nr; i++) {
		if (select_record(&m->options.select, recs[i]))
			recs[wanted++] = recs[i];
	}
	err = views_make_unnamed(&views, recs, wanted,
				 fserror_client_boot_id(m->client));
	if (err)
		return no_names(err);
	err = hold_for_names(m, &views);
	pending_release(&m->pending);
	if (!err) {
		choose(&m->options.select, &views);
		err = print_views(m, &views, counted);
	}
	views_free(&views);
	return err;
}

struct telling {
	struct monitor *monitor;
	struct mounts *mounts; /* loaded with the first name */
};

/* was it printed? @view is without paths, as it was then */
static bool was_wanted(const struct monitor *m, const struct view *view)
{
	return select_view(&m->options.select, view) != SELECT_NO;
}

static int print_path(void *arg, const struct view *unmounted, uint64_t seq)
{
	struct telling *telling = arg;
	struct monitor *m = telling->monitor;
	struct view view = { .rec = unmounted->rec,
			     .boot_id = fserror_client_boot_id(m->client) };
	struct path_info path = { .seq = seq, .now = now_ns() };
	const struct line line = { .path = &path };

	if (!telling->mounts)
		telling->mounts = mounts_load();
	if (!telling->mounts)
		return no_names(-errno);
	view_mount(telling->mounts, makedev(view.rec->major, view.rec->minor),
		   &view.source, &view.target);
	if (!was_wanted(m, &view))
		return 0;
	view_set_paths(&view, unmounted->paths);
	path.view = &view;
	return print_line(m, &line);
}

/* names that were not known when their records were printed, and are now */
static int print_names(struct monitor *m)
{
	struct telling telling = { .monitor = m };
	int err;

	err = pending_look(&m->pending, true);
	if (err)
		return no_names(err);
	err = pending_tell(&m->pending, print_path, &telling);
	mounts_free(telling.mounts);
	return err;
}

/* names of what was printed, before the end */
static int await_names(struct monitor *m)
{
	int err = print_names(m);

	while (!err && m->pending.open) {
		err = wait_for(m, FOR_NAMES, 0);
		if (!err)
			err = print_names(m);
	}
	return err;
}

static int print_damage(struct monitor *m, struct sync_info *sync)
{
	const struct fserror_record **recs;
	struct fserror_records records = { 0 };
	size_t i;
	int err;

	err = fserror_client_damage(
		m->client, select_filesystem(&m->options.select), &records);
	if (err == -ENODEV)
		err = fserror_client_damage(m->client, NULL, &records);
	if (err < 0) {
		if (err != -EINTR)
			cmd_failed(m->client, err);
		return err;
	}
	if (err) {
		warnx("the damage changed each time while it was being listed, some may be missing");
		sync->incomplete = true;
	}
	sync->dumped = true;
	sync->damaged = records.nr;
	recs = calloc(records.nr + 1, sizeof(*recs));
	if (!recs) {
		fserror_records_free(&records);
		return no_memory();
	}
	for (i = 0; i < records.nr; i++)
		recs[i] = records.v[i];
	err = print_records(m, recs, records.nr, false);
	free(recs);
	fserror_records_free(&records);
	return err;
}

/* the sync event, after the present damage if @damage */
static int synchronise(struct monitor *m, enum sync_reason reason, bool damage)
{
	struct sync_info sync = { .reason = reason };
	const struct line line = { .sync = &sync };
	int err;

	if (damage) {
		err = print_damage(m, &sync);
		if (err)
			return err;
	}
	sync.boot_id = fserror_client_boot_id(m->client);
	sync.seq = fserror_client_last_seq(m->client);
	sync.now = now_ns();
	return print_line(m, &line);
}

static int handle_missed(struct monitor *m, const struct fserror_event *event)
{
	uint64_t seq = fserror_client_last_seq(m->client);
	const struct line line = { .missed = event };
	int err;

	/* JSON has no event for this, nor has a table: sync says when it is over */
	if (m->options.table.json || table_wanted(&m->options.table)) {
		warnx("%s, asking for all events after %" PRIu64,
		      text_missed_reason(event->overrun), seq);
		err = 0;
	} else {
		err = print_line(m, &line);
	}
	if (err)
		return err;
	m->recovering = true;
	err = fserror_client_recover(m->client);
	if (err && err != -EINTR)
		cmd_failed(m->client, err);
	return err;
}

static int handle_lost(struct monitor *m, const struct fserror_event *event)
{
	const struct lost_info lost = {
		.boot_id = fserror_client_boot_id(m->client),
		.first = event->first,
		.last = event->last,
		.now = now_ns(),
	};
	const struct line line = { .lost = &lost };
	int err, end;

	m->lost = true;
	err = print_line(m, &line);
	if (err)
		return err;
	end = count_event(m);
	err = synchronise(m, SYNC_LOST, true);
	return err ? err : end;
}

static int handle_other(struct monitor *m, const struct fserror_event *event)
{
	switch (event->type) {
	case FSERROR_EVENT_MISSED:
		return handle_missed(m, event);
	case FSERROR_EVENT_LOST:
		return handle_lost(m, event);
	case FSERROR_EVENT_RECOVERED:
		if (!m->recovering)
			return 0;
		m->recovering = false;
		return synchronise(m, SYNC_RECOVERED, false);
	case FSERROR_EVENT_RECORD:
		break;
	}
	return 0;
}

static void free_batch(struct fserror_event **batch, size_t nr)
{
	while (nr)
		fserror_event_free(batch[--nr]);
}

/*
 * Print all that has arrived; records in batches, names looked up together.
 * Anything else ends a batch and is handled after it.
 */
static int print_events(struct monitor *m)
{
	const struct fserror_record **recs = calloc(BATCH, sizeof(*recs));
	struct fserror_event **batch = calloc(BATCH, sizeof(*batch));
	struct fserror_event *other;
	size_t nr = 0, room = BATCH;
	int more = 1, err = 0;

	if (!recs || !batch)
		err = no_memory();
	/* while a batch is being printed more may have arrived */
	while (!err && (more || nr)) {
		/* events beyond the count shall not cost a search for names */
		if (m->options.has_count &&
		    m->options.count - m->counted < room)
			room = m->options.count - m->counted;
		other = NULL;
		for (nr = 0; nr < room && !other;) {
			more = fserror_client_next(m->client, &batch[nr]);
			if (more <= 0)
				break;
			if (batch[nr]->type != FSERROR_EVENT_RECORD) {
				other = batch[nr];
				break;
			}
			recs[nr] = &batch[nr]->record;
			nr++;
		}
		if (more < 0) {
			err = more;
			cmd_failed(m->client, err);
		}
		if (nr && !err)
			err = print_records(m, recs, nr, true);
		if (!err && other)
			err = handle_other(m, other);
		fserror_event_free(other);
		free_batch(batch, nr);
		if (!err)
			err = print_names(m);
	}
	free(batch);
	free(recs);
	return err;
}

static int run(struct monitor *m)
{
	int err;

	err = synchronise(m, SYNC_START, m->options.initial);
	while (!err) {
		err = print_events(m);
		if (!err)
			err = wait_for(m, FOR_EVENTS | FOR_NAMES, 0);
	}
	if (err == END_COUNT) {
		err = await_names(m);
		if (!err)
			err = END_COUNT;
	}
	return err;
}

/* a signal is a good end; so is the timeout, unless events were wanted */
static int exit_code(const struct monitor *m, int end)
{
	if (end != END_COUNT && end != -EINTR)
		return CMD_ERROR;
	if (end == -EINTR && !wakeup_by_signal(&m->wakeup) &&
	    m->options.has_count) {
		if (m->counted >= m->options.count) {
			warnx("the time is over while names are being searched for");
			return CMD_INCOMPLETE;
		}
		warnx("the time is over with %" PRIu64 " of %" PRIu64 " events",
		      m->counted, m->options.count);
		return CMD_ERROR;
	}
	return m->lost ? CMD_INCOMPLETE : CMD_OK;
}

int cmd_monitor(int argc, char **argv)
{
	struct monitor m = { 0 };
	int code, err;

	code = parse_options(argc, argv, &m.options);
	if (code >= 0)
		goto free_select;
	m.out = (struct output){ .fd = STDOUT_FILENO,
				 .wait = wait_output,
				 .arg = &m };
	err = fserror_client_open(&m.client);
	if (err) {
		code = cmd_failed(m.client, err);
		goto close_client;
	}
	if (wakeup_open(&m.wakeup, m.options.timeout)) {
		warn("cannot watch for signals");
		code = CMD_ERROR;
		goto close_client;
	}
	/* after the signals are blocked; on one terminal it would disturb */
	err = pending_open(&m.pending, !isatty(STDOUT_FILENO));
	if (err) {
		warnx("cannot start threads: %s", strerror(-err));
		code = CMD_ERROR;
		goto close_wakeup;
	}
	/* a reader that went away shall be an error like others */
	signal(SIGPIPE, SIG_IGN);
	fserror_client_set_wakeup(m.client, m.wakeup.fd);
	if (m.options.buffer)
		fserror_client_set_buffer(m.client, m.options.buffer);
	err = fserror_client_subscribe(m.client,
				       select_filter(&m.options.select));
	if (err && err != -EINTR)
		code = cmd_failed(m.client, err);
	else
		code = exit_code(&m, err ? err : run(&m));

	pending_close(&m.pending);
close_wakeup:
	wakeup_close(&m.wakeup);
close_client:
	fserror_client_close(m.client);
free_select:
	select_free(&m.options.select);
	return code;
}
