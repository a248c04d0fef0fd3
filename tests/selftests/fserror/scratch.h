/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filesystems that can be made to fail: XFS on a loop device, and XFS on a
 * device-mapper device on a loop device, where one file cannot be read.
 */
#ifndef FSERROR_TESTS_SCRATCH_H
#define FSERROR_TESTS_SCRATCH_H

#include <limits.h>
#include <stdbool.h>
#include <linux/types.h>
#include <sys/types.h>

/* bytes of the file that cannot be read */
#define SCRATCH_BAD_BYTES (1024 * 1024)

/**
 * struct scratch - a filesystem
 * @dir: directory that holds everything
 * @image: file under the loop device
 * @mnt: mount point
 * @device: block device that the filesystem is on
 * @dm: name of the device-mapper device, or empty
 * @bad: file that cannot be read, if there is a @dm
 * @bad_ino: its inode number
 * @loop_fd: loop device
 * @loop: its name
 * @dev: the filesystem's device
 * @uuid: its UUID
 * @mounted: it is mounted
 * @owner: process that removes it when it ends
 * @next: another that this process needs
 */
struct scratch {
	char dir[64];
	char image[96];
	char mnt[96];
	char device[96];
	char dm[64];
	char bad[128];
	ino_t bad_ino;
	int loop_fd;
	char loop[32];
	dev_t dev;
	__u8 uuid[16];
	bool mounted;
	pid_t owner;
	struct scratch *next;
};

int scratch_make(struct scratch *scratch, const char *name, bool dm);
void scratch_need(struct scratch *scratch, const char *name, bool dm);
void scratch_remove(struct scratch *scratch);
int scratch_mount(struct scratch *scratch);
int scratch_umount(struct scratch *scratch);
int scratch_shutdown(const struct scratch *scratch);
int scratch_fail_reads(const struct scratch *scratch, unsigned int nr,
		       unsigned int bytes);

#endif /* FSERROR_TESTS_SCRATCH_H */
