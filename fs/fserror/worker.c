// SPDX-License-Identifier: GPL-2.0-only
/*
 * The worker of a superblock, the only writer of what was told.
 *
 * It takes the marks of a device, asks what is bad there now, a slice at a time, compares
 * that with what was told, which becomes the answer, and tells the differences.
 *
 * THE ORDER
 *
 * Told is changed first, and only then is the record made and numbered. A dump reads the
 * number of the newest record first, its as-of, and told after it. So what a record up to
 * the as-of says is contained in what the dump reads, or has been overtaken by a change
 * whose record has a greater number. And what the dump reads too early, because its
 * record was not numbered yet, is said once more by that record: for one range the last
 * word counts, and one worker gives the words in the order in which it changed told.
 * Were the record numbered first, a dump in between would have an as-of that contains
 * it, and read told without it: lost. Were there two writers, or a dump that asks by
 * itself, a change could be told twice, or in an order that ends wrong.
 *
 * So nothing may fail between the change of told and the numbering but what leads to
 * another record: owners that are not found out are told as unresolved.
 *
 * LOCKING
 *
 * A work item of the instance, never two at a time. The devices are asked with nothing
 * held. See super.c for the locks of the marks, told_set.c for that of told, and tell.c
 * for s_umount.
 */
#include <linux/bits.h>
#include <linux/cleanup.h>
#include <linux/slab.h>
#include "internal.h"

#define FSERROR_REASK_INTERVAL	(60 * HZ)
#define FSERROR_BACKOFF_MAX	60
/* for whoever has made something good to say so; each layer above takes milliseconds */
#define FSERROR_UNSAID_INTERVAL	(2 * HZ)
/* with enum bdev_bad_why, of a mark: that time is over */
#define FSERROR_WAITED		(FSERROR_TOLD_PATIENT << 1)
#define FSERROR_GRAIN_MIN	SZ_64K
#define FSERROR_GRAIN_MAX	BIT_ULL(40)
#define FSERROR_FINER_MIN	(60UL * HZ)
#define FSERROR_FINER_MAX	(3600UL * HZ)

/* A range is good and nobody has said why. Is that said in a while, all is well. */
static void fserror_sync_unsaid(struct fserror_dev *dev, u64 from, u64 to)
{
	const struct bdev_bad_window win = {
		.pos	= from,
		.len	= to - from,
		.why	= FSERROR_WAITED,
	};

	if (!dev->unsaid.nr)
		dev->unsaid_at = jiffies + FSERROR_UNSAID_INTERVAL;
	fserror_marks_add(&dev->unsaid, &win);
}

/* Compare a slice and tell. Returns 0, -ENOSPC or -ENOMEM; *@from is moved on. */
static int fserror_sync_compare(struct fserror_sync *sync,
				struct fserror_dev *dev, u64 *from, u64 to,
				unsigned int nr, unsigned int why)
{
	const struct fserror_told_range *answer = sync->answer;
	int error;

	if (!(why & FSERROR_WAITED))
		why |= FSERROR_TOLD_PATIENT;
	while (*from < to) {
		error = fserror_told_apply(&dev->told, *from, to, answer, nr, why,
					   &sync->slice);
		if (error)
			return error;
		fserror_tell(sync, dev);
		if (sync->slice.unsaid)
			fserror_sync_unsaid(dev, *from, sync->slice.end);
		*from = sync->slice.end;
		for (; nr && fserror_told_end(answer) <= *from; nr--)
			answer++;
	}
	return 0;
}

static void fserror_sync_unknown(struct fserror_sync *sync,
				 struct fserror_dev *dev, u64 from, u64 to)
{
	sync->answer[0] = (struct fserror_told_range) {
		.range.pos		= from,
		.range.len		= to - from,
		.range.origin_dev	= dev->dev,
		.range.origin_pos	= from,
		.range.origin_len	= to - from,
		.state			= FSERROR_TOLD_UNKNOWN,
	};
	if (!dev->unknown)
		dev->reask_at = jiffies + FSERROR_REASK_INTERVAL;
	WRITE_ONCE(dev->unknown, true);
}

/*
 * Ask about a window, which becomes what is left of it. Returns 0 if nothing is, -EBUSY if
 * the device is suspended, or -EAGAIN if the rest is to be asked about later.
 */
static int fserror_sync_window(struct fserror_sync *sync, struct fserror_dev *dev,
			       struct bdev_bad_window *win)
{
	u64 from = win->pos, to = win->pos + win->len, pos = from;
	unsigned int nr;
	int error = 0;

	while (from < to && !fserror_sb_is_gone(sync->fsb)) {
		error = fserror_sync_ask(sync, dev, &pos, to, &nr);
		if (error == -EBUSY || error == -EAGAIN)
			break;
		if (error) {
			fserror_sync_unknown(sync, dev, from, to);
			nr = 1;
			pos = to;
		}
		error = fserror_sync_compare(sync, dev, &from, pos, nr,
					     win->why);
		if (error) {
			if (error == -ENOSPC)
				fserror_sb_coarsen();
			error = -EAGAIN;
			break;
		}
		cond_resched();
	}
	win->pos = from;
	win->len = to - from;
	return error;
}

static bool fserror_unplaced_is_in(const struct fserror_told_range *range,
				   const struct fserror_told_range *in,
				   unsigned int nr)
{
	for (; nr; nr--, in++)
		if (in->state == range->state && fserror_unplaced_same(in, range))
			return true;
	return false;
}

/* @all: all of the device was asked, so what was not answered is good */
static void fserror_compare_unplaced(struct fserror_sync *sync,
				     struct fserror_dev *dev, unsigned int why,
				     bool all)
{
	struct fserror_told_range old[BDEV_BAD_MAX_UNPLACED];
	unsigned int nr_old = dev->nr_unplaced, i;
	struct fserror_told_diff diff = { };

	memcpy(old, dev->unplaced, sizeof(old));
	scoped_guard(spinlock, &dev->told.lock) {
		if (all)
			dev->nr_unplaced = 0;
		for (i = 0; i < sync->nr_unplaced; i++) {
			sync->unplaced[i].flags |= FSERROR_TOLD_UNRESOLVED;
			fserror_unplaced_add(dev->unplaced, &dev->nr_unplaced,
					     &sync->unplaced[i]);
		}
	}

	diff.change = FSERROR_TOLD_CLEARED;
	for (i = 0; i < nr_old; i++) {
		diff.told = old[i];
		diff.content_unknown = old[i].state == FSERROR_TOLD_BAD &&
				       why & ~(BDEV_WHY_WRITTEN | BDEV_WHY_REFINED);
		if (!fserror_unplaced_is_in(&old[i], dev->unplaced,
					    dev->nr_unplaced))
			fserror_tell_unplaced(sync, dev, &diff);
	}
	diff.change = FSERROR_TOLD_NEW;
	diff.content_unknown = false;
	for (i = 0; i < dev->nr_unplaced; i++) {
		diff.told = dev->unplaced[i];
		if (!fserror_unplaced_is_in(&diff.told, old, nr_old))
			fserror_tell_unplaced(sync, dev, &diff);
	}
}

static int fserror_sync_mark(struct fserror_sync *sync, struct fserror_dev *dev,
			     struct bdev_bad_window *win)
{
	u64 from = win->pos, to = win->pos + win->len;
	bool partial, all;
	int error;

	/* who does not know where it is may only be right about all of the device */
	if (dev->nr_unplaced) {
		from = 0;
		to = dev->size;
	}
	partial = fserror_told_widen(&dev->told, dev->grain, &from, &to);
	win->pos = from;
	win->len = min(to, dev->size) - from;
	if (partial && time_before(jiffies, dev->bulk_at)) {
		dev->retry_at = dev->bulk_at;
		return -EINPROGRESS;
	}

	all = !from && win->len == dev->size;
	sync->nr_unplaced = 0;
	error = fserror_sync_window(sync, dev, win);
	if (sync->nr_unplaced || dev->nr_unplaced)
		fserror_compare_unplaced(sync, dev, win->why & BDEV_WHY_ALL,
					 all && !error && !dev->unknown);
	return error;
}

static void fserror_mark_all(struct fserror_sb *fsb, struct fserror_dev *dev,
			     unsigned int why)
{
	struct bdev_bad_window win = { .len = dev->size, .why = why };

	guard(spinlock)(&fsb->lock);
	fserror_dev_mark(fsb, dev, &win);
}

/* All was taken away, and a record has told so: put it into told. */
static void fserror_sync_fill(struct fserror_sync *sync, struct fserror_dev *dev)
{
	u64 from = 0;

	sync->answer[0] = fserror_dev_whole(dev, 0);
	while (from < dev->size) {
		if (fserror_told_apply(&dev->told, from, dev->size, sync->answer,
				       1, 0, &sync->slice)) {
			fserror_sb_coarsen();
			return;
		}
		from = sync->slice.end;
	}
	dev->owed = true;
	dev->late_at = jiffies;
	scoped_guard(spinlock, &sync->fsb->lock)
		dev->fill = false;
}

static void fserror_sync_grain(struct fserror_sb *fsb, struct fserror_dev *dev)
{
	if (READ_ONCE(dev->coarser)) {
		WRITE_ONCE(dev->coarser, false);
		dev->grain = clamp(dev->grain * 2, FSERROR_GRAIN_MIN,
				   FSERROR_GRAIN_MAX);
		dev->finer_wait = clamp(dev->finer_wait * 2, FSERROR_FINER_MIN,
					FSERROR_FINER_MAX);
	} else if (dev->grain && fserror_told_roomy() &&
		   time_after_eq(jiffies, dev->finer_at)) {
		dev->grain /= 2;
		if (dev->grain < FSERROR_GRAIN_MIN)
			dev->grain = 0;
	} else {
		return;
	}
	dev->finer_at = jiffies + dev->finer_wait;
	dev->bulk_at = jiffies;
	dev->backoff = 0;
	fserror_mark_all(fsb, dev, BDEV_WHY_REFINED);
}

static void fserror_sync_again(struct fserror_sb *fsb, struct fserror_dev *dev)
{
	if ((!dev->is_volatile && !dev->unknown) ||
	    time_before(jiffies, dev->reask_at))
		return;
	dev->reask_at = jiffies + FSERROR_REASK_INTERVAL;
	dev->is_volatile = false;
	WRITE_ONCE(dev->unknown, false);
	fserror_mark_all(fsb, dev, 0);
}

static void fserror_sync_waited(struct fserror_sb *fsb, struct fserror_dev *dev)
{
	unsigned int i;

	if (!dev->unsaid.nr || time_before(jiffies, dev->unsaid_at))
		return;
	guard(spinlock)(&fsb->lock);
	for (i = 0; i < dev->unsaid.nr; i++)
		fserror_dev_mark(fsb, dev, &dev->unsaid.win[i]);
	dev->unsaid.nr = 0;
}

static void fserror_sync_marks(struct fserror_sync *sync, struct fserror_dev *dev,
			       struct fserror_marks *marks)
{
	struct fserror_sb *fsb = sync->fsb;
	bool later = false, busy = false;
	unsigned int i;
	int error;

	for (i = 0; i < marks->nr; i++) {
		error = fserror_sync_mark(sync, dev, &marks->win[i]);
		if (error == -EBUSY)
			busy = true;
		if (error != -EAGAIN && error != -EINPROGRESS)
			continue;
		if (error == -EAGAIN)
			later = true;
		guard(spinlock)(&fsb->lock);
		fserror_dev_mark(fsb, dev, &marks->win[i]);
	}
	if (later) {
		dev->backoff = clamp(dev->backoff * 2, 1U, FSERROR_BACKOFF_MAX);
		dev->retry_at = jiffies + dev->backoff * HZ;
	} else {
		dev->backoff = 0;
		/* what is told when it is resumed may be older than the mount, too */
		if (!busy)
			dev->replay = false;
	}
}

/* The filesystem does not use the device any more: nothing more is asked of it. */
static void fserror_sync_left(struct fserror_sync *sync, struct fserror_dev *dev)
{
	u64 from = 0;

	/* what could not be read may not have been copied when it was replaced */
	fserror_sync_compare(sync, dev, &from, dev->size, 0, BDEV_WHY_REMAPPED);
	sync->nr_unplaced = 0;
	fserror_compare_unplaced(sync, dev, BDEV_WHY_REMAPPED, true);
	dev->is_volatile = false;
	WRITE_ONCE(dev->unknown, false);
	dev->owed = false;
	dev->unsaid.nr = 0;
	dev->grain = 0;
	guard(spinlock)(&sync->fsb->lock);
	dev->marks.nr = 0;
}

/* A time that is so far ahead is long past: jiffies have wrapped since it was set. */
static void fserror_sync_wrapped(unsigned long *when, unsigned long most)
{
	if (time_after(*when, jiffies + most))
		*when = jiffies;
}

static void fserror_sync_times(struct fserror_dev *dev)
{
	fserror_sync_wrapped(&dev->retry_at, FSERROR_BACKOFF_MAX * HZ);
	fserror_sync_wrapped(&dev->bulk_at, FSERROR_BACKOFF_MAX * HZ);
	fserror_sync_wrapped(&dev->reask_at, FSERROR_REASK_INTERVAL);
	fserror_sync_wrapped(&dev->unsaid_at, FSERROR_UNSAID_INTERVAL);
	fserror_sync_wrapped(&dev->late_at, FSERROR_REASK_INTERVAL);
	fserror_sync_wrapped(&dev->finer_at, FSERROR_FINER_MAX);
}

static void fserror_sync_dev(struct fserror_sync *sync, struct fserror_dev *dev)
{
	struct fserror_sb *fsb = sync->fsb;
	struct fserror_marks marks = { };

	fserror_sync_times(dev);
	if (READ_ONCE(dev->fill))
		fserror_sync_fill(sync, dev);
	if (dev->left && !dev->removed) {
		fserror_sync_left(sync, dev);
		return;
	}
	fserror_sync_grain(fsb, dev);
	fserror_sync_again(fsb, dev);
	fserror_sync_waited(fsb, dev);

	scoped_guard(spinlock, &fsb->lock) {
		if (time_after_eq(jiffies, dev->retry_at)) {
			marks = dev->marks;
			dev->marks.nr = 0;
			dev->syncing = marks.nr;
		}
	}
	if (marks.nr)
		fserror_sync_marks(sync, dev, &marks);
	fserror_tell_late(sync, dev);
	scoped_guard(spinlock, &fsb->lock) {
		dev->syncing = false;
		/* only a part was taken away: the rest can be read as ever */
		if (!dev->removed && !dev->losing)
			WRITE_ONCE(dev->no_io, false);
	}
}

static void fserror_sooner(unsigned long *delay, unsigned long when)
{
	unsigned long now = jiffies;

	*delay = min(*delay, time_after(when, now) ? when - now : 0);
}

/* In how many jiffies there is something to do for a device at the latest. */
static unsigned long fserror_sync_delay(struct fserror_dev *dev)
{
	unsigned long delay = MAX_JIFFY_OFFSET;

	if (dev->fill)
		fserror_sooner(&delay, jiffies + HZ);
	if (dev->marks.nr)
		fserror_sooner(&delay, dev->retry_at);
	if (dev->is_volatile || dev->unknown)
		fserror_sooner(&delay, dev->reask_at);
	if (dev->unsaid.nr)
		fserror_sooner(&delay, dev->unsaid_at);
	if (dev->owed)
		fserror_sooner(&delay, dev->late_at);
	if (dev->grain && fserror_told_roomy())
		fserror_sooner(&delay, dev->finer_at);
	return delay;
}

static void fserror_sync_next(struct fserror_sb *fsb, unsigned long delay)
{
	struct fserror_dev *dev;
	bool any_bad;

	scoped_guard(spinlock, &fsb->lock) {
		any_bad = fserror_sb_is_changing(fsb);
		if (any_bad)
			delay = min(delay, (unsigned long)HZ);
		list_for_each_entry(dev, &fsb->devs, list) {
			delay = min(delay, fserror_sync_delay(dev));
			any_bad |= dev->told.nr || fserror_dev_is_pending(dev);
		}
		WRITE_ONCE(fsb->any_bad, any_bad);
	}
	if (delay != MAX_JIFFY_OFFSET)
		fserror_sb_kick(fsb, delay);
}

static void fserror_sync_free(struct fserror_sync *sync)
{
	fserror_resolve_end(&sync->resolve);
	kvfree(sync->records);
	kvfree(sync);
}

static struct fserror_sync *fserror_sync_alloc(struct fserror_sb *fsb)
{
	struct fserror_sync *sync = kvzalloc(sizeof(*sync), GFP_NOFS);

	if (!sync)
		return NULL;
	sync->fsb = fsb;
	sync->max_records = 8;
	sync->records = kvmalloc_array(sync->max_records,
				       sizeof(*sync->records), GFP_NOFS);
	if (sync->records)
		return sync;
	kvfree(sync);
	return NULL;
}

static void fserror_sync_devs(struct fserror_sync *sync)
{
	struct fserror_sb *fsb = sync->fsb;
	struct super_block *sb;
	struct fserror_dev *dev;

	sb = fserror_sb_trylock(fsb);
	if (sb) {
		fserror_sb_enumerate(fsb, sb);
		fserror_sb_unlock(sb);
	}

	for (dev = fserror_dev_next(fsb, 0); dev && !fserror_sb_is_gone(fsb);
	     dev = fserror_dev_next(fsb, dev->index)) {
		fserror_sync_dev(sync, dev);
		fserror_sb_synced();
	}
}

/**
 * fserror_worker - ask about what changed on the devices of a filesystem, and tell
 * @work: of the instance
 *
 * Context: Process context, sleeps.
 */
void fserror_worker(struct work_struct *work)
{
	struct fserror_sb *fsb = container_of(to_delayed_work(work),
					      struct fserror_sb, work);
	struct fserror_sync *sync;

	if (!fserror_sb_begin(fsb))
		goto out_put;
	sync = fserror_sync_alloc(fsb);
	if (!sync) {
		pr_warn_ratelimited("%s: no memory to ask what is bad, trying again\n",
				    fsb->sb_id);
		fserror_sb_kick(fsb, HZ);
		goto out_put;
	}
	fserror_sync_devs(sync);
	fserror_sync_free(sync);
	fserror_sync_next(fsb, fserror_reads_settle(fsb));
out_put:
	fserror_sb_synced();
	fserror_sb_put(fsb);
}
