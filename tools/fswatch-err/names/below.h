/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a block device to what is below it: which of the layers cannot tell what is
 * bad. Damage there is noticed only when something is read.
 */
#ifndef FSW_BELOW_H
#define FSW_BELOW_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define BELOW_SYSFS "/sys"

/* names of devices, as the kernel has them, each once */
struct below {
	char **v;
	size_t nr;
};

/*
 * Add the devices below @dev, or @dev itself, that cannot tell. @untold: the kernel
 * says so of @dev. @sysfs is BELOW_SYSFS, but for tests. What sysfs does not have is
 * not added. 0 or -ENOMEM; below_free() is for both.
 */
int below_silent(struct below *below, const char *sysfs, dev_t dev,
		 bool untold);
void below_free(struct below *below);

#endif /* FSW_BELOW_H */
