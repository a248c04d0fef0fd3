// SPDX-License-Identifier: GPL-2.0-only
/* fswatch-err check: is anything damaged? For scripts and monitoring. */
#include "cmd.h"
#include "commands.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "json_writer.h"
#include "known.h"
#include "listing.h"
#include "select.h"
#include "supervise.h"

struct options {
	struct select select;
	bool quiet;
	bool json;
	bool nagios;
	uint64_t timeout; /* seconds */
};

enum { OPT_NAGIOS = 256 };

void help_check(FILE *out)
{
	fputs("Usage:\n"
	      " fswatch-err check [options]\n\n"
	      "Say in one line whether anything is damaged, and end with 0 or 3 by it.\n\n"
	      "Options:\n",
	      out);
	select_help(out);
	known_help(out);
	fputs(" -q, --quiet              print nothing, only end with the status\n"
	      " -J, --json               JSON output\n"
	      "     --nagios             be a plugin of Nagios: one line, with its exit status\n"
	      " -w, --timeout <sec>      do not take longer, 600 if this is not given\n"
	      " -h, --help               display this help\n\n"
	      "Exit status: 0 nothing is damaged, 3 something is, 4 nothing is known to be\n"
	      "damaged but that may not be all, or a read or write failed, 1 an error, 2 the\n"
	      "kernel has no fserror family.\n\n"
	      "For more details see fswatch-err-check(8).\n",
	      out);
}

/* -1 to go on with, or an exit code */
static int parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option longopts[] = {
		SELECT_LONGOPTS,
		{ "quiet", no_argument, NULL, 'q' },
		{ "json", no_argument, NULL, 'J' },
		{ "nagios", no_argument, NULL, OPT_NAGIOS },
		{ "timeout", required_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, rc;

	while ((c = getopt_long(argc, argv, SELECT_SHORTOPTS "qJw:h", longopts,
				NULL)) != -1) {
		switch (c) {
		case 'q':
			opt->quiet = true;
			continue;
		case 'J':
			opt->json = true;
			continue;
		case OPT_NAGIOS:
			opt->nagios = true;
			continue;
		case 'w':
			if (cmd_time_limit(optarg, &opt->timeout))
				return cmd_try_help();
			continue;
		case 'h':
			help_check(stdout);
			return CMD_OK;
		}
		rc = select_option(&opt->select, c, optarg);
		if (rc <= 0)
			return rc ? CMD_ERROR : cmd_try_help();
	}
	if (opt->quiet + opt->json + opt->nagios > 1) {
		warnx("--quiet, --json and --nagios exclude each other");
		return cmd_try_help();
	}
	return cmd_end_options(argc, argv);
}

int check_add(struct check_counts *counts, const struct fserror_record *rec)
{
	int err;

	if (rec->flags & FSERROR_RECORD_FLAG_UNKNOWN) {
		counts->unknown++;
	} else if (rec->kind == FSERROR_KIND_DEGRADED) {
		counts->degraded++;
	} else if (rec->kind == FSERROR_KIND_METADATA) {
		counts->metadata++;
	} else if (rec->kind == FSERROR_KIND_BULK ||
		   rec->flags & FSERROR_RECORD_FLAG_UNRESOLVED) {
		counts->unresolved++;
	} else if (fserror_has(rec, FSERROR_A_RECORD_INO)) {
		err = inodes_add(&counts->inodes, rec);
		if (err)
			return err;
		counts->bytes += rec->length;
	} else if (rec->flags & FSERROR_RECORD_FLAG_UNOWNED) {
		counts->unowned++;
	} else {
		counts->other++;
	}
	return 0;
}

int check_finish(struct check_counts *counts)
{
	return inodes_finish(&counts->inodes);
}

void check_free(struct check_counts *counts)
{
	inodes_free(&counts->inodes);
}

bool check_damaged(const struct check_counts *counts)
{
	return counts->inodes.nr || counts->metadata || counts->unresolved ||
	       counts->unowned || counts->degraded || counts->other;
}

/* "2 damaged ranges of metadata", if there are any */
static void put_count(FILE *out, const char **separator, uint64_t nr,
		      const char *one, const char *more)
{
	if (!nr)
		return;
	fprintf(out, "%s%" PRIu64 " %s", *separator, nr, nr == 1 ? one : more);
	*separator = ", ";
}

void check_words(FILE *out, const struct check_counts *counts, bool incomplete)
{
	const char *separator = "";

	put_count(out, &separator, counts->inodes.nr, "file", "files");
	if (counts->inodes.nr)
		fprintf(out, " with %" PRIu64 " damaged bytes", counts->bytes);
	put_count(out, &separator, counts->metadata,
		  "damaged range of metadata", "damaged ranges of metadata");
	put_count(out, &separator, counts->unresolved,
		  "damaged range that nobody could map to files",
		  "damaged ranges that nobody could map to files");
	put_count(out, &separator, counts->unowned,
		  "damaged range that no file has",
		  "damaged ranges that no file has");
	put_count(out, &separator, counts->degraded,
		  "range with a damaged copy, of which nothing is lost",
		  "ranges with a damaged copy, of which nothing is lost");
	put_count(out, &separator, counts->other, "other damaged range",
		  "other damaged ranges");
	if (!*separator)
		fputs(incomplete ?
			      "no damage is known, but that may not be all" :
			      "nothing is damaged",
		      out);
}

void check_text(FILE *out, const struct check_counts *counts, bool incomplete)
{
	check_words(out, counts, incomplete);
	fputc('\n', out);
}

void check_json(FILE *out, const struct check_counts *counts, bool incomplete)
{
	struct json json = { .out = out };

	json_open_object(&json, NULL);
	json_put_u64(&json, "v", 2);
	json_put_bool(&json, "incomplete", incomplete);
	json_put_u64(&json, "files", counts->inodes.nr);
	json_put_u64(&json, "bytes", counts->bytes);
	json_put_u64(&json, "metadata", counts->metadata);
	json_put_u64(&json, "unresolved", counts->unresolved);
	json_put_u64(&json, "unowned", counts->unowned);
	json_put_u64(&json, "degraded", counts->degraded);
	json_put_u64(&json, "other", counts->other);
	json_put_u64(&json, "unknown", counts->unknown);
	json_put_u64(&json, "io_errors", counts->io_errors);
	json_put_u64(&json, "unlisted", counts->unlisted);
	json_put_u64(&json, "shutdown", counts->shutdown);
	json_close_object(&json);
	json_end_line(&json);
}

static int count_views(void *arg, const struct views *views)
{
	size_t i;
	int err = 0;

	for (i = 0; i < views->nr && !err; i++)
		err = check_add(arg, views->v[i].rec);
	return err;
}

/* what it ends with: @code, or as a plugin, which says @why, a state of it */
static int failed(const struct options *opt, int code, const char *why)
{
	return opt->nagios ? check_nagios_failed(stdout, why) : code;
}

static int check(struct options *opt, struct listing *listing)
{
	struct check_counts counts = { 0 };
	const struct missing *missing = &listing->missing;
	bool incomplete;
	int code, err;

	/* names need not be known, but for a path */
	code = listing_run(listing, &opt->select, false, count_views, &counts);
	if (code != CMD_OK) {
		code = failed(opt, code, "the kernel did not answer");
		goto free_counts;
	}
	err = check_finish(&counts);
	if (err) {
		warnx("%s", strerror(-err));
		code = failed(opt, CMD_ERROR, strerror(-err));
		goto free_counts;
	}
	if (!check_damaged(&counts) &&
	    proof_load_history(&listing->missing.proof, listing->client,
			       &opt->select)) {
		code = failed(opt, CMD_ERROR, "the kernel did not answer");
		goto free_counts;
	}
	counts.io_errors = missing->proof.io_errors;
	counts.unlisted = missing->proof.unlisted;
	counts.shutdown = missing->proof.shutdown;
	incomplete = !missing_nothing(missing);
	if (opt->nagios) {
		code = check_nagios(stdout, &counts, missing);
		goto free_counts;
	}
	if (!opt->quiet)
		missing_say(missing);
	if (opt->json)
		check_json(stdout, &counts, incomplete);
	else if (!opt->quiet)
		check_text(stdout, &counts, incomplete);
	if (check_damaged(&counts))
		code = CMD_DAMAGED;
	else if (incomplete)
		code = CMD_INCOMPLETE;
free_counts:
	check_free(&counts);
	return code;
}

/* before the options are looked at, which may take for ever */
static bool wants_nagios(int argc, char **argv)
{
	int i;

	/* getopt_long() takes the beginning of a name, too, if no other has it */
	for (i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (strlen(argv[i]) >= strlen("--nag") &&
		    !strncmp("--nagios", argv[i], strlen(argv[i])))
			return true;
	}
	return false;
}

int cmd_check(int argc, char **argv)
{
	struct options opt = { .timeout = LISTING_TIMEOUT };
	struct listing listing;
	const bool nagios = wants_nagios(argc, argv);
	int code;

	if (known_wanted(argc, argv)) {
		/* an exit status of a usage error is a state of something else there */
		if (nagios)
			return check_nagios_failed(
				stdout,
				"--nagios and --known exclude each other");
		return known_check(argc, argv);
	}
	if (nagios)
		check_nagios_supervise();
	/* also a path among the options may be on a disk that does not answer */
	supervise_limit(opt.timeout);
	code = parse_options(argc, argv, &opt);
	if (code < 0) {
		code = listing_open(&listing, opt.timeout);
		if (code == CMD_OK)
			code = check(&opt, &listing);
		else
			code = failed(
				&opt, code,
				code == CMD_NO_FAMILY ?
					"this kernel has no fserror family" :
					"the kernel cannot be asked");
		listing_close(&listing);
	} else {
		code = failed(&opt, code, "wrong options");
	}
	select_free(&opt.select);
	return code;
}
