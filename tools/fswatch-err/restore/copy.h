/* SPDX-License-Identifier: GPL-2.0-only */
/* A good copy of a file, wherever it comes from. */
#ifndef FSW_COPY_H
#define FSW_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "ranges.h"

#define COPY_ERROR_MAX 512

struct copy {
	uint64_t size;
	struct timespec mtime; /* of the last modification, if it is known */
	bool has_mtime;
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

/*
 * The file @name below the directory @dirfd; @of is the file it is a copy of. No
 * symbolic link on the way is followed: whoever can write into the backup could
 * name any file by it.
 */
struct copy *copy_open_at(int dirfd, const char *name, const struct stat *of,
			  char error[COPY_ERROR_MAX]);

/* the same of the file that @found, of O_PATH, has open, and keeps */
struct copy *copy_open_found(int found, const struct stat *of,
			     char error[COPY_ERROR_MAX]);

/*
 * Whoever sees a copy go by, from its begin to its end. Returns 0 or a negative
 * errno, which ends it.
 */
struct copy_witness {
	int (*see)(void *arg, uint64_t offset, const char *buf, size_t len);
	void *arg;
};

/*
 * What "sh -c @command" prints when @path is its first argument and the value
 * of FSWATCH_ERR_PATH. All of it is read, and what is in the merged ranges
 * @wanted is kept. @witness may be NULL.
 */
struct copy *copy_open_command(const char *command, const char *path,
			       const struct ranges *wanted,
			       const struct copy_witness *witness,
			       char error[COPY_ERROR_MAX]);

/* no copy: zeros, as many as the file has bytes */
struct copy *copy_open_zero(uint64_t size, char error[COPY_ERROR_MAX]);

void copy_close(struct copy *copy);

#endif /* FSW_COPY_H */
