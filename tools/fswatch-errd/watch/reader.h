/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thread that follows the events of the kernel. It does nothing else, and waits
 * for nothing but the kernel: what it hears it puts into a backlog.
 */
#ifndef ERRD_READER_H
#define ERRD_READER_H

#include <pthread.h>

#include "counters.h"
#include "backlog.h"

struct reader {
	struct fserror_client *client;
	struct backlog *backlog;
	struct counters *counters;
	int stop; /* becomes readable at the end */
	bool missed[FSERROR_GROUP_MAX + 1]; /* and to be asked for */
	uint64_t asked[FSERROR_GROUP_MAX + 1]; /* when it was, last, ms */
	pthread_t thread;
};

/*
 * Subscribe; from then on nothing is missed. Returns 0, or an errno as
 * fserror_client_subscribe() with the words in fserror_client_error(reader->client).
 */
int reader_open(struct reader *reader, struct backlog *backlog,
		struct counters *counters);
/* start the thread; 0 or a negative errno */
int reader_start(struct reader *reader);
void reader_stop(struct reader *reader);
void reader_close(struct reader *reader);

/* for the tests: all that has arrived. 0, or a negative errno */
int reader_read(struct reader *reader);

#endif /* ERRD_READER_H */
