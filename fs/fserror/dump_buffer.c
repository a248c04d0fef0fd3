// SPDX-License-Identifier: GPL-2.0-only
/*
 * The buffer between the work item of a damage-get, which fills it, and the calls of
 * netlink, which empty it. There is one writer and one reader.
 *
 * Items go from one to the other by chunks: the writer fills one and hands it over, the
 * reader takes one and reads it, each without the other. So they meet once in 64 items,
 * and there is memory for no more than there are.
 *
 * A writer that has found the buffer full has to find its place in the filesystem, and
 * to get the inodes there, once more to go on. So there is room for many.
 *
 * LOCKING
 *
 * fserror_dump.lock protects the list of what was handed over, and is innermost.
 */
#include <linux/cleanup.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "dump.h"

/**
 * fserror_dump_room - the next free place
 * @dump: the dump
 *
 * Context: The one writer; may sleep, and does not enter a filesystem.
 * Return: the place, until fserror_dump_push(), or NULL if the buffer is full or there
 * is no memory to make it larger.
 */
struct fserror_dump_item *fserror_dump_room(struct fserror_dump *dump)
{
	struct fserror_dump_chunk *chunk = dump->fill;

	if (!chunk && READ_ONCE(dump->nr) < FSERROR_DUMP_ITEMS) {
		chunk = kvmalloc_obj(*chunk, GFP_NOFS);
		if (chunk) {
			chunk->first = 0;
			chunk->end = 0;
			dump->fill = chunk;
		}
	}
	if (!chunk) {
		guard(spinlock)(&dump->lock);
		dump->full = true;
		return NULL;
	}
	chunk->items[chunk->end].info = NULL;
	return &chunk->items[chunk->end];
}

/**
 * fserror_dump_push - the next free place is taken
 * @dump: the dump
 * @type: what is in it
 *
 * Context: The one writer, after fserror_dump_room().
 */
void fserror_dump_push(struct fserror_dump *dump, enum fserror_dump_type type)
{
	struct fserror_dump_chunk *chunk = dump->fill;

	chunk->items[chunk->end++].type = type;
	if (chunk->end == FSERROR_DUMP_CHUNK)
		fserror_dump_hand_over(dump);
}

/**
 * fserror_dump_hand_over - let the reader have what there is
 * @dump: the dump
 *
 * Context: The one writer.
 */
void fserror_dump_hand_over(struct fserror_dump *dump)
{
	struct fserror_dump_chunk *chunk = dump->fill;
	unsigned int before, now;

	if (!chunk || !chunk->end)
		return;
	dump->fill = NULL;
	scoped_guard(spinlock, &dump->lock) {
		list_add_tail(&chunk->list, &dump->chunks);
		before = dump->nr;
		now = before + chunk->end;
		WRITE_ONCE(dump->nr, now);
	}
	if (before < FSERROR_DUMP_BATCH && now >= FSERROR_DUMP_BATCH)
		wake_up_all(&dump->wait);
}

/**
 * fserror_dump_set_done - there will be no more items
 * @dump: the dump
 *
 * Context: The one writer.
 */
void fserror_dump_set_done(struct fserror_dump *dump)
{
	fserror_dump_hand_over(dump);
	scoped_guard(spinlock, &dump->lock)
		dump->done = true;
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
	return dump->done || dump->nr >= FSERROR_DUMP_BATCH;
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
	struct fserror_dump_chunk *chunk = dump->read;

	if (!chunk) {
		guard(spinlock)(&dump->lock);
		chunk = list_first_entry_or_null(&dump->chunks,
						 struct fserror_dump_chunk, list);
		if (!chunk) {
			*done = dump->done;
			return NULL;
		}
		list_del(&chunk->list);
		WRITE_ONCE(dump->nr, dump->nr - chunk->end);
		dump->read = chunk;
	}
	return &chunk->items[chunk->first];
}

static void fserror_dump_free_chunk(struct fserror_dump_chunk *chunk)
{
	if (!chunk)
		return;
	for (; chunk->first < chunk->end; chunk->first++)
		kfree(chunk->items[chunk->first].info);
	kvfree(chunk);
}

/**
 * fserror_dump_pop - the oldest item has been read
 * @dump: the dump
 *
 * Context: The one reader.
 */
void fserror_dump_pop(struct fserror_dump *dump)
{
	struct fserror_dump_chunk *chunk = dump->read;

	kfree(chunk->items[chunk->first++].info);
	if (chunk->first < chunk->end)
		return;
	dump->read = NULL;
	kvfree(chunk);
}

/**
 * fserror_dump_is_wanted - is the writer to go on?
 * @dump: the dump
 *
 * Context: The one reader.
 * Return: true once after the writer has found no room, when there is.
 */
bool fserror_dump_is_wanted(struct fserror_dump *dump)
{
	guard(spinlock)(&dump->lock);
	if (!dump->full || dump->nr > FSERROR_DUMP_ITEMS / 2)
		return false;
	dump->full = false;
	return true;
}

/**
 * fserror_dump_free_buffer - free the buffer and what is in it
 * @dump: the dump, which nobody writes or reads any more
 *
 * Context: Process context, may sleep.
 */
void fserror_dump_free_buffer(struct fserror_dump *dump)
{
	struct fserror_dump_chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, &dump->chunks, list)
		fserror_dump_free_chunk(chunk);
	fserror_dump_free_chunk(dump->fill);
	fserror_dump_free_chunk(dump->read);
}
