// SPDX-License-Identifier: GPL-2.0-only
#include "heal_tail.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* exit status of the process that extends: an errno must fit */
#define STATUS_MAX 254

static int write_block(int fd, const struct heal_tail *tail, uint64_t offset)
{
	ssize_t done;

	do
		done = pwrite(fd, tail->buf, tail->block, offset);
	while (done < 0 && errno == EINTR);
	if (done < 0)
		return -errno;
	return (size_t)done == tail->block ? 0 : -EIO;
}

static int open_nameless(const struct heal_tail *tail)
{
	int flags = O_TMPFILE | O_RDWR | O_CLOEXEC, fd;

	fd = openat(tail->dir_fd, ".", flags | O_DIRECT, 0600);
	if (fd < 0 && errno == EINVAL)
		fd = openat(tail->dir_fd, ".", flags, 0600);
	return fd < 0 ? -errno : fd;
}

static int clone(int to, uint64_t to_offset, int from, uint64_t from_offset,
		 size_t len)
{
	struct file_clone_range range = {
		.src_fd = from,
		.src_offset = from_offset,
		.src_length = len,
		.dest_offset = to_offset,
	};

	return ioctl(to, FICLONERANGE, &range) ? -errno : 0;
}

/* the bytes that are in the block of @fd now */
static int same_bytes(int fd, const struct heal_tail *tail)
{
	void *back;
	ssize_t got;
	int err;

	if (posix_memalign(&back, tail->block, tail->block))
		return -ENOMEM;
	got = pread(fd, back, tail->block, 0);
	err = got < 0 ? -errno :
	      (size_t)got != tail->len || memcmp(back, tail->buf, tail->len) ?
			-EIO :
			0;
	free(back);
	return err;
}

int heal_tail_exchange(const struct heal_tail *tail)
{
	int good, bad, err;

	good = open_nameless(tail);
	if (good < 0)
		return good;
	bad = open_nameless(tail);
	if (bad < 0) {
		close(good);
		return bad;
	}
	/* it must be on the media before anything depends on it */
	err = write_block(good, tail, 0);
	if (!err && ftruncate(good, tail->len))
		err = -errno;
	if (!err && fsync(good))
		err = -errno;
	if (!err)
		err = same_bytes(good, tail);
	/* the damaged block, so that it is not lost from sight as free space */
	if (!err)
		err = clone(bad, 0, tail->fd, tail->offset, tail->len);
	if (!err)
		err = clone(tail->fd, tail->offset, good, 0, tail->len);
	if (!err && fsync(tail->fd))
		err = -errno;
	/*
	 * The file is whole now, whatever becomes of this. If other files share
	 * the block this write gets another one, and theirs stays as it is.
	 */
	if (!err && !write_block(bad, tail, 0))
		fsync(bad);
	close(bad);
	close(good);
	return err;
}

/* both steps, by a process that does nothing else */
static int extend(const struct heal_tail *tail)
{
	int err = write_block(tail->fd, tail, tail->offset);

	if (ftruncate(tail->fd, tail->offset + tail->len) && !err)
		err = -errno;
	return err;
}

static void run_extend(const struct heal_tail *tail)
{
	sigset_t all;
	int err;

	/* not what ends a session or a process group either */
	setsid();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	err = -extend(tail);
	_exit(err > STATUS_MAX ? EIO : err);
}

int heal_tail_extend(const struct heal_tail *tail)
{
	int status;
	pid_t pid;

	if (fcntl(tail->fd, F_GETLEASE) != F_WRLCK)
		return -EBUSY;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		run_extend(tail);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}
