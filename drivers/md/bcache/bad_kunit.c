// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of what is lost of bytes that may be in a cache. Places are drawn: a
 * character for each sector. In a map of the disk "." is not in the cache, "c" is clean and
 * "d" is dirty; of a device "x" is bad. The answer has "x" for lost and "-" for degraded.
 */
#include <kunit/test.h>
#include <linux/kdev_t.h>
#include <linux/string.h>

#include "bad_join.h"

#define SECTOR		512ULL
#define CACHE_DEV	MKDEV(7, 1)
#define BACKING_DEV	MKDEV(7, 2)
/* the disk begins here on the backing device */
#define START		3
/* key number n of the map is here in the cache */
#define BUCKET(n)	(100 + 40 * (n))
#define MAX_RANGES	32

struct join_case {
	const char	*name;
	const char	*map;
	const char	*cache;		/* beside what the map says is there */
	const char	*backing;
	const char	*want;
	bool		flash;		/* no backing device */
};

static const struct join_case join_cases[] = {
	{ "nothing is bad", ".ccdd.", "......", "......", "......" },
	{ "not cached", "......", "......", ".xx..x", ".xx..x" },
	{ "clean, the cache is bad", ".cccc.", "..xx..", "......", "..--.." },
	{ "clean, the backing device is bad", ".cccc.", "......", "..xx..", "..--.." },
	{ "clean, both are bad", ".cccc.", ".xx...", "..xx..", ".-x-.." },
	{ "dirty, the cache is bad", ".dddd.", "..xx..", "......", "..xx.." },
	{ "dirty, the backing device is bad", ".dddd.", "......", "xxxxxx", "x....x" },
	{ "dirty, both are bad", ".dddd.", ".xx...", "..xx..", ".xx..." },
	{ "clean beside dirty", "ccdd..", "xxxx..", "......", "--xx.." },
	{ "clean beside dirty, both are bad", "ccdd..", "xxxx..", "xxxxxx", "xxxxxx" },
	{ "to the end", "..dd..cc", "..xx..xx", "xx..xx..", "xxxxxx--" },
	{ "without a backing device", ".dd..dd.", ".x...xx.", "........", ".x...xx.", true },
	{ "that has no copies", ".cc.....", ".x......", "xxxxxxxx", ".x......", true },
};

KUNIT_ARRAY_PARAM_DESC(join, join_cases, name);

struct bench {
	struct bdev_bad_range	cache[MAX_RANGES];
	struct bdev_bad_range	backing[MAX_RANGES];
	struct bdev_bad_range	answer[MAX_RANGES];
	struct bdev_bad_list	list;
	struct bch_bad_join	join;
};

static void add_bad(struct bdev_bad_range *ranges, unsigned int *nr, dev_t dev,
		    u64 sector, u64 count)
{
	ranges[(*nr)++] = (struct bdev_bad_range) {
		.pos		= sector * SECTOR,
		.len		= count * SECTOR,
		.cause		= BDEV_BAD_MEDIA,
		.origin_dev	= dev,
		.origin_pos	= sector * SECTOR,
		.origin_len	= count * SECTOR,
	};
}

static unsigned int run_length(const char *map, unsigned int at)
{
	unsigned int end = at;

	while (map[end] == map[at])
		end++;
	return end - at;
}

static void draw(struct kunit *test, struct bench *b, const struct join_case *c)
{
	unsigned int i, len, key = 0, nr_cache = 0, nr_backing = 0;

	for (i = 0; c->map[i]; i += len) {
		unsigned int j;

		len = run_length(c->map, i);
		for (j = i; j < i + len; j++)
			if (c->map[i] != '.' && c->cache[j] == 'x')
				add_bad(b->cache, &nr_cache, CACHE_DEV,
					BUCKET(key) + j - i, 1);
		key += c->map[i] != '.';
	}
	for (i = 0; c->backing[i]; i += len) {
		len = run_length(c->backing, i);
		if (c->backing[i] == 'x')
			add_bad(b->backing, &nr_backing, BACKING_DEV, START + i, len);
	}
	KUNIT_ASSERT_LE(test, nr_cache, MAX_RANGES);

	b->list.ranges = b->answer;
	b->list.max = MAX_RANGES;
	b->join = (struct bch_bad_join) {
		.list		= &b->list,
		.cache		= { b->cache, nr_cache, CACHE_DEV },
		.backing	= { b->backing, nr_backing, BACKING_DEV },
		.has_backing	= !c->flash,
		.start		= c->flash ? 0 : START * SECTOR,
	};
}

/* Go through the map from sector @from to @to. */
static void go(struct bench *b, const struct join_case *c, unsigned int from, unsigned int to)
{
	unsigned int i, len, key = 0;
	bool more = true;

	b->join.at = from * SECTOR;
	b->join.end = to * SECTOR;
	for (i = 0; c->map[i] && more; i += len) {
		struct bch_bad_key k = { .place = BUCKET(key), .dirty = c->map[i] == 'd' };

		len = run_length(c->map, i);
		if (c->map[i] == '.')
			continue;
		key++;
		k.start = b->join.start / SECTOR + i;
		k.size = len;
		if (i + len > from && i < to)
			more = bch_bad_join_key(&b->join, &k);
	}
	bch_bad_join_uncached(&b->join, b->join.end);
}

/* What the answer says of a sector, and whether its origin is right. */
static char told(struct kunit *test, struct bench *b, unsigned int sector)
{
	const struct bdev_bad_range *r;

	for (r = b->answer; r < b->answer + b->list.nr; r++) {
		if (r->pos > sector * SECTOR || r->pos + r->len <= sector * SECTOR)
			continue;
		if (r->origin_dev == BACKING_DEV)
			KUNIT_EXPECT_EQ(test, r->origin_pos, r->pos + b->join.start);
		else
			KUNIT_EXPECT_GE(test, r->origin_pos, BUCKET(0) * SECTOR);
		KUNIT_EXPECT_EQ(test, r->origin_len, r->len);
		KUNIT_EXPECT_STREQ(test, r->layer,
				   r->flags & BDEV_BAD_DEGRADED ? "bcache" : "");
		return r->flags & BDEV_BAD_DEGRADED ? '-' : 'x';
	}
	return '.';
}

static void expect(struct kunit *test, struct bench *b, const struct join_case *c)
{
	unsigned int i;

	for (i = 0; c->map[i]; i++)
		KUNIT_EXPECT_EQ_MSG(test, told(test, b, i), c->want[i], "sector %u", i);
}

static struct bench *bench(struct kunit *test)
{
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	return b;
}

static void join_test(struct kunit *test)
{
	const struct join_case *c = test->param_value;
	unsigned int size = strlen(c->map);
	struct bench *b = bench(test);

	draw(test, b, c);
	bdev_bad_list_init(&b->list, 0, size * SECTOR);
	go(b, c, 0, size);
	KUNIT_EXPECT_EQ(test, bdev_bad_list_finish(&b->list), 0);
	expect(test, b, c);
}

/* Wherever it is cut into two, the answers are those of the whole. */
static void cut_test(struct kunit *test)
{
	const struct join_case *c = test->param_value;
	unsigned int cut, i, size = strlen(c->map);
	struct bench *b = bench(test);

	draw(test, b, c);
	for (cut = 1; cut < size; cut++) {
		bdev_bad_list_init(&b->list, 0, cut * SECTOR);
		go(b, c, 0, cut);
		for (i = 0; i < cut; i++)
			KUNIT_EXPECT_EQ(test, told(test, b, i), c->want[i]);
		bdev_bad_list_init(&b->list, cut * SECTOR, (size - cut) * SECTOR);
		go(b, c, cut, size);
		for (i = cut; i < size; i++)
			KUNIT_EXPECT_EQ(test, told(test, b, i), c->want[i]);
	}
}

/* Going through it for one bad range of the cache after the other is the same. */
static void passes_test(struct kunit *test)
{
	const struct join_case *c = test->param_value;
	unsigned int i, nr, size = strlen(c->map);
	struct bench *b = bench(test);

	draw(test, b, c);
	nr = b->join.cache.nr;
	bdev_bad_list_init(&b->list, 0, size * SECTOR);
	for (i = 0; i < max(nr, 1U); i++) {
		b->join.cache.ranges = b->cache + i;
		b->join.cache.nr = min(nr, 1U);
		go(b, c, 0, size);
	}
	expect(test, b, c);
}

/* The cache is gone: what is dirty is lost, and of what is clean there is a copy. */
static void gone_test(struct kunit *test)
{
	static const struct join_case c = {
		.map	 = ".ccdd.", .cache = "......",
		.backing = "......", .want  = ".--xx.",
	};
	struct bench *b = bench(test);

	draw(test, b, &c);
	b->cache[0] = (struct bdev_bad_range) {
		.len		= U64_MAX,
		.cause		= BDEV_BAD_REMOVED,
		.origin_dev	= CACHE_DEV,
		.origin_len	= U64_MAX,
	};
	b->join.cache.nr = 1;
	bdev_bad_list_init(&b->list, 0, 6 * SECTOR);
	go(b, &c, 0, 6);
	expect(test, b, &c);
	KUNIT_EXPECT_EQ(test, b->list.nr, 2);
	KUNIT_EXPECT_EQ(test, b->answer[0].cause, BDEV_BAD_REMOVED);
	KUNIT_EXPECT_EQ(test, b->answer[1].origin_pos, BUCKET(1) * SECTOR);
}

/* If there is no more room, it ends, and @next is where. */
static void full_test(struct kunit *test)
{
	static const struct join_case c = {
		.map	 = "d.d.d.d.", .cache = "x.x.x.x.",
		.backing = "........", .want  = "x.x.x.x.",
	};
	struct bench *b = bench(test);

	draw(test, b, &c);
	b->list.max = 2;
	bdev_bad_list_init(&b->list, 0, 8 * SECTOR);
	go(b, &c, 0, 8);
	KUNIT_EXPECT_TRUE(test, b->join.full);
	KUNIT_EXPECT_EQ(test, bdev_bad_list_finish(&b->list), 0);
	KUNIT_EXPECT_EQ(test, b->list.nr, 2);
	KUNIT_EXPECT_EQ(test, b->list.next, 4 * SECTOR);
}

static struct kunit_case bcache_bad_cases[] = {
	KUNIT_CASE_PARAM(join_test, join_gen_params),
	KUNIT_CASE_PARAM(cut_test, join_gen_params),
	KUNIT_CASE_PARAM(passes_test, join_gen_params),
	KUNIT_CASE(gone_test),
	KUNIT_CASE(full_test),
	{ }
};

static struct kunit_suite bcache_bad_suite = {
	.name		= "bcache_bad",
	.test_cases	= bcache_bad_cases,
};

kunit_test_suite(bcache_bad_suite);

MODULE_DESCRIPTION("KUnit tests of what is lost of bytes that may be in a cache");
MODULE_LICENSE("GPL");
