// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names that are found while the asker goes on: on a tmpfs in a mount namespace
 * of the test's own, below the directory that is given as argument. readdir() is
 * this file's, so that a search can be held up for as long as the test likes.
 * Needs root.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "format.h"
#include "pending.h"
#include "resolver.h"
#include "record_of.h"
#include "scratch.h"
#include "tap.h"

/* the search: stopped at its first directory entry, counted */

static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_changed = PTHREAD_COND_INITIALIZER;
static bool gate_closed, gate_reached;
static unsigned int searches; /* "." comes first, and there is one directory */

struct dirent *__real_readdir(DIR *stream);
struct dirent *__wrap_readdir(DIR *stream);

struct dirent *__wrap_readdir(DIR *stream)
{
	struct dirent *entry;

	pthread_mutex_lock(&gate_lock);
	gate_reached = true;
	pthread_cond_broadcast(&gate_changed);
	while (gate_closed)
		pthread_cond_wait(&gate_changed, &gate_lock);
	entry = __real_readdir(stream);
	searches += entry && !strcmp(entry->d_name, ".");
	pthread_mutex_unlock(&gate_lock);
	return entry;
}

static void close_gate(void)
{
	pthread_mutex_lock(&gate_lock);
	gate_closed = true;
	gate_reached = false;
	searches = 0;
	pthread_mutex_unlock(&gate_lock);
}

static void wait_at_gate(void)
{
	pthread_mutex_lock(&gate_lock);
	while (!gate_reached)
		pthread_cond_wait(&gate_changed, &gate_lock);
	pthread_mutex_unlock(&gate_lock);
}

static void open_gate(void)
{
	pthread_mutex_lock(&gate_lock);
	gate_closed = false;
	pthread_cond_broadcast(&gate_changed);
	pthread_mutex_unlock(&gate_lock);
}

/* files */

/* a file, with a second name if @twin, and the record that is made of it */
static struct fserror_record make_file(const char *name, const char *twin,
				       uint64_t seq)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_EXCL, 0600);
	struct fserror_record rec;

	must(fd >= 0, name);
	close(fd);
	must(!twin || !link(at(name), at(twin)), name);
	rec = record_of(name);
	rec.seq = seq;
	if (seq)
		rec.present |= 1 << FSERROR_A_RECORD_SEQ;
	return rec;
}

/* what was told, as text */

static char told[4096];

static void note(const char *what, uint64_t seq,
		 const struct path_result *paths)
{
	size_t len = strlen(told), i;

	len += snprintf(told + len, sizeof(told) - len, "%s%s %llu %s",
			len ? "; " : "", what, (unsigned long long)seq,
			path_state_name(paths->state));
	for (i = 0; i < paths->count; i++)
		len += snprintf(told + len, sizeof(told) - len, " %s",
				paths->names[i] + strlen(top) + 1);
}

static int note_path(void *arg, const struct view *view,
		     const struct ask *asked)
{
	(void)arg;
	note("path", asked->seq, view->paths);
	return 0;
}

static void wait_readable(const struct pending *pending)
{
	struct pollfd pfd = { .fd = pending_fd(pending), .events = POLLIN };

	must(poll(&pfd, 1, 60000) == 1, "an answer in a minute");
}

/* hold @nr records, wait for what has to be, and note them as an event would be */
static void ask(struct pending *pending, const struct fserror_record *recs,
		size_t nr, bool named)
{
	struct view v[8] = { 0 };
	struct views views = { .v = v, .nr = nr };
	size_t i;

	for (i = 0; i < nr; i++)
		v[i].rec = &recs[i];
	must(!pending_hold(pending, &views), "hold");
	while (named ? pending->unnamed : pending->unanswered) {
		wait_readable(pending);
		must(!pending_look(pending, named), "look");
	}
	for (i = 0; i < nr; i++) {
		if (v[i].paths)
			note("event", recs[i].seq, v[i].paths);
	}
	pending_release(pending);
}

static void tell(struct pending *pending)
{
	must(!pending_look(pending, true) &&
		     !pending_tell(pending, note_path, NULL),
	     "tell");
}

/* until nothing is open */
static void tell_all(struct pending *pending)
{
	tell(pending);
	while (pending->open) {
		wait_readable(pending);
		tell(pending);
	}
}

static void test_pending(struct tap *tap)
{
	struct fserror_record twin = make_file("twin", "other", 1);
	struct fserror_record plain = make_file("plain", NULL, 2);
	struct fserror_record more = make_file("more", "evenmore", 3), twice[2];
	struct pending pending;

	twice[0] = more;
	twice[1] = more;
	twice[1].seq = 4;
	must(!pending_open(&pending, false), "threads");

	close_gate();
	told[0] = '\0';
	ask(&pending, &twin, 1, false);
	wait_at_gate();
	ok_string(tap, told, "event 1 pending other",
		  "what has to be searched for is told with what is known");
	told[0] = '\0';
	ask(&pending, &plain, 1, true);
	ok_string(tap, told, "event 2 ok plain",
		  "during a search others are answered");
	told[0] = '\0';
	ask(&pending, twice, 2, false);
	ask(&pending, &twin, 1, false);
	tell(&pending);
	ok_string(
		tap, told,
		"event 3 pending evenmore; event 4 pending evenmore; event 1 pending other",
		"and what is asked meanwhile is pending, too");
	told[0] = '\0';
	open_gate();
	tell_all(&pending);
	ok_string(
		tap, told,
		"path 1 ok other twin; path 3 ok evenmore more; path 4 ok evenmore more; path 1 ok other twin",
		"each is told when it was found");
	ok(tap, searches == 2,
	   "what was asked during a search had one for all, %u searches",
	   searches);
	ok(tap, !pending.open && !pending.taken, "nothing is left");
	pending_close(&pending);
}

static void test_held(struct tap *tap)
{
	struct fserror_record recs[3] = { make_file("h1", "h2", 5),
					  make_file("h3", NULL, 6),
					  make_file("h4", "h5", 7) };
	struct fserror_record damaged[2] = { recs[0], recs[0] };
	struct pending pending;

	must(!pending_open(&pending, false), "threads");
	told[0] = '\0';
	ask(&pending, recs, 3, true);
	tell(&pending);
	ok_string(tap, told,
		  "event 5 ok h1 h2; event 6 ok h3; event 7 ok h4 h5",
		  "held until the names are there: no path is told later");

	damaged[0].seq = 0;
	damaged[1].seq = 0;
	told[0] = '\0';
	ask(&pending, damaged, 2, false);
	tell_all(&pending);
	ok_string(tap, told,
		  "event 0 pending h2; event 0 pending h2; path 0 ok h1 h2",
		  "without a number an inode is told once");

	recs[1].present &= ~(UINT32_C(1) << FSERROR_A_RECORD_HANDLE);
	told[0] = '\0';
	ask(&pending, recs + 1, 1, true);
	ok(tap, !told[0] && !pending.open, "a record without a handle: %s",
	   told);
	pending_close(&pending);
}

/* more than one chunk, and the end while a search is on */
static void test_end(struct tap *tap)
{
	struct fserror_record recs[600], twin = make_file("e1", "e2", 9999);
	const struct fserror_record *list[601];
	size_t i, j, got = 0, wrong = 0;
	struct resolver *resolver;
	struct answers *answers;
	uint64_t first = 77;
	char name[32];

	for (i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "n%zu", i);
		recs[i] = make_file(name, NULL, 10 + i);
		list[i] = &recs[i];
	}
	list[600] = &twin;
	must(!resolver_start(&resolver, false), "threads");
	close_gate();
	must(!resolver_ask(resolver, list, 601, &first), "ask");
	ok(tap, first == 0, "the ids begin with %llu",
	   (unsigned long long)first);
	while (got < 601) {
		struct pollfd pfd = { .fd = resolver_fd(resolver),
				      .events = POLLIN };

		must(poll(&pfd, 1, 60000) == 1, "an answer in a minute");
		must(!resolver_take(resolver, &answers), "take");
		while (answers) {
			struct answers *next = answers->next;

			for (j = 0; j < answers->nr; j++) {
				const struct answer *a = answers->v[j];

				got += a->nr_asks;
				wrong += a->nr_asks != 1 ||
					 a->asks[0].seq != a->rec.seq ||
					 a->paths->state !=
						 (a->asks[0].id == 600 ?
							  PATH_PENDING :
							  PATH_OK);
			}
			answers_free(answers);
			answers = next;
		}
	}
	ok(tap, !wrong, "600 files have their names, one is pending");
	wait_at_gate();
	open_gate();
	resolver_stop(resolver);
	ok(tap, true, "an end while there is a search");
}

/* the kernel tells what was bad before a mount before the mount is seen */
static void test_mount(struct tap *tap)
{
	struct fserror_record early, old;
	struct pending pending;
	int tree;

	must(!mount("none", top, "tmpfs", 0, NULL), "a second tmpfs");
	early = make_file("early", NULL, 8);
	old = early;
	early.flags = FSERROR_RECORD_FLAG_REPLAY;
	old.seq = 9;
	tree = open_tree(AT_FDCWD, top, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	must(tree >= 0 && !umount2(top, MNT_DETACH), "a detached mount");
	must(!pending_open(&pending, false), "threads");

	told[0] = '\0';
	ask(&pending, &old, 1, false);
	ok_string(tap, told, "event 9 unmounted",
		  "what is not of a new mount waits for none");
	told[0] = '\0';
	ask(&pending, &early, 1, false);
	ok_string(tap, told, "event 8 pending",
		  "what is of a new mount is pending until that is there");
	must(!move_mount(tree, "", AT_FDCWD, top, MOVE_MOUNT_F_EMPTY_PATH),
	     "mount");
	told[0] = '\0';
	tell_all(&pending);
	ok_string(tap, told, "path 8 ok early", "and told when it is");

	must(!umount2(top, MNT_DETACH), "umount");
	told[0] = '\0';
	ask(&pending, &early, 1, true);
	ok_string(tap, told, "event 8 unmounted",
		  "but if it never comes that is said");
	pending_close(&pending);
	close(tree);
}

static void check_line(struct tap *tap, const struct path_info *info,
		       const char *text, const char *json)
{
	struct time_style style = { .format = TIME_RAW };
	char *line = NULL;
	size_t len = 0;
	FILE *mem = open_memstream(&line, &len);

	must(mem && !text_path(mem, &style, info) && !fclose(mem), "format");
	ok_string(tap, line, text, "a path as text");
	free(line);
	mem = open_memstream(&line, &len);
	must(mem, "format");
	json_path(mem, info);
	must(!fclose(mem) && len && line[len - 1] == '\n', "format");
	line[len - 1] = '\0';
	ok_string(tap, line, json, "a path as JSON");
	free(line);
}

static void test_format(struct tap *tap)
{
	static char *names[] = { "/srv/a", "/srv/b\xff" };
	static const uint8_t boot_id[16] = { 0xfe };
	const struct path_result found = { PATH_OK, 0, 2, names, 2 };
	const struct path_result gone = { .state = PATH_UNMOUNTED };
	struct fserror_record rec = { .ino = 131, .generation = 7 };
	struct view view = { .rec = &rec, .boot_id = boot_id, .paths = &found };
	struct path_info info = { .view = &view,
				  .group = FSERROR_GROUP_DAMAGE,
				  .seq = 42,
				  .now = UINT64_C(1795385200000000001) };

	rec.present = 1 << FSERROR_A_RECORD_INO |
		      1 << FSERROR_A_RECORD_GENERATION;
	check_line(
		tap, &info,
		"1795385200.000000001 path of event 42: /srv/a (also /srv/b\\377)\n",
		"{\"v\":2,\"event\":\"path\",\"seq\":42,\"group\":\"damage\",\"time\":\"2026-11-22T22:06:40.000000001Z\",\"boot_id\":\"fe000000-0000-0000-0000-000000000000\",\"ino\":131,\"gen\":7,\"paths\":[\"/srv/a\",\"/srv/b\xef\xbf\xbd\"],\"paths_raw\":[\"L3Nydi9h\",\"L3Nydi9i/w==\"],\"path_state\":\"ok\"}");
	view.paths = &gone;
	view.boot_id = NULL;
	info.seq = 0;
	rec.present |= 1 << FSERROR_A_RECORD_FSTYPE;
	strcpy(rec.fstype, "xfs");
	view.source = "/dev/pmem0";
	check_line(
		tap, &info,
		"1795385200.000000001 path of inode 131 of xfs on /dev/pmem0: not known (its filesystem is not mounted here)\n",
		"{\"v\":2,\"event\":\"path\",\"time\":\"2026-11-22T22:06:40.000000001Z\",\"fstype\":\"xfs\",\"source\":\"/dev/pmem0\",\"ino\":131,\"gen\":7,\"path_state\":\"unmounted\"}");
}

int main(int argc, char **argv)
{
	struct tap tap = { 0 };

	if (argc != 2) {
		fprintf(stderr, "usage: unit_resolver DIR\n");
		return 1;
	}
	snprintf(top, sizeof(top), "%s", argv[1]);
	test_format(&tap);
	if (geteuid()) {
		skip("names that are found in threads", "not root");
		return tap.failed != 0;
	}
	own_mounts();
	test_pending(&tap);
	test_held(&tap);
	test_end(&tap);
	test_mount(&tap);
	return tap.failed != 0;
}
