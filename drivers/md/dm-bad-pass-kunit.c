// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of devices of which more is bad than there is room for, below a target that
 * does not keep their order: are the windows the lowest ones, and how many steps did
 * that take? Steps are counted, because time depends on the machine. And are the devices of
 * a table found again?
 */
#include <kunit/test.h>
#include <linux/blk_types.h>
#include <linux/device.h>
#include <linux/device-mapper.h>
#include "dm-bad-ask.h"

#define CHUNK		4096ULL
#define CHUNKS		4096U
#define BEGIN		(100ULL << SECTOR_SHIFT)

/**
 * struct pass_case - a device, and how much of it there is room for
 * @name: of the case
 * @nr_bad: how many sectors are bad
 * @stride: bytes from one to the next
 * @room: for how many ranges there is room
 * @windows: for how many windows
 * @walks: how often the target may go through its map
 * @found: how many windows have to be found at least
 */
struct pass_case {
	const char	*name;
	unsigned int	nr_bad;
	u64		stride;
	unsigned int	room;
	unsigned int	windows;
	unsigned int	walks;
	unsigned int	found;
};

static const struct pass_case pass_cases[] = {
	{ "nothing",			0, 1024, 64, 256, 1, 0 },
	{ "all at once",		500, 1024, 512, 256, 1, 256 },
	{ "one too many",		513, 1024, 512, 256, 2, 256 },
	{ "bad and good in turns",	4 * CHUNKS, 1024, 1024, 256, 24, 256 },
	{ "one in each chunk",		CHUNKS, CHUNK, 512, 256, 16, 256 },
	{ "less room than windows",	4 * CHUNKS, 1024, 64, 256, 400, 16 },
	{ "few windows",		4 * CHUNKS, 1024, 1024, 4, 8, 4 },
	{ "behind what is mapped",	8 * CHUNKS, 1024, 1024, 256, 24, 256 },
};

KUNIT_ARRAY_PARAM_DESC(pass, pass_cases, name);

/**
 * struct pass_world - a target, and the device below it
 * @c: what it is like
 * @q: the question
 * @ti: the target
 * @asked: how many bad ranges the device has named
 * @walks: how often the target has gone through its map
 * @error: what it returns
 */
struct pass_world {
	const struct pass_case		*c;
	struct dm_bad_question		*q;
	struct dm_target		ti;
	unsigned int			asked;
	unsigned int			walks;
	int				error;
};

/* Where in the device is a chunk of the target? In no order, and each once. */
static u64 pass_place(unsigned int chunk)
{
	return (chunk * 1235U + 17) % CHUNKS;
}

static int pass_walk(struct dm_target *ti, struct dm_bad_windows *w)
{
	struct pass_world *world = ti->private;
	unsigned int i;

	world->walks++;
	if (world->error)
		return world->error;
	for (i = 0; i < CHUNKS; i++) {
		unsigned int chunk = i * 5 % CHUNKS;

		dm_bad_windows_piece(ti, w, chunk * CHUNK, pass_place(chunk) * CHUNK, CHUNK);
	}
	return 0;
}

static struct target_type pass_type = {
	.name		= "kunit",
	.bad_walk	= pass_walk,
};

static bool pass_is_bad(const struct pass_case *c, u64 pos)
{
	return pos % c->stride == 0 && pos / c->stride < c->nr_bad;
}

/* What dm_bad_ask_more() does. */
static void pass_ask(struct pass_world *world, struct dm_bad_ask *ask)
{
	const struct pass_case *c = world->c;

	for (; ask->nr < ask->max && world->asked < c->nr_bad; world->asked++)
		ask->ranges[ask->nr++] = (struct bdev_bad_range) {
			.pos	= world->asked * c->stride,
			.len	= SECTOR_SIZE,
		};
	ask->next = world->asked == c->nr_bad ? ask->end : world->asked * c->stride;
}

/* What dm_bad_candidates() does. */
static void pass_look(struct pass_world *world, struct dm_bad_ask *ask)
{
	struct dm_bad_question *q = world->q;
	struct dm_bad_windows w = {
		.len	= ask->end,
		.end	= CHUNKS * CHUNK,
		.set	= &q->set,
	};
	unsigned int i;

	q->set.budget = UINT_MAX;
	ask->rest = U64_MAX;
	for (i = ask->done; i < ask->nr; i++)
		ask->low[i] = U64_MAX;
	dm_bad_walk(q, &world->ti, ask, &w);
	dm_bad_set_cut(&q->set);
	ask->done = ask->nr;
}

static void pass_begin(struct kunit *test, struct pass_world *world)
{
	const struct pass_case *c = world->c;
	struct dm_bad_question *q = kunit_kzalloc(test, sizeof(*q), GFP_KERNEL);
	struct dm_bad_ask *ask;

	KUNIT_ASSERT_NOT_NULL(test, q);
	q->pool = kunit_kcalloc(test, c->room, sizeof(*q->pool), GFP_KERNEL);
	q->lows = kunit_kcalloc(test, 2 * c->room, sizeof(*q->lows), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, q->pool);
	KUNIT_ASSERT_NOT_NULL(test, q->lows);
	q->pos = BEGIN;
	q->end = BEGIN + CHUNKS * CHUNK;
	q->nr_asks = 1;
	q->nr_placed = 1;
	q->set = (struct dm_bad_set) {
		.windows = q->windows, .max = c->windows, .limit = U64_MAX,
	};
	ask = &q->asks[0];
	ask->ranges = q->pool;
	ask->low = q->lows;
	ask->max = c->room;
	ask->end = 8 * CHUNKS * CHUNK;
	world->q = q;
	world->ti = (struct dm_target) {
		.type = &pass_type, .begin = BEGIN >> SECTOR_SHIFT,
		.len = CHUNKS * (CHUNK >> SECTOR_SHIFT), .private = world,
	};
}

/* What dm_bad_find() does. Returns whether all that is needed has been looked at. */
static bool pass_find(struct pass_world *world)
{
	struct dm_bad_question *q = world->q;
	struct dm_bad_ask *ask = &q->asks[0];

	pass_ask(world, ask);
	pass_look(world, ask);
	while (dm_bad_unfinished(q)) {
		if (!dm_bad_make_room(q, ask))
			return false;
		pass_ask(world, ask);
		pass_look(world, ask);
	}
	return true;
}

/* The windows are the lowest ones, and what is bad there is at hand. */
static void pass_expect(struct kunit *test, struct pass_world *world)
{
	struct dm_bad_question *q = world->q;
	struct dm_bad_ask *ask = &q->asks[0];
	u64 off, end = min(q->set.limit, q->end) - BEGIN;
	unsigned int i = 0;

	for (off = 0; off < end; off += SECTOR_SIZE) {
		u64 pos = pass_place(off / CHUNK) * CHUNK + off % CHUNK;
		unsigned int at;

		if (!pass_is_bad(world->c, pos))
			continue;
		KUNIT_ASSERT_LT(test, i, q->set.nr);
		KUNIT_ASSERT_EQ(test, BEGIN + off, q->windows[i].pos);
		KUNIT_ASSERT_EQ(test, BEGIN + off + SECTOR_SIZE, q->windows[i].end);
		KUNIT_ASSERT_EQ(test, pos, q->windows[i].range->pos);
		at = dm_bad_first_behind(ask->ranges, ask->nr, pos);
		KUNIT_ASSERT_LT(test, at, ask->nr);
		KUNIT_ASSERT_PTR_EQ(test, &ask->ranges[at], q->windows[i].range);
		i++;
	}
	KUNIT_EXPECT_EQ(test, i, q->set.nr);
	KUNIT_EXPECT_GE(test, i, world->c->found);
}

static void pass_test(struct kunit *test)
{
	struct pass_world *world = kunit_kzalloc(test, sizeof(*world), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, world);
	world->c = test->param_value;
	pass_begin(test, world);
	KUNIT_ASSERT_TRUE(test, pass_find(world));
	pass_expect(test, world);
	KUNIT_EXPECT_LE(test, world->asked, world->c->nr_bad);
	KUNIT_EXPECT_LE(test, world->walks, world->c->walks);
	kunit_info(test, "%u of %u ranges asked for, the map gone through %u times",
		   world->asked, world->c->nr_bad, world->walks);
}

/* A target that cannot say makes for a shorter window to be looked at. */
static void pass_stuck_test(struct kunit *test)
{
	struct pass_world *world = kunit_kzalloc(test, sizeof(*world), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, world);
	world->c = &pass_cases[3];
	world->error = -EOPNOTSUPP;
	pass_begin(test, world);
	KUNIT_EXPECT_FALSE(test, pass_find(world));
	KUNIT_EXPECT_EQ(test, 1U, world->walks);
	KUNIT_EXPECT_EQ(test, BEGIN, world->q->asks[0].rest);
	KUNIT_EXPECT_FALSE(test, world->q->again);
	KUNIT_ASSERT_EQ(test, 1U, world->q->set.nr);
	KUNIT_EXPECT_EQ(test, BEGIN, world->q->windows[0].pos);
	KUNIT_EXPECT_EQ(test, BEGIN + CHUNKS * CHUNK, world->q->windows[0].end);
	KUNIT_EXPECT_TRUE(test, world->q->windows[0].guess);
}

/* One that can say in a while is asked again. */
static void pass_again_test(struct kunit *test)
{
	struct pass_world *world = kunit_kzalloc(test, sizeof(*world), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, world);
	world->c = &pass_cases[1];
	world->error = -EAGAIN;
	pass_begin(test, world);
	pass_ask(world, &world->q->asks[0]);
	pass_look(world, &world->q->asks[0]);
	KUNIT_EXPECT_TRUE(test, world->q->again);
	KUNIT_EXPECT_EQ(test, 0U, world->q->set.nr);
}

/* Behind where a target stops nothing is known. */
static void pass_stop_test(struct kunit *test)
{
	struct dm_target ti = { .begin = BEGIN >> SECTOR_SHIFT, .len = 128 };
	struct dm_bad_window window;
	struct dm_bad_set set = {
		.windows = &window, .max = 1, .budget = 9, .limit = U64_MAX,
	};
	struct dm_bad_windows w = { .len = S64_MAX, .end = 65536, .set = &set };

	KUNIT_EXPECT_TRUE(test, dm_bad_windows_piece(&ti, &w, 4096, 0, 512));
	dm_bad_windows_stop(&ti, &w, 8192);
	KUNIT_EXPECT_EQ(test, BEGIN + 8192, set.limit);
	dm_bad_windows_stop(&ti, &w, 12288);
	KUNIT_EXPECT_EQ(test, BEGIN + 8192, set.limit);
	KUNIT_EXPECT_FALSE(test, dm_bad_windows_piece(&ti, &w, 8192, 512, 512));
	KUNIT_EXPECT_EQ(test, 1U, set.nr);
	KUNIT_EXPECT_EQ(test, BEGIN + 4096, window.pos);
}

/* A device that a table has opened in two modes is one device. */
static void pass_devs_test(struct kunit *test)
{
	static const unsigned int entries[] = { 2, 0, 1, 0, 2, 2 };
	struct block_device *bdevs = kunit_kcalloc(test, 3, sizeof(*bdevs), GFP_KERNEL);
	struct dm_bad_devs *devs;
	unsigned int i, nr = ARRAY_SIZE(entries);

	devs = kunit_kzalloc(test, struct_size(devs, dev, nr), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, bdevs);
	KUNIT_ASSERT_NOT_NULL(test, devs);
	devs->nr = nr;
	/* never released: all that is done is to count references on them */
	for (i = 0; i < 3; i++)
		device_initialize(&bdevs[i].bd_device);
	for (i = 0; i < nr; i++) {
		devs->dev[i].bdev = &bdevs[entries[i]];
		get_device(&devs->dev[i].bdev->bd_device);
	}
	dm_bad_sort_devs(devs);
	KUNIT_ASSERT_EQ(test, 3U, devs->nr);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_PTR_EQ(test, &bdevs[i], devs->dev[i].bdev);
		KUNIT_EXPECT_PTR_EQ(test, &devs->dev[i], dm_bad_find_dev(devs, &bdevs[i]));
		KUNIT_EXPECT_EQ(test, 2U, kref_read(&bdevs[i].bd_device.kobj.kref));
	}
	devs->nr = 0;
	dm_bad_sort_devs(devs);
	KUNIT_EXPECT_EQ(test, 0U, devs->nr);
}

static struct kunit_case dm_bad_pass_cases[] = {
	KUNIT_CASE_PARAM(pass_test, pass_gen_params),
	KUNIT_CASE(pass_stuck_test),
	KUNIT_CASE(pass_again_test),
	KUNIT_CASE(pass_stop_test),
	KUNIT_CASE(pass_devs_test),
	{ }
};

static struct kunit_suite dm_bad_pass_suite = {
	.name		= "dm_bad_pass",
	.test_cases	= dm_bad_pass_cases,
};

kunit_test_suite(dm_bad_pass_suite);

MODULE_DESCRIPTION("KUnit tests of more bad ranges than there is room for");
MODULE_LICENSE("GPL");
