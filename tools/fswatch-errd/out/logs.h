/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thread that tells news to the journal and to syslog. Each remembers in the
 * ledger how far it was told, so nothing is left out when one of them, or this
 * program, was not there; after a crash the last may be told twice.
 */
#ifndef ERRD_LOGS_H
#define ERRD_LOGS_H

#include <pthread.h>
#include <stdbool.h>

#include "conf.h"
#include "ledger.h"

struct logs {
	const struct conf *conf;
	struct ledger *ledger;
	int stop; /* eventfd */
	pthread_t thread;
};

/* 0 or a negative errno */
int logs_open(struct logs *logs, const struct conf *conf);
/*
 * Before the first news, so that nobody misses them; nothing is told yet, as the journal
 * may not take it. 0 or a negative errno.
 */
int logs_register(struct logs *logs);
/* what there is to tell; 0 or a negative errno */
int logs_tell(struct logs *logs);
int logs_start(struct logs *logs);
void logs_stop(struct logs *logs);
void logs_close(struct logs *logs);

#endif /* ERRD_LOGS_H */
