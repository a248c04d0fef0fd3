// SPDX-License-Identifier: GPL-2.0-only
/* The options that monitor and log share, but for those of select.h and columns.h. */
#include <err.h>
#include <getopt.h>
#include <stdint.h>

#include "cmd.h"
#include "monitor.h"
#include "text.h"

int monitor_time_format(struct monitor_options *opt, const char *arg)
{
	int format = text_time_format(arg);

	if (format < 0) {
		warnx("--time-format: '%s' is not iso, ctime, raw or delta",
		      arg);
		return -1;
	}
	opt->table.time.format = format;
	return 0;
}

static int end_options(struct monitor_options *opt, int argc, char **argv)
{
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

int monitor_parse_options(struct monitor_options *opt,
			  const struct monitor_syntax *syntax, int argc,
			  char **argv)
{
	int c, rc;

	columns_monitor(&opt->table.columns);
	while ((c = getopt_long(argc, argv, syntax->shortopts, syntax->longopts,
				NULL)) != -1) {
		if (c == 'h') {
			syntax->help(stdout);
			return CMD_OK;
		}
		rc = syntax->own_option(opt, c, optarg);
		if (!rc)
			rc = select_option(&opt->select, c, optarg);
		if (!rc)
			rc = table_option(&opt->table, c, optarg);
		if (rc <= 0)
			return cmd_try_help();
	}
	return end_options(opt, argc, argv);
}
