// SPDX-License-Identifier: GPL-2.0-only
/*
 * A container that means us harm: it has a shell, a library of locales and
 * configuration of its own, and links that lead out of it. Nothing of it may be
 * executed, loaded or followed. Needs root.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "copy.h"
#include "mounts.h"
#include "namespace.h"
#include "scratch.h"
#include "tap.h"

static void make_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	must(fd >= 0 &&
		     write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
		     !fchmod(fd, mode),
	     name);
	close(fd);
}

/* in the child: the root directory becomes one that has little in it */
static void enter_container(void)
{
	must(!unshare(CLONE_NEWNS) &&
		     !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
		     !mount("container", top, "tmpfs", 0, NULL) && !chdir(top),
	     "a root directory");
	must(!mkdir("bin", 0755) && !mkdir("tmp", 0777) && !mkdir("old", 0755),
	     "directories");
	make_file("bin/sh", "#!/old/bin/sh\necho container\n", 0755);
	make_file("secret", "container", 0600);
	must(!symlink("/secret", "absolute") &&
		     !symlink("../../../../../../secret", "upwards") &&
		     !symlink("/tmp/nowhere", "dangling"),
	     "links");
	must(!syscall(SYS_pivot_root, ".", "old") && !chdir("/"),
	     "another root directory");
}

static pid_t start_container(void)
{
	int pipes[2];
	char byte;
	pid_t pid;

	must(!pipe(pipes), "pipe");
	pid = fork();
	must(pid >= 0, "fork");
	if (!pid) {
		enter_container();
		must(write(pipes[1], "", 1) == 1, "pipe");
		for (;;)
			pause();
	}
	close(pipes[1]);
	must(read(pipes[0], &byte, 1) == 1, "the container");
	close(pipes[0]);
	return pid;
}

static void test_names(struct tap *tap)
{
	static const char *const names[] = { "/secret", "/absolute", "upwards",
					     "/bin/../../secret" };
	char text[16], name[256];
	struct mounts *mounts;
	ssize_t got;
	size_t i;
	char *path;
	int fd;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		memset(text, 0, sizeof(text));
		fd = namespace_open(names[i], O_RDONLY, 0);
		got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
		ok(tap, got == 9 && !strcmp(text, "container"),
		   "%s is that of the container", names[i]);
		if (fd >= 0)
			close(fd);
	}
	ok(tap, namespace_open("/dangling", O_RDONLY, 0) < 0,
	   "a link that would lead out");
	path = namespace_realpath("/absolute");
	ok_string(tap, path, "/secret", "the name behind a link");
	free(path);
	fd = namespace_open("/bin", O_PATH, 0);
	ok(tap,
	   fd >= 0 && !namespace_fd_name(fd, name, sizeof(name)) &&
		   !strcmp(name, "/bin"),
	   "the name of a descriptor");
	close(fd);
	mounts = mounts_load();
	ok(tap,
	   mounts && mounts_from(mounts, "container") &&
		   !strcmp(mounts_from(mounts, "container")->target, "/"),
	   "the mounts are those of the container");
	mounts_free(mounts);
}

static void test_own(struct tap *tap, const char *ns)
{
	const struct ranges wanted = { 0 };
	char text[16] = "", error[COPY_ERROR_MAX], now[64] = "";
	struct copy *copy;
	FILE *file;

	copy = copy_open_command("echo host >\"$1\"", "/out", &wanted, NULL,
				 error);
	file = fopen("/out", "r");
	ok(tap,
	   copy && file && fgets(text, sizeof(text), file) &&
		   !strcmp(text, "host\n"),
	   "a command is run by the shell of the host, and sees its files");
	if (file)
		fclose(file);
	copy_close(copy);
	must(readlink("/proc/self/ns/mnt", now, sizeof(now) - 1) > 0, "ns");
	ok_string(tap, now, ns, "this process has stayed where it was");
}

/* in a process of its own, because a namespace is chosen once */
static unsigned int test_with(const char *arg)
{
	struct tap tap = { 0 };
	char ns[64] = "";

	must(readlink("/proc/self/ns/mnt", ns, sizeof(ns) - 1) > 0, "ns");
	if (ok(&tap, !namespace_use(arg), "looking into %s",
	       *arg == '/' ? "a file" : "a process")) {
		test_names(&tap);
		test_own(&tap, ns);
	}
	return tap.failed;
}

static bool passes(const char *arg)
{
	pid_t pid = fork();
	int status;

	must(pid >= 0, "fork");
	if (!pid)
		exit(test_with(arg) != 0);
	must(waitpid(pid, &status, 0) == pid, "wait");
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	char pid_text[16], file[64];
	struct tap tap = { 0 };
	pid_t pid;

	if (argc != 2 || !realpath(argv[1], top)) {
		fprintf(stderr, "usage: unit_namespace DIRECTORY\n");
		return 1;
	}
	/* what the host's shell writes goes where it harms nobody */
	must(!unshare(CLONE_NEWNS) &&
		     !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL),
	     "a namespace");
	pid = start_container();
	snprintf(pid_text, sizeof(pid_text), "%d", (int)pid);
	snprintf(file, sizeof(file), "/proc/%d/ns/mnt", (int)pid);
	ok(&tap, passes(pid_text), "by the number of a process");
	ok(&tap, passes(file), "by a file");
	unlink("/out");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return tap.failed != 0;
}
