// SPDX-License-Identifier: GPL-2.0-only
#include "counters.h"

#include <string.h>
#include <time.h>

uint64_t counters_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000) + now.tv_nsec / 1000000;
}

uint64_t counters_now(void)
{
	return time(NULL);
}

void counters_init(struct counters *counters)
{
	memset(counters, 0, sizeof(*counters));
	pthread_mutex_init(&counters->lock, NULL);
	atomic_store(&counters->reader_ms, counters_ms());
}

void counters_event(struct counters *counters, const struct fserror_record *rec)
{
	const uint32_t kind = rec->kind > FSERROR_KIND_MAX ? 0 : rec->kind;
	const uint32_t cause = rec->cause > FSERROR_CAUSE_MAX ? 0 : rec->cause;

	atomic_fetch_add(&counters->events[kind][cause],
			 rec->repeat ? rec->repeat : 1);
}
