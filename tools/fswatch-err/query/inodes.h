/* SPDX-License-Identifier: GPL-2.0-only */
/* A set of inodes, to count each once. */
#ifndef FSW_INODES_H
#define FSW_INODES_H

#include <stddef.h>
#include <stdint.h>

#include <libfserror.h>

struct inode_key {
	uint64_t fs, root, ino; /* ino is 0 if the place is free */
};

struct inodes {
	struct inode_key *v;
	size_t nr, room; /* room is 0 or a power of 2 */
};

/* add the inode of @rec: 1 if it is new, 0, or -ENOMEM */
int inodes_add(struct inodes *inodes, const struct fserror_record *rec);
void inodes_free(struct inodes *inodes);

#endif /* FSW_INODES_H */
