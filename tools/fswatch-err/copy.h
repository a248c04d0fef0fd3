/* SPDX-License-Identifier: GPL-2.0-only */
/* A good copy of a file, wherever it comes from. */
#ifndef FSW_COPY_H
#define FSW_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "ranges.h"

#define COPY_ERROR_MAX 512

struct copy {
	uint64_t size;
	/*
	 * All of the @len bytes from @offset on, which end at @size or before.
	 * 0 or a negative errno; -ENODATA if the copy has become shorter.
	 */
	int (*read)(struct copy *copy, uint64_t offset, void *buf, size_t len);
	void (*close)(struct copy *copy);
};

/*
 * All that open a copy return NULL if there is none, or none that can be
 * trusted, with the reason in @error.
 */

/* the file @name below the directory @dirfd; @of is the file it is a copy of */
struct copy *copy_open_at(int dirfd, const char *name, const struct stat *of,
			  char error[COPY_ERROR_MAX]);

/*
 * What "sh -c @command" prints when @path is its first argument and the value
 * of FSWATCH_ERR_PATH. All of it is read, and what is in the merged ranges
 * @wanted is kept. @tick, if not NULL, is called from time to time with @arg and
 * the number of bytes that were read.
 */
struct copy *copy_open_command(const char *command, const char *path,
			       const struct ranges *wanted,
			       void (*tick)(void *arg, uint64_t bytes),
			       void *arg, char error[COPY_ERROR_MAX]);

void copy_close(struct copy *copy);

#endif /* FSW_COPY_H */
