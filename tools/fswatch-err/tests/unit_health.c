// SPDX-License-Identifier: GPL-2.0-only
/* The state of a filesystem, and which disks below it do not tell; sysfs is made up. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "health.h"
#include "scratch.h"
#include "sources.h"
#include "tap.h"

static void run(const char *command)
{
	must(!system(command), command);
}

/* the names, with blanks between them, of what is below 8:@minor */
static const char *silent_of(unsigned int minor, bool untold)
{
	static char names[256];
	struct fserror_device_state one = { .major = 8, .minor = minor };
	const struct fserror_filesystem on = { .devices = &one,
					       .nr_devices = 1 };
	struct string_list silent = { 0 };
	size_t i;

	if (untold)
		one.present = 1U << FSERROR_A_DEVICE_STATE_UNTOLD;
	*names = '\0';
	must(!silent_find(&silent, &on, top), "silent");
	for (i = 0; i < silent.nr; i++) {
		strcat(names, i ? " " : "");
		strcat(names, silent.v[i]);
	}
	string_list_free(&silent);
	return names;
}

static void test_silent(struct tap *tap)
{
	/*
	 * 8:0 pmem0, 8:1 its partition, 8:2 sda, 8:3 sda1, 8:4 dm-0 of pmem0p1, 8:5 dm-1 of dm-0,
	 * sda1 and md0, 8:6 md0 of sda, 8:7 dm-2 of itself, 8:8 md2 of pmem0, 8:9 dm-3 of md2,
	 * 8:10 dm-4 of x0 of pmem0, 8:11 dm-5 of dm-6, which is of nothing, 8:12 bcache0 of sda
	 */
	run("mkdir -p dev/block d/pmem0/pmem0p1 d/pmem0/device d/sda/sda1 d/md0/md d/md2/md d/dm-6 bus/nd && "
	    "mkdir d/dm-0/slaves d/dm-1/slaves d/dm-2/slaves d/dm-3/slaves d/dm-4/slaves d/dm-5/slaves d/md0/slaves d/md2/slaves d/x0/slaves d/bcache0/slaves -p && "
	    "touch d/pmem0/pmem0p1/partition d/sda/sda1/partition && "
	    "ln -s ../../../bus/nd d/pmem0/device/subsystem && "
	    "ln -s ../../d/pmem0 dev/block/8:0 && ln -s ../../d/pmem0/pmem0p1 dev/block/8:1 && "
	    "ln -s ../../d/sda dev/block/8:2 && ln -s ../../d/sda/sda1 dev/block/8:3 && "
	    "ln -s ../../d/dm-0 dev/block/8:4 && ln -s ../../d/dm-1 dev/block/8:5 && "
	    "ln -s ../../d/md0 dev/block/8:6 && ln -s ../../d/dm-2 dev/block/8:7 && "
	    "ln -s ../../d/md2 dev/block/8:8 && ln -s ../../d/dm-3 dev/block/8:9 && "
	    "ln -s ../../d/dm-4 dev/block/8:10 && ln -s ../../d/dm-5 dev/block/8:11 && "
	    "ln -s ../../d/bcache0 dev/block/8:12 && "
	    "ln -s ../../pmem0/pmem0p1 d/dm-0/slaves/pmem0p1 && "
	    "ln -s ../../dm-0 d/dm-1/slaves/dm-0 && ln -s ../../sda/sda1 d/dm-1/slaves/sda1 && "
	    "ln -s ../../md0 d/dm-1/slaves/md0 && ln -s ../../sda d/md0/slaves/sda && "
	    "ln -s ../../dm-2 d/dm-2/slaves/dm-2 && ln -s ../../pmem0 d/md2/slaves/pmem0 && "
	    "ln -s ../../md2 d/dm-3/slaves/md2 && ln -s ../../pmem0 d/x0/slaves/pmem0 && "
	    "ln -s ../../x0 d/dm-4/slaves/x0 && ln -s ../../dm-6 d/dm-5/slaves/dm-6 && "
	    "ln -s ../../sda d/bcache0/slaves/sda");
	ok_string(tap, silent_of(0, false), "", "silent: a disk that tells");
	ok_string(tap, silent_of(2, true), "sda", "silent: one that does not");
	ok_string(tap, silent_of(3, true), "sda", "silent: its partition");
	ok_string(tap, silent_of(4, false), "",
		  "silent: a volume on a partition of a disk that tells");
	ok_string(tap, silent_of(5, false), "sda",
		  "silent: a disk that is there twice");
	ok_string(tap, silent_of(6, false), "sda",
		  "silent: an array asks its members");
	ok_string(tap, silent_of(8, false), "",
		  "silent: an array of disks that tell");
	ok_string(tap, silent_of(9, false), "", "silent: a volume on it");
	ok_string(tap, silent_of(10, false), "x0",
		  "silent: a layer that is not known to ask");
	ok_string(tap, silent_of(11, false), "",
		  "silent: a layer with nothing below it");
	ok_string(tap, silent_of(12, false), "sda", "silent: bcache");
	ok_string(tap, silent_of(7, false), "",
		  "silent: a loop ends somewhere");
	ok_string(tap, silent_of(99, true), "", "silent: what is not there");
}

/* "type: names; type: names" of what is below 8:@minor */
static const char *sources_of(unsigned int minor)
{
	static char text[512];
	struct fserror_device_state one = { .major = 8, .minor = minor };
	struct fserror_filesystem on = { .devices = &one, .nr_devices = 1 };
	struct sources sources;
	unsigned int type;
	size_t i;

	*text = '\0';
	must(!sources_find(&sources, &on, 1, top), "sources");
	for (type = 0; type < SOURCES; type++) {
		for (i = 0; i < sources.of[type].nr; i++) {
			strcat(text, i ? "" : *text ? "; " : "");
			strcat(text, i ? "" : source_words(type)->type);
			strcat(text, i ? "," : ":");
			strcat(text, sources.of[type].v[i]);
		}
	}
	sources_free(&sources);
	return text;
}

static void test_sources(struct tap *tap)
{
	/* 8:20 sdb, 8:21 nvme0n1p1, 8:22 vda, 8:23 md1 of sdb and pmem0, 8:24 dm-9 of md1 */
	run("mkdir -p bus/scsi bus/nvme bus/virtio d/sdb/device d/nvme0n1/device d/nvme0n1/nvme0n1p1 d/vda/device d/md1/slaves d/md1/md d/dm-9/slaves d/loop7/loop && "
	    "ln -s ../../../bus/scsi d/sdb/device/subsystem && ln -s ../../../bus/nvme d/nvme0n1/device/subsystem && "
	    "ln -s ../../../bus/virtio d/vda/device/subsystem && "
	    "touch d/nvme0n1/nvme0n1p1/partition && "
	    "ln -s ../../sdb d/md1/slaves/sdb && ln -s ../../pmem0 d/md1/slaves/pmem0 && ln -s ../../md1 d/dm-9/slaves/md1 && "
	    "ln -s ../../d/sdb dev/block/8:20 && ln -s ../../d/nvme0n1/nvme0n1p1 dev/block/8:21 && "
	    "ln -s ../../d/vda dev/block/8:22 && ln -s ../../d/md1 dev/block/8:23 && "
	    "ln -s ../../d/dm-9 dev/block/8:24 && ln -s ../../d/loop7 dev/block/8:25 && "
	    "mkdir -p d/nvdimm-bridge0/pmem2/device && ln -s ../../../../bus/nd d/nvdimm-bridge0/pmem2/device/subsystem && "
	    "ln -s ../../d/nvdimm-bridge0/pmem2 dev/block/8:26");
	ok_string(tap, sources_of(20), "scsi:sdb", "sources: SCSI");
	ok_string(tap, sources_of(21), "nvme:nvme0n1",
		  "sources: a partition of NVMe");
	ok_string(tap, sources_of(22), "virtio:vda", "sources: virtio");
	ok_string(tap, sources_of(23), "nvdimm:pmem0; scsi:sdb; md:md1",
		  "sources: an array and its members");
	ok_string(tap, sources_of(24), "nvdimm:pmem0; scsi:sdb; md:md1",
		  "sources: a volume on it");
	ok_string(tap, sources_of(25), "loop:loop7", "sources: a loop device");
	ok_string(tap, sources_of(26), "cxl:pmem2",
		  "sources: persistent memory of CXL");
	ok_string(tap, sources_of(7), "", "sources: a loop ends somewhere");
	ok_string(tap, sources_of(99), "", "sources: what is not there");
}

static struct fserror_filesystem fs;
static struct fserror_device_state device;

/* the state in words, "state|reason|action|blind" */
static const char *say(void)
{
	static char line[1024];
	struct health health;
	char *reason, *action, *blind;

	must(!health_find(&health, &fs, top), "health");
	reason = health_reason(&health);
	action = health_action(&health, " -M /srv");
	blind = health_blind(&health);
	snprintf(line, sizeof(line), "%s|%s|%s|%s", health_word(health.state),
		 reason ? reason : "", action ? action : "",
		 blind ? blind : "");
	free(reason);
	free(action);
	free(blind);
	health_free(&health);
	return line;
}

static void test_health(struct tap *tap)
{
	fs.devices = &device;
	fs.nr_devices = 1;
	device.major = 8;
	ok_string(tap, say(), "ok|||", "health: nothing is wrong");
	device.minor = 2;
	device.present = 1U << FSERROR_A_DEVICE_STATE_UNTOLD;
	ok_string(
		tap, say(),
		"silent|nothing is known to be damaged, but not all of its devices tell|now and then read what is in use with 'fswatch-err scan -M /srv'|"
		"sda cannot tell what is bad: damage there shows only when a read fails",
		"health: a driver that does not tell");
	device.present |= 1U << FSERROR_A_DEVICE_STATE_PENDING;
	device.minor = 0;
	device.present = 1U << FSERROR_A_DEVICE_STATE_PENDING;
	ok_string(
		tap, say(),
		"pending|something changed that was not looked at yet|ask again in a while|",
		"health: not looked at yet");
	device.present |= 1U << FSERROR_A_DEVICE_STATE_UNKNOWN;
	ok_string(
		tap, say(),
		"unknown|a device did not say what is bad|read the kernel's log; the device is asked again every minute|",
		"health: no answer");
	fs.io_errors = 17;
	ok_string(
		tap, say(),
		"errors|17 reads or writes failed since it was mounted|find the files with 'fswatch-err log -M /srv', compare them with a copy|",
		"health: reads have failed");
	fs.unlisted = 1;
	ok_string(
		tap, say(),
		"errors|17 reads or writes failed since it was mounted; 1 loss is in no list of damage|find the files with 'fswatch-err log -M /srv', compare them with a copy|",
		"health: a loss without a place");
	fs.unlisted = 0;
	device.ranges = 1;
	ok_string(
		tap, say(),
		"damaged|1 range of its devices is bad; 17 reads or writes failed since it was mounted|list the files with 'fswatch-err list -M /srv', write them back from a copy, see fswatch-err-restore(8)|",
		"health: damage");
	device.present |= 1U << FSERROR_A_DEVICE_STATE_REMOVED;
	fs.io_errors = 0;
	ok_string(
		tap, say(),
		"removed|a device is gone; 1 range of its devices is bad|list what is lost with 'fswatch-err list -M /srv', bring the device back or restore to another one|",
		"health: a device is gone");
	fs.present |= 1U << FSERROR_A_FILESYSTEM_SHUTDOWN;
	ok_string(
		tap, say(),
		"shutdown|it shut itself down; 1 range of its devices is bad|read the kernel's log, unmount and repair it, mount it again|",
		"health: shut down");
}

int main(int argc, char **argv)
{
	struct tap tap = { 0 };

	if (argc != 2 || !realpath(argv[1], top) || chdir(top)) {
		fprintf(stderr, "usage: unit_health DIRECTORY\n");
		return 1;
	}
	test_silent(&tap);
	test_sources(&tap);
	test_health(&tap);
	run("rm -r dev d bus");
	return tap.failed != 0;
}
