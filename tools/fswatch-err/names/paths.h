/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the inode of a record to the names that it has in this process's mount
 * namespace. A name is only claimed after the file of that name was seen to
 * have the record's file handle.
 *
 * Nothing here reads the data of a file. There is no state but the arguments,
 * so that a batch can be resolved in a thread of its own.
 */
#ifndef FSW_PATHS_H
#define FSW_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libfserror.h>

#include "mounts.h"

enum path_state {
	PATH_OK, /* these are all names */
	PATH_PARTIAL, /* some of the names, or none, were found */
	PATH_UNLINKED, /* the file has no name any more */
	PATH_UNMOUNTED, /* the filesystem is not mounted in this namespace */
	PATH_STALE, /* the inode is gone, or is another file now */
	PATH_DENIED, /* the file could not be opened by its handle */
	PATH_PENDING, /* names are missing, to find them would need a search */
};

struct path_result {
	enum path_state state;
	int error; /* errno, the reason for DENIED or PARTIAL; 0: none */
	uint64_t links; /* names that the file has now; 0 if not known */
	char **names; /* absolute, sorted */
	size_t count;
};

struct path_batch {
	struct path_result *results; /* one for each different inode */
	size_t nr_results;
	size_t *of; /* for each record the number of its result */
	size_t nr_records;
};

struct path_hooks {
	/*
	 * Called from time to time with @arg. What it returns, if not 0, ends
	 * the search with what was found so far. May be NULL.
	 */
	int (*tick)(void *arg);
	void *arg;
	bool quick; /* read no directories: the state is PATH_PENDING then */
	bool progress; /* tell of a long search on a terminal */
};

/* can there be a result: does @rec say which inode of which filesystem? */
bool paths_possible(const struct fserror_record *rec);

/*
 * An order of such records: 0 if they are about the same inode. Those of one
 * filesystem are side by side, by their inode numbers.
 */
int paths_compare(const struct fserror_record *a,
		  const struct fserror_record *b);

/*
 * Resolve @nr records together, with one walk through each filesystem at most
 * for each of its mounts. Returns 0 or -ENOMEM. @hooks may be NULL: the search
 * is done to its end, with progress.
 */
int paths_resolve(const struct mounts *mounts,
		  const struct fserror_record *const *recs, size_t nr,
		  const struct path_hooks *hooks, struct path_batch *batch);

/* the result for record @nr, NULL if there is none */
const struct path_result *path_batch_get(const struct path_batch *batch,
					 size_t nr);
void path_batch_free(struct path_batch *batch);

/* "ok", "partial", ... */
const char *path_state_name(enum path_state state);

/*
 * Why names are missing, as words for a person, in @buf; "" if none are.
 */
void path_reason(const struct path_result *result, char *buf, size_t size);

#endif /* FSW_PATHS_H */
