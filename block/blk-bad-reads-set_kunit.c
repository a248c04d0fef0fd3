// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sets of sectors that could not be read.
 */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/prandom.h>
#include "blk-bad-reads.h"

#define SET_SECTORS	256

/*
 * Beside a map of the sectors: all that is bad is in the set, and what is not coarse is
 * bad. With room for all of it nothing is coarse.
 */
static void check_set(struct kunit *test, const struct bad_reads_set *set,
		      const unsigned long *map)
{
	sector_t end = 0, sector;
	unsigned int i, bit;

	KUNIT_ASSERT_LE(test, set->nr, set->max);
	for (i = 0; i < set->nr; i++) {
		const struct bad_reads_range *at = &set->ranges[i];

		KUNIT_ASSERT_LT(test, at->start, at->end);
		KUNIT_ASSERT_GE(test, at->start, end);
		end = at->end;
		KUNIT_ASSERT_TRUE(test, !at->coarse || set->max < SET_SECTORS);
		for (sector = at->start; !at->coarse && sector < end; sector++)
			KUNIT_ASSERT_TRUE(test, test_bit(sector, map));
	}
	for_each_set_bit(bit, map, SET_SECTORS)
		KUNIT_ASSERT_TRUE(test, bad_reads_set_covers(set, bit, bit + 1));
}

static const unsigned int set_max[] = { 1, 2, 5, SET_SECTORS };

KUNIT_ARRAY_PARAM(set_max, set_max, NULL);

static void test_set(struct kunit *test)
{
	struct bad_reads_set set = { .max = *(const unsigned int *)test->param_value };
	DECLARE_BITMAP(map, SET_SECTORS) = {};
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, set.max);
	set.ranges = kunit_kcalloc(test, set.max + 1, sizeof(*set.ranges), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, set.ranges);
	for (i = 0; i < 2000; i++) {
		unsigned int start = prandom_u32_state(&rnd) % SET_SECTORS;
		unsigned int nr = 1 + prandom_u32_state(&rnd) % 8;

		nr = min(nr, SET_SECTORS - start);
		if (prandom_u32_state(&rnd) % 2) {
			bad_reads_set_add(&set, start, start + nr, false);
			bitmap_set(map, start, nr);
			KUNIT_ASSERT_TRUE(test, bad_reads_set_covers(&set, start,
								     start + nr));
			KUNIT_ASSERT_FALSE(test, bad_reads_set_add(&set, start,
								   start + nr, false));
		} else {
			bool any = find_next_bit(map, start + nr, start) < start + nr;
			bool cleared = bad_reads_set_clear(&set, start, start + nr);

			KUNIT_ASSERT_TRUE(test, cleared || !any);
			bitmap_clear(map, start, nr);
		}
		check_set(test, &set, map);
	}
	/* whatever it has become, it can be emptied from one end to the other */
	for (i = 0; i < SET_SECTORS; i++)
		bad_reads_set_clear(&set, i, i + 1);
	KUNIT_EXPECT_EQ(test, set.nr, 0U);
}

/* Very many sectors take no more room than a few, and none is forgotten. */
static void test_set_many(struct kunit *test)
{
	struct bad_reads_range ranges[16 + 1];
	struct bad_reads_set set = { .ranges = ranges, .max = 16 };
	sector_t i;

	for (i = 0; i < 100000; i++)
		bad_reads_set_add(&set, i, i + 1, false);
	KUNIT_EXPECT_EQ(test, set.nr, 1U);
	KUNIT_EXPECT_EQ(test, ranges[0].end, (sector_t)100000);
	KUNIT_EXPECT_FALSE(test, ranges[0].coarse);
	for (i = 0; i < 50000; i++)
		bad_reads_set_add(&set, 200000 + i * 3, 200000 + i * 3 + 1, false);
	KUNIT_EXPECT_EQ(test, set.nr, 16U);
	KUNIT_EXPECT_FALSE(test, ranges[0].coarse);
	KUNIT_EXPECT_EQ(test, ranges[15].end, (sector_t)200000 + 49999 * 3 + 1);
	for (i = 0; i < 50000; i++)
		if (!bad_reads_set_covers(&set, 200000 + i * 3, 200000 + i * 3 + 1))
			KUNIT_FAIL_AND_ABORT(test, "%llu is not in it", i);
}

static struct kunit_case fserror_bad_reads_set_cases[] = {
	KUNIT_CASE_PARAM(test_set, set_max_gen_params),
	KUNIT_CASE(test_set_many),
	{}
};

static struct kunit_suite fserror_bad_reads_set_suite = {
	.name		= "fserror-bad-reads-set",
	.test_cases	= fserror_bad_reads_set_cases,
};

kunit_test_suite(fserror_bad_reads_set_suite);
