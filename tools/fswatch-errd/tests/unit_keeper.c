// SPDX-License-Identifier: GPL-2.0-only
/* From the sockets to the ledger: the reader, the backlog, the keeper. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

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

static void must(bool good)
{
	if (!good)
		abort();
}

/* answers that wait for the questions */

static void answer_stat(struct test *t)
{
	struct nl_msg *msg = message_new(FSERROR_CMD_STAT_GET, ++t->asked, 0);

	message_put_boot_id(msg, FSERROR_A_STAT_BOOT_ID);
	peer_send(t->questions.req, msg);
	peer_send(t->questions.req, message_error(t->asked, 0, NULL));
}

static void answer_nothing(struct test *t)
{
	peer_send(t->questions.req, message_done(++t->asked, 0, 0));
}

static void answer_events(struct test *t, const struct fserror_record *recs,
			  size_t nr)
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

static void answer_list(struct test *t, uint64_t as_of,
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

static void send_event(struct test *t, struct fserror_record rec)
{
	const bool io = fserror_kind_group(rec.kind) == FSERROR_GROUP_IO;
	struct nl_msg *msg = message_new(
		io ? FSERROR_CMD_IO_NTF : FSERROR_CMD_DAMAGE_NTF, 0, 0);

	message_put_record(msg, FSERROR_A_EVENT_RECORD, &rec);
	peer_send(io ? t->events.io : t->events.sub, msg);
}

static struct fserror_record event(uint64_t seq, uint64_t ino, uint64_t offset)
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

static void open_keeper(struct test *t)
{
	peer_open(&t->questions);
	t->asked = 0;
	answer_stat(t);
	must(!keeper_open(&t->keeper, &t->conf, &t->backlog, &t->counters,
			  t->questions.client));
}

static void close_keeper(struct test *t)
{
	keeper_close(&t->keeper);
	peer_close(&t->questions);
}

static void begin(struct test *t)
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

static void end(struct test *t)
{
	close_keeper(t);
	peer_close(&t->events);
	backlog_free(&t->backlog);
	remove_directory(t->conf.ledger);
	t->conf.ledger = NULL;
	conf_free(&t->conf);
}

static void is(struct test *t, const char *want, const char *name)
{
	char *got = spell_losses(t->keeper.ledger, false);

	ok_string(&t->tap, got, want, name);
	free(got);
}

static void catch_up(struct test *t, const struct fserror_record *recs,
		     size_t nr)
{
	answer_events(t, recs, nr);
	answer_events(t, NULL, 0);
	must(!keeper_catch_up(&t->keeper));
}

/* a round with the list that is due in it */
static void first_round(struct test *t, uint64_t as_of,
			const struct fserror_record *recs, size_t nr)
{
	t->keeper.list_at = 0;
	answer_nothing(t);
	answer_list(t, as_of, recs, nr);
	must(keeper_round(&t->keeper, 0));
}

static int count_events(void *arg, const struct ledger_news *news)
{
	unsigned int *count = arg;

	if (news->type == LEDGER_NEWS_EVENT)
		++*count;
	return 0;
}

static unsigned int told_events(struct test *t)
{
	unsigned int count = 0;

	ledger_news_each(t->keeper.ledger, 0, 1000, count_events, &count);
	return count;
}

static void test_way(struct test *t)
{
	struct fserror_record recs[3] = { event(3, 5, 0), event(4, 5, 512),
					  event(0, 6, 0) };

	begin(t);
	catch_up(t, recs, 2);
	is(t, "5:0+1024", "what the kernel still has is in it");
	first_round(t, 4, recs, 3);
	is(t, "5:0+1024 6:0+512", "and what is listed");
	peer_stream(&t->events, FSERROR_GROUP_DAMAGE)->last = 3;
	/* told by the log and by the list already */
	recs[1].kind = FSERROR_KIND_CLEARED;
	send_event(t, recs[1]);
	send_event(t, event(5, 7, 0));
	must(!reader_read(&t->reader));
	must(keeper_round(&t->keeper, 0));
	is(t, "5:0+1024 6:0+512 7:0+512",
	   "of what is heard only what is new counts");
	recs[0] = event(5, 7, 0);
	recs[0].kind = FSERROR_KIND_CLEARED;
	must(backlog_put(&t->backlog, &recs[0]) && keeper_round(&t->keeper, 0));
	is(t, "5:0+1024 6:0+512 7:0+512", "and no number twice");
	ok(&t->tap,
	   atomic_load(&t->counters.events[FSERROR_KIND_DATA_LOST]
					  [FSERROR_CAUSE_MEDIA]) +
			   atomic_load(
				   &t->counters.events
					    [FSERROR_KIND_DATA_LOST]
					    [FSERROR_CAUSE_MACHINE_CHECK]) ==
		   1,
	   "it is counted");
	recs[0] = event(6, 0, 0);
	recs[0].kind = FSERROR_KIND_TEST;
	t->keeper.last_test = 6;
	send_event(t, recs[0]);
	must(!reader_read(&t->reader) && keeper_round(&t->keeper, 0));
	ok(&t->tap,
	   !told_events(t) && atomic_load(&t->counters.heard_test) == 6,
	   "its own test is heard, and nobody is told");
	recs[0].seq = 7;
	send_event(t, recs[0]);
	recs[0].seq = 8;
	recs[0].kind = FSERROR_KIND_SHUTDOWN;
	send_event(t, recs[0]);
	must(!reader_read(&t->reader) && keeper_round(&t->keeper, 0));
	ok(&t->tap, told_events(t) == 2, "of others they are");
	close_keeper(t);

	/* killed, and started again */
	open_keeper(t);
	recs[0] = event(9, 8, 0);
	catch_up(t, recs, 1);
	is(t, "5:0+1024 6:0+512 7:0+512 8:0+512",
	   "after a restart it goes on where it was");
	ok(&t->tap, t->keeper.last[FSERROR_GROUP_DAMAGE] == 9,
	   "and knows the number");
	end(t);
}

static void test_overflow(struct test *t)
{
	struct fserror_record rec = event(1, 5, 0);
	uint64_t seq;

	begin(t);
	catch_up(t, NULL, 0);
	first_round(t, 0, NULL, 0);
	for (seq = 1; seq <= BACKLOG_SIZE; seq++) {
		rec.seq = seq;
		must(backlog_put(&t->backlog, &rec));
	}
	rec = event(seq, 6, 0);
	ok(&t->tap, !backlog_put(&t->backlog, &rec),
	   "what does not fit is dropped, and nobody waits");
	answer_nothing(t);
	answer_list(t, seq, &rec, 1);
	while (t->backlog.nr || t->keeper.nr)
		must(keeper_round(&t->keeper, 0));
	is(t, "5:0+512", "what did fit is there");
	must(keeper_round(&t->keeper, 0));
	ok(&t->tap, t->keeper.list, "and the rest is to be listed");
	t->keeper.list_at = 0;
	must(keeper_round(&t->keeper, 0));
	is(t, "6:0+512", "which says what is true now");
	end(t);
}

static void test_full(struct test *t)
{
	uint64_t i;

	begin(t);
	catch_up(t, NULL, 0);
	first_round(t, 0, NULL, 0);
	must(!db_exec(t->keeper.ledger, "PRAGMA max_page_count=1"));
	for (i = 1; i <= 500; i++) {
		const struct fserror_record rec = event(i, 100 + i, 0);

		must(backlog_put(&t->backlog, &rec));
	}
	must(keeper_round(&t->keeper, 0));
	ok(&t->tap,
	   t->keeper.nr == 500 && !atomic_load(&t->counters.ledger_works) &&
		   !t->keeper.last[FSERROR_GROUP_DAMAGE],
	   "what cannot be written is kept, and said");
	must(!db_exec(t->keeper.ledger, "PRAGMA max_page_count=100000"));
	must(keeper_round(&t->keeper, 0));
	ok(&t->tap,
	   !t->keeper.nr && atomic_load(&t->counters.ledger_works) &&
		   t->keeper.last[FSERROR_GROUP_DAMAGE] == 500,
	   "and written when there is room");
	end(t);
}

static void test_io(struct test *t)
{
	struct fserror_record rec = event(1, 5, 0);

	begin(t);
	catch_up(t, NULL, 0);
	first_round(t, 0, NULL, 0);
	rec.kind = FSERROR_KIND_BUFFERED_READ;
	send_event(t, rec);
	rec.seq = 2;
	send_event(t, rec);
	rec.seq = 3;
	rec.kind = FSERROR_KIND_BUFFERED_WRITE;
	rec.present &= ~(UINT32_C(1) << FSERROR_A_RECORD_DEVICE);
	send_event(t, rec);
	must(!reader_read(&t->reader) && keeper_round(&t->keeper, 0));
	is(t, "5:0+512", "a write that failed is a loss");
	ok(&t->tap, !told_events(t), "reads that failed are told together");
	t->keeper.counts_at = 0;
	must(keeper_round(&t->keeper, 0));
	ok(&t->tap, told_events(t) == 1, "when a minute is over");
	end(t);
}

static void test_unplaced(struct test *t)
{
	struct fserror_record rec = event(1, 5, 0);
	uint64_t seq;

	begin(t);
	catch_up(t, NULL, 0);
	first_round(t, 100, NULL, 0);
	/* no list has it, whatever number it has */
	rec.present &= ~(UINT32_C(1) << FSERROR_A_RECORD_DEVICE);
	send_event(t, rec);
	must(!reader_read(&t->reader) && keeper_round(&t->keeper, 0));
	is(t, "5:0+512", "bytes of a file without a place are a loss");
	ok(&t->tap, !told_events(t), "which is told as such");
	rec.seq = 2;
	rec.kind = FSERROR_KIND_METADATA;
	must(backlog_put(&t->backlog, &rec));
	rec.seq = 3;
	rec.flags = FSERROR_RECORD_FLAG_UNKNOWN;
	must(backlog_put(&t->backlog, &rec));
	rec.seq = 4;
	rec.flags = FSERROR_RECORD_FLAG_UNRESOLVED;
	rec.kind = FSERROR_KIND_DATA_LOST;
	rec.present &= ~(UINT32_C(1) << FSERROR_A_RECORD_INO);
	rec.repeat = 7;
	must(backlog_put(&t->backlog, &rec) && keeper_round(&t->keeper, 0));
	ok(&t->tap,
	   told_events(t) == 2 && atomic_load(&t->counters.unplaced) == 8,
	   "what has no place at all is told, but not what is unknown");
	rec.seq = 1;
	rec.kind = FSERROR_KIND_BUFFERED_WRITE;
	must(backlog_put(&t->backlog, &rec) && keeper_round(&t->keeper, 0));
	ok(&t->tap, told_events(t) == 2 && t->keeper.counts[rec.kind] == 7,
	   "failed writes of files that are not named are counted");
	rec.kind = FSERROR_KIND_METADATA;
	for (seq = 5; seq < 205; seq++) {
		rec.seq = seq;
		must(backlog_put(&t->backlog, &rec));
	}
	must(keeper_round(&t->keeper, 0));
	ok(&t->tap, told_events(t) == 64, "of many there are some");
	t->keeper.counts_at = 0;
	must(keeper_round(&t->keeper, 0));
	ok(&t->tap, told_events(t) == 66, "and numbers of the rest");
	is(t, "5:0+512", "none of which is a loss");
	end(t);
}

struct commits {
	struct ledger *other;
	unsigned int nr, in_part;
	bool right;
};

/* before each commit: what would be found if the daemon were killed now */
static int look(void *arg)
{
	struct commits *commits = arg;
	uint8_t boot[FSERROR_UUID_LEN];
	int64_t open = 0;
	uint64_t seq;

	must(!ledger_position(commits->other, FSERROR_GROUP_DAMAGE, boot,
			      &seq) &&
	     !db_number(commits->other, &open,
			"SELECT count(*) FROM loss WHERE state<2", ""));
	commits->nr++;
	if (open && open < 40 && seq < 42) {
		commits->in_part++;
		commits->right &= seq == 40;
	}
	return 0;
}

static void test_steps(struct test *t)
{
	struct commits commits = { .right = true };
	struct fserror_record rec;
	uint64_t i;

	begin(t);
	catch_up(t, NULL, 0);
	first_round(t, 0, NULL, 0);
	for (i = 1; i <= 40; i++) {
		rec = event(i, 100 + i, 0);
		must(backlog_put(&t->backlog, &rec));
	}
	must(keeper_round(&t->keeper, 0));
	t->keeper.ledger->step = 8;
	t->keeper.ledger->wait_ms = 0;
	must(!ledger_open(&commits.other, t->conf.ledger, LEDGER_READ));
	sqlite3_commit_hook(t->keeper.ledger->db, look, &commits);
	rec = event(41, 0, 0);
	rec.kind = FSERROR_KIND_CLEARED;
	rec.device.length = UINT64_C(1) << 40;
	must(backlog_put(&t->backlog, &rec));
	rec = event(42, 500, 0);
	must(backlog_put(&t->backlog, &rec));
	must(keeper_round(&t->keeper, 0));
	is(t, "500:0+512", "an event that ends a lot, and the next one");
	ok(&t->tap, commits.nr > 3 && commits.in_part && commits.right,
	   "in %u transactions: until all is done it is not said to be",
	   commits.nr);
	ok(&t->tap, t->keeper.last[FSERROR_GROUP_DAMAGE] == 42, "then it is");
	ledger_close(commits.other);
	end(t);
}

int main(void)
{
	struct test t = { 0 };

	test_way(&t);
	test_overflow(&t);
	test_full(&t);
	test_io(&t);
	test_unplaced(&t);
	test_steps(&t);
	return t.tap.failed > 0;
}
