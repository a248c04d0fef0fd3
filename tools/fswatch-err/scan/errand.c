// SPDX-License-Identifier: GPL-2.0-only
#include "errand.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define LEAVE_MS 1000 /* for what is at work when the program shall end */

struct errand {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	void (*run)(void *arg); /* to do, or being done */
	void *arg;
	bool ends; /* there is nothing more to do */
	int done; /* eventfd: it is done */
	struct errand *next;
};

/* those that were left behind */
static struct errand *left;

static void *work(void *arg)
{
	struct errand *errand = arg;
	const uint64_t one = 1;
	void (*run)(void *arg);

	pthread_mutex_lock(&errand->lock);
	for (;;) {
		while (!errand->run && !errand->ends)
			pthread_cond_wait(&errand->changed, &errand->lock);
		run = errand->run;
		if (!run)
			break;
		pthread_mutex_unlock(&errand->lock);
		run(errand->arg);
		pthread_mutex_lock(&errand->lock);
		errand->run = NULL;
		(void)!write(errand->done, &one, sizeof(one));
	}
	pthread_mutex_unlock(&errand->lock);
	return NULL;
}

static int start(struct errand *errand)
{
	sigset_t set, before;
	int err;

	/* the thread that waits for them is another one */
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, &before);
	err = pthread_create(&errand->thread, NULL, work, errand);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

struct errand *errand_new(void)
{
	struct errand *errand = calloc(1, sizeof(*errand));
	int err;

	if (!errand)
		return NULL;
	errand->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (errand->done < 0) {
		free(errand);
		return NULL;
	}
	pthread_mutex_init(&errand->lock, NULL);
	pthread_cond_init(&errand->changed, NULL);
	err = start(errand);
	if (!err)
		return errand;
	close(errand->done);
	free(errand);
	errno = err;
	return NULL;
}

static uint64_t now_in_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

enum errand_end errand_run(struct errand *errand, void (*run)(void *arg),
			   void *arg, unsigned int seconds,
			   const struct wakeup *wakeup)
{
	uint64_t now = now_in_ms(), end = now + (uint64_t)seconds * 1000, count;
	struct pollfd fds[2] = {
		{ .fd = errand->done, .events = POLLIN },
		{ .fd = wakeup ? wakeup->fd : -1, .events = POLLIN },
	};
	bool woken = false;

	pthread_mutex_lock(&errand->lock);
	errand->run = run;
	errand->arg = arg;
	pthread_cond_signal(&errand->changed);
	pthread_mutex_unlock(&errand->lock);
	while (now < end) {
		if (poll(fds, 2, (int)(end - now)) < 0 && errno != EINTR)
			break;
		if (read(errand->done, &count, sizeof(count)) == sizeof(count))
			return ERRAND_DONE;
		now = now_in_ms();
		if (fds[1].fd >= 0 && fds[1].revents) {
			woken = true;
			fds[1].fd = -1;
			if (end > now + LEAVE_MS)
				end = now + LEAVE_MS;
		}
	}
	return woken ? ERRAND_WOKEN : ERRAND_STUCK;
}

bool errand_free(struct errand *errand)
{
	bool busy;

	pthread_mutex_lock(&errand->lock);
	busy = errand->run;
	errand->ends = true;
	pthread_cond_signal(&errand->changed);
	pthread_mutex_unlock(&errand->lock);
	if (busy) {
		pthread_detach(errand->thread);
		errand->next = left;
		left = errand;
		return false;
	}
	pthread_join(errand->thread, NULL);
	pthread_cond_destroy(&errand->changed);
	pthread_mutex_destroy(&errand->lock);
	close(errand->done);
	free(errand);
	return true;
}
