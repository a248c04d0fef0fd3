// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is bad of a file, asked by who makes a block device of it.
 *
 * The devices of the filesystem are asked what is bad of them, and the filesystem whose
 * that is. So it costs what is bad of the filesystem, and not the length of the
 * file. What the filesystem cannot say makes a range without a place, which has the
 * name of the filesystem's type.
 *
 * LOCKING
 *
 * s_umount is held shared by the caller, as for any resolver, and nothing of the caller's
 * that the filesystem may need. The superblock of the one who asks in the end may be
 * of the same type: s_umount of a lower filesystem is only tried.
 */
#include <linux/blkdev.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "internal.h"

/* questions to a device for one answer */
#define FSERROR_FILE_ASKS	64

/* after that, who asks has to come back */
#define FSERROR_FILE_TIME	(2 * HZ)

/**
 * struct fserror_file - a file that is asked about
 * @sink: of the resolver
 * @sb: its filesystem
 * @inode: the file
 * @start: byte of the file that is byte 0 for who asks
 * @list: for the answer
 * @end: jiffies when there is no more time
 * @nr: how many ranges a device has answered with
 * @range: these
 * @ext: the same for the resolver
 * @unplaced: what has no place on the device
 */
struct fserror_file {
	struct fserror_sink	sink;
	struct super_block	*sb;
	struct inode		*inode;
	u64			start;
	struct bdev_bad_list	*list;
	unsigned long		end;
	unsigned int		nr;
	struct bdev_bad_range	range[BDEV_BAD_MAX_RANGES];
	struct fserror_extent	ext[BDEV_BAD_MAX_RANGES];
	struct bdev_bad_range	unplaced[BDEV_BAD_MAX_UNPLACED];
};

static void fserror_file_unplace(struct fserror_file *file,
				 const struct bdev_bad_range *range,
				 const char *what)
{
	struct bdev_bad_range whole = *range;

	/* who could not say where it is may be further down */
	if (!whole.layer[0])
		scnprintf(whole.layer, sizeof(whole.layer), "%s%s",
			  file->sb->s_type->name, what);
	bdev_bad_list_add_unplaced(file->list, &whole);
}

/* The range of the device that a piece is of. */
static const struct bdev_bad_range *fserror_file_range(struct fserror_file *file,
						       u64 pos)
{
	unsigned int i;

	for (i = 0; i < file->nr; i++)
		if (pos - file->range[i].pos < file->range[i].len)
			return &file->range[i];
	return NULL;
}

static void fserror_file_add(struct fserror_file *file,
			     const struct bdev_bad_range *below,
			     const struct fserror_owner *owner)
{
	struct bdev_bad_range range = *below;
	u64 skip = owner->pos < file->start ? file->start - owner->pos : 0;

	if (skip >= owner->len)
		return;
	range.pos = owner->pos + skip - file->start;
	range.len = owner->len - skip;
	/* of what is compressed not even that */
	if (below->origin_len == below->len && owner->len == owner->dev_len &&
	    !(below->flags & BDEV_BAD_PARTIAL)) {
		range.origin_pos += owner->dev_pos + skip - below->pos;
		range.origin_len = range.len;
	}
	bdev_bad_list_add(file->list, &range);
}

static int fserror_file_put(struct fserror_sink *sink,
			    const struct fserror_owner *owner)
{
	struct fserror_file *file = container_of(sink, struct fserror_file, sink);
	const struct bdev_bad_range *below;
	bool ours;

	below = fserror_file_range(file, owner->dev_pos);
	if (!below)
		return 0;
	ours = owner->inode ? owner->inode == file->inode :
			      owner->ino == file->inode->i_ino;
	if (owner->kind == FSERROR_KIND_MEDIA)
		fserror_file_unplace(file, below, "");
	else if (ours && owner->kind == FSERROR_KIND_DATA_LOST && owner->inode)
		fserror_file_add(file, below, owner);
	else if (ours)
		fserror_file_unplace(file, below, " metadata");
	return 0;
}

static int fserror_file_resolve(struct fserror_file *file,
				struct block_device *bdev)
{
	unsigned int i;
	int r;

	if (!fserror_sb_can_resolve(file->sb)) {
		for (i = 0; i < file->nr; i++)
			fserror_file_unplace(file, &file->range[i], "");
		return 0;
	}
	for (i = 0; i < file->nr; i++) {
		file->ext[i].pos = file->range[i].pos;
		file->ext[i].len = file->range[i].len;
	}
	file->sink.cursor = (struct fserror_cursor) { };
	file->sink.deadline = file->end;
	file->sink.put = fserror_file_put;
	r = file->sb->s_op->fserror_ops->resolve(file->sb, bdev, file->ext,
						 file->nr, &file->sink);
	/* other errors have been handed over as what is unresolved */
	return r == -EAGAIN || r == -EINTR || r == -ENOMEM ? r : 0;
}

/* Ask a device once, from @pos on; set it to where to go on. */
static int fserror_file_ask(struct fserror_file *file, struct block_device *bdev,
			    u64 *pos, u64 size)
{
	struct bdev_bad_list list = {
		.ranges		= file->range,
		.max		= BDEV_BAD_MAX_RANGES,
		.unplaced	= file->unplaced,
		.max_unplaced	= file->list->max_unplaced,
		.hops		= file->list->hops + 1,
	};
	struct bdev_bad_range unknown = {
		.cause		= BDEV_BAD_MEDIA,
		.flags		= BDEV_BAD_UNKNOWN,
		.origin_dev	= bdev->bd_dev,
		.origin_pos	= *pos,
		.origin_len	= size - *pos,
	};
	unsigned int i;
	int r;

	r = bdev_bad_ranges(bdev, *pos, size - *pos, &list);
	if (bdev_bad_error_passes(r))
		return r;
	if (r) {
		fserror_file_unplace(file, &unknown, "");
		*pos = size;
		return 0;
	}
	file->list->is_volatile |= list.is_volatile;
	for (i = 0; i < list.nr_unplaced; i++)
		fserror_file_unplace(file, &file->unplaced[i], "");
	file->nr = list.nr;
	*pos = list.next;
	return file->nr ? fserror_file_resolve(file, bdev) : 0;
}

static int fserror_file_device(struct fserror_file *file,
			       struct block_device *bdev, u64 size)
{
	unsigned int asks;
	u64 pos = 0;
	int r;

	for (asks = 0; pos < size; asks++) {
		if (asks == FSERROR_FILE_ASKS)
			return -EOVERFLOW;
		if (fatal_signal_pending(current))
			return -EINTR;
		r = fserror_file_ask(file, bdev, &pos, size);
		if (r)
			return r;
		cond_resched();
	}
	return 0;
}

/**
 * fserror_file_bad_ranges - answer what is bad of a file
 * @inode: the file
 * @start: byte of the file that is byte 0 for who asks
 * @list: for the answer
 *
 * Context: Process context, may sleep and read from the devices of the filesystem;
 * s_umount held shared.
 * Return: 0; -EAGAIN if the filesystem could not say in 2 s, or a device below could
 * not; -EBUSY if a device below is suspended; -EOVERFLOW if there are more than 64
 * questions' worth of bad ranges on a device; -EINTR; -ELOOP or -ENOMEM.
 */
int fserror_file_bad_ranges(struct inode *inode, u64 start,
			    struct bdev_bad_list *list)
{
	struct super_block *sb = inode->i_sb;
	struct block_device *bdev;
	struct fserror_file *file;
	enum fserror_role role;
	u64 size, at = 0;
	int r = 0;

	lockdep_assert_held(&sb->s_umount);

	file = kvzalloc_obj(*file, GFP_NOFS);
	if (!file)
		return -ENOMEM;
	file->sb = sb;
	file->inode = inode;
	file->start = start;
	file->list = list;
	file->end = jiffies + FSERROR_FILE_TIME;
	while (!r && (bdev = fserror_get_bdev(sb, &at, &size, &role))) {
		if (bdev_any_bad(bdev, list->hops + 1))
			r = fserror_file_device(file, bdev, size);
		fserror_put_bdev(bdev);
	}
	kvfree(file);
	return r;
}
EXPORT_SYMBOL_GPL(fserror_file_bad_ranges);

/**
 * fserror_file_any_bad - may anything be bad of a file?
 * @inode: the file
 * @hops: how many stacking drivers the question has passed
 *
 * Context: As fserror_file_bad_ranges().
 * Return: false if nothing is bad of the devices of its filesystem.
 */
bool fserror_file_any_bad(struct inode *inode, unsigned int hops)
{
	struct super_block *sb = inode->i_sb;
	struct block_device *bdev;
	enum fserror_role role;
	u64 size, at = 0;
	bool bad = false;

	lockdep_assert_held(&sb->s_umount);

	while (!bad && (bdev = fserror_get_bdev(sb, &at, &size, &role))) {
		bad = bdev_any_bad(bdev, hops + 1);
		fserror_put_bdev(bdev);
	}
	return bad;
}
EXPORT_SYMBOL_GPL(fserror_file_any_bad);

/**
 * fserror_instance - number of a mount of a filesystem
 * @sb: the filesystem
 *
 * Context: Any.
 * Return: the number that its records have, 0 if there are none.
 */
u64 fserror_instance(struct super_block *sb)
{
	struct fserror_sb *fsb;

	guard(rcu)();
	fsb = rcu_dereference(sb->s_fserror);
	return fsb ? fsb->count.instance : 0;
}
EXPORT_SYMBOL_GPL(fserror_instance);
