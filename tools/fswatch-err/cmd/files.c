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

#include <json-c/json.h>

#include "cmd.h"
#include "commands.h"
#include "damage.h"
#include "filelist.h"
#include "format.h"
#include "namespace.h"
#include "select.h"

enum {
	OPT_FORMAT = 2000,
	OPT_RELATIVE_TO,
};

struct options {
	struct select select;
	int format; /* -1: not chosen */
	char *dir; /* names are relative to it, or NULL */
	bool json;
};

void help_files(FILE *out)
{
	fputs("Usage:\n"
	      " fswatch-err files [options]\n\n"
	      "Print the names of files that lost data, as another program reads them.\n\n"
	      "Options:\n",
	      out);
	select_help(out);
	fputs("     --format <word>      " FILELIST_FORMATS "\n"
	      "     --relative-to <dir>  names relative to this directory\n"
	      " -J, --json               JSON output\n"
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
		{ "json", no_argument, NULL, 'J' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, rc;

	opt->format = -1;
	while ((c = getopt_long(argc, argv, SELECT_SHORTOPTS "Jh", longopts,
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
		case 'J':
			opt->json = true;
			continue;
		case 'h':
			help_files(stdout);
			return CMD_OK;
		}
		rc = select_option(&opt->select, c, optarg);
		if (rc <= 0)
			return rc ? CMD_ERROR : cmd_try_help();
	}
	if (opt->json && opt->format >= 0) {
		warnx("--json and --format exclude each other");
		return cmd_try_help();
	}
	if (opt->format < 0)
		opt->format = FILELIST_PLAIN;
	return cmd_end_options(argc, argv);
}

static int add_ranges(struct json_object *obj, const struct damaged_file *file)
{
	struct json_object *list = json_object_new_array(), *range;
	size_t i;

	for (i = 0; list && i < file->nr_ranges; i++) {
		range = json_object_new_object();
		if (!range ||
		    json_add_u64(range, "offset", file->ranges[i].offset) ||
		    json_add_u64(range, "length", file->ranges[i].length) ||
		    json_object_array_add(list, range)) {
			json_object_put(range);
			json_object_put(list);
			return -1;
		}
	}
	return json_add(obj, "ranges", list);
}

/* @name is NULL for a file of which none is known */
static struct json_object *json_file(const struct damaged_file *file,
				     const char *name)
{
	const struct fserror_record *rec = file->view->rec;
	const struct path_result *paths = file->view->paths;
	struct json_object *obj = json_object_new_object();

	if (!obj)
		return NULL;
	if ((name && json_add_bytes(obj, "path", name)) ||
	    (paths && json_add_string(obj, "path_state",
				      path_state_name(paths->state))) ||
	    (fserror_has(rec, FSERROR_A_RECORD_MAJOR) &&
	     fserror_has(rec, FSERROR_A_RECORD_MINOR) &&
	     json_add_dev(obj, "dev", rec->major, rec->minor)) ||
	    (fserror_has(rec, FSERROR_A_RECORD_UUID) &&
	     json_add_uuid(obj, "uuid", rec->uuid)) ||
	    json_add_u64(obj, "ino", rec->ino) ||
	    (fserror_has(rec, FSERROR_A_RECORD_GENERATION) &&
	     json_add_u64(obj, "gen", rec->generation)) ||
	    add_ranges(obj, file)) {
		json_object_put(obj);
		return NULL;
	}
	return obj;
}

static int print_json(FILE *out, const struct damaged_file *file,
		      const char *name, const char *separator)
{
	struct json_object *obj = json_file(file, name);
	const char *text;

	text = obj ? json_object_to_json_string_ext(
			     obj, JSON_C_TO_STRING_PLAIN |
					  JSON_C_TO_STRING_NOSLASHESCAPE) :
		     NULL;
	if (text)
		fprintf(out, "%s\n%s", separator, text);
	json_object_put(obj);
	return text ? 0 : -ENOMEM;
}

int files_json(FILE *out, const struct damaged *damaged, bool incomplete)
{
	const struct damaged_file *file;
	const char *separator = "";
	int err = 0;
	size_t i;

	fprintf(out, "{\"v\":1,\"incomplete\":%s,\"files\":[",
		incomplete ? "true" : "false");
	for (i = 0; !err && i < damaged->nr_names; i++) {
		err = print_json(out, damaged->names[i].file,
				 damaged->names[i].name, separator);
		separator = ",";
	}
	for (i = 0; !err && i < damaged->nr_files; i++) {
		file = &damaged->files[i];
		if (file->view->paths && file->view->paths->count)
			continue;
		err = print_json(out, file, NULL, separator);
		separator = ",";
	}
	fprintf(out, "%s]}\n", *separator ? "\n" : "");
	return err;
}

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

struct left_out {
	size_t newlines, directories;
};

/* the names that the format can have; the result is for free() */
static const char **choose(const struct options *opt,
			   const struct damaged *damaged, size_t *nr,
			   struct left_out *left_out)
{
	const char **names = calloc(damaged->nr_names + 1, sizeof(*names));
	const char *name;
	size_t i;

	*nr = 0;
	for (i = 0; names && i < damaged->nr_names; i++) {
		name = damaged->names[i].name;
		if (!filelist_can_have(opt->format, name))
			left_out->newlines++;
		else if (filelist_recurses(opt->format) &&
			 is_directory(name, opt->dir))
			left_out->directories++;
		else
			names[(*nr)++] = name;
	}
	return names;
}

static int print_list(const struct options *opt, const struct damaged *damaged)
{
	struct left_out left_out = { 0 };
	const char **names;
	size_t nr;

	names = choose(opt, damaged, &nr, &left_out);
	if (!names)
		return -ENOMEM;
	/* that standard output failed is seen when it is closed */
	if (isatty(STDOUT_FILENO))
		filelist_show(stdout, opt->format, names, nr);
	else
		filelist_write(stdout, opt->format, names, nr);
	free(names);
	if (left_out.newlines)
		warnx("%zu names are left out, which have a newline in them: use --format null",
		      left_out.newlines);
	if (left_out.directories)
		warnx("%zu directories are left out: they would stand for all that is below them",
		      left_out.directories);
	return left_out.newlines || left_out.directories;
}

static int files(const struct options *opt, const struct damage *damage)
{
	struct damaged damaged;
	int code, rc;

	rc = damaged_make(&damaged, &damage->views, opt->dir);
	if (rc) {
		warnx("%s", strerror(-rc));
		return CMD_ERROR;
	}
	code = damage_say_missing(damage);
	if (damaged.unlinked)
		warnx("%zu damaged %s open and %s no name any more",
		      damaged.unlinked,
		      damaged.unlinked == 1 ? "file is" : "files are",
		      damaged.unlinked == 1 ? "has" : "have");
	if (damaged.outside) {
		warnx("%zu names are left out, which are not below '%s'",
		      damaged.outside, opt->dir);
		code = CMD_INCOMPLETE;
	}
	if (opt->json)
		rc = files_json(stdout, &damaged, code != CMD_OK);
	else
		rc = print_list(opt, &damaged);
	if (rc < 0)
		warnx("cannot print the list: %s", strerror(-rc));
	damaged_free(&damaged);
	if (rc < 0)
		return CMD_ERROR;
	return rc ? CMD_INCOMPLETE : code;
}

int cmd_files(int argc, char **argv)
{
	struct fserror_client *client;
	struct options opt = { 0 };
	struct damage damage;
	int code, err;

	code = parse_options(argc, argv, &opt);
	if (code < 0) {
		/* a file's data is what another program can restore */
		if (!opt.select.kinds)
			opt.select.kinds = 1 << FSERROR_KIND_DATA_LOST;
		/* and what nobody could map may be more of it */
		opt.select.kinds |= 1 << FSERROR_KIND_MEDIA;
		err = fserror_client_open(&client);
		code = err ? cmd_failed(client, err) :
			     damage_load(&damage, client, &opt.select, NULL);
		if (code == CMD_OK) {
			code = files(&opt, &damage);
			damage_free(&damage);
		}
		fserror_client_close(client);
	}
	select_free(&opt.select);
	free(opt.dir);
	return code;
}
