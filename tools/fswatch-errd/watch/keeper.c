// SPDX-License-Identifier: GPL-2.0-only
#include "keeper.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define RETRY_MS 5000 /* after the ledger could not be written */
#define QUIET_MS 60000 /* before that is said again */
#define LIST_MS 2000 /* between two lists */
#define LIST_AGAIN_MS 60000 /* of what was not complete */
#define PRUNE_MS 3600000
#define SUMS_MS 5000
#define COUNTS_MS 60000 /* what is told together, such as failed reads */

int keeper_open(struct keeper *keeper, const struct conf *conf,
		struct backlog *backlog, struct counters *counters,
		struct fserror_client *client)
{
	struct fserror_stat *stat;
	int rc, moved;

	*keeper = (struct keeper){ .conf = conf,
				   .backlog = backlog,
				   .counters = counters,
				   .client = client,
				   .news = -1 };
	moved = ledger_open(&keeper->ledger, conf->ledger, LEDGER_DAEMON);
	if (moved < 0)
		return moved;
	keeper->batch = calloc(KEEPER_BATCH, sizeof(*keeper->batch));
	if (!keeper->batch)
		return -ENOMEM;
	rc = fserror_client_stat(client, &stat);
	if (rc)
		return rc;
	memcpy(keeper->boot, stat->boot_id, sizeof(keeper->boot));
	fserror_stat_free(stat);
	keeper->list = true;
	atomic_store(&counters->ledger_works, true);
	if (moved)
		rc = ledger_add_event(
			keeper->ledger,
			"ledger-corrupt {\"text\":\"the ledger was corrupt and is a new one: what was acknowledged, closed, or can be read again is not known any more\"}");
	return rc ? rc : moved;
}

/* is it in the ledger already, by the list or by the log? */
static bool is_old(const struct keeper *keeper,
		   const struct fserror_record *rec, uint32_t group)
{
	return rec->seq <= keeper->last[group] ||
	       (group == FSERROR_GROUP_DAMAGE && rec->seq <= keeper->as_of &&
		fserror_record_in_dump(rec));
}

/* the numbers that are in the ledger, or are about to be */
struct positions {
	uint64_t v[FSERROR_GROUP_MAX + 1];
};

static int set_positions(struct keeper *keeper, const struct positions *before)
{
	uint32_t group;
	int err = 0;

	for (group = 1; !err && group <= FSERROR_GROUP_MAX; group++) {
		if (keeper->last[group] != before->v[group])
			err = ledger_set_position(keeper->ledger, group,
						  keeper->boot,
						  keeper->last[group]);
	}
	return err;
}

/* an event that changes a lot is in the ledger when all of that is */
static int apply_in_steps(struct keeper *keeper,
			  const struct fserror_record *rec,
			  struct positions *before)
{
	int rc;

	while ((rc = ledger_apply(keeper->ledger, keeper->boot, rec)) ==
	       LEDGER_MORE) {
		rc = set_positions(keeper, before);
		if (!rc)
			rc = ledger_step(keeper->ledger);
		if (rc)
			return rc;
		memcpy(before->v, keeper->last, sizeof(before->v));
	}
	return rc;
}

static int apply(struct keeper *keeper, const struct fserror_record *rec,
		 struct positions *before)
{
	const uint32_t group = fserror_kind_group(rec->kind);
	int rc = 0;

	if (group > FSERROR_GROUP_MAX)
		return 0;
	if (!is_old(keeper, rec, group))
		rc = apply_in_steps(keeper, rec, before);
	if (rc > 0)
		keeper->list = true;
	if (rc >= 0 && rec->seq > keeper->last[group]) {
		rc = keeper_tell(keeper, rec);
		keeper->last[group] = rec->seq;
	}
	return rc < 0 ? rc : 0;
}

int keeper_write_batch(struct keeper *keeper)
{
	struct positions before;
	size_t i;
	int err;

	memcpy(before.v, keeper->last, sizeof(before.v));
	err = ledger_begin(keeper->ledger);
	for (i = 0; !err && i < keeper->nr; i++)
		err = apply(keeper, &keeper->batch[i], &before);
	if (!err)
		err = set_positions(keeper, &before);
	if (!err)
		err = ledger_commit(keeper->ledger);
	if (err) {
		ledger_rollback(keeper->ledger);
		memcpy(keeper->last, before.v, sizeof(before.v));
		return err;
	}
	for (i = 0; i < keeper->nr; i++)
		keeper_ask_name(keeper, &keeper->batch[i]);
	keeper->nr = 0;
	return 0;
}

/* one whom news concern */
static void wake(struct keeper *keeper)
{
	const uint64_t one = 1;
	ssize_t len;

	if (keeper->news < 0)
		return;
	len = write(keeper->news, &one, sizeof(one));
	(void)len; /* full: it is awake */
}

/* the ledger could not be written; the batch is kept */
static void trouble(struct keeper *keeper, int err)
{
	const uint64_t now = counters_ms();

	atomic_fetch_add(&keeper->counters->ledger_errors, 1);
	atomic_store(&keeper->counters->ledger_works, false);
	if (err == -EUCLEAN) {
		atomic_store(&keeper->fatal, -err);
		syslog(LOG_CRIT, "%s: a new start will make a new ledger",
		       ledger_error(keeper->ledger));
		return;
	}
	if (keeper->said_at && now - keeper->said_at < QUIET_MS)
		return;
	keeper->said_at = now;
	syslog(LOG_CRIT, "the ledger cannot be written: %s; trying again",
	       ledger_error(keeper->ledger));
}

static void all_well(struct keeper *keeper)
{
	if (!atomic_exchange(&keeper->counters->ledger_works, true))
		syslog(LOG_NOTICE, "the ledger can be written again");
	keeper->said_at = 0;
}

int keeper_catch_up(struct keeper *keeper)
{
	int err = keeper_catch(keeper);

	if (err)
		trouble(keeper, err);
	return err;
}

/* what is to be done from time to time */

struct sums {
	struct ledger_sum v[COUNTERS_SUMS];
	size_t nr;
};

static int add_sum(void *arg, const struct ledger_sum *sum)
{
	struct sums *sums = arg;

	if (sums->nr < COUNTERS_SUMS)
		sums->v[sums->nr++] = *sum;
	return 0;
}

static bool due(uint64_t *at, uint64_t now, uint64_t every)
{
	if (now < *at)
		return false;
	*at = now + every;
	return true;
}

static int sum_up(struct keeper *keeper)
{
	struct counters *counters = keeper->counters;
	struct sums sums = { .nr = 0 };
	int err = ledger_sums(keeper->ledger, add_sum, &sums);

	if (err)
		return err;
	pthread_mutex_lock(&counters->lock);
	memcpy(counters->sums, sums.v, sizeof(sums.v));
	counters->nr_sums = sums.nr;
	pthread_mutex_unlock(&counters->lock);
	return 0;
}

/* a test event through the kernel, which the reader is to hear */
static void test(struct keeper *keeper, uint64_t now)
{
	if (keeper->own_test &&
	    atomic_load(&keeper->counters->heard_test) >= keeper->own_test) {
		keeper->own_test = 0;
		atomic_store(&keeper->counters->selftest, counters_now());
	}
	if (!keeper->conf->selftest ||
	    !due(&keeper->test_at, now,
		 (uint64_t)keeper->conf->selftest * 1000) ||
	    fserror_client_test(keeper->client, NULL, &keeper->last_test))
		return;
	keeper->own_test = keeper->last_test;
}

static int do_list(struct keeper *keeper, uint64_t now)
{
	int rc;

	keeper->list = false;
	keeper->list_at = now + (uint64_t)keeper->conf->list * 1000;
	rc = keeper_list(keeper);
	if (rc > 0)
		keeper->list_at = now + LIST_AGAIN_MS;
	if (rc < 0)
		keeper->list_at = now + RETRY_MS;
	return rc < 0 ? rc : 0;
}

static int do_rest(struct keeper *keeper)
{
	const uint64_t now = counters_ms();
	int err = 0;

	if (now >= keeper->list_at)
		err = do_list(keeper, now);
	else if (keeper->list && keeper->list_at > now + LIST_MS)
		keeper->list_at = now + LIST_MS;
	if (!err && due(&keeper->counts_at, now, COUNTS_MS))
		err = keeper_tell_counts(keeper);
	if (!err && due(&keeper->prune_at, now, PRUNE_MS))
		err = ledger_prune(keeper->ledger, counters_now() * 1000000000);
	if (!err && due(&keeper->sums_at, now, SUMS_MS))
		err = sum_up(keeper);
	test(keeper, now);
	return err;
}

bool keeper_round(struct keeper *keeper, int ms)
{
	bool more = true, list = false;
	int err = 0;

	/* what is in the backlog is behind what is missing */
	if (!keeper->nr && !keeper->behind)
		more = backlog_take(keeper->backlog, keeper->batch,
				    KEEPER_BATCH, &keeper->nr, &list, ms);
	keeper->list |= list;
	keeper->behind |= list;
	if (keeper->nr)
		err = keeper_write_batch(keeper);
	if (!err && keeper->behind)
		err = keeper_catch(keeper);
	if (!err && more && !keeper->behind)
		err = do_rest(keeper);
	if (!err) {
		keeper_take_names(keeper);
		all_well(keeper);
	} else {
		trouble(keeper, err);
	}
	wake(keeper);
	return more && !atomic_load(&keeper->fatal);
}

static void *keep(void *arg)
{
	struct keeper *keeper = arg;
	struct timespec wait = { .tv_sec = RETRY_MS / 1000 };

	while (keeper_round(keeper, 1000)) {
		/* not in haste, if it does not work */
		if ((keeper->nr || keeper->behind) &&
		    backlog_is_stopped(keeper->backlog))
			break;
		if (keeper->nr || keeper->behind)
			nanosleep(&wait, NULL);
	}
	return NULL;
}

int keeper_start(struct keeper *keeper)
{
	return -pthread_create(&keeper->thread, NULL, keep, keeper);
}

void keeper_stop(struct keeper *keeper)
{
	pthread_join(keeper->thread, NULL);
}

void keeper_close(struct keeper *keeper)
{
	ledger_close(keeper->ledger);
	free(keeper->batch);
}
