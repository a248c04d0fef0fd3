// SPDX-License-Identifier: GPL-2.0-only
#include "namespace.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/nsfs.h>
#include <linux/openat2.h>

#include "proc.h"

#define TRIES 8 /* for a directory that is moved while a name is looked up */

/*
 * Set once, before any thread is started; -1: our own namespace. They stay what
 * they are when the process that they were taken from ends.
 */
static int root_fd = -1, table_fd = -1;

/* take both from the process @pid; 0, or -1 and errno */
static int take(const char *pid)
{
	char path[64];

	if (snprintf(path, sizeof(path), "%s/root", pid) >= (int)sizeof(path)) {
		errno = ENOENT;
		return -1;
	}
	root_fd = proc_openat(path, O_PATH | O_DIRECTORY);
	if (root_fd < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/mountinfo", pid);
	table_fd = proc_open(path);
	if (table_fd >= 0)
		return 0;
	close(root_fd);
	root_fd = -1;
	return -1;
}

static int use_process(const char *pid)
{
	if (!take(pid))
		return 0;
	if (errno == ENOENT || errno == ESRCH)
		warnx("--namespace: there is no process %s", pid);
	else
		warn("--namespace: cannot look into the namespace of process %s",
		     pid);
	return -1;
}

/*
 * A namespace has no root directory that could be opened, only a process has.
 * So one goes there, and ends when its root was taken. It calls nothing but the
 * kernel.
 */
static void __attribute__((noreturn)) go_there(int ns, int tell)
{
	int err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	err = setns(ns, CLONE_NEWNS) ? errno : 0;
	if (write(tell, &err, sizeof(err)) != sizeof(err))
		_exit(1);
	for (;;)
		pause();
}

/* 0 or a positive errno */
static int take_from_child(int ns)
{
	int pipes[2], err = 0, status;
	char pid_text[16];
	ssize_t got;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		return errno;
	pid = fork();
	if (!pid)
		go_there(ns, pipes[1]);
	if (pid < 0)
		err = errno;
	close(pipes[1]);
	if (pid > 0) {
		do
			got = read(pipes[0], &err, sizeof(err));
		while (got < 0 && errno == EINTR);
		if (got != sizeof(err))
			err = ECHILD;
		snprintf(pid_text, sizeof(pid_text), "%d", (int)pid);
		if (!err && take(pid_text))
			err = errno;
		kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(pipes[0]);
	return err;
}

static int use_file(const char *name)
{
	int ns = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err;

	if (ns < 0) {
		warn("--namespace: cannot open '%s'", name);
		return -1;
	}
	/* setns(2) would say EINVAL, as it does for other reasons */
	if (ioctl(ns, NS_GET_NSTYPE) != CLONE_NEWNS) {
		warnx("--namespace: '%s' is no mount namespace", name);
		close(ns);
		return -1;
	}
	err = take_from_child(ns);
	close(ns);
	if (!err)
		return 0;
	errno = err;
	warn("--namespace: cannot look into the mount namespace of '%s'", name);
	return -1;
}

int namespace_use(const char *arg)
{
	if (!*arg) {
		warnx("--namespace wants a process or a file, not ''");
		return -1;
	}
	if (root_fd >= 0) {
		warnx("--namespace can be given once");
		return -1;
	}
	return arg[strspn(arg, "0123456789")] ? use_file(arg) :
						use_process(arg);
}

static int write_all(int fd, const char *buf, size_t len)
{
	ssize_t done;

	while (len) {
		done = write(fd, buf, len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		buf += done;
		len -= done;
	}
	return 0;
}

/* a copy of the table: its descriptor has one position for all threads */
static int copy_table(void)
{
	int copy = memfd_create("mountinfo", MFD_CLOEXEC);
	char buf[16384];
	off_t at = 0;
	ssize_t got;

	if (copy < 0)
		return -1;
	while ((got = pread(table_fd, buf, sizeof(buf), at))) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || write_all(copy, buf, got))
			goto fail;
		at += got;
	}
	if (!lseek(copy, 0, SEEK_SET))
		return copy;

fail:
	close(copy);
	return -1;
}

static FILE *file_of(int fd)
{
	FILE *file;

	if (fd < 0)
		return NULL;
	file = fdopen(fd, "r");
	if (!file)
		close(fd);
	return file;
}

FILE *namespace_own_mountinfo(void)
{
	return file_of(proc_open("self/mountinfo"));
}

bool namespace_is_own(void)
{
	return table_fd < 0;
}

FILE *namespace_mountinfo(void)
{
	return table_fd >= 0 ? file_of(copy_table()) :
			       namespace_own_mountinfo();
}

int namespace_open(const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = resolve,
	};
	int fd, tries = 0;

	if (root_fd >= 0)
		how.resolve |= RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
	do
		fd = syscall(SYS_openat2, root_fd >= 0 ? root_fd : AT_FDCWD,
			     path, &how, sizeof(how));
	while (fd < 0 && errno == EAGAIN && ++tries < TRIES);
	return fd;
}

int namespace_fd_name(int fd, char *name, size_t size)
{
	char root[PATH_MAX];
	size_t len;

	if (proc_fd_name(fd, name, size))
		return -1;
	if (root_fd < 0)
		return 0;
	/* a process may have a root directory that is not the namespace's */
	if (proc_fd_name(root_fd, root, sizeof(root)))
		return -1;
	len = strcmp(root, "/") ? strlen(root) : 0;
	if (strncmp(name, root, len) || (name[len] && name[len] != '/')) {
		errno = ENOENT;
		return -1;
	}
	memmove(name, name + len, strlen(name + len) + 1);
	if (!*name && size > 1)
		strcpy(name, "/");
	return 0;
}

char *namespace_realpath(const char *path)
{
	char name[PATH_MAX];
	int fd;

	if (root_fd < 0)
		return realpath(path, NULL);
	fd = namespace_open(path, O_PATH, 0);
	if (fd < 0)
		return NULL;
	if (namespace_fd_name(fd, name, sizeof(name)))
		*name = '\0';
	close(fd);
	return *name ? strdup(name) : NULL;
}
