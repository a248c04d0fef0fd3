// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a socket wants to hear.
 */
#include "internal.h"

/**
 * fserror_filter_fs_is - is this the filesystem that is named?
 * @fs: names a filesystem, or with neither device nor UUID every one
 * @dev: its s_dev
 * @uuid: its UUID
 *
 * Context: Any.
 * Return: whether it is.
 */
bool fserror_filter_fs_is(const struct fserror_filter_fs *fs, dev_t dev,
			  const uuid_t *uuid)
{
	return (!fs->dev || fs->dev == dev) &&
	       (!fs->has_uuid || uuid_equal(&fs->uuid, uuid));
}

static bool fserror_filter_match_fs(const struct fserror_filter *filter,
				    const struct fserror_record *record)
{
	unsigned int i;

	for (i = 0; i < filter->nr_fs; i++)
		if (fserror_filter_fs_is(&filter->fs[i], record->dev,
					 &record->uuid))
			return true;
	return false;
}

/**
 * fserror_filter_match - does a record pass a filter?
 * @filter: the filter, or NULL if there is none
 * @record: the record
 *
 * Context: Any; the caller keeps @filter alive.
 * Return: whether it passes.
 */
bool fserror_filter_match(const struct fserror_filter *filter,
			  const struct fserror_record *record)
{
	if (!filter)
		return true;
	if (filter->kinds && !(filter->kinds & BIT(record->kind)))
		return false;
	/* a record without a cause has bit 0, which no filter lets through */
	if (filter->causes && !(filter->causes & BIT(record->cause)))
		return false;
	return !filter->nr_fs || fserror_filter_match_fs(filter, record);
}

/**
 * fserror_filter_same - is there no filter that tells two records apart?
 * @a: one record
 * @b: the other
 *
 * Such records can share a message.
 *
 * Context: Any.
 * Return: whether every filter lets both through or neither.
 */
bool fserror_filter_same(const struct fserror_record *a,
			 const struct fserror_record *b)
{
	return a->kind == b->kind && a->cause == b->cause && a->dev == b->dev &&
	       uuid_equal(&a->uuid, &b->uuid);
}
