// SPDX-License-Identifier: GPL-2.0-only
/*
 * A changed bit in a row, which SQLite cannot see: nothing loops, and nothing crashes. What
 * would loop is ended by an alarm.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db.h"
#include "json_writer.h"
#include "loss_words.h"
#include "losses.h"
#include "tap.h"

#define SECONDS 30

static void must(bool good)
{
	if (!good)
		abort();
}

static int apply(struct ledger *ledger, struct fserror_record rec)
{
	int rc;

	must(!ledger_begin(ledger));
	rc = ledger_apply(ledger, test_boot, &rec);
	must(rc >= 0 && !ledger_commit(ledger));
	return rc;
}

/* a list of damage that has nothing of the filesystem */
static void list_nothing(struct ledger *ledger)
{
	const struct fserror_damage_visitor *visitor = ledger_level_visitor();
	const struct fserror_dump_header header = { .as_of = 1 };
	const struct fserror_record of = lost_bytes(5, 0, 512);
	struct fserror_dump_begin begin = {
		.present = 1 << FSERROR_A_DUMP_BEGIN_UUID,
		.instance = of.instance,
		.fstype = "xfs",
		.sb_id = "pmem0",
	};
	const struct fserror_dump_end end = {
		.present = 1U << FSERROR_A_DUMP_END_COMPLETE,
		.instance = of.instance,
	};
	uint64_t mount = of.instance, as_of;

	memcpy(begin.uuid, of.uuid, sizeof(begin.uuid));
	must(!ledger_begin(ledger) &&
	     !ledger_level_begin(ledger, test_boot, &mount, 1));
	visitor->header(ledger, &header);
	visitor->begin(ledger, &begin);
	visitor->end(ledger, &end);
	ledger_level_end(ledger, &as_of);
	must(!ledger_commit(ledger));
}

static int see_json(void *arg, const struct ledger_loss *loss)
{
	struct json *json = arg;

	json_open_line(json);
	loss_json(json, loss);
	json_close_object(json);
	return 0;
}

static int see_sum(void *arg, const struct ledger_sum *sum)
{
	(void)arg;
	must(ledger_state_name(sum->state));
	return 0;
}

/* all that reads rows, and all that changes them */
static void use(struct ledger *ledger)
{
	const struct ledger_query query = { .closed = true };
	struct fserror_record rec = lost_bytes(5, 0, 65536);
	char *text = NULL;
	size_t size;
	struct json json = { .out = open_memstream(&text, &size) };

	must(json.out);
	json_open_object(&json, NULL);
	json_open_list(&json, "losses");
	must(ledger_each(ledger, &query, see_json, &json) >= 0);
	json_close_lines(&json);
	json_close_object(&json);
	fclose(json.out);
	free(text);
	must(ledger_sums(ledger, see_sum, NULL) >= 0);
	apply(ledger, lost_bytes(5, 4096, 512));
	rec.kind = FSERROR_KIND_CLEARED;
	rec.flags = FSERROR_RECORD_FLAG_CONTENT_UNKNOWN;
	apply(ledger, rec);
	list_nothing(ledger);
	must(ledger_restored(ledger, &rec, 0, 16384, LEDGER_RESTORED, 0) >= 0);
	rec.flags = 0;
	apply(ledger, rec);
	apply(ledger, lost_bytes(5, 0, 65536));
}

static void make(struct ledger *ledger)
{
	must(!db_exec(ledger, "PRAGMA synchronous=OFF"));
	apply(ledger, lost_bytes(5, 4096, 512));
	apply(ledger, lost_bytes(5, 8192, 512));
	apply(ledger, on_device(FSERROR_KIND_MEDIA, 1 << 30, 512));
}

static const char *at_column, *at_value; /* for who ended it */

static void too_long(int signal)
{
	(void)signal;
	printf("not ok - damaged rows: %s=%s makes it loop\n", at_column,
	       at_value);
	fflush(stdout);
	_exit(1);
}

int main(void)
{
	static const char *const columns[] = {
		"start",	"end",		"kind",	   "meta",
		"has_ino",	"root",		"ino",	   "generation",
		"in_file",	"has_device",	"placed",  "role",
		"dev",		"major",	"minor",   "dstart",
		"origin_major", "origin_minor", "ostart",  "cause",
		"error",	"flags",	"count",   "handle_type",
		"first_seen",	"last_seen",	"changed", "instance",
		"condition",	"state",	"why",
	};
	/* what is there with a bit changed, or what no version writes */
	static const char *const values[] = {
		"|4096", "&~4096", "|65536", "77",
		"-1",	 "0",	   "1<<62",  "-9223372036854775807",
	};
	struct tap tap = { 0 };
	struct ledger *ledger;
	unsigned int nr = 0;
	char sql[256], value[64], *dir;
	size_t i, j;

	signal(SIGALRM, too_long);
	for (i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		for (j = 0; j < sizeof(values) / sizeof(*values); j++) {
			ledger = open_scratch(&dir);
			make(ledger);
			snprintf(value, sizeof(value), "%s%s",
				 strchr("|&", values[j][0]) ? columns[i] : "",
				 values[j]);
			snprintf(sql, sizeof(sql),
				 "UPDATE loss SET %s=%s WHERE id<3", columns[i],
				 value);
			at_column = columns[i];
			at_value = value;
			must(!db_exec(ledger, sql));
			alarm(SECONDS);
			use(ledger);
			alarm(0);
			close_scratch(ledger, dir);
			nr++;
		}
	}
	ok(&tap, nr == i * j, "damaged rows: %u of them are lived with", nr);
	return tap.failed > 0;
}
