// SPDX-License-Identifier: GPL-2.0-only
/*
 * A watcher that remembers.
 */
#include <linux/slab.h>
#include "internal.h"
#include "kunit_watch.h"

static void kunit_watcher_passed(struct kunit_watcher *watcher,
				 enum fserror_group group, u64 first, u64 last)
{
	/* with a filter there are holes */
	if (first <= watcher->last[group] ||
	    (!watcher->watch.instance && watcher->last[group] &&
	     first != watcher->last[group] + 1))
		watcher->disorder = true;
	watcher->last[group] = last;
}

static void kunit_watcher_event(struct fserror_watch *watch,
				const struct fserror_record *record)
{
	struct kunit_watcher *watcher =
			container_of(watch, struct kunit_watcher, watch);

	guard(mutex)(&watcher->lock);
	kunit_watcher_passed(watcher, fserror_group_of(record->kind),
			     record->seq, record->seq);
	if (watcher->nr < watcher->max)
		watcher->records[watcher->nr] = *record;
	watcher->nr++;
}

static void kunit_watcher_lost(struct fserror_watch *watch,
			       enum fserror_group group, u64 first, u64 last)
{
	struct kunit_watcher *watcher =
			container_of(watch, struct kunit_watcher, watch);

	guard(mutex)(&watcher->lock);
	kunit_watcher_passed(watcher, group, first, last);
	watcher->lost_first = first;
	watcher->lost_last = last;
	watcher->nr_lost += last - first + 1;
}

static void kunit_unwatch_action(void *watch)
{
	fserror_watch_unregister(watch);
}

/**
 * kunit_watch - begin to watch
 * @test: test, whose end unregisters the watcher
 * @instance: only records of this mount of a filesystem, 0 for all
 * @max: how many records are to be remembered
 *
 * It hears of both groups. What was in the rings before is not told.
 *
 * Context: Process context, may sleep.
 * Return: the watcher.
 */
struct kunit_watcher *kunit_watch(struct kunit *test, u64 instance,
				  unsigned int max)
{
	struct kunit_watcher *watcher;

	watcher = kunit_kzalloc(test, sizeof(*watcher), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, watcher);
	watcher->records = kunit_kcalloc(test, max, sizeof(*watcher->records),
					 GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, watcher->records);
	watcher->max = max;
	mutex_init(&watcher->lock);
	watcher->watch.event = kunit_watcher_event;
	watcher->watch.lost = kunit_watcher_lost;
	watcher->watch.instance = instance;
	watcher->watch.groups = BIT(FSERROR_GROUP_DAMAGE) |
				BIT(FSERROR_GROUP_IO);

	fserror_publish_wait();
	KUNIT_ASSERT_EQ(test, fserror_watch_register(&watcher->watch), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test,
							kunit_unwatch_action,
							&watcher->watch), 0);
	return watcher;
}

/**
 * kunit_instance - number of a mounted filesystem
 * @sb: the filesystem
 *
 * Context: Any.
 * Return: its number, 0 if it has none.
 */
u64 kunit_instance(struct super_block *sb)
{
	struct fserror_count *count;

	guard(rcu)();
	count = fserror_sb_count(sb);
	return count ? count->instance : 0;
}
