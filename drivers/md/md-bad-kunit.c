// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of where the bytes of an array are. Layouts are written down as md(4)
 * and the DDF specification draw them: a line for each row of chunks, a column for each
 * member.
 */
#include <kunit/test.h>
#include <linux/badblocks.h>
#include <linux/string.h>
#include "md.h"
#include "md-bad-geo.h"
#include "raid5.h"

#define CHUNK		8192ULL
#define PAGE4		4096
#define MAX_DISKS	6
#define MAX_ROWS	6

/**
 * struct shape - how an array is made
 * @kind: how it spreads its bytes
 * @disks: members
 * @level: of parity
 * @algorithm: of parity
 * @near: copies next to each other
 * @far: copies far away
 * @offset: these are in the next rows
 */
struct shape {
	enum md_bad_kind	kind;
	unsigned int		disks;
	int			level;
	int			algorithm;
	unsigned int		near, far;
	bool			offset;
};

/**
 * struct layout - what it looks like
 * @name: of the case
 * @shape: how it is made
 * @rows: for each row of the members the chunk of the array, P or Q
 */
struct layout {
	const char	*name;
	struct shape	shape;
	const char	*rows[MAX_ROWS];
};

#define P5(a)	{ MD_BAD_PARITY, 4, 5, ALGORITHM_##a, 0, 0, false }
#define P6(a)	{ MD_BAD_PARITY, 5, 6, ALGORITHM_##a, 0, 0, false }

static const struct layout layouts[] = {
	{ "raid4", { MD_BAD_PARITY, 4, 4, 0, 0, 0, false }, { "012P", "345P" } },
	{ "raid5 left symmetric", P5(LEFT_SYMMETRIC),
	  { "012P", "45P3", "8P67", "P9AB" } },
	{ "raid5 left asymmetric", P5(LEFT_ASYMMETRIC),
	  { "012P", "34P5", "6P78", "P9AB" } },
	{ "raid5 right symmetric", P5(RIGHT_SYMMETRIC),
	  { "P012", "5P34", "78P6", "9ABP" } },
	{ "raid5 right asymmetric", P5(RIGHT_ASYMMETRIC),
	  { "P012", "3P45", "67P8", "9ABP" } },
	{ "raid5 parity first", P5(PARITY_0), { "P012", "P345" } },
	{ "raid5 parity last", P5(PARITY_N), { "012P", "345P" } },
	{ "raid6 left symmetric", P6(LEFT_SYMMETRIC),
	  { "Q012P", "345PQ", "78PQ6", "BPQ9A" } },
	{ "raid6 left asymmetric", P6(LEFT_ASYMMETRIC),
	  { "Q012P", "345PQ", "67PQ8", "9PQAB" } },
	{ "raid6 right symmetric", P6(RIGHT_SYMMETRIC),
	  { "PQ012", "5PQ34", "78PQ6", "9ABPQ" } },
	{ "raid6 right asymmetric", P6(RIGHT_ASYMMETRIC),
	  { "PQ012", "3PQ45", "67PQ8", "9ABPQ" } },
	{ "raid6 parity first", P6(PARITY_0), { "PQ012", "PQ345" } },
	{ "raid6 parity last", P6(PARITY_N), { "012PQ", "345PQ" } },
	{ "raid6 zero restart", P6(ROTATING_ZERO_RESTART),
	  { "PQ012", "3PQ45", "67PQ8", "9ABPQ" } },
	{ "raid6 N restart", P6(ROTATING_N_RESTART),
	  { "012PQ", "34PQ5", "6PQ78", "PQ9AB" } },
	{ "raid6 N continue", P6(ROTATING_N_CONTINUE),
	  { "012QP", "45QP3", "8QP67", "QP9AB" } },
	{ "raid6 from raid5 left symmetric", P6(LEFT_SYMMETRIC_6),
	  { "012PQ", "45P3Q", "8P67Q", "P9ABQ" } },
	{ "raid6 from raid5 left asymmetric", P6(LEFT_ASYMMETRIC_6),
	  { "012PQ", "34P5Q", "6P78Q", "P9ABQ" } },
	{ "raid6 from raid5 right symmetric", P6(RIGHT_SYMMETRIC_6),
	  { "P012Q", "5P34Q", "78P6Q", "9ABPQ" } },
	{ "raid6 from raid5 right asymmetric", P6(RIGHT_ASYMMETRIC_6),
	  { "P012Q", "3P45Q", "67P8Q", "9ABPQ" } },
	{ "raid6 from raid5 parity first", P6(PARITY_0_6), { "P012Q", "P345Q" } },
	{ "raid6 from raid5 parity last", P6(PARITY_N), { "012PQ", "345PQ" } },
	{ "raid10 near 2 of 4", { MD_BAD_SPREAD, 4, 10, 0, 2, 1, false },
	  { "0011", "2233" } },
	{ "raid10 near 2 of 3", { MD_BAD_SPREAD, 3, 10, 0, 2, 1, false },
	  { "001", "122" } },
	{ "raid10 near 3 of 4", { MD_BAD_SPREAD, 4, 10, 0, 3, 1, false },
	  { "0001", "1122", "2333" } },
	{ "raid10 far 2 of 3", { MD_BAD_SPREAD, 3, 10, 0, 1, 2, false },
	  { "012", "345", "201", "534" } },
	{ "raid10 far 2 of 2", { MD_BAD_SPREAD, 2, 10, 0, 1, 2, false },
	  { "01", "23", "10", "32" } },
	{ "raid10 offset 2 of 3", { MD_BAD_SPREAD, 3, 10, 0, 1, 2, true },
	  { "012", "201", "345", "534" } },
	{ "raid10 offset 2 of 4", { MD_BAD_SPREAD, 4, 10, 0, 1, 2, true },
	  { "0123", "3012", "4567", "7456" } },
};

KUNIT_ARRAY_PARAM_DESC(layout, layouts, name);

static unsigned int nr_rows(const struct layout *l)
{
	unsigned int n = 0;

	while (n < MAX_ROWS && l->rows[n])
		n++;
	return n;
}

static int chunk_at(const struct layout *l, unsigned int row, unsigned int disk)
{
	char c = l->rows[row][disk];

	return c == 'P' ? -1 : c == 'Q' ? -2 : c >= 'A' ? c - 'A' + 10 : c - '0';
}

static void make_geo(struct md_bad_geo *geo, const struct layout *l,
		     struct md_bad_member *member)
{
	static char dev[2 * MAX_DISKS];
	unsigned int i, rows = nr_rows(l);

	*geo = (struct md_bad_geo) {
		.kind		= l->shape.kind,
		.chunk		= CHUNK,
		.synced		= U64_MAX,
		.disks		= l->shape.disks,
		.nr		= 2 * l->shape.disks,
		.level		= l->shape.level,
		.algorithm	= l->shape.algorithm,
		.near		= l->shape.near,
		.far		= l->shape.far,
		.far_offset	= l->shape.offset,
		.far_set	= l->shape.disks,
		.stride		= l->shape.offset ? CHUNK : rows / max(l->shape.far, 1U) * CHUNK,
		.member		= member,
	};
	if (l->shape.kind == MD_BAD_PARITY) {
		geo->page = PAGE4;
		geo->tolerated = l->shape.level == 6 ? 2 : 1;
		geo->size = rows * (l->shape.disks - geo->tolerated) * CHUNK;
	} else {
		geo->tolerated = l->shape.near * l->shape.far - 1;
		geo->size = rows * l->shape.disks / (l->shape.near * l->shape.far) * CHUNK;
	}
	memset(member, 0, 2 * MAX_DISKS * sizeof(*member));
	for (i = 0; i < l->shape.disks; i++) {
		/* only looked at for being there */
		member[i].bdev = (struct block_device *)&dev[i];
		member[i].len = rows * CHUNK;
		member[i].valid = U64_MAX;
	}
}

struct contains {
	u64	pos;
	bool	yes;
};

static void contains_one(u64 pos, u64 end, void *data)
{
	struct contains *c = data;

	c->yes |= pos <= c->pos && c->pos < end;
}

/* Is it in what a member is asked for, in the far layout in one section after the other? */
static bool is_asked_for(const struct md_bad_geo *geo, u64 from, u64 to, u64 pos, u64 len)
{
	unsigned int i, sections = geo->far_offset ? 1 : max(geo->far, 1U);

	for (i = 0; i < sections; i++)
		if (from + i * geo->stride <= pos && pos + len <= to + i * geo->stride)
			return true;
	return false;
}

/* All places of a byte are where the drawing has them, and lead back to it. */
static void check_byte(struct kunit *test, const struct layout *l,
		       const struct md_bad_geo *geo, u64 pos)
{
	struct md_bad_geo_place place[2 * MAX_DISKS];
	struct md_bad_geo_row row = { .place = place };
	int chunk = pos / CHUNK;
	unsigned int i, seen = 0, own = 0;

	md_bad_geo_row(geo, pos, pos + 512, &row);
	KUNIT_EXPECT_LE(test, row.pos, pos);
	KUNIT_EXPECT_GE(test, row.pos + row.len, pos + 512);
	KUNIT_EXPECT_LE(test, row.len, geo->page ?: 512);
	KUNIT_EXPECT_EQ(test, row.nr, l->shape.kind == MD_BAD_PARITY ? l->shape.disks :
				      l->shape.near * l->shape.far);
	for (i = 0; i < row.nr; i++) {
		unsigned int disk = place[i].member;
		struct contains c = { .pos = pos };
		int at = chunk_at(l, place[i].pos / CHUNK, disk);
		u64 from, to;

		KUNIT_EXPECT_FALSE(test, place[i].missing);
		KUNIT_EXPECT_FALSE(test, seen & BIT(disk));
		seen |= BIT(disk);
		KUNIT_EXPECT_EQ(test, place[i].pos % CHUNK, row.pos % CHUNK);
		own += at == chunk;
		if (!i || l->shape.kind != MD_BAD_PARITY)
			KUNIT_EXPECT_EQ(test, at, chunk);
		if (l->shape.kind == MD_BAD_PARITY && i)
			KUNIT_EXPECT_EQ(test, at < 0, i <= geo->tolerated);
		if (l->shape.kind == MD_BAD_PARITY && i && i <= geo->tolerated)
			KUNIT_EXPECT_EQ(test, at, -(int)i);

		md_bad_geo_windows(geo, disk, place[i].pos, place[i].pos + 512,
				   contains_one, &c);
		KUNIT_EXPECT_TRUE(test, c.yes);
		KUNIT_EXPECT_TRUE(test, md_bad_geo_hull(geo, disk, pos, pos + 512,
							&from, &to));
		KUNIT_EXPECT_TRUE(test, is_asked_for(geo, from, to, place[i].pos, row.len));
		/* not what is between the copies */
		if (l->shape.far > 1 && l->shape.near == 1 && !l->shape.offset)
			KUNIT_EXPECT_LE(test, to - from, CHUNK);
		if (geo->page)
			KUNIT_EXPECT_LE(test, to - from, 2 * PAGE4);
	}
	KUNIT_EXPECT_EQ(test, own, l->shape.kind == MD_BAD_PARITY ? 1 : row.nr);
}

static void layout_test(struct kunit *test)
{
	static struct md_bad_member member[2 * MAX_DISKS];
	const struct layout *l = test->param_value;
	struct md_bad_geo geo;
	u64 pos;

	make_geo(&geo, l, member);
	for (pos = 0; pos < geo.size; pos += 512)
		check_byte(test, l, &geo, pos);
}

/* With a member missing, what has parity is read in blocks. */
static void blocks_test(struct kunit *test)
{
	static struct md_bad_member member[2 * MAX_DISKS];
	const struct layout *l = test->param_value;
	struct md_bad_geo_place place[2 * MAX_DISKS];
	struct md_bad_geo_row row = { .place = place };
	struct md_bad_geo geo;

	make_geo(&geo, l, member);
	md_bad_geo_row(&geo, 512, 1024, &row);
	KUNIT_EXPECT_EQ(test, row.own_unit, 0);
	KUNIT_EXPECT_EQ(test, row.peer_unit, geo.page);
	geo.whole_blocks = geo.page;
	md_bad_geo_row(&geo, 512, 1024, &row);
	KUNIT_EXPECT_EQ(test, row.own_unit, geo.page);
	if (geo.page) {
		KUNIT_EXPECT_EQ(test, row.pos, 0);
		KUNIT_EXPECT_EQ(test, row.len, PAGE4);
	}
}

/* Parity that has not been computed is none. */
static void synced_test(struct kunit *test)
{
	static struct md_bad_member member[2 * MAX_DISKS];
	const struct layout *l = test->param_value;
	struct md_bad_geo_place place[2 * MAX_DISKS];
	struct md_bad_geo_row row = { .place = place };
	struct md_bad_geo geo;
	u64 pos;

	make_geo(&geo, l, member);
	geo.lazy = geo.page;
	md_bad_geo_row(&geo, 0, 512, &row);
	KUNIT_EXPECT_EQ(test, row.unsure, geo.lazy);
	KUNIT_EXPECT_EQ(test, row.tolerated, geo.tolerated);
	member[place[0].member].bdev = NULL;
	md_bad_geo_row(&geo, 0, 512, &row);
	KUNIT_EXPECT_FALSE(test, row.unsure);
	make_geo(&geo, l, member);
	geo.synced = CHUNK + PAGE4;
	for (pos = 0; geo.page && pos < geo.size; pos = row.pos + row.len) {
		md_bad_geo_row(&geo, pos, geo.size, &row);
		KUNIT_EXPECT_EQ(test, row.tolerated,
				place[0].pos < geo.synced ? geo.tolerated : 0);
		KUNIT_EXPECT_TRUE(test, place[0].pos >= geo.synced ||
				  place[0].pos + row.len <= geo.synced);
	}
}

/* A member that is complete up to a byte counts up to there. */
static void recovery_test(struct kunit *test)
{
	static struct md_bad_member member[2 * MAX_DISKS];
	const struct layout *l = test->param_value;
	struct md_bad_geo_place place[2 * MAX_DISKS];
	struct md_bad_geo_row row = { .place = place };
	struct md_bad_geo geo;
	unsigned int i, disk;
	u64 pos;

	for (disk = 0; disk < l->shape.disks; disk++) {
		make_geo(&geo, l, member);
		member[disk].valid = CHUNK + PAGE4;
		for (pos = 0; pos < geo.size; pos = row.pos + row.len) {
			md_bad_geo_row(&geo, pos, geo.size, &row);
			KUNIT_ASSERT_GT(test, row.len, 0);
			for (i = 0; i < row.nr; i++) {
				bool stale = place[i].member == disk &&
					     place[i].pos >= CHUNK + PAGE4;

				KUNIT_EXPECT_EQ(test, place[i].missing, stale);
				KUNIT_EXPECT_TRUE(test, place[i].member != disk || stale ||
						  place[i].pos + row.len <=
						  CHUNK + PAGE4);
			}
		}
	}
}

/* Two members of 2 chunks and one of 4: chunks 4 and 5 are a zone of one member. */
struct zone_case {
	const char	*name;
	bool		original;
	const char	*rows[4];
};

static const struct zone_case zone_cases[] = {
	{ "raid0", false, { "012", "345", "6 7", "8 9" } },
	/* chunk 6 of the array is even, 7 is odd: the same here */
	{ "raid0, layout of Linux 3.13", true, { "012", "345", "6 7", "8 9" } },
};

KUNIT_ARRAY_PARAM_DESC(zone, zone_cases, name);

static void zone_test(struct kunit *test)
{
	static struct md_bad_member member[3];
	static char dev[3];
	const struct zone_case *c = test->param_value;
	struct md_bad_zone zone[] = {
		{ .end = 6 * CHUNK, .start = 0, .nr = 3, .first = 0 },
		{ .end = 10 * CHUNK, .start = 2 * CHUNK, .nr = 2, .first = 3 },
	};
	u16 zone_member[] = { 0, 1, 2, 0, 2 };
	struct md_bad_geo geo = {
		.kind = MD_BAD_ZONES, .size = 10 * CHUNK, .chunk = CHUNK,
		.disks = 3, .nr = 3, .nr_zones = 2, .original = c->original,
		.zone = zone, .zone_member = zone_member, .member = member,
	};
	struct md_bad_geo_place place[3];
	struct md_bad_geo_row row = { .place = place };
	unsigned int i;
	u64 pos, from, to;

	for (i = 0; i < 3; i++)
		member[i] = (struct md_bad_member) {
			.bdev = (struct block_device *)&dev[i],
			.len = (i == 1 ? 2 : 4) * CHUNK, .valid = U64_MAX,
		};
	for (pos = 0; pos < geo.size; pos += 512) {
		struct contains in = { .pos = pos };

		md_bad_geo_row(&geo, pos, pos + 512, &row);
		KUNIT_ASSERT_EQ(test, row.nr, 1);
		KUNIT_EXPECT_EQ(test, row.len, 512);
		KUNIT_EXPECT_EQ(test, (int)(pos / CHUNK),
				c->rows[place[0].pos / CHUNK][place[0].member] - '0');
		md_bad_geo_windows(&geo, place[0].member, place[0].pos,
				   place[0].pos + 512, contains_one, &in);
		KUNIT_EXPECT_TRUE(test, in.yes);
		KUNIT_EXPECT_TRUE(test, md_bad_geo_hull(&geo, place[0].member, pos,
							pos + 512, &from, &to));
		KUNIT_EXPECT_LE(test, from, place[0].pos);
		KUNIT_EXPECT_GE(test, to, place[0].pos + 512);
	}
}

/* A replacement is read; with parity not where md has recorded that it is bad. */
static void replacement_test(struct kunit *test)
{
	static struct md_bad_member member[2 * MAX_DISKS];
	const struct layout *l = test->param_value;
	const unsigned int disks = l->shape.disks;
	struct md_bad_geo_place place[2 * MAX_DISKS];
	struct md_bad_geo_row row = { .place = place };
	struct md_bad_geo geo;
	unsigned int disk;
	u64 bb;

	make_geo(&geo, l, member);
	md_bad_geo_row(&geo, 0, 512, &row);
	disk = place[0].member;
	member[disks + disk] = member[disk];
	md_bad_geo_row(&geo, 0, 512, &row);
	KUNIT_EXPECT_EQ(test, place[0].member, disks + disk);

	/* one sector of the block, which is where both have their data */
	bb = BB_MAKE((place[0].pos >> SECTOR_SHIFT), 1, 1);
	member[disks + disk].bb = &bb;
	member[disks + disk].nr_bb = 1;
	md_bad_geo_row(&geo, 0, 512, &row);
	KUNIT_EXPECT_EQ(test, place[0].member,
			l->shape.kind == MD_BAD_PARITY ? disk : disks + disk);
	KUNIT_EXPECT_FALSE(test, place[0].missing);

	/* if there is nothing else to read, it is bad */
	member[disk].bdev = NULL;
	md_bad_geo_row(&geo, 0, 512, &row);
	KUNIT_EXPECT_EQ(test, place[0].member, disks + disk);
}

/* Copies: those that are read come first, and a replacement may be one of them. */
struct copies_case {
	const char	*name;
	u64		valid[4];	/* 0: there is no such member */
	unsigned int	nr;
	unsigned int	member[4];
	bool		missing[4];
};

static const struct copies_case copies_cases[] = {
	{ "both", { U64_MAX, U64_MAX }, 2, { 0, 1 } },
	{ "the first is not there", { 0, U64_MAX }, 2, { 1, 0 }, { false, true } },
	{ "the second is not there", { U64_MAX, 0 }, 2, { 0, 1 }, { false, true } },
	{ "none is there", { 0, 0 }, 2, { 0, 1 }, { true, true } },
	{ "the first has not come so far", { CHUNK, U64_MAX }, 2, { 1, 0 },
	  { false, true } },
	{ "a replacement", { U64_MAX, U64_MAX, U64_MAX }, 3, { 0, 1, 2 } },
	{ "a replacement that has not come so far", { U64_MAX, U64_MAX, CHUNK }, 2,
	  { 0, 1 } },
};

KUNIT_ARRAY_PARAM_DESC(copies, copies_cases, name);

static void copies_test(struct kunit *test)
{
	const struct copies_case *c = test->param_value;
	static struct md_bad_member member[4];
	static char dev[4];
	struct md_bad_geo geo = {
		.kind = MD_BAD_COPIES, .size = 4 * CHUNK, .chunk = MD_BAD_NO_CHUNK,
		.disks = 2, .nr = 4, .tolerated = 1, .member = member,
	};
	struct md_bad_geo_place place[4];
	struct md_bad_geo_row row = { .place = place };
	unsigned int i;

	for (i = 0; i < 4; i++)
		member[i] = (struct md_bad_member) {
			.bdev = c->valid[i] ? (struct block_device *)&dev[i] : NULL,
			.len = 4 * CHUNK, .valid = c->valid[i],
		};
	md_bad_geo_row(&geo, 2 * CHUNK, 3 * CHUNK, &row);
	KUNIT_EXPECT_EQ(test, row.len, CHUNK);
	KUNIT_EXPECT_EQ(test, row.nr, c->nr);
	KUNIT_EXPECT_EQ(test, row.copies, c->nr);
	KUNIT_EXPECT_EQ(test, row.tolerated, c->nr - 1);
	for (i = 0; i < row.nr; i++) {
		KUNIT_EXPECT_EQ(test, place[i].member, c->member[i]);
		KUNIT_EXPECT_EQ(test, place[i].pos, 2 * CHUNK);
		KUNIT_EXPECT_EQ(test, place[i].missing, c->missing[i]);
	}
	/* what is not complete yet ends a row */
	md_bad_geo_row(&geo, 0, 4 * CHUNK, &row);
	KUNIT_EXPECT_EQ(test, row.len, c->valid[0] == CHUNK || c->valid[2] == CHUNK ?
			CHUNK : 4 * CHUNK);
}

static struct kunit_case md_bad_geo_cases[] = {
	KUNIT_CASE_PARAM(layout_test, layout_gen_params),
	KUNIT_CASE_PARAM(blocks_test, layout_gen_params),
	KUNIT_CASE_PARAM(synced_test, layout_gen_params),
	KUNIT_CASE_PARAM(recovery_test, layout_gen_params),
	KUNIT_CASE_PARAM(replacement_test, layout_gen_params),
	KUNIT_CASE_PARAM(zone_test, zone_gen_params),
	KUNIT_CASE_PARAM(copies_test, copies_gen_params),
	{ }
};

static struct kunit_suite md_bad_geo_suite = {
	.name		= "md_bad_geo",
	.test_cases	= md_bad_geo_cases,
};

kunit_test_suite(md_bad_geo_suite);

MODULE_DESCRIPTION("KUnit tests of where the bytes of an array are");
MODULE_LICENSE("GPL");
