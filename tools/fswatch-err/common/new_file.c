// SPDX-License-Identifier: GPL-2.0-only
#include "new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 16

/* a name that there is not */
static int make_name(struct new_file *file)
{
	unsigned int number;

	free(file->temporary);
	file->temporary = NULL;
	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -errno;
	if (asprintf(&file->temporary, ".%.200s.%08x", file->name, number) <
	    0) {
		file->temporary = NULL;
		return -ENOMEM;
	}
	return 0;
}

/* where a file without a name cannot be had */
static int open_named(struct new_file *file, unsigned int mode)
{
	int fd, err, i;

	for (i = 0; i < TRIES; i++) {
		err = make_name(file);
		if (err)
			return err;
		fd = openat(file->dir, file->temporary,
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
				    O_CLOEXEC,
			    mode);
		if (fd >= 0)
			return fd;
		err = -errno;
		free(file->temporary);
		file->temporary = NULL;
		if (err != -EEXIST)
			return err;
	}
	return -EEXIST;
}

static int open_directory(struct new_file *file, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir;

	file->name = strdup(slash ? slash + 1 : path);
	dir = slash ? strndup(path, slash == path ? 1 : slash - path) :
		      strdup(".");
	if (file->name && dir)
		file->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	else
		errno = ENOMEM;
	free(dir);
	if (file->dir < 0)
		return -errno;
	return *file->name ? 0 : -EISDIR;
}

/* /dev/null, or what leads to it or to an open file as /dev/stdout does */
static bool is_special(const struct new_file *file)
{
	char to[16] = "";
	struct stat st;

	if (readlinkat(file->dir, file->name, to, sizeof(to) - 1) > 0 &&
	    !strncmp(to, "/proc/", 6))
		return true;
	return !fstatat(file->dir, file->name, &st, 0) &&
	       !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

int new_file_open(struct new_file *file, const char *path, unsigned int mode)
{
	int fd = -1, err;

	*file = (struct new_file){ .dir = -1 };
	err = open_directory(file, path);
	if (!err && is_special(file))
		err = -ENOTSUP;
	if (!err) {
		fd = openat(file->dir, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC,
			    mode);
		if (fd < 0)
			fd = open_named(file, mode);
		err = fd < 0 ? fd : 0;
	}
	if (!err) {
		file->out = fdopen(fd, "w");
		if (!file->out) {
			err = -errno;
			close(fd);
		}
	}
	if (err)
		new_file_drop(file);
	return err;
}

/* give it a name, to be renamed from */
static int name_it(struct new_file *file)
{
	char self[64];
	int err, i;

	if (file->temporary)
		return 0;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fileno(file->out));
	for (i = 0; i < TRIES; i++) {
		err = make_name(file);
		if (err)
			return err;
		if (!linkat(AT_FDCWD, self, file->dir, file->temporary,
			    AT_SYMLINK_FOLLOW))
			return 0;
		err = -errno;
		free(file->temporary);
		file->temporary = NULL;
		if (err != -EEXIST)
			return err;
	}
	return -EEXIST;
}

int new_file_finish(struct new_file *file)
{
	const int failed = ferror(file->out);
	int err;

	if (fflush(file->out) || failed)
		return errno ? -errno : -EIO;
	if (fsync(fileno(file->out)))
		return -errno;
	err = name_it(file);
	if (err)
		return err;
	if (renameat(file->dir, file->temporary, file->dir, file->name))
		return -errno;
	free(file->temporary);
	file->temporary = NULL;
	/* the name, too */
	return fsync(file->dir) ? -errno : 0;
}

void new_file_drop(struct new_file *file)
{
	if (file->temporary)
		unlinkat(file->dir, file->temporary, 0);
	if (file->out)
		fclose(file->out);
	if (file->dir >= 0)
		close(file->dir);
	free(file->temporary);
	free(file->name);
	*file = (struct new_file){ .dir = -1 };
}
