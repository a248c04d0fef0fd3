// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring of records: numbering, overwriting, and all contexts at once.
 */
#include <kunit/run-in-irq-context.h>
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include "internal.h"

static void free_ring(void *ring)
{
	fserror_ring_free(ring);
}

static struct fserror_ring *new_ring(struct kunit *test, u32 size)
{
	struct fserror_ring *ring = kunit_kzalloc(test, sizeof(*ring), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ring);
	KUNIT_ASSERT_EQ(test, fserror_ring_init(ring, size), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_ring, ring), 0);
	return ring;
}

static struct fserror_record *new_record(struct kunit *test)
{
	struct fserror_record *record;

	record = kunit_kzalloc(test, sizeof(*record), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, record);
	return record;
}

/* Records whose inode number is the number that they are to get. */
static void fill_ring(struct kunit *test, struct fserror_ring *ring, u64 nr)
{
	struct fserror_record *record = new_record(test);
	u64 seq;

	for (seq = 1; seq <= nr; seq++) {
		record->kind = FSERROR_KIND_TEST;
		record->ino = seq;
		KUNIT_ASSERT_TRUE(test, fserror_ring_add(ring, record, NULL));
		KUNIT_ASSERT_EQ(test, record->seq, seq);
	}
}

struct size_param {
	const char	*desc;
	u32		asked;
	u32		got;
};

static const struct size_param size_params[] = {
	{ "none, raised to the least",		0,			FSERROR_RING_MIN },
	{ "one below the least",		FSERROR_RING_MIN - 1,	FSERROR_RING_MIN },
	{ "the least",				FSERROR_RING_MIN,	FSERROR_RING_MIN },
	{ "one above the least, rounded up",	FSERROR_RING_MIN + 1,	FSERROR_RING_MIN * 2 },
	{ "one below a power of two",		1023,			1024 },
	{ "a power of two stays",		1024,			1024 },
	{ "one above a power of two",		1025,			2048 },
	{ "the default of io stays",		FSERROR_RING_IO,	FSERROR_RING_IO },
	{ "the default of damage stays",	FSERROR_RING_DAMAGE,
								FSERROR_RING_DAMAGE },
};

KUNIT_ARRAY_PARAM_DESC(size, size_params, desc);

static void test_size(struct kunit *test)
{
	const struct size_param *param = test->param_value;
	struct fserror_ring *ring = new_ring(test, param->asked);
	struct fserror_ring_stat stat;

	fserror_ring_stat(ring, &stat);
	KUNIT_EXPECT_EQ(test, ring->size, param->got);
	KUNIT_EXPECT_EQ(test, stat.size, param->got);
	KUNIT_EXPECT_TRUE(test, is_power_of_2(ring->size));
}

/* Rounding up what was not clamped first would overflow. Some 30 MiB. */
static void test_size_largest(struct kunit *test)
{
	struct fserror_ring *ring = kunit_kzalloc(test, sizeof(*ring), GFP_KERNEL);
	int error;

	KUNIT_ASSERT_NOT_NULL(test, ring);
	error = fserror_ring_init(ring, U32_MAX);
	if (error == -ENOMEM)
		kunit_skip(test, "no memory for the largest ring");
	KUNIT_ASSERT_EQ(test, error, 0);
	KUNIT_EXPECT_EQ(test, ring->size, FSERROR_RING_MAX);
	fserror_ring_free(ring);
	KUNIT_EXPECT_NULL(test, ring->slots);
}

struct read_param {
	const char	*desc;
	u64		added;
	u64		asked;
	u64		got;
};

/* the ring holds 16 */
static const struct read_param read_params[] = {
	{ "empty",				0,	1,		0 },
	{ "the only one",			1,	1,		1 },
	{ "one beyond the newest",		1,	2,		0 },
	{ "full, the oldest is there",		16,	1,		1 },
	{ "full, the newest",			16,	16,		16 },
	{ "full, one beyond",			16,	17,		0 },
	{ "one overwritten: the next instead",	17,	1,		2 },
	{ "the one after the overwritten one",	17,	2,		2 },
	{ "the newest, in the first slot again",	17,	17,		17 },
	{ "all overwritten once",		32,	16,		17 },
	{ "round twice, one overwritten twice",	33,	1,		18 },
	{ "round twice, the last that is gone",	33,	17,		18 },
	{ "round twice, the first that is there",	33,	18,		18 },
	{ "the greatest number there is",	33,	U64_MAX,	0 },
};

KUNIT_ARRAY_PARAM_DESC(read, read_params, desc);

static void test_read(struct kunit *test)
{
	const struct read_param *param = test->param_value;
	struct fserror_ring *ring = new_ring(test, 16);
	struct fserror_record *record = new_record(test);

	fill_ring(test, ring, param->added);
	record->ino = U64_MAX;
	KUNIT_EXPECT_EQ(test, fserror_ring_read(ring, param->asked, record),
			param->got);
	/* it is the record of that number, or nothing was copied */
	KUNIT_EXPECT_EQ(test, record->seq, param->got);
	KUNIT_EXPECT_EQ(test, record->ino, param->got ?: U64_MAX);
}

struct stat_param {
	const char	*desc;
	u64		added;
	u64		first;
	u64		overwritten;
};

/* the ring holds 16 */
static const struct stat_param stat_params[] = {
	{ "empty: there is no first",	0,	0,	0 },
	{ "one",			1,	1,	0 },
	{ "one below full",		15,	1,	0 },
	{ "full",			16,	1,	0 },
	{ "one overwritten",		17,	2,	1 },
	{ "round twice",		33,	18,	17 },
};

KUNIT_ARRAY_PARAM_DESC(stat, stat_params, desc);

static void test_stat(struct kunit *test)
{
	const struct stat_param *param = test->param_value;
	struct fserror_ring *ring = new_ring(test, 16);
	struct fserror_ring_stat stat;

	fill_ring(test, ring, param->added);
	fserror_ring_stat(ring, &stat);
	KUNIT_EXPECT_EQ(test, stat.first, param->first);
	KUNIT_EXPECT_EQ(test, stat.last, param->added);
	KUNIT_EXPECT_EQ(test, stat.overwritten, param->overwritten);
	KUNIT_EXPECT_EQ(test, stat.kinds[FSERROR_KIND_TEST], param->added);
}

/* Counts by kind go on when the records are gone. */
static void test_kinds(struct kunit *test)
{
	struct fserror_ring *ring = new_ring(test, 16);
	struct fserror_record *record = new_record(test);
	struct fserror_ring_stat stat;
	int kind, i;

	for (kind = 1; kind < FSERROR_NR_KINDS; kind++) {
		for (i = 0; i < kind; i++) {
			record->kind = kind;
			/* nothing that belongs together */
			record->ino = kind;
			record->error = i + 1;
			record->has_inode = true;
			fserror_ring_add(ring, record, NULL);
		}
	}
	fserror_ring_stat(ring, &stat);
	KUNIT_EXPECT_GT(test, stat.overwritten, 0ULL);
	KUNIT_EXPECT_EQ(test, stat.kinds[0], 0ULL);
	for (kind = 1; kind < FSERROR_NR_KINDS; kind++)
		KUNIT_EXPECT_EQ(test, stat.kinds[kind], (u64)kind);
}

#define NR_ADDERS	4
#define ADDS_EACH	2000

struct adder {
	struct fserror_ring	*ring;
	struct completion	*go;
	struct completion	done;
	unsigned int		id;
	u64			*seqs;
};

static int adder_run(void *data)
{
	struct adder *adder = data;
	struct fserror_record record = { .kind = FSERROR_KIND_TEST };
	unsigned int i;

	wait_for_completion(adder->go);
	for (i = 0; i < ADDS_EACH; i++) {
		record.generation = adder->id;
		record.ino = i;
		fserror_ring_add(adder->ring, &record, NULL);
		adder->seqs[i] = record.seq;
	}
	complete(&adder->done);
	return 0;
}

/* All numbers are given out once, in each adder's order, to its own record. */
static void check_adders(struct kunit *test, struct fserror_ring *ring,
			 struct adder *adders)
{
	struct fserror_record *record = new_record(test);
	unsigned long *seen;
	unsigned int id, i;
	u64 seq, before;

	seen = kunit_kcalloc(test, BITS_TO_LONGS(NR_ADDERS * ADDS_EACH + 1),
			     sizeof(*seen), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, seen);

	for (id = 0; id < NR_ADDERS; id++) {
		for (before = 0, i = 0; i < ADDS_EACH; i++) {
			seq = adders[id].seqs[i];
			KUNIT_ASSERT_GT(test, seq, before);
			KUNIT_ASSERT_LE(test, seq, (u64)NR_ADDERS * ADDS_EACH);
			KUNIT_ASSERT_FALSE(test, __test_and_set_bit(seq, seen));
			before = seq;

			KUNIT_ASSERT_EQ(test, fserror_ring_read(ring, seq, record), seq);
			KUNIT_ASSERT_EQ(test, record->generation, id);
			KUNIT_ASSERT_EQ(test, record->ino, (u64)i);
		}
	}
}

static void test_concurrent(struct kunit *test)
{
	struct fserror_ring *ring = new_ring(test, NR_ADDERS * ADDS_EACH);
	DECLARE_COMPLETION_ONSTACK(go);
	struct task_struct *task;
	struct adder *adders;
	unsigned int id;

	adders = kunit_kcalloc(test, NR_ADDERS, sizeof(*adders), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, adders);
	for (id = 0; id < NR_ADDERS; id++) {
		adders[id].seqs = kunit_kcalloc(test, ADDS_EACH, sizeof(u64),
						GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, adders[id].seqs);
	}

	for (id = 0; id < NR_ADDERS; id++) {
		adders[id].ring = ring;
		adders[id].go = &go;
		adders[id].id = id;
		init_completion(&adders[id].done);
		task = kthread_run(adder_run, &adders[id], "fserror_adder/%u", id);
		if (IS_ERR(task)) {
			KUNIT_FAIL(test, "no thread: %pe", task);
			break;
		}
	}
	/* those that run use this stack: wait for them whatever happened */
	complete_all(&go);
	while (id--)
		wait_for_completion(&adders[id].done);

	KUNIT_EXPECT_EQ(test, ring->last, (u64)NR_ADDERS * ADDS_EACH);
	check_adders(test, ring, adders);
}

struct irq_state {
	struct fserror_ring	*ring;
	atomic64_t		added;
};

/* Runs in task, softirq and hardirq context, each interrupting the other. */
static bool add_and_read(void *data)
{
	struct irq_state *state = data;
	struct fserror_record record = { .kind = FSERROR_KIND_TEST, .ino = 7 };
	u64 seq;

	if (!fserror_ring_add(state->ring, &record, NULL))
		return false;
	atomic64_inc(&state->added);
	seq = record.seq;
	return fserror_ring_read(state->ring, seq, &record) >= seq &&
	       record.ino == 7;
}

static void test_irq(struct kunit *test)
{
	struct irq_state state = { .ring = new_ring(test, 1024) };

	kunit_run_irq_test(test, add_and_read, 3000, &state);
	KUNIT_EXPECT_EQ(test, state.ring->last, (u64)atomic64_read(&state.added));
}

/* With interrupts off, as under a device driver's lock, it works the same. */
static void test_irqs_off(struct kunit *test)
{
	struct irq_state state = { .ring = new_ring(test, 16) };
	unsigned long flags;
	bool ok;

	local_irq_save(flags);
	ok = add_and_read(&state) && irqs_disabled();
	local_irq_restore(flags);
	KUNIT_EXPECT_TRUE(test, ok);
}

static struct kunit_case fserror_ring_cases[] = {
	KUNIT_CASE_PARAM(test_size, size_gen_params),
	KUNIT_CASE_SLOW(test_size_largest),
	KUNIT_CASE_PARAM(test_read, read_gen_params),
	KUNIT_CASE_PARAM(test_stat, stat_gen_params),
	KUNIT_CASE(test_kinds),
	KUNIT_CASE(test_concurrent),
	KUNIT_CASE(test_irq),
	KUNIT_CASE(test_irqs_off),
	{}
};

static struct kunit_suite fserror_ring_suite = {
	.name		= "fserror-ring",
	.test_cases	= fserror_ring_cases,
};

kunit_test_suite(fserror_ring_suite);
