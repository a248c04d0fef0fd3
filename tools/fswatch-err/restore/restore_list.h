/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is to be restored, file by file, in bounded memory: the kernel's list goes into a
 * sorter, and comes out in batches. A file with very many damaged ranges comes out in
 * parts, each of which is an item.
 */
#ifndef FSW_RESTORE_LIST_H
#define FSW_RESTORE_LIST_H

#include "restore.h"
#include "sorter.h"

#define RESTORE_LIST_ITEMS 1024 /* in a batch */
#define RESTORE_LIST_RANGES 8192 /* in a batch, and so of one item */

struct restore_list {
	struct sorter *sorter;
	size_t max_items, max_ranges;
	size_t files; /* and other damage; known after restore_list_finish() */
	bool several; /* data of several filesystems is lost */
	bool any_data;
	uint32_t major, minor; /* of the filesystem of the first data */
};

/*
 * A batch. The items have no names, and no views with mounts, before
 * restore_batch_name().
 */
struct restore_batch {
	struct restore_item *v;
	struct fserror_record *recs; /* the first one of each item */
	size_t nr;
	struct views views;
};

/* without items, and with room for @nr of them; 0 or -ENOMEM */
int restore_batch_init(struct restore_batch *batch, size_t nr);

/* 0 or -ENOMEM; restore_list_free() in any case */
int restore_list_init(struct restore_list *list);
void restore_list_free(struct restore_list *list);

/* nothing is done about what nobody has lost; 0 or a negative errno */
int restore_list_add(struct restore_list *list,
		     const struct fserror_record *rec);

/* nothing more is added; 0 or a negative errno */
int restore_list_finish(struct restore_list *list);

/* the next batch: 1, 0 if there is none, or a negative errno; then it is empty */
int restore_list_next(struct restore_list *list, struct restore_batch *batch);

/*
 * Of a file that comes in parts, the part after @item, with its name: as
 * restore_list_next().
 */
int restore_list_part(struct restore_list *list,
		      const struct restore_item *item,
		      struct restore_batch *batch);

/* look up mounts and names; 0 or a negative errno */
int restore_batch_name(struct restore_batch *batch);
void restore_batch_free(struct restore_batch *batch);

#endif /* FSW_RESTORE_LIST_H */
