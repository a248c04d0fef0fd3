// SPDX-License-Identifier: GPL-2.0-only
/*
 * Between the search for its name and the restore of a file somebody puts
 * something else in its place: another directory, a device, a clone of the
 * filesystem, in which the file has the same handle. Nothing of that may be
 * written to. On an ext4 in a loop device; needs root, and is skipped without one.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "mounts.h"
#include "restore.h"
#include "record_of.h"
#include "scratch.h"
#include "tap.h"

#define SIZE 16384
#define LOST 4096 /* where the damage is, a sector */

static bool zero; /* instead of a copy */
static const char *copies = "copy";

static bool run(const char *command)
{
	return system(command) == 0;
}

/* a file of which the bytes at LOST are @lost */
static void make_file(const char *name, char lost)
{
	const struct timespec times[2] = { { 1500000000, 5 },
					   { 1500000000, 5 } };
	char bytes[SIZE];
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	memset(bytes, 'g', sizeof(bytes));
	memset(bytes + LOST, lost, 512);
	must(fd >= 0 && write(fd, bytes, SIZE) == SIZE && !fsync(fd) &&
		     !futimens(fd, times),
	     name);
	close(fd);
}

/* what is at LOST */
static char lost_byte(const char *name)
{
	int fd = open(at(name), O_RDONLY);
	char byte = 0;

	must(fd >= 0 && pread(fd, &byte, 1, LOST) == 1, name);
	close(fd);
	return byte;
}

/* a sector of it is lost */
static struct fserror_record lost_of(const char *name)
{
	struct fserror_record rec = record_of(name);

	rec.offset = LOST;
	rec.length = 512;
	rec.present |= 1 << FSERROR_A_RECORD_OFFSET |
		       1 << FSERROR_A_RECORD_LENGTH;
	return rec;
}

/* restore m/d/file, which was found, after @swap was run */
static struct restore_item restore_after(const char *swap)
{
	static char reason[512];
	struct restore_progress progress = { 0 };
	struct restore_how how = { .keep_times = true, .progress = &progress };
	struct restore_item item = { .data = true };
	char name[512], base[512], *names[1] = { name };
	struct path_result paths = {
		.state = PATH_OK, .links = 1, .names = names, .count = 1
	};
	struct fserror_record rec;
	struct view view = { .rec = &rec, .paths = &paths };
	struct mounts *mounts = mounts_load();

	must(mounts != NULL, "mounts");
	snprintf(name, sizeof(name), "%s", at("m/d/file"));
	snprintf(base, sizeof(base), "%s", at("m"));
	rec = lost_of("m/d/file");
	how.mounts = mounts;
	how.source.zero = zero;
	how.source.from_fd = restore_open_from(at(copies));
	how.source.from = copies;
	how.source.relative_to = base;
	item.rec = &rec;
	item.view = &view;
	item.name = name;
	must(!ranges_add(&item.damage, LOST, LOST + 512), "memory");
	if (swap) {
		must(!chdir(top) && run(swap), swap);
	}
	must(!restore_item(&how, &item), "restore");
	close(how.source.from_fd);
	mounts_free(mounts);
	snprintf(reason, sizeof(reason), "%s", item.reason ? item.reason : "");
	restore_item_free(&item);
	item.reason = reason;
	return item;
}

/* zeros where there is no copy */
static void test_zero(struct tap *tap)
{
	struct restore_item item;

	make_file("m/d/file", 'b');
	zero = true;
	item = restore_after(NULL);
	ok(tap,
	   item.result == RESTORE_DONE && item.zeroed &&
		   lost_byte("m/d/file") == 0,
	   "zeros in the place of what is lost: %s", item.reason);
	ok_string(tap, restore_result_name(&item), "zeroed", "it is told");
	zero = false;
}

static void test_swaps(struct tap *tap)
{
	struct restore_item item;

	make_file("m/d/file", 'b');
	item = restore_after(NULL);
	ok(tap, item.result == RESTORE_DONE && lost_byte("m/d/file") == 'g',
	   "a file is restored: %s", item.reason);

	make_file("m/d/file", 'b');
	make_file("m/victim/file", 'v');
	item = restore_after("mv m/d m/e && ln -s victim m/d");
	ok(tap,
	   item.result == RESTORE_DONE && lost_byte("m/victim/file") == 'v' &&
		   lost_byte("m/e/file") == 'g',
	   "a link in place of its directory: it is the file all the same");
	must(run("rm m/d && mv m/e m/d"), "back");

	make_file("m/d/file", 'b');
	item = restore_after("mv m/d/file m/d/other && mknod m/d/file c 1 3");
	ok(tap, item.result == RESTORE_DONE && lost_byte("m/d/other") == 'g',
	   "a device in its place");
	must(run("mv m/d/other m/d/file"), "back");

	make_file("m/d/file", 'b');
	item = restore_after("rm m/d/file && cp -p copy/d/file m/d/file");
	ok(tap, item.result == RESTORE_FAILED, "a file that was removed: %s",
	   item.reason);
}

/* in a snapshot the file has another name, and the same inode */
static void test_snapshot(struct tap *tap)
{
	struct restore_item item;

	make_file("m/d/file", 'g');
	must(run("sync -f m && umount m && cp image snapshot && "
		 "mount -o loop image m && mount -o loop snapshot m2 && "
		 "mv m2/d/file m2/older"),
	     "a snapshot");
	make_file("m/d/file", 'b');
	copies = "m2/d";
	item = restore_after(NULL);
	ok(tap, item.result == RESTORE_FAILED,
	   "not from a directory of a snapshot: %s", item.reason);
	copies = "m2";
	item = restore_after(NULL);
	ok(tap, item.result == RESTORE_DONE && lost_byte("m/d/file") == 'g',
	   "from a snapshot, in which it has another name: %s", item.reason);
	copies = "copy";
	must(run("umount m2"), "umount");
}

/* the same device number, inode and handle cannot be told from names */
static void test_clone(struct tap *tap)
{
	struct restore_item item;

	make_file("m/d/file", 'b');
	must(run("sync -f m && umount m && cp image clone && "
		 "mount -o loop image m && mount -o loop clone m2"),
	     "a clone");
	item = restore_after("mount --bind m2 m");
	ok(tap, item.result == RESTORE_FAILED && lost_byte("m2/d/file") == 'b',
	   "a clone mounted over it is not written to: %s", item.reason);
	must(run("umount m"), "umount");
	ok(tap, lost_byte("m/d/file") == 'b', "nor is what is below");
	item = restore_after("mount --bind m m3 && mount --bind m2 m");
	must(run("umount m"), "umount");
	ok(tap, lost_byte("m2/d/file") == 'b' && lost_byte("m3/d/file") == 'b',
	   "a mount that came later is not known");
	must(run("umount m3"), "umount");
	must(run("mount --bind m m3"), "mount");
	item = restore_after("mount --bind m2 m");
	must(run("umount m"), "umount");
	ok(tap,
	   item.result == RESTORE_DONE && lost_byte("m2/d/file") == 'b' &&
		   lost_byte("m/d/file") == 'g',
	   "another mount of the file's own filesystem will do");
	run("umount m3 m2");
}

int main(int argc, char **argv)
{
	struct tap tap = { 0 };

	if (argc != 2 || !realpath(argv[1], top)) {
		fprintf(stderr, "usage: unit_swapped DIRECTORY\n");
		return 1;
	}
	if (geteuid()) {
		skip("something else in a file's place", "not root");
		return 0;
	}
	own_mounts();
	must(!chdir(top) && run("mkdir m m2 m3 copy copy/d"), top);
	if (!run("truncate -s 8M image && mkfs.ext4 -q image >/dev/null 2>&1 && "
		 "mount -o loop image m 2>/dev/null")) {
		skip("something else in a file's place",
		     "no loop device or no mkfs.ext4");
		return 0;
	}
	must(run("mkdir m/d m/victim"), "directories");
	make_file("copy/d/file", 'g');
	test_zero(&tap);
	test_swaps(&tap);
	test_snapshot(&tap);
	test_clone(&tap);
	must(!chdir("/") && run("true"), "leave");
	umount(at("m"));
	return tap.failed != 0;
}
