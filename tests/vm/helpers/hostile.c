// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostile: what somebody without privileges can do to make errors.
 *
 *	hostile read FILE OFFSET SECONDS	read a block of the file again and again
 *	hostile fuse DIRECTORY SECONDS		mount a filesystem of one's own, in a
 *						user namespace of one's own, whose files
 *						answer EIO, and read many of them
 *
 * Prints how many reads have failed.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BLOCK 4096
#define FILES 64

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static unsigned long read_again(const char *name, off_t offset)
{
	static char buf[BLOCK] __attribute__((aligned(BLOCK)));
	unsigned long failed = 0;
	int fd = open(name, O_RDONLY), i;

	if (fd < 0)
		err(1, "%s", name);
	for (i = 0; i < 16; i++)
		failed += pread(fd, buf, sizeof(buf), offset) < 0;
	close(fd);
	return failed;
}

static void write_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(1, "%s", name);
	close(fd);
}

static void reply(int fd, uint64_t unique, int error, const void *data,
		  size_t len)
{
	struct fuse_out_header head = {
		.len = sizeof(head) + (error ? 0 : len),
		.error = -error,
		.unique = unique,
	};
	struct iovec iov[2] = { { &head, sizeof(head) },
				{ (void *)data, len } };

	/* the kernel may have lost interest */
	if (writev(fd, iov, error ? 1 : 2) < 0 && errno != ENOENT)
		err(1, "reply");
}

/* inode 1 is the directory, all others are files of one block */
static struct fuse_attr attributes(uint64_t ino)
{
	return (struct fuse_attr){
		.ino = ino,
		.size = ino == FUSE_ROOT_ID ? 0 : BLOCK,
		.blocks = 8,
		.mode = ino == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0644,
		.nlink = 1,
		.blksize = BLOCK,
	};
}

static void answer(int fd, const struct fuse_in_header *in, const void *arg)
{
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = BLOCK,
		.max_background = 12,
		.congestion_threshold = 9,
	};
	struct fuse_entry_out entry = { .entry_valid = 1000,
					.attr_valid = 1000 };
	struct fuse_attr_out attr = { .attr_valid = 1000 };
	struct fuse_open_out open = { 0 };

	switch (in->opcode) {
	case FUSE_INIT:
		reply(fd, in->unique, 0, &init, sizeof(init));
		return;
	case FUSE_LOOKUP:
		entry.nodeid = 2 + strtoul(arg, NULL, 10);
		entry.attr = attributes(entry.nodeid);
		reply(fd, in->unique, 0, &entry, sizeof(entry));
		return;
	case FUSE_GETATTR:
		attr.attr = attributes(in->nodeid);
		reply(fd, in->unique, 0, &attr, sizeof(attr));
		return;
	case FUSE_OPEN:
		reply(fd, in->unique, 0, &open, sizeof(open));
		return;
	case FUSE_READ:
		reply(fd, in->unique, EIO, NULL, 0);
		return;
	case FUSE_RELEASE:
	case FUSE_FLUSH:
		reply(fd, in->unique, 0, NULL, 0);
		return;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return;
	default:
		reply(fd, in->unique, ENOSYS, NULL, 0);
	}
}

static void serve(int fd)
{
	static char buf[FUSE_MIN_READ_BUFFER + BLOCK]
		__attribute__((aligned(16)));

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(fd, buf, sizeof(buf)) > 0 || errno == EINTR)
		answer(fd, (void *)buf, buf + sizeof(struct fuse_in_header));
	_exit(0);
}

static unsigned long fuse(const char *dir, time_t until)
{
	unsigned long failed = 0;
	char text[4096];
	unsigned int i;
	pid_t server;
	int fd;
	uid_t uid = getuid();
	gid_t gid = getgid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		err(1, "unshare");
	write_file("/proc/self/setgroups", "deny");
	snprintf(text, sizeof(text), "0 %u 1", uid);
	write_file("/proc/self/uid_map", text);
	snprintf(text, sizeof(text), "0 %u 1", gid);
	write_file("/proc/self/gid_map", text);
	fd = open("/dev/fuse", O_RDWR);
	if (fd < 0)
		err(1, "/dev/fuse");
	snprintf(text, sizeof(text),
		 "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (mount("fuse", dir, "fuse", MS_NOSUID | MS_NODEV, text))
		err(1, "mount");
	server = fork();
	if (server < 0)
		err(1, "fork");
	if (!server)
		serve(fd);
	for (i = 0; now() < until; i++) {
		snprintf(text, sizeof(text), "%s/%u", dir, i % FILES);
		failed += read_again(text, 0);
	}
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return failed;
}

int main(int argc, char **argv)
{
	unsigned long failed = 0;
	time_t until;

	if (argc == 4 && !strcmp(argv[1], "fuse")) {
		failed = fuse(argv[2], now() + atoi(argv[3]));
	} else if (argc == 5 && !strcmp(argv[1], "read")) {
		until = now() + atoi(argv[4]);
		while (now() < until)
			failed += read_again(argv[2], atol(argv[3]));
	} else {
		errx(1,
		     "usage: hostile read FILE OFFSET SECONDS | fuse DIRECTORY SECONDS");
	}
	printf("%lu\n", failed);
	return 0;
}
