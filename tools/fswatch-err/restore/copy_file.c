// SPDX-License-Identifier: GPL-2.0-only
/* A copy that is a file: in a backup's directory, or a mounted snapshot. */
#include "copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/openat2.h>

#include "proc.h"

struct copy_file {
	struct copy copy;
	int fd;
};

static int read_file(struct copy *copy, uint64_t offset, void *buf, size_t len)
{
	const struct copy_file *file = (struct copy_file *)copy;
	char *at = buf;
	ssize_t got;

	while (len) {
		got = pread(file->fd, at, len, offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -ENODATA;
		at += got;
		offset += got;
		len -= got;
	}
	return 0;
}

static void close_file(struct copy *copy)
{
	struct copy_file *file = (struct copy_file *)copy;

	close(file->fd);
	free(file);
}

/* what is there is not opened before it is known to be a file */
static int find_at(int dirfd, const char *name)
{
	struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS,
	};

	return syscall(SYS_openat2, dirfd, name, &how, sizeof(how));
}

static int open_found(int found)
{
	int fd;

	/* a backup that is read should not look as if it had been used */
	fd = proc_reopen(found, O_RDONLY | O_NOATIME);
	if (fd < 0 && errno == EPERM)
		fd = proc_reopen(found, O_RDONLY);
	return fd;
}

struct copy *copy_open_found(int found, const struct stat *of,
			     char error[COPY_ERROR_MAX])
{
	struct copy_file *file;
	const char *why = NULL;
	struct stat st;
	int fd = -1;

	if (fstat(found, &st)) {
		why = strerror(errno);
	} else if (!S_ISREG(st.st_mode)) {
		why = "it is no regular file";
	} else if (st.st_dev == of->st_dev && st.st_ino == of->st_ino) {
		why = "it is the damaged file itself";
	} else if ((fd = open_found(found)) < 0 || fstat(fd, &st)) {
		why = strerror(errno);
	} else {
		file = calloc(1, sizeof(*file));
		if (file) {
			/* a few blocks of it are wanted, not what follows */
			posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
			file->copy.size = st.st_size;
			file->copy.mtime = st.st_mtim;
			file->copy.has_mtime = true;
			file->copy.read = read_file;
			file->copy.close = close_file;
			file->fd = fd;
			return &file->copy;
		}
		why = strerror(ENOMEM);
	}
	snprintf(error, COPY_ERROR_MAX, "%s", why);
	if (fd >= 0)
		close(fd);
	return NULL;
}

struct copy *copy_open_at(int dirfd, const char *name, const struct stat *of,
			  char error[COPY_ERROR_MAX])
{
	int found = find_at(dirfd, name);
	struct copy *copy;

	if (found < 0) {
		snprintf(error, COPY_ERROR_MAX, "%s",
			 errno == ELOOP ?
				 "a symbolic link is on the way to it" :
				 strerror(errno));
		return NULL;
	}
	copy = copy_open_found(found, of, error);
	close(found);
	return copy;
}
