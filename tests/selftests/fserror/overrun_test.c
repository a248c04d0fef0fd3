// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order of records, and making good what was lost on the way: by the socket, and
 * by the ring.
 */
#include <sys/socket.h>

#include "watcher.h"

/* as many as find the publisher at work */
#define BURST 512
/* requests in one message to the kernel */
#define TOGETHER 64

static void count_reply(const struct nlmsghdr *nlh, void *data)
{
	unsigned int *nr = data;

	(void)nlh;
	(*nr)++;
}

/* @nr records of kind test, faster than one after the other. */
static void make_burst(struct __test_metadata *_metadata, struct nl *nl,
		       unsigned int nr)
{
	char buf[TOGETHER * (NLMSG_HDRLEN + GENL_HDRLEN)];
	unsigned int i, now, came;
	struct nl_msg msg;

	nl_msg_init(&msg, nl, FSERROR_CMD_TEST_EVENT, 0);
	for (; nr; nr -= now) {
		now = nr < TOGETHER ? nr : TOGETHER;
		for (i = 0; i < now; i++)
			memcpy(buf + i * msg.nlh.nlmsg_len, msg.buf,
			       msg.nlh.nlmsg_len);
		ASSERT_LT(0, send(nl->fd, buf, now * msg.nlh.nlmsg_len, 0));
		for (came = 0; came < now;)
			ASSERT_EQ(0, nl_receive(nl, 10000, count_reply, &came));
	}
}

/* Messages come in the order of the numbers, and hold several records. */
TEST_F_TIMEOUT(watcher, order, 120)
{
	unsigned int round, i;
	int room = 8 << 20;

	ASSERT_EQ(0, setsockopt(self->nl.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room,
				sizeof(room)));
	for (round = 0; round < 20 && self->records.most < 2; round++) {
		make_burst(_metadata, &self->asker, BURST);
		ASSERT_EQ(0, records_receive(&self->records, &self->nl,
					     (round + 1) * BURST));
	}
	EXPECT_FALSE(self->records.malformed);
	EXPECT_LT(1, self->records.most);
	ASSERT_EQ(round * BURST, self->records.nr);
	for (i = 0; i < self->records.nr; i++)
		ASSERT_EQ(self->before.ring[DAMAGE].last + 1 + i,
			  self->records.records[i].seq);
}

/* What went by multicast and what event-get says are the same records. */
TEST_F(watcher, event_get_is_the_same)
{
	struct records dumped = { 0 };
	struct nl_answer answer;
	unsigned int i, j = 0;

	make_records(_metadata);
	receive_records(_metadata, &self->records, &self->nl);
	ASSERT_EQ(0, records_since(&dumped, &self->asker, DAMAGE,
				   self->before.ring[DAMAGE].last, &answer));
	ASSERT_EQ(3, dumped.nr);
	for (i = 0; i < self->records.nr; i++)
		if (self->records.records[i].kind != FSERROR_KIND_DIRECTIO_READ)
			EXPECT_EQ(0, memcmp(&self->records.records[i],
					    &dumped.records[j++],
					    sizeof(*dumped.records)));
	EXPECT_EQ(3, j);
	records_free(&dumped);

	ASSERT_EQ(0, records_since(&dumped, &self->asker, IO,
				   self->before.ring[IO].last, &answer));
	ASSERT_EQ(1, dumped.nr);
	EXPECT_EQ(0, memcmp(records_find(&self->records,
					 FSERROR_KIND_DIRECTIO_READ),
			    &dumped.records[0], sizeof(*dumped.records)));
	records_free(&dumped);
}

/* Closed with a message unread, in the middle of a dump, and with a filter. */
TEST_F(watcher, closed_in_a_dump)
{
	struct stats stats;
	struct nl_msg msg;
	int i;

	make_burst(_metadata, &self->asker, 200);
	for (i = 0; i < 20; i++) {
		struct nl nl;

		ASSERT_EQ(0, nl_open(&nl));
		ASSERT_EQ(0, nl_join(&nl));
		ASSERT_EQ(0,
			  watch_set(&nl, BIT(FSERROR_KIND_TEST), NULL, false));
		nl_msg_init(&msg, &nl, FSERROR_CMD_EVENT_GET, NLM_F_DUMP);
		ASSERT_LT(0, send(nl.fd, msg.buf, msg.nlh.nlmsg_len, 0));
		nl_close(&nl);
	}
	ASSERT_EQ(0, stats_get(&stats, &self->asker));
	EXPECT_EQ(self->before.nr_watchers, stats.nr_watchers);
}

/*
 * The socket is overrun: it is told so, once, and event-get since the last record
 * that came makes it good.
 */
TEST_F(watcher, overrun)
{
	struct nl_answer answer;
	struct stats stats;
	int one = 1, overruns = 0, error, place;
	unsigned int came, i;

	/* the least that the kernel allows: a message or two */
	ASSERT_EQ(0, setsockopt(self->nl.fd, SOL_SOCKET, SO_RCVBUF, &one,
				sizeof(one)));
	/* so that stat-get shows what was dropped */
	ASSERT_EQ(0, watch_set(&self->nl, 0, NULL, false));
	make_burst(_metadata, &self->asker, BURST);
	ASSERT_EQ(0, stats_wait_published(&stats, &self->asker));
	ASSERT_EQ(self->before.ring[DAMAGE].last + BURST,
		  stats.ring[DAMAGE].last);

	while ((error = nl_receive(&self->nl, 500, records_add,
				   &self->records)) != -EAGAIN) {
		if (error == -ENOBUFS)
			overruns++;
		else
			ASSERT_EQ(0, error);
	}
	EXPECT_EQ(1, overruns);
	came = self->records.nr;
	ASSERT_LT(0, came);
	ASSERT_GT(BURST, came);
	place = stats_watcher(&stats, self->nl.portid);
	ASSERT_LE(0, place);
	EXPECT_LT(0, stats.drops[place]);

	/* nothing else went wrong, and now the rest of it, on the same socket */
	one = 1024 * 1024;
	ASSERT_EQ(0, setsockopt(self->nl.fd, SOL_SOCKET, SO_RCVBUF, &one,
				sizeof(one)));
	ASSERT_EQ(0,
		  records_since(&self->records, &self->nl, DAMAGE,
				self->records.records[came - 1].seq, &answer));
	EXPECT_EQ(0, answer.error);
	EXPECT_EQ(0, self->records.nr_lost);
	ASSERT_EQ(BURST, self->records.nr);
	for (i = 0; i < BURST; i++)
		ASSERT_EQ(self->before.ring[DAMAGE].last + 1 + i,
			  self->records.records[i].seq);

	/* and live events go on */
	make_tests(_metadata, &self->asker, 1);
	EXPECT_EQ(0, records_receive(&self->records, &self->nl, BURST + 1));
	EXPECT_EQ(self->before.ring[DAMAGE].last + BURST + 1,
		  self->records.records[BURST].seq);
}

/* The ring has moved past what is asked for: the marker says exactly how far. */
TEST_F_TIMEOUT(watcher, ring_overwritten, 300)
{
	const struct ring *before = &self->before.ring[DAMAGE];
	struct stats stats;
	const struct ring *ring = &stats.ring[DAMAGE];
	struct nl_answer answer;
	__u64 first;
	unsigned int i;

	nl_close(&self->nl);
	make_burst(_metadata, &self->asker, before->size + 100);
	ASSERT_EQ(0, stats_get(&stats, &self->asker));
	ASSERT_EQ(before->last + ring->size + 100, ring->last);
	first = ring->last - ring->size + 1;
	EXPECT_EQ(first, ring->first);
	EXPECT_EQ(first - 1, ring->overwritten);

	ASSERT_EQ(0, records_since(&self->records, &self->asker, DAMAGE,
				   before->last, &answer));
	EXPECT_EQ(0, answer.error);
	ASSERT_EQ(1, self->records.nr_lost);
	EXPECT_EQ(before->last + 1, self->records.lost[0].first);
	EXPECT_EQ(first - 1, self->records.lost[0].last);
	EXPECT_EQ(0, self->records.lost[0].before);
	ASSERT_EQ(ring->size, self->records.nr);
	for (i = 0; i < self->records.nr; i++)
		ASSERT_EQ(first + i, self->records.records[i].seq);
	records_free(&self->records);

	/* since the last one that is gone: no marker; since the one before: one */
	ASSERT_EQ(0, records_since(&self->records, &self->asker, DAMAGE,
				   first - 1, &answer));
	EXPECT_EQ(0, self->records.nr_lost);
	EXPECT_EQ(ring->size, self->records.nr);
	records_free(&self->records);
	ASSERT_EQ(0, records_since(&self->records, &self->asker, DAMAGE,
				   first - 2, &answer));
	ASSERT_EQ(1, self->records.nr_lost);
	EXPECT_EQ(first - 1, self->records.lost[0].first);
	EXPECT_EQ(first - 1, self->records.lost[0].last);
}

/* Failed reads have a ring of their own: no damage is evicted by them. */
TEST_F(watcher, other_ring_stays)
{
	struct stats stats;

	ASSERT_EQ(0, scratch_fail_reads(&failing, 300, PIECE));
	ASSERT_EQ(0, stats_wait_published(&stats, &self->asker));
	EXPECT_EQ(self->before.ring[DAMAGE].first, stats.ring[DAMAGE].first);
	EXPECT_EQ(self->before.ring[DAMAGE].last, stats.ring[DAMAGE].last);
	EXPECT_LT(self->before.ring[IO].last, stats.ring[IO].last);
}

int main(int argc, char **argv)
{
	scratch_need(&failing, "failing", true);
	scratch_need(&falling, "falling", false);
	return test_harness_run(argc, argv);
}
