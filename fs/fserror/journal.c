// SPDX-License-Identifier: GPL-2.0-only
/*
 * The journal: a ring of the last records.
 *
 * A record is numbered when it enters the ring. Entering allocates nothing,
 * works in any context but NMI, and cannot fail: the oldest record is
 * overwritten, and whoever still wanted it sees by the numbers that it is gone.
 *
 * LOCKING
 *
 * fserror_ring.lock is innermost: nothing is taken under it. It is a raw lock
 * with interrupts off because errors are reported from interrupts, and it is
 * held for one copy of a record.
 */
#include <linux/cleanup.h>
#include <linux/init.h>
#include <linux/log2.h>
#include <linux/moduleparam.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>
#include "internal.h"

#define CREATE_TRACE_POINTS
#include <trace/events/fserror.h>

static struct fserror_ring fserror_journal = {
	.lock	= __RAW_SPIN_LOCK_UNLOCKED(fserror_journal.lock),
};

static unsigned int ring = FSERROR_RING_DEFAULT;

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "fserror."
module_param(ring, uint, 0444);
MODULE_PARM_DESC(ring, "Number of records that are kept, rounded up to a power of two");

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

	raw_spin_lock_init(&ring->lock);
	ring->slots = slots;
	ring->size = size;
	ring->last = 0;
	memset(ring->kinds, 0, sizeof(ring->kinds));
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

/**
 * fserror_ring_add - number a record and put it into the ring
 * @ring: the ring
 * @record: the record; its number and its times are set
 *
 * Context: Any but NMI.
 * Return: the number of the record.
 */
u64 fserror_ring_add(struct fserror_ring *ring, struct fserror_record *record)
{
	guard(raw_spinlock_irqsave)(&ring->lock);

	/* under the lock, so that the times are in the order of the numbers */
	record->realtime_ns = ktime_get_real_ns();
	record->boottime_ns = ktime_get_boottime_ns();
	record->seq = ++ring->last;
	ring->slots[record->seq & (ring->size - 1)] = *record;
	ring->kinds[record->kind]++;
	return record->seq;
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
 * @seq has been overwritten, or 0 if @seq has not been written yet.
 */
u64 fserror_ring_read(struct fserror_ring *ring, u64 seq,
		      struct fserror_record *record)
{
	guard(raw_spinlock_irqsave)(&ring->lock);

	if (seq > ring->last)
		return 0;
	seq = max(seq, fserror_ring_first(ring));
	*record = ring->slots[seq & (ring->size - 1)];
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

/**
 * fserror_journal_add - publish a record
 * @sb: filesystem that the record is counted for, or NULL
 * @record: the record; its number and its times are set
 *
 * Context: Any but NMI.
 */
void fserror_journal_add(struct super_block *sb, struct fserror_record *record)
{
	/* only before core_initcall(), when nothing is mounted */
	if (WARN_ON_ONCE(!fserror_journal.slots))
		return;

	fserror_ring_add(&fserror_journal, record);
	trace_fserror_record(record);

	if (sb)
		fserror_sb_count(sb, record);
	fserror_publish_kick();
}

/**
 * fserror_journal_read - copy a record out of the journal
 * @seq: number of the record that is wanted, not 0
 * @record: where it goes
 *
 * Context: Any but NMI.
 * Return: as fserror_ring_read().
 */
u64 fserror_journal_read(u64 seq, struct fserror_record *record)
{
	return fserror_ring_read(&fserror_journal, seq, record);
}

/**
 * fserror_journal_stat - describe the journal
 * @stat: filled in
 *
 * Context: Any but NMI.
 */
void fserror_journal_stat(struct fserror_ring_stat *stat)
{
	fserror_ring_stat(&fserror_journal, stat);
}

static int __init fserror_journal_init(void)
{
	int error;

	error = fserror_publish_init();
	if (error)
		return error;
	return fserror_ring_init(&fserror_journal, ring);
}
core_initcall(fserror_journal_init);
