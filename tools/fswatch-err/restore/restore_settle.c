// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel says a moment later that something is good again: it gathers such
 * changes, and looks at a filesystem at most ten times a second. So there is a wait
 * before the question what is to be restored, and one before the answer whether it was.
 */
#include "restore.h"

#include <err.h>
#include <errno.h>
#include <time.h>
#include <unistd.h>
#include <sys/sysmacros.h>

#include "cmd.h"
#include "dump.h"
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
	struct restore_items *items;
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

static int recheck_one(void *arg, const struct fserror_record *rec)
{
	const struct question *q = arg;

	restore_recheck(q->items, rec);
	return 0;
}

static int is_listed(void *arg)
{
	struct question *q = arg;
	struct dump_state state;
	int err;

	err = restore_recheck_begin(q->items);
	if (err)
		return err;
	err = dump_each(q->client, q->select, &state, recheck_one, q);
	if (err)
		return err;
	return state.pending || restore_recheck_any(q->items);
}

int restore_verify(struct fserror_client *client, struct select *select,
		   struct restore_items *items)
{
	struct question q = { .client = client,
			      .select = select,
			      .items = items };
	uint64_t written = 0;
	size_t i;

	for (i = 0; i < items->nr; i++)
		written += items->v[i].heal.written;
	if (!written)
		return CMD_OK;
	if (restore_wait(is_listed, &q, PATIENCE_MS) < 0)
		return CMD_ERROR;
	restore_recheck_end(items);
	return CMD_OK;
}
