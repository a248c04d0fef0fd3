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

#include <json-c/json.h>

#include "columns.h"
#include "damage.h"
#include "format.h"
#include "list.h"
#include "select.h"

struct options {
	struct select select;
	struct table_options table;
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
	fputs(" -h, --help               display this help\n\n"
	      "For more details see fswatch-err-list(8).\n",
	      out);
}

/* -1 to go on with, or an exit code */
static int parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option longopts[] = {
		SELECT_LONGOPTS,
		TABLE_LONGOPTS,
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, rc;

	columns_default(&opt->table.columns);
	while ((c = getopt_long(argc, argv,
				SELECT_SHORTOPTS TABLE_SHORTOPTS "h", longopts,
				NULL)) != -1) {
		if (c == 'h') {
			help_list(stdout);
			return CMD_OK;
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

int list_json(FILE *out, const struct views *views, bool incomplete)
{
	struct json_object *obj;
	const char *text;
	size_t i;

	fprintf(out, "{\"v\":2,\"incomplete\":%s,\"damage\":[",
		incomplete ? "true" : "false");
	for (i = 0; i < views->nr; i++) {
		obj = json_record(&views->v[i]);
		text = obj ? json_object_to_json_string_ext(
				     obj,
				     JSON_C_TO_STRING_PLAIN |
					     JSON_C_TO_STRING_NOSLASHESCAPE) :
			     NULL;
		if (!text) {
			json_object_put(obj);
			return -ENOMEM;
		}
		fprintf(out, "%s\n%s", i ? "," : "", text);
		json_object_put(obj);
	}
	fprintf(out, "%s]}\n", views->nr ? "\n" : "");
	return 0;
}

static int print(struct options *opt, const struct damage *damage)
{
	const struct views *views = &damage->views;
	int err;

	if (opt->table.json)
		err = list_json(stdout, views, damage_may_be_more(damage));
	else if (views->nr)
		err = columns_print(stdout, &opt->table, views);
	else
		err = 0;
	if (err) {
		warnx("cannot print the list: %s", strerror(-err));
		return CMD_ERROR;
	}
	if (!views->nr && damage_complete(damage) && isatty(STDERR_FILENO))
		fputs("nothing is damaged\n", stderr);
	return damage_say_missing(damage);
}

static int list(struct options *opt, struct fserror_client *client)
{
	struct damage damage;
	int code;

	code = damage_load(&damage, client, &opt->select, NULL);
	if (code)
		return code;
	code = print(opt, &damage);
	damage_free(&damage);
	return code;
}

int cmd_list(int argc, char **argv)
{
	struct fserror_client *client;
	struct options opt = { 0 };
	int code, err;

	code = parse_options(argc, argv, &opt);
	if (code < 0) {
		err = fserror_client_open(&client);
		code = err ? cmd_failed(client, err) : list(&opt, client);
		fserror_client_close(client);
	}
	select_free(&opt.select);
	return code;
}
