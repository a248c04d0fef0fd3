/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FSW_FILES_H
#define FSW_FILES_H

#include <stdbool.h>
#include <stdio.h>

#include "lost_files.h"

/*
 * Print the names, and the files that have none, as one JSON document;
 * @incomplete: some may be missing. Returns 0 or a negative errno.
 */
int files_json(FILE *out, struct lost_files *files, bool incomplete);

#endif /* FSW_FILES_H */
