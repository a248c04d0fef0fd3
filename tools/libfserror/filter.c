// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel's filter of a socket lets through. What is asked for after a loss
 * is asked on another socket, and filtered here.
 */
#include <string.h>

#include "libfserror.h"

#define BIT(nr) (UINT32_C(1) << (nr))
#define LOSSES                                                      \
	(BIT(FSERROR_KIND_DATA_LOST) | BIT(FSERROR_KIND_METADATA) | \
	 BIT(FSERROR_KIND_MEDIA))

/* what pulls along what is known of losses passes where losses do */
static bool always_tells(const struct fserror_record *rec)
{
	return rec->kind == FSERROR_KIND_CLEARED ||
	       rec->kind == FSERROR_KIND_UNMOUNT ||
	       rec->flags & FSERROR_RECORD_FLAG_UNKNOWN;
}

static bool has_bit(uint32_t bits, uint32_t bit)
{
	return bit < 32 && bits >> bit & 1;
}

static bool passes_kinds(uint32_t kinds, const struct fserror_record *rec)
{
	if (!kinds || has_bit(kinds, rec->kind))
		return true;
	return kinds & LOSSES &&
	       (always_tells(rec) || rec->kind == FSERROR_KIND_BULK ||
		rec->flags & FSERROR_RECORD_FLAG_UNRESOLVED);
}

static bool passes_causes(uint32_t causes, const struct fserror_record *rec)
{
	return !causes || has_bit(causes, rec->cause) || always_tells(rec);
}

static bool names_filesystem(const struct fserror_fs_id *fs,
			     const struct fserror_record *rec)
{
	return (!fs->has_dev ||
		(fserror_has(rec, FSERROR_A_RECORD_MAJOR) &&
		 fs->major == rec->major && fs->minor == rec->minor)) &&
	       (!fs->has_uuid ||
		(fserror_has(rec, FSERROR_A_RECORD_UUID) &&
		 !memcmp(fs->uuid, rec->uuid, FSERROR_UUID_LEN))) &&
	       (!fs->instance || fs->instance == rec->instance);
}

bool fserror_filter_passes(const struct fserror_filter *filter,
			   const struct fserror_record *rec)
{
	size_t i;

	if (!passes_kinds(filter->kinds, rec) ||
	    !passes_causes(filter->causes, rec))
		return false;
	for (i = 0; i < filter->nr_fs; i++) {
		if (names_filesystem(&filter->fs[i], rec))
			return true;
	}
	return !filter->nr_fs;
}

bool fserror_record_in_dump(const struct fserror_record *rec)
{
	switch (rec->kind) {
	case FSERROR_KIND_DATA_LOST:
	case FSERROR_KIND_METADATA:
	case FSERROR_KIND_MEDIA:
	case FSERROR_KIND_CLEARED:
	case FSERROR_KIND_BULK:
	case FSERROR_KIND_DEGRADED:
		return fserror_has(rec, FSERROR_A_RECORD_DEVICE);
	}
	return false;
}

uint32_t fserror_kind_group(uint32_t kind)
{
	switch (kind) {
	case FSERROR_KIND_BUFFERED_READ:
	case FSERROR_KIND_BUFFERED_WRITE:
	case FSERROR_KIND_DIRECTIO_READ:
	case FSERROR_KIND_DIRECTIO_WRITE:
		return FSERROR_GROUP_IO;
	}
	return FSERROR_GROUP_DAMAGE;
}
