// SPDX-License-Identifier: GPL-2.0-only
/* The real file: others that use it, its times and capabilities, its end. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "heal_keep.h"
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
	must(!mkfifo(at("fifo"), 0600), "mkfifo");
	found = open(at("fifo"), O_PATH);
	ok(tap, heal_file_open(found, true, &opened) == -EINVAL,
	   "nor is a FIFO, which nobody waits for");
	close(found);
	unlink(at("fifo"));
}

/* @flags keep root from writing, too */
static void refuse_flags(struct tap *tap, int flags, const char *words)
{
	struct heal_opened opened = { .dir_fd = open(top, O_DIRECTORY) };
	int fd = open(at("file"), O_RDONLY), found, rc;

	if (ioctl(fd, FS_IOC_SETFLAGS, &flags)) {
		skip(words, strerror(errno));
	} else {
		found = open(at("file"), O_PATH);
		rc = heal_file_open(found, true, &opened);
		close(found);
		ok(tap,
		   rc == -EPERM && opened.why && !strcmp(opened.why, words),
		   "refused: %s", opened.why ? opened.why : strerror(-rc));
		flags = 0;
		must(!ioctl(fd, FS_IOC_SETFLAGS, &flags), "flags");
	}
	close(fd);
	close(opened.dir_fd);
}

/* the kernel writes to what it swaps to, whatever the filesystem knows */
static void test_swap(struct tap *tap)
{
	struct heal_opened opened = { .dir_fd = open(top, O_DIRECTORY) };
	char lines[1200];
	int found, rc;

	make_pair(BLOCK);
	must(!rename(at("file"), at("a b\\")), "rename");
	snprintf(lines, sizeof(lines),
		 "Filename\tType\tSize\tUsed\tPriority\n"
		 "/dev/null\tpartition\t8\t0\t-1\n"
		 "%s/a\\040b\\134   file\t8\t0\t-2\n",
		 top);
	swaps = lines;
	found = open(at("a b\\"), O_PATH);
	rc = heal_file_open(found, true, &opened);
	ok(tap, rc == -ETXTBSY, "an active swap file is not written: %d", rc);
	ok_string(tap, opened.why,
		  "it is an active swap file: swapoff(8) first",
		  "and it is said why");
	close(found);
	found = open(at("copy"), O_PATH);
	rc = heal_file_open(found, true, &opened);
	ok(tap, !rc, "another file is none");
	close(found);
	close(opened.fd);
	swaps = NULL;
	unlink(at("a b\\"));
	close(opened.dir_fd);
}

static pid_t start_program(void)
{
	char command[600];
	int fd, tries;
	pid_t pid;

	snprintf(command, sizeof(command), "cp /bin/sleep %s", at("program"));
	must(!system(command), command);
	pid = fork();
	must(pid >= 0, "fork");
	if (!pid) {
		execl(at("program"), "sleep", "60", (char *)NULL);
		_exit(1);
	}
	for (tries = 0; tries < 500; tries++) {
		fd = open(at("program"), O_WRONLY);
		if (fd < 0 && errno == ETXTBSY)
			break;
		close(fd);
		usleep(20000);
	}
	return pid;
}

/* a file that cannot be written is refused by name */
static void test_refused(struct tap *tap)
{
	struct heal_opened opened = { .dir_fd = open(top, O_DIRECTORY) };
	int found, rc;
	pid_t pid;

	make_pair(BLOCK);
	refuse_flags(tap, FS_IMMUTABLE_FL,
		     "it is immutable: 'chattr -i' makes it writable");
	refuse_flags(
		tap, FS_APPEND_FL,
		"it can only be appended to: 'chattr -a' makes it writable");
	pid = start_program();
	found = open(at("program"), O_PATH);
	rc = heal_file_open(found, true, &opened);
	ok(tap, rc == -ETXTBSY, "a program that runs is not written: %d", rc);
	ok_string(tap, opened.why, "it is a program that runs: end it first",
		  "and it is said why");
	close(found);
	kill(pid, SIGKILL);
	must(waitpid(pid, NULL, 0) == pid, "wait");
	unlink(at("program"));
	close(opened.dir_fd);
}

static bool is_there(const char *name)
{
	char now[64];

	return getxattr(at("file"), name, now, sizeof(now)) ==
		       sizeof(capability) &&
	       !memcmp(now, capability, sizeof(capability));
}

/*
 * What a write takes away is put back if nobody else can write. It takes the
 * capability by itself; the others are taken by the layer, as IMA would.
 */
static void test_keep(struct tap *tap)
{
	static const char *const names[] = { "security.capability",
					     "security.ima", "security.evm" };
	char *block = aligned_alloc(BLOCK, BLOCK);
	struct heal_file *file;
	struct stat st;
	int fd, turn, i;

	must(block != NULL, "memory");
	memset(block, 1, BLOCK);
	for (turn = 0; turn < 6; turn++) {
		make_pair(4 * BLOCK);
		i = turn / 2;
		if (setxattr(at("file"), names[i], capability,
			     sizeof(capability), 0) ||
		    chmod(at("file"), 06755)) {
			skip(names[i], strerror(errno));
			continue;
		}
		fd = turn % 2 ? open(at("file"), O_RDONLY) : -1;
		file = open_real(true);
		heal_file_lease(file);
		stolen = names[i];
		must(!file->ops->write(file, BLOCK, block, BLOCK), "write");
		stolen = NULL;
		must(!stat(at("file"), &st), "stat");
		if (turn % 2)
			ok(tap,
			   heal_file_lost(file) ==
					   (1U << i | 1U << HEAL_KEPT_SETID) &&
				   !is_there(names[i]) &&
				   !file->ops->changed(file),
			   "%s, set-user-ID: lost if others can write, and told",
			   names[i]);
		else
			ok(tap,
			   is_there(names[i]) &&
				   (st.st_mode & 06000) == 06000 &&
				   !file->ops->changed(file) &&
				   !heal_file_lost(file),
			   "%s, set-user-ID: survive a write", names[i]);
		heal_file_close(file);
		if (turn % 2)
			close(fd);
	}
	free(block);
}

/* access control lists and attributes that mean nothing to the kernel */
static void test_others(struct tap *tap)
{
	/* version 2: user::rw-, user:7:r--, group::r--, mask::r--, other::--- */
	static const unsigned char acl[] = {
		2,    0,    0,	  0, 1,	   0,	 6,    0,    0xff,
		0xff, 0xff, 0xff, 2, 0,	   4,	 0,    7,    0,
		0,    0,    4,	  0, 4,	   0,	 0xff, 0xff, 0xff,
		0xff, 0x10, 0,	  4, 0,	   0xff, 0xff, 0xff, 0xff,
		0x20, 0,    0,	  0, 0xff, 0xff, 0xff, 0xff
	};
	char *block = aligned_alloc(BLOCK, BLOCK), now[64];
	struct heal_file *file;

	must(block != NULL, "memory");
	memset(block, 1, BLOCK);
	make_pair(4 * BLOCK);
	if (setxattr(at("file"), "system.posix_acl_access", acl, sizeof(acl),
		     0)) {
		skip("access control lists", strerror(errno));
	} else {
		file = open_real(true);
		heal_file_lease(file);
		must(!file->ops->write(file, BLOCK, block, BLOCK), "write");
		ok(tap,
		   getxattr(at("file"), "system.posix_acl_access", now,
			    sizeof(now)) == sizeof(acl) &&
			   !memcmp(now, acl, sizeof(acl)),
		   "an access control list survives a write");
		heal_file_close(file);
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
	test_refused(&tap);
	test_swap(&tap);
	test_keep(&tap);
	test_others(&tap);
	test_tail(&tap);
	media_stop();
	return tap.failed != 0;
}
