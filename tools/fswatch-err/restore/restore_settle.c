// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel says a moment later that something is good again: it gathers such
 * changes, and looks at a filesystem at most ten times a second. So there is a wait
 * before the question what is to be restored, and one before the answer whether it was.
 */
#include "restore.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/sysmacros.h>

#include "cmd.h"
#include "dump.h"
#include "restore_entry.h"
#include "walk.h"

#define TICK_MS 100 /* between two questions */
#define MOMENT_MS 500 /* until a change is at least said to be pending */
#define PATIENCE_MS 3000

static void sleep_ms(unsigned int ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000) + now.tv_nsec / 1000000;
}

int restore_wait(int (*ask)(void *arg), void *arg, unsigned int ms)
{
	const uint64_t end = now_ms() + ms;
	int rc;

	for (;;) {
		rc = ask(arg);
		if (rc <= 0 || now_ms() >= end)
			return rc;
		sleep_ms(TICK_MS);
	}
}

static void sync_mount(const struct mounts *mounts, dev_t dev)
{
	const struct mount_point *mp;
	size_t count, i;
	int fd = -1;

	mp = mounts_of(mounts, dev, &count);
	for (i = 0; i < count && fd < 0; i++)
		fd = walk_open_root(&mp[i]);
	if (fd < 0)
		return; /* its files cannot be reached either */
	if (syncfs(fd))
		warn("cannot write out '%s'", mp[i - 1].target);
	close(fd);
}

struct question {
	struct fserror_client *client;
	struct select *select;
	struct mounts *mounts;
	dev_t last;
	bool any;
};

/* one filesystem's records come one after the other */
static int sync_one(void *arg, const struct fserror_record *rec)
{
	struct question *q = arg;
	const dev_t dev = makedev(rec->major, rec->minor);

	if (!q->any || dev != q->last)
		sync_mount(q->mounts, dev);
	q->last = dev;
	q->any = true;
	return 0;
}

static int skip_one(void *arg, const struct fserror_record *rec)
{
	(void)arg;
	(void)rec;
	return 0;
}

static int is_pending(void *arg)
{
	const struct question *q = arg;
	struct dump_state state;
	int err = dump_each(q->client, q->select, &state, skip_one, NULL);

	return err ? err : !!state.pending;
}

int restore_sync(struct fserror_client *client, struct select *select)
{
	struct question q = { .client = client,
			      .select = select,
			      .mounts = mounts_load() };
	struct dump_state state;
	int rc;

	if (!q.mounts) {
		warn("cannot read the mounts");
		return CMD_ERROR;
	}
	rc = dump_each(client, select, &state, sync_one, &q);
	mounts_free(q.mounts);
	if (!rc && q.any) {
		sleep_ms(MOMENT_MS);
		/* if it does not end, what is loaded then says so */
		rc = restore_wait(is_pending, &q, PATIENCE_MS);
	}
	return rc < 0 ? CMD_ERROR : CMD_OK;
}

/* what is listed now, beside what was written; each can be read again */
struct verdict {
	struct fserror_client *client;
	struct select *select;
	struct restore_written *written;
	struct sorter_mark *now_begin;
	struct sorter *now;
	struct dump_state state; /* how far that is to be trusted */
	bool any;
	int (*listed)(void *arg, const struct fserror_record *rec);
	void *arg;
};

/* what can be read, and of which the kernel does not know what it is: we do */
static int keep_one(void *arg, const struct fserror_record *rec)
{
	const struct verdict *verdict = arg;

	if (!restore_is_data(rec) ||
	    rec->flags & FSERROR_RECORD_FLAG_CONTENT_UNKNOWN)
		return 0;
	return restore_entry_add(verdict->now, rec, NULL);
}

static void forget_now(struct verdict *verdict)
{
	sorter_free(verdict->now);
	free(verdict->now_begin);
	verdict->now = NULL;
	verdict->now_begin = NULL;
}

/* one is enough to ask again */
static int see_one(void *arg, const struct fserror_record *rec)
{
	(void)rec;
	*(bool *)arg = true;
	return 1;
}

static int look_again(struct verdict *verdict)
{
	int err =
		sorter_reset(verdict->written->sorter, verdict->written->begin);

	return err ? err : sorter_reset(verdict->now, verdict->now_begin);
}

/* may it be bad without being listed as bytes of a file? */
static bool is_unsure(const struct dump_state *state)
{
	return state->pending || state->busy || state->cut;
}

static int is_listed(void *arg)
{
	struct verdict *verdict = arg;
	int err;

	forget_now(verdict);
	verdict->any = false;
	verdict->now = restore_entries_new();
	if (!verdict->now)
		return -ENOMEM;
	err = dump_each(verdict->client, verdict->select, &verdict->state,
			keep_one, verdict);
	if (!err)
		err = sorter_finish(verdict->now);
	if (!err)
		err = sorter_set_mark(verdict->now, &verdict->now_begin);
	if (!err)
		err = look_again(verdict);
	if (!err)
		err = restore_written_listed(verdict->written, verdict->now,
					     see_one, &verdict->any);
	if (err < 0)
		return err;
	return is_unsure(&verdict->state) || verdict->any;
}

static int ask_and_tell(struct verdict *verdict)
{
	int err = restore_written_finish(verdict->written);

	if (!err)
		err = restore_wait(is_listed, verdict, PATIENCE_MS);
	if (err >= 0 && verdict->any) {
		err = look_again(verdict);
		if (!err)
			err = restore_written_listed(verdict->written,
						     verdict->now,
						     verdict->listed,
						     verdict->arg);
	}
	return err < 0 ? err : 0;
}

int restore_verify(struct fserror_client *client, struct select *select,
		   struct restore_written *written,
		   int (*listed)(void *arg, const struct fserror_record *rec),
		   void *arg, struct dump_state *state)
{
	struct verdict verdict = { .client = client,
				   .select = select,
				   .written = written,
				   .listed = listed,
				   .arg = arg };
	int err;

	if (!written->bytes)
		return CMD_OK;
	err = ask_and_tell(&verdict);
	forget_now(&verdict);
	if (!err) {
		if (!is_unsure(&verdict.state))
			return CMD_OK;
		*state = verdict.state;
		return CMD_INCOMPLETE;
	}
	warnx("it could not be looked at whether all is good again: %s",
	      strerror(-err));
	return CMD_ERROR;
}
