// SPDX-License-Identifier: GPL-2.0-only
/*
 * The publisher and the watchers inside the kernel: order, filter, draining,
 * and what happens when the ring moves past the publisher.
 */
#include <kunit/run-in-irq-context.h>
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/fserror.h>
#include <linux/kthread.h>
#include "internal.h"
#include "kunit_fs.h"

/* far fewer than the ring holds, so that none of them can be overwritten */
#define NR_EVENTS	100

static void add_test_records(struct kunit *test, unsigned int nr)
{
	struct fserror_record *record;

	record = kunit_kzalloc(test, sizeof(*record), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, record);
	while (nr--) {
		fserror_record_init(record, NULL, FSERROR_KIND_TEST, 0);
		record->ino = nr;
		fserror_journal_add(NULL, record);
	}
}

static void test_order(struct kunit *test)
{
	struct kunit_watcher *watcher = kunit_watch(test, 0, NR_EVENTS);
	unsigned int i;

	add_test_records(test, NR_EVENTS);
	fserror_publish_wait();

	KUNIT_EXPECT_GE(test, watcher->nr, NR_EVENTS);
	KUNIT_EXPECT_FALSE(test, watcher->disorder);
	KUNIT_EXPECT_EQ(test, watcher->nr_lost, 0ULL);
	for (i = 1; i < NR_EVENTS; i++)
		KUNIT_EXPECT_EQ(test, watcher->records[i].seq,
				watcher->records[i - 1].seq + 1);
}

/* Both are called for each record, each in order. */
static void test_two_watchers(struct kunit *test)
{
	struct kunit_watcher *one = kunit_watch(test, 0, NR_EVENTS);
	struct kunit_watcher *two = kunit_watch(test, 0, NR_EVENTS);
	unsigned int before = fserror_watch_count();

	add_test_records(test, 3);
	fserror_publish_wait();
	KUNIT_EXPECT_GE(test, before, 2U);
	KUNIT_EXPECT_GE(test, one->nr, 3U);
	KUNIT_EXPECT_EQ(test, one->nr, two->nr);
	KUNIT_EXPECT_FALSE(test, one->disorder || two->disorder);
}

static void test_sb_filter(struct kunit *test)
{
	struct kunit_fs *mine = kunit_fs_mount(test);
	struct kunit_fs *other = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, mine->sb->s_dev, 4);

	fserror_report_shutdown(other->sb, GFP_KERNEL);
	fserror_report_shutdown(mine->sb, GFP_KERNEL);
	fserror_report_shutdown(other->sb, GFP_KERNEL);
	add_test_records(test, 1);
	fserror_publish_wait();

	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);
	KUNIT_EXPECT_EQ(test, watcher->records[0].dev, mine->sb->s_dev);
}

static void test_unregistered(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->sb->s_dev, 2);
	unsigned int before = fserror_watch_count();

	fserror_watch_unregister(&watcher->watch);
	KUNIT_EXPECT_EQ(test, fserror_watch_count(), before - 1);
	fserror_report_shutdown(fs->sb, GFP_KERNEL);
	fserror_publish_wait();
	KUNIT_EXPECT_EQ(test, watcher->nr, 0U);
	/* the end of the test unregisters it */
	KUNIT_ASSERT_EQ(test, fserror_watch_register(&watcher->watch), 0);
}

static void test_no_callback(struct kunit *test)
{
	struct fserror_watch watch = { };
	unsigned int before = fserror_watch_count();

	KUNIT_EXPECT_EQ(test, fserror_watch_register(&watch), -EINVAL);
	KUNIT_EXPECT_EQ(test, fserror_watch_count(), before);
}

/* A watcher that stays in its callback until it is let go. */
struct slow_watcher {
	struct fserror_watch	watch;
	struct completion	entered;
	struct completion	leave;
	struct completion	unregistered;
	unsigned int		calls;
	bool			inside;
	bool			was_inside;
};

static void slow_event(struct fserror_watch *watch,
		       const struct fserror_record *record)
{
	struct slow_watcher *slow =
			container_of(watch, struct slow_watcher, watch);

	if (slow->calls++)
		return;
	WRITE_ONCE(slow->inside, true);
	complete(&slow->entered);
	wait_for_completion(&slow->leave);
	WRITE_ONCE(slow->inside, false);
}

static struct slow_watcher *slow_watch(struct kunit *test)
{
	struct slow_watcher *slow = kunit_kzalloc(test, sizeof(*slow), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, slow);
	init_completion(&slow->entered);
	init_completion(&slow->leave);
	init_completion(&slow->unregistered);
	slow->watch.event = slow_event;
	fserror_publish_wait();
	KUNIT_ASSERT_EQ(test, fserror_watch_register(&slow->watch), 0);
	return slow;
}

static int unregister_slow(void *data)
{
	struct slow_watcher *slow = data;

	fserror_watch_unregister(&slow->watch);
	slow->was_inside = READ_ONCE(slow->inside);
	complete(&slow->unregistered);
	return 0;
}

/* Unregistering returns after the callback, not while it runs. */
static void test_unregister_drains(struct kunit *test)
{
	struct slow_watcher *slow = slow_watch(test);
	struct task_struct *task;

	add_test_records(test, 1);
	wait_for_completion(&slow->entered);
	task = kthread_run(unregister_slow, slow, "fserror_unregister");
	if (!IS_ERR(task)) {
		/* time enough to return too early */
		KUNIT_EXPECT_EQ(test, wait_for_completion_timeout(&slow->unregistered,
								  HZ / 5), 0UL);
	}
	complete(&slow->leave);
	if (IS_ERR(task)) {
		unregister_slow(slow);
		KUNIT_FAIL_AND_ABORT(test, "no thread: %pe", task);
	}
	wait_for_completion(&slow->unregistered);
	KUNIT_EXPECT_FALSE(test, slow->was_inside);
}

/* What the ring lost is told by its numbers, before what comes after it. */
static void test_lost(struct kunit *test)
{
	struct slow_watcher *slow = slow_watch(test);
	struct kunit_watcher *watcher = kunit_watch(test, 0, 2);
	struct fserror_ring_stat stat;
	u64 unsent_before, unsent;

	fserror_published(&unsent_before);
	add_test_records(test, 1);
	wait_for_completion(&slow->entered);

	/* the publisher stands in the slow watcher: ten more than there is room */
	fserror_journal_stat(&stat);
	add_test_records(test, stat.size + 10);
	complete(&slow->leave);
	fserror_publish_wait();
	fserror_watch_unregister(&slow->watch);

	fserror_published(&unsent);
	KUNIT_EXPECT_FALSE(test, watcher->disorder);
	KUNIT_EXPECT_EQ(test, watcher->lost_first, watcher->records[0].seq + 1);
	KUNIT_EXPECT_EQ(test, watcher->records[1].seq, watcher->lost_last + 1);
	/* others may add records meanwhile, which pushes out as many more */
	KUNIT_EXPECT_GE(test, watcher->nr_lost, 10ULL);
	KUNIT_EXPECT_EQ(test, unsent - unsent_before, watcher->nr_lost);
	KUNIT_EXPECT_EQ(test, watcher->nr + watcher->nr_lost,
			watcher->last - watcher->records[0].seq + 1);
}

/*
 * Not fserror_report(): what that does after the journal allocates memory, which
 * lockdep does not like to see in hardirq context.
 */
static bool report_from_anywhere(void *data)
{
	struct kunit_fs *fs = data;

	fserror_journal_error(fs->sb, NULL, FSERR_METADATA, 0, 0, -EIO);
	return true;
}

/* From task, softirq and hardirq context at once: all arrive, in order. */
static void test_any_context(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, 0, 1);
	struct fserror_ring_stat before, after;

	fserror_journal_stat(&before);
	kunit_run_irq_test(test, report_from_anywhere, 300, fs);
	fserror_publish_wait();
	fserror_journal_stat(&after);

	KUNIT_EXPECT_GT(test, after.kinds[FSERROR_KIND_METADATA],
			before.kinds[FSERROR_KIND_METADATA]);
	KUNIT_EXPECT_FALSE(test, watcher->disorder);
	KUNIT_EXPECT_GE(test, watcher->last, after.last);
	KUNIT_EXPECT_GE(test, watcher->nr + watcher->nr_lost,
			after.last - before.last);
}

static struct kunit_case fserror_watch_cases[] = {
	KUNIT_CASE(test_order),
	KUNIT_CASE(test_two_watchers),
	KUNIT_CASE(test_sb_filter),
	KUNIT_CASE(test_unregistered),
	KUNIT_CASE(test_no_callback),
	KUNIT_CASE(test_unregister_drains),
	KUNIT_CASE(test_lost),
	KUNIT_CASE(test_any_context),
	{}
};

static struct kunit_suite fserror_watch_suite = {
	.name		= "fserror-watch",
	.test_cases	= fserror_watch_cases,
};

kunit_test_suite(fserror_watch_suite);
