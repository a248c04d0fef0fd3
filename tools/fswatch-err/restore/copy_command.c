// SPDX-License-Identifier: GPL-2.0-only
/*
 * A copy that a command prints. It comes once, from the beginning to the end, so
 * what is wanted of it is put into a nameless file on its way.
 */
#include "copy.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STREAM_BYTES (1U << 20)
#define EXEC_FAILED 127 /* as of sh */

struct copy_command {
	struct copy copy;
	int spool;
	struct ranges wanted;
	uint64_t *at; /* where each is in the spool */
};

static int open_spool(void)
{
	const char *dir = getenv("TMPDIR");
	char *name;
	int fd;

	if (!dir || !*dir)
		dir = "/var/tmp"; /* /tmp may be memory */
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd < 0 ? -errno : fd;
	if (asprintf(&name, "%s/fswatch-err.XXXXXX", dir) < 0)
		return -ENOMEM;
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0) {
		fd = -errno;
	} else {
		unlink(name);
	}
	free(name);
	return fd;
}

static int write_spool(int fd, const char *buf, size_t len, uint64_t at)
{
	ssize_t done;

	while (len) {
		done = pwrite(fd, buf, len, at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		buf += done;
		at += done;
		len -= done;
	}
	return 0;
}

static int read_command(struct copy *copy, uint64_t offset, void *buf,
			size_t len)
{
	const struct copy_command *c = (struct copy_command *)copy;
	const size_t i = ranges_after(&c->wanted, offset);
	const struct range *range = &c->wanted.v[i];
	char *to = buf;
	ssize_t got;

	/* it is only asked for what was wanted */
	if (i == c->wanted.nr || range->offset > offset ||
	    range->end - offset < len)
		return -EINVAL;
	while (len) {
		got = pread(c->spool, to, len,
			    c->at[i] + (offset - range->offset));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -ENODATA;
		to += got;
		offset += got;
		len -= got;
	}
	return 0;
}

static void close_command(struct copy *copy)
{
	struct copy_command *c = (struct copy_command *)copy;

	if (c->spool >= 0)
		close(c->spool);
	ranges_free(&c->wanted);
	free(c->at);
	free(c);
}

static struct copy_command *new_command(const struct ranges *wanted)
{
	struct copy_command *c = calloc(1, sizeof(*c));
	uint64_t at = 0;
	size_t i;

	if (!c)
		return NULL;
	c->copy.read = read_command;
	c->copy.close = close_command;
	c->spool = -1;
	c->at = calloc(wanted->nr + 1, sizeof(*c->at));
	if (!c->at) {
		close_command(&c->copy);
		return NULL;
	}
	for (i = 0; i < wanted->nr; i++) {
		if (ranges_add(&c->wanted, wanted->v[i].offset,
			       wanted->v[i].end)) {
			close_command(&c->copy);
			return NULL;
		}
		c->at[i] = at;
		at += wanted->v[i].end - wanted->v[i].offset;
	}
	return c;
}

static void __attribute__((noreturn))
run_child(const char *command, const char *path, int out)
{
	int null = open("/dev/null", O_RDONLY);

	/* out is above 2, as main() has seen to */
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 ||
	    setenv("FSWATCH_ERR_PATH", path, 1))
		_exit(EXEC_FAILED);
	signal(SIGPIPE, SIG_DFL);
	execl("/bin/sh", "sh", "-c", command, "sh", path, (char *)NULL);
	_exit(EXEC_FAILED);
}

static pid_t start(const char *command, const char *path, int *out)
{
	int pipes[2];
	pid_t pid;
	int err;

	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid)
		run_child(command, path, pipes[1]);
	err = errno;
	close(pipes[1]);
	if (pid < 0) {
		close(pipes[0]);
		return -err;
	}
	*out = pipes[0];
	return pid;
}

/* keep what is wanted of the @len bytes from @offset on; *@next is where to look */
static int keep(struct copy_command *c, size_t *next, const char *buf,
		uint64_t offset, size_t len)
{
	uint64_t from, to, end = offset + len;
	const struct range *range;
	int err;

	for (; *next < c->wanted.nr; (*next)++) {
		range = &c->wanted.v[*next];
		from = range->offset > offset ? range->offset : offset;
		to = range->end < end ? range->end : end;
		if (from < to) {
			err = write_spool(
				c->spool, buf + (from - offset), to - from,
				c->at[*next] + (from - range->offset));
			if (err)
				return err;
		}
		if (range->end > end)
			break;
	}
	return 0;
}

/* to the end of it, for its length and the exit status */
static int read_stream(struct copy_command *c, int fd,
		       const struct copy_witness *witness)
{
	char *buf = malloc(STREAM_BYTES);
	size_t next = 0;
	ssize_t got;
	int err = buf ? 0 : -ENOMEM;

	while (!err) {
		got = read(fd, buf, STREAM_BYTES);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			err = -errno;
		if (got <= 0)
			break;
		err = keep(c, &next, buf, c->copy.size, got);
		if (!err && witness)
			err = witness->see(witness->arg, c->copy.size, buf,
					   got);
		c->copy.size += got;
	}
	free(buf);
	return err;
}

/* how the command ended, in words; "" if well */
static void ended(pid_t pid, char error[COPY_ERROR_MAX])
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR) {
			snprintf(error, COPY_ERROR_MAX, "waiting for it: %s",
				 strerror(errno));
			return;
		}
	}
	error[0] = '\0';
	if (WIFSIGNALED(status))
		snprintf(error, COPY_ERROR_MAX, "it was ended by signal %d",
			 WTERMSIG(status));
	else if (WEXITSTATUS(status))
		snprintf(error, COPY_ERROR_MAX, "it ended with status %d",
			 WEXITSTATUS(status));
}

struct copy *copy_open_command(const char *command, const char *path,
			       const struct ranges *wanted,
			       const struct copy_witness *witness,
			       char error[COPY_ERROR_MAX])
{
	struct copy_command *c = new_command(wanted);
	int out = -1, err;
	pid_t pid;

	if (!c) {
		snprintf(error, COPY_ERROR_MAX, "%s", strerror(ENOMEM));
		return NULL;
	}
	c->spool = open_spool();
	if (c->spool < 0) {
		snprintf(error, COPY_ERROR_MAX,
			 "cannot make a temporary file: %s",
			 strerror(-c->spool));
		goto fail;
	}
	pid = start(command, path, &out);
	if (pid < 0) {
		snprintf(error, COPY_ERROR_MAX, "cannot start it: %s",
			 strerror(-pid));
		goto fail;
	}
	err = read_stream(c, out, witness);
	close(out);
	ended(pid, error);
	if (err)
		snprintf(error, COPY_ERROR_MAX,
			 "cannot keep what it prints: %s", strerror(-err));
	if (!*error)
		return &c->copy;

fail:
	close_command(&c->copy);
	return NULL;
}
