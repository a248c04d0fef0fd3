// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of what is lost of bytes that have several places: stripes, mirrors,
 * RAID5 and 6, caches, blocks that are read as a whole.
 */
#include <kunit/test.h>
#include <linux/blk-badrange.h>
#include <linux/kdev_t.h>
#include "dm-bad-combine.h"

#define K(n)		((n) * 1024ULL)
#define PAGE4		4096
#define MAX_MEMBERS	5
#define MAX_BAD		3
#define MAX_WANT	4

/* what is bad of a member */
struct bad {
	u64	pos, len;
	char	how;	/* 'b'ad, 'r'emoved, 'u'nknown, 'd'egraded; 0 ends the list */
};

struct member {
	struct bad	bad[MAX_BAD];
	u64		pos;
	bool		missing;
};

struct want {
	u64			pos, len;
	enum dm_bad_state	state;
	int			range;	/* of that member, -1 if there is none */
	unsigned int		member;
};

struct shape {
	u64		len;
	unsigned int	tolerated;
	u64		own_unit, peer_unit;
	bool		may_correct;
	unsigned int	nr;
	unsigned int	copies;
	bool		paths;
	bool		unsure;
};

struct combine_case {
	const char	*name;
	struct shape	shape;
	struct member	member[MAX_MEMBERS];
	unsigned int	nr_want;
	struct want	want[MAX_WANT];
};

#define LOST		DM_BAD_LOST
#define UNKNOWN		DM_BAD_UNKNOWN
#define DEGRADED	DM_BAD_DEGRADED

/* shapes: bytes, tolerated, own unit, peer unit, may be corrected, places, copies, ... */
#define LINEAR		{ K(64), 0, 0, 0, false, 1 }
#define MIRROR2		{ K(64), 1, 0, 0, false, 2 }
#define MIRROR3		{ K(64), 2, 0, 0, false, 3 }
#define CRYPT		{ K(64), 0, PAGE4, 0, false, 1 }
#define FEC		{ K(64), 0, PAGE4, 0, true, 1 }
#define RAID5		{ K(64), 1, PAGE4, PAGE4, false, 4 }
#define RAID6		{ K(64), 2, PAGE4, PAGE4, false, 5 }
#define LAZY5		{ K(64), 1, 0, PAGE4, false, 4, 0, false, true }
#define COPIES2		{ K(64), 1, 0, 0, false, 2, 2 }
#define COPIES3		{ K(64), 2, 0, 0, false, 3, 3 }
#define PARITY		{ K(64), 1, PAGE4, PAGE4, false, 4, 2 }
#define CACHE_DIRTY	{ K(64), 0, 0, 0, false, 1 }
#define CACHE_CLEAN	{ K(64), 1, 0, 0, false, 2, 2 }
#define PATHS2		{ K(64), 0, 0, 0, false, 2, 0, true }
#define PATHS3		{ K(64), 0, 0, 0, false, 3, 0, true }

#define BAD(...)	{ .bad = { __VA_ARGS__ } }
#define AT(p, ...)	{ .bad = { __VA_ARGS__ }, .pos = (p) }
#define GOOD		{ }
#define MISSING		{ .missing = true }

static const struct combine_case combine_cases[] = {
	/* one place */
	{ "linear: nothing", LINEAR, { GOOD }, 0 },
	{ "linear: a sector", LINEAR, { BAD({ 512, 512, 'b' }) },
	  1, { { 512, 512, LOST, 0 } } },
	{ "linear: first and last byte", LINEAR,
	  { BAD({ 0, 1, 'b' }, { K(64) - 1, 1, 'b' }) },
	  2, { { 0, 1, LOST, 0 }, { K(64) - 1, 1, LOST, 1 } } },
	{ "linear: over both ends", LINEAR,
	  { AT(K(8), { K(4), K(128), 'b' }) }, 1, { { 0, K(64), LOST, 0 } } },
	{ "linear: beside both ends", LINEAR,
	  { AT(K(8), { K(4), K(4), 'b' }, { K(72), 512, 'b' }) }, 0 },
	{ "linear: the device is gone", LINEAR, { AT(K(8), { 0, S64_MAX, 'r' }) },
	  1, { { 0, K(64), LOST, 0 } } },
	{ "linear: not there", LINEAR, { MISSING }, 1, { { 0, K(64), LOST, -1 } } },
	{ "linear: nobody knows", LINEAR, { BAD({ 512, 512, 'u' }) },
	  1, { { 512, 512, UNKNOWN, 0 } } },
	{ "linear: has a copy below", LINEAR, { BAD({ 512, 512, 'd' }) },
	  1, { { 512, 512, DEGRADED, 0 } } },
	{ "linear: neighbours of two origins", LINEAR,
	  { BAD({ 512, 512, 'b' }, { 1024, 512, 'b' }) },
	  2, { { 512, 512, LOST, 0 }, { 1024, 512, LOST, 1 } } },

	/* blocks that are read as a whole */
	{ "crypt: a sector", CRYPT, { BAD({ 4608, 512, 'b' }) },
	  1, { { PAGE4, PAGE4, LOST, 0 } } },
	{ "crypt: over a border", CRYPT, { BAD({ 3584, 1024, 'b' }) },
	  1, { { 0, 2 * PAGE4, LOST, 0 } } },
	{ "crypt: two in one block", CRYPT,
	  { BAD({ 512, 512, 'b' }, { 2048, 512, 'b' }) },
	  1, { { 0, PAGE4, LOST, 0 } } },
	{ "crypt: a worse one in the block", CRYPT,
	  { BAD({ 512, 512, 'u' }, { 2048, 512, 'b' }) },
	  1, { { 0, PAGE4, LOST, 1 } } },
	{ "crypt: a long one is not walked", { K(1ULL << 40), 0, PAGE4, 0, false, 1 },
	  { BAD({ 512, K(1ULL << 40) - 1024, 'b' }) },
	  1, { { 0, K(1ULL << 40), LOST, 0 } } },
	{ "crypt: the device is gone", CRYPT, { AT(512, { 0, S64_MAX, 'r' }) },
	  1, { { 0, K(64), LOST, 0 } } },
	{ "crypt: not on a block of the device", CRYPT,
	  { AT(512, { PAGE4, 512, 'b' }) }, 1, { { 0, PAGE4, LOST, 0 } } },
	{ "verity: parity may get it back", FEC, { BAD({ 4608, 512, 'b' }) },
	  1, { { PAGE4, PAGE4, UNKNOWN, 0 } } },

	/* copies */
	{ "mirror: the other leg", MIRROR2, { GOOD, BAD({ 512, 512, 'b' }) }, 0 },
	{ "mirror: one leg", MIRROR2, { BAD({ 512, 512, 'b' }), GOOD },
	  1, { { 512, 512, DEGRADED, 0 } } },
	{ "mirror: both, beside each other", MIRROR2,
	  { BAD({ 512, 512, 'b' }), BAD({ 1024, 512, 'b' }) },
	  1, { { 512, 512, DEGRADED, 0 } } },
	{ "mirror: both, overlapping", MIRROR2,
	  { BAD({ 512, 1024, 'b' }), AT(K(8), { K(8) + 1024, 1024, 'b' }) },
	  2, { { 512, 512, DEGRADED, 0 }, { 1024, 512, LOST, 0 } } },
	{ "mirror: one gone, the other bad", MIRROR2,
	  { BAD({ 512, 512, 'b' }), MISSING }, 1, { { 512, 512, LOST, 0 } } },
	{ "mirror: the read one gone, the other bad", MIRROR2,
	  { MISSING, BAD({ 512, 512, 'b' }) },
	  3, { { 0, 512, DEGRADED, -1 }, { 512, 512, LOST, -1 },
	       { 1024, K(64) - 1024, DEGRADED, -1 } } },
	{ "mirror: both gone", MIRROR2, { MISSING, MISSING },
	  1, { { 0, K(64), LOST, -1 } } },
	{ "mirror: bad, and nobody knows of the other", MIRROR2,
	  { BAD({ 512, 512, 'b' }), BAD({ 0, K(64), 'u' }) },
	  1, { { 512, 512, UNKNOWN, 0 } } },
	{ "mirror: nobody knows, and the other is bad", MIRROR2,
	  { BAD({ 512, 512, 'u' }), BAD({ 512, 512, 'b' }) },
	  1, { { 512, 512, UNKNOWN, 0 } } },
	{ "mirror: nobody knows, and the other is good", MIRROR2,
	  { BAD({ 512, 512, 'u' }), GOOD }, 0 },
	{ "mirror of three: two are bad", MIRROR3,
	  { BAD({ 512, 512, 'b' }), BAD({ 512, 512, 'b' }), GOOD },
	  1, { { 512, 512, DEGRADED, 0 } } },
	{ "mirror of three: all are bad", MIRROR3,
	  { BAD({ 512, 512, 'b' }), BAD({ 512, 512, 'b' }),
	    BAD({ 512, 512, 'b' }) }, 1, { { 512, 512, LOST, 0 } } },
	{ "mirror of three: one bad, one gone, one unknown", MIRROR3,
	  { BAD({ 512, 512, 'b' }), MISSING, BAD({ 512, 512, 'u' }) },
	  1, { { 512, 512, UNKNOWN, 0 } } },

	/* a copy that is not good is told, also if it is not the one that is read */
	{ "copies: the other leg", COPIES2, { GOOD, BAD({ 512, 512, 'b' }) },
	  1, { { 512, 512, DEGRADED, 0, 1 } } },
	{ "copies: the other leg is gone", COPIES2, { GOOD, MISSING },
	  1, { { 0, K(64), DEGRADED, -1, 1 } } },
	{ "copies: nobody knows of the other leg", COPIES2,
	  { GOOD, BAD({ 512, 512, 'u' }) }, 0 },
	{ "copies: the other leg has copies itself", COPIES2,
	  { GOOD, BAD({ 512, 512, 'd' }) },
	  1, { { 512, 512, DEGRADED, 0, 1 } } },
	{ "copies: both, beside each other", COPIES2,
	  { BAD({ 512, 512, 'b' }), BAD({ 1024, 512, 'b' }) },
	  2, { { 512, 512, DEGRADED, 0, 0 }, { 1024, 512, DEGRADED, 0, 1 } } },
	{ "copies: both, overlapping", COPIES2,
	  { BAD({ 512, 1024, 'b' }), BAD({ 1024, 1024, 'b' }) },
	  3, { { 512, 512, DEGRADED, 0, 0 }, { 1024, 512, LOST, 0, 0 },
	       { 1536, 512, DEGRADED, 0, 1 } } },
	{ "copies of three: the second and the third", COPIES3,
	  { GOOD, BAD({ 512, 512, 'b' }), BAD({ 1024, 512, 'b' }) },
	  2, { { 512, 512, DEGRADED, 0, 1 }, { 1024, 512, DEGRADED, 0, 2 } } },
	{ "raid5: the parity of the first member", PARITY,
	  { GOOD, BAD({ 512, 512, 'b' }), GOOD, GOOD },
	  1, { { 0, PAGE4, DEGRADED, 0, 1 } } },
	{ "raid5: another member is told where its bytes are", PARITY,
	  { GOOD, GOOD, BAD({ 512, 512, 'b' }), GOOD }, 0 },

	/* parity */
	{ "raid5: one sector", RAID5, { BAD({ 512, 512, 'b' }), GOOD, GOOD, GOOD },
	  1, { { 0, PAGE4, DEGRADED, 0 } } },
	{ "raid5: a peer's sector", RAID5,
	  { GOOD, BAD({ 512, 512, 'b' }), GOOD, GOOD }, 0 },
	{ "raid5: different sectors in one stripe page", RAID5,
	  { BAD({ 512, 512, 'b' }), GOOD, BAD({ 3072, 512, 'b' }), GOOD },
	  1, { { 0, PAGE4, LOST, 0 } } },
	{ "raid5: sectors in different stripe pages", RAID5,
	  { BAD({ 512, 512, 'b' }), GOOD, BAD({ PAGE4, 512, 'b' }), GOOD },
	  1, { { 0, PAGE4, DEGRADED, 0 } } },
	{ "raid5: a member is missing, nothing else", RAID5,
	  { GOOD, MISSING, GOOD, GOOD }, 0 },
	{ "raid5: a member is missing, one sector bad", RAID5,
	  { BAD({ 512, 512, 'b' }), MISSING, GOOD, GOOD },
	  1, { { 0, PAGE4, LOST, 0 } } },
	{ "raid5: of the missing member", RAID5,
	  { MISSING, BAD({ 512, 512, 'b' }), GOOD, GOOD },
	  2, { { 0, PAGE4, LOST, -1 },
	       { PAGE4, K(64) - PAGE4, DEGRADED, -1 } } },
	{ "raid5: nobody knows of a peer", RAID5,
	  { BAD({ 512, 512, 'b' }), BAD({ 0, K(64), 'u' }), GOOD, GOOD },
	  1, { { 0, PAGE4, UNKNOWN, 0 } } },
	{ "raid5, parity may not exist: a sector", LAZY5, { BAD({ 512, 512, 'b' }) },
	  1, { { 512, 512, UNKNOWN, 0 } } },
	{ "raid5, parity may not exist: two sectors", LAZY5,
	  { BAD({ 512, 512, 'b' }), BAD({ 0, 512, 'b' }) }, 1, { { 512, 512, LOST, 0 } } },
	{ "raid6: two in one stripe page", RAID6,
	  { BAD({ 512, 512, 'b' }), GOOD, BAD({ 3072, 512, 'b' }), GOOD, GOOD },
	  1, { { 0, PAGE4, DEGRADED, 0 } } },
	{ "raid6: three in one stripe page", RAID6,
	  { BAD({ 512, 512, 'b' }), BAD({ 1024, 512, 'b' }),
	    BAD({ 3072, 512, 'b' }), GOOD, GOOD },
	  1, { { 0, PAGE4, LOST, 0 } } },
	{ "raid6: one is missing, two are bad", RAID6,
	  { BAD({ 512, 512, 'b' }), MISSING, GOOD, GOOD, BAD({ 0, 512, 'b' }) },
	  1, { { 0, PAGE4, LOST, 0 } } },
	{ "raid6: two are missing, one is bad elsewhere", RAID6,
	  { BAD({ K(8), 512, 'b' }), MISSING, MISSING, GOOD, GOOD },
	  1, { { K(8), PAGE4, LOST, 0 } } },

	/* caches */
	{ "cache: dirty", CACHE_DIRTY, { BAD({ 512, 512, 'b' }) },
	  1, { { 512, 512, LOST, 0 } } },
	{ "cache: clean, the cache is bad", CACHE_CLEAN,
	  { BAD({ 512, 512, 'b' }), GOOD }, 1, { { 512, 512, DEGRADED, 0 } } },
	{ "cache: clean, the origin is bad", CACHE_CLEAN,
	  { GOOD, BAD({ 512, 512, 'b' }) }, 1, { { 512, 512, DEGRADED, 0, 1 } } },
	{ "cache: clean, both are bad", CACHE_CLEAN,
	  { BAD({ 512, 512, 'b' }), AT(K(1024), { K(1024) + 512, 512, 'b' }) },
	  1, { { 512, 512, LOST, 0 } } },
	{ "cache: clean, the cache is gone", CACHE_CLEAN,
	  { BAD({ 0, S64_MAX, 'r' }), GOOD }, 1, { { 0, K(64), DEGRADED, 0 } } },

	/* ways to the same bytes */
	{ "paths: nothing", PATHS2, { GOOD, GOOD }, 0 },
	{ "paths: one of them found something", PATHS2,
	  { GOOD, BAD({ 512, 512, 'b' }) }, 1, { { 512, 512, LOST, 0, 1 } } },
	{ "paths: each found something", PATHS2,
	  { BAD({ 512, 512, 'b' }), BAD({ 512, 1024, 'b' }) },
	  2, { { 512, 512, LOST, 0, 0 }, { 1024, 512, LOST, 0, 1 } } },
	{ "paths: one of them is gone", PATHS2, { BAD({ 0, S64_MAX, 'r' }), GOOD }, 0 },
	{ "paths: one of them is gone, another found something", PATHS3,
	  { BAD({ 0, S64_MAX, 'r' }), GOOD, BAD({ 512, 512, 'b' }) },
	  1, { { 512, 512, LOST, 0, 2 } } },
	{ "paths: all are gone", PATHS2,
	  { BAD({ 0, S64_MAX, 'r' }), BAD({ 0, S64_MAX, 'r' }) },
	  1, { { 0, K(64), LOST, 0, 1 } } },
	{ "paths: nobody knows by one of them", PATHS2,
	  { GOOD, BAD({ 512, 512, 'u' }) }, 1, { { 512, 512, UNKNOWN, 0, 1 } } },
	{ "paths: by one of them it is unknown, by another bad", PATHS2,
	  { BAD({ 512, 512, 'u' }), BAD({ 512, 512, 'b' }) },
	  1, { { 512, 512, LOST, 0, 1 } } },
};

KUNIT_ARRAY_PARAM_DESC(combine, combine_cases, name);

struct found {
	struct kunit			*test;
	const struct combine_case	*c;
	struct bdev_bad_range		(*ranges)[MAX_BAD];
	unsigned int			nr;
	unsigned int			max;
};

static unsigned int make_ranges(const struct member *m,
				struct bdev_bad_range *ranges)
{
	unsigned int i;

	for (i = 0; i < MAX_BAD && m->bad[i].how; i++) {
		const struct bad *bad = &m->bad[i];

		ranges[i] = (struct bdev_bad_range) {
			.pos	= bad->pos,
			.len	= bad->len,
			.cause	= bad->how == 'r' ? BDEV_BAD_REMOVED :
						    BDEV_BAD_MEDIA,
			.flags	= bad->how == 'u' ? BDEV_BAD_UNKNOWN :
				  bad->how == 'd' ? BDEV_BAD_DEGRADED : 0,
		};
	}
	return i;
}

static void make_members(const struct member *m, unsigned int nr,
			 struct bdev_bad_range (*ranges)[MAX_BAD],
			 struct dm_bad_member *members)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		members[i] = (struct dm_bad_member) {
			.ranges		= ranges[i],
			.nr		= make_ranges(&m[i], ranges[i]),
			.pos		= m[i].pos,
			.missing	= m[i].missing,
		};
	}
}

static bool found_one(const struct dm_bad_verdict *v, void *data)
{
	struct found *found = data;
	const struct want *want = &found->c->want[found->nr];
	struct kunit *test = found->test;

	KUNIT_EXPECT_LT(test, found->nr, found->c->nr_want);
	if (found->nr++ >= found->c->nr_want)
		return false;
	KUNIT_EXPECT_EQ(test, want->pos, v->pos);
	KUNIT_EXPECT_EQ(test, want->len, v->len);
	KUNIT_EXPECT_EQ(test, want->state, v->state);
	KUNIT_EXPECT_EQ(test, want->member, v->member);
	if (want->range < 0)
		KUNIT_EXPECT_NULL(test, v->range);
	else
		KUNIT_EXPECT_PTR_EQ(test,
				    &found->ranges[want->member][want->range],
				    v->range);
	return found->nr < found->max;
}

static void run_combine(struct kunit *test, const struct combine_case *c,
			unsigned int max)
{
	static struct bdev_bad_range ranges[MAX_MEMBERS][MAX_BAD];
	static struct dm_bad_member members[MAX_MEMBERS];
	struct dm_bad_row row = {
		.len		= c->shape.len,
		.tolerated	= c->shape.tolerated,
		.own_unit	= c->shape.own_unit,
		.peer_unit	= c->shape.peer_unit,
		.may_correct	= c->shape.may_correct,
		.nr		= c->shape.nr,
		.copies		= c->shape.copies,
		.paths		= c->shape.paths,
		.unsure		= c->shape.unsure,
		.members	= members,
	};
	struct found found = { test, c, ranges, 0, max };

	make_members(c->member, c->shape.nr, ranges, members);
	KUNIT_EXPECT_EQ(test, c->nr_want < max,
			dm_bad_combine(&row, found_one, &found));
	KUNIT_EXPECT_EQ(test, min(max, c->nr_want), found.nr);
}

static void combine_test(struct kunit *test)
{
	run_combine(test, test->param_value, UINT_MAX);
}

/* who has no room ends it, and nothing else is found */
static void combine_stop_test(struct kunit *test)
{
	const struct combine_case *c = test->param_value;

	if (c->nr_want)
		run_combine(test, c, 1);
}

struct tolerated_case {
	const char	*name;
	unsigned int	nr, tolerated;
	struct member	member[MAX_MEMBERS];
	bool		ok;
};

/* also while an array is reshaped, when nobody can say which places make up a row */
static const struct tolerated_case tolerated_cases[] = {
	{ "raid5: nothing", 4, 1, { GOOD, GOOD, GOOD, GOOD }, true },
	{ "raid5: reshape, one member is bad", 4, 1,
	  { GOOD, BAD({ 512, 512, 'b' }, { K(32), 512, 'b' }), GOOD, GOOD }, true },
	{ "raid5: reshape, one member is missing", 4, 1,
	  { GOOD, MISSING, GOOD, GOOD }, true },
	{ "raid5: reshape, two members are bad", 4, 1,
	  { BAD({ 512, 512, 'b' }), BAD({ K(32), 512, 'b' }), GOOD, GOOD }, false },
	{ "raid5: reshape, one is missing and one bad", 4, 1,
	  { MISSING, BAD({ K(32), 512, 'b' }), GOOD, GOOD }, false },
	{ "raid5: nobody knows of a second one", 4, 1,
	  { BAD({ 512, 512, 'b' }), BAD({ K(32), 512, 'u' }), GOOD, GOOD }, false },
	{ "raid5: a second one has a copy below", 4, 1,
	  { BAD({ 512, 512, 'b' }), BAD({ K(32), 512, 'd' }), GOOD, GOOD }, true },
	{ "raid6: reshape, two members", 5, 2,
	  { BAD({ 512, 512, 'b' }), MISSING, GOOD, GOOD, GOOD }, true },
	{ "raid6: reshape, three members", 5, 2,
	  { BAD({ 512, 512, 'b' }), MISSING, BAD({ 0, 1, 'b' }), GOOD, GOOD },
	  false },
};

KUNIT_ARRAY_PARAM_DESC(tolerated, tolerated_cases, name);

static void tolerated_test(struct kunit *test)
{
	const struct tolerated_case *c = test->param_value;
	static struct bdev_bad_range ranges[MAX_MEMBERS][MAX_BAD];
	static struct dm_bad_member members[MAX_MEMBERS];

	make_members(c->member, c->nr, ranges, members);
	KUNIT_EXPECT_EQ(test, c->ok,
			dm_bad_tolerated(members, c->nr, c->tolerated));
}

struct verdict_case {
	const char		*name;
	enum dm_bad_state	state;
	bool			missing;	/* nothing is known of the place but that */
	u32			flags;		/* of the range below */
	u64			origin_len;	/* the same */
	const char		*layer;		/* the same */
	struct bdev_bad_range	want;
};

/*
 * Bytes 1536 to 2560 of a row that begins at byte 4096 of device 8:1; below, 8 KiB from
 * byte 5120 of that device on are bad, which are at 65536 of device 259:0.
 */
static const struct verdict_case verdict_cases[] = {
#define BELOW(pos, len)	.cause = BDEV_BAD_MEDIA, .origin_dev = MKDEV(259, 0), \
			.origin_pos = 65536 + (pos), .origin_len = (len)
#define PLACE		.cause = BDEV_BAD_REMOVED, .origin_dev = MKDEV(8, 1), \
			.origin_pos = 4096 + 1536, .origin_len = 1024
	{ "lost", LOST, false, 0, K(8), "", { BELOW(512, 1024) } },
	{ "lost, but for some bytes", LOST, false, BDEV_BAD_PARTIAL, K(8), "",
	  { BELOW(0, K(8)), .flags = BDEV_BAD_PARTIAL } },
	{ "lost, of which a layer below does not know where", LOST, false, 0, 512, "btt",
	  { BELOW(0, 512), .layer = "btt" } },
	{ "lost, and degraded below", LOST, false, BDEV_BAD_DEGRADED, K(8), "md",
	  { BELOW(512, 1024), .layer = "md" } },
	{ "degraded", DEGRADED, false, 0, K(8), "",
	  { BELOW(512, 1024), .flags = BDEV_BAD_DEGRADED, .layer = "mirror" } },
	{ "degraded, here and below", DEGRADED, false, BDEV_BAD_DEGRADED, K(8), "md",
	  { BELOW(512, 1024), .flags = BDEV_BAD_DEGRADED, .layer = "md" } },
	{ "degraded, as a copy is missing", DEGRADED, true, 0, 0, "",
	  { PLACE, .flags = BDEV_BAD_DEGRADED, .layer = "mirror" } },
	{ "lost, as the last copy is missing", LOST, true, 0, 0, "", { PLACE } },
	{ "not known", UNKNOWN, false, BDEV_BAD_UNKNOWN, K(8), "",
	  { BELOW(512, 1024), .flags = BDEV_BAD_UNKNOWN } },
#undef BELOW
#undef PLACE
};

KUNIT_ARRAY_PARAM_DESC(verdict, verdict_cases, name);

static void verdict_test(struct kunit *test)
{
	const struct verdict_case *c = test->param_value;
	struct bdev_bad_range below = {
		.pos		= 5120,
		.len		= K(8),
		.cause		= BDEV_BAD_MEDIA,
		.flags		= c->flags,
		.origin_dev	= MKDEV(259, 0),
		.origin_pos	= 65536,
		.origin_len	= c->origin_len,
	};
	const struct dm_bad_verdict v = {
		.pos	= 1536,
		.len	= 1024,
		.state	= c->state,
		.range	= c->missing ? NULL : &below,
	};
	struct bdev_bad_range range;

	strscpy(below.layer, c->layer);
	range = dm_bad_verdict_range(&v, MKDEV(8, 1), 4096, "mirror");
	KUNIT_EXPECT_EQ(test, range.len, 1024);
	KUNIT_EXPECT_EQ(test, range.cause, c->want.cause);
	KUNIT_EXPECT_EQ(test, range.flags, c->want.flags);
	KUNIT_EXPECT_EQ(test, range.origin_dev, c->want.origin_dev);
	KUNIT_EXPECT_EQ(test, range.origin_pos, c->want.origin_pos);
	KUNIT_EXPECT_EQ(test, range.origin_len, c->want.origin_len);
	KUNIT_EXPECT_STREQ(test, range.layer, c->want.layer);
}

static struct kunit_case dm_bad_combine_cases[] = {
	KUNIT_CASE_PARAM(combine_test, combine_gen_params),
	KUNIT_CASE_PARAM(combine_stop_test, combine_gen_params),
	KUNIT_CASE_PARAM(tolerated_test, tolerated_gen_params),
	KUNIT_CASE_PARAM(verdict_test, verdict_gen_params),
	{ }
};

static struct kunit_suite dm_bad_combine_suite = {
	.name		= "dm_bad_combine",
	.test_cases	= dm_bad_combine_cases,
};

kunit_test_suite(dm_bad_combine_suite);

MODULE_DESCRIPTION("KUnit tests of what is lost of bytes with several places");
MODULE_LICENSE("GPL");
