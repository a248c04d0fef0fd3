/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How far a search for names is, as one line on standard error that is written
 * over: only if that is a terminal, and the search takes over a second.
 */
#ifndef FSW_PROGRESS_H
#define FSW_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	const char *where; /* NULL: tell nothing */
	uint64_t next; /* not before, CLOCK_MONOTONIC, milliseconds */
	bool shown;
};

/* a search in what is mounted on @where; nothing is told if not @wanted */
void progress_begin(struct progress *progress, const char *where, bool wanted);
void progress_show(struct progress *progress, unsigned int entries,
		   size_t found, size_t wanted);
/* remove the line */
void progress_end(struct progress *progress);

#endif /* FSW_PROGRESS_H */
