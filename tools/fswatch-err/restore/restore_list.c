// SPDX-License-Identifier: GPL-2.0-only
#include "restore_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "restore_entry.h"

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

int restore_list_init(struct restore_list *list)
{
	*list = (struct restore_list){
		.sorter = restore_entries_new(),
		.max_items = RESTORE_LIST_ITEMS,
		.max_ranges = RESTORE_LIST_RANGES,
	};
	return list->sorter ? 0 : -ENOMEM;
}

void restore_list_free(struct restore_list *list)
{
	sorter_free(list->sorter);
	list->sorter = NULL;
}

/* a copy does not say of which filesystem it is */
static void see_filesystem(struct restore_list *list,
			   const struct fserror_record *rec)
{
	if (!list->any_data) {
		list->any_data = true;
		list->major = rec->major;
		list->minor = rec->minor;
	}
	list->several |= rec->major != list->major || rec->minor != list->minor;
}

int restore_list_add(struct restore_list *list,
		     const struct fserror_record *rec)
{
	if (is_no_loss(rec))
		return 0;
	if (restore_is_data(rec))
		see_filesystem(list, rec);
	return restore_entry_add(list->sorter, rec, NULL);
}

/* all of them, once */
static int count_files(struct restore_list *list)
{
	struct restore_entry entry;
	struct fserror_record last;
	const void *data;
	size_t len;
	int rc;

	list->files = 0;
	while ((rc = sorter_next(list->sorter, &data, &len)) > 0) {
		entry = restore_entry_of(data, len);
		if (!list->files || restore_entry_compare(&last, &entry.rec))
			list->files++;
		last = entry.rec;
	}
	return rc;
}

int restore_list_finish(struct restore_list *list)
{
	struct sorter_mark *begin = NULL;
	int err;

	err = sorter_finish(list->sorter);
	if (!err)
		err = sorter_set_mark(list->sorter, &begin);
	if (!err)
		err = count_files(list);
	if (!err)
		err = sorter_reset(list->sorter, begin);
	free(begin);
	return err;
}

static int add_place(struct restore_item *item,
		     const struct fserror_record *rec)
{
	const struct fserror_range *device = &rec->device;
	struct heal_place *more;
	size_t room;

	if (!fserror_present(device->present, FSERROR_A_RANGE_OFFSET) ||
	    !fserror_present(device->present, FSERROR_A_RANGE_MAJOR) ||
	    !fserror_present(device->present, FSERROR_A_RANGE_MINOR))
		return 0;
	if (item->nr_places == item->room_places) {
		room = item->room_places ? item->room_places * 2 : 1;
		more = reallocarray(item->places, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		item->places = more;
		item->room_places = room;
	}
	more = &item->places[item->nr_places++];
	more->offset = rec->offset;
	more->on_device = device->offset;
	more->device = makedev(device->major, device->minor);
	return 0;
}

static int add_record(struct restore_item *item,
		      const struct fserror_record *rec)
{
	int err;

	item->records++;
	if (!item->data)
		return 0;
	err = ranges_add(&item->damage, rec->offset,
			 range_end(rec->offset, rec->length));
	return err ? err : add_place(item, rec);
}

/*
 * What the next entry is about becomes an item of @batch, with all of its records, or
 * as many as there may be; those of a file come by their offsets.
 */
static int take_item(struct restore_list *list, struct restore_batch *batch,
		     bool begins)
{
	struct restore_item *item = &batch->v[batch->nr];
	struct fserror_record *first = &batch->recs[batch->nr];
	struct restore_entry entry;
	const void *data;
	size_t len;
	int rc, err = 0;

	*item = (struct restore_item){ .result = RESTORE_SKIPPED,
				       .begins = begins };
	while (!err && (rc = sorter_peek(list->sorter, &data, &len)) > 0) {
		entry = restore_entry_of(data, len);
		if (!item->records) {
			*first = entry.rec;
			item->rec = first;
			item->data = restore_is_data(first);
			batch->nr++;
		} else if (restore_entry_compare(first, &entry.rec)) {
			item->ends = true;
			break;
		} else if (item->records == list->max_ranges) {
			break;
		}
		err = add_record(item, &entry.rec);
		if (!err && sorter_next(list->sorter, &data, &len) < 0)
			err = -EIO;
	}
	if (!err)
		err = rc < 0 ? rc : 0;
	if (!err && !rc)
		item->ends = true;
	ranges_merge(&item->damage);
	return err;
}

int restore_batch_init(struct restore_batch *batch, size_t nr)
{
	memset(batch, 0, sizeof(*batch));
	batch->v = calloc(nr, sizeof(*batch->v));
	batch->recs = calloc(nr, sizeof(*batch->recs));
	if (batch->v && batch->recs)
		return 0;
	restore_batch_free(batch);
	return -ENOMEM;
}

int restore_list_next(struct restore_list *list, struct restore_batch *batch)
{
	const void *data;
	size_t ranges = 0, len;
	int rc;

	rc = restore_batch_init(batch, list->max_items);
	if (rc)
		return rc;
	while (batch->nr < list->max_items && ranges < list->max_ranges) {
		rc = sorter_peek(list->sorter, &data, &len);
		if (rc <= 0)
			break;
		rc = take_item(list, batch, true);
		if (rc)
			break;
		ranges += batch->v[batch->nr - 1].records;
	}
	if (rc >= 0 && batch->nr)
		return 1;
	restore_batch_free(batch);
	return rc;
}

int restore_list_part(struct restore_list *list,
		      const struct restore_item *item,
		      struct restore_batch *batch)
{
	int rc;

	rc = restore_batch_init(batch, 1);
	if (!rc)
		rc = take_item(list, batch, false);
	if (rc || !batch->nr) {
		restore_batch_free(batch);
		return rc;
	}
	batch->v->view = item->view;
	batch->v->name = item->name;
	batch->v->part = item->part;
	return 1;
}

int restore_batch_name(struct restore_batch *batch)
{
	const struct fserror_record **recs;
	struct restore_item *item;
	size_t i;
	int err;

	recs = calloc(batch->nr + 1, sizeof(*recs));
	if (!recs)
		return -ENOMEM;
	for (i = 0; i < batch->nr; i++)
		recs[i] = batch->v[i].rec;
	err = views_make(&batch->views, recs, batch->nr, NULL, NULL);
	free(recs);
	for (i = 0; !err && i < batch->nr; i++) {
		item = &batch->v[i];
		item->view = &batch->views.v[i];
		if (item->view->paths && item->view->paths->count)
			item->name = item->view->paths->names[0];
	}
	return err;
}

void restore_batch_free(struct restore_batch *batch)
{
	size_t i;

	for (i = 0; i < batch->nr; i++)
		restore_item_free(&batch->v[i]);
	free(batch->v);
	free(batch->recs);
	views_free(&batch->views);
	memset(batch, 0, sizeof(*batch));
}
