// SPDX-License-Identifier: GPL-2.0-only
/* What the options choose, of records and names that are made up. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <libfserror.h>

#include "selecting.h"
#include "tap.h"

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
	take(&select, SELECT_INODE, "131");
	ok(tap, select_record(&select, &rec), "inode");
	other = rec;
	other.ino++;
	ok(tap, !select_record(&select, &other), "another inode");
	take(&select, SELECT_INODE, "132");
	ok(tap, select_record(&select, &other), "one of two inodes");
	select_free(&select);

	take(&select, SELECT_UUID, "01234567-89ab-4cde-8f01-23456789abcd");
	ok(tap, select_record(&select, &rec), "uuid");
	other = rec;
	other.uuid[0]++;
	ok(tap, !select_record(&select, &other), "another uuid");
	filter = select_filter(&select);
	ok(tap,
	   filter->nr_fs == 1 && filter->fs[0].has_uuid &&
		   select_filesystem(&select) == filter->fs,
	   "the kernel gets the filesystem");
	take(&select, SELECT_UUID, "11234567-89ab-4cde-8f01-23456789abcd");
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
	rec.present &= ~(1U << FSERROR_A_RECORD_INO);
	rec.kind = FSERROR_KIND_MEDIA;
	ok(tap, select_view(&select, &view) == SELECT_UNKNOWN,
	   "path: it is not known whose it is");
	rec.flags = FSERROR_RECORD_FLAG_UNOWNED;
	ok(tap, select_view(&select, &view) == SELECT_NO,
	   "path: what nobody owns is below none");
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
	rec.minor -= 1000;
	take(&select, SELECT_PATH, "/");
	ok(tap, select_view(&select, &view) == SELECT_YES,
	   "path: everything is below the root");
	select_free(&select);
}

/* is the file @name, on @dev, chosen by --path @path? */
static enum select_answer below(const char *path, dev_t dev, const char *name)
{
	char *names[] = { at(name) };
	struct path_result result = { PATH_OK, 0, 1, names, 1 };
	struct fserror_record rec = record_on(dev);
	struct view view = { .rec = &rec, .paths = &result };
	struct select select = { 0 };
	enum select_answer answer;

	take(&select, SELECT_PATH, at(path));
	answer = select_view(&select, &view);
	select_free(&select);
	return answer;
}

/* what is seen in several places, and what covers it */
static void test_places(struct tap *tap)
{
	dev_t m, upper, lower;
	bool seen;

	run("mkdir m data file y z merged && mount -t tmpfs m m && "
	    "mkdir -p m/data/sub m/database m/low/d m/low/e m/up/d m/work && "
	    "touch m/data/f file/f && mount --bind m/data data && "
	    "mount --bind m/data/f file/f");
	m = device_of(at("m"));
	ok(tap, below("data", m, "m/data/f") == SELECT_YES,
	   "path: through a bind mount");
	ok(tap, below("data/sub", m, "m/data/f") == SELECT_NO,
	   "path: elsewhere in the same mount");
	ok(tap, below("data", m, "m/database") == SELECT_NO,
	   "path: a name that only begins like it");
	ok(tap, below("file/f", m, "m/data/f") == SELECT_YES,
	   "path: a mount of one file");
	ok(tap, below("", m, "m/data/f") == SELECT_YES,
	   "path: what is mounted below");
	run("mkdir second && mount --bind m second && mount -t tmpfs none m");
	ok(tap,
	   below("second/low", m, "data/f") == SELECT_NO &&
		   below("second/data", m, "data/f") == SELECT_YES,
	   "path: a second mount, of which another shows more");
	run("umount m");
	run("mount -t overlay -o lowerdir=$PWD/m/low,upperdir=$PWD/m/up,workdir=$PWD/m/work o merged");
	ok(tap,
	   below("merged", m, "m/low/e/f") == SELECT_YES &&
		   below("merged", m, "m/up/f") == SELECT_YES &&
		   below("merged", m, "m/data/f") == SELECT_NO,
	   "path: the layers of an overlay");
	ok(tap,
	   below("merged/d", m, "m/low/d/f") == SELECT_YES &&
		   below("merged/d", m, "m/low/e/f") == SELECT_UNKNOWN,
	   "path: a directory of an overlay, which may have been renamed");

	run("mkdir m/work2 m/up2 m/a:b m/a:b/g nested && "
	    "mount -t overlay -o lowerdir=$PWD/merged:$PWD/m/a\\\\:b,upperdir=$PWD/m/up2,workdir=$PWD/m/work2 o nested");
	ok(tap,
	   below("nested", m, "m/low/e/f") == SELECT_YES &&
		   below("nested", m, "m/up/f") == SELECT_YES &&
		   below("nested", m, "m/up2/f") == SELECT_YES &&
		   below("nested/d", m, "m/low/d/f") == SELECT_YES &&
		   below("nested", m, "m/data/f") == SELECT_NO,
	   "path: an overlay on an overlay");
	ok(tap, below("nested/g", m, "m/a:b/g/f") == SELECT_YES,
	   "path: a layer with a colon in its name");
	run("mkdir copy && mount --bind nested/d copy");
	ok(tap,
	   below("copy", m, "m/low/d/f") == SELECT_YES &&
		   below("copy", m, "m/data/f") == SELECT_NO,
	   "path: a bind mount of a part of an overlay");
	run("umount copy nested");

	/* the number of the mount that is on top is the smaller one */
	run("mount -t tmpfs x z && mount -t tmpfs lower y");
	lower = device_of(at("y"));
	run("umount z && mount -t tmpfs upper y");
	upper = device_of(at("y"));
	ok(tap,
	   option_has('m', at("y"), upper, &seen) &&
		   !option_has('m', at("y"), lower, &seen),
	   "mount point: what is on top, whatever its number");
	ok(tap,
	   below("y", upper, "y/f") == SELECT_YES &&
		   below("y", lower, "y/f") == SELECT_NO,
	   "path: what is on top, whatever its number");
}

/* the other filesystems of this machine, as the kernel would watch them */
static size_t others(struct fserror_filesystem *v, size_t room)
{
	struct mounts *mounts = mounts_load();
	const struct mount_point *mp;
	size_t count, i, nr = 0;

	must(mounts, "mounts");
	mp = mounts_all(mounts, &count);
	for (i = 0; i < count && nr < room; i++) {
		if (!major(mp[i].dev))
			continue;
		v[nr++] = (struct fserror_filesystem){
			.present = 1 << FSERROR_A_FILESYSTEM_MAJOR |
				   1 << FSERROR_A_FILESYSTEM_MINOR,
			.major = major(mp[i].dev),
			.minor = minor(mp[i].dev),
		};
	}
	mounts_free(mounts);
	return nr;
}

static void test_proof(struct tap *tap)
{
	const dev_t dev = device_of(at("m"));
	struct fserror_filesystem v[256], *fs = &v[0];
	struct filesystems all = { v, 1, 256 }, none = { 0 };
	struct select select = { 0 };
	char text[256], said[640];

	*fs = (struct fserror_filesystem){
		.present = 1 << FSERROR_A_FILESYSTEM_MAJOR |
			   1 << FSERROR_A_FILESYSTEM_MINOR |
			   1 << FSERROR_A_FILESYSTEM_FSTYPE,
		.fstype = "xfs",
		.sb_id = "dm-0",
		.major = major(dev),
		.minor = minor(dev)
	};
	all.nr += others(v + 1, 255);

	ok(tap, !reasons(&select, &all, true, text), "proof: all is watched");
	all.nr--;
	ok(tap, all.nr < 2 || reasons(&select, &all, true, text) == 1,
	   "proof: not if one on a disk of this machine is not: %s", text);
	all.nr++;
	take(&select, 'm', at("m"));
	ok(tap, reasons(&select, &none, true, text) == 1,
	   "proof: not a filesystem that is not watched: %s", text);
	take(&select, 'm', at("m"));
	ok(tap, !reasons(&select, &all, true, text), "proof: one that is");
	take(&select, 'm', at("merged"));
	ok(tap,
	   reasons(&select, &all, true, text) == 1 && strstr(text, "--path"),
	   "proof: an overlay has no device: %s", text);
	take(&select, SELECT_PATH, at("data"));
	ok(tap, !reasons(&select, &all, true, text), "proof: a path there");
	take(&select, SELECT_PATH, "/proc/self");
	ok(tap, reasons(&select, &all, true, text) == 1,
	   "proof: not a path elsewhere: %s", text);
	take(&select, SELECT_UUID, "01234567-89ab-4cde-8f01-23456789abcd");
	ok(tap, reasons(&select, &all, true, text) == 1,
	   "proof: not a UUID that is not mounted: %s", text);
	fs->io_errors = 17;
	reasons(&select, &all, true, text);
	snprintf(
		said, sizeof(said),
		"17 reads or writes of '%s' failed since it was mounted, see 'fswatch-err status'",
		at("m"));
	ok_string(tap, text, said, "proof: not if reads have failed");
	take(&select, SELECT_PATH, at("data"));
	ok(tap, reasons(&select, &all, true, text) == 1,
	   "proof: not on that filesystem");
	take(&select, 'm', at("y"));
	ok(tap,
	   reasons(&select, &all, true, text) == 1 && !strstr(text, "failed"),
	   "proof: others have nothing to do with it");
	ok(tap, !reasons(&select, &all, false, text),
	   "proof: nor if there is damage to tell of anyway");
	take(&select, SELECT_KIND, "metadata");
	ok(tap, !reasons(&select, &all, true, text),
	   "proof: nor if something else is asked for");
	take(&select, SELECT_KIND, "data-lost,media");
	take(&select, SELECT_INODE, "131");
	ok(tap, reasons(&select, &all, true, text) == 1,
	   "proof: but of any inode, for files and restore as well");
	fs->io_errors = 0;
	fs->unlisted = 2;
	ok(tap,
	   reasons(&select, &all, false, text) == 1 &&
		   strstr(text, "2 losses of"),
	   "proof: not if a loss is in no list, whatever else is: %s", text);
	take(&select, SELECT_KIND, "degraded");
	ok(tap, !reasons(&select, &all, false, text),
	   "proof: but for those who ask for other kinds");
	take(&select, SELECT_KIND, "metadata");
	ok(tap, !reasons(&select, &all, true, text),
	   "proof: nor for those who ask for metadata");
	fs->unlisted = 0;
	fs->unlisted_metadata = 1;
	ok(tap, reasons(&select, &all, true, text) == 1,
	   "proof: but not if metadata are: %s", text);
	ok(tap, !reasons(&select, &all, false, text),
	   "proof: unless there is damage to tell of anyway");
	take(&select, SELECT_KIND, "data-lost,media");
	ok(tap, !reasons(&select, &all, true, text),
	   "proof: which is nothing to those who ask for data");
	fs->unlisted_metadata = 0;
	fs->present |= 1 << FSERROR_A_FILESYSTEM_SHUTDOWN;
	ok(tap,
	   reasons(&select, &all, false, text) == 1 &&
		   strstr(text, "shut itself down"),
	   "proof: never if it shut itself down: %s", text);
}

/* everything is meant, or all of a type */
static void test_all(struct tap *tap)
{
	const struct filesystems none = { 0 };
	struct select select = { 0 };
	char text[256];
	size_t nr;

	nr = reasons(&select, &none, true, text);
	ok(tap, nr, "proof: not if the kernel watches nothing: %s", text);
	take(&select, 't', "tmpfs");
	nr = reasons(&select, &none, true, text);
	ok(tap, nr && strstr(text, "not watched"),
	   "proof: not of a type that is not watched: %s", text);
	take(&select, 't', "nosuchfs");
	nr = reasons(&select, &none, true, text);
	ok(tap, nr && strstr(text, "no filesystem of the type nosuchfs"),
	   "proof: not of a type that is not mounted: %s", text);
}

static void test_history(struct tap *tap)
{
	struct fserror_filesystem fs = {
		.present = 1 << FSERROR_A_FILESYSTEM_UUID |
			   1 << FSERROR_A_FILESYSTEM_INSTANCE,
		.instance = 5,
	};
	const struct filesystems list = { &fs, 1, 1 };
	struct fserror_record rec = record_on(makedev(8, 1));
	struct history history = { .list = &list };
	struct proof proof = { 0 };

	rec.present |= 1U << FSERROR_A_RECORD_INSTANCE;
	memcpy(fs.uuid, rec.uuid, sizeof(fs.uuid));
	rec.kind = FSERROR_KIND_BUFFERED_READ;
	rec.instance = 5;
	history_add(&history, &rec);
	ok(tap, !history.errors, "history: what is mounted counts itself");
	rec.instance = 4;
	rec.repeat = 16;
	history_add(&history, &rec);
	ok(tap, history.errors == 16, "history: an earlier mount");
	rec.minor = 2;
	rec.repeat = 0;
	history_add(&history, &rec);
	ok(tap, history.errors == 17, "history: on another device");
	rec.uuid[0]++;
	history_add(&history, &rec);
	ok(tap, history.errors == 17, "history: another filesystem");
	must(!proof_add_history(&proof, &history), "history");
	ok(tap, proof.nr == 1 && proof.io_errors == 17,
	   "history: is no all-clear: %s", proof.nr ? proof.missing[0] : "");
	proof_free(&proof);
	history = (struct history){ .list = &list, .gone = 7 };
	must(!proof_add_history(&proof, &history), "history");
	ok(tap, proof.nr == 1, "history: nor is what is gone: %s",
	   proof.nr ? proof.missing[0] : "");
	proof_free(&proof);
	history.gone = 0;
	must(!proof_add_history(&proof, &history), "history");
	ok(tap, !proof.nr, "history: nothing has failed");
	rec.uuid[0]--;
	rec.kind = FSERROR_KIND_DATA_LOST;
	rec.present &= ~(1U << FSERROR_A_RECORD_DEVICE);
	history_add(&history, &rec);
	rec.kind = FSERROR_KIND_METADATA;
	history_add(&history, &rec);
	rec.kind = FSERROR_KIND_DATA_LOST;
	rec.present |= 1U << FSERROR_A_RECORD_DEVICE;
	history_add(&history, &rec);
	ok(tap, history.unlisted == 1 && !history.errors,
	   "history: a loss without a place, but not metadata, nor what was listed");
	must(!proof_add_history(&proof, &history), "history");
	ok(tap, proof.nr == 1 && proof.unlisted == 1,
	   "history: is no all-clear either: %s",
	   proof.nr ? proof.missing[0] : "");
	proof_free(&proof);
}

int main(int argc, char **argv)
{
	struct tap tap = { 0 };

	if (argc != 2 || !realpath(argv[1], top)) {
		fprintf(stderr, "usage: unit_select DIRECTORY\n");
		return 1;
	}

	test_records(&tap);
	test_mounts(&tap);
	test_paths(&tap);
	if (geteuid()) {
		skip("mounts", "not root");
		return tap.failed != 0;
	}
	own_mounts();
	must(!chdir(top), top);
	test_places(&tap);
	test_proof(&tap);
	test_all(&tap);
	test_history(&tap);
	return tap.failed != 0;
}
