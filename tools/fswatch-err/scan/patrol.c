// SPDX-License-Identifier: GPL-2.0-only
#include "patrol.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_SEC UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

/*
 * What the thread does. It is not part of the patrol, as it is left behind with a thread
 * that does not come back.
 */
struct patrol_job {
	struct medium *medium;
	bool next; /* find the next run, do not read */
	uint64_t pos, len;
	bool last;
	struct span run;
	int rc;
};

/* jobs whose thread did not come back */
static struct {
	struct patrol_job *v[64];
	size_t nr;
} lost;

static void do_job(void *arg)
{
	struct patrol_job *job = arg;

	if (job->next)
		job->rc = job->medium->next(job->medium, job->pos, &job->run);
	else
		job->rc = job->medium->read(job->medium, job->pos, job->len,
					    job->last);
}

static bool is_woken(const struct patrol *patrol)
{
	struct pollfd fd = { .fd = patrol->wakeup ? patrol->wakeup->fd : -1,
			     .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

static enum patrol_end run_job(struct patrol *patrol)
{
	struct patrol_job *job = patrol->job;
	enum errand_end end;

	job->medium = patrol->medium;
	end = errand_run(patrol->errand, do_job, job, patrol->patience,
			 patrol->wakeup);
	if (end == ERRAND_DONE)
		return PATROL_DONE;
	/* the thread has it */
	patrol->job = NULL;
	if (lost.nr < sizeof(lost.v) / sizeof(lost.v[0]))
		lost.v[lost.nr++] = job;
	return end == ERRAND_WOKEN ? PATROL_INTERRUPTED : PATROL_STUCK;
}

static enum patrol_end find_next(struct patrol *patrol, struct span *run,
				 bool *any)
{
	enum patrol_end end;

	*patrol->job = (struct patrol_job){ .next = true, .pos = patrol->at };
	end = run_job(patrol);
	if (end != PATROL_DONE)
		return end;
	*run = patrol->job->run;
	*any = patrol->job->rc > 0;
	return PATROL_DONE;
}

static bool is_gone(int err)
{
	return err == -ENODEV || err == -ENXIO || err == -ESHUTDOWN;
}

static uint64_t now_in_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

/* others want to read as well; ends early if the program shall end */
static void pause_after(struct patrol *patrol, uint64_t bytes)
{
	struct pollfd fd = { .fd = patrol->wakeup ? patrol->wakeup->fd : -1,
			     .events = POLLIN };
	uint64_t now = now_in_ns();
	const uint64_t end = now + rate_take(patrol->rate, bytes, now);

	/* what is shorter than the clock of poll() is made up for later */
	while (end > now && end - now >= NS_PER_MS) {
		if (poll(&fd, 1, (int)((end - now) / NS_PER_MS)) > 0)
			return;
		now = now_in_ns();
	}
}

static void tell_failing(struct patrol *patrol)
{
	if (patrol->failing.len)
		patrol->failed(patrol->arg, patrol->failing.pos,
			       patrol->failing.len, patrol->failing_err);
	patrol->failing.len = 0;
}

static void add_failing(struct patrol *patrol, uint64_t pos, uint64_t len,
			int err)
{
	struct span *failing = &patrol->failing;

	spans_add(patrol->unread, pos, len);
	if (failing->len && failing->pos + failing->len == pos &&
	    patrol->failing_err == err) {
		failing->len += len;
		return;
	}
	tell_failing(patrol);
	*failing = (struct span){ pos, len };
	patrol->failing_err = err;
}

/*
 * If it is interrupted a part of it was not tried. @budget: reads that may still fail;
 * @err: what the last that did failed with.
 */
static enum patrol_end read_piece(struct patrol *patrol, uint64_t pos,
				  uint64_t len, unsigned int *budget, int *err)
{
	const uint32_t block = patrol->medium->block;
	enum patrol_end end;
	uint64_t half;

	if (!*budget) {
		add_failing(patrol, pos, len, *err);
		return PATROL_DONE;
	}
	if (is_woken(patrol))
		return PATROL_INTERRUPTED;
	*patrol->job = (struct patrol_job){ .pos = pos,
					    .len = len,
					    .last = len <= block };
	end = run_job(patrol);
	if (end == PATROL_STUCK)
		add_failing(patrol, pos, len, -ETIMEDOUT);
	if (end != PATROL_DONE)
		return end;
	pause_after(patrol, len);
	if (!patrol->job->rc) {
		patrol->read += len;
		return PATROL_DONE;
	}
	*err = patrol->job->rc;
	--*budget;
	if (len <= block || is_gone(*err)) {
		add_failing(patrol, pos, len, *err);
		return is_gone(*err) ? PATROL_GONE : PATROL_DONE;
	}
	half = len / 2 / block * block;
	if (!half)
		half = block;
	end = read_piece(patrol, pos, half, budget, err);
	if (end == PATROL_DONE)
		return read_piece(patrol, pos + half, len - half, budget, err);
	if (end != PATROL_INTERRUPTED)
		add_failing(patrol, pos + half, len - half, *err);
	return end;
}

static enum patrol_end read_range(struct patrol *patrol, uint64_t pos,
				  uint64_t len, bool moves)
{
	const uint64_t last = pos + len;
	enum patrol_end end = PATROL_DONE;
	unsigned int budget;
	int err = 0;

	while (pos < last && end == PATROL_DONE) {
		len = last - pos;
		/* pieces end where those of others would */
		if (len > MEDIUM_PIECE - pos % MEDIUM_PIECE)
			len = MEDIUM_PIECE - pos % MEDIUM_PIECE;
		budget = PATROL_FAILURES;
		end = read_piece(patrol, pos, len, &budget, &err);
		tell_failing(patrol);
		if (end == PATROL_INTERRUPTED)
			break;
		pos += len;
		if (moves)
			patrol->at = pos;
		if (patrol->tell(patrol->arg, patrol) && end == PATROL_DONE)
			end = PATROL_INTERRUPTED;
	}
	if (!moves && pos < last)
		spans_add(patrol->unread, pos, last - pos);
	return end;
}

static bool begin(struct patrol *patrol)
{
	patrol->failing.len = 0;
	patrol->job = calloc(1, sizeof(*patrol->job));
	return patrol->job;
}

static enum patrol_end finish(struct patrol *patrol, enum patrol_end end)
{
	free(patrol->job);
	patrol->job = NULL;
	return end;
}

enum patrol_end patrol_run(struct patrol *patrol)
{
	enum patrol_end end = PATROL_DONE;
	struct span run;
	bool any;

	if (!begin(patrol))
		return PATROL_INTERRUPTED;
	while (end == PATROL_DONE) {
		end = find_next(patrol, &run, &any);
		if (end != PATROL_DONE || !any)
			break;
		patrol->at = run.pos;
		end = read_range(patrol, run.pos, run.len, true);
	}
	if (end == PATROL_DONE)
		patrol->at = patrol->medium->size;
	return finish(patrol, end);
}

enum patrol_end patrol_range(struct patrol *patrol, uint64_t pos, uint64_t len)
{
	if (!begin(patrol)) {
		spans_add(patrol->unread, pos, len);
		return PATROL_INTERRUPTED;
	}
	return finish(patrol, read_range(patrol, pos, len, false));
}
