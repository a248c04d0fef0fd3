// SPDX-License-Identifier: GPL-2.0-only
/* What was written, and is listed as damaged all the same. */
#include "restore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_records(const struct fserror_record *a,
			   const struct fserror_record *b)
{
	int rc = compare_numbers(a->major, b->major);

	if (!rc)
		rc = compare_numbers(a->minor, b->minor);
	return rc ? rc : compare_numbers(a->ino, b->ino);
}

static int compare_items(const void *pa, const void *pb)
{
	struct restore_item *const *a = pa, *const *b = pb;

	return compare_records((*a)->view->rec, (*b)->view->rec);
}

static bool same_handle(const struct fserror_record *a,
			const struct fserror_record *b)
{
	return a->handle_type == b->handle_type &&
	       a->handle_len == b->handle_len &&
	       !memcmp(a->handle, b->handle, a->handle_len);
}

/* those to which something was written, by their inodes; 0 or -ENOMEM */
static int sort_items(struct restore_items *items)
{
	size_t i;

	items->by_inode = calloc(items->nr + 1, sizeof(struct restore_item *));
	if (!items->by_inode)
		return -ENOMEM;
	items->nr_by_inode = 0;
	for (i = 0; i < items->nr; i++) {
		if (items->v[i].heal.nr_runs)
			items->by_inode[items->nr_by_inode++] = &items->v[i];
	}
	qsort(items->by_inode, items->nr_by_inode, sizeof(items->by_inode[0]),
	      compare_items);
	return 0;
}

int restore_recheck_begin(struct restore_items *items)
{
	struct heal *heal;
	size_t i, j;

	for (i = 0; i < items->nr; i++) {
		heal = &items->v[i].heal;
		for (j = 0; j < heal->nr_runs; j++)
			heal->runs[j].listed = false;
	}
	return items->by_inode ? 0 : sort_items(items);
}

/* the number of the first of them whose inode is not before that of @rec */
static size_t first_of(const struct restore_items *items,
		       const struct fserror_record *rec)
{
	size_t low = 0, high = items->nr_by_inode, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (compare_records(items->by_inode[mid]->view->rec, rec) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void list_runs(struct heal *heal, const struct fserror_record *rec)
{
	const uint64_t end = range_end(rec->offset, rec->length);
	struct heal_run *run = heal->runs, *last = run + heal->nr_runs;

	run += heal_run_of(heal, rec->offset) - run;
	for (; run < last && run->range.offset < end; run++)
		run->listed |= run->outcome == HEAL_DONE;
}

void restore_recheck(struct restore_items *items,
		     const struct fserror_record *rec)
{
	struct restore_item *item;
	size_t i;

	if (!restore_is_data(rec))
		return;
	for (i = first_of(items, rec); i < items->nr_by_inode; i++) {
		item = items->by_inode[i];
		if (compare_records(item->view->rec, rec))
			break;
		if (same_handle(item->view->rec, rec))
			list_runs(&item->heal, rec);
	}
}

bool restore_recheck_any(const struct restore_items *items)
{
	const struct heal *heal;
	size_t i, j;

	for (i = 0; i < items->nr; i++) {
		heal = &items->v[i].heal;
		for (j = 0; j < heal->nr_runs; j++) {
			if (heal->runs[j].listed)
				return true;
		}
	}
	return false;
}

void restore_recheck_end(struct restore_items *items)
{
	struct restore_item *item;
	size_t i, j;

	for (i = 0; i < items->nr; i++) {
		item = &items->v[i];
		for (j = 0; j < item->heal.nr_runs; j++) {
			if (!item->heal.runs[j].listed)
				continue;
			item->heal.runs[j].outcome = HEAL_STILL_BAD;
			item->result = RESTORE_FAILED;
		}
	}
}
