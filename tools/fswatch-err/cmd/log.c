// SPDX-License-Identifier: GPL-2.0-only
/* fswatch-err log: the events that the kernel still has, as monitor prints them. */
#include <err.h>
#include <getopt.h>

#include "cmd.h"
#include "commands.h"
#include "monitor.h"
#include "text.h"

#define LOG_TIMEOUT 600 /* seconds, unless it follows */

enum { OPT_SINCE = 256, OPT_IO, OPT_TIME_FORMAT };

void help_log(FILE *out)
{
	fputs("Usage:\n"
	      " fswatch-err log [options]\n\n"
	      "Print the events that the kernel still has, the oldest first.\n\n"
	      "Options:\n",
	      out);
	select_help(out);
	table_help(out);
	fputs("     --time-format <fmt>  iso, ctime, raw or delta\n"
	      "     --since <num>        only what came after the event with this number\n"
	      "     --io                 the log of failed reads and writes, numbered by itself\n"
	      " -f, --follow             then go on with what happens, until a signal\n"
	      " -w, --timeout <sec>      do not take longer, 600 if neither is given\n"
	      " -h, --help               display this help\n\n",
	      out);
	columns_names(out);
	fputs("\nFor more details see fswatch-err-log(8).\n", out);
}

/* an option of this command: 1, 0 if it is not one, or -1 after saying what is wrong */
static int own_option(struct monitor_options *opt, int c, const char *arg)
{
	switch (c) {
	case 'f':
		opt->follow = true;
		return 1;
	case 'w':
		return cmd_timeout(arg, &opt->timeout) ? -1 : 1;
	case OPT_IO:
		opt->group = FSERROR_GROUP_IO;
		return 1;
	case OPT_SINCE:
		if (text_to_u64(arg, &opt->since))
			return 1;
		warnx("--since wants the number of an event, not '%s'", arg);
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
		{ "since", required_argument, NULL, OPT_SINCE },
		{ "io", no_argument, NULL, OPT_IO },
		{ "follow", no_argument, NULL, 'f' },
		{ "timeout", required_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const struct monitor_syntax syntax = {
		.shortopts = SELECT_SHORTOPTS TABLE_SHORTOPTS "fw:h",
		.longopts = longopts,
		.own_option = own_option,
		.help = help_log,
	};
	int code;

	opt->log = true;
	opt->group = FSERROR_GROUP_DAMAGE;
	code = monitor_parse_options(opt, &syntax, argc, argv);
	if (!opt->timeout && !opt->follow)
		opt->timeout = LOG_TIMEOUT;
	return code;
}

int cmd_log(int argc, char **argv)
{
	struct monitor m = { 0 };
	int code;

	code = parse_options(argc, argv, &m.options);
	if (code < 0)
		code = monitor_main(&m);
	select_free(&m.options.select);
	return code;
}
