// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: taken out of the sockets, put into order, told.
 *
 * Order and completeness, for each group by itself. last is the number of the last
 * record that was told. The queue is in the order in which things arrived. A record
 * that is not last + 1 means that something is missing, and so does ENOBUFS. With a
 * filter numbers are skipped all the time; if it is one by filesystem, the numbers
 * that each mount counts for itself have no holes.
 *
 * When something is missing that is told, and then nothing of the group until the
 * caller recovers; see recover.c. If the kernel was asked once at this very number
 * and still the next one is missing, it is told as lost: asking for ever would be
 * silence.
 *
 * After ENOBUFS the kernel drops everything until the socket has been emptied to its
 * end. So it is emptied to the end then, even when the queue is full; what does not
 * fit is missing, as what the kernel dropped is.
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MOUNTS_MAX 64 /* whose numbers are followed */

/* reading event messages into a queue */

/* is there no place for one more? 0, 1: it is dropped, or what ends the reading */
static int no_room(struct event_sink *sink)
{
	/* a message is taken whole, unless the kernel has to be emptied */
	if (sink->queue->length < QUEUE_MAX ||
	    (!sink->answer && !sink->stream->draining))
		return 0;
	/* the caller goes on from here with another question */
	if (sink->answer)
		return -E2BIG;
	return fserror_queue_missed(sink->queue, sink->stream->group, false) ?
		       -ENOMEM :
		       1;
}

static int sink_lost(void *arg, const struct fserror_lost *lost)
{
	struct event_sink *sink = arg;
	struct item *item;
	int rc;

	if (sink->stream->missed && !sink->answer)
		return 0;
	rc = no_room(sink);
	if (rc)
		return rc < 0 ? rc : 0;
	item = fserror_queue_append(sink->queue, FSERROR_EVENT_LOST,
				    sink->stream->group);
	if (!item)
		return -ENOMEM;
	item->event.first = lost->first;
	item->event.last = lost->last;
	return 0;
}

static int sink_record(void *arg, const struct fserror_record *rec)
{
	struct event_sink *sink = arg;
	struct item *item;
	int rc;

	/* what it is recovered with has all that comes before that */
	if (sink->stream->missed && !sink->answer)
		return 0;
	/* numbers are kept track of by what is told: the rest is as if not sent */
	if (!fserror_filter_passes(&sink->client->filter, rec))
		return 0;
	rc = no_room(sink);
	if (rc)
		return rc < 0 ? rc : 0;
	item = fserror_queue_append(sink->queue, FSERROR_EVENT_RECORD,
				    sink->stream->group);
	if (!item)
		return -ENOMEM;
	item->event.record = *rec;
	return 0;
}

int fserror_sink_message(struct event_sink *sink, const struct nlmsghdr *nlh)
{
	struct fserror_client *client = sink->client;
	const struct fserror_event_parser parser = { .lost = sink_lost,
						     .record = sink_record,
						     .arg = sink };
	struct fserror_event_head head;
	struct fserror_why why = { "" };
	int err;

	err = fserror_parse_event(nlh, &head, &parser, &why);
	if (fserror_present(head.present, FSERROR_A_EVENT_BOOT_ID)) {
		memcpy(client->boot_id, head.boot_id, sizeof(head.boot_id));
		client->has_boot_id = true;
	}
	if (err == -EBADMSG)
		fserror_set_error(client, 0,
				  "malformed event from the kernel: %s",
				  why.text);
	else if (err)
		fserror_set_error(client, err, "cannot keep an event");
	return err;
}

/* a message on the socket of a group that answers no request */
static int live_message(void *arg, const struct nlmsghdr *nlh)
{
	static const int commands[FSERROR_GROUP_MAX + 1] = {
		[FSERROR_GROUP_DAMAGE] = FSERROR_CMD_DAMAGE_NTF,
		[FSERROR_GROUP_IO] = FSERROR_CMD_IO_NTF,
	};
	struct event_sink *sink = arg;

	if (nlh->nlmsg_type == NLMSG_OVERRUN)
		return fserror_queue_missed(sink->queue, sink->stream->group,
					    true);
	if (!fserror_is_command(sink->client, nlh,
				commands[sink->stream->group]))
		return 0;
	return fserror_sink_message(sink, nlh);
}

static int ignore_message(void *arg, const struct nlmsghdr *nlh)
{
	(void)arg;
	(void)nlh;
	return 0;
}

static int overrun(struct fserror_client *client, struct stream *stream)
{
	int err;

	stream->draining = true;
	if (stream->missed)
		return 0;
	err = fserror_queue_missed(&client->queue, stream->group, true);
	if (err)
		fserror_set_error(client, err, "cannot keep an event");
	return err;
}

int fserror_pump_stream(struct fserror_client *client, struct stream *stream)
{
	struct event_sink sink = { client, &client->queue, stream, false };
	struct nlsock_result result = { 0 };
	int len, err;

	if (stream->sock.fd < 0)
		return 0;
	while (stream->draining || stream->missed ||
	       client->queue.length < QUEUE_MAX) {
		len = nlsock_receive(&stream->sock);
		if (len == -EAGAIN) {
			stream->draining = false;
			return 0;
		}
		if (len == -ENOBUFS) {
			err = overrun(client, stream);
			if (err)
				return err;
			continue;
		}
		if (len < 0) {
			fserror_set_error(client, len, "cannot receive events");
			return len;
		}
		client->error[0] = '\0';
		err = nlsock_feed(&stream->sock, len, ignore_message,
				  live_message, &sink, &result);
		if (err < 0) {
			if (!client->error[0])
				fserror_set_error(
					client, err,
					"malformed message from the kernel");
			return err;
		}
	}
	return 0;
}

int fserror_client_pump(struct fserror_client *client)
{
	int i, err = 0;

	for (i = 0; !err && i < FSERROR_GROUP_MAX; i++)
		err = fserror_pump_stream(client, &client->streams[i]);
	return err;
}

/* the next event */

/* take the first item out and tell it */
static int tell_first(struct fserror_client *client,
		      struct fserror_event **event)
{
	*event = &fserror_queue_take(&client->queue)->event;
	return 1;
}

/* tell something that is in front of the first item */
static int tell_gap(struct fserror_client *client, uint32_t group,
		    enum fserror_event_type type, uint64_t first, uint64_t last,
		    struct fserror_event **event)
{
	struct item *item = calloc(1, sizeof(*item));

	if (!item)
		return fserror_no_message(client);
	item->event.type = type;
	item->event.group = group;
	item->event.first = first;
	item->event.last = last;
	*event = &item->event;
	return 1;
}

/* do the numbers of each mount have to be without holes? */
static bool counts_by_mount(const struct fserror_client *client)
{
	return client->filter.nr_fs && !client->filter.kinds &&
	       !client->filter.causes;
}

static struct mount_seq *find_mount(const struct stream *stream,
				    uint64_t instance)
{
	size_t i;

	for (i = 0; i < stream->nr_mounts; i++) {
		if (stream->mounts[i].instance == instance)
			return &stream->mounts[i];
	}
	return NULL;
}

/* the number of a mount's record was told; without memory it is not followed */
static void follow_mount(struct stream *stream,
			 const struct fserror_record *rec)
{
	struct mount_seq *mount = find_mount(stream, rec->instance);

	if (!mount) {
		if (!stream->mounts)
			stream->mounts =
				calloc(MOUNTS_MAX, sizeof(*stream->mounts));
		if (!stream->mounts)
			return;
		/* the oldest is not needed: numbers are not used again */
		if (stream->nr_mounts == MOUNTS_MAX)
			memmove(stream->mounts, stream->mounts + 1,
				--stream->nr_mounts * sizeof(*mount));
		mount = &stream->mounts[stream->nr_mounts++];
		mount->instance = rec->instance;
	}
	mount->fs_seq = rec->fs_seq;
}

/* is something missing in front of this record? */
static bool is_gap(const struct fserror_client *client,
		   const struct stream *stream,
		   const struct fserror_record *rec)
{
	const struct mount_seq *mount;

	if (!client->filtered)
		return rec->seq > stream->last + 1;
	if (!counts_by_mount(client) || !rec->instance || !rec->fs_seq)
		return false;
	mount = find_mount(stream, rec->instance);
	return mount && rec->fs_seq > mount->fs_seq + 1;
}

static int next_record(struct fserror_client *client, struct stream *stream,
		       struct fserror_event **event)
{
	const struct fserror_record *rec = &client->queue.head->event.record;
	uint64_t seq = rec->seq;
	int rc;

	if (stream->told_any && seq <= stream->last) {
		fserror_queue_pop(&client->queue);
		return 0;
	}
	if (is_gap(client, stream, rec)) {
		if (!stream->asked || stream->asked_at != stream->last) {
			stream->missed = true;
			return tell_gap(client, stream->group,
					FSERROR_EVENT_MISSED, 0, 0, event);
		}
		rc = tell_gap(client, stream->group, FSERROR_EVENT_LOST,
			      stream->last + 1, seq - 1, event);
		if (rc == 1) {
			stream->last = seq - 1;
			stream->told_any = true;
			stream->nr_mounts = 0;
		}
		return rc;
	}
	if (counts_by_mount(client) && rec->instance && rec->fs_seq)
		follow_mount(stream, rec);
	stream->last = seq;
	stream->told_any = true;
	return tell_first(client, event);
}

/* what is lost beyond what was told; false if that is nothing */
static bool next_lost(struct fserror_client *client, struct stream *stream)
{
	struct fserror_event *event = &client->queue.head->event;

	if (event->last <= stream->last)
		return false;
	/* what was told before is not lost */
	if (event->first <= stream->last)
		event->first = stream->last + 1;
	stream->last = event->last;
	stream->told_any = true;
	stream->nr_mounts = 0;
	return true;
}

int fserror_client_next(struct fserror_client *client,
			struct fserror_event **event)
{
	struct stream *stream;
	struct item *item;
	int rc;

	*event = NULL;
	while ((item = client->queue.head)) {
		stream = &client->streams[item->event.group - 1];
		if (stream->missed) {
			fserror_queue_pop(&client->queue);
			continue;
		}
		switch (item->event.type) {
		case FSERROR_EVENT_RECORD:
			rc = next_record(client, stream, event);
			if (rc)
				return rc;
			continue;
		case FSERROR_EVENT_LOST:
			if (next_lost(client, stream))
				break;
			fserror_queue_pop(&client->queue);
			continue;
		case FSERROR_EVENT_MISSED:
			stream->missed = true;
			break;
		case FSERROR_EVENT_RECOVERED:
			break;
		}
		return tell_first(client, event);
	}
	return 0;
}

void fserror_event_free(struct fserror_event *event)
{
	if (event)
		free((char *)event - offsetof(struct item, event));
}
