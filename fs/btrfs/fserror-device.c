// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad ranges of the devices of btrfs: which devices there are, whose a range of one is,
 * and where the bytes of a file are.
 *
 * A range is taken apart into stripes (fserror-stripes.c). What another copy has is told as
 * degraded; of the rest the owners are told (fserror-owners.c).
 *
 * Whose the bytes are is known as of the last commit. Of bytes that belonged to nobody
 * then it is not known whose they are as long as a transaction is running.
 *
 * LOCKING
 *
 * The list of devices is walked under RCU. A device leaves it before its block device is
 * closed, and closing waits for nothing: so the block device is there as long as the
 * reader, which takes a reference if it goes on using it. Those of seeds are found by the
 * chunks that they have, with mapping_tree_lock for reading. ->resolve is called with s_umount
 * held shared, and takes nothing else here. ->places is called with a reference on the
 * inode only; it takes locks of the inode's subvolume, for reading, and under them
 * mapping_tree_lock. Both run in a NOFS scope.
 */
#include <linux/blkdev.h>
#include <linux/fs.h>
#include <linux/fserror_watch.h>
#include <linux/rbtree.h>
#include <linux/rculist.h>
#include <linux/sched/mm.h>
#include "ctree.h"
#include "accessors.h"
#include "btrfs_inode.h"
#include "fs.h"
#include "fserror.h"
#include "super.h"
#include "volumes.h"

/**
 * struct lost_device - a walk of bad ranges of a device
 * @walk: of their owners, NULL if it cannot be done now
 * @bdev: the device
 * @sink: where they go
 * @nr: number of the range
 * @at: the bytes at hand
 */
struct lost_device {
	struct btrfs_lost_walk	*walk;
	struct block_device	*bdev;
	struct fserror_sink	*sink;
	unsigned int		nr;
	struct btrfs_lost_stripe	at;
};

/* The device, if its number is the lowest so far that is not below @at. */
static void lost_take_device(struct btrfs_device *device, u64 at,
			     struct btrfs_device **next, struct block_device **bdev)
{
	struct block_device *open = READ_ONCE(device->bdev);

	if (!open || device->devid < at || (*next && device->devid > (*next)->devid))
		return;
	*next = device;
	*bdev = open;
}

/* Of a filesystem that was sprouted from others: their lists are not for readers of RCU. */
static void lost_take_seeds(struct btrfs_fs_info *fs_info, u64 at,
			    struct btrfs_device **next, struct block_device **bdev)
{
	struct btrfs_chunk_map *map;
	struct rb_node *node;
	int i;

	if (list_empty_careful(&fs_info->fs_devices->seed_list))
		return;
	guard(read_lock)(&fs_info->mapping_tree_lock);
	for (node = rb_first_cached(&fs_info->mapping_tree); node; node = rb_next(node)) {
		map = rb_entry(node, struct btrfs_chunk_map, rb_node);
		for (i = 0; i < map->num_stripes; i++)
			lost_take_device(map->stripes[i].dev, at, next, bdev);
	}
}

static struct block_device *btrfs_fserror_get_bdev(struct super_block *sb, u64 *at,
						   u64 *size, enum fserror_role *role)
{
	struct btrfs_fs_info *fs_info = btrfs_sb(sb);
	struct btrfs_device *device, *next = NULL;
	struct block_device *bdev = NULL;

	/* in the order of their numbers, whatever joins or leaves meanwhile */
	list_for_each_entry_rcu(device, &fs_info->fs_devices->devices, dev_list)
		lost_take_device(device, *at, &next, &bdev);
	lost_take_seeds(fs_info, *at, &next, &bdev);
	if (!next)
		return NULL;
	*at = next->devid + 1;
	*size = btrfs_device_get_total_bytes(next);
	*role = FSERROR_ROLE_DATA;
	return bdev;
}

static u64 lost_dev_pos(const struct lost_device *dev, u64 logical)
{
	return dev->at.pos + (logical - dev->at.logical);
}

/* Where to go on: with an owner of the extent that has the byte at @pos. */
static void lost_save_cursor(struct lost_device *dev, u64 pos,
			     const struct btrfs_lost_owner *after)
{
	struct fserror_cursor *c = &dev->sink->cursor;

	c->v[0] = dev->nr;
	c->v[1] = pos;
	c->v[2] = after->root;
	c->v[3] = after->ino;
	c->v[4] = after->offset;
	c->v[5] = dev->walk ? dev->walk->generation : 0;
}

static void lost_save_walk(struct lost_device *dev)
{
	lost_save_cursor(dev, lost_dev_pos(dev, dev->walk->from), &dev->walk->after);
}

static int lost_device_tell(struct btrfs_lost_walk *walk,
			    const struct btrfs_lost_piece *piece)
{
	struct lost_device *dev = walk->priv;
	u64 pos = lost_dev_pos(dev, piece->logical);
	struct fserror_owner owner = {
		.kind		= FSERROR_KIND_DATA_LOST,
		.inode		= piece->inode,
		.ino		= piece->owner.ino,
		.root		= piece->owner.root,
		.pos		= piece->pos,
		.len		= piece->len,
		.dev_pos	= pos,
		.dev_len	= piece->bytes,
	};

	switch (piece->what) {
	case BTRFS_LOST_DATA:
		lost_save_walk(dev);
		return fserror_emit(dev->sink, &owner);
	case BTRFS_LOST_METADATA:
		lost_save_walk(dev);
		owner.kind = FSERROR_KIND_METADATA;
		return fserror_emit(dev->sink, &owner);
	case BTRFS_LOST_FREE:
		/* before the walk has come to the extent behind it */
		lost_save_cursor(dev, pos, &piece->owner);
		if (!walk->may_be_new)
			return 0;
		break;
	case BTRFS_LOST_UNKNOWN:
		lost_save_walk(dev);
		break;
	}
	return fserror_emit_unresolved(dev->sink, pos, piece->bytes);
}

static int lost_device_should_stop(struct btrfs_lost_walk *walk)
{
	struct lost_device *dev = walk->priv;

	lost_save_walk(dev);
	return fserror_should_stop(dev->sink);
}

/* Tell of the bytes at hand. */
static int lost_stripe_tell(struct lost_device *dev)
{
	struct btrfs_lost_stripe *at = &dev->at;
	struct fserror_owner owner = {
		.kind		= FSERROR_KIND_METADATA,
		.meta		= FSERROR_META_HEADER,
		.dev_pos	= at->pos,
	};
	int copy = at->map ? btrfs_lost_stripe_has_copy(dev->walk->fs_info, at) : 0;

	owner.dev_len = at->len;
	if (at->is_super)
		return fserror_emit(dev->sink, &owner);
	/* nobody's */
	if (!at->map)
		return 0;
	if (copy < 0)
		return fserror_emit_unresolved(dev->sink, at->pos, at->len);
	if (!copy)
		return btrfs_lost_walk(dev->walk, at->logical, at->logical + at->len);
	owner.kind = FSERROR_KIND_DEGRADED;
	owner.meta = 0;
	return fserror_emit(dev->sink, &owner);
}

static int lost_device_range(struct lost_device *dev, u64 pos, u64 end)
{
	const struct btrfs_lost_owner none = { };
	int stop;

	if (!dev->walk) {
		lost_save_cursor(dev, pos, &none);
		return fserror_emit_unresolved(dev->sink, pos, end - pos);
	}
	while (pos < end) {
		btrfs_lost_stripe_find(dev->walk->fs_info, dev->bdev, &dev->at, pos, end);
		dev->walk->from = dev->at.logical;
		lost_save_cursor(dev, pos, &dev->walk->after);
		stop = lost_stripe_tell(dev);
		if (stop)
			return stop;
		pos = dev->at.pos + dev->at.len;
		dev->walk->after = none;
		lost_save_cursor(dev, pos, &none);
		stop = fserror_should_stop(dev->sink);
		if (stop)
			return stop;
	}
	return 0;
}

static int btrfs_fserror_resolve(struct super_block *sb, struct block_device *bdev,
				 const struct fserror_extent *ext, unsigned int nr,
				 struct fserror_sink *sink)
{
	const struct fserror_cursor c = sink->cursor;
	struct lost_device dev = { .bdev = bdev, .sink = sink };
	unsigned int nofs_flags;
	int stop = 0;
	u64 pos;

	lockdep_assert_held(&sb->s_umount);

	nofs_flags = memalloc_nofs_save();
	/* the eviction of an inode may wait for the thaw, which waits for s_umount */
	if (sb->s_writers.frozen == SB_UNFROZEN)
		dev.walk = btrfs_lost_walk_alloc(btrfs_sb(sb));
	if (dev.walk) {
		dev.walk->tell = lost_device_tell;
		dev.walk->should_stop = lost_device_should_stop;
		dev.walk->priv = &dev;
		dev.walk->after = (struct btrfs_lost_owner) {
			.root = c.v[2], .ino = c.v[3], .offset = c.v[4],
		};
		dev.walk->generation = c.v[5];
	}
	for (dev.nr = c.v[0]; !stop && dev.nr < nr; dev.nr++) {
		pos = ext[dev.nr].pos;
		if (dev.nr == c.v[0])
			pos = max(pos, c.v[1]);
		stop = lost_device_range(&dev, pos, ext[dev.nr].pos + ext[dev.nr].len);
	}
	btrfs_lost_stripe_put(&dev.at);
	if (dev.walk)
		btrfs_lost_walk_free(dev.walk);
	memalloc_nofs_restore(nofs_flags);
	return stop;
}

static bool btrfs_fserror_can_resolve(struct super_block *sb)
{
	return btrfs_sb(sb);
}

/*
 * The places of what the file extent item at the path holds of [@pos, @end) of the file.
 * Of what is compressed all has to be read.
 */
static unsigned int lost_item_places(struct btrfs_fs_info *fs_info,
				     const struct btrfs_path *path, u64 file_pos, u64 pos,
				     u64 end, struct fserror_place *place,
				     unsigned int max)
{
	const struct extent_buffer *eb = path->nodes[0];
	const struct btrfs_file_extent_item *item;
	u64 logical, from, to;

	item = btrfs_item_ptr(eb, path->slots[0], struct btrfs_file_extent_item);
	if (btrfs_file_extent_type(eb, item) != BTRFS_FILE_EXTENT_REG)
		return 0;
	from = max(pos, file_pos);
	to = min(end, file_pos + btrfs_file_extent_num_bytes(eb, item));
	logical = btrfs_file_extent_disk_bytenr(eb, item);
	if (from >= to || !logical)
		return 0;
	if (btrfs_file_extent_compression(eb, item))
		return btrfs_lost_places(fs_info, logical, logical +
					 btrfs_file_extent_disk_num_bytes(eb, item),
					 file_pos, place, max);
	logical += btrfs_file_extent_offset(eb, item) + (from - file_pos);
	return btrfs_lost_places(fs_info, logical, logical + (to - from), from, place, max);
}

static int btrfs_fserror_places(struct inode *inode, u64 pos, u64 len,
				struct fserror_place *place, unsigned int max)
{
	struct btrfs_root *root = BTRFS_I(inode)->root;
	struct btrfs_key key = {
		.objectid	= btrfs_ino(BTRFS_I(inode)),
		.type		= BTRFS_EXTENT_DATA_KEY,
		.offset		= pos,
	};
	unsigned int nofs_flags, nr = 0;
	const u64 ino = key.objectid;
	struct btrfs_path *path;
	int ret;

	nofs_flags = memalloc_nofs_save();
	path = btrfs_alloc_path();
	ret = path ? btrfs_search_slot(NULL, root, &key, path, 0, 0) : -ENOMEM;
	/* the item that has the byte may begin before it */
	if (ret > 0 && path->slots[0])
		path->slots[0]--;
	while (ret >= 0 && nr < max) {
		ret = btrfs_get_next_valid_item(root, &key, path);
		if (ret)
			break;
		if (key.objectid > ino ||
		    (key.objectid == ino && (key.type > BTRFS_EXTENT_DATA_KEY ||
					     (key.type == BTRFS_EXTENT_DATA_KEY &&
					      key.offset >= pos + len))))
			break;
		if (key.objectid == ino && key.type == BTRFS_EXTENT_DATA_KEY)
			nr += lost_item_places(root->fs_info, path, key.offset, pos,
					       pos + len, place + nr, max - nr);
		path->slots[0]++;
	}
	btrfs_free_path(path);
	memalloc_nofs_restore(nofs_flags);
	return nr ?: min(ret, 0);
}

const struct fserror_operations btrfs_fserror_operations = {
	.needs_thaw	= true,
	.can_resolve	= btrfs_fserror_can_resolve,
	.get_bdev	= btrfs_fserror_get_bdev,
	.resolve	= btrfs_fserror_resolve,
	.places		= btrfs_fserror_places,
};
