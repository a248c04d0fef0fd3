/* SPDX-License-Identifier: GPL-2.0-only */
/* Bad ranges of arrays: what md, its personalities and dm-raid share. */
#ifndef MD_BAD_H
#define MD_BAD_H

#include <linux/blk-badrange.h>
#include <linux/types.h>

#include "md-bad-geo.h"

struct blk_holder_ops;
struct gendisk;
struct md_rdev;
struct mddev;

/* for ->bad_geo of a personality */
int md_bad_geo_room(struct md_bad_geo *geo, unsigned int members,
		    unsigned int zones, unsigned int zone_members);
int md_bad_geo_member(struct md_bad_geo *geo, unsigned int member,
		      struct md_rdev *rdev);

/* md-bad.c */
struct md_bad_geo *md_bad_get_geo(struct mddev *mddev);
void md_bad_put_geo(struct md_bad_geo *geo);
bool md_bad_same_geo(const struct md_bad_geo *a, const struct md_bad_geo *b);
unsigned int md_bad_missing(const struct md_bad_geo *geo);
bool md_bad_has_own(const struct md_bad_geo *geo);

#ifdef CONFIG_BLK_BADRANGE
void md_bad_changed(struct mddev *mddev, unsigned int why);

/* md-bad-up.c */
extern const struct blk_holder_ops md_holder_ops;
#define MD_HOLDER_OPS	(&md_holder_ops)
void md_bad_exit(void);

/* md-bad-ask.c */
bool md_bad_geo_any(const struct md_bad_geo *geo, unsigned int hops);
int md_bad_geo_ranges(struct md_bad_geo *geo, u64 pos, u64 len,
		      struct bdev_bad_list *list);
int md_blk_bad_ranges(struct gendisk *disk, u64 pos, u64 len,
		      struct bdev_bad_list *list);
bool md_blk_any_bad(struct gendisk *disk, unsigned int hops);
#else
static inline void md_bad_changed(struct mddev *mddev, unsigned int why)
{
}

#define MD_HOLDER_OPS		NULL
static inline void md_bad_exit(void)
{
}

static inline bool md_bad_geo_any(const struct md_bad_geo *geo, unsigned int hops)
{
	return false;
}

static inline int md_bad_geo_ranges(struct md_bad_geo *geo, u64 pos, u64 len,
				    struct bdev_bad_list *list)
{
	return 0;
}

/* methods, of which nobody asks for */
#define md_blk_bad_ranges	NULL
#define md_blk_any_bad		NULL
#endif

#endif /* MD_BAD_H */
