// SPDX-License-Identifier: GPL-2.0-only
/* files with --known. */
#include "known.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "filelist.h"
#include "known_options.h"

struct files {
	const struct known_options *opt;
	struct filelist list;
	char *last; /* name that was put; losses of one file follow each other */
	uint64_t unnamed, left_out, outside, directories;
	uint64_t unresolved; /* losses that may be of any file */
	const char *why; /* the last of those that are left out */
	int err;
};

/* @path as it is to be put, or NULL if it is not below the directory */
static const char *relative(const char *dir, const char *path)
{
	size_t len = dir ? strlen(dir) : 0;

	if (!len)
		return path;
	if (!strcmp(dir, "/"))
		return path + 1;
	return !strncmp(path, dir, len) && path[len] == '/' ? path + len + 1 :
							      NULL;
}

/* the name may be that of something else by now */
static bool is_directory(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISDIR(st.st_mode);
}

static int put_file(void *arg, const struct ledger_loss *loss)
{
	struct files *files = arg;
	const char *name;

	if (!known_chosen(files->opt, loss))
		return 0;
	if (!loss->in_file) {
		files->unresolved += known_may_be_of_files(loss);
		return 0;
	}
	if (!loss->path) {
		files->unnamed++;
		return 0;
	}
	if (files->last && !strcmp(files->last, loss->path))
		return 0;
	free(files->last);
	files->last = strdup(loss->path);
	if (!files->last) {
		files->err = -ENOMEM;
		return 1;
	}
	name = relative(files->opt->below, loss->path);
	if (!name) {
		files->outside++;
		return 0;
	}
	if (!filelist_can_have(&files->list, name, &files->why)) {
		files->left_out++;
		return 0;
	}
	if (filelist_recurses(&files->list) && is_directory(loss->path)) {
		files->directories++;
		return 0;
	}
	files->err = filelist_put(&files->list, name);
	return files->err ? 1 : 0;
}

int known_files(int argc, char **argv)
{
	struct known_options opt;
	struct files files = { .opt = &opt };
	int code = known_parse(argc, argv, &opt, "f");

	if (code >= 0) {
		free(opt.below);
		return code;
	}
	files.list = (struct filelist){
		.out = stdout,
		.format = opt.format < 0 ? FILELIST_PLAIN : opt.format,
		.exclude = opt.exclude,
		.shown = isatty(STDOUT_FILENO),
	};
	code = known_each(&opt, put_file, &files);
	if (!files.err)
		files.err = filelist_end(&files.list);
	free(files.last);
	if (files.err) {
		warnx("%s", strerror(-files.err));
		code = CMD_ERROR;
	}
	if (files.unresolved)
		warnx("%" PRIu64 " %s could not be mapped to files",
		      files.unresolved,
		      files.unresolved == 1 ? "loss" : "losses");
	if (files.unnamed)
		warnx("of %" PRIu64 " losses of files no name is known",
		      files.unnamed);
	if (files.left_out)
		warnx("%" PRIu64 " names are left out, which %s",
		      files.left_out, files.why);
	if (files.directories)
		warnx("%" PRIu64
		      " names are left out, which are those of directories now",
		      files.directories);
	if (files.outside)
		warnx("%" PRIu64
		      " names are left out, which are not below '%s'",
		      files.outside, opt.below);
	free(opt.below);
	if (code == CMD_OK &&
	    (files.unresolved || files.unnamed || files.left_out ||
	     files.directories || files.outside))
		code = CMD_INCOMPLETE;
	return code;
}
