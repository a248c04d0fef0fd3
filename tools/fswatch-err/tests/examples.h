/* SPDX-License-Identifier: GPL-2.0-only */
/* Records, an example of everything that can be told. */
#ifndef FSW_TEST_EXAMPLES_H
#define FSW_TEST_EXAMPLES_H

#include <stdbool.h>
#include <stddef.h>

#include <libfserror.h>

#define EXAMPLES_MAX 32
#define EXAMPLES_PATHS \
	8 /* the first are files, each with another result of paths */

/* fill @recs, with numbers from 41 on and times if @live; returns how many */
size_t examples_make(struct fserror_record *recs, bool live);

#endif /* FSW_TEST_EXAMPLES_H */
