// SPDX-License-Identifier: GPL-2.0-only
/* fswatch-err ack: a loss is known to those who are concerned. */
#include "known.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "ledger.h"
#include "text.h"

#define CHUNK 256 /* losses that are acknowledged together, with --all */

enum {
	OPT_LEDGER = 3000,
	OPT_NOTE,
	OPT_ALL,
};

struct options {
	const char *dir, *note;
	bool all;
};

void known_help_ack(FILE *out)
{
	fputs("Usage:\n"
	      " fswatch-err ack [options] <id>...\n"
	      " fswatch-err ack [options] --all\n\n"
	      "Acknowledge losses that fswatch-errd knows: they raise no alarm any more.\n"
	      "fswatch-err list --known shows their ids.\n\n"
	      "Options:\n"
	      "     --all                all that are open\n"
	      "     --note <text>        to be remembered with them, up to 255 bytes\n"
	      "     --ledger <dir>       the ledger, if that is not in " LEDGER_DIR
	      "\n"
	      " -h, --help               display this help\n\n"
	      "For more details see fswatch-err-ack(8).\n",
	      out);
}

/* -1 to go on with, or an exit code */
static int parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option longopts[] = {
		{ "all", no_argument, NULL, OPT_ALL },
		{ "note", required_argument, NULL, OPT_NOTE },
		{ "ledger", required_argument, NULL, OPT_LEDGER },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", longopts, NULL)) != -1) {
		switch (c) {
		case OPT_ALL:
			opt->all = true;
			break;
		case OPT_NOTE:
			opt->note = optarg;
			break;
		case OPT_LEDGER:
			opt->dir = optarg;
			break;
		case 'h':
			known_help_ack(stdout);
			return CMD_OK;
		default:
			return cmd_try_help();
		}
	}
	if (opt->all == (optind < argc)) {
		warnx(opt->all ? "--all and ids exclude each other" :
				 "ack wants the ids of losses, or --all");
		return cmd_try_help();
	}
	return -1;
}

static int acknowledge(struct ledger *ledger, const struct options *opt,
		       int64_t id)
{
	if (!ledger_acknowledge(ledger, id, opt->note))
		return CMD_OK;
	warnx("%s", ledger_error(ledger));
	return CMD_ERROR;
}

struct open_losses {
	int64_t ids[CHUNK];
	size_t nr;
};

static int find_open(void *arg, const struct ledger_loss *loss)
{
	struct open_losses *open = arg;

	if (loss->state == LEDGER_OPEN)
		open->ids[open->nr++] = loss->id;
	return open->nr == CHUNK;
}

static int acknowledge_all(struct ledger *ledger, const struct options *opt)
{
	const struct ledger_query query = { 0 };
	struct open_losses open;
	int code = CMD_OK;
	size_t i;

	do {
		open.nr = 0;
		if (ledger_each(ledger, &query, find_open, &open) < 0) {
			warnx("%s", ledger_error(ledger));
			return CMD_ERROR;
		}
		for (i = 0; code == CMD_OK && i < open.nr; i++)
			code = acknowledge(ledger, opt, open.ids[i]);
	} while (code == CMD_OK && open.nr == CHUNK);
	return code;
}

/* each of them, also after one that there is not */
static int acknowledge_named(struct ledger *ledger, const struct options *opt,
			     char **words)
{
	int code = CMD_OK;
	uint64_t id;

	for (; *words; words++) {
		if (!text_to_u64(*words, &id) || id > INT64_MAX) {
			warnx("'%s' is no id of a loss", *words);
			code = CMD_ERROR;
		} else if (acknowledge(ledger, opt, id) != CMD_OK) {
			code = CMD_ERROR;
		}
	}
	return code;
}

int known_ack(int argc, char **argv)
{
	struct options opt = { .dir = LEDGER_DIR };
	struct ledger *ledger;
	int code = parse_options(argc, argv, &opt);

	if (code >= 0)
		return code;
	if (ledger_open(&ledger, opt.dir, LEDGER_CHANGE)) {
		warnx("%s", ledger_error(ledger));
		code = CMD_ERROR;
	} else {
		code = opt.all ? acknowledge_all(ledger, &opt) :
				 acknowledge_named(ledger, &opt, argv + optind);
	}
	ledger_close(ledger);
	return code;
}
