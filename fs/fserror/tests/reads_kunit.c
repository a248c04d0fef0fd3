// SPDX-License-Identifier: GPL-2.0-only
/*
 * Failed reads and what is told of the medium are one loss, whichever comes first.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include "internal.h"
#include "kunit_fs.h"
#include "kunit_watch.h"

#define FILE_AT		65536
#define MAX_RECORDS	64

static struct kunit_fs *mount_with_file(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount(test);

	fs->file_at = FILE_AT;
	return fs;
}

static void read_fails(struct kunit_fs *fs, u64 pos, u64 len)
{
	fserror_report_io(d_inode(fs->sb->s_root), FSERR_DIRECTIO_READ, pos, len, -EIO,
			  GFP_KERNEL);
}

static bool reports_are_done(struct kunit_fs *fs)
{
	return refcount_read(&fs->sb->s_pending_errors) == 1;
}

static void wait_held(struct kunit *test, struct kunit_fs *fs, unsigned int nr)
{
	struct fserror_sb *fsb = kunit_fs_instance(fs);
	int i;

	for (i = 0; i < 500; i++) {
		if (reports_are_done(fs) && READ_ONCE(fsb->nr_reads) == nr)
			return;
		msleep(20);
	}
	KUNIT_FAIL(test, "%u reads are held, not %u", fsb->nr_reads, nr);
}

/* What is held is known to be told. */
static void wait_decided(struct kunit *test, struct kunit_fs *fs)
{
	wait_held(test, fs, 1);
	flush_delayed_work(&kunit_fs_instance(fs)->work);
}

/* All is decided and told. */
static void settle(struct kunit *test, struct kunit_fs *fs)
{
	wait_held(test, fs, 0);
	kunit_fs_settle(test, fs);
	/* what the worker has taken from the list may not be told yet */
	flush_delayed_work(&kunit_fs_instance(fs)->work);
	fserror_publish_wait();
}

static void goes_bad(struct kunit *test, struct kunit_fs *fs, u64 pos, u64 len)
{
	kunit_fs_set_bad(fs, pos, len);
	kunit_fs_changed(fs, 0, KUNIT_FS_SIZE, BDEV_WHY_MEDIA);
	KUNIT_EXPECT_TRUE(test, fserror_sb_settle(kunit_fs_instance(fs), 10 * HZ));
}

static void expect_io(struct kunit *test, const struct fserror_record *record, u64 pos,
		      u64 len)
{
	KUNIT_EXPECT_EQ(test, record->kind, FSERROR_KIND_DIRECTIO_READ);
	KUNIT_EXPECT_EQ(test, record->pos, pos);
	KUNIT_EXPECT_EQ(test, record->len, len);
}

static void expect_piece(struct kunit *test, const struct fserror_record *record,
			 enum fserror_kind kind, u32 flags, u64 dev_pos, u64 len)
{
	KUNIT_EXPECT_EQ(test, record->kind, kind);
	KUNIT_EXPECT_EQ(test, record->flags, flags);
	KUNIT_EXPECT_EQ(test, record->device.pos, dev_pos);
	KUNIT_EXPECT_EQ(test, record->device.len, len);
	KUNIT_EXPECT_EQ(test, record->origin.pos, dev_pos);
	KUNIT_EXPECT_EQ(test, record->origin.len, len);
}

static void expect_lost(struct kunit *test, const struct fserror_record *record,
			u32 flags, u64 pos, u64 len)
{
	expect_piece(test, record, FSERROR_KIND_DATA_LOST, flags, FILE_AT + pos, len);
	KUNIT_EXPECT_TRUE(test, record->has_inode);
	KUNIT_EXPECT_EQ(test, record->ino, 1ULL);
	KUNIT_EXPECT_GT(test, record->handle_len, 0);
	KUNIT_EXPECT_EQ(test, record->pos, pos);
	KUNIT_EXPECT_EQ(test, record->len, len);
}

static void test_read_first(struct kunit *test)
{
	struct kunit_fs *fs = mount_with_file(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, MAX_RECORDS);

	fs->owners = 3;
	bdev_bad_hold();
	read_fails(fs, 4096, 4096);
	wait_held(test, fs, 1);
	/* the same once more is the same */
	read_fails(fs, 4096, 4096);
	wait_held(test, fs, 1);
	goes_bad(test, fs, FILE_AT + 6144, 512);
	bdev_bad_release();
	settle(test, fs);
	/* all owners, once, and nothing else */
	KUNIT_ASSERT_EQ(test, watcher->nr, 3U);
	KUNIT_EXPECT_EQ(test, watcher->records[0].kind, FSERROR_KIND_DATA_LOST);
	KUNIT_EXPECT_EQ(test, watcher->records[2].kind, FSERROR_KIND_DATA_LOST);
}

static void test_told_first(struct kunit *test)
{
	struct kunit_fs *fs = mount_with_file(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, MAX_RECORDS);

	goes_bad(test, fs, FILE_AT + 4096, 512);
	read_fails(fs, 4096, 4096);
	settle(test, fs);
	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);
	KUNIT_EXPECT_EQ(test, watcher->records[0].kind, FSERROR_KIND_DATA_LOST);

	/*
	 * When that request is over, the bytes before the bad ones are another matter, and
	 * those behind them, and a write.
	 */
	read_fails(fs, 0, 4096);
	settle(test, fs);
	KUNIT_ASSERT_EQ(test, watcher->nr, 2U);
	expect_io(test, &watcher->records[1], 0, 4096);
	read_fails(fs, 4608, 512);
	settle(test, fs);
	KUNIT_ASSERT_EQ(test, watcher->nr, 3U);
	expect_io(test, &watcher->records[2], 4608, 512);
	fserror_report_io(d_inode(fs->sb->s_root), FSERR_DIRECTIO_WRITE, 4096, 512, -EIO,
			  GFP_KERNEL);
	settle(test, fs);
	KUNIT_EXPECT_EQ(test, watcher->nr, 4U);
}

/* What the filesystem itself finds to be lost is no other loss. */
static void test_reported_loss(struct kunit *test)
{
	struct kunit_fs *fs = mount_with_file(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, MAX_RECORDS);
	struct inode *inode = d_inode(fs->sb->s_root);

	goes_bad(test, fs, FILE_AT + 4096, 512);
	fserror_report_data_lost(inode, 4096, 4096, GFP_KERNEL);
	settle(test, fs);
	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);
	KUNIT_EXPECT_EQ(test, watcher->records[0].device.pos, FILE_AT + 4096ULL);

	/* but of other bytes it is */
	fserror_report_data_lost(inode, 8192, 4096, GFP_KERNEL);
	settle(test, fs);
	KUNIT_ASSERT_EQ(test, watcher->nr, 2U);
	KUNIT_EXPECT_EQ(test, watcher->records[1].kind, FSERROR_KIND_DATA_LOST);
	KUNIT_EXPECT_EQ(test, watcher->records[1].pos, 8192ULL);
	KUNIT_EXPECT_EQ(test, watcher->records[1].device.len, 0ULL);
}

/*
 * What can be read but has a wrong checksum is told by nobody else, even right beside what
 * is. Both reports may come in any order.
 */
static void test_checksum_loss(struct kunit *test)
{
	struct kunit_fs *fs = mount_with_file(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, MAX_RECORDS);
	struct inode *inode = d_inode(fs->sb->s_root);

	goes_bad(test, fs, FILE_AT + 4096, 4096);
	fserror_report_data_lost(inode, 4096, 4096, GFP_KERNEL);
	fserror_report(fs->sb, inode, FSERR_DATA_LOST, 8192, 12288, -EBADMSG, GFP_KERNEL);
	wait_decided(test, fs);
	/* and what is read once more, over what is bad */
	fserror_report(fs->sb, inode, FSERR_DATA_LOST, 0, 6144, -EBADMSG, GFP_KERNEL);
	settle(test, fs);
	KUNIT_ASSERT_EQ(test, watcher->nr, 3U);
	KUNIT_EXPECT_EQ(test, watcher->records[0].device.pos, FILE_AT + 4096ULL);
	KUNIT_EXPECT_EQ(test, watcher->records[1].kind, FSERROR_KIND_DATA_LOST);
	KUNIT_EXPECT_EQ(test, watcher->records[1].error, (u32)EBADMSG);
	KUNIT_EXPECT_EQ(test, watcher->records[1].pos, 8192ULL);
	KUNIT_EXPECT_EQ(test, watcher->records[1].len, 12288ULL);
	KUNIT_EXPECT_EQ(test, watcher->records[2].error, (u32)EBADMSG);
	KUNIT_EXPECT_EQ(test, watcher->records[2].len, 6144ULL);
}

/* A request fails as a whole, and what of it is good is no more than that. */
static void test_request(struct kunit *test)
{
	struct kunit_fs *fs = mount_with_file(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, MAX_RECORDS);

	goes_bad(test, fs, FILE_AT + 4096, 512);
	/* the last one brings them together */
	read_fails(fs, 0, 4096);
	read_fails(fs, 8192, 4096);
	read_fails(fs, 4096, 4096);
	/* not this one */
	read_fails(fs, 16384, 4096);
	wait_decided(test, fs);
	/* late */
	read_fails(fs, 8192, 8192);
	settle(test, fs);
	KUNIT_ASSERT_EQ(test, watcher->nr, 2U);
	expect_io(test, &watcher->records[1], 16384, 4096);
}

/* Nothing was found of it: it is a failed read. */
static void test_nothing_found(struct kunit *test)
{
	struct kunit_fs *fs = mount_with_file(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, MAX_RECORDS);

	bdev_bad_hold();
	read_fails(fs, 4096, 4096);
	wait_held(test, fs, 1);
	KUNIT_EXPECT_EQ(test, watcher->nr, 0U);
	bdev_bad_release();
	settle(test, fs);
	KUNIT_ASSERT_EQ(test, watcher->nr, 1U);
	expect_io(test, &watcher->records[0], 4096, 4096);
}

static bool would_wait(struct kunit_fs *fs)
{
	return fserror_read_waits(d_inode(fs->sb->s_root), FSERR_DIRECTIO_READ, 4096,
				  -EIO);
}

/* As long as nothing is bad there is nothing to wait for: it is told in its turn. */
static void test_in_turn(struct kunit *test)
{
	struct kunit_fs *fs = mount_with_file(test);

	settle(test, fs);
	KUNIT_EXPECT_FALSE(test, would_wait(fs));
	bdev_bad_hold();
	KUNIT_EXPECT_TRUE(test, would_wait(fs));
	bdev_bad_release();
	goes_bad(test, fs, FILE_AT + 4096, 512);
	KUNIT_EXPECT_TRUE(test, would_wait(fs));
	kunit_fs_set_bad(fs, 0, 0);
	kunit_fs_changed(fs, 0, KUNIT_FS_SIZE, BDEV_WHY_WRITTEN);
	KUNIT_EXPECT_TRUE(test, would_wait(fs));
	settle(test, fs);
	KUNIT_EXPECT_FALSE(test, would_wait(fs));
}

/* Who could not read is the owner, if the filesystem cannot say. */
static void test_unable(struct kunit *test)
{
	struct kunit_fs *fs = mount_with_file(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, MAX_RECORDS);
	struct fserror_dev *dev = fserror_dev_next(kunit_fs_instance(fs), 0);
	const u64 from = FILE_AT + 4096, to = FILE_AT + 4608;

	fs->unable = true;
	bdev_bad_hold();
	read_fails(fs, 4096, 1024);
	wait_held(test, fs, 1);
	/* one sector before what was read, and all of that, which is in two places */
	goes_bad(test, fs, FILE_AT + 3584, 1536);
	bdev_bad_release();
	settle(test, fs);
	KUNIT_ASSERT_EQ(test, watcher->nr, 3U);
	expect_piece(test, &watcher->records[0], FSERROR_KIND_MEDIA,
		     FSERROR_RECORD_FLAG_UNRESOLVED, FILE_AT + 3584, 512);
	expect_lost(test, &watcher->records[1], 0, 4096, 512);
	expect_lost(test, &watcher->records[2], 0, 4608, 512);
	/* for whoever asks */
	KUNIT_EXPECT_TRUE(test, fserror_kept_covers(&dev->kept, from, to));

	/* and once more is nothing new */
	read_fails(fs, 4096, 1024);
	settle(test, fs);
	KUNIT_EXPECT_EQ(test, watcher->nr, 3U);

	kunit_fs_set_bad(fs, 0, 0);
	kunit_fs_changed(fs, 0, KUNIT_FS_SIZE, BDEV_WHY_WRITTEN);
	kunit_fs_settle(test, fs);
	KUNIT_EXPECT_FALSE(test, fserror_kept_covers(&dev->kept, from, to));
}

static void test_unable_late(struct kunit *test)
{
	struct kunit_fs *fs = mount_with_file(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, MAX_RECORDS);

	fs->unable = true;
	goes_bad(test, fs, FILE_AT + 4096, 512);
	read_fails(fs, 4096, 4096);
	settle(test, fs);
	KUNIT_ASSERT_EQ(test, watcher->nr, 2U);
	expect_piece(test, &watcher->records[0], FSERROR_KIND_MEDIA,
		     FSERROR_RECORD_FLAG_UNRESOLVED, FILE_AT + 4096, 512);
	expect_lost(test, &watcher->records[1], FSERROR_RECORD_FLAG_LATE, 4096, 512);
	read_fails(fs, 4096, 4096);
	settle(test, fs);
	KUNIT_EXPECT_EQ(test, watcher->nr, 2U);
}

/* Others may have it too: one name would be too few. */
static void test_unable_shared(struct kunit *test)
{
	struct kunit_fs *fs = mount_with_file(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, MAX_RECORDS);

	fs->unable = true;
	fs->shared = true;
	goes_bad(test, fs, FILE_AT + 4096, 512);
	read_fails(fs, 4096, 512);
	settle(test, fs);
	KUNIT_ASSERT_EQ(test, watcher->nr, 2U);
	expect_io(test, &watcher->records[1], 4096, 512);
}

/* What is held when it is unmounted is told before that. */
static void test_unmount(struct kunit *test)
{
	struct kunit_fs *fs = mount_with_file(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, MAX_RECORDS);
	unsigned int i;

	bdev_bad_hold();
	read_fails(fs, 4096, 4096);
	wait_held(test, fs, 1);
	kunit_fs_umount(test, fs);
	bdev_bad_release();
	fserror_publish_wait();
	KUNIT_ASSERT_EQ(test, watcher->nr, 2U);
	/* each in a group of its own, of which none comes first */
	KUNIT_EXPECT_NE(test, watcher->records[0].kind, watcher->records[1].kind);
	for (i = 0; i < 2; i++)
		if (watcher->records[i].kind != FSERROR_KIND_UNMOUNT)
			expect_io(test, &watcher->records[i], 4096, 4096);
}

/* There is room for 32; what does not fit is told at once. */
static void test_many(struct kunit *test)
{
	struct kunit_fs *fs = mount_with_file(test);
	struct kunit_watcher *watcher = kunit_watch(test, fs->instance, MAX_RECORDS);
	unsigned int i;

	bdev_bad_hold();
	for (i = 0; i < 32; i++)
		read_fails(fs, i * 8192, 4096);
	wait_held(test, fs, 32);
	for (; i < 40; i++)
		read_fails(fs, i * 8192, 4096);
	wait_held(test, fs, 32);
	fserror_publish_wait();
	KUNIT_EXPECT_EQ(test, watcher->nr, 8U);
	bdev_bad_release();
	settle(test, fs);
	KUNIT_EXPECT_EQ(test, watcher->nr, 40U);
}

static struct kunit_case reads_cases[] = {
	KUNIT_CASE(test_read_first),
	KUNIT_CASE_SLOW(test_told_first),
	KUNIT_CASE_SLOW(test_reported_loss),
	KUNIT_CASE_SLOW(test_checksum_loss),
	KUNIT_CASE(test_request),
	KUNIT_CASE(test_nothing_found),
	KUNIT_CASE(test_in_turn),
	KUNIT_CASE_SLOW(test_unable),
	KUNIT_CASE_SLOW(test_unable_late),
	KUNIT_CASE(test_unable_shared),
	KUNIT_CASE(test_unmount),
	KUNIT_CASE(test_many),
	{ }
};

static struct kunit_suite reads_suite = {
	.name		= "fserror-reads",
	.test_cases	= reads_cases,
};

kunit_test_suite(reads_suite);
