// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of inodes, on real filesystems: a tmpfs, and an ext4 in a loop device
 * whose dentry cache can be emptied by mounting it anew. Both are mounted in a
 * mount namespace of the test's own, below a tmpfs on the directory that is
 * given as argument. Needs root; without a loop device that part is skipped.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "handle.h"
#include "paths.h"
#include "record_of.h"
#include "scratch.h"
#include "tap.h"

static void make_file(const char *name)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_EXCL, 0600);

	must(fd >= 0 && write(fd, "data", 4) == 4, name);
	close(fd);
}

static void make_dir(const char *name)
{
	must(!mkdir(at(name), 0700), name);
}

static unsigned int ticks, tick_answer_at;
static bool quick; /* only what needs no walk */

static int tick(void *arg)
{
	(void)arg;
	ticks++;
	return tick_answer_at && ticks >= tick_answer_at ? -EINTR : 0;
}

/* resolve and spell: the state, the names relative to top, sorted */
static void resolve(const struct fserror_record *const *recs, size_t nr,
		    char out[][1024])
{
	const struct path_hooks hooks = { .tick = tick, .quick = quick };
	struct mounts *mounts = mounts_load();
	const struct path_result *result;
	struct path_batch batch;
	size_t i, j, len;

	ticks = 0;
	must(mounts && !paths_resolve(mounts, recs, nr, &hooks, &batch),
	     "resolve");
	for (i = 0; i < nr; i++) {
		result = path_batch_get(&batch, i);
		len = sprintf(out[i], "%s",
			      result ? path_state_name(result->state) : "none");
		for (j = 0; result && j < result->count; j++) {
			const char *name = result->names[j];

			if (!strncmp(name, top, strlen(top)))
				name += strlen(top) + 1;
			len += snprintf(out[i] + len, 1024 - len, " %s", name);
		}
		if (result && result->error)
			snprintf(out[i] + len, 1024 - len, " [%s]",
				 strerror(result->error));
	}
	path_batch_free(&batch);
	mounts_free(mounts);
}

static void check(struct tap *tap, const struct fserror_record *rec,
		  const char *want, const char *name)
{
	char out[1][1024];

	resolve(&rec, 1, out);
	ok_string(tap, out[0], want, name);
}

static void test_plain(struct tap *tap)
{
	struct fserror_record rec;

	make_dir("t/d");
	make_file("t/d/plain");
	rec = record_of("t/d/plain");
	check(tap, &rec, "ok t/d/plain", "plain file");
	rec = record_of("t/d");
	check(tap, &rec, "ok t/d", "directory, whose links are no names");
	rec = record_of("t");
	check(tap, &rec, "ok t", "root of the filesystem");
	must(!symlink("plain", at("t/d/link")), "symlink");
	rec = record_of("t/d/link");
	check(tap, &rec, "ok t/d/link", "symbolic link itself");
	must(!mkfifo(at("t/d/fifo"), 0600), "fifo");
	rec = record_of("t/d/fifo");
	check(tap, &rec, "ok t/d/fifo", "a FIFO is not opened");

	make_file("t/d/before");
	rec = record_of("t/d/before");
	must(!rename(at("t/d/before"), at("t/after")), "rename");
	check(tap, &rec, "ok t/after", "renamed");
}

static void test_links(struct tap *tap)
{
	struct fserror_record rec;
	char name[64];
	unsigned int i;

	make_file("t/one");
	make_dir("t/sub");
	make_dir("t/sub/deep");
	must(!link(at("t/one"), at("t/sub/two")), "link");
	must(!link(at("t/one"), at("t/sub/deep/three")), "link");
	/* a way round that is no name */
	must(!symlink(".", at("t/sub/loop")), "symlink");
	must(!symlink("/", at("t/sub/away")), "symlink");
	rec = record_of("t/one");
	check(tap, &rec, "ok t/one t/sub/deep/three t/sub/two", "hard links");
	must(!unlink(at("t/one")), "unlink");
	check(tap, &rec, "ok t/sub/deep/three t/sub/two",
	      "hard links, one removed");
	/* another filesystem on top of a directory hides one of the names */
	must(!mount("none", at("t/sub/deep"), "tmpfs", 0, NULL), "mount");
	for (i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "t/sub/deep/%04u", i);
		make_file(name);
	}
	check(tap, &rec, "partial t/sub/two", "hard link below a mount point");
	ok(tap, ticks < 4, "what is mounted below is not walked, %u ticks",
	   ticks);
	must(!umount(at("t/sub/deep")), "umount");
}

static void test_handle(struct tap *tap)
{
	struct fserror_record rec;
	int mount_id;

	make_file("t/this");
	make_file("t/that");
	rec = record_of("t/this");
	ok(tap, handle_matches(&rec, AT_FDCWD, at("t/this"), &mount_id),
	   "handle: the file itself");
	ok(tap,
	   !handle_matches(&rec, AT_FDCWD, at("t/that"), &mount_id) &&
		   errno == 0,
	   "handle: another file");
	ok(tap,
	   !handle_matches(&rec, AT_FDCWD, at("t/none"), &mount_id) &&
		   errno == ENOENT,
	   "handle: no file");
	rec.handle_type++;
	ok(tap, !handle_matches(&rec, AT_FDCWD, at("t/this"), &mount_id),
	   "handle: of another type");
}

static void test_names(struct tap *tap)
{
	char want[2][512], long_name[256];
	struct fserror_record rec;

	make_file("t/new\nline");
	rec = record_of("t/new\nline");
	check(tap, &rec, "ok t/new\nline", "newline in the name");
	make_file("t/bad\xff\xfe");
	rec = record_of("t/bad\xff\xfe");
	check(tap, &rec, "ok t/bad\xff\xfe", "name that is not UTF-8");
	make_file("t/x (deleted)");
	rec = record_of("t/x (deleted)");
	check(tap, &rec, "ok t/x (deleted)",
	      "name that ends as the kernel marks deleted ones");
	memset(long_name, 'n', 255);
	long_name[255] = '\0';
	snprintf(want[0], sizeof(want[0]), "t/%s", long_name);
	make_file(want[0]);
	rec = record_of(want[0]);
	snprintf(want[1], sizeof(want[1]), "ok t/%s", long_name);
	check(tap, &rec, want[1], "name of 255 bytes");
}

static void test_gone(struct tap *tap)
{
	struct fserror_record rec, wrong;
	int fd;

	make_file("t/gone");
	rec = record_of("t/gone");
	wrong = rec;
	wrong.ino++;
	check(tap, &wrong, "stale", "handle of another inode than the record");
	wrong = rec;
	wrong.handle[0] ^= 0xff;
	check(tap, &wrong, "stale", "handle of another generation");
	fd = open(at("t/gone"), O_RDONLY);
	must(fd >= 0 && !unlink(at("t/gone")), "unlink");
	check(tap, &rec, "unlinked", "deleted but open");
	/* a file that took the name is not the one */
	make_file("t/gone");
	check(tap, &rec, "unlinked", "deleted but open, name taken");
	close(fd);
	check(tap, &rec, "stale", "deleted");
	rec.flags = FSERROR_RECORD_FLAG_UNLINKED;
	check(tap, &rec, "unlinked", "deleted, and the kernel knew it");

	make_file("t/nowhere");
	rec = record_of("t/nowhere");
	rec.major = 4095;
	check(tap, &rec, "unmounted", "device that is not mounted");
	rec.present &= ~(UINT32_C(1) << FSERROR_A_RECORD_HANDLE);
	check(tap, &rec, "none", "record without a handle");
}

static void test_mounts(struct tap *tap)
{
	struct fserror_record rec, other;

	make_dir("t/part");
	make_file("t/part/in");
	make_file("t/out");
	must(!link(at("t/out"), at("t/part/linked")), "link");
	rec = record_of("t/part/in");
	other = record_of("t/out");
	make_dir("bind");
	must(!mount(at("t/part"), at("bind"), NULL, MS_BIND, NULL), "bind");
	check(tap, &rec, "ok t/part/in",
	      "bind mount: the name in the mount that shows most");
	check(tap, &other, "ok t/out t/part/linked",
	      "bind mount: no name counted twice");

	/* the whole filesystem is covered, only the bind mount shows it */
	must(!mount("none", at("t"), "tmpfs", 0, NULL), "cover");
	check(tap, &rec, "ok bind/in", "covered: through the bind mount");
	check(tap, &other, "partial bind/linked",
	      "covered: the names that can be reached");
	make_dir("twice");
	must(!mount(at("bind"), at("twice"), NULL, MS_BIND, NULL), "bind");
	check(tap, &other, "partial bind/linked",
	      "covered: the same name through two mounts is one");
	must(!umount(at("twice")), "unbind");
	must(!umount(at("t")), "uncover");
	must(!umount(at("bind")), "unbind");
}

/* what one mount has shown is not read again through others */
static void test_many_mounts(struct tap *tap)
{
	struct fserror_record rec;
	char name[64];
	unsigned int i, once;

	make_dir("t/wide");
	for (i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "t/wide/%04u", i);
		make_file(name);
	}
	make_dir("t/other");
	make_file("t/other/name");
	make_dir("t/cover");
	must(!link(at("t/other/name"), at("t/cover/linked")), "link");
	/* one of the names cannot be found, so all is read */
	must(!mount("none", at("t/cover"), "tmpfs", 0, NULL), "cover");
	rec = record_of("t/other/name");
	check(tap, &rec, "partial t/other/name", "a name that is covered");
	once = ticks;
	for (i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "wide%u", i);
		make_dir(name);
		must(!mount(at("t/wide"), at(name), NULL, MS_BIND, NULL),
		     "bind");
	}
	check(tap, &rec, "partial t/other/name", "with ten bind mounts");
	ok(tap, ticks <= once + 2, "nothing is read twice: %u ticks, then %u",
	   once, ticks);
	/* the root of the filesystem, whose covered part this mount shows */
	make_dir("whole");
	must(!mount(at("t"), at("whole"), NULL, MS_BIND, NULL), "bind");
	check(tap, &rec, "ok t/other/name whole/cover/linked",
	      "what is covered is seen through another mount");
	ok(tap, ticks <= once + 2, "and only that is read: %u ticks", ticks);
	must(!umount(at("whole")), "unbind");
	for (i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "wide%u", i);
		must(!umount(at(name)), "unbind");
	}
	must(!umount(at("t/cover")), "uncover");
}

static void test_batch(struct tap *tap)
{
	struct fserror_record recs[60];
	const struct fserror_record *list[60];
	static char out[60][1024];
	char name[64], twin[64], want[160];
	unsigned int good = 0, i, one, all;

	make_dir("t/many");
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "t/many/%02u", i);
		snprintf(twin, sizeof(twin), "t/many/%02u.twin", i);
		make_file(name);
		must(!link(at(name), at(twin)), twin);
		recs[i] = record_of(name);
		recs[i + 20] = recs[i];
		recs[i + 40] = recs[i];
	}
	for (i = 20; i < 3000; i++) {
		snprintf(name, sizeof(name), "t/many/%04u.other", i);
		make_file(name);
	}
	for (i = 0; i < 60; i++)
		list[i] = &recs[i];
	resolve(list, 1, out);
	one = ticks;
	resolve(list, 60, out);
	all = ticks;
	for (i = 0; i < 60; i++) {
		snprintf(want, sizeof(want), "ok t/many/%02u t/many/%02u.twin",
			 i % 20, i % 20);
		good += !strcmp(out[i], want);
	}
	ok(tap, good == 60, "batch: each record has its names, %u of 60", good);
	/* tmpfs lists the newest first, so that nearly all is read each time */
	ok(tap, one > 5 && all < 2 * one,
	   "batch: one walk for all, %u ticks for one and %u for 60", one, all);

	/* the name that the kernel knows at once is there without the walk */
	tick_answer_at = 2;
	resolve(list, 1, out);
	ok(tap,
	   !strncmp(out[0], "partial t/many/00", 17) &&
		   strstr(out[0], " [Interrupted system call]"),
	   "batch: a tick can end the walk: %s", out[0]);
	tick_answer_at = 1;
	resolve(list, 1, out);
	ok_string(tap, out[0], "partial [Interrupted system call]",
		  "batch: a tick can end it before the first file");
	tick_answer_at = 0;
	quick = true;
	resolve(list, 60, out);
	ok(tap, ticks == 2 && !strncmp(out[0], "pending t/many/00", 17),
	   "batch: quick reads no directory, %u ticks: %s", ticks, out[0]);
	quick = false;
}

static bool mount_ext4(void)
{
	char command[1024];

	snprintf(command, sizeof(command),
		 "mount -o loop %s %s >/dev/null 2>&1", at("image"), at("e"));
	return system(command) == 0;
}

/*
 * A copy of the filesystem has files with the same inode numbers and handles.
 * One that is mounted over a name of the original is still another file.
 */
static void test_clone(struct tap *tap, const struct fserror_record *linked)
{
	char command[1024];

	make_dir("c");
	sync();
	snprintf(command, sizeof(command),
		 "cp %s %s && mount -o loop %s %s >/dev/null 2>&1", at("image"),
		 at("copy"), at("copy"), at("c"));
	must(!system(command), "mount of a copy");
	must(!mount(at("c/a/first"), at("e/a/b/second"), NULL, MS_BIND, NULL),
	     "bind");
	check(tap, linked, "partial e/a/first",
	      "a file of a copy of the filesystem is not claimed");
	must(!umount(at("e/a/b/second")) && !umount(at("c")), "umount");
}

/* names that nobody has looked up since the mount: the kernel knows none */
static void test_cold(struct tap *tap)
{
	struct fserror_record one, linked, dir;
	char command[1024], out[2][1024];
	const struct fserror_record *list[2];

	snprintf(command, sizeof(command),
		 "truncate -s 8M %s && mkfs.ext4 -q %s >/dev/null 2>&1",
		 at("image"), at("image"));
	make_dir("e");
	if (system(command) || !mount_ext4()) {
		skip("names that are not in the dentry cache",
		     "no loop device or no mkfs.ext4");
		return;
	}
	make_dir("e/a");
	make_dir("e/a/b");
	make_file("e/a/b/one");
	make_file("e/a/first");
	must(!link(at("e/a/first"), at("e/a/b/second")), "link");
	one = record_of("e/a/b/one");
	linked = record_of("e/a/first");
	dir = record_of("e/a/b");
	must(!umount(at("e")) && mount_ext4(), "remount");
	check(tap, &one, "ok e/a/b/one", "cold: one name");
	must(!umount(at("e")) && mount_ext4(), "remount");
	check(tap, &dir, "ok e/a/b", "cold: a directory");
	must(!umount(at("e")) && mount_ext4(), "remount");
	list[0] = &one;
	list[1] = &linked;
	resolve(list, 2, out);
	ok_string(tap, out[0], "ok e/a/b/one", "cold: together, one name");
	ok_string(tap, out[1], "ok e/a/b/second e/a/first",
		  "cold: together, two names");
	test_clone(tap, &linked);
	must(!umount(at("e")), "umount");
	check(tap, &one, "unmounted", "cold: after the unmount");
}

int main(int argc, char **argv)
{
	struct tap tap = { 0 };

	if (argc != 2) {
		fprintf(stderr, "usage: unit_paths DIR\n");
		return 1;
	}
	snprintf(top, sizeof(top), "%s", argv[1]);
	if (geteuid()) {
		skip("names of inodes", "not root");
		return 0;
	}
	own_mounts();
	make_dir("t");
	must(!mount("none", at("t"), "tmpfs", 0, NULL), "tmpfs");
	test_plain(&tap);
	test_links(&tap);
	test_handle(&tap);
	test_names(&tap);
	test_gone(&tap);
	test_mounts(&tap);
	test_many_mounts(&tap);
	test_batch(&tap);
	test_cold(&tap);
	return tap.failed != 0;
}
