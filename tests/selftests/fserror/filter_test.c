// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filters: what a socket has asked for, by multicast and by event-get, and for
 * how long.
 */
#include <fcntl.h>

#include "watcher.h"

/* The one socket hears what it has asked for, the other one hears all. */
static void check_filter(struct __test_metadata *_metadata,
			 FIXTURE_DATA(watcher) * self, bool shutdown)
{
	const struct scratch *from = shutdown ? &falling : &failing;
	struct records all = { 0 }, dumped = { 0 };
	struct nl_answer answer;
	struct nl other;

	ASSERT_EQ(0, nl_open(&other));
	ASSERT_EQ(0, nl_join(&other));
	make_two_records(_metadata);

	EXPECT_EQ(0, records_receive(&all, &other, 2));
	EXPECT_EQ(2, all.nr);
	ASSERT_EQ(0, records_receive(&self->records, &self->nl, 1));
	EXPECT_EQ(-EAGAIN,
		  nl_receive(&self->nl, 500, records_add, &self->records));
	ASSERT_EQ(1, self->records.nr);
	EXPECT_EQ(shutdown ? FSERROR_KIND_SHUTDOWN : FSERROR_KIND_DIRECTIO_READ,
		  self->records.records[0].kind);
	EXPECT_TRUE(record_is_of(&self->records.records[0], from));

	/* event-get on the same socket has the same filter */
	ASSERT_EQ(0, records_since(&dumped, &self->nl, self->before.last,
				   &answer));
	EXPECT_EQ(0, answer.error);
	EXPECT_EQ(1, dumped.nr);
	if (dumped.nr)
		EXPECT_EQ(self->records.records[0].seq, dumped.records[0].seq);
	records_free(&dumped);
	ASSERT_EQ(0,
		  records_since(&dumped, &other, self->before.last, &answer));
	EXPECT_EQ(2, dumped.nr);

	records_free(&all);
	records_free(&dumped);
	nl_close(&other);
}

TEST_F(watcher, filter_by_kind)
{
	ASSERT_EQ(0, watch_set(&self->nl, BIT(FSERROR_KIND_SHUTDOWN), NULL,
			       false));
	check_filter(_metadata, self, true);
}

TEST_F(watcher, filter_by_device)
{
	ASSERT_EQ(0, watch_set(&self->nl, 0, &failing, false));
	check_filter(_metadata, self, false);
}

TEST_F(watcher, filter_by_uuid)
{
	ASSERT_EQ(0, watch_set(&self->nl, 0, &falling, true));
	check_filter(_metadata, self, true);
}

/* No record of these has a cause, and so none passes. */
TEST_F(watcher, filter_by_cause)
{
	struct nl_answer answer;
	struct nl_msg msg;

	nl_msg_init(&msg, &self->nl, FSERROR_CMD_WATCH_SET, 0);
	nl_put_u32(&msg, FSERROR_A_WATCH_CAUSES, BIT(FSERROR_CAUSE_MEDIA));
	ASSERT_EQ(0, nl_ask(&self->nl, &msg, NULL, NULL, &answer));
	ASSERT_EQ(0, answer.error);
	make_two_records(_metadata);
	ASSERT_EQ(0, stats_wait_published(&self->before, &self->asker));
	EXPECT_EQ(-EAGAIN,
		  nl_receive(&self->nl, 500, records_add, &self->records));
	EXPECT_EQ(0, self->records.nr);
}

/* Test records of the one filesystem, of the other, of none; @passed comes. */
static void check_tests(struct __test_metadata *_metadata,
			FIXTURE_DATA(watcher) * self, int passed)
{
	const struct scratch *of[] = { &failing, &falling, NULL };
	unsigned int i;
	__u64 seq[3];

	for (i = 0; i < ARRAY_SIZE(of); i++)
		ASSERT_EQ(0, test_event(&self->asker, of[i], false, &seq[i]));
	ASSERT_EQ(0, stats_wait_published(&self->before, &self->asker));
	if (passed >= 0)
		EXPECT_EQ(0, records_receive(&self->records, &self->nl, 1));
	EXPECT_EQ(-EAGAIN,
		  nl_receive(&self->nl, 500, records_add, &self->records));
	ASSERT_EQ(passed >= 0, self->records.nr);
	if (passed >= 0)
		EXPECT_EQ(seq[passed], self->records.records[0].seq);
}

TEST_F(watcher, filter_tests_by_device)
{
	ASSERT_EQ(0, watch_set(&self->nl, 0, &failing, false));
	check_tests(_metadata, self, 0);
}

TEST_F(watcher, filter_tests_by_uuid)
{
	ASSERT_EQ(0, watch_set(&self->nl, 0, &falling, true));
	check_tests(_metadata, self, 1);
}

TEST_F(watcher, filter_tests_by_kind)
{
	ASSERT_EQ(0, watch_set(&self->nl, ~BIT(FSERROR_KIND_TEST) & 0xffe, NULL,
			       false));
	check_tests(_metadata, self, -1);

	/* and now nothing but them, of one filesystem */
	ASSERT_EQ(0, watch_set(&self->nl, BIT(FSERROR_KIND_TEST), &falling,
			       false));
	ASSERT_EQ(0, scratch_fail_reads(&failing, 1, PIECE));
	check_tests(_metadata, self, 1);
}

/* A filter is replaced as a whole; one that is refused changes nothing. */
TEST_F(watcher, filter_replaced)
{
	struct scratch gone = failing;

	ASSERT_EQ(0, watch_set(&self->nl, BIT(FSERROR_KIND_TEST), NULL, false));
	memset(gone.uuid, 0xee, sizeof(gone.uuid));
	EXPECT_EQ(-ENODEV, watch_set(&self->nl, 0, &gone, true));
	make_two_records(_metadata);
	EXPECT_EQ(-EAGAIN,
		  nl_receive(&self->nl, 500, records_add, &self->records));

	ASSERT_EQ(0, watch_set(&self->nl, 0, NULL, false));
	make_two_records(_metadata);
	EXPECT_EQ(0, records_receive(&self->records, &self->nl, 2));
	EXPECT_EQ(self->before.last + 3, self->records.records[0].seq);
}

/* It lives as long as the socket, which stat-get shows. */
TEST_F(watcher, filter_lifetime)
{
	struct stats stats;
	__u32 portid = self->nl.portid;

	EXPECT_EQ(-1, stats_watcher(&self->before, portid));
	ASSERT_EQ(0, watch_set(&self->nl, BIT(FSERROR_KIND_TEST), NULL, false));
	ASSERT_EQ(0, stats_get(&stats, &self->asker));
	EXPECT_LE(0, stats_watcher(&stats, portid));
	EXPECT_EQ(-1, stats_watcher(&stats, self->asker.portid));
	EXPECT_EQ(self->before.nr_watchers + 1, stats.nr_watchers);

	/* a second time it is the same watcher */
	ASSERT_EQ(0, watch_set(&self->nl, 0, NULL, false));
	ASSERT_EQ(0, stats_get(&stats, &self->asker));
	EXPECT_EQ(self->before.nr_watchers + 1, stats.nr_watchers);

	nl_close(&self->nl);
	ASSERT_EQ(0, stats_get(&stats, &self->asker));
	EXPECT_EQ(-1, stats_watcher(&stats, portid));
	EXPECT_EQ(self->before.nr_watchers, stats.nr_watchers);
}

/* The marker passes a filter that lets no record through. */
TEST_F_TIMEOUT(watcher, marker_passes_filter, 300)
{
	struct nl_answer answer;
	struct stats stats;

	ASSERT_EQ(0,
		  watch_set(&self->asker, BIT(FSERROR_KIND_BULK), NULL, false));
	nl_close(&self->nl);
	ASSERT_EQ(0, stats_get(&stats, &self->asker));
	if (!stats.overwritten)
		ASSERT_EQ(0, scratch_fail_reads(&failing, stats.ring_size + 1,
						PIECE));
	ASSERT_EQ(0, records_since(&self->records, &self->asker, 0, &answer));
	EXPECT_EQ(0, answer.error);
	EXPECT_EQ(1, self->records.nr_lost);
	EXPECT_EQ(1, self->records.lost[0].first);
	EXPECT_EQ(0, self->records.nr);
}

static pid_t owner;

/* The children of the harness leave them alone. */
static void remove_scratch(void)
{
	if (getpid() != owner)
		return;
	scratch_remove(&failing);
	scratch_remove(&falling);
}

int main(int argc, char **argv)
{
	int error;

	owner = getpid();
	atexit(remove_scratch);
	error = scratch_make(&failing, "failing", true);
	if (!error)
		error = scratch_make(&falling, "falling", false);
	if (error)
		ksft_exit_fail_msg("no filesystem to test with: %s\n",
				   strerror(-error));
	return test_harness_run(argc, argv);
}
