// SPDX-License-Identifier: GPL-2.0-only
/*
 * The publisher: adds records to the rings, and sends them in the order of their
 * numbers to the netlink groups.
 *
 * There is one work item for each group, so the order of delivery is the order of the
 * numbers. It works from a cursor, not from a queue: when records come faster than
 * they can be sent, the ring moves past the cursor, and what is gone is told by its
 * numbers.
 *
 * A filesystem that reports more than FSERROR_IO_RATE different errors a second is
 * told of as a whole: one record that says how many there were.
 *
 * LOCKING
 *
 * A ring's lock is not held when anything is delivered. The publisher runs with no
 * lock of a filesystem. It allocates without doing I/O:
 * the I/O may be what is failing. fserror_publish() works in any context but NMI.
 */
#include <linux/init.h>
#include <linux/netlink.h>
#include <linux/sched/mm.h>
#include <linux/skbuff.h>
#include <linux/timekeeping.h>
#include "internal.h"

#define CREATE_TRACE_POINTS
#include <trace/events/fserror.h>

/**
 * struct fserror_publisher - what is kept for a group
 * @group: the group
 * @work: sends its records
 * @later: looks whether those that wait are due
 * @cursor: number of the last record that was put into a message; written by @work
 * @published: number of the last record that was sent; written by @work
 * @unsent: records that were overwritten before they were sent; written by @work
 * @next: the record that is being sent; only used by @work
 * @skb: message that is being filled, or NULL
 * @hdr: its header
 * @sample: the first record in it; all of them are alike to every filter
 */
struct fserror_publisher {
	enum fserror_group	group;
	struct work_struct	work;
	struct delayed_work	later;
	u64			cursor;
	u64			published;
	u64			unsent;
	struct fserror_record	next;
	struct sk_buff		*skb;
	void			*hdr;
	struct fserror_record	sample;
};

static struct fserror_publisher fserror_publishers[FSERROR_NR_GROUPS];
static struct workqueue_struct *fserror_wq;
/* for what is reported while a filesystem is being mounted or unmounted */
static struct fserror_count fserror_no_count;

/* what the last broadcast of the group damage came to, true before the first one */
static bool fserror_damage_heard = true;

/* records that are sent in one go */
#define FSERROR_SEND_MAX	256

static void fserror_send(struct fserror_publisher *pub)
{
	bool heard;

	if (!pub->skb)
		return;
	/* a socket that could not take it is told so by the socket layer */
	heard = fserror_msg_event_send(pub->skb, pub->hdr, pub->group,
				       &pub->sample);
	if (pub->group == FSERROR_GROUP_DAMAGE)
		WRITE_ONCE(fserror_damage_heard, heard);
	pub->skb = NULL;
}

static bool fserror_send_begin(struct fserror_publisher *pub)
{
	/* may wait for memory: the ring goes on, and the numbers tell of it */
	pub->skb = fserror_msg_event_new(pub->group, &pub->hdr);
	return pub->skb;
}

static void fserror_send_cancel(struct fserror_publisher *pub)
{
	WARN_ON_ONCE(1);
	kfree_skb(pub->skb);
	pub->skb = NULL;
}

static bool fserror_send_record(struct fserror_publisher *pub,
				const struct fserror_record *record)
{
	if (pub->skb && !fserror_filter_same(&pub->sample, record))
		fserror_send(pub);
	if (pub->skb && !fserror_msg_put_record(pub->skb,
						FSERROR_A_EVENT_RECORD, record))
		return true;

	/* full, or there is none */
	fserror_send(pub);
	if (!fserror_send_begin(pub))
		return false;
	pub->sample = *record;
	if (!fserror_msg_put_record(pub->skb, FSERROR_A_EVENT_RECORD, record))
		return true;
	fserror_send_cancel(pub);
	return false;
}

static void fserror_send_lost(struct fserror_publisher *pub, u64 first,
			      u64 last)
{
	fserror_send(pub);
	if (!fserror_send_begin(pub))
		return;
	/* no filter has a say in this */
	memset(&pub->sample, 0, sizeof(pub->sample));
	if (fserror_msg_put_lost(pub->skb, first, last))
		fserror_send_cancel(pub);
	fserror_send(pub);
}

/*
 * Send what there is, but not for ever: the watchers inside the kernel want to be
 * kicked again. Returns the number of the last record that there was no memory to
 * send, or 0.
 */
static u64 fserror_send_some(struct fserror_publisher *pub)
{
	u64 want, seq, lost = 0;
	unsigned int nr;

	for (nr = 0; nr < FSERROR_SEND_MAX; nr++) {
		want = pub->cursor + 1;
		seq = fserror_journal_read(pub->group, want, &pub->next);
		if (!seq)
			break;

		if (seq > want) {
			WRITE_ONCE(pub->unsent, pub->unsent + seq - want);
			if (fserror_msg_has_listeners(pub->group))
				fserror_send_lost(pub, want, seq - 1);
		}
		if (fserror_msg_has_listeners(pub->group) &&
		    !fserror_send_record(pub, &pub->next))
			lost = seq;

		pub->cursor = seq;
		/* what is in a message that is being filled has not been sent */
		WRITE_ONCE(pub->published,
			   pub->skb ? pub->sample.seq - 1 : seq);
		cond_resched();
	}
	fserror_send(pub);
	WRITE_ONCE(pub->published, pub->cursor);
	return lost;
}

/* There is something new in the ring of a group, or it is time for what waits in it. */
static void fserror_publish_kick(struct fserror_publisher *pub)
{
	u64 now_ns = ktime_get_boottime_ns(), due_ns;

	/* the work comes back here when it is done */
	if (fserror_journal_due(pub->group, now_ns, &due_ns) >
	    READ_ONCE(pub->published))
		queue_work(fserror_wq, &pub->work);
	else if (due_ns != U64_MAX)
		mod_delayed_work(fserror_wq, &pub->later,
				 nsecs_to_jiffies(due_ns - now_ns) + 1);
}

static void fserror_publish_later(struct work_struct *work)
{
	fserror_publish_kick(container_of(to_delayed_work(work),
					  struct fserror_publisher, later));
}

static void fserror_publish_work(struct work_struct *work)
{
	struct fserror_publisher *pub =
			container_of(work, struct fserror_publisher, work);
	unsigned int noio = memalloc_noio_save();
	u64 lost;

	fserror_watchers_kick(pub->group);
	lost = fserror_send_some(pub);
	memalloc_noio_restore(noio);
	/* for what came meanwhile and has just been sent */
	fserror_watchers_kick(pub->group);

	/* the number goes on, so the next message shows the hole as well */
	if (lost)
		pr_warn_ratelimited("fserror: no memory to send records up to %llu, they are in the ring\n",
				    lost);
	fserror_publish_kick(pub);
}

/**
 * fserror_count_init - begin to count for an instance of a filesystem
 * @count: the counters
 * @instance: its number
 *
 * Context: Any.
 */
void fserror_count_init(struct fserror_count *count, u64 instance)
{
	memset(count, 0, sizeof(*count));
	count->instance = instance;
	atomic_set(&count->io_tokens, FSERROR_IO_BURST);
	count->io_refilled = jiffies;
}

/**
 * fserror_count_token - may a filesystem make a record of its own?
 * @count: what is kept for it; one token is taken
 * @now: jiffies
 *
 * Context: Any.
 * Return: whether it may.
 */
bool fserror_count_token(struct fserror_count *count, unsigned long now)
{
	unsigned long last = READ_ONCE(count->io_refilled);
	unsigned long passed = min(now - last,
				   FSERROR_IO_BURST / FSERROR_IO_RATE * HZ);
	int add = passed * FSERROR_IO_RATE / HZ;
	int old;

	/* one of those who come at once refills */
	if (add && try_cmpxchg(&count->io_refilled, &last, now)) {
		old = atomic_read(&count->io_tokens);
		while (!atomic_try_cmpxchg(&count->io_tokens, &old,
					   min(old + add, FSERROR_IO_BURST)))
			;
	}
	return atomic_dec_if_positive(&count->io_tokens) >= 0;
}

static void fserror_count_record(struct fserror_count *count,
				 const struct fserror_record *record)
{
	atomic64_inc(&count->kinds[record->kind]);
	if (record->kind != FSERROR_KIND_CLEARED &&
	    record->flags & FSERROR_RECORD_FLAG_UNRESOLVED)
		atomic64_inc(&count->unresolved);
	if (record->kind == FSERROR_KIND_DATA_LOST && !record->device.dev)
		atomic64_inc(&count->unlisted);
	if (record->kind == FSERROR_KIND_METADATA && !record->device.dev)
		atomic64_inc(&count->unlisted_metadata);
	if (record->kind == FSERROR_KIND_SHUTDOWN)
		WRITE_ONCE(count->shutdown, true);
}

/* A resolver says what kind a record is: 0 if there is no such kind. */
static enum fserror_group fserror_publish_check(struct fserror_count *count,
						struct fserror_record *record)
{
	if (WARN_ON_ONCE(!record->kind || record->kind > FSERROR_KIND_MAX))
		return 0;
	if (count)
		record->instance = count->instance;
	return fserror_group_of(record->kind);
}

/**
 * fserror_publish - publish a record
 * @count: what is kept for the instance of the filesystem that it is about; NULL if
 *	there is none
 * @record: the record; its instance, numbers and times are set
 *
 * Context: Any but NMI. The caller keeps @count alive.
 * Return: the number of the record, or 0 if it has a kind that there is not.
 */
u64 fserror_publish(struct fserror_count *count, struct fserror_record *record)
{
	enum fserror_group group = fserror_publish_check(count, record);
	bool added;

	if (!group)
		return 0;

	added = fserror_journal_add(group, record,
				    count ? &count->fs_seq[group] : NULL);
	trace_fserror_record(record);
	if (added) {
		if (count)
			fserror_count_record(count, record);
		fserror_publish_kick(&fserror_publishers[group]);
	}
	return record->seq;
}

/**
 * fserror_publish_reported - publish a record of what a filesystem reports by itself
 * @count: as for fserror_publish()
 * @record: as for fserror_publish()
 *
 * If the filesystem reports too much it becomes a record about the filesystem as a
 * whole.
 *
 * Context: Any but NMI. The caller keeps @count alive.
 * Return: as fserror_publish().
 */
u64 fserror_publish_reported(struct fserror_count *count,
			     struct fserror_record *record)
{
	enum fserror_group group = fserror_publish_check(count, record);

	if (!group)
		return 0;
	if (fserror_journal_merge(group, record)) {
		trace_fserror_record(record);
		return record->seq;
	}
	if (record->kind != FSERROR_KIND_SHUTDOWN &&
	    !fserror_count_token(count ?: &fserror_no_count, jiffies))
		fserror_record_strip(record);
	return fserror_publish(count, record);
}

/**
 * fserror_publish_test - publish a record of which nothing is true but that it is a
 * test
 * @sb: filesystem that it names, or NULL
 * @count: what is kept for it, or NULL
 *
 * Nobody but the watchers hears of it: other channels that tell of errors would take
 * it for one.
 *
 * Context: Any but NMI. The caller keeps @sb and @count alive.
 * Return: the number of the record.
 */
u64 fserror_publish_test(struct super_block *sb, struct fserror_count *count)
{
	struct fserror_record record;

	fserror_record_init(&record, sb, FSERROR_KIND_TEST, 0);
	return fserror_publish(count, &record);
}

/**
 * fserror_published - how far the publisher of a group is
 * @group: the group
 * @unsent: set to the number of records that were overwritten before they were
 *	sent
 *
 * Context: Any.
 * Return: the number of the last record that was sent, 0 if none was.
 */
u64 fserror_published(enum fserror_group group, u64 *unsent)
{
	*unsent = READ_ONCE(fserror_publishers[group].unsent);
	return READ_ONCE(fserror_publishers[group].published);
}

/**
 * fserror_publish_heard - does anybody hear of damage?
 *
 * genl_has_listeners() counts sockets of all network namespaces; the last broadcast
 * has shown whether there was one of the initial one among them.
 *
 * Context: Any.
 * Return: whether somebody does.
 */
bool fserror_publish_heard(void)
{
	return fserror_watch_damage() ||
	       (fserror_msg_has_listeners(FSERROR_GROUP_DAMAGE) &&
		READ_ONCE(fserror_damage_heard));
}

#if IS_ENABLED(CONFIG_FSERROR_KUNIT_TEST)
/**
 * fserror_publish_wait - have all that was made so far arrive everywhere
 *
 * Context: Process context, sleeps. Not from a watcher.
 */
void fserror_publish_wait(void)
{
	enum fserror_group group;

	for (group = 1; group < FSERROR_NR_GROUPS; group++) {
		while (READ_ONCE(fserror_publishers[group].published) <
		       fserror_journal_take(group)) {
			queue_work(fserror_wq, &fserror_publishers[group].work);
			flush_work(&fserror_publishers[group].work);
		}
		flush_work(&fserror_publishers[group].work);
	}
	fserror_watchers_flush();
}
#endif

static int __init fserror_publish_init(void)
{
	enum fserror_group group;

	for (group = 1; group < FSERROR_NR_GROUPS; group++) {
		fserror_publishers[group].group = group;
		INIT_WORK(&fserror_publishers[group].work,
			  fserror_publish_work);
		INIT_DELAYED_WORK(&fserror_publishers[group].later,
				  fserror_publish_later);
	}
	fserror_wq = alloc_workqueue("fserror", WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	return fserror_wq ? 0 : -ENOMEM;
}
core_initcall(fserror_publish_init);
