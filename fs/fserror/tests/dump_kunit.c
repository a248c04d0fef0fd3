// SPDX-License-Identifier: GPL-2.0-only
/*
 * A damage-get: what it says of news that is on its way, and what becomes of more than
 * its buffer holds.
 */
#include <linux/blkdev.h>
#include "dump.h"
#include "kunit_dump.h"

#define MANY	(4 * FSERROR_DUMP_ITEMS)

static struct kunit_fs *damaged_fs(struct kunit *test, unsigned int owners)
{
	struct kunit_fs *fs = kunit_fs_mount(test);

	fs->owners = owners;
	kunit_fs_set_bad(fs, 0, KUNIT_FS_SIZE);
	kunit_fs_changed(fs, 0, KUNIT_FS_SIZE, BDEV_WHY_MEDIA);
	kunit_fs_settle(test, fs);
	return fs;
}

/* Each record once and in order, whatever the reader does. */
static void expect_all(struct kunit *test, const struct kunit_dump *got)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, got->end, (u32)FSERROR_END_COMPLETE);
	KUNIT_ASSERT_EQ(test, got->nr, (unsigned int)MANY);
	for (i = 0; i < MANY; i++) {
		KUNIT_ASSERT_EQ(test, got->records[i].kind,
				(u32)FSERROR_KIND_DATA_LOST);
		KUNIT_ASSERT_EQ(test, got->records[i].pos, (u64)i);
		KUNIT_ASSERT_EQ(test, got->records[i].device.pos,
				i * (KUNIT_FS_SIZE / MANY));
	}
}

/* A driver gathers changes: the list may not be all there is to know. */
static void test_pending(struct kunit *test)
{
	struct kunit_fs *fs = damaged_fs(test, 1);
	struct kunit_dump *got = kunit_dump_new(test, 1);

	bdev_bad_hold();
	kunit_dump(test, fs, got);
	bdev_bad_release();
	KUNIT_EXPECT_EQ(test, got->end,
			(u32)(FSERROR_END_COMPLETE | FSERROR_END_PENDING));
	KUNIT_EXPECT_EQ(test, got->nr, 1U);

	kunit_dump(test, fs, got);
	KUNIT_EXPECT_EQ(test, got->end, (u32)FSERROR_END_COMPLETE);
	KUNIT_EXPECT_EQ(test, got->nr, 1U);
}

/* A device has told a change that it cannot be asked about yet. */
static void test_unasked(struct kunit *test)
{
	struct kunit_fs *fs = damaged_fs(test, 1);
	struct kunit_dump *got = kunit_dump_new(test, 1);

	fs->bad_error = -EAGAIN;
	kunit_fs_changed(fs, 0, KUNIT_FS_SIZE, BDEV_WHY_MEDIA);
	kunit_dump(test, fs, got);
	KUNIT_EXPECT_EQ(test, got->end,
			(u32)(FSERROR_END_COMPLETE | FSERROR_END_PENDING));
	KUNIT_EXPECT_EQ(test, got->nr, 1U);

	fs->bad_error = 0;
	kunit_fs_settle(test, fs);
	kunit_dump(test, fs, got);
	KUNIT_EXPECT_EQ(test, got->end, (u32)FSERROR_END_COMPLETE);
}

static void test_prompt_reader(struct kunit *test)
{
	struct kunit_fs *fs = damaged_fs(test, MANY);
	struct kunit_dump *got = kunit_dump_new(test, MANY);

	kunit_dump(test, fs, got);
	expect_all(test, got);
}

/* The buffer is full each time that it is read. */
static void test_slow_reader(struct kunit *test)
{
	struct kunit_fs *fs = damaged_fs(test, MANY);
	struct kunit_dump *got = kunit_dump_new(test, MANY);

	got->slow = true;
	kunit_dump(test, fs, got);
	expect_all(test, got);
	KUNIT_EXPECT_GE(test, got->most, (unsigned int)FSERROR_DUMP_ITEMS);
	KUNIT_EXPECT_LT(test, got->most,
			(unsigned int)(FSERROR_DUMP_ITEMS + FSERROR_DUMP_CHUNK));
}

static struct kunit_case fserror_dump_cases[] = {
	KUNIT_CASE(test_pending),
	KUNIT_CASE(test_unasked),
	KUNIT_CASE(test_prompt_reader),
	KUNIT_CASE(test_slow_reader),
	{}
};

static struct kunit_suite fserror_dump_suite = {
	.name		= "fserror-dump",
	.test_cases	= fserror_dump_cases,
};

kunit_test_suite(fserror_dump_suite);
