// SPDX-License-Identifier: GPL-2.0-only
#include "watched.h"

#include <stdlib.h>
#include <sys/sysmacros.h>

#include "messages.h"
#include "mounts.h"

static void send_one(struct peer *peer, uint32_t request, dev_t dev)
{
	struct nl_msg *msg =
		message_new(FSERROR_CMD_FS_GET, request, NLM_F_MULTI);

	message_put_uint(msg, FSERROR_A_FILESYSTEM_MAJOR, major(dev));
	message_put_uint(msg, FSERROR_A_FILESYSTEM_MINOR, minor(dev));
	peer_send(peer->req, msg);
}

void watched_send(struct peer *peer, uint32_t request)
{
	struct mounts *mounts = mounts_load();
	const struct mount_point *mp;
	size_t count, i;

	if (!mounts)
		abort();
	mp = mounts_all(mounts, &count);
	for (i = 0; i < count; i++) {
		if (major(mp[i].dev) && (!i || mp[i].dev != mp[i - 1].dev))
			send_one(peer, request, mp[i].dev);
	}
	send_one(peer, request, makedev(4095, 7));
	mounts_free(mounts);
	peer_send(peer->req, message_done(request, 0, 0));
}
