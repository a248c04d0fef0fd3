// SPDX-License-Identifier: GPL-2.0-only
/*
 * The publisher: takes the records out of the journal in the order of their
 * numbers and hands them to the netlink group and to the watchers inside the
 * kernel.
 *
 * There is one work item on an ordered workqueue, so the order of delivery is
 * the order of the numbers. It works from a cursor, not from a queue: when
 * records come faster than they can be sent, the ring moves past the cursor, and
 * what is gone is told by its numbers.
 *
 * LOCKING
 *
 * fserror_watch_lock protects the list of watchers and is held over their
 * callbacks, which may sleep. fserror_watch_unregister() takes it too, and so
 * returns only when no callback runs any more. Under it are taken: what the
 * callbacks take; nothing of ours. The journal's lock is not held when anything
 * is delivered.
 *
 * The publisher runs with no lock of a filesystem, and the journal kicks it from
 * any context.
 */
#include <linux/cleanup.h>
#include <linux/mutex.h>
#include <net/genetlink.h>
#include <linux/wait.h>
#include "internal.h"

static void fserror_publish(struct work_struct *work);

static struct workqueue_struct *fserror_wq;
static DECLARE_WORK(fserror_work, fserror_publish);
static DECLARE_WAIT_QUEUE_HEAD(fserror_published_wait);

/* written by the publisher only */
static u64 fserror_taken_seq;
static u64 fserror_published_seq;
static u64 fserror_unsent;

static DEFINE_MUTEX(fserror_watch_lock);
static LIST_HEAD(fserror_watches);
static unsigned int fserror_nr_watches;

/**
 * struct fserror_batch - a message that is being filled
 * @skb: the message, or NULL
 * @hdr: its header
 * @sample: the first record in it; all of them are alike to every filter
 */
struct fserror_batch {
	struct sk_buff		*skb;
	void			*hdr;
	struct fserror_record	sample;
};

/* too large for a stack; only the publisher uses them */
static struct fserror_batch fserror_batch;
static struct fserror_record fserror_next;

static void fserror_batch_send(struct fserror_batch *batch)
{
	if (!batch->skb)
		return;
	/* a socket that could not take it is told so by the socket layer */
	fserror_nl_event_send(batch->skb, batch->hdr, &batch->sample);
	batch->skb = NULL;
}

static struct sk_buff *fserror_batch_begin(struct fserror_batch *batch)
{
	/* may wait for memory: the ring goes on, and the numbers tell of it */
	batch->skb = fserror_nl_event_new(&batch->hdr);
	return batch->skb;
}

static bool fserror_batch_put(struct fserror_batch *batch,
			      const struct fserror_record *record)
{
	if (batch->skb && !fserror_filter_same(&batch->sample, record))
		fserror_batch_send(batch);
	if (batch->skb &&
	    !fserror_nl_put_record(batch->skb, FSERROR_A_EVENT_RECORD, record))
		return true;

	/* full, or there is none */
	fserror_batch_send(batch);
	if (!fserror_batch_begin(batch))
		return false;
	batch->sample = *record;
	if (!fserror_nl_put_record(batch->skb, FSERROR_A_EVENT_RECORD, record))
		return true;

	WARN_ON_ONCE(1);
	nlmsg_free(batch->skb);
	batch->skb = NULL;
	return false;
}

static void fserror_batch_put_lost(struct fserror_batch *batch, u64 first,
				   u64 last)
{
	fserror_batch_send(batch);
	if (!fserror_batch_begin(batch))
		return;
	/* no filter has a say in this */
	memset(&batch->sample, 0, sizeof(batch->sample));
	if (fserror_nl_put_lost(batch->skb, first, last)) {
		WARN_ON_ONCE(1);
		nlmsg_free(batch->skb);
		batch->skb = NULL;
		return;
	}
	fserror_batch_send(batch);
}

static void fserror_watches_call(const struct fserror_record *record)
{
	struct fserror_watch *watch;

	guard(mutex)(&fserror_watch_lock);
	list_for_each_entry(watch, &fserror_watches, list) {
		if (watch->sb_dev && watch->sb_dev != record->dev)
			continue;
		watch->event(watch, record);
	}
}

static void fserror_watches_call_lost(u64 first, u64 last)
{
	struct fserror_watch *watch;

	guard(mutex)(&fserror_watch_lock);
	list_for_each_entry(watch, &fserror_watches, list)
		if (watch->lost)
			watch->lost(watch, first, last);
}

static void fserror_set_published(u64 seq)
{
	WRITE_ONCE(fserror_published_seq, seq);
	wake_up_all(&fserror_published_wait);
}

static void fserror_publish(struct work_struct *work)
{
	struct fserror_batch *batch = &fserror_batch;
	struct fserror_record *next = &fserror_next;
	u64 want, seq, lost = 0;

	for (;;) {
		want = fserror_taken_seq + 1;
		seq = fserror_journal_read(want, next);
		if (!seq)
			break;

		if (seq > want) {
			WRITE_ONCE(fserror_unsent,
				   fserror_unsent + seq - want);
			if (fserror_nl_has_listeners())
				fserror_batch_put_lost(batch, want, seq - 1);
			fserror_watches_call_lost(want, seq - 1);
		}

		if (fserror_nl_has_listeners() &&
		    !fserror_batch_put(batch, next))
			lost = seq;
		fserror_watches_call(next);

		fserror_taken_seq = seq;
		/* what is in a message that is being filled has not been sent */
		fserror_set_published(batch->skb ? batch->sample.seq - 1 : seq);
		cond_resched();
	}
	fserror_batch_send(batch);
	fserror_set_published(fserror_taken_seq);

	/* the number goes on, so the next message shows the hole as well */
	if (lost)
		pr_warn_ratelimited("fserror: no memory to send records up to %llu, they are in the journal\n",
				    lost);
}

/**
 * fserror_publish_kick - there is something new in the journal
 *
 * Context: Any but NMI.
 */
void fserror_publish_kick(void)
{
	queue_work(fserror_wq, &fserror_work);
}

static bool fserror_publish_caught_up(u64 seq)
{
	return READ_ONCE(fserror_published_seq) >= seq;
}

/**
 * fserror_publish_wait - wait until what is in the journal has been sent on
 *
 * For those who make many records and would rather be slowed down than have
 * them overwritten.
 *
 * Context: Process context, sleeps. Must not be called by a watcher, nor with a
 * lock held that a watcher inside the kernel takes.
 */
void fserror_publish_wait(void)
{
	struct fserror_ring_stat stat;

	fserror_journal_stat(&stat);
	wait_event(fserror_published_wait,
		   fserror_publish_caught_up(stat.last));
}

/**
 * fserror_published - how far the publisher is
 * @unsent: set to the number of records that were overwritten before they were
 *	sent
 *
 * Context: Any.
 * Return: the number of the last record that was sent, 0 if none was.
 */
u64 fserror_published(u64 *unsent)
{
	*unsent = READ_ONCE(fserror_unsent);
	return READ_ONCE(fserror_published_seq);
}

/**
 * fserror_watch_count - number of watchers inside the kernel
 *
 * Context: Any.
 * Return: how many there are.
 */
unsigned int fserror_watch_count(void)
{
	/* without the lock, which is held over callbacks that sleep */
	return READ_ONCE(fserror_nr_watches);
}

/**
 * fserror_watch_register - begin to watch
 * @watch: the watcher; its callbacks and its sb_dev are set and it stays where
 *	it is until it is unregistered
 *
 * The first record that the watcher is called for is one that was made after
 * this call, or shortly before it.
 *
 * Context: Process context, may sleep. Not from a watcher's callback.
 * Return: 0, or -EINVAL if the watcher has no event callback.
 */
int fserror_watch_register(struct fserror_watch *watch)
{
	if (!watch->event)
		return -EINVAL;

	guard(mutex)(&fserror_watch_lock);
	list_add_tail(&watch->list, &fserror_watches);
	WRITE_ONCE(fserror_nr_watches, fserror_nr_watches + 1);
	return 0;
}
EXPORT_SYMBOL_GPL(fserror_watch_register);

/**
 * fserror_watch_unregister - stop watching
 * @watch: the watcher
 *
 * No callback of the watcher runs any more when this returns.
 *
 * Context: Process context, may sleep. Not from a watcher's callback.
 */
void fserror_watch_unregister(struct fserror_watch *watch)
{
	guard(mutex)(&fserror_watch_lock);
	list_del(&watch->list);
	WRITE_ONCE(fserror_nr_watches, fserror_nr_watches - 1);
}
EXPORT_SYMBOL_GPL(fserror_watch_unregister);

/**
 * fserror_publish_init - make the workqueue
 *
 * Context: Process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int __init fserror_publish_init(void)
{
	fserror_wq = alloc_ordered_workqueue("fserror", WQ_MEM_RECLAIM);
	return fserror_wq ? 0 : -ENOMEM;
}
