// SPDX-License-Identifier: GPL-2.0-only
/*
 * From bytes of a device to logical addresses, and back.
 *
 * A range of a device is in stripes of chunks. Each stripe is bytes that are consecutive
 * logically, too: all of a chunk's part of the device, or with RAID0 and RAID10 64 KiB.
 * What is bad there is lost if all other copies are bad as well; so these are asked about.
 * A copy is read by blocks, of metadata by nodes: it has all of one, or nothing of it.
 * Where the bytes of RAID5 and RAID6 are is not said, nor of what goes through the stripe
 * tree or was remapped.
 *
 * LOCKING
 *
 * mapping_tree_lock is taken for reading under RCU, to look for a chunk, of which a
 * reference is kept. Which device a stripe is on is read under RCU, and while the chunk is
 * in the tree: a device is freed a grace period after the last chunk in the tree has lost
 * it. Nothing is held while other devices are asked.
 */
#include <linux/blk-badrange.h>
#include <linux/blkdev.h>
#include <linux/fserror_watch.h>
#include <linux/rbtree.h>
#include "ctree.h"
#include "disk-io.h"
#include "fs.h"
#include "fserror.h"
#include "volumes.h"
#include "zoned.h"

/* Is the place of bytes of the chunk a matter of arithmetic? */
static bool lost_map_is_plain(const struct btrfs_fs_info *fs_info,
			      const struct btrfs_chunk_map *map)
{
	return !(map->type & (BTRFS_BLOCK_GROUP_RAID56_MASK |
			      BTRFS_BLOCK_GROUP_REMAPPED)) &&
	       /* what is on the disk may say anything */
	       !(map->type & BTRFS_BLOCK_GROUP_RAID10 &&
		 map->num_stripes % map->sub_stripes) &&
	       !btrfs_fs_incompat(fs_info, RAID_STRIPE_TREE);
}

/* In how many columns are the bytes of the chunk, and in how many copies? */
static int lost_map_columns(const struct btrfs_chunk_map *map)
{
	if (map->type & BTRFS_BLOCK_GROUP_RAID0)
		return map->num_stripes;
	if (map->type & BTRFS_BLOCK_GROUP_RAID10)
		return map->num_stripes / map->sub_stripes;
	return 1;
}

static int lost_map_copies(const struct btrfs_chunk_map *map)
{
	return map->num_stripes / lost_map_columns(map);
}

/*
 * The device of a stripe, or NULL if the chunk does not have the stripe any more: it may
 * have been moved elsewhere, and its device removed. Who looks into it is under RCU.
 */
static struct btrfs_device *lost_map_device(struct btrfs_fs_info *fs_info,
					    const struct btrfs_chunk_map *map, int index)
{
	guard(read_lock)(&fs_info->mapping_tree_lock);
	if (RB_EMPTY_NODE(&map->rb_node) || index >= map->num_stripes)
		return NULL;
	return map->stripes[index].dev;
}

/* The place on @bdev of bytes of a file, which are in a chunk without other copies. */
static bool lost_place(struct btrfs_fs_info *fs_info, const struct btrfs_chunk_map *map,
		       u64 logical, u64 len, struct fserror_place *place)
{
	u64 offset = logical - map->start, stripe_nr;
	int columns = lost_map_columns(map);
	struct btrfs_device *device;
	u32 index = 0;

	place->len = min(len, map->chunk_len - offset);
	if (columns > 1) {
		place->len = min(place->len, BTRFS_STRIPE_LEN -
				 (offset & BTRFS_STRIPE_LEN_MASK));
		stripe_nr = div_u64_rem(offset >> BTRFS_STRIPE_LEN_SHIFT, columns,
					&index);
		offset = btrfs_stripe_nr_to_offset(stripe_nr) +
			 (offset & BTRFS_STRIPE_LEN_MASK);
	}
	place->dev_pos = map->stripes[index].physical + offset;
	scoped_guard(rcu) {
		device = lost_map_device(fs_info, map, index);
		place->bdev = device ? READ_ONCE(device->bdev) : NULL;
	}
	return place->bdev;
}

/* Does a copy of the superblock begin at @pos, or cut the bytes short? */
static void lost_stripe_super(const struct btrfs_fs_info *fs_info,
			      struct btrfs_lost_stripe *at)
{
	u64 super;
	int i;

	/* there they are in zones of their own */
	if (btrfs_is_zoned(fs_info))
		return;
	for (i = 0; i < BTRFS_SUPER_MIRROR_MAX; i++) {
		super = btrfs_sb_offset(i);
		if (at->pos >= super && at->pos < super + BTRFS_SUPER_INFO_SIZE) {
			at->is_super = true;
			at->len = min(at->len, super + BTRFS_SUPER_INFO_SIZE - at->pos);
		} else if (at->pos < super) {
			at->len = min(at->len, super - at->pos);
		}
	}
}

/* The chunk that has a part of the bytes, or the bytes that none has. */
static void lost_stripe_chunk(struct btrfs_fs_info *fs_info, struct block_device *bdev,
			      struct btrfs_lost_stripe *at)
{
	struct btrfs_chunk_map *map;
	struct rb_node *node;
	u64 start;
	int i;

	guard(rcu)();
	guard(read_lock)(&fs_info->mapping_tree_lock);
	for (node = rb_first_cached(&fs_info->mapping_tree); node; node = rb_next(node)) {
		map = rb_entry(node, struct btrfs_chunk_map, rb_node);
		for (i = 0; i < map->num_stripes; i++) {
			if (READ_ONCE(map->stripes[i].dev->bdev) != bdev)
				continue;
			start = map->stripes[i].physical;
			if (at->pos < start) {
				at->len = min(at->len, start - at->pos);
			} else if (at->pos < start + map->stripe_size) {
				refcount_inc(&map->refs);
				at->map = map;
				at->index = i;
				return;
			}
		}
	}
}

/* The logical address of the bytes, as many as are consecutive. */
static void lost_stripe_logical(const struct btrfs_fs_info *fs_info,
				struct btrfs_lost_stripe *at)
{
	const struct btrfs_chunk_map *map = at->map;
	u64 offset = at->pos - map->stripes[at->index].physical, stripe_nr;
	int columns = lost_map_columns(map);

	at->len = min(at->len, map->stripe_size - offset);
	at->is_known = lost_map_is_plain(fs_info, map);
	if (!at->is_known)
		return;
	if (columns > 1) {
		at->len = min(at->len, BTRFS_STRIPE_LEN -
			      (offset & BTRFS_STRIPE_LEN_MASK));
		stripe_nr = (offset >> BTRFS_STRIPE_LEN_SHIFT) * columns +
			    at->index / lost_map_copies(map);
		offset = btrfs_stripe_nr_to_offset(stripe_nr) +
			 (offset & BTRFS_STRIPE_LEN_MASK);
	}
	at->logical = map->start + offset;
}

/*
 * btrfs_lost_stripe_find - the first bytes of a range that are of one kind
 * @fs_info: the filesystem
 * @bdev: the device
 * @stripe: the stripe that was looked at before, or all zero; becomes the new one
 * @pos: first byte on the device
 * @end: the byte after the last one
 *
 * To be given back with btrfs_lost_stripe_put().
 *
 * Context: Process context.
 */
void btrfs_lost_stripe_find(struct btrfs_fs_info *fs_info, struct block_device *bdev,
			    struct btrfs_lost_stripe *stripe, u64 pos, u64 end)
{
	struct btrfs_lost_stripe at = { .pos = pos, .len = end - pos };
	struct btrfs_chunk_map *map = stripe->map;

	lost_stripe_super(fs_info, &at);
	/* most often it goes on in the same one */
	if (map && !at.is_super && lost_map_device(fs_info, map, stripe->index) &&
	    pos >= map->stripes[stripe->index].physical &&
	    pos - map->stripes[stripe->index].physical < map->stripe_size) {
		at.map = map;
		at.index = stripe->index;
	} else {
		btrfs_free_chunk_map(map);
		if (!at.is_super)
			lost_stripe_chunk(fs_info, bdev, &at);
	}
	if (at.map)
		lost_stripe_logical(fs_info, &at);
	*stripe = at;
}

/*
 * btrfs_lost_stripe_put - give a stripe back
 * @stripe: what btrfs_lost_stripe_find() has found, or all zero
 *
 * Context: Any.
 */
void btrfs_lost_stripe_put(struct btrfs_lost_stripe *stripe)
{
	btrfs_free_chunk_map(stripe->map);
}

/*
 * What is the first thing that is bad in @len bytes of a device from @pos on? Returns 0,
 * with an empty range at the end if nothing is, or a negative errno.
 */
static int lost_first_bad(struct block_device *bdev, u64 pos, u64 len,
			  struct fserror_extent *bad)
{
	struct bdev_bad_range range, unplaced;
	u64 end = pos + len;
	int error;

	for (; pos < end; pos = range.pos + range.len) {
		struct bdev_bad_list list = {
			.ranges		= &range,
			.max		= 1,
			.unplaced	= &unplaced,
			.max_unplaced	= 1,
		};

		error = bdev_bad_ranges(bdev, pos, end - pos, &list);
		if (error)
			return error;
		if (list.nr_unplaced || (list.nr && range.flags & BDEV_BAD_UNKNOWN))
			return -EIO;
		if (!list.nr) {
			/* it may have had enough before the end */
			range.pos = list.next;
			range.len = 0;
			continue;
		}
		if (range.flags & BDEV_BAD_DEGRADED)
			continue;
		bad->pos = range.pos;
		bad->len = range.len;
		return 0;
	}
	bad->pos = end;
	bad->len = 0;
	return 0;
}

/* As lost_first_bad(), of a stripe. A device that is missing has nothing good. */
static int lost_stripe_first_bad(struct btrfs_fs_info *fs_info,
				 const struct btrfs_chunk_map *map, int index, u64 pos,
				 u64 len, struct fserror_extent *bad)
{
	struct btrfs_device *device;
	struct block_device *bdev;
	int error;

	scoped_guard(rcu) {
		device = lost_map_device(fs_info, map, index);
		/* it has been moved, and nobody knows where to */
		if (!device)
			return -ESTALE;
		bdev = READ_ONCE(device->bdev);
		if (bdev && !kobject_get_unless_zero(&bdev->bd_device.kobj))
			bdev = NULL;
	}
	bad->pos = pos;
	bad->len = len;
	if (!bdev)
		return 0;
	error = lost_first_bad(bdev, pos, len, bad);
	put_device(&bdev->bd_device);
	return error;
}

/*
 * btrfs_lost_stripe_has_copy - is there another copy of the bytes?
 * @fs_info: the filesystem
 * @at: the stripe, which becomes as short as has the same answer
 *
 * Context: Process context, may sleep.
 * Return: 0, 1 if a copy is good, -EOPNOTSUPP if the profile is not known here, -ESTALE if
 * the bytes were moved elsewhere meanwhile, or another negative errno if a device could
 * not be asked.
 */
int btrfs_lost_stripe_has_copy(struct btrfs_fs_info *fs_info,
			       struct btrfs_lost_stripe *at)
{
	const struct btrfs_chunk_map *map = at->map;
	u64 offset = at->pos - map->stripes[at->index].physical;
	int copies = lost_map_copies(map), first, i, error;
	u64 lost = at->len, good = 0, unit, skip, from, len, nr;
	struct fserror_extent bad;

	if (!at->is_known)
		return -EOPNOTSUPP;
	/* the blocks or nodes that the bytes are in; @skip is what is in front of the bytes */
	unit = map->type & BTRFS_BLOCK_GROUP_DATA ? fs_info->sectorsize :
						    fs_info->nodesize;
	skip = min(at->logical & (unit - 1), offset);
	len = min(round_up(skip + at->len, unit), map->stripe_size - (offset - skip));
	first = rounddown(at->index, copies);
	for (i = first; i < first + copies; i++) {
		if (i == at->index)
			continue;
		from = map->stripes[i].physical + offset - skip;
		error = lost_stripe_first_bad(fs_info, map, i, from, len, &bad);
		if (error)
			return error;
		nr = bad.pos - from;
		if (nr < len)
			nr = round_down(nr, unit);
		if (nr > skip)
			good = max(good, min(nr - skip, at->len));
		else
			lost = min(lost, round_up(bad.pos + bad.len - from, unit) - skip);
	}
	at->len = good ?: lost;
	return good > 0;
}

/*
 * btrfs_lost_places - where bytes are, as far as there is no other copy of them
 * @fs_info: the filesystem
 * @logical: logical address of the first byte
 * @end: logical address of the byte after the last one
 * @file_pos: what the first byte is of a file
 * @place: filled in
 * @max: how many there may be
 *
 * Context: Any but interrupts; locks of trees may be held.
 * Return: how many there are.
 */
unsigned int btrfs_lost_places(struct btrfs_fs_info *fs_info, u64 logical, u64 end,
			       u64 file_pos, struct fserror_place *place,
			       unsigned int max)
{
	struct btrfs_chunk_map *map;
	unsigned int nr = 0;
	bool found = true;

	for (; found && logical < end && nr < max; logical += place[nr++].len) {
		map = btrfs_find_chunk_map(fs_info, logical, 1);
		if (!map)
			break;
		place[nr] = (struct fserror_place) {
			.pos	= file_pos,
			/* ->resolve knows with whom */
			.shared	= true,
		};
		found = lost_map_is_plain(fs_info, map) && lost_map_copies(map) == 1 &&
			lost_place(fs_info, map, logical, end - logical, &place[nr]);
		btrfs_free_chunk_map(map);
		if (!found)
			break;
		file_pos += place[nr].len;
	}
	return nr;
}
