/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Read a medium from its begin to its end: slowly, and when a read fails again in halves,
 * until it is known which blocks cannot be read. Reads that fail may take long. So of
 * what one read could not have PATROL_FAILURES more may fail; what is left then is not
 * tried any more, and counts as unread.
 */
#ifndef FSW_PATROL_H
#define FSW_PATROL_H

#include "errand.h"
#include "medium.h"
#include "spans.h"
#include "rate.h"

#define PATROL_FAILURES 64

enum patrol_end {
	PATROL_DONE,
	PATROL_INTERRUPTED, /* a signal came, or the time is over */
	PATROL_STUCK, /* a read does not come back */
	PATROL_GONE, /* the device is not there any more */
};

struct patrol {
	struct medium *medium; /* stays until the errand is done */
	struct errand *errand;
	const struct wakeup *wakeup; /* or NULL */
	struct rate *rate;
	unsigned int patience; /* seconds for one read */
	struct spans *unread; /* what could not be read, or was not tried */
	uint64_t at; /* all before this was read, as far as it could be */
	uint64_t read; /* bytes that could be read */
	/* after each read that is no part of another one; true: end it */
	bool (*tell)(void *arg, const struct patrol *patrol);
	/* a range could not be read, or was not tried after @err */
	void (*failed)(void *arg, uint64_t pos, uint64_t len, int err);
	void *arg;

	/* for patrol.c */
	struct span failing; /* of which failed() was not called yet */
	int failing_err;
	struct patrol_job *job;
};

/* from @at on to the end */
enum patrol_end patrol_run(struct patrol *patrol);

/*
 * Only this range; @at is left as it is. If it does not come to its end what is left of
 * the range is added to @unread.
 */
enum patrol_end patrol_range(struct patrol *patrol, uint64_t pos, uint64_t len);

#endif /* FSW_PATROL_H */
