// SPDX-License-Identifier: GPL-2.0-only
/* From records to what is to be restored. */
#include "restore.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

bool restore_is_data(const struct fserror_record *rec)
{
	return rec->kind == FSERROR_KIND_DATA_LOST &&
	       !(rec->flags & FSERROR_RECORD_FLAG_UNRESOLVED) &&
	       fserror_has(rec, FSERROR_A_RECORD_INO) &&
	       fserror_has(rec, FSERROR_A_RECORD_OFFSET) &&
	       fserror_has(rec, FSERROR_A_RECORD_LENGTH);
}

/* nobody has lost these bytes: there is nothing to restore */
static bool is_no_loss(const struct fserror_record *rec)
{
	const uint32_t unsure = FSERROR_RECORD_FLAG_UNRESOLVED |
				FSERROR_RECORD_FLAG_UNMAPPED |
				FSERROR_RECORD_FLAG_UNKNOWN;

	if (rec->flags & unsure)
		return false;
	return rec->kind == FSERROR_KIND_DEGRADED ||
	       rec->flags & FSERROR_RECORD_FLAG_UNOWNED;
}

static int add_place(struct restore_item *item,
		     const struct fserror_record *rec)
{
	const struct fserror_range *device = &rec->device;
	struct heal_place *more;

	if (!fserror_present(device->present, FSERROR_A_RANGE_OFFSET) ||
	    !fserror_present(device->present, FSERROR_A_RANGE_MAJOR) ||
	    !fserror_present(device->present, FSERROR_A_RANGE_MINOR))
		return 0;
	more = reallocarray(item->places, item->nr_places + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	item->places = more;
	more = &item->places[item->nr_places++];
	more->offset = rec->offset;
	more->on_device = device->offset;
	more->device = makedev(device->major, device->minor);
	return 0;
}

static int add_record(struct restore_item *item,
		      const struct fserror_record *rec)
{
	int err = ranges_add(&item->damage, rec->offset,
			     range_end(rec->offset, rec->length));

	return err ? err : add_place(item, rec);
}

static int compare_places(const void *pa, const void *pb)
{
	const struct heal_place *a = pa, *b = pb;

	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static struct restore_item *new_item(struct restore_items *items,
				     const struct view *view, bool data)
{
	struct restore_item *item = &items->v[items->nr++];

	item->view = view;
	item->data = data;
	item->result = RESTORE_SKIPPED;
	if (view->paths && view->paths->count)
		item->name = view->paths->names[0];
	return item;
}

int restore_items_make(struct restore_items *items, const struct views *views)
{
	struct restore_item *item, **of;
	const struct view *view;
	size_t i, nr;
	int err = 0;

	memset(items, 0, sizeof(*items));
	items->v = calloc(views->nr + 1, sizeof(*items->v));
	/* by the number of the inode's names */
	of = calloc(views->batch.nr_results + 1, sizeof(struct restore_item *));
	if (!items->v || !of)
		err = -ENOMEM;
	for (i = 0; !err && i < views->nr; i++) {
		view = &views->v[i];
		if (is_no_loss(view->rec))
			continue;
		if (!restore_is_data(view->rec)) {
			new_item(items, view, false);
			continue;
		}
		if (view->paths) {
			nr = view->paths - views->batch.results;
			if (!of[nr])
				of[nr] = new_item(items, view, true);
			item = of[nr];
		} else {
			item = new_item(items, view, true);
		}
		err = add_record(item, view->rec);
	}
	for (i = 0; !err && i < items->nr; i++) {
		item = &items->v[i];
		ranges_merge(&item->damage);
		if (item->nr_places)
			qsort(item->places, item->nr_places,
			      sizeof(*item->places), compare_places);
	}
	free(of);
	if (err)
		restore_items_free(items);
	return err;
}

int restore_say(char **words, const char *fmt, ...)
{
	va_list ap;
	int len;

	free(*words);
	va_start(ap, fmt);
	len = vasprintf(words, fmt, ap);
	va_end(ap);
	if (len < 0)
		*words = NULL;
	return len < 0 ? -ENOMEM : 0;
}

void restore_item_free(struct restore_item *item)
{
	free(item->reason);
	free(item->found);
	free(item->disagreement);
	ranges_free(&item->damage);
	free(item->places);
	heal_free(&item->heal);
}

void restore_items_free(struct restore_items *items)
{
	size_t i;

	for (i = 0; items->v && i < items->nr; i++)
		restore_item_free(&items->v[i]);
	free(items->v);
	free(items->by_inode);
	memset(items, 0, sizeof(*items));
}

static bool same_filesystem(const struct fserror_record *a,
			    const struct fserror_record *b)
{
	return a->major == b->major && a->minor == b->minor;
}

bool restore_one_filesystem(const struct restore_items *items)
{
	const struct fserror_record *first = NULL;
	const struct restore_item *item;
	size_t i;

	for (i = 0; i < items->nr; i++) {
		item = &items->v[i];
		if (!item->data)
			continue;
		if (!first)
			first = item->view->rec;
		if (!same_filesystem(item->view->rec, first))
			return false;
	}
	return true;
}

const char *restore_result_name(const struct restore_item *item)
{
	static const char *const names[] = {
		[RESTORE_DONE] = "restored",
		[RESTORE_WOULD] = "would-restore",
		[RESTORE_REFUSED] = "refused",
		[RESTORE_FAILED] = "failed",
		[RESTORE_SKIPPED] = "skipped",
	};

	if (item->zeroed && item->result == RESTORE_DONE)
		return "zeroed";
	if (item->zeroed && item->result == RESTORE_WOULD)
		return "would-zero";
	return names[item->result];
}
