// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for what the disks of an nvdimm bus make of the list of bad ranges:
 * what they answer, what they refuse, and what they report.
 */
#include <kunit/test.h>
#include <linux/badblocks.h>
#include <linux/blk-badrange.h>
#include <linux/blkdev.h>
#include <linux/iopoll.h>
#include <linux/libnvdimm.h>
#include <linux/module.h>
#include <linux/string.h>
#include "../bad_disk.h"
#include "../badrange_page.h"
#include "../nd-core.h"
#include "../nd.h"

#define MEDIA	BDEV_BAD_MEDIA
#define MCHECK	BDEV_BAD_MACHINE_CHECK

#define DISK_START	SZ_1M
#define DISK_SIZE	SZ_1M

struct disk_test {
	struct badrange		badrange;
	struct nd_region	nd_region;
	struct gendisk		disk;
	struct block_device	part0;
	struct badblocks	bb;
	struct nd_bad_disk	bad;
	struct bdev_bad_range	ranges[BDEV_BAD_MAX_RANGES];
	struct bdev_bad_range	unplaced[BDEV_BAD_MAX_UNPLACED];
};

static void disk_test_work(struct work_struct *work)
{
}

static int disk_test_init(struct kunit *test)
{
	struct disk_test *t;

	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);
	test->priv = t;

	badrange_init(&t->badrange);
	KUNIT_ASSERT_EQ(test, badblocks_init(&t->bb, 1), 0);
	KUNIT_ASSERT_EQ(test, badblocks_init(&t->nd_region.bb, 1), 0);
	t->nd_region.ndr_start = 0;
	t->nd_region.ndr_size = SZ_4M;
	t->disk.part0 = &t->part0;
	t->part0.bd_nr_sectors = DISK_SIZE / SECTOR_SIZE;

	t->bad.disk = &t->disk;
	t->bad.phys.start = DISK_START;
	t->bad.phys.end = DISK_START + DISK_SIZE - 1;
	t->bad.bb = &t->bb;
	t->bad.badrange = &t->badrange;
	t->bad.nd_region = &t->nd_region;
	/* something was told just now, so that what follows waits to be told */
	t->bad.told = jiffies + 60 * HZ;
	INIT_DELAYED_WORK(&t->bad.work, disk_test_work);
	list_add(&t->bad.list, &t->badrange.disks);
	return 0;
}

static void disk_test_exit(struct kunit *test)
{
	struct disk_test *t = test->priv;
	unsigned int i;

	if (!t)
		return;
	list_del(&t->bad.list);
	/* what the work would have told */
	for (i = 0; i < ND_BAD_NEWS_NR; i++)
		if (t->bad.windows[i].end)
			bdev_bad_release();
	cancel_delayed_work_sync(&t->bad.work);
	badrange_forget(&t->badrange, 0, U64_MAX);
	badblocks_exit(&t->nd_region.bb);
	badblocks_exit(&t->bb);
}

static void ask(struct kunit *test, u64 pos, u64 len, unsigned int max,
		struct bdev_bad_list *list)
{
	struct disk_test *t = test->priv;

	*list = (struct bdev_bad_list) {
		.ranges		= t->ranges,
		.max		= max,
		.unplaced	= t->unplaced,
		.max_unplaced	= BDEV_BAD_MAX_UNPLACED,
	};
	bdev_bad_list_init(list, pos, len);
	KUNIT_EXPECT_EQ(test, nd_bad_disk_ranges(&t->bad, pos, len, list), 0);
	KUNIT_EXPECT_EQ(test, bdev_bad_list_finish(list), 0);
}

struct piece {
	u64	start;
	u64	length;
	int	cause;
};

/* entries from the start of the disk, the question, and the answer */
struct ask_case {
	const char	*name;
	struct piece	entries[4];
	u64		pos;
	u64		len;
	unsigned int	max;
	struct piece	want[3];
	u64		next;
};

static const struct ask_case ask_cases[] = {
	{
		.name = "nothing", .len = DISK_SIZE, .max = 1,
		.next = DISK_SIZE,
	}, {
		.name = "a cache line is a sector",
		.entries = { { 700, 64, MCHECK } },
		.len = DISK_SIZE, .max = 1,
		.want = { { 512, 512, MCHECK } }, .next = DISK_SIZE,
	}, {
		.name = "clipped to the question",
		.entries = { { 0, 8192, MEDIA } },
		.pos = 1000, .len = 1000, .max = 1,
		.want = { { 1000, 1000, MEDIA } }, .next = 2000,
	}, {
		.name = "bad byte of the sector behind the question",
		.entries = { { 510, 2, MEDIA } },
		.pos = 100, .len = 50, .max = 1,
		.want = { { 100, 50, MEDIA } }, .next = 150,
	}, {
		.name = "bad byte of the sector before the question",
		.entries = { { 0, 1, MEDIA } },
		.pos = 100, .len = 50, .max = 1,
		.want = { { 100, 50, MEDIA } }, .next = 150,
	}, {
		.name = "last sector of the disk",
		.entries = { { DISK_SIZE - 1, 4096, MEDIA } },
		.len = DISK_SIZE, .max = 1,
		.want = { { DISK_SIZE - 512, 512, MEDIA } }, .next = DISK_SIZE,
	}, {
		.name = "question beyond the end",
		.entries = { { DISK_SIZE, 4096, MEDIA } },
		.pos = DISK_SIZE, .len = 4096, .max = 1,
		.next = DISK_SIZE + 4096,
	}, {
		.name = "neighbours of one cause are one, entered backwards",
		.entries = { { 1024, 512, MEDIA }, { 512, 512, MEDIA },
			     { 0, 512, MEDIA } },
		.len = DISK_SIZE, .max = 1,
		.want = { { 0, 1536, MEDIA } }, .next = DISK_SIZE,
	}, {
		.name = "neighbours of two causes are two",
		.entries = { { 512, 512, MCHECK }, { 0, 512, MEDIA } },
		.len = DISK_SIZE, .max = 2,
		.want = { { 0, 512, MEDIA }, { 512, 512, MCHECK } },
		.next = DISK_SIZE,
	}, {
		.name = "overlapping entries",
		.entries = { { 1024, 1024, MCHECK }, { 0, 1536, MEDIA } },
		.len = DISK_SIZE, .max = 2,
		.want = { { 0, 1024, MEDIA }, { 1024, 1024, MCHECK } },
		.next = DISK_SIZE,
	}, {
		.name = "no room for the second",
		.entries = { { 8192, 512, MEDIA }, { 0, 512, MEDIA } },
		.len = DISK_SIZE, .max = 1,
		.want = { { 0, 512, MEDIA } }, .next = 8192,
	}, {
		.name = "sorted",
		.entries = { { 8192, 512, MEDIA }, { 0, 512, MEDIA },
			     { 4096, 512, MEDIA } },
		.len = DISK_SIZE, .max = 3,
		.want = { { 0, 512, MEDIA }, { 4096, 512, MEDIA },
			  { 8192, 512, MEDIA } },
		.next = DISK_SIZE,
	},
};

static void ask_case_desc(const struct ask_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(ask, ask_cases, ask_case_desc);

static void test_ask(struct kunit *test)
{
	const struct ask_case *c = test->param_value;
	struct disk_test *t = test->priv;
	struct bdev_bad_list list;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(c->entries) && c->entries[i].length; i++)
		badrange_add_cause(&t->badrange,
				   DISK_START + c->entries[i].start,
				   c->entries[i].length, c->entries[i].cause,
				   GFP_KERNEL);

	ask(test, c->pos, c->len, c->max, &list);
	KUNIT_EXPECT_EQ(test, list.next, c->next);
	for (i = 0; i < list.nr; i++) {
		KUNIT_ASSERT_LT(test, i, ARRAY_SIZE(c->want));
		KUNIT_EXPECT_EQ(test, list.ranges[i].pos, c->want[i].start);
		KUNIT_EXPECT_EQ(test, list.ranges[i].len, c->want[i].length);
		KUNIT_EXPECT_EQ(test, list.ranges[i].origin_pos,
				c->want[i].start);
		KUNIT_EXPECT_EQ(test, (int)list.ranges[i].cause,
				c->want[i].cause);
	}
	if (i < ARRAY_SIZE(c->want))
		KUNIT_EXPECT_EQ(test, c->want[i].length, 0);
}

#define NR_SECTORS	((int)(DISK_SIZE / SECTOR_SIZE))

/* Every third sector in an order of its own: all are told, once, with any room. */
static void test_resume(struct kunit *test)
{
	static const int strides[] = { 1, 7, NR_SECTORS / 3 - 1 };
	struct disk_test *t = test->priv;
	unsigned int s, max, i, nr, n = NR_SECTORS / 3;
	struct bdev_bad_list list;
	u64 pos;

	for (s = 0; s < ARRAY_SIZE(strides); s++) {
		for (i = 0; i < n; i++)
			badrange_add_cause(&t->badrange, DISK_START +
					   i * strides[s] % n * 3 * SECTOR_SIZE,
					   64, MEDIA, GFP_KERNEL);

		for (max = 1; max <= BDEV_BAD_MAX_RANGES; max = max * 3 + 1) {
			nr = 0;
			for (pos = 0; pos < DISK_SIZE; pos = list.next) {
				ask(test, pos, DISK_SIZE - pos, max, &list);
				KUNIT_ASSERT_GT(test, list.next, pos);
				for (i = 0; i < list.nr; i++, nr++)
					if (list.ranges[i].pos !=
					    nr * 3 * SECTOR_SIZE)
						KUNIT_FAIL(test,
							   "range %u at %llu",
							   nr,
							   list.ranges[i].pos);
			}
			KUNIT_EXPECT_EQ(test, nr, n);
		}
		badrange_forget(&t->badrange, 0, U64_MAX);
	}
}

/* more entries than are looked at in one go, and pieces that the grain joins */
static void test_batches(struct kunit *test)
{
	struct disk_test *t = test->priv;
	struct bdev_bad_list list;
	unsigned int i;

	for (i = 0; i < DISK_SIZE / 128; i++)
		badrange_add_cause(&t->badrange, DISK_START + i * 128, 64,
				   MEDIA, GFP_KERNEL);
	ask(test, 0, DISK_SIZE, 1, &list);
	KUNIT_ASSERT_EQ(test, list.nr, 1);
	KUNIT_EXPECT_EQ(test, list.ranges[0].pos, 0);
	KUNIT_EXPECT_EQ(test, list.ranges[0].len, DISK_SIZE);
}

static void test_unplaced(struct kunit *test)
{
	struct disk_test *t = test->priv;
	struct bdev_bad_list list;

	t->bad.layer = "btt";
	badrange_add_cause(&t->badrange, DISK_START + 8192, 64, MCHECK,
			   GFP_KERNEL);
	ask(test, 4096, 512, 1, &list);
	KUNIT_EXPECT_EQ(test, list.nr, 0);
	KUNIT_ASSERT_EQ(test, list.nr_unplaced, 1);
	KUNIT_EXPECT_EQ(test, list.unplaced[0].origin_pos, 8192);
	KUNIT_EXPECT_EQ(test, list.unplaced[0].origin_len, 512);
	KUNIT_EXPECT_STREQ(test, list.unplaced[0].layer, "btt");
}

static bool refused(struct badblocks *bb, u64 pos, u64 len)
{
	sector_t first, nr;

	return badblocks_check(bb, pos / SECTOR_SIZE, len / SECTOR_SIZE, &first,
			       &nr);
}

/* refused at once, told when it is known what it is */
static void test_page(struct kunit *test)
{
	struct disk_test *t = test->priv;
	struct bdev_bad_list list;

	badrange_add_page(&t->badrange, DISK_START + SZ_4K, SZ_4K);
	KUNIT_EXPECT_TRUE(test, refused(&t->bb, SZ_4K, SZ_4K));
	KUNIT_EXPECT_TRUE(test, refused(&t->nd_region.bb, DISK_START + SZ_4K,
					SZ_4K));
	KUNIT_EXPECT_EQ(test, t->bad.windows[ND_BAD_NEWS_BAD].end, 0);
	ask(test, 0, DISK_SIZE, 1, &list);
	KUNIT_EXPECT_EQ(test, list.nr, 0);

	badrange_add_cause(&t->badrange, DISK_START + SZ_4K + 1024, 64, MCHECK,
			   GFP_KERNEL);
	KUNIT_EXPECT_FALSE(test, refused(&t->bb, SZ_4K, 1024));
	KUNIT_EXPECT_TRUE(test, refused(&t->bb, SZ_4K + 1024, 512));
	KUNIT_EXPECT_FALSE(test, refused(&t->bb, SZ_4K + 1536, 2560));
	KUNIT_EXPECT_FALSE(test, refused(&t->nd_region.bb,
					 DISK_START + SZ_4K + 1536, 2560));
	KUNIT_EXPECT_EQ(test, t->bad.windows[ND_BAD_NEWS_BAD].start,
			SZ_4K + 1024);
	KUNIT_EXPECT_EQ(test, t->bad.windows[ND_BAD_NEWS_BAD].end,
			SZ_4K + 1536);
	KUNIT_EXPECT_EQ(test, t->bad.windows[ND_BAD_NEWS_BAD].why,
			BDEV_WHY_MACHINE_CHECK);
	ask(test, 0, DISK_SIZE, 2, &list);
	KUNIT_ASSERT_EQ(test, list.nr, 1);
	KUNIT_EXPECT_EQ(test, list.ranges[0].len, 512);
}

/* told, not refused, good again when it is written */
static void test_simulated(struct kunit *test)
{
	struct disk_test *t = test->priv;
	struct bdev_bad_list list;

	badrange_enter(&t->badrange, DISK_START + SZ_4K, SZ_4K, MCHECK,
		       BADRANGE_SIMULATED, GFP_KERNEL);
	KUNIT_EXPECT_FALSE(test, refused(&t->bb, 0, DISK_SIZE));
	KUNIT_EXPECT_EQ(test, t->bad.windows[ND_BAD_NEWS_BAD].start, SZ_4K);
	ask(test, 0, DISK_SIZE, 1, &list);
	KUNIT_ASSERT_EQ(test, list.nr, 1);
	KUNIT_EXPECT_EQ(test, list.ranges[0].pos, SZ_4K);
	KUNIT_EXPECT_EQ(test, list.ranges[0].len, SZ_4K);

	badrange_forget_simulated(&t->badrange, DISK_START + SZ_4K, SZ_4K);
	KUNIT_EXPECT_EQ(test, t->bad.windows[ND_BAD_NEWS_GOOD].start, SZ_4K);
	KUNIT_EXPECT_EQ(test, t->bad.windows[ND_BAD_NEWS_GOOD].end, SZ_8K);
	KUNIT_EXPECT_EQ(test, t->bad.windows[ND_BAD_NEWS_GOOD].why,
			BDEV_WHY_WRITTEN);
	KUNIT_EXPECT_FALSE(test, nd_bad_disk_any(&t->bad));
}

static void test_any(struct kunit *test)
{
	struct disk_test *t = test->priv;

	KUNIT_EXPECT_FALSE(test, nd_bad_disk_any(&t->bad));
	badrange_add_cause(&t->badrange, 0, 64, MEDIA, GFP_KERNEL);
	KUNIT_EXPECT_FALSE(test, nd_bad_disk_any(&t->bad));
	KUNIT_EXPECT_EQ(test, t->bad.windows[ND_BAD_NEWS_BAD].end, 0);
	badrange_add_cause(&t->badrange, DISK_START, 64, MEDIA, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, nd_bad_disk_any(&t->bad));
}

/* Who asks while changes are gathered must hear that there is more to know. */
static void test_gather(struct kunit *test)
{
	struct disk_test *t = test->priv;
	bool idle;

	KUNIT_ASSERT_EQ(test, 0,
			read_poll_timeout(bdev_bad_idle, idle, idle,
					  USEC_PER_MSEC, 10 * USEC_PER_SEC, false));
	badrange_add_cause(&t->badrange, DISK_START, 64, MEDIA, GFP_KERNEL);
	KUNIT_EXPECT_FALSE(test, bdev_bad_idle());
}

/* for want of memory */
static void test_partial(struct kunit *test)
{
	struct disk_test *t = test->priv;
	struct bdev_bad_list list;

	spin_lock(&t->badrange.lock);
	badrange_add_overflow(&t->badrange, DISK_START + 4096, 512, MEDIA);
	badrange_add_overflow(&t->badrange, DISK_START + 8192, 512, MEDIA);
	spin_unlock(&t->badrange.lock);
	ask(test, 0, DISK_SIZE, 2, &list);
	KUNIT_ASSERT_EQ(test, list.nr, 1);
	KUNIT_EXPECT_EQ(test, list.ranges[0].pos, 4096);
	KUNIT_EXPECT_EQ(test, list.ranges[0].len, 4608);
	KUNIT_EXPECT_EQ(test, list.ranges[0].flags, BDEV_BAD_PARTIAL);
}

/* what is around the disk */
static void test_idle(struct kunit *test)
{
	struct disk_test *t = test->priv;
	u64 start = 0, last = SZ_4M - 1, len;

	KUNIT_ASSERT_TRUE(test, badrange_next_idle(&t->badrange, &start, last,
						   &len));
	KUNIT_EXPECT_EQ(test, start, 0);
	KUNIT_EXPECT_EQ(test, len, DISK_START);
	start += len;
	KUNIT_ASSERT_TRUE(test, badrange_next_idle(&t->badrange, &start, last,
						   &len));
	KUNIT_EXPECT_EQ(test, start, DISK_START + DISK_SIZE);
	KUNIT_EXPECT_EQ(test, len, SZ_2M);

	start = DISK_START + 4096;
	KUNIT_EXPECT_FALSE(test, badrange_next_idle(&t->badrange, &start,
						    start + 4095, &len));
}

static struct kunit_case disk_cases[] = {
	KUNIT_CASE_PARAM(test_ask, ask_gen_params),
	KUNIT_CASE(test_resume),
	KUNIT_CASE(test_batches),
	KUNIT_CASE(test_unplaced),
	KUNIT_CASE(test_page),
	KUNIT_CASE(test_simulated),
	KUNIT_CASE(test_any),
	KUNIT_CASE(test_gather),
	KUNIT_CASE(test_partial),
	KUNIT_CASE(test_idle),
	{ }
};

static struct kunit_suite disk_suite = {
	.name		= "nvdimm_bad_disk",
	.init		= disk_test_init,
	.exit		= disk_test_exit,
	.test_cases	= disk_cases,
};

kunit_test_suite(disk_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("KUnit tests for the bad ranges of nvdimm disks");
MODULE_LICENSE("GPL");
