// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which part of a bad range damage-get still has to tell.
 */
#include <kunit/test.h>
#include <linux/blk-badrange.h>
#include "internal.h"

#define ORIGIN_POS	0x900000000ULL

struct skip_param {
	const char	*desc;
	u64		pos;
	u64		len;
	u64		to;
	bool		left;
	u64		left_pos;
	u64		left_len;
};

static const struct skip_param skip_params[] = {
	{ "nothing is skipped at 0",		0,	512,	0,	true,	0,	512 },
	{ "before the range",			1024,	512,	1023,	true,	1024,	512 },
	{ "at its first byte",			1024,	512,	1024,	true,	1024,	512 },
	{ "at its second byte",			1024,	512,	1025,	true,	1025,	511 },
	{ "in its middle",			1024,	512,	1280,	true,	1280,	256 },
	{ "at its last byte",			1024,	512,	1535,	true,	1535,	1 },
	{ "at its end",				1024,	512,	1536,	false },
	{ "beyond its end",			1024,	512,	2048,	false },
	{ "one byte, at it",			5,	1,	5,	true,	5,	1 },
	{ "one byte, behind it",		5,	1,	6,	false },
	{ "ends with the last byte there is",	U64_MAX - 512,	512,	U64_MAX - 1,
	  true,	U64_MAX - 1,	1 },
};

KUNIT_ARRAY_PARAM_DESC(skip, skip_params, desc);

static struct bdev_bad_range make_range(const struct skip_param *param,
					const char *layer)
{
	return (struct bdev_bad_range) {
		.pos		= param->pos,
		.len		= param->len,
		.cause		= BDEV_BAD_MEDIA,
		.origin_pos	= ORIGIN_POS,
		.origin_len	= param->len,
		.layer		= layer,
	};
}

static void test_skip(struct kunit *test)
{
	const struct skip_param *param = test->param_value;
	struct bdev_bad_range range = make_range(param, NULL);

	KUNIT_ASSERT_EQ(test, fserror_damage_skip_to(&range, param->to),
			param->left);
	if (!param->left)
		return;
	KUNIT_EXPECT_EQ(test, range.pos, param->left_pos);
	KUNIT_EXPECT_EQ(test, range.len, param->left_len);
	/* the origin is cut by as much */
	KUNIT_EXPECT_EQ(test, range.origin_pos,
			ORIGIN_POS + param->left_pos - param->pos);
	KUNIT_EXPECT_EQ(test, range.origin_len, param->left_len);
}

/* What a layer could not place has an origin that says nothing of where it is. */
static void test_skip_unplaced(struct kunit *test)
{
	const struct skip_param *param = test->param_value;
	struct bdev_bad_range range = make_range(param, "below");

	KUNIT_ASSERT_EQ(test, fserror_damage_skip_to(&range, param->to),
			param->left);
	KUNIT_EXPECT_EQ(test, range.origin_pos, ORIGIN_POS);
	KUNIT_EXPECT_EQ(test, range.origin_len, param->len);
}

/* Ranges that overlap are told once: each begins where the last one ended. */
static void test_overlap(struct kunit *test)
{
	static const struct skip_param params[] = {
		{ .pos = 0, .len = 1024 },
		/* overlaps the end of the first */
		{ .pos = 512, .len = 1024 },
		/* within what was told */
		{ .pos = 1024, .len = 256 },
		/* touches it */
		{ .pos = 1536, .len = 512 },
		/* after a hole */
		{ .pos = 4096, .len = 512 },
	};
	struct bdev_bad_range range;
	u64 pos = 0, told = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(params); i++) {
		range = make_range(&params[i], NULL);
		if (!fserror_damage_skip_to(&range, pos))
			continue;
		KUNIT_EXPECT_GE(test, range.pos, pos);
		told += range.len;
		pos = range.pos + range.len;
	}
	KUNIT_EXPECT_EQ(test, told, 2048ULL + 512);
	KUNIT_EXPECT_EQ(test, pos, 4608ULL);
}

static struct kunit_case fserror_damage_cases[] = {
	KUNIT_CASE_PARAM(test_skip, skip_gen_params),
	KUNIT_CASE_PARAM(test_skip_unplaced, skip_gen_params),
	KUNIT_CASE(test_overlap),
	{}
};

static struct kunit_suite fserror_damage_suite = {
	.name		= "fserror-damage",
	.test_cases	= fserror_damage_cases,
};

kunit_test_suite(fserror_damage_suite);
