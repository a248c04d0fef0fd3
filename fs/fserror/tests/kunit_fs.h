/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A filesystem without files for the tests, and a watcher that remembers.
 */
#ifndef _FS_FSERROR_TESTS_KUNIT_FS_H
#define _FS_FSERROR_TESTS_KUNIT_FS_H

#include <kunit/test.h>
#include <linux/fserror_watch.h>
#include <linux/mutex.h>

/**
 * struct kunit_fs - a mounted filesystem
 * @mnt: its mount
 * @sb: its superblock
 * @owners: how many owners its resolver finds in any range
 * @unresolved: after them the resolver meets a piece that it cannot map
 * @stopped: what the resolver was told when it was stopped, 0 if it was not
 *
 * It resolves any range of any device: owner number n, counted from 0, has the
 * byte range n of the root inode, and byte n of the range of the device.
 */
struct kunit_fs {
	struct vfsmount		*mnt;
	struct super_block	*sb;
	unsigned int		owners;
	bool			unresolved;
	int			stopped;
};

struct kunit_fs *kunit_fs_mount(struct kunit *test);
void kunit_fs_umount(struct kunit *test, struct kunit_fs *fs);

/**
 * struct kunit_watcher - remembers what it is told
 * @watch: what is registered
 * @lock: held while it is told something
 * @records: the first @max records
 * @max: for how many there is room
 * @nr: how many there were
 * @lost_first: first number of the last gap that was told, 0 if none was
 * @lost_last: last number of it
 * @nr_lost: records in gaps
 * @disorder: a number was told that is not the one after the last one
 * @last: last number that was told, as a record or in a gap
 */
struct kunit_watcher {
	struct fserror_watch	watch;
	struct mutex		lock;	/* protects all that follows */
	struct fserror_record	*records;
	unsigned int		max;
	unsigned int		nr;
	u64			lost_first;
	u64			lost_last;
	u64			nr_lost;
	bool			disorder;
	u64			last;
};

struct kunit_watcher *kunit_watch(struct kunit *test, dev_t sb_dev,
				  unsigned int max);

#endif /* _FS_FSERROR_TESTS_KUNIT_FS_H */
