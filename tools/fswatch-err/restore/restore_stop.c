// SPDX-License-Identifier: GPL-2.0-only
#include "restore_stop.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

/* what comes by several ways, from a terminal and from who passes it on, is one */
#define SAME_SECONDS 1

static volatile sig_atomic_t stopped;
static time_t since;

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static void stop(int sig)
{
	if (stopped && now() - since <= SAME_SECONDS)
		return;
	if (stopped) {
		signal(sig, SIG_DFL);
		raise(sig); /* when this returns */
		return;
	}
	stopped = sig;
	since = now();
	alarm(RESTORE_STOP_SECONDS);
}

void restore_stop_begin(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction action = { .sa_flags = SA_RESTART }, was;
	size_t i;

	/* one at a time */
	sigemptyset(&action.sa_mask);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&action.sa_mask, signals[i]);
	action.sa_handler = stop;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		/* nohup(1) and a shell's background have a reason to ignore it */
		if (!sigaction(signals[i], NULL, &was) &&
		    was.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGALRM, SIG_DFL);
}

int restore_stopped(void)
{
	return stopped;
}
