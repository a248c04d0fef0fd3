// SPDX-License-Identifier: GPL-2.0-only
#include "wanted.h"

#include <sys/sysmacros.h>

void wanted_init(struct wanted *wanted, const struct select *select)
{
	wanted->filter = (struct fserror_filter){ .kinds = select->kinds,
						  .causes = select->causes };
	wanted->places = *select;
	wanted->places.kinds = 0;
	wanted->places.causes = 0;
	wanted->filesystems = wanted->places;
	wanted->filesystems.inodes.nr = 0;
}

bool wanted_record(const struct wanted *wanted,
		   const struct fserror_record *rec)
{
	return fserror_filter_passes(&wanted->filter, rec) &&
	       select_record(&wanted->places, rec);
}

enum select_answer wanted_view(const struct wanted *wanted,
			       const struct view *view)
{
	if (!fserror_filter_passes(&wanted->filter, view->rec))
		return SELECT_NO;
	return select_view(&wanted->places, view);
}

bool wanted_filesystem(const struct wanted *wanted, const struct mounts *mounts,
		       const struct fserror_record *rec)
{
	struct view view = { .rec = rec };

	if (fserror_has(rec, FSERROR_A_RECORD_MAJOR) &&
	    fserror_has(rec, FSERROR_A_RECORD_MINOR))
		view_mount(mounts, makedev(rec->major, rec->minor),
			   &view.source, &view.target);
	return select_view(&wanted->filesystems, &view) != SELECT_NO;
}
