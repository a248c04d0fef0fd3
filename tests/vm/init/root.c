// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VM's root directory: a tmpfs whose entries are bind mounts of the host's
 * top-level directories, read-only over 9p, except those that must be the VM's
 * own. The whole of the host's tree is also at /host, so that what is hidden
 * by a mount of ours (the host's /tmp for one) can still be reached.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init.h"

#define NEW "/new"
#define P9_OPTIONS \
	"trans=virtio,version=9p2000.L,msize=262144,cache=loose,access=any"

struct mount_point {
	const char *source;
	const char *dir;
	const char *type;
	unsigned long flags;
	const char *options;
};

static const struct mount_point own[] = {
	{ "proc", NEW "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL },
	{ "sysfs", NEW "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
	  NULL },
	{ "debugfs", NEW "/sys/kernel/debug", "debugfs", 0, NULL },
	{ "tracefs", NEW "/sys/kernel/tracing", "tracefs", 0, NULL },
	{ "devtmpfs", NEW "/dev", "devtmpfs", MS_NOSUID, "mode=0755" },
	{ "devpts", NEW "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
	  "gid=5,mode=620,ptmxmode=666" },
	{ "tmpfs", NEW "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777" },
	{ "tmpfs", NEW "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777" },
	{ "tmpfs", NEW "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755" },
	{ "tmpfs", NEW "/mnt", "tmpfs", 0, "mode=0755" },
	{ "tmpfs", NEW "/var/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777" },
};

static const char *const own_dirs[] = { "proc", "sys", "dev", "tmp",
					"run",	"mnt", "host" };

static int count_before; /* mounts there are before the job makes its own */

static int mount_one(const struct mount_point *m)
{
	if (mkdir(m->dir, 0755) && errno != EEXIST && errno != EROFS &&
	    errno != EPERM) {
		complain("mkdir %s: %s", m->dir, strerror(errno));
		return -errno;
	}
	if (mount(m->source, m->dir, m->type, m->flags, m->options)) {
		complain("mount %s on %s: %s", m->source, m->dir,
			 strerror(errno));
		return -errno;
	}
	return 0;
}

/* What init itself needs to find the virtio ports and the console. */
int root_mount_early(void)
{
	static const struct mount_point early[] = {
		{ "proc", "/proc", "proc", 0, NULL },
		{ "sysfs", "/sys", "sysfs", 0, NULL },
		{ "devtmpfs", "/dev", "devtmpfs", 0, "mode=0755" },
	};
	size_t i;
	int fd;

	for (i = 0; i < sizeof(early) / sizeof(early[0]); i++)
		/* devtmpfs may be there already: the kernel can mount it itself */
		if (mount_one(&early[i]) && strcmp(early[i].type, "devtmpfs"))
			return -1;
	fd = open("/dev/console", O_RDWR);
	if (fd < 0)
		return -errno;
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	return 0;
}

static bool is_own(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(own_dirs) / sizeof(own_dirs[0]); i++)
		if (!strcmp(name, own_dirs[i]))
			return true;
	return false;
}

/* Show the host's top-level entry @name in the new root. */
static void adopt(const char *name)
{
	char from[512], to[512];
	struct stat st;

	snprintf(from, sizeof(from), NEW "/host/%s", name);
	snprintf(to, sizeof(to), NEW "/%s", name);
	if (lstat(from, &st))
		return;
	if (S_ISLNK(st.st_mode)) {
		char target[512];
		ssize_t n = readlink(from, target, sizeof(target) - 1);

		if (n < 0)
			return;
		target[n] = '\0';
		if (symlink(target, to))
			complain("symlink %s: %s", to, strerror(errno));
	} else if (S_ISDIR(st.st_mode)) {
		if (mkdir(to, 0755) || mount(from, to, NULL, MS_BIND, NULL))
			complain("cannot show the host's /%s: %s", name,
				 strerror(errno));
	}
}

static int adopt_all(void)
{
	struct dirent *entry;
	DIR *dir = opendir(NEW "/host");

	if (!dir) {
		complain("the host's root cannot be read: %s", strerror(errno));
		return -errno;
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && !is_own(entry->d_name))
			adopt(entry->d_name);
	closedir(dir);
	return 0;
}

static int count_mounts(void)
{
	FILE *f = fopen("/proc/self/mounts", "re");
	int c, n = 0;

	if (!f)
		return 0;
	while ((c = getc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return n;
}

static void make_links(void)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "/proc/self/fd/0", "/dev/stdin" },
		{ "/proc/self/fd/1", "/dev/stdout" },
		{ "/proc/self/fd/2", "/dev/stderr" },
		{ "pts/ptmx", "/dev/ptmx" },
	};
	size_t i;

	unlink("/dev/ptmx");
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlink(links[i][0], links[i][1]) && errno != EEXIST)
			complain("symlink %s: %s", links[i][1],
				 strerror(errno));
	mkdir("/run/lock", 01777);
	mkdir("/tmp/home", 0700);
}

int root_switch(void)
{
	static const struct mount_point base[] = {
		{ "tmpfs", NEW, "tmpfs", 0, "mode=0755" },
		{ "hostroot", NEW "/host", "9p", MS_RDONLY, P9_OPTIONS },
	};
	size_t i;

	for (i = 0; i < sizeof(base) / sizeof(base[0]); i++)
		if (mount_one(&base[i]))
			return -1;
	if (adopt_all())
		return -1;
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		/* a kernel may be built without tracefs; nothing else is optional */
		if (mount_one(&own[i]) && strcmp(own[i].type, "tracefs"))
			return -1;
	if (chdir(NEW) || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") ||
	    chdir("/")) {
		complain("cannot change to the new root: %s", strerror(errno));
		return -1;
	}
	make_links();
	count_before = count_mounts();
	return 0;
}

/* /proc/self/mounts writes a blank and its like as a backslash and three octal digits. */
static void unescape(char *text)
{
	char *to = text;

	while (*text) {
		unsigned int c;

		if (sscanf(text, "\\%3o", &c) == 1) {
			*to++ = (char)c;
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

/*
 * Take away what the job has mounted, last first, so that teardown too is seen
 * by whoever looks at the kernel's health afterwards.
 */
void root_umount_job(void)
{
	char line[4096];
	char dir[4096];
	int tries, n;

	for (tries = 0; tries < 64 && count_mounts() > count_before; tries++) {
		FILE *f = fopen("/proc/self/mounts", "re");

		if (!f)
			return;
		for (n = 0, dir[0] = '\0'; fgets(line, sizeof(line), f); n++)
			if (n >= count_before)
				sscanf(line, "%*s %4095s", dir);
		fclose(f);
		if (!dir[0])
			return;
		unescape(dir);
		if (umount2(dir, 0) && umount2(dir, MNT_DETACH)) {
			complain("umount %s: %s", dir, strerror(errno));
			return;
		}
	}
}
