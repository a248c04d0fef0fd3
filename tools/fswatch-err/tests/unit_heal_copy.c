// SPDX-License-Identifier: GPL-2.0-only
/* Where a copy comes from, and of which version it is. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "media.h"
#include "tap.h"

/* a copy of another time, or one of which nothing is known */
static void test_versions(struct tap *tap)
{
	struct attempt attempt = { .kind = MEDIA_DISK, .lease = true };
	struct outcome out;

	make_pair(17);
	damage(0, SECTOR);
	out = (attempt.newer = 1, heal_it(&attempt));
	ok(tap, out.agreement == HEAL_OTHER_TIME && !out.writes,
	   "a file of 17 bytes that was written again since");
	out = (attempt.newer = 0, heal_it(&attempt));
	ok(tap, out.agreement == HEAL_NOT_COMPARED && !out.writes,
	   "one of which nothing can be compared");
	out = (attempt.force = true, heal_it(&attempt));
	ok(tap, all_done(&out) && healed(), "that is done by force only");
	make_pair(17);
	damage(0, SECTOR);
	attempt.force = false;
	attempt.command = "cat \"$1\"";
	out = heal_it(&attempt);
	ok(tap, out.agreement == HEAL_NOT_COMPARED && !out.writes,
	   "so with a command");

	/* far away from the damage */
	make_pair(64 * BLOCK);
	damage(60 * BLOCK, 60 * BLOCK + SECTOR);
	patch("copy", 77, "!", 1);
	out = heal_it(&attempt);
	ok(tap,
	   out.agreement == HEAL_DIFFERS && out.differs_at == 77 && !out.writes,
	   "of what a command prints all is compared");
	make_pair(64 * BLOCK);
	damage(60 * BLOCK, 60 * BLOCK + SECTOR);
	attempt.command = "cat \"$1\"";
	out = heal_it(&attempt);
	ok(tap,
	   all_done(&out) && healed() && out.compared == 64 * BLOCK - SECTOR,
	   "each byte once (%" PRIu64 ")", out.compared);
}

/* links in the backup do not lead to what its owner wants to be written */
static void test_links(struct tap *tap)
{
	static const char *const names[] = { "link",	   "link/copy",
					     "../%s/copy", "real/up/copy",
					     "real/null",  "/etc/passwd" };
	char error[COPY_ERROR_MAX], name[128];
	const struct stat none = { 0 };
	struct copy *copy;
	size_t i;
	int fd;

	make_pair(BLOCK);
	must(!mkdir(at("real"), 0700) && !symlink(".", at("link")) &&
		     !symlink("..", at("real/up")) &&
		     !symlink("/dev/null", at("real/null")),
	     "links");
	fd = open(top, O_PATH | O_DIRECTORY);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "%s", names[i]);
		if (strstr(name, "%s"))
			snprintf(name, sizeof(name), "..%s/copy",
				 strrchr(top, '/'));
		copy = copy_open_at(fd, name, &none, error);
		ok(tap, !copy, "a copy is not looked for as %s", names[i]);
		copy_close(copy);
	}
	close(fd);
	unlink(at("real/up"));
	unlink(at("real/null"));
	unlink(at("link"));
	rmdir(at("real"));
}

/* somebody who exchanges a directory of the backup for a link, again and again */
static pid_t start_swapper(void)
{
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid)
		return pid;
	for (;;) {
		syscall(SYS_renameat2, AT_FDCWD, at("dir"), AT_FDCWD,
			at("evil"), RENAME_EXCHANGE);
	}
}

static void test_swapped(struct tap *tap)
{
	unsigned int opened = 0, refused = 0, led_astray = 0, i;
	char error[COPY_ERROR_MAX], byte;
	const struct stat none = { 0 };
	struct copy *copy;
	pid_t pid;
	int fd;

	make_pair(1);
	patch("copy", 0, "g", 1);
	must(!mkdir(at("dir"), 0700) && !mkdir(at("other"), 0700) &&
		     !rename(at("copy"), at("dir/copy")) &&
		     !symlink(at("other"), at("evil")),
	     "directories");
	fd = open(at("other/copy"), O_WRONLY | O_CREAT, 0600);
	must(fd >= 0 && write(fd, "b", 1) == 1, "the other copy");
	close(fd);
	fd = open(top, O_PATH | O_DIRECTORY);
	pid = start_swapper();
	for (i = 0; i < 20000; i++) {
		copy = copy_open_at(fd, "dir/copy", &none, error);
		if (!copy) {
			refused++;
			continue;
		}
		opened++;
		led_astray += copy->read(copy, 0, &byte, 1) || byte != 'g';
		copy_close(copy);
	}
	kill(pid, SIGKILL);
	must(waitpid(pid, NULL, 0) == pid, "wait");
	close(fd);
	ok(tap, opened && refused && !led_astray,
	   "a parent that is swapped for a link: %u opened, %u refused, %u astray",
	   opened, refused, led_astray);
	for (i = 0; i < 2; i++) {
		unlink(at("dir/copy"));
		unlink(at("evil/copy"));
		rmdir(at("dir"));
		rmdir(at("evil"));
		unlink(at("dir"));
		unlink(at("evil"));
	}
	rmdir(at("other"));
}

static void test_command(struct tap *tap)
{
	struct attempt attempt = { .kind = MEDIA_DAX, .lease = true };
	struct outcome out;

	make_pair(16 * BLOCK + 10);
	damage(2 * BLOCK, 2 * BLOCK + 512);
	damage(3 * BLOCK + 1024, 3 * BLOCK + 1536);
	damage(16 * BLOCK, 16 * BLOCK + 512);
	attempt.command = "test \"$1\" = \"$FSWATCH_ERR_PATH\" && "
			  "test -z \"$(cat)\" && cat \"$1\"";
	out = heal_it(&attempt);
	ok(tap, all_done(&out) && healed(), "a command prints the copy");
	ok_string(tap, out.error, "", "and there is nothing to say of it");

	damage(2 * BLOCK, 2 * BLOCK + 512);
	attempt.command = "cat \"$1\"; exit 3";
	out = heal_it(&attempt);
	ok(tap, !out.writes, "a command that fails is not trusted");
	ok_string(tap, out.error, "it ended with status 3", "it is told");
	attempt.command = "cat \"$1\"; kill -9 $$";
	out = heal_it(&attempt);
	ok(tap, !out.writes, "nor one that is killed");
	ok_string(tap, out.error, "it was ended by signal 9", "that is told");
	attempt.command = "head -c 12288 \"$1\"";
	out = heal_it(&attempt);
	ok(tap, !out.writes && !out.agrees && !out.differs,
	   "a command that prints less is refused for the size");
	attempt.command = "true";
	out = heal_it(&attempt);
	ok(tap, !out.writes && !out.agrees, "so is one that prints nothing");
	/* in small pieces, which do not end where blocks do */
	attempt.command = "dd if=\"$1\" bs=777 status=none";
	out = heal_it(&attempt);
	ok(tap, all_done(&out) && healed(), "it may come in small pieces");
}

static void test_copies(struct tap *tap)
{
	struct outcome out;

	make_pair(8 * BLOCK);
	damage(2 * BLOCK, 2 * BLOCK + 512);
	must(!unlink(at("copy")), "unlink");
	out = heal_on(MEDIA_DISK);
	ok_string(tap, out.error, "No such file or directory", "no copy");
	must(!link(at("file"), at("copy")), "link");
	out = heal_on(MEDIA_DISK);
	ok_string(tap, out.error, "it is the damaged file itself",
		  "the file itself");
	must(!unlink(at("copy")) && !mkfifo(at("copy"), 0600), "mkfifo");
	out = heal_on(MEDIA_DISK);
	ok_string(tap, out.error, "it is no regular file", "a FIFO");
	must(!unlink(at("copy")), "unlink");
	ok(tap, !out.writes, "and nothing was written");
}

int main(void)
{
	struct tap tap = { 0 };

	media_start(top, sizeof(top));
	test_versions(&tap);
	test_links(&tap);
	test_swapped(&tap);
	test_command(&tap);
	test_copies(&tap);
	media_stop();
	return tap.failed != 0;
}
