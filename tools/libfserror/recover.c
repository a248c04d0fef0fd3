// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel still has: to recover what did not arrive, and for those who ask.
 *
 * Recovery empties the socket of the group first, else the kernel goes on dropping
 * what is new. Then it asks for everything after last and puts the answer in front
 * of the queue; what is in both is told once, because numbers up to last are dropped.
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>

/* ask for events after @since; 0 is for all, and needs no boot */
static int ask_events(struct request *request, uint32_t group, uint64_t since,
		      const uint8_t *boot_id)
{
	struct fserror_client *client = request->client;
	struct nl_msg *msg;
	int err;

	msg = fserror_new_message(client->family, NLM_F_DUMP,
				  FSERROR_CMD_EVENT_GET,
				  FSERROR_FAMILY_VERSION);
	if (!msg)
		return fserror_no_message(client);
	if (nla_put_u32(msg, FSERROR_A_EVENT_GROUP, group) ||
	    (boot_id && nla_put(msg, FSERROR_A_EVENT_BOOT_ID, FSERROR_UUID_LEN,
				boot_id)) ||
	    (since && fserror_put_uint(msg, FSERROR_A_EVENT_SINCE, since)))
		err = fserror_no_message(client);
	else
		err = fserror_transact(&client->req, "event-get", msg, request);
	nlmsg_free(msg);
	if (err == -ESTALE && !request->stopped)
		fserror_set_error(
			client, 0,
			"event-get: the numbers are those of another boot");
	return err;
}

/* recovery */

static int recover_answer(struct request *request, const struct nlmsghdr *nlh,
			  struct fserror_why *why)
{
	(void)why;
	if (!fserror_is_command(request->client, nlh, FSERROR_CMD_EVENT_GET))
		return 0;
	return fserror_sink_message(request->arg, nlh);
}

/* 0, 1 if the answer was more than there is room for, or a negative errno */
static int ask_missing(struct fserror_client *client, struct stream *stream,
		       struct queue *answer)
{
	struct event_sink sink = { client, answer, stream, true };
	struct request request = { .client = client,
				   .answer = recover_answer,
				   .arg = &sink };
	int err;

	err = ask_events(&request, stream->group, stream->last,
			 fserror_client_boot_id(client));
	return err == -E2BIG ? 1 : err;
}

int fserror_client_recover(struct fserror_client *client, uint32_t group)
{
	struct stream *stream = fserror_joined(client, group);
	struct queue answer;
	struct item *end;
	int rc;

	if (!stream) {
		fserror_set_error(client, -EINVAL, "the group was not joined");
		return -EINVAL;
	}
	stream->draining = true;
	rc = fserror_pump_stream(client, stream);
	if (rc)
		return rc;
	fserror_queue_init(&answer);
	/* from here on what comes is not in the answer, perhaps */
	stream->missed = false;
	fserror_queue_drop_missed(&client->queue, group);
	rc = ask_missing(client, stream, &answer);
	end = rc < 0 ? NULL :
		       fserror_queue_append(&answer,
					    rc ? FSERROR_EVENT_MISSED :
						 FSERROR_EVENT_RECOVERED,
					    group);
	if (!end) {
		stream->missed = true;
		fserror_queue_free(&answer);
		return rc < 0 ? rc : fserror_no_message(client);
	}
	stream->asked = rc == 0;
	stream->asked_at = stream->last;
	stream->told_any = true;
	fserror_queue_prepend(&client->queue, &answer);
	return 0;
}

/* for those who ask */

struct visit {
	const struct fserror_events_visitor *visitor;
	void *arg;
	bool started;
	struct request *request;
};

static int stop(struct visit *visit, int rc)
{
	visit->request->stopped = rc;
	return rc;
}

static int visit_lost(void *arg, const struct fserror_lost *lost)
{
	struct visit *visit = arg;

	if (!visit->visitor->lost)
		return 0;
	return stop(visit,
		    visit->visitor->lost(visit->arg, lost->first, lost->last));
}

static int visit_record(void *arg, const struct fserror_record *rec)
{
	struct visit *visit = arg;

	if (!visit->visitor->record)
		return 0;
	return stop(visit, visit->visitor->record(visit->arg, rec));
}

static int drop_lost(void *arg, const struct fserror_lost *lost)
{
	(void)arg;
	(void)lost;
	return 0;
}

static int drop_record(void *arg, const struct fserror_record *rec)
{
	(void)arg;
	(void)rec;
	return 0;
}

static int visit_start(struct visit *visit, const struct nlmsghdr *nlh,
		       struct fserror_why *why)
{
	static const struct fserror_event_parser nothing = { drop_lost,
							     drop_record,
							     NULL };
	struct fserror_event_head head;
	int err;

	visit->started = true;
	if (!visit->visitor->start)
		return 0;
	err = fserror_parse_event(nlh, &head, &nothing, why);
	if (err)
		return err;
	return stop(visit, visit->visitor->start(
				   visit->arg,
				   fserror_present(head.present,
						   FSERROR_A_EVENT_BOOT_ID) ?
					   head.boot_id :
					   NULL,
				   head.as_of));
}

static int visit_answer(struct request *request, const struct nlmsghdr *nlh,
			struct fserror_why *why)
{
	struct visit *visit = request->arg;
	const struct fserror_event_parser parser = { .lost = visit_lost,
						     .record = visit_record,
						     .arg = visit };
	struct fserror_event_head head;
	int rc = 0;

	if (!fserror_is_command(request->client, nlh, FSERROR_CMD_EVENT_GET))
		return 0;
	if (!visit->started)
		rc = visit_start(visit, nlh, why);
	return rc ? rc : fserror_parse_event(nlh, &head, &parser, why);
}

int fserror_events_each(struct fserror_client *client,
			const struct fserror_position *position,
			const struct fserror_events_visitor *visitor, void *arg)
{
	struct request request = { .client = client, .answer = visit_answer };
	struct visit visit = { visitor, arg, false, &request };

	request.arg = &visit;
	return ask_events(&request, position->group, position->since,
			  position->boot_id);
}
