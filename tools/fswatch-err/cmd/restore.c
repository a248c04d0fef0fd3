// SPDX-License-Identifier: GPL-2.0-only
/* fswatch-err restore: write what is damaged back from a copy. */
#include "restore.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "commands.h"
#include "damage.h"
#include "handle.h"
#include "known.h"
#include "namespace.h"
#include "restore_stop.h"
#include "select.h"
#include "supervise.h"

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

struct options {
	struct select select;
	struct restore_how how;
	bool json;
	bool known; /* also what only the ledger has */
	const char *ledger; /* directory, NULL: where it usually is */
	char **files;
	size_t nr_files;
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
	      "     --known              also what only fswatch-errd knows to be lost\n"
	      "     --ledger <dir>       its ledger, which is told what was restored\n"
	      " -J, --json               JSON output\n",
	      out);
	select_help(out);
	fputs(" -h, --help               display this help\n"
	      "For more details see fswatch-err-restore(8).\n",
	      out);
}

/* what must be looked at after all options are known */
static int check_options(struct options *opt)
{
	struct restore_source *source = &opt->how.source;

	const int nr = !!source->from + !!source->command + source->zero;

	if (nr != 1) {
		warnx(nr ? "--from, --from-command and --zero exclude each other" :
			   "restore needs --from, --from-command or --zero");
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
	source->from_fd = open(source->from, O_PATH | O_DIRECTORY | O_CLOEXEC);
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
static int parse_options(int argc, char **argv, struct options *opt)
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

/* is @fd the inode that the item is about? */
static bool item_is(const struct restore_item *item, int fd,
		    const struct stat *st)
{
	const struct fserror_record *rec = item->view->rec;
	int mount_id;

	return paths_possible(rec) && rec->ino == st->st_ino &&
	       handle_matches(rec, fd, "", &mount_id);
}

/* mark the items that are about @file; CMD_OK, or CMD_ERROR after saying why */
static int choose_file(const struct restore_items *items, const char *file,
		       bool *chosen)
{
	bool any = false;
	struct stat st;
	size_t i;
	int fd;

	fd = namespace_open(file, O_PATH, 0);
	if (fd < 0 || fstat(fd, &st)) {
		warn("'%s'", file);
		if (fd >= 0)
			close(fd);
		return CMD_ERROR;
	}
	for (i = 0; i < items->nr; i++) {
		if (item_is(&items->v[i], fd, &st)) {
			chosen[i] = true;
			any = true;
		}
	}
	close(fd);
	if (!any)
		warnx("'%s': nothing of it is damaged", file);
	return CMD_OK;
}

/* leave only what is about the files that were named */
static int choose(const struct options *opt, struct restore_items *items)
{
	bool *chosen;
	size_t i, nr = 0;
	int code = CMD_OK;

	if (!opt->nr_files)
		return CMD_OK;
	chosen = calloc(items->nr + 1, sizeof(*chosen));
	if (!chosen) {
		warn("restore");
		return CMD_ERROR;
	}
	for (i = 0; code == CMD_OK && i < opt->nr_files; i++)
		code = choose_file(items, opt->files[i], chosen);
	for (i = 0; i < items->nr; i++) {
		if (chosen[i])
			items->v[nr++] = items->v[i];
		else
			restore_item_free(&items->v[i]);
	}
	items->nr = nr;
	free(chosen);
	return code;
}

/* what is printed at the end, and the exit code */
static int conclude(struct restore_report *report,
		    const struct restore_items *items,
		    const struct damage *damage, size_t done)
{
	bool incomplete = damage_may_be_more(damage) || done < items->nr;
	int code = CMD_OK;
	size_t i;

	for (i = 0; i < items->nr; i++) {
		if (items->v[i].result != RESTORE_DONE &&
		    items->v[i].result != RESTORE_WOULD)
			code = CMD_INCOMPLETE;
	}
	if (restore_report_end(report, items, incomplete)) {
		warnx("%s", strerror(ENOMEM));
		return CMD_ERROR;
	}
	if (done < items->nr)
		warnx("ended by a signal (%s): of %zu files and other damage %zu were not looked at",
		      strsignal(restore_stopped()), items->nr,
		      items->nr - done);
	/* what else the answer may lack is not for these files */
	if (damage_may_be_more(damage))
		code = damage_say_missing(damage);
	return code;
}

/*
 * The same name is on every filesystem, and a backup does not say of which it
 * is: the file of one must not become that of another.
 */
static int check_filesystems(const struct options *opt,
			     const struct restore_items *items)
{
	if (opt->nr_files || opt->how.source.relative_to ||
	    select_names_filesystem(&opt->select) ||
	    restore_one_filesystem(items))
		return CMD_OK;
	warnx("files of several filesystems are damaged: choose one with --mountpoint, or say with --relative-to what names in the copy are relative to");
	return CMD_INCOMPLETE;
}

/* one after the other, each told when it is done; *@done of them were looked at */
static int restore_all(struct options *opt, struct restore_items *items,
		       struct restore_report *report, size_t *done)
{
	struct restore_progress progress;
	int err = 0;
	size_t i;

	restore_progress_begin(&progress, items->nr);
	opt->how.progress = &progress;
	for (i = 0; !err && i < items->nr && !restore_stopped(); i++) {
		progress.file = i + 1;
		err = restore_item(&opt->how, &items->v[i]);
		restore_progress_clear(&progress);
		if (!err)
			err = restore_report_item(report, &items->v[i]);
	}
	opt->how.progress = NULL;
	*done = i;
	if (!err)
		return CMD_OK;
	warnx("%s", strerror(-err));
	return CMD_ERROR;
}

/* what fswatch-errd has to know of it: its loss is over */
static void tell_ledger(struct known_restored *restored,
			const struct restore_items *items)
{
	const struct restore_item *item;
	const struct range *lost;
	size_t i, j;

	for (i = 0; i < items->nr; i++) {
		item = &items->v[i];
		for (j = 0; item->heal.nr_runs && j < item->heal.damage.nr;
		     j++) {
			lost = &item->heal.damage.v[j];
			if (heal_run_of(&item->heal, lost->offset)->outcome ==
			    HEAL_DONE)
				known_restored_range(restored, item->view->rec,
						     lost->offset, lost->end,
						     item->zeroed);
		}
	}
	known_restored_end(restored);
}

static int restore_and_report(struct options *opt,
			      struct fserror_client *client,
			      struct restore_items *items,
			      const struct damage *damage)
{
	struct restore_report report = {
		.out = stdout,
		.err = stderr,
		.as_json = opt->json,
		.dry_run = opt->how.dry_run,
	};
	struct known_restored *restored = NULL;
	int code, verified, concluded;
	size_t done;

	if (!opt->how.dry_run)
		restored = known_restored_begin(opt->ledger);
	if (!items->nr && !opt->json && !opt->nr_files && isatty(STDERR_FILENO))
		fputs("nothing is damaged\n", stderr);
	restore_stop_begin();
	restore_report_begin(&report);
	code = restore_all(opt, items, &report, &done);
	verified = restore_verify(client, &opt->select, items);
	tell_ledger(restored, items);
	concluded = conclude(&report, items, damage, done);
	if (code == CMD_OK)
		code = verified;
	return code == CMD_OK ? concluded : code;
}

static int restore(struct options *opt, struct fserror_client *client)
{
	struct restore_items items = { 0 };
	struct damage damage;
	int code, err;

	code = restore_sync(client, &opt->select);
	if (code == CMD_OK)
		code = opt->known ?
			       damage_load_known(&damage, client, &opt->select,
						 opt->ledger) :
			       damage_load(&damage, client, &opt->select, NULL);
	if (code != CMD_OK)
		return code;
	opt->how.mounts = damage.views.mounts;
	err = restore_items_make(&items, &damage.views);
	if (err) {
		warnx("%s", strerror(-err));
		code = CMD_ERROR;
	} else {
		code = choose(opt, &items);
	}
	if (code == CMD_OK)
		code = check_filesystems(opt, &items);
	if (code == CMD_OK)
		code = restore_and_report(opt, client, &items, &damage);
	restore_items_free(&items);
	damage_free(&damage);
	return code;
}

int cmd_restore(int argc, char **argv)
{
	struct options opt = { .how.source.from_fd = -1 };
	struct fserror_client *client;
	int code, err;

	supervise_patience(RESTORE_STOP_SECONDS + 2);
	code = parse_options(argc, argv, &opt);
	if (code < 0) {
		err = fserror_client_open(&client);
		code = err ? cmd_failed(client, err) : restore(&opt, client);
		fserror_client_close(client);
	}
	if (opt.how.source.from_fd >= 0)
		close(opt.how.source.from_fd);
	free(opt.how.source.relative_to);
	select_free(&opt.select);
	return code;
}
