// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of mounted filesystems, and what is counted for each.
 */
#include <kunit/test.h>
#include <linux/blkdev.h>
#include <linux/fs.h>
#include <linux/fserror.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "internal.h"
#include "kunit_fs.h"
#include "kunit_watch.h"

/* @dev: 0 if it may be any; @uuid: NULL if it may be any */
static bool fserror_test_known(dev_t dev, const uuid_t *uuid)
{
	struct fserror_filter_fs fs = { .dev = dev, .has_uuid = uuid };

	if (uuid)
		fs.uuid = *uuid;
	return fserror_sb_known(&fs);
}

static void test_find(struct kunit *test)
{
	struct kunit_fs *one = kunit_fs_mount(test);
	struct kunit_fs *two = kunit_fs_mount(test);

	KUNIT_EXPECT_TRUE(test, fserror_test_known(one->sb->s_dev, NULL));
	KUNIT_EXPECT_TRUE(test, fserror_test_known(two->sb->s_dev, NULL));
	KUNIT_EXPECT_TRUE(test, fserror_test_known(0, &one->sb->s_uuid));
	KUNIT_EXPECT_TRUE(test, fserror_test_known(0, &two->sb->s_uuid));
	KUNIT_EXPECT_TRUE(test, fserror_test_known(two->sb->s_dev, &two->sb->s_uuid));
	/* one's device with two's UUID is neither */
	KUNIT_EXPECT_FALSE(test, fserror_test_known(one->sb->s_dev, &two->sb->s_uuid));
	KUNIT_EXPECT_FALSE(test, fserror_test_known(MKDEV(4095, 1048575), NULL));
}

static void test_unmounted(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	dev_t dev = fs->sb->s_dev;
	uuid_t uuid = fs->sb->s_uuid;

	kunit_fs_umount(test, fs);
	KUNIT_EXPECT_FALSE(test, fserror_test_known(dev, NULL));
	KUNIT_EXPECT_FALSE(test, fserror_test_known(0, &uuid));
}

/* The walk sees each once and in the order of mounting. */
static void test_walk(struct kunit *test)
{
	struct kunit_fs *one = kunit_fs_mount(test);
	struct kunit_fs *two = kunit_fs_mount(test);
	unsigned int nr_one = 0, nr_two = 0;
	struct fserror_sb_info *info;
	u64 instance = 0, before = 0;

	info = kunit_kzalloc(test, sizeof(*info), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, info);
	while (fserror_sb_next_info(&instance, info)) {
		KUNIT_EXPECT_GT(test, instance, before);
		KUNIT_EXPECT_EQ(test, instance, info->instance);
		before = instance;
		if (instance == one->instance) {
			nr_one++;
			KUNIT_EXPECT_EQ(test, nr_two, 0U);
			KUNIT_EXPECT_TRUE(test, info->can_resolve);
			KUNIT_EXPECT_FALSE(test, info->shutdown);
			KUNIT_EXPECT_STREQ(test, info->sb_id, one->sb->s_id);
			KUNIT_ASSERT_EQ(test, info->nr_devs, 1U);
			KUNIT_EXPECT_EQ(test, info->devs[0].dev, KUNIT_FS_DISK_DEV);
			KUNIT_EXPECT_EQ(test, info->devs[0].flags, 0U);
		}
		nr_two += instance == two->instance;
	}
	KUNIT_EXPECT_EQ(test, nr_one, 1U);
	KUNIT_EXPECT_EQ(test, nr_two, 1U);
}

/**
 * struct marks_param - windows that are remembered
 * @desc: what is special
 * @add: positions and lengths
 * @nr: how many there are then
 * @first: position of the first byte that is covered
 * @end: first byte behind all
 */
struct marks_param {
	const char	*desc;
	u64		add[6][2];
	unsigned int	nr;
	u64		first;
	u64		end;
};

static const struct marks_param marks_params[] = {
	{ "one", {{10, 5}}, 1, 10, 15 },
	{ "the same twice", {{10, 5}, {10, 5}}, 1, 10, 15 },
	{ "apart", {{10, 5}, {20, 5}}, 2, 10, 25 },
	{ "touching", {{10, 5}, {15, 5}}, 1, 10, 20 },
	{ "overlapping, backwards", {{15, 5}, {10, 7}}, 1, 10, 20 },
	{ "one joins two", {{10, 5}, {20, 5}, {14, 7}}, 1, 10, 25 },
	{ "four", {{10, 1}, {20, 1}, {30, 1}, {40, 1}}, 4, 10, 41 },
	{ "the fifth makes the hull", {{10, 1}, {20, 1}, {30, 1}, {40, 1}, {50, 1}},
	  1, 10, 51 },
	{ "the fifth fits", {{10, 1}, {20, 1}, {30, 1}, {40, 1}, {30, 2}}, 4, 10,
	  41 },
	{ "and one after the hull",
	  {{10, 1}, {20, 1}, {30, 1}, {40, 1}, {50, 1}, {90, 1}}, 2, 10, 91 },
};

KUNIT_ARRAY_PARAM_DESC(marks, marks_params, desc);

static void test_marks(struct kunit *test)
{
	const struct marks_param *param = test->param_value;
	struct fserror_marks marks = { };
	u64 first = U64_MAX, end = 0;
	unsigned int i, why = 0, added = 0;

	for (i = 0; i < 6 && param->add[i][1]; i++) {
		struct bdev_bad_window win = {
			.pos	= param->add[i][0],
			.len	= param->add[i][1],
			.why	= BIT(i),
		};

		fserror_marks_add(&marks, &win);
		added |= BIT(i);
	}
	KUNIT_EXPECT_EQ(test, marks.nr, param->nr);
	for (i = 0; i < marks.nr; i++) {
		first = min(first, marks.win[i].pos);
		end = max(end, marks.win[i].pos + marks.win[i].len);
		why |= marks.win[i].why;
	}
	KUNIT_EXPECT_EQ(test, first, param->first);
	KUNIT_EXPECT_EQ(test, end, param->end);
	KUNIT_EXPECT_EQ(test, why, added);
}

static u64 count(struct super_block *sb, enum fserror_kind kind)
{
	guard(rcu)();
	return atomic64_read(&fserror_sb_count(sb)->kinds[kind]);
}

static u64 count_unresolved(struct super_block *sb)
{
	guard(rcu)();
	return atomic64_read(&fserror_sb_count(sb)->unresolved);
}

static void test_count(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_fs *other = kunit_fs_mount(test);
	struct fserror_record *record;

	record = kunit_kzalloc(test, sizeof(*record), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, record);

	fserror_report_shutdown(fs->sb, GFP_KERNEL);
	fserror_report_shutdown(fs->sb, GFP_KERNEL);
	fserror_record_init(record, fs->sb, FSERROR_KIND_MEDIA, EIO);
	record->flags = FSERROR_RECORD_FLAG_UNRESOLVED;
	fserror_sb_publish(kunit_fs_instance(fs), record, 1);

	KUNIT_EXPECT_EQ(test, count(fs->sb, FSERROR_KIND_SHUTDOWN), 2ULL);
	KUNIT_EXPECT_EQ(test, count(fs->sb, FSERROR_KIND_MEDIA), 1ULL);
	KUNIT_EXPECT_EQ(test, count(fs->sb, FSERROR_KIND_DATA_LOST), 0ULL);
	KUNIT_EXPECT_EQ(test, count_unresolved(fs->sb), 1ULL);
	KUNIT_EXPECT_EQ(test, count(other->sb, FSERROR_KIND_SHUTDOWN), 0ULL);
}

/* Records of kind test, which nothing but a test makes. */
static u64 count_tests(void)
{
	struct fserror_ring_stat stat;

	fserror_journal_stat(FSERROR_GROUP_DAMAGE, &stat);
	return stat.kinds[FSERROR_KIND_TEST];
}

/* By device, by UUID, by both: it names the one, and is counted as a test. */
static void test_test_record(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_fs *other = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, 3);
	struct fserror_filter_fs by_dev = { .dev = fs->sb->s_dev };
	struct fserror_filter_fs by_uuid = {
		.uuid		= fs->sb->s_uuid,
		.has_uuid	= true,
	};
	struct fserror_filter_fs by_both = {
		.dev		= fs->sb->s_dev,
		.uuid		= fs->sb->s_uuid,
		.has_uuid	= true,
	};
	u64 before = count_tests(), seq[3];
	unsigned int i;

	seq[0] = fserror_sb_test(&by_dev);
	seq[1] = fserror_sb_test(&by_uuid);
	seq[2] = fserror_sb_test(&by_both);
	fserror_publish_wait();

	KUNIT_EXPECT_EQ(test, count_tests() - before, 3ULL);
	KUNIT_ASSERT_EQ(test, watcher->nr, 3U);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, watcher->records[i].kind, FSERROR_KIND_TEST);
		KUNIT_EXPECT_EQ(test, watcher->records[i].seq, seq[i]);
		KUNIT_EXPECT_STREQ(test, watcher->records[i].sb_id, fs->sb->s_id);
	}
	KUNIT_EXPECT_EQ(test, count(fs->sb, FSERROR_KIND_TEST), 3ULL);
	KUNIT_EXPECT_EQ(test, count(fs->sb, FSERROR_KIND_DATA_LOST), 0ULL);
	KUNIT_EXPECT_EQ(test, count(fs->sb, FSERROR_KIND_METADATA), 0ULL);
	KUNIT_EXPECT_EQ(test, count_unresolved(fs->sb), 0ULL);
	KUNIT_EXPECT_EQ(test, count(other->sb, FSERROR_KIND_TEST), 0ULL);
}

/* One that is not mounted any more gets no record. */
static void test_test_record_unmounted(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct fserror_filter_fs by_dev = { .dev = fs->sb->s_dev };
	struct fserror_filter_fs by_uuid = {
		.uuid		= fs->sb->s_uuid,
		.has_uuid	= true,
	};
	u64 before = count_tests();

	kunit_fs_umount(test, fs);
	KUNIT_EXPECT_EQ(test, fserror_sb_test(&by_dev), 0ULL);
	KUNIT_EXPECT_EQ(test, fserror_sb_test(&by_uuid), 0ULL);
	KUNIT_EXPECT_EQ(test, count_tests(), before);
}

/* What was bad on a device before it joined is asked for, and is news. */
static void test_device_joins(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, 3);

	/* nobody hears of it */
	kunit_fs_set_bad(fs, 4096, 512);
	kunit_fs_settle(test, fs);
	KUNIT_EXPECT_EQ(test, watcher->nr, 0U);

	fs->has_second = true;
	fserror_devices_changed(fs->sb);
	kunit_fs_settle(test, fs);
	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);
	KUNIT_EXPECT_EQ(test, watcher->records[0].kind, FSERROR_KIND_DATA_LOST);
	KUNIT_EXPECT_EQ(test, watcher->records[0].flags, 0U);
	KUNIT_EXPECT_EQ(test, watcher->records[0].device.dev, KUNIT_FS_SECOND_DEV);
	KUNIT_EXPECT_EQ(test, watcher->records[0].device.pos, 4096ULL);

	/* and when it leaves, that is not the filesystem's any more */
	fs->has_second = false;
	fserror_devices_changed(fs->sb);
	kunit_fs_settle(test, fs);
	flush_delayed_work(&kunit_fs_instance(fs)->work);
	fserror_publish_wait();
	KUNIT_ASSERT_EQ(test, watcher->nr, 2U);
	KUNIT_EXPECT_EQ(test, watcher->records[1].kind, FSERROR_KIND_CLEARED);
	KUNIT_EXPECT_EQ(test, watcher->records[1].flags,
			(u32)FSERROR_RECORD_FLAG_CONTENT_UNKNOWN);
}

/* What was bad when it was mounted is not, and so it is told. */
static void test_device_was_there(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount_bad(test, 4096, 512);
	struct fserror_dev *dev = fserror_dev_next(kunit_fs_instance(fs), 0);
	struct fserror_told_range told;

	kunit_fs_settle(test, fs);
	KUNIT_ASSERT_EQ(test, fserror_told_copy(&dev->told, 0, &told, 1), 1U);
	KUNIT_EXPECT_TRUE(test, told.flags & FSERROR_TOLD_REPLAY);
}

static void test_device_grows(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, 3);

	kunit_fs_set_bad(fs, 4096, 512);
	kunit_fs_set_bad(fs, KUNIT_FS_SIZE + 4096, 512);
	set_capacity(fs->disk, 2 * KUNIT_FS_SIZE >> SECTOR_SHIFT);
	fs->size = 2 * KUNIT_FS_SIZE;
	fserror_devices_changed(fs->sb);
	kunit_fs_settle(test, fs);
	/* only what is new is asked about */
	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);
	KUNIT_EXPECT_EQ(test, watcher->records[0].flags, 0U);
	KUNIT_EXPECT_EQ(test, watcher->records[0].device.pos, KUNIT_FS_SIZE + 4096);
}

/* As long as it is not known which devices there are, nothing is complete. */
static void test_device_pending(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct fserror_sb *fsb = kunit_fs_instance(fs);
	struct fserror_sb_info *info;

	info = kunit_kzalloc(test, sizeof(*info), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, info);
	down_write(&fs->sb->s_umount);
	fserror_devices_changed(fs->sb);
	KUNIT_EXPECT_FALSE(test, fserror_sb_settle(fsb, HZ / 2));
	fserror_sb_info(fsb, info);
	KUNIT_EXPECT_EQ(test, info->more_flags, (u32)FSERROR_DEV_PENDING);
	KUNIT_EXPECT_EQ(test, info->more_devs, 0U);
	up_write(&fs->sb->s_umount);
	kunit_fs_settle(test, fs);
	fserror_sb_info(fsb, info);
	KUNIT_EXPECT_EQ(test, info->more_flags, 0U);
}

static struct kunit_case fserror_super_cases[] = {
	KUNIT_CASE(test_find),
	KUNIT_CASE(test_unmounted),
	KUNIT_CASE(test_walk),
	KUNIT_CASE_PARAM(test_marks, marks_gen_params),
	KUNIT_CASE(test_count),
	KUNIT_CASE(test_test_record),
	KUNIT_CASE(test_test_record_unmounted),
	KUNIT_CASE(test_device_joins),
	KUNIT_CASE(test_device_was_there),
	KUNIT_CASE(test_device_grows),
	KUNIT_CASE_SLOW(test_device_pending),
	{}
};

static struct kunit_suite fserror_super_suite = {
	.name		= "fserror-super",
	.test_cases	= fserror_super_cases,
};

kunit_test_suite(fserror_super_suite);
