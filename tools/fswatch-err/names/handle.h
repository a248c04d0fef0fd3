/* SPDX-License-Identifier: GPL-2.0-only */
/* File handles: is the file of this name the file of that record? */
#ifndef FSW_HANDLE_H
#define FSW_HANDLE_H

#include <stdbool.h>

#include <libfserror.h>

/*
 * Does @name, relative to the directory @dirfd, have the file handle of @rec? If
 * @name is "", @dirfd is the file itself.
 * The handle has the generation in it, so a file that has the inode's number
 * but came later does not. Symbolic links are not followed; "" is @dirfd itself.
 * *@mount_id is the mount on which @name is. Sets errno, to 0 if the file is
 * another one.
 */
bool handle_matches(const struct fserror_record *rec, int dirfd,
		    const char *name, int *mount_id);

/* the same for the absolute path @name in the namespace that is looked into */
bool handle_is_named(const struct fserror_record *rec, const char *name,
		     int *mount_id);

/*
 * Open the file of @rec without access to its data (O_PATH); @mount_fd is any
 * directory on its filesystem. Returns a descriptor, or -1 and errno.
 */
int handle_open(const struct fserror_record *rec, int mount_fd);

#endif /* FSW_HANDLE_H */
