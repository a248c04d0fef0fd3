/* SPDX-License-Identifier: GPL-2.0-only */
/* So many bytes in a second, and not more. */
#ifndef FSW_RATE_H
#define FSW_RATE_H

#include <stdint.h>

/* what a read counts at least: a disk can do only so many, however small they are */
#define RATE_LEAST (64 * 1024)

struct rate {
	uint64_t per_second; /* bytes; 0: as fast as it goes */
	uint64_t next; /* when the next read may be, nanoseconds */
};

/*
 * @bytes are read now, at @now nanoseconds. Returns how many nanoseconds to wait before
 * the next read. What was not used is not saved up.
 */
uint64_t rate_take(struct rate *rate, uint64_t bytes, uint64_t now);

#endif /* FSW_RATE_H */
