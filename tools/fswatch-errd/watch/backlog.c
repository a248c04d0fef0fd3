// SPDX-License-Identifier: GPL-2.0-only
#include "backlog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int backlog_init(struct backlog *backlog)
{
	pthread_condattr_t attr;

	memset(backlog, 0, sizeof(*backlog));
	backlog->v = calloc(BACKLOG_SIZE, sizeof(*backlog->v));
	if (!backlog->v)
		return -ENOMEM;
	pthread_mutex_init(&backlog->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&backlog->more, &attr);
	pthread_condattr_destroy(&attr);
	return 0;
}

void backlog_free(struct backlog *backlog)
{
	pthread_cond_destroy(&backlog->more);
	pthread_mutex_destroy(&backlog->lock);
	free(backlog->v);
}

bool backlog_put(struct backlog *backlog, const struct fserror_record *rec)
{
	bool good;

	pthread_mutex_lock(&backlog->lock);
	/*
	 * Nothing behind a hole: its number would say that all before it is known, and
	 * a list does not have what could not be written, nor a shutdown.
	 */
	if (!backlog->list && backlog->nr == BACKLOG_SIZE)
		backlog->list = backlog->full = true;
	if (!backlog->list)
		backlog->v[(backlog->first + backlog->nr++) % BACKLOG_SIZE] =
			*rec;
	good = !backlog->full;
	pthread_cond_signal(&backlog->more);
	pthread_mutex_unlock(&backlog->lock);
	return good;
}

void backlog_want_list(struct backlog *backlog)
{
	pthread_mutex_lock(&backlog->lock);
	backlog->list = true;
	pthread_cond_signal(&backlog->more);
	pthread_mutex_unlock(&backlog->lock);
}

void backlog_stop(struct backlog *backlog)
{
	pthread_mutex_lock(&backlog->lock);
	backlog->stop = true;
	pthread_cond_signal(&backlog->more);
	pthread_mutex_unlock(&backlog->lock);
}

bool backlog_is_stopped(struct backlog *backlog)
{
	bool stop;

	pthread_mutex_lock(&backlog->lock);
	stop = backlog->stop;
	pthread_mutex_unlock(&backlog->lock);
	return stop;
}

static void wait_for(struct backlog *backlog, int ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	while (!backlog->nr && !backlog->list && !backlog->stop) {
		if (pthread_cond_timedwait(&backlog->more, &backlog->lock,
					   &until))
			break;
	}
}

bool backlog_take(struct backlog *backlog, struct fserror_record *recs,
		  size_t room, size_t *nr, bool *list, int ms)
{
	bool more;

	*nr = 0;
	pthread_mutex_lock(&backlog->lock);
	wait_for(backlog, ms);
	while (backlog->nr && *nr < room) {
		recs[(*nr)++] = backlog->v[backlog->first];
		backlog->first = (backlog->first + 1) % BACKLOG_SIZE;
		backlog->nr--;
	}
	/* not before what is in the backlog, which is older */
	*list = backlog->list && !backlog->nr;
	if (*list)
		backlog->list = backlog->full = false;
	more = !backlog->stop || *nr || backlog->nr;
	pthread_mutex_unlock(&backlog->lock);
	return more;
}
