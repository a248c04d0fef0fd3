// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whatever waits (for the kernel, for the reader of our output, for names) also takes
 * arriving events out of the sockets, so that the kernel does not have to drop any.
 */
#include "monitor.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "cmd.h"

#define NS_PER_SEC UINT64_C(1000000000)

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* for poll(): 0 is no end */
static int milliseconds_until(uint64_t end)
{
	uint64_t now = now_ms();

	if (!end)
		return -1;
	if (now >= end)
		return 0;
	return end - now < INT32_MAX ? (int)(end - now) : INT32_MAX;
}

int monitor_wait(struct monitor *m, unsigned int what, uint64_t end)
{
	struct pollfd fds[4];
	int err, nr;

	for (;;) {
		fds[0] = (struct pollfd){ .fd = fserror_client_fd(m->client),
					  .events = POLLIN };
		fds[1] =
			(struct pollfd){ .fd = m->wakeup.fd, .events = POLLIN };
		/* without FOR_OUTPUT: only to see the reader go */
		fds[2] = (struct pollfd){ .fd = m->out.fd,
					  .events = what & FOR_OUTPUT ?
							    POLLOUT :
							    0 };
		fds[3] = (struct pollfd){
			.fd = what & FOR_NAMES ? pending_fd(&m->pending) : -1,
			.events = POLLIN
		};
		nr = poll(fds, 4, milliseconds_until(end));
		if (nr < 0) {
			if (errno == EINTR)
				continue;
			err = -errno;
			warn("cannot wait for events");
			return err;
		}
		if (fds[1].revents)
			return -EINTR;
		if (fds[0].revents) {
			/* whoever waits for something else goes back to the events */
			m->arrived = true;
			err = fserror_client_pump(m->client);
			if (err) {
				cmd_failed(m->client, err);
				return err;
			}
		}
		if (fds[2].revents & (POLLERR | POLLHUP) &&
		    !(what & FOR_OUTPUT)) {
			warnx("cannot write to standard output: %s",
			      strerror(EPIPE));
			return -EPIPE;
		}
		if (!nr || fds[3].revents ||
		    (fds[0].revents && what & FOR_EVENTS) ||
		    (fds[2].revents && what & FOR_OUTPUT))
			return 0;
	}
}

int monitor_wait_output(void *arg, int fd)
{
	int err = monitor_wait(arg, FOR_OUTPUT, 0);

	(void)fd; /* there is but one */
	return err && err != -EINTR ? END_SAID : err;
}
