/* SPDX-License-Identifier: GPL-2.0-only */
/* The mounts of this process's mount namespace, by device number. */
#ifndef FSW_MOUNTS_H
#define FSW_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* one mount; the strings belong to the table */
struct mount_point {
	dev_t dev; /* of the superblock, as the kernel's records have it */
	int id; /* as name_to_handle_at(2) and statx(2) give it */
	const char *root; /* what of the filesystem is mounted, "/": all */
	const char *target;
	const char *source; /* NULL if there is none */
};

struct mounts; /* the table */

/* read the present state; NULL and errno if that fails */
struct mounts *mounts_load(void);
void mounts_free(struct mounts *mounts);

/*
 * The mounts of one device; those that show most of the filesystem come first.
 * *@count is 0 if it is not mounted here.
 */
const struct mount_point *mounts_of(const struct mounts *mounts, dev_t dev,
				    size_t *count);

/* is @id a mount of @dev? */
bool mounts_match(const struct mounts *mounts, int id, dev_t dev);

/*
 * The mount that is on top at the absolute path @path; the one from @source; the
 * one that holds what is at the absolute path @path. NULL if there is none.
 */
const struct mount_point *mounts_at(const struct mounts *mounts,
				    const char *path);
const struct mount_point *mounts_from(const struct mounts *mounts,
				      const char *source);
const struct mount_point *mounts_holding(const struct mounts *mounts,
					 const char *path);

/* is there a mount point below the absolute path @path ("" is the root)? */
bool mounts_below(const struct mounts *mounts, const char *path);

#endif /* FSW_MOUNTS_H */
