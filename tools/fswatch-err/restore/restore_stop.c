// SPDX-License-Identifier: GPL-2.0-only
#include "restore_stop.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#define PATIENCE_SECONDS 10

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	stopped = sig;
	alarm(PATIENCE_SECONDS);
}

void restore_stop_begin(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction action, was;
	size_t i;

	sigemptyset(&action.sa_mask);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		/* nohup(1) and a shell's background have a reason to ignore it */
		if (sigaction(signals[i], NULL, &was) ||
		    was.sa_handler == SIG_IGN)
			continue;
		action.sa_handler = stop;
		action.sa_flags = SA_RESTART | SA_RESETHAND;
		sigaction(signals[i], &action, NULL);
	}
	action.sa_handler = SIG_IGN;
	action.sa_flags = 0;
	sigaction(SIGPIPE, &action, NULL);
	signal(SIGALRM, SIG_DFL);
}

int restore_stopped(void)
{
	return stopped;
}
