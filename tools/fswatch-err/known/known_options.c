// SPDX-License-Identifier: GPL-2.0-only
#include "known_options.h"

#include <err.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "filelist.h"
#include "known.h"
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

static int set_directory(struct known_options *opt, const char *arg)
{
	free(opt->below);
	opt->below = realpath(arg, NULL);
	if (opt->below)
		return 0;
	warn("--relative-to: '%s'", arg);
	return -1;
}

static int take(struct known_options *opt, int c)
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

int known_parse(int argc, char **argv, struct known_options *opt,
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

	*opt = (struct known_options){ .dir = LEDGER_DIR, .format = -1 };
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

int known_each(const struct known_options *opt,
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

bool known_chosen(const struct known_options *opt,
		  const struct ledger_loss *loss)
{
	return !opt->has_uuid ||
	       (loss->has_uuid &&
		!memcmp(loss->uuid, opt->uuid, sizeof(opt->uuid)));
}
