/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A filesystem without files for the tests, on a disk that is bad where they say.
 */
#ifndef _FS_FSERROR_TESTS_KUNIT_FS_H
#define _FS_FSERROR_TESTS_KUNIT_FS_H

#include <kunit/test.h>
#include <linux/fserror_watch.h>
#include <linux/sizes.h>

#define KUNIT_FS_DISK_DEV	MKDEV(60, 77)
#define KUNIT_FS_SECOND_DEV	MKDEV(60, 78)
#define KUNIT_FS_SIZE		((u64)SZ_1M)
#define KUNIT_FS_MAX_BAD	400

/**
 * struct kunit_fs - a mounted filesystem
 * @mnt: its mount
 * @sb: its superblock
 * @instance: its number
 * @disk: its device, which is not added and does no I/O
 * @second: the same once more, with another number
 * @has_second: that is a device of the filesystem, too
 * @size: bytes of a device that the filesystem uses
 * @bad: what is bad on both, sorted
 * @nr_bad: how many there are; changed with kunit_fs_set_bad()
 * @unplaced: the layer "below" does not know where something is bad
 * @unplaced_flags: BDEV_BAD_* of that
 * @bad_error: what is answered instead
 * @owners: how many owners its resolver finds in any range
 * @unresolved: instead of the last of them the resolver meets a piece that it
 *	cannot map
 * @unreadable: its resolver cannot map anything
 * @unable: it says that it has no resolver
 * @file_at: where on @disk the bytes of the root inode are
 * @shared: other files may have them too
 * @stopped: what the resolver was told when it was stopped, 0 if it was not
 *
 * It resolves any range: owner number n, counted from 0, has the byte n of the root
 * inode, and the n-th of as many equal parts of the range of the device.
 */
struct kunit_fs {
	struct vfsmount		*mnt;
	struct super_block	*sb;
	u64			instance;
	struct gendisk		*disk;
	struct gendisk		*second;
	bool			has_second;
	u64			size;
	struct bdev_bad_range	bad[KUNIT_FS_MAX_BAD];
	unsigned int		nr_bad;
	bool			unplaced;
	u32			unplaced_flags;
	int			bad_error;
	unsigned int		owners;
	bool			unresolved;
	bool			unreadable;
	bool			unable;
	u64			file_at;
	bool			shared;
	int			stopped;
};

struct kunit_fs *kunit_fs_mount(struct kunit *test);
struct kunit_fs *kunit_fs_mount_bad(struct kunit *test, u64 pos, u64 len);
void kunit_fs_umount(struct kunit *test, struct kunit_fs *fs);
struct fserror_sb *kunit_fs_instance(struct kunit_fs *fs);
void kunit_fs_set_bad(struct kunit_fs *fs, u64 pos, u64 len);
void kunit_fs_changed(struct kunit_fs *fs, u64 pos, u64 len, unsigned int why);
void kunit_fs_settle(struct kunit *test, struct kunit_fs *fs);

#endif /* _FS_FSERROR_TESTS_KUNIT_FS_H */
