// SPDX-License-Identifier: GPL-2.0-only
/*
 * The watchers inside the kernel.
 *
 * Each has its own place in the rings and its own work item, so it is called for the
 * records in the order of their numbers, and one that is slow, or stuck, delays
 * nobody: not the sockets, not the other watchers.
 *
 * LOCKING
 *
 * fserror_watch_lock protects the list of watchers. It is not held over callbacks.
 *
 * LIFETIME
 *
 * struct fserror_watcher exists from fserror_watch_register() to
 * fserror_watch_unregister(), which takes it off the list before it cancels its
 * work: nobody queues that any more. It waits for callbacks of its own watcher only.
 */
#include <linux/cleanup.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include "internal.h"

/**
 * struct fserror_watcher - what is kept for a watcher inside the kernel
 * @list: in the list of watchers
 * @watch: the watcher
 * @work: calls it
 * @groups: what it wants to hear
 * @cursor: number of the last record of each group that it was called for; written
 *	by @work
 * @record: the record that it is being called for
 */
struct fserror_watcher {
	struct list_head	list;
	struct fserror_watch	*watch;
	struct work_struct	work;
	u32			groups;
	u64			cursor[FSERROR_NR_GROUPS];
	struct fserror_record	record;
};

static DEFINE_MUTEX(fserror_watch_lock);
static LIST_HEAD(fserror_watchers);
static unsigned int fserror_nr_watchers;
static unsigned int fserror_nr_damage_watchers;

static void fserror_watch_call(struct fserror_watcher *watcher,
			       enum fserror_group group)
{
	struct fserror_record *record = &watcher->record;
	struct fserror_watch *watch = watcher->watch;
	u64 want, seq;

	for (;;) {
		want = watcher->cursor[group] + 1;
		seq = fserror_journal_read(group, want, record);
		if (!seq)
			return;

		if (seq > want && watch->lost)
			watch->lost(watch, group, want, seq - 1);
		if (!watch->instance || watch->instance == record->instance)
			watch->event(watch, record);
		watcher->cursor[group] = seq;
		cond_resched();
	}
}

static void fserror_watch_work(struct work_struct *work)
{
	struct fserror_watcher *watcher =
			container_of(work, struct fserror_watcher, work);
	enum fserror_group group;

	for (group = 1; group < FSERROR_NR_GROUPS; group++)
		if (watcher->groups & BIT(group))
			fserror_watch_call(watcher, group);
}

/**
 * fserror_watchers_kick - there is something new in the ring of a group
 * @group: the group
 *
 * Context: Process context, may sleep.
 */
void fserror_watchers_kick(enum fserror_group group)
{
	struct fserror_watcher *watcher;

	guard(mutex)(&fserror_watch_lock);
	list_for_each_entry(watcher, &fserror_watchers, list)
		if (watcher->groups & BIT(group))
			queue_work(system_dfl_long_wq, &watcher->work);
}

/**
 * fserror_watch_count - number of watchers inside the kernel
 *
 * Context: Any.
 * Return: how many there are.
 */
unsigned int fserror_watch_count(void)
{
	return READ_ONCE(fserror_nr_watchers);
}

/**
 * fserror_watch_damage - does a watcher inside the kernel hear of damage?
 *
 * Context: Any.
 * Return: whether there is one.
 */
bool fserror_watch_damage(void)
{
	return READ_ONCE(fserror_nr_damage_watchers);
}

static void fserror_watch_account(const struct fserror_watcher *watcher, int n)
{
	lockdep_assert_held(&fserror_watch_lock);

	WRITE_ONCE(fserror_nr_watchers, fserror_nr_watchers + n);
	if (watcher->groups & BIT(FSERROR_GROUP_DAMAGE))
		WRITE_ONCE(fserror_nr_damage_watchers,
			   fserror_nr_damage_watchers + n);
}

/**
 * fserror_watch_register - begin to watch
 * @watch: the watcher; all but its priv is set and it stays where it is until it is
 *	unregistered
 *
 * The first record that the watcher is called for is one that was made after
 * this call, or shortly before it.
 *
 * Context: Process context, may sleep. Not from a watcher's callback.
 * Return: 0, -EINVAL if the watcher has no event callback or wants a group that there
 * is not, or -ENOMEM.
 */
int fserror_watch_register(struct fserror_watch *watch)
{
	u32 groups = watch->groups ?: BIT(FSERROR_GROUP_DAMAGE);
	struct fserror_watcher *watcher;
	enum fserror_group group;

	if (!watch->event ||
	    groups & ~(BIT(FSERROR_GROUP_DAMAGE) | BIT(FSERROR_GROUP_IO)))
		return -EINVAL;

	watcher = kzalloc_obj(*watcher);
	if (!watcher)
		return -ENOMEM;
	watcher->watch = watch;
	watcher->groups = groups;
	INIT_WORK(&watcher->work, fserror_watch_work);
	for (group = 1; group < FSERROR_NR_GROUPS; group++)
		watcher->cursor[group] = fserror_journal_last(group);
	watch->priv = watcher;

	guard(mutex)(&fserror_watch_lock);
	list_add_tail(&watcher->list, &fserror_watchers);
	fserror_watch_account(watcher, 1);
	/* for what was made since its cursor was set */
	queue_work(system_dfl_long_wq, &watcher->work);
	return 0;
}
EXPORT_SYMBOL_GPL(fserror_watch_register);

/**
 * fserror_watch_unregister - stop watching
 * @watch: the watcher
 *
 * No callback of the watcher runs any more when this returns.
 *
 * Context: Process context, may sleep. Not from the watcher's own callback.
 */
void fserror_watch_unregister(struct fserror_watch *watch)
{
	struct fserror_watcher *watcher = watch->priv;

	scoped_guard(mutex, &fserror_watch_lock) {
		list_del(&watcher->list);
		fserror_watch_account(watcher, -1);
	}
	cancel_work_sync(&watcher->work);
	watch->priv = NULL;
	kfree(watcher);
}
EXPORT_SYMBOL_GPL(fserror_watch_unregister);

#if IS_ENABLED(CONFIG_FSERROR_KUNIT_TEST)
/**
 * fserror_watchers_flush - wait for the callbacks of all watchers
 *
 * Context: Process context, sleeps. Not from a watcher's callback.
 */
void fserror_watchers_flush(void)
{
	struct fserror_watcher *watcher;

	guard(mutex)(&fserror_watch_lock);
	list_for_each_entry(watcher, &fserror_watchers, list)
		flush_work(&watcher->work);
}
#endif
