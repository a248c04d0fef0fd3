// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad ranges through the block layer: news and removals, on a real disk with real
 * partitions and holders.
 */
#include <kunit/test.h>
#include <linux/cleanup.h>
#include <linux/file.h>
#include <linux/iopoll.h>
#include "blk.h"
#include "blk-badrange-priv.h"
#include "blk-badrange-kunit.h"

void badrange_test_submit_bio(struct bio *bio)
{
	bio_io_error(bio);
}

/* More than was asked for, on purpose: the block layer has to clip. */
static const struct { u64 pos, len; } test_bad[] = {
	{ DISK_LEN - 512, 512 },
	{ PART1_POS + PART1_LEN - 512, 1024 },
	{ PART1_POS + 4096, 512 },
	{ PART1_POS - 512, 1024 },
	{ 0, 512 },
};

static int test_disk_bad_ranges(struct gendisk *disk, u64 pos, u64 len,
				struct bdev_bad_list *list)
{
	struct test_disk *td = disk->private_data;
	unsigned int i;

	td->asked++;
	for (i = 0; i < ARRAY_SIZE(test_bad); i++) {
		struct bdev_bad_range range = {
			.pos		= test_bad[i].pos,
			.len		= test_bad[i].len,
			.cause		= BDEV_BAD_MEDIA,
			.origin_dev	= disk_devt(disk),
			.origin_pos	= test_bad[i].pos,
			.origin_len	= test_bad[i].len,
		};

		bdev_bad_list_add(list, &range);
	}
	bdev_bad_list_add_unplaced(list, &(struct bdev_bad_range) {
		.pos = 7, .len = 1, .origin_dev = 5, .layer = "somewhere" });
	/* an answer that makes no sense */
	if (td->answer > 0)
		list->next = pos;
	return min(td->answer, 0);
}

const struct block_device_operations badrange_test_fops = {
	.owner		= THIS_MODULE,
	.submit_bio	= badrange_test_submit_bio,
	.bad_ranges	= test_disk_bad_ranges,
};

static void hear(struct block_device *bdev, const struct bdev_bad_window *win)
{
	struct heard *heard = bdev->bd_holder;

	mutex_unlock(&bdev->bd_holder_lock);
	heard->win = *win;
	heard->nr++;
}

static const struct blk_holder_ops hear_ops = {
	.bad_changed	= hear,
};

void badrange_test_wait(struct kunit *test)
{
	bool idle;

	KUNIT_ASSERT_EQ(test, 0,
			read_poll_timeout(bdev_bad_idle, idle, idle,
					  USEC_PER_MSEC, 10 * USEC_PER_SEC, false));
}

static void release_disk(void *data)
{
	struct test_disk *td = data;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(td->part); i++)
		if (td->part[i])
			bdev_fput(td->part[i]);
	if (td->whole)
		bdev_fput(td->whole);
	if (!td->gone)
		del_gendisk(td->disk);
	put_disk(td->disk);
}

struct test_disk *badrange_test_disk(struct kunit *test)
{
	struct test_disk *td = kunit_kzalloc(test, sizeof(*td), GFP_KERNEL);
	int error;

	KUNIT_ASSERT_NOT_NULL(test, td);
	td->disk = blk_alloc_disk(NULL, NUMA_NO_NODE);
	if (IS_ERR(td->disk))
		KUNIT_FAIL_AND_ABORT(test, "no disk: %pe", td->disk);
	snprintf(td->disk->disk_name, DISK_NAME_LEN, "fserror_kunit");
	td->disk->fops = &badrange_test_fops;
	td->disk->private_data = td;
	/* there is nothing to be read from it */
	set_bit(GD_SUPPRESS_PART_SCAN, &td->disk->state);
	set_capacity(td->disk, DISK_LEN >> SECTOR_SHIFT);
	error = add_disk(td->disk);
	if (error) {
		put_disk(td->disk);
		KUNIT_FAIL_AND_ABORT(test, "disk not added: %d", error);
	}
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, release_disk, td), 0);
	return td;
}

struct file *badrange_test_claim(struct kunit *test, struct test_disk *td, int partno,
				 struct heard *heard)
{
	struct block_device *bdev = xa_load(&td->disk->part_tbl, partno);
	struct file *file;

	KUNIT_ASSERT_NOT_NULL(test, bdev);
	file = bdev_file_open_by_dev(bdev->bd_dev, BLK_OPEN_READ, heard, &hear_ops);
	if (IS_ERR(file))
		KUNIT_FAIL_AND_ABORT(test, "partition %d not claimed: %pe", partno,
				     file);
	return file;
}

void badrange_test_partitions(struct kunit *test, struct test_disk *td)
{
	KUNIT_ASSERT_EQ(test, bdev_add_partition(td->disk, 1,
						 PART1_POS >> SECTOR_SHIFT,
						 PART1_LEN >> SECTOR_SHIFT), 0);
	KUNIT_ASSERT_EQ(test, bdev_add_partition(td->disk, 2,
						 PART2_POS >> SECTOR_SHIFT,
						 PART2_LEN >> SECTOR_SHIFT), 0);
}

static struct test_disk *new_parted_disk(struct kunit *test)
{
	struct test_disk *td = badrange_test_disk(test);

	badrange_test_partitions(test, td);
	td->part[0] = badrange_test_claim(test, td, 1, &td->heard_part[0]);
	td->part[1] = badrange_test_claim(test, td, 2, &td->heard_part[1]);
	return td;
}

struct up_param {
	const char	*desc;
	u64		pos;
	u64		len;
	/* what the holder of each partition hears; length 0 is nothing */
	struct { u64 pos, len; } part[2];
};

static const struct up_param up_params[] = {
	{ "in the hole before the first",	0,	512 },
	{ "up to the first",	PART1_POS - 512,	512 },
	{ "first sector of the first",	PART1_POS,	512,	{ { 0, 512 } } },
	{ "over the beginning of the first",	PART1_POS - 512,	1024,	{ { 0, 512 } } },
	{ "inside the first",	PART1_POS + 4096,	1536,	{ { 4096, 1536 } } },
	{ "over the end of the first",	PART1_POS + PART1_LEN - 512,	4096,
	  { { PART1_LEN - 512, 512 } } },
	{ "behind the first",	PART1_POS + PART1_LEN,	512 },
	{ "from the last byte of the first to the first byte of the second",
	  PART1_POS + PART1_LEN - 1,	PART2_POS - PART1_POS - PART1_LEN + 2,
	  { { PART1_LEN - 1, 1 }, { 0, 1 } } },
	{ "inside the second",	PART2_POS + 512,	512,	{ { }, { 512, 512 } } },
	{ "the whole disk",	0,	DISK_LEN,
	  { { 0, PART1_LEN }, { 0, PART2_LEN } } },
	{ "last sector of the disk",	DISK_LEN - 512,	512 },
};

KUNIT_ARRAY_PARAM_DESC(up, up_params, desc);

static void test_up(struct kunit *test)
{
	const struct up_param *param = test->param_value;
	struct test_disk *td = new_parted_disk(test);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, bdev_bad_changed(td->disk->part0, param->pos,
					       param->len, BDEV_WHY_MACHINE_CHECK), 0);
	badrange_test_wait(test);
	for (i = 0; i < 2; i++) {
		const struct heard *heard = &td->heard_part[i];

		KUNIT_ASSERT_EQ(test, heard->nr, param->part[i].len ? 1U : 0U);
		if (!heard->nr)
			continue;
		KUNIT_EXPECT_EQ(test, heard->win.pos, param->part[i].pos);
		KUNIT_EXPECT_EQ(test, heard->win.len, param->part[i].len);
		KUNIT_EXPECT_EQ(test, heard->win.why, (u32)BDEV_WHY_MACHINE_CHECK);
		KUNIT_EXPECT_EQ(test, heard->win.hops, 0U);
	}
}

/* Reported on a partition, with interrupts off. */
static void test_up_on_partition(struct kunit *test)
{
	struct test_disk *td = new_parted_disk(test);

	scoped_guard(irqsave)
		KUNIT_EXPECT_EQ(test, bdev_bad_changed(file_bdev(td->part[1]), 512, 512,
						       BDEV_WHY_MEDIA), 0);
	badrange_test_wait(test);
	KUNIT_EXPECT_EQ(test, td->heard_part[0].nr, 0U);
	KUNIT_ASSERT_EQ(test, td->heard_part[1].nr, 1U);
	KUNIT_EXPECT_EQ(test, td->heard_part[1].win.pos, 512ULL);
}

struct refuse_param {
	const char	*desc;
	u64		pos;
	u64		len;
	unsigned int	why;
	unsigned int	hops;
	int		error;
};

static const struct refuse_param refuse_params[] = {
	{ "empty",		0,		0,	BDEV_WHY_MEDIA,	0,	-EINVAL },
	{ "empty and outside",	DISK_LEN,	0,	BDEV_WHY_MEDIA,	0,	-EINVAL },
	{ "no reason",		0,		512,	0,		0,	-EINVAL },
	{ "unknown reason",	0,		512,	BIT(31),	0,	-EINVAL },
	{ "removed, says a driver", 0,		512,	BDEV_WHY_REMOVED, 0,	-EINVAL },
	{ "removed below",	0,		512,	BDEV_WHY_REMOVED, 1,	0 },
	{ "at the end",		DISK_LEN,	1,	BDEV_WHY_MEDIA,	0,	-ERANGE },
	{ "longer by a byte",	0,	DISK_LEN + 1,	BDEV_WHY_MEDIA,	0,	-ERANGE },
	{ "over the end",	DISK_LEN - 1,	2,	BDEV_WHY_MEDIA,	0,	-ERANGE },
	{ "overflows",		U64_MAX,	1,	BDEV_WHY_MEDIA,	0,	-ERANGE },
	{ "overflows to within", U64_MAX - 511,	1024,	BDEV_WHY_MEDIA,	0,	-ERANGE },
	{ "too many hops",	0,	512,	BDEV_WHY_MEDIA,
	  BDEV_BAD_MAX_HOPS + 1, -ELOOP },
	{ "as many as may be",	0,	512,	BDEV_WHY_MEDIA,	BDEV_BAD_MAX_HOPS,	0 },
	{ "ends with the disk",	DISK_LEN - 1,	1,	BDEV_WHY_MEDIA,	0,	0 },
};

KUNIT_ARRAY_PARAM_DESC(refuse, refuse_params, desc);

static void test_refuse(struct kunit *test)
{
	const struct refuse_param *param = test->param_value;
	const struct bdev_bad_window win = {
		.pos = param->pos, .len = param->len, .why = param->why,
		.hops = param->hops,
	};
	struct test_disk *td = badrange_test_disk(test);

	td->whole = badrange_test_claim(test, td, 0, &td->heard_whole);
	KUNIT_EXPECT_EQ(test, bdev_bad_changed_above(td->disk->part0, &win),
			param->error);
	badrange_test_wait(test);
	KUNIT_ASSERT_EQ(test, td->heard_whole.nr, param->error ? 0U : 1U);
	if (!param->error) {
		KUNIT_EXPECT_EQ(test, td->heard_whole.win.pos, param->pos);
		KUNIT_EXPECT_EQ(test, td->heard_whole.win.len, param->len);
		KUNIT_EXPECT_EQ(test, td->heard_whole.win.hops, param->hops);
	}
}

/* Only the new part, and only if somebody knows what is bad in it. */
static void test_grown(struct kunit *test)
{
	struct test_disk *td = badrange_test_disk(test);

	td->whole = badrange_test_claim(test, td, 0, &td->heard_whole);
	set_capacity_and_notify(td->disk, (DISK_LEN >> SECTOR_SHIFT) - 8);
	badrange_test_wait(test);
	KUNIT_EXPECT_EQ(test, td->heard_whole.nr, 0U);
	set_capacity_and_notify(td->disk, DISK_LEN >> SECTOR_SHIFT);
	badrange_test_wait(test);
	KUNIT_EXPECT_EQ(test, td->heard_whole.nr, 1U);
	KUNIT_EXPECT_EQ(test, td->heard_whole.win.pos, DISK_LEN - 4096);
	KUNIT_EXPECT_EQ(test, td->heard_whole.win.len, 4096ULL);
	KUNIT_EXPECT_EQ(test, td->heard_whole.win.why, (u32)BDEV_WHY_REMAPPED);
}

static void expect_all_removed(struct kunit *test, const struct test_disk *td)
{
	struct bdev_bad_range range;
	struct bdev_bad_list list = { .ranges = &range, .max = 1 };

	KUNIT_ASSERT_EQ(test, bdev_bad_ranges(td->disk->part0, 4096, DISK_LEN, &list), 0);
	KUNIT_ASSERT_EQ(test, list.nr, 1U);
	KUNIT_EXPECT_EQ(test, range.cause, BDEV_BAD_REMOVED);
	KUNIT_EXPECT_EQ(test, range.pos, 4096ULL);
	KUNIT_EXPECT_EQ(test, range.len, DISK_LEN);
	KUNIT_EXPECT_EQ(test, range.origin_pos, 4096ULL);
	KUNIT_EXPECT_EQ(test, td->asked, 0U);
	KUNIT_EXPECT_TRUE(test, bdev_any_bad(td->disk->part0, 0));
}

static void expect_told_removed(struct kunit *test, const struct test_disk *td)
{
	static const u64 len[2] = { PART1_LEN, PART2_LEN };
	unsigned int i;

	badrange_test_wait(test);
	for (i = 0; i < 2; i++) {
		const struct heard *heard = &td->heard_part[i];

		KUNIT_EXPECT_EQ(test, heard->nr, 1U);
		KUNIT_EXPECT_EQ(test, heard->win.why, (u32)BDEV_WHY_REMOVED);
		KUNIT_EXPECT_EQ(test, heard->win.pos, 0ULL);
		KUNIT_EXPECT_EQ(test, heard->win.len, len[i]);
	}
	expect_all_removed(test, td);
}

/* A disk that is deleted is lost to the holders of its partitions. */
static void test_removal(struct kunit *test)
{
	struct test_disk *td = new_parted_disk(test);

	del_gendisk(td->disk);
	td->gone = true;
	expect_told_removed(test, td);
	/* news of what is gone is no news */
	KUNIT_EXPECT_EQ(test, bdev_bad_changed(td->disk->part0, 0, 512,
					       BDEV_WHY_MEDIA), 0);
	expect_told_removed(test, td);
}

/* The driver may say so before, also without a size. It is told once. */
static void test_removal_by_driver(struct kunit *test)
{
	struct test_disk *td = new_parted_disk(test);

	set_capacity(td->disk, 0);
	blk_removal_grace(td->disk);
	expect_told_removed(test, td);
	del_gendisk(td->disk);
	td->gone = true;
	expect_told_removed(test, td);
}

static void test_removal_by_surprise(struct kunit *test)
{
	struct test_disk *td = new_parted_disk(test);

	blk_mark_disk_dead(td->disk);
	expect_told_removed(test, td);
	del_gendisk(td->disk);
	td->gone = true;
	expect_told_removed(test, td);
}

/* The holder of a disk whose size was taken away hears of all there can be. */
static void test_removal_back(struct kunit *test)
{
	struct test_disk *td = badrange_test_disk(test);

	td->whole = badrange_test_claim(test, td, 0, &td->heard_whole);
	blk_report_disk_removed(td->disk, false);
	badrange_test_wait(test);
	KUNIT_EXPECT_EQ(test, td->heard_whole.nr, 1U);
	KUNIT_EXPECT_EQ(test, td->heard_whole.win.len, DISK_LEN);
	expect_all_removed(test, td);

	blk_report_disk_back(td->disk);
	badrange_test_wait(test);
	KUNIT_EXPECT_EQ(test, td->heard_whole.nr, 2U);
	KUNIT_EXPECT_EQ(test, td->heard_whole.win.why, (u32)BDEV_WHY_REMAPPED);
	KUNIT_EXPECT_EQ(test, td->heard_whole.win.len, DISK_LEN);

	set_capacity(td->disk, 0);
	blk_report_disk_removed(td->disk, false);
	badrange_test_wait(test);
	KUNIT_EXPECT_EQ(test, td->heard_whole.nr, 3U);
	KUNIT_EXPECT_GE(test, td->heard_whole.win.len, DISK_LEN);
}

static struct kunit_case fserror_badrange_cases[] = {
	KUNIT_CASE_PARAM(test_up, up_gen_params),
	KUNIT_CASE(test_up_on_partition),
	KUNIT_CASE_PARAM(test_refuse, refuse_gen_params),
	KUNIT_CASE(test_grown),
	KUNIT_CASE(test_removal),
	KUNIT_CASE(test_removal_by_driver),
	KUNIT_CASE(test_removal_by_surprise),
	KUNIT_CASE(test_removal_back),
	{}
};

static struct kunit_suite fserror_badrange_suite = {
	.name		= "fserror-badrange",
	.test_cases	= fserror_badrange_cases,
};

kunit_test_suite(fserror_badrange_suite);
