// SPDX-License-Identifier: GPL-2.0-only
/*
 * A whole client whose kernel says anything. The first byte of the input is the
 * question that is asked; then come datagrams, each with a byte for the socket
 * that it is put into ('e' damage, 'i' failed reads and writes, 'r' answers) and 4 bytes of length: the form
 * of the streams that tools/fswatch-err/tests/capture.c writes.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "internal.h"
#include "libfserror_known.h"

#define EVENTS_MAX 10000 /* of one input; more would be an endless loop */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
static void send_datagrams(struct fserror_client *client, const int *events,
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
			(void)!send(data[0] == 'e' ? events[0] :
				    data[0] == 'i' ? events[1] :
						     answers,
				    data + 1 + sizeof(len), len, MSG_DONTWAIT);
		data += 1 + sizeof(len) + len;
		size -= 1 + sizeof(len) + len;
	}
}

static void take_events(struct fserror_client *client,
			struct fserror_known *known)
{
	struct fserror_event *event;
	unsigned int count = 0;
	struct stream *stream;
	uint64_t last;
	int rc;

	while ((rc = fserror_client_next(client, &event)) == 1) {
		must(event->group && event->group <= FSERROR_GROUP_MAX);
		stream = &client->streams[event->group - 1];
		last = fserror_client_last_seq(client, event->group);
		if (event->type == FSERROR_EVENT_RECORD) {
			must(event->record.seq == last);
			must(fserror_known_apply(known, &event->record) >= 0);
		}
		if (event->type == FSERROR_EVENT_LOST)
			must(event->first <= event->last &&
			     event->last == last);
		/* as if it had been asked for */
		if (event->type == FSERROR_EVENT_MISSED) {
			must(stream->missed);
			stream->missed = false;
			stream->asked = true;
			stream->asked_at = last;
		}
		fserror_event_free(event);
		must(++count <= EVENTS_MAX);
	}
	must(rc == 0);
}

static int see_filesystem(void *arg, const struct fserror_filesystem *fs)
{
	size_t *devices = arg;

	*devices += fs->nr_devices;
	return 0;
}

static int see_record(void *arg, const struct fserror_record *rec)
{
	(void)arg;
	must(rec->seq || fserror_has(rec, FSERROR_A_RECORD_SEQ));
	return 0;
}

/* sorted, and no two of them overlap */
static int see_range(void *arg, const struct fserror_known_range *range)
{
	struct fserror_known_range *before = arg;

	must(range->length);
	if (!range->layer[0] && !before->layer[0] &&
	    range->instance == before->instance &&
	    range->major == before->major && range->minor == before->minor)
		must(range->offset >= before->offset + before->length);
	*before = *range;
	return 0;
}

static void ask(struct fserror_client *client, struct fserror_known *known,
		uint8_t question)
{
	static const struct fserror_events_visitor events = {
		.record = see_record,
	};
	static const struct fserror_position begin = {
		.group = FSERROR_GROUP_DAMAGE,
	};
	struct fserror_stat *stat;
	size_t devices = 0;
	int rc;

	switch (question) {
	case 'd':
		rc = fserror_known_list(known, client);
		break;
	case 'f':
		rc = fserror_filesystems_each(client, see_filesystem, &devices);
		break;
	case 's':
		rc = fserror_client_stat(client, &stat);
		fserror_stat_free(stat);
		break;
	case 'h':
		rc = fserror_events_each(client, &begin, &events, NULL);
		break;
	case 'r':
		rc = fserror_client_recover(client, FSERROR_GROUP_DAMAGE);
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
	struct fserror_known_range before = { .instance = 0 };
	struct fserror_known *known;
	struct fserror_client *client;
	int events[FSERROR_GROUP_MAX], answers, i;

	if (size < 1)
		return 0;
	client = malloc(sizeof(*client));
	known = fserror_known_new();
	must(client && known);
	fserror_client_init(client);
	for (i = 0; i < FSERROR_GROUP_MAX; i++)
		events[i] = open_pair(&client->streams[i].sock);
	answers = open_pair(&client->req);
	send_datagrams(client, events, answers, data + 1, size - 1);
	/* nothing waits for what does not come */
	shutdown(answers, SHUT_WR);

	ask(client, known, data[0]);
	take_events(client, known);
	fserror_known_each(known, see_range, &before);
	fserror_known_free(known);
	fserror_client_close(client);
	for (i = 0; i < FSERROR_GROUP_MAX; i++)
		close(events[i]);
	close(answers);
	return 0;
}
