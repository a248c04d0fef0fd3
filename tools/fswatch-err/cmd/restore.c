// SPDX-License-Identifier: GPL-2.0-only
/* fswatch-err restore: write what is damaged back from a copy. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "commands.h"
#include "dump.h"
#include "handle.h"
#include "known.h"
#include "known_damage.h"
#include "namespace.h"
#include "restore_options.h"
#include "restore_run.h"
#include "restore_stop.h"
#include "select.h"
#include "supervise.h"

/* a file that was named on the command line */
struct named {
	const char *name;
	int fd;
	ino_t ino;
	bool damaged;
};

/* what is loaded of the kernel's list */
struct load {
	struct restore_list list;
	struct named *named; /* only these; all if there are none */
	size_t nr_named;
	int err; /* of the list */
};

static bool is_named(const struct named *named,
		     const struct fserror_record *rec)
{
	int mount_id;

	return paths_possible(rec) && rec->ino == named->ino &&
	       handle_matches(rec, named->fd, "", &mount_id);
}

static int load_record(void *arg, const struct fserror_record *rec)
{
	struct load *load = arg;
	bool wanted = !load->nr_named;
	size_t i;

	for (i = 0; i < load->nr_named; i++) {
		if (is_named(&load->named[i], rec)) {
			load->named[i].damaged = true;
			wanted = true;
		}
	}
	if (wanted)
		load->err = restore_list_add(&load->list, rec);
	return load->err;
}

/* CMD_OK, or CMD_ERROR after saying why not */
static int open_named(struct load *load, const struct restore_options *opt)
{
	struct named *named;
	struct stat st;
	size_t i;

	load->named = calloc(opt->nr_files + 1, sizeof(*load->named));
	if (!load->named) {
		warn("restore");
		return CMD_ERROR;
	}
	for (i = 0; i < opt->nr_files; i++) {
		named = &load->named[load->nr_named++];
		named->name = opt->files[i];
		named->fd = namespace_open(named->name, O_PATH, 0);
		if (named->fd < 0 || fstat(named->fd, &st)) {
			warn("'%s'", named->name);
			return CMD_ERROR;
		}
		named->ino = st.st_ino;
	}
	return CMD_OK;
}

static void free_load(struct load *load)
{
	size_t i;

	for (i = 0; i < load->nr_named; i++) {
		if (load->named[i].fd >= 0)
			close(load->named[i].fd);
	}
	free(load->named);
	restore_list_free(&load->list);
}

static int say_no(int err)
{
	warnx("%s", strerror(-err));
	return CMD_ERROR;
}

static int no_list(int err)
{
	warnx("cannot keep the list of what is damaged: %s", strerror(-err));
	return CMD_ERROR;
}

/* ask the kernel; CMD_*, and what the answer lacks in @missing */
static int load_list(struct load *load, struct restore_options *opt,
		     struct fserror_client *client, struct missing *missing)
{
	size_t i;
	int err;

	err = restore_list_init(&load->list);
	if (err)
		return say_no(err);
	err = dump_each(client, &opt->select, &missing->state, load_record,
			load);
	if (!err && opt->known)
		err = known_damage_each(
			client, &opt->select, opt->ledger, load_record, load,
			opt->nr_files ? NULL : &missing->unresolved);
	if (load->err)
		return no_list(load->err);
	if (err)
		return CMD_ERROR;
	for (i = 0; i < load->nr_named; i++) {
		if (!load->named[i].damaged)
			warnx("'%s': nothing of it is damaged",
			      load->named[i].name);
	}
	err = restore_list_finish(&load->list);
	return err ? no_list(err) : CMD_OK;
}

/*
 * The same name is on every filesystem, and a backup does not say of which it
 * is: the file of one must not become that of another.
 */
static int check_filesystems(const struct restore_options *opt,
			     const struct restore_list *list)
{
	if (opt->nr_files || opt->how.source.relative_to ||
	    select_names_filesystem(&opt->select) || !list->several)
		return CMD_OK;
	warnx("files of several filesystems are damaged: choose one with --mountpoint, or say with --relative-to what names in the copy are relative to");
	return CMD_INCOMPLETE;
}

/* ranges that are listed as damaged after they were written, some at a time */
struct listed {
	struct restore_report *report;
	struct restore_batch batch;
	bool any;
};

static int tell_listed(struct listed *listed)
{
	int err = restore_batch_name(&listed->batch);
	size_t i;

	for (i = 0; !err && i < listed->batch.nr; i++)
		err = restore_report_listed(listed->report,
					    &listed->batch.v[i]);
	restore_batch_free(&listed->batch);
	return err ? err :
		     restore_batch_init(&listed->batch, RESTORE_LIST_ITEMS);
}

static int take_listed(void *arg, const struct fserror_record *rec)
{
	struct listed *listed = arg;
	struct restore_batch *batch = &listed->batch;

	listed->any = true;
	batch->recs[batch->nr] = *rec;
	batch->v[batch->nr].rec = &batch->recs[batch->nr];
	return ++batch->nr < RESTORE_LIST_ITEMS ? 0 : tell_listed(listed);
}

/* is all good that was written? CMD_* */
static int verify(struct restore_run *run, struct restore_options *opt,
		  struct fserror_client *client, uint64_t since)
{
	struct listed listed = { .report = run->report };
	int code, err;

	restore_report_listed_begin(run->report);
	err = restore_batch_init(&listed.batch, RESTORE_LIST_ITEMS);
	if (err)
		return say_no(err);
	code = restore_verify(client, &opt->select, &run->written, take_listed,
			      &listed, &run->missing->state);
	if (code != CMD_ERROR) {
		err = tell_listed(&listed);
		if (err)
			code = say_no(err);
	}
	restore_batch_free(&listed.batch);
	run->failed |= listed.any;
	if (code != CMD_OK || listed.any || opt->how.dry_run)
		return code;
	err = restore_tell_ledger(&run->written, opt->ledger, since,
				  opt->how.source.zero);
	return err ? say_no(err) : CMD_OK;
}

/* what is printed at the end, and the exit code */
static int conclude(struct restore_run *run)
{
	const size_t files = run->list->files;
	const bool more = missing_may_be_more(run->missing) ||
			  run->missing->unresolved;
	int code = run->failed ? CMD_INCOMPLETE : CMD_OK;

	restore_report_end(run->report, more || run->looked < files);
	if (run->looked < files) {
		warnx("ended by a signal (%s): of %zu files and other damage %zu were not looked at",
		      strsignal(restore_stopped()), files, files - run->looked);
		code = CMD_INCOMPLETE;
	}
	/* what else the answer may lack is not for these files */
	if (more)
		code = missing_say(run->missing);
	return code;
}

static int restore_and_report(struct restore_options *opt,
			      struct fserror_client *client,
			      struct restore_list *list,
			      struct missing *missing)
{
	struct restore_report report = {
		.out = stdout,
		.err = stderr,
		.as_json = opt->json,
		.dry_run = opt->how.dry_run,
	};
	struct restore_run run = { .how = opt->how,
				   .list = list,
				   .report = &report,
				   .missing = missing,
				   .item = restore_item };
	const uint64_t since = known_now();
	int code = CMD_OK, verified, concluded, err;

	if (!list->files && !opt->json && !opt->nr_files &&
	    isatty(STDERR_FILENO))
		fputs("nothing is damaged\n", stderr);
	wanted_init(&run.wanted, &opt->select);
	err = restore_written_init(&run.written);
	if (err)
		return say_no(err);
	restore_stop_begin();
	restore_report_begin(&report);
	err = restore_run(&run);
	if (err) {
		warnx("cannot go on: %s", strerror(-err));
		code = CMD_ERROR;
	}
	/* the sorter's memory is for the next one */
	sorter_free(list->sorter);
	list->sorter = NULL;
	verified = verify(&run, opt, client, since);
	if (code == CMD_OK)
		code = verified;
	if (proof_load(&missing->proof, client, &opt->select,
		       !run.chosen && !opt->nr_files))
		code = CMD_ERROR;
	concluded = conclude(&run);
	restore_written_free(&run.written);
	return code == CMD_OK ? concluded : code;
}

static int restore(struct restore_options *opt, struct fserror_client *client)
{
	struct missing missing = { 0 };
	struct load load = { 0 };
	int code;

	code = restore_sync(client, &opt->select);
	if (code == CMD_OK)
		code = open_named(&load, opt);
	if (code == CMD_OK)
		code = load_list(&load, opt, client, &missing);
	if (code == CMD_OK)
		code = check_filesystems(opt, &load.list);
	if (code == CMD_OK)
		code = restore_and_report(opt, client, &load.list, &missing);
	missing_free(&missing);
	free_load(&load);
	return code;
}

int cmd_restore(int argc, char **argv)
{
	struct restore_options opt = { .how.source.from_fd = -1 };
	struct fserror_client *client;
	int code, err;

	supervise_patience(RESTORE_STOP_SECONDS + 2);
	code = restore_options_parse(argc, argv, &opt);
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
