/* SPDX-License-Identifier: GPL-2.0-only */
/* What fswatch-err restore was asked to do. */
#ifndef FSW_RESTORE_OPTIONS_H
#define FSW_RESTORE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "restore_run.h"
#include "select.h"

struct restore_options {
	struct select select;
	struct restore_how how;
	bool json;
	bool known; /* also what only the ledger has */
	const char *ledger; /* directory, NULL: where it usually is */
	char **files;
	size_t nr_files;
};

/* -1 to go on with, or an exit code */
int restore_options_parse(int argc, char **argv, struct restore_options *opt);

#endif /* FSW_RESTORE_OPTIONS_H */
