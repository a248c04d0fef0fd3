/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A list of file names in the form that a program reads, to take these files and no
 * others, or to take all others. Pure: names in, bytes out.
 *
 * A name is absolute, or relative to the directory that the program works in.
 * What each form expects of names:
 *
 * plain	as it is; one in each line
 * null		as it is; each ended by a NUL
 * rsync	--from0 --files-from: from the root of the transfer
 * restic	--include-file: a pattern, from the root of the snapshot
 * borg		--patterns-from: a path, or a regular expression, without a
 *		slash at its beginning, as the archive has it
 * tar		--null --files-from: the member's name, without that slash
 *
 * and to leave them out:
 *
 * rsync	--from0 --exclude-from: a pattern, from the root of the transfer
 * restic	--exclude-file: the same patterns
 * borg		--patterns-from: the same patterns
 * tar		--anchored --wildcards --exclude-from, with the locale C: a pattern
 */
#ifndef FSW_FILELIST_H
#define FSW_FILELIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum filelist_format {
	FILELIST_PLAIN,
	FILELIST_NULL,
	FILELIST_RSYNC,
	FILELIST_RESTIC,
	FILELIST_BORG,
	FILELIST_TAR,
};

#define FILELIST_FORMATS "plain, null, rsync, restic, borg, tar"

/* the format that @word is for, or -1 */
int filelist_format_from_word(const char *word);

/* a list that is being written */
struct filelist {
	FILE *out;
	enum filelist_format format;
	bool exclude; /* to leave these files out */
	/*
	 * It is for a terminal: a name could hold what that takes for a command, so
	 * its control characters are shown as question marks.
	 */
	bool shown;
	size_t nr; /* names that were written */
};

/* can the list have this name? If not, why not is what follows "names, which" */
bool filelist_can_have(const struct filelist *list, const char *name,
		       const char **why);

/*
 * Would the name of a directory stand for all that is below it? With rsync's
 * --files-from it does not: that turns off recursion.
 */
bool filelist_recurses(const struct filelist *list);

/* one more name; 0 or -ENOMEM. That out failed is the caller's to look at. */
int filelist_put(struct filelist *list, const char *name);
/* what goes after the last one; 0 or -ENOMEM */
int filelist_end(struct filelist *list);

/* one name each; filelist_put() uses them */
void filelist_restic(FILE *out, const char *name);
void filelist_borg(FILE *out, const char *name);
void filelist_not_borg(FILE *out, const char *name);
void filelist_not_rsync(FILE *out, const char *name);
void filelist_not_tar(FILE *out, const char *name);
/* rsync drops what is longer */
#define FILELIST_NOT_RSYNC_MAX 5000
/* what goes after the last of @nr names */
void filelist_restic_end(FILE *out, size_t nr);
void filelist_borg_end(FILE *out, size_t nr);

#endif /* FSW_FILELIST_H */
