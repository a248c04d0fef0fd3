// SPDX-License-Identifier: GPL-2.0-only
/* What the options choose, of records and names that are made up. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <libfserror.h>

#include "messages.h"
#include "select.h"
#include "tap.h"

static void take(struct select *select, int c, const char *arg)
{
	if (select_option(select, c, arg) != 1)
		abort();
}

static void test_records(struct tap *tap)
{
	struct fserror_record rec = record_data_lost(1), other = rec;
	struct select select = { 0 };
	const struct fserror_filter *filter;

	ok(tap, !select_any(&select) && select_record(&select, &rec),
	   "without options everything is chosen");
	take(&select, 't', "ext4,xfs");
	ok(tap, select_record(&select, &rec), "types: one of the list");
	strcpy(other.fstype, "btrfs");
	ok(tap, !select_record(&select, &other), "types: another");
	take(&select, SELECT_KIND, "metadata,data-lost");
	take(&select, SELECT_CAUSE, "machine-check");
	ok(tap, select_record(&select, &rec), "kind and cause fit");
	other = rec;
	other.kind = FSERROR_KIND_MEDIA;
	ok(tap, !select_record(&select, &other), "another kind");
	other.kind = 200;
	ok(tap, !select_record(&select, &other), "a kind of a later kernel");
	other = rec;
	other.cause = FSERROR_CAUSE_MEDIA;
	ok(tap, !select_record(&select, &other), "another cause");
	filter = select_filter(&select);
	ok(tap,
	   filter->kinds == (1U << FSERROR_KIND_METADATA |
			     1U << FSERROR_KIND_DATA_LOST) &&
		   filter->causes == 1U << FSERROR_CAUSE_MACHINE_CHECK &&
		   !filter->nr_fs,
	   "the kernel gets kinds and causes");
	take(&select, 'i', "131");
	ok(tap, select_record(&select, &rec), "inode");
	other = rec;
	other.ino++;
	ok(tap, !select_record(&select, &other), "another inode");
	take(&select, 'i', "132");
	ok(tap, select_record(&select, &other), "one of two inodes");
	select_free(&select);

	take(&select, 'U', "01234567-89ab-4cde-8f01-23456789abcd");
	ok(tap, select_record(&select, &rec), "uuid");
	other = rec;
	other.uuid[0]++;
	ok(tap, !select_record(&select, &other), "another uuid");
	filter = select_filter(&select);
	ok(tap,
	   filter->nr_fs == 1 && filter->fs[0].has_uuid &&
		   select_filesystem(&select) == filter->fs,
	   "the kernel gets the filesystem");
	take(&select, 'U', "11234567-89ab-4cde-8f01-23456789abcd");
	ok(tap, !select_filesystem(&select), "two are not one filesystem");
	select_free(&select);
}

static void test_mounts(struct tap *tap)
{
	struct fserror_record rec = record_data_lost(1);
	struct select select = { 0 };
	struct stat st;

	if (stat("/proc/self", &st))
		abort();
	take(&select, 'm', "/proc/");
	rec.major = major(st.st_dev);
	rec.minor = minor(st.st_dev);
	ok(tap, select_record(&select, &rec), "mount point");
	rec.minor++;
	ok(tap, !select_record(&select, &rec), "another filesystem");
	select_free(&select);
}

static void test_paths(struct tap *tap)
{
	char *names[] = { "/proc/self/status", "/proc/a b" };
	struct path_result result = { PATH_OK, 0, 2, names, 2 };
	struct fserror_record rec = record_data_lost(1);
	struct view view = { .rec = &rec, .paths = &result };
	struct select select = { 0 };
	struct stat st;

	if (stat("/proc/self", &st))
		abort();
	rec.major = major(st.st_dev);
	rec.minor = minor(st.st_dev);
	take(&select, SELECT_PATH, "/proc/a b");
	ok(tap, select_view(&select, &view) == SELECT_YES,
	   "path: one of the names");
	result.count = 1;
	ok(tap, select_view(&select, &view) == SELECT_NO,
	   "path: none of the names");
	result.state = PATH_PARTIAL;
	ok(tap, select_view(&select, &view) == SELECT_UNKNOWN,
	   "path: not all names are known");
	result.state = PATH_UNLINKED;
	result.count = 0;
	ok(tap, select_view(&select, &view) == SELECT_NO,
	   "path: there is no name");
	view.paths = NULL;
	ok(tap, select_view(&select, &view) == SELECT_UNKNOWN,
	   "path: no name can be known");
	rec.minor += 1000;
	ok(tap, select_view(&select, &view) == SELECT_NO,
	   "path: of another filesystem");
	select_free(&select);

	view.paths = &result;
	result.state = PATH_OK;
	result.count = 1;
	take(&select, SELECT_PATH, "/proc/a");
	names[0] = names[1];
	ok(tap, select_view(&select, &view) == SELECT_NO,
	   "path: a name that only begins like it");
	select_free(&select);
	take(&select, SELECT_PATH, "/");
	ok(tap, select_view(&select, &view) == SELECT_YES,
	   "path: everything is below the root");
	select_free(&select);
}

int main(void)
{
	struct tap tap = { 0 };

	test_records(&tap);
	test_mounts(&tap);
	test_paths(&tap);
	return tap.failed != 0;
}
