// SPDX-License-Identifier: GPL-2.0-only
/* Open the file that is to be healed, and no other one. */
#include "heal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "proc.h"
#include "xfs_handle.h"

/* what is opened by a handle of XFS is written without a change of its times */
static int open_unseen(int dir_fd, int found, int flags)
{
	struct xfs_handle handle;
	__u32 len = sizeof(handle);
	struct xfs_fsop_handlereq req = {
		.ohandle = &handle,
		.ohandlen = &len,
	};
	struct statfs fs;
	int plain, fd = -1;

	if (fstatfs(found, &fs) || fs.f_type != XFS_SUPER_MAGIC)
		return -1;
	plain = proc_reopen(found, O_RDONLY | O_NOATIME | O_NONBLOCK);
	if (plain < 0)
		return -1;
	req.fd = plain;
	if (!ioctl(plain, XFS_IOC_FD_TO_HANDLE, &req)) {
		req.ihandle = &handle;
		req.ihandlen = len;
		req.oflags = flags;
		/* the kernel wants a directory for this */
		fd = ioctl(dir_fd, XFS_IOC_OPEN_BY_HANDLE, &req);
	}
	close(plain);
	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

static bool same_file(int a, int b)
{
	struct stat st_a, st_b;

	return !fstat(a, &st_a) && !fstat(b, &st_b) &&
	       st_a.st_dev == st_b.st_dev && st_a.st_ino == st_b.st_ino;
}

/* what "statx" says of a file that root may not write either */
static const char *why_not_permitted(int found)
{
	struct statx stx;

	if (statx(found, "", AT_EMPTY_PATH, STATX_TYPE, &stx))
		return NULL;
	if (stx.stx_attributes & STATX_ATTR_IMMUTABLE)
		return "it is immutable: 'chattr -i' makes it writable";
	if (stx.stx_attributes & STATX_ATTR_APPEND)
		return "it can only be appended to: 'chattr -a' makes it writable";
	if (stx.stx_attributes & STATX_ATTR_VERITY)
		return "it is sealed by fs-verity: replace it as a whole";
	return NULL;
}

static const char *why_not(int found, int err)
{
	switch (err) {
	case -EPERM:
	case -EACCES:
		return why_not_permitted(found);
	case -ETXTBSY:
		return "it is a program that runs: end it first";
	case -EROFS:
		return "its filesystem is mounted read-only";
	}
	return NULL;
}

static bool is_octal(const char *digits)
{
	return strspn(digits, "01234567") >= 3;
}

/* its first word, in which a backslash and three digits stand for a byte */
static void cut_name(char *line)
{
	char *to = line;

	line[strcspn(line, " \t\n")] = '\0';
	for (; *line; line++) {
		if (*line == '\\' && is_octal(line + 1)) {
			*to++ = (line[1] - '0') << 6 | (line[2] - '0') << 3 |
				(line[3] - '0');
			line += 3;
		} else {
			*to++ = *line;
		}
	}
	*to = '\0';
}

/* a line of /proc/swaps: is that file @fd? */
static bool is_swap_line(char *line, int fd)
{
	bool same;
	int swap;

	cut_name(line);
	swap = open(line, O_PATH | O_CLOEXEC);
	if (swap < 0)
		return false;
	same = same_file(swap, fd);
	close(swap);
	return same;
}

/* the kernel writes to the blocks of such a file below its filesystem */
static bool is_swap(int fd)
{
	bool found = false;
	char *line = NULL;
	size_t room = 0;
	int swaps = proc_open("swaps");
	FILE *file = swaps < 0 ? NULL : fdopen(swaps, "r");

	if (!file) {
		if (swaps >= 0)
			close(swaps);
		return false; /* a write would be refused */
	}
	while (!found && getline(&line, &room, file) > 0)
		found = *line == '/' && is_swap_line(line, fd);
	free(line);
	fclose(file);
	return found;
}

static int open_it(int found, bool keep_times, struct heal_opened *opened)
{
	int flags = O_RDWR | O_NOCTTY | O_NONBLOCK, fd;

	opened->unseen = false;
	if (keep_times) {
		fd = open_unseen(opened->dir_fd, found, flags | O_DIRECT);
		opened->unseen = fd >= 0 && same_file(fd, found);
		opened->fd = fd;
		if (opened->unseen)
			return 0;
		if (fd >= 0)
			close(fd);
	}
	fd = proc_reopen(found, flags | O_DIRECT | O_NOATIME);
	if (fd < 0 && errno == EPERM) /* it belongs to somebody else */
		fd = proc_reopen(found, flags | O_DIRECT);
	if (fd < 0 && errno == EINVAL) /* no O_DIRECT there */
		fd = proc_reopen(found, flags);
	opened->fd = fd;
	return fd < 0 ? -errno : 0;
}

int heal_file_open(int found, bool keep_times, struct heal_opened *opened)
{
	struct stat st;
	int err;

	opened->why = NULL;
	if (fstat(found, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	err = open_it(found, keep_times, opened);
	if (err) {
		opened->why = why_not(found, err);
	} else if (is_swap(opened->fd)) {
		opened->why = "it is an active swap file: swapoff(8) first";
		close(opened->fd);
		err = -ETXTBSY;
	}
	return err;
}
