// SPDX-License-Identifier: GPL-2.0-only
/* Print what is damaged already, then what happens. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <libfserror.h>

static uint64_t as_of; /* events up to this one are in the list */

static void print_record(const char *when, const struct fserror_record *rec)
{
	char word[FSERROR_WORD_MAX];

	/* what the kernel did not send is 0 */
	printf("%s %s inode %" PRIu64 " offset %" PRIu64 " length %" PRIu64
	       "\n",
	       when, fserror_kind_name(rec->kind, word), rec->ino, rec->offset,
	       rec->length);
}

static int header(void *arg, const struct fserror_dump_header *head)
{
	(void)arg;
	as_of = head->as_of;
	return 0;
}

static int damaged(void *arg, const struct fserror_record *rec)
{
	(void)arg;
	print_record("damaged:", rec);
	return 0;
}

static int print_damage(struct fserror_client *client)
{
	static const struct fserror_damage_visitor visitor = {
		.header = header,
		.record = damaged,
	};

	return fserror_damage_each(client, NULL, FSERROR_DAMAGE_OWNERS,
				   &visitor, NULL);
}

static int print_next(struct fserror_client *client)
{
	struct pollfd pfd = { fserror_client_fd(client), POLLIN, 0 };
	struct fserror_event *event;
	int rc = fserror_client_next(client, &event);

	if (rc == 0) { /* none now: wait */
		fflush(stdout);
		poll(&pfd, 1, -1);
		return fserror_client_pump(client);
	}
	if (rc > 0 && event->type == FSERROR_EVENT_RECORD &&
	    (event->record.seq > as_of ||
	     !fserror_record_in_dump(&event->record)))
		print_record("event:", &event->record);
	else if (rc > 0 && event->type == FSERROR_EVENT_MISSED)
		rc = fserror_client_recover(client, event->group);
	else if (rc > 0 && event->type == FSERROR_EVENT_LOST)
		rc = print_damage(client);
	fserror_event_free(event);
	return rc;
}

int main(void)
{
	struct fserror_client *client;
	int rc = fserror_client_open(&client);

	if (rc >= 0) /* the group damage alone */
		rc = fserror_client_subscribe(client, NULL, 0);
	if (rc >= 0)
		rc = print_damage(client);
	while (rc >= 0)
		rc = print_next(client);
	fprintf(stderr, "watch: %s\n", fserror_client_error(client));
	fserror_client_close(client);
	return rc == -EPROTONOSUPPORT ? 2 : 1;
}
