/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stretches of bytes, sorted, none of which touch. There are at most SPANS_MAX: one more,
 * and the two that are nearest to each other become one, with what is between them.
 */
#ifndef FSW_SPANS_H
#define FSW_SPANS_H

#include <stddef.h>
#include <stdint.h>

#define SPANS_MAX 1024

struct span {
	uint64_t pos, len; /* bytes */
};

struct spans {
	struct span v[SPANS_MAX + 1];
	size_t nr;
};

/* @len is above 0, and @pos + @len is below 2^64 */
void spans_add(struct spans *spans, uint64_t pos, uint64_t len);

/* bytes in all of them */
uint64_t spans_bytes(const struct spans *spans);

#endif /* FSW_SPANS_H */
