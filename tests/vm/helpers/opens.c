// SPDX-License-Identifier: GPL-2.0-only
/*
 * Print the names of what is opened, read or executed on a filesystem, a line each, until
 * a signal ends it. "ready" is the first line.
 * usage: opens DIRECTORY
 */
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/fanotify.h>
#include <unistd.h>

static void print_name(const struct fanotify_event_metadata *event)
{
	char link[32], name[PATH_MAX];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", event->fd);
	len = readlink(link, name, sizeof(name) - 1);
	close(event->fd);
	printf("%s%.*s\n", event->mask & FAN_OPEN_EXEC ? "exec " : "",
	       len < 0 ? 1 : (int)len, len < 0 ? "?" : name);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const struct fanotify_event_metadata *event;
	char buf[4096];
	ssize_t len;
	int fd;

	if (argc != 2)
		errx(1, "usage: opens DIRECTORY");
	fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC, O_PATH | O_CLOEXEC);
	if (fd < 0)
		fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC,
				   O_RDONLY | O_CLOEXEC);
	if (fd < 0 ||
	    fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM,
			  FAN_OPEN | FAN_ACCESS | FAN_OPEN_EXEC | FAN_ONDIR,
			  AT_FDCWD, argv[1]))
		err(1, "%s", argv[1]);
	puts("ready");
	fflush(stdout);
	while ((len = read(fd, buf, sizeof(buf))) > 0) {
		event = (const struct fanotify_event_metadata *)buf;
		for (; FAN_EVENT_OK(event, len);
		     event = FAN_EVENT_NEXT(event, len))
			print_name(event);
	}
	err(1, "read");
}
