/* SPDX-License-Identifier: GPL-2.0-only */
/* With --at: of what is damaged only what is at that place of the disk. */
#ifndef FSW_SCAN_ONLY_H
#define FSW_SCAN_ONLY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "view.h"

struct scan_only {
	int (*views)(void *arg, const struct views *views);
	void *arg;
	bool wanted; /* else all is */
	dev_t disk;
	uint64_t pos, len; /* bytes of the disk */
};

/* @pos and @len of block device @dev, which may be a partition */
void scan_only_at(struct scan_only *only, dev_t dev, uint64_t pos,
		  uint64_t len);

/*
 * Give what is there, and what may be, to views(); for listing_run(), with the struct
 * as @arg. What is told to come from another disk may have come through this one.
 */
int scan_only_views(void *arg, const struct views *views);

#endif /* FSW_SCAN_ONLY_H */
