// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the translation of bad ranges: the arithmetic of the mappings, the
 * lowest windows, what the helpers of targets make of a question, and the few
 * windows that are kept on the way up.
 */
#include <kunit/test.h>
#include <linux/blk-badrange.h>
#include <linux/device-mapper.h>
#include "dm-bad-math.h"
#include "dm-badrange.h"

#define K(n)	((n) * 1024ULL)
#define MIB	K(1024)

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

struct block_case {
	const char	*name;
	u64		size, other, block;
	u64		pos, len;
	bool		hit;
	u64		off, out_pos, out_len;
};

static const struct block_case block_cases[] = {
	/* name, size, other, block, pos, len, hit, off, out_pos, out_len */
	{ "all of it",		K(64), 9, 2, K(128), K(64), true, K(576), K(128), K(64) },
	{ "a sector inside",	K(64), 9, 2, K(128) + 512, 512, true, K(576) + 512,
	  K(128) + 512, 512 },
	{ "its last sector",	K(64), 0, 2, K(192) - 512, K(64), true, K(64) - 512,
	  K(192) - 512, 512 },
	{ "around",		K(96), 1, 3, 0, S64_MAX, true, K(96), K(288), K(96) },
	{ "same block",		K(64), 5, 5, K(330), 1024, true, K(330), K(330), 1024 },
	{ "the one before",	K(64), 9, 2, K(64), K(64), false },
	{ "the one behind",	K(64), 9, 2, K(192), 512, false },
	{ "behind 4 GiB",	MIB, 3, 5000, 5000 * MIB + K(4), K(4), true,
	  3 * MIB + K(4), 5000 * MIB + K(4), K(4) },
};

KUNIT_ARRAY_PARAM_DESC(block, block_cases, name);

static void block_test(struct kunit *test)
{
	const struct block_case *c = test->param_value;
	struct dm_bad_piece piece = { };

	KUNIT_ASSERT_EQ(test, c->hit,
			dm_bad_block_piece(c->size, c->other, c->block, c->pos,
					   c->len, &piece));
	if (!c->hit)
		return;
	KUNIT_EXPECT_EQ(test, c->off, piece.off);
	KUNIT_EXPECT_EQ(test, c->out_pos, piece.pos);
	KUNIT_EXPECT_EQ(test, c->out_len, piece.len);
}

struct pieces_case {
	const char		*name;
	struct dm_bad_pieces	pieces;
	u64			pos, len;
	bool			in;
};

static const struct pieces_case pieces_cases[] = {
	{ "no pieces",			{ },			  0, 512, false },
	{ "in front of the first",	{ K(8), K(32), K(36) },	  K(8) - 512, 512, false },
	{ "into the first",		{ K(8), K(32), K(36) },	  K(8) - 512, 1024, false },
	{ "all of the first",		{ K(8), K(32), K(36) },	  K(8), K(32), true },
	{ "out of the first",		{ K(8), K(32), K(36) },	  K(8), K(32) + 512, false },
	{ "the last sector of a piece",	{ K(8), K(32), K(36) },	  K(44 + 32) - 512, 512, true },
	{ "between two",		{ K(8), K(32), K(36) },	  K(44 + 32), K(4), false },
	{ "over what is between",	{ K(8), K(32), K(36) },	  K(44 + 31), K(6), false },
	{ "to the end of all",		{ K(8), K(32), K(36) },	  K(44), U64_MAX, false },
	{ "behind 4 GiB",		{ MIB, 2 * MIB, 3 * MIB }, 15001 * MIB, 2 * MIB, true },
	{ "area 48 of a snapshot",	{ K(8), MIB, K(1028) },	  K(4 + 48 * 1028), K(4), false },
	{ "what is behind it",		{ K(8), MIB, K(1028) },	  K(8 + 48 * 1028), MIB, true },
};

KUNIT_ARRAY_PARAM_DESC(pieces, pieces_cases, name);

static void pieces_test(struct kunit *test)
{
	const struct pieces_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, c->in, dm_bad_in_pieces(&c->pieces, c->pos, c->len));
}

/* sector by sector against the way that I/O goes, written down independently */
static void stripe_test(struct kunit *test)
{
	static const u32 chunks[] = { 1, 3, 8, 24, 128 };
	static const u32 stripes[] = { 1, 2, 3, 5, 8 };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(chunks); i++) {
		for (j = 0; j < ARRAY_SIZE(stripes); j++) {
			u64 size = 5 * chunks[i] * stripes[j], sector;

			for (sector = 0; sector < size; sector++) {
				u64 chunk = sector / chunks[i];
				u64 left = chunks[i] - sector % chunks[i];
				u64 lower = chunk / stripes[j] * chunks[i] +
					sector % chunks[i];
				struct dm_bad_stripe s = {
					.chunk	 = chunks[i] * 512ULL,
					.stripes = stripes[j],
					.index	 = chunk % stripes[j],
				};

				KUNIT_ASSERT_EQ(test, sector * 512,
						dm_bad_stripe_up(&s, lower * 512));
				KUNIT_ASSERT_EQ(test, lower * 512,
						dm_bad_stripe_down(&s, sector * 512));
				KUNIT_ASSERT_EQ(test, left * 512,
						dm_bad_stripe_left(&s, lower * 512));
			}
		}
	}
}

struct down_case {
	const char	*name;
	u32		index;
	u64		off, want;
};

/* three stripes of 64 KiB chunks: the first byte of a stripe from an offset on */
static const struct down_case down_cases[] = {
	{ "begin",			0, 0, 0 },
	{ "inside of its chunk",	0, K(10), K(10) },
	{ "behind its chunk",		0, K(64), K(64) },
	{ "before its first chunk",	2, K(10), 0 },
	{ "first byte",			2, K(128), 0 },
	{ "last byte",			2, K(192) - 1, K(64) - 1 },
	{ "next row",			2, K(192), K(64) },
	{ "between two chunks",		1, K(130), K(64) },
	{ "second row, inside",		1, K(260), K(68) },
};

KUNIT_ARRAY_PARAM_DESC(down, down_cases, name);

static void down_test(struct kunit *test)
{
	const struct down_case *c = test->param_value;
	struct dm_bad_stripe s = {
		.chunk = K(64), .stripes = 3, .index = c->index,
	};

	KUNIT_EXPECT_EQ(test, c->want, dm_bad_stripe_down(&s, c->off));
	KUNIT_EXPECT_EQ(test, K(128), dm_bad_stripe_gap(&s));
}

static void round_test(struct kunit *test)
{
	u64 unit;

	/* 0 and 1 are no units */
	for (unit = 0; unit < 2; unit++) {
		KUNIT_EXPECT_EQ(test, 7ULL, dm_bad_align(7, unit));
		KUNIT_EXPECT_EQ(test, 7ULL, dm_bad_round_up(7, unit, MIB));
	}
	KUNIT_EXPECT_EQ(test, 4096ULL, dm_bad_align(8191, 4096));
	KUNIT_EXPECT_EQ(test, 8192ULL, dm_bad_align(8192, 4096));
	KUNIT_EXPECT_EQ(test, 4096ULL, dm_bad_round_up(1, 4096, MIB));
	KUNIT_EXPECT_EQ(test, 4096ULL, dm_bad_round_up(4096, 4096, MIB));
	KUNIT_EXPECT_EQ(test, 5000ULL, dm_bad_round_up(4097, 4096, 5000));
	KUNIT_EXPECT_EQ(test, U64_MAX, dm_bad_round_up(U64_MAX - 1, 4096, U64_MAX));
}

struct span {
	u64		pos, end;
	unsigned int	target;
	bool		partial;
	/* below it; the window that becomes of several is on the lowest one's */
	const struct bdev_bad_range *range;
	bool		guess;
};

static const struct bdev_bad_range lost = { .cause = BDEV_BAD_MEDIA };
static const struct bdev_bad_range gone = { .cause = BDEV_BAD_REMOVED };
static const struct bdev_bad_range unsaid = { .flags = BDEV_BAD_UNKNOWN };
static const struct bdev_bad_range degraded = { .flags = BDEV_BAD_DEGRADED };

struct set_case {
	const char	*name;
	u64		gap;
	unsigned int	budget;
	unsigned int	nr_add;
	struct span	add[6];
	u64		limit;
	unsigned int	nr;
	struct span	want[3];
};

/* room for three windows */
static const struct set_case set_cases[] = {
	{ "sorted", 0, 9, 3, { { 1, 2 }, { 5, 6 }, { 9, 10 } },
	  U64_MAX, 3, { { 1, 2 }, { 5, 6 }, { 9, 10 } } },
	{ "unsorted", 0, 9, 3, { { 9, 10 }, { 1, 2 }, { 5, 6 } },
	  U64_MAX, 3, { { 1, 2 }, { 5, 6 }, { 9, 10 } } },
	{ "a higher one does not fit", 0, 9, 4,
	  { { 1, 2 }, { 5, 6 }, { 9, 10 }, { 13, 14 } },
	  13, 3, { { 1, 2 }, { 5, 6 }, { 9, 10 } } },
	{ "a lower one pushes the highest out", 0, 9, 4,
	  { { 3, 4 }, { 5, 6 }, { 9, 10 }, { 1, 2 } },
	  9, 3, { { 1, 2 }, { 3, 4 }, { 5, 6 } } },
	{ "what was refused stays out when there is room", 0, 9, 6,
	  { { 1, 2 }, { 5, 6 }, { 9, 10 }, { 13, 14 }, { 2, 5 }, { 20, 30 } },
	  13, 2, { { 1, 6 }, { 9, 10 } } },
	{ "touching", 0, 9, 2, { { 1, 2 }, { 2, 3 } }, U64_MAX, 1, { { 1, 3 } } },
	{ "overlapping several", 0, 9, 4,
	  { { 1, 2 }, { 5, 6 }, { 9, 10 }, { 2, 9 } },
	  U64_MAX, 1, { { 1, 10 } } },
	{ "again", 0, 9, 2, { { 1, 9 }, { 3, 4 } }, U64_MAX, 1, { { 1, 9 } } },
	{ "touching, of two targets", 0, 9, 2, { { 1, 2, 0 }, { 2, 3, 1 } },
	  U64_MAX, 2, { { 1, 2, 0 }, { 2, 3, 1 } } },
	{ "nearer than the gap", 4, 9, 3, { { 1, 2 }, { 5, 6 }, { 20, 21 } },
	  U64_MAX, 2, { { 1, 6, 0, true }, { 20, 21 } } },
	{ "as far as the gap", 3, 9, 2, { { 1, 2 }, { 5, 6 } },
	  U64_MAX, 2, { { 1, 2 }, { 5, 6 } } },
	{ "nearer, from above", 4, 9, 2, { { 5, 6 }, { 1, 2 } },
	  U64_MAX, 1, { { 1, 6, 0, true } } },
	{ "any gap", U64_MAX, 9, 3, { { 9, 10 }, { 1, 2 }, { 5, 6 } },
	  U64_MAX, 1, { { 1, 10, 0, true } } },
	{ "no budget any more", 0, 2, 3, { { 1, 2 }, { 2, 3 }, { 3, 4 } },
	  3, 1, { { 1, 3 } } },
	{ "the limit cuts", 0, 9, 4,
	  { { 3, 4 }, { 5, 6 }, { 9, 10 }, { 0, 2 } },
	  9, 3, { { 0, 2 }, { 3, 4 }, { 5, 6 } } },
	{ "lost twice", 4, 9, 2, { { 1, 2, 0, false, &gone }, { 5, 6, 0, false, &lost } },
	  U64_MAX, 1, { { 1, 6, 0, true, &gone } } },
	{ "degraded twice", 4, 9, 2,
	  { { 1, 9, 0, true, &degraded }, { 5, 6, 0, false, &degraded } },
	  U64_MAX, 1, { { 1, 9, 0, true, &degraded } } },
	{ "degraded, and some of it lost", 4, 9, 2,
	  { { 1, 9, 0, true, &degraded }, { 5, 6, 0, false, &lost } },
	  U64_MAX, 1, { { 1, 9, 0, true, &degraded, true } } },
	{ "the same, from above", 4, 9, 2,
	  { { 5, 6, 0, false, &lost }, { 1, 9, 0, true, &degraded } },
	  U64_MAX, 1, { { 1, 9, 0, true, &degraded, true } } },
	{ "unknown, and some of it lost", 4, 9, 2,
	  { { 1, 9, 0, true, &unsaid }, { 5, 6, 0, false, &lost } },
	  U64_MAX, 1, { { 1, 9, 0, true, &unsaid, true } } },
	{ "degraded, and some of it unknown", 4, 9, 2,
	  { { 1, 9, 0, true, &degraded }, { 5, 6, 0, false, &unsaid } },
	  U64_MAX, 1, { { 1, 9, 0, true, &degraded, true } } },
	{ "once in doubt, always in doubt", 4, 9, 3,
	  { { 1, 9, 0, true, &degraded }, { 5, 6, 0, false, &lost },
	    { 10, 11, 0, false, &degraded } },
	  U64_MAX, 1, { { 1, 11, 0, true, &degraded, true } } },
	{ "lost behind the gap", 4, 9, 2,
	  { { 1, 9, 0, true, &degraded }, { 13, 14, 0, false, &lost } },
	  U64_MAX, 2, { { 1, 9, 0, true, &degraded }, { 13, 14, 0, false, &lost } } },
};

KUNIT_ARRAY_PARAM_DESC(set, set_cases, name);

static void set_test(struct kunit *test)
{
	const struct set_case *c = test->param_value;
	struct dm_bad_window windows[3];
	struct dm_bad_set set = {
		.windows = windows, .max = ARRAY_SIZE(windows),
		.budget = c->budget, .limit = U64_MAX,
	};
	unsigned int i;

	for (i = 0; i < c->nr_add; i++) {
		const struct span *add = &c->add[i];
		struct dm_bad_window like = {
			.target	 = add->target,
			.partial = add->partial,
			.range	 = add->range,
		};

		dm_bad_set_add(&set, add->pos, add->end, c->gap, &like);
	}
	dm_bad_set_cut(&set);
	KUNIT_EXPECT_EQ(test, c->limit, set.limit);
	KUNIT_ASSERT_EQ(test, c->nr, set.nr);
	for (i = 0; i < set.nr; i++) {
		KUNIT_EXPECT_EQ(test, c->want[i].pos, windows[i].pos);
		KUNIT_EXPECT_EQ(test, c->want[i].end, windows[i].end);
		KUNIT_EXPECT_EQ(test, c->want[i].target, windows[i].target);
		KUNIT_EXPECT_EQ(test, c->want[i].partial, windows[i].partial);
		KUNIT_EXPECT_PTR_EQ(test, c->want[i].range, windows[i].range);
		KUNIT_EXPECT_EQ(test, c->want[i].guess, windows[i].guess);
	}
}

struct map_case {
	const char	*name;
	u64		pos, len;	/* below */
	u64		unit;
	u64		off, end;	/* of interest in the target */
	u64		want_pos, want_end;
};

/* the target: 64 KiB from sector 100 on, at sector 8 of the device */
static const struct map_case map_cases[] = {
	{ "a sector", 4096, 512, 0, 0, K(64), 51200, 51712 },
	{ "all", 0, S64_MAX, 0, 0, K(64), 51200, 116736 },
	{ "before", 0, 4096, 0, 0, K(64) },
	{ "behind", 4096 + K(64), 512, 0, 0, K(64) },
	{ "block", 4096 + 4608, 512, 4096, 0, K(64), 55296, 59392 },
	{ "not of interest, before", 4096, 512, 0, 512, K(64) },
	{ "not of interest, behind", 8192, 512, 0, 0, 4096 },
	{ "clipped to what is of interest", 4096, K(64), 0, 512, 1024,
	  51712, 52224 },
};

KUNIT_ARRAY_PARAM_DESC(map, map_cases, name);

static void map_test(struct kunit *test)
{
	const struct map_case *c = test->param_value;
	struct dm_target ti = { .begin = 100, .len = 128 };
	struct block_device *bdev = (void *)test, *other = (void *)c;
	struct dm_bad_window window;
	struct dm_bad_set set = {
		.windows = &window, .max = 1, .budget = 1, .limit = U64_MAX,
	};
	struct dm_bad_windows w = {
		.bdev = bdev, .pos = c->pos, .len = c->len,
		.off = c->off, .end = c->end, .set = &set,
	};

	KUNIT_EXPECT_EQ(test, -ENODEV,
			dm_bad_windows_linear(&ti, &w, other, 8, c->unit));
	KUNIT_EXPECT_EQ(test, 0U, set.nr);
	KUNIT_EXPECT_EQ(test, 0,
			dm_bad_windows_linear(&ti, &w, bdev, 8, c->unit));
	KUNIT_ASSERT_EQ(test, c->want_end ? 1U : 0U, set.nr);
	if (!set.nr)
		return;
	KUNIT_EXPECT_EQ(test, c->want_pos, window.pos);
	KUNIT_EXPECT_EQ(test, c->want_end, window.end);
}

/* a block that is read as a whole is looked at as a whole, to the end of the target */
static void places_test(struct kunit *test)
{
	struct dm_target ti = { .begin = 100, .len = 127 };
	struct block_device *bdev = (void *)test;
	struct dm_bad_rule rule = { .own_unit = 4096 };
	struct dm_bad_row_buf *rows = kunit_kzalloc(test, sizeof(*rows),
						    GFP_KERNEL);
	struct dm_bad_places p = { .off = 4608, .len = 512, .rows = rows };

	KUNIT_ASSERT_NOT_NULL(test, rows);
	dm_bad_places_linear(&ti, &p, bdev, 8, &rule);
	p.off = K(62);
	dm_bad_places_linear(&ti, &p, bdev, 8, &rule);

	KUNIT_ASSERT_EQ(test, 2U, rows->nr);
	KUNIT_EXPECT_EQ(test, 4096ULL, rows->row[0].off);
	KUNIT_EXPECT_EQ(test, 4096ULL, rows->row[0].len);
	KUNIT_EXPECT_EQ(test, 8192ULL, rows->place[0].pos);
	KUNIT_EXPECT_EQ(test, K(60), rows->row[1].off);
	KUNIT_EXPECT_EQ(test, K(64) - 512 - K(60), rows->row[1].len);
	KUNIT_EXPECT_EQ(test, K(64), rows->place[1].pos);
	KUNIT_EXPECT_EQ(test, 1U, rows->row[1].first);
	KUNIT_EXPECT_PTR_EQ(test, bdev, rows->place[1].bdev);
}

static void rows_full_test(struct kunit *test)
{
	struct dm_bad_row_buf *rows = kunit_kzalloc(test, sizeof(*rows),
						    GFP_KERNEL);
	static struct dm_bad_place places[DM_BAD_MAX_PLACES / 2];
	struct dm_bad_places p = { .rows = rows };
	struct dm_bad_rule rule = { };
	unsigned int n = ARRAY_SIZE(places);

	KUNIT_ASSERT_NOT_NULL(test, rows);
	KUNIT_EXPECT_TRUE(test, dm_bad_places_add(NULL, &p, 0, 1, places, n, &rule));
	KUNIT_EXPECT_TRUE(test, dm_bad_places_add(NULL, &p, 1, 1, places, n, &rule));
	KUNIT_EXPECT_FALSE(test, dm_bad_places_add(NULL, &p, 2, 1, places, 1, &rule));
	KUNIT_EXPECT_EQ(test, 2U, rows->nr);
}

/* on the way up: the hull when there are too many, and the smallest count of hops */
static void merge_window_test(struct kunit *test)
{
	struct bdev_bad_window wins[DM_BAD_WINDOWS], win = { .len = 512 };
	unsigned int i, nr = 0;

	for (i = 0; i < DM_BAD_WINDOWS; i++) {
		win.pos = i * MIB;
		win.why = i ? BDEV_WHY_WRITTEN : BDEV_WHY_MEDIA;
		win.hops = 3 + i;
		dm_bad_merge_window(wins, &nr, &win);
	}
	KUNIT_EXPECT_EQ(test, DM_BAD_WINDOWS, nr);

	/* touches the first one */
	win.pos = 512;
	win.hops = 1;
	dm_bad_merge_window(wins, &nr, &win);
	KUNIT_EXPECT_EQ(test, DM_BAD_WINDOWS, nr);
	KUNIT_EXPECT_EQ(test, 0ULL, wins[0].pos);
	KUNIT_EXPECT_EQ(test, 1024ULL, wins[0].len);
	KUNIT_EXPECT_EQ(test, 1U, wins[0].hops);
	KUNIT_EXPECT_EQ(test, BDEV_WHY_MEDIA | BDEV_WHY_WRITTEN, wins[0].why);

	win.pos = 99 * MIB;
	win.why = BDEV_WHY_REMOVED;
	dm_bad_merge_window(wins, &nr, &win);
	KUNIT_EXPECT_EQ(test, 1U, nr);
	KUNIT_EXPECT_EQ(test, 0ULL, wins[0].pos);
	KUNIT_EXPECT_EQ(test, 99 * MIB + 512, wins[0].len);
	KUNIT_EXPECT_EQ(test, BDEV_WHY_MEDIA | BDEV_WHY_WRITTEN | BDEV_WHY_REMOVED,
			wins[0].why);
}

static struct kunit_case dm_bad_cases[] = {
	KUNIT_CASE_PARAM(linear_test, linear_gen_params),
	KUNIT_CASE_PARAM(block_test, block_gen_params),
	KUNIT_CASE_PARAM(pieces_test, pieces_gen_params),
	KUNIT_CASE(stripe_test),
	KUNIT_CASE_PARAM(down_test, down_gen_params),
	KUNIT_CASE(round_test),
	KUNIT_CASE_PARAM(set_test, set_gen_params),
	KUNIT_CASE_PARAM(map_test, map_gen_params),
	KUNIT_CASE(places_test),
	KUNIT_CASE(rows_full_test),
	KUNIT_CASE(merge_window_test),
	{ }
};

static struct kunit_suite dm_bad_suite = {
	.name		= "dm_badrange",
	.test_cases	= dm_bad_cases,
};

kunit_test_suite(dm_bad_suite);

MODULE_DESCRIPTION("KUnit tests of the translation of bad ranges");
MODULE_LICENSE("GPL");
