// SPDX-License-Identifier: GPL-2.0-only
/* fswatch-err scan: read what is in use, so that what is bad is found. */
#include "cmd.h"
#include "commands.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "columns.h"
#include "listing.h"
#include "scan_only.h"
#include "scan_print.h"
#include "scan_read.h"
#include "select.h"
#include "supervise.h"

#define RATE (UINT64_C(64) << 20) /* bytes a second, if nothing else is said */
#define PATIENCE 240 /* seconds for one read */
#define SELECT_LIMIT 600 /* seconds, to find what is chosen */
#define SETTLE \
	30 /* seconds for the kernel to find out what it was that failed */
#define LEAVE 5 /* seconds to tell what was found, once it shall end */
#define SAME_SIGNAL 50 /* milliseconds in which another one is the same */
#define AT_MAX (1024 * 1024) /* blocks */

enum { OPT_RATE = 256, OPT_RESUME, OPT_AT, OPT_PATIENCE };

struct options {
	struct select select;
	struct table_options table;
	uint64_t rate; /* bytes a second */
	uint64_t patience, timeout; /* seconds; 0: as long as it takes */
	const char *resume;
	bool at; /* only these blocks */
	uint64_t block, blocks;
};

void help_scan(FILE *out)
{
	fputs("Usage:\n"
	      " fswatch-err scan [options]\n\n"
	      "Read what filesystems have in use, so that what is bad is found, and list\n"
	      "what is damaged.\n\n"
	      "Options:\n",
	      out);
	select_help(out);
	table_help(out);
	fputs("     --at <place>         with -S: only block <n>, or <n>:<count> blocks of it\n"
	      "     --rate <size>        bytes in a second, 64M if not given; 0 is no limit\n"
	      "     --resume <state>     go on where a scan has ended that kept this file\n"
	      "     --patience <sec>     give a device up that does not answer, 240\n"
	      " -w, --timeout <sec>      do not take longer\n"
	      " -h, --help               display this help\n\n"
	      "Exit status: 0 all was read and nothing is damaged, 3 something is damaged,\n"
	      "4 nothing is known to be damaged but not all could be read or looked at, 1 an\n"
	      "error, 2 the kernel has no fserror family.\n\n"
	      "For more details see fswatch-err-scan(8).\n",
	      out);
}

/* 64M */
static bool parse_size(const char *arg, uint64_t *value)
{
	static const char units[] = "KMGT";
	char number[32];
	const char *unit;
	size_t len = strspn(arg, "0123456789");
	unsigned int shift = 0;

	if (arg[len]) {
		unit = strchr(units, arg[len]);
		if (!unit || arg[len + 1])
			return false;
		shift = 10 * (unit - units + 1);
	}
	if (snprintf(number, sizeof(number), "%.*s", (int)len, arg) >=
		    (int)sizeof(number) ||
	    !text_to_u64(number, value) || *value > UINT64_MAX >> shift)
		return false;
	*value <<= shift;
	return true;
}

/* 1234 or 1234:8 */
static bool parse_place(const char *arg, struct options *opt)
{
	const char *colon = strchr(arg, ':');
	char number[32];

	opt->at = true;
	opt->blocks = 1;
	if (colon && !text_to_u64(colon + 1, &opt->blocks))
		return false;
	if (!colon)
		colon = arg + strlen(arg);
	if (snprintf(number, sizeof(number), "%.*s", (int)(colon - arg), arg) >=
	    (int)sizeof(number))
		return false;
	return text_to_u64(number, &opt->block) && opt->blocks &&
	       opt->blocks <= AT_MAX;
}

/* 1, 0 if it is not one of these, or -1 after saying what is wrong */
static int scan_option(struct options *opt, int c, const char *arg)
{
	switch (c) {
	case OPT_RATE:
		if (parse_size(arg, &opt->rate))
			return 1;
		warnx("--rate wants bytes, such as 64M, not '%s'", arg);
		return -1;
	case OPT_AT:
		if (parse_place(arg, opt))
			return 1;
		warnx("--at wants the number of a block, or <n>:<count> with at most %d, not '%s'",
		      AT_MAX, arg);
		return -1;
	case OPT_RESUME:
		opt->resume = arg;
		if (*arg)
			return 1;
		warnx("--resume wants a name, not ''");
		return -1;
	case OPT_PATIENCE:
		if (text_to_u64(arg, &opt->patience) && opt->patience &&
		    opt->patience <= 3600)
			return 1;
		warnx("--patience wants seconds, from 1 to 3600, not '%s'",
		      arg);
		return -1;
	case 'w':
		return cmd_timeout(arg, &opt->timeout) ? -1 : 1;
	}
	return 0;
}

/* -1 to go on with, or an exit code */
static int check_options(struct options *opt)
{
	const struct select_stack *stack = opt->select.stacks.v;

	if (!opt->at)
		return -1;
	if (opt->select.stacks.nr != 1 || !stack->devices.nr) {
		warnx("--at wants one block device, with --source");
		return cmd_try_help();
	}
	if (opt->resume) {
		warnx("--at and --resume exclude each other");
		return cmd_try_help();
	}
	return -1;
}

/* likewise */
static int parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option longopts[] = {
		SELECT_LONGOPTS,
		TABLE_LONGOPTS,
		{ "at", required_argument, NULL, OPT_AT },
		{ "rate", required_argument, NULL, OPT_RATE },
		{ "resume", required_argument, NULL, OPT_RESUME },
		{ "patience", required_argument, NULL, OPT_PATIENCE },
		{ "timeout", required_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, rc;

	columns_default(&opt->table.columns);
	while ((c = getopt_long(argc, argv,
				SELECT_SHORTOPTS TABLE_SHORTOPTS "w:h",
				longopts, NULL)) != -1) {
		if (c == 'h') {
			help_scan(stdout);
			return CMD_OK;
		}
		rc = scan_option(opt, c, optarg);
		if (rc < 0)
			return cmd_try_help();
		if (!rc)
			rc = select_option(&opt->select, c, optarg);
		if (!rc)
			rc = table_option(&opt->table, c, optarg);
		if (rc <= 0)
			return rc ? CMD_ERROR : cmd_try_help();
	}
	if (table_finish(&opt->table))
		return cmd_try_help();
	if (opt->table.list_columns) {
		columns_help(stdout);
		return CMD_OK;
	}
	rc = check_options(opt);
	return rc >= 0 ? rc : cmd_end_options(argc, argv);
}

/* what there is to read; CMD_OK, or another exit code after saying what is wrong */
static int find_targets(const struct options *opt, struct targets *targets)
{
	const struct select_stack *stack = opt->select.stacks.v;
	struct filesystems list = { 0 };
	struct fserror_client *client;
	struct mounts *mounts = NULL;
	struct select *select = (struct select *)&opt->select;
	int err, code = CMD_OK;

	err = fserror_client_open(&client);
	if (!err)
		err = filesystems_load(&list, client);
	if (err)
		code = cmd_failed(client, err);
	if (code == CMD_OK && opt->at) {
		err = targets_add_device(targets, stack->devices.v[0]);
	} else if (code == CMD_OK) {
		mounts = mounts_load();
		err = mounts ? select_learn_from(select, &list) : -errno;
		if (!err)
			err = targets_find(targets, select, &list, mounts);
	}
	if (code == CMD_OK && err) {
		warnx("cannot find out what to read: %s", strerror(-err));
		code = CMD_ERROR;
	}
	if (code == CMD_OK && targets->left_out)
		warnx("%" PRIu64
		      " devices are not read, of which the kernel has not said the names: choose them with --source",
		      targets->left_out);
	mounts_free(mounts);
	filesystems_free(&list);
	fserror_client_close(client);
	return code;
}

static int drop(void *arg, const struct fserror_record *rec)
{
	(void)arg;
	(void)rec;
	return 0;
}

/* the kernel reads what has failed once more by itself, to find what of it is bad */
static void settle(struct listing *listing, struct select *select)
{
	struct pollfd fd = { .fd = listing->wakeup.fd, .events = POLLIN };
	struct dump_state state;
	unsigned int i;

	for (i = 0; i < SETTLE * 4; i++) {
		if (dump_each(listing->client, select, &state, drop, NULL) ||
		    !state.pending || poll(&fd, 1, 250) > 0)
			return;
	}
}

/* what is damaged, as the kernel says now */
static int list_damage(struct options *opt, struct scan_output *output,
		       const struct targets *targets, bool interrupted,
		       bool *incomplete)
{
	struct scan_only only = { .views = scan_views, .arg = output };
	struct listing listing;
	int code;

	if (opt->at)
		scan_only_at(&only, targets->v[0].want.dev, targets->v[0].at,
			     opt->blocks * targets->v[0].block);
	code = listing_open(&listing, interrupted ? LEAVE : LISTING_TIMEOUT);
	if (code == CMD_OK) {
		if (!interrupted)
			settle(&listing, &opt->select);
		code = listing_run(
			&listing, &opt->select,
			opt->table.json ||
				columns_want_names(&opt->table.columns),
			scan_only_views, &only);
	}
	if (code == CMD_OK) {
		*incomplete = !missing_nothing(&listing.missing) ||
			      !targets_read(targets);
		missing_say(&listing.missing);
	}
	listing_close(&listing);
	return code;
}

static const char *where_to_go_on(const struct options *opt,
				  const struct targets *targets)
{
	return targets_ended(targets) ? NULL : opt->resume;
}

static int finish(struct options *opt, struct scan_output *output,
		  const struct targets *targets, bool interrupted)
{
	const char *resume = where_to_go_on(opt, targets);
	bool incomplete = true;
	int code;

	code = list_damage(opt, output, targets, interrupted, &incomplete);
	scan_end(output, targets, incomplete || code != CMD_OK, resume);
	if (code != CMD_OK)
		return code;
	if (!targets->nr)
		warnx("there is nothing to read");
	if (!targets_ended(targets) && opt->resume)
		warnx("not all was read: go on with --resume '%s'", resume);
	else if (!targets_ended(targets))
		warnx("not all was read");
	if (output->list.any)
		return CMD_DAMAGED;
	if (!opt->table.json && !incomplete && isatty(STDERR_FILENO))
		fputs("nothing is damaged\n", stderr);
	return incomplete ? CMD_INCOMPLETE : CMD_OK;
}

static int scan(struct options *opt, struct targets *targets)
{
	struct scan_output output = {
		.out = stdout,
		.table = &opt->table,
		.list = { .table = &opt->table, .out = stdout },
		.progress = isatty(STDERR_FILENO),
	};
	struct resume resume = { .dir = -1, .file = -1 };
	struct wakeup wakeup;
	struct scan_read read = {
		.targets = targets,
		.resume = &resume,
		.output = &output,
		.wakeup = &wakeup,
		.rate = { .per_second = opt->rate },
		.patience = opt->patience,
	};
	bool interrupted, good = true;
	int code = CMD_ERROR;

	if (wakeup_open(&wakeup, opt->timeout)) {
		warn("cannot watch for signals");
		return CMD_ERROR;
	}
	if (resume_open(&resume, opt->resume, targets))
		goto out;
	if (opt->at)
		good = scan_read_blocks(&read, opt->block, opt->blocks);
	else
		scan_read_all(&read);
	interrupted = wakeup_by_signal(&wakeup);
	if (interrupted) {
		/* a terminal sends it, and so does the process that watches over this one */
		poll(NULL, 0, SAME_SIGNAL);
		warnx("interrupted");
	}
	wakeup_take_signal(&wakeup);
	if (!good || read.failed)
		goto out;
	if (targets->nr && targets_ended(targets) && resume_remove(&resume))
		goto out;
	code = finish(opt, &output, targets, interrupted);
out:
	resume_close(&resume);
	wakeup_close(&wakeup);
	return code;
}

int cmd_scan(int argc, char **argv)
{
	struct options opt = { .rate = RATE, .patience = PATIENCE };
	struct targets targets = { 0 };
	int code;

	/* also a path among the options may be on a disk that does not answer */
	supervise_limit(SELECT_LIMIT);
	code = parse_options(argc, argv, &opt);
	if (code < 0) {
		code = find_targets(&opt, &targets);
		/* each read has a limit of its own */
		supervise_limit(INT32_MAX);
		/* to say what was found, and where to go on */
		supervise_patience(2 * LEAVE);
		if (code == CMD_OK)
			code = scan(&opt, &targets);
		/* all is said: what still waits for a disk is not waited for */
		supervise_patience(2);
	}
	targets_free(&targets);
	select_free(&opt.select);
	return code;
}
