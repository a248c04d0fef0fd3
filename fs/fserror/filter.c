// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a socket wants to hear.
 *
 * A filter by kinds or causes must not take the news apart: whoever is told of losses
 * is also told when a loss is over, when losses are not told one by one, and when it
 * is not known whose the loss is or whether there is one.
 */
#include "internal.h"

#define FSERROR_KINDS_LOSS	(BIT(FSERROR_KIND_DATA_LOST) | \
				 BIT(FSERROR_KIND_METADATA) | \
				 BIT(FSERROR_KIND_MEDIA))
/* these are told to all who are told of a loss */
#define FSERROR_KINDS_WITH_LOSS	(BIT(FSERROR_KIND_CLEARED) | \
				 BIT(FSERROR_KIND_BULK) | \
				 BIT(FSERROR_KIND_UNMOUNT))
#define FSERROR_FLAGS_WITH_LOSS	(FSERROR_RECORD_FLAG_UNRESOLVED | \
				 FSERROR_RECORD_FLAG_UNKNOWN)

/**
 * fserror_filter_fs_is - is this the filesystem that is named?
 * @fs: names a filesystem, or, with neither instance, device nor UUID, every one
 * @instance: its number
 * @dev: its s_dev
 * @uuid: its UUID
 *
 * Context: Any.
 * Return: whether it is.
 */
bool fserror_filter_fs_is(const struct fserror_filter_fs *fs, u64 instance,
			  dev_t dev, const uuid_t *uuid)
{
	return (!fs->instance || fs->instance == instance) &&
	       (!fs->dev || fs->dev == dev) &&
	       (!fs->has_uuid || uuid_equal(&fs->uuid, uuid));
}

static bool fserror_filter_goes_with_loss(const struct fserror_record *record)
{
	return BIT(record->kind) & FSERROR_KINDS_WITH_LOSS ||
	       record->flags & FSERROR_FLAGS_WITH_LOSS;
}

static bool fserror_filter_match_kind(const struct fserror_filter *filter,
				      const struct fserror_record *record)
{
	if (!filter->kinds || filter->kinds & BIT(record->kind))
		return true;
	return filter->kinds & FSERROR_KINDS_LOSS &&
	       fserror_filter_goes_with_loss(record);
}

static bool fserror_filter_match_cause(const struct fserror_filter *filter,
				       const struct fserror_record *record)
{
	/* a record without a cause has bit 0, which no filter lets through */
	return !filter->causes || filter->causes & BIT(record->cause) ||
	       fserror_filter_goes_with_loss(record);
}

static bool fserror_filter_match_fs(const struct fserror_filter *filter,
				    const struct fserror_record *record)
{
	unsigned int i;

	if (!filter->nr_fs)
		return true;
	for (i = 0; i < filter->nr_fs; i++)
		if (fserror_filter_fs_is(&filter->fs[i], record->instance,
					 record->dev, &record->uuid))
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
	return !filter || (fserror_filter_match_kind(filter, record) &&
			   fserror_filter_match_cause(filter, record) &&
			   fserror_filter_match_fs(filter, record));
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
	return a->kind == b->kind && a->cause == b->cause &&
	       a->instance == b->instance && a->dev == b->dev &&
	       !((a->flags ^ b->flags) & FSERROR_FLAGS_WITH_LOSS) &&
	       uuid_equal(&a->uuid, &b->uuid);
}
