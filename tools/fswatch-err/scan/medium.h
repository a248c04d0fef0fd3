/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Something that can be read and may be bad: a disk, but for tests. Positions and
 * lengths are in bytes, and multiples of the block. Each function may wait for the disk.
 */
#ifndef FSW_MEDIUM_H
#define FSW_MEDIUM_H

#include <stdbool.h>
#include <stdint.h>

#include "spans.h"

#define MEDIUM_PIECE (1024 * 1024) /* bytes of one read at most */

struct medium {
	uint64_t size;
	uint32_t block; /* bytes; a power of 2, up to MEDIUM_PIECE */
	/* find what is to be read next from @pos on: 1, 0 if there is nothing more */
	int (*next)(struct medium *medium, uint64_t pos, struct span *run);
	/* read; @last: it will not be read in smaller pieces. 0 or a negative errno */
	int (*read)(struct medium *medium, uint64_t pos, uint64_t len,
		    bool last);
};

#endif /* FSW_MEDIUM_H */
