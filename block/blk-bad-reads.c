// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could not be read of ordinary disks.
 *
 * Few devices have a list of their bad sectors that a driver could ask for. But a read
 * that fails says that a sector is bad, and it stays so until it is written or reads well
 * again. So what was found is kept here, for each disk, and is an answer to what is bad in
 * it: then all the files on the sector can be named, whoever has read it.
 *
 * A driver reports a read that it completes with a medium error, blk_bad_read(). If the
 * request was no larger than what the device reads at once then the request is what is
 * bad. Otherwise it is a suspect: a work item reads it again in smaller pieces, see
 * blk-bad-reads-look.c, and the pieces that fail are reported like any other read. What a
 * device says of the place of an error is where that begins; it is never believed.
 *
 * Completions of other requests are looked at, behind a static key that is off until
 * the first failure on any disk: what is written or read well is taken out again. The key
 * cannot be switched on from an interrupt. So what fails before it is on is a suspect as
 * well, and enters only if it fails again when writes are seen.
 *
 * A device has nothing to say of its past: after a boot, and when a disk is added, nothing
 * is known until it is read. Requests that the block layer does not look into (SG_IO, NVMe
 * passthrough) neither enter nor clear anything; the next read does.
 *
 * BOUNDS
 *
 * A disk has %BAD_READS_MAX ranges. Beyond that the nearest become one, which is told as
 * coarse. %BAD_READS_SUSPECTS requests wait; what fails meanwhile is entered as it is,
 * coarse. An empty list is dropped.
 *
 * LOCKING
 *
 * blk_bad_reads.lock is taken in completions, hence raw and with interrupts off. The slots
 * of news nest in nothing of it: news is reported when it has been dropped.
 *
 * LIFETIME
 *
 * gendisk.bad_reads is RCU-protected. The work item replaces it with NULL when nothing is
 * left in it, under its lock, and sets @dead for those who have just found it. As long as
 * the work item is queued the disk is pinned; what the disk still has when it is released
 * goes with it.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include "blk.h"
#include "blk-badrange-priv.h"
#include "blk-bad-reads.h"

/* a disk whose only bad sector is written and fails again should not patch text each time */
DEFINE_STATIC_KEY_DEFERRED_FALSE(blk_bad_reads_key, 10 * HZ);

static struct workqueue_struct *bad_reads_wq;

static struct gendisk *bad_reads_disk(struct gendisk *disk)
{
	return disk->bad_reads_of ?: disk;
}

/* What of it may be looked at without the lock. */
static void bad_reads_set_hull(struct blk_bad_reads *reads)
{
	const struct bad_reads_set *bad = &reads->bad;

	lockdep_assert_held(&reads->lock);

	WRITE_ONCE(reads->lo, bad->nr ? bad->ranges[0].start : 0);
	WRITE_ONCE(reads->hi, bad->nr ? bad->ranges[bad->nr - 1].end : 0);
}

static void bad_reads_kick(struct blk_bad_reads *reads)
{
	lockdep_assert_held(&reads->lock);

	/* a disk that is being released, or its driver, needs nobody to look at it */
	if (reads->queued || !bdev_bad_pin(reads->disk->part0))
		return;
	reads->queued = true;
	queue_work(bad_reads_wq, &reads->work);
}

static bool bad_reads_want_room(const struct blk_bad_reads *reads)
{
	return reads->bad.nr > reads->bad.max / 2 && reads->bad.max < BAD_READS_MAX;
}

/* More room, from process context. Without memory it stays as it is, and coarse. */
static void bad_reads_make_room(struct blk_bad_reads *reads)
{
	unsigned int max = min(reads->bad.max * 4, BAD_READS_MAX);
	struct bad_reads_range *ranges, *old;

	ranges = kvmalloc_array(max + 1, sizeof(*ranges), GFP_NOIO | __GFP_NOWARN);
	if (!ranges)
		return;
	raw_spin_lock_irq(&reads->lock);
	old = reads->bad.ranges;
	memcpy(ranges, old, reads->bad.nr * sizeof(*ranges));
	reads->bad.ranges = ranges;
	reads->bad.max = max;
	raw_spin_unlock_irq(&reads->lock);
	if (old != reads->first)
		kvfree(old);
}

static void bad_reads_free(struct blk_bad_reads *reads)
{
	if (reads->seeing)
		static_branch_slow_dec_deferred(&blk_bad_reads_key);
	/* who still finds it sees that it is dead, or that nothing is in it */
	if (reads->bad.ranges != reads->first)
		kvfree(reads->bad.ranges);
	kfree_rcu(reads, rcu);
}

/* The next suspect to look at, or, if there is nothing left to do, false. */
static bool bad_reads_next(struct blk_bad_reads *reads, struct bad_reads_suspect *suspect,
			   bool *release)
{
	struct gendisk *disk = reads->disk;

	guard(raw_spinlock_irq)(&reads->lock);
	if (reads->nr_suspects) {
		*suspect = reads->suspects[0];
		reads->looked_at = *suspect;
		reads->found = false;
		reads->nr_suspects--;
		memmove(&reads->suspects[0], &reads->suspects[1],
			reads->nr_suspects * sizeof(reads->suspects[0]));
		return true;
	}
	memset(&reads->looked_at, 0, sizeof(reads->looked_at));
	*release = reads->held;
	reads->held = false;
	reads->queued = false;
	if (!reads->bad.nr) {
		reads->dead = true;
		rcu_assign_pointer(disk->bad_reads, NULL);
	}
	return false;
}

static void bad_reads_work_fn(struct work_struct *work)
{
	struct blk_bad_reads *reads = container_of(work, struct blk_bad_reads, work);
	struct block_device *bdev = reads->disk->part0;
	struct bad_reads_suspect suspect;
	bool release, dead;

	if (!reads->seeing) {
		static_branch_deferred_inc(&blk_bad_reads_key);
		scoped_guard(raw_spinlock_irq, &reads->lock)
			reads->seeing = true;
	}
	if (bad_reads_want_room(reads))
		bad_reads_make_room(reads);

	while (bad_reads_next(reads, &suspect, &release)) {
		bad_reads_look(reads, &suspect);
		if (bad_reads_want_room(reads))
			bad_reads_make_room(reads);
	}

	dead = reads->dead;
	if (release)
		bdev_bad_release();
	if (dead)
		bad_reads_free(reads);
	bdev_bad_unpin(bdev);
}

static struct blk_bad_reads *bad_reads_new(struct gendisk *disk)
{
	struct blk_bad_reads *reads, *old;

	reads = kzalloc_obj(*reads, GFP_ATOMIC | __GFP_NOWARN);
	if (!reads)
		return NULL;
	reads->disk = disk;
	raw_spin_lock_init(&reads->lock);
	reads->bad.ranges = reads->first;
	reads->bad.max = BAD_READS_FIRST;
	INIT_WORK(&reads->work, bad_reads_work_fn);

	old = unrcu_pointer(cmpxchg(&disk->bad_reads, NULL, RCU_INITIALIZER(reads)));
	if (!old)
		return reads;
	kfree(reads);
	return old;
}

/* Enter what has failed. Returns false if it was known. */
bool bad_reads_enter(struct blk_bad_reads *reads, sector_t start, sector_t end,
		     bool coarse)
{
	bool changed;

	lockdep_assert_held(&reads->lock);

	changed = bad_reads_set_add(&reads->bad, start, end, coarse);
	bad_reads_set_hull(reads);
	if (bad_reads_want_room(reads))
		bad_reads_kick(reads);
	return changed;
}

/* Are all the sectors known to be bad? */
bool bad_reads_covers(struct blk_bad_reads *reads, sector_t start, sector_t end)
{
	guard(raw_spinlock_irq)(&reads->lock);
	return bad_reads_set_covers(&reads->bad, start, end);
}

/* It waits already, or is just being looked at. */
static bool bad_reads_is_suspect(const struct blk_bad_reads *reads,
				 const struct bad_reads_suspect *new)
{
	unsigned int i;

	if (new->start >= reads->looked_at.start && new->end <= reads->looked_at.end)
		return true;
	for (i = 0; i < reads->nr_suspects; i++)
		if (new->start >= reads->suspects[i].start &&
		    new->end <= reads->suspects[i].end)
			return true;
	return false;
}

/* Returns whether what is bad has changed. */
static bool bad_reads_suspect(struct blk_bad_reads *reads,
			      const struct bad_reads_suspect *new)
{
	lockdep_assert_held(&reads->lock);

	/* what it is about has been found before */
	if (bad_reads_is_suspect(reads, new) ||
	    (new->hint_end && bad_reads_set_covers(&reads->bad, new->hint,
						   min(new->hint_end, new->end))))
		return false;
	if (reads->nr_suspects == BAD_READS_SUSPECTS)
		return bad_reads_enter(reads, new->start, new->end, true);

	reads->suspects[reads->nr_suspects++] = *new;
	bad_reads_kick(reads);
	if (!reads->held && reads->queued) {
		reads->held = true;
		bdev_bad_hold();
	}
	return false;
}

/* Is the work item reading any of these sectors? A hint, unless the lock is held. */
static bool bad_reads_is_reading(const struct blk_bad_reads *reads, sector_t start,
				 sector_t end)
{
	return start < READ_ONCE(reads->reading_end) && end > READ_ONCE(reads->reading);
}

/*
 * Returns 1 if what is bad has changed, 0 if not, -EAGAIN if @reads has left the disk.
 */
static int bad_reads_failed(struct blk_bad_reads *reads,
			    const struct bad_reads_suspect *failed, bool exact)
{
	guard(raw_spinlock_irqsave)(&reads->lock);
	if (reads->dead)
		return -EAGAIN;
	if (!exact || !reads->seeing)
		return bad_reads_suspect(reads, failed);
	/* a write was quicker than our own read: whether that has met it nobody knows */
	if (reads->overwritten &&
	    bad_reads_is_reading(reads, failed->start, failed->end))
		return 0;
	if (!bad_reads_enter(reads, failed->start, failed->end, false))
		return 0;
	/* what one look finds is one piece of news, at its end */
	if (failed->start >= reads->looked_at.start &&
	    failed->end <= reads->looked_at.end) {
		reads->found = true;
		return 0;
	}
	return 1;
}

/* Say that what is bad in these sectors has changed. Nothing is held. */
void bad_reads_report(struct gendisk *disk, sector_t sector, sector_t nr,
		      unsigned int why)
{
	sector_t capacity = get_capacity(disk);

	/* the disk may have shrunk */
	if (sector < capacity)
		bdev_bad_changed(disk->part0, (u64)sector << SECTOR_SHIFT,
				 (u64)min(nr, capacity - sector) << SECTOR_SHIFT, why);
}

/*
 * A read of @nr sectors at @sector has failed; the device says that it was the @nr_bad
 * sectors at @bad, or nothing if @nr_bad is 0.
 */
void blk_bad_reads_add(struct gendisk *disk, sector_t sector, sector_t nr,
		       sector_t bad, sector_t nr_bad)
{
	struct bad_reads_suspect failed = { .start = sector, .end = sector + nr };
	sector_t capacity = get_capacity(disk);
	struct blk_bad_reads *reads;
	int changed;
	bool exact;

	if (blk_disk_gone(disk))
		return;
	if (!nr || sector >= capacity || nr > capacity - sector) {
		pr_warn_ratelimited("%s: a read of %llu sectors at %llu has failed, outside the disk: refused\n",
				    disk->disk_name, nr, sector);
		return;
	}
	/* garbage: nothing of it is in the request */
	if (nr_bad && bad < failed.end && nr_bad <= capacity && bad + nr_bad > sector) {
		failed.hint = max(bad, sector);
		failed.hint_end = min(bad + nr_bad, failed.end);
	}
	exact = nr << SECTOR_SHIFT <= queue_logical_block_size(disk->queue) ||
		(failed.hint_end && bad <= sector && bad + nr_bad >= failed.end);

	rcu_read_lock();
	do {
		reads = rcu_dereference(disk->bad_reads) ?: bad_reads_new(disk);
		changed = reads ? bad_reads_failed(reads, &failed, exact) : -ENOMEM;
	} while (changed == -EAGAIN);
	rcu_read_unlock();

	if (changed == -ENOMEM)
		pr_warn_ratelimited("%s: no memory to remember that sector %llu could not be read\n",
				    disk->disk_name, sector);
	else if (changed)
		bad_reads_report(disk, sector, nr, BDEV_WHY_MEDIA);
}

/**
 * blk_bad_read - report a read that ends with a medium error
 * @rq: the request, as it was sent; all of it or its rest
 * @bad: first sector of the block that the device says is bad
 * @nr_bad: 512-byte sectors that the device reads at once there; 0 if it does not say
 *	which is bad
 *
 * For the driver, after the last retry and before blk_update_request(). The device need
 * not be right about @bad.
 *
 * Context: Any, hard interrupts included.
 */
void blk_bad_read(struct request *rq, sector_t bad, sector_t nr_bad)
{
	if (req_op(rq) == REQ_OP_READ && rq->q->disk)
		blk_bad_reads_add(bad_reads_disk(rq->q->disk), blk_rq_pos(rq),
				  blk_rq_sectors(rq), bad, nr_bad);
}
EXPORT_SYMBOL_GPL(blk_bad_read);

/* Some sectors were read well, or written. */
void blk_bad_reads_clear(struct gendisk *disk, sector_t sector, sector_t nr,
			 unsigned int why)
{
	struct blk_bad_reads *reads;
	sector_t end = sector + nr;
	bool cleared = false;

	rcu_read_lock();
	reads = rcu_dereference(disk->bad_reads);
	if (reads && ((sector < READ_ONCE(reads->hi) && end > READ_ONCE(reads->lo)) ||
		      bad_reads_is_reading(reads, sector, end))) {
		guard(raw_spinlock_irqsave)(&reads->lock);
		if (why == BDEV_WHY_WRITTEN && bad_reads_is_reading(reads, sector, end))
			reads->overwritten = true;
		if (!reads->dead)
			cleared = bad_reads_set_clear(&reads->bad, sector, end);
		if (cleared) {
			bad_reads_set_hull(reads);
			if (!reads->bad.nr)
				bad_reads_kick(reads);
		}
	}
	rcu_read_unlock();

	if (cleared && !blk_disk_gone(disk))
		bad_reads_report(disk, sector, nr, why);
}

/*
 * Another medium is in the drive: what could not be read was not of this one. What is just
 * being looked at is entered only as far as it fails now. Any context.
 */
void blk_bad_reads_forget(struct gendisk *disk)
{
	struct blk_bad_reads *reads;
	sector_t end = 0;

	rcu_read_lock();
	reads = rcu_dereference(disk->bad_reads);
	if (reads) {
		guard(raw_spinlock_irqsave)(&reads->lock);
		reads->nr_suspects = 0;
		reads->looked_at = (struct bad_reads_suspect){ };
		end = reads->hi;
		bad_reads_set_clear(&reads->bad, 0, (sector_t)-1);
		bad_reads_set_hull(reads);
		if (!reads->dead)
			bad_reads_kick(reads);
	}
	rcu_read_unlock();

	/* what the drive is too small for now is news when it grows again */
	if (end && !blk_disk_gone(disk))
		bad_reads_report(disk, 0, end, BDEV_WHY_REMAPPED);
}

/* Behind the static key; only what ended well. */
void __blk_bad_reads_done(struct request *rq, unsigned int nr_bytes)
{
	struct gendisk *disk = rq->q->disk;
	unsigned int why;

	if (!disk)
		return;
	switch (req_op(rq)) {
	case REQ_OP_READ:
		why = BDEV_WHY_REFINED;
		break;
	case REQ_OP_WRITE:
	case REQ_OP_WRITE_ZEROES:
	/* the driver has put in where it went */
	case REQ_OP_ZONE_APPEND:
		why = BDEV_WHY_WRITTEN;
		break;
	default:
		return;
	}
	blk_bad_reads_clear(bad_reads_disk(disk), blk_rq_pos(rq),
			    nr_bytes >> SECTOR_SHIFT, why);
}

/* The disk is released, nobody has it any more. */
void blk_bad_reads_free(struct gendisk *disk)
{
	struct blk_bad_reads *reads = rcu_dereference_protected(disk->bad_reads, true);

	if (reads)
		bad_reads_free(reads);
}

static int __init bad_reads_init(void)
{
	bad_reads_wq = alloc_workqueue("blk_bad_reads", WQ_UNBOUND, 0);
	if (!bad_reads_wq)
		panic("Failed to create blk_bad_reads\n");
	return 0;
}

/* before the drivers, which come later at the same level */
subsys_initcall(bad_reads_init);
