// SPDX-License-Identifier: GPL-2.0-only
/*
 * The arithmetic of bad ranges: windows and slots on their way up, lists on their way
 * down, and the budget of removals.
 */
#include <kunit/test.h>
#include <linux/array_size.h>
#include <linux/prandom.h>
#include "blk-badrange-priv.h"

#define ORIGIN	0x900000000ULL

struct clip_param {
	const char	*desc;
	/* the window */
	u64		pos;
	u64		len;
	/* the part that it is clipped to */
	u64		to_pos;
	u64		to_len;
	/* what is left, in the part; length 0 is nothing */
	u64		left_pos;
	u64		left_len;
};

static const struct clip_param clip_params[] = {
	{ "all of it",			1000,	10,	1000,	10,	0,	10 },
	{ "inside",			1000,	10,	900,	200,	100,	10 },
	{ "around the part",		1000,	100,	1040,	20,	0,	20 },
	{ "over the beginning",		1000,	100,	1050,	100,	0,	50 },
	{ "over the end",		1000,	100,	950,	100,	50,	50 },
	{ "last in the first byte",	1000,	10,	1009,	5,	0,	1 },
	{ "ends where it begins",	1000,	10,	1010,	5 },
	{ "first in the last byte",	1000,	10,	996,	5,	4,	1 },
	{ "begins where it ends",	1000,	10,	995,	5 },
	{ "an empty part",		1000,	10,	1005,	0 },
};

KUNIT_ARRAY_PARAM_DESC(clip, clip_params, desc);

static void test_clip(struct kunit *test)
{
	const struct clip_param *param = test->param_value;
	struct bdev_bad_window win = { .pos = param->pos, .len = param->len };

	KUNIT_ASSERT_EQ(test, bdev_bad_window_clip(&win, param->to_pos, param->to_len),
			param->left_len != 0);
	if (!param->left_len)
		return;
	KUNIT_EXPECT_EQ(test, win.pos, param->left_pos);
	KUNIT_EXPECT_EQ(test, win.len, param->left_len);
}

struct slot_param {
	const char		*desc;
	struct bdev_bad_window	in[6];
	struct bdev_bad_window	out[BDEV_BAD_SLOT_WINDOWS];
};

#define MEDIA	BDEV_WHY_MEDIA
#define WRITTEN	BDEV_WHY_WRITTEN

static const struct slot_param slot_params[] = {
	{ "one", { { 5, 1, MEDIA, 3 } }, { { 5, 1, MEDIA, 3 } } },
	{ "the same again", { { 5, 1, MEDIA }, { 5, 1, MEDIA } }, { { 5, 1, MEDIA } } },
	{ "the fewer hops", { { 5, 1, MEDIA, 7 }, { 5, 1, MEDIA, 2 } },
	  { { 5, 1, MEDIA, 2 } } },
	{ "overlap: all reasons", { { 0, 10, MEDIA }, { 9, 10, WRITTEN } },
	  { { 0, 19, MEDIA | WRITTEN } } },
	{ "touching for one reason", { { 0, 10, MEDIA }, { 10, 10, MEDIA } },
	  { { 0, 20, MEDIA } } },
	{ "touching for two reasons", { { 10, 10, WRITTEN }, { 0, 10, MEDIA } },
	  { { 0, 10, MEDIA }, { 10, 10, WRITTEN } } },
	{ "sorted", { { 30, 1, MEDIA }, { 10, 1, MEDIA }, { 20, 1, MEDIA } },
	  { { 10, 1, MEDIA }, { 20, 1, MEDIA }, { 30, 1, MEDIA } } },
	{ "over three", { { 10, 1, MEDIA }, { 20, 1, MEDIA }, { 30, 1, MEDIA },
			  { 5, 26, MEDIA } }, { { 5, 26, MEDIA } } },
	{ "the fifth joins the nearest",
	  { { 0, 1, MEDIA, 1 }, { 100, 1, MEDIA, 1 }, { 200, 1, MEDIA, 1 },
	    { 300, 1, MEDIA, 1 }, { 290, 1, WRITTEN } },
	  { { 0, 1, MEDIA, 1 }, { 100, 1, MEDIA, 1 }, { 200, 1, MEDIA, 1 },
	    { 290, 11, MEDIA | WRITTEN } } },
	{ "the fifth makes others join",
	  { { 0, 1, MEDIA }, { 100, 1, MEDIA }, { 104, 1, MEDIA }, { 300, 1, MEDIA },
	    { 400, 1, MEDIA } },
	  { { 0, 1, MEDIA }, { 100, 5, MEDIA }, { 300, 1, MEDIA }, { 400, 1, MEDIA } } },
};

KUNIT_ARRAY_PARAM_DESC(slot, slot_params, desc);

static void test_slot(struct kunit *test)
{
	const struct slot_param *param = test->param_value;
	struct bdev_bad_slot slot = { };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(param->in) && param->in[i].len; i++)
		bdev_bad_slot_add(&slot, &param->in[i]);
	for (i = 0; i < ARRAY_SIZE(param->out) && param->out[i].len; i++) {
		KUNIT_EXPECT_EQ(test, slot.win[i].pos, param->out[i].pos);
		KUNIT_EXPECT_EQ(test, slot.win[i].len, param->out[i].len);
		KUNIT_EXPECT_EQ(test, slot.win[i].why, param->out[i].why);
		KUNIT_EXPECT_EQ(test, slot.win[i].hops, param->out[i].hops);
	}
	KUNIT_EXPECT_EQ(test, slot.nr, i);
}

struct add_param {
	const char	*desc;
	u64		grain;
	unsigned int	max;
	/* what the driver adds; length 0 ends */
	struct { u64 pos, len; u32 flags; } in[5];
	/* what is in the list for the window of 100 bytes from 100 on */
	struct { u64 pos, len; u32 flags; } out[5];
	u64		next;
};

#define LOST		0
#define UNKNOWN		BDEV_BAD_UNKNOWN
#define DEGRADED	BDEV_BAD_DEGRADED
#define PARTIAL		BDEV_BAD_PARTIAL

static const struct add_param add_params[] = {
	{ "nothing", 0, 4, { }, { }, 200 },
	{ "inside", 0, 4, { { 110, 5 } }, { { 110, 5 } }, 200 },
	{ "outside", 0, 4, { { 90, 10 }, { 200, 10 }, { U64_MAX, 5 } }, { }, 200 },
	{ "over both edges", 0, 4, { { 0, U64_MAX } }, { { 100, 100 } }, 200 },
	{ "to the end of all", 0, 4, { { 150, U64_MAX } }, { { 150, 50 } }, 200 },
	{ "unsorted", 0, 4, { { 130, 5 }, { 110, 5 }, { 120, 5 } },
	  { { 110, 5 }, { 120, 5 }, { 130, 5 } }, 200 },
	{ "touching", 0, 4, { { 120, 5 }, { 110, 5 }, { 115, 5 } },
	  { { 110, 15 } }, 200 },
	{ "overlapping", 0, 4, { { 110, 10 }, { 115, 10 }, { 112, 2 } },
	  { { 110, 15 } }, 200 },
	{ "touching, another kind", 0, 4, { { 110, 5 }, { 115, 5, UNKNOWN } },
	  { { 110, 5 }, { 115, 5, UNKNOWN } }, 200 },
	{ "lost within degraded", 0, 4, { { 110, 50, DEGRADED }, { 120, 5 } },
	  { { 110, 10, DEGRADED }, { 120, 5 }, { 125, 35, DEGRADED } }, 200 },
	{ "degraded over lost", 0, 4, { { 120, 5 }, { 110, 50, DEGRADED } },
	  { { 110, 10, DEGRADED }, { 120, 5 }, { 125, 35, DEGRADED } }, 200 },
	{ "unknown over degraded", 0, 4,
	  { { 110, 10, DEGRADED }, { 115, 10, UNKNOWN } },
	  { { 110, 5, DEGRADED }, { 115, 10, UNKNOWN } }, 200 },
	{ "one too many", 0, 2, { { 110, 5 }, { 120, 5 }, { 130, 5 } },
	  { { 110, 5 }, { 120, 5 } }, 130 },
	{ "the lowest stay", 0, 2, { { 130, 5 }, { 120, 5 }, { 110, 5 } },
	  { { 110, 5 }, { 120, 5 } }, 130 },
	{ "full, and one grows", 0, 2, { { 110, 5 }, { 120, 5 }, { 125, 5 } },
	  { { 110, 5 }, { 120, 10 } }, 200 },
	{ "split where there is no room", 0, 1, { { 110, 50, DEGRADED }, { 120, 5 } },
	  { { 110, 10, DEGRADED } }, 120 },
	{ "nearer than the grain", 8, 4, { { 110, 5 }, { 122, 5 }, { 140, 5 } },
	  { { 110, 17, PARTIAL }, { 140, 5 } }, 200 },
	{ "just as far as the grain", 8, 4, { { 110, 5 }, { 123, 5 } },
	  { { 110, 5 }, { 123, 5 } }, 200 },
	{ "touching, with a grain", 8, 4, { { 110, 5 }, { 115, 5 } },
	  { { 110, 10 } }, 200 },
	{ "coarse, and room for one", 8, 1, { { 110, 1 }, { 113, 1 }, { 150, 1 } },
	  { { 110, 4, PARTIAL } }, 150 },
	{ "coarse, lost beside degraded", 8, 4, { { 110, 5, DEGRADED }, { 116, 5 } },
	  { { 110, 11, PARTIAL } }, 200 },
};

KUNIT_ARRAY_PARAM_DESC(add, add_params, desc);

static struct bdev_bad_range test_range(u64 pos, u64 len, u32 flags)
{
	return (struct bdev_bad_range) {
		.pos		= pos,
		.len		= len,
		.cause		= BDEV_BAD_MEDIA,
		.flags		= flags,
		.origin_dev	= 1,
		.origin_pos	= ORIGIN + pos,
		.origin_len	= len,
	};
}

static void test_add(struct kunit *test)
{
	const struct add_param *param = test->param_value;
	struct bdev_bad_range ranges[5], range;
	struct bdev_bad_list list = {
		.ranges = ranges, .max = param->max, .grain = param->grain,
	};
	unsigned int i;

	bdev_bad_list_init(&list, 100, 100);
	for (i = 0; i < ARRAY_SIZE(param->in) && param->in[i].len; i++) {
		range = test_range(param->in[i].pos, param->in[i].len,
				   param->in[i].flags);
		bdev_bad_list_add(&list, &range);
	}
	KUNIT_ASSERT_EQ(test, bdev_bad_list_finish(&list), 0);
	KUNIT_EXPECT_EQ(test, list.next, param->next);

	for (i = 0; i < ARRAY_SIZE(param->out) && param->out[i].len; i++) {
		KUNIT_ASSERT_LT(test, i, list.nr);
		KUNIT_EXPECT_EQ(test, ranges[i].pos, param->out[i].pos);
		KUNIT_EXPECT_EQ(test, ranges[i].len, param->out[i].len);
		KUNIT_EXPECT_EQ(test, ranges[i].flags, param->out[i].flags);
		KUNIT_EXPECT_EQ(test, ranges[i].origin_dev, (dev_t)1);
		/* the range of the origin is cut and joined with it */
		KUNIT_EXPECT_EQ(test, ranges[i].origin_pos, ORIGIN + ranges[i].pos);
		KUNIT_EXPECT_EQ(test, ranges[i].origin_len, ranges[i].len);
	}
	KUNIT_EXPECT_EQ(test, list.nr, i);
}

/* A driver that goes up may stop when it is told that the list is full, not before. */
static void test_add_returns(struct kunit *test)
{
	struct bdev_bad_range ranges[2], range = test_range(0, 50, LOST);
	struct bdev_bad_list list = { .ranges = ranges, .max = 2 };

	bdev_bad_list_init(&list, 100, 100);
	KUNIT_EXPECT_TRUE(test, bdev_bad_list_add(&list, &range));
	range = test_range(150, 5, LOST);
	KUNIT_EXPECT_TRUE(test, bdev_bad_list_add(&list, &range));
	range = test_range(170, 5, LOST);
	KUNIT_EXPECT_TRUE(test, bdev_bad_list_add(&list, &range));
	range = test_range(171, 2, LOST);
	KUNIT_EXPECT_TRUE(test, bdev_bad_list_add(&list, &range));
	range = test_range(180, 2, LOST);
	KUNIT_EXPECT_FALSE(test, bdev_bad_list_add(&list, &range));
	range = test_range(160, 2, LOST);
	KUNIT_EXPECT_TRUE(test, bdev_bad_list_add(&list, &range));
	KUNIT_EXPECT_EQ(test, list.next, 170ULL);
}

/* What a driver may have done to the list behind our back. */
static void test_finish_hostile(struct kunit *test)
{
	static const struct {
		struct { u64 pos, len; } range[2];
		unsigned int nr;
		u64 next;
	} hostile[] = {
		{ { { 150, 5 }, { 110, 5 } }, 2, 200 },		/* unsorted */
		{ { { 110, 10 }, { 115, 10 } }, 2, 200 },	/* overlapping */
		{ { { 90, 20 } }, 1, 200 },			/* before the window */
		{ { { 190, 20 } }, 1, 200 },			/* behind it */
		{ { { 150, U64_MAX } }, 1, 200 },		/* overflowing */
		{ { { 150, 0 } }, 1, 200 },			/* empty */
		{ { { 110, 5 } }, 3, 200 },			/* too many */
		{ { }, 0, 100 },				/* no progress */
		{ { }, 0, 5 },					/* back */
	};
	struct bdev_bad_range ranges[2];
	struct bdev_bad_list list = { .ranges = ranges, .max = 2 };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(hostile); i++) {
		bdev_bad_list_init(&list, 100, 100);
		for (j = 0; j < 2; j++)
			ranges[j] = test_range(hostile[i].range[j].pos,
					       hostile[i].range[j].len, LOST);
		list.nr = hostile[i].nr;
		list.next = hostile[i].next;
		KUNIT_EXPECT_EQ_MSG(test, bdev_bad_list_finish(&list), -EIO,
				    "number %u", i);
	}

	/* further than the window; and less far than what it added */
	bdev_bad_list_init(&list, 100, 100);
	list.next = U64_MAX;
	KUNIT_EXPECT_EQ(test, bdev_bad_list_finish(&list), 0);
	KUNIT_EXPECT_EQ(test, list.next, 200ULL);
	ranges[0] = test_range(110, 50, LOST);
	ranges[1] = test_range(170, 5, LOST);
	list.nr = 2;
	list.next = 120;
	KUNIT_EXPECT_EQ(test, bdev_bad_list_finish(&list), 0);
	KUNIT_ASSERT_EQ(test, list.nr, 1U);
	KUNIT_EXPECT_EQ(test, ranges[0].len, 10ULL);
	KUNIT_EXPECT_EQ(test, ranges[0].origin_len, 10ULL);
}

#define MODEL_BYTES	64

static u32 strongest(u32 a, u32 b)
{
	static const u32 order[] = { LOST, UNKNOWN, DEGRADED };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(order); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return a;
}

/*
 * Whatever a driver has, in whatever order, and however little room there is: who goes
 * on at @next until the end of the window gets each byte once, with the strongest of
 * what is said of it.
 */
static void test_resume_model(struct kunit *test)
{
	static const u32 kinds[] = { LOST, UNKNOWN, DEGRADED };
	struct bdev_bad_range *in, *ranges;
	struct rnd_state rnd;
	unsigned int round;

	in = kunit_kcalloc(test, 8, sizeof(*in), GFP_KERNEL);
	ranges = kunit_kcalloc(test, 4, sizeof(*ranges), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, in);
	KUNIT_ASSERT_NOT_NULL(test, ranges);

	prandom_seed_state(&rnd, 3141592);
	for (round = 0; round < 5000; round++) {
		unsigned int nr = prandom_u32_state(&rnd) % 9;
		unsigned int max = 1 + prandom_u32_state(&rnd) % 4;
		u64 from = prandom_u32_state(&rnd) % MODEL_BYTES, pos, i, b;
		struct bdev_bad_list list = { .ranges = ranges, .max = max };
		u32 want[MODEL_BYTES], got[MODEL_BYTES];
		unsigned int asked = 0;

		memset(want, 0xff, sizeof(want));
		memset(got, 0xff, sizeof(got));
		for (i = 0; i < nr; i++) {
			in[i] = test_range(prandom_u32_state(&rnd) % MODEL_BYTES,
					   1 + prandom_u32_state(&rnd) % 9,
					   kinds[prandom_u32_state(&rnd) % 3]);
			for (b = in[i].pos; b < in[i].pos + in[i].len; b++)
				if (b >= from && b < MODEL_BYTES)
					want[b] = strongest(want[b], in[i].flags);
		}
		for (pos = from; pos < MODEL_BYTES; pos = list.next) {
			bdev_bad_list_init(&list, pos, MODEL_BYTES - pos);
			for (i = 0; i < nr; i++)
				bdev_bad_list_add(&list, &in[i]);
			KUNIT_ASSERT_EQ(test, bdev_bad_list_finish(&list), 0);
			KUNIT_ASSERT_GT(test, list.next, pos);
			KUNIT_ASSERT_LT(test, asked++, 100U);
			for (i = 0; i < list.nr; i++)
				for (b = ranges[i].pos; b < ranges[i].pos + ranges[i].len; b++)
					got[b] = ranges[i].flags;
		}
		KUNIT_ASSERT_MEMEQ(test, got, want, sizeof(want));
	}
}

static void test_unplaced(struct kunit *test)
{
	struct bdev_bad_range unplaced[3], range = test_range(5, 10, UNKNOWN);
	struct bdev_bad_list list = { .unplaced = unplaced, .max_unplaced = 3 };
	unsigned int i;

	strscpy(range.layer, "cache metadata");
	bdev_bad_list_init(&list, 100, 100);
	bdev_bad_list_add_unplaced(&list, &range);
	/* another place of the same device: the hull, and the stronger kind */
	range.flags = LOST;
	range.origin_pos = ORIGIN + 100;
	bdev_bad_list_add_unplaced(&list, &range);
	KUNIT_ASSERT_EQ(test, list.nr_unplaced, 1U);
	KUNIT_EXPECT_EQ(test, unplaced[0].flags, (u32)LOST);
	KUNIT_EXPECT_EQ(test, unplaced[0].origin_pos, ORIGIN + 5);
	KUNIT_EXPECT_EQ(test, unplaced[0].origin_len, 105ULL);

	for (i = 2; i < 6; i++) {
		range.origin_dev = i;
		bdev_bad_list_add_unplaced(&list, &range);
	}
	KUNIT_ASSERT_EQ(test, list.nr_unplaced, 3U);
	KUNIT_EXPECT_EQ(test, unplaced[1].origin_dev, (dev_t)2);
	/* stands for several */
	KUNIT_EXPECT_EQ(test, unplaced[2].origin_dev, (dev_t)0);
	KUNIT_EXPECT_STREQ(test, unplaced[2].layer, "cache metadata");

	/* nobody wants to know */
	list.max_unplaced = 0;
	bdev_bad_list_init(&list, 100, 100);
	bdev_bad_list_add_unplaced(&list, &range);
	KUNIT_EXPECT_EQ(test, list.nr_unplaced, 0U);
}

/* Jiffies wrap around shortly after boot. */
static void test_removal_budget(struct kunit *test)
{
	struct blk_removal_budget budget = { };
	unsigned long now = -5UL;

	KUNIT_EXPECT_EQ(test, blk_removal_left(&budget, now), 0UL);
	blk_removal_begin(&budget, now, 2 * HZ);
	/* only the time counts for which somebody waits */
	KUNIT_EXPECT_EQ(test, blk_removal_left(&budget, now + HZ), 2UL * HZ);
	KUNIT_EXPECT_EQ(test, blk_removal_wait_begin(&budget, now + HZ), 2UL * HZ);
	KUNIT_EXPECT_EQ(test, blk_removal_left(&budget, now + HZ + 5), 2UL * HZ - 5);
	/* another one, soon after: what is left; the time of both counts once */
	blk_removal_begin(&budget, now + HZ + 5, 2 * HZ);
	KUNIT_EXPECT_EQ(test, blk_removal_wait_begin(&budget, now + HZ + 5),
			2UL * HZ - 5);
	blk_removal_wait_end(&budget, now + HZ + 10);
	blk_removal_wait_end(&budget, now + HZ + 20);
	KUNIT_EXPECT_EQ(test, blk_removal_left(&budget, now + 5 * HZ), 2UL * HZ - 20);
	/* seconds later it has that, too */
	blk_removal_begin(&budget, now + 10 * HZ, 2 * HZ);
	KUNIT_EXPECT_EQ(test, blk_removal_wait_begin(&budget, now + 10 * HZ),
			2UL * HZ - 20);
	/* one begins later than that, while another waits: both end at once */
	blk_removal_begin(&budget, now + 10 * HZ + 1, 2 * HZ);
	KUNIT_EXPECT_EQ(test, blk_removal_wait_begin(&budget, now + 10 * HZ + 1),
			2UL * HZ - 21);
	blk_removal_wait_end(&budget, now + 15 * HZ);
	blk_removal_wait_end(&budget, now + 15 * HZ);
	KUNIT_EXPECT_EQ(test, blk_removal_left(&budget, now + 15 * HZ), 0UL);
	/* nobody waits any more, and it is later */
	blk_removal_begin(&budget, now + 16 * HZ, 2 * HZ);
	KUNIT_EXPECT_EQ(test, blk_removal_left(&budget, now + 16 * HZ), 2UL * HZ);
	/* what is left is for removals that have begun */
	KUNIT_EXPECT_EQ(test, blk_removal_wait_begin(&budget, now + 26 * HZ), 2UL * HZ);
	blk_removal_wait_end(&budget, now + 26 * HZ);
	KUNIT_EXPECT_EQ(test, blk_removal_wait_begin(&budget, now + 26 * HZ + 1), 0UL);
}

static struct kunit_case fserror_badrange_list_cases[] = {
	KUNIT_CASE_PARAM(test_clip, clip_gen_params),
	KUNIT_CASE_PARAM(test_slot, slot_gen_params),
	KUNIT_CASE_PARAM(test_add, add_gen_params),
	KUNIT_CASE(test_add_returns),
	KUNIT_CASE(test_finish_hostile),
	KUNIT_CASE(test_resume_model),
	KUNIT_CASE(test_unplaced),
	KUNIT_CASE(test_removal_budget),
	{}
};

static struct kunit_suite fserror_badrange_list_suite = {
	.name		= "fserror-badrange-list",
	.test_cases	= fserror_badrange_list_cases,
};

kunit_test_suite(fserror_badrange_list_suite);
