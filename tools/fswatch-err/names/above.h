/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a block device to what is above it: its partitions, the devices that
 * others make of it (LVM, LUKS, md, multipath, bcache, loop), and the filesystems
 * that have one of these, also as their second device, log or realtime device.
 */
#ifndef FSW_ABOVE_H
#define FSW_ABOVE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "mounts.h"

struct devices {
	dev_t *v;
	size_t nr;
};

bool devices_have(const struct devices *devices, dev_t dev);

/*
 * Add the block device @dev and the devices above it to @devices, and the mounted
 * filesystems on any of them to @filesystems; 0 or -ENOMEM.
 */
int above_find(dev_t dev, const struct mounts *mounts, struct devices *devices,
	       struct devices *filesystems);

#endif /* FSW_ABOVE_H */
