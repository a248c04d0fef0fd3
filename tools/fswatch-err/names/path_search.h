/* SPDX-License-Identifier: GPL-2.0-only */
/* A search through all mounts of one filesystem, that reads no directory twice. */
#ifndef FSW_SEARCH_H
#define FSW_SEARCH_H

#include "walk.h"

/* for the @nr lookups, sorted by inode number, all of one device; 0 or -ENOMEM */
int search_filesystem(const struct mounts *mounts, struct lookup *lookups,
		      size_t nr, const struct path_hooks *hooks);

#endif /* FSW_SEARCH_H */
