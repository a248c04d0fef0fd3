// SPDX-License-Identifier: GPL-2.0-only
/*
 * What fs/super.c and fs/fserror.c tell of: mounting, unmounting, thawing; and what
 * filesystems do: that their devices have changed. See super.c for the locks and the
 * lifetime.
 */
#include <linux/cleanup.h>
#include <linux/cred.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "internal.h"

static bool fserror_sb_takes_part(const struct super_block *sb)
{
	if (sb->s_user_ns != &init_user_ns)
		return false;
	return sb->s_bdev || sb->s_op->fserror_ops ||
	       sb->s_type->fs_flags & FS_REQUIRES_DEV;
}

/**
 * fserror_sb_born - a filesystem has been mounted
 * @sb: the filesystem; s_umount is held exclusively
 *
 * Called for every mount, also of a filesystem that is mounted already. What is
 * bad on the filesystem's devices is told by the worker.
 *
 * Context: Process context, may sleep.
 */
void fserror_sb_born(struct super_block *sb)
{
	struct fserror_record record;
	struct fserror_sb *fsb;

	lockdep_assert_held_write(&sb->s_umount);

	if (rcu_access_pointer(sb->s_fserror) || !fserror_sb_takes_part(sb))
		return;

	fsb = kzalloc_obj(*fsb);
	if (!fsb) {
		pr_warn("%s: no memory to watch for bad ranges, filesystem is left out\n",
			sb->s_id);
		return;
	}
	fsb->sb = sb;
	fsb->dev = sb->s_dev;
	uuid_copy(&fsb->uuid, &sb->s_uuid);
	strscpy(fsb->fs_type, sb->s_type->name);
	strscpy(fsb->sb_id, sb->s_id);
	fsb->mounted_ns = ktime_get_boottime_ns();
	fsb->last_sync = jiffies - FSERROR_SYNC_INTERVAL;
	fsb->tokens = FSERROR_OWNER_BURST + FSERROR_BULK_BURST;
	fsb->refilled = jiffies;
	refcount_set(&fsb->ref, 1);
	spin_lock_init(&fsb->lock);
	mutex_init(&fsb->publish);
	INIT_LIST_HEAD(&fsb->devs);
	INIT_LIST_HEAD(&fsb->reads);
	INIT_DELAYED_WORK(&fsb->work, fserror_worker);

	fserror_sb_list_add(fsb);
	fserror_sb_record(fsb, &record, FSERROR_KIND_MOUNT, 0);
	fserror_sb_publish(fsb, &record, 1);

	/* from here on marks are taken; what changed before is found by the first sync */
	rcu_assign_pointer(sb->s_fserror, fsb);
	fserror_sb_enumerate(fsb, sb);
	fserror_sb_kick(fsb, 0);
}

/**
 * fserror_sb_gone - a filesystem is being unmounted
 * @sb: the filesystem; it is not SB_ACTIVE any more, and s_umount is held
 *	exclusively
 *
 * Waits for nobody but for who numbers records.
 *
 * Context: Process context, may sleep.
 */
void fserror_sb_gone(struct super_block *sb)
{
	struct fserror_record record;
	struct fserror_sb *fsb;

	fsb = rcu_dereference_protected(sb->s_fserror,
					lockdep_is_held(&sb->s_umount));
	if (!fsb)
		return;

	RCU_INIT_POINTER(sb->s_fserror, NULL);
	fserror_sb_list_del(fsb);
	scoped_guard(spinlock, &fsb->lock)
		WRITE_ONCE(fsb->sb, NULL);

	fserror_sb_record(fsb, &record, FSERROR_KIND_UNMOUNT, 0);
	scoped_guard(mutex, &fsb->publish) {
		fserror_reads_flush(fsb);
		fsb->dead = true;
		fserror_publish(&fsb->count, &record);
	}
	fserror_sb_synced();

	/* a worker that runs ends by itself */
	if (cancel_delayed_work(&fsb->work))
		fserror_sb_put(fsb);
	fserror_sb_put(fsb);
}

/**
 * fserror_sb_thawed - a filesystem has been thawed
 * @sb: the filesystem; s_umount is held
 *
 * Context: Process context.
 */
void fserror_sb_thawed(struct super_block *sb)
{
	struct fserror_sb *fsb;

	fsb = rcu_dereference_protected(sb->s_fserror,
					lockdep_is_held(&sb->s_umount));
	if (!fsb)
		return;
	scoped_guard(spinlock, &fsb->lock)
		fsb->thawed = true;
	fserror_sb_kick(fsb, 0);
}

/**
 * fserror_devices_changed - a mounted filesystem has other devices, or uses more of one
 * @sb: the filesystem, kept from being freed
 *
 * For a filesystem, when ->get_bdev tells of a device that was added or has replaced
 * another one, does not tell of one any more, or tells a greater size. What is bad there
 * is asked for; without this it would be only when something else changes. Until then the
 * answer to damage-get is not all there is. What was bad before is told as news: nobody
 * had heard of it as damage of this filesystem.
 *
 * Waits for nobody. The locks of the filesystem may be held, a transaction may be running,
 * and s_umount may be held in any way: the lock that is taken here is innermost, and the
 * devices are gone through by the worker, which tries for s_umount.
 *
 * Context: Process context.
 */
void fserror_devices_changed(struct super_block *sb)
{
	struct fserror_sb *fsb;

	scoped_guard(rcu) {
		fsb = rcu_dereference(sb->s_fserror);
		if (!fsb || !refcount_inc_not_zero(&fsb->ref))
			return;
	}
	scoped_guard(spinlock, &fsb->lock) {
		fsb->enumerate = true;
		WRITE_ONCE(fsb->any_bad, true);
	}
	fserror_sb_kick(fsb, 0);
	fserror_sb_put(fsb);
}
EXPORT_SYMBOL_GPL(fserror_devices_changed);
