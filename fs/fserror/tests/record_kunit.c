// SPDX-License-Identifier: GPL-2.0-only
/*
 * What fserror_report() is told arrives at a watcher, whole and exact.
 */
#include <kunit/test.h>
#include <linux/blk-badrange.h>
#include <linux/cleanup.h>
#include <linux/cred.h>
#include <linux/exportfs.h>
#include <linux/fs.h>
#include <linux/fserror.h>
#include <linux/timekeeping.h>
#include "internal.h"
#include "kunit_fs.h"
#include "kunit_watch.h"

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
	struct kunit_watcher *watcher = kunit_watch(test, kunit_instance(fs->sb), 2);

	fserror_report(fs->sb, NULL, param->type, 0, 0, param->error, GFP_KERNEL);
	fserror_publish_wait();
	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);
	KUNIT_EXPECT_EQ(test, watcher->records[0].kind, param->kind);
	KUNIT_EXPECT_EQ(test, watcher->records[0].error, (u32)-param->error);
}

static void test_fields(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, kunit_instance(fs->sb), 2);
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
	KUNIT_EXPECT_EQ(test, record->instance, kunit_instance(fs->sb));
	KUNIT_EXPECT_GT(test, record->fs_seq, 0ULL);
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
	struct kunit_watcher *watcher = kunit_watch(test, kunit_instance(fs->sb), 2);

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
	struct kunit_watcher *watcher = kunit_watch(test, kunit_instance(fs->sb), 2);
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
	KUNIT_EXPECT_EQ(test, record->repeat, 0ULL);
	KUNIT_EXPECT_EQ(test, record->count, 0ULL);
	KUNIT_EXPECT_EQ(test, record->role, 0U);
	KUNIT_EXPECT_EQ(test, record->len, 0ULL);
	KUNIT_EXPECT_EQ(test, record->device.dev, 0U);
	KUNIT_EXPECT_EQ(test, record->origin.dev, 0U);
	KUNIT_EXPECT_STREQ(test, record->layer, "");
}

static void test_test(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, kunit_instance(fs->sb), 2);
	struct fserror_record *record = &watcher->records[0];
	u64 seq;

	scoped_guard(rcu)
		seq = fserror_publish_test(fs->sb, fserror_sb_count(fs->sb));
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
	struct kunit_watcher *one = kunit_watch(test, kunit_instance(fs->sb), 1);
	struct fserror_record *record;
	u64 seq;

	record = kunit_kzalloc(test, sizeof(*record), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, record);
	seq = fserror_publish_test(NULL, NULL);
	fserror_publish_wait();
	KUNIT_EXPECT_EQ(test, one->nr, 0U);
	/* it is the last one, or nearly so */
	KUNIT_ASSERT_EQ(test, fserror_journal_read(FSERROR_GROUP_DAMAGE, seq, record),
			seq);
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

struct range_param {
	const char	*desc;
	u32		flags;
	const char	*layer;
	u32		record_flags;
};

static const struct range_param range_params[] = {
	{ "lost", 0, "", 0 },
	{ "a layer that has a copy, or cannot say where", 0, "raid1", 0 },
	{ "several pieces", BDEV_BAD_PARTIAL, "",	FSERROR_RECORD_FLAG_PARTIAL },
	{ "nobody knows whether", BDEV_BAD_UNKNOWN, "",
						FSERROR_RECORD_FLAG_UNKNOWN },
	{ "nobody knows anything", BDEV_BAD_PARTIAL | BDEV_BAD_UNKNOWN, "thin",
	  FSERROR_RECORD_FLAG_PARTIAL | FSERROR_RECORD_FLAG_UNKNOWN },
	/* 23 characters and the end */
	{ "a long name", 0, "a layer with a long tag", 0 },
};

KUNIT_ARRAY_PARAM_DESC(range, range_params, desc);

static void test_range(struct kunit *test)
{
	const struct range_param *param = test->param_value;
	struct bdev_bad_range range = {
		.pos		= 0x100000000ULL,
		.len		= 512,
		.cause		= BDEV_BAD_MACHINE_CHECK,
		.flags		= param->flags,
		.origin_dev	= MKDEV(259, 7),
		.origin_pos	= 0x200000200ULL,
		.origin_len	= 512,
	};
	struct fserror_record record;

	strscpy(range.layer, param->layer);
	fserror_record_init(&record, NULL, FSERROR_KIND_MEDIA, EIO);
	fserror_record_set_range(&record, MKDEV(8, 1), FSERROR_ROLE_LOG, &range);
	KUNIT_EXPECT_EQ(test, record.cause, (u32)FSERROR_CAUSE_MACHINE_CHECK);
	KUNIT_EXPECT_EQ(test, record.role, (u32)FSERROR_ROLE_LOG);
	KUNIT_EXPECT_EQ(test, record.device.dev, MKDEV(8, 1));
	KUNIT_EXPECT_EQ(test, record.device.pos, range.pos);
	KUNIT_EXPECT_EQ(test, record.device.len, 512ULL);
	KUNIT_EXPECT_EQ(test, record.origin.dev, MKDEV(259, 7));
	KUNIT_EXPECT_EQ(test, record.origin.pos, range.origin_pos);
	KUNIT_EXPECT_EQ(test, record.origin.len, 512ULL);
	KUNIT_EXPECT_EQ(test, record.flags, param->record_flags);
	KUNIT_EXPECT_STREQ(test, record.layer, param->layer);
}

/* The four kinds of failed I/O, and those only, are told in the group io. */
static void test_groups(struct kunit *test)
{
	enum fserror_kind kind;

	for (kind = 1; kind < FSERROR_NR_KINDS; kind++)
		KUNIT_EXPECT_EQ(test, fserror_group_of(kind),
				kind <= FSERROR_KIND_DIRECTIO_WRITE ?
				FSERROR_GROUP_IO : FSERROR_GROUP_DAMAGE);
}

/*
 * A filesystem without storage of its own, and one that is mounted in a user
 * namespace, whose owner nobody has to trust, are not heard.
 */
static unsigned int nr_of(const struct kunit_watcher *watcher, const char *sb_id)
{
	unsigned int i, nr = 0;

	for (i = 0; i < min(watcher->nr, watcher->max); i++)
		if (!strcmp(watcher->records[i].sb_id, sb_id))
			nr++;
	return nr;
}

static void test_not_heard(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);
	struct kunit_watcher *watcher = kunit_watch(test, 0, 16);
	struct super_block *sb = kunit_kzalloc(test, sizeof(*sb), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sb);
	sb->s_type = fs->sb->s_type;
	sb->s_op = fs->sb->s_op;
	strscpy(sb->s_id, "not heard");
	/* as good as a namespace that is not the initial one */
	sb->s_user_ns = NULL;
	fserror_journal_error(sb, NULL, FSERR_METADATA, 0, 0, -ESHUTDOWN);
	fserror_publish_wait();
	KUNIT_EXPECT_EQ(test, nr_of(watcher, "not heard"), 0U);

	sb->s_user_ns = &init_user_ns;
	fserror_journal_error(sb, NULL, FSERR_METADATA, 0, 0, -ESHUTDOWN);
	fserror_publish_wait();
	KUNIT_EXPECT_EQ(test, nr_of(watcher, "not heard"), 1U);
}

static struct kunit_case fserror_record_cases[] = {
	KUNIT_CASE_PARAM(test_kind, kind_gen_params),
	KUNIT_CASE(test_fields),
	KUNIT_CASE(test_no_inode),
	KUNIT_CASE(test_unlinked),
	KUNIT_CASE(test_test),
	KUNIT_CASE(test_test_of_none),
	KUNIT_CASE_PARAM(test_errno, errno_gen_params),
	KUNIT_CASE_PARAM(test_range, range_gen_params),
	KUNIT_CASE(test_groups),
	KUNIT_CASE(test_not_heard),
	{}
};

static struct kunit_suite fserror_record_suite = {
	.name		= "fserror-record",
	.test_cases	= fserror_record_cases,
};

kunit_test_suite(fserror_record_suite);
