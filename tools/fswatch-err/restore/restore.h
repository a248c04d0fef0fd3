/* SPDX-License-Identifier: GPL-2.0-only */
/* fswatch-err restore: what is to be restored, and what became of it. */
#ifndef FSW_RESTORE_H
#define FSW_RESTORE_H

#include <stdbool.h>
#include <stdio.h>

#include "copy.h"
#include "dump.h"
#include "heal.h"
#include "heal_device.h"
#include "heal_keep.h"
#include "json_writer.h"
#include "restore_progress.h"
#include "select.h"
#include "sorter.h"
#include "view.h"

enum restore_result {
	RESTORE_DONE,
	RESTORE_WOULD, /* --dry-run: it could be */
	RESTORE_REFUSED, /* the copy does not belong to it */
	RESTORE_FAILED, /* all of it, or a part */
	RESTORE_SKIPPED, /* not for restore to do */
};

/*
 * Of a file that comes in parts: its time, which the parts before may have changed. What
 * they have left is no change by somebody else.
 */
struct restore_part {
	bool opened;
	struct timespec mtime, left;
};

/* the damage of one file, or one piece of damage that is none of a file's data */
struct restore_item {
	const struct fserror_record *rec; /* the first one */
	const struct view *view; /* of it */
	bool data;
	bool begins,
		ends; /* first and last part of the file; mostly it is both */
	struct restore_part *part; /* NULL if it is all of it */
	size_t records;
	struct ranges damage;
	struct heal_place *places; /* by their offsets in the file */
	size_t nr_places, room_places;

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

void restore_item_free(struct restore_item *item);
/* what became of it is forgotten, to begin again */
void restore_item_again(struct restore_item *item);

/* let *@words be this; 0 or -ENOMEM */
int restore_say(char **words, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* do it; 0 or -ENOMEM, the rest is in @item */
int restore_item(const struct restore_how *how, struct restore_item *item);

/*
 * Open the directory that has the copies, so that files can be opened by their handles in
 * it, too. -1 with errno set.
 */
int restore_open_from(const char *dir);

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

/* what was written, of all files */
struct restore_written {
	struct sorter *sorter;
	struct sorter_mark *begin; /* once it is finished */
	uint64_t bytes;
};

/* 0 or -ENOMEM; restore_written_free() in any case */
int restore_written_init(struct restore_written *written);
void restore_written_free(struct restore_written *written);

/* remember what of @item was written; 0 or a negative errno */
int restore_written_add(struct restore_written *written,
			const struct restore_item *item);

/* once all is written; 0 or a negative errno */
int restore_written_finish(struct restore_written *written);

/*
 * After that, as often as it may be: each range that was written, as a record. 0, what
 * @visit returned, or a negative errno.
 */
int restore_written_each(struct restore_written *written,
			 int (*visit)(void *arg,
				      const struct fserror_record *rec),
			 void *arg);

/*
 * Does the kernel agree that it is good again? @listed is called for each range that was
 * written and is listed all the same, as a record; what it returns, if not 0, ends it.
 * CMD_*; CMD_INCOMPLETE if the kernel cannot say, then *@state has why not.
 */
int restore_verify(struct fserror_client *client, struct select *select,
		   struct restore_written *written,
		   int (*listed)(void *arg, const struct fserror_record *rec),
		   void *arg, struct dump_state *state);

/*
 * The same of records that are listed, which @now has: a sorter of restore_entry.h, at
 * its begin. 0, what @listed returned, or a negative errno.
 */
int restore_written_listed(struct restore_written *written, struct sorter *now,
			   int (*listed)(void *arg,
					 const struct fserror_record *rec),
			   void *arg);

/*
 * What fswatch-errd has to know of it: its losses are over. @ledger: its directory, NULL
 * for the usual one; what it closed after @since because it was written is this. Only for
 * when all is good: what is not stays open there, and what was written the kernel tells.
 * 0 or a negative errno.
 */
int restore_tell_ledger(struct restore_written *written, const char *ledger,
			uint64_t since, bool zeroed);

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

/* then what was written and is listed all the same; @item has its name. 0 or -ENOMEM */
void restore_report_listed_begin(struct restore_report *report);
int restore_report_listed(struct restore_report *report,
			  const struct restore_item *item);
void restore_report_end(struct restore_report *report, bool incomplete);

#endif /* FSW_RESTORE_H */
