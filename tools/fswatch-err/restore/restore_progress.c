// SPDX-License-Identifier: GPL-2.0-only
#include "restore_progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 1000
#define INTERVAL_MS 200
#define MIB (1U << 20)

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000) + now.tv_nsec / 1000000;
}

/* is it time for a line? */
static bool due(struct restore_progress *progress)
{
	uint64_t now;

	if (!progress->terminal)
		return false;
	now = now_ms();
	if (now - progress->start < PATIENCE_MS ||
	    now - progress->last < INTERVAL_MS)
		return false;
	progress->last = now;
	progress->shown = true;
	return true;
}

void restore_progress_begin(struct restore_progress *progress, size_t files)
{
	*progress = (struct restore_progress){
		.terminal = isatty(STDERR_FILENO),
		.start = now_ms(),
		.files = files,
	};
}

void restore_progress_written(struct restore_progress *progress, uint64_t bytes)
{
	progress->written += bytes;
	if (due(progress))
		fprintf(stderr,
			"\rfile %zu of %zu, %" PRIu64 " MiB written\033[K",
			progress->file, progress->files,
			progress->written / MIB);
}

void restore_progress_copy(void *arg, uint64_t bytes)
{
	struct restore_progress *progress = arg;

	if (due(progress))
		fprintf(stderr,
			"\rfile %zu of %zu, %" PRIu64
			" MiB of its copy read\033[K",
			progress->file, progress->files, bytes / MIB);
}

void restore_progress_clear(struct restore_progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
