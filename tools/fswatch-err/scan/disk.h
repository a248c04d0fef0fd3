/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A block device as a medium: read past the cache, at idle priority; by XFS where that
 * can, which knows its devices itself.
 */
#ifndef FSW_DISK_H
#define FSW_DISK_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "fsmap.h"
#include "medium.h"

/* what is to be read of a device */
struct disk_want {
	dev_t dev;
	dev_t fs_dev; /* the filesystem whose blocks it is to be; 0: all of the device */
	char *mount; /* where that is mounted, or NULL */
	uint32_t role; /* FSERROR_ROLE_..., that the device has there */
	bool report; /* no driver knows what it could not read: XFS is to tell it */
};

struct disk {
	struct medium medium; /* the first */
	int fd, mount_fd; /* -1: not open */
	struct fsmap_cursor map;
	bool mapped; /* only what is in use is read */
	bool verifies; /* XFS reads */
	uint32_t xfs_dev; /* as XFS numbers them */
	bool report;
	int unmapped; /* why not; 0 if nothing was wanted, or a negative errno */
	void *buffer;
};

/* 0 or a negative errno; this may wait for the disk. disk_close() is for both. */
int disk_open(struct disk *disk, const struct disk_want *want);
void disk_close(struct disk *disk);

/* the name of a device, as the kernel has it: "sda1"; false if there is none */
bool disk_name(dev_t dev, char name[NAME_MAX + 1]);

#endif /* FSW_DISK_H */
