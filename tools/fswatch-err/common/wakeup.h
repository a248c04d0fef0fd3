/* SPDX-License-Identifier: GPL-2.0-only */
/* One descriptor that becomes readable when the program shall end. */
#ifndef FSW_WAKEUP_H
#define FSW_WAKEUP_H

#include <stdbool.h>
#include <stdint.h>

struct wakeup {
	int fd; /* to poll for POLLIN: an epoll of the others */
	int signals; /* signalfd of SIGINT and SIGTERM */
	int timer; /* timerfd, -1 without a timeout */
};

/*
 * Block SIGINT and SIGTERM, and watch for them, and for @timeout seconds to
 * pass (0: no limit). Returns 0, or -1 and errno.
 */
int wakeup_open(struct wakeup *wakeup, uint64_t timeout);
void wakeup_close(struct wakeup *wakeup);

/* was it a signal? */
bool wakeup_by_signal(const struct wakeup *wakeup);

/* the signal that came has been heard: a wakeup that is opened later waits for the next */
void wakeup_take_signal(const struct wakeup *wakeup);

#endif /* FSW_WAKEUP_H */
