/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FSW_FILES_H
#define FSW_FILES_H

#include <stdbool.h>
#include <stdio.h>

#include "damaged.h"

/*
 * Print the names, and the files that have none, as one JSON document;
 * @incomplete: some may be missing. Returns 0 or -ENOMEM.
 */
int files_json(FILE *out, const struct damaged *damaged, bool incomplete);

#endif /* FSW_FILES_H */
