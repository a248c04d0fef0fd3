// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an array looks like at the moment.
 *
 * The personality fills in a struct md_bad_geo. Whoever wants to know where bytes are,
 * or what is bad of them, takes such a copy, lets go of the array, and does the rest
 * with the copy: the members that are asked may be arrays themselves, and
 * suspending an array waits for whoever uses it.
 *
 * LOCKING
 *
 * Never reconfig_mutex, which is held while superblocks are written, and by user space
 * that waits for us. What is copied is what a read would use, so it is protected
 * like a read: by a live reference on active_io, against which an array is suspended
 * before members come and go. Stopping an array does not suspend it, but takes
 * mddev->lock to clear mddev->pers before the personality's data are freed; so this is
 * taken for copying, too. It is never held over anything that sleeps. An array that is
 * suspended is not waited for: mddev_resume() says that it has changed.
 *
 * LIFETIME
 *
 * A copy has references on the struct device of the members, which keep the block
 * devices in memory, not open. One that has gone meanwhile answers so.
 */
#include "md.h"
#include "md-bad.h"

#include <linux/badblocks.h>
#include <linux/blkdev.h>
#include <linux/slab.h>

/* superblock, bitmap, and log */
#define MD_BAD_PRIVATE		3

static struct md_bad_geo *md_bad_alloc(unsigned int members, unsigned int zones,
				       unsigned int zone_members)
{
	struct md_bad_geo *geo;
	size_t size = sizeof(*geo) + members * sizeof(*geo->member) +
		      MD_BAD_PRIVATE * members * sizeof(*geo->private) +
		      zones * sizeof(*geo->zone) +
		      zone_members * sizeof(*geo->zone_member);

	geo = kvzalloc(size, GFP_NOIO);
	if (!geo)
		return NULL;
	geo->max_members = members;
	geo->max_zones = zones;
	geo->max_zone_members = zone_members;
	geo->member = (void *)(geo + 1);
	geo->private = (void *)(geo->member + members);
	geo->zone = (void *)(geo->private + MD_BAD_PRIVATE * members);
	geo->zone_member = (void *)(geo->zone + zones);
	return geo;
}

/**
 * md_bad_put_geo - let go of a copy
 * @geo: the copy, NULL or an error
 *
 * Context: Process context.
 */
void md_bad_put_geo(struct md_bad_geo *geo)
{
	unsigned int i;

	if (IS_ERR_OR_NULL(geo))
		return;
	for (i = 0; i < geo->nr; i++) {
		if (geo->member[i].bdev)
			put_device(&geo->member[i].bdev->bd_device);
		kfree(geo->member[i].bb);
	}
	for (i = 0; i < geo->nr_private; i++)
		put_device(&geo->private[i].bdev->bd_device);
	kvfree(geo);
}
EXPORT_SYMBOL_GPL(md_bad_put_geo);

/**
 * md_bad_geo_room - say how much room the copy of an array needs
 * @geo: the copy
 * @members: how many members it has, with their replacements
 * @zones: how many zones
 * @zone_members: how many members these have together
 *
 * For ->bad_geo of personalities, before anything is filled in.
 *
 * Context: Any.
 * Return: 0, or -ENOSPC: ->bad_geo is called again with more room.
 */
int md_bad_geo_room(struct md_bad_geo *geo, unsigned int members,
		    unsigned int zones, unsigned int zone_members)
{
	if (members <= geo->max_members && zones <= geo->max_zones &&
	    zone_members <= geo->max_zone_members) {
		geo->nr = members;
		geo->nr_zones = zones;
		return 0;
	}
	geo->max_members = members;
	geo->max_zones = zones;
	geo->max_zone_members = zone_members;
	return -ENOSPC;
}
EXPORT_SYMBOL_GPL(md_bad_geo_room);

/* What md has recorded as bad, which it does not read. */
static int md_bad_copy_bb(struct md_bad_member *m, struct badblocks *bb)
{
	unsigned int seq;

	if (!READ_ONCE(bb->count) || bb->shift < 0 || !bb->page)
		return 0;
	m->bb = kmalloc_array(MAX_BADBLOCKS, sizeof(*m->bb),
			      GFP_NOWAIT | __GFP_NOWARN);
	if (!m->bb)
		return -ENOMEM;
	do {
		seq = read_seqbegin(&bb->lock);
		m->nr_bb = min_t(unsigned int, bb->count, MAX_BADBLOCKS);
		m->bb_shift = bb->shift;
		memcpy(m->bb, bb->page, m->nr_bb * sizeof(*m->bb));
	} while (read_seqretry(&bb->lock, seq));
	return 0;
}

/**
 * md_bad_geo_member - copy a member of an array
 * @geo: the copy
 * @member: index of the member
 * @rdev: the member, or NULL if there is none
 *
 * For ->bad_geo of personalities.
 *
 * Context: Any.
 * Return: 0 or -ENOMEM.
 */
int md_bad_geo_member(struct md_bad_geo *geo, unsigned int member,
		      struct md_rdev *rdev)
{
	struct md_bad_member *m = &geo->member[member];
	sector_t from, valid;

	if (!rdev || !rdev->bdev)
		return 0;
	get_device(&rdev->bdev->bd_device);
	m->bdev = rdev->bdev;
	from = rdev->data_offset;
	/* what has been reshaped may begin in front of it, and ends where it did */
	if (geo->kind == MD_BAD_MOVING)
		from = min(from, rdev->new_data_offset);
	m->start = (u64)from << SECTOR_SHIFT;
	m->len = (u64)(rdev->data_offset + rdev->sectors - from) << SECTOR_SHIFT;
	m->valid = U64_MAX;
	valid = READ_ONCE(rdev->recovery_offset);
	if (test_bit(Faulty, &rdev->flags))
		m->valid = 0;
	else if (geo->kind != MD_BAD_ZONES && !test_bit(In_sync, &rdev->flags) &&
		 valid != MaxSector)
		m->valid = round_down((u64)valid << SECTOR_SHIFT, PAGE_SIZE);
	if (m->valid && m->valid != U64_MAX)
		m->valid += (u64)(rdev->data_offset - from) << SECTOR_SHIFT;
	return md_bad_copy_bb(m, &rdev->badblocks);
}
EXPORT_SYMBOL_GPL(md_bad_geo_member);

static void md_bad_add_private(struct md_bad_geo *geo, struct block_device *bdev,
			       sector_t sector, u64 len, bool shared)
{
	struct md_bad_private *p = &geo->private[geo->nr_private];

	if (!bdev || !len || geo->nr_private == MD_BAD_PRIVATE * geo->max_members)
		return;
	get_device(&bdev->bd_device);
	p->bdev = bdev;
	p->pos = (u64)sector << SECTOR_SHIFT;
	p->len = len;
	p->shared = shared;
	geo->nr_private++;
}

/* What md keeps beside data. With dm-raid all of a device holds it. */
static void md_bad_fill_private(struct mddev *mddev, struct md_bad_geo *geo)
{
	sector_t bitmap = mddev->bitmap_info.space ?: 8;
	struct md_rdev *rdev;

	guard(rcu)();
	rdev_for_each_rcu(rdev, mddev) {
		struct block_device *meta = rdev->meta_bdev;

		if (test_bit(Faulty, &rdev->flags) || !rdev->bdev)
			continue;
		if (meta) {
			md_bad_add_private(geo, meta, 0, bdev_nr_bytes(meta),
					   false);
			continue;
		}
		if (mddev->persistent && !mddev->external)
			md_bad_add_private(geo, rdev->bdev, rdev->sb_start,
					   max(rdev->sb_size, 512), false);
		if (mddev->bitmap && mddev->bitmap_info.offset &&
		    !mddev->bitmap_info.file)
			md_bad_add_private(geo, rdev->bdev, rdev->sb_start +
					   mddev->bitmap_info.offset,
					   (u64)bitmap << SECTOR_SHIFT, false);
		if (test_bit(Journal, &rdev->flags))
			md_bad_add_private(geo, rdev->bdev, rdev->data_offset,
					   (u64)rdev->sectors << SECTOR_SHIFT,
					   true);
		else
			md_bad_add_private(geo, rdev->bdev, rdev->ppl.sector,
					   (u64)rdev->ppl.size << SECTOR_SHIFT,
					   false);
	}
}

static int md_bad_fill(struct mddev *mddev, struct md_bad_geo *geo)
{
	struct md_personality *pers;
	int r = -ENODEV;

	if (!percpu_ref_tryget_live(&mddev->active_io))
		return -EAGAIN;
	spin_lock(&mddev->lock);
	pers = mddev->pers;
	if (pers && mddev->private) {
		struct gendisk *disk = mddev->gendisk ?: mddev->dm_gendisk;

		strscpy(geo->layer, pers->head.name);
		geo->dev = disk ? disk_devt(disk) : 0;
		geo->size = (u64)mddev->array_sectors << SECTOR_SHIFT;
		geo->chunk = MD_BAD_NO_CHUNK;
		geo->busy = test_bit(MD_RECOVERY_RUNNING, &mddev->recovery);
		r = pers->bad_geo ? pers->bad_geo(mddev, geo) : -EOPNOTSUPP;
		if (!r)
			md_bad_fill_private(mddev, geo);
	}
	spin_unlock(&mddev->lock);
	percpu_ref_put(&mddev->active_io);
	return r;
}

/**
 * md_bad_get_geo - copy what an array looks like
 * @mddev: the array
 *
 * Context: Process context. Takes mddev->lock for a moment; allocates memory
 * without I/O.
 * Return: the copy, for md_bad_put_geo(); or -ENODEV if the array does not run,
 * -EAGAIN if it is suspended, -EOPNOTSUPP if its personality cannot say, -ENOMEM.
 */
struct md_bad_geo *md_bad_get_geo(struct mddev *mddev)
{
	unsigned int members = 2 * max(READ_ONCE(mddev->raid_disks), 1);
	unsigned int zones = 1, zone_members = members;
	struct md_bad_geo *geo;
	int r;

	do {
		geo = md_bad_alloc(members, zones, zone_members);
		if (!geo)
			return ERR_PTR(-ENOMEM);
		r = md_bad_fill(mddev, geo);
		if (!r)
			return geo;
		members = geo->max_members;
		zones = geo->max_zones;
		zone_members = geo->max_zone_members;
		md_bad_put_geo(geo);
	} while (r == -ENOSPC);
	return ERR_PTR(r);
}
EXPORT_SYMBOL_GPL(md_bad_get_geo);

static bool md_bad_same_member(const struct md_bad_member *a,
			       const struct md_bad_member *b)
{
	return a->bdev == b->bdev && a->start == b->start && a->len == b->len &&
	       (a->gone || a->valid == b->valid) && a->nr_bb == b->nr_bb &&
	       (!a->nr_bb || !memcmp(a->bb, b->bb, a->nr_bb * sizeof(*a->bb)));
}

/**
 * md_bad_same_geo - did an array stay what it is?
 * @a: a copy
 * @b: a later one
 *
 * Context: Any.
 * Return: true if nothing differs that decides on what is bad.
 */
bool md_bad_same_geo(const struct md_bad_geo *a, const struct md_bad_geo *b)
{
	unsigned int i;

	if (a->kind != b->kind || a->size != b->size || a->chunk != b->chunk ||
	    a->synced != b->synced || a->lazy != b->lazy ||
	    a->whole_blocks != b->whole_blocks ||
	    a->disks != b->disks || a->nr != b->nr ||
	    a->tolerated != b->tolerated || a->level != b->level ||
	    a->algorithm != b->algorithm || a->near != b->near ||
	    a->far != b->far || a->stride != b->stride ||
	    a->nr_zones != b->nr_zones)
		return false;
	for (i = 0; i < a->nr; i++)
		if (!md_bad_same_member(&a->member[i], &b->member[i]))
			return false;
	return true;
}
EXPORT_SYMBOL_GPL(md_bad_same_geo);

/**
 * md_bad_missing - count the members that an array should have, and has not
 * @geo: the array
 *
 * Context: Any.
 * Return: how many slots have no member, or one that is stale in a part. What stripes
 * without copies miss is lost, and counts elsewhere.
 */
unsigned int md_bad_missing(const struct md_bad_geo *geo)
{
	unsigned int i, missing = 0;

	if (geo->kind == MD_BAD_ZONES)
		return 0;
	for (i = 0; i < geo->disks; i++) {
		const struct md_bad_member *m = &geo->member[i];

		if ((!m->bdev || m->valid < m->len) &&
		    (geo->disks + i >= geo->nr || !m[geo->disks].bdev ||
		     m[geo->disks].valid < m[geo->disks].len))
			missing++;
	}
	return missing;
}

/**
 * md_bad_has_own - has md itself recorded something as bad?
 * @geo: the array
 *
 * Context: Any.
 * Return: whether a member has a bad block in md's own list.
 */
bool md_bad_has_own(const struct md_bad_geo *geo)
{
	unsigned int i;

	for (i = 0; i < geo->nr; i++)
		if (geo->member[i].nr_bb)
			return true;
	return false;
}

#ifdef CONFIG_BLK_BADRANGE
/**
 * md_bad_changed - say that what is bad of an array may have changed
 * @mddev: the array
 * @why: enum bdev_bad_why
 *
 * For what happens in md and nobody below reports: a member is given up, or is
 * complete again; a block is recorded as bad, or is good again.
 *
 * Context: Any, hard interrupts included.
 */
void md_bad_changed(struct mddev *mddev, unsigned int why)
{
	struct gendisk *disk = mddev->gendisk ?: mddev->dm_gendisk;
	sector_t size = disk ? get_capacity(disk) : 0;

	/* 0, or the disk has gone, and with it who could ask */
	if (size)
		(void)bdev_bad_changed(disk->part0, 0, (u64)size << SECTOR_SHIFT,
				       why);
}
EXPORT_SYMBOL_GPL(md_bad_changed);
#endif
