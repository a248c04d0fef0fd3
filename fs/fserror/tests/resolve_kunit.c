// SPDX-License-Identifier: GPL-2.0-only
/*
 * From ranges to records: one for each owner, and one for what nobody owns.
 */
#include <kunit/test.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include "internal.h"
#include "kunit_fs.h"

#define MAX_RECORDS	32

/**
 * struct resolve_test - takes records until it is full
 * @resolve: what is tested
 * @slot: where the next record is made
 * @records: what was put
 * @nr: how many
 * @room: how many more are taken before one is refused
 */
struct resolve_test {
	struct fserror_resolve	resolve;
	struct fserror_record	slot;
	struct fserror_record	records[MAX_RECORDS];
	unsigned int		nr;
	unsigned int		room;
};

static struct fserror_record *resolve_test_slot(struct fserror_resolve *resolve)
{
	return &container_of(resolve, struct resolve_test, resolve)->slot;
}

static int resolve_test_put(struct fserror_resolve *resolve,
			    struct fserror_record *record, struct inode *inode)
{
	struct resolve_test *rt = container_of(resolve, struct resolve_test,
					       resolve);

	if (!rt->room || rt->nr == MAX_RECORDS)
		return -ENOBUFS;
	rt->room--;
	rt->records[rt->nr++] = *record;
	return 0;
}

static void resolve_end_action(void *resolve)
{
	fserror_resolve_end(resolve);
}

/* @nr ranges of 1000 bytes, 10000 apart, whose damage began at 500 further on */
static struct resolve_test *begin(struct kunit *test, struct kunit_fs *fs,
				  unsigned int nr)
{
	struct resolve_test *rt = kunit_kzalloc(test, sizeof(*rt), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, rt);
	rt->room = MAX_RECORDS;
	rt->resolve.fsb = kunit_fs_instance(fs);
	rt->resolve.sb = fs->sb;
	rt->resolve.dev = fserror_dev_next(rt->resolve.fsb, 0);
	KUNIT_ASSERT_NOT_NULL(test, rt->resolve.dev);
	rt->resolve.slot = resolve_test_slot;
	rt->resolve.put = resolve_test_put;
	rt->resolve.nr = nr;
	for (i = 0; i < nr; i++)
		rt->resolve.told[i] = (struct fserror_told_range) {
			.range.pos		= i * 10000,
			.range.len		= 1000,
			.range.cause		= BDEV_BAD_MEDIA,
			.range.origin_dev	= MKDEV(8, 0),
			.range.origin_pos	= i * 10000 + 500,
			.range.origin_len	= 1000,
		};
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, resolve_end_action,
							&rt->resolve), 0);
	rt->resolve.sink.deadline = jiffies + 60 * HZ;
	fserror_resolve_begin(&rt->resolve);
	return rt;
}

static int resolve(struct resolve_test *rt)
{
	int error;

	down_read(&rt->resolve.sb->s_umount);
	error = fserror_resolve(&rt->resolve);
	up_read(&rt->resolve.sb->s_umount);
	return error;
}

static void test_owners(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct resolve_test *rt = begin(test, fs, 3);
	unsigned int i;

	fs->owners = 2;
	KUNIT_EXPECT_EQ(test, resolve(rt), 0);
	KUNIT_ASSERT_EQ(test, rt->nr, 6U);
	for (i = 0; i < 6; i++) {
		struct fserror_record *record = &rt->records[i];
		u64 pos = i / 2 * 10000 + i % 2 * 500;

		KUNIT_EXPECT_EQ(test, record->kind, FSERROR_KIND_DATA_LOST);
		KUNIT_EXPECT_EQ(test, record->flags, 0U);
		KUNIT_EXPECT_EQ(test, record->cause, (u32)BDEV_BAD_MEDIA);
		KUNIT_EXPECT_EQ(test, record->instance, fs->instance);
		KUNIT_EXPECT_TRUE(test, record->has_inode);
		KUNIT_EXPECT_EQ(test, record->ino, 1ULL);
		KUNIT_EXPECT_EQ(test, record->pos, (u64)(i % 2));
		KUNIT_EXPECT_EQ(test, record->device.dev, KUNIT_FS_DISK_DEV);
		KUNIT_EXPECT_EQ(test, record->device.pos, pos);
		KUNIT_EXPECT_EQ(test, record->device.len, 500ULL);
		KUNIT_EXPECT_EQ(test, record->origin.pos, pos + 500);
		KUNIT_EXPECT_EQ(test, record->origin.len, 500ULL);
	}
}

/* What nobody comes forward for is told, in whole ranges. */
static void test_unowned(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct resolve_test *rt = begin(test, fs, 2);

	fs->owners = 0;
	KUNIT_EXPECT_EQ(test, resolve(rt), 0);
	KUNIT_ASSERT_EQ(test, rt->nr, 2U);
	KUNIT_EXPECT_EQ(test, rt->records[1].kind, FSERROR_KIND_MEDIA);
	KUNIT_EXPECT_EQ(test, rt->records[1].flags,
			(u32)FSERROR_RECORD_FLAG_UNOWNED);
	KUNIT_EXPECT_EQ(test, rt->records[1].device.pos, 10000ULL);
	KUNIT_EXPECT_EQ(test, rt->records[1].device.len, 1000ULL);
	KUNIT_EXPECT_FALSE(test, rt->records[1].has_inode);
}

/* Owners in the middle of a range, out of order and twice: the rest is nobody's. */
static void test_gaps(struct kunit *test)
{
	static const struct fserror_owner owners[] = {
		{ .kind = FSERROR_KIND_DATA_LOST, .dev_pos = 600, .dev_len = 100 },
		{ .kind = FSERROR_KIND_DATA_LOST, .dev_pos = 200, .dev_len = 100 },
		{ .kind = FSERROR_KIND_DATA_LOST, .dev_pos = 250, .dev_len = 100 },
		{ .kind = FSERROR_KIND_DATA_LOST, .dev_pos = 10900, .dev_len = 100 },
	};
	static const u64 gaps[][2] = {
		{ 0, 200 }, { 350, 250 }, { 700, 300 }, { 10000, 900 },
	};
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct resolve_test *rt = begin(test, fs, 2);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(owners); i++)
		KUNIT_ASSERT_EQ(test, fserror_emit(&rt->resolve.sink, &owners[i]), 0);
	rt->nr = 0;
	fs->owners = 0;
	KUNIT_EXPECT_EQ(test, resolve(rt), 0);
	KUNIT_ASSERT_EQ(test, rt->nr, (unsigned int)ARRAY_SIZE(gaps));
	for (i = 0; i < ARRAY_SIZE(gaps); i++) {
		KUNIT_EXPECT_EQ(test, rt->records[i].device.pos, gaps[i][0]);
		KUNIT_EXPECT_EQ(test, rt->records[i].device.len, gaps[i][1]);
	}
}

/* An owner of what was not asked for is left out, and one that is too long clipped. */
static void test_outside(struct kunit *test)
{
	static const struct fserror_owner outside = {
		.kind = FSERROR_KIND_DATA_LOST, .dev_pos = 5000, .dev_len = 100,
	};
	static const struct fserror_owner too_long = {
		.kind = FSERROR_KIND_DATA_LOST, .dev_pos = 900, .dev_len = 5000,
	};
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct resolve_test *rt = begin(test, fs, 1);

	KUNIT_EXPECT_EQ(test, fserror_emit(&rt->resolve.sink, &outside), 0);
	KUNIT_EXPECT_EQ(test, rt->nr, 0U);
	KUNIT_EXPECT_EQ(test, fserror_emit(&rt->resolve.sink, &too_long), 0);
	KUNIT_ASSERT_EQ(test, rt->nr, 1U);
	KUNIT_EXPECT_EQ(test, rt->records[0].device.len, 100ULL);
}

/* What was found before the piece that cannot be mapped is not forgotten. */
static void test_unresolved(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct resolve_test *rt = begin(test, fs, 1);

	fs->owners = 2;
	fs->unresolved = true;
	KUNIT_EXPECT_EQ(test, resolve(rt), 0);
	KUNIT_ASSERT_EQ(test, rt->nr, 2U);
	KUNIT_EXPECT_EQ(test, rt->records[0].kind, FSERROR_KIND_DATA_LOST);
	KUNIT_EXPECT_EQ(test, rt->records[1].kind, FSERROR_KIND_MEDIA);
	KUNIT_EXPECT_EQ(test, rt->records[1].flags,
			(u32)FSERROR_RECORD_FLAG_UNRESOLVED);
	KUNIT_EXPECT_EQ(test, rt->resolve.told[0].flags, FSERROR_TOLD_UNRESOLVED);
}

/* Whoever has no room gets the same records in the end, each once. */
static void test_resume(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct resolve_test *rt = begin(test, fs, 3);
	unsigned int i, calls = 0;

	fs->owners = 3;
	rt->room = 2;
	while (resolve(rt) == -ENOBUFS && calls++ < 10)
		rt->room = 2;
	KUNIT_EXPECT_EQ(test, calls, 4U);
	KUNIT_ASSERT_EQ(test, rt->nr, 9U);
	for (i = 0; i < 9; i++)
		KUNIT_EXPECT_EQ(test, rt->records[i].device.pos,
				(u64)(i / 3 * 10000 + i % 3 * 333));
}

/* A resolver is to stop when its time is over, and when nobody wants it any more. */
static void test_should_stop(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct resolve_test *rt = begin(test, fs, 1);
	bool cancelled = false;

	KUNIT_EXPECT_EQ(test, fserror_should_stop(&rt->resolve.sink), 0);
	rt->resolve.cancelled = &cancelled;
	KUNIT_EXPECT_EQ(test, fserror_should_stop(&rt->resolve.sink), 0);
	cancelled = true;
	KUNIT_EXPECT_EQ(test, fserror_should_stop(&rt->resolve.sink), -EAGAIN);
	cancelled = false;
	rt->resolve.sink.deadline = jiffies - 1;
	KUNIT_EXPECT_EQ(test, fserror_should_stop(&rt->resolve.sink), -EAGAIN);
}

/* The last reference of an inode is dropped later, and unmount waits for that. */
static void test_iput_later(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct inode *inode = new_inode(fs->sb);

	KUNIT_ASSERT_NOT_NULL(test, inode);
	ihold(inode);
	fserror_iput_later(inode);
	KUNIT_EXPECT_EQ(test, icount_read_once(inode), 1);
	fserror_iput_later(inode);
	/* an inode that was still there would be found busy */
	kunit_fs_umount(test, fs);
}

static struct kunit_case fserror_resolve_cases[] = {
	KUNIT_CASE(test_owners),
	KUNIT_CASE(test_unowned),
	KUNIT_CASE(test_gaps),
	KUNIT_CASE(test_outside),
	KUNIT_CASE(test_unresolved),
	KUNIT_CASE(test_resume),
	KUNIT_CASE(test_should_stop),
	KUNIT_CASE(test_iput_later),
	{}
};

static struct kunit_suite fserror_resolve_suite = {
	.name		= "fserror-resolve",
	.test_cases	= fserror_resolve_cases,
};

kunit_test_suite(fserror_resolve_suite);
