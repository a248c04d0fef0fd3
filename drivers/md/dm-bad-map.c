// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a range of a lower device to ranges of the mapped devices that use it.
 *
 * A target says with ->map_bad_range which of its bytes are where on a device.
 * A target that does not say, or cannot, yields one range without a place: all
 * of the mapped device, and the name of the target type as the layer that could
 * not say more. The same goes for a device that none of the targets owns up to,
 * which is how a device for metadata looks from here.
 *
 * LOCKING
 *
 * The live table is held, as an SRCU reader, while its targets are asked, and
 * for nothing else: suspending a device waits for that. So targets must not do
 * I/O nor wait for it, memory is allocated without I/O, and what they answered is
 * copied before anybody is told. When the table is not the same any more after
 * that, the targets of the new one are asked. Should the table change after that,
 * then what was told was true when it was looked at, and what else the change
 * means is found out by who swaps the table, see dm-badrange.c.
 *
 * dm_bad_layers_lock protects the list of names. It is taken with the live table
 * held; nothing is taken under it.
 *
 * LIFETIME
 *
 * The caller keeps the mapped device with dm_get(), and the lower device by a
 * reference on its struct device: the table may let go of it at any time.
 *
 * A range that has no place carries the name of a target type, which goes with
 * its module as soon as the table is let go of. So names are copied; there are
 * as many copies as there are target types, and they live as long as dm core.
 */
#include "dm-core.h"
#include "dm-bad-math.h"
#include "dm-badrange.h"

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>

#define DM_MSG_PREFIX "badrange"

/* ranges that are collected before they are told */
#define DM_BAD_BATCH	1024

/* how often the table may change while it is being looked at */
#define DM_BAD_RETRIES	8

struct dm_bad_layer {
	struct list_head	list;
	char			name[];
};

static LIST_HEAD(dm_bad_layers);
static DEFINE_MUTEX(dm_bad_layers_lock);

static const char dm_bad_core_layer[] = "device-mapper";

static const char *dm_bad_layer_name(const char *name)
{
	size_t size = strlen(name) + 1;
	struct dm_bad_layer *layer;

	guard(mutex)(&dm_bad_layers_lock);

	list_for_each_entry(layer, &dm_bad_layers, list)
		if (!strcmp(layer->name, name))
			return layer->name;

	layer = kmalloc_flex(*layer, name, size, GFP_NOIO);
	if (!layer)
		return dm_bad_core_layer;
	memcpy(layer->name, name, size);
	list_add(&layer->list, &dm_bad_layers);
	return layer->name;
}

/**
 * dm_bad_map_exit - free the names of layers
 *
 * Context: Process context, when dm core is unloaded.
 */
void dm_bad_map_exit(void)
{
	struct dm_bad_layer *layer, *next;

	list_for_each_entry_safe(layer, next, &dm_bad_layers, list) {
		list_del(&layer->list);
		kfree(layer);
	}
}

/* a piece that goes on where the last one ended, above and below, is one with it */
static bool dm_bad_map_merge(struct dm_bad_map *map, unsigned int from,
			     const struct bdev_bad_range *range)
{
	struct bdev_bad_range *last;

	if (map->list->nr == from)
		return false;
	last = &map->list->ranges[map->list->nr - 1];
	if (last->pos + last->len != range->pos ||
	    last->origin_pos + last->origin_len != range->origin_pos)
		return false;
	last->len += range->len;
	last->origin_len += range->len;
	return true;
}

/**
 * dm_bad_map_add - a piece of a target lies on a range of a lower device
 * @ti: the target
 * @map: what ->map_bad_range was asked
 * @off: first byte of the piece, counted from the beginning of the target
 * @pos: first byte of the piece on the lower device
 * @len: length in bytes
 *
 * For ->map_bad_range. What lies outside of the target, or of the range that was
 * asked for, is cut off.
 *
 * Context: Process context, with the live table held. May allocate memory, but
 * does not start I/O.
 * Return: 0, or -ENOMEM or -E2BIG, which ->map_bad_range has to return.
 */
int dm_bad_map_add(struct dm_target *ti, struct dm_bad_map *map, u64 off,
		   u64 pos, u64 len)
{
	u64 size = (u64)ti->len << SECTOR_SHIFT;
	struct bdev_bad_range range = *map->range;
	struct dm_bad_piece piece;

	if (off >= size)
		return 0;
	len = min(len, size - off);
	if (!dm_bad_linear_piece(pos, len, map->pos, map->len, &piece))
		return 0;

	map->found = true;
	/* it would have to be said which part of nowhere in particular this is */
	if (map->range->layer)
		return 0;

	range.pos = ((u64)ti->begin << SECTOR_SHIFT) + off + piece.off;
	range.len = piece.len;
	range.origin_pos += piece.pos - map->pos;
	range.origin_len = piece.len;
	range.hops++;
	if (dm_bad_map_merge(map, map->from, &range))
		return 0;
	if (map->list->nr - map->from >= map->max)
		return -E2BIG;
	return bdev_bad_list_add(map->list, &range);
}
EXPORT_SYMBOL_GPL(dm_bad_map_add);

/**
 * dm_map_bad_linear - map a bad range through a one-to-one mapping
 * @ti: the target
 * @map: what ->map_bad_range was asked
 * @dev: device that the target maps to
 * @start: 512-byte sector of @dev that the target begins at
 *
 * For ->map_bad_range of a target that uses other devices as well.
 *
 * Context: As ->map_bad_range.
 * Return: 0, -ENODEV if the range is not on @dev, -ENOMEM or -E2BIG.
 */
int dm_map_bad_linear(struct dm_target *ti, struct dm_bad_map *map,
		      struct dm_dev *dev, sector_t start)
{
	struct dm_bad_piece piece;

	if (dev->bdev != map->bdev)
		return -ENODEV;
	if (!dm_bad_linear_piece((u64)start << SECTOR_SHIFT,
				 (u64)ti->len << SECTOR_SHIFT,
				 map->pos, map->len, &piece))
		return 0;
	return dm_bad_map_add(ti, map, piece.off, piece.pos, piece.len);
}
EXPORT_SYMBOL_GPL(dm_map_bad_linear);

static int dm_bad_one_to_one_dev(struct dm_target *ti, struct dm_dev *dev,
				 sector_t start, sector_t len, void *data)
{
	int r = dm_map_bad_linear(ti, data, dev, start);

	if (r == -ENODEV)
		return 0;
	return r ? r : 1;
}

/**
 * dm_map_bad_one_to_one - ->map_bad_range of targets that map one to one
 * @ti: the target
 * @map: what is asked
 *
 * For targets that use one device, which ->iterate_devices names together with
 * the sector of it that the target begins at.
 *
 * Context: As ->map_bad_range.
 * Return: 0, -ENODEV if the target does not use the device, -ENOMEM or -E2BIG.
 */
int dm_map_bad_one_to_one(struct dm_target *ti, struct dm_bad_map *map)
{
	int r = ti->type->iterate_devices(ti, dm_bad_one_to_one_dev, map);

	if (!r)
		return -ENODEV;
	return r < 0 ? r : 0;
}
EXPORT_SYMBOL_GPL(dm_map_bad_one_to_one);

static int dm_bad_is_dev(struct dm_target *ti, struct dm_dev *dev,
			 sector_t start, sector_t len, void *data)
{
	return dev->bdev == data;
}

static int dm_target_map_bad(struct dm_target *ti, struct dm_bad_map *map)
{
	if (ti->type->map_bad_range)
		return ti->type->map_bad_range(ti, map);

	if (!ti->type->iterate_devices ||
	    !ti->type->iterate_devices(ti, dm_bad_is_dev, map->bdev))
		return -ENODEV;

	/* the error target fails all reads, whatever its device is like */
	return dm_target_is_wildcard(ti->type) ? 0 : -EOPNOTSUPP;
}

static bool dm_table_uses(struct dm_table *t, struct block_device *bdev)
{
	struct dm_dev_internal *dd;

	list_for_each_entry(dd, dm_table_get_devices(t), list)
		if (dd->dm_dev->bdev == bdev)
			return true;
	return false;
}

/* Nobody owns up to a device of the table: who may it be? */
static const char *dm_table_suspect(struct dm_table *t)
{
	unsigned int i;

	for (i = 0; i < t->num_targets; i++) {
		struct target_type *type = dm_table_get_target(t, i)->type;

		if (type->iterate_devices && !dm_target_is_wildcard(type))
			return type->name;
	}
	return dm_bad_core_layer;
}

static struct bdev_bad_range dm_bad_without_place(const struct bdev_bad_range *range,
						  u64 size, const char *layer)
{
	struct bdev_bad_range whole = *range;

	whole.pos = 0;
	whole.len = size;
	whole.layer = layer;
	whole.hops++;
	return whole;
}

/**
 * dm_table_map_bad - map a range of a lower device through a table
 * @t: the table
 * @bdev: the lower device
 * @range: the range, in bytes of @bdev
 * @max: how many ranges to add at most, not counting one without a place
 * @list: to which the ranges of the mapped device are added, in bytes
 *
 * Nothing is added if the table does not use the range.
 *
 * Context: Process context; the caller keeps the table from being destroyed. May
 * allocate memory, but does not start I/O.
 * Return: 0, -ENOMEM, or -E2BIG if there are more than @max; @list is as it was
 * then.
 */
int dm_table_map_bad(struct dm_table *t, struct block_device *bdev,
		     const struct bdev_bad_range *range, unsigned int max,
		     struct bdev_bad_list *list)
{
	struct dm_bad_map map = {
		.bdev	= bdev,
		.pos	= range->pos,
		.len	= range->len,
		.range	= range,
		.list	= list,
		.from	= list->nr,
		.max	= max,
	};
	const char *layer = NULL;
	bool used = false;
	unsigned int i;
	u64 size;
	int r = 0;

	if (!dm_table_uses(t, bdev))
		return 0;

	for (i = 0; i < t->num_targets; i++) {
		struct dm_target *ti = dm_table_get_target(t, i);

		r = dm_target_map_bad(ti, &map);
		if (r == -ENODEV)
			continue;
		used = true;
		if (r == -EOPNOTSUPP && !layer)
			layer = ti->type->name;
		else if (r && r != -EOPNOTSUPP)
			goto undo_ranges;
	}
	if (!used)
		layer = dm_table_suspect(t);

	/* who could not say where the range is may be further down */
	if (range->layer && (layer || map.found))
		layer = range->layer;
	else if (layer)
		layer = dm_bad_layer_name(layer);

	r = 0;
	if (layer) {
		struct bdev_bad_range whole;

		size = (u64)dm_table_get_size(t) << SECTOR_SHIFT;
		whole = dm_bad_without_place(range, size, layer);
		r = bdev_bad_list_add(list, &whole);
		if (r)
			goto undo_ranges;
	}
	return 0;

undo_ranges:
	list->nr = map.from;
	return r;
}

static u64 dm_live_generation(struct mapped_device *md)
{
	struct dm_table *t;
	u64 generation;
	int srcu_idx;

	t = dm_get_live_table(md, &srcu_idx);
	generation = t ? t->generation : 0;
	dm_put_live_table(md, srcu_idx);
	return generation;
}

static int dm_live_map_bad(struct mapped_device *md, struct block_device *bdev,
			   const struct bdev_bad_range *range,
			   unsigned int max, struct bdev_bad_list *list)
{
	unsigned int tries = 0;
	struct dm_table *t;
	u64 generation;
	int srcu_idx, r;

	do {
		list->nr = 0;
		t = dm_get_live_table(md, &srcu_idx);
		generation = t ? t->generation : 0;
		r = t ? dm_table_map_bad(t, bdev, range, max, list) : 0;
		dm_put_live_table(md, srcu_idx);
	} while (dm_live_generation(md) != generation &&
		 ++tries < DM_BAD_RETRIES);

	return r;
}

/* @len bytes at @pos of a range, unless it is nowhere in particular */
static struct bdev_bad_range dm_bad_slice(const struct bdev_bad_range *range,
					  u64 pos, u64 len)
{
	struct bdev_bad_range slice = *range;

	if (range->layer)
		return slice;
	slice.pos = pos;
	slice.len = len;
	slice.origin_pos += pos - range->pos;
	slice.origin_len = len;
	return slice;
}

/**
 * dm_bad_for_each - call a function for each range of a mapped device that lies
 *	on a range of a lower device
 * @md: the mapped device, with a reference
 * @bdev: the lower device, with a reference
 * @range: the range, in bytes of @bdev
 * @fn: called with nothing held, with a range in bytes of @md
 * @data: for @fn
 *
 * Many small stripes would make a long list of a long range, so it is gone
 * through in parts that have no more than a bounded number of ranges.
 *
 * Context: Process context, may sleep. No lock may be held that is taken on the
 * way to the live table or in @fn.
 */
void dm_bad_for_each(struct mapped_device *md, struct block_device *bdev,
		     const struct bdev_bad_range *range, dm_bad_fn fn,
		     void *data)
{
	u64 pos = range->pos, end = range->pos + range->len;
	struct bdev_bad_list list = { };
	u64 step = range->len;
	unsigned int i;
	int r;

	while (pos < end) {
		u64 len = min(step, end - pos);
		struct bdev_bad_range slice = dm_bad_slice(range, pos, len);

		r = dm_live_map_bad(md, bdev, &slice,
				    len > SECTOR_SIZE ? DM_BAD_BATCH : UINT_MAX,
				    &list);
		if (r == -E2BIG) {
			step = max_t(u64, round_down(len / 2, SECTOR_SIZE),
				     SECTOR_SIZE);
			continue;
		}
		for (i = 0; i < list.nr; i++)
			fn(md, &list.ranges[i], data);

		/* never silence: without memory, say at least that there is one */
		if (r) {
			u64 size = bdev_nr_bytes(md->disk->part0);

			slice = dm_bad_without_place(&slice, size,
						     dm_bad_core_layer);
			if (size)
				fn(md, &slice, data);
		}
		if (range->layer)
			break;
		pos += len;
		cond_resched();
	}
	bdev_bad_list_free(&list);
}
