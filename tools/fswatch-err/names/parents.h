/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names by the parent pointers of XFS (mkfs.xfs -n parent=1): each inode knows
 * the directories that it is in, and its names there. No directory is read, and
 * a file that nobody has used since the mount is found as any other.
 */
#ifndef FSW_PARENTS_H
#define FSW_PARENTS_H

#include "walk.h"

/*
 * Add the names of @lookup that the mount @mp shows, whose root directory is
 * open as @root_fd. Each is added after the file of that name was seen to have
 * the record's handle. *@links is how many names the file has, also those that
 * the mount does not show.
 *
 * Returns 0, or a positive errno: ENOTTY or EOPNOTSUPP if the filesystem has no
 * parent pointers, ESTALE if the inode is gone, EAGAIN if the names changed all
 * the time; or -ENOMEM.
 */
int parents_find(struct lookup *lookup, const struct mount_point *mp,
		 int root_fd, uint64_t *links);

#endif /* FSW_PARENTS_H */
