/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A watcher that remembers.
 */
#ifndef _FS_FSERROR_TESTS_KUNIT_WATCH_H
#define _FS_FSERROR_TESTS_KUNIT_WATCH_H

#include <kunit/test.h>
#include <linux/fserror_watch.h>
#include <linux/mutex.h>
#include "internal.h"

/**
 * struct kunit_watcher - remembers what it is told
 * @watch: what is registered
 * @lock: held while it is told something
 * @records: the first @max records
 * @max: for how many there is room
 * @nr: how many there were
 * @lost_first: first number of the last gap that was told, 0 if none was
 * @lost_last: last number of it
 * @nr_lost: records in gaps
 * @disorder: a number was told that is not the one after the last one
 * @last: last number of each group that was told, as a record or in a gap
 */
struct kunit_watcher {
	struct fserror_watch	watch;
	struct mutex		lock;	/* protects all that follows */
	struct fserror_record	*records;
	unsigned int		max;
	unsigned int		nr;
	u64			lost_first;
	u64			lost_last;
	u64			nr_lost;
	bool			disorder;
	u64			last[FSERROR_NR_GROUPS];
};

struct kunit_watcher *kunit_watch(struct kunit *test, u64 instance,
				  unsigned int max);
u64 kunit_instance(struct super_block *sb);

#endif /* _FS_FSERROR_TESTS_KUNIT_WATCH_H */
