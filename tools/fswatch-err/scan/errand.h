/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Things that may wait for a disk, done by a thread, so that nobody else waits for it:
 * one at a time. One that does not end is left behind with its thread, and all that it
 * uses; supervise.h sees to it that the program can end nevertheless.
 */
#ifndef FSW_ERRAND_H
#define FSW_ERRAND_H

#include <stdbool.h>

#include "wakeup.h"

enum errand_end {
	ERRAND_DONE,
	ERRAND_STUCK, /* the time is over, and it is still at work */
	ERRAND_WOKEN, /* the program shall end, and it is still at work */
};

struct errand;

/* start the thread, in which SIGINT and SIGTERM are blocked; NULL and errno */
struct errand *errand_new(void);

/*
 * Have @run(@arg) done, and wait for it: @seconds, or if @wakeup tells that the program
 * shall end, one second from then.
 */
enum errand_end errand_run(struct errand *errand, void (*run)(void *arg),
			   void *arg, unsigned int seconds,
			   const struct wakeup *wakeup);

/*
 * End the thread. Returns false if it is still at work: then what the errand uses must
 * stay as it is.
 */
bool errand_free(struct errand *errand);

#endif /* FSW_ERRAND_H */
