// SPDX-License-Identifier: GPL-2.0-only
#include "heal_tail.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* exit status of the process that does it: an errno must fit */
#define STATUS_MAX 254

static void __attribute__((noreturn)) run(const struct heal_blocks *tail)
{
	sigset_t all;
	int err;

	/* what ends a session or a process group does not end this one */
	setsid();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	err = -heal_blocks_write(tail, tail->fd, tail->offset);
	if (ftruncate(tail->fd, tail->offset + tail->len) && !err)
		err = errno;
	_exit(err > STATUS_MAX ? EIO : err);
}

int heal_tail(const struct heal_blocks *tail)
{
	int status;
	pid_t pid;

	if (fcntl(tail->fd, F_GETLEASE) != F_WRLCK)
		return -EBUSY;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		run(tail);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}
