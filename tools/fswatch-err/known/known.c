// SPDX-License-Identifier: GPL-2.0-only
/* list and check with --known. */
#include "known.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "json_writer.h"
#include "known_options.h"
#include "loss_words.h"
#include "text.h"

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
	const struct known_options *opt;
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

	if (!known_chosen(list->opt, loss))
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

static struct libscols_table *new_table(const struct known_options *opt)
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
	struct known_options opt;
	struct list list = { .opt = &opt, .json = { .out = stdout } };
	int code = known_parse(argc, argv, &opt, "Jnc");

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
	code = known_each(&opt, list_loss, &list);
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
	const struct known_options *opt;
	uint64_t losses, bytes, unowned, acknowledged;
};

static int count_loss(void *arg, const struct ledger_loss *loss)
{
	struct counted *counted = arg;

	if (!known_chosen(counted->opt, loss))
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
	struct known_options opt;
	struct counted counted = { .opt = &opt };
	struct json json = { .out = stdout };
	int code = known_parse(argc, argv, &opt, "Jq");

	if (code >= 0)
		return code;
	code = known_each(&opt, count_loss, &counted);
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
