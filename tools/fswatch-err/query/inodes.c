// SPDX-License-Identifier: GPL-2.0-only
#include "inodes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sorter.h"

#define KEPT_MAX 49152 /* inodes, in 65536 places */

static uint64_t hash(const struct inode_key *key)
{
	uint64_t h = key->fs * UINT64_C(0x9e3779b97f4a7c15) ^ key->root;

	h = (h ^ h >> 32) * UINT64_C(0x9e3779b97f4a7c15) ^ key->ino;
	h = (h ^ h >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
	return h ^ h >> 32;
}

static bool same(const struct inode_key *a, const struct inode_key *b)
{
	return a->fs == b->fs && a->root == b->root && a->ino == b->ino;
}

/* where it is, or has to be put: there is always a free place */
static struct inode_key *find(const struct inodes *inodes,
			      const struct inode_key *key)
{
	size_t at = hash(key) & (inodes->room - 1);

	while (inodes->v[at].ino && !same(&inodes->v[at], key))
		at = (at + 1) & (inodes->room - 1);
	return &inodes->v[at];
}

static int grow(struct inodes *inodes)
{
	struct inodes bigger = *inodes;
	size_t i;

	bigger.room = inodes->room ? inodes->room * 2 : 64;
	bigger.v = calloc(bigger.room, sizeof(*bigger.v));
	if (!bigger.v)
		return -ENOMEM;
	for (i = 0; i < inodes->room; i++) {
		if (inodes->v[i].ino)
			*find(&bigger, &inodes->v[i]) = inodes->v[i];
	}
	free(inodes->v);
	*inodes = bigger;
	return 0;
}

static int compare(const void *a, size_t len_a, const void *b, size_t len_b)
{
	(void)len_b;
	return memcmp(a, b, len_a);
}

/* those that are kept go where there is more room */
static int move_kept(struct inodes *inodes)
{
	size_t i;
	int err;

	if (!inodes->sorter)
		inodes->sorter = sorter_new(compare, SORTER_MEMORY);
	if (!inodes->sorter)
		return -ENOMEM;
	for (i = 0; i < inodes->room; i++) {
		if (!inodes->v[i].ino)
			continue;
		err = sorter_add(inodes->sorter, &inodes->v[i],
				 sizeof(inodes->v[i]));
		if (err)
			return err;
	}
	memset(inodes->v, 0, inodes->room * sizeof(*inodes->v));
	inodes->kept = 0;
	return 0;
}

int inodes_add(struct inodes *inodes, const struct fserror_record *rec)
{
	const struct inode_key key = {
		.fs = (uint64_t)rec->major << 32 | rec->minor,
		.root = rec->root,
		.ino = rec->ino,
	};
	struct inode_key *at;
	int err = 0;

	if (!key.ino)
		return 0;
	if (inodes->kept == KEPT_MAX)
		err = move_kept(inodes);
	else if (inodes->kept * 4 >= inodes->room * 3)
		err = grow(inodes);
	if (err)
		return err;
	at = find(inodes, &key);
	if (at->ino)
		return 0;
	*at = key;
	inodes->kept++;
	inodes->nr++;
	return 0;
}

int inodes_finish(struct inodes *inodes)
{
	struct inode_key last = { 0 };
	const void *key;
	size_t len;
	int rc;

	if (!inodes->sorter)
		return 0;
	rc = move_kept(inodes);
	if (!rc)
		rc = sorter_finish(inodes->sorter);
	if (rc)
		return rc;
	inodes->nr = 0;
	while ((rc = sorter_next(inodes->sorter, &key, &len)) == 1) {
		inodes->nr += !same(&last, key);
		last = *(const struct inode_key *)key;
	}
	return rc;
}

void inodes_free(struct inodes *inodes)
{
	free(inodes->v);
	sorter_free(inodes->sorter);
	memset(inodes, 0, sizeof(*inodes));
}
