/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FSW_LIST_H
#define FSW_LIST_H

#include <stdbool.h>
#include <stdio.h>

#include "view.h"

/* print the list as one JSON document; @incomplete: it may lack some; 0 or -ENOMEM */
int list_json(FILE *out, const struct views *views, bool incomplete);

#endif /* FSW_LIST_H */
