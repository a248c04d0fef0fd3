// SPDX-License-Identifier: GPL-2.0-only
#include "mounts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libmount.h>

#include "namespace.h"

struct mounts {
	struct libmnt_table *table;
	struct mount_point *v; /* by device, then by length of root, then id */
	size_t nr;
};

static int compare(const void *pa, const void *pb)
{
	const struct mount_point *a = pa, *b = pb;
	size_t len_a, len_b;

	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	len_a = strlen(a->root);
	len_b = strlen(b->root);
	if (len_a != len_b)
		return len_a < len_b ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static int fill(struct mounts *mounts, struct libmnt_iter *iter)
{
	struct mount_point *mp;
	struct libmnt_fs *fs;
	const char *target, *root;
	int rc;

	mounts->v = calloc(mnt_table_get_nents(mounts->table) + 1,
			   sizeof(*mounts->v));
	if (!mounts->v)
		return -ENOMEM;
	while ((rc = mnt_table_next_fs(mounts->table, iter, &fs)) == 0) {
		target = mnt_fs_get_target(fs);
		root = mnt_fs_get_root(fs);
		if (!target || !root)
			continue;
		mp = &mounts->v[mounts->nr++];
		mp->dev = mnt_fs_get_devno(fs);
		mp->id = mnt_fs_get_id(fs);
		mp->root = root;
		mp->target = target;
		mp->source = mnt_fs_get_source(fs);
	}
	if (rc < 0)
		return rc;
	qsort(mounts->v, mounts->nr, sizeof(*mounts->v), compare);
	return 0;
}

static int parse(struct libmnt_table *table)
{
	FILE *file = namespace_mountinfo();
	int err;

	if (!file)
		return errno ? -errno : -ENOMEM;
	/* errno of libmount is not dependable: the file is the likely reason */
	errno = 0;
	err = mnt_table_parse_stream(table, file, "mountinfo");
	if (err)
		err = errno ? -errno : -EIO;
	fclose(file);
	return err;
}

struct mounts *mounts_load(void)
{
	struct mounts *mounts = calloc(1, sizeof(*mounts));
	struct libmnt_iter *iter;
	int err = -ENOMEM;

	if (!mounts)
		return NULL;
	iter = mnt_new_iter(MNT_ITER_FORWARD);
	if (!iter)
		goto free_mounts;
	mounts->table = mnt_new_table();
	if (!mounts->table)
		goto free_iter;
	err = parse(mounts->table);
	if (!err)
		err = fill(mounts, iter);

free_iter:
	mnt_free_iter(iter);
free_mounts:
	if (err) {
		mounts_free(mounts);
		errno = -err;
		return NULL;
	}
	return mounts;
}

void mounts_free(struct mounts *mounts)
{
	if (!mounts)
		return;
	free(mounts->v);
	mnt_unref_table(mounts->table);
	free(mounts);
}

const struct mount_point *mounts_of(const struct mounts *mounts, dev_t dev,
				    size_t *count)
{
	size_t lo = 0, hi;

	while (lo < mounts->nr && mounts->v[lo].dev < dev)
		lo++;
	for (hi = lo; hi < mounts->nr && mounts->v[hi].dev == dev; hi++)
		;
	*count = hi - lo;
	return mounts->v + lo;
}

bool mounts_match(const struct mounts *mounts, int id, dev_t dev)
{
	const struct mount_point *mp;
	size_t count, i;

	mp = mounts_of(mounts, dev, &count);
	for (i = 0; i < count; i++) {
		if (mp[i].id == id)
			return true;
	}
	return false;
}

const struct mount_point *mounts_at(const struct mounts *mounts,
				    const char *path)
{
	const struct mount_point *found = NULL;
	size_t i;

	/* what was mounted later covers what was there */
	for (i = 0; i < mounts->nr; i++) {
		if (!strcmp(mounts->v[i].target, path) &&
		    (!found || mounts->v[i].id > found->id))
			found = &mounts->v[i];
	}
	return found;
}

const struct mount_point *mounts_from(const struct mounts *mounts,
				      const char *source)
{
	size_t i;

	for (i = 0; i < mounts->nr; i++) {
		if (mounts->v[i].source && !strcmp(mounts->v[i].source, source))
			return &mounts->v[i];
	}
	return NULL;
}

const struct mount_point *mounts_holding(const struct mounts *mounts,
					 const char *path)
{
	const struct mount_point *found = NULL;
	char *dir = strdup(path), *slash;

	while (dir && !found) {
		found = mounts_at(mounts, *dir ? dir : "/");
		slash = strrchr(dir, '/');
		if (!slash)
			break;
		*slash = '\0';
	}
	free(dir);
	return found;
}

bool mounts_below(const struct mounts *mounts, const char *path)
{
	size_t len = strlen(path), i;

	for (i = 0; i < mounts->nr; i++) {
		if (!strncmp(mounts->v[i].target, path, len) &&
		    mounts->v[i].target[len] == '/')
			return true;
	}
	return false;
}
