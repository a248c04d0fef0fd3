// SPDX-License-Identifier: GPL-2.0-only
#include "history.h"

#include <string.h>

/* is @rec of an earlier mount of @fs? What was made anew has another UUID. */
static bool is_before(const struct fserror_filesystem *fs,
		      const struct fserror_record *rec)
{
	return fserror_has(rec, FSERROR_A_RECORD_INSTANCE) &&
	       fserror_has(rec, FSERROR_A_RECORD_UUID) && FS_HAS(fs, UUID) &&
	       !memcmp(fs->uuid, rec->uuid, FSERROR_UUID_LEN);
}

/* what is mounted now is counted by itself */
static bool is_now(const struct filesystems *list,
		   const struct fserror_record *rec)
{
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (FS_HAS(&list->v[i], INSTANCE) &&
		    list->v[i].instance == rec->instance)
			return true;
	}
	return false;
}

int history_add(void *arg, const struct fserror_record *rec)
{
	struct history *history = arg;
	size_t i;

	if (is_now(history->list, rec))
		return 0;
	for (i = 0; i < history->list->nr; i++) {
		if (!is_before(&history->list->v[i], rec))
			continue;
		history->errors += rec->repeat ? rec->repeat : 1;
		break;
	}
	return 0;
}

static int see_lost(void *arg, uint64_t first, uint64_t last)
{
	struct history *history = arg;

	history->gone += last - first + 1;
	return 0;
}

int history_load(struct history *history, struct fserror_client *client,
		 const struct filesystems *list)
{
	static const struct fserror_events_visitor visitor = {
		.lost = see_lost,
		.record = history_add,
	};
	const struct fserror_position position = { .group = FSERROR_GROUP_IO };

	*history = (struct history){ .list = list };
	return fserror_events_each(client, &position, &visitor, history);
}
