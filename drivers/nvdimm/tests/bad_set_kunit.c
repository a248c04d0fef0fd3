// SPDX-License-Identifier: GPL-2.0-only
/* KUnit tests for the arithmetic of sets of bad sectors. */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include "../bad_set.h"

#define MEDIA	BDEV_BAD_MEDIA
#define MCHECK	BDEV_BAD_MACHINE_CHECK

struct phys_case {
	const char	*name;
	u64		addr;
	u64		length;
	bool		touches;
	u64		start;
	u64		end;
};

/* a disk of 16 sectors */
static const struct range phys_disk = { .start = 0x10000, .end = 0x11fff };

static const struct phys_case phys_cases[] = {
	{ "one cache line at the start", 0x10000, 64, true, 0, 1 },
	{ "one cache line at the end of a sector", 0x101c0, 64, true, 0, 1 },
	{ "two bytes in two sectors", 0x101ff, 2, true, 0, 2 },
	{ "a sector", 0x10200, 512, true, 1, 2 },
	{ "a sector and a byte", 0x10200, 513, true, 1, 3 },
	{ "a page", 0x11000, 4096, true, 8, 16 },
	{ "last byte", 0x11fff, 1, true, 15, 16 },
	{ "all of it", 0x10000, 0x2000, true, 0, 16 },
	{ "more than all of it", 0, 0x100000, true, 0, 16 },
	{ "cut at the head", 0xff00, 0x101, true, 0, 1 },
	{ "cut at the tail", 0x11f00, 0x1000, true, 15, 16 },
	{ "ends before it", 0xf000, 0x1000, false, 0, 0 },
	{ "begins behind it", 0x12000, 1, false, 0, 0 },
	{ "empty", 0x10000, 0, false, 0, 0 },
	{ "to the end of the address space", 0x11e00, U64_MAX, true, 15, 16 },
	{ "whole address space", 0, U64_MAX, true, 0, 16 },
	{ "wraps before it", U64_MAX, 0x20000, false, 0, 0 },
};

static void phys_case_desc(const struct phys_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(phys, phys_cases, phys_case_desc);

static void test_from_phys(struct kunit *test)
{
	const struct phys_case *c = test->param_value;
	struct bad_extent ext = { };
	bool touches;

	touches = bad_extent_from_phys(&ext, &phys_disk, c->addr, c->length,
				       MCHECK);
	KUNIT_ASSERT_EQ(test, touches, c->touches);
	if (!touches)
		return;
	KUNIT_EXPECT_EQ(test, ext.start, c->start);
	KUNIT_EXPECT_EQ(test, ext.end, c->end);
	KUNIT_EXPECT_EQ(test, ext.cause, MCHECK);
}

#define SET_MAX	6

/* extents up to the first that is empty */
struct set_case {
	const char		*name;
	struct bad_extent	a[SET_MAX];
	struct bad_extent	b[SET_MAX];
	struct bad_extent	want[SET_MAX];
};

static struct bad_set case_set(struct bad_extent *ext)
{
	struct bad_set set = { .ext = ext };

	while (set.nr < SET_MAX && ext[set.nr].end)
		set.nr++;
	return set;
}

static void expect_extent(struct kunit *test, const struct bad_extent *got,
			  const struct bad_extent *want)
{
	KUNIT_EXPECT_EQ(test, got->start, want->start);
	KUNIT_EXPECT_EQ(test, got->end, want->end);
	KUNIT_EXPECT_EQ(test, got->cause, want->cause);
}

static void set_case_desc(const struct set_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

static const struct set_case normalize_cases[] = {
	{ .name = "empty" },
	{
		.name = "one",
		.a = { { 3, 5, MEDIA } },
		.want = { { 3, 5, MEDIA } },
	}, {
		.name = "sorted",
		.a = { { 9, 10, MEDIA }, { 0, 1, MCHECK }, { 4, 6, MEDIA } },
		.want = { { 0, 1, MCHECK }, { 4, 6, MEDIA }, { 9, 10, MEDIA } },
	}, {
		.name = "neighbours of one cause join",
		.a = { { 4, 8, MEDIA }, { 0, 4, MEDIA } },
		.want = { { 0, 8, MEDIA } },
	}, {
		.name = "neighbours of two causes do not",
		.a = { { 4, 8, MEDIA }, { 0, 4, MCHECK } },
		.want = { { 0, 4, MCHECK }, { 4, 8, MEDIA } },
	}, {
		.name = "a gap of one sector stays",
		.a = { { 0, 4, MEDIA }, { 5, 8, MEDIA } },
		.want = { { 0, 4, MEDIA }, { 5, 8, MEDIA } },
	}, {
		.name = "duplicate",
		.a = { { 2, 3, MEDIA }, { 2, 3, MEDIA }, { 2, 3, MEDIA } },
		.want = { { 2, 3, MEDIA } },
	}, {
		.name = "duplicate of two causes",
		.a = { { 2, 3, MEDIA }, { 2, 3, MCHECK } },
		.want = { { 2, 3, MCHECK } },
	}, {
		.name = "overlap at the tail",
		.a = { { 0, 8, MEDIA }, { 4, 12, MEDIA } },
		.want = { { 0, 12, MEDIA } },
	}, {
		.name = "overlap at the tail, two causes",
		.a = { { 4, 12, MCHECK }, { 0, 8, MEDIA } },
		.want = { { 0, 8, MEDIA }, { 8, 12, MCHECK } },
	}, {
		.name = "in the middle, two causes",
		.a = { { 0, 8, MEDIA }, { 2, 3, MCHECK } },
		.want = { { 0, 8, MEDIA } },
	}, {
		.name = "superset that starts together, two causes",
		.a = { { 0, 8, MEDIA }, { 0, 2, MCHECK } },
		.want = { { 0, 2, MCHECK }, { 2, 8, MEDIA } },
	}, {
		.name = "one over many",
		.a = { { 1, 2, MEDIA }, { 3, 4, MCHECK }, { 5, 6, MEDIA },
		       { 0, 9, MEDIA } },
		.want = { { 0, 9, MEDIA } },
	}, {
		.name = "cut piece still covers what follows",
		.a = { { 0, 4, MEDIA }, { 2, 10, MCHECK }, { 3, 6, MEDIA } },
		.want = { { 0, 4, MEDIA }, { 4, 10, MCHECK } },
	},
};

KUNIT_ARRAY_PARAM(normalize, normalize_cases, set_case_desc);

static void test_normalize(struct kunit *test)
{
	struct set_case c = *(const struct set_case *)test->param_value;
	struct bad_set got = case_set(c.a), want = case_set(c.want);
	size_t i;

	bad_set_normalize(&got);
	KUNIT_ASSERT_EQ(test, got.nr, want.nr);
	for (i = 0; i < got.nr; i++)
		expect_extent(test, &got.ext[i], &want.ext[i]);
}

/* what of @a is not in @b */
static const struct set_case missing_cases[] = {
	{ .name = "nothing of nothing" },
	{
		.name = "nothing of something",
		.b = { { 0, 9, MEDIA } },
	}, {
		.name = "all",
		.a = { { 0, 1, MCHECK }, { 4, 6, MEDIA } },
		.want = { { 0, 1, MCHECK }, { 4, 6, MEDIA } },
	}, {
		.name = "equal",
		.a = { { 0, 1, MCHECK }, { 4, 6, MEDIA } },
		.b = { { 0, 1, MCHECK }, { 4, 6, MEDIA } },
	}, {
		.name = "equal but for the cause",
		.a = { { 4, 6, MCHECK } },
		.b = { { 4, 6, MEDIA } },
	}, {
		.name = "head missing",
		.a = { { 0, 8, MCHECK } },
		.b = { { 3, 8, MEDIA } },
		.want = { { 0, 3, MCHECK } },
	}, {
		.name = "tail missing",
		.a = { { 0, 8, MCHECK } },
		.b = { { 0, 7, MEDIA } },
		.want = { { 7, 8, MCHECK } },
	}, {
		.name = "middle missing",
		.a = { { 0, 8, MCHECK } },
		.b = { { 0, 3, MEDIA }, { 5, 8, MEDIA } },
		.want = { { 3, 5, MCHECK } },
	}, {
		.name = "ends missing",
		.a = { { 0, 8, MEDIA } },
		.b = { { 3, 5, MEDIA } },
		.want = { { 0, 3, MEDIA }, { 5, 8, MEDIA } },
	}, {
		.name = "superset",
		.a = { { 2, 3, MEDIA }, { 5, 6, MEDIA } },
		.b = { { 0, 8, MEDIA } },
	}, {
		.name = "adjacent",
		.a = { { 4, 8, MEDIA } },
		.b = { { 0, 4, MEDIA }, { 8, 12, MEDIA } },
		.want = { { 4, 8, MEDIA } },
	}, {
		.name = "one of the other over several and beyond",
		.a = { { 0, 2, MEDIA }, { 4, 6, MCHECK }, { 8, 10, MEDIA } },
		.b = { { 1, 9, MEDIA } },
		.want = { { 0, 1, MEDIA }, { 9, 10, MEDIA } },
	}, {
		.name = "neighbours of two causes",
		.a = { { 0, 4, MEDIA }, { 4, 8, MCHECK } },
		.b = { { 3, 5, MEDIA } },
		.want = { { 0, 3, MEDIA }, { 5, 8, MCHECK } },
	},
};

KUNIT_ARRAY_PARAM(missing, missing_cases, set_case_desc);

static void test_missing(struct kunit *test)
{
	struct set_case c = *(const struct set_case *)test->param_value;
	struct bad_set a = case_set(c.a), b = case_set(c.b);
	struct bad_set want = case_set(c.want);
	struct bad_cursor cursor = { };
	struct bad_extent ext;
	size_t i;

	for (i = 0; bad_set_next_missing(&a, &b, &cursor, &ext); i++) {
		KUNIT_ASSERT_LT(test, i, want.nr);
		expect_extent(test, &ext, &want.ext[i]);
	}
	KUNIT_EXPECT_EQ(test, i, want.nr);
	/* and it stays at the end */
	KUNIT_EXPECT_FALSE(test, bad_set_next_missing(&a, &b, &cursor, &ext));
}

/* many more than badblocks could hold, checked sector by sector */
#define MANY_EXTENTS	3000
#define MANY_SECTORS	20000

static u32 many_random(u32 *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static void many_fill(struct kunit *test, struct bad_set *set,
		      unsigned long *map, u32 seed)
{
	size_t i;

	set->ext = kunit_kcalloc(test, MANY_EXTENTS, sizeof(*set->ext),
				 GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, set->ext);
	set->nr = MANY_EXTENTS;
	for (i = 0; i < set->nr; i++) {
		u32 start = many_random(&seed) % (MANY_SECTORS - 16);
		u32 nr = 1 + many_random(&seed) % 9;

		set->ext[i] = (struct bad_extent) {
			.start	= start,
			.end	= start + nr,
			.cause	= many_random(&seed) & 1 ? MEDIA : MCHECK,
		};
		bitmap_set(map, start, nr);
	}
	bad_set_normalize(set);
}

static void test_many(struct kunit *test)
{
	unsigned long *in_a, *in_b, *want, *got;
	struct bad_cursor cursor = { };
	struct bad_extent ext;
	struct bad_set a, b;
	u64 end = 0;
	size_t i;

	in_a = kunit_kcalloc(test, 4 * BITS_TO_LONGS(MANY_SECTORS),
			     sizeof(long), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, in_a);
	in_b = in_a + BITS_TO_LONGS(MANY_SECTORS);
	want = in_b + BITS_TO_LONGS(MANY_SECTORS);
	got = want + BITS_TO_LONGS(MANY_SECTORS);

	many_fill(test, &a, in_a, 1);
	many_fill(test, &b, in_b, 2);
	KUNIT_EXPECT_GT(test, a.nr, 512);

	for (i = 0; i < a.nr; i++) {
		KUNIT_ASSERT_GE(test, a.ext[i].start, end);
		KUNIT_ASSERT_GT(test, a.ext[i].end, a.ext[i].start);
		end = a.ext[i].end;
		bitmap_set(got, a.ext[i].start,
			   a.ext[i].end - a.ext[i].start);
	}
	KUNIT_EXPECT_TRUE(test, bitmap_equal(got, in_a, MANY_SECTORS));

	bitmap_zero(got, MANY_SECTORS);
	bitmap_andnot(want, in_a, in_b, MANY_SECTORS);
	for (end = 0; bad_set_next_missing(&a, &b, &cursor, &ext);
	     end = ext.end) {
		KUNIT_ASSERT_GE(test, ext.start, end);
		KUNIT_ASSERT_GT(test, ext.end, ext.start);
		bitmap_set(got, ext.start, ext.end - ext.start);
	}
	KUNIT_EXPECT_TRUE(test, bitmap_equal(got, want, MANY_SECTORS));
}

static struct kunit_case bad_set_cases[] = {
	KUNIT_CASE_PARAM(test_from_phys, phys_gen_params),
	KUNIT_CASE_PARAM(test_normalize, normalize_gen_params),
	KUNIT_CASE_PARAM(test_missing, missing_gen_params),
	KUNIT_CASE(test_many),
	{ }
};

static struct kunit_suite bad_set_suite = {
	.name		= "nvdimm_bad_set",
	.test_cases	= bad_set_cases,
};

kunit_test_suite(bad_set_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("KUnit tests for sets of bad sectors");
MODULE_LICENSE("GPL");
