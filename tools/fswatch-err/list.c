// SPDX-License-Identifier: GPL-2.0-only
/* fswatch-err list: what is damaged now. */
#include "cmd.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "columns.h"
#include "format.h"
#include "list.h"

struct options {
	bool json;
	bool noheadings;
	struct columns columns;
};

void help_list(FILE *out)
{
	fputs("\nUsage:\n"
	      " fswatch-err list [options]\n\n"
	      "List what is damaged now.\n\n"
	      "Options:\n"
	      " -J, --json           JSON output\n"
	      " -n, --noheadings     do not print headings\n"
	      " -o, --output <list>  columns to print\n\n"
	      " -h, --help           display this help\n\n"
	      "Columns:\n",
	      out);
	columns_help(out);
	fputs("\nFor more details see fswatch-err(8).\n", out);
}

/* -1 to go on with, or an exit code */
static int parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option longopts[] = {
		{ "json", no_argument, NULL, 'J' },
		{ "noheadings", no_argument, NULL, 'n' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	memset(opt, 0, sizeof(*opt));
	columns_default(&opt->columns);
	while ((c = getopt_long(argc, argv, "Jno:h", longopts, NULL)) != -1) {
		switch (c) {
		case 'J':
			opt->json = true;
			break;
		case 'n':
			opt->noheadings = true;
			break;
		case 'o':
			if (columns_parse(&opt->columns, optarg))
				return cmd_try_help();
			break;
		case 'h':
			help_list(stdout);
			return CMD_OK;
		default:
			return cmd_try_help();
		}
	}
	return cmd_end_options(argc, argv);
}

int list_json(FILE *out, const struct views *views, bool incomplete)
{
	struct json_object *obj;
	const char *text;
	size_t i;

	fprintf(out, "{\"v\":1,\"incomplete\":%s,\"damage\":[",
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

static int print(const struct options *opt, const struct views *views,
		 bool incomplete)
{
	int err;

	if (opt->json)
		err = list_json(stdout, views, incomplete);
	else if (views->nr)
		err = columns_print(stdout, &opt->columns, !opt->noheadings,
				    views);
	else
		err = 0;
	if (err) {
		warnx("cannot print the list: %s", strerror(-err));
		return CMD_ERROR;
	}
	if (!views->nr && !opt->json && isatty(STDERR_FILENO))
		fputs("nothing is damaged\n", stderr);
	if (incomplete) {
		warnx("the damage changed each time while it was being listed: this may be incomplete");
		return CMD_INCOMPLETE;
	}
	return CMD_OK;
}

static int list(const struct options *opt, struct fserror_client *client)
{
	const struct fserror_record **recs;
	struct fserror_records records = { 0 };
	struct views views;
	struct fserror_stat *stat;
	int err, rc, code;
	size_t i;

	/* for the boot id */
	err = fserror_client_stat(client, &stat);
	if (err)
		return cmd_failed(client, err);
	fserror_stat_free(stat);
	rc = fserror_client_damage(client, NULL, &records);
	if (rc < 0)
		return cmd_failed(client, rc);
	recs = calloc(records.nr + 1, sizeof(*recs));
	for (i = 0; recs && i < records.nr; i++)
		recs[i] = records.v[i];
	err = recs ? views_make(&views, recs, records.nr,
				fserror_client_boot_id(client), NULL) :
		     -ENOMEM;
	if (err) {
		warnx("cannot look up mounts and names: %s", strerror(-err));
		code = CMD_ERROR;
	} else {
		code = print(opt, &views, rc == 1);
		views_free(&views);
	}
	free(recs);
	fserror_records_free(&records);
	return code;
}

int cmd_list(int argc, char **argv)
{
	struct fserror_client *client;
	struct options opt;
	int code, err;

	code = parse_options(argc, argv, &opt);
	if (code >= 0)
		return code;
	err = fserror_client_open(&client);
	code = err ? cmd_failed(client, err) : list(&opt, client);
	fserror_client_close(client);
	return code;
}
