// SPDX-License-Identifier: GPL-2.0-only
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
		mp->fstype = mnt_fs_get_fstype(fs);
		mp->options = mnt_fs_get_fs_options(fs);
	}
	if (rc < 0)
		return rc;
	qsort(mounts->v, mounts->nr, sizeof(*mounts->v), compare);
	return 0;
}

static int parse(struct libmnt_table *table, FILE *file)
{
	int err;

	/* errno of libmount is not dependable: the file is the likely reason */
	errno = 0;
	err = mnt_table_parse_stream(table, file, "mountinfo");
	return !err ? 0 : errno ? -errno : -EIO;
}

static struct mounts *load(FILE *file)
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
	err = parse(mounts->table, file);
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

static struct mounts *load_and_close(FILE *file)
{
	struct mounts *mounts = file ? load(file) : NULL;
	int err = errno;

	if (file)
		fclose(file);
	errno = err;
	return mounts;
}

struct mounts *mounts_load(void)
{
	return load_and_close(namespace_mountinfo());
}

struct mounts *mounts_load_own(void)
{
	return load_and_close(namespace_own_mountinfo());
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

const struct mount_point *mounts_all(const struct mounts *mounts, size_t *count)
{
	*count = mounts->nr;
	return mounts->v;
}

const struct mount_point *mounts_of_fd(const struct mounts *mounts, int fd)
{
	struct statx stx;
	size_t i;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) ||
	    !(stx.stx_mask & STATX_MNT_ID))
		return NULL;
	for (i = 0; i < mounts->nr; i++) {
		if (mounts->v[i].id == (int)stx.stx_mnt_id)
			return &mounts->v[i];
	}
	return NULL;
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
