// SPDX-License-Identifier: GPL-2.0-only
#include "restore_options.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "commands.h"
#include "known.h"
#include "namespace.h"

enum {
	OPT_FROM = 2000,
	OPT_FROM_COMMAND,
	OPT_RELATIVE_TO,
	OPT_ZERO,
	OPT_FORCE,
	OPT_BY_TIME,
	OPT_DRY_RUN,
	OPT_NO_KEEP_TIMES,
	OPT_SEARCH,
	OPT_LEDGER,
	OPT_KNOWN,
};

void help_restore(FILE *out)
{
	fputs("Usage:\n"
	      " fswatch-err restore --from <dir> [options] [<file>...]\n"
	      " fswatch-err restore --from-command <command> [options] [<file>...]\n"
	      " fswatch-err restore --zero [options] [<file>...]\n\n"
	      "Write only the damaged bytes of files back, from a good copy.\n\n"
	      "Options:\n"
	      "     --from <dir>         a backup, or the mount point of a snapshot\n"
	      "     --from-command <cmd> a shell command that prints the content of file $1\n"
	      "     --zero               no copy: fill what is lost with ZEROS\n"
	      "     --relative-to <dir>  what names in the copy are relative to\n"
	      "     --search             search <dir> for files that have another name there\n"
	      "     --by-time            size and time will do if no good byte is left\n"
	      "     --force              write even if the copy may be of another version\n"
	      "     --dry-run            compare, say what would be done, write nothing\n"
	      "     --no-keep-times      let the files have the time of the restore\n"
	      "     --known              also what only fswatch-errd has, not with --zero\n"
	      "     --ledger <dir>       its ledger, which is told what was restored\n"
	      " -J, --json               JSON output\n",
	      out);
	select_help(out);
	fputs(" -h, --help               display this help\n\n"
	      "Exit status 4: something was not restored, standard error tells what and why.\n\n"
	      "For more details see fswatch-err-restore(8).\n",
	      out);
}

/* what must be looked at after all options are known */
static int check_options(struct restore_options *opt)
{
	struct restore_source *source = &opt->how.source;

	const int nr = !!source->from + !!source->command + source->zero;

	if (nr != 1) {
		warnx(nr ? "--from, --from-command and --zero exclude each other" :
			   "restore needs --from, --from-command or --zero");
		return cmd_try_help();
	}
	/*
	 * Of what only the ledger has nobody knows whether the program wrote it anew:
	 * a copy is compared with the file, zeros are compared with nothing.
	 */
	if (source->zero && opt->known) {
		warnx("--zero and --known exclude each other: what the kernel does not call bad can be read, and may be good again");
		return cmd_try_help();
	}
	if (source->zero) {
		/* who looks for changed files shall find these */
		opt->how.keep_times = false;
		if (!opt->nr_files && !select_names_filesystem(&opt->select)) {
			warnx("--zero wants the files to be named, or a filesystem to be chosen");
			return CMD_ERROR;
		}
	}
	if (opt->how.search && !source->from) {
		warnx("--search is for --from");
		return cmd_try_help();
	}
	if (source->command && !*source->command) {
		warnx("--from-command wants a command");
		return CMD_ERROR;
	}
	if (!source->from)
		return -1;
	source->from_fd = restore_open_from(source->from);
	if (source->from_fd < 0) {
		warn("--from: '%s'", source->from);
		return CMD_ERROR;
	}
	return -1;
}

static int take_relative_to(struct restore_source *source, const char *arg)
{
	free(source->relative_to);
	source->relative_to = namespace_realpath(arg);
	if (source->relative_to)
		return -1;
	warn("--relative-to: '%s'", arg);
	return CMD_ERROR;
}

/* -1 to go on with, or an exit code */
int restore_options_parse(int argc, char **argv, struct restore_options *opt)
{
	static const struct option longopts[] = {
		SELECT_LONGOPTS,
		{ "from", required_argument, NULL, OPT_FROM },
		{ "from-command", required_argument, NULL, OPT_FROM_COMMAND },
		{ "relative-to", required_argument, NULL, OPT_RELATIVE_TO },
		{ "search", no_argument, NULL, OPT_SEARCH },
		{ "zero", no_argument, NULL, OPT_ZERO },
		{ "force", no_argument, NULL, OPT_FORCE },
		{ "by-time", no_argument, NULL, OPT_BY_TIME },
		{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
		{ "no-keep-times", no_argument, NULL, OPT_NO_KEEP_TIMES },
		{ "known", no_argument, NULL, OPT_KNOWN },
		{ "ledger", required_argument, NULL, OPT_LEDGER },
		{ "json", no_argument, NULL, 'J' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct restore_how *how = &opt->how;
	int c, rc;

	how->keep_times = true;
	while ((c = getopt_long(argc, argv, SELECT_SHORTOPTS "Jh", longopts,
				NULL)) != -1) {
		switch (c) {
		case OPT_FROM:
			how->source.from = optarg;
			continue;
		case OPT_FROM_COMMAND:
			how->source.command = optarg;
			continue;
		case OPT_RELATIVE_TO:
			rc = take_relative_to(&how->source, optarg);
			if (rc >= 0)
				return rc;
			continue;
		case OPT_SEARCH:
			how->search = true;
			continue;
		case OPT_ZERO:
			how->source.zero = true;
			continue;
		case OPT_FORCE:
			how->force = true;
			continue;
		case OPT_BY_TIME:
			how->by_time = true;
			continue;
		case OPT_DRY_RUN:
			how->dry_run = true;
			continue;
		case OPT_NO_KEEP_TIMES:
			how->keep_times = false;
			continue;
		case OPT_KNOWN:
			opt->known = true;
			continue;
		case OPT_LEDGER:
			opt->ledger = optarg;
			continue;
		case 'J':
			opt->json = true;
			continue;
		case 'h':
			help_restore(stdout);
			return CMD_OK;
		}
		rc = select_option(&opt->select, c, optarg);
		if (rc <= 0)
			return rc ? CMD_ERROR : cmd_try_help();
	}
	opt->files = argv + optind;
	opt->nr_files = argc - optind;
	return check_options(opt);
}
