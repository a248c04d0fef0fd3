// SPDX-License-Identifier: GPL-2.0-only
/*
 * The filesystems that records are about: which are mounted, what was counted
 * for them, and telling at mount what was bad before.
 *
 * REFCOUNT
 *
 * struct fserror_sb is referenced by the superblock, from fserror_sb_born() to
 * fserror_sb_gone(), and by the replay work until it has run, and is freed after
 * a grace period. The replay work holds no reference on the superblock: it looks
 * it up by its device, which fails once unmount has begun.
 *
 * LOCKING
 *
 * fserror_sb_list_lock protects the list, and keeps alive the superblocks of
 * those that are in it; only entering the journal takes locks under it.
 * s_fserror is read under rcu_read_lock(), in any context, and written under
 * s_umount held exclusively. A superblock that fserror_sb_get_next() returns has
 * s_umount held shared; it is taken with nothing else held.
 */
#include <linux/blkdev.h>
#include <linux/cleanup.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "../internal.h"
#include "internal.h"

static DEFINE_SPINLOCK(fserror_sb_list_lock);
static LIST_HEAD(fserror_sb_list);
static u64 fserror_sb_last_id;

/**
 * fserror_sb_count - count a record for its filesystem
 * @sb: the filesystem
 * @record: the record
 *
 * Context: Any but NMI.
 */
void fserror_sb_count(struct super_block *sb,
		      const struct fserror_record *record)
{
	struct fserror_sb *fsb;

	guard(rcu)();
	fsb = rcu_dereference(sb->s_fserror);
	if (!fsb)
		return;
	atomic64_inc(&fsb->kinds[record->kind]);
	if (record->kind != FSERROR_KIND_CLEARED &&
	    record->flags & FSERROR_RECORD_FLAG_UNRESOLVED)
		atomic64_inc(&fsb->unresolved);
}

/**
 * fserror_sb_bdev - the block devices of a filesystem
 * @sb: the filesystem; s_umount is held shared
 * @nr: which one, counted from 0
 * @size: set to the bytes of it that the filesystem knows
 *
 * Context: Process context.
 * Return: the block device, open for as long as s_umount is held, or NULL if
 * there are no more.
 */
struct block_device *fserror_sb_bdev(struct super_block *sb, unsigned int nr,
				     u64 *size)
{
	const struct fserror_operations *ops = sb->s_op->fserror_ops;
	struct fserror_sb *fsb;

	lockdep_assert_held_read(&sb->s_umount);

	if (ops && ops->get_bdev)
		return ops->get_bdev(sb, nr, size);

	if (nr || !sb->s_bdev)
		return NULL;
	*size = bdev_nr_bytes(sb->s_bdev);
	if (!*size) {
		/* the device is gone: it had a size once */
		guard(rcu)();
		fsb = rcu_dereference(sb->s_fserror);
		if (fsb)
			*size = fsb->size;
	}
	return sb->s_bdev;
}

/**
 * fserror_sb_can_resolve - can a filesystem say whose a bad range is?
 * @sb: the filesystem; s_umount is held shared
 *
 * Context: Process context.
 * Return: whether it can.
 */
bool fserror_sb_can_resolve(struct super_block *sb)
{
	const struct fserror_operations *ops = sb->s_op->fserror_ops;

	lockdep_assert_held_read(&sb->s_umount);

	return ops && ops->can_resolve && ops->can_resolve(sb);
}

/* Lock the superblock that @id and @dev were read from, if it is still there. */
static struct super_block *fserror_sb_lock(u64 id, dev_t dev)
{
	struct super_block *sb = user_get_super(dev, false);

	if (!sb)
		return NULL;

	scoped_guard(rcu) {
		struct fserror_sb *fsb = rcu_dereference(sb->s_fserror);

		if (fsb && fsb->id == id && sb->s_root &&
		    (sb->s_flags & SB_ACTIVE))
			return sb;
	}
	drop_super(sb);
	return NULL;
}

/**
 * fserror_sb_get_next - walk the filesystems that are mounted
 * @id: where the walk is; 0 to begin
 *
 * Context: Process context, may sleep; nothing that is taken under s_umount may
 * be held.
 * Return: the next filesystem with s_umount held shared, to be given back with
 * fserror_sb_put(), or NULL if there are no more.
 */
struct super_block *fserror_sb_get_next(u64 *id)
{
	struct super_block *sb;
	struct fserror_sb *fsb;
	dev_t dev;

	do {
		dev = 0;
		scoped_guard(spinlock, &fserror_sb_list_lock) {
			list_for_each_entry(fsb, &fserror_sb_list, list) {
				if (fsb->id <= *id)
					continue;
				*id = fsb->id;
				dev = fsb->dev;
				break;
			}
		}
		if (!dev)
			return NULL;
		sb = fserror_sb_lock(*id, dev);
	} while (!sb);

	return sb;
}

static struct fserror_sb *fserror_sb_find(const struct fserror_filter_fs *fs)
{
	struct fserror_sb *fsb;

	lockdep_assert_held(&fserror_sb_list_lock);

	list_for_each_entry(fsb, &fserror_sb_list, list)
		if (fserror_filter_fs_is(fs, fsb->dev, &fsb->uuid))
			return fsb;
	return NULL;
}

/**
 * fserror_sb_known - is a filesystem mounted?
 * @fs: names it
 *
 * Locks no filesystem, of which one may be stuck.
 *
 * Context: Process context.
 * Return: whether there is one.
 */
bool fserror_sb_known(const struct fserror_filter_fs *fs)
{
	guard(spinlock)(&fserror_sb_list_lock);
	return fserror_sb_find(fs);
}

/**
 * fserror_sb_test - publish a test record that names a filesystem
 * @fs: names it; if there are several, the one that was mounted first is meant
 *
 * Locks no filesystem, of which one may be stuck.
 *
 * Context: Process context.
 * Return: the number of the record, or 0 if no such filesystem is mounted.
 */
u64 fserror_sb_test(const struct fserror_filter_fs *fs)
{
	struct fserror_sb *fsb;

	guard(spinlock)(&fserror_sb_list_lock);
	fsb = fserror_sb_find(fs);
	return fsb ? fserror_journal_test(fsb->sb) : 0;
}

/**
 * fserror_sb_put - give a filesystem back
 * @sb: the filesystem
 *
 * Context: Process context, may sleep.
 */
void fserror_sb_put(struct super_block *sb)
{
	drop_super(sb);
}

static void fserror_replay_bdev(struct super_block *sb,
				struct block_device *bdev, u64 size)
{
	struct bdev_bad_list list = { };
	unsigned int i;
	int error;

	error = bdev_get_bad_ranges(bdev, 0, size, &list);
	for (i = 0; i < list.nr; i++)
		fserror_tell(sb, bdev, &list.ranges[i],
			     FSERROR_RECORD_FLAG_REPLAY);
	bdev_bad_list_free(&list);

	if (error)
		pr_warn_ratelimited("%s: cannot tell what is bad on %pg, error %d\n",
				    sb->s_id, bdev, error);
}

static void fserror_sb_unref(struct fserror_sb *fsb)
{
	if (refcount_dec_and_test(&fsb->ref))
		kfree_rcu(fsb, rcu);
}

static void fserror_replay(struct work_struct *work)
{
	struct fserror_sb *fsb = container_of(work, struct fserror_sb, replay);
	struct block_device *bdev;
	struct super_block *sb;
	unsigned int nr;
	u64 size;

	sb = fserror_sb_lock(fsb->id, fsb->dev);
	if (!sb)
		goto out_unref;
	for (nr = 0; (bdev = fserror_sb_bdev(sb, nr, &size)); nr++)
		fserror_replay_bdev(sb, bdev, size);
	fserror_sb_put(sb);
out_unref:
	fserror_sb_unref(fsb);
}

/**
 * fserror_sb_born - a filesystem has been mounted
 * @sb: the filesystem; s_umount is held exclusively
 *
 * Called for every mount, also of a filesystem that is mounted already. What is
 * bad on the filesystem's devices is told from a work item.
 *
 * Context: Process context, may sleep.
 */
void fserror_sb_born(struct super_block *sb)
{
	struct fserror_sb *fsb;

	lockdep_assert_held_write(&sb->s_umount);

	if (rcu_access_pointer(sb->s_fserror))
		return;
	if (!sb->s_bdev && !(sb->s_type->fs_flags & FS_REQUIRES_DEV))
		return;

	fsb = kzalloc_obj(*fsb);
	if (!fsb) {
		pr_warn("%s: no memory for error counters, filesystem is left out of damage-get\n",
			sb->s_id);
		return;
	}
	fsb->sb = sb;
	fsb->dev = sb->s_dev;
	uuid_copy(&fsb->uuid, &sb->s_uuid);
	if (sb->s_bdev)
		fsb->size = bdev_nr_bytes(sb->s_bdev);
	/* one for the superblock, one for the work */
	refcount_set(&fsb->ref, 2);
	INIT_WORK(&fsb->replay, fserror_replay);

	scoped_guard(spinlock, &fserror_sb_list_lock) {
		fsb->id = ++fserror_sb_last_id;
		list_add_tail(&fsb->list, &fserror_sb_list);
	}
	rcu_assign_pointer(sb->s_fserror, fsb);
	queue_work(system_dfl_long_wq, &fsb->replay);
}

/**
 * fserror_sb_gone - a filesystem is being unmounted
 * @sb: the filesystem; it is not SB_ACTIVE any more, and s_umount is held
 *	exclusively
 *
 * Context: Process context, may sleep.
 */
void fserror_sb_gone(struct super_block *sb)
{
	struct fserror_sb *fsb;

	fsb = rcu_dereference_protected(sb->s_fserror,
					lockdep_is_held(&sb->s_umount));
	if (!fsb)
		return;

	RCU_INIT_POINTER(sb->s_fserror, NULL);
	scoped_guard(spinlock, &fserror_sb_list_lock)
		list_del(&fsb->list);
	/* the replay work may be waiting for s_umount: do not wait for it */
	fserror_sb_unref(fsb);
}
