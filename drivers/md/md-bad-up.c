// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad ranges of the members of arrays: the way up.
 *
 * md is the holder of its members. When what is bad in a window of one of them may
 * have changed, the array is told the windows of itself that may depend on it.
 * Windows are gathered in a table of fixed size, because nothing may be allocated
 * where they come from; if there is no room, it is all of all arrays.
 *
 * LOCKING
 *
 * md_bad_member_changed() is called with bd_holder_lock of the member and releases
 * it at once. md_bad_up_lock protects the table and is a leaf. The work item takes
 * the table, finds the arrays in md's list, each kept by mddev_get(), and looks for
 * members in mddev->disks under RCU.
 *
 * LIFETIME
 *
 * A block device in the table is kept, not open, by a reference on its struct device.
 * It is only compared.
 */
#include "md.h"
#include "md-bad.h"

#include <linux/blkdev.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

/* members that are gathered before it is all of all arrays */
#define MD_BAD_MAX_PENDING	64

/* windows of an array that are found before it is all of it */
#define MD_BAD_MAX_WINDOWS	8

struct md_bad_pending {
	struct block_device	*bdev;
	struct bdev_bad_window	win;
};

/**
 * struct md_bad_batch - what has been gathered
 * @nr: how many members there are
 * @all: what changed of those for which there was no room; length 0 if there are none
 * @pending: the members, each with the hull of its windows
 */
struct md_bad_batch {
	unsigned int		nr;
	struct bdev_bad_window	all;
	struct md_bad_pending	pending[MD_BAD_MAX_PENDING];
};

static struct md_bad_batch md_bad_batches[2];
static struct md_bad_batch *md_bad_gathering = &md_bad_batches[0];
static DEFINE_SPINLOCK(md_bad_up_lock);

static void md_bad_pass_on(struct work_struct *work);
static DECLARE_WORK(md_bad_work, md_bad_pass_on);

static void md_bad_join(struct bdev_bad_window *win,
			const struct bdev_bad_window *other)
{
	u64 end = max(win->pos + win->len, other->pos + other->len);

	if (!win->len) {
		*win = *other;
		return;
	}
	win->pos = min(win->pos, other->pos);
	win->len = end - win->pos;
	win->why |= other->why;
	win->hops = min(win->hops, other->hops);
}

static void md_bad_gather(struct block_device *bdev,
			  const struct bdev_bad_window *win)
{
	struct md_bad_batch *batch = md_bad_gathering;
	struct md_bad_pending *p = batch->pending;

	lockdep_assert_held(&md_bad_up_lock);

	/* removals wait for what has been gathered to be passed on */
	if (!batch->nr && !batch->all.len)
		bdev_bad_hold();
	for (; p < batch->pending + batch->nr; p++) {
		if (p->bdev == bdev) {
			md_bad_join(&p->win, win);
			return;
		}
	}
	if (batch->nr == MD_BAD_MAX_PENDING) {
		md_bad_join(&batch->all, win);
		return;
	}
	get_device(&bdev->bd_device);
	p->bdev = bdev;
	p->win = *win;
	batch->nr++;
}

static void md_bad_member_changed(struct block_device *bdev,
				  const struct bdev_bad_window *win)
	__releases(&bdev->bd_holder_lock)
{
	/* whoever reports keeps the block device */
	mutex_unlock(&bdev->bd_holder_lock);

	scoped_guard(spinlock_irqsave, &md_bad_up_lock)
		md_bad_gather(bdev, win);
	queue_work(system_dfl_wq, &md_bad_work);
}

const struct blk_holder_ops md_holder_ops = {
	.bad_changed	= md_bad_member_changed,
};

/**
 * struct md_bad_found - windows of an array
 * @below: the window of the member
 * @nr: how many there are
 * @win: these
 */
struct md_bad_found {
	const struct bdev_bad_window	*below;
	unsigned int			nr;
	struct bdev_bad_window		win[MD_BAD_MAX_WINDOWS];
};

static void md_bad_found(u64 pos, u64 end, void *data)
{
	struct md_bad_found *found = data;
	struct bdev_bad_window win = {
		.pos	= pos,
		.len	= end - pos,
		.why	= found->below->why,
		.hops	= found->below->hops + 1,
	};

	if (found->nr < MD_BAD_MAX_WINDOWS) {
		found->win[found->nr++] = win;
		return;
	}
	while (--found->nr)
		md_bad_join(&found->win[0], &found->win[found->nr]);
	md_bad_join(&found->win[0], &win);
	found->nr = 1;
}

/* The windows on the data of a member. Metadata count for the whole array. */
static void md_bad_find(struct md_bad_found *found, const struct md_bad_geo *geo,
			const struct md_bad_pending *p, u64 size)
{
	u64 end = p->win.pos + p->win.len;
	bool inside = false;
	unsigned int i;

	found->below = &p->win;
	for (i = 0; geo && i < geo->nr; i++) {
		const struct md_bad_member *m = &geo->member[i];

		if (m->bdev != p->bdev || p->win.pos < m->start ||
		    end > m->start + m->len)
			continue;
		inside = true;
		md_bad_geo_windows(geo, i, p->win.pos - m->start, end - m->start,
				   md_bad_found, found);
	}
	if (!inside)
		md_bad_found(0, size, found);
}

static bool md_bad_has_member(struct mddev *mddev, struct block_device *bdev)
{
	struct md_rdev *rdev;

	guard(rcu)();
	rdev_for_each_rcu(rdev, mddev)
		if (READ_ONCE(rdev->bdev) == bdev)
			return true;
	return false;
}

static void md_bad_tell(struct mddev *mddev, struct md_bad_batch *batch)
{
	struct gendisk *disk = READ_ONCE(mddev->gendisk);
	struct md_bad_found found = { };
	struct md_bad_geo *geo;
	unsigned int i;
	u64 size;

	size = disk ? (u64)get_capacity(disk) << SECTOR_SHIFT : 0;
	if (!size)
		return;
	geo = md_bad_get_geo(mddev);
	for (i = 0; i < batch->nr; i++)
		if (md_bad_has_member(mddev, batch->pending[i].bdev))
			md_bad_find(&found, IS_ERR(geo) ? NULL : geo,
				    &batch->pending[i], size);
	md_bad_put_geo(geo);
	if (batch->all.len) {
		found.below = &batch->all;
		md_bad_found(0, size, &found);
	}

	for (i = 0; i < found.nr; i++) {
		int error;

		/* it may have shrunk meanwhile, and then all of it is asked again */
		if (found.win[i].pos >= size)
			continue;
		found.win[i].len = min(found.win[i].len, size - found.win[i].pos);
		error = bdev_bad_changed_above(disk->part0, &found.win[i]);
		if (error)
			pr_warn_ratelimited("md: %s: a change of what is bad is not passed on: %d\n",
					    mdname(mddev), error);
	}
}

static void md_bad_pass_on(struct work_struct *work)
{
	struct md_bad_batch *batch;
	struct mddev *mddev = NULL;

	/* there is one work item: the other batch has been emptied */
	scoped_guard(spinlock_irqsave, &md_bad_up_lock) {
		batch = md_bad_gathering;
		md_bad_gathering = &md_bad_batches[batch == &md_bad_batches[0]];
	}
	if (!batch->nr && !batch->all.len)
		return;

	while ((mddev = md_next_array(mddev))) {
		md_bad_tell(mddev, batch);
		cond_resched();
	}
	while (batch->nr)
		put_device(&batch->pending[--batch->nr].bdev->bd_device);
	batch->all = (struct bdev_bad_window) { };
	bdev_bad_release();
}

/**
 * md_bad_exit - end the work item
 *
 * Context: Process context, when md is unloaded: it holds no device any more.
 */
void md_bad_exit(void)
{
	flush_work(&md_bad_work);
}
