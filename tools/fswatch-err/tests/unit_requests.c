// SPDX-License-Identifier: GPL-2.0-only
/* What is asked for: lists, and their frames; refusals; the end of a wait. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "messages.h"
#include "peer.h"
#include "tap.h"

#define LIVE(peer, a, b) \
	peer_send_events((peer)->sub, FSERROR_CMD_DAMAGE_NTF, 0, a, b)

/* the answer to the request number @nr: records, then the end */
static void answer_events(struct peer *peer, uint32_t nr, uint64_t first,
			  uint64_t last, int flags)
{
	if (first <= last)
		peer_send_events(peer->req, FSERROR_CMD_EVENT_GET, nr, first,
				 last);
	peer_send(peer->req, message_done(nr, 0, flags));
}

struct listed {
	char text[256];
	int stop_at; /* what to stop at, 0: nothing */
	int seen;
};

static int listed_add(struct listed *listed, const char *what, uint64_t number)
{
	size_t len = strlen(listed->text);

	snprintf(listed->text + len, sizeof(listed->text) - len, "%s%s%llu",
		 len ? " " : "", what, (unsigned long long)number);
	return ++listed->seen == listed->stop_at ? 77 : 0;
}

static int list_header(void *arg, const struct fserror_dump_header *header)
{
	return listed_add(arg, "H", header->as_of);
}

static int list_begin(void *arg, const struct fserror_dump_begin *begin)
{
	return listed_add(arg, "B", begin->instance);
}

static int list_record(void *arg, const struct fserror_record *rec)
{
	return listed_add(arg, "", rec->ino);
}

static int list_end(void *arg, const struct fserror_dump_end *end)
{
	bool complete =
		fserror_present(end->present, FSERROR_A_DUMP_END_COMPLETE);

	if (end->nr_devices != 1 || end->devices[0].ranges != 3)
		abort();
	return listed_add(arg, complete ? "E" : "e", end->instance);
}

static int list_progress(void *arg)
{
	return listed_add(arg, "P", 0);
}

static const struct fserror_damage_visitor list_visitor = {
	.header = list_header,
	.begin = list_begin,
	.record = list_record,
	.end = list_end,
	.progress = list_progress,
};

static void put_ino(struct nl_msg *msg, uint64_t ino)
{
	struct fserror_record rec = record_data_lost(0);

	rec.ino = ino;
	message_put_record(msg, FSERROR_A_DAMAGE_RECORD, &rec);
}

static void send_damage(struct peer *peer, uint32_t nr)
{
	struct nl_msg *msg =
		message_new(FSERROR_CMD_DAMAGE_GET, nr, NLM_F_MULTI);

	message_put_header(msg, 17);
	message_put_begin(msg, 3);
	put_ino(msg, 100);
	peer_send(peer->req, msg);
	msg = message_new(FSERROR_CMD_DAMAGE_GET, nr, NLM_F_MULTI);
	nla_put_flag(msg, FSERROR_A_DAMAGE_PROGRESS);
	put_ino(msg, 101);
	message_put_end(msg, 3, FSERROR_A_DUMP_END_COMPLETE);
	message_put_begin(msg, 4);
	message_put_end(msg, 4, FSERROR_A_DUMP_END_BUSY);
	peer_send(peer->req, msg);
	peer_send(peer->req, message_done(nr, 0, 0));
}

static void test_damage(struct tap *tap)
{
	const struct fserror_fs_id fs = {
		.has_dev = true, .major = 259, .minor = 1, .instance = 9
	};
	char buf[4096] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	struct listed listed = { .stop_at = 0 }, stopped = { .stop_at = 3 };
	struct nlattr *attr, *sub;
	struct peer peer;

	peer_open(&peer);
	/* an answer to something older, and an event meanwhile */
	send_damage(&peer, 77);
	send_damage(&peer, 1);
	LIVE(&peer, 1, 2);
	ok(tap,
	   !fserror_damage_each(peer.client, &fs, FSERROR_DAMAGE_RANGES,
				&list_visitor, &listed),
	   "damage: listed");
	ok_string(tap, listed.text, "H17 B3 100 P0 101 E3 B4 e4",
		  "damage: its frames");
	peer_read(peer.req, buf, sizeof(buf));
	attr = nlmsg_find_attr(nlh, GENL_HDRLEN, FSERROR_A_DAMAGE_FS);
	sub = attr ? nla_find(nla_data(attr), nla_len(attr),
			      FSERROR_A_FS_ID_MAJOR) :
		     NULL;
	ok(tap,
	   sub && nla_get_u32(sub) == 259 &&
		   attr->nla_type == (NLA_F_NESTED | FSERROR_A_DAMAGE_FS) &&
		   nla_find(nla_data(attr), nla_len(attr),
			    FSERROR_A_FS_ID_INSTANCE) &&
		   nlmsg_find_attr(nlh, GENL_HDRLEN, FSERROR_A_DAMAGE_RANGES),
	   "damage: the ranges of one filesystem");
	send_damage(&peer, 2);
	ok(tap,
	   fserror_damage_each(peer.client, NULL, FSERROR_DAMAGE_OWNERS,
			       &list_visitor, &stopped) == 77 &&
		   peer.client->req.fd == -1,
	   "damage: what a callback returns ends it");
	peer_close(&peer);
}

static int first_event(void *arg, const uint8_t *boot_id, uint64_t as_of)
{
	if (!boot_id || memcmp(boot_id, test_boot_id, 16))
		abort();
	return listed_add(arg, "S", as_of);
}

static int lost_events(void *arg, uint64_t first, uint64_t last)
{
	(void)last;
	return listed_add(arg, "L", first);
}

static int an_event(void *arg, const struct fserror_record *rec)
{
	return listed_add(arg, "", rec->seq);
}

static void test_events_each(struct tap *tap)
{
	static const struct fserror_events_visitor visitor = { first_event,
							       lost_events,
							       an_event };
	const struct fserror_position position = { FSERROR_GROUP_IO, 4,
						   test_boot_id };
	struct listed listed = { .stop_at = 0 };
	char buf[4096] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	struct nl_msg *msg = message_new(FSERROR_CMD_EVENT_GET, 1, NLM_F_MULTI);
	struct peer peer;

	peer_open(&peer);
	message_put_boot_id(msg, FSERROR_A_EVENT_BOOT_ID);
	message_put_uint(msg, FSERROR_A_EVENT_AS_OF, 9);
	message_put_lost(msg, 5, 7);
	peer_send(peer.req, msg);
	answer_events(&peer, 1, 8, 9, 0);
	ok(tap, !fserror_events_each(peer.client, &position, &visitor, &listed),
	   "events each: listed");
	ok_string(tap, listed.text, "S9 L5 8 9", "events each: in order");
	peer_read(peer.req, buf, sizeof(buf));
	ok(tap,
	   nlmsg_find_attr(nlh, GENL_HDRLEN, FSERROR_A_EVENT_BOOT_ID) &&
		   nla_get_u32(nlmsg_find_attr(nlh, GENL_HDRLEN,
					       FSERROR_A_EVENT_GROUP)) ==
			   FSERROR_GROUP_IO,
	   "events each: the boot and the group are asked for");
	peer_send(peer.req, message_done(2, -ESTALE, 0));
	ok(tap,
	   fserror_events_each(peer.client, &position, &visitor, &listed) ==
		   -ESTALE,
	   "events each: another boot");
	ok_string(tap, fserror_client_error(peer.client),
		  "event-get: the numbers are those of another boot",
		  "events each: another boot in words");
	peer_close(&peer);
}

static int list_all(struct peer *peer)
{
	static const struct fserror_damage_visitor nothing;

	return fserror_damage_each(peer->client, NULL, FSERROR_DAMAGE_OWNERS,
				   &nothing, NULL);
}

static void test_refused(struct tap *tap)
{
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
	ok(tap, list_all(&peer) == -ENODEV, "refused: at the end of a dump");
	ok_string(tap, fserror_client_error(peer.client),
		  "damage-get: No such device",
		  "refused: end of a dump in words");
	peer_close(&peer);
}

static void test_malformed(struct tap *tap)
{
	struct nl_msg *msg =
		message_new(FSERROR_CMD_DAMAGE_GET, 1, NLM_F_MULTI);
	struct peer peer;

	peer_open(&peer);
	nla_put(msg, FSERROR_A_DAMAGE_RECORD, 3, "abc");
	peer_send(peer.req, msg);
	ok(tap, list_all(&peer) == -EBADMSG, "malformed: damage refused");
	ok(tap, peer.client->req.fd == -1,
	   "malformed: the rest of the answer is not read");
	peer_close(&peer);
}

static int alarm_fd;

static void write_to_pipe(int number)
{
	(void)number;
	(void)!write(alarm_fd, "x", 1);
	close(alarm_fd);
}

/* something is to be read from @fd's other end in a moment */
static void alarm_write(int fd)
{
	const struct itimerval soon = { .it_value.tv_usec = 100000 };

	alarm_fd = fd;
	signal(SIGALRM, write_to_pipe);
	setitimer(ITIMER_REAL, &soon, NULL);
}

static void test_wakeup(struct tap *tap)
{
	struct peer peer;
	int fds[2];

	if (pipe(fds) || write(fds[1], "x", 1) != 1)
		abort();
	peer_open(&peer);
	fserror_client_set_wakeup(peer.client, fds[0]);
	ok(tap, list_all(&peer) == -EINTR, "wake-up ends a wait");
	/* and while it waits, events are taken */
	fserror_client_set_wakeup(peer.client, -1);
	peer_close(&peer);
	close(fds[0]);
	close(fds[1]);

	peer_open(&peer);
	LIVE(&peer, 1, 3);
	/* nothing answers before the pipe does */
	if (pipe(fds))
		abort();
	fserror_client_set_wakeup(peer.client, fds[0]);
	alarm_write(fds[1]);
	ok(tap, list_all(&peer) == -EINTR, "events during a dump: the dump");
	ok(tap, peer.client->queue.length == 3,
	   "events during a dump: taken without a pump");
	close(fds[0]);
	peer_close(&peer);
}

int main(void)
{
	struct tap tap = { 0 };

	test_damage(&tap);
	test_events_each(&tap);
	test_refused(&tap);
	test_malformed(&tap);
	test_wakeup(&tap);
	return tap.failed != 0;
}
