/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Output that never blocks the program: before each piece that a pipe takes
 * without blocking, the owner waits for the descriptor, and serves others
 * meanwhile.
 */
#ifndef FSW_OUTPUT_H
#define FSW_OUTPUT_H

#include <stddef.h>

struct output {
	int fd;
	/* wait until @fd can be written: 0, or what output_write() returns */
	int (*wait)(void *arg, int fd);
	void *arg;
};

/* write all @len bytes: 0, a negative errno, or what wait returned */
int output_write(const struct output *out, const char *data, size_t len);

#endif /* FSW_OUTPUT_H */
