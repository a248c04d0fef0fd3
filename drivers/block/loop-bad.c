// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad ranges of loop devices.
 *
 * Down: what is bad of a loop device is what is bad of its backing file, and that is
 * for the filesystem to say, see fs/fserror/file.c. A block device as the backing
 * file is asked itself.
 *
 * Up: a watcher hears of what is told of that filesystem. If it concerns the file, or if
 * that is not said (what is cleared has no owners), all of the loop device may have
 * changed. Nobody is told of changes of a block device that is a backing file, because
 * loop does not claim it: whoever is above asks again from time to time.
 *
 * LOCKING
 *
 * Never lo_mutex, which is held while the backing file is written. loop_bad.lock
 * protects the pointer to the file, and s_umount of the file's filesystem is tried
 * under it: while the file is the backing file its filesystem cannot go away, and
 * while s_umount is held shared it cannot be unmounted. So no reference on the file is
 * needed, which would make an unmount fail that comes right after the loop device is
 * detached. Who asks may hold s_umount of the filesystem on the loop device; that of the
 * lower one is only tried, and -EAGAIN if it is not to be had.
 */
#include "loop-bad.h"

#include <linux/blkdev.h>
#include <linux/container_of.h>
#include <linux/fs.h>
#include <linux/module.h>

static void loop_bad_changed(struct loop_bad *bad, unsigned int why)
{
	u64 size = (u64)get_capacity(bad->disk) << SECTOR_SHIFT;

	/* 0, or the disk has gone, and with it who could ask */
	if (size)
		(void)bdev_bad_changed(bad->disk->part0, 0, size, why);
}

/*
 * Never %BDEV_WHY_REMOVED: of all of a device that means that the device itself is gone,
 * and the loop device stays, even if one of the disks below its file goes.
 */
static unsigned int loop_bad_why(const struct fserror_record *record)
{
	if (record->kind == FSERROR_KIND_CLEARED)
		return record->flags & FSERROR_RECORD_FLAG_CONTENT_UNKNOWN ?
		       BDEV_WHY_WRITTEN | BDEV_WHY_REMAPPED : BDEV_WHY_WRITTEN;
	return BDEV_WHY_MEDIA;
}

static bool loop_bad_concerns(const struct loop_bad *bad,
			      const struct fserror_record *record)
{
	switch (record->kind) {
	case FSERROR_KIND_DATA_LOST:
	case FSERROR_KIND_METADATA:
		return record->has_inode && record->ino == bad->ino &&
		       (record->unread || record->generation == bad->generation);
	case FSERROR_KIND_MEDIA:
		/* nobody has said, or has been asked, whose that is */
		return record->flags & (FSERROR_RECORD_FLAG_UNRESOLVED |
					FSERROR_RECORD_FLAG_UNKNOWN);
	case FSERROR_KIND_CLEARED:
	case FSERROR_KIND_BULK:
	case FSERROR_KIND_DEGRADED:
		return true;
	default:
		return false;
	}
}

static void loop_bad_event(struct fserror_watch *watch,
			   const struct fserror_record *record)
{
	struct loop_bad *bad = container_of(watch, struct loop_bad, watch);

	if (loop_bad_concerns(bad, record))
		loop_bad_changed(bad, loop_bad_why(record));
}

static void loop_bad_lost(struct fserror_watch *watch, enum fserror_group group,
			  u64 first, u64 last)
{
	/* nobody knows what these were */
	loop_bad_changed(container_of(watch, struct loop_bad, watch),
			 BDEV_WHY_ALL & ~BDEV_WHY_REMOVED);
}

/**
 * loop_bad_init - prepare a loop device
 * @bad: of the device
 * @disk: the disk
 *
 * Context: Any.
 */
void loop_bad_init(struct loop_bad *bad, struct gendisk *disk)
{
	spin_lock_init(&bad->lock);
	bad->disk = disk;
	bad->watch.event = loop_bad_event;
	bad->watch.lost = loop_bad_lost;
}
EXPORT_SYMBOL_GPL(loop_bad_init);

/**
 * loop_bad_attach - a loop device has a backing file, or another part of it
 * @bad: of the device
 * @file: the file, kept by the device until loop_bad_detach()
 * @start: byte of it that is byte 0 of the device
 *
 * Context: Process context, may sleep. Not twice at the same time for a device.
 */
void loop_bad_attach(struct loop_bad *bad, struct file *file, u64 start)
{
	struct inode *inode = file->f_mapping->host;

	loop_bad_detach(bad);
	bad->ino = inode->i_ino;
	bad->generation = inode->i_generation;
	bad->watch.instance = fserror_instance(inode->i_sb);
	if (!S_ISBLK(inode->i_mode) && bad->watch.instance) {
		int error = fserror_watch_register(&bad->watch);

		bad->watching = !error;
		if (error)
			pr_warn("%s: does not hear of bad ranges of its file: %d\n",
				bad->disk->disk_name, error);
	}
	scoped_guard(spinlock, &bad->lock) {
		bad->inode = inode;
		bad->start = start;
	}
	loop_bad_changed(bad, BDEV_WHY_REMAPPED);
}
EXPORT_SYMBOL_GPL(loop_bad_attach);

/**
 * loop_bad_detach - a loop device is about to let go of its backing file
 * @bad: of the device
 *
 * Context: Process context, may sleep.
 */
void loop_bad_detach(struct loop_bad *bad)
{
	scoped_guard(spinlock, &bad->lock)
		bad->inode = NULL;
	if (bad->watching)
		fserror_watch_unregister(&bad->watch);
	bad->watching = false;
}
EXPORT_SYMBOL_GPL(loop_bad_detach);

/*
 * The backing file, with s_umount of its filesystem held shared, for
 * loop_bad_put(). NULL if there is none, -EAGAIN if s_umount is not to be had.
 */
static struct inode *loop_bad_get(struct loop_bad *bad, u64 *start)
{
	struct inode *inode;

	guard(spinlock)(&bad->lock);
	inode = bad->inode;
	if (!inode)
		return NULL;
	if (!down_read_trylock(&inode->i_sb->s_umount))
		return ERR_PTR(-EAGAIN);
	ihold(inode);
	*start = bad->start;
	return inode;
}

static void loop_bad_put(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;

	fserror_iput_later(inode);
	up_read(&sb->s_umount);
}

/* A block device as the backing file: from its bytes to those of the loop device. */
static int loop_bad_bdev_ranges(struct block_device *bdev, u64 start, u64 pos,
				u64 len, struct bdev_bad_list *list)
{
	struct bdev_bad_list below = *list;
	unsigned int i;
	int r;

	below.hops++;
	r = bdev_bad_ranges(bdev, start + pos, len, &below);
	if (r)
		return r;
	list->nr = below.nr;
	list->nr_unplaced = below.nr_unplaced;
	list->next = below.next - start;
	for (i = 0; i < list->nr; i++)
		list->ranges[i].pos -= start;
	/* nobody says when it changes */
	list->is_volatile = true;
	return 0;
}

/**
 * loop_bad_ranges - answer what is bad of a loop device
 * @bad: of the device
 * @pos: first byte that is asked for
 * @len: length in bytes
 * @list: for the answer
 *
 * Context: Process context, may sleep and read from the devices of the filesystem
 * that the backing file is in; no I/O to the loop device.
 * Return: as fserror_file_bad_ranges(), or bdev_bad_ranges() with a block device.
 */
int loop_bad_ranges(struct loop_bad *bad, u64 pos, u64 len,
		    struct bdev_bad_list *list)
{
	struct inode *inode;
	u64 start;
	int r;

	if (list->hops >= BDEV_BAD_MAX_HOPS)
		return -ELOOP;
	inode = loop_bad_get(bad, &start);
	if (IS_ERR_OR_NULL(inode))
		return PTR_ERR_OR_ZERO(inode);
	if (S_ISBLK(inode->i_mode))
		r = loop_bad_bdev_ranges(I_BDEV(inode), start, pos, len, list);
	else
		r = fserror_file_bad_ranges(inode, start, list);
	loop_bad_put(inode);
	return r;
}
EXPORT_SYMBOL_GPL(loop_bad_ranges);

/**
 * loop_bad_any - is anything bad of a loop device?
 * @bad: of the device
 * @hops: how many stacking drivers the question has passed
 *
 * Context: As loop_bad_ranges().
 * Return: false if nothing is bad, and that is known.
 */
bool loop_bad_any(struct loop_bad *bad, unsigned int hops)
{
	struct inode *inode;
	bool any;
	u64 start;

	/* then the question is asked, and answered with an error */
	if (hops >= BDEV_BAD_MAX_HOPS)
		return true;
	inode = loop_bad_get(bad, &start);
	if (IS_ERR_OR_NULL(inode))
		return IS_ERR(inode);
	/* a question is what makes who is above come again */
	any = S_ISBLK(inode->i_mode) || fserror_file_any_bad(inode, hops);
	loop_bad_put(inode);
	return any;
}
EXPORT_SYMBOL_GPL(loop_bad_any);

MODULE_DESCRIPTION("Bad ranges of loop devices");
MODULE_LICENSE("GPL");
