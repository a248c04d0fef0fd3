// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way down: where some bytes of a target are.
 *
 * The helpers that targets answer ->bad_places with, and what it means if a target
 * cannot say: it is unplaced. What is bad of the devices that ->iterate_devices names
 * is bad then, and nobody knows where.
 *
 * LOCKING
 *
 * As in dm-bad-windows.c.
 */
#include "dm-core.h"
#include "dm-bad-math.h"
#include "dm-badrange.h"

/**
 * dm_bad_places_add - say where some bytes of a target are
 * @ti: the target
 * @p: what ->bad_places was asked
 * @off: first byte, counted from the beginning of the target; the bytes go on from
 *	where the last ones ended
 * @len: length in bytes, of each of the places
 * @places: the places, first the one where the bytes are themselves
 * @nr: how many there are; 0 if the bytes are nowhere, and read as zeroes
 * @rule: how they depend on each other
 *
 * Context: Any.
 * Return: false if there is no room; ->bad_places is called again for the rest.
 */
bool dm_bad_places_add(struct dm_target *ti, struct dm_bad_places *p,
		       u64 off, u64 len, const struct dm_bad_place *places,
		       unsigned int nr, const struct dm_bad_rule *rule)
{
	struct dm_bad_row_buf *rows = p->rows;

	if (rows->nr == DM_BAD_MAX_ROWS ||
	    nr > DM_BAD_MAX_PLACES - rows->nr_places)
		return false;
	rows->row[rows->nr++] = (struct dm_bad_target_row) {
		.off	= off,
		.len	= len,
		.rule	= *rule,
		.first	= rows->nr_places,
		.nr	= nr,
	};
	memcpy(&rows->place[rows->nr_places], places, nr * sizeof(*places));
	rows->nr_places += nr;
	return true;
}
EXPORT_SYMBOL_GPL(dm_bad_places_add);

/**
 * dm_bad_places_hull - say which part of a device holds some bytes of a target
 * @ti: the target
 * @p: what ->bad_places was asked, with @p->hull
 * @bdev: the lower device
 * @pos: first byte
 * @len: length in bytes; more than what is needed is allowed, and costs time
 *
 * Context: As ->bad_places.
 */
void dm_bad_places_hull(struct dm_target *ti, struct dm_bad_places *p,
			struct block_device *bdev, u64 pos, u64 len)
{
	p->hull_fn(ti, p, bdev, pos, len, NULL);
}
EXPORT_SYMBOL_GPL(dm_bad_places_hull);

/**
 * dm_bad_places_private - say where a target keeps what is no data
 * @ti: the target
 * @p: what ->bad_places was asked, with @p->hull
 * @bdev: the lower device
 * @pos: first byte; it reaches to the end of the device
 *
 * Context: As ->bad_places.
 */
void dm_bad_places_private(struct dm_target *ti, struct dm_bad_places *p,
			   struct block_device *bdev, u64 pos)
{
	dm_bad_places_private_part(ti, p, bdev, pos, S64_MAX - pos);
}
EXPORT_SYMBOL_GPL(dm_bad_places_private);

/**
 * dm_bad_places_private_part - the same, if it is in front of data
 * @ti: the target
 * @p: what ->bad_places was asked, with @p->hull
 * @bdev: the lower device
 * @pos: first byte
 * @len: length in bytes
 *
 * Context: As ->bad_places.
 */
void dm_bad_places_private_part(struct dm_target *ti, struct dm_bad_places *p,
				struct block_device *bdev, u64 pos, u64 len)
{
	char layer[BDEV_BAD_LAYER_BYTES];

	scnprintf(layer, sizeof(layer), "%s metadata", ti->type->name);
	p->hull_fn(ti, p, bdev, pos, len, layer);
}
EXPORT_SYMBOL_GPL(dm_bad_places_private_part);

/**
 * dm_bad_places_private_around - the same, if there are data between
 * @ti: the target
 * @p: what ->bad_places was asked, with @p->hull
 * @bdev: the lower device
 * @pos: first byte
 * @len: length in bytes
 * @data: pieces of @bdev that hold data. What follows each other in them does so in the
 *	target, and only what is in front of the last bytes that are asked for is named;
 *	or else the target has set @p->spread to %U64_MAX.
 *
 * Context: As ->bad_places.
 */
void dm_bad_places_private_around(struct dm_target *ti, struct dm_bad_places *p,
				  struct block_device *bdev, u64 pos, u64 len,
				  const struct dm_bad_pieces *data)
{
	p->between = data;
	dm_bad_places_private_part(ti, p, bdev, pos, len);
	p->between = NULL;
}
EXPORT_SYMBOL_GPL(dm_bad_places_private_around);

/**
 * dm_bad_places_unplaced - name a device of which a target cannot say more
 * @ti: the target
 * @p: what ->bad_places was asked, with @p->hull
 * @bdev: the lower device
 *
 * Context: As ->bad_places.
 */
void dm_bad_places_unplaced(struct dm_target *ti, struct dm_bad_places *p,
			    struct block_device *bdev)
{
	p->hull_fn(ti, p, bdev, 0, S64_MAX, ti->type->name);
}
EXPORT_SYMBOL_GPL(dm_bad_places_unplaced);

/**
 * dm_bad_places_linear - ->bad_places of a one-to-one mapping
 * @ti: the target
 * @p: what is asked
 * @bdev: device that the target maps to
 * @start: 512-byte sector of @bdev that the target begins at
 * @rule: in which blocks it is read, and whether they can be corrected
 *
 * Context: Any.
 */
void dm_bad_places_linear(struct dm_target *ti, struct dm_bad_places *p,
			  struct block_device *bdev, sector_t start,
			  const struct dm_bad_rule *rule)
{
	u64 off = dm_bad_align(p->off, rule->own_unit);
	u64 end = dm_bad_round_up(p->off + p->len, rule->own_unit,
				  dm_bad_target_len(ti));
	struct dm_bad_place place = {
		.bdev	= bdev,
		.pos	= ((u64)start << SECTOR_SHIFT) + off,
	};

	if (p->hull)
		dm_bad_places_hull(ti, p, bdev, place.pos, end - off);
	else
		dm_bad_places_add(ti, p, off, end - off, &place, 1, rule);
}
EXPORT_SYMBOL_GPL(dm_bad_places_linear);

static int dm_bad_places_dev(struct dm_target *ti, struct dm_dev *dev,
			     sector_t start, sector_t len, void *data)
{
	static const struct dm_bad_rule rule = { };

	dm_bad_places_linear(ti, data, dev->bdev, start, &rule);
	return 1;
}

/**
 * dm_bad_places_one_to_one - ->bad_places of targets that map one to one
 * @ti: the target
 * @p: what is asked
 *
 * See dm_bad_windows_one_to_one().
 *
 * Context: Any.
 * Return: 0.
 */
int dm_bad_places_one_to_one(struct dm_target *ti, struct dm_bad_places *p)
{
	ti->type->iterate_devices(ti, dm_bad_places_dev, p);
	return 0;
}
EXPORT_SYMBOL_GPL(dm_bad_places_one_to_one);

static int dm_bad_unplaced_dev(struct dm_target *ti, struct dm_dev *dev,
			       sector_t start, sector_t len, void *data)
{
	struct dm_bad_places *p = data;

	p->hull_fn(ti, p, dev->bdev, (u64)start << SECTOR_SHIFT,
		   (u64)len << SECTOR_SHIFT, ti->type->name);
	return 0;
}

/**
 * dm_bad_target_hull - find which parts of which devices a target uses
 * @ti: the target
 * @p: what is asked; @p->hull_fn is called for each part
 *
 * Context: Process context, with the live table held.
 * Return: false if the target cannot say; all of what it uses has been named then.
 * If @p->again is set, it can say in a while.
 */
bool dm_bad_target_hull(struct dm_target *ti, struct dm_bad_places *p)
{
	int r = -EOPNOTSUPP;

	p->hull = true;
	if (ti->type->bad_places)
		r = ti->type->bad_places(ti, p);
	p->again = r == -EAGAIN;
	if (!r || p->again)
		return true;
	if (ti->type->iterate_devices)
		ti->type->iterate_devices(ti, dm_bad_unplaced_dev, p);
	return false;
}
