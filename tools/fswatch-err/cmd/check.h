/* SPDX-License-Identifier: GPL-2.0-only */
/* What fswatch-err check says of the damage. */
#ifndef FSW_CHECK_H
#define FSW_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <libfserror.h>

#include "inodes.h"
#include "missing.h"

struct check_counts {
	struct inodes inodes; /* that lost data */
	uint64_t bytes; /* of these */
	uint64_t metadata, unresolved, unowned, degraded, other; /* ranges */
	uint64_t unknown; /* ranges that may be bad or not */
	uint64_t io_errors; /* reads and writes that failed */
	uint64_t unlisted; /* losses that are in no list of damage */
	uint64_t shutdown; /* filesystems that shut themselves down */
};

/* count one record; 0 or a negative errno, as sorter.h has it */
int check_add(struct check_counts *counts, const struct fserror_record *rec);
/* all were counted: only now the files are each counted once */
int check_finish(struct check_counts *counts);
void check_free(struct check_counts *counts);
/* is anything known to be damaged? */
bool check_damaged(const struct check_counts *counts);
/* in words, without and with a newline */
void check_words(FILE *out, const struct check_counts *counts, bool incomplete);
void check_text(FILE *out, const struct check_counts *counts, bool incomplete);
void check_json(FILE *out, const struct check_counts *counts, bool incomplete);

/*
 * One line for Nagios, Icinga and what else runs such plugins: state, words and
 * performance data. Returns the exit code that they want: 0 OK, 1 WARNING, 2 CRITICAL.
 */
int check_nagios(FILE *out, const struct check_counts *counts,
		 const struct missing *missing);
/* the same if nothing could be asked, 3: UNKNOWN */
int check_nagios_failed(FILE *out, const char *why);
/* that is also to be said if this process waits for a disk, and has to be ended */
void check_nagios_supervise(void);

#endif /* FSW_CHECK_H */
