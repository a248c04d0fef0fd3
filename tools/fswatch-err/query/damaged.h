/* SPDX-License-Identifier: GPL-2.0-only */
/* Records grouped into the files that they are about, and the files' names. */
#ifndef FSW_DAMAGED_H
#define FSW_DAMAGED_H

#include <stddef.h>
#include <stdint.h>

#include "view.h"

struct damaged_range {
	uint64_t offset, length;
};

struct damaged_file {
	const struct view *view; /* one of its records */
	struct damaged_range *ranges; /* sorted, they do not touch */
	size_t nr_ranges;
};

struct damaged_name {
	const char *name;
	const struct damaged_file *file;
};

struct damaged {
	struct damaged_file *files; /* each inode once */
	size_t nr_files;
	struct damaged_name *names; /* sorted by bytes, each once */
	size_t nr_names;
	size_t outside; /* names that are not below the directory */
	size_t unlinked; /* files that have no name any more */
};

/*
 * Group @views, which must stay as long as the result. With @dir, a path as
 * realpath(3) gives it, names are relative to it, and those that are not below
 * it are only counted. Returns 0 or -ENOMEM; then there is nothing to free.
 */
int damaged_make(struct damaged *damaged, const struct views *views,
		 const char *dir);
void damaged_free(struct damaged *damaged);

#endif /* FSW_DAMAGED_H */
