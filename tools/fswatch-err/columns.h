/* SPDX-License-Identifier: GPL-2.0-only */
/* Records as a table: which columns there are and how each is filled. */
#ifndef FSW_COLUMNS_H
#define FSW_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "view.h"

#define COLUMNS_MAX 64

struct columns {
	unsigned int ids[COLUMNS_MAX];
	size_t nr;
};

void columns_default(struct columns *columns);

/* a list of names with commas; -1 if one is not known, which has been said */
int columns_parse(struct columns *columns, const char *list);
void columns_help(FILE *out);

/* print the table; 0 or a negative errno */
int columns_print(FILE *out, const struct columns *columns, bool headings,
		  const struct views *views);

#endif /* FSW_COLUMNS_H */
