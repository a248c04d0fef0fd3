// SPDX-License-Identifier: GPL-2.0-only
/* What of a disk is read: of ext4 on a loop device, where there is one. */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "disk.h"
#include "selecting.h"
#include "tap.h"

#define MIB (UINT64_C(1) << 20)

/* read all that is to be read; the bytes, or 0 after a failure */
static uint64_t read_all(struct disk *disk)
{
	struct medium *medium = &disk->medium;
	uint64_t pos = 0, bytes = 0, here, len;
	struct span next;

	while (medium->next(medium, pos, &next) > 0) {
		if (next.pos < pos || next.len > medium->size ||
		    next.pos > medium->size - next.len)
			return 0;
		for (here = next.pos; here < next.pos + next.len; here += len) {
			len = next.pos + next.len - here;
			if (len > MEDIUM_PIECE)
				len = MEDIUM_PIECE;
			if (medium->read(medium, here, len, false))
				return 0;
		}
		bytes += next.len;
		pos = next.pos + next.len;
	}
	return bytes;
}

static void test_ext4(struct tap *tap)
{
	struct disk_want want = { 0 };
	struct disk disk = { 0 };
	char mount[512], name[NAME_MAX + 1];
	struct statfs fs;
	uint64_t used, bytes;

	if (system("mkdir d && truncate -s 64M image && "
		   "mkfs.ext4 -q -b 1024 image >/dev/null 2>&1 && "
		   "mount -o loop image d 2>/dev/null")) {
		skip("disk: ext4", "no loop device");
		return;
	}
	/* groups of 8 MiB, of which some are full */
	run("dd if=/dev/urandom of=d/f bs=1M count=40 status=none && sync");
	snprintf(mount, sizeof(mount), "%s", at("d"));
	want.mount = mount;
	want.dev = want.fs_dev = device_of(mount);
	must(!statfs(mount, &fs), "statfs");
	used = (uint64_t)(fs.f_blocks - fs.f_bfree) * fs.f_bsize;

	ok(tap, !disk_open(&disk, &want) && disk.mapped && !disk.verifies,
	   "disk: ext4 says what is in use");
	ok(tap, disk.medium.size == 64 * MIB && disk.medium.block >= 512,
	   "disk: its size");
	bytes = read_all(&disk);
	ok(tap, bytes >= used && bytes <= used + 16 * MIB && bytes > 40 * MIB,
	   "disk: that is read, %" PRIu64 " bytes of %" PRIu64, bytes, used);
	disk_close(&disk);
	ok(tap, disk_name(want.dev, name) && !strncmp(name, "loop", 4),
	   "disk: its name");

	want.fs_dev = 0;
	ok(tap, !disk_open(&disk, &want) && read_all(&disk) == 64 * MIB,
	   "disk: all of it");
	disk_close(&disk);

	want.fs_dev = want.dev;
	want.mount = top;
	ok(tap,
	   !disk_open(&disk, &want) && !disk.mapped && disk.unmapped &&
		   read_all(&disk) == 64 * MIB,
	   "disk: all, where something else is mounted");
	disk_close(&disk);
	want.dev = makedev(4095, 1);
	ok(tap, disk_open(&disk, &want) == -ENODEV, "disk: none");
	disk_close(&disk);
	run("umount d");
}

int main(int argc, char **argv)
{
	struct tap tap = { 0 };

	if (argc != 2 || !realpath(argv[1], top) || chdir(top)) {
		fprintf(stderr, "usage: unit_disk DIRECTORY\n");
		return 1;
	}
	if (geteuid()) {
		skip("disk", "no permission to mount");
		return 0;
	}
	own_mounts();
	must(!chdir(top), "directory");
	test_ext4(&tap);
	return tap.failed != 0;
}
