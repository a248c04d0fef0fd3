// SPDX-License-Identifier: GPL-2.0-only
/* list, files and check with --known. */
#include "known.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "filelist.h"
#include "json_writer.h"
#include "ledger.h"
#include "loss_words.h"
#include "text.h"

enum {
	OPT_KNOWN = 3000,
	OPT_LEDGER,
	OPT_CLOSED,
	OPT_FORMAT,
	OPT_UUID,
	OPT_EXCLUDE,
	OPT_RELATIVE_TO,
};

struct options {
	const char *dir;
	char *below; /* names are relative to it, or NULL */
	bool exclude; /* files: the list is to leave them out */
	bool closed, json, quiet, noheadings;
	bool has_uuid;
	uint8_t uuid[FSERROR_UUID_LEN];
	int format; /* -1: not chosen */
};

void known_help(FILE *out)
{
	fputs("     --known              what fswatch-errd knows, without asking the kernel\n"
	      "     --ledger <dir>       its ledger, if that is not in " LEDGER_DIR
	      "\n",
	      out);
}

bool known_wanted(int argc, char **argv)
{
	bool known = false;
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		/* the help is that of the command */
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return false;
		known |= !strcmp(argv[i], "--known");
	}
	return known;
}

static int set_directory(struct options *opt, const char *arg)
{
	free(opt->below);
	opt->below = realpath(arg, NULL);
	if (opt->below)
		return 0;
	warn("--relative-to: '%s'", arg);
	return -1;
}

static int take(struct options *opt, int c)
{
	switch (c) {
	case OPT_KNOWN:
		return 0;
	case OPT_EXCLUDE:
		opt->exclude = true;
		return 0;
	case OPT_RELATIVE_TO:
		return set_directory(opt, optarg);
	case OPT_LEDGER:
		opt->dir = optarg;
		return 0;
	case OPT_CLOSED:
		opt->closed = true;
		return 0;
	case OPT_UUID:
		opt->has_uuid = true;
		if (text_to_uuid(optarg, opt->uuid))
			return 0;
		warnx("--uuid: '%s' is no UUID", optarg);
		return -1;
	case OPT_FORMAT:
		opt->format = filelist_format_from_word(optarg);
		if (opt->format >= 0)
			return 0;
		warnx("--format: '%s' is none of " FILELIST_FORMATS, optarg);
		return -1;
	case 'J':
		opt->json = true;
		return 0;
	case 'q':
		opt->quiet = true;
		return 0;
	case 'n':
		opt->noheadings = true;
		return 0;
	}
	return -1;
}

/* -1 to go on with, or an exit code. @letters: those of the command */
static int parse_options(int argc, char **argv, struct options *opt,
			 const char *letters)
{
	static const struct option longopts[] = {
		{ "known", no_argument, NULL, OPT_KNOWN },
		{ "ledger", required_argument, NULL, OPT_LEDGER },
		{ "closed", no_argument, NULL, OPT_CLOSED },
		{ "uuid", required_argument, NULL, OPT_UUID },
		{ "format", required_argument, NULL, OPT_FORMAT },
		{ "exclude", no_argument, NULL, OPT_EXCLUDE },
		{ "relative-to", required_argument, NULL, OPT_RELATIVE_TO },
		{ "json", no_argument, NULL, 'J' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "noheadings", no_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*opt = (struct options){ .dir = LEDGER_DIR, .format = -1 };
	/* "invalid" is no word for what the command has without --known */
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":Jqn", longopts, NULL)) != -1) {
		if (c == ':') {
			warnx("%s: an argument is missing", argv[optind - 1]);
			return cmd_try_help();
		}
		if (c == '?' && strncmp(argv[optind - 1], "--", 2)) {
			warnx("with --known this option does not go: -%c",
			      optopt);
			return cmd_try_help();
		}
		/* what another of these commands has is not for this one */
		if (c == '?' || (strchr("Jqn", c) && !strchr(letters, c)) ||
		    (c == OPT_CLOSED && !strchr(letters, 'c')) ||
		    (c >= OPT_FORMAT && c != OPT_UUID &&
		     !strchr(letters, 'f'))) {
			warnx("with --known this option does not go: %s",
			      argv[optind - 1]);
			return cmd_try_help();
		}
		if (take(opt, c))
			return cmd_try_help();
	}
	return cmd_end_options(argc, argv);
}

static int failed(const struct ledger *ledger)
{
	warnx("%s", ledger_error(ledger));
	return CMD_ERROR;
}

/* each loss that is wanted; an exit code */
static int each(const struct options *opt,
		int (*visit)(void *arg, const struct ledger_loss *loss),
		void *arg)
{
	const struct ledger_query query = { .closed = opt->closed };
	struct ledger *ledger;
	int code = CMD_OK;

	if (ledger_open(&ledger, opt->dir, LEDGER_READ) ||
	    ledger_each(ledger, &query, visit, arg) < 0)
		code = failed(ledger);
	ledger_close(ledger);
	return code;
}

static bool is_wanted(const struct options *opt, const struct ledger_loss *loss)
{
	return !opt->has_uuid ||
	       (loss->has_uuid &&
		!memcmp(loss->uuid, opt->uuid, sizeof(opt->uuid)));
}

/* list */

static const struct {
	const char *name;
	double width;
	int flags;
} columns[] = {
	{ "ID", 1, SCOLS_FL_RIGHT },
	{ "STATE", 1, 0 },
	{ "CONDITION", 1, 0 },
	{ "KIND", 1, 0 },
	{ "CAUSE", 1, 0 },
	{ "FSTYPE", 1, 0 },
	{ "OFFSET", 1, SCOLS_FL_RIGHT },
	{ "LENGTH", 1, SCOLS_FL_RIGHT },
	{ "LAST-SEEN", 1, 0 },
	{ "WHAT", 1, 0 },
};

#define NR_COLUMNS (sizeof(columns) / sizeof(*columns))

struct list {
	const struct options *opt;
	struct json json;
	struct libscols_table *table;
	uint64_t nr;
	int err;
};

static int put_line(struct list *list, const struct ledger_loss *loss)
{
	char kind[FSERROR_WORD_MAX], cause[FSERROR_WORD_MAX];
	char time[TEXT_TIME_MAX], id[24], offset[24], length[24];
	char *what = loss_subject(loss);
	const char *data[] = {
		id,
		loss->state == LEDGER_CLOSED ? ledger_why_name(loss->why) :
					       ledger_state_name(loss->state),
		ledger_condition_name(loss->condition),
		fserror_kind_name(loss->kind, kind),
		loss->cause ? fserror_cause_name(loss->cause, cause) : "",
		loss->fstype,
		offset,
		length,
		time,
		what,
	};
	struct libscols_line *line = scols_table_new_line(list->table, NULL);
	size_t i;
	int rc = line && what ? 0 : -ENOMEM;

	snprintf(id, sizeof(id), "%" PRId64, loss->id);
	snprintf(offset, sizeof(offset), "%" PRIu64, loss->start);
	snprintf(length, sizeof(length), "%" PRIu64, loss->end - loss->start);
	text_time_local(loss->last_seen, time);
	for (i = 0; !rc && i < NR_COLUMNS; i++)
		rc = scols_line_set_data(line, i, data[i]);
	free(what);
	return rc;
}

static int list_loss(void *arg, const struct ledger_loss *loss)
{
	struct list *list = arg;

	if (!is_wanted(list->opt, loss))
		return 0;
	list->nr++;
	if (!list->opt->json) {
		list->err = put_line(list, loss);
		return list->err ? 1 : 0;
	}
	json_open_line(&list->json);
	loss_json(&list->json, loss);
	json_close_object(&list->json);
	return 0;
}

static struct libscols_table *new_table(const struct options *opt)
{
	struct libscols_table *table = scols_new_table();
	size_t i;

	for (i = 0; table && i < NR_COLUMNS; i++) {
		if (scols_table_new_column(table, columns[i].name,
					   columns[i].width, columns[i].flags))
			continue;
		scols_unref_table(table);
		return NULL;
	}
	if (table)
		scols_table_enable_noheadings(table, opt->noheadings);
	return table;
}

int known_list(int argc, char **argv)
{
	struct options opt;
	struct list list = { .opt = &opt, .json = { .out = stdout } };
	int code = parse_options(argc, argv, &opt, "Jnc");

	if (code >= 0)
		return code;
	list.table = new_table(&opt);
	if (!list.table) {
		warnx("%s", strerror(ENOMEM));
		return CMD_ERROR;
	}
	if (opt.json) {
		json_open_object(&list.json, NULL);
		json_put_u64(&list.json, "v", 1);
		json_open_list(&list.json, "losses");
	}
	code = each(&opt, list_loss, &list);
	if (list.err) {
		warnx("%s", strerror(-list.err));
		code = CMD_ERROR;
	}
	if (opt.json) {
		json_close_lines(&list.json);
		json_put_bool(&list.json, "incomplete", code != CMD_OK);
		json_close_object(&list.json);
		json_end_line(&list.json);
	} else if (list.nr) {
		scols_print_table(list.table);
	} else if (code == CMD_OK && isatty(STDERR_FILENO)) {
		fputs("no loss is known\n", stderr);
	}
	scols_unref_table(list.table);
	return code;
}

/* check */

struct counted {
	const struct options *opt;
	uint64_t losses, bytes, unowned, acknowledged;
};

static int count_loss(void *arg, const struct ledger_loss *loss)
{
	struct counted *counted = arg;

	if (!is_wanted(counted->opt, loss))
		return 0;
	if (loss->state == LEDGER_ACKNOWLEDGED) {
		counted->acknowledged++;
		return 0;
	}
	if (ledger_is_unowned(loss)) {
		counted->unowned++;
		return 0;
	}
	counted->losses++;
	counted->bytes += loss->end - loss->start;
	return 0;
}

int known_check(int argc, char **argv)
{
	struct options opt;
	struct counted counted = { .opt = &opt };
	struct json json = { .out = stdout };
	int code = parse_options(argc, argv, &opt, "Jq");

	if (code >= 0)
		return code;
	code = each(&opt, count_loss, &counted);
	if (code != CMD_OK)
		return code;
	if (opt.json) {
		json_open_object(&json, NULL);
		json_put_u64(&json, "v", 1);
		json_put_u64(&json, "losses", counted.losses);
		json_put_u64(&json, "bytes", counted.bytes);
		json_put_u64(&json, "unowned", counted.unowned);
		json_put_u64(&json, "acknowledged", counted.acknowledged);
		json_close_object(&json);
		json_end_line(&json);
	} else if (!opt.quiet) {
		printf("%" PRIu64 " %s open, of %" PRIu64 " bytes; ",
		       counted.losses,
		       counted.losses == 1 ? "loss is" : "losses are",
		       counted.bytes);
		if (counted.unowned)
			printf("%" PRIu64 " bad %s that no file has; ",
			       counted.unowned,
			       counted.unowned == 1 ? "range" : "ranges");
		printf("%" PRIu64 " acknowledged\n", counted.acknowledged);
	}
	return counted.losses ? CMD_DAMAGED : CMD_OK;
}

/* files */

struct files {
	const struct options *opt;
	struct filelist list;
	char *last; /* name that was put; losses of one file follow each other */
	uint64_t unnamed, left_out, outside;
	const char *why; /* the last of those that are left out */
	int err;
};

/* @path as it is to be put, or NULL if it is not below the directory */
static const char *relative(const char *dir, const char *path)
{
	size_t len = dir ? strlen(dir) : 0;

	if (!len)
		return path;
	if (!strcmp(dir, "/"))
		return path + 1;
	return !strncmp(path, dir, len) && path[len] == '/' ? path + len + 1 :
							      NULL;
}

static int put_file(void *arg, const struct ledger_loss *loss)
{
	struct files *files = arg;
	const char *name;

	if (!loss->in_file || !is_wanted(files->opt, loss))
		return 0;
	if (!loss->path) {
		files->unnamed++;
		return 0;
	}
	if (files->last && !strcmp(files->last, loss->path))
		return 0;
	free(files->last);
	files->last = strdup(loss->path);
	if (!files->last) {
		files->err = -ENOMEM;
		return 1;
	}
	name = relative(files->opt->below, loss->path);
	if (!name) {
		files->outside++;
		return 0;
	}
	if (!filelist_can_have(&files->list, name, &files->why)) {
		files->left_out++;
		return 0;
	}
	files->err = filelist_put(&files->list, name);
	return files->err ? 1 : 0;
}

int known_files(int argc, char **argv)
{
	struct options opt;
	struct files files = { .opt = &opt };
	int code = parse_options(argc, argv, &opt, "f");

	if (code >= 0) {
		free(opt.below);
		return code;
	}
	files.list = (struct filelist){
		.out = stdout,
		.format = opt.format < 0 ? FILELIST_PLAIN : opt.format,
		.exclude = opt.exclude,
		.shown = isatty(STDOUT_FILENO),
	};
	code = each(&opt, put_file, &files);
	if (!files.err)
		files.err = filelist_end(&files.list);
	free(files.last);
	if (files.err) {
		warnx("%s", strerror(-files.err));
		code = CMD_ERROR;
	}
	if (files.unnamed)
		warnx("of %" PRIu64 " losses of files no name is known",
		      files.unnamed);
	if (files.left_out)
		warnx("%" PRIu64 " names are left out, which %s",
		      files.left_out, files.why);
	if (files.outside)
		warnx("%" PRIu64
		      " names are left out, which are not below '%s'",
		      files.outside, opt.below);
	free(opt.below);
	if (code == CMD_OK &&
	    (files.unnamed || files.left_out || files.outside))
		code = CMD_INCOMPLETE;
	return code;
}
