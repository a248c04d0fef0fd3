// SPDX-License-Identifier: GPL-2.0-only
/* Zeros, where there is no copy. */
#include "copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_zero(struct copy *copy, uint64_t offset, void *buf, size_t len)
{
	(void)copy;
	(void)offset;
	memset(buf, 0, len);
	return 0;
}

static void close_zero(struct copy *copy)
{
	free(copy);
}

struct copy *copy_open_zero(uint64_t size, char error[COPY_ERROR_MAX])
{
	struct copy *copy = calloc(1, sizeof(*copy));

	if (!copy) {
		snprintf(error, COPY_ERROR_MAX, "no memory");
		return NULL;
	}
	copy->size = size;
	copy->read = read_zero;
	copy->close = close_zero;
	return copy;
}
