// SPDX-License-Identifier: GPL-2.0-only
/* fswatch-err files: the names of damaged files, for the programs that restore. */
#include "files.h"

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
#include "filelist.h"
#include "json_writer.h"
#include "known.h"
#include "listing.h"
#include "lost_files.h"
#include "namespace.h"
#include "select.h"
#include "supervise.h"

enum {
	OPT_FORMAT = 2000,
	OPT_RELATIVE_TO,
	OPT_EXCLUDE,
};

struct options {
	struct select select;
	int format; /* -1: not chosen */
	char *dir; /* names are relative to it, or NULL */
	bool exclude; /* the list is to leave them out */
	bool json;
	uint64_t timeout; /* seconds */
};

void help_files(FILE *out)
{
	fputs("Usage:\n"
	      " fswatch-err files [options]\n\n"
	      "Print the names of files that lost data, as another program reads them.\n\n"
	      "Options:\n",
	      out);
	select_help(out);
	known_help(out);
	fputs("     --format <word>      " FILELIST_FORMATS "\n"
	      "     --exclude            for a backup that is to leave them out\n"
	      "     --relative-to <dir>  names relative to this directory\n"
	      " -J, --json               JSON output\n"
	      " -w, --timeout <sec>      do not take longer, 600 if this is not given\n"
	      " -h, --help               display this help\n\n"
	      "Exit status 4: damaged files are not in the list, standard error tells which.\n\n"
	      "For more details see fswatch-err-files(8).\n",
	      out);
}

static int set_format(struct options *opt, const char *arg)
{
	opt->format = filelist_format_from_word(arg);
	if (opt->format >= 0)
		return 0;
	warnx("--format: '%s' is none of " FILELIST_FORMATS, arg);
	return -1;
}

/* as lstat(2), in the namespace that is looked into */
static int stat_name(const char *name, struct stat *st)
{
	int fd = namespace_open(name, O_PATH | O_NOFOLLOW, 0);
	int rc = fd < 0 ? -1 : fstat(fd, st);

	if (fd >= 0)
		close(fd);
	return rc;
}

static int set_directory(struct options *opt, const char *arg)
{
	struct stat st;

	free(opt->dir);
	opt->dir = namespace_realpath(arg);
	if (!opt->dir || stat_name(opt->dir, &st)) {
		warn("--relative-to: '%s'", arg);
		return -1;
	}
	if (!S_ISDIR(st.st_mode)) {
		warnx("--relative-to: '%s': %s", arg, strerror(ENOTDIR));
		return -1;
	}
	return 0;
}

/* -1 to go on with, or an exit code */
static int parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option longopts[] = {
		SELECT_LONGOPTS,
		{ "format", required_argument, NULL, OPT_FORMAT },
		{ "relative-to", required_argument, NULL, OPT_RELATIVE_TO },
		{ "exclude", no_argument, NULL, OPT_EXCLUDE },
		{ "json", no_argument, NULL, 'J' },
		{ "timeout", required_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, rc;

	opt->format = -1;
	while ((c = getopt_long(argc, argv, SELECT_SHORTOPTS "Jw:h", longopts,
				NULL)) != -1) {
		switch (c) {
		case OPT_FORMAT:
			if (set_format(opt, optarg))
				return cmd_try_help();
			continue;
		case OPT_RELATIVE_TO:
			if (set_directory(opt, optarg))
				return CMD_ERROR;
			continue;
		case OPT_EXCLUDE:
			opt->exclude = true;
			continue;
		case 'J':
			opt->json = true;
			continue;
		case 'w':
			if (cmd_time_limit(optarg, &opt->timeout))
				return cmd_try_help();
			continue;
		case 'h':
			help_files(stdout);
			return CMD_OK;
		}
		rc = select_option(&opt->select, c, optarg);
		if (rc <= 0)
			return rc ? CMD_ERROR : cmd_try_help();
	}
	if (opt->json && (opt->format >= 0 || opt->exclude)) {
		warnx("--json and --%s exclude each other",
		      opt->exclude ? "exclude" : "format");
		return cmd_try_help();
	}
	if (opt->format < 0)
		opt->format = FILELIST_PLAIN;
	return cmd_end_options(argc, argv);
}

/* the list as JSON */

static int begin_object(void *arg, const struct lost_file *file)
{
	struct json *json = arg;

	json_open_line(json);
	if (file->name)
		json_put_bytes(json, "path", file->name);
	if (file->path_state)
		json_put_string(json, "path_state", file->path_state);
	if (file->has_dev)
		json_put_dev(json, "dev", file->major, file->minor);
	if (file->has_uuid)
		json_put_uuid(json, "uuid", file->uuid);
	json_put_u64(json, "ino", file->ino);
	if (file->has_generation)
		json_put_u64(json, "gen", file->generation);
	if (file->has_root)
		json_put_u64(json, "root", file->root);
	json_open_list(json, "ranges");
	return 0;
}

static int put_range(void *arg, uint64_t offset, uint64_t length)
{
	struct json *json = arg;

	json_open_object(json, NULL);
	json_put_u64(json, "offset", offset);
	json_put_u64(json, "length", length);
	json_close_object(json);
	return 0;
}

static int end_object(void *arg)
{
	struct json *json = arg;

	json_close_list(json);
	json_close_object(json);
	return 0;
}

int files_json(FILE *out, struct lost_files *files, bool incomplete)
{
	static const struct lost_files_visitor visitor = {
		.begin = begin_object,
		.range = put_range,
		.end = end_object,
	};
	struct json json = { .out = out };
	int err;

	json_open_object(&json, NULL);
	json_put_u64(&json, "v", 1);
	json_open_list(&json, "files");
	err = lost_files_each(files, &visitor, &json);
	json_close_lines(&json);
	/* only now it is known whether names are left out */
	json_put_bool(&json, "incomplete", incomplete || err || files->outside);
	json_close_object(&json);
	json_end_line(&json);
	return err;
}

/* the list as another program reads it */

struct output {
	const struct options *opt;
	struct filelist list;
	size_t impossible, directories; /* names that are left out */
	const char *why; /* the list cannot have the last of the former */
};

static bool is_directory(const char *name, const char *dir)
{
	struct stat st;
	char *path = NULL;
	bool is;

	if (dir && asprintf(&path, "%s/%s", dir, name) < 0)
		return false;
	is = !stat_name(path ? path : name, &st) && S_ISDIR(st.st_mode);
	free(path);
	return is;
}

/* a name that the format can have */
static int put_name(void *arg, const struct lost_file *file)
{
	struct output *output = arg;
	const struct options *opt = output->opt;

	if (!file->name || file->again)
		return 0;
	if (!filelist_can_have(&output->list, file->name, &output->why)) {
		output->impossible++;
		return 0;
	}
	if (filelist_recurses(&output->list) &&
	    is_directory(file->name, opt->dir)) {
		output->directories++;
		return 0;
	}
	return filelist_put(&output->list, file->name);
}

/* 1 if some are left out, 0, or a negative errno */
static int print_list(const struct options *opt, struct lost_files *files)
{
	static const struct lost_files_visitor visitor = { .begin = put_name };
	struct output output = {
		.opt = opt,
		.list = { .out = stdout,
			  .format = opt->format,
			  .exclude = opt->exclude,
			  .shown = isatty(STDOUT_FILENO) },
	};
	int err;

	/* that standard output failed is seen when it is closed */
	err = lost_files_each(files, &visitor, &output);
	if (!err)
		err = filelist_end(&output.list);
	if (output.impossible)
		warnx("%zu names are left out, which %s", output.impossible,
		      output.why);
	if (output.directories)
		warnx("%zu directories are left out: they would stand for all that is below them",
		      output.directories);
	return err ? err : output.impossible || output.directories;
}

static int take_views(void *arg, const struct views *views)
{
	size_t i;
	int err = 0;

	for (i = 0; i < views->nr && !err; i++)
		err = lost_files_add(arg, &views->v[i]);
	return err;
}

/* print what was gathered; @code is what is to be said of it already */
static int print(const struct options *opt, struct lost_files *files, int code)
{
	int rc;

	rc = opt->json ? files_json(stdout, files, code != CMD_OK) :
			 print_list(opt, files);
	if (rc < 0) {
		warnx("cannot print the list: %s", strerror(-rc));
		return CMD_ERROR;
	}
	if (files->unlinked)
		warnx("%zu damaged %s open and %s no name any more",
		      files->unlinked,
		      files->unlinked == 1 ? "file is" : "files are",
		      files->unlinked == 1 ? "has" : "have");
	if (files->outside)
		warnx("%zu names are left out, which are not below '%s'",
		      files->outside, opt->dir);
	return rc || files->outside ? CMD_INCOMPLETE : code;
}

static int files(struct options *opt, struct listing *listing)
{
	struct lost_files files;
	int code, err;

	err = lost_files_init(&files, opt->dir);
	if (err) {
		warnx("%s", strerror(-err));
		return CMD_ERROR;
	}
	code = listing_run(listing, &opt->select, true, take_views, &files);
	if (code == CMD_OK)
		code = print(opt, &files, missing_say(&listing->missing));
	lost_files_free(&files);
	return code;
}

int cmd_files(int argc, char **argv)
{
	struct options opt = { .timeout = LISTING_TIMEOUT };
	struct listing listing;
	int code;

	if (known_wanted(argc, argv))
		return known_files(argc, argv);
	/* also a path among the options may be on a disk that does not answer */
	supervise_limit(opt.timeout);
	code = parse_options(argc, argv, &opt);
	if (code < 0) {
		/* a file's data is what another program can restore */
		if (!opt.select.kinds)
			opt.select.kinds = 1 << FSERROR_KIND_DATA_LOST;
		/* and what nobody could map may be more of it */
		opt.select.kinds |= 1 << FSERROR_KIND_MEDIA;
		code = listing_open(&listing, opt.timeout);
		if (code == CMD_OK)
			code = files(&opt, &listing);
		listing_close(&listing);
	}
	select_free(&opt.select);
	free(opt.dir);
	return code;
}
