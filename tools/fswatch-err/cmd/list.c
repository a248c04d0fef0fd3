// SPDX-License-Identifier: GPL-2.0-only
/* fswatch-err list: what is damaged now. */
#include "cmd.h"
#include "commands.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "columns.h"
#include "format.h"
#include "known.h"
#include "list.h"
#include "listing.h"
#include "select.h"
#include "supervise.h"

struct options {
	struct select select;
	struct table_options table;
	uint64_t timeout; /* seconds */
};

void help_list(FILE *out)
{
	fputs("Usage:\n"
	      " fswatch-err list [options]\n\n"
	      "List what is damaged now.\n\n"
	      "Options:\n",
	      out);
	select_help(out);
	table_help(out);
	known_help(out);
	fputs("     --closed             with --known: also losses that are over\n"
	      " -w, --timeout <sec>      do not take longer, 600 if this is not given\n"
	      " -h, --help               display this help\n\n",
	      out);
	columns_names(out);
	fputs("\nFor more details see fswatch-err-list(8).\n", out);
}

/* -1 to go on with, or an exit code */
static int parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option longopts[] = {
		SELECT_LONGOPTS,
		TABLE_LONGOPTS,
		{ "timeout", required_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, rc;

	columns_default(&opt->table.columns);
	while ((c = getopt_long(argc, argv,
				SELECT_SHORTOPTS TABLE_SHORTOPTS "w:h",
				longopts, NULL)) != -1) {
		if (c == 'h') {
			help_list(stdout);
			return CMD_OK;
		}
		if (c == 'w') {
			if (cmd_time_limit(optarg, &opt->timeout))
				return cmd_try_help();
			continue;
		}
		rc = select_option(&opt->select, c, optarg);
		if (!rc)
			rc = table_option(&opt->table, c, optarg);
		if (rc <= 0)
			return rc ? CMD_ERROR : cmd_try_help();
	}
	if (table_finish(&opt->table))
		return cmd_try_help();
	if (opt->table.list_columns) {
		columns_help(stdout);
		return CMD_OK;
	}
	return cmd_end_options(argc, argv);
}

/* not before there is an answer: an error alone is not a list */
static void begin(struct list_output *list)
{
	if (list->begun)
		return;
	list->begun = true;
	if (!list->table->json)
		return;
	json_begin(&list->json, list->out);
	json_open_object(&list->json, NULL);
	json_put_u64(&list->json, "v", 2);
	json_open_list(&list->json, "damage");
}

/*
 * A table is made for each batch: the widths of its columns are those of the batch,
 * as to know those of all lines would mean to keep all of them.
 */
static int print_table(struct list_output *list, const struct views *views)
{
	int err = columns_print(list->out, list->table, views);

	list->table->noheadings = true;
	return err;
}

static void print_json(struct list_output *list, const struct views *views)
{
	const struct columns *only = table_members(list->table);
	struct json_parts parts = { .head.view = NULL };
	size_t i;

	for (i = 0; i < views->nr; i++) {
		json_open_line(&list->json);
		list->json.wants = only ? columns_want_key : NULL;
		list->json.arg = only;
		json_record_members(&list->json, &views->v[i], &parts);
		json_close_object(&list->json);
	}
}

int list_views(void *arg, const struct views *views)
{
	struct list_output *output = arg;
	int err = 0;

	begin(output);
	output->any = true;
	if (output->table->json)
		print_json(output, views);
	else
		err = print_table(output, views);
	/* nobody gets the rest: it is said when standard output is closed */
	return !err && ferror(output->out) ? -ECANCELED : err;
}

void list_end(struct list_output *list, bool incomplete)
{
	begin(list);
	if (!list->table->json)
		return;
	list->json.wants = NULL;
	json_close_lines(&list->json);
	json_put_bool(&list->json, "incomplete", incomplete);
	json_close_object(&list->json);
	json_end_line(&list->json);
}

/* JSON has them unless it is told what else to have */
static bool want_names(const struct table_options *table)
{
	return (table->json && !table->only) ||
	       columns_want_names(&table->columns);
}

static int list(struct options *opt, struct listing *listing)
{
	struct list_output output = { .table = &opt->table, .out = stdout };
	int code;

	code = listing_run(listing, &opt->select, want_names(&opt->table),
			   list_views, &output);
	/* what was printed is to be read, whatever came then */
	if (code == CMD_OK || output.begun)
		list_end(&output, code != CMD_OK || missing_may_be_more(
							    &listing->missing));
	if (code != CMD_OK)
		return code;
	if (!output.any && missing_nothing(&listing->missing) &&
	    isatty(STDERR_FILENO))
		fputs("nothing is damaged\n", stderr);
	return missing_say(&listing->missing);
}

int cmd_list(int argc, char **argv)
{
	struct options opt = { .timeout = LISTING_TIMEOUT };
	struct listing listing;
	int code;

	if (known_wanted(argc, argv))
		return known_list(argc, argv);
	/* also a path among the options may be on a disk that does not answer */
	supervise_limit(opt.timeout);
	code = parse_options(argc, argv, &opt);
	if (code < 0) {
		code = listing_open(&listing, opt.timeout);
		if (code == CMD_OK)
			code = list(&opt, &listing);
		listing_close(&listing);
	}
	select_free(&opt.select);
	return code;
}
