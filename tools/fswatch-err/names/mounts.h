/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mounts of this process's mount namespace, or of the one that --namespace
 * names, by device number.
 */
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
	const char *fstype, *options; /* of the filesystem; NULL: not known */
};

struct mounts; /* the table */

/*
 * Read the present state; NULL and errno if that fails. mounts_load_own(): of
 * this process's namespace in any case.
 */
struct mounts *mounts_load(void);
struct mounts *mounts_load_own(void);
void mounts_free(struct mounts *mounts);

/*
 * The mounts of one device; those that show most of the filesystem come first.
 * *@count is 0 if it is not mounted here.
 */
const struct mount_point *mounts_of(const struct mounts *mounts, dev_t dev,
				    size_t *count);

/* is @id a mount of @dev? */
bool mounts_match(const struct mounts *mounts, int id, dev_t dev);

/* all of them, *@count, in the same order */
const struct mount_point *mounts_all(const struct mounts *mounts,
				     size_t *count);

/*
 * The mount on which descriptor @fd is. As long as @fd is open no other mount gets
 * the same number, so @mounts must have been read since. NULL if there is none.
 */
const struct mount_point *mounts_of_fd(const struct mounts *mounts, int fd);

/* the first mount from @source, or NULL */
const struct mount_point *mounts_from(const struct mounts *mounts,
				      const char *source);

#endif /* FSW_MOUNTS_H */
