// SPDX-License-Identifier: GPL-2.0-only
/*
 * The instances of filesystems: which are mounted, on which devices, and what of
 * those is still to be asked about.
 *
 * LOCKING
 *
 * fserror_sb_list_lock protects the list of instances. Under it fserror_sb.lock may be
 * taken, and under that fserror_told.lock. All three are spinlocks of process context;
 * under them only try-locks are taken and records are published.
 *
 * fserror_sb.sb is NULL from the moment unmount gets here, which it does with s_umount
 * held exclusively. So whoever sees it under fserror_sb.lock can try for s_umount
 * there, and keeps the superblock with it.
 *
 * s_fserror is read under rcu_read_lock(), in any context, and written under s_umount
 * held exclusively.
 *
 * LIFETIME
 *
 * struct fserror_sb is referenced by the superblock, by its work from the moment it is
 * queued until it has run, and by dumps that are in it; it is freed after a grace
 * period. It holds a reference on each of its devices, which keeps the structure but
 * not the device open: the block layer can be asked about one that is closed.
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
static u64 fserror_sb_last_instance;
static struct workqueue_struct *fserror_sb_wq;

static DECLARE_WAIT_QUEUE_HEAD(fserror_sb_settled);

/**
 * fserror_marks_add - remember a window
 * @marks: the windows that are remembered already
 * @win: one more
 *
 * What touches is joined. When there are too many they become their hull, so that
 * more is asked than has changed, and never less.
 *
 * Context: Any.
 */
void fserror_marks_add(struct fserror_marks *marks,
		       const struct bdev_bad_window *win)
{
	struct bdev_bad_window all = *win;
	unsigned int i = 0;
	bool hull = false;
	u64 end;

	while (i < marks->nr) {
		struct bdev_bad_window *old = &marks->win[i];

		if (!hull && (old->pos > all.pos + all.len ||
			      all.pos > old->pos + old->len)) {
			i++;
			/* no room for it beside the others */
			if (i < FSERROR_DEV_MARKS)
				continue;
			hull = true;
			i = 0;
			continue;
		}
		end = max(old->pos + old->len, all.pos + all.len);
		all.pos = min(old->pos, all.pos);
		all.len = end - all.pos;
		all.why |= old->why;
		*old = marks->win[--marks->nr];
		/* it may touch now what it did not touch before */
		i = 0;
	}
	marks->win[marks->nr++] = all;
}

/**
 * fserror_dev_mark - what is bad in a window of a device may have changed
 * @fsb: the instance; its lock is held
 * @dev: the device
 * @win: the window
 *
 * Context: Any that may take the lock.
 */
void fserror_dev_mark(struct fserror_sb *fsb, struct fserror_dev *dev,
		      const struct bdev_bad_window *win)
{
	struct bdev_bad_window clipped = *win;

	lockdep_assert_held(&fsb->lock);

	if (win->pos >= dev->size || !win->len)
		return;
	clipped.len = min(win->len, dev->size - win->pos);
	fserror_marks_add(&dev->marks, &clipped);
	WRITE_ONCE(fsb->any_bad, true);
}

static void fserror_sb_free(struct fserror_sb *fsb)
{
	struct fserror_dev *dev, *next;

	list_for_each_entry_safe(dev, next, &fsb->devs, list) {
		fserror_told_free(&dev->told);
		fserror_kept_free(&dev->kept);
		put_device(&dev->bdev->bd_device);
		kfree(dev);
	}
	kfree_rcu(fsb, rcu);
}

/**
 * fserror_sb_put - give an instance back
 * @fsb: the instance
 *
 * Context: Process context, may sleep.
 */
void fserror_sb_put(struct fserror_sb *fsb)
{
	if (refcount_dec_and_test(&fsb->ref))
		fserror_sb_free(fsb);
}

static bool fserror_sb_is(const struct fserror_sb *fsb,
			  const struct fserror_filter_fs *fs)
{
	return fserror_filter_fs_is(fs, fsb->count.instance, fsb->dev,
				    &fsb->uuid);
}

/**
 * fserror_sb_get_next - walk the instances
 * @after: number of the last one; 0 to begin
 * @only: leave out all others; NULL for all
 *
 * Context: Process context.
 * Return: the next instance, to be given back with fserror_sb_put(), or NULL.
 */
struct fserror_sb *fserror_sb_get_next(u64 after,
				       const struct fserror_filter_fs *only)
{
	struct fserror_sb *fsb;

	guard(spinlock)(&fserror_sb_list_lock);
	list_for_each_entry(fsb, &fserror_sb_list, list) {
		if (fsb->count.instance <= after ||
		    (only && !fserror_sb_is(fsb, only)))
			continue;
		refcount_inc(&fsb->ref);
		return fsb;
	}
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
	struct fserror_sb *fsb;

	guard(spinlock)(&fserror_sb_list_lock);
	list_for_each_entry(fsb, &fserror_sb_list, list)
		if (fserror_sb_is(fsb, fs))
			return true;
	return false;
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
	list_for_each_entry(fsb, &fserror_sb_list, list) {
		if (!fserror_sb_is(fsb, fs))
			continue;
		guard(spinlock)(&fsb->lock);
		if (fsb->sb)
			return fserror_publish_test(fsb->sb, &fsb->count);
	}
	return 0;
}

/**
 * fserror_sb_can_resolve - can a filesystem say whose a bad range is?
 * @sb: the filesystem; it is kept from going away
 *
 * Context: Does not sleep.
 * Return: whether it can.
 */
bool fserror_sb_can_resolve(struct super_block *sb)
{
	const struct fserror_operations *ops = sb->s_op->fserror_ops;

	return ops && ops->resolve && ops->can_resolve && ops->can_resolve(sb);
}

/**
 * fserror_sb_trylock - lock the superblock of an instance, if that needs no waiting
 * @fsb: the instance
 *
 * Context: Process context.
 * Return: the superblock with s_umount held shared, or NULL.
 */
struct super_block *fserror_sb_trylock(struct fserror_sb *fsb)
{
	guard(spinlock)(&fsb->lock);
	if (!fsb->sb || !super_trylock_shared(fsb->sb))
		return NULL;
	return fsb->sb;
}

/**
 * fserror_sb_unlock - undo fserror_sb_trylock()
 * @sb: what it returned
 *
 * Context: Process context.
 */
void fserror_sb_unlock(struct super_block *sb)
{
	up_read(&sb->s_umount);
}

/**
 * fserror_sb_is_gone - is a filesystem being unmounted, or has been?
 * @fsb: the instance
 *
 * Context: Any.
 * Return: whether it is.
 */
bool fserror_sb_is_gone(struct fserror_sb *fsb)
{
	return !READ_ONCE(fsb->sb);
}

/**
 * fserror_sb_record - begin a record about an instance
 * @fsb: the instance
 * @record: the record
 * @kind: what happened
 * @error: errno, negative or positive; 0 if there is none
 *
 * Context: Any.
 */
void fserror_sb_record(const struct fserror_sb *fsb,
		       struct fserror_record *record, enum fserror_kind kind,
		       int error)
{
	fserror_record_init(record, NULL, kind, error);
	record->instance = fsb->count.instance;
	record->dev = fsb->dev;
	strscpy(record->fs_type, fsb->fs_type);
	strscpy(record->sb_id, fsb->sb_id);
	uuid_copy(&record->uuid, &fsb->uuid);
}

/**
 * fserror_sb_publish - publish records about an instance
 * @fsb: the instance
 * @records: the records
 * @nr: how many
 *
 * Nothing is published of an instance of which it was told that it is gone.
 *
 * Context: Process context, may sleep.
 */
void fserror_sb_publish(struct fserror_sb *fsb, struct fserror_record *records,
			unsigned int nr)
{
	unsigned int i;

	guard(mutex)(&fsb->publish);
	for (i = 0; !fsb->dead && i < nr; i++)
		fserror_publish(&fsb->count, &records[i]);
}

/**
 * fserror_sb_kick - have the worker run
 * @fsb: the instance
 * @delay: in how many jiffies at the latest; not sooner than the rate allows
 *
 * Context: Process context.
 */
void fserror_sb_kick(struct fserror_sb *fsb, unsigned long delay)
{
	unsigned long now, when, earliest;

	guard(spinlock)(&fsb->lock);
	if (!fsb->sb)
		return;
	/*
	 * Under the lock, so that work that is due is not later than this. It would
	 * be queued again if it has just begun to run, and run twice for one
	 * reference.
	 */
	now = jiffies;
	when = now + delay;
	earliest = fsb->last_sync + FSERROR_SYNC_INTERVAL;
	if (time_before(when, earliest) &&
	    time_before(earliest, now + 2 * FSERROR_SYNC_INTERVAL))
		when = earliest;
	if (fsb->scheduled && time_before_eq(fsb->when, when))
		return;
	if (!fsb->scheduled)
		refcount_inc(&fsb->ref);
	fsb->scheduled = true;
	fsb->when = when;
	mod_delayed_work(fserror_sb_wq, &fsb->work,
			 time_after(when, now) ? when - now : 0);
}

/**
 * fserror_sb_begin - the worker begins to run
 * @fsb: the instance
 *
 * Context: Process context.
 * Return: whether there is something for it to do: the filesystem is mounted.
 */
bool fserror_sb_begin(struct fserror_sb *fsb)
{
	struct fserror_dev *dev;

	guard(spinlock)(&fsb->lock);
	fsb->scheduled = false;
	fsb->last_sync = jiffies;
	fsb->enumerating |= fsb->enumerate;
	fsb->enumerate = false;
	if (fsb->thawed) {
		fsb->thawed = false;
		list_for_each_entry(dev, &fsb->devs, list) {
			dev->reask_at = jiffies;
			dev->late_at = jiffies;
		}
	}
	return fsb->sb;
}

/**
 * fserror_sb_synced - some device may not be pending any more
 *
 * Context: Any.
 */
void fserror_sb_synced(void)
{
	wake_up_all(&fserror_sb_settled);
}

/**
 * fserror_sb_wait - what is woken by fserror_sb_synced()
 *
 * Context: Any.
 * Return: the wait queue.
 */
struct wait_queue_head *fserror_sb_wait(void)
{
	return &fserror_sb_settled;
}

static bool fserror_sb_is_settled(struct fserror_sb *fsb)
{
	struct fserror_dev *dev;

	guard(spinlock)(&fsb->lock);
	if (!fsb->sb)
		return true;
	if (fserror_sb_is_changing(fsb))
		return false;
	list_for_each_entry(dev, &fsb->devs, list)
		if (fserror_dev_is_pending(dev))
			return false;
	return true;
}

/**
 * fserror_sb_settle - wait until the worker has asked about all that changed
 * @fsb: the instance
 * @timeout: how long, in jiffies
 *
 * Context: Process context, sleeps.
 * Return: whether it has.
 */
bool fserror_sb_settle(struct fserror_sb *fsb, unsigned long timeout)
{
	if (fserror_sb_is_settled(fsb))
		return true;
	fserror_sb_kick(fsb, 0);
	return wait_event_timeout(fserror_sb_settled,
				  fserror_sb_is_settled(fsb), timeout);
}

/**
 * fserror_sb_for_each - call a function for each device of each instance
 * @fn: called with the instance's lock held; returns false to end the walk
 * @data: for @fn
 *
 * Context: Process context, also where it may not sleep.
 * Return: whether @fn never returned false.
 */
bool fserror_sb_for_each(bool (*fn)(struct fserror_sb *fsb,
				    struct fserror_dev *dev, void *data),
			 void *data)
{
	struct fserror_sb *fsb;
	struct fserror_dev *dev;

	guard(spinlock)(&fserror_sb_list_lock);
	list_for_each_entry(fsb, &fserror_sb_list, list) {
		guard(spinlock)(&fsb->lock);
		list_for_each_entry(dev, &fsb->devs, list)
			if (!fn(fsb, dev, data))
				return false;
	}
	return true;
}

/**
 * fserror_sb_list_del - take an instance out of the list
 * @fsb: the instance
 *
 * Context: Process context.
 */
void fserror_sb_list_del(struct fserror_sb *fsb)
{
	guard(spinlock)(&fserror_sb_list_lock);
	list_del(&fsb->list);
}

/**
 * fserror_sb_list_add - number an instance and add it to the list
 * @fsb: the instance
 *
 * Context: Process context.
 */
void fserror_sb_list_add(struct fserror_sb *fsb)
{
	guard(spinlock)(&fserror_sb_list_lock);
	fserror_count_init(&fsb->count, ++fserror_sb_last_instance);
	list_add_tail(&fsb->list, &fserror_sb_list);
}

static int __init fserror_sb_boot(void)
{
	fserror_sb_wq = alloc_workqueue("fserror_sync", WQ_UNBOUND, 0);
	return fserror_sb_wq ? 0 : -ENOMEM;
}
core_initcall(fserror_sb_boot);
