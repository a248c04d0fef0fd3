/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is printed of one record: the record, and what was found out about it
 * in userspace.
 */
#ifndef FSW_VIEW_H
#define FSW_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include <libfserror.h>

#include "mounts.h"
#include "paths.h"

struct view {
	const struct fserror_record *rec;
	const uint8_t *boot_id; /* NULL if not known */
	const struct path_result *paths; /* NULL if there is no inode */
	const char *source, *target; /* NULL if it is not mounted here */
};

/* records with all that is known about them */
struct views {
	const struct mounts *mounts;
	struct mounts *own_mounts; /* those that are to be freed, or NULL */
	struct path_batch batch;
	struct view *v;
	size_t nr;
};

/*
 * Look up the mounts of @nr records in @mounts, which must stay, or which are read if
 * it is NULL; and no paths. 0 or a negative errno. This does not wait for any disk.
 */
int views_make_unnamed(struct views *views, const struct mounts *mounts,
		       const struct fserror_record *const *recs, size_t nr,
		       const uint8_t *boot_id);

/* mounts and paths; 0 or a negative errno */
int views_make(struct views *views, const struct fserror_record *const *recs,
	       size_t nr, const uint8_t *boot_id,
	       const struct path_hooks *hooks);
void views_free(struct views *views);

/*
 * Once there are names: look up the mounts again, of which one may be newer than the
 * views. 0 or a negative errno.
 */
int views_look_again(struct views *views);

/* are all names known, or is there none to know? */
bool view_named(const struct view *view);

/*
 * Give @view its paths. A filesystem that is found not to be mounted has no
 * mount, also if its device number is that of another one now.
 */
void view_set_paths(struct view *view, const struct path_result *paths);

/* source and target of the mount that shows most of a device, or NULL */
void view_mount(const struct mounts *mounts, dev_t dev, const char **source,
		const char **target);

#endif /* FSW_VIEW_H */
