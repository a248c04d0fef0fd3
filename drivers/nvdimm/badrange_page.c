// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that stand in for a finer report of the same machine check.
 *
 * memory_failure() knows a page; the machine check that it was called for often
 * knows a cache line, and the driver of the platform enters just that in the
 * bus's list of bad ranges. Both speak of one incident, which must be told once,
 * as finely as anybody knows it. On x86 the order is
 *
 *  - action optional (patrol scrub, write-back): one pass over the decode chain
 *    calls memory_failure() first, MCE_PRIO_UC, and the nfit driver after it,
 *    MCE_PRIO_NFIT;
 *  - action required (consumed poison): memory_failure() runs as task work of
 *    the task that consumed it, the decode chain in a kernel worker; either may
 *    be first;
 *  - nothing decodes it, or not in these words (firmware first, CXL): the page
 *    is all that will ever be known.
 *
 * So the page of a real memory failure is entered as a tentative entry. A
 * machine check that is reported within it takes its place. One that was
 * reported there just before means that the page has nothing to add. If neither
 * comes in BADRANGE_SETTLE the entry becomes final and the whole page is bad. A
 * finer report after that changes nothing: it is covered.
 *
 * A tentative entry is in badblocks at once: the page is not mapped any more, so
 * a write to it has to clear it. When a finer report takes its place badblocks
 * gives back the rest. But it is not told, nor part of the answer to what is bad,
 * before it is final. It is forgotten like any other when the page is written
 * and its poison cleared.
 *
 * Who decodes machine checks says so in struct nvdimm_bus_descriptor. The pages of
 * other buses are final at once.
 *
 * SIMULATED PAGES
 *
 * A page that was poisoned in software, by madvise() or the hwpoison injector,
 * has no machine check behind it and is final at once. Nothing is wrong with the
 * memory: the kernel reads and writes it as before. So it is told, because it is
 * there to try out what is told, and part of the answer to what is bad, but it is
 * not in badblocks and refuses nothing.
 *
 * It is good again when it is written. That is known of what goes through the
 * driver: bios, zeroing, and write() to a DAX file, which does so once a page of
 * the device has failed. It is not known of stores to a mapping of a DAX file,
 * nor of unpoison_memory(), which tells no driver. Such a page stays reported
 * until it is written in another way, or the bus goes.
 *
 * LOCKING
 *
 * Everything here is under badrange->lock, a spinlock that is never taken in
 * interrupt context.
 */
#include <linux/blk-badrange.h>
#include <linux/libnvdimm.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include "bad_disk.h"
#include "badrange_page.h"
#include "nd-core.h"

static bool badrange_touches(const struct badrange_entry *bre, u64 addr,
			     u64 length)
{
	/* as last bytes, which do not overflow */
	return bre->start <= addr + length - 1 &&
	       addr <= badrange_last_addr(bre);
}

/* Is there a finer report of what hit this page? */
static bool badrange_finer_known(const struct badrange_entry *bre, u64 addr,
				 u64 length, u64 now)
{
	return !(bre->flags & BADRANGE_TENTATIVE) && bre->stamp &&
	       now - bre->stamp <= BADRANGE_SETTLE &&
	       badrange_touches(bre, addr, length);
}

/**
 * badrange_add_page - enter a page whose machine check may yet be told finer
 * @badrange: list of the bus that the page belongs to
 * @addr: physical address of the page
 * @length: in bytes
 *
 * Nothing is entered if the page is known to be bad, or a part of it was
 * reported by a machine check a moment ago. If there is no memory for an entry the
 * page is final at once.
 *
 * Context: Process context; does not start I/O. Takes the list's lock.
 */
void badrange_add_page(struct badrange *badrange, u64 addr, u64 length)
{
	u64 now = get_jiffies_64(), last = addr + length - 1;
	struct badrange_entry *bre, *bre_new;

	bre_new = kzalloc_obj(*bre_new, GFP_NOIO);

	spin_lock(&badrange->lock);
	for (bre = badrange_first(badrange, addr, last); bre;
	     bre = badrange_next(bre, addr, last)) {
		if (bre->flags & BADRANGE_SIMULATED)
			continue;
		if (badrange_covers(bre, addr, length) ||
		    badrange_finer_known(bre, addr, length, now))
			goto known;
	}

	if (bre_new) {
		bre_new->cause = BDEV_BAD_MACHINE_CHECK;
		bre_new->flags = BADRANGE_TENTATIVE;
		bre_new->stamp = now;
		append_badrange_entry(badrange, bre_new, addr, length);
		bre_new = NULL;
		badrange_refuse(badrange, addr, length);
		badrange_look_again(badrange, BADRANGE_SETTLE);
	} else {
		badrange_add_overflow(badrange, addr, length,
				      BDEV_BAD_MACHINE_CHECK);
		badrange_refuse(badrange, addr, length);
		badrange_tell(badrange, addr, length, BDEV_WHY_MACHINE_CHECK);
	}
known:
	spin_unlock(&badrange->lock);

	kfree(bre_new);
}

/**
 * badrange_refine_pages - drop pages that a report has made superfluous
 * @badrange: the list
 * @addr: first address of the report
 * @length: its length in bytes
 * @cause: its cause
 *
 * Those that a machine check hit, and those that are bad as a whole by whatever
 * report, simulated ones too. Called when the report itself has been entered, so
 * that nothing that is bad is ever missing from the list. Nothing is told: the
 * pages never were, or still are bad.
 *
 * Context: Any but interrupt. The caller holds the list's lock.
 */
void badrange_refine_pages(struct badrange *badrange, u64 addr, u64 length,
			   enum bdev_bad_cause cause)
{
	struct badrange_entry *bre, *next;
	u64 last = addr + length - 1;

	lockdep_assert_held(&badrange->lock);

	if (!badrange->nr_tentative && !badrange->nr_simulated)
		return;

	for (bre = badrange_first(badrange, addr, last); bre; bre = next) {
		u64 start = bre->start, len = bre->length;
		u8 flags = bre->flags;
		bool whole = start >= addr && start + len - 1 <= last;

		next = badrange_next(bre, addr, last);
		if (flags & BADRANGE_TENTATIVE) {
			if (!whole && cause != BDEV_BAD_MACHINE_CHECK)
				continue;
			delete_badrange_entry(badrange, bre);
			badrange_readmit(badrange, start, len);
		} else if (flags & BADRANGE_SIMULATED && whole) {
			delete_badrange_entry(badrange, bre);
		}
	}
}

/**
 * badrange_settle_pages - make those pages final that have waited long enough
 * @badrange: the list
 *
 * Context: Any but interrupt. The caller holds the list's lock.
 * Return: in how many jiffies to call again, 0 if no page is waiting.
 */
unsigned long badrange_settle_pages(struct badrange *badrange)
{
	u64 now = get_jiffies_64(), age;
	struct badrange_entry *bre;
	unsigned long delay = 0;

	lockdep_assert_held(&badrange->lock);

	if (!badrange->nr_tentative)
		return 0;

	list_for_each_entry(bre, &badrange->list, list) {
		if (!(bre->flags & BADRANGE_TENTATIVE))
			continue;
		age = now - bre->stamp;
		if (age < BADRANGE_SETTLE) {
			delay = min_not_zero(delay, (unsigned long)
					     (BADRANGE_SETTLE - age));
			continue;
		}
		bre->flags &= ~BADRANGE_TENTATIVE;
		badrange->nr_tentative--;
		badrange_tell(badrange, bre->start, bre->length,
			      BDEV_WHY_MACHINE_CHECK);
	}
	return delay;
}
