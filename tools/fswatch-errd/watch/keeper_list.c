// SPDX-License-Identifier: GPL-2.0-only
/* Questions: what is damaged, what is mounted, what the files are called. */
#include "keeper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "lower.h"
#include "silent.h"

#define MAX_ASKED 4096 /* names that are looked for at a time */

void keeper_ask_name(struct keeper *keeper, const struct fserror_record *rec)
{
	uint64_t first;

	if (!keeper->resolver || !paths_possible(rec) ||
	    keeper->asked >= MAX_ASKED || ledger_has_name(keeper->ledger, rec))
		return;
	if (!resolver_ask(keeper->resolver, &rec, 1, &first))
		keeper->asked++;
}

static void take_answer(struct keeper *keeper, const struct answer *answer)
{
	const struct path_result *paths = answer->paths;

	if (paths->state == PATH_PENDING)
		return;
	keeper->asked -= answer->nr_asks < keeper->asked ? answer->nr_asks :
							   keeper->asked;
	/* that it could not be looked up now says nothing of later */
	if (paths->count)
		ledger_set_path(keeper->ledger, &answer->rec, paths->names[0]);
	else if (paths->state == PATH_UNLINKED)
		ledger_set_path(keeper->ledger, &answer->rec, NULL);
}

void keeper_take_names(struct keeper *keeper)
{
	struct answers *answers, *next;
	size_t i;

	if (!keeper->resolver || resolver_take(keeper->resolver, &answers) ||
	    !answers)
		return;
	/* if they cannot be written now, they are asked for with the next list */
	if (ledger_begin(keeper->ledger))
		keeper->asked = 0;
	for (; answers; answers = next) {
		next = answers->next;
		for (i = 0; i < answers->nr; i++)
			take_answer(keeper, answers->v[i]);
		answers_free(answers);
	}
	if (ledger_commit(keeper->ledger))
		ledger_rollback(keeper->ledger);
}

struct mounts_seen {
	struct counters *counters;
	uint64_t *v;
	size_t nr, room;
};

/* Do all of its devices, and the disks below them, say what of them is bad? */
static int find_can_tell(const struct fserror_filesystem *fs, bool *can_tell)
{
	struct string_list silent = { 0 };
	int err = silent_find(&silent, fs, LOWER_SYSFS);
	size_t i;

	*can_tell = !silent.nr;
	string_list_free(&silent);
	for (i = 0; i < fs->nr_devices; i++) {
		const uint32_t present = fs->devices[i].present;

		if (fserror_present(present, FSERROR_A_DEVICE_STATE_UNTOLD) ||
		    fserror_present(present, FSERROR_A_DEVICE_STATE_UNKNOWN))
			*can_tell = false;
	}
	return err;
}

static int see_filesystem(void *arg, const struct fserror_filesystem *fs)
{
	struct mounts_seen *seen = arg;
	struct counters *counters = seen->counters;
	struct counted_filesystem *counted;
	uint64_t *more;
	bool can_tell;
	size_t room;
	int err;

	if (seen->nr == seen->room) {
		room = seen->room ? seen->room * 2 : 32;
		more = reallocarray(seen->v, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		seen->v = more;
		seen->room = room;
	}
	seen->v[seen->nr++] = fs->instance;
	err = find_can_tell(fs, &can_tell);
	if (err)
		return err;
	pthread_mutex_lock(&counters->lock);
	counters->all_fs++;
	if (counters->nr_fs < COUNTERS_FILESYSTEMS) {
		counted = &counters->fs[counters->nr_fs++];
		counted->has_uuid =
			fserror_present(fs->present, FSERROR_A_FILESYSTEM_UUID);
		memcpy(counted->uuid, fs->uuid, sizeof(counted->uuid));
		memcpy(counted->fstype, fs->fstype, sizeof(counted->fstype));
		counted->can_resolve = fserror_present(
			fs->present, FSERROR_A_FILESYSTEM_CAN_RESOLVE);
		counted->can_tell = can_tell;
	}
	pthread_mutex_unlock(&counters->lock);
	return 0;
}

static int see_mounts(struct keeper *keeper, struct mounts_seen *seen)
{
	pthread_mutex_lock(&keeper->counters->lock);
	keeper->counters->nr_fs = 0;
	keeper->counters->all_fs = 0;
	pthread_mutex_unlock(&keeper->counters->lock);
	return fserror_filesystems_each(keeper->client, see_filesystem, seen);
}

/* the ledger's visitor, and names are asked for */

static int list_header(void *arg, const struct fserror_dump_header *header)
{
	struct keeper *keeper = arg;

	return ledger_level_visitor()->header(keeper->ledger, header);
}

static int list_begin(void *arg, const struct fserror_dump_begin *begin)
{
	struct keeper *keeper = arg;

	keeper->list_err = ledger_level_visitor()->begin(keeper->ledger, begin);
	return keeper->list_err;
}

static int list_record(void *arg, const struct fserror_record *rec)
{
	struct keeper *keeper = arg;
	keeper->list_err = ledger_level_visitor()->record(keeper->ledger, rec);
	if (!keeper->list_err)
		keeper_ask_name(keeper, rec);
	return keeper->list_err;
}

static int list_end(void *arg, const struct fserror_dump_end *end)
{
	struct keeper *keeper = arg;

	keeper->list_err = ledger_level_visitor()->end(keeper->ledger, end);
	return keeper->list_err;
}

/* the kernel does not answer; it is asked again, unless this is the end */
static int cannot_ask(struct keeper *keeper, const char *what, int err)
{
	if (err == -EINTR)
		return 1;
	syslog(LOG_WARNING, "cannot %s: %s", what,
	       fserror_client_error(keeper->client));
	return 1;
}

static int list(struct keeper *keeper, const struct mounts_seen *seen)
{
	static const struct fserror_damage_visitor visitor = {
		.header = list_header,
		.begin = list_begin,
		.record = list_record,
		.end = list_end,
	};
	uint64_t as_of = 0;
	int err, again = 0;

	err = ledger_begin(keeper->ledger);
	if (!err)
		err = ledger_level_begin(keeper->ledger, keeper->boot, seen->v,
					 seen->nr);
	if (err)
		goto rollback;
	keeper->list_err = 0;
	err = fserror_damage_each(keeper->client, NULL, FSERROR_DAMAGE_OWNERS,
				  &visitor, keeper);
	if (err && !keeper->list_err) {
		ledger_rollback(keeper->ledger);
		return cannot_ask(keeper, "list the damage", err);
	}
	if (err)
		goto rollback;
	again = ledger_level_end(keeper->ledger, &as_of);
	err = ledger_commit(keeper->ledger);
	if (err)
		goto rollback;
	if (as_of > keeper->as_of)
		keeper->as_of = as_of;
	if (!again)
		atomic_store(&keeper->counters->listed, counters_now());
	return again;

rollback:
	ledger_rollback(keeper->ledger);
	return err;
}

int keeper_list(struct keeper *keeper)
{
	struct mounts_seen seen = { .counters = keeper->counters };
	int rc = see_mounts(keeper, &seen);

	if (rc)
		rc = cannot_ask(keeper, "list the filesystems", rc);
	else
		rc = list(keeper, &seen);
	free(seen.v);
	return rc;
}
