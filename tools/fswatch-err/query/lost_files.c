// SPDX-License-Identifier: GPL-2.0-only
#include "lost_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sorter.h"

/* in this order */
enum order {
	NAMED,
	NAMELESS,
	OUTSIDE, /* only counted */
};

/* a range of a file, by one of its names */
struct entry {
	uint8_t order;
	uint8_t state; /* of its paths, NO_PATHS: none were looked up */
	uint8_t has_dev, has_uuid, has_generation, has_root, has_range;
	uint32_t major, minor, generation;
	uint64_t ino, root;
	uint64_t offset, length;
	uint8_t uuid[16];
	char name[]; /* "" if there is none */
};

#define NO_PATHS UINT8_MAX

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* two inodes of a subvolume with the same number and generation do not live together */
static int compare_inodes(const struct entry *a, const struct entry *b)
{
	int order = compare_u64(a->major, b->major);

	if (!order)
		order = compare_u64(a->minor, b->minor);
	if (!order)
		order = compare_u64(a->root, b->root);
	if (!order)
		order = compare_u64(a->ino, b->ino);
	if (!order)
		order = compare_u64(a->generation, b->generation);
	return order;
}

static int compare_files(const struct entry *a, const struct entry *b)
{
	int order = a->order - b->order;

	if (!order)
		order = strcmp(a->name, b->name);
	return order ? order : compare_inodes(a, b);
}

static int compare(const void *pa, size_t len_a, const void *pb, size_t len_b)
{
	const struct entry *a = pa, *b = pb;
	int order = compare_files(a, b);

	(void)len_a;
	(void)len_b;
	if (!order)
		order = compare_u64(a->offset, b->offset);
	return order ? order : compare_u64(a->length, b->length);
}

int lost_files_init(struct lost_files *files, const char *dir)
{
	*files = (struct lost_files){ .dir = dir };
	files->sorter = sorter_new(compare, SORTER_MEMORY);
	return files->sorter ? 0 : -ENOMEM;
}

void lost_files_free(struct lost_files *files)
{
	sorter_free(files->sorter);
	files->sorter = NULL;
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

static int add_name(struct lost_files *files, const struct entry *entry,
		    enum order order, const char *name)
{
	const size_t len = strlen(name) + 1;
	struct entry *copy;
	int err;

	copy = malloc(sizeof(*copy) + len);
	if (!copy)
		return -ENOMEM;
	*copy = *entry;
	copy->order = order;
	memcpy(copy->name, name, len);
	err = sorter_add(files->sorter, copy, sizeof(*copy) + len);
	free(copy);
	return err;
}

int lost_files_add(struct lost_files *files, const struct view *view)
{
	const struct fserror_record *rec = view->rec;
	const struct path_result *paths = view->paths;
	struct entry entry;
	const char *name;
	size_t i;
	int err = 0;

	if (!fserror_has(rec, FSERROR_A_RECORD_INO))
		return 0;
	/* what fills it up is written, too */
	memset(&entry, 0, sizeof(entry));
	entry.state = paths ? paths->state : NO_PATHS;
	entry.has_dev = fserror_has(rec, FSERROR_A_RECORD_MAJOR) &&
			fserror_has(rec, FSERROR_A_RECORD_MINOR);
	entry.has_uuid = fserror_has(rec, FSERROR_A_RECORD_UUID);
	entry.has_generation = fserror_has(rec, FSERROR_A_RECORD_GENERATION);
	entry.has_root = fserror_has(rec, FSERROR_A_RECORD_ROOT);
	/* metadata is in no place of the file */
	entry.has_range = fserror_has(rec, FSERROR_A_RECORD_OFFSET) &&
			  fserror_has(rec, FSERROR_A_RECORD_LENGTH);
	entry.major = rec->major;
	entry.minor = rec->minor;
	entry.generation = rec->generation;
	entry.ino = rec->ino;
	entry.root = rec->root;
	entry.offset = rec->offset;
	entry.length = rec->length;
	memcpy(entry.uuid, rec->uuid, sizeof(entry.uuid));
	if (!paths || !paths->count)
		return add_name(files, &entry, NAMELESS, "");
	for (i = 0; i < paths->count && !err; i++) {
		name = files->dir ? relative(paths->names[i], files->dir) :
				    paths->names[i];
		err = name ? add_name(files, &entry, NAMED, name) :
			     add_name(files, &entry, OUTSIDE, paths->names[i]);
	}
	return err;
}

/* reading it back */

struct reader {
	struct lost_files *files;
	const struct lost_files_visitor *visitor;
	void *arg;
	struct entry *file; /* a copy of what the open file began with, or NULL */
	size_t room;
	bool has_range; /* one that was not told yet, as the next may touch it */
	uint64_t offset, length;
};

static int tell_range(struct reader *reader)
{
	if (!reader->has_range)
		return 0;
	reader->has_range = false;
	return reader->visitor->range ?
		       reader->visitor->range(reader->arg, reader->offset,
					      reader->length) :
		       0;
}

/* they come sorted by their first byte */
static int take_range(struct reader *reader, const struct entry *entry)
{
	const uint64_t skip = entry->offset - reader->offset;
	int err;

	if (!entry->has_range)
		return 0;
	if (reader->has_range && skip <= reader->length) {
		if (entry->length > UINT64_MAX - skip)
			reader->length = UINT64_MAX;
		else if (skip + entry->length > reader->length)
			reader->length = skip + entry->length;
		return 0;
	}
	err = tell_range(reader);
	reader->has_range = true;
	reader->offset = entry->offset;
	reader->length = entry->length;
	return err;
}

static int end_file(struct reader *reader)
{
	int err;

	if (!reader->file || reader->file->order == OUTSIDE)
		return 0;
	err = tell_range(reader);
	if (!err && reader->visitor->end)
		err = reader->visitor->end(reader->arg);
	return err;
}

static int keep_entry(struct reader *reader, const struct entry *entry,
		      size_t len)
{
	struct entry *file = reader->file;

	if (len > reader->room) {
		file = realloc(file, len);
		if (!file)
			return -ENOMEM;
		reader->file = file;
		reader->room = len;
	}
	memcpy(file, entry, len);
	return 0;
}

static int begin_file(struct reader *reader, const struct entry *entry,
		      size_t len)
{
	struct lost_file file = {
		.name = entry->order == NAMED ? entry->name : NULL,
		.has_dev = entry->has_dev,
		.has_uuid = entry->has_uuid,
		.has_generation = entry->has_generation,
		.has_root = entry->has_root,
		.major = entry->major,
		.minor = entry->minor,
		.generation = entry->generation,
		.ino = entry->ino,
		.root = entry->root,
	};
	int err;

	if (entry->state != NO_PATHS)
		file.path_state = path_state_name(entry->state);
	memcpy(file.uuid, entry->uuid, sizeof(file.uuid));
	file.again = file.name && reader->file &&
		     reader->file->order == NAMED &&
		     !strcmp(reader->file->name, entry->name);
	reader->files->outside += entry->order == OUTSIDE;
	reader->files->unlinked += entry->state == PATH_UNLINKED;
	err = keep_entry(reader, entry, len);
	if (err || entry->order == OUTSIDE)
		return err;
	return reader->visitor->begin(reader->arg, &file);
}

int lost_files_each(struct lost_files *files,
		    const struct lost_files_visitor *visitor, void *arg)
{
	struct reader reader = { .files = files,
				 .visitor = visitor,
				 .arg = arg };
	const void *data;
	size_t len;
	int err, more;

	files->outside = 0;
	files->unlinked = 0;
	err = sorter_finish(files->sorter);
	while (!err && (more = sorter_next(files->sorter, &data, &len))) {
		if (more < 0) {
			err = more;
			break;
		}
		if (!reader.file || compare_files(reader.file, data)) {
			err = end_file(&reader);
			if (!err)
				err = begin_file(&reader, data, len);
		}
		if (!err && reader.file->order != OUTSIDE)
			err = take_range(&reader, data);
	}
	if (!err)
		err = end_file(&reader);
	free(reader.file);
	return err;
}
