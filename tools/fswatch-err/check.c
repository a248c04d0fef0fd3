// SPDX-License-Identifier: GPL-2.0-only
/* fswatch-err check: is anything damaged? For scripts and monitoring. */
#include "cmd.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "check.h"
#include "damage.h"
#include "format.h"
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
	      "damaged but that may not be all, 1 an error, 2 the kernel has no fserror family.\n\n"
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

static int compare_inodes(const void *pa, const void *pb)
{
	const struct fserror_record *a =
		*(const struct fserror_record *const *)pa;
	const struct fserror_record *b =
		*(const struct fserror_record *const *)pb;

	if (a->major != b->major)
		return a->major < b->major ? -1 : 1;
	if (a->minor != b->minor)
		return a->minor < b->minor ? -1 : 1;
	return a->ino < b->ino ? -1 : a->ino > b->ino;
}

/* the different inodes among the @nr records, which are sorted by it */
static size_t count_inodes(const struct fserror_record **recs, size_t nr)
{
	size_t files = 0, i;

	qsort(recs, nr, sizeof(*recs), compare_inodes);
	for (i = 0; i < nr; i++)
		files += !i || compare_inodes(&recs[i - 1], &recs[i]);
	return files;
}

int check_count(const struct damage *damage, struct check_counts *counts)
{
	const struct views *views = &damage->views;
	const struct fserror_record **recs, *rec;
	size_t nr = 0, i;

	*counts = (struct check_counts){ 0 };
	recs = calloc(views->nr + 1, sizeof(*recs));
	if (!recs)
		return -ENOMEM;
	for (i = 0; i < views->nr; i++) {
		rec = views->v[i].rec;
		if (rec->kind == FSERROR_KIND_METADATA) {
			counts->metadata++;
		} else if (rec->flags & FSERROR_RECORD_FLAG_UNRESOLVED) {
			counts->unresolved++;
		} else if (fserror_has(rec, FSERROR_A_RECORD_INO)) {
			recs[nr++] = rec;
			counts->bytes += rec->length;
		} else {
			counts->other++;
		}
	}
	counts->files = count_inodes(recs, nr);
	free(recs);
	return 0;
}

void check_text(FILE *out, const struct check_counts *counts)
{
	const char *separator = "";

	if (counts->files) {
		fprintf(out, "%zu %s with %" PRIu64 " damaged bytes",
			counts->files, counts->files == 1 ? "file" : "files",
			counts->bytes);
		separator = ", ";
	}
	if (counts->metadata) {
		fprintf(out, "%s%zu damaged %s of metadata", separator,
			counts->metadata,
			counts->metadata == 1 ? "range" : "ranges");
		separator = ", ";
	}
	if (counts->unresolved) {
		fprintf(out, "%s%zu damaged %s that nobody could map to files",
			separator, counts->unresolved,
			counts->unresolved == 1 ? "range" : "ranges");
		separator = ", ";
	}
	if (counts->other) {
		fprintf(out, "%s%zu other damaged %s", separator, counts->other,
			counts->other == 1 ? "range" : "ranges");
		separator = ", ";
	}
	if (!*separator)
		fputs("nothing is damaged", out);
	fputc('\n', out);
}

int check_json(FILE *out, const struct check_counts *counts, bool incomplete)
{
	struct json_object *obj = json_object_new_object();
	int err = -ENOMEM;

	if (obj && !json_add(obj, "v", json_object_new_int(1)) &&
	    !json_add(obj, "incomplete", json_object_new_boolean(incomplete)) &&
	    !json_add_u64(obj, "files", counts->files) &&
	    !json_add_u64(obj, "bytes", counts->bytes) &&
	    !json_add_u64(obj, "metadata", counts->metadata) &&
	    !json_add_u64(obj, "unresolved", counts->unresolved) &&
	    !json_add_u64(obj, "other", counts->other))
		err = json_write(out, obj);
	json_object_put(obj);
	return err;
}

static void print_text(const struct damage *damage,
		       const struct check_counts *counts)
{
	if (damage->views.nr || damage_complete(damage))
		check_text(stdout, counts);
	else
		puts("nothing is known to be damaged, but not all could be looked at");
}

static int check(const struct options *opt, const struct damage *damage)
{
	struct check_counts counts;
	int err, code;

	err = check_count(damage, &counts);
	if (!err && opt->json)
		err = check_json(stdout, &counts, !damage_complete(damage));
	else if (!err && !opt->quiet)
		print_text(damage, &counts);
	if (err) {
		warnx("%s", strerror(-err));
		return CMD_ERROR;
	}
	code = opt->quiet ?
		       (damage_complete(damage) ? CMD_OK : CMD_INCOMPLETE) :
		       damage_say_missing(damage);
	return damage->views.nr ? CMD_DAMAGED : code;
}

int cmd_check(int argc, char **argv)
{
	struct fserror_client *client;
	struct options opt = { 0 };
	struct damage damage;
	int code, err;

	code = parse_options(argc, argv, &opt);
	if (code < 0) {
		err = fserror_client_open(&client);
		code = err ? cmd_failed(client, err) :
			     damage_load_unnamed(&damage, client, &opt.select);
		if (code == CMD_OK) {
			code = check(&opt, &damage);
			damage_free(&damage);
		}
		fserror_client_close(client);
	}
	select_free(&opt.select);
	return code;
}
