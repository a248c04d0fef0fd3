/* SPDX-License-Identifier: GPL-2.0-only */
/* A reader, a backlog and a keeper whose kernel is the test. */
#ifndef ERRD_TESTS_KEEPING_H
#define ERRD_TESTS_KEEPING_H

#include <stdlib.h>

#include "db.h"
#include "keeper.h"
#include "losses.h"
#include "messages.h"
#include "peer.h"
#include "reader.h"
#include "tap.h"

struct test {
	struct tap tap;
	struct conf conf;
	struct backlog backlog;
	struct counters counters;
	struct peer events; /* of the reader */
	struct peer questions; /* of the keeper */
	struct reader reader;
	struct keeper keeper;
	uint32_t asked; /* questions that have their answers */
};

static inline void must(bool good)
{
	if (!good)
		abort();
}

/* answers that wait for the questions */

static inline void answer_stat(struct test *t)
{
	struct nl_msg *msg = message_new(FSERROR_CMD_STAT_GET, ++t->asked, 0);

	message_put_boot_id(msg, FSERROR_A_STAT_BOOT_ID);
	peer_send(t->questions.req, msg);
	peer_send(t->questions.req, message_error(t->asked, 0, NULL));
}

static inline void answer_nothing(struct test *t)
{
	peer_send(t->questions.req, message_done(++t->asked, 0, 0));
}

static inline void answer_events(struct test *t,
				 const struct fserror_record *recs, size_t nr)
{
	struct nl_msg *msg =
		message_new(FSERROR_CMD_EVENT_GET, ++t->asked, NLM_F_MULTI);
	size_t i;

	message_put_boot_id(msg, FSERROR_A_EVENT_BOOT_ID);
	for (i = 0; i < nr; i++)
		message_put_record(msg, FSERROR_A_EVENT_RECORD, &recs[i]);
	peer_send(t->questions.req, msg);
	peer_send(t->questions.req, message_done(t->asked, 0, 0));
}

static inline void answer_list(struct test *t, uint64_t as_of,
			       const struct fserror_record *recs, size_t nr)
{
	struct nl_msg *msg =
		message_new(FSERROR_CMD_DAMAGE_GET, ++t->asked, NLM_F_MULTI);
	size_t i;

	message_put_header(msg, as_of);
	message_put_begin(msg, recs ? recs->instance : 1);
	for (i = 0; i < nr; i++)
		message_put_record(msg, FSERROR_A_DAMAGE_RECORD, &recs[i]);
	message_put_end(msg, recs ? recs->instance : 1,
			FSERROR_A_DUMP_END_COMPLETE);
	peer_send(t->questions.req, msg);
	peer_send(t->questions.req, message_done(t->asked, 0, 0));
}

static inline void send_event(struct test *t, struct fserror_record rec)
{
	const bool io = fserror_kind_group(rec.kind) == FSERROR_GROUP_IO;
	struct nl_msg *msg = message_new(
		io ? FSERROR_CMD_IO_NTF : FSERROR_CMD_DAMAGE_NTF, 0, 0);

	message_put_record(msg, FSERROR_A_EVENT_RECORD, &rec);
	peer_send(io ? t->events.io : t->events.sub, msg);
}

static inline struct fserror_record event(uint64_t seq, uint64_t ino,
					  uint64_t offset)
{
	struct fserror_record rec = record_data_lost(seq);

	rec.ino = ino;
	rec.offset = offset;
	rec.length = 512;
	rec.device.offset = ino * 1048576 + offset;
	rec.device.length = 512;
	rec.origin = rec.device;
	return rec;
}

static inline void open_keeper(struct test *t)
{
	peer_open(&t->questions);
	t->asked = 0;
	answer_stat(t);
	must(!keeper_open(&t->keeper, &t->conf, &t->backlog, &t->counters,
			  t->questions.client));
}

static inline void close_keeper(struct test *t)
{
	keeper_close(&t->keeper);
	peer_close(&t->questions);
}

static inline void begin(struct test *t)
{
	must(!conf_read(&t->conf, "/dev/null", (char[256]){ 0 }, 256));
	free(t->conf.ledger);
	t->conf.ledger = scratch_directory();
	t->conf.selftest = 0;
	must(!backlog_init(&t->backlog));
	counters_init(&t->counters);
	peer_open(&t->events);
	t->reader = (struct reader){ .client = t->events.client,
				     .backlog = &t->backlog,
				     .counters = &t->counters,
				     .stop = -1 };
	open_keeper(t);
}

static inline void end(struct test *t)
{
	close_keeper(t);
	peer_close(&t->events);
	backlog_free(&t->backlog);
	remove_directory(t->conf.ledger);
	t->conf.ledger = NULL;
	conf_free(&t->conf);
}

static inline void is(struct test *t, const char *want, const char *name)
{
	char *got = spell_losses(t->keeper.ledger, false);

	ok_string(&t->tap, got, want, name);
	free(got);
}

static inline void catch_up(struct test *t, const struct fserror_record *recs,
			    size_t nr)
{
	answer_events(t, recs, nr);
	answer_events(t, NULL, 0);
	must(!keeper_catch_up(&t->keeper));
}

/* a round with the list that is due in it */
static inline void first_round(struct test *t, uint64_t as_of,
			       const struct fserror_record *recs, size_t nr)
{
	t->keeper.list_at = 0;
	answer_nothing(t);
	answer_list(t, as_of, recs, nr);
	must(keeper_round(&t->keeper, 0));
}

static inline int count_events(void *arg, const struct ledger_news *news)
{
	unsigned int *count = arg;

	if (news->type == LEDGER_NEWS_EVENT)
		++*count;
	return 0;
}

static inline unsigned int told_events(struct test *t)
{
	unsigned int count = 0;

	ledger_news_each(t->keeper.ledger, 0, 1000, count_events, &count);
	return count;
}

#endif /* ERRD_TESTS_KEEPING_H */
