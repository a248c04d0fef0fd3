// SPDX-License-Identifier: GPL-2.0-only
#include "known_names.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

struct known {
	struct path_result paths;
	uint32_t major, minor;
	uint64_t ino;
	int32_t handle_type;
	uint32_t handle_len;
	const uint8_t *handle; /* what follows, or the record's */
	uint8_t copy[];
};

static int compare(const void *pa, const void *pb)
{
	const struct known *a = pa, *b = pb;

	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	if (a->major != b->major)
		return a->major < b->major ? -1 : 1;
	if (a->minor != b->minor)
		return a->minor < b->minor ? -1 : 1;
	if (a->handle_type != b->handle_type)
		return a->handle_type < b->handle_type ? -1 : 1;
	if (a->handle_len != b->handle_len)
		return a->handle_len < b->handle_len ? -1 : 1;
	return memcmp(a->handle, b->handle, a->handle_len);
}

static struct known key_of(const struct fserror_record *rec)
{
	return (struct known){ .major = rec->major,
			       .minor = rec->minor,
			       .ino = rec->ino,
			       .handle_type = rec->handle_type,
			       .handle_len = rec->handle_len,
			       .handle = rec->handle };
}

const struct path_result *known_names_get(const struct known_names *known,
					  const struct fserror_record *rec)
{
	const struct known key = key_of(rec);
	struct known *const *found = tfind(&key, &known->tree, compare);

	return found ? &(*found)->paths : NULL;
}

static void free_known(void *arg)
{
	struct known *known = arg;
	size_t i;

	for (i = 0; i < known->paths.count; i++)
		free(known->paths.names[i]);
	free(known->paths.names);
	free(known);
}

void known_names_free(struct known_names *known)
{
	tdestroy(known->tree, free_known);
	known->tree = NULL;
	known->nr = 0;
}

static struct known *copy_of(const struct known *key,
			     const struct path_result *paths)
{
	struct known *copy = malloc(sizeof(*copy) + key->handle_len);
	size_t i;

	if (!copy)
		return NULL;
	*copy = *key;
	memcpy(copy->copy, key->handle, key->handle_len);
	copy->handle = copy->copy;
	copy->paths = *paths;
	copy->paths.count = 0;
	copy->paths.names = calloc(paths->count + 1, sizeof(char *));
	for (i = 0; copy->paths.names && i < paths->count; i++) {
		copy->paths.names[i] = strdup(paths->names[i]);
		if (!copy->paths.names[i])
			break;
		copy->paths.count++;
	}
	if (copy->paths.names && copy->paths.count == paths->count)
		return copy;
	free_known(copy);
	return NULL;
}

int known_names_put(struct known_names *known, const struct fserror_record *rec,
		    const struct path_result *paths)
{
	const struct known key = key_of(rec);
	struct known *copy;

	if (known->nr == KNOWN_NAMES_MAX || tfind(&key, &known->tree, compare))
		return 0;
	copy = copy_of(&key, paths);
	if (!copy)
		return -ENOMEM;
	if (!tsearch(copy, &known->tree, compare)) {
		free_known(copy);
		return -ENOMEM;
	}
	known->nr++;
	return 0;
}
