/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sorts more than is to be kept in memory: what does not fit goes sorted into a file
 * without a name, in $TMPDIR or /tmp, and is merged in the end. Entries are bytes.
 */
#ifndef FSW_SORTER_H
#define FSW_SORTER_H

#include <stdbool.h>
#include <stddef.h>

#define SORTER_MEMORY \
	(2 * 1024 * 1024) /* bytes of entries, before a file is needed */

struct sorter;

/* of two entries: an order of all that differ */
typedef int sorter_compare(const void *a, size_t len_a, const void *b,
			   size_t len_b);

/* NULL if there is no memory; @memory as SORTER_MEMORY */
struct sorter *sorter_new(sorter_compare *compare, size_t memory);
void sorter_free(struct sorter *sorter);

/* add a copy of @len bytes; 0 or a negative errno: of the file, or -ENOMEM */
int sorter_add(struct sorter *sorter, const void *data, size_t len);

/* nothing more is added; 0 or a negative errno */
int sorter_finish(struct sorter *sorter);

/*
 * The next entry, aligned as malloc(3) does, valid until the next call. Returns 1, 0 at
 * the end, or a negative errno.
 */
int sorter_next(struct sorter *sorter, const void **data, size_t *len);

/* the same, but the next call gives it once more */
int sorter_peek(struct sorter *sorter, const void **data, size_t *len);

/*
 * Where sorter_next() goes on, to come back to: sorter_reset() does, any number of times.
 * A mark is for free(3). 0 or a negative errno.
 */
struct sorter_mark;

int sorter_set_mark(struct sorter *sorter, struct sorter_mark **mark);
int sorter_reset(struct sorter *sorter, const struct sorter_mark *mark);

#endif /* FSW_SORTER_H */
