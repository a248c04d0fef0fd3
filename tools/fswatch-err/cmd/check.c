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

#include <json-c/json.h>

#include "check.h"
#include "damage.h"
#include "dump.h"
#include "format.h"
#include "proof.h"
#include "select.h"

struct options {
	struct select select;
	bool quiet;
	bool json;
};

void help_check(FILE *out)
{
	fputs("Usage:\n"
	      " fswatch-err check [options]\n\n"
	      "Say in one line whether anything is damaged, and end with 0 or 3 by it.\n\n"
	      "Options:\n",
	      out);
	select_help(out);
	fputs(" -q, --quiet              print nothing, only end with the status\n"
	      " -J, --json               JSON output\n"
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
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, rc;

	while ((c = getopt_long(argc, argv, SELECT_SHORTOPTS "qJh", longopts,
				NULL)) != -1) {
		switch (c) {
		case 'q':
			opt->quiet = true;
			continue;
		case 'J':
			opt->json = true;
			continue;
		case 'h':
			help_check(stdout);
			return CMD_OK;
		}
		rc = select_option(&opt->select, c, optarg);
		if (rc <= 0)
			return rc ? CMD_ERROR : cmd_try_help();
	}
	if (opt->quiet && opt->json) {
		warnx("--quiet and --json exclude each other");
		return cmd_try_help();
	}
	return cmd_end_options(argc, argv);
}

int check_add(struct check_counts *counts, const struct fserror_record *rec)
{
	int rc;

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
		rc = inodes_add(&counts->inodes, rec);
		if (rc < 0)
			return rc;
		counts->bytes += rec->length;
	} else if (rec->flags & FSERROR_RECORD_FLAG_UNOWNED) {
		counts->unowned++;
	} else {
		counts->other++;
	}
	return 0;
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

void check_text(FILE *out, const struct check_counts *counts, bool incomplete)
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
	fputc('\n', out);
}

int check_json(FILE *out, const struct check_counts *counts, bool incomplete)
{
	struct json_object *obj = json_object_new_object();
	int err = -ENOMEM;

	if (obj && !json_add(obj, "v", json_object_new_int(2)) &&
	    !json_add(obj, "incomplete", json_object_new_boolean(incomplete)) &&
	    !json_add_u64(obj, "files", counts->inodes.nr) &&
	    !json_add_u64(obj, "bytes", counts->bytes) &&
	    !json_add_u64(obj, "metadata", counts->metadata) &&
	    !json_add_u64(obj, "unresolved", counts->unresolved) &&
	    !json_add_u64(obj, "unowned", counts->unowned) &&
	    !json_add_u64(obj, "degraded", counts->degraded) &&
	    !json_add_u64(obj, "other", counts->other) &&
	    !json_add_u64(obj, "unknown", counts->unknown) &&
	    !json_add_u64(obj, "io_errors", counts->io_errors) &&
	    !json_add_u64(obj, "shutdown", counts->shutdown))
		err = json_write(out, obj);
	json_object_put(obj);
	return err;
}

static int count_record(void *arg, const struct fserror_record *rec)
{
	return check_add(arg, rec);
}

static void count_errors(struct check_counts *counts, const struct proof *proof)
{
	counts->io_errors = proof->io_errors;
	counts->shutdown = proof->shutdown;
}

/* without a path names need not be known, and nothing is kept */
static int count_all(struct options *opt, struct fserror_client *client,
		     struct check_counts *counts, bool *incomplete)
{
	struct dump_state state;
	struct proof proof = { 0 };
	int err;

	err = dump_each(client, &opt->select, &state, count_record, counts);
	if (err == -ENOMEM)
		warnx("%s", strerror(ENOMEM));
	if (err)
		return CMD_ERROR;
	if (proof_load(&proof, client, &opt->select, !check_damaged(counts)))
		return CMD_ERROR;
	count_errors(counts, &proof);
	*incomplete = !dump_complete(&state) || counts->unresolved || proof.nr;
	if (!opt->quiet) {
		proof_say(&proof);
		dump_say_missing(&state);
	}
	proof_free(&proof);
	return CMD_OK;
}

static int count_below(struct options *opt, struct fserror_client *client,
		       struct check_counts *counts, bool *incomplete)
{
	struct damage damage;
	size_t i;
	int code, err = 0;

	code = damage_load(&damage, client, &opt->select, NULL);
	if (code != CMD_OK)
		return code;
	for (i = 0; !err && i < damage.views.nr; i++)
		err = check_add(counts, damage.views.v[i].rec);
	if (err)
		warnx("%s", strerror(-err));
	count_errors(counts, &damage.proof);
	*incomplete = !damage_complete(&damage);
	if (!opt->quiet)
		damage_say_missing(&damage);
	damage_free(&damage);
	return err ? CMD_ERROR : CMD_OK;
}

static int check(struct options *opt, struct fserror_client *client)
{
	struct check_counts counts = { 0 };
	bool incomplete = false;
	int err = 0, code;

	code = opt->select.paths.nr ?
		       count_below(opt, client, &counts, &incomplete) :
		       count_all(opt, client, &counts, &incomplete);
	if (code != CMD_OK)
		goto free_counts;
	if (opt->json)
		err = check_json(stdout, &counts, incomplete);
	else if (!opt->quiet)
		check_text(stdout, &counts, incomplete);
	if (err) {
		warnx("%s", strerror(-err));
		code = CMD_ERROR;
	} else if (check_damaged(&counts)) {
		code = CMD_DAMAGED;
	} else if (incomplete) {
		code = CMD_INCOMPLETE;
	}
free_counts:
	check_free(&counts);
	return code;
}

int cmd_check(int argc, char **argv)
{
	struct fserror_client *client;
	struct options opt = { 0 };
	int code, err;

	code = parse_options(argc, argv, &opt);
	if (code < 0) {
		err = fserror_client_open(&client);
		code = err ? cmd_failed(client, err) : check(&opt, client);
		fserror_client_close(client);
	}
	select_free(&opt.select);
	return code;
}
