// SPDX-License-Identifier: GPL-2.0-only
/*
 * A whole client whose kernel says anything. The first byte of the input is the
 * question that is asked; then come datagrams, each with a byte for the socket
 * that it is put into ('e' events, 'r' answers) and 4 bytes of length: the form
 * of the streams that tools/fswatch-err/tests/capture.c writes.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "internal.h"

#define EVENTS_MAX 10000 /* of one input; more would be an endless loop */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __real_poll(struct pollfd *fds, nfds_t nfds, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t nfds, int timeout);

/* the pauses between the tries of a dump */
int __wrap_poll(struct pollfd *fds, nfds_t nfds, int timeout)
{
	return __real_poll(fds, nfds, timeout > 0 ? 0 : timeout);
}

static void must(bool good)
{
	if (!good)
		abort();
}

static int open_pair(struct nlsock *sock)
{
	int fds[2];

	must(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds));
	sock->fd = fds[0];
	sock->buf = malloc(NLSOCK_BUFFER);
	must(sock->buf);
	return fds[1];
}

/*
 * The numbers of family and request are those of the input: else it would have
 * to guess them.
 */
static void take_numbers(struct fserror_client *client, int which,
			 const uint8_t *datagram, size_t len)
{
	struct nlmsghdr nlh;

	if (len < sizeof(nlh))
		return;
	memcpy(&nlh, datagram, sizeof(nlh));
	if (!client->family && nlh.nlmsg_type >= NLMSG_MIN_TYPE)
		client->family = nlh.nlmsg_type;
	if (which == 'r' && !client->req.seq)
		client->req.seq = nlh.nlmsg_seq - 1;
}

/* put the datagrams where the client finds them */
static void send_datagrams(struct fserror_client *client, int events,
			   int answers, const uint8_t *data, size_t size)
{
	uint32_t len;

	while (size >= 1 + sizeof(len)) {
		memcpy(&len, data + 1, sizeof(len));
		if (len > size - 1 - sizeof(len))
			len = size - 1 - sizeof(len);
		take_numbers(client, data[0], data + 1 + sizeof(len), len);
		/* one of no bytes is an end; what has no room is dropped */
		if (len)
			(void)!send(data[0] == 'e' ? events : answers,
				    data + 1 + sizeof(len), len, MSG_DONTWAIT);
		data += 1 + sizeof(len) + len;
		size -= 1 + sizeof(len) + len;
	}
}

static void take_events(struct fserror_client *client)
{
	struct fserror_event *event;
	unsigned int count = 0;
	uint64_t last;
	int rc;

	while ((rc = fserror_client_next(client, &event)) == 1) {
		last = fserror_client_last_seq(client);
		if (event->type == FSERROR_EVENT_RECORD)
			must(event->record.seq == last);
		if (event->type == FSERROR_EVENT_LOST)
			must(event->first <= event->last &&
			     event->last == last);
		/* it is told again until it was asked for: as if that had been */
		if (event->type == FSERROR_EVENT_MISSED) {
			client->asked = true;
			client->asked_at = last;
		}
		fserror_event_free(event);
		must(++count <= EVENTS_MAX);
	}
	must(rc == 0);
}

static void ask(struct fserror_client *client, uint8_t question)
{
	struct fserror_filesystems filesystems;
	struct fserror_records records;
	struct fserror_stat *stat;
	int rc;

	switch (question) {
	case 'd':
		rc = fserror_client_damage(client, NULL, &records);
		fserror_records_free(&records);
		break;
	case 'f':
		rc = fserror_client_filesystems(client, &filesystems);
		fserror_filesystems_free(&filesystems);
		break;
	case 's':
		rc = fserror_client_stat(client, &stat);
		fserror_stat_free(stat);
		break;
	case 'r':
		rc = fserror_client_recover(client);
		break;
	default:
		rc = fserror_client_pump(client);
		break;
	}
	/* a failure has words */
	must(rc >= 0 || fserror_client_error(client)[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fserror_client *client;
	int events, answers;

	if (size < 1)
		return 0;
	client = calloc(1, sizeof(*client));
	must(client);
	events = open_pair(&client->sub);
	answers = open_pair(&client->req);
	client->wakeup = -1;
	fserror_queue_init(&client->queue);
	send_datagrams(client, events, answers, data + 1, size - 1);
	/* nothing waits for what does not come */
	shutdown(answers, SHUT_WR);

	ask(client, data[0]);
	take_events(client);
	fserror_client_close(client);
	close(events);
	close(answers);
	return 0;
}
