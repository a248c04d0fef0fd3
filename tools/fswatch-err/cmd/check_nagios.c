// SPDX-License-Identifier: GPL-2.0-only
/* What check says to a program that runs plugins of Nagios. */
#include "check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "supervise.h"

enum nagios { NAGIOS_OK, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN };

static enum nagios state_of(const struct check_counts *counts,
			    const struct missing *missing)
{
	struct check_counts lost = *counts;

	/* a bad copy is to be replaced, but nothing is lost */
	lost.degraded = 0;
	if (check_damaged(&lost) || counts->shutdown)
		return NAGIOS_CRITICAL;
	if (counts->degraded || !missing_nothing(missing))
		return NAGIOS_WARNING;
	return NAGIOS_OK;
}

/* what is behind a bar is performance data */
static void put_plain(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc(*text == '|' || *text == '\n' ? ' ' : *text, out);
}

static void put_data(FILE *out, const struct check_counts *counts)
{
	fprintf(out,
		" | files=%" PRIu64 " bytes=%" PRIu64 "B metadata=%" PRIu64
		" unresolved=%" PRIu64 " unowned=%" PRIu64 " degraded=%" PRIu64
		" other=%" PRIu64 " unknown=%" PRIu64 " io_errors=%" PRIu64
		" unlisted=%" PRIu64 " shutdown=%" PRIu64 "\n",
		counts->inodes.nr, counts->bytes, counts->metadata,
		counts->unresolved, counts->unowned, counts->degraded,
		counts->other, counts->unknown, counts->io_errors,
		counts->unlisted, counts->shutdown);
}

int check_nagios(FILE *out, const struct check_counts *counts,
		 const struct missing *missing)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL" };
	const enum nagios state = state_of(counts, missing);

	fprintf(out, "FSERROR %s - ", words[state]);
	check_words(out, counts, !missing_nothing(missing));
	if (missing->proof.nr) {
		fputs(": ", out);
		put_plain(out, missing->proof.missing[0]);
	}
	put_data(out, counts);
	return state;
}

int check_nagios_failed(FILE *out, const char *why)
{
	fprintf(out, "FSERROR UNKNOWN - %s\n", why);
	return NAGIOS_UNKNOWN;
}

void check_nagios_supervise(void)
{
	supervise_instead(
		NAGIOS_UNKNOWN,
		"FSERROR UNKNOWN - ended while something still waits for a disk\n");
}
