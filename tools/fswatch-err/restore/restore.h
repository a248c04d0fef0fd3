/* SPDX-License-Identifier: GPL-2.0-only */
/* fswatch-err restore: what is to be restored, and what became of it. */
#ifndef FSW_RESTORE_H
#define FSW_RESTORE_H

#include <stdbool.h>
#include <stdio.h>

#include "copy.h"
#include "heal.h"
#include "heal_device.h"
#include "restore_progress.h"
#include "select.h"
#include "view.h"

#define RESTORE_REASON_MAX 1024

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
	char reason[RESTORE_REASON_MAX]; /* "" if all is well */
	bool forced; /* the reason why it would have been refused is this: */
	char disagreement[RESTORE_REASON_MAX];
	bool shared;
	bool zeroed;
	bool time_lost, capability_lost;
	struct heal heal; /* nr_runs is 0 if it did not come so far */
};

struct restore_items {
	struct restore_item *v;
	size_t nr;
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
	bool force, by_time, dry_run, keep_times;
	struct restore_progress *progress;
};

/* put the records of one file together; 0 or -ENOMEM */
int restore_items_make(struct restore_items *items, const struct views *views);
void restore_item_free(struct restore_item *item);
void restore_items_free(struct restore_items *items);

/* are all files of which data is lost on the same filesystem? */
bool restore_one_filesystem(const struct restore_items *items);

/* do it; 0 or -ENOMEM, the rest is in @item */
int restore_item(const struct restore_how *how, struct restore_item *item);

/*
 * The copy of the file @of, by one of the names that @view has, the first that
 * can be had; NULL and @error if there is none. What goes by is compared for
 * @heal.
 */
struct copy *restore_find_copy(const struct restore_how *how,
			       const struct view *view, const struct stat *of,
			       struct heal *heal, char *error, size_t size);

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
 * restore_recheck_end() what they are about was not restored.
 */
void restore_recheck_begin(struct restore_items *items);
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

/* why it is not for restore to do, and what is, in item->reason */
void restore_advise(struct restore_item *item);

/* what it is, without a path: a string to free(), or NULL */
char *restore_item_title(const struct restore_item *item);

/* all of it as text, done on @out and not done on @err; or as JSON; 0 or -ENOMEM */
int restore_report_text(FILE *out, FILE *err,
			const struct restore_items *items);
int restore_report_json(FILE *out, const struct restore_items *items,
			bool dry_run, bool incomplete);

#endif /* FSW_RESTORE_H */
