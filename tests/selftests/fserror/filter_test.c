// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filters: what a socket has asked for, by multicast and by event-get, and for
 * how long.
 */
#include <fcntl.h>

#include "watcher.h"

/* Everything that comes until nothing comes any more. */
static void receive_rest(struct __test_metadata *_metadata,
			 struct records *records, struct nl *nl)
{
	int error;

	do {
		error = nl_receive(nl, 500, records_add, records);
	} while (!error);
	ASSERT_EQ(-EAGAIN, error);
}

/* Are there records of exactly the kinds @kinds, and only of @from? */
static void check_records(struct __test_metadata *_metadata,
			  const struct records *records, __u32 kinds,
			  const struct scratch *from)
{
	unsigned int i;
	__u32 came = 0;

	for (i = 0; i < records->nr; i++) {
		came |= BIT(records->records[i].kind);
		EXPECT_TRUE(record_is_of(&records->records[i], from));
	}
	EXPECT_EQ(kinds, came);
}

/*
 * The one socket hears what it has asked for, the other one hears all; event-get has
 * the same filter.
 */
static void check_filter(struct __test_metadata *_metadata,
			 FIXTURE_DATA(watcher) * self, __u32 kinds,
			 const struct scratch *from)
{
	struct records all = { 0 }, dumped = { 0 };
	struct nl_answer answer;
	struct nl other;
	__u32 group;

	ASSERT_EQ(0, nl_open(&other));
	ASSERT_EQ(0, nl_join(&other));
	make_records(_metadata);

	receive_records(_metadata, &all, &other);
	receive_rest(_metadata, &all, &other);
	EXPECT_EQ(4, all.nr);
	receive_rest(_metadata, &self->records, &self->nl);
	check_records(_metadata, &self->records, kinds, from);

	for (group = 1; group <= FSERROR_GROUP_MAX; group++) {
		ASSERT_EQ(0, records_since(&dumped, &self->nl, group,
					   self->before.ring[group].last,
					   &answer));
		EXPECT_EQ(0, answer.error);
	}
	check_records(_metadata, &dumped, kinds, from);
	EXPECT_EQ(self->records.nr, dumped.nr);
	records_free(&dumped);
	for (group = 1; group <= FSERROR_GROUP_MAX; group++)
		ASSERT_EQ(0, records_since(&dumped, &other, group,
					   self->before.ring[group].last,
					   &answer));
	EXPECT_EQ(all.nr, dumped.nr);

	records_free(&all);
	records_free(&dumped);
	nl_close(&other);
}

#define OF_FALLING                                                \
	(BIT(FSERROR_KIND_SHUTDOWN) | BIT(FSERROR_KIND_UNMOUNT) | \
	 BIT(FSERROR_KIND_MOUNT))

TEST_F(watcher, filter_by_kind)
{
	ASSERT_EQ(0, watch_set(&self->nl, BIT(FSERROR_KIND_SHUTDOWN), NULL,
			       false));
	check_filter(_metadata, self, BIT(FSERROR_KIND_SHUTDOWN), &falling);
}

TEST_F(watcher, filter_by_kind_of_io)
{
	ASSERT_EQ(0, watch_set(&self->nl, BIT(FSERROR_KIND_DIRECTIO_READ), NULL,
			       false));
	check_filter(_metadata, self, BIT(FSERROR_KIND_DIRECTIO_READ),
		     &failing);
}

/* Who is told of losses is told that there will be no more. */
TEST_F(watcher, unmount_passes_with_losses)
{
	ASSERT_EQ(0, watch_set(&self->nl, BIT(FSERROR_KIND_DATA_LOST), NULL,
			       false));
	check_filter(_metadata, self, BIT(FSERROR_KIND_UNMOUNT), &falling);
}

TEST_F(watcher, filter_by_device)
{
	ASSERT_EQ(0, watch_set(&self->nl, 0, &failing, false));
	check_filter(_metadata, self, BIT(FSERROR_KIND_DIRECTIO_READ),
		     &failing);
}

TEST_F(watcher, filter_by_uuid)
{
	ASSERT_EQ(0, watch_set(&self->nl, 0, &falling, true));
	check_filter(_metadata, self, OF_FALLING, &falling);
}

/* No record of these has a cause, and so none passes but for the unmount. */
TEST_F(watcher, filter_by_cause)
{
	struct nl_answer answer;
	struct nl_msg msg;

	nl_msg_init(&msg, &self->nl, FSERROR_CMD_WATCH_SET, 0);
	nl_put_u32(&msg, FSERROR_A_WATCH_CAUSES, BIT(FSERROR_CAUSE_MEDIA));
	ASSERT_EQ(0, nl_ask(&self->nl, &msg, NULL, NULL, &answer));
	ASSERT_EQ(0, answer.error);
	check_filter(_metadata, self, BIT(FSERROR_KIND_UNMOUNT), &falling);
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
	ASSERT_EQ(0, watch_set(&self->nl,
			       ~BIT(FSERROR_KIND_TEST) &
				       ((2U << FSERROR_KIND_MAX) - 2),
			       NULL, false));
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
	make_records(_metadata);
	ASSERT_EQ(0, stats_wait_published(&self->before, &self->asker));
	receive_rest(_metadata, &self->records, &self->nl);
	EXPECT_EQ(0, self->records.nr);

	ASSERT_EQ(0, watch_set(&self->nl, 0, NULL, false));
	make_records(_metadata);
	receive_records(_metadata, &self->records, &self->nl);
	EXPECT_EQ(4, self->records.nr);
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
	/* what others have left in the ring may pass */
	make_tests(_metadata, &self->asker, stats.ring[DAMAGE].size + 1);
	ASSERT_EQ(0, records_since(&self->records, &self->asker, DAMAGE, 0,
				   &answer));
	EXPECT_EQ(0, answer.error);
	EXPECT_EQ(1, self->records.nr_lost);
	EXPECT_EQ(1, self->records.lost[0].first);
	EXPECT_EQ(0, self->records.nr);
}

int main(int argc, char **argv)
{
	scratch_need(&failing, "failing", true);
	scratch_need(&falling, "falling", false);
	return test_harness_run(argc, argv);
}
