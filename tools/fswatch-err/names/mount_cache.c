// SPDX-License-Identifier: GPL-2.0-only
#include "mount_cache.h"

#include <poll.h>
#include <stddef.h>
#include <unistd.h>

#include "namespace.h"
#include "proc.h"

/* since the descriptor was opened, or was asked last? Also if that is not known. */
static bool changed(const struct mount_cache *cache)
{
	struct pollfd pfd = { .fd = cache->fd, .events = POLLPRI };

	return !namespace_is_own() || poll(&pfd, 1, 0) < 0 || pfd.revents;
}

const struct mounts *mount_cache_get(struct mount_cache *cache)
{
	/* before they are read: what changes after that is seen */
	if (!cache->open) {
		cache->fd = proc_open("self/mountinfo");
		cache->open = cache->fd >= 0;
	} else if (cache->mounts && !changed(cache)) {
		return cache->mounts;
	}
	mounts_free(cache->mounts);
	cache->mounts = mounts_load();
	return cache->mounts;
}

void mount_cache_free(struct mount_cache *cache)
{
	mounts_free(cache->mounts);
	if (cache->open)
		close(cache->fd);
	*cache = (struct mount_cache){ .open = false };
}
