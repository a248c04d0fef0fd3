// SPDX-License-Identifier: GPL-2.0-only
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

#define FIRST 1000 /* milliseconds until the first line */
#define AGAIN 200

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void progress_begin(struct progress *progress, const char *where, bool wanted)
{
	progress->where = wanted && isatty(STDERR_FILENO) ? where : NULL;
	progress->next = now() + FIRST;
	progress->shown = false;
}

void progress_show(struct progress *progress, unsigned int entries,
		   size_t found, size_t wanted)
{
	char *where;

	if (!progress->where || now() < progress->next)
		return;
	where = text_escape(progress->where);
	fprintf(stderr,
		"\r\033[Ksearching %s for names: %u entries, names of %zu of %zu files found",
		where ? where : "", entries, found, wanted);
	fflush(stderr);
	free(where);
	progress->next = now() + AGAIN;
	progress->shown = true;
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
