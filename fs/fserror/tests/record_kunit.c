// SPDX-License-Identifier: GPL-2.0-only
/*
 * What fserror_report() is told arrives at a watcher, whole and exact.
 */
#include <kunit/test.h>
#include <linux/blk-badrange.h>
#include <linux/blk_types.h>
#include <linux/exportfs.h>
#include <linux/fs.h>
#include <linux/fserror.h>
#include <linux/timekeeping.h>
#include "internal.h"
#include "kunit_fs.h"

struct kind_param {
	const char		*desc;
	enum fserror_type	type;
	int			error;
	enum fserror_kind	kind;
};

static const struct kind_param kind_params[] = {
	{ "buffered read",	FSERR_BUFFERED_READ,	-EIO, FSERROR_KIND_BUFFERED_READ },
	{ "buffered write",	FSERR_BUFFERED_WRITE,	-ENOSPC, FSERROR_KIND_BUFFERED_WRITE },
	{ "direct read",	FSERR_DIRECTIO_READ,	-ENODATA, FSERROR_KIND_DIRECTIO_READ },
	{ "direct write",	FSERR_DIRECTIO_WRITE,	-EIO, FSERROR_KIND_DIRECTIO_WRITE },
	{ "data lost",		FSERR_DATA_LOST,	-EIO,		FSERROR_KIND_DATA_LOST },
	{ "metadata",		FSERR_METADATA,		-EFSCORRUPTED,	FSERROR_KIND_METADATA },
	{ "shutdown",		FSERR_METADATA,		-ESHUTDOWN,	FSERROR_KIND_SHUTDOWN },
	/* the errno says shutdown only where the type says metadata */
	{ "write that met a shutdown",
				FSERR_BUFFERED_WRITE,	-ESHUTDOWN,
				FSERROR_KIND_BUFFERED_WRITE },
};

KUNIT_ARRAY_PARAM_DESC(kind, kind_params, desc);

static void test_kind(struct kunit *test)
{
	const struct kind_param *param = test->param_value;
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->sb->s_dev, 2);

	fserror_report(fs->sb, NULL, param->type, 0, 0, param->error, GFP_KERNEL);
	fserror_publish_wait();
	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);
	KUNIT_EXPECT_EQ(test, watcher->records[0].kind, param->kind);
	KUNIT_EXPECT_EQ(test, watcher->records[0].error, (u32)-param->error);
}

static void test_fields(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->sb->s_dev, 2);
	struct inode *inode = d_inode(fs->sb->s_root);
	u64 before = ktime_get_boottime_ns();
	struct fserror_record *record = &watcher->records[0];
	u32 *handle = (u32 *)record->handle;

	/* a position beyond 32 bits and a length that is no block */
	fserror_report(fs->sb, inode, FSERR_DATA_LOST, 0x123456789abcLL, 513,
		       -EIO, GFP_KERNEL);
	fserror_publish_wait();
	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);

	KUNIT_EXPECT_GT(test, record->seq, 0ULL);
	KUNIT_EXPECT_GE(test, record->boottime_ns, before);
	KUNIT_EXPECT_LE(test, record->boottime_ns, ktime_get_boottime_ns());
	KUNIT_EXPECT_GT(test, record->realtime_ns, 0ULL);
	KUNIT_EXPECT_EQ(test, record->dev, fs->sb->s_dev);
	KUNIT_EXPECT_STREQ(test, record->fs_type, "fserror_kunit");
	KUNIT_EXPECT_STREQ(test, record->sb_id, fs->sb->s_id);
	KUNIT_EXPECT_TRUE(test, uuid_equal(&record->uuid, &fs->sb->s_uuid));
	KUNIT_EXPECT_TRUE(test, record->has_inode);
	KUNIT_EXPECT_EQ(test, record->ino, 1ULL);
	KUNIT_EXPECT_EQ(test, record->generation, 0x12345678U);
	KUNIT_EXPECT_EQ(test, record->nlink, 2U);
	KUNIT_EXPECT_EQ(test, record->pos, 0x123456789abcULL);
	KUNIT_EXPECT_EQ(test, record->len, 513ULL);
	KUNIT_EXPECT_EQ(test, record->flags, 0U);
	/* the handle is the one that name_to_handle_at() would give */
	KUNIT_EXPECT_EQ(test, record->handle_type, FILEID_INO32_GEN);
	KUNIT_EXPECT_EQ(test, record->handle_len, 8);
	KUNIT_EXPECT_EQ(test, handle[0], 1U);
	KUNIT_EXPECT_EQ(test, handle[1], 0x12345678U);
	/* what fserror_report() does not know is absent */
	KUNIT_EXPECT_EQ(test, record->cause, 0U);
	KUNIT_EXPECT_EQ(test, record->meta, 0U);
	KUNIT_EXPECT_EQ(test, record->device.dev, 0U);
	KUNIT_EXPECT_EQ(test, record->origin.dev, 0U);
}

static void test_no_inode(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->sb->s_dev, 2);

	fserror_report_shutdown(fs->sb, GFP_KERNEL);
	fserror_publish_wait();
	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);
	KUNIT_EXPECT_FALSE(test, watcher->records[0].has_inode);
	KUNIT_EXPECT_EQ(test, watcher->records[0].handle_len, 0);
	KUNIT_EXPECT_EQ(test, watcher->records[0].len, 0ULL);
}

static void test_unlinked(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->sb->s_dev, 2);
	struct inode *inode = new_inode(fs->sb);

	KUNIT_ASSERT_NOT_NULL(test, inode);
	clear_nlink(inode);
	fserror_report_data_lost(inode, 0, 1, GFP_KERNEL);
	fserror_publish_wait();
	iput(inode);

	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);
	KUNIT_EXPECT_EQ(test, watcher->records[0].nlink, 0U);
	KUNIT_EXPECT_EQ(test, watcher->records[0].flags,
			(u32)FSERROR_RECORD_FLAG_UNLINKED);
}

/* What a test record must not claim. */
static void expect_nothing_else(struct kunit *test,
				const struct fserror_record *record)
{
	KUNIT_EXPECT_EQ(test, record->kind, FSERROR_KIND_TEST);
	KUNIT_EXPECT_GT(test, record->boottime_ns, 0ULL);
	KUNIT_EXPECT_EQ(test, record->error, 0U);
	KUNIT_EXPECT_EQ(test, record->cause, 0U);
	KUNIT_EXPECT_EQ(test, record->flags, 0U);
	KUNIT_EXPECT_EQ(test, record->meta, 0U);
	KUNIT_EXPECT_FALSE(test, record->has_inode);
	KUNIT_EXPECT_EQ(test, record->handle_len, 0);
	KUNIT_EXPECT_EQ(test, record->len, 0ULL);
	KUNIT_EXPECT_EQ(test, record->device.dev, 0U);
	KUNIT_EXPECT_EQ(test, record->origin.dev, 0U);
	KUNIT_EXPECT_STREQ(test, record->layer, "");
}

static void test_test(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->sb->s_dev, 2);
	struct fserror_record *record = &watcher->records[0];
	u64 seq = fserror_journal_test(fs->sb);

	fserror_publish_wait();
	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);
	KUNIT_EXPECT_EQ(test, record->seq, seq);
	KUNIT_EXPECT_EQ(test, record->dev, fs->sb->s_dev);
	KUNIT_EXPECT_STREQ(test, record->fs_type, "fserror_kunit");
	KUNIT_EXPECT_STREQ(test, record->sb_id, fs->sb->s_id);
	KUNIT_EXPECT_TRUE(test, uuid_equal(&record->uuid, &fs->sb->s_uuid));
	expect_nothing_else(test, record);
}

/* Of no filesystem: who watches one of them does not hear it. */
static void test_test_of_none(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *one = kunit_watch(test, fs->sb->s_dev, 1);
	struct fserror_record *record;
	u64 seq;

	record = kunit_kzalloc(test, sizeof(*record), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, record);
	seq = fserror_journal_test(NULL);
	fserror_publish_wait();
	KUNIT_EXPECT_EQ(test, one->nr, 0U);
	/* it is the last one, or nearly so */
	KUNIT_ASSERT_EQ(test, fserror_journal_read(seq, record), seq);
	KUNIT_EXPECT_EQ(test, record->dev, 0U);
	KUNIT_EXPECT_STREQ(test, record->fs_type, "");
	KUNIT_EXPECT_STREQ(test, record->sb_id, "");
	KUNIT_EXPECT_TRUE(test, uuid_is_null(&record->uuid));
	expect_nothing_else(test, record);
}

struct errno_param {
	const char	*desc;
	int		error;
	u32		stored;
};

static const struct errno_param errno_params[] = {
	{ "none",	0,		0 },
	{ "negative",	-EIO,		EIO },
	{ "positive",	EIO,		EIO },
	{ "largest",	-MAX_ERRNO,	MAX_ERRNO },
};

KUNIT_ARRAY_PARAM_DESC(errno, errno_params, desc);

static void test_errno(struct kunit *test)
{
	const struct errno_param *param = test->param_value;
	struct fserror_record record;

	memset(&record, 0xff, sizeof(record));
	fserror_record_init(&record, NULL, FSERROR_KIND_TEST, param->error);
	KUNIT_EXPECT_EQ(test, record.error, param->stored);
	KUNIT_EXPECT_EQ(test, record.kind, FSERROR_KIND_TEST);
	/* nothing is left of what was there */
	KUNIT_EXPECT_EQ(test, record.dev, 0U);
	KUNIT_EXPECT_TRUE(test, uuid_is_null(&record.uuid));
	KUNIT_EXPECT_EQ(test, record.handle[FSERROR_HANDLE_BYTES - 1], 0);
}

static void test_range(struct kunit *test)
{
	static const struct bdev_bad_range range = {
		.pos		= 0x100000000ULL,
		.len		= 512,
		.cause		= BDEV_BAD_MACHINE_CHECK,
		.origin_dev	= MKDEV(259, 7),
		.origin_pos	= 0x200000200ULL,
		.origin_len	= 512,
		.layer		= "a layer with a long name",
	};
	struct block_device *bdev = kunit_kzalloc(test, sizeof(*bdev), GFP_KERNEL);
	struct fserror_record record;

	KUNIT_ASSERT_NOT_NULL(test, bdev);
	bdev->bd_dev = MKDEV(8, 1);
	fserror_record_init(&record, NULL, FSERROR_KIND_MEDIA, EIO);
	fserror_record_set_range(&record, bdev, &range);
	KUNIT_EXPECT_EQ(test, record.cause, (u32)FSERROR_CAUSE_MACHINE_CHECK);
	KUNIT_EXPECT_EQ(test, record.device.dev, MKDEV(8, 1));
	KUNIT_EXPECT_EQ(test, record.device.pos, range.pos);
	KUNIT_EXPECT_EQ(test, record.device.len, 512ULL);
	KUNIT_EXPECT_EQ(test, record.origin.dev, MKDEV(259, 7));
	KUNIT_EXPECT_EQ(test, record.origin.pos, range.origin_pos);
	KUNIT_EXPECT_EQ(test, record.origin.len, 512ULL);
	KUNIT_EXPECT_EQ(test, record.flags, (u32)FSERROR_RECORD_FLAG_UNMAPPED);
	/* cut, not overrun: 15 characters and the end */
	KUNIT_EXPECT_STREQ(test, record.layer, "a layer with a ");
}

/* The numbers of the route layer are those of the protocol. */
static void test_causes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, (int)BDEV_BAD_MEDIA, (int)FSERROR_CAUSE_MEDIA);
	KUNIT_EXPECT_EQ(test, (int)BDEV_BAD_MACHINE_CHECK,
			(int)FSERROR_CAUSE_MACHINE_CHECK);
	KUNIT_EXPECT_EQ(test, (int)BDEV_BAD_REMOVED, (int)FSERROR_CAUSE_REMOVED);
	KUNIT_EXPECT_EQ(test, (int)BDEV_BAD_CLEARED, (int)FSERROR_CAUSE_CLEARED);
}

static struct kunit_case fserror_record_cases[] = {
	KUNIT_CASE_PARAM(test_kind, kind_gen_params),
	KUNIT_CASE(test_fields),
	KUNIT_CASE(test_no_inode),
	KUNIT_CASE(test_unlinked),
	KUNIT_CASE(test_test),
	KUNIT_CASE(test_test_of_none),
	KUNIT_CASE_PARAM(test_errno, errno_gen_params),
	KUNIT_CASE(test_range),
	KUNIT_CASE(test_causes),
	{}
};

static struct kunit_suite fserror_record_suite = {
	.name		= "fserror-record",
	.test_cases	= fserror_record_cases,
};

kunit_test_suite(fserror_record_suite);
