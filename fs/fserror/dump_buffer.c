// SPDX-License-Identifier: GPL-2.0-only
/*
 * The buffer between the work item of a damage-get, which fills it, and the calls of
 * netlink, which empty it. There is one writer and one reader.
 *
 * LOCKING
 *
 * fserror_dump.lock protects the places of the buffer and is innermost. What is in a
 * place belongs to the writer until it is pushed, and then to the reader until it is
 * popped.
 */
#include <linux/cleanup.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "dump.h"

/**
 * fserror_dump_room - the next free place
 * @dump: the dump
 *
 * Context: The one writer.
 * Return: the place, until fserror_dump_push(), or NULL if the buffer is full.
 */
struct fserror_dump_item *fserror_dump_room(struct fserror_dump *dump)
{
	guard(spinlock)(&dump->lock);
	if (dump->nr == FSERROR_DUMP_ITEMS)
		return NULL;
	return &dump->items[(dump->first + dump->nr) % FSERROR_DUMP_ITEMS];
}

/**
 * fserror_dump_push - hand over what is in the next free place
 * @dump: the dump
 * @type: what it is
 *
 * Context: The one writer, after fserror_dump_room().
 */
void fserror_dump_push(struct fserror_dump *dump, enum fserror_dump_type type)
{
	unsigned int nr;

	scoped_guard(spinlock, &dump->lock) {
		dump->items[(dump->first + dump->nr) %
			    FSERROR_DUMP_ITEMS].type = type;
		nr = ++dump->nr;
	}
	if (nr == FSERROR_DUMP_ITEMS / 2)
		wake_up_all(&dump->wait);
}

/**
 * fserror_dump_push_record - hand over a record
 * @dump: the dump
 * @record: the record
 *
 * Context: The one writer.
 * Return: false if there was no room for it.
 */
bool fserror_dump_push_record(struct fserror_dump *dump,
			      const struct fserror_record *record)
{
	struct fserror_dump_item *item = fserror_dump_room(dump);

	if (!item)
		return false;
	item->record = *record;
	fserror_dump_push(dump, FSERROR_DUMP_RECORD);
	return true;
}

/**
 * fserror_dump_push_frame - hand over the beginning or the end of a filesystem
 * @dump: the dump
 * @type: which
 * @info: the filesystem; freed by whoever pops it
 *
 * Context: The one writer.
 * Return: false if there was no room for it.
 */
bool fserror_dump_push_frame(struct fserror_dump *dump,
			     enum fserror_dump_type type,
			     struct fserror_sb_info *info)
{
	struct fserror_dump_item *item = fserror_dump_room(dump);

	if (!item)
		return false;
	item->flags = dump->end;
	item->info = info;
	fserror_dump_push(dump, type);
	return true;
}

static bool fserror_dump_is_ready(struct fserror_dump *dump)
{
	guard(spinlock)(&dump->lock);
	return dump->done || dump->nr >= FSERROR_DUMP_ITEMS / 2;
}

/**
 * fserror_dump_wait - wait until there is a good deal to read, or all
 * @dump: the dump
 * @timeout: how long, in jiffies
 *
 * Context: Process context, sleeps.
 * Return: false if the reader is being killed.
 */
bool fserror_dump_wait(struct fserror_dump *dump, unsigned long timeout)
{
	wait_event_interruptible_timeout(dump->wait,
					 fserror_dump_is_ready(dump), timeout);
	return !fatal_signal_pending(current);
}

/**
 * fserror_dump_first - the oldest item
 * @dump: the dump
 * @done: set if there is none and none will come
 *
 * Context: The one reader.
 * Return: the item, until fserror_dump_pop(), or NULL if there is none.
 */
struct fserror_dump_item *fserror_dump_first(struct fserror_dump *dump,
					     bool *done)
{
	guard(spinlock)(&dump->lock);
	*done = dump->done && !dump->nr;
	return dump->nr ? &dump->items[dump->first] : NULL;
}

/**
 * fserror_dump_pop - the oldest item has been read
 * @dump: the dump
 *
 * Context: The one reader.
 * Return: whether the writer is to go on, if it has found the buffer full: said once.
 */
bool fserror_dump_pop(struct fserror_dump *dump)
{
	guard(spinlock)(&dump->lock);
	kfree(dump->items[dump->first].info);
	dump->items[dump->first].info = NULL;
	dump->first = (dump->first + 1) % FSERROR_DUMP_ITEMS;
	return --dump->nr == FSERROR_DUMP_ITEMS / 2 && !dump->done;
}
