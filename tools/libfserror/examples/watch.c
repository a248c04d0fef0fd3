// SPDX-License-Identifier: GPL-2.0-only
/* Print what is damaged already, then what happens. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <libfserror.h>

static void print_record(const char *when, const struct fserror_record *rec)
{
	char word[FSERROR_WORD_MAX];

	/* what the kernel did not send is 0 */
	printf("%s %s inode %" PRIu64 " offset %" PRIu64 " length %" PRIu64
	       "\n",
	       when, fserror_kind_name(rec->kind, word), rec->ino, rec->offset,
	       rec->length);
}

static int print_damage(struct fserror_client *client)
{
	struct fserror_records damage = { 0 };
	int rc = fserror_client_damage(client, NULL, &damage);

	for (size_t i = 0; i < damage.nr; i++)
		print_record("damaged:", damage.v[i]);
	fserror_records_free(&damage);
	return rc;
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
	if (rc > 0 && event->type == FSERROR_EVENT_RECORD)
		print_record("event:", &event->record);
	else if (rc > 0 && event->type == FSERROR_EVENT_MISSED)
		rc = fserror_client_recover(client);
	else if (rc > 0 && event->type == FSERROR_EVENT_LOST)
		rc = print_damage(client);
	fserror_event_free(event);
	return rc;
}

int main(void)
{
	struct fserror_client *client;
	int rc = fserror_client_open(&client);

	if (rc >= 0)
		rc = fserror_client_subscribe(client, NULL);
	if (rc >= 0)
		rc = print_damage(client);
	while (rc >= 0)
		rc = print_next(client);
	fprintf(stderr, "watch: %s\n", fserror_client_error(client));
	fserror_client_close(client);
	return rc == -EPROTONOSUPPORT ? 2 : 1;
}
