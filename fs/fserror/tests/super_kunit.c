// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of mounted filesystems, and what is counted for each.
 */
#include <kunit/test.h>
#include <linux/fs.h>
#include <linux/fserror.h>
#include <linux/rcupdate.h>
#include "internal.h"
#include "kunit_fs.h"

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
	u64 id = 0, before = 0;
	struct super_block *sb;

	while ((sb = fserror_sb_get_next(&id))) {
		KUNIT_EXPECT_GT(test, id, before);
		before = id;
		if (sb == one->sb) {
			nr_one++;
			KUNIT_EXPECT_EQ(test, nr_two, 0U);
		}
		nr_two += sb == two->sb;
		fserror_sb_put(sb);
	}
	KUNIT_EXPECT_EQ(test, nr_one, 1U);
	KUNIT_EXPECT_EQ(test, nr_two, 1U);
}

static u64 count(struct super_block *sb, enum fserror_kind kind)
{
	guard(rcu)();
	return atomic64_read(&rcu_dereference(sb->s_fserror)->kinds[kind]);
}

static u64 count_unresolved(struct super_block *sb)
{
	guard(rcu)();
	return atomic64_read(&rcu_dereference(sb->s_fserror)->unresolved);
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
	fserror_journal_add(fs->sb, record);

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

	fserror_journal_stat(&stat);
	return stat.kinds[FSERROR_KIND_TEST];
}

/* By device, by UUID, by both: it names the one, and is counted as a test. */
static void test_test_record(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_fs *other = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->sb->s_dev, 3);
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

static struct kunit_case fserror_super_cases[] = {
	KUNIT_CASE(test_find),
	KUNIT_CASE(test_unmounted),
	KUNIT_CASE(test_walk),
	KUNIT_CASE(test_count),
	KUNIT_CASE(test_test_record),
	KUNIT_CASE(test_test_record_unmounted),
	{}
};

static struct kunit_suite fserror_super_suite = {
	.name		= "fserror-super",
	.test_cases	= fserror_super_cases,
};

kunit_test_suite(fserror_super_suite);
