// SPDX-License-Identifier: GPL-2.0-only
/*
 * The client's side of the protocol: order, gaps, overruns, recovery, groups,
 * bounds.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "messages.h"
#include "peer.h"
#include "tap.h"

/*
 * A socket pair cannot overrun, so recvmsg() is wrapped: on overrun_fd the
 * call number overrun_at fails with ENOBUFS, as the kernel does it.
 */
ssize_t __real_recvmsg(int fd, struct msghdr *msg, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags);

static int overrun_fd = -1, overrun_at;

ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags)
{
	if (fd == overrun_fd && overrun_at-- == 0) {
		overrun_fd = -1;
		errno = ENOBUFS;
		return -1;
	}
	return __real_recvmsg(fd, msg, flags);
}

/*
 * Take all events and spell them: "1" record 1, "L2-4" lost, "M" a gap, "O" an
 * overrun, "R" recovered.
 */
static char *spell(struct fserror_client *client, char *buf, size_t size)
{
	struct fserror_event *ev;
	bool missed = false;
	size_t len = 0;

	buf[0] = '\0';
	while (!missed && len + 32 < size &&
	       fserror_client_next(client, &ev) == 1) {
		if (len)
			buf[len++] = ' ';
		switch (ev->type) {
		case FSERROR_EVENT_RECORD:
			len += sprintf(buf + len, "%llu",
				       (unsigned long long)ev->record.seq);
			break;
		case FSERROR_EVENT_LOST:
			len += sprintf(buf + len, "L%llu-%llu",
				       (unsigned long long)ev->first,
				       (unsigned long long)ev->last);
			break;
		case FSERROR_EVENT_MISSED:
			strcpy(buf + len, ev->overrun ? "O" : "M");
			missed = true;
			break;
		case FSERROR_EVENT_RECOVERED:
			len += sprintf(buf + len, "R");
			break;
		}
		fserror_event_free(ev);
	}
	return buf;
}

static struct stream *damage(struct peer *peer)
{
	return peer_stream(peer, FSERROR_GROUP_DAMAGE);
}

#define LIVE(peer, a, b) \
	peer_send_events((peer)->sub, FSERROR_CMD_DAMAGE_NTF, 0, a, b)

static void pump(struct tap *tap, struct peer *peer)
{
	if (fserror_client_pump(peer->client))
		ok(tap, false, "pump: %s", fserror_client_error(peer->client));
}

/* the answer to the request number @nr: records, then the end */
static void answer_events(struct peer *peer, uint32_t nr, uint64_t first,
			  uint64_t last, int flags)
{
	if (first <= last)
		peer_send_events(peer->req, FSERROR_CMD_EVENT_GET, nr, first,
				 last);
	peer_send(peer->req, message_done(nr, 0, flags));
}

/* the number in the "since" of the request that was sent, or -1 */
static long long asked_since(struct peer *peer)
{
	char buf[4096] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	struct genlmsghdr *gnlh;
	struct nlattr *attr;

	if (!peer_read(peer->req, buf, sizeof(buf)))
		return -1;
	gnlh = nlmsg_data(nlh);
	attr = nlmsg_find_attr(nlh, GENL_HDRLEN, FSERROR_A_EVENT_SINCE);
	if (nlh->nlmsg_type != TEST_FAMILY || !attr ||
	    gnlh->cmd != FSERROR_CMD_EVENT_GET ||
	    (nlh->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		return -1;
	return nla_len(attr) == 8 ? (long long)nla_get_u64(attr) :
				    nla_get_u32(attr);
}

static void test_order(struct tap *tap)
{
	struct peer peer;
	char buf[256];

	peer_open(&peer);
	damage(&peer)->last = 10;
	LIVE(&peer, 11, 12);
	LIVE(&peer, 13, 13);
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "11 12 13",
		  "order: as they come");
	ok(tap,
	   fserror_client_last_seq(peer.client, FSERROR_GROUP_DAMAGE) == 13,
	   "order: last number");
	ok(tap,
	   fserror_client_boot_id(peer.client) &&
		   !memcmp(fserror_client_boot_id(peer.client), test_boot_id,
			   16),
	   "order: boot id");
	LIVE(&peer, 12, 14);
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "14",
		  "order: what was told is not told again");
	peer_close(&peer);

	peer_open(&peer);
	damage(&peer)->last = 10;
	LIVE(&peer, 9, 11);
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "9 10 11",
		  "order: published between joining and asking for the number");
	peer_close(&peer);
}

static void test_gap(struct tap *tap)
{
	struct peer peer;
	char buf[256];

	peer_open(&peer);
	damage(&peer)->last = 10;
	LIVE(&peer, 11, 11);
	LIVE(&peer, 15, 16);
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "11 M",
		  "gap: noticed, after what came before it");
	answer_events(&peer, 1, 12, 17, 0);
	ok(tap, fserror_client_recover(peer.client, FSERROR_GROUP_DAMAGE) == 0,
	   "gap: recover");
	ok(tap, asked_since(&peer) == 11, "gap: asked since the last number");
	LIVE(&peer, 17, 18);
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)),
		  "12 13 14 15 16 17 R 18", "gap: filled, nothing twice");
	peer_close(&peer);
}

static void test_gap_for_ever(struct tap *tap)
{
	struct peer peer;
	char buf[256];

	peer_open(&peer);
	damage(&peer)->last = 10;
	LIVE(&peer, 13, 13);
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "M",
		  "gap for ever: noticed");
	answer_events(&peer, 1, 1, 0, 0);
	fserror_client_recover(peer.client, FSERROR_GROUP_DAMAGE);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "R L11-12 13",
		  "gap for ever: told as lost, not asked for again");
	peer_close(&peer);
}

static void test_filtered(struct tap *tap)
{
	struct peer peer;
	char buf[256];

	peer_open(&peer);
	peer.client->filtered = true;
	damage(&peer)->last = 10;
	LIVE(&peer, 13, 13);
	LIVE(&peer, 20, 20);
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "13 20",
		  "filter: gaps are normal");
	peer_close(&peer);
}

static void send_lost(int fd, int cmd, uint32_t seq, uint64_t first,
		      uint64_t last)
{
	struct nl_msg *msg = message_new(cmd, seq, 0);

	message_put_lost(msg, first, last);
	peer_send(fd, msg);
}

static void test_lost(struct tap *tap)
{
	struct peer peer;
	char buf[256];

	peer_open(&peer);
	damage(&peer)->last = 10;
	LIVE(&peer, 11, 11);
	send_lost(peer.sub, FSERROR_CMD_DAMAGE_NTF, 0, 12, 19);
	LIVE(&peer, 20, 20);
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "11 L12-19 20",
		  "lost: a live marker");
	send_lost(peer.sub, FSERROR_CMD_DAMAGE_NTF, 0, 15, 22);
	send_lost(peer.sub, FSERROR_CMD_DAMAGE_NTF, 0, 15, 22);
	LIVE(&peer, 23, 23);
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "L21-22 23",
		  "lost: not what was told, and once");
	peer_close(&peer);
}

static void test_overrun(struct tap *tap)
{
	struct peer peer;
	char buf[256];

	peer_open(&peer);
	damage(&peer)->last = 10;
	LIVE(&peer, 11, 11);
	LIVE(&peer, 12, 12);
	overrun_fd = damage(&peer)->sock.fd;
	overrun_at = 1;
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "11 O",
		  "overrun: told where it happened");
	/* the ring has moved on: 12 to 14 are gone, 12 was in the socket */
	send_lost(peer.req, FSERROR_CMD_EVENT_GET, 1, 12, 14);
	answer_events(&peer, 1, 15, 16, 0);
	ok(tap,
	   fserror_client_recover(peer.client, FSERROR_GROUP_DAMAGE) == 0 &&
		   asked_since(&peer) == 11,
	   "overrun: recover since the last number");
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "L12-14 15 16 R",
		  "overrun: lost marker, then what is left");
	peer_close(&peer);
}

static void test_overrun_filtered(struct tap *tap)
{
	struct peer peer;
	char buf[256];

	peer_open(&peer);
	peer.client->filtered = true;
	damage(&peer)->last = 10;
	LIVE(&peer, 15, 15);
	LIVE(&peer, 18, 18);
	overrun_fd = damage(&peer)->sock.fd;
	overrun_at = 0;
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "O",
		  "overrun with a filter: told");
	peer_send_events(peer.req, FSERROR_CMD_EVENT_GET, 1, 13, 13);
	answer_events(&peer, 1, 15, 15, 0);
	fserror_client_recover(peer.client, FSERROR_GROUP_DAMAGE);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "13 15 R 18",
		  "overrun with a filter: what is older comes first");
	peer_close(&peer);
}

/* after an overrun it is emptied to the end, and what there is no room for is missed */
static void test_full_queue(struct tap *tap)
{
	struct peer peer;
	struct fserror_event *ev;
	uint64_t seq, told = 0;

	peer_open(&peer);
	damage(&peer)->draining = true;
	for (seq = 1; seq <= QUEUE_MAX + 1000; seq += 100)
		LIVE(&peer, seq, seq + 99);
	pump(tap, &peer);
	while (fserror_client_next(peer.client, &ev) == 1 &&
	       ev->type == FSERROR_EVENT_RECORD) {
		fserror_event_free(ev);
		told++;
	}
	ok(tap, told == QUEUE_MAX && ev && ev->type == FSERROR_EVENT_MISSED,
	   "full queue: the rest is missed, not kept");
	fserror_event_free(ev);
	answer_events(&peer, 1, QUEUE_MAX + 1, QUEUE_MAX + 60, 0);
	fserror_client_recover(peer.client, FSERROR_GROUP_DAMAGE);
	ok(tap,
	   fserror_client_next(peer.client, &ev) == 1 &&
		   ev->type == FSERROR_EVENT_RECORD &&
		   ev->record.seq == QUEUE_MAX + 1,
	   "full queue: recovered");
	fserror_event_free(ev);
	peer_close(&peer);
}

static void test_filtered_by_mount(struct tap *tap)
{
	static const struct fserror_fs_id fs = { .has_dev = true,
						 .major = 4095,
						 .minor = 7 };
	struct peer peer;
	char buf[256];

	peer_open(&peer);
	peer.client->filtered = true;
	peer.client->filter = (struct fserror_filter){ .fs = &fs, .nr_fs = 1 };
	damage(&peer)->last = 10;
	LIVE(&peer, 13, 13);
	LIVE(&peer, 14, 14);
	LIVE(&peer, 16, 16);
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "13 14 M",
		  "filter by filesystem: its own numbers have a hole");
	answer_events(&peer, 1, 15, 16, 0);
	fserror_client_recover(peer.client, FSERROR_GROUP_DAMAGE);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "15 16 R",
		  "filter by filesystem: filled");
	LIVE(&peer, 18, 18);
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "M",
		  "filter by filesystem: another hole");
	answer_events(&peer, 2, 1, 0, 0);
	fserror_client_recover(peer.client, FSERROR_GROUP_DAMAGE);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "R L17-17 18",
		  "filter by filesystem: a hole that stays is lost");
	peer_close(&peer);
}

/* the groups do not disturb each other */
static void test_groups(struct tap *tap)
{
	struct nl_msg *msg = message_new(FSERROR_CMD_IO_NTF, 0, 0);
	struct fserror_record rec = record_data_lost(7);
	struct fserror_event *ev;
	struct peer peer;
	char buf[256];

	rec.kind = FSERROR_KIND_BUFFERED_READ;
	peer_open(&peer);
	damage(&peer)->last = 10;
	peer_stream(&peer, FSERROR_GROUP_IO)->last = 4;
	message_put_record(msg, FSERROR_A_EVENT_RECORD, &rec);
	peer_send(peer.io, msg);
	LIVE(&peer, 11, 12);
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "11 12 M",
		  "groups: a hole in one");
	LIVE(&peer, 13, 13);
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "13",
		  "groups: the other one goes on");
	send_lost(peer.req, FSERROR_CMD_EVENT_GET, 1, 5, 6);
	peer_send_events(peer.req, FSERROR_CMD_EVENT_GET, 1, 7, 7);
	peer_send(peer.req, message_done(1, 0, 0));
	ok(tap,
	   !fserror_client_recover(peer.client, FSERROR_GROUP_IO) &&
		   fserror_client_next(peer.client, &ev) == 1 &&
		   ev->type == FSERROR_EVENT_LOST &&
		   ev->group == FSERROR_GROUP_IO,
	   "groups: lost of one");
	fserror_event_free(ev);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "7 R",
		  "groups: recovered");
	ok(tap, fserror_client_recover(peer.client, 3) == -EINVAL,
	   "groups: there is no third");
	peer_close(&peer);
}

/* a full queue leaves the rest in the kernel */
static void test_bound(struct tap *tap)
{
	struct fserror_event *ev;
	uint64_t seq, told = 0;
	struct peer peer;

	peer_open(&peer);
	for (seq = 1; seq <= QUEUE_MAX + 600; seq += 100)
		LIVE(&peer, seq, seq + 99);
	pump(tap, &peer);
	ok(tap,
	   peer.client->queue.length >= QUEUE_MAX &&
		   peer.client->queue.length < QUEUE_MAX + 100 &&
		   fserror_client_fd(peer.client) == -1,
	   "bound: no more is kept, and nothing to wait for");
	for (;;) {
		while (fserror_client_next(peer.client, &ev) == 1) {
			if (ev->type == FSERROR_EVENT_RECORD)
				told++;
			fserror_event_free(ev);
		}
		if (peer.client->streams[0].last >= QUEUE_MAX + 600)
			break;
		pump(tap, &peer);
	}
	ok(tap, told == peer.client->streams[0].last,
	   "bound: all are told in the end");
	peer_close(&peer);
}

static void test_malformed(struct tap *tap)
{
	struct nl_msg *msg;
	struct peer peer;

	peer_open(&peer);
	msg = message_new(FSERROR_CMD_DAMAGE_NTF, 0, 0);
	nla_put(msg, FSERROR_A_EVENT_RECORD, 3, "abc");
	peer_send(peer.sub, msg);
	ok(tap, fserror_client_pump(peer.client) == -EBADMSG,
	   "malformed: event refused");
	ok_string(
		tap, fserror_client_error(peer.client),
		"malformed event from the kernel: record: 3 bytes that are no attribute",
		"malformed: event in words");
	if (send(peer.sub, "\x03\x00\x00\x00garbage", 11, 0) != 11)
		abort();
	ok(tap, fserror_client_pump(peer.client) == -EBADMSG,
	   "malformed: no message at all");
	peer_close(&peer);
}

/* other families' messages and other commands on the subscription */
static void test_foreign(struct tap *tap)
{
	struct nl_msg *msg;
	struct peer peer;
	char buf[64];

	peer_open(&peer);
	msg = message_new(FSERROR_CMD_MAX + 1, 0, 0);
	peer_send(peer.sub, msg);
	msg = message_new(FSERROR_CMD_DAMAGE_NTF, 0, 0);
	nlmsg_hdr(msg)->nlmsg_type = TEST_FAMILY + 1;
	nla_put(msg, FSERROR_A_EVENT_RECORD, 3, "abc");
	peer_send(peer.sub, msg);
	LIVE(&peer, 1, 1);
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "1",
		  "foreign messages are skipped");
	peer_close(&peer);
}

int main(void)
{
	struct tap tap = { 0 };

	test_order(&tap);
	test_gap(&tap);
	test_gap_for_ever(&tap);
	test_filtered(&tap);
	test_filtered_by_mount(&tap);
	test_groups(&tap);
	test_lost(&tap);
	test_overrun(&tap);
	test_overrun_filtered(&tap);
	test_full_queue(&tap);
	test_bound(&tap);
	test_malformed(&tap);
	test_foreign(&tap);
	return tap.failed != 0;
}
