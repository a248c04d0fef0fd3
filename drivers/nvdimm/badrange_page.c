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
 * A page that was poisoned in software, by madvise() or the hwpoison injector,
 * has no machine check behind it and is entered as final at once. So is a page
 * of a bus that has no driver to decode one.
 *
 * A tentative entry is no part of what is known to be bad: it is not put into
 * badblocks, nor told, nor listed. It is forgotten like any other when the page
 * is written and its poison cleared.
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
#include <kunit/visibility.h>
#include "badrange_page.h"
#include "nd-core.h"

static bool badrange_touches(const struct badrange_entry *bre, u64 addr,
			     u64 length)
{
	/* as last bytes, which do not overflow */
	return bre->start <= addr + length - 1 &&
	       addr <= bre->start + bre->length - 1;
}

/* Is there a finer report of what hit this page? */
static bool badrange_finer_known(const struct badrange_entry *bre, u64 addr,
				 u64 length, u64 now)
{
	return !bre->tentative && bre->stamp &&
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
 * reported by a machine check a moment ago. The caller sees to it that
 * badrange_settle_pages() is called BADRANGE_SETTLE jiffies from now.
 *
 * Context: Process context; does not start I/O. Takes the list's lock.
 * Return: 0, or -ENOMEM if there is no memory for an entry.
 */
int badrange_add_page(struct badrange *badrange, u64 addr, u64 length)
{
	struct badrange_entry *bre, *bre_new;
	u64 now = get_jiffies_64();
	int error = 0;

	bre_new = kzalloc_obj(*bre_new, GFP_NOIO);

	spin_lock(&badrange->lock);
	list_for_each_entry(bre, &badrange->list, list)
		if (badrange_covers(bre, addr, length) ||
		    badrange_finer_known(bre, addr, length, now))
			goto known;

	if (!bre_new) {
		error = -ENOMEM;
		goto known;
	}
	bre_new->cause = BDEV_BAD_MACHINE_CHECK;
	bre_new->tentative = true;
	bre_new->stamp = now;
	append_badrange_entry(badrange, bre_new, addr, length);
	bre_new = NULL;
known:
	spin_unlock(&badrange->lock);

	kfree(bre_new);
	return error;
}
EXPORT_SYMBOL_IF_KUNIT(badrange_add_page);

/**
 * badrange_refine_pages - drop pages that a report has made superfluous
 * @badrange: the list
 * @addr: first address of the report
 * @length: its length in bytes
 * @cause: its cause
 *
 * Those that a machine check hit, and those that are bad as a whole by whatever
 * report. Called when the report itself has been entered, so that nothing that
 * is bad is ever missing from the list.
 *
 * Context: Any but interrupt. The caller holds the list's lock.
 */
void badrange_refine_pages(struct badrange *badrange, u64 addr, u64 length,
			   enum bdev_bad_cause cause)
{
	struct badrange_entry *bre, *next;

	lockdep_assert_held(&badrange->lock);

	list_for_each_entry_safe(bre, next, &badrange->list, list) {
		bool whole = bre->start >= addr && bre->length <= length &&
			     bre->start - addr <= length - bre->length;

		if (!bre->tentative)
			continue;
		if (whole || (cause == BDEV_BAD_MACHINE_CHECK &&
			      badrange_touches(bre, addr, length))) {
			list_del(&bre->list);
			kfree(bre);
		}
	}
}

/**
 * badrange_settle_pages - make those pages final that have waited long enough
 * @badrange: the list
 *
 * Context: Any but interrupt. Takes the list's lock.
 * Return: in how many jiffies to call again, 0 if no page is waiting.
 */
unsigned long badrange_settle_pages(struct badrange *badrange)
{
	u64 now = get_jiffies_64(), age;
	struct badrange_entry *bre;
	unsigned long delay = 0;

	spin_lock(&badrange->lock);
	list_for_each_entry(bre, &badrange->list, list) {
		if (!bre->tentative)
			continue;
		age = now - bre->stamp;
		if (age >= BADRANGE_SETTLE)
			bre->tentative = false;
		else
			delay = min_not_zero(delay, (unsigned long)
					     (BADRANGE_SETTLE - age));
	}
	spin_unlock(&badrange->lock);

	return delay;
}
EXPORT_SYMBOL_IF_KUNIT(badrange_settle_pages);
