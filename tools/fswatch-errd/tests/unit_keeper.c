// SPDX-License-Identifier: GPL-2.0-only
/* From the sockets to the ledger: the reader, the backlog, the keeper. */
#include "keeping.h"

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
	test_full(&t);
	test_io(&t);
	test_unplaced(&t);
	test_steps(&t);
	return t.tap.failed > 0;
}
