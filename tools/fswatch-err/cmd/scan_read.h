/* SPDX-License-Identifier: GPL-2.0-only */
/* Read what is chosen, device by device, and tell of it. */
#ifndef FSW_SCAN_READ_H
#define FSW_SCAN_READ_H

#include "rate.h"
#include "resume.h"
#include "scan_print.h"
#include "targets.h"
#include "wakeup.h"

struct scan_read {
	struct targets *targets;
	struct resume *resume;
	struct scan_output *output;
	const struct wakeup *wakeup;
	struct rate rate;
	unsigned int patience; /* seconds for one read */
	bool failed; /* how far it is could not be written down; it has been said */

	/* for scan_read.c */
	struct target *target;
	uint64_t saved; /* when, nanoseconds */
};

/* until all is read, or the wakeup tells that it shall end */
void scan_read_all(struct scan_read *scan);

/*
 * Only these blocks of the only target, as it counts them. Returns false after saying
 * that there are none such.
 */
bool scan_read_blocks(struct scan_read *scan, uint64_t block, uint64_t nr);

#endif /* FSW_SCAN_READ_H */
