// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names that were found while a device was being taken away, from the worker that finds
 * them to the damage-get that tells them.
 */
#include <kunit/test.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include "internal.h"
#include "kunit_dump.h"
#include "kunit_watch.h"

#define OWNERS		4096
#define MAX_RECORDS	3000

static void kept_free_action(void *kept)
{
	fserror_kept_free(kept);
}

static struct fserror_kept *new_kept(struct kunit *test)
{
	struct fserror_kept *kept = kunit_kzalloc(test, sizeof(*kept), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, kept);
	fserror_kept_init(kept);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, kept_free_action,
							kept), 0);
	return kept;
}

static bool keep_as(struct fserror_kept *kept, u64 pos, u64 len, u64 ino, u64 offset,
		    u64 file_len)
{
	struct fserror_record record = {
		.kind		= FSERROR_KIND_DATA_LOST,
		.flags		= FSERROR_RECORD_FLAG_LATE |
				  FSERROR_RECORD_FLAG_REALTIME,
		.device		= { KUNIT_FS_DISK_DEV, pos, len },
		.has_inode	= true,
		.ino		= ino,
		.generation	= ino + 1,
		.nlink		= 2,
		.pos		= offset,
		.len		= file_len,
		.handle_type	= 1,
		.handle_len	= 8,
		.handle		= { ino },
	};

	return fserror_kept_add(kept, &record);
}

static bool keep(struct fserror_kept *kept, u64 pos, u64 len, u64 ino, u64 offset)
{
	return keep_as(kept, pos, len, ino, offset, len);
}

struct kept_piece {
	u64	pos;
	u64	len;
	u64	ino;	/* 0 if it is unresolved */
	u64	offset;
	u64	file_len;
};

static void expect_pieces(struct kunit *test, struct fserror_kept *kept, u64 pos,
			  u64 len, const struct kept_piece *want, unsigned int nr)
{
	const struct fserror_record whole = {
		.kind		= FSERROR_KIND_MEDIA,
		.error		= EIO,
		.cause		= FSERROR_CAUSE_REMOVED,
		.flags		= FSERROR_RECORD_FLAG_UNRESOLVED,
		.device		= { KUNIT_FS_DISK_DEV, pos, len },
		.origin		= { MKDEV(8, 0), pos + 1000, len },
	};
	struct fserror_kept_cursor cursor = { };
	struct fserror_record record;
	unsigned int i;

	for (i = 0; fserror_kept_next(kept, &cursor, &whole, &record); i++) {
		KUNIT_ASSERT_LT(test, i, nr);
		KUNIT_EXPECT_EQ(test, record.device.pos, want[i].pos);
		KUNIT_EXPECT_EQ(test, record.device.len, want[i].len);
		KUNIT_EXPECT_EQ(test, record.origin.pos, want[i].pos + 1000);
		KUNIT_EXPECT_EQ(test, record.origin.len, want[i].len);
		KUNIT_EXPECT_EQ(test, record.cause, (u32)FSERROR_CAUSE_REMOVED);
		KUNIT_EXPECT_EQ(test, record.error, (u32)EIO);
		KUNIT_EXPECT_EQ(test, record.has_inode, !!want[i].ino);
		KUNIT_EXPECT_EQ(test, record.ino, want[i].ino);
		KUNIT_EXPECT_EQ(test, record.pos, want[i].offset);
		KUNIT_EXPECT_EQ(test, record.len, want[i].file_len);
		KUNIT_EXPECT_EQ(test, record.kind,
				want[i].ino ? FSERROR_KIND_DATA_LOST :
					      FSERROR_KIND_MEDIA);
		KUNIT_EXPECT_EQ(test, record.flags, want[i].ino ?
				(u32)FSERROR_RECORD_FLAG_REALTIME :
				(u32)FSERROR_RECORD_FLAG_UNRESOLVED);
		if (!want[i].ino)
			continue;
		KUNIT_EXPECT_EQ(test, record.generation, (u32)want[i].ino + 1);
		KUNIT_EXPECT_EQ(test, record.nlink, 2U);
		KUNIT_EXPECT_EQ(test, record.handle_len, (u16)8);
		KUNIT_EXPECT_EQ(test, record.handle[0], (u8)want[i].ino);
	}
	KUNIT_EXPECT_EQ(test, i, nr);
}

/* Shared pieces are told for each owner, and what nobody is known for once. */
static void test_names(struct kunit *test)
{
	static const struct kept_piece all[] = {
		{ 0, 4096 },
		{ 4096, 4096, 7, 0, 4096 },
		{ 4096, 4096, 9, 8192, 4096 },
		{ 6144, 4096, 8, 100, 4096 },
		{ 10240, 2048 },
		{ 12288, 4096, 7, 4096, 4096 },
	};
	static const struct kept_piece middle[] = {
		{ 5000, 1144 },
		{ 6144, 856, 8, 100, 856 },
	};
	static const struct kept_piece none[] = { { 0, 16384 } };
	struct fserror_kept *kept = new_kept(test);
	u32 before = fserror_told_count();

	KUNIT_EXPECT_TRUE(test, keep(kept, 12288, 4096, 7, 4096));
	KUNIT_EXPECT_TRUE(test, keep(kept, 4096, 4096, 9, 8192));
	KUNIT_EXPECT_TRUE(test, keep(kept, 4096, 4096, 7, 0));
	KUNIT_EXPECT_TRUE(test, keep(kept, 6144, 4096, 8, 100));
	/* found twice */
	KUNIT_EXPECT_TRUE(test, keep(kept, 4096, 4096, 7, 0));
	KUNIT_EXPECT_EQ(test, kept->nr, 4U);
	KUNIT_EXPECT_EQ(test, fserror_told_count(), before + 4);
	expect_pieces(test, kept, 0, 16384, all, ARRAY_SIZE(all));
	/* an owner that begins before the piece may be another one's there */
	expect_pieces(test, kept, 5000, 2000, middle, ARRAY_SIZE(middle));

	fserror_kept_drop(kept, 0, 4096);
	KUNIT_EXPECT_EQ(test, kept->nr, 4U);
	fserror_kept_drop(kept, 4096, 12288);
	KUNIT_EXPECT_EQ(test, kept->nr, 1U);
	fserror_kept_drop(kept, 0, U64_MAX);
	KUNIT_EXPECT_EQ(test, fserror_told_count(), before);
	expect_pieces(test, kept, 0, 16384, none, ARRAY_SIZE(none));
}

/* What is compressed is longer in the file, and lost as a whole. */
static void test_compressed(struct kunit *test)
{
	static const struct kept_piece all[] = {
		{ 4096, 4096, 7, 0, 131072 },
		{ 8192, 8192, 8, 4096, 2048 },
	};
	static const struct kept_piece parts[] = {
		{ 4096, 512, 7, 0, 131072 },
	};
	struct fserror_kept *kept = new_kept(test);

	KUNIT_EXPECT_TRUE(test, keep_as(kept, 4096, 4096, 7, 0, 131072));
	KUNIT_EXPECT_TRUE(test, keep_as(kept, 8192, 8192, 8, 4096, 2048));
	expect_pieces(test, kept, 4096, 12288, all, ARRAY_SIZE(all));
	expect_pieces(test, kept, 4096, 512, parts, ARRAY_SIZE(parts));
}

/* A quarter of the pool is for the ranges. */
static void test_pool(struct kunit *test)
{
	struct fserror_kept *kept = new_kept(test);
	u32 used = fserror_told_count();
	u32 old = fserror_told_limit(2 * used + 16);
	unsigned int nr;

	for (nr = 0; nr < 2 * used + 16; nr++)
		if (!keep(kept, nr * 4096, 4096, nr + 1, 0))
			break;
	fserror_told_limit(old);
	KUNIT_EXPECT_EQ(test, nr + used, (2 * used + 16) / 4 * 3);
	KUNIT_EXPECT_EQ(test, kept->nr, nr);
}

/*
 * More owners than may be told: those that could not be are kept, and watchers hear that
 * there are more. When nothing can be read any more they are told all the same.
 */
static void test_removed(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance,
						    MAX_RECORDS);
	u32 before = fserror_told_count();
	struct kunit_dump *got = kunit_dump_new(test, OWNERS);
	const struct fserror_record *last, *record;
	unsigned int i;

	fs->owners = OWNERS;
	kunit_fs_set_bad(fs, 0, KUNIT_FS_SIZE);
	kunit_fs_changed(fs, 0, KUNIT_FS_SIZE, BDEV_WHY_REMOVED);
	kunit_fs_settle(test, fs);
	KUNIT_ASSERT_LT(test, watcher->nr, (unsigned int)MAX_RECORDS);
	last = &watcher->records[watcher->nr - 1];
	KUNIT_EXPECT_EQ(test, last->kind, FSERROR_KIND_BULK);
	KUNIT_EXPECT_EQ(test, last->flags, (u32)FSERROR_RECORD_FLAG_LATE);
	KUNIT_EXPECT_EQ(test, last->device.len, KUNIT_FS_SIZE);
	KUNIT_EXPECT_EQ(test, fserror_told_count(), before + 1 + OWNERS);

	fs->unreadable = true;
	kunit_dump(test, fs, got);
	KUNIT_EXPECT_EQ(test, got->end, (u32)FSERROR_END_COMPLETE);
	KUNIT_ASSERT_EQ(test, got->nr, (unsigned int)OWNERS);
	for (i = 0; i < OWNERS; i++) {
		record = &got->records[i];
		KUNIT_EXPECT_EQ(test, record->kind, FSERROR_KIND_DATA_LOST);
		KUNIT_EXPECT_EQ(test, record->flags, 0U);
		KUNIT_EXPECT_EQ(test, record->pos, (u64)i);
		KUNIT_EXPECT_EQ(test, record->device.pos,
				i * (KUNIT_FS_SIZE / OWNERS));
		KUNIT_EXPECT_EQ(test, record->cause,
				(u32)FSERROR_CAUSE_REMOVED);
	}

	kunit_fs_umount(test, fs);
	KUNIT_EXPECT_EQ(test, fserror_told_count(), before);
}

/* It is back: what was kept is forgotten. */
static void test_back(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct fserror_dev *dev = fserror_dev_next(kunit_fs_instance(fs), 0);

	/* nothing is looked up for nobody */
	kunit_watch(test, fs->instance, 8);
	fs->owners = 2;
	kunit_fs_set_bad(fs, 0, KUNIT_FS_SIZE);
	kunit_fs_changed(fs, 0, KUNIT_FS_SIZE, BDEV_WHY_REMOVED);
	kunit_fs_settle(test, fs);
	KUNIT_EXPECT_EQ(test, dev->kept.nr, 2U);
	kunit_fs_set_bad(fs, 0, 0);
	kunit_fs_changed(fs, 0, KUNIT_FS_SIZE, BDEV_WHY_REMAPPED);
	kunit_fs_settle(test, fs);
	KUNIT_EXPECT_EQ(test, dev->kept.nr, 0U);
}

/* Nothing is kept when nothing is taken away: it can be asked again. */
static void test_not_removed(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct fserror_dev *dev = fserror_dev_next(kunit_fs_instance(fs), 0);

	kunit_fs_set_bad(fs, 4096, 512);
	kunit_fs_changed(fs, 0, KUNIT_FS_SIZE, BDEV_WHY_MEDIA);
	kunit_fs_settle(test, fs);
	KUNIT_EXPECT_EQ(test, dev->told.nr, 1U);
	KUNIT_EXPECT_EQ(test, dev->kept.nr, 0U);
}

static struct kunit_case fserror_kept_cases[] = {
	KUNIT_CASE(test_names),
	KUNIT_CASE(test_compressed),
	KUNIT_CASE(test_pool),
	KUNIT_CASE(test_removed),
	KUNIT_CASE(test_back),
	KUNIT_CASE(test_not_removed),
	{}
};

static struct kunit_suite fserror_kept_suite = {
	.name		= "fserror-kept",
	.test_cases	= fserror_kept_cases,
};

kunit_test_suite(fserror_kept_suite);
