// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad ranges through the block layer: questions to a real disk with partitions.
 */
#include <kunit/test.h>
#include <linux/blk-mq.h>
#include "blk.h"
#include "blk-badrange-priv.h"
#include "blk-badrange-kunit.h"

/* takes no part */
static const struct block_device_operations plain_disk_fops = {
	.owner		= THIS_MODULE,
	.submit_bio	= badrange_test_submit_bio,
};

struct down_param {
	const char	*desc;
	int		partno;
	u64		pos;
	u64		len;
	struct { u64 pos, len; } bad[5];
};

static const struct down_param down_params[] = {
	{ "the whole disk", 0, 0, DISK_LEN,
	  { { 0, 512 }, { PART1_POS - 512, 1024 }, { PART1_POS + 4096, 512 },
	    { PART1_POS + PART1_LEN - 512, 1024 }, { DISK_LEN - 512, 512 } } },
	{ "more than the disk has", 0, DISK_LEN - 1, DISK_LEN, { { DISK_LEN - 1, 1 } } },
	{ "behind the disk", 0, DISK_LEN, 512 },
	{ "one byte in the middle of a range", 0, PART1_POS, 1, { { PART1_POS, 1 } } },
	{ "between ranges", 0, 512, 512 },
	{ "a partition, in its coordinates", 1, 0, PART1_LEN,
	  { { 0, 512 }, { 4096, 512 }, { PART1_LEN - 512, 512 } } },
	{ "a part of a partition", 1, 4096 + 256, PART1_LEN,
	  { { 4096 + 256, 256 }, { PART1_LEN - 512, 512 } } },
	{ "a partition that is good", 2, 0, PART2_LEN },
};

KUNIT_ARRAY_PARAM_DESC(down, down_params, desc);

static void test_down(struct kunit *test)
{
	const struct down_param *param = test->param_value;
	struct test_disk *td = badrange_test_disk(test);
	struct block_device *bdev;
	unsigned int max;

	badrange_test_partitions(test, td);
	bdev = xa_load(&td->disk->part_tbl, param->partno);
	KUNIT_ASSERT_NOT_NULL(test, bdev);

	/* however little room there is, who goes on gets the same */
	for (max = 1; max <= 5; max++) {
		u64 start = (u64)get_start_sect(bdev) << SECTOR_SHIFT;
		u64 pos = param->pos, end = param->pos + param->len;
		struct bdev_bad_range ranges[5];
		struct bdev_bad_list list = { .ranges = ranges, .max = max };
		unsigned int i, nr = 0;

		for (; pos < end; pos = list.next) {
			KUNIT_ASSERT_EQ(test, 0, bdev_bad_ranges(bdev, pos, end - pos,
								 &list));
			KUNIT_ASSERT_GT(test, list.next, pos);
			KUNIT_ASSERT_LE(test, list.next, end);
			for (i = 0; i < list.nr; i++, nr++) {
				KUNIT_ASSERT_LT(test, nr, 5U);
				KUNIT_EXPECT_EQ(test, ranges[i].pos, param->bad[nr].pos);
				KUNIT_EXPECT_EQ(test, ranges[i].len, param->bad[nr].len);
				/* here the disk is the origin */
				KUNIT_EXPECT_EQ(test, ranges[i].origin_pos,
						start + ranges[i].pos);
				KUNIT_EXPECT_EQ(test, ranges[i].origin_len, ranges[i].len);
			}
		}
		KUNIT_EXPECT_TRUE(test, nr == 5 || !param->bad[nr].len);
	}
}

static void test_down_errors(struct kunit *test)
{
	struct bdev_bad_range range, unplaced;
	struct bdev_bad_list list = {
		.ranges = &range, .max = 1, .unplaced = &unplaced, .max_unplaced = 1,
	};
	struct test_disk *td = badrange_test_disk(test);
	struct block_device *bdev = td->disk->part0;

	/* placed nowhere is in all of the device that was asked */
	KUNIT_ASSERT_EQ(test, bdev_bad_ranges(bdev, 512, 512, &list), 0);
	KUNIT_ASSERT_EQ(test, list.nr_unplaced, 1U);
	KUNIT_EXPECT_EQ(test, unplaced.pos, 0ULL);
	KUNIT_EXPECT_EQ(test, unplaced.len, DISK_LEN);
	KUNIT_EXPECT_TRUE(test, bdev_any_bad(bdev, 0));

	KUNIT_EXPECT_EQ(test, bdev_bad_ranges(bdev, 0, 0, &list), -EINVAL);
	KUNIT_EXPECT_EQ(test, bdev_bad_ranges(bdev, U64_MAX, 2, &list), -ERANGE);
	list.hops = BDEV_BAD_MAX_HOPS + 1;
	KUNIT_EXPECT_EQ(test, bdev_bad_ranges(bdev, 0, 512, &list), -ELOOP);
	list.hops = BDEV_BAD_MAX_HOPS;
	KUNIT_EXPECT_EQ(test, bdev_bad_ranges(bdev, 0, 512, &list), 0);
	list.max = 0;
	KUNIT_EXPECT_EQ(test, bdev_bad_ranges(bdev, 0, 512, &list), -EINVAL);
	list.max = BDEV_BAD_MAX_RANGES + 1;
	KUNIT_EXPECT_EQ(test, bdev_bad_ranges(bdev, 0, 512, &list), -EINVAL);
	list.max = 1;

	td->answer = -EBUSY;
	KUNIT_EXPECT_EQ(test, bdev_bad_ranges(bdev, 0, 512, &list), -EBUSY);
	KUNIT_EXPECT_EQ(test, list.nr, 0U);
	KUNIT_EXPECT_EQ(test, list.next, 512ULL);
	td->answer = 1;
	KUNIT_EXPECT_EQ(test, bdev_bad_ranges(bdev, 0, 512, &list), -EIO);
	KUNIT_EXPECT_EQ(test, list.next, 512ULL);
	td->answer = 0;
}

/* A frozen queue is not waited for, and of a plain disk not even looked at. */
static void test_down_frozen(struct kunit *test)
{
	struct bdev_bad_range range;
	struct bdev_bad_list list = { .ranges = &range, .max = 1 };
	struct test_disk *td = badrange_test_disk(test);
	unsigned int memflags;

	memflags = blk_mq_freeze_queue(td->disk->queue);
	KUNIT_EXPECT_EQ(test, -EAGAIN, bdev_bad_ranges(td->disk->part0, 0, 512, &list));
	KUNIT_EXPECT_EQ(test, list.nr, 0U);
	td->disk->fops = &plain_disk_fops;
	KUNIT_EXPECT_EQ(test, 0, bdev_bad_ranges(td->disk->part0, 0, 512, &list));
	KUNIT_EXPECT_FALSE(test, bdev_any_bad(td->disk->part0, 0));
	td->disk->fops = &badrange_test_fops;
	blk_mq_unfreeze_queue(td->disk->queue, memflags);

	KUNIT_EXPECT_EQ(test, td->asked, 0U);
	KUNIT_EXPECT_EQ(test, 0, bdev_bad_ranges(td->disk->part0, 0, 512, &list));
	KUNIT_EXPECT_EQ(test, list.nr, 1U);
}

static struct kunit_case fserror_badrange_ask_cases[] = {
	KUNIT_CASE_PARAM(test_down, down_gen_params),
	KUNIT_CASE(test_down_errors),
	KUNIT_CASE(test_down_frozen),
	{}
};

static struct kunit_suite fserror_badrange_ask_suite = {
	.name		= "fserror-badrange-ask",
	.test_cases	= fserror_badrange_ask_cases,
};

kunit_test_suite(fserror_badrange_ask_suite);
