// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: taken out of the subscription, put into order, recovered.
 *
 * Order and completeness. last is the number of the last record that was
 * told. The queue is in the order in which things arrived. A record that is
 * not last + 1 means that something is missing (unless there is a filter: then
 * numbers are skipped all the time), and so does ENOBUFS. Recovery asks for
 * everything after last and puts the answer in front of the queue; what is in
 * both is told once, because numbers up to last are dropped. If the kernel was
 * asked once at this very number and still the next one is missing, it is told
 * as lost: asking for ever would be silence.
 *
 * After ENOBUFS the kernel drops everything until the socket has been emptied
 * to its end. So sub is always emptied to the end, even when the queue is full;
 * what does not fit is counted as missed.
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_MAX 65536 /* events that wait to be told */

/* reading event messages into a queue */

struct event_sink {
	struct fserror_client *client;
	struct queue *queue;
	bool bounded;
};

/* note that something is missing, once at one place */
static int queue_missed(struct queue *queue)
{
	struct item *item;

	if (queue->head) {
		item = (struct item *)((char *)queue->tail -
				       offsetof(struct item, next));
		if (item->event.type == FSERROR_EVENT_MISSED)
			return 0;
	}
	item = fserror_queue_append(queue, FSERROR_EVENT_MISSED);
	if (!item)
		return -ENOMEM;
	item->event.overrun = true;
	return 0;
}

static int sink_lost(void *arg, const struct fserror_lost *lost)
{
	struct event_sink *sink = arg;
	struct item *item;

	if (sink->bounded && sink->queue->length >= QUEUE_MAX)
		return queue_missed(sink->queue);
	item = fserror_queue_append(sink->queue, FSERROR_EVENT_LOST);
	if (!item)
		return -ENOMEM;
	item->event.first = lost->first;
	item->event.last = lost->last;
	return 0;
}

/* what the kernel's filter of the subscription would say */
static bool names_filesystem(const struct fserror_fs_id *fs,
			     const struct fserror_record *rec)
{
	return (!fs->has_dev ||
		(fserror_has(rec, FSERROR_A_RECORD_MAJOR) &&
		 fs->major == rec->major && fs->minor == rec->minor)) &&
	       (!fs->has_uuid ||
		(fserror_has(rec, FSERROR_A_RECORD_UUID) &&
		 !memcmp(fs->uuid, rec->uuid, FSERROR_UUID_LEN)));
}

static bool has_bit(uint32_t bits, uint32_t bit)
{
	return bit < 32 && bits >> bit & 1;
}

static bool passes(const struct fserror_filter *filter,
		   const struct fserror_record *rec)
{
	size_t i;

	if (filter->kinds && !has_bit(filter->kinds, rec->kind))
		return false;
	if (filter->causes && !has_bit(filter->causes, rec->cause))
		return false;
	for (i = 0; i < filter->nr_fs; i++) {
		if (names_filesystem(&filter->fs[i], rec))
			return true;
	}
	return !filter->nr_fs;
}

static int sink_record(void *arg, const struct fserror_record *rec)
{
	struct event_sink *sink = arg;
	struct item *item;

	/* numbers are kept track of by what is told: the rest is as if not sent */
	if (!passes(&sink->client->filter, rec))
		return 0;

	if (sink->bounded && sink->queue->length >= QUEUE_MAX)
		return queue_missed(sink->queue);
	item = fserror_queue_append(sink->queue, FSERROR_EVENT_RECORD);
	if (!item)
		return -ENOMEM;
	item->event.record = *rec;
	return 0;
}

static int sink_message(struct event_sink *sink, const struct nlmsghdr *nlh)
{
	struct fserror_client *client = sink->client;
	const struct fserror_event_visitor visitor = { .lost = sink_lost,
						       .record = sink_record,
						       .arg = sink };
	struct fserror_why why = { "" };
	int err;

	err = fserror_parse_event(nlh, client->boot_id, &client->has_boot_id,
				  &visitor, &why);
	if (err == -EBADMSG)
		fserror_set_error(client, 0,
				  "malformed event from the kernel: %s",
				  why.text);
	else if (err)
		fserror_set_error(client, err, "cannot keep an event");
	return err;
}

/* a message on the subscription that answers no request */
int fserror_live_message(void *arg, const struct nlmsghdr *nlh)
{
	struct fserror_client *client = arg;
	struct event_sink sink = { client, &client->queue, true };

	if (nlh->nlmsg_type == NLMSG_OVERRUN)
		return queue_missed(&client->queue);
	if (!fserror_is_command(client, nlh, FSERROR_CMD_EVENT_NTF))
		return 0;
	return sink_message(&sink, nlh);
}

static int ignore_message(void *arg, const struct nlmsghdr *nlh)
{
	(void)arg;
	(void)nlh;
	return 0;
}

int fserror_client_pump(struct fserror_client *client)
{
	struct nlsock_result result = { 0 };
	int len, err;

	if (client->sub.fd < 0)
		return 0;
	for (;;) {
		len = nlsock_receive(&client->sub);
		if (len == -EAGAIN)
			return 0;
		if (len == -ENOBUFS) {
			err = queue_missed(&client->queue);
			if (err) {
				fserror_set_error(client, err,
						  "cannot keep an event");
				return err;
			}
			continue;
		}
		if (len < 0) {
			fserror_set_error(client, len, "cannot receive events");
			return len;
		}
		client->error[0] = '\0';
		err = nlsock_feed(&client->sub, len, ignore_message,
				  fserror_live_message, client, &result);
		if (err < 0) {
			if (!client->error[0])
				fserror_set_error(
					client, err,
					"malformed message from the kernel");
			return err;
		}
	}
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
static int tell_gap(struct fserror_client *client, enum fserror_event_type type,
		    uint64_t first, uint64_t last, struct fserror_event **event)
{
	struct item *item = calloc(1, sizeof(*item));

	if (!item)
		return fserror_no_message(client);
	item->event.type = type;
	item->event.first = first;
	item->event.last = last;
	*event = &item->event;
	return 1;
}

static int next_record(struct fserror_client *client,
		       struct fserror_event **event)
{
	struct item *item = client->queue.head;
	uint64_t seq = item->event.record.seq, first = client->last + 1;
	int rc;

	if (client->told_any && seq <= client->last) {
		fserror_queue_pop(&client->queue);
		return 0;
	}
	if (!client->filtered && seq > first) {
		if (!client->asked || client->asked_at != client->last)
			return tell_gap(client, FSERROR_EVENT_MISSED, 0, 0,
					event);
		rc = tell_gap(client, FSERROR_EVENT_LOST, first, seq - 1,
			      event);
		if (rc == 1) {
			client->last = seq - 1;
			client->told_any = true;
		}
		return rc;
	}
	client->last = seq;
	client->told_any = true;
	return tell_first(client, event);
}

int fserror_client_next(struct fserror_client *client,
			struct fserror_event **event)
{
	struct item *item;
	int rc;

	*event = NULL;
	while ((item = client->queue.head)) {
		switch (item->event.type) {
		case FSERROR_EVENT_RECORD:
			rc = next_record(client, event);
			if (rc)
				return rc;
			continue;
		case FSERROR_EVENT_LOST:
			if (item->event.last <= client->last) {
				fserror_queue_pop(&client->queue);
				continue;
			}
			/* what was told before is not lost */
			if (item->event.first <= client->last)
				item->event.first = client->last + 1;
			client->last = item->event.last;
			client->told_any = true;
			break;
		case FSERROR_EVENT_MISSED:
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

/* asking for what was missed */

static int event_answer(struct request *request, const struct nlmsghdr *nlh,
			struct fserror_why *why)
{
	struct fserror_client *client = request->client;
	struct event_sink sink = { client, request->arg, false };

	(void)why;
	if (!fserror_is_command(client, nlh, FSERROR_CMD_EVENT_GET))
		return 0;
	return sink_message(&sink, nlh);
}

static void forget_events(void *arg)
{
	fserror_queue_free(arg);
}

int fserror_client_recover(struct fserror_client *client)
{
	struct request request = { client, event_answer, NULL };
	struct queue answer;
	struct nl_msg *msg;
	int err;

	fserror_queue_init(&answer);
	request.arg = &answer;
	/* to the end, else the kernel goes on dropping what is new */
	err = fserror_client_pump(client);
	if (err)
		return err;
	msg = fserror_new_message(client->family, NLM_F_DUMP,
				  FSERROR_CMD_EVENT_GET,
				  FSERROR_FAMILY_VERSION);
	if (!msg)
		return fserror_no_message(client);
	if (fserror_put_uint(msg, FSERROR_A_EVENT_SINCE, client->last))
		err = fserror_no_message(client);
	else
		err = fserror_dump(client, "event-get", msg, &request,
				   forget_events);
	nlmsg_free(msg);
	if (err < 0)
		return err;
	/* an inconsistent answer shows as a gap and is asked for again */
	client->asked = err == 0;
	client->asked_at = client->last;
	client->told_any = true;
	if (!fserror_queue_append(&answer, FSERROR_EVENT_RECOVERED)) {
		fserror_queue_free(&answer);
		return fserror_no_message(client);
	}
	fserror_queue_prepend(&client->queue, &answer);
	return 0;
}
