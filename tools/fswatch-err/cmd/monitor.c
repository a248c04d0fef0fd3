// SPDX-License-Identifier: GPL-2.0-only
/*
 * fswatch-err monitor: the watcher's protocol, as libfserror.h has it, printed.
 *
 * One loop does everything but the search for names. No file is touched here: that
 * could take as long as a broken disk likes.
 */
#include "monitor.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "commands.h"
#include "supervise.h"
#include "text.h"

#define BUFFER_MAX (1 << 30) /* bytes */

enum {
	OPT_NO_INITIAL = 256,
	OPT_COUNT,
	OPT_BUFFER,
	OPT_PATH_WAIT,
	OPT_TIME_FORMAT,
	OPT_NO_IO
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
	      "     --count <num>        end after this many events that happen\n"
	      " -w, --timeout <sec>      end after this many seconds\n"
	      "     --no-initial         do not print what is damaged already\n"
	      "     --no-io              no failed reads and writes, only what they lost\n"
	      "     --path-wait <sec>    hold events back so long for their names\n"
	      "     --buffer <bytes>     size of the kernel's buffer for our events\n"
	      " -h, --help               display this help\n\n",
	      out);
	columns_names(out);
	fputs("\nFor more details see fswatch-err-monitor(8).\n", out);
}

/* an option of this command: 1, 0 if it is not one, or -1 after saying what is wrong */
static int own_option(struct monitor_options *opt, int c, const char *arg)
{
	switch (c) {
	case OPT_COUNT:
		opt->has_count = true;
		if (text_to_u64(arg, &opt->count) && opt->count)
			return 1;
		warnx("--count wants a number above 0, not '%s'", arg);
		return -1;
	case 'w':
		return cmd_timeout(arg, &opt->timeout) ? -1 : 1;
	case OPT_NO_INITIAL:
		opt->initial = false;
		return 1;
	case OPT_NO_IO:
		opt->no_io = true;
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
		return monitor_time_format(opt, arg) ? -1 : 1;
	}
	return 0;
}

/* -1 to go on with, or an exit code */
static int parse_options(int argc, char **argv, struct monitor_options *opt)
{
	static const struct option longopts[] = {
		SELECT_LONGOPTS,
		TABLE_LONGOPTS,
		{ "time-format", required_argument, NULL, OPT_TIME_FORMAT },
		{ "count", required_argument, NULL, OPT_COUNT },
		{ "timeout", required_argument, NULL, 'w' },
		{ "no-initial", no_argument, NULL, OPT_NO_INITIAL },
		{ "no-io", no_argument, NULL, OPT_NO_IO },
		{ "buffer", required_argument, NULL, OPT_BUFFER },
		{ "path-wait", required_argument, NULL, OPT_PATH_WAIT },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const struct monitor_syntax syntax = {
		.shortopts = SELECT_SHORTOPTS TABLE_SHORTOPTS "w:h",
		.longopts = longopts,
		.own_option = own_option,
		.help = help_monitor,
	};

	opt->initial = true;
	return monitor_parse_options(opt, &syntax, argc, argv);
}

static int run(struct monitor *m)
{
	int err;

	err = m->options.log ? monitor_start_log(m) : monitor_start(m);
	if (m->options.log && !m->options.follow)
		return err ? err : monitor_await_names(m);
	while (!err) {
		err = monitor_print_events(m);
		if (!err)
			err = monitor_wait(m, FOR_EVENTS | FOR_NAMES,
					   monitor_due(m));
	}
	if (err == END_COUNT) {
		err = monitor_await_names(m);
		if (!err)
			err = END_COUNT;
	}
	return err;
}

/*
 * A signal is a good end; so is the timeout, unless events were wanted, or all that
 * there are.
 */
static int exit_code(const struct monitor *m, int end)
{
	if (end && end != END_COUNT && end != -EINTR)
		return CMD_ERROR;
	if (end == -EINTR && m->options.log && !m->options.follow) {
		warnx("%s: names were still being looked up, or events are missing",
		      wakeup_by_signal(&m->wakeup) ? "interrupted" :
						     "the time is over");
		return CMD_INCOMPLETE;
	}
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
	return m->lost || m->unseen ? CMD_INCOMPLETE : CMD_OK;
}

/* the groups that the kinds are told in */
static uint32_t groups_wanted(const struct monitor_options *opt)
{
	const uint32_t io = 1 << FSERROR_KIND_BUFFERED_READ |
			    1 << FSERROR_KIND_BUFFERED_WRITE |
			    1 << FSERROR_KIND_DIRECTIO_READ |
			    1 << FSERROR_KIND_DIRECTIO_WRITE;
	const uint32_t kinds = opt->select.kinds;
	uint32_t groups = 1 << FSERROR_GROUP_DAMAGE;

	if (opt->log)
		return 1 << opt->group;
	if (!opt->no_io && (!kinds || kinds & io))
		groups |= 1 << FSERROR_GROUP_IO;
	return groups;
}

int monitor_main(struct monitor *m)
{
	int code, err;

	m->out = (struct output){ .fd = STDOUT_FILENO,
				  .wait = monitor_wait_output,
				  .arg = m };
	err = fserror_client_open(&m->client);
	if (err) {
		code = cmd_failed(m->client, err);
		goto close_client;
	}
	if (wakeup_open(&m->wakeup, m->options.timeout)) {
		warn("cannot watch for signals");
		code = CMD_ERROR;
		goto close_client;
	}
	if (m->options.timeout)
		supervise_limit(m->options.timeout);
	/* after the signals are blocked; on one terminal it would disturb */
	err = pending_open(&m->pending, !isatty(STDOUT_FILENO));
	if (err) {
		warnx("cannot start threads: %s", strerror(-err));
		code = CMD_ERROR;
		goto close_wakeup;
	}
	/* a reader that went away shall be an error like others */
	signal(SIGPIPE, SIG_IGN);
	fserror_client_set_wakeup(m->client, m->wakeup.fd);
	if (m->options.buffer)
		fserror_client_set_buffer(m->client, m->options.buffer);
	err = select_learn(&m->options.select, m->client);
	wanted_init(&m->wanted, &m->options.select);
	if (!err)
		err = fserror_client_subscribe(
			m->client, select_filter(&m->options.select),
			groups_wanted(&m->options));
	if (err && err != -EINTR)
		code = cmd_failed(m->client, err);
	else
		code = exit_code(m, err ? err : run(m));

	pending_close(&m->pending);
	mount_cache_free(&m->mounts);
close_wakeup:
	wakeup_close(&m->wakeup);
close_client:
	fserror_client_close(m->client);
	return code;
}

int cmd_monitor(int argc, char **argv)
{
	struct monitor m = { 0 };
	int code;

	code = parse_options(argc, argv, &m.options);
	if (code < 0)
		code = monitor_main(&m);
	select_free(&m.options.select);
	return code;
}
