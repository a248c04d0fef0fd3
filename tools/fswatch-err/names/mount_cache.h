/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mounts, read again only when the kernel says that they changed: for who needs
 * them for each event. One thread uses a cache, which begins as zeros.
 */
#ifndef FSW_MOUNT_CACHE_H
#define FSW_MOUNT_CACHE_H

#include <stdbool.h>

#include "mounts.h"

struct mount_cache {
	bool open;
	int fd; /* the kernel's table, to poll; only if open */
	struct mounts *mounts; /* NULL: not read yet */
};

/*
 * The present mounts, valid until the next call; NULL and errno if they cannot be read.
 * Those of another namespace are read each time.
 */
const struct mounts *mount_cache_get(struct mount_cache *cache);
void mount_cache_free(struct mount_cache *cache);

#endif /* FSW_MOUNT_CACHE_H */
