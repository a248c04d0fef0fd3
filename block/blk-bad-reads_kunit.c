// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could not be read of ordinary disks: a disk whose driver reports.
 */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/iopoll.h>
#include "blk.h"
#include "blk-badrange-priv.h"
#include "blk-badrange-kunit.h"
#include "blk-bad-reads.h"

#define DISK_SECTORS	(DISK_LEN >> SECTOR_SHIFT)

/**
 * struct flaky - a disk that cannot read some of its sectors, and its driver
 * @td: the disk
 * @bad: the sectors
 * @unit: what the device reads at once and says has failed; 0 if it does not say
 * @wrong: it says that it was the first block of the request
 * @reads: how many it got
 * @go: reads go on
 */
struct flaky {
	struct test_disk	*td;
	DECLARE_BITMAP(bad, DISK_SECTORS);
	sector_t		unit;
	bool			wrong;
	atomic_t		reads;
	struct completion	go;
};

static void flaky_fail(struct flaky *flaky, sector_t sector, sector_t nr, sector_t bad)
{
	if (flaky->wrong)
		bad = sector;
	blk_bad_reads_add(flaky->td->disk, sector, nr,
			  flaky->unit ? rounddown(bad, flaky->unit) : 0, flaky->unit);
}

static sector_t flaky_find(struct flaky *flaky, sector_t sector, sector_t nr)
{
	return find_next_bit(flaky->bad, sector + nr, sector);
}

/* The driver completes a read that has met @bad. Returns whether all could be read. */
static bool flaky_end(struct flaky *flaky, sector_t sector, sector_t nr, sector_t bad)
{
	if (bad < sector + nr) {
		flaky_fail(flaky, sector, nr, bad);
		return false;
	}
	blk_bad_reads_clear(flaky->td->disk, sector, nr, BDEV_WHY_REFINED);
	return true;
}

static bool flaky_read(struct flaky *flaky, sector_t sector, sector_t nr)
{
	return flaky_end(flaky, sector, nr, flaky_find(flaky, sector, nr));
}

/* The medium is read when the request comes; it may be a while until that is known. */
static void flaky_submit_bio(struct bio *bio)
{
	struct flaky *flaky = bio->bi_bdev->bd_disk->private_data;
	sector_t sector = bio->bi_iter.bi_sector, nr = bio_sectors(bio);
	sector_t bad = flaky_find(flaky, sector, nr);

	atomic_inc(&flaky->reads);
	wait_for_completion(&flaky->go);
	if (!flaky_end(flaky, sector, nr, bad))
		bio->bi_status = BLK_STS_MEDIUM;
	bio_endio(bio);
}

static const struct block_device_operations flaky_fops = {
	.owner		= THIS_MODULE,
	.submit_bio	= flaky_submit_bio,
};

static int first_is_bad(struct gendisk *disk, u64 pos, u64 len,
			struct bdev_bad_list *list)
{
	bdev_bad_list_add(list, &(struct bdev_bad_range) {
		.len = 512, .cause = BDEV_BAD_MEDIA, .origin_len = 512 });
	return 0;
}

static const struct block_device_operations knowing_fops = {
	.owner		= THIS_MODULE,
	.submit_bio	= flaky_submit_bio,
	.bad_ranges	= first_is_bad,
};

static void let_go(void *data)
{
	struct flaky *flaky = data;

	complete_all(&flaky->go);
}

static struct flaky *new_flaky(struct kunit *test)
{
	struct flaky *flaky = kunit_kzalloc(test, sizeof(*flaky), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, flaky);
	init_completion(&flaky->go);
	flaky->td = badrange_test_disk(test);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, let_go, flaky), 0);
	complete_all(&flaky->go);
	flaky->td->disk->private_data = flaky;
	flaky->td->disk->fops = &flaky_fops;
	flaky->td->whole = badrange_test_claim(test, flaky->td, 0,
					       &flaky->td->heard_whole);
	return flaky;
}

/* Is that what is bad, and no more? Ranges end with one that is empty. */
static void expect_bad(struct kunit *test, struct flaky *flaky,
		       const struct bad_reads_range *want)
{
	struct bdev_bad_range *ranges =
		kunit_kcalloc(test, BDEV_BAD_MAX_RANGES, sizeof(*ranges), GFP_KERNEL);
	struct bdev_bad_list list = { .ranges = ranges, .max = BDEV_BAD_MAX_RANGES };
	struct gendisk *disk = flaky->td->disk;
	unsigned int i;

	badrange_test_wait(test);
	KUNIT_ASSERT_NOT_NULL(test, ranges);
	KUNIT_ASSERT_EQ(test, 0, bdev_bad_ranges(disk->part0, 0, DISK_LEN, &list));
	for (i = 0; i < list.nr && want[i].end; i++) {
		KUNIT_EXPECT_EQ(test, ranges[i].pos, want[i].start << SECTOR_SHIFT);
		KUNIT_EXPECT_EQ(test, ranges[i].pos + ranges[i].len,
				want[i].end << SECTOR_SHIFT);
		KUNIT_EXPECT_EQ(test, ranges[i].flags,
				want[i].coarse ? (u32)BDEV_BAD_PARTIAL : 0U);
		KUNIT_EXPECT_EQ(test, ranges[i].cause, BDEV_BAD_MEDIA);
		KUNIT_EXPECT_EQ(test, ranges[i].origin_pos, ranges[i].pos);
		KUNIT_EXPECT_EQ(test, ranges[i].origin_len, ranges[i].len);
	}
	KUNIT_EXPECT_EQ(test, i, list.nr);
	KUNIT_EXPECT_EQ(test, want[i].end, (sector_t)0);
	KUNIT_EXPECT_EQ(test, bdev_any_bad(disk->part0, 0), list.nr != 0);
}

static bool is_dropped(struct gendisk *disk)
{
	return !rcu_access_pointer(disk->bad_reads);
}

static void expect_dropped(struct kunit *test, struct flaky *flaky)
{
	bool dropped;

	expect_bad(test, flaky, &(struct bad_reads_range) {});
	KUNIT_EXPECT_EQ(test, 0, read_poll_timeout(is_dropped, dropped, dropped,
						   USEC_PER_MSEC, 10 * USEC_PER_SEC,
						   false, flaky->td->disk));
}

struct look_param {
	const char		*desc;
	/* sectors that the disk cannot read, and the request that fails */
	struct { u32 start, nr; } bad[2];
	u32			start;
	u32			nr;
	u32			unit;
	bool			wrong;
	/* at most so many reads */
	int			reads;
	struct bad_reads_range	want[3];
};

static const struct look_param look_params[] = {
	{ "one sector, and the disk does not say which", { { 77, 1 } }, 0, 256, 0, false,
	  30, { { 77, 78 } } },
	{ "the first", { { 8, 1 } }, 8, 8, 0, false, 10, { { 8, 9 } } },
	{ "the last of the disk", { { DISK_SECTORS - 1, 1 } }, DISK_SECTORS - 64, 64, 0,
	  false, 20, { { DISK_SECTORS - 1, DISK_SECTORS } } },
	{ "two, far from each other", { { 3, 2 }, { 900, 1 } }, 0, 1024, 0, false,
	  60, { { 3, 5 }, { 900, 901 } } },
	{ "the disk says which", { { 80, 8 } }, 0, 256, 8, false, 3, { { 80, 88 } } },
	{ "the disk says which is the first", { { 10, 1 }, { 100, 1 } }, 0, 256, 1, false,
	  40, { { 10, 11 }, { 100, 101 } } },
	{ "which is cut by the request", { { 80, 8 } }, 82, 2, 8, false, 1,
	  { { 82, 84 } } },
	{ "the disk says something wrong", { { 80, 8 } }, 0, 256, 8, true, 40,
	  { { 80, 88 } } },
	{ "all of a request", { { 512, 64 } }, 512, 64, 0, false, 130, { { 512, 576 } } },
	{ "more than is looked at", { { 0, DISK_SECTORS } }, 0, DISK_SECTORS, 0, false,
	  BAD_READS_TRIES, { { 0, BAD_READS_TRIES - 7 },
			     { BAD_READS_TRIES - 7, DISK_SECTORS, true } } },
	{ "it was not the medium", {}, 0, 256, 0, false, 2 },
};

KUNIT_ARRAY_PARAM_DESC(look, look_params, desc);

static void test_look(struct kunit *test)
{
	const struct look_param *param = test->param_value;
	struct flaky *flaky = new_flaky(test);
	unsigned int i;

	flaky->unit = param->unit;
	flaky->wrong = param->wrong;
	for (i = 0; i < ARRAY_SIZE(param->bad); i++)
		bitmap_set(flaky->bad, param->bad[i].start, param->bad[i].nr);
	scoped_guard(irqsave)
		flaky_fail(flaky, param->start, param->nr, param->bad[0].start);
	expect_bad(test, flaky, param->want);
	KUNIT_EXPECT_LE(test, atomic_read(&flaky->reads), param->reads);
	KUNIT_EXPECT_EQ(test, flaky->td->heard_whole.nr != 0, param->want[0].end != 0);
	if (param->want[0].end)
		KUNIT_EXPECT_EQ(test, flaky->td->heard_whole.win.why,
				(u32)BDEV_WHY_MEDIA);
	else
		expect_dropped(test, flaky);
}

static bool has_read(struct flaky *flaky)
{
	return atomic_read(&flaky->reads);
}

/* A sector is written while it is read again: that read may fail, and the sector is good. */
static void test_overwritten(struct kunit *test)
{
	struct flaky *flaky = new_flaky(test);
	bool read;

	reinit_completion(&flaky->go);
	flaky->unit = 1;
	bitmap_set(flaky->bad, 77, 1);
	flaky_fail(flaky, 0, 256, 77);
	KUNIT_EXPECT_EQ(test, 0, read_poll_timeout(has_read, read, read, USEC_PER_MSEC,
						   10 * USEC_PER_SEC, false, flaky));
	bitmap_clear(flaky->bad, 77, 1);
	blk_bad_reads_clear(flaky->td->disk, 72, 8, BDEV_WHY_WRITTEN);
	complete_all(&flaky->go);
	expect_dropped(test, flaky);
}

/* What is written or reads well is good again, and the rest is not. */
static void test_cleared(struct kunit *test)
{
	struct flaky *flaky = new_flaky(test);
	struct heard *heard = &flaky->td->heard_whole;
	struct gendisk *disk = flaky->td->disk;

	bitmap_set(flaky->bad, 16, 8);
	flaky_read(flaky, 0, 64);
	expect_bad(test, flaky, (struct bad_reads_range[]) { { 16, 24 }, {} });

	/* nothing is news the second time */
	heard->nr = 0;
	flaky_read(flaky, 0, 64);
	flaky_read(flaky, 20, 1);
	expect_bad(test, flaky, (struct bad_reads_range[]) { { 16, 24 }, {} });
	KUNIT_EXPECT_EQ(test, heard->nr, 0U);

	blk_bad_reads_clear(disk, 0, 16, BDEV_WHY_WRITTEN);
	blk_bad_reads_clear(disk, 24, 16, BDEV_WHY_WRITTEN);
	expect_bad(test, flaky, (struct bad_reads_range[]) { { 16, 24 }, {} });
	KUNIT_EXPECT_EQ(test, heard->nr, 0U);

	scoped_guard(irqsave)
		blk_bad_reads_clear(disk, 18, 2, BDEV_WHY_WRITTEN);
	expect_bad(test, flaky,
		   (struct bad_reads_range[]) { { 16, 18 }, { 20, 24 }, {} });
	KUNIT_EXPECT_EQ(test, heard->nr, 1U);
	KUNIT_EXPECT_EQ(test, heard->win.why, (u32)BDEV_WHY_WRITTEN);
	KUNIT_EXPECT_EQ(test, heard->win.pos, 18ULL << SECTOR_SHIFT);
	KUNIT_EXPECT_EQ(test, heard->win.len, 2ULL << SECTOR_SHIFT);

	bitmap_clear(flaky->bad, 16, 8);
	flaky_read(flaky, 0, 64);
	expect_dropped(test, flaky);
	KUNIT_EXPECT_EQ(test, heard->nr, 2U);
	KUNIT_EXPECT_EQ(test, heard->win.why, (u32)BDEV_WHY_REFINED);
}

/* Numbers of a driver, or a device, that make no sense. */
static void test_garbage(struct kunit *test)
{
	struct flaky *flaky = new_flaky(test);
	struct gendisk *disk = flaky->td->disk;

	blk_bad_reads_add(disk, DISK_SECTORS, 1, 0, 0);
	blk_bad_reads_add(disk, 0, DISK_SECTORS + 1, 0, 0);
	blk_bad_reads_add(disk, 8, 0, 0, 0);
	blk_bad_reads_add(disk, (sector_t)-1, 2, 0, 0);
	KUNIT_EXPECT_TRUE(test, is_dropped(disk));

	/* the place is nowhere in the request */
	bitmap_set(flaky->bad, 12, 1);
	blk_bad_reads_add(disk, 8, 8, 16, 8);
	blk_bad_reads_add(disk, 8, 8, 0, 8);
	blk_bad_reads_add(disk, 8, 8, (sector_t)-1, 8);
	blk_bad_reads_add(disk, 8, 8, 0, (sector_t)-1);
	expect_bad(test, flaky, (struct bad_reads_range[]) { { 12, 13 }, {} });
	blk_bad_reads_clear(disk, 0, (sector_t)-1, BDEV_WHY_WRITTEN);
	expect_dropped(test, flaky);
}

/* More requests than may wait are entered as they are. */
static void test_suspects(struct kunit *test)
{
	struct bad_reads_range want[BAD_READS_SUSPECTS + 4] = {};
	struct flaky *flaky = new_flaky(test);
	unsigned int i, nr = BAD_READS_SUSPECTS + 3;
	int reads;

	reinit_completion(&flaky->go);
	for (i = 0; i < nr; i++) {
		bitmap_set(flaky->bad, i * 32, 1);
		blk_bad_reads_add(flaky->td->disk, i * 32, 8, 0, 0);
		/* the first is being looked at, and does not wait any more */
		KUNIT_ASSERT_EQ(test, 0, read_poll_timeout(atomic_read, reads, reads,
							   100, 10 * USEC_PER_SEC,
							   false, &flaky->reads));
		want[i].start = i * 32;
		want[i].end = i * 32 + (i > BAD_READS_SUSPECTS ? 8 : 1);
		want[i].coarse = i > BAD_READS_SUSPECTS;
	}
	KUNIT_EXPECT_FALSE(test, bdev_bad_idle());
	complete_all(&flaky->go);
	expect_bad(test, flaky, want);
}

/* Every other sector fails by itself. */
static void test_many(struct kunit *test)
{
	struct flaky *flaky = new_flaky(test);
	struct blk_bad_reads *reads;
	unsigned int i, max = 0;

	for (i = 0; i < DISK_SECTORS; i += 2)
		set_bit(i, flaky->bad);
	for (i = 0; i < DISK_SECTORS; i++) {
		flaky_read(flaky, i, 1);
		if (i % 64)
			continue;
		badrange_test_wait(test);
		scoped_guard(rcu) {
			reads = rcu_dereference(flaky->td->disk->bad_reads);
			max = max(max, reads ? READ_ONCE(reads->bad.nr) : 0);
		}
	}
	KUNIT_EXPECT_LE(test, max, (unsigned int)BAD_READS_MAX);
	KUNIT_EXPECT_TRUE(test, bdev_any_bad(flaky->td->disk->part0, 0));
	bitmap_zero(flaky->bad, DISK_SECTORS);
	flaky_read(flaky, 0, DISK_SECTORS);
	expect_dropped(test, flaky);
}

/* A driver with a list of its own is asked as well. */
static void test_joined(struct kunit *test)
{
	struct flaky *flaky = new_flaky(test);

	set_bit(40, flaky->bad);
	flaky_read(flaky, 32, 16);
	badrange_test_wait(test);
	flaky->td->disk->fops = &knowing_fops;
	expect_bad(test, flaky, (struct bad_reads_range[]) { { 0, 1 }, { 40, 41 }, {} });
	flaky->td->disk->fops = &flaky_fops;
}

/* Another card is put in while what could not be read of the last one is looked at. */
static void test_other_medium(struct kunit *test)
{
	struct flaky *flaky = new_flaky(test);
	struct gendisk *disk = flaky->td->disk;
	int before, reads;

	set_bit(12, flaky->bad);
	flaky_read(flaky, 8, 8);
	expect_bad(test, flaky, (struct bad_reads_range[]) { { 12, 13 }, {} });

	reinit_completion(&flaky->go);
	before = atomic_read(&flaky->reads);
	set_bit(100, flaky->bad);
	set_bit(200, flaky->bad);
	blk_bad_reads_add(disk, 96, 8, 0, 0);
	blk_bad_reads_add(disk, 200, 8, 0, 0);
	/* the first is being looked at, the second waits */
	KUNIT_ASSERT_EQ(test, 0, read_poll_timeout(atomic_read, reads, reads > before,
						   100, 10 * USEC_PER_SEC, false,
						   &flaky->reads));
	blk_bad_reads_forget(disk);
	KUNIT_EXPECT_FALSE(test, bdev_any_bad(disk->part0, 0));
	/* on this card one of the sectors is bad, which nobody has read */
	bitmap_zero(flaky->bad, DISK_SECTORS);
	set_bit(204, flaky->bad);
	complete_all(&flaky->go);
	expect_dropped(test, flaky);
	/* the first in pieces, because its read had begun before; the second not at all */
	KUNIT_EXPECT_LE(test, atomic_read(&flaky->reads), before + 4);
	KUNIT_EXPECT_EQ(test, flaky->td->heard_whole.win.why, (u32)BDEV_WHY_REMAPPED);
	KUNIT_EXPECT_GE(test, flaky->td->heard_whole.win.len, 13ULL << SECTOR_SHIFT);
	blk_bad_reads_forget(disk);
	expect_dropped(test, flaky);
}

/* A disk that goes away while a request is being looked at. */
static void test_gone(struct kunit *test)
{
	struct flaky *flaky = new_flaky(test);
	struct test_disk *td = flaky->td;

	set_bit(40, flaky->bad);
	blk_mark_disk_dead(td->disk);
	flaky_fail(flaky, 32, 16, 40);
	KUNIT_EXPECT_TRUE(test, is_dropped(td->disk));
	KUNIT_EXPECT_EQ(test, atomic_read(&flaky->reads), 0);
}

static struct kunit_case fserror_bad_reads_cases[] = {
	KUNIT_CASE_PARAM(test_look, look_gen_params),
	KUNIT_CASE(test_overwritten),
	KUNIT_CASE(test_cleared),
	KUNIT_CASE(test_garbage),
	KUNIT_CASE(test_suspects),
	KUNIT_CASE(test_many),
	KUNIT_CASE(test_joined),
	KUNIT_CASE(test_other_medium),
	KUNIT_CASE(test_gone),
	{}
};

static struct kunit_suite fserror_bad_reads_suite = {
	.name		= "fserror-bad-reads",
	.test_cases	= fserror_bad_reads_cases,
};

kunit_test_suite(fserror_bad_reads_suite);
