/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the reader, which must never wait, and the keeper, which waits for disks:
 * BACKLOG_SIZE events. What does not fit is dropped, and so is what comes after it until
 * the keeper knows: it asks the kernel for all that it does not have, in the order in
 * which it happened, and lists the damage. The kernel has it for a while.
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
	bool list; /* something is missing behind them: it is to be asked for */
	bool full; /* because there was no room */
	bool stop;
};

int backlog_init(struct backlog *backlog); /* 0 or -ENOMEM */
void backlog_free(struct backlog *backlog);

/*
 * false if there was no room for it, or for one before it. What is dropped for another
 * reason is missing already, and no sign of a ledger that is too slow.
 */
bool backlog_put(struct backlog *backlog, const struct fserror_record *rec);
/* something did not arrive; what comes now is dropped until the keeper knows */
void backlog_want_list(struct backlog *backlog);
void backlog_stop(struct backlog *backlog);
bool backlog_is_stopped(struct backlog *backlog);

/*
 * Up to @room records into @recs, their number into *@nr; *@list: something is missing
 * behind them, and what the kernel has from then on is to be asked for. Waits @ms at
 * most if there is nothing. Returns false when it is stopped and empty.
 */
bool backlog_take(struct backlog *backlog, struct fserror_record *recs,
		  size_t room, size_t *nr, bool *list, int ms);

#endif /* ERRD_BACKLOG_H */
