// SPDX-License-Identifier: GPL-2.0-only
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int dir = -1, dir_errno;

static void open_dir(void)
{
	dir = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	dir_errno = errno;
}

/* a descriptor, or -1 and errno */
static int proc(void)
{
	pthread_once(&once, open_dir);
	errno = dir_errno;
	return dir;
}

int proc_openat(const char *name, int flags)
{
	return proc() < 0 ? -1 : openat(dir, name, flags | O_CLOEXEC);
}

int proc_open(const char *name)
{
	return proc_openat(name, O_RDONLY);
}

int proc_reopen(int fd, int flags)
{
	char link[32];

	snprintf(link, sizeof(link), "self/fd/%d", fd);
	return proc_openat(link, flags);
}

int proc_fd_name(int fd, char *name, size_t size)
{
	char link[32];
	ssize_t len;

	if (proc() < 0)
		return -1;
	snprintf(link, sizeof(link), "self/fd/%d", fd);
	len = readlinkat(dir, link, name, size - 1);
	if (len < 0)
		return -1;
	name[len] = '\0';
	return 0;
}
