// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad ranges through the block layer: the arithmetic, and a real disk with real
 * partitions and holders.
 */
#include <kunit/test.h>
#include <linux/blk-badrange.h>
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/file.h>
#include <linux/fserror_watch.h>
#include <linux/iopoll.h>
#include "blk.h"

#define ORIGIN_POS	0x900000000ULL

struct clip_param {
	const char	*desc;
	/* the range */
	u64		pos;
	u64		len;
	/* the part that it is clipped to */
	u64		to_pos;
	u64		to_len;
	/* what is left, in the part */
	bool		left;
	u64		left_pos;
	u64		left_len;
	/* by how much the origin has moved on */
	u64		cut;
};

static const struct clip_param clip_params[] = {
	{ "all of it",			1000,	10,	1000,	10,	true,	0,	10,	0 },
	{ "inside",			1000,	10,	900,	200,	true,	100,	10,	0 },
	{ "around the part",	1000,	100,	1040,	20,	true,	0,	20,	40 },
	{ "over the beginning",	1000,	100,	1050,	100,	true,	0,	50,	50 },
	{ "over the end",		1000,	100,	950,	100,	true,	50,	50,	0 },
	{ "last in the first byte",	1000,	10,	1009,	5,	true,	0,	1,	9 },
	{ "ends where it begins",	1000,	10,	1010,	5,	false },
	{ "first in the last byte",	1000,	10,	996,	5,	true,	4,	1,	0 },
	{ "begins where it ends",	1000,	10,	995,	5,	false },
	{ "before the part",		1000,	10,	2000,	5,	false },
	{ "behind the part",		1000,	10,	0,	5,	false },
	{ "an empty part",		1000,	10,	1005,	0,	false },
	{ "the last byte there is",	U64_MAX - 1,	1,	0,	U64_MAX,	true,
	  U64_MAX - 1,	1,	0 },
};

KUNIT_ARRAY_PARAM_DESC(clip, clip_params, desc);

static void test_clip(struct kunit *test)
{
	const struct clip_param *param = test->param_value;
	struct bdev_bad_range range = {
		.pos		= param->pos,
		.len		= param->len,
		.origin_pos	= ORIGIN_POS,
		.origin_len	= param->len,
	};

	KUNIT_ASSERT_EQ(test, bad_range_clip(&range, param->to_pos, param->to_len),
			param->left);
	if (!param->left)
		return;
	KUNIT_EXPECT_EQ(test, range.pos, param->left_pos);
	KUNIT_EXPECT_EQ(test, range.len, param->left_len);
	KUNIT_EXPECT_EQ(test, range.origin_pos, ORIGIN_POS + param->cut);
	KUNIT_EXPECT_EQ(test, range.origin_len, param->left_len);
}

/* What a layer could not place keeps the origin that it came with. */
static void test_clip_unplaced(struct kunit *test)
{
	struct bdev_bad_range range = {
		.pos = 0, .len = 1000, .origin_pos = ORIGIN_POS, .origin_len = 512,
		.layer = "below",
	};

	KUNIT_ASSERT_TRUE(test, bad_range_clip(&range, 100, 50));
	KUNIT_EXPECT_EQ(test, range.pos, 0ULL);
	KUNIT_EXPECT_EQ(test, range.len, 50ULL);
	KUNIT_EXPECT_EQ(test, range.origin_pos, ORIGIN_POS);
	KUNIT_EXPECT_EQ(test, range.origin_len, 512ULL);
}

static void free_list(void *list)
{
	bdev_bad_list_free(list);
}

static struct bdev_bad_list *new_list(struct kunit *test)
{
	struct bdev_bad_list *list = kunit_kzalloc(test, sizeof(*list), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, list);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_list, list), 0);
	return list;
}

static void test_list(struct kunit *test)
{
	struct bdev_bad_list *list = new_list(test);
	struct bdev_bad_range range = { };
	unsigned int i;

	/* over several times that the list has to grow */
	for (i = 0; i < 1000; i++) {
		range.pos = i;
		KUNIT_ASSERT_EQ(test, bdev_bad_list_add(list, &range), 0);
	}
	KUNIT_ASSERT_EQ(test, list->nr, 1000U);
	for (i = 0; i < 1000; i++)
		KUNIT_EXPECT_EQ(test, list->ranges[i].pos, (u64)i);

	bdev_bad_list_free(list);
	KUNIT_EXPECT_EQ(test, list->nr, 0U);
	KUNIT_EXPECT_EQ(test, bdev_bad_list_add(list, &range), 0);
}

/* The disk: 1 MiB, a hole, partition 1, a hole, partition 2, a hole. */
#define DISK_LEN	(1024 * 1024ULL)
#define PART1_POS	(128 * 1024ULL)
#define PART1_LEN	(256 * 1024ULL)
#define PART2_POS	(512 * 1024ULL)
#define PART2_LEN	(128 * 1024ULL)

struct heard {
	unsigned int		nr;
	struct bdev_bad_range	range;
};

struct test_disk {
	struct gendisk		*disk;
	struct file		*whole;
	struct file		*part[2];
	struct heard		heard_whole;
	struct heard		heard_part[2];
	bool			gone;
};

static void test_disk_submit_bio(struct bio *bio)
{
	bio_io_error(bio);
}

/* More than was asked for, on purpose: the block layer has to clip. */
static int test_disk_bad_ranges(struct gendisk *disk, u64 pos, u64 len,
				struct bdev_bad_list *list)
{
	static const struct { u64 pos, len; } bad[] = {
		{ 0, 512 },
		{ PART1_POS - 512, 1024 },
		{ PART1_POS + 4096, 512 },
		{ PART1_POS + PART1_LEN - 512, 1024 },
		{ DISK_LEN - 512, 512 },
	};
	unsigned int i;
	int error;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct bdev_bad_range range = {
			.pos		= bad[i].pos,
			.len		= bad[i].len,
			.cause		= BDEV_BAD_MEDIA,
			.origin_dev	= disk_devt(disk),
			.origin_pos	= bad[i].pos,
			.origin_len	= bad[i].len,
		};

		error = bdev_bad_list_add(list, &range);
		if (error)
			return error;
	}
	return 0;
}

static const struct block_device_operations test_disk_fops = {
	.owner		= THIS_MODULE,
	.submit_bio	= test_disk_submit_bio,
	.bad_ranges	= test_disk_bad_ranges,
};

static void hear(struct block_device *bdev, const struct bdev_bad_range *range)
{
	struct heard *heard = bdev->bd_holder;

	mutex_unlock(&bdev->bd_holder_lock);
	heard->range = *range;
	/* somebody may wait for it */
	WRITE_ONCE(heard->nr, heard->nr + 1);
}

static const struct blk_holder_ops hear_ops = {
	.bad_range	= hear,
};

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

static struct test_disk *new_disk(struct kunit *test)
{
	struct test_disk *td = kunit_kzalloc(test, sizeof(*td), GFP_KERNEL);
	int error;

	KUNIT_ASSERT_NOT_NULL(test, td);
	td->disk = blk_alloc_disk(NULL, NUMA_NO_NODE);
	if (IS_ERR(td->disk))
		KUNIT_FAIL_AND_ABORT(test, "no disk: %pe", td->disk);
	snprintf(td->disk->disk_name, DISK_NAME_LEN, "fserror_kunit");
	td->disk->fops = &test_disk_fops;
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

static struct file *claim(struct kunit *test, struct test_disk *td, int partno,
			  struct heard *heard, const struct blk_holder_ops *ops)
{
	struct block_device *bdev = xa_load(&td->disk->part_tbl, partno);
	struct file *file;

	KUNIT_ASSERT_NOT_NULL(test, bdev);
	file = bdev_file_open_by_dev(bdev->bd_dev, BLK_OPEN_READ, heard, ops);
	if (IS_ERR(file))
		KUNIT_FAIL_AND_ABORT(test, "partition %d not claimed: %pe", partno,
				     file);
	return file;
}

static void add_partitions(struct kunit *test, struct test_disk *td)
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
	struct test_disk *td = new_disk(test);

	add_partitions(test, td);
	td->part[0] = claim(test, td, 1, &td->heard_part[0], &hear_ops);
	td->part[1] = claim(test, td, 2, &td->heard_part[1], &hear_ops);
	return td;
}

struct edge_param {
	const char	*desc;
	u64		pos;
	u64		len;
	/* what the holder of each partition hears; length 0 is nothing */
	struct { u64 pos, len; } part[2];
};

static const struct edge_param edge_params[] = {
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

KUNIT_ARRAY_PARAM_DESC(edge, edge_params, desc);

static void test_edge(struct kunit *test)
{
	const struct edge_param *param = test->param_value;
	struct test_disk *td = new_parted_disk(test);
	u64 start[2] = { PART1_POS, PART2_POS };
	const struct heard *heard;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, bdev_report_bad_range(td->disk->part0, param->pos,
						    param->len,
						    BDEV_BAD_MACHINE_CHECK), 0);
	for (i = 0; i < 2; i++) {
		heard = &td->heard_part[i];
		KUNIT_ASSERT_EQ(test, heard->nr, param->part[i].len ? 1U : 0U);
		if (!heard->nr)
			continue;
		KUNIT_EXPECT_EQ(test, heard->range.pos, param->part[i].pos);
		KUNIT_EXPECT_EQ(test, heard->range.len, param->part[i].len);
		KUNIT_EXPECT_EQ(test, heard->range.cause, BDEV_BAD_MACHINE_CHECK);
		KUNIT_EXPECT_EQ(test, heard->range.origin_dev, disk_devt(td->disk));
		KUNIT_EXPECT_EQ(test, heard->range.origin_pos,
				start[i] + param->part[i].pos);
		KUNIT_EXPECT_EQ(test, heard->range.origin_len, param->part[i].len);
		KUNIT_EXPECT_NULL(test, heard->range.layer);
	}
}

/* Reported on a partition, the partition is where it began. */
static void test_edge_on_partition(struct kunit *test)
{
	struct test_disk *td = new_parted_disk(test);
	struct block_device *part = file_bdev(td->part[1]);

	KUNIT_ASSERT_EQ(test, bdev_report_bad_range(part, 512, 512,
						    BDEV_BAD_MEDIA), 0);
	KUNIT_EXPECT_EQ(test, td->heard_part[0].nr, 0U);
	KUNIT_ASSERT_EQ(test, td->heard_part[1].nr, 1U);
	KUNIT_EXPECT_EQ(test, td->heard_part[1].range.pos, 512ULL);
	KUNIT_EXPECT_EQ(test, td->heard_part[1].range.origin_dev, part->bd_dev);
	KUNIT_EXPECT_EQ(test, td->heard_part[1].range.origin_pos, 512ULL);
}

/* Whoever holds the whole disk hears of it in the disk's coordinates. */
static void test_edge_whole(struct kunit *test)
{
	struct test_disk *td = new_disk(test);

	td->whole = claim(test, td, 0, &td->heard_whole, &hear_ops);
	KUNIT_ASSERT_EQ(test, bdev_report_bad_range(td->disk->part0, DISK_LEN - 1, 1,
						    BDEV_BAD_CLEARED), 0);
	KUNIT_ASSERT_EQ(test, td->heard_whole.nr, 1U);
	KUNIT_EXPECT_EQ(test, td->heard_whole.range.pos, DISK_LEN - 1);
	KUNIT_EXPECT_EQ(test, td->heard_whole.range.len, 1ULL);
	KUNIT_EXPECT_EQ(test, td->heard_whole.range.cause, BDEV_BAD_CLEARED);
}

struct refuse_param {
	const char	*desc;
	u64		pos;
	u64		len;
	int		error;
};

static const struct refuse_param refuse_params[] = {
	{ "empty",				0,		0,		-EINVAL },
	{ "empty and outside",			DISK_LEN,	0,		-EINVAL },
	{ "begins at the end of the disk",	DISK_LEN,	1,		-ERANGE },
	{ "ends one byte behind the disk",	0,		DISK_LEN + 1,	-ERANGE },
	{ "last byte and one more",		DISK_LEN - 1,	2,		-ERANGE },
	{ "overflows",				U64_MAX,	1,		-ERANGE },
	{ "overflows to within the disk",	U64_MAX - 511,	1024,		-ERANGE },
	{ "ends with the disk",			DISK_LEN - 1,	1,		0 },
};

KUNIT_ARRAY_PARAM_DESC(refuse, refuse_params, desc);

static void test_refuse(struct kunit *test)
{
	const struct refuse_param *param = test->param_value;
	struct test_disk *td = new_disk(test);

	td->whole = claim(test, td, 0, &td->heard_whole, &hear_ops);
	KUNIT_EXPECT_EQ(test, bdev_report_bad_range(td->disk->part0, param->pos,
						    param->len, BDEV_BAD_MEDIA),
			param->error);
	KUNIT_EXPECT_EQ(test, td->heard_whole.nr, param->error ? 0U : 1U);
}

struct unheld_watch {
	struct fserror_watch	watch;
	dev_t			dev;
	struct fserror_record	record;
	struct completion	heard;
};

static void unheld_event(struct fserror_watch *watch,
			 const struct fserror_record *record)
{
	struct unheld_watch *uw = container_of(watch, struct unheld_watch, watch);

	if (record->device.dev != uw->dev)
		return;
	uw->record = *record;
	complete(&uw->heard);
}

static void unwatch(void *watch)
{
	fserror_watch_unregister(watch);
}

/* A holder that takes no part: the range is told, but of no filesystem. */
static void test_unheld(struct kunit *test)
{
	struct unheld_watch *uw = kunit_kzalloc(test, sizeof(*uw), GFP_KERNEL);
	struct test_disk *td = new_disk(test);

	KUNIT_ASSERT_NOT_NULL(test, uw);
	uw->watch.event = unheld_event;
	uw->dev = disk_devt(td->disk);
	init_completion(&uw->heard);
	KUNIT_ASSERT_EQ(test, fserror_watch_register(&uw->watch), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unwatch, &uw->watch), 0);

	/* nobody: nothing */
	KUNIT_ASSERT_EQ(test, bdev_report_bad_range(td->disk->part0, 0, 512,
						    BDEV_BAD_MEDIA), 0);
	td->whole = claim(test, td, 0, &td->heard_whole, NULL);
	KUNIT_ASSERT_EQ(test, bdev_report_bad_range(td->disk->part0, 512, 1024,
						    BDEV_BAD_MEDIA), 0);

	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&uw->heard, 10 * HZ), 0UL);
	KUNIT_EXPECT_EQ(test, uw->record.kind, FSERROR_KIND_MEDIA);
	KUNIT_EXPECT_EQ(test, uw->record.flags, (u32)FSERROR_RECORD_FLAG_UNRESOLVED);
	KUNIT_EXPECT_EQ(test, uw->record.error, (u32)EIO);
	KUNIT_EXPECT_EQ(test, uw->record.dev, 0U);
	KUNIT_EXPECT_EQ(test, uw->record.device.pos, 512ULL);
	KUNIT_EXPECT_EQ(test, uw->record.device.len, 1024ULL);
	KUNIT_EXPECT_EQ(test, uw->record.origin.pos, 512ULL);
}

struct level_param {
	const char	*desc;
	int		partno;
	u64		pos;
	u64		len;
	unsigned int	nr;
	struct { u64 pos, len; } bad[5];
};

static const struct level_param level_params[] = {
	{ "the whole disk", 0, 0, DISK_LEN, 5,
	  { { 0, 512 }, { PART1_POS - 512, 1024 }, { PART1_POS + 4096, 512 },
	    { PART1_POS + PART1_LEN - 512, 1024 }, { DISK_LEN - 512, 512 } } },
	{ "more than the disk has", 0, DISK_LEN - 1, U64_MAX, 1,
	  { { DISK_LEN - 1, 1 } } },
	{ "behind the disk", 0, DISK_LEN, 512, 0 },
	{ "one byte in the middle of a range", 0, PART1_POS, 1, 1,
	  { { PART1_POS, 1 } } },
	{ "between ranges", 0, 512, 512, 0 },
	{ "a partition, in its coordinates", 1, 0, PART1_LEN, 3,
	  { { 0, 512 }, { 4096, 512 }, { PART1_LEN - 512, 512 } } },
	{ "a part of a partition", 1, 4096 + 256, PART1_LEN, 2,
	  { { 4096 + 256, 256 }, { PART1_LEN - 512, 512 } } },
	{ "a partition that is good", 2, 0, PART2_LEN, 0 },
};

KUNIT_ARRAY_PARAM_DESC(level, level_params, desc);

static void test_level(struct kunit *test)
{
	const struct level_param *param = test->param_value;
	struct bdev_bad_list *list = new_list(test);
	struct test_disk *td = new_disk(test);
	struct block_device *bdev;
	unsigned int i;
	u64 start;

	add_partitions(test, td);
	bdev = xa_load(&td->disk->part_tbl, param->partno);
	KUNIT_ASSERT_NOT_NULL(test, bdev);
	start = (u64)get_start_sect(bdev) << SECTOR_SHIFT;

	KUNIT_ASSERT_EQ(test, bdev_get_bad_ranges(bdev, param->pos, param->len, list), 0);
	KUNIT_ASSERT_EQ(test, list->nr, param->nr);
	for (i = 0; i < list->nr; i++) {
		KUNIT_EXPECT_EQ(test, list->ranges[i].pos, param->bad[i].pos);
		KUNIT_EXPECT_EQ(test, list->ranges[i].len, param->bad[i].len);
		/* here the disk is the origin */
		KUNIT_EXPECT_EQ(test, list->ranges[i].origin_pos,
				start + param->bad[i].pos);
		KUNIT_EXPECT_EQ(test, list->ranges[i].origin_len,
				param->bad[i].len);
	}
}

/* What was in the list stays, and is not clipped. */
static void test_level_appends(struct kunit *test)
{
	struct bdev_bad_range before = { .pos = U64_MAX - 5, .len = 2 };
	struct bdev_bad_list *list = new_list(test);
	struct test_disk *td = new_disk(test);

	KUNIT_ASSERT_EQ(test, bdev_bad_list_add(list, &before), 0);
	KUNIT_ASSERT_EQ(test, bdev_get_bad_ranges(td->disk->part0, 0, 512, list), 0);
	KUNIT_ASSERT_EQ(test, list->nr, 2U);
	KUNIT_EXPECT_EQ(test, list->ranges[0].pos, U64_MAX - 5);
	KUNIT_EXPECT_EQ(test, list->ranges[1].pos, 0ULL);
}

/* A disk that is gone has lost all that it is asked for. */
static void test_level_gone(struct kunit *test)
{
	struct bdev_bad_list *list = new_list(test);
	struct test_disk *td = new_disk(test);

	td->whole = claim(test, td, 0, &td->heard_whole, &hear_ops);
	del_gendisk(td->disk);
	td->gone = true;

	KUNIT_ASSERT_EQ(test, bdev_get_bad_ranges(td->disk->part0, 4096, DISK_LEN,
						  list), 0);
	KUNIT_ASSERT_EQ(test, list->nr, 1U);
	KUNIT_EXPECT_EQ(test, list->ranges[0].cause, BDEV_BAD_REMOVED);
	KUNIT_EXPECT_EQ(test, list->ranges[0].pos, 4096ULL);
	KUNIT_EXPECT_EQ(test, list->ranges[0].len, DISK_LEN);
	KUNIT_EXPECT_EQ(test, list->ranges[0].origin_pos, 4096ULL);
}

static void expect_removed(struct kunit *test, const struct test_disk *td)
{
	static const u64 len[2] = { PART1_LEN, PART2_LEN };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		const struct heard *heard = &td->heard_part[i];

		KUNIT_EXPECT_EQ(test, heard->nr, 1U);
		KUNIT_EXPECT_EQ(test, heard->range.cause, BDEV_BAD_REMOVED);
		KUNIT_EXPECT_EQ(test, heard->range.pos, 0ULL);
		KUNIT_EXPECT_EQ(test, heard->range.len, len[i]);
	}
}

/* A disk that is deleted is lost to the holders of its partitions. */
static void test_removal(struct kunit *test)
{
	struct test_disk *td = new_parted_disk(test);

	del_gendisk(td->disk);
	td->gone = true;
	expect_removed(test, td);
}

/* The driver may say so before. It is told once, and is so from then on. */
static void test_removal_by_driver(struct kunit *test)
{
	struct bdev_bad_list *list = new_list(test);
	struct test_disk *td = new_parted_disk(test);

	blk_report_disk_removed(td->disk, false);
	expect_removed(test, td);
	KUNIT_ASSERT_EQ(test, bdev_get_bad_ranges(td->disk->part0, 0, DISK_LEN,
						  list), 0);
	KUNIT_ASSERT_EQ(test, list->nr, 1U);
	KUNIT_EXPECT_EQ(test, list->ranges[0].len, DISK_LEN);
	del_gendisk(td->disk);
	td->gone = true;
	expect_removed(test, td);
}

/* Whoever declares a disk dead does not wait for those who hear of it. */
static void test_removal_by_surprise(struct kunit *test)
{
	struct test_disk *td = new_parted_disk(test);
	unsigned int i, nr;

	blk_mark_disk_dead(td->disk);
	for (i = 0; i < ARRAY_SIZE(td->part); i++)
		KUNIT_ASSERT_EQ(test, 0,
				read_poll_timeout(READ_ONCE, nr, nr,
						  10 * USEC_PER_MSEC,
						  10 * USEC_PER_SEC, false,
						  td->heard_part[i].nr));
	expect_removed(test, td);
	del_gendisk(td->disk);
	td->gone = true;
	expect_removed(test, td);
}

/* A stack that is too high, or a loop. */
static void test_hops(struct kunit *test)
{
	struct bdev_bad_list *list = new_list(test);
	struct test_disk *td = new_parted_disk(test);
	struct bdev_bad_range range = {
		.pos	= PART1_POS,
		.len	= 512,
		.cause	= BDEV_BAD_MEDIA,
		.hops	= BDEV_BAD_MAX_HOPS,
	};

	KUNIT_EXPECT_EQ(test, bdev_forward_bad_range(td->disk->part0, &range), 0);
	KUNIT_EXPECT_EQ(test, td->heard_part[0].nr, 1U);
	KUNIT_EXPECT_EQ(test, td->heard_part[0].range.hops, BDEV_BAD_MAX_HOPS);
	range.hops++;
	KUNIT_EXPECT_EQ(test, bdev_forward_bad_range(td->disk->part0, &range),
			-ELOOP);
	KUNIT_EXPECT_EQ(test, td->heard_part[0].nr, 1U);

	list->hops = BDEV_BAD_MAX_HOPS;
	KUNIT_EXPECT_EQ(test, bdev_get_bad_ranges(td->disk->part0, 0, 512, list), 0);
	KUNIT_EXPECT_EQ(test, list->nr, 1U);
	list->hops++;
	KUNIT_EXPECT_EQ(test, bdev_get_bad_ranges(td->disk->part0, 0, 512, list),
			-ELOOP);
}

static int stop_at_second(const struct bdev_bad_range *range, void *data)
{
	unsigned int *calls = data;

	return ++*calls == 2 ? -EINTR : 0;
}

static void test_walk_stops(struct kunit *test)
{
	struct test_disk *td = new_disk(test);
	unsigned int calls = 0;

	KUNIT_EXPECT_EQ(test, bdev_for_each_bad_range(td->disk->part0, 0, DISK_LEN,
						      stop_at_second, &calls),
			-EINTR);
	KUNIT_EXPECT_EQ(test, calls, 2U);
}

static struct kunit_case fserror_badrange_cases[] = {
	KUNIT_CASE_PARAM(test_clip, clip_gen_params),
	KUNIT_CASE(test_clip_unplaced),
	KUNIT_CASE(test_list),
	KUNIT_CASE_PARAM(test_edge, edge_gen_params),
	KUNIT_CASE(test_edge_on_partition),
	KUNIT_CASE(test_edge_whole),
	KUNIT_CASE_PARAM(test_refuse, refuse_gen_params),
	KUNIT_CASE(test_unheld),
	KUNIT_CASE_PARAM(test_level, level_gen_params),
	KUNIT_CASE(test_level_appends),
	KUNIT_CASE(test_level_gone),
	KUNIT_CASE(test_removal),
	KUNIT_CASE(test_removal_by_driver),
	KUNIT_CASE(test_removal_by_surprise),
	KUNIT_CASE(test_hops),
	KUNIT_CASE(test_walk_stops),
	{}
};

static struct kunit_suite fserror_badrange_suite = {
	.name		= "fserror-badrange",
	.test_cases	= fserror_badrange_cases,
};

kunit_test_suite(fserror_badrange_suite);
