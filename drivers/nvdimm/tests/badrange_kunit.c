// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for the list of bad ranges of an nvdimm bus: what is entered, what
 * is forgotten, and how a page and a finer report of one machine check meet.
 */
#include <kunit/test.h>
#include <linux/badblocks.h>
#include <linux/cleanup.h>
#include <linux/libnvdimm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../badrange_page.h"
#include "../nd-core.h"

#define MEDIA	BDEV_BAD_MEDIA
#define MCHECK	BDEV_BAD_MACHINE_CHECK

/* addresses are in units of a cache line, to fit a line of the table */
#define LINE	64
#define SECTOR	(512 / LINE)
#define PG	(4096 / LINE)

enum op_type {
	OP_END,
	OP_ADD,		/* a report of the platform */
	OP_PAGE,	/* memory_failure() for a page */
	OP_SIMULATED,	/* the same in simulation */
	OP_LOST,	/* a report for which there is no memory */
	OP_FORGET,	/* poison was cleared */
	OP_WRITTEN,	/* what is not known to be bad was written */
	OP_AGE,		/* time passes, BADRANGE_SETTLE and more */
	OP_SETTLE,	/* the work of a disk runs */
};

struct op {
	enum op_type	type;
	u64		addr;
	u64		length;
	int		cause;
};

struct entry {
	u64	addr;
	u64	length;
	int	cause;
	u8	flags;
};

#define OPS_MAX		6
#define ENTRIES_MAX	4

/* entries in the order of the list, up to the first that is empty */
struct list_case {
	const char	*name;
	struct op	ops[OPS_MAX];
	struct entry	want[ENTRIES_MAX];
};

static const struct list_case list_cases[] = {
	{
		.name = "add",
		.ops = { { OP_ADD, 8, 8, MEDIA } },
		.want = { { 8, 8, MEDIA } },
	}, {
		.name = "same again",
		.ops = { { OP_ADD, 8, 8, MEDIA }, { OP_ADD, 8, 8, MEDIA } },
		.want = { { 8, 8, MEDIA } },
	}, {
		.name = "same again, other cause",
		.ops = { { OP_ADD, 8, 8, MEDIA }, { OP_ADD, 8, 8, MCHECK } },
		.want = { { 8, 8, MEDIA } },
	}, {
		.name = "a shorter report does not shrink",
		.ops = { { OP_ADD, 0, PG, MEDIA }, { OP_ADD, 0, 1, MEDIA } },
		.want = { { 0, PG, MEDIA } },
	}, {
		.name = "a shorter machine check does not shrink",
		.ops = { { OP_ADD, 0, PG, MEDIA }, { OP_ADD, 0, 1, MCHECK } },
		.want = { { 0, PG, MEDIA } },
	}, {
		.name = "a longer report grows",
		.ops = { { OP_ADD, 0, 1, MEDIA }, { OP_ADD, 0, PG, MEDIA } },
		.want = { { 0, PG, MEDIA } },
	}, {
		.name = "a longer report of another cause is its own",
		.ops = { { OP_ADD, 0, 1, MCHECK }, { OP_ADD, 0, PG, MEDIA } },
		.want = { { 0, 1, MCHECK }, { 0, PG, MEDIA } },
	}, {
		.name = "within",
		.ops = { { OP_ADD, 0, PG, MEDIA }, { OP_ADD, 9, 2, MEDIA } },
		.want = { { 0, PG, MEDIA } },
	}, {
		.name = "overlap",
		.ops = { { OP_ADD, 0, 8, MEDIA }, { OP_ADD, 4, 8, MEDIA } },
		.want = { { 0, 8, MEDIA }, { 4, 8, MEDIA } },
	}, {
		.name = "forget all",
		.ops = { { OP_ADD, 8, 8, MEDIA }, { OP_FORGET, 8, 8 } },
	}, {
		.name = "forget a superset",
		.ops = { { OP_ADD, 8, 8, MEDIA }, { OP_FORGET, 0, 99 } },
	}, {
		.name = "forget the head",
		.ops = { { OP_ADD, 8, 8, MEDIA }, { OP_FORGET, 4, 6 } },
		.want = { { 10, 6, MEDIA } },
	}, {
		.name = "forget the tail",
		.ops = { { OP_ADD, 8, 8, MEDIA }, { OP_FORGET, 14, 6 } },
		.want = { { 8, 6, MEDIA } },
	}, {
		.name = "forget the middle, cause stays",
		.ops = { { OP_ADD, 8, 8, MCHECK }, { OP_FORGET, 10, 2 } },
		.want = { { 8, 2, MCHECK }, { 12, 4, MCHECK } },
	}, {
		.name = "forget what touches",
		.ops = { { OP_ADD, 8, 8, MEDIA }, { OP_FORGET, 0, 8 },
			 { OP_FORGET, 16, 8 } },
		.want = { { 8, 8, MEDIA } },
	}, {
		.name = "forget 4 GiB and more",
		.ops = { { OP_ADD, 0, 2ULL * SZ_4G / LINE, MEDIA },
			 { OP_FORGET, 0, (SZ_4G + SZ_4K) / LINE } },
		.want = { { (SZ_4G + SZ_4K) / LINE,
			    (SZ_4G - SZ_4K) / LINE, MEDIA } },
	}, {
		.name = "forget several",
		.ops = { { OP_ADD, 0, 4, MEDIA }, { OP_ADD, 8, 4, MCHECK },
			 { OP_ADD, 16, 4, MEDIA }, { OP_FORGET, 2, 16 } },
		.want = { { 0, 2, MEDIA }, { 18, 2, MEDIA } },
	}, {
		.name = "page alone waits",
		.ops = { { OP_PAGE, PG, PG }, { OP_SETTLE } },
		.want = { { PG, PG, MCHECK, BADRANGE_TENTATIVE } },
	}, {
		.name = "page alone becomes final",
		.ops = { { OP_PAGE, PG, PG }, { OP_AGE }, { OP_SETTLE } },
		.want = { { PG, PG, MCHECK } },
	}, {
		.name = "page, then the machine check in it",
		.ops = { { OP_PAGE, PG, PG }, { OP_ADD, PG + 3, 1, MCHECK },
			 { OP_AGE }, { OP_SETTLE } },
		.want = { { PG + 3, 1, MCHECK } },
	}, {
		.name = "machine check, then its page",
		.ops = { { OP_ADD, PG + 3, 1, MCHECK }, { OP_PAGE, PG, PG },
			 { OP_AGE }, { OP_SETTLE } },
		.want = { { PG + 3, 1, MCHECK } },
	}, {
		.name = "page, then a machine check elsewhere",
		.ops = { { OP_PAGE, PG, PG }, { OP_ADD, 3, 1, MCHECK },
			 { OP_AGE }, { OP_SETTLE } },
		.want = { { PG, PG, MCHECK }, { 3, 1, MCHECK } },
	}, {
		.name = "page, then the media within it",
		.ops = { { OP_PAGE, PG, PG }, { OP_ADD, PG + 3, 1, MEDIA },
			 { OP_AGE }, { OP_SETTLE } },
		.want = { { PG, PG, MCHECK }, { PG + 3, 1, MEDIA } },
	}, {
		.name = "page, then the media all over it",
		.ops = { { OP_PAGE, PG, PG }, { OP_ADD, PG, PG, MEDIA } },
		.want = { { PG, PG, MEDIA } },
	}, {
		.name = "old machine check, new failure of the page",
		.ops = { { OP_ADD, PG + 3, 1, MCHECK }, { OP_AGE },
			 { OP_PAGE, PG, PG }, { OP_AGE }, { OP_SETTLE } },
		.want = { { PG + 3, 1, MCHECK }, { PG, PG, MCHECK } },
	}, {
		.name = "two machine checks in one page",
		.ops = { { OP_PAGE, PG, PG }, { OP_ADD, PG + 3, 1, MCHECK },
			 { OP_PAGE, PG, PG }, { OP_ADD, PG + 9, 1, MCHECK },
			 { OP_AGE }, { OP_SETTLE } },
		.want = { { PG + 3, 1, MCHECK }, { PG + 9, 1, MCHECK } },
	}, {
		.name = "machine check where the media was known, then its page",
		.ops = { { OP_ADD, PG + 3, 1, MEDIA }, { OP_AGE },
			 { OP_ADD, PG + 3, 1, MCHECK }, { OP_PAGE, PG, PG },
			 { OP_AGE }, { OP_SETTLE } },
		.want = { { PG + 3, 1, MEDIA } },
	}, {
		.name = "page of a page that is known",
		.ops = { { OP_ADD, 0, 4 * PG, MEDIA }, { OP_PAGE, PG, PG } },
		.want = { { 0, 4 * PG, MEDIA } },
	}, {
		.name = "finer report after the page became final",
		.ops = { { OP_PAGE, PG, PG }, { OP_AGE }, { OP_SETTLE },
			 { OP_ADD, PG + 3, 1, MCHECK } },
		.want = { { PG, PG, MCHECK } },
	}, {
		.name = "page written while it waits",
		.ops = { { OP_PAGE, PG, PG }, { OP_FORGET, PG, PG },
			 { OP_AGE }, { OP_SETTLE } },
	}, {
		.name = "sector of a page written while it waits",
		.ops = { { OP_PAGE, PG, PG }, { OP_FORGET, PG, SECTOR },
			 { OP_AGE }, { OP_SETTLE } },
		.want = { { PG + SECTOR, PG - SECTOR, MCHECK } },
	}, {
		.name = "simulated page",
		.ops = { { OP_SIMULATED, PG, PG } },
		.want = { { PG, PG, MCHECK, BADRANGE_SIMULATED } },
	}, {
		.name = "simulated page of a page that is known",
		.ops = { { OP_ADD, 0, 4 * PG, MEDIA }, { OP_SIMULATED, PG, PG } },
		.want = { { 0, 4 * PG, MEDIA } },
	}, {
		.name = "simulated page twice",
		.ops = { { OP_SIMULATED, PG, PG }, { OP_SIMULATED, PG, PG } },
		.want = { { PG, PG, MCHECK, BADRANGE_SIMULATED } },
	}, {
		.name = "simulated page, then a sector of it fails",
		.ops = { { OP_SIMULATED, PG, PG }, { OP_ADD, PG, SECTOR, MEDIA } },
		.want = { { PG, PG, MCHECK, BADRANGE_SIMULATED },
			  { PG, SECTOR, MEDIA } },
	}, {
		.name = "simulated page, then all of it fails",
		.ops = { { OP_SIMULATED, PG, PG }, { OP_ADD, PG, PG, MEDIA } },
		.want = { { PG, PG, MEDIA } },
	}, {
		.name = "simulated page, then the page fails",
		.ops = { { OP_SIMULATED, PG, PG }, { OP_PAGE, PG, PG } },
		.want = { { PG, PG, MCHECK, BADRANGE_SIMULATED },
			  { PG, PG, MCHECK, BADRANGE_TENTATIVE } },
	}, {
		.name = "simulated page written in part",
		.ops = { { OP_SIMULATED, PG, PG }, { OP_WRITTEN, PG, SECTOR } },
		.want = { { PG + SECTOR, PG - SECTOR, MCHECK,
			    BADRANGE_SIMULATED } },
	}, {
		.name = "a write forgets only simulated pages",
		.ops = { { OP_ADD, PG, 1, MEDIA }, { OP_SIMULATED, PG, PG },
			 { OP_WRITTEN, PG, PG } },
		.want = { { PG, 1, MEDIA } },
	}, {
		.name = "no memory once",
		.ops = { { OP_LOST, 8, 8, MCHECK } },
		.want = { { 8, 8, MCHECK } },
	}, {
		.name = "no memory twice",
		.ops = { { OP_LOST, 8, 8, MCHECK }, { OP_LOST, 99, 1, MEDIA } },
		.want = { { 8, 92, MCHECK, BADRANGE_PARTIAL } },
	}, {
		.name = "within what there was no memory for",
		.ops = { { OP_LOST, 8, 8, MCHECK }, { OP_LOST, 99, 1, MEDIA },
			 { OP_ADD, 40, 1, MEDIA } },
		.want = { { 8, 92, MCHECK, BADRANGE_PARTIAL },
			  { 40, 1, MEDIA } },
	}, {
		.name = "no memory, cleared, no memory again",
		.ops = { { OP_LOST, 8, 8, MCHECK }, { OP_FORGET, 0, 99 },
			 { OP_LOST, 64, 1, MEDIA } },
		.want = { { 64, 1, MEDIA } },
	}, {
		.name = "no memory, middle cleared",
		.ops = { { OP_LOST, 8, 8, MCHECK }, { OP_FORGET, 10, 2 } },
		.want = { { 8, 2, MCHECK }, { 12, 4, MCHECK } },
	}, {
		.name = "empty",
		.ops = { { OP_ADD, 8, 0, MEDIA }, { OP_FORGET, 0, 0 } },
	}, {
		.name = "beyond the end of the address space",
		.ops = { { OP_ADD, U64_MAX / LINE, 8, MEDIA },
			 { OP_FORGET, 1, U64_MAX / LINE } },
	},
};

static void list_case_desc(const struct list_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(list, list_cases, list_case_desc);

static int badrange_test_init(struct kunit *test)
{
	struct badrange *badrange;

	badrange = kunit_kzalloc(test, sizeof(*badrange), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, badrange);
	badrange_init(badrange);
	test->priv = badrange;
	return 0;
}

static void badrange_test_exit(struct kunit *test)
{
	struct badrange *badrange = test->priv;

	badrange_forget(badrange, 0, U64_MAX);
	KUNIT_EXPECT_TRUE(test, list_empty(&badrange->list));
	KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&badrange->tree.rb_root));
	KUNIT_EXPECT_EQ(test, badrange->nr_tentative, 0);
	KUNIT_EXPECT_EQ(test, badrange->nr_simulated, 0);
}

static void badrange_age(struct badrange *badrange)
{
	struct badrange_entry *bre;

	spin_lock(&badrange->lock);
	list_for_each_entry(bre, &badrange->list, list)
		if (bre->stamp)
			bre->stamp -= BADRANGE_SETTLE + 1;
	spin_unlock(&badrange->lock);
}

static unsigned long badrange_settle(struct badrange *badrange)
{
	guard(spinlock)(&badrange->lock);
	return badrange_settle_pages(badrange);
}

static void badrange_run(struct kunit *test, const struct op *op)
{
	struct badrange *badrange = test->priv;

	switch (op->type) {
	case OP_ADD:
		badrange_add_cause(badrange, op->addr * LINE, op->length * LINE,
				   op->cause, GFP_KERNEL);
		break;
	case OP_PAGE:
		badrange_add_page(badrange, op->addr * LINE, op->length * LINE);
		break;
	case OP_SIMULATED:
		badrange_enter(badrange, op->addr * LINE, op->length * LINE,
			       MCHECK, BADRANGE_SIMULATED, GFP_KERNEL);
		break;
	case OP_LOST:
		spin_lock(&badrange->lock);
		badrange_add_overflow(badrange, op->addr * LINE,
				      op->length * LINE, op->cause);
		spin_unlock(&badrange->lock);
		break;
	case OP_FORGET:
		badrange_forget(badrange, op->addr * LINE, op->length * LINE);
		break;
	case OP_WRITTEN:
		badrange_forget_simulated(badrange, op->addr * LINE,
					  op->length * LINE);
		break;
	case OP_AGE:
		badrange_age(badrange);
		break;
	case OP_SETTLE:
		badrange_settle(badrange);
		break;
	case OP_END:
		break;
	}
}

static void test_list(struct kunit *test)
{
	const struct list_case *c = test->param_value;
	struct badrange *badrange = test->priv;
	struct badrange_entry *bre;
	size_t i;

	for (i = 0; i < OPS_MAX; i++)
		badrange_run(test, &c->ops[i]);

	i = 0;
	list_for_each_entry(bre, &badrange->list, list) {
		KUNIT_ASSERT_LT(test, i, ENTRIES_MAX);
		KUNIT_EXPECT_EQ(test, bre->start, c->want[i].addr * LINE);
		KUNIT_EXPECT_EQ(test, bre->length, c->want[i].length * LINE);
		KUNIT_EXPECT_EQ(test, (int)bre->cause, c->want[i].cause);
		KUNIT_EXPECT_EQ(test, bre->flags, c->want[i].flags);
		i++;
	}
	if (i < ENTRIES_MAX)
		KUNIT_EXPECT_EQ(test, c->want[i].length, 0);
}

/* a page that waits says when to look again, one that does not says nothing */
static void test_settle_delay(struct kunit *test)
{
	struct badrange *badrange = test->priv;
	unsigned long delay;

	KUNIT_EXPECT_EQ(test, badrange_settle(badrange), 0);

	badrange_add_page(badrange, 0, SZ_4K);
	delay = badrange_settle(badrange);
	KUNIT_EXPECT_GT(test, delay, 0);
	KUNIT_EXPECT_LE(test, delay, BADRANGE_SETTLE);

	badrange_age(badrange);
	KUNIT_EXPECT_EQ(test, badrange_settle(badrange), 0);
}

/* badblocks refuses what may be bad, and not what is so in simulation only */
static void test_badblocks(struct kunit *test)
{
	const struct range disk = { .start = SZ_1M, .end = SZ_2M - 1 };
	struct badrange *badrange = test->priv;
	sector_t first, nr;
	struct badblocks bb;

	KUNIT_ASSERT_EQ(test, badblocks_init(&bb, 1), 0);
	KUNIT_ASSERT_EQ(test, badrange_add(badrange, SZ_1M + 700, 1), 0);
	badrange_add_page(badrange, SZ_1M + SZ_4K, SZ_4K);
	badrange_enter(badrange, SZ_1M + SZ_16K, SZ_4K, MCHECK,
		       BADRANGE_SIMULATED, GFP_KERNEL);

	badrange_to_badblocks(badrange, &bb, &disk);
	KUNIT_EXPECT_NE(test, badblocks_check(&bb, 0, 8, &first, &nr), 0);
	KUNIT_EXPECT_EQ(test, first, 1);
	KUNIT_EXPECT_EQ(test, nr, 1);
	KUNIT_EXPECT_NE(test, badblocks_check(&bb, 8, 2040, &first, &nr), 0);
	KUNIT_EXPECT_EQ(test, first, 8);
	KUNIT_EXPECT_EQ(test, nr, 8);
	KUNIT_EXPECT_EQ(test, badblocks_check(&bb, 16, 2032, &first, &nr), 0);

	badblocks_exit(&bb);
}

/* more than badblocks holds: the list has them all */
static void test_many(struct kunit *test)
{
	struct badrange *badrange = test->priv;
	struct badrange_entry *bre;
	u64 i, nr = 0;

	for (i = 0; i < 1200; i++)
		KUNIT_ASSERT_EQ(test, badrange_add(badrange, i * SZ_4K, LINE),
				0);
	for (i = 0; i < 1200; i++)
		KUNIT_ASSERT_EQ(test, badrange_add(badrange, i * SZ_4K, LINE),
				0);
	list_for_each_entry(bre, &badrange->list, list)
		nr++;
	KUNIT_EXPECT_EQ(test, nr, 1200);
}

static struct kunit_case badrange_cases[] = {
	KUNIT_CASE_PARAM(test_list, list_gen_params),
	KUNIT_CASE(test_settle_delay),
	KUNIT_CASE(test_badblocks),
	KUNIT_CASE(test_many),
	{ }
};

static struct kunit_suite badrange_suite = {
	.name		= "nvdimm_badrange",
	.init		= badrange_test_init,
	.exit		= badrange_test_exit,
	.test_cases	= badrange_cases,
};

kunit_test_suite(badrange_suite);

MODULE_DESCRIPTION("KUnit tests for the list of bad ranges");
MODULE_LICENSE("GPL");
