// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the arithmetic of bad ranges.
 */
#include "xfs_platform.h"
#include "xfs_shared.h"
#include "xfs_format.h"
#include "xfs_btree.h"
#include "xfs_rmap.h"
#include "xfs_media_walk.h"

#include <kunit/test.h>

#define BLOCKLOG	12
#define BLOCK		BIT_ULL(BLOCKLOG)
#define GIB		BIT_ULL(30)

struct clip_case {
	const char	*name;
	u64		pos, len;	/* the range */
	u64		start, size;	/* the other one */
	bool		hit;
	u64		out_pos, out_len;
};

static const struct clip_case clip_cases[] = {
	/* name, pos, len, start, size, hit, out_pos, out_len */
	{ "same",		100, 10, 100, 10, true, 0, 10 },
	{ "inside",		103, 2, 100, 10, true, 3, 2 },
	{ "around",		50, 100, 100, 10, true, 0, 10 },
	{ "over the start",	95, 10, 100, 10, true, 0, 5 },
	{ "over the end",	105, 10, 100, 10, true, 5, 5 },
	{ "first byte",		100, 1, 100, 10, true, 0, 1 },
	{ "last byte",		109, 1, 100, 10, true, 9, 1 },
	{ "ends before",	90, 10, 100, 10, false },
	{ "one byte in",	90, 11, 100, 10, true, 0, 1 },
	{ "begins after",	110, 10, 100, 10, false },
	{ "far before",		0, 1, 100, 10, false },
	{ "empty",		105, 0, 100, 10, false },
	{ "empty before",	5, 0, 100, 10, false },
	{ "in nothing",		100, 10, 100, 0, false },
	{ "whole device",	0, U64_MAX, 100, 10, true, 0, 10 },
	{ "end overflows",	105, U64_MAX, 100, 10, true, 5, 5 },
	{ "other is high",	0, U64_MAX, U64_MAX - 10, 10, true, 0, 10 },
	{ "last possible byte",	U64_MAX, 1, U64_MAX - 1, 1, false },
};

KUNIT_ARRAY_PARAM_DESC(clip, clip_cases, name);

static void clip_test(struct kunit *test)
{
	const struct clip_case *c = test->param_value;
	struct fserror_extent out = { };

	KUNIT_ASSERT_EQ(test, c->hit, xfs_media_clip(c->pos, c->len, c->start,
			c->size, &out));
	KUNIT_EXPECT_EQ(test, c->out_pos, out.pos);
	KUNIT_EXPECT_EQ(test, c->out_len, out.len);
}

struct groups_case {
	const char			*name;
	struct xfs_media_section	sec;
	u64				pos, len;
	bool				hit;
	u32				first, last;
};

/* four groups of 1 GiB, of which the last one has 1000 blocks only */
#define FOUR	{ 0, 3 * GIB + 1000 * BLOCK, GIB, 4 }
/* the same behind 10 GiB of something else */
#define BEHIND	{ 10 * GIB, 3 * GIB + 1000 * BLOCK, GIB, 4 }
/* 2^32 - 2 groups of 1 TiB do not fit in 64 bits; 2^23 do */
#define HUGE	{ 0, 1ULL << 63, 1ULL << 40, 1U << 23 }

static const struct groups_case groups_cases[] = {
	{ "first sector",	FOUR, 0, 512, true, 0, 0 },
	{ "last of a group",	FOUR, GIB - 512, 512, true, 0, 0 },
	{ "first of a group",	FOUR, GIB, 512, true, 1, 1 },
	{ "over an edge",	FOUR, GIB - 512, 1024, true, 0, 1 },
	{ "over two edges",	FOUR, GIB - 512, GIB + 1024, true, 0, 2 },
	{ "all",		FOUR, 0, U64_MAX, true, 0, 3 },
	{ "last sector",	FOUR, 3 * GIB + 1000 * BLOCK - 512, 512,
				true, 3, 3 },
	{ "after the end",	FOUR, 3 * GIB + 1000 * BLOCK, 512, false },
	{ "before the start",	BEHIND, 0, 10 * GIB, false },
	{ "over the start",	BEHIND, 0, 10 * GIB + 512, true, 0, 0 },
	{ "second, behind",	BEHIND, 11 * GIB, 512, true, 1, 1 },
	{ "all, behind",	BEHIND, 0, U64_MAX, true, 0, 3 },
	{ "all of huge",	HUGE, 0, U64_MAX, true, 0, (1U << 23) - 1 },
	{ "last of huge",	HUGE, (1ULL << 63) - 512, 512, true,
				(1U << 23) - 1, (1U << 23) - 1 },
};

KUNIT_ARRAY_PARAM_DESC(groups, groups_cases, name);

static void groups_test(struct kunit *test)
{
	const struct groups_case *c = test->param_value;
	const struct fserror_extent ext = { c->pos, c->len };
	unsigned int i = 0;
	u32 gno = 0;

	KUNIT_ASSERT_EQ(test, c->hit, xfs_media_next_group(&c->sec, &ext, 1,
			&i, &gno));
	if (!c->hit)
		return;
	KUNIT_EXPECT_EQ(test, c->first, gno);

	/* it touches the last group, and none after that */
	gno = c->last;
	KUNIT_EXPECT_TRUE(test, xfs_media_next_group(&c->sec, &ext, 1, &i,
			&gno));
	KUNIT_EXPECT_EQ(test, c->last, gno);
	gno++;
	KUNIT_EXPECT_FALSE(test, xfs_media_next_group(&c->sec, &ext, 1, &i,
			&gno));
}

/* groups that hold nothing bad are skipped, whatever is between the ranges */
static void sparse_groups_test(struct kunit *test)
{
	const struct xfs_media_section sec = HUGE;
	const struct fserror_extent ext[] = {
		{ 5ULL << 40, 512 },
		{ (5ULL << 40) + BLOCK, 512 },
		{ (9ULL << 40) - 512, 1024 },
		{ 7000000ULL << 40, 512 },
	};
	const u32 want[] = { 5, 8, 9, 7000000 };
	unsigned int i = 0, n;
	u32 gno = 0;

	for (n = 0; n < ARRAY_SIZE(want); n++, gno++) {
		KUNIT_ASSERT_TRUE(test, xfs_media_next_group(&sec, ext,
				ARRAY_SIZE(ext), &i, &gno));
		KUNIT_EXPECT_EQ(test, want[n], gno);
	}
	KUNIT_EXPECT_FALSE(test, xfs_media_next_group(&sec, ext,
			ARRAY_SIZE(ext), &i, &gno));
}

/* bad ranges in a group that begins at 1 GiB, of which the first 4 blocks are done */
static void cluster_test(struct kunit *test)
{
	const struct xfs_media_window win = { GIB, 4 * BLOCK, 100000 * BLOCK };
	const struct fserror_extent ext[] = {
		{ GIB - BLOCK, BLOCK },				/* before */
		{ GIB, 512 },					/* done */
		{ GIB + 2 * BLOCK, 3 * BLOCK },			/* block 4 */
		{ GIB + 5 * BLOCK + 512, 512 },
		{ GIB + 5 * BLOCK + 1024, 512 },
		/* as far from block 5 as goes, and one block farther */
		{ GIB + (6 + XFS_MEDIA_GAP) * BLOCK, BLOCK },
		{ GIB + (8 + 2 * XFS_MEDIA_GAP) * BLOCK, BLOCK },
		{ GIB + 99999 * BLOCK, 2 * BLOCK },		/* and beyond */
		{ GIB + 100002 * BLOCK, BLOCK },		/* behind */
	};
	static const struct xfs_media_cluster want[] = {
		{ 2, 6, 4, 6 + XFS_MEDIA_GAP },
		{ 6, 7, 8 + 2 * XFS_MEDIA_GAP, 8 + 2 * XFS_MEDIA_GAP },
		{ 7, 8, 99999, 99999 },
	};
	struct xfs_media_cluster cl;
	unsigned int i = 0, n;

	for (n = 0; n < ARRAY_SIZE(want); n++) {
		KUNIT_ASSERT_TRUE(test, xfs_media_next_cluster(&win, BLOCKLOG,
				ext, ARRAY_SIZE(ext), i, &cl));
		KUNIT_EXPECT_EQ(test, want[n].first, cl.first);
		KUNIT_EXPECT_EQ(test, want[n].end, cl.end);
		KUNIT_EXPECT_EQ(test, want[n].start, cl.start);
		KUNIT_EXPECT_EQ(test, want[n].last, cl.last);
		i = cl.end;
	}
	KUNIT_EXPECT_FALSE(test, xfs_media_next_cluster(&win, BLOCKLOG, ext,
			ARRAY_SIZE(ext), i, &cl));
	KUNIT_EXPECT_FALSE(test, xfs_media_next_cluster(&win, BLOCKLOG, ext,
			0, 0, &cl));
}

#define REC(b, n, o, f, fl) {		\
	.rm_startblock = (b),		\
	.rm_blockcount = (n),		\
	.rm_owner = (o),		\
	.rm_offset = (f),		\
	.rm_flags = (fl),		\
}

struct key_case {
	const char		*name;
	struct xfs_rmap_irec	a, b;	/* a is before b, or the same */
	bool			same;
};

static const struct key_case key_cases[] = {
	{ "block",		REC(1, 1, 9, 9, 0), REC(2, 1, 1, 1, 0) },
	{ "highest block",	REC(1, 1, 1, 1, 0), REC(~0U, 1, 1, 1, 0) },
	{ "owner",		REC(1, 1, 8, 9, 0), REC(1, 1, 9, 1, 0) },
	{ "inode, no inode",	REC(1, 1, 8, 9, 0),
				REC(1, 1, XFS_RMAP_OWN_COW, 0, 0) },
	{ "offset",		REC(1, 1, 8, 1, 0), REC(1, 1, 8, 2, 0) },
	{ "length is no key",	REC(1, 1, 8, 1, 0), REC(1, 2, 8, 1, 0), true },
	{ "data, bmbt",		REC(1, 1, 8, 7, 0),
				REC(1, 1, 8, 0, XFS_RMAP_BMBT_BLOCK) },
	{ "bmbt, attr",		REC(1, 1, 8, 0, XFS_RMAP_BMBT_BLOCK),
				REC(1, 1, 8, 0, XFS_RMAP_ATTR_FORK) },
	/* the state of the extent is no key: the btree ignores it */
	{ "unwritten",		REC(1, 1, 8, 1, XFS_RMAP_UNWRITTEN),
				REC(1, 1, 8, 1, 0), true },
	{ "unwritten, offset",	REC(1, 1, 8, 1, XFS_RMAP_UNWRITTEN),
				REC(1, 1, 8, 2, 0) },
};

KUNIT_ARRAY_PARAM_DESC(key, key_cases, name);

static void key_test(struct kunit *test)
{
	const struct key_case *c = test->param_value;

	if (c->same) {
		KUNIT_EXPECT_EQ(test, 0, xfs_media_key_cmp(&c->a, &c->b));
		KUNIT_EXPECT_EQ(test, 0, xfs_media_key_cmp(&c->b, &c->a));
	} else {
		KUNIT_EXPECT_LT(test, xfs_media_key_cmp(&c->a, &c->b), 0);
		KUNIT_EXPECT_GT(test, xfs_media_key_cmp(&c->b, &c->a), 0);
	}
	KUNIT_EXPECT_EQ(test, 0, xfs_media_key_cmp(&c->a, &c->a));
}

struct same_case {
	const char		*name;
	struct xfs_rmap_irec	a, b;
	bool			same;
};

static const struct same_case same_cases[] = {
	{ "the same",		REC(100, 9, 131, 5, 0),
				REC(100, 9, 131, 5, 0), true },
	{ "its end",		REC(100, 9, 131, 5, 0),
				REC(104, 5, 131, 9, 0), true },
	{ "written meanwhile",	REC(100, 9, 131, 5, XFS_RMAP_UNWRITTEN),
				REC(100, 9, 131, 5, 0), true },
	{ "other file",		REC(100, 9, 131, 5, 0),
				REC(100, 9, 132, 5, 0), false },
	{ "other bytes",	REC(100, 9, 131, 5, 0),
				REC(100, 9, 131, 6, 0), false },
	{ "other fork",		REC(100, 9, 131, 5, 0),
				REC(100, 9, 131, 5, XFS_RMAP_ATTR_FORK), false },
	{ "extent map",		REC(100, 1, 131, 0, XFS_RMAP_BMBT_BLOCK),
				REC(99, 2, 131, 0, XFS_RMAP_BMBT_BLOCK), true },
	{ "no inode",		REC(100, 8, XFS_RMAP_OWN_INODES, 0, 0),
				REC(92, 16, XFS_RMAP_OWN_INODES, 0, 0), true },
};

KUNIT_ARRAY_PARAM_DESC(same, same_cases, name);

static void same_test(struct kunit *test)
{
	const struct same_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, c->same, xfs_media_same_mapping(&c->a, &c->b));
	KUNIT_EXPECT_EQ(test, c->same, xfs_media_same_mapping(&c->b, &c->a));
}

struct inode_case {
	const char	*name;
	u64		pos, len;	/* bad bytes, in the group */
	u64		agino;
	bool		hit;
	u64		out_pos, out_len;
};

/* inodes of 512 bytes: eight in a block; block 8 has those from 64 on */
static const struct inode_case inode_cases[] = {
	{ "its sector",		8 * BLOCK, 512, 64, true, 8 * BLOCK, 512 },
	{ "the sector before",	8 * BLOCK - 512, 512, 64, false },
	{ "the sector after",	8 * BLOCK + 512, 512, 64, false },
	{ "a page: the first",	8 * BLOCK, BLOCK, 64, true, 8 * BLOCK, 512 },
	{ "a page: the last",	8 * BLOCK, BLOCK, 71, true,
				9 * BLOCK - 512, 512 },
	{ "a page: the next",	8 * BLOCK, BLOCK, 72, false },
	{ "a part of it",	8 * BLOCK + 600, 64, 65, true,
				8 * BLOCK + 600, 64 },
};

KUNIT_ARRAY_PARAM_DESC(inode, inode_cases, name);

static void inode_test(struct kunit *test)
{
	const struct inode_case *c = test->param_value;
	const struct fserror_extent piece = { c->pos, c->len };
	struct fserror_extent out = { };

	KUNIT_ASSERT_EQ(test, c->hit, xfs_media_inode_bytes(9, &piece, c->agino,
			&out));
	if (!c->hit)
		return;
	KUNIT_EXPECT_EQ(test, c->out_pos, out.pos);
	KUNIT_EXPECT_EQ(test, c->out_len, out.len);
}

struct file_case {
	const char		*name;
	struct xfs_rmap_irec	rec;
	u64			bad_pos, bad_len;	/* in the group */
	u64			isize;
	bool			owned;			/* by the record */
	u64			start, end;		/* file blocks */
	bool			lost;			/* by the file */
	u64			pos, len;		/* file bytes */
};

/* ten blocks of the group, from block 100 on, are file blocks 5 to 14 */
#define TEN	REC(100, 10, 131, 5, 0)
#define BIG	BIT_ULL(40)

static const struct file_case file_cases[] = {
	{ "one sector",		TEN, 100 * BLOCK, 512, BIG,
				true, 5, 6, true, 5 * BLOCK, 512 },
	{ "sector in a block",	TEN, 103 * BLOCK + 1024, 512, BIG,
				true, 8, 9, true, 8 * BLOCK + 1024, 512 },
	{ "last sector",	TEN, 110 * BLOCK - 512, 512, BIG,
				true, 14, 15, true, 15 * BLOCK - 512, 512 },
	{ "sector before",	TEN, 100 * BLOCK - 512, 512, BIG, false },
	{ "sector after",	TEN, 110 * BLOCK, 512, BIG, false },
	{ "over the start",	TEN, 100 * BLOCK - 512, 1536, BIG,
				true, 5, 6, true, 5 * BLOCK, 1024 },
	{ "over the end",	TEN, 110 * BLOCK - 512, 1536, BIG,
				true, 14, 15, true, 15 * BLOCK - 512, 512 },
	{ "over two blocks",	TEN, 102 * BLOCK - 512, 1024, BIG,
				true, 6, 8, true, 7 * BLOCK - 512, 1024 },
	{ "all of it",		TEN, 0, 1ULL << 44, BIG,
				true, 5, 15, true, 5 * BLOCK, 10 * BLOCK },
	/* the file ends 100 bytes into its block 7 */
	{ "before the end",	TEN, 101 * BLOCK, BLOCK, 7 * BLOCK + 100,
				true, 6, 7, true, 6 * BLOCK, BLOCK },
	{ "over the file's end", TEN, 102 * BLOCK, 512, 7 * BLOCK + 100,
				true, 7, 8, true, 7 * BLOCK, 100 },
	{ "after the file's end", TEN, 102 * BLOCK + 512, 512, 7 * BLOCK + 100,
				true, 7, 8, false },
	{ "at the file's end",	TEN, 102 * BLOCK + 512, 512, 7 * BLOCK + 512,
				true, 7, 8, false },
	{ "block after the end", TEN, 103 * BLOCK, 512, 7 * BLOCK + 100,
				true, 8, 9, false },
	{ "empty file",		TEN, 100 * BLOCK, 512, 0, true, 5, 6, false },
	/* 2^54 - 2 blocks of 4096 bytes are more bytes than 64 bits can count */
	{ "beyond any file",	REC(100, 1, 131, (1ULL << 54) - 2, 0),
				100 * BLOCK, 512, S64_MAX,
				true, (1ULL << 54) - 2, (1ULL << 54) - 1,
				false },
	/* as many blocks as a group can have */
	{ "end of a huge record", REC(0, ~0U, 131, 0, 0),
				(~0U - 1ULL) * BLOCK, 512, S64_MAX,
				true, ~0U - 1ULL, ~0U,
				true, (~0U - 1ULL) * BLOCK, 512 },
};

KUNIT_ARRAY_PARAM_DESC(file, file_cases, name);

static void file_test(struct kunit *test)
{
	const struct file_case *c = test->param_value;
	const struct fserror_extent bad = { c->bad_pos, c->bad_len };
	struct fserror_extent piece;
	u64 start, end, pos;

	KUNIT_ASSERT_EQ(test, c->owned,
			xfs_media_rec_bytes(&c->rec, BLOCKLOG, &bad, &piece));
	if (!c->owned)
		return;

	xfs_media_file_blocks(&c->rec, BLOCKLOG, &piece, &start, &end);
	KUNIT_EXPECT_EQ(test, c->start, start);
	KUNIT_EXPECT_EQ(test, c->end, end);

	KUNIT_ASSERT_EQ(test, c->lost, xfs_media_file_bytes(&c->rec, BLOCKLOG,
			&piece, c->isize, &pos));
	if (!c->lost)
		return;
	KUNIT_EXPECT_EQ(test, c->pos, pos);
	KUNIT_EXPECT_EQ(test, c->len, piece.len);
}

struct part_case {
	const char	*name;
	u64		pos, len;	/* bytes of the record, in the group */
	u64		start, end;	/* file blocks that are still there */
	bool		hit;
	u64		out_pos, out_len;
};

static const struct part_case part_cases[] = {
	{ "all blocks",		100 * BLOCK, 10 * BLOCK, 5, 15,
				true, 100 * BLOCK, 10 * BLOCK },
	{ "block in the middle", 100 * BLOCK, 10 * BLOCK, 7, 8,
				true, 102 * BLOCK, BLOCK },
	{ "sector of a block",	102 * BLOCK + 512, 512, 7, 8,
				true, 102 * BLOCK + 512, 512 },
	{ "first one is gone",	102 * BLOCK + 512, 2 * BLOCK, 8, 10,
				true, 103 * BLOCK, BLOCK + 512 },
	{ "last one is gone",	102 * BLOCK + 512, 2 * BLOCK, 7, 9,
				true, 102 * BLOCK + 512, 2 * BLOCK - 512 },
	{ "all are gone",	102 * BLOCK, BLOCK, 9, 10, false },
};

KUNIT_ARRAY_PARAM_DESC(part, part_cases, name);

static void part_test(struct kunit *test)
{
	const struct part_case *c = test->param_value;
	const struct fserror_extent piece = { c->pos, c->len };
	const struct xfs_rmap_irec rec = TEN;
	struct fserror_extent out = { };

	KUNIT_ASSERT_EQ(test, c->hit, xfs_media_piece_of_blocks(&rec,
			BLOCKLOG, &piece, c->start, c->end, &out));
	KUNIT_EXPECT_EQ(test, c->out_pos, out.pos);
	KUNIT_EXPECT_EQ(test, c->out_len, out.len);
}

struct place_case {
	const char		*name;
	struct xfs_media_place	at;
	u64			pos;	/* in the section */
};

static const struct place_case place_cases[] = {
	/* a walk: what it keeps is counted from the group */
	{ "nothing of the group",
		{ .gno = 3, .phase = XFS_MEDIA_HEADER }, 3 * GIB },
	{ "in the header",
		{ .gno = 3, .phase = XFS_MEDIA_HEADER, .from = 512 },
		3 * GIB + 512 },
	{ "between clusters, after a record that is done",
		{ .gno = 3, .phase = XFS_MEDIA_QUERY, .start = 100,
		  .from = XFS_MEDIA_DONE }, 3 * GIB + 100 * BLOCK },
	{ "at a record",
		{ .gno = 3, .phase = XFS_MEDIA_KEY, .start = 100,
		  .key = { .rm_startblock = 105 }, .from = 106 * BLOCK },
		3 * GIB + 105 * BLOCK },
	{ "at a record that begins before the cluster",
		{ .gno = 3, .phase = XFS_MEDIA_KEY, .start = 100,
		  .key = { .rm_startblock = 5 } }, 3 * GIB + 100 * BLOCK },
	{ "after a record that is done",
		{ .gno = 0, .phase = XFS_MEDIA_KEY, .start = 100,
		  .key = { .rm_startblock = 105 }, .from = XFS_MEDIA_DONE },
		105 * BLOCK },
	{ "the rest of a cluster is skipped",
		{ .gno = 3, .phase = XFS_MEDIA_SKIP, .start = 100,
		  .from = 102 * BLOCK + 512 }, 3 * GIB + 102 * BLOCK + 512 },
	/* a skip of the section: from its start */
	{ "the section is skipped",
		{ .phase = XFS_MEDIA_SKIP, .from = 7 * GIB + 512 },
		7 * GIB + 512 },
};

KUNIT_ARRAY_PARAM_DESC(place, place_cases, name);

static void place_test(struct kunit *test)
{
	const struct place_case *c = test->param_value;
	const struct xfs_media_section sec = {
		.start	= GIB,
		.size	= 10 * GIB,
		.stride	= GIB,
		.groups	= 10,
	};

	KUNIT_EXPECT_EQ(test, c->pos,
			xfs_media_place_pos(&c->at, &sec, BLOCKLOG));
}

static struct kunit_case xfs_fserror_cases[] = {
	KUNIT_CASE_PARAM(clip_test, clip_gen_params),
	KUNIT_CASE_PARAM(groups_test, groups_gen_params),
	KUNIT_CASE(sparse_groups_test),
	KUNIT_CASE(cluster_test),
	KUNIT_CASE_PARAM(key_test, key_gen_params),
	KUNIT_CASE_PARAM(same_test, same_gen_params),
	KUNIT_CASE_PARAM(file_test, file_gen_params),
	KUNIT_CASE_PARAM(part_test, part_gen_params),
	KUNIT_CASE_PARAM(inode_test, inode_gen_params),
	KUNIT_CASE_PARAM(place_test, place_gen_params),
	{ }
};

static struct kunit_suite xfs_fserror_suite = {
	.name = "xfs_fserror",
	.test_cases = xfs_fserror_cases,
};

kunit_test_suite(xfs_fserror_suite);

MODULE_DESCRIPTION("KUnit tests of the XFS resolver of bad ranges");
MODULE_LICENSE("GPL");
