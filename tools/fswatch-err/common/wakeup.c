// SPDX-License-Identifier: GPL-2.0-only
#include "wakeup.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

static int watch(const struct wakeup *wakeup, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return fd < 0 ? -1 : epoll_ctl(wakeup->fd, EPOLL_CTL_ADD, fd, &event);
}

int wakeup_open(struct wakeup *wakeup, uint64_t timeout)
{
	struct itimerspec in = { .it_value.tv_sec = timeout };
	sigset_t set;
	int err;

	*wakeup = (struct wakeup){ .fd = -1, .signals = -1, .timer = -1 };
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -1;
	wakeup->fd = epoll_create1(EPOLL_CLOEXEC);
	if (wakeup->fd < 0)
		return -1;
	wakeup->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (watch(wakeup, wakeup->signals))
		goto close_all;
	if (!timeout)
		return 0;
	wakeup->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (watch(wakeup, wakeup->timer) ||
	    timerfd_settime(wakeup->timer, 0, &in, NULL))
		goto close_all;
	return 0;

close_all:
	err = errno;
	wakeup_close(wakeup);
	errno = err;
	return -1;
}

void wakeup_close(struct wakeup *wakeup)
{
	if (wakeup->timer >= 0)
		close(wakeup->timer);
	if (wakeup->signals >= 0)
		close(wakeup->signals);
	if (wakeup->fd >= 0)
		close(wakeup->fd);
}

bool wakeup_by_signal(const struct wakeup *wakeup)
{
	struct pollfd pfd = { .fd = wakeup->signals, .events = POLLIN };

	return poll(&pfd, 1, 0) > 0;
}

void wakeup_take_signal(const struct wakeup *wakeup)
{
	struct signalfd_siginfo info;

	/* one of each may be waiting */
	while (wakeup_by_signal(wakeup) &&
	       read(wakeup->signals, &info, sizeof(info)) == sizeof(info))
		;
}
