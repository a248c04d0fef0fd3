// SPDX-License-Identifier: GPL-2.0-only
/* What is above a device that --source names. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "selecting.h"
#include "tap.h"

/* what only the kernel knows of a device: it is the log of a filesystem */
static void test_learnt(struct tap *tap, const char *name)
{
	struct fserror_device_state devices[2] = {
		{ .major = 253, .minor = 7 },
		{ .major = major(device_of(name)),
		  .minor = minor(device_of(name)) },
	};
	struct fserror_filesystem fs = {
		.present = 1 << FSERROR_A_FILESYSTEM_MAJOR |
			   1 << FSERROR_A_FILESYSTEM_MINOR,
		.major = 253,
		.minor = 7,
		.devices = devices,
		.nr_devices = 2,
	};
	const struct filesystems list = { &fs, 1, 1 };
	struct fserror_record rec = record_on(makedev(253, 7));
	struct select select = { 0 };
	char text[256];

	take(&select, 'S', name);
	ok(tap, !select_record(&select, &rec), "source: not known by itself");
	ok(tap,
	   !select_learn_from(&select, &list) && select_record(&select, &rec) &&
		   select_filesystem(&select)->minor == 7,
	   "source: the kernel has it as the log of a filesystem");
	select_learn_from(&select, &list);
	ok(tap, select.mounted.nr == 1, "source: learnt once");
	ok(tap, !reasons(&select, &list, true, text),
	   "source: then it was looked at");
	take(&select, 'S', name);
	ok(tap, !reasons(&select, &list, true, text),
	   "source: also if that is seen late");
	devices[1].minor++;
	take(&select, 'S', name);
	ok(tap, reasons(&select, &list, true, text) == 1,
	   "source: not if no filesystem has it: %s", text);
}

static void test_sources(struct tap *tap)
{
	char line[64] = "", command[96];
	dev_t lower, upper;
	FILE *pipe;
	bool seen;

	if (system("mkdir d1 d2 && truncate -s 20M image && "
		   "mkfs.ext4 -q image >/dev/null 2>&1 && "
		   "mount -o loop image d1 2>/dev/null")) {
		skip("source: a stack of devices", "no loop device");
		return;
	}
	run("truncate -s 4M d1/image && mkfs.ext4 -q d1/image >/dev/null 2>&1 && "
	    "mount -o loop d1/image d2");
	lower = device_of(at("d1"));
	upper = device_of(at("d2"));
	pipe = popen("findmnt -no SOURCE d1", "r");
	must(pipe && fgets(line, sizeof(line), pipe), "findmnt");
	pclose(pipe);
	line[strcspn(line, "\n")] = '\0';
	ok(tap,
	   option_has('S', line, lower, &seen) && seen &&
		   option_has('S', line, upper, &seen),
	   "source: all that is above a device");
	run("umount d2");
	ok(tap,
	   option_has('S', line, lower, &seen) && seen &&
		   !option_has('S', line, upper, &seen),
	   "source: and nothing else");
	run("umount d1");
	pipe = popen("losetup -f --show image", "r");
	must(pipe && fgets(line, sizeof(line), pipe), "losetup");
	pclose(pipe);
	line[strcspn(line, "\n")] = '\0';
	ok(tap, option_has('S', line, device_of(line), &seen) && !seen,
	   "source: what is not mounted cannot be seen");
	test_learnt(tap, line);
	snprintf(command, sizeof(command), "losetup -d %s", line);
	run(command);
}

int main(int argc, char **argv)
{
	struct tap tap = { 0 };

	if (argc != 2 || !realpath(argv[1], top)) {
		fprintf(stderr, "usage: unit_sources DIRECTORY\n");
		return 1;
	}
	if (geteuid()) {
		skip("mounts", "not root");
		return tap.failed != 0;
	}
	own_mounts();
	must(!chdir(top), top);
	test_sources(&tap);
	return tap.failed != 0;
}
