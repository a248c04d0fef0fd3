// SPDX-License-Identifier: GPL-2.0-only
/* The copy of a file that was renamed since, and signals that end the work. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "media.h"
#include "restore.h"
#include "restore_stop.h"
#include "tap.h"

#define SIZE (16 * BLOCK)

/* a copy of "copy" with this name and time, with one byte changed at @other */
static void add_copy(const char *name, unsigned int newer, uint64_t other)
{
	struct timespec times[2] = { { 1500000000, 5 }, { 1500000000, 5 } };
	char command[1200];

	snprintf(command, sizeof(command), "cp %s %s", at("copy"), at(name));
	must(!system(command), command);
	if (other)
		patch(name, other, "\xff", 1);
	times[1].tv_nsec += newer;
	must(!utimensat(AT_FDCWD, at(name), times, 0), "utimensat");
}

/* what a search below "backup" finds; the reason if nothing */
static char *find(bool *found)
{
	struct timespec times[2] = { { 1500000000, 5 }, { 1500000000, 5 } };
	struct restore_how how = { .search = true };
	struct restore_item item = { 0 };
	struct heal_file *file;
	struct ranges bad = { 0 };
	struct copy *copy;
	char *words;
	size_t i;

	must(!utimensat(AT_FDCWD, at("file"), times, 0), "utimensat");
	file = open_real(true);
	for (i = 0; i < BAD_MAX; i++)
		must(!ranges_add(&bad, shared->bad[i].offset,
				 shared->bad[i].end),
		     "memory");
	ranges_merge(&bad);
	must(!heal_plan(&item.heal, file, &bad), "plan");
	how.source.from = at("backup");
	how.source.from_fd = open(how.source.from, O_PATH | O_DIRECTORY);
	must(!restore_search(&how, &item, heal_file_stat(file), &copy),
	     "memory");
	*found = copy != NULL;
	words = copy ? item.found : item.reason;
	words = strdup(words ? words : "");
	copy_close(copy);
	close(how.source.from_fd);
	ranges_free(&bad);
	restore_item_free(&item);
	heal_file_close(file);
	return words;
}

/* @words: the beginning of what is said */
static void expect(struct tap *tap, bool want, const char *words,
		   const char *name)
{
	bool found;
	char *got = find(&found);

	ok(tap, found == want && !strncmp(got, words, strlen(words)), "%s (%s)",
	   name, got);
	free(got);
}

static void test_search(struct tap *tap)
{
	make_pair(SIZE);
	must(!mkdir(at("backup"), 0700) && !mkdir(at("backup/dir"), 0700) &&
		     !mkdir(at("elsewhere"), 0700) &&
		     !symlink(at("elsewhere"), at("backup/link")),
	     "directories");
	add_copy("elsewhere/file", 0, 0);
	add_copy("backup/later", 1, 0);
	damage(5 * BLOCK, 5 * BLOCK + SECTOR);
	expect(tap, false, "", "of another time, or behind a symbolic link");
	add_copy("backup/dir/unlike", 0, 5 * BLOCK + 600);
	expect(tap, false, "", "one whose good bytes are others");
	add_copy("backup/dir/old", 0, 0);
	expect(tap, true, "its copy is called dir/old", "the one that fits");
	add_copy("backup/twin", 0, 0);
	expect(tap, true, "its copy is called ", "two that are the same");
	add_copy("backup/twin", 0, 5 * BLOCK + 7);
	expect(tap, false, "several files", "two that differ where it matters");
	unlink(at("backup/twin"));
	unlink(at("backup/link"));
	unlink(at("backup/later"));
	unlink(at("backup/dir/old"));
	unlink(at("backup/dir/unlike"));
	unlink(at("elsewhere/file"));
	rmdir(at("elsewhere"));
	rmdir(at("backup/dir"));
	rmdir(at("backup"));
}

static int run(void (*body)(void))
{
	int status;
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (!pid) {
		body();
		_exit(0);
	}
	must(waitpid(pid, &status, 0) == pid, "wait");
	return status;
}

static void hang_up(void)
{
	restore_stop_begin();
	if (restore_stopped())
		_exit(1);
	kill(getpid(), SIGPIPE);
	kill(getpid(), SIGHUP);
	if (restore_stopped() != SIGHUP)
		_exit(2);
	if (!alarm(0)) /* or it would wait for a disk for ever */
		_exit(3);
}

static void hang_up_twice(void)
{
	hang_up();
	kill(getpid(), SIGHUP); /* the same, by another way */
	sleep(3);
	kill(getpid(), SIGHUP);
}

static void ignore(void)
{
	signal(SIGHUP, SIG_IGN);
	restore_stop_begin();
	kill(getpid(), SIGHUP);
	if (restore_stopped())
		_exit(1);
}

static void test_signals(struct tap *tap)
{
	int status = run(hang_up);

	ok(tap, WIFEXITED(status) && !WEXITSTATUS(status),
	   "a terminal that goes away: an end after the file at hand (%d)",
	   WEXITSTATUS(status));
	status = run(hang_up_twice);
	ok(tap, WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP,
	   "a second signal, later: at once");
	status = run(ignore);
	ok(tap, WIFEXITED(status) && !WEXITSTATUS(status),
	   "nohup(1) is respected");
}

int main(void)
{
	struct tap tap = { 0 };

	/* nohup(1) starts what it starts with this signal ignored */
	signal(SIGHUP, SIG_DFL);
	media_start(top, sizeof(top));
	test_search(&tap);
	test_signals(&tap);
	media_stop();
	return tap.failed != 0;
}
