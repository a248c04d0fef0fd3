/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thread that writes the ledger. It takes what the reader has heard, asks the
 * kernel what the damage is, has names of files looked for, and waits for the disk.
 *
 * What cannot be written because the disk is full is kept and tried again; meanwhile
 * the backlog fills, and what does not fit there is asked for afterwards.
 */
#ifndef ERRD_KEEPER_H
#define ERRD_KEEPER_H

#include <pthread.h>

#include "conf.h"
#include "counters.h"
#include "backlog.h"
#include "resolver.h"

#define KEEPER_BATCH 512 /* events in one transaction */
#define KEEPER_COUNTED (FSERROR_KIND_METADATA + 1)

struct keeper {
	const struct conf *conf;
	struct backlog *backlog;
	struct counters *counters;
	struct ledger *ledger;
	struct fserror_client *client; /* for questions */
	struct resolver *resolver; /* NULL: nobody looks for names */
	int news; /* eventfd: something is to be told */
	uint8_t boot[FSERROR_UUID_LEN];
	uint64_t last[FSERROR_GROUP_MAX + 1]; /* numbers that are in the ledger */
	uint64_t as_of; /* contained in the last list */
	struct fserror_record *batch; /* KEEPER_BATCH */
	size_t nr; /* in it, and not written yet */
	bool list; /* is wanted */
	/* the kernel has what is not in the ledger, nor in the batch: before anything else */
	bool behind;
	uint64_t gone[FSERROR_GROUP_MAX +
		      1]; /* the last number that was counted */
	int list_err; /* of the ledger, while it is written from a list */
	uint64_t own_test; /* the last test that was sent, 0: it was heard */
	uint64_t last_test; /* the last that was sent */
	uint64_t list_at, test_at, prune_at, sums_at, counts_at; /* ms */
	uint64_t said_at; /* that the ledger cannot be written */
	uint64_t counts[KEEPER_COUNTED]; /* by kind: to be told together */
	unsigned int unplaced; /* told one by one since the counts were told */
	unsigned int asked; /* names that are being looked for */
	atomic_int fatal; /* errno after which it cannot go on */
	pthread_t thread;
};

/*
 * @client is the keeper's own, and stays the caller's. Returns 0, 1 if the ledger was
 * corrupt and is a new one, or a negative errno with the words in
 * ledger_error(keeper->ledger).
 */
int keeper_open(struct keeper *keeper, const struct conf *conf,
		struct backlog *backlog, struct counters *counters,
		struct fserror_client *client);
/*
 * What has happened since the ledger was written last; 0 or a negative errno. What did not
 * succeed is tried again in each round.
 */
int keeper_catch_up(struct keeper *keeper);
/* one round: what is in the backlog, or what is due; false when it is at its end */
bool keeper_round(struct keeper *keeper, int ms);
int keeper_start(struct keeper *keeper);
void keeper_stop(struct keeper *keeper); /* after backlog_stop() */
void keeper_close(struct keeper *keeper);

/* the batch into the ledger; 0, or a negative errno and it is kept */
int keeper_write_batch(struct keeper *keeper);

/* keeper_catch.c */

/* as keeper_catch_up(), but nobody is told; the batch must be empty */
int keeper_catch(struct keeper *keeper);

/* keeper_tell.c: 0 or a negative errno */

/* what is no loss, and is to be told all the same */
int keeper_tell(struct keeper *keeper, const struct fserror_record *rec);
/* what was only counted */
int keeper_tell_counts(struct keeper *keeper);

/* keeper_list.c */

/* list the damage; 0, 1 if it is to be done again, or a negative errno */
int keeper_list(struct keeper *keeper);
void keeper_ask_name(struct keeper *keeper, const struct fserror_record *rec);
void keeper_take_names(struct keeper *keeper);

#endif /* ERRD_KEEPER_H */
