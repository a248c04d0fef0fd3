/* SPDX-License-Identifier: GPL-2.0-only */
/* What fswatch-err check says of the damage. */
#ifndef FSW_CHECK_H
#define FSW_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "damage.h"

struct check_counts {
	size_t files; /* inodes that lost data */
	uint64_t bytes; /* of these */
	size_t metadata, unresolved, other; /* ranges */
};

/* 0 or -ENOMEM */
int check_count(const struct damage *damage, struct check_counts *counts);
void check_text(FILE *out, const struct check_counts *counts);
/* 0 or -ENOMEM */
int check_json(FILE *out, const struct check_counts *counts, bool incomplete);

#endif /* FSW_CHECK_H */
