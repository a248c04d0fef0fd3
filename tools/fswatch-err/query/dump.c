// SPDX-License-Identifier: GPL-2.0-only
#include "dump.h"

#include <err.h>
#include <errno.h>
#include <string.h>

#include "cmd.h"
#include "mounts.h"
#include "wanted.h"

struct dump {
	struct wanted wanted;
	struct mounts *mounts;
	struct dump_state *state;
	int (*record)(void *arg, const struct fserror_record *rec);
	void *arg;
	uint64_t instance; /* whose list began and did not end */
	bool chosen; /* it may have something that is chosen */
	int stopped; /* what record returned, if not 0 */
};

/* may this filesystem have something that is chosen? */
static bool is_chosen(const struct dump *dump,
		      const struct fserror_dump_begin *begin)
{
	struct fserror_record rec = { .major = begin->major,
				      .minor = begin->minor };

	if (fserror_present(begin->present, FSERROR_A_DUMP_BEGIN_MAJOR))
		rec.present |= 1 << FSERROR_A_RECORD_MAJOR;
	if (fserror_present(begin->present, FSERROR_A_DUMP_BEGIN_MINOR))
		rec.present |= 1 << FSERROR_A_RECORD_MINOR;
	if (fserror_present(begin->present, FSERROR_A_DUMP_BEGIN_FSTYPE))
		rec.present |= 1 << FSERROR_A_RECORD_FSTYPE;
	if (fserror_present(begin->present, FSERROR_A_DUMP_BEGIN_UUID))
		rec.present |= 1 << FSERROR_A_RECORD_UUID;
	memcpy(rec.fstype, begin->fstype, sizeof(rec.fstype));
	memcpy(rec.uuid, begin->uuid, sizeof(rec.uuid));
	return wanted_filesystem(&dump->wanted, dump->mounts, &rec);
}

static int see_header(void *arg, const struct fserror_dump_header *header)
{
	struct dump *dump = arg;

	dump->state->as_of = header->as_of;
	return 0;
}

/* the list of a filesystem that began is at its end, or will not come to it */
static void leave(struct dump *dump, bool whole)
{
	if (dump->instance && dump->chosen && !whole)
		dump->state->cut++;
	dump->instance = 0;
}

static int see_begin(void *arg, const struct fserror_dump_begin *begin)
{
	struct dump *dump = arg;

	leave(dump, false);
	dump->instance = begin->instance;
	dump->chosen = is_chosen(dump, begin);
	return 0;
}

static int see_record(void *arg, const struct fserror_record *rec)
{
	struct dump *dump = arg;

	if (!wanted_record(&dump->wanted, rec))
		return 0;
	dump->state->records++;
	if (rec->flags & FSERROR_RECORD_FLAG_UNKNOWN)
		dump->state->unknown++;
	dump->stopped = dump->record(dump->arg, rec);
	return dump->stopped;
}

static int see_end(void *arg, const struct fserror_dump_end *end)
{
	struct dump *dump = arg;
	struct dump_state *state = dump->state;
	size_t i;

	if (!dump->instance || end->instance != dump->instance)
		return 0;
	/* what is not mounted any more has nothing more to say */
	if (fserror_present(end->present, FSERROR_A_DUMP_END_GONE)) {
		leave(dump, true);
		return 0;
	}
	if (dump->chosen) {
		state->pending += fserror_present(end->present,
						  FSERROR_A_DUMP_END_PENDING);
		state->busy +=
			fserror_present(end->present, FSERROR_A_DUMP_END_BUSY);
		for (i = 0; i < end->nr_devices; i++)
			state->silent +=
				fserror_present(end->devices[i].present,
						FSERROR_A_DEVICE_STATE_UNKNOWN);
	}
	leave(dump, fserror_present(end->present, FSERROR_A_DUMP_END_COMPLETE));
	return 0;
}

static int ask(struct dump *dump, struct fserror_client *client,
	       const struct fserror_fs_id *fs)
{
	static const struct fserror_damage_visitor visitor = {
		.header = see_header,
		.begin = see_begin,
		.record = see_record,
		.end = see_end,
	};
	int rc;

	*dump->state = (struct dump_state){ 0 };
	dump->instance = 0;
	rc = fserror_damage_each(client, fs, FSERROR_DAMAGE_OWNERS, &visitor,
				 dump);
	leave(dump, false);
	return rc;
}

int dump_each(struct fserror_client *client, struct select *select,
	      struct dump_state *state,
	      int (*record)(void *arg, const struct fserror_record *rec),
	      void *arg)
{
	struct dump dump = { .state = state, .record = record, .arg = arg };
	const struct fserror_fs_id *fs;
	int rc;

	rc = select_learn(select, client);
	if (rc) {
		if (rc != -EINTR && rc != -ENOMEM)
			cmd_failed(client, rc);
		return rc;
	}
	fs = select_filesystem(select);
	wanted_init(&dump.wanted, select);
	dump.mounts = mounts_load();
	if (!dump.mounts) {
		rc = -errno;
		warn("cannot look up mounts");
		return rc;
	}
	rc = ask(&dump, client, fs);
	if (rc == -ENODEV &&
	    fs) /* not mounted, or of a kind that cannot tell */
		rc = ask(&dump, client, NULL);
	mounts_free(dump.mounts);
	if (rc && rc != -EINTR && !dump.stopped)
		cmd_failed(client, rc);
	return rc;
}

bool dump_complete(const struct dump_state *state)
{
	return !state->cut && !state->pending && !state->busy &&
	       !state->silent && !state->unknown;
}

static const char *filesystems(size_t nr)
{
	return nr == 1 ? "filesystem" : "filesystems";
}

void dump_say_missing(const struct dump_state *state)
{
	if (state->cut)
		warnx("the damage of %zu %s was not listed to its end",
		      state->cut, filesystems(state->cut));
	if (state->pending)
		warnx("something changed on %zu %s that was not looked at yet: ask again in a while",
		      state->pending, filesystems(state->pending));
	if (state->busy)
		warnx("%zu %s stuck, frozen or busy: whose the damaged ranges are was not looked up",
		      state->busy,
		      state->busy == 1 ? "filesystem is" : "filesystems are");
	if (state->silent)
		warnx("%zu %s not say what is bad", state->silent,
		      state->silent == 1 ? "device did" : "devices did");
	if (state->unknown)
		warnx("of %zu %s it could not be found out whether it is bad",
		      state->unknown, state->unknown == 1 ? "range" : "ranges");
}
