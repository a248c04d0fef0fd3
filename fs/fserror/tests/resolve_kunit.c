// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a bad range to records: one for each owner up to a bound, one instead of
 * them beyond it, and none too few when the device is being removed.
 */
#include <kunit/test.h>
#include <linux/blk-badrange.h>
#include <linux/blk_types.h>
#include "internal.h"
#include "kunit_fs.h"

#define DEVICE		MKDEV(259, 3)
#define ORIGIN		MKDEV(259, 2)
#define RANGE_POS	0x100000200ULL
#define RANGE_LEN	0x10000ULL
#define ORIGIN_POS	0x300000400ULL

/* what resolve.c tells one by one */
#define BOUND		1024

struct tell_param {
	const char		*desc;
	/* what the filesystem finds */
	unsigned int		owners;
	bool			unresolved;
	/* what it is asked */
	enum bdev_bad_cause	cause;
	const char		*layer;
	u32			flags;
	/* what comes of it */
	unsigned int		nr;
	enum fserror_kind	kind;
	u32			error;
	u32			record_flags;
	bool			whole;
};

static const struct tell_param tell_params[] = {
	{ .desc = "free space: nothing", .cause = BDEV_BAD_MEDIA },
	{ .desc = "one owner", .owners = 1, .cause = BDEV_BAD_MEDIA,
	  .nr = 1, .kind = FSERROR_KIND_DATA_LOST, .error = EIO },
	{ .desc = "three owners", .owners = 3, .cause = BDEV_BAD_MACHINE_CHECK,
	  .nr = 3, .kind = FSERROR_KIND_DATA_LOST, .error = EIO },
	{ .desc = "as many as are told one by one", .owners = BOUND,
	  .cause = BDEV_BAD_MEDIA,
	  .nr = BOUND, .kind = FSERROR_KIND_DATA_LOST, .error = EIO },
	{ .desc = "one more: bulk", .owners = BOUND + 1, .cause = BDEV_BAD_MEDIA,
	  .nr = 1, .kind = FSERROR_KIND_BULK, .error = EIO, .whole = true },
	{ .desc = "the piece that cannot be mapped is one more, too",
	  .owners = BOUND, .unresolved = true, .cause = BDEV_BAD_MEDIA,
	  .nr = 1, .kind = FSERROR_KIND_BULK, .error = EIO, .whole = true },
	{ .desc = "damage from before the mount", .owners = 2,
	  .cause = BDEV_BAD_MEDIA, .flags = FSERROR_RECORD_FLAG_REPLAY,
	  .nr = 2, .kind = FSERROR_KIND_DATA_LOST, .error = EIO,
	  .record_flags = FSERROR_RECORD_FLAG_REPLAY },
	{ .desc = "bulk from before the mount", .owners = BOUND + 1,
	  .cause = BDEV_BAD_MEDIA, .flags = FSERROR_RECORD_FLAG_REPLAY,
	  .nr = 1, .kind = FSERROR_KIND_BULK, .error = EIO,
	  .record_flags = FSERROR_RECORD_FLAG_REPLAY, .whole = true },

	/* good again */
	{ .desc = "cleared, nobody's: still told, once", .cause = BDEV_BAD_CLEARED,
	  .nr = 1, .kind = FSERROR_KIND_CLEARED, .whole = true },
	{ .desc = "cleared, two owners", .owners = 2, .cause = BDEV_BAD_CLEARED,
	  .nr = 2, .kind = FSERROR_KIND_CLEARED },
	{ .desc = "cleared, more than are told one by one: the range, once",
	  .owners = BOUND + 1, .cause = BDEV_BAD_CLEARED,
	  .nr = 1, .kind = FSERROR_KIND_CLEARED, .whole = true },

	/* nobody can ask for the list when the device is gone */
	{ .desc = "removed, one batch", .owners = 64, .cause = BDEV_BAD_REMOVED,
	  .nr = 64, .kind = FSERROR_KIND_DATA_LOST, .error = EIO },
	{ .desc = "removed, one more than a batch", .owners = 65,
	  .cause = BDEV_BAD_REMOVED,
	  .nr = 65, .kind = FSERROR_KIND_DATA_LOST, .error = EIO },
	{ .desc = "removed, beyond the bound: one by one all the same",
	  .owners = BOUND + 1, .cause = BDEV_BAD_REMOVED,
	  .nr = BOUND + 1, .kind = FSERROR_KIND_DATA_LOST, .error = EIO },

	/* the filesystem is not even asked */
	{ .desc = "a layer below cannot say where", .owners = 5, .layer = "below",
	  .cause = BDEV_BAD_MEDIA,
	  .nr = 1, .kind = FSERROR_KIND_MEDIA, .error = EIO,
	  .record_flags = FSERROR_RECORD_FLAG_UNRESOLVED |
			  FSERROR_RECORD_FLAG_UNMAPPED,
	  .whole = true },
};

KUNIT_ARRAY_PARAM_DESC(tell, tell_params, desc);

static struct block_device *new_bdev(struct kunit *test)
{
	struct block_device *bdev = kunit_kzalloc(test, sizeof(*bdev), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, bdev);
	bdev->bd_dev = DEVICE;
	return bdev;
}

static void tell(struct kunit *test, struct kunit_fs *fs,
		 const struct tell_param *param)
{
	struct bdev_bad_range range = {
		.pos		= RANGE_POS,
		.len		= RANGE_LEN,
		.cause		= param->cause,
		.origin_dev	= ORIGIN,
		.origin_pos	= ORIGIN_POS,
		.origin_len	= RANGE_LEN,
		.layer		= param->layer,
	};

	fs->owners = param->owners;
	fs->unresolved = param->unresolved;
	down_read(&fs->sb->s_umount);
	fserror_tell(fs->sb, new_bdev(test), &range, param->flags);
	up_read(&fs->sb->s_umount);
	fserror_publish_wait();
}

static void check_range(struct kunit *test, const struct fserror_record *record,
			u64 from, u64 len)
{
	KUNIT_EXPECT_EQ(test, record->device.dev, DEVICE);
	KUNIT_EXPECT_EQ(test, record->device.pos, RANGE_POS + from);
	KUNIT_EXPECT_EQ(test, record->device.len, len);
	KUNIT_EXPECT_EQ(test, record->origin.dev, ORIGIN);
	KUNIT_EXPECT_EQ(test, record->origin.pos, ORIGIN_POS + from);
	KUNIT_EXPECT_EQ(test, record->origin.len, len);
}

static void test_tell(struct kunit *test)
{
	const struct tell_param *param = test->param_value;
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->sb->s_dev,
						    BOUND + 2);
	struct fserror_record *record;
	unsigned int i;

	tell(test, fs, param);
	KUNIT_ASSERT_EQ(test, watcher->nr, param->nr);
	KUNIT_EXPECT_EQ(test, watcher->nr_lost, 0ULL);
	for (i = 0; i < param->nr; i++) {
		record = &watcher->records[i];
		KUNIT_EXPECT_EQ(test, record->kind, param->kind);
		KUNIT_EXPECT_EQ(test, record->error, param->error);
		KUNIT_EXPECT_EQ(test, record->cause, (u32)param->cause);
		KUNIT_EXPECT_EQ(test, record->flags, param->record_flags);
		KUNIT_EXPECT_EQ(test, record->has_inode, !param->whole);
		if (param->whole) {
			check_range(test, record, 0, RANGE_LEN);
			KUNIT_EXPECT_EQ(test, record->len, 0ULL);
		} else {
			check_range(test, record, i, 1);
			KUNIT_EXPECT_EQ(test, record->pos, (u64)i);
			KUNIT_EXPECT_EQ(test, record->len, 1ULL);
		}
	}
}

/* What was found before the piece that cannot be mapped is not forgotten. */
static void test_unresolved(struct kunit *test)
{
	static const struct tell_param param = {
		.owners = 2, .unresolved = true, .cause = BDEV_BAD_MEDIA,
	};
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->sb->s_dev, 4);

	tell(test, fs, &param);
	KUNIT_ASSERT_EQ(test, watcher->nr, 3U);
	check_range(test, &watcher->records[0], 0, 1);
	check_range(test, &watcher->records[1], 1, 1);
	check_range(test, &watcher->records[2], 2, RANGE_LEN - 2);
	KUNIT_EXPECT_EQ(test, watcher->records[1].flags, 0U);
	KUNIT_EXPECT_EQ(test, watcher->records[2].kind, FSERROR_KIND_MEDIA);
	KUNIT_EXPECT_EQ(test, watcher->records[2].flags,
			(u32)FSERROR_RECORD_FLAG_UNRESOLVED);
}

/* The resolver hears that it is to stop, and does not go on for nothing. */
static void test_stopped(struct kunit *test)
{
	static const struct tell_param many = {
		.owners = BOUND + 1, .cause = BDEV_BAD_MEDIA,
	};
	static const struct tell_param few = {
		.owners = BOUND, .cause = BDEV_BAD_MEDIA,
	};
	struct kunit_fs *fs = kunit_fs_mount(test);

	tell(test, fs, &many);
	KUNIT_EXPECT_NE(test, fs->stopped, 0);
	tell(test, fs, &few);
	KUNIT_EXPECT_EQ(test, fs->stopped, 0);
}

static struct kunit_case fserror_resolve_cases[] = {
	KUNIT_CASE_PARAM(test_tell, tell_gen_params),
	KUNIT_CASE(test_unresolved),
	KUNIT_CASE(test_stopped),
	{}
};

static struct kunit_suite fserror_resolve_suite = {
	.name		= "fserror-resolve",
	.test_cases	= fserror_resolve_cases,
};

kunit_test_suite(fserror_resolve_suite);
