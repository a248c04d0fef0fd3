/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which records are wanted: the options that all commands share. What the kernel
 * can leave out is given to it; the rest is left out here.
 *
 * Several values of one option: any of them will do. Several options: all must fit.
 */
#ifndef FSW_SELECT_H
#define FSW_SELECT_H

#include <stdio.h>

#include <libfserror.h>

#include "above.h"
#include "filesystems.h"
#include "mounts.h"
#include "view.h"

enum {
	SELECT_KIND = 1000,
	SELECT_CAUSE,
	SELECT_PATH,
	SELECT_UUID,
	SELECT_INODE,
};

/* for getopt_long() */
/* the letters are those of findmnt(8); it has no -m, which is older here than -M */
#define SELECT_SHORTOPTS "t:M:m:S:N:"
#define SELECT_LONGOPTS                                             \
	{ "types", required_argument, NULL, 't' },                  \
		{ "mountpoint", required_argument, NULL, 'M' },     \
		{ "source", required_argument, NULL, 'S' },         \
		{ "uuid", required_argument, NULL, SELECT_UUID },   \
		{ "inode", required_argument, NULL, SELECT_INODE }, \
		{ "kind", required_argument, NULL, SELECT_KIND },   \
		{ "cause", required_argument, NULL, SELECT_CAUSE }, \
		{ "path", required_argument, NULL, SELECT_PATH },   \
	{                                                           \
		"namespace", required_argument, NULL, 'N'           \
	}

/* a list of things that were named */
struct select_list {
	void *v;
	size_t nr;
};

/* a block device that --source names, with all that is above it */
struct select_stack {
	char *name; /* as it was given */
	struct devices devices;
	bool found; /* a filesystem that has one of the devices */
};

struct select {
	struct select_list types; /* char * */
	struct select_list mountpoints, sources,
		uuids; /* struct fserror_fs_id */
	struct select_list mounted; /* those of sources that are, likewise */
	struct select_list stacks; /* struct select_stack: block devices */
	struct select_list paths; /* struct place */
	struct select_list inodes; /* uint64_t */
	uint32_t kinds, causes; /* bits */
	struct mounts *mounts; /* of when the first option needed them */
	struct select_list unseen; /* char *: what cannot be looked at, and why */
	struct fserror_filter filter;
	struct fserror_fs_id only;
};

enum select_answer {
	SELECT_NO,
	SELECT_YES,
	SELECT_UNKNOWN, /* a name is wanted, and not all names are known */
};

/* print the lines of the help */
void select_help(FILE *out);

/* take an option: 1, 0 if it is not one of these, or -1 after saying what is wrong */
int select_option(struct select *select, int c, const char *arg);
void select_free(struct select *select);

/* for files of this folder: add devices to a list; 0, or -1 after saying why not */
int select_add_devices(struct select_list *list, const struct devices *devices);

/*
 * What the kernel knows and this mount namespace does not: which filesystems have a
 * device of --source as log, as second device, or are mounted elsewhere. @list are
 * the filesystems that it watches. select_learn() asks for them if that is needed.
 * 0, -ENOMEM, or a negative errno of the client.
 */
int select_learn_from(struct select *select, const struct filesystems *list);
int select_learn(struct select *select, struct fserror_client *client);

/* has @fs one of the devices? */
bool select_on_stack(const struct select_stack *stack,
		     const struct fserror_filesystem *fs);

/* is there one that names filesystems, or a part of them? */
bool select_names_filesystem(const struct select *select);

/* is there any option? */
bool select_any(const struct select *select);

/* what the kernel can do of it, for a subscription; valid as long as @select */
const struct fserror_filter *select_filter(struct select *select);

/* the only filesystem that can fit, or NULL */
const struct fserror_fs_id *select_filesystem(struct select *select);

/* is a record wanted, as far as that can be said without names? */
bool select_record(const struct select *select,
		   const struct fserror_record *rec);

/* is it wanted, with all that is known of it? */
enum select_answer select_view(const struct select *select,
			       const struct view *view);

#endif /* FSW_SELECT_H */
