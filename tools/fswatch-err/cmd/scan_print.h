/* SPDX-License-Identifier: GPL-2.0-only */
/* What fswatch-err scan prints, as text or as lines of JSON. */
#ifndef FSW_SCAN_PRINT_H
#define FSW_SCAN_PRINT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "json_writer.h"
#include "list.h"
#include "targets.h"
#include "view.h"

#define SCAN_UNREAD_MAX 100 /* ranges of a device that text has one by one */

struct scan_output {
	FILE *out;
	struct table_options *table; /* table->json: lines of JSON */
	struct list_output list;
	bool progress; /* on standard error, which is a terminal */
	uint64_t tell; /* nanoseconds: when to tell of the progress again */
	uint64_t before,
		before_read; /* and when it was told last, of how much */
	bool shown; /* a line of progress is on the terminal */
	unsigned int unread; /* ranges that were told of this device */
};

/* a device is going to be read, has been read, or that ended */
void scan_begin(struct scan_output *output, const struct target *target);
void scan_progress(struct scan_output *output, const struct target *target,
		   uint64_t now);
void scan_ended(struct scan_output *output, const struct target *target);

/* these bytes could not be read; @err is negative */
void scan_unread(struct scan_output *output, const struct target *target,
		 uint64_t pos, uint64_t len, int err);

/* --at: these bytes were read, or could not be */
void scan_place(struct scan_output *output, const struct target *target,
		uint64_t pos, uint64_t len);

/* for listing_run(): what is damaged; @arg is the output */
int scan_views(void *arg, const struct views *views);

/* all was printed. @incomplete: there may be more; @resume: where to go on, or NULL */
void scan_end(struct scan_output *output, const struct targets *targets,
	      bool incomplete, const char *resume);

#endif /* FSW_SCAN_PRINT_H */
