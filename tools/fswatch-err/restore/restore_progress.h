/* SPDX-License-Identifier: GPL-2.0-only */
/* A line on a terminal that says how far it is, if that takes its time. */
#ifndef FSW_RESTORE_PROGRESS_H
#define FSW_RESTORE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct restore_progress {
	bool terminal, shown;
	uint64_t start, last; /* CLOCK_MONOTONIC, ms */
	size_t file, files;
	uint64_t written; /* bytes, of all files */
};

void restore_progress_begin(struct restore_progress *progress, size_t files);
void restore_progress_written(struct restore_progress *progress,
			      uint64_t bytes);
/* a command has printed @bytes of a copy; for copy_open_command() */
void restore_progress_copy(void *progress, uint64_t bytes);

/* take the line away, before something else is printed */
void restore_progress_clear(struct restore_progress *progress);

#endif /* FSW_RESTORE_PROGRESS_H */
