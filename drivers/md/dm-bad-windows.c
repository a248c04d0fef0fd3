// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way up: which bytes of a mapped device may lie on a range of a lower device.
 *
 * The helpers that targets answer ->bad_windows with, the set of the lowest windows
 * that they are collected in, and what it means if a target cannot say: a target
 * without ->bad_windows may have anything anywhere.
 *
 * LOCKING
 *
 * Targets are asked with the live table held as an SRCU reader, which suspending a
 * device waits for, and perhaps under locks of their own. So the helpers do not
 * sleep, allocate or take a lock; they copy what they are told into room that the
 * caller gives.
 */
#include "dm-core.h"
#include "dm-bad-math.h"
#include "dm-badrange.h"

/* windows that may be added for one question, merged ones included */
#define DM_BAD_BUDGET	65536

/**
 * dm_bad_first_target - find the first target from a byte on
 * @t: the table
 * @pos: the byte
 *
 * Context: As dm_table_find_target().
 * Return: its index, the number of targets if there is none.
 */
unsigned int dm_bad_first_target(struct dm_table *t, u64 pos)
{
	struct dm_target *ti = dm_table_find_target(t, pos >> SECTOR_SHIFT);

	return ti ? ti - t->targets : t->num_targets;
}

static bool dm_bad_near(const struct dm_bad_window *a,
			const struct dm_bad_window *b, u64 gap)
{
	if (a->target != b->target)
		return false;
	if (a->pos > b->pos)
		swap(a, b);
	return b->pos <= a->end || b->pos - a->end < gap;
}

/* How bad is what lies below a window? On the way up nobody has said anything yet. */
static int dm_bad_weight(const struct bdev_bad_range *range)
{
	return range ? bdev_bad_weight(range) : -1;
}

static void dm_bad_absorb(struct dm_bad_window *win,
			  const struct dm_bad_window *other)
{
	/* the range of one of them does not say what the other one is */
	if (dm_bad_weight(win->range) != dm_bad_weight(other->range))
		win->guess = true;
	win->partial |= other->partial || other->pos > win->end ||
			win->pos > other->end;
	win->guess |= other->guess;
	if (other->pos < win->pos) {
		win->pos = other->pos;
		win->range = other->range;
	}
	win->end = max(win->end, other->end);
}

/* The first window that is not entirely before @win, and too far away from it. */
static unsigned int dm_bad_set_find(const struct dm_bad_set *set,
				    const struct dm_bad_window *win, u64 gap)
{
	unsigned int low = 0, high = set->nr;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;
		const struct dm_bad_window *w = &set->windows[mid];

		if (w->pos >= win->pos || dm_bad_near(w, win, gap))
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/**
 * dm_bad_set_add - add a window to the lowest ones
 * @set: the windows
 * @pos: first byte of the mapped device
 * @end: first byte behind the window
 * @gap: windows of a target that are nearer to each other are one
 * @like: for the other members of the window
 *
 * If there is no room, the highest one goes, and @set->limit says from where on
 * nothing is known.
 *
 * Context: Any.
 * Return: false if higher ones need not be added any more.
 */
bool dm_bad_set_add(struct dm_bad_set *set, u64 pos, u64 end, u64 gap,
		    const struct dm_bad_window *like)
{
	struct dm_bad_window win = *like;
	unsigned int i, j;

	if (pos >= set->limit)
		return false;
	if (!set->budget) {
		set->limit = pos;
		return false;
	}
	set->budget--;
	win.pos = pos;
	win.end = end;

	i = dm_bad_set_find(set, &win, gap);
	for (j = i; j < set->nr && dm_bad_near(&set->windows[j], &win, gap); j++)
		dm_bad_absorb(&win, &set->windows[j]);

	if (i == j && set->nr == set->max) {
		if (i == set->nr) {
			set->limit = pos;
			return false;
		}
		set->limit = set->windows[--set->nr].pos;
	}
	memmove(&set->windows[i + 1], &set->windows[j],
		(set->nr - j) * sizeof(win));
	set->windows[i] = win;
	set->nr = set->nr + 1 - (j - i);
	return true;
}

/**
 * dm_bad_set_cut - drop what lies behind the limit of a set
 * @set: the windows
 *
 * Context: Any.
 */
void dm_bad_set_cut(struct dm_bad_set *set)
{
	while (set->nr && set->windows[set->nr - 1].pos >= set->limit)
		set->nr--;
	if (set->nr)
		set->windows[set->nr - 1].end =
			min(set->windows[set->nr - 1].end, set->limit);
}

/**
 * dm_bad_windows_add - some bytes of a target may lie on the range
 * @ti: the target
 * @w: what ->bad_windows was asked
 * @off: first byte, counted from the beginning of the target
 * @len: length in bytes
 * @partial: these are several pieces nearer to each other than @w->gap
 *
 * Context: Any.
 * Return: false if ->bad_windows need not add any with a greater @off.
 */
bool dm_bad_windows_add(struct dm_target *ti, struct dm_bad_windows *w,
			u64 off, u64 len, bool partial)
{
	struct dm_bad_window like = {
		.target		= w->set->target,
		.partial	= partial,
		.guess		= w->guess,
		.range		= w->set->range,
	};
	u64 size = min(w->end, dm_bad_target_len(ti));
	u64 end;

	if (off >= size)
		return false;
	end = min(len, size - off) + off;
	off = max(off, w->off);
	if (off >= end)
		return true;
	w->set->lowest = min(w->set->lowest, dm_bad_target_pos(ti) + off);
	return dm_bad_set_add(w->set, dm_bad_target_pos(ti) + off,
			      dm_bad_target_pos(ti) + end, w->gap, &like);
}
EXPORT_SYMBOL_GPL(dm_bad_windows_add);

/**
 * dm_bad_windows_piece - some bytes of a target are on its device
 * @ti: the target
 * @w: what ->bad_walk, or ->bad_windows, was asked; the device is @w->bdev
 * @off: first byte, counted from the beginning of the target
 * @pos: first byte on the device
 * @len: length in bytes
 *
 * Context: Any.
 * Return: false if pieces with a greater @off need not be named any more.
 */
bool dm_bad_windows_piece(struct dm_target *ti, struct dm_bad_windows *w,
			  u64 off, u64 pos, u64 len)
{
	struct dm_bad_piece piece;

	if (dm_bad_linear_piece(pos, len, w->pos, w->len, &piece)) {
		off += piece.off;
		if (w->piece_fn)
			w->piece_fn(ti, w, off, piece.pos, piece.len);
		else
			dm_bad_windows_add(ti, w, off, piece.len, false);
	}
	return off < w->end && dm_bad_target_pos(ti) + off < w->set->limit;
}
EXPORT_SYMBOL_GPL(dm_bad_windows_piece);

/**
 * dm_bad_windows_stop - a target has not looked any further
 * @ti: the target
 * @w: what ->bad_walk was asked
 * @off: nothing is known from this byte of the target on
 *
 * Context: Any.
 */
void dm_bad_windows_stop(struct dm_target *ti, struct dm_bad_windows *w, u64 off)
{
	w->set->limit = min(w->set->limit, dm_bad_target_pos(ti) + off);
}
EXPORT_SYMBOL_GPL(dm_bad_windows_stop);

/**
 * dm_bad_windows_linear - ->bad_windows of a one-to-one mapping
 * @ti: the target
 * @w: what is asked
 * @bdev: device that the target maps to
 * @start: 512-byte sector of @bdev that the target begins at
 * @unit: the target reads in blocks of this many bytes, or 0
 *
 * For targets that use other devices as well.
 *
 * Context: Any.
 * Return: 0, or -ENODEV if another device was asked for.
 */
int dm_bad_windows_linear(struct dm_target *ti, struct dm_bad_windows *w,
			  struct block_device *bdev, sector_t start, u64 unit)
{
	u64 size = dm_bad_target_len(ti);
	struct dm_bad_piece piece;
	u64 off;

	if (bdev != w->bdev)
		return -ENODEV;
	if (!dm_bad_linear_piece((u64)start << SECTOR_SHIFT, size, w->pos,
				 w->len, &piece))
		return 0;
	off = dm_bad_align(piece.off, unit);
	dm_bad_windows_add(ti, w, off,
			   dm_bad_round_up(piece.off + piece.len, unit, size) -
			   off, false);
	return 0;
}
EXPORT_SYMBOL_GPL(dm_bad_windows_linear);

static int dm_bad_windows_dev(struct dm_target *ti, struct dm_dev *dev,
			      sector_t start, sector_t len, void *data)
{
	return !dm_bad_windows_linear(ti, data, dev->bdev, start, 0);
}

/**
 * dm_bad_windows_one_to_one - ->bad_windows of targets that map one to one
 * @ti: the target
 * @w: what is asked
 *
 * For targets that use one device, which ->iterate_devices names together with
 * the sector of it that the target begins at.
 *
 * Context: Any.
 * Return: 0, or -ENODEV if another device was asked for.
 */
int dm_bad_windows_one_to_one(struct dm_target *ti, struct dm_bad_windows *w)
{
	return ti->type->iterate_devices(ti, dm_bad_windows_dev, w) ? 0 :
								       -ENODEV;
}
EXPORT_SYMBOL_GPL(dm_bad_windows_one_to_one);

static int dm_bad_is_dev(struct dm_target *ti, struct dm_dev *dev,
			 sector_t start, sector_t len, void *data)
{
	return dev->bdev == data;
}

/**
 * dm_bad_target_windows - find the windows of a target, whatever it can say
 * @ti: the target
 * @w: what is asked; the windows go to @w->set
 *
 * Context: Process context, with the live table held.
 * Return: 0, or -ENODEV if the target does not use the device, or fails all reads
 * whatever the device is like.
 */
int dm_bad_target_windows(struct dm_target *ti, struct dm_bad_windows *w)
{
	int r = -EOPNOTSUPP;

	if (dm_bad_target_fails(ti))
		return -ENODEV;
	if (ti->type->bad_windows)
		r = ti->type->bad_windows(ti, w);
	else if (!ti->type->iterate_devices ||
		 !ti->type->iterate_devices(ti, dm_bad_is_dev, w->bdev))
		return -ENODEV;
	if (!r || r == -ENODEV)
		return r;

	w->guess = true;
	dm_bad_windows_add(ti, w, w->off, w->end - w->off, false);
	return 0;
}

/**
 * dm_bad_next_windows - find the windows of a mapped device that lie on a range
 * @md: the mapped device
 * @bdev: the lower device
 * @pos: first byte on @bdev
 * @len: length in bytes
 * @from: first byte of @md that is of interest
 * @gap: windows of a target that are nearer to each other are one
 * @set: with room for some windows; is emptied first, and @set->limit says from
 *	where on there may be more
 *
 * Context: Process context. Takes and drops the live table.
 * Return: false if none of the targets uses @bdev.
 */
bool dm_bad_next_windows(struct mapped_device *md, struct block_device *bdev,
			 u64 pos, u64 len, u64 from, u64 gap,
			 struct dm_bad_set *set)
{
	bool used = false;
	struct dm_table *t;
	int srcu_idx;

	set->nr = 0;
	set->limit = U64_MAX;
	set->budget = DM_BAD_BUDGET;

	t = dm_get_live_table(md, &srcu_idx);
	set->target = t ? dm_bad_first_target(t, from) : 0;
	for (; t && set->target < t->num_targets; set->target++) {
		struct dm_target *ti = dm_table_get_target(t, set->target);
		u64 begin = dm_bad_target_pos(ti);
		struct dm_bad_windows w = {
			.bdev	= bdev,
			.pos	= pos,
			.len	= len,
			.off	= from > begin ? from - begin : 0,
			.end	= dm_bad_target_len(ti),
			.gap	= gap,
			.set	= set,
		};

		if (begin >= set->limit)
			break;
		if (w.off < w.end && dm_bad_target_windows(ti, &w) != -ENODEV)
			used = true;
	}
	dm_put_live_table(md, srcu_idx);
	dm_bad_set_cut(set);
	return used;
}
