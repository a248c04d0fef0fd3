/* SPDX-License-Identifier: GPL-2.0-only */
/* A search for names that does not take the disk from those who need it. */
#ifndef FSW_PACE_H
#define FSW_PACE_H

#include <stdint.h>

struct pace {
	int ioprio; /* what this thread had, -1: not known */
	uint64_t since; /* work without a pause, CLOCK_MONOTONIC, nanoseconds */
};

/* from here on this thread's reads come after those of others */
void pace_begin(struct pace *pace);
/* between two pieces of work: a pause, if it is time for one */
void pace_turn(struct pace *pace);
/* as before */
void pace_end(const struct pace *pace);

#endif /* FSW_PACE_H */
