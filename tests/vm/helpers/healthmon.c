// SPDX-License-Identifier: GPL-2.0-only
/*
 * healthmon: print a line for every event of XFS's health monitor.
 *
 *	healthmon MOUNTPOINT
 *
 * "ready" comes first; then, with numbers of bytes, or of 512-byte sectors for
 * media errors,
 *
 *	media domain=5 daddr=192 bbcount=1
 *	datalost ino=131 gen=7 pos=0 len=512 error=5
 *	event domain=1 type=6
 *
 * It ends when its standard input has a line or ends.
 */
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "xfs_ioctl.h"

static void print_event(const struct xfs_health_monitor_event *event)
{
	switch (event->type) {
	case XFS_HEALTH_MONITOR_TYPE_RUNNING:
		return;
	case XFS_HEALTH_MONITOR_TYPE_MEDIA_ERROR:
		printf("media domain=%u daddr=%llu bbcount=%llu\n",
		       event->domain, (unsigned long long)event->e.media.daddr,
		       (unsigned long long)event->e.media.bbcount);
		break;
	case XFS_HEALTH_MONITOR_TYPE_DATALOST:
		printf("datalost ino=%llu gen=%u pos=%llu len=%llu error=%u\n",
		       (unsigned long long)event->e.filerange.ino,
		       event->e.filerange.gen,
		       (unsigned long long)event->e.filerange.pos,
		       (unsigned long long)event->e.filerange.len,
		       event->e.filerange.error);
		break;
	default:
		printf("event domain=%u type=%u\n", event->domain, event->type);
		break;
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct xfs_health_monitor start = { .format =
						    XFS_HEALTH_MONITOR_FMT_V0 };
	struct xfs_health_monitor_event events[64];
	struct pollfd fds[2] = { { .fd = 0, .events = POLLIN },
				 { .events = POLLIN } };
	int fd;

	if (argc != 2)
		errx(1, "usage: healthmon MOUNTPOINT");
	fd = open(argv[1], O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		err(1, "%s", argv[1]);
	fds[1].fd = ioctl(fd, XFS_IOC_HEALTH_MONITOR, &start);
	if (fds[1].fd < 0)
		err(1, "XFS_IOC_HEALTH_MONITOR");
	close(fd);
	puts("ready");
	fflush(stdout);

	for (;;) {
		ssize_t n, i;

		if (poll(fds, 2, -1) < 0)
			err(1, "poll");
		if (!fds[1].revents)
			return 0;
		n = read(fds[1].fd, events, sizeof(events));
		if (n < 0)
			err(1, "health monitor");
		if (!n)
			return 0;
		for (i = 0; i < n / (ssize_t)sizeof(events[0]); i++)
			print_event(&events[i]);
	}
}
