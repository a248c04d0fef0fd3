// SPDX-License-Identifier: GPL-2.0-only
/*
 * A filesystem without files for the tests, on a disk that is bad where they say.
 */
#include <linux/blk-badrange.h>
#include <linux/blkdev.h>
#include <linux/exportfs.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/mount.h>
#include <linux/slab.h>
#include "internal.h"
#include "kunit_fs.h"

/* tests run one after the other */
static struct kunit_fs *kunit_fs_mounting;

static int kunit_fs_bad_ranges(struct gendisk *disk, u64 pos, u64 len,
			       struct bdev_bad_list *list)
{
	struct kunit_fs *fs = disk->private_data;
	struct bdev_bad_range unplaced = {
		.len		= KUNIT_FS_SIZE,
		.cause		= BDEV_BAD_MEDIA,
		.flags		= fs->unplaced_flags,
		.origin_dev	= KUNIT_FS_DISK_DEV,
		.layer		= "below",
	};
	unsigned int i;

	if (fs->bad_error)
		return fs->bad_error;
	if (fs->unplaced)
		bdev_bad_list_add_unplaced(list, &unplaced);
	for (i = 0; i < fs->nr_bad; i++)
		bdev_bad_list_add(list, &fs->bad[i]);
	return 0;
}

static bool kunit_fs_any_bad(struct gendisk *disk, unsigned int hops)
{
	return true;
}

static const struct block_device_operations kunit_fs_disk_ops = {
	.owner		= THIS_MODULE,
	.bad_ranges	= kunit_fs_bad_ranges,
	.any_bad	= kunit_fs_any_bad,
};

static bool kunit_fs_can_resolve(struct super_block *sb)
{
	struct kunit_fs *fs = sb->s_fs_info;

	return !fs->unable;
}

/* In two places, so that there is more than one. */
static int kunit_fs_places(struct inode *inode, u64 pos, u64 len,
			   struct fserror_place *place, unsigned int max)
{
	struct kunit_fs *fs = inode->i_sb->s_fs_info;
	u64 half = len / 2;

	place[0] = (struct fserror_place) {
		.bdev		= fs->disk->part0,
		.pos		= pos,
		.dev_pos	= fs->file_at + pos,
		.len		= half,
		.shared		= fs->shared,
	};
	place[1] = place[0];
	place[1].pos += half;
	place[1].dev_pos += half;
	place[1].len = len - half;
	return 2;
}

static struct block_device *kunit_fs_get_bdev(struct super_block *sb, u64 *at,
					      u64 *size, enum fserror_role *role)
{
	struct kunit_fs *fs = sb->s_fs_info;

	*size = fs->size;
	switch ((*at)++) {
	case 0:
		return fs->disk->part0;
	case 1:
		return fs->has_second ? fs->second->part0 : NULL;
	}
	return NULL;
}

static int kunit_fs_resolve_one(struct kunit_fs *fs,
				const struct fserror_extent *ext,
				struct fserror_sink *sink)
{
	u64 *nr = &sink->cursor.v[1];

	for (; *nr < fs->owners; (*nr)++) {
		u64 step = max(ext->len / fs->owners, 1);
		struct fserror_owner owner = {
			.kind		= FSERROR_KIND_DATA_LOST,
			.inode		= d_inode(fs->sb->s_root),
			.pos		= *nr,
			.len		= 1,
			.dev_pos	= ext->pos + *nr * step,
			.dev_len	= step,
		};

		if (*nr + 1 == fs->owners)
			owner.dev_len = ext->pos + ext->len - owner.dev_pos;
		if (*nr + 1 == fs->owners && fs->unresolved)
			fs->stopped = fserror_emit_unresolved(sink, owner.dev_pos,
							      owner.dev_len);
		else
			fs->stopped = fserror_emit(sink, &owner);
		if (fs->stopped)
			return fs->stopped;
	}
	return 0;
}

static int kunit_fs_resolve(struct super_block *sb, struct block_device *bdev,
			    const struct fserror_extent *ext, unsigned int nr,
			    struct fserror_sink *sink)
{
	struct kunit_fs *fs = sb->s_fs_info;
	u64 *i = &sink->cursor.v[0];
	int error;

	if (fs->unreadable)
		return -EIO;

	for (; *i < nr; (*i)++, sink->cursor.v[1] = 0) {
		error = kunit_fs_resolve_one(fs, &ext[*i], sink);
		if (error)
			return error;
	}
	return fs->unresolved ? -EIO : 0;
}

static const struct fserror_operations kunit_fs_fserror_ops = {
	.can_resolve	= kunit_fs_can_resolve,
	.get_bdev	= kunit_fs_get_bdev,
	.resolve	= kunit_fs_resolve,
	.places		= kunit_fs_places,
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
	sb->s_fs_info = kunit_fs_mounting;
	kunit_fs_mounting->sb = sb;
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

static struct file_system_type kunit_fs_type = {
	.owner			= THIS_MODULE,
	.name			= "fserror_kunit",
	.init_fs_context	= kunit_fs_init_context,
	.kill_sb		= kill_anon_super,
};

static void kunit_fs_unmount_action(void *data)
{
	struct kunit_fs *fs = data;

	if (!fs->mnt)
		return;
	/* so that nobody asks the disk any more, which goes away next */
	fserror_sb_settle(kunit_fs_instance(fs), 10 * HZ);
	kern_unmount(fs->mnt);
	fs->mnt = NULL;
}

static void kunit_fs_put_disk_action(void *disk)
{
	put_disk(disk);
}

static struct gendisk *kunit_fs_new_disk(struct kunit *test, struct kunit_fs *fs,
					 dev_t dev)
{
	struct gendisk *disk = blk_alloc_disk(NULL, NUMA_NO_NODE);

	KUNIT_ASSERT_FALSE(test, IS_ERR(disk));
	disk->fops = &kunit_fs_disk_ops;
	disk->private_data = fs;
	disk->part0->bd_dev = dev;
	snprintf(disk->disk_name, DISK_NAME_LEN, "kunit");
	set_capacity(disk, KUNIT_FS_SIZE >> SECTOR_SHIFT);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test,
							kunit_fs_put_disk_action,
							disk), 0);
	return disk;
}

/**
 * kunit_fs_mount_bad - mount the filesystem on a disk of which a range is bad
 * @test: test, whose end unmounts it
 * @pos: first byte
 * @len: length in bytes; 0 for nothing
 *
 * Context: Process context, may sleep.
 * Return: the filesystem.
 */
struct kunit_fs *kunit_fs_mount_bad(struct kunit *test, u64 pos, u64 len)
{
	struct kunit_fs *fs = kunit_kzalloc(test, sizeof(*fs), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fs);
	/* both are put after the filesystem has been unmounted */
	fs->disk = kunit_fs_new_disk(test, fs, KUNIT_FS_DISK_DEV);
	fs->second = kunit_fs_new_disk(test, fs, KUNIT_FS_SECOND_DEV);
	fs->size = KUNIT_FS_SIZE;
	if (len)
		kunit_fs_set_bad(fs, pos, len);
	fs->owners = 1;
	kunit_fs_mounting = fs;
	fs->mnt = kern_mount(&kunit_fs_type);
	if (IS_ERR(fs->mnt))
		KUNIT_FAIL_AND_ABORT(test, "cannot mount: %pe", fs->mnt);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test,
							kunit_fs_unmount_action,
							fs), 0);
	fs->instance = kunit_fs_instance(fs)->count.instance;
	return fs;
}

/**
 * kunit_fs_mount - mount the filesystem
 * @test: test, whose end unmounts it
 *
 * Its first sync is over when this returns.
 *
 * Context: Process context, may sleep.
 * Return: the filesystem.
 */
struct kunit_fs *kunit_fs_mount(struct kunit *test)
{
	struct kunit_fs *fs = kunit_fs_mount_bad(test, 0, 0);

	kunit_fs_settle(test, fs);
	/* it is only at its end that the worker says that nothing is bad */
	flush_delayed_work(&kunit_fs_instance(fs)->work);
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

/**
 * kunit_fs_instance - the instance of the filesystem
 * @fs: the filesystem
 *
 * Context: Any.
 * Return: the instance, as long as the filesystem is mounted.
 */
struct fserror_sb *kunit_fs_instance(struct kunit_fs *fs)
{
	return rcu_dereference_protected(fs->sb->s_fserror, true);
}

/**
 * kunit_fs_set_bad - make a range of the disk bad, or all of it good
 * @fs: the filesystem
 * @pos: first byte, behind those that are bad already
 * @len: length in bytes; 0 for good
 *
 * Nobody is told.
 *
 * Context: Any.
 */
void kunit_fs_set_bad(struct kunit_fs *fs, u64 pos, u64 len)
{
	if (!len) {
		fs->nr_bad = 0;
		return;
	}
	fs->bad[fs->nr_bad++] = (struct bdev_bad_range) {
		.pos		= pos,
		.len		= len,
		.cause		= BDEV_BAD_MEDIA,
		.origin_dev	= KUNIT_FS_DISK_DEV,
		.origin_pos	= pos,
		.origin_len	= len,
	};
}

/**
 * kunit_fs_changed - tell that what is bad on the disk may have changed
 * @fs: the filesystem
 * @pos: first byte
 * @len: length in bytes
 * @why: enum bdev_bad_why
 *
 * Context: Process context, may sleep.
 */
void kunit_fs_changed(struct kunit_fs *fs, u64 pos, u64 len, unsigned int why)
{
	struct bdev_bad_window win = { .pos = pos, .len = len, .why = why };

	fserror_bad_changed(fs->sb, fs->disk->part0, &win);
}

/**
 * kunit_fs_settle - wait until all of that has been asked about and published
 * @test: test
 * @fs: the filesystem
 *
 * Context: Process context, sleeps.
 */
void kunit_fs_settle(struct kunit *test, struct kunit_fs *fs)
{
	KUNIT_EXPECT_TRUE(test, fserror_sb_settle(kunit_fs_instance(fs), 10 * HZ));
	fserror_publish_wait();
}
