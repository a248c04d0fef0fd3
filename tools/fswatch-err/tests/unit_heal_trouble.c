// SPDX-License-Identifier: GPL-2.0-only
/* What is refused, and what goes wrong while a file is healed. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "media.h"
#include "tap.h"

static void test_refused(struct tap *tap)
{
	struct attempt attempt = { .kind = MEDIA_DISK };
	struct outcome out;
	char byte;

	make_pair(8 * BLOCK);
	damage(3 * BLOCK + 512, 3 * BLOCK + 1024);
	byte = right(3 * BLOCK + 100) ^ 1;
	patch("copy", 3 * BLOCK + 100, &byte, 1);
	out = heal_it(&attempt);
	ok(tap,
	   !out.agrees && out.differs && out.differs_at == 3 * BLOCK + 100 &&
		   !out.writes && !out.written,
	   "a copy that differs in the damaged block is refused");
	out = (attempt.force = true, heal_it(&attempt));
	patch("copy", 3 * BLOCK + 100, &(char){ byte ^ 1 }, 1);
	ok(tap, !out.agrees && all_done(&out) && healed(),
	   "forced: only what is damaged comes from the copy");

	attempt.force = false;
	make_pair(8 * BLOCK);
	damage(3 * BLOCK + 512, 3 * BLOCK + 1024);
	byte = right(3 * BLOCK - 1) ^ 1;
	patch("copy", 3 * BLOCK - 1, &byte, 1);
	out = heal_it(&attempt);
	ok(tap, !out.agrees && out.differs_at == 3 * BLOCK - 1 && !out.writes,
	   "so is one that differs in the block before");
	make_pair(8 * BLOCK);
	damage(3 * BLOCK + 512, 3 * BLOCK + 1024);
	byte = right(5 * BLOCK - 1) ^ 1;
	patch("copy", 5 * BLOCK - 1, &byte, 1);
	out = heal_it(&attempt);
	ok(tap, !out.agrees && out.differs_at == 5 * BLOCK - 1 && !out.writes,
	   "and in the block after");
	make_pair(64 * BLOCK);
	damage(30 * BLOCK + 512, 30 * BLOCK + 1024);
	byte = right(47 * BLOCK - 1) ^ 1;
	patch("copy", 47 * BLOCK - 1, &byte, 1);
	byte = right(14 * BLOCK) ^ 1;
	patch("copy", 14 * BLOCK, &byte, 1);
	out = heal_it(&attempt);
	ok(tap, !out.agrees && out.differs_at == 14 * BLOCK && !out.writes,
	   "and 64 KiB before and after");
	make_pair(64 * BLOCK);
	damage(30 * BLOCK + 512, 30 * BLOCK + 1024);
	byte = right(47 * BLOCK) ^ 1;
	patch("copy", 47 * BLOCK, &byte, 1);
	out = heal_it(&attempt);
	ok(tap, out.agrees && all_done(&out) && healed(),
	   "what is further away does not matter");
	make_pair(8 * BLOCK);
	damage(3 * BLOCK + 512, 3 * BLOCK + 1024);
	out = (attempt.dry = true, heal_it(&attempt));
	ok(tap,
	   out.agrees && !out.writes && any_bad(0, UINT64_MAX) &&
		   out.runs[0].outcome == HEAL_WAITS,
	   "without the second step nothing is written");
}

static void test_sizes(struct tap *tap)
{
	struct attempt attempt = { .kind = MEDIA_DAX };
	struct outcome out;

	make_pair(8 * BLOCK);
	damage(2 * BLOCK, 2 * BLOCK + 512);
	damage(6 * BLOCK, 6 * BLOCK + 512);
	must(!truncate(at("copy"), 9 * BLOCK), "truncate");
	out = heal_it(&attempt);
	ok(tap, !out.agrees && !out.differs && !out.writes,
	   "a copy that is longer is refused");
	must(!truncate(at("copy"), 4 * BLOCK), "truncate");
	out = heal_it(&attempt);
	ok(tap, !out.agrees && !out.differs && !out.writes,
	   "one that is shorter is refused");
	out = (attempt.force = true, heal_it(&attempt));
	ok(tap,
	   out.nr_runs == 2 && out.runs[0].outcome == HEAL_DONE &&
		   out.runs[1].outcome == HEAL_COPY_ENDS && out.writes == 1 &&
		   !any_bad(0, 6 * BLOCK) && any_bad(6 * BLOCK, 7 * BLOCK),
	   "forced: what it has is written, and the rest is told");
}

static void test_trouble(struct tap *tap)
{
	struct attempt attempt = { .kind = MEDIA_DISK, .write_fails = 2 };
	struct outcome out;
	char words[256];

	make_pair(16 * BLOCK);
	damage(2 * BLOCK, 2 * BLOCK + 512);
	damage(6 * BLOCK, 6 * BLOCK + 512);
	damage(9 * BLOCK, 9 * BLOCK + 512);
	out = heal_it(&attempt);
	heal_reason(&out.runs[1], words, sizeof(words));
	ok_string(tap, words, "cannot write: Input/output error",
		  "a write that fails is told");
	ok(tap,
	   out.runs[0].outcome == HEAL_DONE &&
		   out.runs[2].outcome == HEAL_DONE && out.written == 2 * BLOCK,
	   "and the others are done");
	out = (attempt.write_fails = 0, heal_it(&attempt));
	ok(tap, all_done(&out) && healed() && out.nr_runs == 1,
	   "and it can be tried again");

	make_pair(16 * BLOCK);
	damage(2 * BLOCK, 2 * BLOCK + 512);
	out = (attempt.write_wrong = true, heal_it(&attempt));
	ok(tap, out.runs[0].outcome == HEAL_READ_OTHER,
	   "something else is read back: seen");
	attempt.write_wrong = false;
	make_pair(16 * BLOCK);
	damage(2 * BLOCK, 2 * BLOCK + 512);
	out = (attempt.read_back_fails = true, heal_it(&attempt));
	ok(tap,
	   out.runs[0].outcome == HEAL_READ_FAILED && out.runs[0].error == EIO,
	   "it cannot be read back: seen");
	attempt.read_back_fails = false;
	make_pair(16 * BLOCK);
	damage(2 * BLOCK, 2 * BLOCK + 512);
	damage(6 * BLOCK, 6 * BLOCK + 512);
	out = (attempt.changes_at = 2, heal_it(&attempt));
	ok(tap,
	   out.runs[0].outcome == HEAL_DONE &&
		   out.runs[1].outcome == HEAL_CHANGED && out.writes == 1,
	   "a file that changes meanwhile is not written any more");
}

/* killed after each step in turn; each time it is run again */
static void test_killed(struct tap *tap)
{
	struct attempt attempt = { .kind = MEDIA_DAX, .lease = true };
	bool whole = true, no_worse = true;
	struct outcome out;
	unsigned int step;
	struct stat st;
	int status;
	pid_t pid;

	for (step = 1;; step++) {
		make_pair(12 * BLOCK + 100);
		damage(0, SECTOR);
		damage(3 * BLOCK + 512, 5 * BLOCK);
		damage(8 * BLOCK + 512, 8 * BLOCK + 1024);
		damage(12 * BLOCK, 12 * BLOCK + SECTOR);
		attempt.dies_after = step;
		pid = fork();
		if (!pid) {
			out = heal_it(&attempt);
			_exit(!all_done(&out));
		}
		must(pid > 0 && waitpid(pid, &status, 0) == pid, "wait");
		must(!stat(at("file"), &st), "stat");
		no_worse &= st.st_size == 12 * BLOCK + 100;
		if (WIFEXITED(status))
			break;
		attempt.dies_after = 0;
		out = heal_it(&attempt);
		/* all may have been written already */
		whole &= (all_done(&out) || !out.nr_runs) && healed();
	}
	ok(tap, no_worse && whole,
	   "killed after any of %u steps, and run again: healed", step - 1);
	ok(tap, step > 9 && WEXITSTATUS(status) == 0 && healed(),
	   "and there are no other steps");
}

int main(void)
{
	struct tap tap = { 0 };

	media_start(top, sizeof(top));
	test_refused(&tap);
	test_sizes(&tap);
	test_trouble(&tap);
	test_killed(&tap);
	media_stop();
	return tap.failed != 0;
}
