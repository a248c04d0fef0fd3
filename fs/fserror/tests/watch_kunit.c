// SPDX-License-Identifier: GPL-2.0-only
/*
 * The publisher and the watchers inside the kernel: order, filter, groups, draining,
 * and what happens when the ring moves past a watcher.
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
#include "kunit_watch.h"

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
		fserror_publish(NULL, record);
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
	KUNIT_EXPECT_TRUE(test, fserror_publish_heard());
}

/* Each group has its numbers; who wants one does not hear the other. */
static void test_groups(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *both = kunit_watch(test, kunit_instance(fs->sb), 4);
	struct kunit_watcher *io = kunit_watch(test, kunit_instance(fs->sb), 4);

	/* again, with one group */
	fserror_watch_unregister(&io->watch);
	io->watch.groups = BIT(FSERROR_GROUP_IO);
	KUNIT_ASSERT_EQ(test, fserror_watch_register(&io->watch), 0);

	fserror_report_shutdown(fs->sb, GFP_KERNEL);
	fserror_report_io(d_inode(fs->sb->s_root), FSERR_BUFFERED_WRITE, 0, 512,
			  -EIO, GFP_KERNEL);
	fserror_publish_wait();
	KUNIT_EXPECT_EQ(test, both->nr, 2U);
	KUNIT_ASSERT_EQ(test, io->nr, 1U);
	KUNIT_EXPECT_EQ(test, io->records[0].kind, FSERROR_KIND_BUFFERED_WRITE);
	KUNIT_EXPECT_EQ(test, io->records[0].fs_seq, 1ULL);
}

static void test_sb_filter(struct kunit *test)
{
	struct kunit_fs *mine = kunit_fs_mount(test);
	struct kunit_fs *other = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, kunit_instance(mine->sb), 4);

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
	struct kunit_watcher *watcher = kunit_watch(test, kunit_instance(fs->sb), 2);
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

static void never_event(struct fserror_watch *watch,
			const struct fserror_record *record)
{
}

static void test_no_such_group(struct kunit *test)
{
	struct fserror_watch watch = {
		.event	= never_event,
		.groups	= BIT(FSERROR_GROUP_MAX + 1),
	};

	KUNIT_EXPECT_EQ(test, fserror_watch_register(&watch), -EINVAL);
	watch.groups = BIT(0) | BIT(FSERROR_GROUP_DAMAGE);
	KUNIT_EXPECT_EQ(test, fserror_watch_register(&watch), -EINVAL);
}

/* A watcher that stays in its callback until it is let go. */
struct slow_watcher {
	struct fserror_watch	watch;
	struct completion	entered;
	struct completion	leave;
	struct completion	unregistered;
	unsigned int		calls;
	u64			first_lost;
	u64			nr_lost;
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

static void slow_lost(struct fserror_watch *watch, enum fserror_group group,
		      u64 first, u64 last)
{
	struct slow_watcher *slow =
			container_of(watch, struct slow_watcher, watch);

	slow->first_lost = first;
	slow->nr_lost += last - first + 1;
}

static struct slow_watcher *slow_watch(struct kunit *test)
{
	struct slow_watcher *slow = kunit_kzalloc(test, sizeof(*slow), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, slow);
	init_completion(&slow->entered);
	init_completion(&slow->leave);
	init_completion(&slow->unregistered);
	slow->watch.event = slow_event;
	slow->watch.lost = slow_lost;
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

/* Not fserror_publish_wait(), which would wait for the slow one as well. */
static bool wait_for(struct kunit_watcher *watcher, u64 seq)
{
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		scoped_guard(mutex, &watcher->lock)
			if (watcher->last[FSERROR_GROUP_DAMAGE] >= seq)
				return true;
		msleep(20);
	}
	return false;
}

/* One that is slow delays nobody, not even when it is unregistered. */
static void test_slow_alone(struct kunit *test)
{
	struct slow_watcher *slow = slow_watch(test);
	struct kunit_watcher *watcher = kunit_watch(test, 0, 2);
	struct kunit_watcher *other = kunit_watch(test, 0, 2);
	u64 unsent, last;

	add_test_records(test, 1);
	wait_for_completion(&slow->entered);
	add_test_records(test, 1);
	last = fserror_journal_last(FSERROR_GROUP_DAMAGE);
	KUNIT_EXPECT_TRUE(test, wait_for(watcher, last));
	KUNIT_EXPECT_TRUE(test, wait_for(other, last));
	KUNIT_EXPECT_GE(test, fserror_published(FSERROR_GROUP_DAMAGE, &unsent),
			last);
	fserror_watch_unregister(&other->watch);

	complete(&slow->leave);
	fserror_watch_unregister(&slow->watch);
	/* the end of the test unregisters it */
	KUNIT_ASSERT_EQ(test, fserror_watch_register(&other->watch), 0);
}

/* What a watcher did not take in time is told to it alone, by its numbers. */
static void test_lost(struct kunit *test)
{
	struct slow_watcher *slow = slow_watch(test);
	struct kunit_watcher *watcher = kunit_watch(test, 0, 2);
	struct fserror_ring_stat stat;
	unsigned int i;
	u64 first;

	add_test_records(test, 1);
	wait_for_completion(&slow->entered);
	first = fserror_journal_last(FSERROR_GROUP_DAMAGE);

	/* it stands in its callback: ten more than there is room */
	fserror_journal_stat(FSERROR_GROUP_DAMAGE, &stat);
	for (i = 0; i < stat.size + 10; i += stat.size / 8) {
		add_test_records(test, stat.size / 8);
		wait_for(watcher, fserror_journal_last(FSERROR_GROUP_DAMAGE));
	}
	KUNIT_EXPECT_EQ(test, watcher->nr_lost, 0ULL);
	KUNIT_EXPECT_FALSE(test, watcher->disorder);

	complete(&slow->leave);
	fserror_publish_wait();
	KUNIT_EXPECT_EQ(test, slow->first_lost, first + 1);
	/* others may add records meanwhile, which pushes out as many more */
	KUNIT_EXPECT_GE(test, slow->nr_lost, 10ULL);
	fserror_watch_unregister(&slow->watch);
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

/*
 * From task, softirq and hardirq context at once: all arrive, in order. The same error
 * again and again is few records that say how many there were.
 */
static void test_any_context(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher =
			kunit_watch(test, kunit_instance(fs->sb), 1024);
	u64 errors = 0;
	unsigned int i;

	kunit_run_irq_test(test, report_from_anywhere, 300, fs);
	fserror_publish_wait();

	for (i = 0; i < min(watcher->nr, watcher->max); i++)
		errors += max(watcher->records[i].repeat, 1ULL);
	KUNIT_EXPECT_FALSE(test, watcher->disorder);
	KUNIT_EXPECT_LE(test, watcher->nr, watcher->max);
	KUNIT_EXPECT_GE(test, errors, 300ULL);
}

static struct kunit_case fserror_watch_cases[] = {
	KUNIT_CASE(test_order),
	KUNIT_CASE(test_two_watchers),
	KUNIT_CASE(test_groups),
	KUNIT_CASE(test_sb_filter),
	KUNIT_CASE(test_unregistered),
	KUNIT_CASE(test_no_callback),
	KUNIT_CASE(test_no_such_group),
	KUNIT_CASE(test_unregister_drains),
	KUNIT_CASE(test_slow_alone),
	KUNIT_CASE(test_lost),
	KUNIT_CASE(test_any_context),
	{}
};

static struct kunit_suite fserror_watch_suite = {
	.name		= "fserror-watch",
	.test_cases	= fserror_watch_cases,
};

kunit_test_suite(fserror_watch_suite);
