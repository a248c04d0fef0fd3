// SPDX-License-Identifier: GPL-2.0-only
/* Hooks that work, fail, hang, fork, print without end, or may not be run. */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "counters.h"
#include "hooks.h"
#include "losses.h"
#include "tap.h"

struct test {
	struct tap tap;
	struct conf conf;
	struct ledger *ledger;
	struct hooks hooks;
	uint64_t seq;
};

static void must(bool good)
{
	if (!good)
		abort();
}

static void begin(struct test *t)
{
	must(!conf_read(&t->conf, "/dev/null", (char[256]){ 0 }, 256));
	free(t->conf.ledger);
	free(t->conf.hooks);
	t->conf.ledger = scratch_directory();
	t->conf.hooks = scratch_directory();
	t->conf.hook_interval = 0;
	must(ledger_open(&t->ledger, t->conf.ledger, LEDGER_DAEMON) >= 0);
	must(!hooks_open(&t->hooks, &t->conf));
	t->hooks.settle_ms = 0;
}

static void end(struct test *t)
{
	hooks_close(&t->hooks);
	ledger_close(t->ledger);
	remove_directory(t->conf.ledger);
	remove_directory(t->conf.hooks);
	t->conf.ledger = NULL;
	t->conf.hooks = NULL;
	conf_free(&t->conf);
}

static void path_of(struct test *t, const char *name, char path[4096])
{
	snprintf(path, 4096, "%s/%s", t->conf.hooks, name);
}

/* a hook; $D is its directory */
static void make_hook(struct test *t, const char *name, const char *script)
{
	char path[4096];
	FILE *file;

	path_of(t, name, path);
	file = fopen(path, "w");
	must(file &&
	     fprintf(file, "#!/bin/sh\nD=%s\n%s\n", t->conf.hooks, script) > 0);
	must(!fclose(file) && !chmod(path, 0755));
}

static void remove_hook(struct test *t, const char *name)
{
	char path[4096];

	path_of(t, name, path);
	unlink(path);
}

static void lose(struct test *t)
{
	struct fserror_record rec = lost_bytes(5, t->seq * 8192, 512);

	rec.seq = ++t->seq;
	must(!ledger_begin(t->ledger) &&
	     !ledger_apply(t->ledger, test_boot, &rec) &&
	     !ledger_commit(t->ledger));
}

static bool running(struct test *t)
{
	size_t i;

	for (i = 0; i < t->hooks.nr; i++) {
		if (t->hooks.v[i].run.pid)
			return true;
	}
	return false;
}

/* rounds until none runs, for 20 s at most */
static void run(struct test *t)
{
	const uint64_t until = counters_ms() + 20000;

	do
		hooks_round(&t->hooks, 20);
	while (running(t) && counters_ms() < until);
}

/* what a file in the directory has; "" if there is none */
static const char *said(struct test *t, const char *name)
{
	static char text[8192];
	char path[4096];
	ssize_t len = 0;
	int fd;

	path_of(t, name, path);
	fd = open(path, O_RDONLY);
	if (fd >= 0) {
		len = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	text[len > 0 ? len : 0] = '\0';
	return text;
}

/* what was killed may wait for its new parent: then it has no command line */
static bool is_alive(const char *pid)
{
	char path[64], byte;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", atoi(pid));
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	len = read(fd, &byte, 1);
	close(fd);
	return len > 0;
}

/* at least @least of them were there, and none is */
static bool nobody_of(const char *pids, unsigned int least)
{
	unsigned int nr = 0;
	bool nobody = true;

	for (; *pids; pids += strcspn(pids, "\n"), pids += *pids == '\n') {
		nobody = nobody && !is_alive(pids);
		nr++;
	}
	return nobody && nr >= least;
}

static void test_told(struct test *t)
{
	struct fserror_record unowned =
		on_device(FSERROR_KIND_MEDIA, UINT64_C(1) << 40, 512);

	begin(t);
	make_hook(
		t, "note",
		"cat >>$D/out.txt; echo $FSERROR_COUNT $FSERROR_NEWS $FSERROR_SEVERITY >$D/env.txt");
	must(!hooks_register(&t->hooks));
	run(t);
	ok_string(&t->tap, said(t, "out.txt"), "",
		  "without news a hook does not run");
	lose(t);
	lose(t);
	run(t);
	ok_string(&t->tap, said(t, "env.txt"), "2 lost critical\n",
		  "it is told how many, what, and how bad that is");
	ok(&t->tap,
	   strstr(said(t, "out.txt"), "\"news\":\"lost\"") &&
		   strstr(said(t, "out.txt"), "\"ino\":5") &&
		   strstr(said(t, "out.txt"), "\"offset\":8192"),
	   "and more as JSON");
	remove_hook(t, "out.txt");
	run(t);
	ok_string(&t->tap, said(t, "out.txt"), "", "once");
	unowned.flags = FSERROR_RECORD_FLAG_UNOWNED;
	must(!ledger_begin(t->ledger) &&
	     !ledger_apply(t->ledger, test_boot, &unowned) &&
	     !ledger_commit(t->ledger));
	run(t);
	ok_string(&t->tap, said(t, "env.txt"), "1 unowned warning\n",
		  "of a range that no file has as well, but not as of a loss");
	make_hook(t, "leaves",
		  "sleep 300 >/dev/null 2>&1 & echo $! >$D/left.txt");
	must(!hooks_register(&t->hooks));
	lose(t);
	run(t);
	poll(NULL, 0, 200);
	ok(&t->tap,
	   atoi(said(t, "left.txt")) > 0 && !is_alive(said(t, "left.txt")),
	   "what it leaves behind is ended");
	make_hook(t, "late", "cat >$D/late.txt");
	run(t);
	ok_string(&t->tap, said(t, "late.txt"), "",
		  "a new hook is not told what was before");
	end(t);
}

static void test_fails(struct test *t)
{
	begin(t);
	make_hook(t, "fails",
		  "echo run >>$D/runs.txt; cat >/dev/null; [ -e $D/good.txt ]");
	must(!hooks_register(&t->hooks));
	lose(t);
	run(t);
	run(t);
	ok_string(&t->tap, said(t, "runs.txt"), "run\n",
		  "one that fails is not run again at once");
	t->hooks.v[0].next = 0;
	run(t);
	ok(&t->tap,
	   !strcmp(said(t, "runs.txt"), "run\nrun\n") &&
		   t->hooks.v[0].retry == 2 * HOOKS_RETRY_MS,
	   "but later, and then later still");
	/* a new life */
	hooks_close(&t->hooks);
	must(!hooks_open(&t->hooks, &t->conf));
	t->hooks.settle_ms = 0;
	make_hook(t, "good.txt", "");
	run(t);
	run(t);
	ok_string(&t->tap, said(t, "runs.txt"), "run\nrun\nrun\n",
		  "and after a restart, until it takes the news");
	end(t);
}

static void test_bad(struct test *t)
{
	uint64_t before;
	char path[4096];

	begin(t);
	t->conf.hook_timeout = 1;
	make_hook(t, "hangs", "sleep 300 & echo $! >$D/child.txt; sleep 300");
	must(!hooks_register(&t->hooks));
	lose(t);
	before = counters_ms();
	run(t);
	ok(&t->tap, counters_ms() - before < 6000 && t->hooks.v[0].retry,
	   "one that hangs is ended");
	poll(NULL, 0, 200);
	ok(&t->tap,
	   atoi(said(t, "child.txt")) > 0 && !is_alive(said(t, "child.txt")),
	   "with what it has started");
	remove_hook(t, "hangs");
	make_hook(t, "endless",
		  "while :; do echo yyyyyyyyyyyyyyyyyyyyyyyy; done");
	hooks_find(&t->hooks);
	must(!hooks_register(&t->hooks));
	lose(t);
	before = counters_ms();
	run(t);
	ok(&t->tap, counters_ms() - before < 9000 && !running(t),
	   "one that prints without end is, too");
	remove_hook(t, "endless");
	run(t);
	make_hook(t, "loops", "while :; do :; done");
	must(!hooks_register(&t->hooks));
	lose(t);
	before = counters_ms();
	run(t);
	ok(&t->tap, counters_ms() - before < 9000 && !running(t),
	   "one that loops is ended");
	remove_hook(t, "loops");
	run(t);
	make_hook(
		t, "stubborn",
		"trap '' TERM; echo $$ >$D/stubborn.txt; while :; do sleep 1; done");
	must(!hooks_register(&t->hooks));
	lose(t);
	before = counters_ms();
	run(t);
	ok(&t->tap,
	   counters_ms() - before < 15000 && !running(t) &&
		   !is_alive(said(t, "stubborn.txt")),
	   "one that does not end when it is told to is killed");
	remove_hook(t, "stubborn");
	run(t);
	make_hook(
		t, "forks",
		"i=0; while [ $i -lt 40 ]; do (while :; do sleep 1; done) & echo $! >>$D/forks.txt; i=$((i+1)); done; wait");
	must(!hooks_register(&t->hooks));
	lose(t);
	run(t);
	poll(NULL, 0, 200);
	ok(&t->tap, !running(t) && nobody_of(said(t, "forks.txt"), 40),
	   "with all that one has forked");
	remove_hook(t, "forks");
	run(t);

	make_hook(t, "open", "echo run >$D/open.out");
	path_of(t, "open", path);
	must(!chmod(path, 0777));
	make_hook(t, "plain", "echo run >$D/plain.out");
	path_of(t, "plain", path);
	must(!chmod(path, 0644));
	make_hook(t, "back.bak", "echo run >$D/bak.out");
	must(!hooks_register(&t->hooks));
	lose(t);
	run(t);
	ok_string(&t->tap, said(t, "open.out"), "",
		  "what others can write is not run");
	ok_string(&t->tap, said(t, "plain.out"), "",
		  "nor what is not executable");
	ok_string(&t->tap, said(t, "bak.out"), "", "nor a backup");
	path_of(t, "open", path);
	must(!chmod(path, 0755));
	must(!chmod(t->conf.hooks, 0777));
	run(t);
	ok_string(&t->tap, said(t, "open.out"), "",
		  "nor anything of a directory that others can write");
	must(!chmod(t->conf.hooks, 0755));
	run(t);
	ok_string(&t->tap, said(t, "open.out"), "run\n", "else it is");
	end(t);
}

static void test_many(struct test *t)
{
	char name[32];
	size_t i, most = 0, now, h;

	begin(t);
	t->conf.hooks_at_once = 2;
	for (i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "hook%zu", i);
		make_hook(t, name, "sleep 0.2; echo run >>$D/many.txt");
	}
	must(!hooks_register(&t->hooks));
	lose(t);
	for (i = 0; i < 400 && strlen(said(t, "many.txt")) < 6 * 4; i++) {
		hooks_round(&t->hooks, 20);
		for (now = 0, h = 0; h < t->hooks.nr; h++)
			now += t->hooks.v[h].run.pid > 0;
		if (now > most)
			most = now;
	}
	ok(&t->tap, most == 2 && strlen(said(t, "many.txt")) == 6 * 4,
	   "all are told, two at a time");
	run(t);
	end(t);
}

/* what a hook would read, for who compares it with its schema */
static int print_input(struct test *t)
{
	struct fserror_record rec = on_device(FSERROR_KIND_METADATA, 0, 4096);
	struct hook_input input;
	char text[65536];
	ssize_t len;
	int64_t last;
	uint64_t gone, i;

	begin(t);
	must(!ledger_told(t->ledger, "hook/x", &last, &gone));
	lose(t);
	rec.meta = FSERROR_META_INODES;
	rec.flags = FSERROR_RECORD_FLAG_UNRESOLVED;
	must(!ledger_begin(t->ledger) &&
	     !ledger_apply(t->ledger, test_boot, &rec));
	rec = lost_bytes(5, 0, 512);
	must(!ledger_set_path(t->ledger, &rec, "/srv/\377"));
	rec.kind = FSERROR_KIND_CLEARED;
	must(!ledger_apply(t->ledger, test_boot, &rec));
	must(!ledger_add_event(t->ledger, "shutdown {\"instance\":3}"));
	must(!ledger_add_event(t->ledger, "buffered-read {\"count\":7}"));
	for (i = 0; i < 2 * LEDGER_NEWS_BURST; i++)
		must(!ledger_apply(t->ledger, test_boot,
				   (struct fserror_record[1]){
					   lost_bytes(6, i * 8192, 512) }));
	must(!ledger_commit(t->ledger) &&
	     !ledger_acknowledge(t->ledger, 2, "x"));
	must(!ledger_begin(t->ledger));
	rec = on_device(FSERROR_KIND_MEDIA, UINT64_C(1) << 40, 512);
	rec.flags = FSERROR_RECORD_FLAG_UNOWNED;
	for (i = 0; i < 2 * LEDGER_NEWS_BURST; i++) {
		rec.device.offset += 8192;
		must(!ledger_apply(t->ledger, test_boot, &rec));
	}
	must(!ledger_commit(t->ledger));
	for (;;) {
		i = hook_input_make(t->ledger, "x", last, 5, UINT64_MAX,
				    &input);
		if (i != 1)
			break;
		while ((len = read(input.fd, text, sizeof(text))) > 0)
			fwrite(text, 1, len, stdout);
		close(input.fd);
		last = input.last;
	}
	end(t);
	return 0;
}

int main(int argc, char **argv)
{
	struct test t = { 0 };

	(void)argv;
	if (argc > 1)
		return print_input(&t);

	test_told(&t);
	test_fails(&t);
	test_bad(&t);
	test_many(&t);
	return t.tap.failed > 0;
}
