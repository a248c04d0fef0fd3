// SPDX-License-Identifier: GPL-2.0-only
#include "namespace.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/nsfs.h>

#include "proc.h"

/* -1 after saying why not */
static int open_namespace(const char *arg)
{
	char path[64];
	int fd;

	if (!*arg) {
		warnx("--namespace wants a process or a file, not ''");
		return -1;
	}
	if (arg[strspn(arg, "0123456789")]) {
		fd = open(arg, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			warn("--namespace: cannot open '%s'", arg);
		return fd;
	}
	if (snprintf(path, sizeof(path), "%s/ns/mnt", arg) >=
	    (int)sizeof(path)) {
		warnx("--namespace: there is no process %s", arg);
		return -1;
	}
	fd = proc_open(path);
	if (fd < 0 && errno == ENOENT)
		warnx("--namespace: there is no process %s", arg);
	else if (fd < 0)
		warn("--namespace: cannot open the namespace of process %s",
		     arg);
	return fd;
}

int namespace_enter(const char *arg)
{
	int fd, err = -1;

	/* What is read later, and shall not be that of the other namespace. */
	tzset();
	if (proc_keep()) {
		warn("--namespace: cannot open /proc");
		return -1;
	}
	fd = open_namespace(arg);
	if (fd < 0)
		return -1;
	/* setns(2) would say EINVAL, as it does for other reasons */
	if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNS)
		warnx("--namespace: '%s' is no mount namespace", arg);
	else if (setns(fd, CLONE_NEWNS))
		warn("--namespace: cannot enter the mount namespace of '%s'",
		     arg);
	else
		err = 0;
	close(fd);
	return err;
}
