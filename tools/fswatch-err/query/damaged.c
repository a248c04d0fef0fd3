// SPDX-License-Identifier: GPL-2.0-only
#include "damaged.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* by inode: two with the same number and generation do not live together */
static int compare_inodes(const struct fserror_record *a,
			  const struct fserror_record *b)
{
	int order = compare_u64(a->major, b->major);

	if (!order)
		order = compare_u64(a->minor, b->minor);
	if (!order)
		order = compare_u64(a->ino, b->ino);
	if (!order)
		order = compare_u64(a->generation, b->generation);
	return order;
}

static int compare_views(const void *pa, const void *pb)
{
	const struct view *a = *(const struct view *const *)pa;
	const struct view *b = *(const struct view *const *)pb;
	int order = compare_inodes(a->rec, b->rec);

	return order ? order : compare_u64(a->rec->offset, b->rec->offset);
}

static int compare_names(const void *pa, const void *pb)
{
	const struct damaged_name *a = pa, *b = pb;

	return strcmp(a->name, b->name);
}

/* the records come sorted by their first byte */
static void add_range(struct damaged_file *file,
		      const struct fserror_record *rec)
{
	struct damaged_range *last;
	uint64_t skip;

	if (!fserror_has(rec, FSERROR_A_RECORD_OFFSET) ||
	    !fserror_has(rec, FSERROR_A_RECORD_LENGTH))
		return; /* metadata, which is in no place of the file */
	if (file->nr_ranges) {
		last = &file->ranges[file->nr_ranges - 1];
		skip = rec->offset - last->offset;
		if (skip <= last->length) {
			if (rec->length > UINT64_MAX - skip)
				last->length = UINT64_MAX;
			else if (skip + rec->length > last->length)
				last->length = skip + rec->length;
			return;
		}
	}
	file->ranges[file->nr_ranges++] =
		(struct damaged_range){ rec->offset, rec->length };
}

/* the views that are about an inode, sorted, into files */
static int make_files(struct damaged *damaged, const struct view **sorted,
		      size_t nr)
{
	struct damaged_file *file = NULL;
	size_t i, end;

	for (i = 0; i < nr; i = end) {
		for (end = i + 1; end < nr; end++) {
			if (compare_inodes(sorted[i]->rec, sorted[end]->rec))
				break;
		}
		file = &damaged->files[damaged->nr_files++];
		file->view = sorted[i];
		file->ranges = calloc(end - i, sizeof(*file->ranges));
		if (!file->ranges)
			return -ENOMEM;
		for (; i < end; i++)
			add_range(file, sorted[i]->rec);
	}
	return 0;
}

/* what of @name is below @dir, or NULL; "." for the directory itself */
static const char *relative(const char *name, const char *dir)
{
	size_t len = strcmp(dir, "/") ? strlen(dir) : 0;

	if (strncmp(name, dir, len))
		return NULL;
	if (!name[len] || !strcmp(name + len, "/"))
		return ".";
	return name[len] == '/' ? name + len + 1 : NULL;
}

static void add_names(struct damaged *damaged, const struct damaged_file *file,
		      const char *dir)
{
	const struct path_result *paths = file->view->paths;
	const char *name;
	size_t i;

	if (!paths)
		return;
	damaged->unlinked += paths->state == PATH_UNLINKED;
	for (i = 0; i < paths->count; i++) {
		name = paths->names[i];
		if (dir)
			name = relative(name, dir);
		if (name)
			damaged->names[damaged->nr_names++] =
				(struct damaged_name){ name, file };
		else
			damaged->outside++;
	}
}

static int make_names(struct damaged *damaged, const char *dir)
{
	const struct path_result *paths;
	size_t i, nr = 0;

	for (i = 0; i < damaged->nr_files; i++) {
		paths = damaged->files[i].view->paths;
		nr += paths ? paths->count : 0;
	}
	damaged->names = calloc(nr + 1, sizeof(*damaged->names));
	if (!damaged->names)
		return -ENOMEM;
	for (i = 0; i < damaged->nr_files; i++)
		add_names(damaged, &damaged->files[i], dir);
	if (!damaged->nr_names)
		return 0;
	qsort(damaged->names, damaged->nr_names, sizeof(*damaged->names),
	      compare_names);
	/* a file that was renamed while others were looked up may be there twice */
	for (i = nr = 1; i < damaged->nr_names; i++) {
		if (strcmp(damaged->names[nr - 1].name, damaged->names[i].name))
			damaged->names[nr++] = damaged->names[i];
	}
	damaged->nr_names = nr;
	return 0;
}

int damaged_make(struct damaged *damaged, const struct views *views,
		 const char *dir)
{
	const struct view **sorted;
	size_t i, nr = 0;
	int err = -ENOMEM;

	memset(damaged, 0, sizeof(*damaged));
	sorted = calloc(views->nr + 1, sizeof(*sorted));
	damaged->files = calloc(views->nr + 1, sizeof(*damaged->files));
	if (!sorted || !damaged->files)
		goto out;
	for (i = 0; i < views->nr; i++) {
		if (fserror_has(views->v[i].rec, FSERROR_A_RECORD_INO))
			sorted[nr++] = &views->v[i];
	}
	qsort(sorted, nr, sizeof(*sorted), compare_views);
	err = make_files(damaged, sorted, nr);
	if (!err)
		err = make_names(damaged, dir);
out:
	free(sorted);
	if (err)
		damaged_free(damaged);
	return err;
}

void damaged_free(struct damaged *damaged)
{
	size_t i;

	for (i = 0; i < damaged->nr_files; i++)
		free(damaged->files[i].ranges);
	free(damaged->files);
	free(damaged->names);
	memset(damaged, 0, sizeof(*damaged));
}
