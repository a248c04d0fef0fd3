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
#include "client_internal.h"

#include <errno.h>
#include <string.h>

#define QUEUE_MAX 65536 /* events that wait to be told */

/* reading event messages into a queue */

struct event_sink {
	struct fsw_client *client;
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
		if (item->event.type == FSW_EVENT_MISSED)
			return 0;
	}
	item = fsw_queue_append(queue, FSW_EVENT_MISSED);
	if (!item)
		return -ENOMEM;
	item->event.overrun = true;
	return 0;
}

static int sink_lost(void *arg, const struct fsw_lost *lost)
{
	struct event_sink *sink = arg;
	struct item *item;

	if (sink->bounded && sink->queue->length >= QUEUE_MAX)
		return queue_missed(sink->queue);
	item = fsw_queue_append(sink->queue, FSW_EVENT_LOST);
	if (!item)
		return -ENOMEM;
	item->event.first = lost->first;
	item->event.last = lost->last;
	return 0;
}

static int sink_record(void *arg, const struct fsw_record *rec)
{
	struct event_sink *sink = arg;
	struct item *item;

	if (sink->bounded && sink->queue->length >= QUEUE_MAX)
		return queue_missed(sink->queue);
	item = fsw_queue_append(sink->queue, FSW_EVENT_RECORD);
	if (!item)
		return -ENOMEM;
	item->event.record = *rec;
	return 0;
}

static int sink_message(struct event_sink *sink, const struct nlmsghdr *nlh)
{
	struct fsw_client *client = sink->client;
	const struct fsw_event_visitor visitor = { .lost = sink_lost,
						   .record = sink_record,
						   .arg = sink };
	struct fsw_why why = { "" };
	int err;

	err = fsw_parse_event(nlh, client->boot_id, &client->has_boot_id,
			      &visitor, &why);
	if (err == -EBADMSG)
		fsw_set_error(client, 0, "malformed event from the kernel: %s",
			      why.text);
	else if (err)
		fsw_set_error(client, err, "cannot keep an event");
	return err;
}

/* a message on the subscription that answers no request */
int fsw_live_message(void *arg, const struct nlmsghdr *nlh)
{
	struct fsw_client *client = arg;
	struct event_sink sink = { client, &client->queue, true };

	if (nlh->nlmsg_type == NLMSG_OVERRUN)
		return queue_missed(&client->queue);
	if (!fsw_is_command(client, nlh, FSERROR_CMD_EVENT_NTF))
		return 0;
	return sink_message(&sink, nlh);
}

static int ignore_message(void *arg, const struct nlmsghdr *nlh)
{
	(void)arg;
	(void)nlh;
	return 0;
}

int fsw_client_pump(struct fsw_client *client)
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
				fsw_set_error(client, err,
					      "cannot keep an event");
				return err;
			}
			continue;
		}
		if (len < 0) {
			fsw_set_error(client, len, "cannot receive events");
			return len;
		}
		client->error[0] = '\0';
		err = nlsock_feed(&client->sub, len, ignore_message,
				  fsw_live_message, client, &result);
		if (err < 0) {
			if (!client->error[0])
				fsw_set_error(
					client, err,
					"malformed message from the kernel");
			return err;
		}
	}
}

/* the next event */

static int next_record(struct fsw_client *client, struct fsw_event *event)
{
	struct item *item = client->queue.head;
	uint64_t seq = item->event.record.seq;

	if (client->told_any && seq <= client->last) {
		fsw_queue_pop(&client->queue);
		return 0;
	}
	if (!client->filtered && seq > client->last + 1) {
		memset(event, 0, sizeof(*event));
		if (client->asked && client->asked_at == client->last) {
			event->type = FSW_EVENT_LOST;
			event->first = client->last + 1;
			event->last = seq - 1;
			client->last = seq - 1;
			client->told_any = true;
		} else {
			event->type = FSW_EVENT_MISSED;
		}
		return 1;
	}
	client->last = seq;
	client->told_any = true;
	*event = item->event;
	fsw_queue_pop(&client->queue);
	return 1;
}

int fsw_client_next(struct fsw_client *client, struct fsw_event *event)
{
	struct item *item;

	while ((item = client->queue.head)) {
		switch (item->event.type) {
		case FSW_EVENT_RECORD:
			if (next_record(client, event))
				return 1;
			continue;
		case FSW_EVENT_LOST:
			if (item->event.last <= client->last) {
				fsw_queue_pop(&client->queue);
				continue;
			}
			/* what was told before is not lost */
			if (item->event.first <= client->last)
				item->event.first = client->last + 1;
			client->last = item->event.last;
			client->told_any = true;
			break;
		case FSW_EVENT_MISSED:
		case FSW_EVENT_RECOVERED:
			break;
		}
		*event = item->event;
		fsw_queue_pop(&client->queue);
		return 1;
	}
	return 0;
}

/* asking for what was missed */

static int event_answer(struct request *request, const struct nlmsghdr *nlh,
			struct fsw_why *why)
{
	struct fsw_client *client = request->client;
	struct event_sink sink = { client, request->arg, false };

	(void)why;
	if (!fsw_is_command(client, nlh, FSERROR_CMD_EVENT_GET))
		return 0;
	return sink_message(&sink, nlh);
}

static void forget_events(void *arg)
{
	fsw_queue_free(arg);
}

int fsw_client_recover(struct fsw_client *client)
{
	struct request request = { client, event_answer, NULL };
	struct queue answer;
	struct nl_msg *msg;
	int err;

	fsw_queue_init(&answer);
	request.arg = &answer;
	/* to the end, else the kernel goes on dropping what is new */
	err = fsw_client_pump(client);
	if (err)
		return err;
	msg = fsw_new_message(client->family, NLM_F_DUMP, FSERROR_CMD_EVENT_GET,
			      FSERROR_FAMILY_VERSION);
	if (!msg)
		return fsw_no_message(client);
	if (fsw_put_uint(msg, FSERROR_A_EVENT_SINCE, client->last))
		err = fsw_no_message(client);
	else
		err = fsw_dump(client, "event-get", msg, &request,
			       forget_events);
	nlmsg_free(msg);
	if (err < 0)
		return err;
	/* an inconsistent answer shows as a gap and is asked for again */
	client->asked = err == 0;
	client->asked_at = client->last;
	client->told_any = true;
	if (!fsw_queue_append(&answer, FSW_EVENT_RECOVERED)) {
		fsw_queue_free(&answer);
		return fsw_no_message(client);
	}
	fsw_queue_prepend(&client->queue, &answer);
	return 0;
}
