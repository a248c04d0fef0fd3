// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last records of each group: a ring, and the two rings that there are.
 *
 * A record is numbered when it enters the ring. Entering allocates nothing, works in
 * any context but NMI, and cannot fail: the oldest record is overwritten, and
 * whoever still wanted it sees by the numbers that it is gone.
 *
 * Nobody reads a record before it is taken; from then on it does not change. Most are
 * taken as they enter, and with them all that are older. What a filesystem reports by
 * itself waits: failed reads and writes for FSERROR_RING_WAIT, and more of what
 * was told a moment ago for FSERROR_RING_AGAIN. Meanwhile it is merged with what
 * belongs to it. When the first of those that wait is due, all are taken, so
 * nobody who reports one error without end holds up the news of others.
 *
 * LOCKING
 *
 * fserror_ring.lock is innermost: nothing is taken under it. It is a raw lock
 * with interrupts off because errors are reported from interrupts, and it is
 * held for one copy of a record and FSERROR_RING_BACK comparisons.
 */
#include <linux/cleanup.h>
#include <linux/hash.h>
#include <linux/init.h>
#include <linux/log2.h>
#include <linux/moduleparam.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>
#include "internal.h"

/* how long a failed read or write waits for what belongs to it */
#define FSERROR_RING_WAIT	(50 * NSEC_PER_MSEC)
/* how long more of what was told a moment ago waits */
#define FSERROR_RING_AGAIN	(1 * NSEC_PER_SEC)
/* with how many that wait a new record is compared */
#define FSERROR_RING_BACK	8
/* this many do not wait any longer */
#define FSERROR_RING_MAX_WAITING	256

/**
 * fserror_ring_init - make an empty ring
 * @ring: the ring
 * @size: number of records; clamped to what is sensible and rounded up to a
 *	power of two
 *
 * Context: Process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int fserror_ring_init(struct fserror_ring *ring, u32 size)
{
	struct fserror_record *slots;

	size = clamp(size, FSERROR_RING_MIN, FSERROR_RING_MAX);
	size = roundup_pow_of_two(size);

	slots = vcalloc(size, sizeof(*slots));
	if (!slots)
		return -ENOMEM;

	*ring = (struct fserror_ring) {
		.slots	= slots,
		.size	= size,
		.due_ns	= U64_MAX,
	};
	raw_spin_lock_init(&ring->lock);
	return 0;
}

/**
 * fserror_ring_free - free what a ring holds
 * @ring: the ring; nobody may use it any more
 *
 * Context: Process context, may sleep.
 */
void fserror_ring_free(struct fserror_ring *ring)
{
	vfree(ring->slots);
	ring->slots = NULL;
}

static struct fserror_record *fserror_ring_slot(struct fserror_ring *ring,
						u64 seq)
{
	return &ring->slots[seq & (ring->size - 1)];
}

static bool fserror_ring_merge_locked(struct fserror_ring *ring,
				      struct fserror_record *record)
{
	u64 seq, end = ring->taken;

	lockdep_assert_held(&ring->lock);

	if (ring->last - end > FSERROR_RING_BACK)
		end = ring->last - FSERROR_RING_BACK;
	for (seq = ring->last; seq > end; seq--) {
		if (!fserror_record_merge(fserror_ring_slot(ring, seq), record))
			continue;
		record->seq = seq;
		return true;
	}
	return false;
}

/**
 * fserror_ring_merge - let a record that waits stand for another one as well
 * @ring: the ring
 * @record: the other one; its number is set to that of the one that waits
 *
 * Context: Any but NMI.
 * Return: whether there was one that it belongs to.
 */
bool fserror_ring_merge(struct fserror_ring *ring,
			struct fserror_record *record)
{
	guard(raw_spinlock_irqsave)(&ring->lock);
	return fserror_ring_merge_locked(ring, record);
}

/* How long a record is to wait, in nanoseconds. */
static u64 fserror_ring_wait(struct fserror_ring *ring,
			     const struct fserror_record *record, u64 now_ns)
{
	struct fserror_recent *recent;
	u64 key, wait = 0;

	if (!fserror_record_may_wait(record))
		return 0;

	if (fserror_group_of(record->kind) == FSERROR_GROUP_IO)
		wait = FSERROR_RING_WAIT;
	/* a hash that is the same by chance costs a second */
	key = fserror_record_key(record);
	recent = &ring->recent[hash_64(key, ilog2(FSERROR_RING_RECENT))];
	if (recent->key == key && recent->until_ns > now_ns + wait)
		wait = min(recent->until_ns - now_ns, FSERROR_RING_AGAIN);

	recent->key = key;
	recent->until_ns = now_ns + wait + FSERROR_RING_AGAIN;
	return wait;
}

static void fserror_ring_take_locked(struct fserror_ring *ring)
{
	lockdep_assert_held(&ring->lock);

	ring->taken = ring->last;
	ring->due_ns = U64_MAX;
}

/**
 * fserror_ring_add - number a record and put it into the ring
 * @ring: the ring
 * @record: the record; its number and its times are set
 * @fs_seq: number of the last record of the filesystem in this group, or NULL; it is
 *	counted up
 *
 * If a record that waits can stand for this one as well, it does, and there is no new
 * number.
 *
 * Context: Any but NMI.
 * Return: whether it has a number of its own.
 */
bool fserror_ring_add(struct fserror_ring *ring, struct fserror_record *record,
		      u64 *fs_seq)
{
	u64 now_ns, due_ns;

	guard(raw_spinlock_irqsave)(&ring->lock);

	if (fserror_ring_merge_locked(ring, record))
		return false;

	/* under the lock, so that the times are in the order of the numbers */
	now_ns = ktime_get_boottime_ns();
	record->boottime_ns = now_ns;
	record->realtime_ns = ktime_get_real_ns();
	record->seq = ++ring->last;
	if (fs_seq)
		record->fs_seq = ++*fs_seq;
	*fserror_ring_slot(ring, record->seq) = *record;
	ring->kinds[record->kind]++;

	due_ns = now_ns + fserror_ring_wait(ring, record, now_ns);
	ring->due_ns = min(ring->due_ns, due_ns);
	if (ring->due_ns <= now_ns ||
	    ring->last - ring->taken >=
	    min(ring->size / 2, FSERROR_RING_MAX_WAITING))
		fserror_ring_take_locked(ring);
	return true;
}

/**
 * fserror_ring_take - let what waited long enough be read
 * @ring: the ring
 * @now_ns: CLOCK_BOOTTIME in nanoseconds; U64_MAX to let all be read
 * @due_ns: set to when what still waits is due, U64_MAX if nothing waits; may be NULL
 *
 * Context: Any but NMI.
 * Return: number of the newest record that may be read, 0 if there is none.
 */
u64 fserror_ring_take(struct fserror_ring *ring, u64 now_ns, u64 *due_ns)
{
	guard(raw_spinlock_irqsave)(&ring->lock);

	if (ring->due_ns <= now_ns)
		fserror_ring_take_locked(ring);
	if (due_ns)
		*due_ns = ring->due_ns;
	return ring->taken;
}

static u64 fserror_ring_first(const struct fserror_ring *ring)
{
	lockdep_assert_held(&ring->lock);

	return ring->last > ring->size ? ring->last - ring->size + 1 : 1;
}

/**
 * fserror_ring_read - copy a record out of the ring
 * @ring: the ring
 * @seq: number of the record that is wanted, not 0
 * @record: where it goes
 *
 * Context: Any but NMI.
 * Return: the number of the record that was copied: @seq, or a greater one if
 * @seq has been overwritten, or 0 if @seq may not be read yet.
 */
u64 fserror_ring_read(struct fserror_ring *ring, u64 seq,
		      struct fserror_record *record)
{
	guard(raw_spinlock_irqsave)(&ring->lock);

	if (seq > ring->taken)
		return 0;
	/* fewer wait than there is room: the first one that is there was taken */
	seq = max(seq, fserror_ring_first(ring));
	*record = *fserror_ring_slot(ring, seq);
	return seq;
}

/**
 * fserror_ring_stat - describe a ring
 * @ring: the ring
 * @stat: filled in
 *
 * Context: Any but NMI.
 */
void fserror_ring_stat(struct fserror_ring *ring,
		       struct fserror_ring_stat *stat)
{
	guard(raw_spinlock_irqsave)(&ring->lock);

	stat->size = ring->size;
	stat->last = ring->last;
	stat->first = ring->last ? fserror_ring_first(ring) : 0;
	stat->overwritten = ring->last ? stat->first - 1 : 0;
	memcpy(stat->kinds, ring->kinds, sizeof(stat->kinds));
}

static struct fserror_ring fserror_rings[FSERROR_NR_GROUPS];

static unsigned int ring = FSERROR_RING_DAMAGE;
static unsigned int io_ring = FSERROR_RING_IO;

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "fserror."
module_param(ring, uint, 0444);
MODULE_PARM_DESC(ring, "Number of records of the group damage that are kept, rounded up to a power of two");
module_param(io_ring, uint, 0444);
MODULE_PARM_DESC(io_ring, "Number of records of the group io that are kept, rounded up to a power of two");

/**
 * fserror_journal_add - number a record and put it into the ring of its group
 * @group: the group
 * @record: the record; its number and its times are set
 * @fs_seq: as for fserror_ring_add()
 *
 * Context: Any but NMI.
 * Return: whether it has a number of its own; if not and the number is 0, it is too
 * early in the boot.
 */
bool fserror_journal_add(enum fserror_group group,
			 struct fserror_record *record, u64 *fs_seq)
{
	/* only before core_initcall(), when nothing is mounted */
	if (WARN_ON_ONCE(!fserror_rings[group].slots))
		return false;
	return fserror_ring_add(&fserror_rings[group], record, fs_seq);
}

/**
 * fserror_journal_merge - let a record that waits stand for another one as well
 * @group: the group
 * @record: the other one
 *
 * Context: Any but NMI.
 * Return: as fserror_ring_merge().
 */
bool fserror_journal_merge(enum fserror_group group,
			   struct fserror_record *record)
{
	return fserror_ring_merge(&fserror_rings[group], record);
}

/**
 * fserror_journal_due - let what waited long enough be read
 * @group: the group
 * @now_ns: CLOCK_BOOTTIME in nanoseconds
 * @due_ns: as for fserror_ring_take()
 *
 * Context: Any but NMI.
 * Return: as fserror_ring_take().
 */
u64 fserror_journal_due(enum fserror_group group, u64 now_ns, u64 *due_ns)
{
	return fserror_ring_take(&fserror_rings[group], now_ns, due_ns);
}

/**
 * fserror_journal_last - newest record of a group that may be read
 * @group: the group
 *
 * Context: Any but NMI.
 * Return: its number, 0 if there is none.
 */
u64 fserror_journal_last(enum fserror_group group)
{
	return fserror_ring_take(&fserror_rings[group], 0, NULL);
}

/**
 * fserror_journal_take - let all records of a group be read
 * @group: the group
 *
 * Context: Any but NMI.
 * Return: number of the newest one, 0 if there is none.
 */
u64 fserror_journal_take(enum fserror_group group)
{
	return fserror_ring_take(&fserror_rings[group], U64_MAX, NULL);
}

/**
 * fserror_journal_read - copy a record out of the ring of a group
 * @group: the group
 * @seq: number of the record that is wanted, not 0
 * @record: where it goes
 *
 * Context: Any but NMI.
 * Return: as fserror_ring_read().
 */
u64 fserror_journal_read(enum fserror_group group, u64 seq,
			 struct fserror_record *record)
{
	return fserror_ring_read(&fserror_rings[group], seq, record);
}

/**
 * fserror_journal_stat - describe the ring of a group
 * @group: the group
 * @stat: filled in
 *
 * Context: Any but NMI.
 */
void fserror_journal_stat(enum fserror_group group,
			  struct fserror_ring_stat *stat)
{
	fserror_ring_stat(&fserror_rings[group], stat);
}

static int __init fserror_journal_init(void)
{
	return fserror_ring_init(&fserror_rings[FSERROR_GROUP_DAMAGE], ring) ?:
	       fserror_ring_init(&fserror_rings[FSERROR_GROUP_IO], io_ring);
}
core_initcall(fserror_journal_init);
