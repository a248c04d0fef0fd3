// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was told against what is answered: every way in which two ranges can lie to each
 * other, every pair of states, coarse ranges, and the pool.
 */
#include <kunit/test.h>
#include <linux/slab.h>
#include "internal.h"

#define ORIGIN		MKDEV(8, 0)
#define ORIGIN_AT	1000000ULL
#define PIECES		4

#define BAD		FSERROR_TOLD_BAD
#define UNKNOWN		FSERROR_TOLD_UNKNOWN
#define CONTENT		FSERROR_TOLD_CONTENT_UNKNOWN
#define DEGRADED	FSERROR_TOLD_DEGRADED
#define PARTIAL		FSERROR_TOLD_PARTIAL
#define NEW		FSERROR_TOLD_NEW
#define CHANGED		FSERROR_TOLD_CHANGED
#define CLEARED		FSERROR_TOLD_CLEARED
/* cleared, and what it holds is not known */
#define LOST		(FSERROR_TOLD_CLEARED + 1)
#define WRITTEN		BDEV_WHY_WRITTEN
#define MEDIA		BDEV_WHY_MEDIA
#define REMAPPED	BDEV_WHY_REMAPPED

struct told_piece {
	u64	pos;
	u64	len;
	int	what;
	u16	flags;
	u32	hash;
};

struct told_param {
	const char		*desc;
	struct told_piece	told[PIECES];
	unsigned int		why;
	u64			from;
	u64			to;
	struct told_piece	answer[PIECES];
	/* what is to be told, by enum fserror_told_change, and what is told then */
	struct told_piece	diff[PIECES];
	struct told_piece	next[PIECES];
};

static const struct told_param told_params[] = {
	{ "nothing, nothing", {}, MEDIA, 0, 100, {}, {}, {} },
	{ "new", {}, MEDIA, 0, 100, {{10, 5, BAD}}, {{10, 5, NEW}}, {{10, 5, BAD}} },
	{ "the same", {{10, 5, BAD}}, MEDIA, 0, 100, {{10, 5, BAD}}, {},
	  {{10, 5, BAD}} },
	{ "grows at its head", {{10, 5, BAD}}, MEDIA, 0, 100, {{8, 7, BAD}},
	  {{8, 2, NEW}}, {{8, 7, BAD}} },
	{ "grows at its tail", {{10, 5, BAD}}, MEDIA, 0, 100, {{10, 9, BAD}},
	  {{15, 4, NEW}}, {{10, 9, BAD}} },
	{ "grows at both ends", {{10, 5, BAD}}, MEDIA, 0, 100, {{8, 11, BAD}},
	  {{8, 2, NEW}, {15, 4, NEW}}, {{8, 11, BAD}} },
	{ "a gap fills", {{10, 5, BAD}, {20, 5, BAD}}, MEDIA, 0, 100,
	  {{10, 15, BAD}}, {{15, 5, NEW}}, {{10, 15, BAD}} },
	{ "head written", {{10, 9, BAD}}, WRITTEN, 0, 100, {{13, 6, BAD}},
	  {{10, 3, CLEARED}}, {{13, 6, BAD}} },
	{ "tail written", {{10, 9, BAD}}, WRITTEN, 0, 100, {{10, 6, BAD}},
	  {{16, 3, CLEARED}}, {{10, 6, BAD}} },
	{ "middle written", {{10, 9, BAD}}, WRITTEN, 0, 100,
	  {{10, 3, BAD}, {16, 3, BAD}}, {{13, 3, CLEARED}},
	  {{10, 3, BAD}, {16, 3, BAD}} },
	{ "all written", {{10, 9, BAD}}, WRITTEN, 0, 100, {}, {{10, 9, CLEARED}},
	  {} },
	{ "moves on", {{10, 5, BAD}}, WRITTEN, 0, 100, {{12, 5, BAD}},
	  {{10, 2, CLEARED}, {15, 2, NEW}}, {{12, 5, BAD}} },

	/* what lies outside of the window was not asked about */
	{ "window before", {{10, 5, BAD}}, WRITTEN, 0, 10, {}, {}, {{10, 5, BAD}} },
	{ "window behind", {{10, 5, BAD}}, WRITTEN, 15, 99, {}, {}, {{10, 5, BAD}} },
	{ "window cuts the head", {{10, 5, BAD}}, WRITTEN, 0, 12, {},
	  {{10, 2, CLEARED}}, {{12, 3, BAD}} },
	{ "window cuts the tail", {{10, 5, BAD}}, WRITTEN, 13, 99, {},
	  {{13, 2, CLEARED}}, {{10, 3, BAD}} },
	{ "window cuts the middle", {{10, 5, BAD}}, WRITTEN, 12, 13, {},
	  {{12, 1, CLEARED}}, {{10, 2, BAD}, {13, 2, BAD}} },
	{ "window inside, the same", {{10, 5, BAD}}, MEDIA, 12, 13, {{12, 1, BAD}},
	  {}, {{10, 5, BAD}} },
	{ "window between, and one again", {{10, 2, BAD}, {13, 2, BAD}}, MEDIA,
	  12, 13, {{12, 1, BAD}}, {{12, 1, NEW}}, {{10, 5, BAD}} },

	/* what it holds is known only if it was written, where it was all the time */
	{ "good without a reason", {{10, 5, BAD}}, 0, 0, 100, {}, {{10, 5, LOST}},
	  {{10, 5, CONTENT}} },
	{ "good because it lies elsewhere", {{10, 5, BAD}}, REMAPPED, 0, 100, {},
	  {{10, 5, LOST}}, {{10, 5, CONTENT}} },
	{ "written and lies elsewhere", {{10, 5, BAD}}, WRITTEN | REMAPPED, 0, 100,
	  {}, {{10, 5, LOST}}, {{10, 5, CONTENT}} },
	{ "written while others went bad", {{10, 5, BAD}}, WRITTEN | MEDIA, 0, 100,
	  {}, {{10, 5, CLEARED}}, {} },
	{ "content unknown stays", {{10, 5, CONTENT}}, WRITTEN, 0, 100, {}, {},
	  {{10, 5, CONTENT}} },
	{ "content unknown, bad again", {{10, 5, CONTENT}}, MEDIA, 0, 100,
	  {{10, 5, BAD}}, {{10, 5, NEW}}, {{10, 5, BAD}} },
	{ "content unknown, a part bad again", {{10, 5, CONTENT}}, MEDIA, 0, 100,
	  {{12, 1, BAD}}, {{12, 1, NEW}},
	  {{10, 2, CONTENT}, {12, 1, BAD}, {13, 2, CONTENT}} },
	{ "content unknown, not answered", {{10, 5, CONTENT}}, MEDIA, 0, 100,
	  {{0, 100, UNKNOWN}}, {{0, 10, NEW}, {15, 85, NEW}},
	  {{0, 10, UNKNOWN}, {10, 5, CONTENT}, {15, 85, UNKNOWN}} },

	{ "not answered", {}, MEDIA, 0, 100, {{0, 100, UNKNOWN}}, {{0, 100, NEW}},
	  {{0, 100, UNKNOWN}} },
	{ "not answered again", {{0, 100, UNKNOWN}}, 0, 0, 100,
	  {{0, 100, UNKNOWN}}, {}, {{0, 100, UNKNOWN}} },
	{ "not answered about what is bad", {{10, 5, BAD}}, MEDIA, 0, 100,
	  {{0, 100, UNKNOWN}}, {{0, 10, NEW}, {15, 85, NEW}},
	  {{0, 10, UNKNOWN}, {10, 5, BAD}, {15, 85, UNKNOWN}} },
	{ "answered: good", {{0, 100, UNKNOWN}}, 0, 0, 100, {},
	  {{0, 100, CLEARED}}, {} },
	{ "answered: bad", {{0, 100, UNKNOWN}}, 0, 0, 100, {{10, 5, BAD}},
	  {{0, 10, CLEARED}, {10, 5, NEW}, {15, 85, CLEARED}}, {{10, 5, BAD}} },
	{ "answered: degraded", {{0, 9, UNKNOWN}}, 0, 0, 9, {{0, 9, DEGRADED}},
	  {{0, 9, CLEARED}, {0, 9, NEW}}, {{0, 9, DEGRADED}} },

	{ "degraded", {}, MEDIA, 0, 100, {{10, 5, DEGRADED}}, {{10, 5, NEW}},
	  {{10, 5, DEGRADED}} },
	{ "degraded, then lost", {{10, 5, DEGRADED}}, MEDIA, 0, 100, {{10, 5, BAD}},
	  {{10, 5, NEW}}, {{10, 5, BAD}} },
	{ "degraded, then not answered", {{10, 5, DEGRADED}}, MEDIA, 10, 15,
	  {{10, 5, UNKNOWN}}, {{10, 5, NEW}}, {{10, 5, UNKNOWN}} },
	{ "degraded, then good", {{10, 5, DEGRADED}}, REMAPPED, 0, 100, {},
	  {{10, 5, CLEARED}}, {} },
	{ "lost, then degraded", {{10, 5, BAD}}, REMAPPED, 0, 100,
	  {{10, 5, DEGRADED}}, {{10, 5, CLEARED}, {10, 5, NEW}},
	  {{10, 5, DEGRADED}} },

	{ "coarse", {}, MEDIA, 0, 100, {{10, 50, BAD, PARTIAL, 7}},
	  {{10, 50, NEW}}, {{10, 50, BAD, PARTIAL, 7}} },
	{ "coarse, the same", {{10, 50, BAD, PARTIAL, 7}}, MEDIA, 0, 100,
	  {{10, 50, BAD, PARTIAL, 7}}, {}, {{10, 50, BAD, PARTIAL, 7}} },
	{ "coarse, other pieces", {{10, 50, BAD, PARTIAL, 7}}, MEDIA, 0, 100,
	  {{10, 50, BAD, PARTIAL, 8}}, {{10, 50, CHANGED}},
	  {{10, 50, BAD, PARTIAL, 8}} },
	{ "coarse, larger", {{10, 50, BAD, PARTIAL, 7}}, MEDIA, 0, 100,
	  {{10, 60, BAD, PARTIAL, 8}}, {{10, 60, NEW}},
	  {{10, 60, BAD, PARTIAL, 8}} },
	{ "becomes coarse", {{10, 5, BAD}, {20, 5, BAD}, {30, 5, BAD}}, MEDIA, 0,
	  100, {{10, 25, BAD, PARTIAL, 7}}, {{10, 25, NEW}},
	  {{10, 25, BAD, PARTIAL, 7}} },
	{ "becomes exact", {{10, 25, BAD, PARTIAL, 7}}, BDEV_WHY_REFINED, 0, 100,
	  {{10, 5, BAD}, {30, 5, BAD}}, {{15, 15, CLEARED}},
	  {{10, 5, BAD}, {30, 5, BAD}} },
	{ "coarse, moved elsewhere", {{10, 25, BAD, PARTIAL, 7}}, REMAPPED, 0, 100,
	  {}, {{10, 25, LOST}}, {{10, 25, CONTENT, PARTIAL, 7}} },
};

KUNIT_ARRAY_PARAM_DESC(told, told_params, desc);

static struct fserror_told_range make(const struct told_piece *piece)
{
	return (struct fserror_told_range) {
		.range.pos		= piece->pos,
		.range.len		= piece->len,
		.range.cause		= BDEV_BAD_MEDIA,
		.range.origin_dev	= ORIGIN,
		.range.origin_pos	= ORIGIN_AT + piece->pos,
		.range.origin_len	= piece->len,
		.state			= piece->what,
		.flags			= piece->flags,
		.hash			= piece->hash,
	};
}

static unsigned int make_all(const struct told_piece *piece,
			     struct fserror_told_range *ranges)
{
	unsigned int nr;

	for (nr = 0; nr < PIECES && piece[nr].len; nr++)
		ranges[nr] = make(&piece[nr]);
	return nr;
}

static void free_action(void *told)
{
	fserror_told_free(told);
}

static struct fserror_told *new_told(struct kunit *test)
{
	struct fserror_told *told = kunit_kzalloc(test, sizeof(*told), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, told);
	fserror_told_init(told);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_action, told), 0);
	return told;
}

static struct fserror_told_slice *new_slice(struct kunit *test)
{
	struct fserror_told_slice *slice;

	slice = kunit_kzalloc(test, sizeof(*slice), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, slice);
	return slice;
}

static void test_apply(struct kunit *test)
{
	const struct told_param *param = test->param_value;
	struct fserror_told_slice *slice = new_slice(test);
	struct fserror_told *told = new_told(test);
	struct fserror_told_range ranges[PIECES], out[PIECES + 1];
	u32 before = fserror_told_count();
	unsigned int i, nr;

	nr = make_all(param->told, ranges);
	for (i = 0; i < nr; i++) {
		slice->next[0] = ranges[i];
		slice->nr_next = 1;
		slice->end = fserror_told_end(&ranges[i]);
		KUNIT_ASSERT_EQ(test, fserror_told_replace(told, ranges[i].range.pos,
							   slice), 0);
	}

	nr = make_all(param->answer, ranges);
	KUNIT_ASSERT_EQ(test, fserror_told_apply(told, param->from, param->to,
						 ranges, nr, param->why, slice),
			0);
	KUNIT_EXPECT_EQ(test, slice->end, param->to);

	for (i = 0; i < PIECES && param->diff[i].len; i++) {
		const struct told_piece *want = &param->diff[i];
		const struct fserror_told_diff *diff = &slice->diffs[i];

		KUNIT_ASSERT_LT(test, i, slice->nr_diffs);
		KUNIT_EXPECT_EQ(test, diff->told.range.pos, want->pos);
		KUNIT_EXPECT_EQ(test, diff->told.range.len, want->len);
		KUNIT_EXPECT_EQ(test, diff->told.range.origin_pos,
				ORIGIN_AT + want->pos);
		KUNIT_EXPECT_EQ(test, (int)diff->change,
				want->what == LOST ? CLEARED : want->what);
		KUNIT_EXPECT_EQ(test, diff->content_unknown, want->what == LOST);
	}
	KUNIT_EXPECT_EQ(test, slice->nr_diffs, i);

	nr = fserror_told_copy(told, 0, out, ARRAY_SIZE(out));
	for (i = 0; i < PIECES && param->next[i].len; i++) {
		struct fserror_told_range want = make(&param->next[i]);

		KUNIT_ASSERT_LT(test, i, nr);
		KUNIT_EXPECT_EQ(test, out[i].range.pos, want.range.pos);
		KUNIT_EXPECT_EQ(test, out[i].range.len, want.range.len);
		KUNIT_EXPECT_EQ(test, out[i].range.origin_pos,
				want.range.origin_pos);
		KUNIT_EXPECT_EQ(test, (int)out[i].state, (int)want.state);
		KUNIT_EXPECT_EQ(test, out[i].flags, want.flags);
		KUNIT_EXPECT_EQ(test, out[i].hash, want.hash);
	}
	KUNIT_EXPECT_EQ(test, nr, i);
	KUNIT_EXPECT_EQ(test, told->nr, nr);
	KUNIT_EXPECT_EQ(test, fserror_told_count() - before, nr);
}

/* Where the device lay between the telling and the writing is not forgotten. */
static void test_moved_before(struct kunit *test)
{
	static const struct told_piece piece = { 10, 5, BAD };
	struct fserror_told_slice *slice = new_slice(test);
	struct fserror_told *told = new_told(test);
	struct fserror_told_range bad = make(&piece);

	KUNIT_ASSERT_EQ(test, fserror_told_apply(told, 0, 100, &bad, 1, MEDIA,
						 slice), 0);
	KUNIT_ASSERT_EQ(test, fserror_told_apply(told, 0, 100, &bad, 1, REMAPPED,
						 slice), 0);
	KUNIT_EXPECT_EQ(test, slice->nr_diffs, 0U);
	KUNIT_ASSERT_EQ(test, fserror_told_apply(told, 0, 100, NULL, 0, WRITTEN,
						 slice), 0);
	KUNIT_ASSERT_EQ(test, slice->nr_diffs, 1U);
	KUNIT_EXPECT_TRUE(test, slice->diffs[0].content_unknown);
}

struct unsaid_param {
	const char	*name;
	unsigned int	why;
	bool		unsaid;
	bool		content_unknown;
};

static const struct unsaid_param unsaid_params[] = {
	{ "nobody has said anything",	FSERROR_TOLD_PATIENT,			true },
	{ "only that it is bad",	FSERROR_TOLD_PATIENT | MEDIA,		true },
	{ "that it was written",	FSERROR_TOLD_PATIENT | MEDIA | WRITTEN },
	{ "that it lies elsewhere",	FSERROR_TOLD_PATIENT | REMAPPED,	false, true },
	{ "nothing in time",		MEDIA,					false, true },
};

KUNIT_ARRAY_PARAM_DESC(unsaid, unsaid_params, name);

/* What is good stays as it was told until it is clear what it holds, or nobody will say. */
static void test_unsaid(struct kunit *test)
{
	static const struct told_piece piece = { 10, 5, BAD };
	const struct unsaid_param *param = test->param_value;
	struct fserror_told_slice *slice = new_slice(test);
	struct fserror_told *told = new_told(test);
	struct fserror_told_range bad = make(&piece), out;

	KUNIT_ASSERT_EQ(test, fserror_told_apply(told, 0, 100, &bad, 1, MEDIA,
						 slice), 0);
	KUNIT_EXPECT_FALSE(test, slice->unsaid);
	KUNIT_ASSERT_EQ(test, fserror_told_apply(told, 0, 100, NULL, 0, param->why,
						 slice), 0);
	KUNIT_EXPECT_EQ(test, slice->unsaid, param->unsaid);
	KUNIT_ASSERT_EQ(test, slice->nr_diffs, param->unsaid ? 0U : 1U);
	if (param->unsaid) {
		KUNIT_ASSERT_EQ(test, fserror_told_copy(told, 0, &out, 1), 1U);
		KUNIT_EXPECT_EQ(test, (int)out.state, (int)FSERROR_TOLD_BAD);
	} else {
		KUNIT_EXPECT_EQ(test, slice->diffs[0].content_unknown,
				param->content_unknown);
	}
}

/* The first telling says why and where from, whatever is answered later. */
static void test_first_cause(struct kunit *test)
{
	static const struct told_piece piece = { 10, 5, BAD };
	struct fserror_told_slice *slice = new_slice(test);
	struct fserror_told *told = new_told(test);
	struct fserror_told_range bad = make(&piece), out;

	KUNIT_ASSERT_EQ(test, fserror_told_apply(told, 0, 100, &bad, 1, MEDIA,
						 slice), 0);
	bad.range.cause = BDEV_BAD_REMOVED;
	bad.range.origin_dev = MKDEV(9, 9);
	KUNIT_ASSERT_EQ(test, fserror_told_apply(told, 0, 100, &bad, 1,
						 BDEV_WHY_REMOVED, slice), 0);
	KUNIT_EXPECT_EQ(test, slice->nr_diffs, 0U);
	KUNIT_ASSERT_EQ(test, fserror_told_copy(told, 0, &out, 1), 1U);
	KUNIT_EXPECT_EQ(test, (int)out.range.cause, (int)BDEV_BAD_MEDIA);
	KUNIT_EXPECT_EQ(test, out.range.origin_dev, ORIGIN);
}

/* More than fits into a slice is told in several, and none of it twice. */
static void test_slices(struct kunit *test)
{
	struct fserror_told_slice *slice = new_slice(test);
	struct fserror_told *told = new_told(test);
	unsigned int i, cleared = 0, slices = 0;
	struct fserror_told_range bad;
	u64 pos = 0;

	for (i = 0; i < 3 * FSERROR_TOLD_SLICE; i++) {
		struct told_piece piece = { 10 * i, 5, BAD };

		bad = make(&piece);
		KUNIT_ASSERT_EQ(test, fserror_told_apply(told, 10 * i, 10 * i + 10,
							 &bad, 1, MEDIA, slice),
				0);
	}
	KUNIT_EXPECT_EQ(test, told->nr, 3U * FSERROR_TOLD_SLICE);
	for (; pos < 100000; pos = slice->end) {
		KUNIT_ASSERT_EQ(test, fserror_told_apply(told, pos, 100000, NULL, 0,
							 WRITTEN, slice), 0);
		KUNIT_ASSERT_GT(test, slice->end, pos);
		cleared += slice->nr_diffs;
		slices++;
	}
	KUNIT_EXPECT_EQ(test, cleared, 3U * FSERROR_TOLD_SLICE);
	KUNIT_EXPECT_GE(test, slices, 3U);
	KUNIT_EXPECT_EQ(test, told->nr, 0U);
}

/* What was bad and is degraded now makes two differences: none is left out. */
static void test_many_differences(struct kunit *test)
{
	struct fserror_told_slice *slice = new_slice(test);
	struct fserror_told *told = new_told(test);
	const u64 to = 10 * FSERROR_TOLD_SLICE + 10;
	struct fserror_told_range *answer, bad;
	u64 pos, cleared = 0, degraded = 0;
	unsigned int i, nr;

	answer = kunit_kcalloc(test, FSERROR_TOLD_SLICE, sizeof(*answer), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, answer);
	for (i = 0; i < FSERROR_TOLD_SLICE; i++) {
		const struct told_piece was = { 10 * i, 6, BAD };
		const struct told_piece is = { 10 * i + 3, 9, DEGRADED };

		bad = make(&was);
		answer[i] = make(&is);
		KUNIT_ASSERT_EQ(test, fserror_told_apply(told, 10 * i, 10 * i + 10,
							 &bad, 1, MEDIA, slice), 0);
	}
	nr = i;
	for (pos = 0; pos < to; pos = slice->end) {
		for (; nr && fserror_told_end(answer) <= pos; nr--)
			answer++;
		KUNIT_ASSERT_EQ(test, fserror_told_apply(told, pos, to, answer, nr,
							 REMAPPED, slice), 0);
		KUNIT_ASSERT_GT(test, slice->end, pos);
		for (i = 0; i < slice->nr_diffs; i++) {
			if (slice->diffs[i].change == FSERROR_TOLD_CLEARED)
				cleared += slice->diffs[i].told.range.len;
			else
				degraded += slice->diffs[i].told.range.len;
		}
	}
	KUNIT_EXPECT_EQ(test, cleared, 6ULL * FSERROR_TOLD_SLICE);
	KUNIT_EXPECT_EQ(test, degraded, 9ULL * FSERROR_TOLD_SLICE);
}

static void restore_limit_action(void *data)
{
	fserror_told_limit(FSERROR_TOLD_MAX);
}

/* When the pool is full nothing is told and nothing changes; less always fits. */
static void test_pool_full(struct kunit *test)
{
	static const struct told_piece two[] = { { 10, 5, BAD }, { 20, 5, BAD } };
	static const struct told_piece three[] = {
		{ 10, 5, BAD }, { 20, 5, BAD }, { 30, 5, BAD },
	};
	static const struct told_piece coarse = { 10, 25, BAD, PARTIAL, 1 };
	struct fserror_told_slice *slice = new_slice(test);
	struct fserror_told *told = new_told(test);
	struct fserror_told_range ranges[3] = { make(&two[0]), make(&two[1]) };

	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, restore_limit_action,
							NULL), 0);
	fserror_told_limit(fserror_told_count() + 2);
	KUNIT_ASSERT_EQ(test, fserror_told_apply(told, 0, 100, ranges, 2, MEDIA,
						 slice), 0);
	KUNIT_EXPECT_FALSE(test, fserror_told_roomy());
	ranges[2] = make(&three[2]);
	KUNIT_EXPECT_EQ(test, fserror_told_apply(told, 0, 100, ranges, 3, MEDIA,
						 slice), -ENOSPC);
	KUNIT_EXPECT_EQ(test, told->nr, 2U);
	KUNIT_EXPECT_EQ(test, told->nr_partial, 0U);

	ranges[0] = make(&coarse);
	KUNIT_EXPECT_EQ(test, fserror_told_apply(told, 0, 100, ranges, 1, MEDIA,
						 slice), 0);
	KUNIT_EXPECT_EQ(test, told->nr, 1U);
	KUNIT_EXPECT_EQ(test, told->nr_partial, 1U);
}

/* Flags of a part make it a range of its own; without them it is one again. */
static void test_flags(struct kunit *test)
{
	static const struct told_piece piece = { 10, 9, BAD };
	struct fserror_told_slice *slice = new_slice(test);
	struct fserror_told *told = new_told(test);
	struct fserror_told_range bad = make(&piece), out[4];

	KUNIT_ASSERT_EQ(test, fserror_told_apply(told, 0, 100, &bad, 1, MEDIA,
						 slice), 0);
	KUNIT_ASSERT_EQ(test, fserror_told_set_flags(told, 13, 16,
						     FSERROR_TOLD_UNRESOLVED, 0,
						     slice), 0);
	KUNIT_ASSERT_EQ(test, fserror_told_copy(told, 0, out, 4), 3U);
	KUNIT_EXPECT_EQ(test, out[1].range.pos, 13ULL);
	KUNIT_EXPECT_EQ(test, out[1].range.len, 3ULL);
	KUNIT_EXPECT_EQ(test, out[1].flags, FSERROR_TOLD_UNRESOLVED);
	KUNIT_ASSERT_EQ(test, fserror_told_set_flags(told, 0, 100, 0,
						     FSERROR_TOLD_UNRESOLVED,
						     slice), 0);
	KUNIT_EXPECT_EQ(test, fserror_told_copy(told, 0, out, 4), 1U);
	KUNIT_EXPECT_EQ(test, fserror_told_copy(told, 12, out, 4), 1U);
	KUNIT_EXPECT_EQ(test, out[0].range.pos, 12ULL);
	KUNIT_EXPECT_EQ(test, fserror_told_copy(told, 19, out, 4), 0U);
}

/* A question covers the coarse ranges that it touches, and what is near them. */
static void test_widen(struct kunit *test)
{
	static const struct told_piece pieces[] = {
		{ 100, 50, BAD, PARTIAL, 1 }, { 200, 10, BAD },
	};
	struct fserror_told_slice *slice = new_slice(test);
	struct fserror_told *told = new_told(test);
	struct fserror_told_range ranges[] = { make(&pieces[0]), make(&pieces[1]) };
	u64 from = 140, to = 145;

	KUNIT_ASSERT_EQ(test, fserror_told_apply(told, 0, 1000, ranges, 2, MEDIA,
						 slice), 0);
	KUNIT_EXPECT_TRUE(test, fserror_told_widen(told, 0, &from, &to));
	KUNIT_EXPECT_EQ(test, from, 100ULL);
	KUNIT_EXPECT_EQ(test, to, 150ULL);
	from = 205;
	to = 206;
	KUNIT_EXPECT_FALSE(test, fserror_told_widen(told, 0, &from, &to));
	KUNIT_EXPECT_EQ(test, from, 205ULL);
	KUNIT_EXPECT_TRUE(test, fserror_told_widen(told, 64, &from, &to));
	KUNIT_EXPECT_EQ(test, from, 100ULL);
	KUNIT_EXPECT_EQ(test, to, 270ULL);
}

static struct kunit_case fserror_told_cases[] = {
	KUNIT_CASE_PARAM(test_apply, told_gen_params),
	KUNIT_CASE(test_moved_before),
	KUNIT_CASE_PARAM(test_unsaid, unsaid_gen_params),
	KUNIT_CASE(test_first_cause),
	KUNIT_CASE(test_slices),
	KUNIT_CASE(test_many_differences),
	KUNIT_CASE(test_pool_full),
	KUNIT_CASE(test_flags),
	KUNIT_CASE(test_widen),
	{}
};

static struct kunit_suite fserror_told_suite = {
	.name		= "fserror-told",
	.test_cases	= fserror_told_cases,
};

kunit_test_suite(fserror_told_suite);
