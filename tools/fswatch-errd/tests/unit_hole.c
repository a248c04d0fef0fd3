// SPDX-License-Identifier: GPL-2.0-only
/* What found no room in the backlog, or did not arrive, is asked for again. */
#include "keeping.h"

/* the backlog, with numbers from 1 on; there is no room left */
static void fill(struct test *t)
{
	struct fserror_record rec = event(1, 5, 0);

	for (; rec.seq <= BACKLOG_SIZE; rec.seq++)
		must(backlog_put(&t->backlog, &rec));
}

static void test_overflow(struct test *t)
{
	struct fserror_record rec = event(BACKLOG_SIZE + 1, 6, 0);

	begin(t);
	catch_up(t, NULL, 0);
	first_round(t, 0, NULL, 0);
	fill(t);
	ok(&t->tap, !backlog_put(&t->backlog, &rec),
	   "what does not fit is dropped, and nobody waits");
	answer_events(t, NULL, 0);
	answer_events(t, NULL, 0);
	answer_nothing(t);
	answer_list(t, BACKLOG_SIZE + 1, &rec, 1);
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

static struct fserror_record lost_write(uint64_t seq, uint64_t ino)
{
	struct fserror_record rec = event(seq, ino, 0);

	rec.kind = FSERROR_KIND_BUFFERED_WRITE;
	rec.present &= ~(UINT32_C(1) << FSERROR_A_RECORD_DEVICE);
	return rec;
}

/* what no list has is dropped: a write that failed, and a shutdown */
static void test_hole(struct test *t)
{
	struct fserror_record rec, damage[2], io = lost_write(1, 9007);
	uint64_t seq;

	begin(t);
	catch_up(t, NULL, 0);
	first_round(t, 0, NULL, 0);
	fill(t);
	damage[0] = event(BACKLOG_SIZE + 1, 0, 0);
	damage[0].kind = FSERROR_KIND_SHUTDOWN;
	damage[1] = event(BACKLOG_SIZE + 2, 6, 0);
	must(!backlog_put(&t->backlog, &io) &&
	     !backlog_put(&t->backlog, &damage[0]));
	must(keeper_round(&t->keeper, 0));
	ok(&t->tap,
	   !backlog_put(&t->backlog, &damage[1]) &&
		   t->backlog.nr == BACKLOG_SIZE - KEEPER_BATCH,
	   "nothing gets behind what was dropped, although there is room");
	while (t->backlog.nr > KEEPER_BATCH)
		must(keeper_round(&t->keeper, 0));
	/* that there is a hole is known, and what was dropped cannot be written */
	answer_events(t, damage, 2);
	must(!db_exec(t->keeper.ledger, "PRAGMA max_page_count=1"));
	for (seq = 0; seq < KEEPER_BATCH; seq++)
		t->backlog.v[(t->backlog.first + seq) % BACKLOG_SIZE].ino +=
			seq;
	must(keeper_round(&t->keeper, 0));
	rec = event(BACKLOG_SIZE + 3, 8, 0);
	must(backlog_put(&t->backlog, &rec));
	ok(&t->tap, t->keeper.nr == KEEPER_BATCH && t->keeper.behind,
	   "a disk that is full, too");
	must(!db_exec(t->keeper.ledger, "PRAGMA max_page_count=100000"));
	answer_events(t, &io, 1);
	must(keeper_round(&t->keeper, 0));
	ok(&t->tap, !t->keeper.behind && told_events(t) == 1,
	   "the kernel is asked when there is room, and told is what happened");
	must(keeper_round(&t->keeper, 0));
	ok(&t->tap,
	   t->keeper.last[FSERROR_GROUP_DAMAGE] == BACKLOG_SIZE + 3 &&
		   t->keeper.last[FSERROR_GROUP_IO] == 1,
	   "before what comes after it");
	rec.kind = FSERROR_KIND_CLEARED;
	rec.device.offset = 0;
	rec.device.length = UINT64_C(1) << 40;
	rec.seq++;
	must(backlog_put(&t->backlog, &rec) && keeper_round(&t->keeper, 0));
	is(t, "9007:0+512", "of these a write that failed is left");
	end(t);
}

/* something did not arrive, and the kernel does not have it any more */
static void test_gone(struct test *t)
{
	struct fserror_record rec = event(9, 5, 0), old = event(8, 6, 0);

	begin(t);
	catch_up(t, NULL, 0);
	first_round(t, 0, NULL, 0);
	backlog_want_list(&t->backlog);
	ok(&t->tap, backlog_put(&t->backlog, &rec) && !t->backlog.nr,
	   "what is dropped because others are missing is no overflow");
	must(!db_exec(t->keeper.ledger, "PRAGMA query_only=1"));
	answer_events(t, &rec, 1);
	must(keeper_round(&t->keeper, 0));
	ok(&t->tap, t->keeper.behind && t->keeper.nr == 1,
	   "what cannot be written is kept");
	rec = event(10, 5, 512);
	must(backlog_put(&t->backlog, &rec) && t->backlog.nr == 1);
	must(!db_exec(t->keeper.ledger, "PRAGMA query_only=0"));
	answer_events(t, &rec, 1);
	answer_events(t, NULL, 0);
	must(keeper_round(&t->keeper, 0) && keeper_round(&t->keeper, 0));
	is(t, "5:0+1024", "it is asked again, and nothing is twice");
	must(backlog_put(&t->backlog, &old) && keeper_round(&t->keeper, 0));
	is(t, "5:0+1024", "nor out of its order");
	end(t);
}

int main(void)
{
	struct test t = { 0 };

	test_overflow(&t);
	test_hole(&t);
	test_gone(&t);
	return t.tap.failed > 0;
}
