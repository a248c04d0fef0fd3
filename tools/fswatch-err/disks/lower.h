/* SPDX-License-Identifier: GPL-2.0-only */
/* From a block device to the disks below it, by what sysfs has. */
#ifndef FSW_LOWER_H
#define FSW_LOWER_H

#include <stdbool.h>
#include <sys/types.h>

#define LOWER_SYSFS "/sys"

/* a disk, or an array, or a volume */
struct lower {
	const char *dir; /* in sysfs */
	const char *name; /* "sda" */
	bool top; /* the walk began with it */
	bool lowest; /* nothing is below it */
};

/*
 * A walk. Set all but @seen, which has to be NULL; lower_end() when it is done. Each disk is
 * visited once, also of several lower_walk(): what is below it comes first. @visit returns
 * 0 to go on, or what lower_walk() is to return.
 */
struct lower_walk {
	const char *sysfs; /* LOWER_SYSFS, but for tests */
	int (*visit)(void *arg, const struct lower *lower);
	void *arg;
	void *seen; /* tree of tsearch(3): directories */
};

/*
 * Visit the disk that @dev is, or is a partition of, and all disks below it. What sysfs
 * does not have is not visited. 0, -ENOMEM, or what @visit returned.
 */
int lower_walk(struct lower_walk *walk, dev_t dev);
void lower_end(struct lower_walk *walk);

#endif /* FSW_LOWER_H */
