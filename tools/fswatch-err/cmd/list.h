/* SPDX-License-Identifier: GPL-2.0-only */
/* How a list is printed, batch by batch. */
#ifndef FSW_LIST_H
#define FSW_LIST_H

#include <stdbool.h>
#include <stdio.h>

#include "columns.h"
#include "json_writer.h"
#include "view.h"

struct list_output {
	struct table_options *table;
	FILE *out;
	/* set by what follows */
	struct json json;
	bool begun;
	bool any; /* something was printed */
};

/* for listing_run(): @arg is the output; 0 or a negative errno */
int list_views(void *arg, const struct views *views);
/* @incomplete: the list may lack some */
void list_end(struct list_output *list, bool incomplete);

#endif /* FSW_LIST_H */
