// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two means, because neither is enough alone.
 *
 * The I/O priority is the lowest of the class best effort: others go first if
 * the disk's scheduler heeds it. Not the class idle: a directory is locked while
 * it is read, and who wants to change it would wait behind all I/O of everyone.
 *
 * Many disks have no scheduler, and processors have to be shared as well: so
 * after WORK the thread sleeps for PAUSE. A search is a quarter slower for
 * that, and at worst it uses four fifths of what it could.
 */
#include "pace.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/ioprio.h>

#define NS_PER_MS UINT64_C(1000000)
#define WORK (20 * NS_PER_MS)
#define PAUSE (5 * NS_PER_MS)

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 * NS_PER_MS + ts.tv_nsec;
}

void pace_begin(struct pace *pace)
{
	pace->ioprio = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);
	if (pace->ioprio >= 0)
		syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
			IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, IOPRIO_BE_NR - 1));
	pace->since = now();
}

void pace_turn(struct pace *pace)
{
	const struct timespec pause = { .tv_nsec = PAUSE };

	if (now() - pace->since < WORK)
		return;
	nanosleep(&pause, NULL);
	pace->since = now();
}

void pace_end(const struct pace *pace)
{
	if (pace->ioprio >= 0)
		syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, pace->ioprio);
}
