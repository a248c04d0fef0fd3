/* SPDX-License-Identifier: GPL-2.0-only */
/* What is counted, for the metrics: written by the threads that watch. */
#ifndef ERRD_COUNTERS_H
#define ERRD_COUNTERS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "ledger.h"

#define COUNTERS_SUMS 64 /* different kinds, causes and states of losses */
#define COUNTERS_FILESYSTEMS 256 /* of which something is said, one by one */

struct counted_filesystem {
	bool has_uuid, can_resolve, can_tell;
	uint8_t uuid[FSERROR_UUID_LEN];
	char fstype[FSERROR_NAME_MAX];
};

struct counters {
	/* by kind and cause; what this program does not know is 0 */
	atomic_ullong events[FSERROR_KIND_MAX + 1][FSERROR_CAUSE_MAX + 1];
	atomic_ullong overruns; /* something did not arrive */
	atomic_ullong gone; /* events that nobody will ever know */
	atomic_ullong
		overflows; /* of our own backlog; they are asked for again */
	atomic_ullong unplaced; /* losses of which nobody can say where */
	atomic_ullong ledger_errors;
	atomic_bool ledger_works;
	atomic_ullong
		selftest; /* CLOCK_REALTIME seconds of the last that was heard */
	atomic_ullong listed; /* of the last list that was complete */
	atomic_ullong reader_ms; /* CLOCK_MONOTONIC: when the reader was well */
	atomic_int reader_error; /* errno that it has now, 0: none */
	atomic_ullong heard_test; /* the last test event that came */
	pthread_mutex_t lock; /* of what follows */
	struct ledger_sum sums[COUNTERS_SUMS];
	size_t nr_sums;
	struct counted_filesystem fs[COUNTERS_FILESYSTEMS];
	size_t nr_fs, all_fs;
};

uint64_t counters_ms(void); /* CLOCK_MONOTONIC */
uint64_t counters_now(void); /* CLOCK_REALTIME, seconds */
void counters_init(struct counters *counters);
void counters_event(struct counters *counters,
		    const struct fserror_record *rec);

#endif /* ERRD_COUNTERS_H */
