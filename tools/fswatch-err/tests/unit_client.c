// SPDX-License-Identifier: GPL-2.0-only
/*
 * The client's side of the protocol: order, gaps, overruns, recovery, dumps
 * that are inconsistent, refusals.
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

#define LIVE(peer, a, b) \
	peer_send_events((peer)->sub, FSERROR_CMD_EVENT_NTF, 0, a, b)

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
	peer.client->last = 10;
	LIVE(&peer, 11, 12);
	LIVE(&peer, 13, 13);
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "11 12 13",
		  "order: as they come");
	ok(tap, fserror_client_last_seq(peer.client) == 13,
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
	peer.client->last = 10;
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
	peer.client->last = 10;
	LIVE(&peer, 11, 11);
	LIVE(&peer, 15, 16);
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "11 M",
		  "gap: noticed, after what came before it");
	answer_events(&peer, 1, 12, 17, 0);
	ok(tap, fserror_client_recover(peer.client) == 0, "gap: recover");
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
	peer.client->last = 10;
	LIVE(&peer, 13, 13);
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "M",
		  "gap for ever: noticed");
	answer_events(&peer, 1, 1, 0, 0);
	fserror_client_recover(peer.client);
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
	peer.client->last = 10;
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
	peer.client->last = 10;
	LIVE(&peer, 11, 11);
	send_lost(peer.sub, FSERROR_CMD_EVENT_NTF, 0, 12, 19);
	LIVE(&peer, 20, 20);
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "11 L12-19 20",
		  "lost: a live marker");
	send_lost(peer.sub, FSERROR_CMD_EVENT_NTF, 0, 15, 22);
	send_lost(peer.sub, FSERROR_CMD_EVENT_NTF, 0, 15, 22);
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
	peer.client->last = 10;
	LIVE(&peer, 11, 11);
	LIVE(&peer, 12, 12);
	overrun_fd = peer.client->sub.fd;
	overrun_at = 1;
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "11 O",
		  "overrun: told where it happened");
	/* the ring has moved on: 12 to 14 are gone, 12 was in the socket */
	send_lost(peer.req, FSERROR_CMD_EVENT_GET, 1, 12, 14);
	answer_events(&peer, 1, 15, 16, 0);
	ok(tap,
	   fserror_client_recover(peer.client) == 0 && asked_since(&peer) == 11,
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
	peer.client->last = 10;
	LIVE(&peer, 15, 15);
	LIVE(&peer, 18, 18);
	overrun_fd = peer.client->sub.fd;
	overrun_at = 0;
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "O",
		  "overrun with a filter: told");
	peer_send_events(peer.req, FSERROR_CMD_EVENT_GET, 1, 13, 13);
	answer_events(&peer, 1, 15, 15, 0);
	fserror_client_recover(peer.client);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "13 15 R 18",
		  "overrun with a filter: what is older comes first");
	peer_close(&peer);
}

static void test_full_queue(struct tap *tap)
{
	struct peer peer;
	struct fserror_event *ev;
	uint64_t seq, told = 0;

	peer_open(&peer);
	for (seq = 1; seq <= 70000; seq += 100) {
		LIVE(&peer, seq, seq + 99);
		pump(tap, &peer);
	}
	while (fserror_client_next(peer.client, &ev) == 1 &&
	       ev->type == FSERROR_EVENT_RECORD) {
		fserror_event_free(ev);
		told++;
	}
	ok(tap, told == 65536 && ev && ev->type == FSERROR_EVENT_MISSED,
	   "full queue: the rest is missed, not kept");
	fserror_event_free(ev);
	answer_events(&peer, 1, 65537, 65600, 0);
	fserror_client_recover(peer.client);
	ok(tap,
	   fserror_client_next(peer.client, &ev) == 1 &&
		   ev->type == FSERROR_EVENT_RECORD && ev->record.seq == 65537,
	   "full queue: recovered");
	fserror_event_free(ev);
	peer_close(&peer);
}

static void test_recover_interrupted(struct tap *tap)
{
	struct peer peer;
	char buf[256];

	peer_open(&peer);
	peer.client->last = 10;
	LIVE(&peer, 13, 13);
	pump(tap, &peer);
	spell(peer.client, buf, sizeof(buf));
	peer_send_events(peer.req, FSERROR_CMD_EVENT_GET, 1, 11, 11);
	peer_send(peer.req, message_done(1, 0, NLM_F_DUMP_INTR));
	answer_events(&peer, 2, 11, 13, 0);
	ok(tap, fserror_client_recover(peer.client) == 0,
	   "interrupted: recover");
	ok(tap, asked_since(&peer) == 10 && asked_since(&peer) == 10,
	   "interrupted: asked twice");
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "11 12 13 R",
		  "interrupted: the answer of the second time");
	peer_close(&peer);
}

static void send_damage(struct peer *peer, uint32_t nr, uint64_t ino, int flags)
{
	struct nl_msg *msg =
		message_new(FSERROR_CMD_DAMAGE_GET, nr, NLM_F_MULTI | flags);
	struct fserror_record rec = record_data_lost(0);

	rec.ino = ino;
	message_put_record(msg, FSERROR_A_DAMAGE_RECORD, &rec);
	peer_send(peer->req, msg);
}

static void test_damage(struct tap *tap)
{
	struct fserror_fs_id fs = { .has_dev = true, .major = 259, .minor = 1 };
	char buf[4096] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	struct fserror_records records = { 0 };
	struct peer peer;
	struct nlattr *attr, *sub;
	int i;

	peer_open(&peer);
	/* an answer to something older, and an event on the wrong socket */
	send_damage(&peer, 77, 1, 0);
	send_damage(&peer, 1, 100, 0);
	send_damage(&peer, 1, 101, 0);
	peer_send(peer.req, message_done(1, 0, 0));
	LIVE(&peer, 1, 2);
	ok(tap,
	   fserror_client_damage(peer.client, &fs, &records) == 0 &&
		   records.nr == 2 && records.v[1]->ino == 101,
	   "damage: two records");
	peer_read(peer.req, buf, sizeof(buf));
	attr = nlmsg_find_attr(nlh, GENL_HDRLEN, FSERROR_A_DAMAGE_FS);
	sub = attr ? nla_find(nla_data(attr), nla_len(attr),
			      FSERROR_A_FS_ID_MAJOR) :
		     NULL;
	ok(tap,
	   sub && nla_get_u32(sub) == 259 &&
		   attr->nla_type == (NLA_F_NESTED | FSERROR_A_DAMAGE_FS),
	   "damage: of one filesystem");
	fserror_records_free(&records);

	send_damage(&peer, 2, 100, 0);
	send_damage(&peer, 2, 102, NLM_F_DUMP_INTR);
	peer_send(peer.req, message_done(2, 0, 0));
	send_damage(&peer, 3, 200, 0);
	peer_send(peer.req, message_done(3, 0, 0));
	ok(tap,
	   fserror_client_damage(peer.client, NULL, &records) == 0 &&
		   records.nr == 1 && records.v[0]->ino == 200,
	   "damage: an inconsistent answer is thrown away");
	fserror_records_free(&records);

	for (i = 4; i < 14; i++) {
		send_damage(&peer, i, i, 0);
		peer_send(peer.req, message_done(i, 0, NLM_F_DUMP_INTR));
	}
	ok(tap,
	   fserror_client_damage(peer.client, NULL, &records) == 1 &&
		   records.nr == 1 && records.v[0]->ino == 13,
	   "damage: inconsistent each time is told, with the last answer");
	fserror_records_free(&records);
	peer_close(&peer);
}

static void test_refused(struct tap *tap)
{
	struct fserror_records records = { 0 };
	struct fserror_stat *stat;
	struct peer peer;

	peer_open(&peer);
	peer_send(peer.req, message_error(1, -EPERM, NULL));
	ok(tap, fserror_client_stat(peer.client, &stat) == -EPERM,
	   "refused: EPERM");
	ok_string(
		tap, fserror_client_error(peer.client),
		"stat-get: permission denied: CAP_SYS_ADMIN in the initial user namespace is needed",
		"refused: EPERM in words");
	peer_send(peer.req, message_error(2, -EINVAL, "no such attribute"));
	ok(tap, fserror_client_stat(peer.client, &stat) == -EINVAL,
	   "refused: EINVAL");
	ok_string(tap, fserror_client_error(peer.client),
		  "stat-get: no such attribute: Invalid argument",
		  "refused: the kernel's words");
	peer_send(peer.req, message_done(3, -ENODEV, 0));
	ok(tap, fserror_client_damage(peer.client, NULL, &records) == -ENODEV,
	   "refused: at the end of a dump");
	ok_string(tap, fserror_client_error(peer.client),
		  "damage-get: No such device",
		  "refused: end of a dump in words");
	peer_close(&peer);
}

static void test_malformed(struct tap *tap)
{
	struct nl_msg *msg;
	struct fserror_records records = { 0 };
	struct peer peer;

	peer_open(&peer);
	msg = message_new(FSERROR_CMD_EVENT_NTF, 0, 0);
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
	msg = message_new(FSERROR_CMD_DAMAGE_GET, 1, NLM_F_MULTI);
	nla_put(msg, FSERROR_A_DAMAGE_RECORD, 3, "abc");
	peer_send(peer.req, msg);
	ok(tap, fserror_client_damage(peer.client, NULL, &records) == -EBADMSG,
	   "malformed: damage refused");
	ok(tap, peer.client->req.fd == -1,
	   "malformed: the rest of the answer is not read");
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
	msg = message_new(FSERROR_CMD_EVENT_NTF, 0, 0);
	nlmsg_hdr(msg)->nlmsg_type = TEST_FAMILY + 1;
	nla_put(msg, FSERROR_A_EVENT_RECORD, 3, "abc");
	peer_send(peer.sub, msg);
	LIVE(&peer, 1, 1);
	pump(tap, &peer);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "1",
		  "foreign messages are skipped");
	peer_close(&peer);
}

static void test_wakeup(struct tap *tap)
{
	struct fserror_records records = { 0 };
	struct peer peer;
	char buf[64];
	int fds[2];

	if (pipe(fds) || write(fds[1], "x", 1) != 1)
		abort();
	peer_open(&peer);
	fserror_client_set_wakeup(peer.client, fds[0]);
	ok(tap, fserror_client_damage(peer.client, NULL, &records) == -EINTR,
	   "wake-up ends a wait");
	/* and while it waits, events are taken */
	fserror_client_set_wakeup(peer.client, -1);
	peer_close(&peer);
	close(fds[0]);
	close(fds[1]);

	peer_open(&peer);
	LIVE(&peer, 1, 3);
	peer_send(peer.req, message_done(1, 0, NLM_F_DUMP_INTR));
	peer_send(peer.req, message_done(2, 0, 0));
	ok(tap, fserror_client_damage(peer.client, NULL, &records) == 0,
	   "events during a dump: the dump");
	fserror_records_free(&records);
	ok_string(tap, spell(peer.client, buf, sizeof(buf)), "1 2 3",
		  "events during a dump: taken without a pump");
	peer_close(&peer);
}

int main(void)
{
	struct tap tap = { 0 };

	test_order(&tap);
	test_gap(&tap);
	test_gap_for_ever(&tap);
	test_filtered(&tap);
	test_lost(&tap);
	test_overrun(&tap);
	test_overrun_filtered(&tap);
	test_full_queue(&tap);
	test_recover_interrupted(&tap);
	test_damage(&tap);
	test_refused(&tap);
	test_malformed(&tap);
	test_foreign(&tap);
	test_wakeup(&tap);
	return tap.failed != 0;
}
