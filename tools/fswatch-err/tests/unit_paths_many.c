// SPDX-License-Identifier: GPL-2.0-only
/*
 * More directories and names than a search for names has memory for, on a tmpfs in a
 * mount namespace of the test's own, mounted on the directory that is given as argument.
 * Needs root.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "paths.h"
#include "record_of.h"
#include "scratch.h"
#include "tap.h"

#define DEPTH 14 /* directories with names of 250 bytes */
#define NR_DIRS 21000
#define NR_LINKS 9600
#define SECONDS \
	90 /* far more than it takes if no name is compared with all others */

/* go down to a directory whose name takes nearly PATH_MAX bytes; it is made */
static void go_down(const char *name)
{
	char part[251];
	int i;

	must(!chdir(top) && !mkdir(name, 0700) && !chdir(name), name);
	memset(part, 'd', sizeof(part) - 1);
	part[sizeof(part) - 1] = '\0';
	for (i = 0; i < DEPTH; i++)
		must(!mkdir(part, 0700) && !chdir(part), "directory");
}

static void make_file(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	must(fd >= 0 && !close(fd), name);
}

static void check(struct tap *tap, const struct fserror_record *rec,
		  size_t least, const char *what)
{
	struct mounts *mounts = mounts_load();
	const struct path_result *result;
	struct path_batch batch;

	must(mounts && !paths_resolve(mounts, &rec, 1, NULL, &batch),
	     "resolve");
	result = path_batch_get(&batch, 0);
	must(result, "result");
	ok(tap,
	   result->state == PATH_PARTIAL && result->error == ENOBUFS &&
		   result->count >= least && result->count < result->links,
	   "%s: %s, %zu of %ju names, %s", what, path_state_name(result->state),
	   result->count, (uintmax_t)result->links, strerror(result->error));
	path_batch_free(&batch);
	mounts_free(mounts);
}

static void test_dirs(struct tap *tap)
{
	struct fserror_record rec;
	char name[16];
	unsigned int i;

	go_down("dirs");
	for (i = 0; i < NR_DIRS; i++) {
		snprintf(name, sizeof(name), "%05u", i);
		must(!mkdir(name, 0700), name);
	}
	/* tmpfs lists the newest first: these are left out */
	make_file("00000/one");
	must(!link("00000/one", "00001/two"), "link");
	rec = record_of_path("00000/one");
	check(tap, &rec, 1, "more directories than there is memory for");
}

static void test_names(struct tap *tap)
{
	struct fserror_record rec;
	char name[16];
	unsigned int i;

	go_down("names");
	make_file("one");
	for (i = 1; i < NR_LINKS; i++) {
		snprintf(name, sizeof(name), "%05u", i);
		must(!link("one", name), name);
	}
	rec = record_of_path("one");
	alarm(SECONDS);
	check(tap, &rec, NR_LINKS / 2, "more names than there is memory for");
	alarm(0);
}

int main(int argc, char **argv)
{
	struct tap tap = { 0 };

	if (argc != 2) {
		fprintf(stderr, "usage: unit_paths_many DIR\n");
		return 1;
	}
	snprintf(top, sizeof(top), "%s", argv[1]);
	if (geteuid()) {
		skip("more than there is memory for", "not root");
		return 0;
	}
	own_mounts();
	test_dirs(&tap);
	test_names(&tap);
	must(!chdir("/"), "chdir");
	return tap.failed != 0;
}
