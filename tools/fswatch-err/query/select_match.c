// SPDX-License-Identifier: GPL-2.0-only
/* Is a record one of those that are wanted? */
#include "select.h"

#include <string.h>
#include <sys/sysmacros.h>

#include "place.h"

static bool is_filesystem(const struct select_list *list,
			  const struct fserror_record *rec)
{
	const struct fserror_fs_id *fs = list->v;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (fs[i].has_dev && fserror_has(rec, FSERROR_A_RECORD_MAJOR) &&
		    fs[i].major == rec->major && fs[i].minor == rec->minor)
			return true;
		if (fs[i].has_uuid && fserror_has(rec, FSERROR_A_RECORD_UUID) &&
		    !memcmp(fs[i].uuid, rec->uuid, FSERROR_UUID_LEN))
			return true;
	}
	return false;
}

static bool is_type(const struct select_list *list,
		    const struct fserror_record *rec)
{
	char *const *type = list->v;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (fserror_has(rec, FSERROR_A_RECORD_FSTYPE) &&
		    !strcmp(type[i], rec->fstype))
			return true;
	}
	return false;
}

static bool is_inode(const struct select_list *list,
		     const struct fserror_record *rec)
{
	const uint64_t *ino = list->v;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (fserror_has(rec, FSERROR_A_RECORD_INO) &&
		    ino[i] == rec->ino)
			return true;
	}
	return false;
}

/* is it one of the list, or is there no list? */
static bool passes(const struct select_list *list,
		   const struct fserror_record *rec,
		   bool (*is_one)(const struct select_list *list,
				  const struct fserror_record *rec))
{
	return !list->nr || is_one(list, rec);
}

static bool has_bit(uint32_t bits, uint32_t bit)
{
	return !bits || (bit < 32 && bits >> bit & 1);
}

bool select_record(const struct select *select,
		   const struct fserror_record *rec)
{
	return has_bit(select->kinds, rec->kind) &&
	       has_bit(select->causes, rec->cause) &&
	       passes(&select->types, rec, is_type) &&
	       passes(&select->mountpoints, rec, is_filesystem) &&
	       passes(&select->sources, rec, is_filesystem) &&
	       passes(&select->uuids, rec, is_filesystem) &&
	       passes(&select->inodes, rec, is_inode);
}

/* is one of the names in @region? */
static bool any_name_in(const struct region *region,
			const struct path_result *result)
{
	size_t i;

	for (i = 0; region->prefix && i < result->count; i++) {
		if (place_is_below(result->names[i], region->prefix))
			return true;
	}
	return false;
}

static enum select_answer answer_for(const struct place *place,
				     const struct view *view)
{
	const struct fserror_record *rec = view->rec;
	const struct path_result *paths = view->paths;
	enum select_answer answer = SELECT_NO;
	const struct region *region;
	bool named, here = false;
	size_t i;

	/* what has no name is below no path, nor is what nobody owns */
	named = (paths &&
		 (paths->state == PATH_OK || paths->state == PATH_UNLINKED)) ||
		(rec->flags & FSERROR_RECORD_FLAG_UNOWNED &&
		 !(rec->flags & FSERROR_RECORD_FLAG_UNRESOLVED));
	for (i = 0; i < place->nr; i++) {
		region = &place->v[i];
		if (fserror_has(rec, FSERROR_A_RECORD_MAJOR) &&
		    region->dev != makedev(rec->major, rec->minor))
			continue;
		here = true;
		if (!paths || !any_name_in(region, paths))
			continue;
		if (!region->maybe)
			return SELECT_YES;
		answer = SELECT_UNKNOWN;
	}
	/* mounted there since */
	if (!here && view->target && place_is_below(view->target, place->path))
		return SELECT_YES;
	return named || !here ? answer : SELECT_UNKNOWN;
}

enum select_answer select_view(const struct select *select,
			       const struct view *view)
{
	const struct place *place = select->paths.v;
	enum select_answer best = SELECT_NO, answer;
	size_t i;

	if (!select_record(select, view->rec))
		return SELECT_NO;
	if (!select->paths.nr)
		return SELECT_YES;
	for (i = 0; i < select->paths.nr; i++) {
		answer = answer_for(&place[i], view);
		if (answer == SELECT_YES)
			return SELECT_YES;
		if (answer == SELECT_UNKNOWN)
			best = SELECT_UNKNOWN;
	}
	return best;
}
