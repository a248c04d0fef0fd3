/* SPDX-License-Identifier: GPL-2.0-only */
/* Bad ranges of lower devices: what the files of dm core share. */
#ifndef DM_BADRANGE_H
#define DM_BADRANGE_H

#include <linux/blk-badrange.h>
#include <linux/device-mapper.h>
#include <linux/types.h>

struct blk_holder_ops;
struct block_device;
struct dm_table;
struct gendisk;
struct mapped_device;

/* windows of one device that are kept apart before their hull is taken */
#define DM_BAD_WINDOWS		4

/* rows, and places of them all, that a target can give at once */
#define DM_BAD_MAX_ROWS		32
#define DM_BAD_MAX_PLACES	256

/**
 * struct dm_bad_window - bytes of a target that may be bad
 * @pos: first byte of the mapped device
 * @end: first byte behind it
 * @target: which target of the table that is
 * @partial: several pieces nearer to each other than the gap
 * @guess: bytes of it may have other places, or not be on the range at all; or another
 *	range that it is on is worse, or not as bad
 * @gone: the target fails all reads
 * @range: what is bad below: all of it, or if @partial is set, the first piece
 */
struct dm_bad_window {
	u64				pos;
	u64				end;
	unsigned int			target;
	bool				partial;
	bool				guess;
	bool				gone;
	const struct bdev_bad_range	*range;
};

/**
 * struct dm_bad_set - the lowest windows that have been found, sorted and disjoint
 * @windows: the windows
 * @nr: how many there are
 * @max: for how many there is room
 * @budget: how many may still be added, merged ones included
 * @limit: nothing is known from this byte of the mapped device on
 * @lowest: first byte of the lowest window that was added since this was set, whether
 *	there was room for it or not
 * @target: to which target the next ones belong
 * @range: below them
 */
struct dm_bad_set {
	struct dm_bad_window		*windows;
	unsigned int			nr;
	unsigned int			max;
	unsigned int			budget;
	u64				limit;
	u64				lowest;
	unsigned int			target;
	const struct bdev_bad_range	*range;
};

/**
 * struct dm_bad_target_row - bytes of a target that have the same places
 * @off: first byte, counted from the beginning of the target
 * @len: length in bytes
 * @rule: how the places depend on each other
 * @first: index of the first place
 * @nr: how many there are
 */
struct dm_bad_target_row {
	u64			off;
	u64			len;
	struct dm_bad_rule	rule;
	unsigned int		first;
	unsigned int		nr;
};

/**
 * struct dm_bad_row_buf - what ->bad_places has said, copied out of its locks
 * @nr: how many rows there are
 * @nr_places: how many places they have together
 * @row: the rows
 * @place: the places
 */
struct dm_bad_row_buf {
	unsigned int			nr;
	unsigned int			nr_places;
	struct dm_bad_target_row	row[DM_BAD_MAX_ROWS];
	struct dm_bad_place		place[DM_BAD_MAX_PLACES];
};

/* dm.c */
struct mapped_device *dm_get_next_md(int *minor);

/* dm-bad-windows.c */
unsigned int dm_bad_first_target(struct dm_table *t, u64 pos);
bool dm_bad_set_add(struct dm_bad_set *set, u64 pos, u64 end, u64 gap,
		    const struct dm_bad_window *like);
void dm_bad_set_cut(struct dm_bad_set *set);
int dm_bad_target_windows(struct dm_target *ti, struct dm_bad_windows *w);
bool dm_bad_next_windows(struct mapped_device *md, struct block_device *bdev,
			 u64 pos, u64 len, u64 from, u64 gap,
			 struct dm_bad_set *set);

/* dm-bad-places.c */
bool dm_bad_target_hull(struct dm_target *ti, struct dm_bad_places *p);

static inline u64 dm_bad_target_pos(const struct dm_target *ti)
{
	return (u64)ti->begin << SECTOR_SHIFT;
}

static inline u64 dm_bad_target_len(const struct dm_target *ti)
{
	return (u64)ti->len << SECTOR_SHIFT;
}

/* Does a target fail all reads, whatever its devices are like? */
static inline bool dm_bad_target_fails(struct dm_target *ti)
{
	return dm_target_is_wildcard(ti->type) ||
	       (ti->type->bad_failed && ti->type->bad_failed(ti));
}

/* dm-badrange.c */
extern const struct blk_holder_ops dm_holder_ops;
void dm_bad_merge_window(struct bdev_bad_window *wins, unsigned int *nr,
			 const struct bdev_bad_window *win);
void dm_bad_resumed(struct mapped_device *md);
void dm_bad_exit(void);

#ifdef CONFIG_BLK_BADRANGE
/* dm-bad-own.c */
bool dm_bad_own_ranges(struct mapped_device *md, u64 pos, u64 len,
		       struct bdev_bad_list *list, int *error);
bool dm_bad_own_any(struct mapped_device *md, unsigned int hops, bool *any);

/* dm-bad-ask.c */
int dm_blk_bad_ranges(struct gendisk *disk, u64 pos, u64 len,
		      struct bdev_bad_list *list);
bool dm_blk_any_bad(struct gendisk *disk, unsigned int hops);
#else
/* methods, of which nobody asks for */
#define dm_blk_bad_ranges	NULL
#define dm_blk_any_bad		NULL
#endif

#endif /* DM_BADRANGE_H */
