// SPDX-License-Identifier: GPL-2.0-only
/*
 * A filesystem without files for the tests, and a watcher that remembers.
 */
#include <linux/blk-badrange.h>
#include <linux/exportfs.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/mount.h>
#include <linux/slab.h>
#include "internal.h"
#include "kunit_fs.h"

static bool kunit_fs_can_resolve(struct super_block *sb)
{
	return true;
}

static int kunit_fs_resolve(struct super_block *sb, struct block_device *bdev,
			    struct fserror_sink *sink)
{
	struct kunit_fs *fs = sb->s_fs_info;
	u64 *nr = &sink->cursor.v[0];

	for (; *nr < fs->owners; (*nr)++) {
		struct fserror_owner owner = {
			.kind		= FSERROR_KIND_DATA_LOST,
			.inode		= d_inode(sb->s_root),
			.pos		= *nr,
			.len		= 1,
			.dev_pos	= sink->range->pos + *nr,
			.dev_len	= 1,
		};

		fs->stopped = fserror_emit(sink, &owner);
		if (fs->stopped)
			return fs->stopped;
	}
	if (!fs->unresolved)
		return 0;
	fs->stopped = fserror_emit_unresolved(sink, sink->range->pos + *nr,
					      sink->range->len - *nr);
	return fs->stopped ?: -EIO;
}

static const struct fserror_operations kunit_fs_fserror_ops = {
	.can_resolve	= kunit_fs_can_resolve,
	.resolve	= kunit_fs_resolve,
};

static const struct super_operations kunit_fs_ops = {
	.statfs		= simple_statfs,
	.fserror_ops	= &kunit_fs_fserror_ops,
};

static struct dentry *kunit_fs_fh_to_dentry(struct super_block *sb,
					    struct fid *fid, int fh_len,
					    int fh_type)
{
	return ERR_PTR(-ESTALE);
}

static const struct export_operations kunit_fs_export_ops = {
	.encode_fh	= generic_encode_ino32_fh,
	.fh_to_dentry	= kunit_fs_fh_to_dentry,
};

static int kunit_fs_fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct inode *root;

	sb->s_magic = 0x66736572;
	sb->s_op = &kunit_fs_ops;
	sb->s_export_op = &kunit_fs_export_ops;
	uuid_gen(&sb->s_uuid);
	snprintf(sb->s_id, sizeof(sb->s_id), "kunit-%u", MINOR(sb->s_dev));

	root = new_inode(sb);
	if (!root)
		return -ENOMEM;
	root->i_ino = 1;
	root->i_generation = 0x12345678;
	root->i_mode = S_IFDIR | 0700;
	set_nlink(root, 2);
	simple_inode_init_ts(root);
	root->i_op = &simple_dir_inode_operations;
	root->i_fop = &simple_dir_operations;
	sb->s_root = d_make_root(root);
	return sb->s_root ? 0 : -ENOMEM;
}

static int kunit_fs_get_tree(struct fs_context *fc)
{
	return get_tree_nodev(fc, kunit_fs_fill_super);
}

static const struct fs_context_operations kunit_fs_context_ops = {
	.get_tree	= kunit_fs_get_tree,
};

static int kunit_fs_init_context(struct fs_context *fc)
{
	fc->ops = &kunit_fs_context_ops;
	return 0;
}

/* the flag makes it a filesystem on devices, which are none just now */
static struct file_system_type kunit_fs_type = {
	.owner			= THIS_MODULE,
	.name			= "fserror_kunit",
	.init_fs_context	= kunit_fs_init_context,
	.kill_sb		= kill_anon_super,
	.fs_flags		= FS_REQUIRES_DEV,
};

static void kunit_fs_unmount_action(void *data)
{
	struct kunit_fs *fs = data;

	if (fs->mnt)
		kern_unmount(fs->mnt);
	fs->mnt = NULL;
}

/**
 * kunit_fs_mount - mount the filesystem
 * @test: test, whose end unmounts it
 *
 * Context: Process context, may sleep.
 * Return: the filesystem.
 */
struct kunit_fs *kunit_fs_mount(struct kunit *test)
{
	struct kunit_fs *fs = kunit_kzalloc(test, sizeof(*fs), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fs);
	fs->mnt = kern_mount(&kunit_fs_type);
	if (IS_ERR(fs->mnt))
		KUNIT_FAIL_AND_ABORT(test, "cannot mount: %pe", fs->mnt);
	fs->sb = fs->mnt->mnt_sb;
	fs->sb->s_fs_info = fs;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test,
							kunit_fs_unmount_action,
							fs), 0);
	return fs;
}

/**
 * kunit_fs_umount - unmount the filesystem before the test ends
 * @test: test
 * @fs: the filesystem
 *
 * Context: Process context, may sleep.
 */
void kunit_fs_umount(struct kunit *test, struct kunit_fs *fs)
{
	kunit_release_action(test, kunit_fs_unmount_action, fs);
}

static void kunit_watcher_passed(struct kunit_watcher *watcher, u64 first,
				 u64 last)
{
	/* with a filter there are holes */
	if (first <= watcher->last ||
	    (!watcher->watch.sb_dev && watcher->last &&
	     first != watcher->last + 1))
		watcher->disorder = true;
	watcher->last = last;
}

static void kunit_watcher_event(struct fserror_watch *watch,
				const struct fserror_record *record)
{
	struct kunit_watcher *watcher =
			container_of(watch, struct kunit_watcher, watch);

	guard(mutex)(&watcher->lock);
	kunit_watcher_passed(watcher, record->seq, record->seq);
	if (watcher->nr < watcher->max)
		watcher->records[watcher->nr] = *record;
	watcher->nr++;
}

static void kunit_watcher_lost(struct fserror_watch *watch, u64 first, u64 last)
{
	struct kunit_watcher *watcher =
			container_of(watch, struct kunit_watcher, watch);

	guard(mutex)(&watcher->lock);
	kunit_watcher_passed(watcher, first, last);
	watcher->lost_first = first;
	watcher->lost_last = last;
	watcher->nr_lost += last - first + 1;
}

static void kunit_unwatch_action(void *watch)
{
	fserror_watch_unregister(watch);
}

/**
 * kunit_watch - begin to watch
 * @test: test, whose end unregisters the watcher
 * @sb_dev: only records of this filesystem, 0 for all
 * @max: how many records are to be remembered
 *
 * What was in the journal before is not told.
 *
 * Context: Process context, may sleep.
 * Return: the watcher.
 */
struct kunit_watcher *kunit_watch(struct kunit *test, dev_t sb_dev,
				  unsigned int max)
{
	struct kunit_watcher *watcher;

	watcher = kunit_kzalloc(test, sizeof(*watcher), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, watcher);
	watcher->records = kunit_kcalloc(test, max, sizeof(*watcher->records),
					 GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, watcher->records);
	watcher->max = max;
	mutex_init(&watcher->lock);
	watcher->watch.event = kunit_watcher_event;
	watcher->watch.lost = kunit_watcher_lost;
	watcher->watch.sb_dev = sb_dev;

	fserror_publish_wait();
	KUNIT_ASSERT_EQ(test, fserror_watch_register(&watcher->watch), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test,
							kunit_unwatch_action,
							&watcher->watch), 0);
	return watcher;
}
