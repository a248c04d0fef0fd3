// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which records become one, and how long they wait for each other.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/kdev_t.h>
#include <linux/slab.h>
#include "internal.h"

#define WAIT_NS		(50 * NSEC_PER_MSEC)
#define AGAIN_NS	(1 * NSEC_PER_SEC)

struct merge_param {
	const char		*desc;
	struct fserror_record	last;
	struct fserror_record	record;
	bool			merged;
	u64			pos;
	u64			len;
	u64			repeat;
	u32			error;
};

#define INODE		.instance = 1, .has_inode = true, .ino = 7, \
			.generation = 3, .error = EIO
#define WROTE(p, l)	{ .kind = FSERROR_KIND_BUFFERED_WRITE, INODE, \
			  .pos = p, .len = l }
#define FS_READ(e)	{ .kind = FSERROR_KIND_BUFFERED_READ, .instance = 1, \
			  .error = e }

static const struct merge_param merge_params[] = {
	{ "the same", WROTE(4096, 4096), WROTE(4096, 4096), true, 4096, 4096, 2, EIO },
	{ "the next", WROTE(0, 4096), WROTE(4096, 4096), true, 0, 8192, 2, EIO },
	{ "the one before", WROTE(4096, 4096), WROTE(0, 4096), true, 0, 8192, 2, EIO },
	{ "one byte between", WROTE(0, 4096), WROTE(4097, 4096) },
	{ "one byte between, before", WROTE(4097, 1), WROTE(0, 4096) },
	{ "overlapping", WROTE(0, 4096), WROTE(4095, 2), true, 0, 4097, 2, EIO },
	{ "within", WROTE(0, 8192), WROTE(512, 512), true, 0, 8192, 2, EIO },
	{ "around", WROTE(512, 512), WROTE(0, 8192), true, 0, 8192, 2, EIO },
	{ "up to the last byte there is", WROTE(U64_MAX - 8, 4),
	  WROTE(U64_MAX - 4, 4), true, U64_MAX - 8, 8, 2, EIO },
	{ "a range that wraps around", WROTE(0, 4096), WROTE(U64_MAX, 2) },
	{ "without a range, and with one", WROTE(0, 0), WROTE(0, 4096) },
	{ "both without a range", WROTE(0, 0), WROTE(0, 0), true, 0, 0, 2, EIO },
	{ "each stands for several",
	  { .kind = FSERROR_KIND_BUFFERED_WRITE, INODE, .len = 1, .repeat = 5 },
	  { .kind = FSERROR_KIND_BUFFERED_WRITE, INODE, .len = 1, .repeat = 7 },
	  true, 0, 1, 12, EIO },

	{ "another kind", WROTE(0, 512),
	  { .kind = FSERROR_KIND_BUFFERED_READ, INODE, .len = 512 } },
	{ "another errno", WROTE(0, 512),
	  { .kind = FSERROR_KIND_BUFFERED_WRITE, .instance = 1, .has_inode = true,
	    .ino = 7, .generation = 3, .error = ENOSPC, .len = 512 } },
	{ "another inode", WROTE(0, 512),
	  { .kind = FSERROR_KIND_BUFFERED_WRITE, .instance = 1, .has_inode = true,
	    .ino = 8, .generation = 3, .error = EIO, .len = 512 } },
	{ "the inode was reused", WROTE(0, 512),
	  { .kind = FSERROR_KIND_BUFFERED_WRITE, .instance = 1, .has_inode = true,
	    .ino = 7, .generation = 4, .error = EIO, .len = 512 } },
	{ "another instance", WROTE(0, 512),
	  { .kind = FSERROR_KIND_BUFFERED_WRITE, .instance = 2, .has_inode = true,
	    .ino = 7, .generation = 3, .error = EIO, .len = 512 } },
	{ "another subvolume", WROTE(0, 512),
	  { .kind = FSERROR_KIND_BUFFERED_WRITE, INODE, .root = 5, .len = 512 } },
	{ "another subvolume, known by its handle only",
	  { .kind = FSERROR_KIND_DATA_LOST, INODE, .len = 512, .handle_type = 0x4d,
	    .handle_len = 2, .handle = { 7, 5 } },
	  { .kind = FSERROR_KIND_DATA_LOST, INODE, .len = 512, .handle_type = 0x4d,
	    .handle_len = 2, .handle = { 7, 6 } } },
	{ "unlinked meanwhile", WROTE(0, 512),
	  { .kind = FSERROR_KIND_BUFFERED_WRITE, INODE, .len = 512,
	    .flags = FSERROR_RECORD_FLAG_UNLINKED } },
	{ "not known which filesystem, but not the same device",
	  { .kind = FSERROR_KIND_BUFFERED_WRITE, .dev = MKDEV(8, 1), .len = 512 },
	  { .kind = FSERROR_KIND_BUFFERED_WRITE, .dev = MKDEV(8, 2), .len = 512 } },

	/* failed reads and writes of a filesystem as a whole */
	{ "of the filesystem", FS_READ(EIO), FS_READ(EIO), true, 0, 0, 2, EIO },
	{ "of the filesystem, another errno", FS_READ(EIO), FS_READ(ENODATA), true,
	  0, 0, 2, 0 },
	{ "of the filesystem, of several", FS_READ(0), FS_READ(EIO), true, 0, 0, 2, 0 },
	{ "of the filesystem and of an inode", FS_READ(EIO),
	  { .kind = FSERROR_KIND_BUFFERED_READ, INODE } },

	/* what a filesystem says of its metadata */
	{ "the same metadata",
	  { .kind = FSERROR_KIND_METADATA, INODE }, { .kind = FSERROR_KIND_METADATA, INODE },
	  true, 0, 0, 2, EIO },
	{ "metadata with another errno is another fact",
	  { .kind = FSERROR_KIND_METADATA, .instance = 1, .error = EIO },
	  { .kind = FSERROR_KIND_METADATA, .instance = 1, .error = EUCLEAN } },
	{ "a shutdown stands alone",
	  { .kind = FSERROR_KIND_SHUTDOWN, .instance = 1 },
	  { .kind = FSERROR_KIND_SHUTDOWN, .instance = 1 } },
	{ "a test stands alone",
	  { .kind = FSERROR_KIND_TEST }, { .kind = FSERROR_KIND_TEST } },
	/* others add these up */
	{ "ranges of a device stand alone",
	  { .kind = FSERROR_KIND_DATA_LOST, INODE, .len = 512,
	    .device = { MKDEV(8, 1), 0, 512 } },
	  { .kind = FSERROR_KIND_DATA_LOST, INODE, .pos = 512, .len = 512,
	    .device = { MKDEV(8, 1), 512, 512 } } },
};

KUNIT_ARRAY_PARAM_DESC(merge, merge_params, desc);

static void test_merge(struct kunit *test)
{
	const struct merge_param *param = test->param_value;
	struct fserror_record last = param->last;

	KUNIT_ASSERT_EQ(test, fserror_record_merge(&last, &param->record),
			param->merged);
	if (!param->merged) {
		KUNIT_EXPECT_MEMEQ(test, &last, &param->last, sizeof(last));
		return;
	}
	KUNIT_EXPECT_EQ(test, last.pos, param->pos);
	KUNIT_EXPECT_EQ(test, last.len, param->len);
	KUNIT_EXPECT_EQ(test, last.repeat, param->repeat);
	KUNIT_EXPECT_EQ(test, last.error, param->error);
}

static void test_strip(struct kunit *test)
{
	struct fserror_record record;

	memset(&record, 0xff, sizeof(record));
	record.kind = FSERROR_KIND_BUFFERED_READ;
	record.flags = FSERROR_RECORD_FLAG_UNLINKED;
	fserror_record_strip(&record);
	KUNIT_EXPECT_FALSE(test, record.has_inode);
	KUNIT_EXPECT_EQ(test, record.ino | record.root | record.pos | record.len, 0ULL);
	KUNIT_EXPECT_EQ(test, record.handle_len, 0);
	KUNIT_EXPECT_EQ(test, record.flags, 0U);
	KUNIT_EXPECT_EQ(test, record.instance, U64_MAX);

	record.kind = FSERROR_KIND_METADATA;
	fserror_record_strip(&record);
	KUNIT_EXPECT_EQ(test, record.flags, (u32)FSERROR_RECORD_FLAG_UNRESOLVED);
}

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

/* A full thin pool: writeback of one file fails a page at a time. */
static void test_writeback(struct kunit *test)
{
	struct fserror_ring *ring = new_ring(test, 64);
	struct fserror_record record;
	u64 fs_seq = 0;
	int i;

	for (i = 0; i < 35517; i++) {
		record = (struct fserror_record)WROTE(i * 4096ULL, 4096);
		KUNIT_ASSERT_EQ(test, fserror_ring_add(ring, &record, &fs_seq), !i);
		KUNIT_ASSERT_EQ(test, record.seq, 1ULL);
	}
	/* nobody has read it, and one number of each kind was given out */
	KUNIT_EXPECT_EQ(test, fserror_ring_read(ring, 1, &record), 0ULL);
	KUNIT_EXPECT_EQ(test, fs_seq, 1ULL);
	KUNIT_EXPECT_EQ(test, fserror_ring_take(ring, U64_MAX, NULL), 1ULL);
	KUNIT_ASSERT_EQ(test, fserror_ring_read(ring, 1, &record), 1ULL);
	KUNIT_EXPECT_EQ(test, record.len, 35517 * 4096ULL);
	KUNIT_EXPECT_EQ(test, record.repeat, 35517ULL);
	KUNIT_EXPECT_EQ(test, ring->kinds[FSERROR_KIND_BUFFERED_WRITE], 1ULL);
}

/* Eight files that fail in turn are eight records, nine are too many. */
static void test_in_turn(struct kunit *test)
{
	struct fserror_ring *ring = new_ring(test, 64);
	struct fserror_record record;
	int i;

	for (i = 0; i < 80; i++) {
		record = (struct fserror_record)WROTE(i / 8 * 4096ULL, 4096);
		record.ino = i % 8;
		fserror_ring_add(ring, &record, NULL);
	}
	KUNIT_EXPECT_EQ(test, ring->last, 8ULL);
	for (i = 0; i < 9; i++) {
		record = (struct fserror_record)WROTE(0, 4096);
		record.ino = 100 + i % 9;
		fserror_ring_add(ring, &record, NULL);
	}
	record.ino = 100;
	KUNIT_EXPECT_TRUE(test, fserror_ring_add(ring, &record, NULL));
}

/* What was read does not change any more. */
static void test_taken(struct kunit *test)
{
	struct fserror_ring *ring = new_ring(test, 16);
	struct fserror_record record = WROTE(0, 4096), next = WROTE(4096, 4096);

	KUNIT_ASSERT_TRUE(test, fserror_ring_add(ring, &record, NULL));
	KUNIT_EXPECT_EQ(test, fserror_ring_take(ring, U64_MAX, NULL), 1ULL);
	KUNIT_EXPECT_FALSE(test, fserror_ring_merge(ring, &next));
	KUNIT_EXPECT_TRUE(test, fserror_ring_add(ring, &next, NULL));
	KUNIT_EXPECT_EQ(test, next.seq, 2ULL);
	KUNIT_ASSERT_EQ(test, fserror_ring_read(ring, 1, &record), 1ULL);
	KUNIT_EXPECT_EQ(test, record.len, 4096ULL);
	KUNIT_EXPECT_EQ(test, fserror_ring_read(ring, 2, &record), 0ULL);
}

/* A moment for the first one, a second for more of the same. */
static void test_wait(struct kunit *test)
{
	struct fserror_ring *ring = new_ring(test, 16);
	struct fserror_record record = WROTE(0, 4096);
	u64 first_ns, due;

	fserror_ring_add(ring, &record, NULL);
	first_ns = record.boottime_ns;
	KUNIT_EXPECT_EQ(test, ring->due_ns, first_ns + WAIT_NS);
	KUNIT_EXPECT_EQ(test, fserror_ring_take(ring, first_ns + WAIT_NS - 1, &due),
			0ULL);
	KUNIT_EXPECT_EQ(test, due, first_ns + WAIT_NS);
	KUNIT_EXPECT_EQ(test, fserror_ring_take(ring, due, &due), 1ULL);
	KUNIT_EXPECT_EQ(test, due, U64_MAX);

	fserror_ring_add(ring, &record, NULL);
	KUNIT_EXPECT_EQ(test, ring->due_ns,
			min(first_ns + WAIT_NS + AGAIN_NS,
			    record.boottime_ns + AGAIN_NS));

	/* another file is not held up by it, and takes it along */
	record.ino = 8;
	fserror_ring_add(ring, &record, NULL);
	KUNIT_EXPECT_EQ(test, ring->due_ns, record.boottime_ns + WAIT_NS);
	KUNIT_EXPECT_EQ(test, fserror_ring_take(ring, ring->due_ns, NULL), 3ULL);
}

/* News of damage goes at once, and what waits goes before it. */
static void test_at_once(struct kunit *test)
{
	struct fserror_ring *ring = new_ring(test, 16);
	struct fserror_record metadata = { .kind = FSERROR_KIND_METADATA, INODE };
	struct fserror_record lost = {
		.kind = FSERROR_KIND_DATA_LOST, INODE,
		.device = { MKDEV(8, 1), 0, 512 },
	};

	/* the first one is news */
	fserror_ring_add(ring, &metadata, NULL);
	KUNIT_EXPECT_EQ(test, ring->taken, 1ULL);
	/* more of the same is not */
	fserror_ring_add(ring, &metadata, NULL);
	fserror_ring_add(ring, &metadata, NULL);
	KUNIT_EXPECT_EQ(test, ring->taken, 1ULL);
	KUNIT_EXPECT_EQ(test, ring->last, 2ULL);
	fserror_ring_add(ring, &lost, NULL);
	KUNIT_EXPECT_EQ(test, ring->taken, 3ULL);
	KUNIT_ASSERT_EQ(test, fserror_ring_read(ring, 2, &lost), 2ULL);
	KUNIT_EXPECT_EQ(test, lost.repeat, 2ULL);
}

/* Half a ring does not wait: nothing that waits is overwritten. */
static void test_many_wait(struct kunit *test)
{
	struct fserror_ring *ring = new_ring(test, 16);
	struct fserror_record record;
	int i;

	for (i = 1; i <= 100; i++) {
		record = (struct fserror_record)WROTE(0, 4096);
		record.ino = i;
		fserror_ring_add(ring, &record, NULL);
		KUNIT_ASSERT_LT(test, ring->last - ring->taken, 8ULL);
	}
}

static struct kunit_case fserror_merge_cases[] = {
	KUNIT_CASE_PARAM(test_merge, merge_gen_params),
	KUNIT_CASE(test_strip),
	KUNIT_CASE(test_writeback),
	KUNIT_CASE(test_in_turn),
	KUNIT_CASE(test_taken),
	KUNIT_CASE(test_wait),
	KUNIT_CASE(test_at_once),
	KUNIT_CASE(test_many_wait),
	{}
};

static struct kunit_suite fserror_merge_suite = {
	.name		= "fserror-merge",
	.test_cases	= fserror_merge_cases,
};

kunit_test_suite(fserror_merge_suite);
