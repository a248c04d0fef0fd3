// SPDX-License-Identifier: GPL-2.0-only
#include "known_names.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct known {
	struct known *next; /* in its bucket */
	struct path_result paths;
	uint32_t major, minor;
	uint64_t ino;
	int32_t handle_type;
	uint32_t handle_len;
	const uint8_t *handle; /* what follows, or the record's */
	uint8_t copy[];
};

static bool is_same(const struct known *a, const struct known *b)
{
	return a->ino == b->ino && a->major == b->major &&
	       a->minor == b->minor && a->handle_type == b->handle_type &&
	       a->handle_len == b->handle_len &&
	       !memcmp(a->handle, b->handle, a->handle_len);
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

/*
 * Inode numbers may be chosen by somebody who wants them all in one bucket: for a random
 * odd factor he cannot know which those are.
 */
static void choose_factor(struct known_names *known)
{
	if (!known->factor &&
	    getrandom(&known->factor, sizeof(known->factor), GRND_NONBLOCK) < 0)
		known->factor = UINT64_C(0x9e3779b97f4a7c15);
	known->factor |= 1;
}

static size_t bucket_of(const struct known_names *known, uint64_t ino)
{
	return ino * known->factor >> (64 - KNOWN_NAMES_BITS);
}

static struct known *find(const struct known_names *known,
			  const struct known *key)
{
	struct known *at = known->buckets[bucket_of(known, key->ino)];

	while (at && !is_same(at, key))
		at = at->next;
	return at;
}

const struct path_result *known_names_get(const struct known_names *known,
					  const struct fserror_record *rec)
{
	const struct known key = key_of(rec);
	const struct known *found = find(known, &key);

	return found ? &found->paths : NULL;
}

static void free_known(struct known *known)
{
	size_t i;

	for (i = 0; i < known->paths.count; i++)
		free(known->paths.names[i]);
	free(known->paths.names);
	free(known);
}

void known_names_free(struct known_names *known)
{
	struct known *first;
	size_t i;

	for (i = 0; i < KNOWN_NAMES_MAX; i++) {
		while ((first = known->buckets[i])) {
			known->buckets[i] = first->next;
			free_known(first);
		}
	}
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
	struct known *copy, **bucket;

	choose_factor(known);
	if (known->nr == KNOWN_NAMES_MAX || find(known, &key))
		return 0;
	copy = copy_of(&key, paths);
	if (!copy)
		return -ENOMEM;
	bucket = &known->buckets[bucket_of(known, key.ino)];
	copy->next = *bucket;
	*bucket = copy;
	known->nr++;
	return 0;
}
