// SPDX-License-Identifier: GPL-2.0-only
#include "restore_entry.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "restore.h"

/* bytes of entries in memory: there are three sorters at a time */
#define MEMORY (1024U * 1024)

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_handles(const struct fserror_record *a,
			   const struct fserror_record *b)
{
	int order = compare_numbers((uint32_t)a->handle_type,
				    (uint32_t)b->handle_type);

	if (!order)
		order = compare_numbers(a->handle_len, b->handle_len);
	return order ? order : memcmp(a->handle, b->handle, a->handle_len);
}

int restore_entry_compare(const struct fserror_record *a,
			  const struct fserror_record *b)
{
	const bool data = restore_is_data(a);
	int order = compare_numbers(a->major, b->major);

	if (!order)
		order = compare_numbers(a->minor, b->minor);
	if (!order)
		order = compare_numbers(!data, !restore_is_data(b));
	if (!order)
		order = compare_numbers(a->ino, b->ino);
	if (!order)
		order = compare_handles(a, b);
	if (order || data)
		return order;
	order = compare_numbers(a->kind, b->kind);
	if (!order)
		order = compare_numbers(a->device.offset, b->device.offset);
	return order ? order : compare_numbers(a->seq, b->seq);
}

static int compare(const void *pa, size_t len_a, const void *pb, size_t len_b)
{
	const struct restore_entry *a = pa, *b = pb;
	int order = restore_entry_compare(&a->rec, &b->rec);

	if (!order)
		order = compare_numbers(a->rec.offset, b->rec.offset);
	if (!order)
		order = compare_numbers(a->rec.length, b->rec.length);
	return order ? order : compare_numbers(len_a, len_b);
}

struct sorter *restore_entries_new(void)
{
	return sorter_new(compare, MEMORY);
}

static size_t size_of(const struct fserror_record *rec)
{
	return offsetof(struct restore_entry, rec.handle) + rec->handle_len;
}

int restore_entry_add(struct sorter *sorter, const struct fserror_record *rec,
		      const struct range *blocks)
{
	struct restore_entry entry;

	/* with what fills it up: that is written, too */
	memset(&entry, 0, sizeof(entry));
	entry.rec = *rec;
	if (blocks)
		entry.blocks = *blocks;
	return sorter_add(sorter, &entry, size_of(rec));
}

struct restore_entry restore_entry_of(const void *data, size_t len)
{
	struct restore_entry entry = { 0 };

	memcpy(&entry, data, len < sizeof(entry) ? len : sizeof(entry));
	return entry;
}
