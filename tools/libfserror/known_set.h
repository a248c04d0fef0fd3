/* SPDX-License-Identifier: GPL-2.0-only */
/* The ranges of the devices of one mount that are known to be bad. */
#ifndef LIBFSERROR_KNOWN_SET_H
#define LIBFSERROR_KNOWN_SET_H

#include "libfserror_known.h"

struct known_piece {
	uint64_t dev; /* major << 32 | minor */
	uint64_t start, end; /* bytes; the end is behind the last one */
	uint32_t state, cause;
};

/* what a layer could not place: it is of all of the device */
struct known_unplaced {
	uint64_t dev, origin;
	uint64_t start, end;
	uint32_t state, cause;
	char layer[FSERROR_NAME_MAX];
};

/* both sorted; pieces do not overlap, and those that touch differ */
struct known_set {
	struct known_piece *pieces;
	size_t nr, room;
	struct known_unplaced *unplaced;
	size_t nr_unplaced, room_unplaced;
};

void known_set_free(struct known_set *set);

/* all return 0 or -ENOMEM; then nothing was changed */
int known_set_add(struct known_set *set, const struct fserror_range *range,
		  enum fserror_known_state state, uint32_t cause);
int known_set_remove(struct known_set *set, const struct fserror_range *range);
int known_unplaced_add(struct known_set *set, const struct fserror_record *rec,
		       enum fserror_known_state state);
int known_unplaced_remove(struct known_set *set,
			  const struct fserror_record *rec);

size_t known_set_count(const struct known_set *set);
/* as fserror_known_each() */
int known_set_each(const struct known_set *set, uint64_t instance,
		   int (*visit)(void *arg,
				const struct fserror_known_range *range),
		   void *arg);

#endif /* LIBFSERROR_KNOWN_SET_H */
