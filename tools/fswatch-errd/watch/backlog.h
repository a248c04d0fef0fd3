/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the reader, which must never wait, and the keeper, which waits for disks:
 * BACKLOG_SIZE events. What does not fit is dropped, and the keeper is told to list.
 */
#ifndef ERRD_BACKLOG_H
#define ERRD_BACKLOG_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libfserror.h>

#define BACKLOG_SIZE 8192

struct backlog {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct fserror_record *v; /* BACKLOG_SIZE */
	size_t first, nr;
	bool list; /* something is missing: the damage is to be listed */
	bool stop;
};

int backlog_init(struct backlog *backlog); /* 0 or -ENOMEM */
void backlog_free(struct backlog *backlog);

/* false if it was dropped */
bool backlog_put(struct backlog *backlog, const struct fserror_record *rec);
void backlog_want_list(struct backlog *backlog);
void backlog_stop(struct backlog *backlog);
bool backlog_is_stopped(struct backlog *backlog);

/*
 * Up to @room records into @recs, their number into *@nr; *@list: something is missing
 * behind them. Waits @ms at most if there is nothing. Returns false when it is stopped
 * and empty.
 */
bool backlog_take(struct backlog *backlog, struct fserror_record *recs,
		  size_t room, size_t *nr, bool *list, int ms);

#endif /* ERRD_BACKLOG_H */
