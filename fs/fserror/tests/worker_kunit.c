// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a window to records: what changed is asked about, compared with what was told,
 * and told.
 */
#include <kunit/test.h>
#include <linux/blkdev.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include "internal.h"
#include "kunit_fs.h"
#include "kunit_watch.h"

#define MAX_RECORDS	2000

static void expect_record(struct kunit *test, const struct kunit_watcher *watcher,
			  unsigned int nr, enum fserror_kind kind, u32 flags,
			  u64 pos, u64 len)
{
	const struct fserror_record *record = &watcher->records[nr];

	KUNIT_ASSERT_LT(test, nr, min(watcher->nr, watcher->max));
	KUNIT_EXPECT_EQ(test, record->kind, kind);
	KUNIT_EXPECT_EQ(test, record->flags, flags);
	KUNIT_EXPECT_EQ(test, record->device.dev, KUNIT_FS_DISK_DEV);
	KUNIT_EXPECT_EQ(test, record->device.pos, pos);
	KUNIT_EXPECT_EQ(test, record->device.len, len);
	KUNIT_EXPECT_EQ(test, (u32)record->role, (u32)FSERROR_ROLE_DATA);
}

static void change(struct kunit *test, struct kunit_fs *fs, unsigned int why)
{
	kunit_fs_changed(fs, 0, KUNIT_FS_SIZE, why);
	kunit_fs_settle(test, fs);
}

static struct fserror_dev *device(struct kunit_fs *fs)
{
	return fserror_dev_next(kunit_fs_instance(fs), 0);
}

static void test_new_and_written(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, 4);

	kunit_fs_set_bad(fs, 4096, 512);
	change(test, fs, BDEV_WHY_MEDIA);
	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);
	expect_record(test, watcher, 0, FSERROR_KIND_DATA_LOST, 0, 4096, 512);

	/* told is told */
	change(test, fs, BDEV_WHY_MEDIA);
	KUNIT_EXPECT_EQ(test, watcher->nr, 1U);

	kunit_fs_set_bad(fs, 0, 0);
	change(test, fs, BDEV_WHY_WRITTEN);
	KUNIT_ASSERT_EQ(test, watcher->nr, 2U);
	expect_record(test, watcher, 1, FSERROR_KIND_CLEARED, 0, 4096, 512);
	KUNIT_EXPECT_FALSE(test, watcher->records[1].has_inode);
	/* it is forgotten by its range, whatever it was told with */
	KUNIT_EXPECT_EQ(test, watcher->records[1].cause, 0U);
	KUNIT_EXPECT_EQ(test, watcher->records[1].origin.len, 0ULL);
	KUNIT_EXPECT_EQ(test, device(fs)->told.nr, 0U);
}

/* Good because it lies elsewhere: the loss is kept. */
static void test_remapped(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, 4);

	kunit_fs_set_bad(fs, 4096, 512);
	change(test, fs, BDEV_WHY_MEDIA);
	kunit_fs_set_bad(fs, 0, 0);
	change(test, fs, BDEV_WHY_REMAPPED);
	KUNIT_ASSERT_EQ(test, watcher->nr, 2U);
	expect_record(test, watcher, 1, FSERROR_KIND_CLEARED,
		      FSERROR_RECORD_FLAG_CONTENT_UNKNOWN, 4096, 512);
	KUNIT_EXPECT_EQ(test, device(fs)->told.nr, 1U);
}

static void test_unowned(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, 4);

	fs->owners = 0;
	kunit_fs_set_bad(fs, 4096, 512);
	change(test, fs, BDEV_WHY_MEDIA);
	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);
	expect_record(test, watcher, 0, FSERROR_KIND_MEDIA,
		      FSERROR_RECORD_FLAG_UNOWNED, 4096, 512);
}

/* What was bad before is told at mount, as what it is, and the mount itself. */
static void test_replay(struct kunit *test)
{
	struct kunit_watcher *watcher = kunit_watch(test, 0, 8);
	struct kunit_fs *fs = kunit_fs_mount_bad(test, 8192, 1024);
	u64 instance = fs->instance;
	unsigned int i, nr = 0;

	kunit_fs_settle(test, fs);
	kunit_fs_umount(test, fs);
	fserror_publish_wait();
	for (i = 0; i < min(watcher->nr, watcher->max); i++) {
		static const enum fserror_kind kinds[] = {
			FSERROR_KIND_MOUNT, FSERROR_KIND_DATA_LOST,
			FSERROR_KIND_UNMOUNT,
		};

		if (watcher->records[i].instance != instance)
			continue;
		KUNIT_ASSERT_LT(test, nr, (unsigned int)ARRAY_SIZE(kinds));
		KUNIT_EXPECT_EQ(test, watcher->records[i].kind, kinds[nr]);
		KUNIT_EXPECT_EQ(test, watcher->records[i].flags,
				nr == 1 ? (u32)FSERROR_RECORD_FLAG_REPLAY : 0U);
		KUNIT_EXPECT_EQ(test, watcher->records[i].fs_seq, nr + 1ULL);
		nr++;
	}
	KUNIT_EXPECT_EQ(test, nr, 3U);
}

/* Suspended: what was told stands, and nothing is told. */
static void test_suspended(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, 4);

	kunit_fs_set_bad(fs, 4096, 512);
	change(test, fs, BDEV_WHY_MEDIA);
	fs->bad_error = -EBUSY;
	change(test, fs, BDEV_WHY_MEDIA);
	KUNIT_EXPECT_EQ(test, watcher->nr, 1U);
	KUNIT_EXPECT_EQ(test, device(fs)->told.nr, 1U);
	KUNIT_EXPECT_FALSE(test, device(fs)->unknown);
}

/* The mapping keeps moving: it is asked again without being told to. */
static void test_again(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, 4);

	fs->bad_error = -EAGAIN;
	kunit_fs_set_bad(fs, 4096, 512);
	kunit_fs_changed(fs, 0, KUNIT_FS_SIZE, BDEV_WHY_MEDIA);
	KUNIT_EXPECT_FALSE(test, fserror_sb_settle(kunit_fs_instance(fs), HZ / 4));
	fs->bad_error = 0;
	kunit_fs_settle(test, fs);
	KUNIT_EXPECT_EQ(test, watcher->nr, 1U);
}

/* Not answered: what is not known to be bad is unknown, until it is answered. */
static void test_unknown(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, 8);

	kunit_fs_set_bad(fs, 4096, 512);
	change(test, fs, BDEV_WHY_MEDIA);
	fs->bad_error = -EIO;
	change(test, fs, BDEV_WHY_MEDIA);
	KUNIT_EXPECT_TRUE(test, device(fs)->unknown);
	KUNIT_ASSERT_EQ(test, watcher->nr, 3U);
	expect_record(test, watcher, 1, FSERROR_KIND_MEDIA,
		      FSERROR_RECORD_FLAG_UNKNOWN, 0, 4096);
	expect_record(test, watcher, 2, FSERROR_KIND_MEDIA,
		      FSERROR_RECORD_FLAG_UNKNOWN, 4608, KUNIT_FS_SIZE - 4608);

	/* a thawed filesystem is worth another try */
	fs->bad_error = 0;
	down_write(&fs->sb->s_umount);
	fserror_sb_thawed(fs->sb);
	up_write(&fs->sb->s_umount);
	msleep(300);
	kunit_fs_settle(test, fs);
	KUNIT_EXPECT_FALSE(test, device(fs)->unknown);
	KUNIT_ASSERT_EQ(test, watcher->nr, 5U);
	expect_record(test, watcher, 3, FSERROR_KIND_CLEARED, 0, 0, 4096);
	expect_record(test, watcher, 4, FSERROR_KIND_CLEARED, 0, 4608,
		      KUNIT_FS_SIZE - 4608);
	KUNIT_EXPECT_EQ(test, device(fs)->told.nr, 1U);
}

/* As many owners as there are tokens, and then one record for each range. */
static void test_budget(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	unsigned long begin = kunit_fs_instance(fs)->refilled;
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance,
						    MAX_RECORDS);
	unsigned int owners = 0, bulk = 0, most, i;

	fs->owners = FSERROR_OWNER_BURST - 100;
	kunit_fs_set_bad(fs, 4096, 65536);
	change(test, fs, BDEV_WHY_MEDIA);
	KUNIT_EXPECT_EQ(test, watcher->nr, fs->owners);

	fs->owners = 10 * FSERROR_OWNER_BURST;
	kunit_fs_set_bad(fs, 131072, 65536);
	change(test, fs, BDEV_WHY_MEDIA);
	/* the clock went on, and gave some tokens back */
	most = FSERROR_OWNER_BURST +
	       (jiffies - begin) * FSERROR_TELL_RATE / HZ;
	KUNIT_EXPECT_LE(test, watcher->nr, most + 1);
	for (i = 0; i < min(watcher->nr, watcher->max); i++) {
		owners += watcher->records[i].kind == FSERROR_KIND_DATA_LOST;
		bulk += watcher->records[i].kind == FSERROR_KIND_BULK;
	}
	KUNIT_EXPECT_GE(test, owners, (unsigned int)FSERROR_OWNER_BURST);
	if (watcher->nr <= watcher->max)
		KUNIT_EXPECT_EQ(test, bulk, 1U);
	KUNIT_EXPECT_EQ(test, device(fs)->told.nr, 2U);
}

/*
 * Ranges have tokens of their own, which owners leave over; when those are gone too a
 * record is about a batch of ranges. No range is left out or told twice.
 */
static void test_bulk(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance,
						    MAX_RECORDS);
	unsigned int i, single = 0, all = 0;
	u64 next = 0;

	fs->owners = 2 * FSERROR_OWNER_BURST;
	for (i = 0; i < KUNIT_FS_MAX_BAD; i++)
		kunit_fs_set_bad(fs, i * 2560ULL, 2048);
	change(test, fs, BDEV_WHY_MEDIA);
	KUNIT_ASSERT_LT(test, watcher->nr, watcher->max);
	for (i = 0; i < watcher->nr; i++) {
		struct fserror_record *record = &watcher->records[i];

		if (record->kind != FSERROR_KIND_BULK)
			continue;
		KUNIT_EXPECT_EQ(test, record->device.pos, next * 2560);
		if (record->flags & FSERROR_RECORD_FLAG_PARTIAL) {
			KUNIT_EXPECT_GT(test, record->count, 1ULL);
			next += record->count;
		} else {
			KUNIT_EXPECT_EQ(test, record->device.len, 2048ULL);
			single++;
			next++;
		}
		KUNIT_EXPECT_EQ(test, record->device.pos + record->device.len,
				(next - 1) * 2560 + 2048);
		all++;
	}
	KUNIT_EXPECT_EQ(test, next, (u64)KUNIT_FS_MAX_BAD);
	KUNIT_EXPECT_GE(test, single, (unsigned int)FSERROR_BULK_BURST);
	KUNIT_EXPECT_LT(test, single, all);
	KUNIT_EXPECT_EQ(test, device(fs)->told.nr, (u32)KUNIT_FS_MAX_BAD);
}

/* All of the device is gone: that is said at once, and then whose it was. */
static void test_removed(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, 8);
	struct fserror_told_range told;

	fs->owners = 2;
	kunit_fs_set_bad(fs, 0, KUNIT_FS_SIZE);
	kunit_fs_changed(fs, 0, KUNIT_FS_SIZE, BDEV_WHY_REMOVED);
	/* also before the worker has run */
	KUNIT_EXPECT_EQ(test, fserror_dev_copy(kunit_fs_instance(fs), device(fs), 0,
					       &told, 1), 1U);
	KUNIT_EXPECT_EQ(test, told.range.len, KUNIT_FS_SIZE);
	kunit_fs_settle(test, fs);

	KUNIT_ASSERT_EQ(test, watcher->nr, 3U);
	expect_record(test, watcher, 0, FSERROR_KIND_BULK, 0, 0, KUNIT_FS_SIZE);
	KUNIT_EXPECT_EQ(test, watcher->records[0].cause, (u32)BDEV_BAD_REMOVED);
	expect_record(test, watcher, 1, FSERROR_KIND_DATA_LOST,
		      FSERROR_RECORD_FLAG_LATE, 0, KUNIT_FS_SIZE / 2);
	expect_record(test, watcher, 2, FSERROR_KIND_DATA_LOST,
		      FSERROR_RECORD_FLAG_LATE, KUNIT_FS_SIZE / 2,
		      KUNIT_FS_SIZE / 2);
	KUNIT_EXPECT_TRUE(test, device(fs)->removed);
}

/* No removal waits that nobody hears of, so nobody is asked whose it was. */
static void test_removed_unheard(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct fserror_told_range told;

	fs->owners = 2;
	kunit_fs_set_bad(fs, 0, KUNIT_FS_SIZE);
	kunit_fs_changed(fs, 0, KUNIT_FS_SIZE, BDEV_WHY_REMOVED);
	kunit_fs_settle(test, fs);

	KUNIT_ASSERT_EQ(test, fserror_dev_copy(kunit_fs_instance(fs), device(fs), 0,
					       &told, 1), 1U);
	KUNIT_EXPECT_EQ(test, told.range.len, KUNIT_FS_SIZE);
	KUNIT_EXPECT_TRUE(test, told.flags & FSERROR_TOLD_UNRESOLVED);
}

/* A device below is gone, which is told with the window @win: only what is bad is told. */
static void expect_removed_below(struct kunit *test, const struct bdev_bad_window *win)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, 8);

	kunit_fs_set_bad(fs, 4096, 512);
	fserror_bad_changed(fs->sb, fs->disk->part0, win);
	kunit_fs_settle(test, fs);
	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);
	expect_record(test, watcher, 0, FSERROR_KIND_DATA_LOST, 0, 4096, 512);
}

/* A window that has passed a layer may be larger than what is gone. */
static void test_removed_below(struct kunit *test)
{
	const struct bdev_bad_window win = {
		.len	= KUNIT_FS_SIZE,
		.why	= BDEV_WHY_REMOVED,
		.hops	= 1,
	};

	expect_removed_below(test, &win);
}

/* Such a window has been joined with what the layer above said of itself: a member failed. */
static void test_removed_below_joined(struct kunit *test)
{
	const struct bdev_bad_window win = {
		.len	= KUNIT_FS_SIZE,
		.why	= BDEV_WHY_REMOVED | BDEV_WHY_MEDIA,
	};

	expect_removed_below(test, &win);
}

/* Nobody knows where: told once, and cleared. */
static void test_unplaced(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, 8);

	fs->unplaced = true;
	kunit_fs_changed(fs, 4096, 512, BDEV_WHY_MEDIA);
	kunit_fs_settle(test, fs);
	change(test, fs, BDEV_WHY_MEDIA);
	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);
	expect_record(test, watcher, 0, FSERROR_KIND_MEDIA,
		      FSERROR_RECORD_FLAG_UNMAPPED |
		      FSERROR_RECORD_FLAG_UNRESOLVED, 0, KUNIT_FS_SIZE);
	KUNIT_EXPECT_STREQ(test, watcher->records[0].layer, "below");

	fs->unplaced = false;
	kunit_fs_changed(fs, 4096, 512, BDEV_WHY_WRITTEN);
	kunit_fs_settle(test, fs);
	KUNIT_ASSERT_EQ(test, watcher->nr, 2U);
	expect_record(test, watcher, 1, FSERROR_KIND_CLEARED,
		      FSERROR_RECORD_FLAG_UNMAPPED, 0, KUNIT_FS_SIZE);
}

/* A layer has a copy left, and says where: that is forgotten by its range. */
static void test_degraded(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, 8);

	kunit_fs_set_bad(fs, 4096, 512);
	fs->bad[0].flags = BDEV_BAD_DEGRADED;
	strscpy(fs->bad[0].layer, "raid1");
	change(test, fs, BDEV_WHY_MEDIA);
	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);
	expect_record(test, watcher, 0, FSERROR_KIND_DEGRADED, 0, 4096, 512);
	KUNIT_EXPECT_STREQ(test, watcher->records[0].layer, "raid1");

	kunit_fs_set_bad(fs, 0, 0);
	change(test, fs, BDEV_WHY_WRITTEN);
	KUNIT_ASSERT_EQ(test, watcher->nr, 2U);
	expect_record(test, watcher, 1, FSERROR_KIND_CLEARED, 0, 4096, 512);
	KUNIT_EXPECT_STREQ(test, watcher->records[1].layer, "");
}

/* One that cannot say where: the copy, and then the rest as well. */
static void test_degraded_unplaced(struct kunit *test)
{
	const u32 nowhere = FSERROR_RECORD_FLAG_UNMAPPED;
	const u32 whose = nowhere | FSERROR_RECORD_FLAG_UNRESOLVED;
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, 8);

	fs->unplaced = true;
	fs->unplaced_flags = BDEV_BAD_DEGRADED;
	change(test, fs, BDEV_WHY_MEDIA);
	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);
	expect_record(test, watcher, 0, FSERROR_KIND_DEGRADED, whose, 0, KUNIT_FS_SIZE);

	fs->unplaced_flags = 0;
	change(test, fs, BDEV_WHY_MEDIA);
	KUNIT_ASSERT_EQ(test, watcher->nr, 3U);
	expect_record(test, watcher, 1, FSERROR_KIND_CLEARED, nowhere, 0, KUNIT_FS_SIZE);
	expect_record(test, watcher, 2, FSERROR_KIND_MEDIA, whose, 0, KUNIT_FS_SIZE);

	fs->unplaced = false;
	change(test, fs, BDEV_WHY_WRITTEN);
	KUNIT_ASSERT_EQ(test, watcher->nr, 4U);
	expect_record(test, watcher, 3, FSERROR_KIND_CLEARED, nowhere, 0, KUNIT_FS_SIZE);
	KUNIT_EXPECT_STREQ(test, watcher->records[3].layer, "below");
}

/* Somebody holds s_umount: told without owners after a second, and those later. */
static void test_stuck(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, 8);

	kunit_fs_set_bad(fs, 4096, 512);
	down_write(&fs->sb->s_umount);
	change(test, fs, BDEV_WHY_MEDIA);
	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);
	expect_record(test, watcher, 0, FSERROR_KIND_MEDIA,
		      FSERROR_RECORD_FLAG_UNRESOLVED, 4096, 512);
	KUNIT_EXPECT_TRUE(test, device(fs)->owed);

	fserror_sb_thawed(fs->sb);
	up_write(&fs->sb->s_umount);
	msleep(300);
	fserror_publish_wait();
	KUNIT_ASSERT_EQ(test, watcher->nr, 2U);
	expect_record(test, watcher, 1, FSERROR_KIND_DATA_LOST,
		      FSERROR_RECORD_FLAG_LATE, 4096, 512);
	KUNIT_EXPECT_FALSE(test, device(fs)->owed);
}

/* Pieces nearer than the grain are one, which knows when one of them is another. */
static void test_join(struct kunit *test)
{
	static const struct bdev_bad_range range[] = {
		{ .pos = 100, .len = 10, .origin_pos = 100, .origin_len = 10 },
		{ .pos = 150, .len = 10, .origin_pos = 150, .origin_len = 10 },
		{ .pos = 151, .len = 10, .origin_pos = 151, .origin_len = 10 },
	};
	struct fserror_told_range *told;
	struct fserror_dev *dev;
	unsigned int i;

	dev = kunit_kzalloc(test, sizeof(*dev), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	told = kunit_kcalloc(test, 5, sizeof(*told), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, told);
	for (i = 0; i < 5; i++)
		told[i] = fserror_answer(dev, &range[i % 3]);

	KUNIT_EXPECT_FALSE(test, fserror_answer_join(&told[0], &told[1], 0));
	KUNIT_EXPECT_FALSE(test, fserror_answer_join(&told[0], &told[1], 40));
	/* the first with the second, and with the third */
	KUNIT_EXPECT_TRUE(test, fserror_answer_join(&told[0], &told[1], 64));
	KUNIT_EXPECT_TRUE(test, fserror_answer_join(&told[3], &told[2], 64));
	KUNIT_EXPECT_EQ(test, told[0].range.pos, 100ULL);
	KUNIT_EXPECT_EQ(test, told[0].range.len, 60ULL);
	KUNIT_EXPECT_EQ(test, told[0].range.origin_len, 60ULL);
	KUNIT_EXPECT_EQ(test, told[0].count, 2U);
	KUNIT_EXPECT_EQ(test, told[0].flags, FSERROR_TOLD_PARTIAL);
	KUNIT_EXPECT_NE(test, told[0].hash, told[3].hash);
}

static struct kunit_case fserror_worker_cases[] = {
	KUNIT_CASE(test_new_and_written),
	KUNIT_CASE(test_remapped),
	KUNIT_CASE(test_unowned),
	KUNIT_CASE(test_replay),
	KUNIT_CASE(test_suspended),
	KUNIT_CASE(test_again),
	KUNIT_CASE(test_unknown),
	KUNIT_CASE(test_budget),
	KUNIT_CASE(test_bulk),
	KUNIT_CASE(test_removed),
	KUNIT_CASE(test_removed_unheard),
	KUNIT_CASE(test_removed_below),
	KUNIT_CASE(test_removed_below_joined),
	KUNIT_CASE(test_unplaced),
	KUNIT_CASE(test_degraded),
	KUNIT_CASE(test_degraded_unplaced),
	KUNIT_CASE(test_stuck),
	KUNIT_CASE(test_join),
	{}
};

static struct kunit_suite fserror_worker_suite = {
	.name		= "fserror-worker",
	.test_cases	= fserror_worker_cases,
};

kunit_test_suite(fserror_worker_suite);
