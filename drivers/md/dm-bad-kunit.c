// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the translation of bad ranges: the arithmetic of the mappings,
 * what the helpers of targets add to a list, and the difference of two lists.
 */
#include <kunit/test.h>
#include <linux/blk-badrange.h>
#include <linux/device-mapper.h>
#include "dm-bad-math.h"
#include "dm-badrange.h"

#define MIB		(1024ULL * 1024)
#define NO_MAX		UINT_MAX
#define ORIGIN_DEV	MKDEV(259, 3)

struct linear_case {
	const char	*name;
	u64		start, size;	/* the mapping, on the lower device */
	u64		pos, len;	/* the range, on the lower device */
	bool		hit;
	u64		off, out_pos, out_len;
};

static const struct linear_case linear_cases[] = {
	/* name, start, size, pos, len, hit, off, out_pos, out_len */
	{ "all of it",		4096, 8192, 4096, 8192, true, 0, 4096, 8192 },
	{ "inside",		4096, 8192, 4608, 512, true, 512, 4608, 512 },
	{ "over the start",	4096, 8192, 3584, 1024, true, 0, 4096, 512 },
	{ "over the end",	4096, 8192, 12000, 1024, true, 7904, 12000, 288 },
	{ "around",		4096, 8192, 0, MIB, true, 0, 4096, 8192 },
	{ "first byte",		4096, 8192, 4096, 1, true, 0, 4096, 1 },
	{ "last byte",		4096, 8192, 12287, 1, true, 8191, 12287, 1 },
	{ "ends before",	4096, 8192, 3584, 512, false },
	{ "begins after",	4096, 8192, 12288, 512, false },
	{ "far before",		4096, 8192, 0, 512, false },
	{ "empty",		4096, 8192, 5000, 0, false },
	{ "empty mapping",	4096, 0, 4096, 512, false },
	{ "at zero",		0, 8192, 0, 512, true, 0, 0, 512 },
	{ "device is gone",	4096, 8192, 0, S64_MAX, true, 0, 4096, 8192 },
	{ "end of the world",	U64_MAX - 512, 512, 0, U64_MAX, true,
	  0, U64_MAX - 512, 512 },
};

KUNIT_ARRAY_PARAM_DESC(linear, linear_cases, name);

static void linear_test(struct kunit *test)
{
	const struct linear_case *c = test->param_value;
	struct dm_bad_piece piece = { };

	KUNIT_ASSERT_EQ(test, c->hit,
			dm_bad_linear_piece(c->start, c->size, c->pos, c->len,
					    &piece));
	KUNIT_EXPECT_EQ(test, c->off, piece.off);
	KUNIT_EXPECT_EQ(test, c->out_pos, piece.pos);
	KUNIT_EXPECT_EQ(test, c->out_len, piece.len);
}

struct stripe_case {
	const char		*name;
	struct dm_bad_stripe	stripe;
	u64			pos, len;
	unsigned int		nr;
	struct dm_bad_piece	pieces[4];
};

#define K(n)	((n) * 1024ULL)

static const struct stripe_case stripe_cases[] = {
	{
		/* chunk, stripes, index, start, width */
		"in the first chunk", { K(64), 2, 0, 0, MIB },
		512, 512,
		/* off, pos, len */
		1, { { 512, 512, 512 } },
	}, {
		"second stripe", { K(64), 2, 1, 0, MIB },
		512, 512,
		1, { { K(64) + 512, 512, 512 } },
	}, {
		"second chunk of the second stripe", { K(64), 2, 1, 0, MIB },
		K(64), 512,
		1, { { K(192), K(64), 512 } },
	}, {
		"crosses a chunk", { K(64), 2, 0, 0, MIB },
		K(64) - 512, 1024,
		2, { { K(64) - 512, K(64) - 512, 512 },
		     { K(128), K(64), 512 } },
	}, {
		"three stripes, three chunks", { K(64), 3, 2, 0, MIB },
		K(64) - 512, K(64) + 1024,
		3, { { K(192) - 512, K(64) - 512, 512 },
		     { K(320), K(64), K(64) },
		     { K(512), K(128), 512 } },
	}, {
		"starts behind an offset", { K(64), 2, 1, MIB, MIB },
		MIB - 512, 1024,
		1, { { K(64), MIB, 512 } },
	}, {
		"ends with the stripe", { K(64), 2, 1, MIB, MIB },
		2 * MIB - 512, MIB,
		1, { { 2 * MIB - 512, 2 * MIB - 512, 512 } },
	}, {
		"before the stripe", { K(64), 2, 0, MIB, MIB },
		0, MIB,
		0,
	}, {
		"behind the stripe", { K(64), 2, 0, MIB, MIB },
		2 * MIB, 512,
		0,
	}, {
		"chunk is no power of two", { K(12), 3, 1, 0, K(36) },
		K(12) - 512, 1024,
		2, { { K(24) - 512, K(12) - 512, 512 },
		     { K(48), K(12), 512 } },
	}, {
		"one sector per chunk", { 512, 2, 1, 0, MIB },
		512, 1024,
		2, { { 1536, 512, 512 }, { 2560, 1024, 512 } },
	}, {
		"one stripe", { K(64), 1, 0, 0, MIB },
		K(64) - 512, 1024,
		2, { { K(64) - 512, K(64) - 512, 512 },
		     { K(64), K(64), 512 } },
	}, {
		"less than a sector", { K(64), 2, 1, 0, MIB },
		K(64) - 3, 7,
		2, { { K(128) - 3, K(64) - 3, 3 }, { K(192), K(64), 4 } },
	}, {
		"device is gone", { K(64), 2, 1, K(64), K(128) },
		0, S64_MAX,
		2, { { K(64), K(64), K(64) }, { K(192), K(128), K(64) } },
	},
};

KUNIT_ARRAY_PARAM_DESC(stripe, stripe_cases, name);

static void stripe_test(struct kunit *test)
{
	const struct stripe_case *c = test->param_value;
	u64 pos = c->pos, end = c->pos + c->len;
	struct dm_bad_piece piece;
	unsigned int nr = 0;

	while (dm_bad_stripe_piece(&c->stripe, pos, end - pos, &piece)) {
		KUNIT_ASSERT_LT(test, nr, c->nr);
		KUNIT_EXPECT_EQ(test, c->pieces[nr].off, piece.off);
		KUNIT_EXPECT_EQ(test, c->pieces[nr].pos, piece.pos);
		KUNIT_EXPECT_EQ(test, c->pieces[nr].len, piece.len);
		pos = piece.pos + piece.len;
		nr++;
	}
	KUNIT_EXPECT_EQ(test, c->nr, nr);
}

/* sector by sector against the way that I/O goes, written down independently */
static void stripe_inverse_test(struct kunit *test)
{
	static const u32 chunks[] = { 1, 3, 8, 24, 128 };
	static const u32 stripes[] = { 1, 2, 3, 5, 8 };
	const u64 start = 40;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(chunks); i++) {
		for (j = 0; j < ARRAY_SIZE(stripes); j++) {
			u64 rows = 5, size = rows * chunks[i] * stripes[j];
			u64 sector;

			for (sector = 0; sector < size; sector++) {
				u64 chunk = sector / chunks[i];
				struct dm_bad_stripe s = {
					.chunk	 = chunks[i] * 512ULL,
					.stripes = stripes[j],
					.index	 = chunk % stripes[j],
					.start	 = start * 512,
					.width	 = rows * chunks[i] * 512,
				};
				u64 lower = start +
					chunk / stripes[j] * chunks[i] +
					sector % chunks[i];
				struct dm_bad_piece piece;

				bool hit;

				hit = dm_bad_stripe_piece(&s, lower * 512, 512,
							  &piece);
				KUNIT_ASSERT_TRUE(test, hit);
				KUNIT_ASSERT_EQ(test, sector * 512, piece.off);
				KUNIT_ASSERT_EQ(test, lower * 512, piece.pos);
				KUNIT_ASSERT_EQ(test, 512ULL, piece.len);
			}
		}
	}
}

struct range_spec {
	u64			pos, len;
	enum bdev_bad_cause	cause;
	u64			origin_pos;
	const char		*layer;
};

#define MEDIA	BDEV_BAD_MEDIA
#define MCE	BDEV_BAD_MACHINE_CHECK
#define REMOVED	BDEV_BAD_REMOVED
#define CLEARED	BDEV_BAD_CLEARED

static struct bdev_bad_range make_range(const struct range_spec *spec)
{
	return (struct bdev_bad_range) {
		.pos		= spec->pos,
		.len		= spec->len,
		.cause		= spec->cause,
		.origin_dev	= ORIGIN_DEV,
		.origin_pos	= spec->origin_pos,
		.origin_len	= spec->len,
		.layer		= spec->layer,
	};
}

static void expect_list(struct kunit *test, const struct bdev_bad_list *list,
			const struct range_spec *want, unsigned int nr)
{
	unsigned int i;

	KUNIT_ASSERT_EQ(test, nr, list->nr);
	for (i = 0; i < nr; i++) {
		const struct bdev_bad_range *got = &list->ranges[i];

		KUNIT_EXPECT_EQ(test, want[i].pos, got->pos);
		KUNIT_EXPECT_EQ(test, want[i].len, got->len);
		KUNIT_EXPECT_EQ(test, want[i].cause, got->cause);
		KUNIT_EXPECT_EQ(test, want[i].origin_pos, got->origin_pos);
		KUNIT_EXPECT_EQ(test, ORIGIN_DEV, got->origin_dev);
		KUNIT_EXPECT_STREQ(test, want[i].layer ?: "",
				   got->layer ?: "");
		if (!want[i].layer)
			KUNIT_EXPECT_EQ(test, want[i].len, got->origin_len);
	}
}

struct add_case {
	const char		*name;
	struct dm_bad_piece	pieces[3];	/* what the target adds */
	unsigned int		nr_pieces;
	unsigned int		max;
	int			r;		/* of the last one */
	unsigned int		nr;
	struct range_spec	want[2];
};

/* the target: 16 sectors from sector 100; the range: 4096 bytes at 8192 */
static const struct add_case add_cases[] = {
	{
		"one", { { 512, 8192, 512 } }, 1, NO_MAX, 0,
		1, { { 51712, 512, MEDIA, 70000 } },
	}, {
		"clipped to the range", { { 512, 7680, 1024 } }, 1, NO_MAX, 0,
		1, { { 52224, 512, MEDIA, 70000 } },
	}, {
		"clipped to the end of the range",
		{ { 512, 11776, 1024 } }, 1, NO_MAX, 0,
		1, { { 51712, 512, MEDIA, 73584 } },
	}, {
		"clipped to the target", { { 7680, 8192, 4096 } }, 1, NO_MAX, 0,
		1, { { 58880, 512, MEDIA, 70000 } },
	}, {
		"behind the target", { { 8192, 8192, 512 } }, 1, NO_MAX, 0,
		0,
	}, {
		"not in the range", { { 0, 4096, 4096 } }, 1, NO_MAX, 0,
		0,
	}, {
		"joined", { { 0, 8192, 512 }, { 512, 8704, 512 } }, 2, 1, 0,
		1, { { 51200, 1024, MEDIA, 70000 } },
	}, {
		"joined above only", { { 0, 8192, 512 }, { 512, 9216, 512 } },
		2, NO_MAX, 0,
		2, { { 51200, 512, MEDIA, 70000 },
		     { 51712, 512, MEDIA, 71024 } },
	}, {
		"joined below only", { { 0, 8192, 512 }, { 1024, 8704, 512 } },
		2, NO_MAX, 0,
		2, { { 51200, 512, MEDIA, 70000 },
		     { 52224, 512, MEDIA, 70512 } },
	}, {
		"too many", { { 0, 8192, 512 }, { 1024, 8704, 512 } },
		2, 1, -E2BIG,
		1, { { 51200, 512, MEDIA, 70000 } },
	},
};

KUNIT_ARRAY_PARAM_DESC(add, add_cases, name);

static void add_test(struct kunit *test)
{
	const struct add_case *c = test->param_value;
	struct range_spec spec = { 8192, 4096, MEDIA, 70000 };
	struct bdev_bad_range range = make_range(&spec);
	struct dm_target ti = { .begin = 100, .len = 16 };
	struct bdev_bad_list list = { };
	struct dm_bad_map map = {
		.pos	= range.pos,
		.len	= range.len,
		.range	= &range,
		.list	= &list,
		.max	= c->max,
	};
	unsigned int i;
	int r = 0;

	for (i = 0; i < c->nr_pieces; i++)
		r = dm_bad_map_add(&ti, &map, c->pieces[i].off,
				   c->pieces[i].pos, c->pieces[i].len);
	KUNIT_EXPECT_EQ(test, c->r, r);
	KUNIT_EXPECT_EQ(test, c->nr > 0, map.found);
	expect_list(test, &list, c->want, c->nr);
	for (i = 0; i < list.nr; i++)
		KUNIT_EXPECT_EQ(test, 1U, list.ranges[i].hops);
	bdev_bad_list_free(&list);
}

/* a range without a place is only looked for */
static void add_layer_test(struct kunit *test)
{
	struct range_spec spec = { 0, MIB, MEDIA, 70000, "btt" };
	struct bdev_bad_range range = make_range(&spec);
	struct dm_target ti = { .begin = 100, .len = 16 };
	struct bdev_bad_list list = { };
	struct dm_bad_map map = {
		.pos	= range.pos,
		.len	= range.len,
		.range	= &range,
		.list	= &list,
	};

	KUNIT_EXPECT_EQ(test, 0, dm_bad_map_add(&ti, &map, 0, 4096, 8192));
	KUNIT_EXPECT_TRUE(test, map.found);
	KUNIT_EXPECT_EQ(test, 0U, list.nr);
	bdev_bad_list_free(&list);
}

struct diff_case {
	const char		*name;
	unsigned int		nr_before, nr_after, nr_edges;
	struct range_spec	before[3], after[3], edges[4];
};

static const struct diff_case diff_cases[] = {
	{
		"nothing", 0, 0, 0,
	}, {
		"the same", 1, 1, 0,
		{ { 512, 512, MEDIA, 9000 } },
		{ { 512, 512, MEDIA, 9000 } },
	}, {
		"went bad", 0, 1, 1,
		{ },
		{ { 512, 512, MEDIA, 9000 } },
		{ { 512, 512, MEDIA, 9000 } },
	}, {
		"became good", 1, 0, 1,
		{ { 512, 512, MEDIA, 9000 } },
		{ },
		{ { 512, 512, CLEARED, 9000 } },
	}, {
		"moved", 1, 1, 2,
		{ { 512, 512, MEDIA, 9000 } },
		{ { 4096, 512, MEDIA, 9000 } },
		{ { 512, 512, CLEARED, 9000 }, { 4096, 512, MEDIA, 9000 } },
	}, {
		"grew at both ends", 1, 1, 2,
		{ { 1024, 512, MEDIA, 9512 } },
		{ { 512, 1536, MEDIA, 9000 } },
		{ { 512, 512, MEDIA, 9000 }, { 1536, 512, MEDIA, 10024 } },
	}, {
		"shrank at both ends", 1, 1, 2,
		{ { 512, 1536, MEDIA, 9000 } },
		{ { 1024, 512, MEDIA, 9512 } },
		{ { 512, 512, CLEARED, 9000 }, { 1536, 512, CLEARED, 10024 } },
	}, {
		"a hole was filled", 2, 1, 1,
		{ { 1536, 512, MEDIA, 0 }, { 512, 512, MEDIA, 0 } },
		{ { 512, 1536, MEDIA, 9000 } },
		{ { 1024, 512, MEDIA, 9512 } },
	}, {
		"overlap before", 2, 1, 0,
		{ { 512, 1024, MEDIA, 0 }, { 1024, 1024, MEDIA, 0 } },
		{ { 512, 1536, MEDIA, 9000 } },
	}, {
		"joined before", 2, 1, 0,
		{ { 512, 512, MEDIA, 0 }, { 1024, 512, MEDIA, 0 } },
		{ { 512, 1024, MEDIA, 9000 } },
	}, {
		"device goes, media was bad", 1, 1, 1,
		{ { 512, 512, MEDIA, 9000 } },
		{ { 0, 4096, REMOVED, 0 } },
		{ { 0, 4096, REMOVED, 0 } },
	}, {
		"device comes back, media is bad", 1, 1, 3,
		{ { 0, 4096, REMOVED, 0 } },
		{ { 512, 512, MEDIA, 9000 } },
		{ { 0, 512, CLEARED, 0 }, { 1024, 3072, CLEARED, 1024 },
		  { 512, 512, MEDIA, 9000 } },
	}, {
		"machine check on top", 1, 2, 1,
		{ { 512, 512, MEDIA, 9000 } },
		{ { 512, 512, MEDIA, 9000 }, { 512, 512, MCE, 9000 } },
		{ { 512, 512, MCE, 9000 } },
	}, {
		"without a place, the same", 1, 1, 0,
		{ { 0, 4096, MEDIA, 9000, "raid" } },
		{ { 0, 4096, MEDIA, 9000, "raid" } },
	}, {
		"without a place, of another layer", 1, 1, 2,
		{ { 0, 4096, MEDIA, 9000, "raid" } },
		{ { 0, 4096, MEDIA, 9000, "thin" } },
		{ { 0, 4096, CLEARED, 9000, "raid" },
		  { 0, 4096, MEDIA, 9000, "thin" } },
	}, {
		"without a place hides nothing", 1, 2, 1,
		{ { 0, 4096, MEDIA, 9000, "raid" } },
		{ { 0, 4096, MEDIA, 9000, "raid" }, { 512, 512, MEDIA, 1 } },
		{ { 512, 512, MEDIA, 1 } },
	},
};

KUNIT_ARRAY_PARAM_DESC(diff, diff_cases, name);

static void fill_list(struct kunit *test, struct bdev_bad_list *list,
		      const struct range_spec *specs, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct bdev_bad_range range = make_range(&specs[i]);

		KUNIT_ASSERT_EQ(test, 0, bdev_bad_list_add(list, &range));
	}
}

static void diff_test(struct kunit *test)
{
	const struct diff_case *c = test->param_value;
	struct bdev_bad_list before = { }, after = { }, edges = { };

	fill_list(test, &before, c->before, c->nr_before);
	fill_list(test, &after, c->after, c->nr_after);
	KUNIT_EXPECT_EQ(test, 0, dm_bad_diff(&before, &after, &edges));
	expect_list(test, &edges, c->edges, c->nr_edges);
	bdev_bad_list_free(&edges);
	bdev_bad_list_free(&after);
	bdev_bad_list_free(&before);
}

static struct kunit_case dm_bad_cases[] = {
	KUNIT_CASE_PARAM(linear_test, linear_gen_params),
	KUNIT_CASE_PARAM(stripe_test, stripe_gen_params),
	KUNIT_CASE(stripe_inverse_test),
	KUNIT_CASE_PARAM(add_test, add_gen_params),
	KUNIT_CASE(add_layer_test),
	KUNIT_CASE_PARAM(diff_test, diff_gen_params),
	{ }
};

static struct kunit_suite dm_bad_suite = {
	.name		= "dm_badrange",
	.test_cases	= dm_bad_cases,
};

kunit_test_suite(dm_bad_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("KUnit tests of the translation of bad ranges");
MODULE_LICENSE("GPL");
