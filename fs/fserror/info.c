// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is known of the instances, copied out of memory: for fs-get and for the frames of
 * damage-get. Enters no filesystem. See super.c for the locks.
 */
#include <linux/blkdev.h>
#include <linux/cleanup.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include "internal.h"

static void fserror_dev_info(struct fserror_dev *dev,
			     struct fserror_dev_info *info)
{
	info->dev = dev->dev;
	info->role = dev->role;
	info->flags = 0;
	if (fserror_dev_is_pending(dev))
		info->flags |= FSERROR_DEV_PENDING;
	if (dev->unknown)
		info->flags |= FSERROR_DEV_UNKNOWN;
	if (dev->removed)
		info->flags |= FSERROR_DEV_REMOVED;
	if (!dev->bdev->bd_disk->fops->bad_ranges)
		info->flags |= FSERROR_DEV_UNTOLD;
	guard(spinlock)(&dev->told.lock);
	info->ranges = dev->told.nr + dev->nr_unplaced;
	if (dev->told.nr_partial)
		info->flags |= FSERROR_DEV_PARTIAL;
}

/* The lower, the more there is to say of it. */
static unsigned int fserror_dev_rank(const struct fserror_dev_info *info)
{
	if (info->flags & ~FSERROR_DEV_UNTOLD)
		return 0;
	return info->ranges ? 1 : 2;
}

/* There is no room for all devices: of two, one with less to say is left out. */
static void fserror_dev_leave_out(struct fserror_sb_info *info,
				  struct fserror_dev_info *one)
{
	unsigned int i;

	for (i = 0; i < info->nr_devs; i++) {
		if (fserror_dev_rank(one) < fserror_dev_rank(&info->devs[i])) {
			swap(*one, info->devs[i]);
			break;
		}
	}
	info->more_devs++;
	info->more_flags |= one->flags;
}

static void fserror_dev_add_info(struct fserror_dev *dev, struct fserror_sb_info *info)
{
	struct fserror_dev_info one;

	if (dev->left && !dev->told.nr)
		return;
	fserror_dev_info(dev, &one);
	if (info->nr_devs < FSERROR_INFO_MAX_DEVS)
		info->devs[info->nr_devs++] = one;
	else
		fserror_dev_leave_out(info, &one);
}

/**
 * fserror_sb_info - copy out what is known of an instance
 * @fsb: the instance
 * @info: filled in
 *
 * Context: Process context. Enters no filesystem.
 */
void fserror_sb_info(struct fserror_sb *fsb, struct fserror_sb_info *info)
{
	struct fserror_dev *dev;
	unsigned int i;

	memset(info, 0, sizeof(*info));
	info->instance = fsb->count.instance;
	info->dev = fsb->dev;
	uuid_copy(&info->uuid, &fsb->uuid);
	strscpy(info->fs_type, fsb->fs_type);
	strscpy(info->sb_id, fsb->sb_id);
	info->mounted_ns = fsb->mounted_ns;
	info->shutdown = READ_ONCE(fsb->count.shutdown);
	for (i = 0; i < FSERROR_NR_KINDS; i++)
		info->kinds[i] = atomic64_read(&fsb->count.kinds[i]);
	info->unresolved = atomic64_read(&fsb->count.unresolved);
	info->unlisted = atomic64_read(&fsb->count.unlisted);
	info->unlisted_metadata = atomic64_read(&fsb->count.unlisted_metadata);

	guard(spinlock)(&fsb->lock);
	info->can_resolve = fsb->sb && fserror_sb_can_resolve(fsb->sb);
	list_for_each_entry(dev, &fsb->devs, list)
		fserror_dev_add_info(dev, info);
	/* of what has joined it is not known yet what is bad there */
	if (fsb->sb && fserror_sb_is_changing(fsb))
		info->more_flags |= FSERROR_DEV_PENDING;
}

/**
 * fserror_sb_next_info - walk the instances, copying out what is known of them
 * @instance: number of the last one, 0 to begin; set to that of the next
 * @info: filled in
 *
 * Context: Process context. Enters no filesystem.
 * Return: whether there was one.
 */
bool fserror_sb_next_info(u64 *instance, struct fserror_sb_info *info)
{
	struct fserror_sb *fsb = fserror_sb_get_next(*instance, NULL);

	if (!fsb)
		return false;
	fserror_sb_info(fsb, info);
	*instance = info->instance;
	fserror_sb_put(fsb);
	return true;
}
