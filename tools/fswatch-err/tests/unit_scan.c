// SPDX-License-Identifier: GPL-2.0-only
/* What a scan reads, and the file in which it keeps how far it is. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "messages.h"
#include "resume.h"
#include "scan_only.h"
#include "scratch.h"
#include "tap.h"
#include "targets.h"
#include "text.h"

#define UUID "01234567-89ab-4cde-8f01-23456789abcd"

/* a disk with a filesystem, of which nothing else is known */
static void make(struct targets *targets, unsigned int minor)
{
	struct target *target;

	must(!targets_add_device(targets, makedev(4095, minor)), "target");
	target = &targets->v[targets->nr - 1];
	target->has_uuid = true;
	target->want.role = FSERROR_ROLE_DATA;
	must(text_to_uuid(UUID, target->uuid), "UUID");
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(at(name), "w");

	must(file && fputs(text, file) >= 0 && !fclose(file), name);
}

static const char *read_file(const char *name)
{
	static char text[4096];
	FILE *file = fopen(at(name), "r");
	size_t len = 0;

	if (file) {
		len = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[len] = '\0';
	return text;
}

/* 0 or an errno; what is said of it is not to be seen */
static int try_open(struct resume *resume, const char *name,
		    struct targets *targets)
{
	int before = dup(2), null = open("/dev/null", O_WRONLY), rc;

	dup2(null, 2);
	rc = resume_open(resume, name, targets);
	dup2(before, 2);
	close(before);
	close(null);
	return -rc;
}

static void test_round(struct tap *tap)
{
	struct targets targets = { 0 };
	struct resume resume, other;

	make(&targets, 1);
	make(&targets, 2);
	ok(tap, !try_open(&resume, at("state"), &targets),
	   "resume: there is no file yet");
	ok_string(tap, read_file("state"), "fswatch-err scan 1\n",
		  "resume: it is made");
	ok(tap, try_open(&other, at("state"), &targets) == EBUSY,
	   "resume: another scan does not get it");
	resume_close(&other);
	targets.v[0].size = 1 << 20;
	targets.v[0].at = 4096;
	spans_add(targets.v[0].unread, 512, 1024);
	spans_add(targets.v[0].before, 8192, 512);
	targets.v[1].size = targets.v[1].at = 2 << 20;
	targets.v[1].state = TARGET_DONE;
	ok(tap, !resume_save(&resume, &targets), "resume: saved");
	ok(tap, try_open(&other, at("state"), &targets) == EBUSY,
	   "resume: another scan does not get the new one either");
	resume_close(&other);
	resume_close(&resume);
	ok_string(tap, read_file("state"),
		  "fswatch-err scan 1\n"
		  "device 4095:1 " UUID " 1 1048576 4096 0\n"
		  "unread 512 1024\n"
		  "unread 8192 512\n"
		  "device 4095:2 " UUID " 1 2097152 2097152 1\n",
		  "resume: what is in it");
	targets_free(&targets);

	make(&targets, 2);
	make(&targets, 1);
	make(&targets, 3);
	ok(tap, !try_open(&resume, at("state"), &targets), "resume: read");
	ok(tap,
	   targets.v[1].resumed && targets.v[1].at == 4096 &&
		   targets.v[1].state == TARGET_WAITING &&
		   targets.v[1].before->nr == 2 && !targets.v[1].unread->nr,
	   "resume: one goes on, with what could not be read");
	ok(tap, targets.v[0].resumed && targets.v[0].state == TARGET_DONE,
	   "resume: one is done");
	ok(tap, !targets.v[2].resumed && !targets.v[2].size,
	   "resume: one is new");
	ok(tap, !targets_ended(&targets) && !targets_read(&targets),
	   "resume: that is not all");
	ok(tap, !resume_remove(&resume) && access(at("state"), F_OK),
	   "resume: removed");
	resume_close(&resume);
	targets_free(&targets);
}

/* a file that is refused, and of which nothing is taken */
static void refuses(struct tap *tap, const char *text, const char *what)
{
	struct targets targets = { 0 };
	struct resume resume;
	int rc;

	make(&targets, 1);
	write_file("bad", text);
	rc = try_open(&resume, at("bad"), &targets);
	ok(tap,
	   rc == EINVAL && !targets.v[0].resumed && !targets.v[0].at &&
		   !targets.v[0].before->nr && !strcmp(read_file("bad"), text),
	   "resume: refuses %s", what);
	resume_close(&resume);
	targets_free(&targets);
	unlink(at("bad"));
}

#define HEAD "fswatch-err scan 1\n"
#define DEVICE HEAD "device 4095:1 " UUID " 1 "

/* one who could have written it could say that all was read */
static void test_owners(struct tap *tap, struct targets *targets)
{
	static const mode_t modes[] = { 0660, 0602 };
	struct resume resume;
	size_t i;

	write_file("owned", DEVICE "1048576 1048576 1\n");
	for (i = 0; i < 2; i++) {
		must(!chmod(at("owned"), modes[i]), "chmod");
		ok(tap,
		   try_open(&resume, at("owned"), targets) == EPERM &&
			   !targets->v[0].resumed,
		   "resume: refuses a file with mode %03o", modes[i]);
		resume_close(&resume);
	}
	must(!chmod(at("owned"), 0600), "chmod");
	if (geteuid()) {
		skip("resume: a file of another user", "not root");
	} else {
		must(!chown(at("owned"), 60001, 60001), "chown");
		ok(tap,
		   try_open(&resume, at("owned"), targets) == EPERM &&
			   !targets->v[0].resumed,
		   "resume: refuses a file of another user");
		resume_close(&resume);
		must(!chown(at("owned"), 0, 0), "chown");
	}
	ok(tap,
	   !try_open(&resume, at("owned"), targets) && targets->v[0].resumed,
	   "resume: takes our own");
	resume_close(&resume);
	targets->v[0].resumed = false;
	unlink(at("owned"));
}

static void test_refusals(struct tap *tap)
{
	struct targets targets = { 0 };
	struct resume resume;
	char long_line[4096];

	refuses(tap, "", "an empty file");
	refuses(tap, "fswatch-err scan 2\n", "another version");
	refuses(tap, DEVICE "1048576 2097152 0\n", "a place beyond the end");
	refuses(tap, DEVICE "1048576 100 0\n", "half a sector");
	refuses(tap, DEVICE "0 0 0\n", "a device without bytes");
	refuses(tap, DEVICE "1048576 0 2\n", "neither done nor not");
	refuses(tap, DEVICE "1048576 0 0 0\n", "a word too many");
	refuses(tap, DEVICE "1048576\n", "words too few");
	refuses(tap, DEVICE "1048576 512 0\nunread 1048064 1024\n",
		"a range beyond the end");
	refuses(tap, DEVICE "1048576 512 0\nunread 18446744073709551104 1024\n",
		"a range that turns over");
	refuses(tap, DEVICE "1048576 512 0\nunread 512 0\n", "an empty range");
	refuses(tap, HEAD "unread 512 512\n", "a range of no device");
	refuses(tap, DEVICE "1048576 512 0\nrm -rf /\n", "another line");
	memset(long_line, 'x', sizeof(long_line) - 1);
	memcpy(long_line, HEAD "device ", sizeof(HEAD "device ") - 1);
	long_line[sizeof(long_line) - 1] = '\0';
	refuses(tap, long_line, "a name without end");

	make(&targets, 1);
	test_owners(tap, &targets);
	must(!symlink("elsewhere", at("link")), "link");
	ok(tap, try_open(&resume, at("link"), &targets) == ELOOP,
	   "resume: a symbolic link is not followed");
	resume_close(&resume);
	unlink(at("link"));
	must(!mkfifo(at("pipe"), 0600), "pipe");
	ok(tap, try_open(&resume, at("pipe"), &targets) == EINVAL,
	   "resume: a pipe is none");
	resume_close(&resume);
	unlink(at("pipe"));
	ok(tap, try_open(&resume, at("no/such"), &targets) == ENOENT,
	   "resume: no directory");
	resume_close(&resume);
	ok(tap,
	   !try_open(&resume, NULL, &targets) &&
		   !resume_save(&resume, &targets) && !resume_remove(&resume),
	   "resume: without, nothing is done");
	resume_close(&resume);
	targets_free(&targets);
}

static void test_targets(struct tap *tap)
{
	struct fserror_device_state devices[] = {
		{ .present = 1U << FSERROR_A_DEVICE_STATE_ROLE,
		  .major = 4095,
		  .minor = 1,
		  .role = FSERROR_ROLE_DATA },
		{ .present = 1U << FSERROR_A_DEVICE_STATE_ROLE |
			     1U << FSERROR_A_DEVICE_STATE_UNTOLD,
		  .major = 4095,
		  .minor = 2,
		  .role = FSERROR_ROLE_LOG },
		{ .major = 0, .minor = 0 },
	};
	struct fserror_filesystem fs[] = {
		{ .present = 1U << FSERROR_A_FILESYSTEM_MAJOR |
			     1U << FSERROR_A_FILESYSTEM_MINOR |
			     1U << FSERROR_A_FILESYSTEM_FSTYPE,
		  .major = 4095,
		  .minor = 1,
		  .fstype = "xfs",
		  .devices = devices,
		  .nr_devices = 3 },
		{ .present = 1U << FSERROR_A_FILESYSTEM_MAJOR |
			     1U << FSERROR_A_FILESYSTEM_MINOR |
			     1U << FSERROR_A_FILESYSTEM_FSTYPE,
		  .major = 4095,
		  .minor = 3,
		  .fstype = "ext4" },
	};
	const struct filesystems list = { fs, 2, 2 };
	struct mounts *mounts = mounts_load();
	dev_t above[] = { makedev(4095, 2), makedev(4095, 1) };
	struct select_stack stack = { .name = (char *)"/dev/log",
				      .devices = { above, 2 } };
	struct select select = { 0 };
	struct targets targets = { 0 };

	must(mounts, "mounts");
	must(!targets_find(&targets, &select, &list, mounts), "targets");
	ok(tap,
	   targets.nr == 2 && targets.v[0].want.dev == makedev(4095, 1) &&
		   targets.v[1].want.dev == makedev(4095, 2) &&
		   targets.v[1].want.fs_dev == makedev(4095, 1),
	   "targets: the devices of a filesystem");
	ok(tap, !targets.v[0].want.report && targets.v[1].want.report,
	   "targets: XFS is to tell where no driver does");
	targets_free(&targets);

	select.stacks = (struct select_list){ &stack, 1 };
	must(!targets_find(&targets, &select, &list, mounts), "targets");
	ok(tap,
	   targets.nr == 1 && targets.v[0].want.dev == makedev(4095, 2) &&
		   targets.v[0].want.fs_dev && !targets.v[0].whole,
	   "targets: a device of a filesystem that is named");
	targets_free(&targets);

	above[0] = makedev(4095, 9);
	must(!targets_find(&targets, &select, &list, mounts), "targets");
	ok(tap,
	   targets.nr == 1 && targets.v[0].want.dev == makedev(4095, 9) &&
		   !targets.v[0].want.fs_dev && targets.v[0].whole,
	   "targets: of one below it all is read");
	targets_free(&targets);
	ok(tap, !targets_read(&targets), "targets: nothing is not all");
	mounts_free(mounts);
}

/* how many of the views are left */
static int count(void *arg, const struct views *views)
{
	*(size_t *)arg += views->nr;
	return 0;
}

/* is damage with this origin told of bytes 4096 to 8192 of 4095:1? */
static bool told(unsigned int minor, uint64_t offset, uint64_t length)
{
	struct fserror_record rec = record_data_lost(0);
	struct view view = { .rec = &rec };
	const struct views views = { .v = &view, .nr = 1 };
	size_t nr = 0;
	struct scan_only only = { .views = count, .arg = &nr };

	rec.origin.major = 4095;
	rec.origin.minor = minor;
	rec.origin.offset = offset;
	rec.origin.length = length;
	scan_only_at(&only, makedev(4095, 1), 4096, 4096);
	must(!scan_only_views(&only, &views), "views");
	return nr;
}

static void test_only(struct tap *tap)
{
	struct fserror_record rec = record_data_lost(0);
	struct view view = { .rec = &rec };
	const struct views views = { .v = &view, .nr = 1 };
	size_t nr = 0;
	struct scan_only only = { .views = count, .arg = &nr };

	ok(tap, told(1, 4096, 512) && told(1, 7680, 512) && told(1, 0, 65536),
	   "place: what is there is told");
	ok(tap, !told(1, 3584, 512) && !told(1, 8192, 512) && !told(1, 0, 1),
	   "place: what is before it and behind it is not");
	ok(tap, told(2, 0, 512), "place: what came from another disk is");
	rec.present &= ~(UINT64_C(1) << FSERROR_A_RECORD_ORIGIN);
	scan_only_at(&only, makedev(4095, 1), 4096, 4096);
	ok(tap, !scan_only_views(&only, &views) && nr == 1,
	   "place: what does not say where it came from is");
	nr = 0;
	only.wanted = false;
	ok(tap, !scan_only_views(&only, &views) && nr == 1,
	   "place: without one all is");
}

int main(void)
{
	char name[] = "/tmp/unit_scan.XXXXXX";
	struct tap tap = { 0 };

	umask(022);
	must(mkdtemp(name), "directory");
	strcpy(top, name);
	test_targets(&tap);
	test_only(&tap);
	test_round(&tap);
	test_refusals(&tap);
	rmdir(top);
	return tap.failed != 0;
}
