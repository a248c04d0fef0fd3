/* SPDX-License-Identifier: GPL-2.0-only */
/* What list, files and check with --known have in common. */
#ifndef FSW_KNOWN_OPTIONS_H
#define FSW_KNOWN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger.h"

struct known_options {
	const char *dir;
	char *below; /* names are relative to it, or NULL */
	bool exclude; /* files: the list is to leave them out */
	bool closed, json, quiet, noheadings;
	bool has_uuid;
	uint8_t uuid[FSERROR_UUID_LEN];
	int format; /* -1: not chosen */
};

/* -1 to go on with, or an exit code. @letters: those of the command */
int known_parse(int argc, char **argv, struct known_options *opt,
		const char *letters);

/* each loss of the ledger; an exit code */
int known_each(const struct known_options *opt,
	       int (*visit)(void *arg, const struct ledger_loss *loss),
	       void *arg);

/* is it of the filesystem that is chosen? */
bool known_chosen(const struct known_options *opt,
		  const struct ledger_loss *loss);

/*
 * Is it of no file, and may be of any? What stands for many files ends by an
 * acknowledgement only: then somebody has looked at it.
 */
static inline bool known_may_be_of_files(const struct ledger_loss *loss)
{
	return !loss->in_file && loss->state == LEDGER_OPEN &&
	       loss->kind != FSERROR_KIND_METADATA && !ledger_is_unowned(loss);
}

#endif /* FSW_KNOWN_OPTIONS_H */
