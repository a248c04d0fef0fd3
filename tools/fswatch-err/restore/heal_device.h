/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bytes of a file, read from the device below its filesystem. With DAX no
 * byte of a page with a bad sector can be read through the file; the device reads
 * its good sectors as ever.
 */
#ifndef FSW_HEAL_DEVICE_H
#define FSW_HEAL_DEVICE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* where a damaged range is, as the kernel's record has it */
struct heal_place {
	uint64_t offset; /* in the file */
	uint64_t on_device;
	dev_t device;
};

struct heal_device {
	dev_t device;
	int fd; /* -1: not open */
};

void heal_device_init(struct heal_device *device);
void heal_device_close(struct heal_device *device);

/*
 * Read whole sectors, which are in one block of the file @fd with the damage at
 * @place. 0 or a negative errno; -EOPNOTSUPP if the filesystem does not have the
 * bytes where @place says, or the device has no sectors as small as these.
 */
int heal_device_read(struct heal_device *device, int fd,
		     const struct heal_place *place, uint64_t offset, void *buf,
		     size_t len);

#endif /* FSW_HEAL_DEVICE_H */
