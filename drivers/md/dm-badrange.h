/* SPDX-License-Identifier: GPL-2.0-only */
/* Bad ranges of lower devices: what the files of dm core share. */
#ifndef DM_BADRANGE_H
#define DM_BADRANGE_H

#include <linux/blk-badrange.h>
#include <linux/types.h>

struct blk_holder_ops;
struct block_device;
struct dax_device;
struct dm_table;
struct gendisk;
struct mapped_device;

/* dm.c */
struct mapped_device *dm_get_next_md(int *minor);

/* dm-bad-map.c */
typedef void (*dm_bad_fn)(struct mapped_device *md,
			  const struct bdev_bad_range *range, void *data);
int dm_table_map_bad(struct dm_table *t, struct block_device *bdev,
		     const struct bdev_bad_range *range, unsigned int max,
		     struct bdev_bad_list *list);
void dm_bad_for_each(struct mapped_device *md, struct block_device *bdev,
		     const struct bdev_bad_range *range, dm_bad_fn fn,
		     void *data);
void dm_bad_map_exit(void);

/* dm-badrange.c */
extern const struct blk_holder_ops dm_holder_ops;
int dm_blk_bad_ranges(struct gendisk *disk, u64 pos, u64 len,
		      struct bdev_bad_list *list);
void dm_bad_init_md(struct mapped_device *md);
void dm_bad_cleanup_md(struct mapped_device *md);
void dm_bad_suspending(struct mapped_device *md);
void dm_bad_resumed(struct mapped_device *md);

/* dm-bad-diff.c */
int dm_bad_diff(const struct bdev_bad_list *before,
		const struct bdev_bad_list *after,
		struct bdev_bad_list *edges);

#endif /* DM_BADRANGE_H */
