/* SPDX-License-Identifier: GPL-2.0-only */
/* One walk through what a mount shows, in search of several inodes at once. */
#ifndef FSW_WALK_H
#define FSW_WALK_H

#include <stdbool.h>

#include "paths.h"
#include "string_list.h"

/* one inode that is searched for */
struct lookup {
	const struct fserror_record *rec;
	struct path_result *result;
	void *in_fs; /* tree, tsearch(3): where in the filesystem its names are */
	size_t *room; /* bytes that names of all lookups may still take */
	bool open; /* the file is there and has names */
	bool full; /* it has more, for which there was no room */
	bool told; /* the filesystem told all names: no directory has others */
	bool directory;
};

/* may this inode have names that are not known yet? */
bool lookup_wants(const struct lookup *lookup);

/*
 * Add the name @rel ("" for the mount's root), relative to the target of @mp,
 * unless it is there already through another mount. If there is no room the error of
 * the result is ENOBUFS, and no more names are wanted. Returns 0 or -ENOMEM.
 */
int lookup_add(struct lookup *lookup, const struct mount_point *mp,
	       const char *rel);
void lookup_free(struct lookup *lookup); /* but for its result */

/*
 * Open the root directory of @mp for reading. Returns a descriptor, or -1 and
 * errno; ENOENT if another mount covers it.
 */
int walk_open_root(const struct mount_point *mp);

/*
 * Open @path below the directory @root_fd ("" for itself), without leaving that
 * directory or its mount and without following any symbolic link: someone who
 * renames directories meanwhile cannot lead us astray. @flags are O_PATH, or
 * O_DIRECTORY for reading it. Returns a descriptor, or -1 and errno.
 */
int walk_open_beneath(int root_fd, const char *path, int flags);

/*
 * Search the @nr lookups, sorted by inode number, below the directory @from of
 * @mp, "": its root. What is not seen because something is mounted on it is added
 * to @hidden, as the place in the filesystem, "": its root. Returns 0 after
 * every directory was read or nothing is missing any more; a positive errno if
 * some directory could not be read, ENOBUFS if there are too many; -ENOMEM; or what the
 * tick returned.
 */
int walk_mount(const struct mount_point *mp, const char *from,
	       struct lookup *lookups, size_t nr,
	       const struct path_hooks *hooks, struct string_list *hidden);

#endif /* FSW_WALK_H */
