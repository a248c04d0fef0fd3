/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records into the files that they are about, sorted by name, in bounded memory:
 * sorter.h has the rest.
 */
#ifndef FSW_LOST_FILES_H
#define FSW_LOST_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "view.h"

struct lost_files {
	struct sorter *sorter;
	const char *dir;
	/* counted by lost_files_each() */
	size_t outside; /* names that are not below the directory */
	size_t unlinked; /* files that have no name any more */
};

/* a file by one of its names */
struct lost_file {
	const char *name; /* NULL: none is known */
	bool again; /* another file had the name when it was looked up */
	const char *path_state; /* NULL: no names were looked up */
	bool has_dev, has_uuid, has_generation, has_root;
	uint32_t major, minor, generation;
	uint64_t ino;
	uint64_t root; /* subvolume */
	uint8_t uuid[16];
};

/* each returns 0, or a negative errno, which ends it */
struct lost_files_visitor {
	int (*begin)(void *arg, const struct lost_file *file);
	/* a range of it; sorted, they do not touch; may be NULL */
	int (*range)(void *arg, uint64_t offset, uint64_t length);
	int (*end)(void *arg); /* may be NULL */
};

/*
 * With @dir, a path as realpath(3) gives it, names are relative to it, and those that
 * are not below it are only counted. Returns 0 or -ENOMEM.
 */
int lost_files_init(struct lost_files *files, const char *dir);
void lost_files_free(struct lost_files *files);

/* add what @view is about, if it is an inode; 0 or a negative errno */
int lost_files_add(struct lost_files *files, const struct view *view);

/*
 * All of them, once: first those that have names, sorted by bytes, then the others.
 * Returns 0 or a negative errno.
 */
int lost_files_each(struct lost_files *files,
		    const struct lost_files_visitor *visitor, void *arg);

#endif /* FSW_LOST_FILES_H */
