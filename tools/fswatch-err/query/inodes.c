// SPDX-License-Identifier: GPL-2.0-only
#include "inodes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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
	struct inodes bigger = { .nr = inodes->nr,
				 .room = inodes->room ? inodes->room * 2 : 64 };
	size_t i;

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

int inodes_add(struct inodes *inodes, const struct fserror_record *rec)
{
	const struct inode_key key = {
		.fs = (uint64_t)rec->major << 32 | rec->minor,
		.root = rec->root,
		.ino = rec->ino,
	};
	struct inode_key *at;

	if (!key.ino)
		return 0;
	if (inodes->nr * 4 >= inodes->room * 3 && grow(inodes))
		return -ENOMEM;
	at = find(inodes, &key);
	if (at->ino)
		return 0;
	*at = key;
	inodes->nr++;
	return 1;
}

void inodes_free(struct inodes *inodes)
{
	free(inodes->v);
	memset(inodes, 0, sizeof(*inodes));
}
