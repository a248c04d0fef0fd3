// SPDX-License-Identifier: GPL-2.0-only
/* fswatch-err report: a page for people. */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "commands.h"
#include "health.h"
#include "known.h"
#include "listing.h"
#include "lower.h"
#include "new_file.h"
#include "report.h"
#include "status.h"
#include "supervise.h"
#include "text.h"

#define REPORT_MODE 0640 /* names of files are not for everybody */

enum { OPT_HTML = 2000, OPT_KNOWN, OPT_LEDGER };

struct options {
	struct select select;
	const char *html, *ledger;
	bool known, selected;
	bool has_uuid; /* with --known */
	uint8_t uuid[FSERROR_UUID_LEN];
	uint64_t timeout; /* seconds */
};

void help_report(FILE *out)
{
	fputs("Usage:\n"
	      " fswatch-err report --html <file> [options]\n\n"
	      "Write a page for people: what is lost in which files, where, what happened,\n"
	      "and what to do.\n\n"
	      "Options:\n"
	      "     --html <file>        the page; what was there is replaced when it is whole\n",
	      out);
	select_help(out);
	known_help(out);
	fputs(" -w, --timeout <sec>      do not take longer, 600 if this is not given\n"
	      " -h, --help               display this help\n\n"
	      "For more details see fswatch-err-report(8).\n",
	      out);
}

/* an option of this command: 1, 0 if it is not one, or -1 after saying what is wrong */
static int own_option(struct options *opt, int c, const char *arg)
{
	switch (c) {
	case OPT_HTML:
		opt->html = arg;
		return 1;
	case OPT_KNOWN:
		opt->known = true;
		return 1;
	case OPT_LEDGER:
		opt->ledger = arg;
		return 1;
	case 'w':
		return cmd_time_limit(arg, &opt->timeout) ? -1 : 1;
	}
	return 0;
}

/* what goes together; -1 to go on with, or an exit code */
static int check_options(const struct options *opt)
{
	if (!opt->html) {
		warnx("report wants --html and the name of a file");
		return cmd_try_help();
	}
	if (opt->known && opt->selected) {
		warnx("with --known only --uuid chooses");
		return cmd_try_help();
	}
	if (opt->ledger && !opt->known) {
		warnx("--ledger goes with --known");
		return cmd_try_help();
	}
	return -1;
}

/* -1 to go on with, or an exit code */
static int parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option longopts[] = {
		SELECT_LONGOPTS,
		{ "html", required_argument, NULL, OPT_HTML },
		{ "known", no_argument, NULL, OPT_KNOWN },
		{ "ledger", required_argument, NULL, OPT_LEDGER },
		{ "timeout", required_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, rc;

	while ((c = getopt_long(argc, argv, SELECT_SHORTOPTS "w:h", longopts,
				NULL)) != -1) {
		if (c == 'h') {
			help_report(stdout);
			return CMD_OK;
		}
		rc = own_option(opt, c, optarg);
		if (!rc) {
			rc = select_option(&opt->select, c, optarg);
			if (rc > 0 && c == SELECT_UUID)
				opt->has_uuid = text_to_uuid(optarg, opt->uuid);
			else
				opt->selected = true;
		}
		if (rc <= 0)
			return rc ? CMD_ERROR : cmd_try_help();
	}
	rc = check_options(opt);
	return rc < 0 ? cmd_end_options(argc, argv) : rc;
}

/* from the kernel */

struct gathering {
	struct report *report;
	const struct filesystems *filesystems;
	const struct mounts *mounts;
	const struct wanted *wanted;
};

static enum loss_level level_of(const struct fserror_record *rec)
{
	if (rec->flags &
	    (FSERROR_RECORD_FLAG_UNKNOWN | FSERROR_RECORD_FLAG_CONTENT_UNKNOWN))
		return LOSS_DOUBTFUL;
	if (rec->kind == FSERROR_KIND_DEGRADED)
		return LOSS_DEGRADED;
	if (rec->kind == FSERROR_KIND_MEDIA &&
	    rec->flags & FSERROR_RECORD_FLAG_UNOWNED)
		return LOSS_UNOWNED;
	return LOSS_BAD;
}

static void to_loss(const struct fserror_record *rec, const char *target,
		    struct loss_view *loss)
{
	*loss = (struct loss_view){
		.fs = rec->instance,
		.fstype = rec->fstype,
		.sb_id = rec->sb_id,
		.target = target,
		.has_uuid = fserror_has(rec, FSERROR_A_RECORD_UUID),
		.has_ino = fserror_has(rec, FSERROR_A_RECORD_INO),
		.root = rec->root,
		.ino = rec->ino,
		.generation = rec->generation,
		.start = rec->offset,
		.end = rec->offset,
		.has_device = fserror_has(rec, FSERROR_A_RECORD_DEVICE),
		.placed = !(rec->flags & FSERROR_RECORD_FLAG_UNMAPPED),
		.major = rec->device.major,
		.minor = rec->device.minor,
		.role = rec->role,
		.dstart = rec->device.offset,
		.length = rec->device.length,
		.kind = rec->kind,
		.meta = rec->meta,
		.cause = rec->cause,
		.flags = rec->flags,
		.layer = rec->layer,
		.level = level_of(rec),
		.first_seen = rec->time,
		.last_seen = rec->time,
	};
	memcpy(loss->uuid, rec->uuid, sizeof(loss->uuid));
	loss->in_file = loss->has_ino && rec->length &&
			rec->kind == FSERROR_KIND_DATA_LOST;
	if (rec->length <= UINT64_MAX - rec->offset)
		loss->end += rec->length;
	if (rec->device.length > UINT64_MAX - rec->device.offset)
		loss->placed = false;
}

static int add_views(void *arg, const struct views *views)
{
	struct gathering *gathering = arg;
	const struct view *view;
	struct loss_view loss;
	size_t i;
	int err = 0;

	for (i = 0; i < views->nr && !err; i++) {
		view = &views->v[i];
		to_loss(view->rec, view->target, &loss);
		if (view->paths && view->paths->count)
			loss.path = view->paths->names[0];
		err = report_add(gathering->report, &loss, LOWER_SYSFS);
	}
	return err;
}

/* its state, and what to do about it */
static int describe(struct report_filesystem *shown,
		    const struct fserror_filesystem *fs)
{
	char option[16 + TEXT_UUID_MAX] = "", uuid[TEXT_UUID_MAX];
	struct health health;
	int err;

	if (FS_HAS(fs, UUID)) {
		text_uuid(fs->uuid, uuid);
		snprintf(option, sizeof(option), " --uuid %s", uuid);
	}
	err = health_find(&health, fs, LOWER_SYSFS);
	if (err)
		return err;
	shown->state = strdup(health_word(health.state));
	errno = 0;
	shown->reason = health_reason(&health);
	shown->action = health_action(&health, option);
	health_free(&health);
	return !shown->state || errno == ENOMEM ? -ENOMEM : 0;
}

static int add_filesystems(struct gathering *gathering)
{
	const struct filesystems *list = gathering->filesystems;
	struct report_filesystem *shown;
	const char *source, *target;
	struct fserror_record rec;
	struct loss_view loss;
	size_t i;
	int err = 0;

	for (i = 0; i < list->nr && !err; i++) {
		filesystem_name(&list->v[i], &rec);
		rec.instance = list->v[i].instance;
		if (!wanted_filesystem(gathering->wanted, gathering->mounts,
				       &rec))
			continue;
		status_mount(gathering->mounts, &list->v[i], &source, &target);
		to_loss(&rec, target, &loss);
		loss.sb_id = source ? source : list->v[i].sb_id;
		shown = report_filesystem(gathering->report, &loss);
		if (shown)
			err = describe(shown, &list->v[i]);
	}
	return err;
}

/* "data-lost: 512 bytes of /srv/a at 4096, media, xfs on pmem0" */
static int add_event(void *arg, const struct fserror_record *rec)
{
	struct gathering *gathering = arg;
	char kind[FSERROR_WORD_MAX], cause[FSERROR_WORD_MAX], of[64] = "";
	const char *path = NULL;
	struct loss_view loss;
	char *text;
	int err;

	if (!wanted_record(gathering->wanted, rec))
		return 0;
	to_loss(rec, NULL, &loss);
	if (loss.has_ino) {
		path = report_path(gathering->report, &loss);
		snprintf(of, sizeof(of), "inode %" PRIu64, rec->ino);
	}
	if (asprintf(&text,
		     "%s: %s%s%" PRIu64 " bytes at %" PRIu64 "%s%s, %s on %s",
		     fserror_kind_name(rec->kind, kind), path ? path : of,
		     path || *of ? ", " : "",
		     loss.has_ino ? rec->length : loss.length,
		     loss.has_ino ? rec->offset : loss.dstart,
		     rec->cause ? ", " : "",
		     rec->cause ? fserror_cause_name(rec->cause, cause) : "",
		     rec->fstype, rec->sb_id) < 0)
		return -ENOMEM;
	err = report_add_past(gathering->report, rec->time, text);
	free(text);
	return err;
}

static int add_events(struct gathering *gathering,
		      struct fserror_client *client)
{
	static const struct fserror_events_visitor visitor = {
		.record = add_event,
	};
	struct fserror_position position = { .group = 1 };
	int err = 0;

	for (; position.group <= FSERROR_GROUP_MAX && !err; position.group++)
		err = fserror_events_each(client, &position, &visitor,
					  gathering);
	return err;
}

static int add_missing(struct report *report, const struct missing *missing)
{
	const struct dump_state *state = &missing->state;
	int err = 0;
	size_t i;

	for (i = 0; i < missing->proof.nr && !err; i++)
		err = string_list_add(&report->missing,
				      missing->proof.missing[i]);
	if (!err && (missing->interrupted || missing->timed_out))
		err = string_list_add(
			&report->missing,
			missing->interrupted ?
				"It was interrupted." :
				"It took longer than it was to take.");
	if (!err && (state->cut || state->pending || state->busy))
		err = string_list_add(
			&report->missing,
			"Of some filesystems the list is not complete, or something changed that was not looked at yet.");
	if (!err && (state->silent || state->unknown))
		err = string_list_add(&report->missing,
				      "Some devices do not say what is bad.");
	if (!err && missing->unnamed)
		err = string_list_add(&report->missing,
				      "Not all names of files could be found.");
	return err;
}

/* an exit code */
static int gather(struct options *opt, struct listing *listing,
		  struct report *report)
{
	struct filesystems filesystems = { .nr = 0 };
	struct mounts *mounts = mounts_load();
	struct wanted wanted;
	struct gathering gathering = { .report = report,
				       .filesystems = &filesystems,
				       .mounts = mounts,
				       .wanted = &wanted };
	int code = CMD_ERROR, err;

	wanted_init(&wanted, &opt->select);
	if (!mounts) {
		warn("cannot look up mounts");
		return CMD_ERROR;
	}
	err = filesystems_load(&filesystems, listing->client);
	if (!err)
		err = add_filesystems(&gathering);
	if (!err)
		code = listing_run(listing, &opt->select, true, add_views,
				   &gathering);
	if (!err && code == CMD_OK && !listing->missing.cut)
		err = add_events(&gathering, listing->client);
	if (err && err != -ENOMEM)
		code = cmd_failed(listing->client, err);
	else if (err || (code == CMD_OK &&
			 (err = add_missing(report, &listing->missing))))
		warnx("%s", strerror(-err));
	if (err && code == CMD_OK)
		code = CMD_ERROR;
	filesystems_free(&filesystems);
	mounts_free(mounts);
	return code;
}

/* from the ledger */

static int add_known(void *arg, const struct loss_view *loss)
{
	/* a number of a device may be that of another one now */
	return report_add(arg, loss, NULL);
}

static int gather_known(const struct options *opt, struct report *report)
{
	const int rc = known_losses(opt->ledger,
				    opt->has_uuid ? opt->uuid : NULL, add_known,
				    report);

	report->known = true;
	/* -1 was said */
	if (rc == -ENOMEM)
		warnx("%s", strerror(ENOMEM));
	return rc ? CMD_ERROR : CMD_OK;
}

static int write_page(const struct options *opt, struct report *report)
{
	struct new_file file;
	int err = new_file_open(&file, opt->html, REPORT_MODE);

	if (!err)
		err = report_page(file.out, report);
	if (!err)
		err = new_file_finish(&file);
	if (err)
		warnx("%s: %s", opt->html, strerror(-err));
	new_file_drop(&file);
	return err ? CMD_ERROR : CMD_OK;
}

static int from_kernel(struct options *opt, struct report *report)
{
	struct listing listing;
	int code;

	code = listing_open(&listing, opt->timeout);
	if (code == CMD_OK)
		code = gather(opt, &listing, report);
	if (code == CMD_OK)
		code = write_page(opt, report);
	if (code == CMD_OK)
		code = missing_say(&listing.missing);
	listing_close(&listing);
	return code;
}

int cmd_report(int argc, char **argv)
{
	struct options opt = { .timeout = LISTING_TIMEOUT };
	struct report report;
	int code;

	/* also a path among the options may be on a disk that does not answer */
	supervise_limit(opt.timeout);
	code = parse_options(argc, argv, &opt);
	if (code < 0) {
		if (report_init(&report) ||
		    !(report.source =
			      strdup(opt.known ? "what fswatch-errd knows" :
						 "the kernel, as it is now"))) {
			warnx("%s", strerror(ENOMEM));
			code = CMD_ERROR;
		} else if (opt.known) {
			code = gather_known(&opt, &report);
			if (code == CMD_OK)
				code = write_page(&opt, &report);
		} else {
			code = from_kernel(&opt, &report);
		}
		report_free(&report);
	}
	select_free(&opt.select);
	return code;
}
