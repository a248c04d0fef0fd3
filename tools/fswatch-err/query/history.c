// SPDX-License-Identifier: GPL-2.0-only
#include "history.h"

#include <stdbool.h>
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

static bool is_unlisted(const struct fserror_record *rec)
{
	return rec->kind == FSERROR_KIND_DATA_LOST &&
	       !fserror_has(rec, FSERROR_A_RECORD_DEVICE);
}

int history_add(void *arg, const struct fserror_record *rec)
{
	const bool unlisted = is_unlisted(rec);
	struct history *history = arg;
	size_t i;

	if (!unlisted && fserror_kind_group(rec->kind) != FSERROR_GROUP_IO)
		return 0;
	if (is_now(history->list, rec))
		return 0;
	for (i = 0; i < history->list->nr; i++) {
		if (!is_before(&history->list->v[i], rec))
			continue;
		if (unlisted)
			history->unlisted++;
		else
			history->errors += rec->repeat ? rec->repeat : 1;
		break;
	}
	return 0;
}

static int see_gone(void *arg, uint64_t first, uint64_t last)
{
	struct history *history = arg;

	history->gone += last - first + 1;
	return 0;
}

/* Most of these are mounts, and what the list has: that some are gone says nothing. */
static int see_old(void *arg, uint64_t first, uint64_t last)
{
	(void)arg;
	(void)first;
	(void)last;
	return 0;
}

int history_load(struct history *history, struct fserror_client *client,
		 const struct filesystems *list)
{
	static const struct fserror_events_visitor io = {
		.lost = see_gone,
		.record = history_add,
	};
	static const struct fserror_events_visitor damage = {
		.lost = see_old,
		.record = history_add,
	};
	struct fserror_position position = { .group = FSERROR_GROUP_IO };
	int err;

	*history = (struct history){ .list = list };
	err = fserror_events_each(client, &position, &io, history);
	if (err)
		return err;
	position = (struct fserror_position){ .group = FSERROR_GROUP_DAMAGE };
	return fserror_events_each(client, &position, &damage, history);
}
