// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the datagrams that a client gets from the running kernel to a file: what
 * captured.c replays. For each datagram the file has a byte ('e' if it came to
 * the group damage, 'i' to the group io, 'r' if it is an answer), its length in 4
 * bytes, and the datagram itself.
 *
 * usage: capture events COUNT FILE	the next COUNT records; "ready" on stdout
 *				as soon as it listens
 *	  capture damage|filesystems|stat|history FILE	what is answered
 */
#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "internal.h"

#define WAIT_MS (120 * 1000) /* for the next event */

ssize_t __real_recvmsg(int fd, struct msghdr *msg, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags);

static FILE *tap; /* NULL: not now */
static int tapped[FSERROR_GROUP_MAX] = { -1, -1 };

/* all that the library receives comes by here */
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags)
{
	ssize_t len = __real_recvmsg(fd, msg, flags);
	uint32_t size = len;

	if (tap && len > 0) {
		fputc(fd == tapped[0] ? 'e' : fd == tapped[1] ? 'i' : 'r', tap);
		fwrite(&size, sizeof(size), 1, tap);
		fwrite(msg->msg_iov[0].iov_base, size, 1, tap);
	}
	return len;
}

static void must(struct fserror_client *client, int rc)
{
	if (rc)
		errx(1, "%s", fserror_client_error(client));
}

static void capture_events(struct fserror_client *client, const char *path,
			   unsigned long count)
{
	struct fserror_event *event;
	struct pollfd pfd;

	must(client, fserror_client_subscribe(client, NULL,
					      1 << FSERROR_GROUP_DAMAGE |
						      1 << FSERROR_GROUP_IO));
	tapped[0] = client->streams[0].sock.fd;
	tapped[1] = client->streams[1].sock.fd;
	tap = fopen(path, "w");
	if (!tap)
		err(1, "%s", path);
	puts("ready");
	fflush(stdout);
	pfd = (struct pollfd){ .fd = fserror_client_fd(client),
			       .events = POLLIN };
	while (count) {
		if (poll(&pfd, 1, WAIT_MS) != 1)
			errx(1, "%lu events did not come", count);
		must(client, fserror_client_pump(client));
		while (fserror_client_next(client, &event) == 1) {
			if (event->type != FSERROR_EVENT_RECORD || !count--)
				errx(1, "an event too many, or missed");
			fserror_event_free(event);
		}
	}
}

static int see_filesystem(void *arg, const struct fserror_filesystem *fs)
{
	(void)arg;
	(void)fs;
	return 0;
}

static void capture_answer(struct fserror_client *client, const char *path,
			   const char *question)
{
	static const struct fserror_damage_visitor no_damage;
	static const struct fserror_events_visitor no_events;
	static const struct fserror_position begin = {
		.group = FSERROR_GROUP_DAMAGE
	};
	struct fserror_stat *stat;

	tap = fopen(path, "w");
	if (!tap)
		err(1, "%s", path);
	if (!strcmp(question, "damage")) {
		must(client,
		     fserror_damage_each(client, NULL, FSERROR_DAMAGE_OWNERS,
					 &no_damage, NULL));
	} else if (!strcmp(question, "filesystems")) {
		must(client,
		     fserror_filesystems_each(client, see_filesystem, NULL));
	} else if (!strcmp(question, "stat")) {
		must(client, fserror_client_stat(client, &stat));
		fserror_stat_free(stat);
	} else if (!strcmp(question, "history")) {
		/* everything that the kernel still has */
		must(client,
		     fserror_events_each(client, &begin, &no_events, NULL));
	} else {
		errx(1, "unknown question: '%s'", question);
	}
}

int main(int argc, char **argv)
{
	struct fserror_client *client;
	unsigned long count = 0;

	if (argc == 4 && !strcmp(argv[1], "events"))
		count = strtoul(argv[2], NULL, 10);
	if (argc != 3 && !count)
		errx(1,
		     "usage: capture events COUNT FILE | capture QUESTION FILE");
	if (fserror_client_open(&client))
		errx(1, "%s", fserror_client_error(client));
	if (count)
		capture_events(client, argv[3], count);
	else
		capture_answer(client, argv[2], argv[1]);
	if (fclose(tap))
		err(1, "%s", argv[argc - 1]);
	tap = NULL;
	fserror_client_close(client);
	return 0;
}
