// SPDX-License-Identifier: GPL-2.0-only
#include "view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

void view_mount(const struct mounts *mounts, dev_t dev, const char **source,
		const char **target)
{
	const struct mount_point *mp;
	size_t count;

	*source = NULL;
	*target = NULL;
	mp = mounts_of(mounts, dev, &count);
	if (!count)
		return;
	*source = mp->source;
	*target = mp->target;
}

bool view_named(const struct view *view)
{
	if (!fserror_has(view->rec, FSERROR_A_RECORD_INO))
		return true;
	return view->paths && (view->paths->state == PATH_OK ||
			       view->paths->state == PATH_UNLINKED);
}

void view_set_paths(struct view *view, const struct path_result *paths)
{
	view->paths = paths;
	if (paths && paths->state == PATH_UNMOUNTED) {
		view->source = NULL;
		view->target = NULL;
	}
}

/* source and target of all views */
static void set_mounts(struct views *views)
{
	const char *source = NULL, *target = NULL;
	const struct fserror_record *rec;
	struct view *view;
	dev_t dev, last = 0;
	size_t i;

	for (i = 0; i < views->nr; i++) {
		view = &views->v[i];
		rec = view->rec;
		if (fserror_has(rec, FSERROR_A_RECORD_MAJOR) &&
		    fserror_has(rec, FSERROR_A_RECORD_MINOR)) {
			dev = makedev(rec->major, rec->minor);
			/* those of a filesystem follow each other */
			if (dev != last)
				view_mount(views->mounts, dev, &source,
					   &target);
			last = dev;
			view->source = source;
			view->target = target;
		}
		view_set_paths(view, view->paths);
	}
}

int views_look_again(struct views *views)
{
	struct mounts *mounts;
	bool newer = false;
	size_t i;

	for (i = 0; i < views->nr; i++)
		newer |= views->v[i].paths && views->v[i].paths->count &&
			 !views->v[i].target;
	if (!newer)
		return 0;
	mounts = mounts_load();
	if (!mounts)
		return -errno;
	mounts_free(views->own_mounts);
	views->own_mounts = mounts;
	views->mounts = mounts;
	set_mounts(views);
	return 0;
}

int views_make_unnamed(struct views *views, const struct mounts *mounts,
		       const struct fserror_record *const *recs, size_t nr,
		       const uint8_t *boot_id)
{
	size_t i;

	memset(views, 0, sizeof(*views));
	if (!mounts) {
		mounts = views->own_mounts = mounts_load();
		if (!mounts)
			return -errno;
	}
	views->mounts = mounts;
	views->v = calloc(nr + 1, sizeof(*views->v));
	if (!views->v) {
		views_free(views);
		return -ENOMEM;
	}
	for (i = 0; i < nr; i++) {
		views->v[i].rec = recs[i];
		views->v[i].boot_id = boot_id;
	}
	views->nr = nr;
	set_mounts(views);
	return 0;
}

int views_make(struct views *views, const struct fserror_record *const *recs,
	       size_t nr, const uint8_t *boot_id,
	       const struct path_hooks *hooks)
{
	size_t i;
	int err;

	err = views_make_unnamed(views, NULL, recs, nr, boot_id);
	if (err)
		return err;
	err = paths_resolve(views->mounts, recs, nr, hooks, &views->batch);
	if (err) {
		views_free(views);
		return err;
	}
	for (i = 0; i < nr; i++)
		view_set_paths(&views->v[i], path_batch_get(&views->batch, i));
	return 0;
}

void views_free(struct views *views)
{
	path_batch_free(&views->batch);
	mounts_free(views->own_mounts);
	free(views->v);
	memset(views, 0, sizeof(*views));
}
