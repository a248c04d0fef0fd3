// SPDX-License-Identifier: GPL-2.0-only
#include "examples.h"

#include <string.h>

#include "messages.h"

static void drop(struct fserror_record *rec, int attr)
{
	rec->present &= ~(UINT32_C(1) << attr);
}

static void set_flags(struct fserror_record *rec, uint32_t flags)
{
	rec->flags = flags;
	record_set(rec, FSERROR_A_RECORD_FLAGS);
}

static void drop_inode(struct fserror_record *rec)
{
	drop(rec, FSERROR_A_RECORD_INO);
	drop(rec, FSERROR_A_RECORD_GENERATION);
	drop(rec, FSERROR_A_RECORD_NLINK);
	drop(rec, FSERROR_A_RECORD_HANDLE_TYPE);
	drop(rec, FSERROR_A_RECORD_HANDLE);
	drop(rec, FSERROR_A_RECORD_OFFSET);
	drop(rec, FSERROR_A_RECORD_LENGTH);
}

/* one example of everything, @live with numbers and times */
size_t examples_make(struct fserror_record *recs, bool live)
{
	struct fserror_record *rec;
	size_t nr = 0, i;

	/* files, with each of the results above */
	for (i = 0; i < EXAMPLES_PATHS; i++) {
		recs[nr] = record_data_lost(live ? 41 + nr : 0);
		recs[nr].offset += 4096 * i;
		nr++;
	}
	recs[1].cause = FSERROR_CAUSE_MEDIA;
	recs[1].nlink = 3;
	recs[3].nlink = 0;
	set_flags(&recs[3], FSERROR_RECORD_FLAG_UNLINKED);
	set_flags(&recs[4],
		  FSERROR_RECORD_FLAG_REPLAY | FSERROR_RECORD_FLAG_REALTIME);
	drop(&recs[5], FSERROR_A_RECORD_CAUSE);
	recs[6].length = UINT64_MAX;

	/* a failed read, of an inode without a handle */
	rec = &recs[nr];
	*rec = record_data_lost(live ? 41 + nr : 0);
	rec->kind = FSERROR_KIND_DIRECTIO_READ;
	drop(rec, FSERROR_A_RECORD_CAUSE);
	drop(rec, FSERROR_A_RECORD_HANDLE);
	drop(rec, FSERROR_A_RECORD_DEVICE);
	drop(rec, FSERROR_A_RECORD_ORIGIN);
	drop(rec, FSERROR_A_RECORD_ROLE);
	rec->repeat = 17;
	record_set(rec, FSERROR_A_RECORD_REPEAT);
	rec->root = 257;
	record_set(rec, FSERROR_A_RECORD_ROOT);
	nr++;

	/* metadata of the filesystem */
	rec = &recs[nr];
	*rec = record_data_lost(live ? 41 + nr : 0);
	rec->kind = FSERROR_KIND_METADATA;
	rec->meta = FSERROR_META_LOG;
	record_set(rec, FSERROR_A_RECORD_META);
	rec->role = FSERROR_ROLE_LOG;
	drop_inode(rec);
	nr++;

	/* metadata of an inode */
	rec = &recs[nr];
	*rec = record_data_lost(live ? 41 + nr : 0);
	rec->kind = FSERROR_KIND_METADATA;
	rec->meta = FSERROR_META_XATTR;
	record_set(rec, FSERROR_A_RECORD_META);
	drop(rec, FSERROR_A_RECORD_OFFSET);
	drop(rec, FSERROR_A_RECORD_LENGTH);
	nr++;

	/* one that nobody has, and one that may be bad */
	for (i = 0; i < 2; i++) {
		rec = &recs[nr];
		*rec = record_data_lost(live ? 41 + nr : 0);
		rec->kind = FSERROR_KIND_MEDIA;
		drop_inode(rec);
		set_flags(rec, i ? FSERROR_RECORD_FLAG_UNKNOWN :
				   FSERROR_RECORD_FLAG_UNOWNED);
		nr++;
	}

	/* a range that nobody could map, of a device of no filesystem */
	rec = &recs[nr];
	*rec = record_data_lost(live ? 41 + nr : 0);
	rec->kind = FSERROR_KIND_MEDIA;
	drop_inode(rec);
	drop(rec, FSERROR_A_RECORD_MAJOR);
	drop(rec, FSERROR_A_RECORD_MINOR);
	drop(rec, FSERROR_A_RECORD_FSTYPE);
	drop(rec, FSERROR_A_RECORD_UUID);
	drop(rec, FSERROR_A_RECORD_SB_ID);
	drop(rec, FSERROR_A_RECORD_DEVICE);
	strcpy(rec->layer, "dm-crypt");
	record_set(rec, FSERROR_A_RECORD_LAYER);
	set_flags(rec, FSERROR_RECORD_FLAG_UNRESOLVED |
			       FSERROR_RECORD_FLAG_UNMAPPED);
	nr++;

	if (!live)
		return nr;

	rec = &recs[nr];
	*rec = record_data_lost(41 + nr);
	rec->kind = FSERROR_KIND_CLEARED;
	drop_inode(rec);
	drop(rec, FSERROR_A_RECORD_CAUSE);
	drop(rec, FSERROR_A_RECORD_ERROR);
	nr++;

	/* the same, but what it holds is not known */
	rec = &recs[nr];
	*rec = recs[nr - 1];
	rec->seq++;
	rec->fs_seq++;
	set_flags(rec, FSERROR_RECORD_FLAG_CONTENT_UNKNOWN);
	nr++;

	/* a copy is bad */
	rec = &recs[nr];
	*rec = record_data_lost(41 + nr);
	rec->kind = FSERROR_KIND_DEGRADED;
	drop_inode(rec);
	drop(rec, FSERROR_A_RECORD_ERROR);
	strcpy(rec->layer, "raid1");
	record_set(rec, FSERROR_A_RECORD_LAYER);
	nr++;

	/* mounted, and not any more */
	rec = &recs[nr];
	*rec = record_data_lost(41 + nr);
	rec->kind = FSERROR_KIND_MOUNT;
	drop_inode(rec);
	drop(rec, FSERROR_A_RECORD_ERROR);
	drop(rec, FSERROR_A_RECORD_CAUSE);
	drop(rec, FSERROR_A_RECORD_DEVICE);
	drop(rec, FSERROR_A_RECORD_ORIGIN);
	drop(rec, FSERROR_A_RECORD_ROLE);
	nr++;
	rec = &recs[nr];
	*rec = recs[nr - 1];
	rec->seq++;
	rec->fs_seq++;
	rec->kind = FSERROR_KIND_UNMOUNT;
	nr++;

	rec = &recs[nr];
	*rec = record_data_lost(41 + nr);
	rec->kind = FSERROR_KIND_BULK;
	rec->cause = FSERROR_CAUSE_REMOVED;
	drop_inode(rec);
	rec->count = 7;
	record_set(rec, FSERROR_A_RECORD_COUNT);
	set_flags(rec, FSERROR_RECORD_FLAG_PARTIAL);
	nr++;

	rec = &recs[nr];
	*rec = record_data_lost(41 + nr);
	rec->kind = FSERROR_KIND_SHUTDOWN;
	rec->error = 117;
	drop_inode(rec);
	drop(rec, FSERROR_A_RECORD_CAUSE);
	drop(rec, FSERROR_A_RECORD_DEVICE);
	drop(rec, FSERROR_A_RECORD_ORIGIN);
	nr++;

	/* of no filesystem */
	rec = &recs[nr];
	*rec = record_data_lost(41 + nr);
	rec->kind = FSERROR_KIND_TEST;
	drop_inode(rec);
	drop(rec, FSERROR_A_RECORD_ERROR);
	drop(rec, FSERROR_A_RECORD_CAUSE);
	drop(rec, FSERROR_A_RECORD_MAJOR);
	drop(rec, FSERROR_A_RECORD_MINOR);
	drop(rec, FSERROR_A_RECORD_FSTYPE);
	drop(rec, FSERROR_A_RECORD_UUID);
	drop(rec, FSERROR_A_RECORD_SB_ID);
	drop(rec, FSERROR_A_RECORD_DEVICE);
	drop(rec, FSERROR_A_RECORD_ORIGIN);
	nr++;

	/* of a later kernel */
	rec = &recs[nr];
	*rec = record_data_lost(41 + nr);
	rec->kind = 77;
	rec->cause = 88;
	set_flags(rec, UINT32_C(1) << 20);
	nr++;
	return nr;
}
