// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines of words:
 *
 *	fswatch-err scan 1
 *	device NAME UUID ROLE SIZE AT DONE
 *	unread POSITION LENGTH
 *
 * with bytes as decimal numbers, a dash if there is no UUID, and 1 if the device was
 * read to its end. "unread" is about the device before it.
 */
#include "resume.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"

#define HEAD "fswatch-err scan 1\n"
#define SIZE_MAX_FILE (16 << 20) /* bytes */
#define SECTOR 512

static int failed(const struct resume *resume, const char *what)
{
	int err = -errno;

	warn("--resume: cannot %s '%s'", what, resume->path);
	return err;
}

static struct target *find(struct targets *targets, const char *name,
			   const char *uuid, uint64_t role)
{
	char own[TEXT_UUID_MAX];
	struct target *target;
	size_t i;

	for (i = 0; i < targets->nr; i++) {
		target = &targets->v[i];
		strcpy(own, "-");
		if (target->has_uuid)
			text_uuid(target->uuid, own);
		if (!strcmp(target->name, name) && !strcmp(own, uuid) &&
		    target->want.role == role)
			return target;
	}
	return NULL;
}

static bool is_sane(uint64_t pos, uint64_t len, uint64_t size)
{
	return !(pos % SECTOR) && !(len % SECTOR) && pos <= size &&
	       len <= size - pos;
}

/* false: it is none of our lines */
static bool take_device(struct targets *targets, const char *line,
			struct target **target)
{
	char name[NAME_MAX + 1], uuid[TEXT_UUID_MAX];
	uint64_t role, size, at;
	unsigned int done;
	int len = 0;

	if (sscanf(line,
		   "device %255s %36s %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %1u%n",
		   name, uuid, &role, &size, &at, &done, &len) != 6 ||
	    line[len] || done > 1 || !size || !is_sane(at, 0, size))
		return false;
	*target = find(targets, name, uuid, role);
	if (!*target)
		return true;
	(*target)->resumed = true;
	(*target)->size = size;
	(*target)->at = at;
	(*target)->state = done ? TARGET_DONE : TARGET_WAITING;
	(*target)->before->nr = 0;
	return true;
}

static bool take_unread(const char *line, struct target *target)
{
	uint64_t pos, bytes;
	int len = 0;

	if (sscanf(line, "unread %" SCNu64 " %" SCNu64 "%n", &pos, &bytes,
		   &len) != 2 ||
	    line[len] || !bytes)
		return false;
	if (!target)
		return true;
	if (!is_sane(pos, bytes, target->size))
		return false;
	spans_add(target->before, pos, bytes);
	return true;
}

static bool take_lines(FILE *file, struct targets *targets)
{
	struct target *target = NULL;
	char *line = NULL;
	size_t room = 0;
	bool good, any = false;
	ssize_t len;

	good = getline(&line, &room, file) > 0 && !strcmp(line, HEAD);
	while (good && (len = getline(&line, &room, file)) > 0) {
		line[len - 1] = '\0';
		if (!strncmp(line, "device ", 7)) {
			good = take_device(targets, line, &target);
			any = true;
		} else {
			good = any && take_unread(line, target);
		}
	}
	free(line);
	return good && !ferror(file);
}

/* of a file that is not what it should be nothing is believed */
static void forget(struct targets *targets)
{
	struct target *target;
	size_t i;

	for (i = 0; i < targets->nr; i++) {
		target = &targets->v[i];
		target->resumed = false;
		target->size = target->at = 0;
		target->state = TARGET_WAITING;
		target->before->nr = 0;
	}
}

static int load(struct resume *resume, struct targets *targets)
{
	struct stat st;
	FILE *file;
	bool good;
	int fd;

	if (fstat(resume->file, &st))
		return failed(resume, "look at");
	if (!S_ISREG(st.st_mode) || st.st_size > SIZE_MAX_FILE) {
		warnx("--resume: '%s' is no file of a scan", resume->path);
		return -EINVAL;
	}
	/* it says what need not be read */
	if (st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH)) {
		warnx("--resume: '%s' belongs to another user, or others may write to it",
		      resume->path);
		return -EPERM;
	}
	fd = fcntl(resume->file, F_DUPFD_CLOEXEC, 3);
	file = fd < 0 ? NULL : fdopen(fd, "r");
	if (!file) {
		if (fd >= 0)
			close(fd);
		return failed(resume, "read");
	}
	good = take_lines(file, targets);
	fclose(file);
	if (good)
		return 0;
	forget(targets);
	warnx("--resume: '%s' is no file of a scan, or is damaged; remove it to begin anew",
	      resume->path);
	return -EINVAL;
}

static int lock(const struct resume *resume, int fd)
{
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return 0;
	if (errno != EWOULDBLOCK)
		return failed(resume, "lock");
	warnx("--resume: another scan uses '%s'", resume->path);
	return -EBUSY;
}

/* is what was opened still the one with this name? */
static bool is_current(const struct resume *resume)
{
	struct stat own, named;

	return !fstat(resume->file, &own) &&
	       !fstatat(resume->dir, resume->base, &named,
			AT_SYMLINK_NOFOLLOW) &&
	       own.st_dev == named.st_dev && own.st_ino == named.st_ino;
}

static int open_directory(struct resume *resume)
{
	const char *slash = strrchr(resume->path, '/');
	char dir[PATH_MAX] = ".";

	resume->base = slash ? slash + 1 : resume->path;
	if (slash)
		snprintf(dir, sizeof(dir), "%.*s",
			 (int)(slash - resume->path) + 1, resume->path);
	resume->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return resume->dir < 0 ? failed(resume, "make") : 0;
}

int resume_open(struct resume *resume, const char *path,
		struct targets *targets)
{
	int err;

	*resume = (struct resume){ .path = path, .dir = -1, .file = -1 };
	if (!path)
		return 0;
	err = open_directory(resume);
	if (err)
		return err;
	resume->file = openat(resume->dir, resume->base,
			      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (resume->file < 0 && errno == ENOENT)
		return resume_save(resume, targets);
	if (resume->file < 0)
		return failed(resume, "open");
	err = lock(resume, resume->file);
	if (!err && !is_current(resume)) {
		warnx("--resume: another scan uses '%s'", path);
		err = -EBUSY;
	}
	return err ? err : load(resume, targets);
}

void resume_close(struct resume *resume)
{
	if (!resume->path)
		return;
	if (resume->file >= 0)
		close(resume->file);
	if (resume->dir >= 0)
		close(resume->dir);
}

static void put_unread(FILE *out, const struct spans *unread)
{
	size_t i;

	for (i = 0; i < unread->nr; i++)
		fprintf(out, "unread %" PRIu64 " %" PRIu64 "\n",
			unread->v[i].pos, unread->v[i].len);
}

static void put_target(FILE *out, const struct target *target)
{
	char uuid[TEXT_UUID_MAX] = "-";

	/* nothing is known of it yet */
	if (!target->size)
		return;
	if (target->has_uuid)
		text_uuid(target->uuid, uuid);
	fprintf(out, "device %s %s %u %" PRIu64 " %" PRIu64 " %d\n",
		target->name, uuid, target->want.role, target->size, target->at,
		target->state == TARGET_DONE);
	put_unread(out, target->unread);
	put_unread(out, target->before);
}

/* all of it, to the disk */
static int write_all(int fd, const struct targets *targets)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	FILE *out = copy < 0 ? NULL : fdopen(copy, "w");
	bool bad;
	size_t i;

	if (!out) {
		if (copy >= 0)
			close(copy);
		return -1;
	}
	fputs(HEAD, out);
	for (i = 0; i < targets->nr; i++)
		put_target(out, &targets->v[i]);
	bad = fflush(out) || ferror(out) || fsync(fd);
	return fclose(out) || bad ? -1 : 0;
}

int resume_save(struct resume *resume, const struct targets *targets)
{
	char name[PATH_MAX];
	int fd, err = 0;

	if (!resume->path)
		return 0;
	snprintf(name, sizeof(name), "%s.%d.new", resume->base, (int)getpid());
	fd = openat(resume->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return failed(resume, "write");
	if (write_all(fd, targets)) {
		err = failed(resume, "write");
	} else {
		err = lock(resume, fd);
		/* of two scans that begin at once one is first */
		if (!err && resume->file < 0 &&
		    linkat(resume->dir, name, resume->dir, resume->base, 0))
			err = failed(resume, "make");
		else if (!err && resume->file >= 0 &&
			 renameat(resume->dir, name, resume->dir, resume->base))
			err = failed(resume, "replace");
	}
	if (err || resume->file < 0)
		unlinkat(resume->dir, name, 0);
	if (!err && fsync(resume->dir))
		err = failed(resume, "write");
	if (err) {
		close(fd);
		return err;
	}
	if (resume->file >= 0)
		close(resume->file);
	resume->file = fd;
	return 0;
}

int resume_remove(struct resume *resume)
{
	if (!resume->path)
		return 0;
	if (unlinkat(resume->dir, resume->base, 0) && errno != ENOENT)
		return failed(resume, "remove");
	return 0;
}
