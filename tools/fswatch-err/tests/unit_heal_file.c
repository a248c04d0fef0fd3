// SPDX-License-Identifier: GPL-2.0-only
/* The real file: others that use it, its times and capabilities, its end. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "heal_tail.h"
#include "media.h"
#include "tap.h"

static const unsigned char capability[20] = { 1, 0, 0, 2, 0, 4 };

static bool same_mtime(const struct stat *a, const struct stat *b)
{
	return a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* the real file sees what others do to it */
static void test_changed(struct tap *tap)
{
	struct heal_file *file;
	struct stat before, after;
	char *block = aligned_alloc(BLOCK, BLOCK);
	int fd;

	must(block != NULL, "memory");
	memset(block, 1, BLOCK);
	make_pair(4 * BLOCK);
	file = open_real(true);
	heal_file_lease(file);
	must(!stat(at("file"), &before), "stat");
	ok(tap, !file->ops->changed(file), "nothing changed so far");
	usleep(20000); /* so that it would have another time */
	ok(tap,
	   !file->ops->write(file, BLOCK, block, BLOCK) &&
		   !file->ops->changed(file),
	   "an own write is no change");
	must(!stat(at("file"), &after), "stat");
	ok(tap, same_mtime(&before, &after) && !heal_file_time_lost(file),
	   "and keeps the time");
	usleep(20000);
	fd = open(at("file"), O_WRONLY | O_NONBLOCK);
	ok(tap, fd < 0 && errno == EWOULDBLOCK && !file->ops->changed(file),
	   "another has to wait, and is let in before the next write");
	patch("file", 0, "x", 1);
	ok(tap, file->ops->changed(file), "another's write is one");
	heal_file_close(file);

	/* its time would be hidden by the one before */
	fd = open(at("file"), O_RDWR);
	file = open_real(true);
	heal_file_lease(file);
	must(!stat(at("file"), &before), "stat");
	usleep(20000);
	must(!file->ops->changed(file) && pwrite(fd, "y", 1, 0) == 1 &&
		     !file->ops->write(file, BLOCK, block, BLOCK) &&
		     !stat(at("file"), &after),
	     "write");
	ok(tap, !same_mtime(&before, &after) && heal_file_time_lost(file),
	   "a write of somebody who has it open is not hidden, and told");
	heal_file_close(file);
	close(fd);

	file = open_real(false);
	must(!stat(at("file"), &before), "stat");
	usleep(20000);
	must(!file->ops->write(file, BLOCK, block, BLOCK) &&
		     !stat(at("file"), &after),
	     "write");
	ok(tap,
	   !file->ops->changed(file) && !same_mtime(&before, &after) &&
		   !heal_file_time_lost(file),
	   "the time is not kept if it is not wanted");
	heal_file_close(file);
	free(block);
}

/* a file in whose place something else has come */
static void test_no_file(struct tap *tap)
{
	struct heal_opened opened;
	int found;

	found = open(top, O_PATH);
	ok(tap, heal_file_open(found, true, &opened) == -EINVAL,
	   "a directory is not opened");
	close(found);
	found = open("/dev/null", O_PATH);
	ok(tap, heal_file_open(found, true, &opened) == -EINVAL,
	   "nor is a device");
	close(found);
}

static void test_capability(struct tap *tap)
{
	char *block = aligned_alloc(BLOCK, BLOCK), now[64];
	struct heal_file *file;
	int fd, turn;

	must(block != NULL, "memory");
	memset(block, 1, BLOCK);
	for (turn = 0; turn < 2; turn++) {
		make_pair(4 * BLOCK);
		if (setxattr(at("file"), "security.capability", capability,
			     sizeof(capability), 0)) {
			skip("capabilities", strerror(errno));
			break;
		}
		fd = turn ? open(at("file"), O_RDONLY) : -1;
		file = open_real(true);
		heal_file_lease(file);
		must(!file->ops->write(file, BLOCK, block, BLOCK), "write");
		if (turn)
			ok(tap, heal_file_capability_lost(file),
			   "capabilities: lost if others can write, and told");
		else
			ok(tap,
			   getxattr(at("file"), "security.capability", now,
				    sizeof(now)) == sizeof(capability) &&
				   !memcmp(now, capability,
					   sizeof(capability)) &&
				   !file->ops->changed(file) &&
				   !heal_file_capability_lost(file),
			   "capabilities survive a write");
		heal_file_close(file);
		if (turn)
			close(fd);
	}
	free(block);
}

static void test_tail(struct tap *tap)
{
	char *block = aligned_alloc(BLOCK, BLOCK);
	struct heal_blocks tail = {
		.offset = BLOCK,
		.buf = block,
		.room = BLOCK,
		.len = 100,
	};
	struct stat st;
	int status, i;
	pid_t pid;

	must(block != NULL, "memory");
	memset(block, 0, BLOCK);
	make_pair(BLOCK + 100);
	tail.fd = open_file(true).fd;
	ok(tap,
	   heal_tail(&tail) == -EBUSY && !stat(at("file"), &st) &&
		   st.st_size == BLOCK + 100,
	   "a file is not made longer without a lease");
	close(tail.fd);
	pid = fork();
	if (!pid) {
		shared->victim = getpid();
		tail.fd = open_file(true).fd;
		if (fcntl(tail.fd, F_SETLEASE, F_WRLCK))
			_exit(1);
		heal_tail(&tail);
		_exit(2);
	}
	must(pid > 0 && waitpid(pid, &status, 0) == pid, "wait");
	shared->victim = 0;
	for (i = 0; i < 100; i++) {
		must(!stat(at("file"), &st), "stat");
		if (st.st_size == BLOCK + 100)
			break;
		usleep(100000);
	}
	ok(tap, WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	   "a process is killed while it makes a file longer");
	ok(tap, st.st_size == BLOCK + 100, "and the file is cut all the same");
	free(block);
}

int main(void)
{
	struct tap tap = { 0 };

	media_start(top, sizeof(top));
	test_changed(&tap);
	test_no_file(&tap);
	test_capability(&tap);
	test_tail(&tap);
	media_stop();
	return tap.failed != 0;
}
