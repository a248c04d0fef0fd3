// SPDX-License-Identifier: GPL-2.0-only
#include "reader.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ASK_MS 1000 /* between two questions for what is missing */
#define PULSE_MS 5000
#define AGAIN_MS 1000 /* after an error of the socket */

static const uint32_t groups = 1 << FSERROR_GROUP_DAMAGE |
			       1 << FSERROR_GROUP_IO;

int reader_open(struct reader *reader, struct backlog *backlog,
		struct counters *counters)
{
	int err;

	*reader = (struct reader){ .backlog = backlog,
				   .counters = counters,
				   .stop = -1 };
	err = fserror_client_open(&reader->client);
	if (!err)
		err = fserror_client_subscribe(reader->client, NULL, groups);
	return err;
}

static void take_record(struct reader *reader, const struct fserror_record *rec)
{
	counters_event(reader->counters, rec);
	if (rec->kind == FSERROR_KIND_TEST)
		atomic_store(&reader->counters->heard_test, rec->seq);
	if (!backlog_put(reader->backlog, rec))
		atomic_fetch_add(&reader->counters->overflows, 1);
}

static void take_event(struct reader *reader, const struct fserror_event *event)
{
	switch (event->type) {
	case FSERROR_EVENT_RECORD:
		take_record(reader, &event->record);
		break;
	case FSERROR_EVENT_MISSED:
		reader->missed[event->group] = true;
		atomic_fetch_add(&reader->counters->overruns, 1);
		break;
	case FSERROR_EVENT_LOST:
		/* the keeper counts them: it finds the same when it asks */
		backlog_want_list(reader->backlog);
		break;
	case FSERROR_EVENT_RECOVERED:
		break;
	}
}

/* ask for what is missing, but not all the time; *@asked: the answer is there */
static int recover(struct reader *reader, bool *asked)
{
	uint32_t group;
	int err = 0;

	*asked = false;
	for (group = 1; !err && group <= FSERROR_GROUP_MAX; group++) {
		if (!reader->missed[group] ||
		    counters_ms() - reader->asked[group] < ASK_MS)
			continue;
		reader->asked[group] = counters_ms();
		reader->missed[group] = false;
		*asked = true;
		err = fserror_client_recover(reader->client, group);
	}
	return err;
}

int reader_read(struct reader *reader)
{
	struct fserror_event *event;
	bool asked;
	int rc;

	do {
		rc = fserror_client_pump(reader->client);
		if (rc)
			return rc;
		while ((rc = fserror_client_next(reader->client, &event)) > 0) {
			take_event(reader, event);
			fserror_event_free(event);
		}
		if (!rc)
			rc = recover(reader, &asked);
	} while (!rc && asked);
	return rc;
}

static bool is_behind(const struct reader *reader)
{
	return reader->missed[FSERROR_GROUP_DAMAGE] ||
	       reader->missed[FSERROR_GROUP_IO];
}

/* after an error: what was told meanwhile is asked for. Others say what it was */
static void begin_again(struct reader *reader, int err)
{
	struct pollfd stop = { .fd = reader->stop, .events = POLLIN };

	atomic_store(&reader->counters->reader_error, -err);
	if (poll(&stop, 1, AGAIN_MS) > 0)
		return;
	if (!fserror_client_subscribe(reader->client, NULL, groups)) {
		atomic_store(&reader->counters->reader_error, 0);
		backlog_want_list(reader->backlog);
	}
}

static void *read_events(void *arg)
{
	struct reader *reader = arg;
	struct pollfd fds[2] = { { .fd = reader->stop, .events = POLLIN } };
	int err;

	while (!fds[0].revents) {
		atomic_store(&reader->counters->reader_ms, counters_ms());
		err = reader_read(reader);
		if (err) {
			begin_again(reader, err);
			poll(fds, 1, 0);
			continue;
		}
		fds[1].fd = fserror_client_fd(reader->client);
		fds[1].events = POLLIN;
		poll(fds, 2, is_behind(reader) ? ASK_MS / 4 : PULSE_MS);
	}
	return NULL;
}

int reader_start(struct reader *reader)
{
	reader->stop = eventfd(0, EFD_CLOEXEC);
	if (reader->stop < 0)
		return -errno;
	return -pthread_create(&reader->thread, NULL, read_events, reader);
}

void reader_stop(struct reader *reader)
{
	const uint64_t one = 1;

	if (write(reader->stop, &one, sizeof(one)) < 0)
		return;
	pthread_join(reader->thread, NULL);
}

void reader_close(struct reader *reader)
{
	fserror_client_close(reader->client);
	if (reader->stop >= 0)
		close(reader->stop);
}
