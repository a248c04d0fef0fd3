/* SPDX-License-Identifier: GPL-2.0-only */
/* fswatch-err restore: what is to be restored, and what became of it. */
#ifndef FSW_RESTORE_H
#define FSW_RESTORE_H

#include <stdbool.h>
#include <stdio.h>

#include "copy.h"
#include "heal.h"
#include "heal_device.h"
#include "heal_keep.h"
#include "json_writer.h"
#include "restore_progress.h"
#include "select.h"
#include "view.h"

enum restore_result {
	RESTORE_DONE,
	RESTORE_WOULD, /* --dry-run: it could be */
	RESTORE_REFUSED, /* the copy does not belong to it */
	RESTORE_FAILED, /* all of it, or a part */
	RESTORE_SKIPPED, /* not for restore to do */
};

/* the damage of one file, or one piece of damage that is none of a file's data */
struct restore_item {
	const struct view *view; /* of the first record */
	bool data;
	struct ranges damage;
	struct heal_place *places; /* by their offsets in the file */
	size_t nr_places;

	enum restore_result result;
	const char *name; /* that was used, or any; NULL if there is none */
	char *reason; /* NULL if all is well, or if it is that of some runs */
	char *found; /* where its copy was, if not where its names say; or NULL */
	bool forced; /* the reason why it would have been refused is this: */
	char *disagreement;
	bool shared;
	bool zeroed;
	bool time_lost;
	unsigned int lost; /* a bit for each of enum heal_kept */
	struct heal heal; /* nr_runs is 0 if it did not come so far */
};

struct restore_items {
	struct restore_item *v;
	size_t nr;
	struct restore_item **by_inode; /* for restore_recheck() */
	size_t nr_by_inode;
};

/* where copies come from */
struct restore_source {
	const char *from; /* this directory, which is open as from_fd */
	int from_fd;
	const char *command; /* or what this prints */
	bool zero; /* or there are none: zeros take the place of what is lost */
	char *relative_to; /* names are relative to this; NULL: see the manual */
};

struct restore_how {
	struct restore_source source;
	const struct mounts *mounts;
	bool force, by_time, search, dry_run, keep_times;
	struct restore_progress *progress;
};

/* is it about bytes of a file, and known which file and which bytes? */
bool restore_is_data(const struct fserror_record *rec);

/* put the records of one file together; 0 or -ENOMEM */
int restore_items_make(struct restore_items *items, const struct views *views);
void restore_item_free(struct restore_item *item);
void restore_items_free(struct restore_items *items);

/* are all files of which data is lost on the same filesystem? */
bool restore_one_filesystem(const struct restore_items *items);

/* let *@words be this; 0 or -ENOMEM */
int restore_say(char **words, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* do it; 0 or -ENOMEM, the rest is in @item */
int restore_item(const struct restore_how *how, struct restore_item *item);

/*
 * The copy of the file @of, by one of the names that @item has, the first that
 * can be had; *@copy is NULL, with the reason in @item, if there is none. What
 * goes by is compared for item->heal. 0 or -ENOMEM.
 */
int restore_find_copy(const struct restore_how *how, struct restore_item *item,
		      const struct stat *of, struct copy **copy);

/*
 * Search all of the copy for the one file that fits, by another name. *@copy is NULL
 * if there is none; if several might be, the reason is in @item. 0 or -ENOMEM.
 */
int restore_search(const struct restore_how *how, struct restore_item *item,
		   const struct stat *of, struct copy **copy);

/*
 * What is only in memory yet is newer than any copy, and its writing may heal a
 * file. So that comes before the question what is damaged. CMD_*.
 */
int restore_sync(struct fserror_client *client, struct select *select);

/* does the kernel agree that what was written is good again? CMD_* */
int restore_verify(struct fserror_client *client, struct select *select,
		   struct restore_items *items);

/*
 * Of one list of damage: whether records are there that should not be. After
 * restore_recheck_end() what they are about was not restored. 0 or -ENOMEM.
 */
int restore_recheck_begin(struct restore_items *items);
void restore_recheck(struct restore_items *items,
		     const struct fserror_record *rec);
bool restore_recheck_any(const struct restore_items *items);
void restore_recheck_end(struct restore_items *items);

/*
 * Call @ask every 100 ms until it returns 0 or less, or @ms are over. Returns what
 * it returned last.
 */
int restore_wait(int (*ask)(void *arg), void *arg, unsigned int ms);

/* "restored", "refused", ... */
const char *restore_result_name(const struct restore_item *item);

/* why it is not for restore to do, and what is, in item->reason; 0 or -ENOMEM */
int restore_advise(struct restore_item *item);

/* what it is, without a path: a string to free(), or NULL */
char *restore_item_title(const struct restore_item *item);

/*
 * What became of it, told file by file as it happens, each written out before the
 * next is begun: as text, what was done on @out and what was not on @err; or as
 * one JSON document on @out. 0 or -ENOMEM.
 */
struct restore_report {
	FILE *out, *err;
	bool as_json, dry_run;
	struct json json; /* for the report itself */
};

void restore_report_begin(struct restore_report *report);
int restore_report_item(struct restore_report *report,
			const struct restore_item *item);

/* and what restore_recheck_end() has found */
int restore_report_end(struct restore_report *report,
		       const struct restore_items *items, bool incomplete);

#endif /* FSW_RESTORE_H */
