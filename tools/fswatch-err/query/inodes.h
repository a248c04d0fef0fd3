/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts inodes, each once, in bounded memory: sorter.h has the rest. */
#ifndef FSW_INODES_H
#define FSW_INODES_H

#include <stddef.h>
#include <stdint.h>

#include <libfserror.h>

struct inode_key {
	uint64_t fs, root, ino; /* ino is 0 if the place is free */
};

struct sorter;

struct inodes {
	size_t nr; /* how many; until inodes_finish() perhaps some more than once */
	/* those that came last */
	struct inode_key *v;
	size_t kept, room; /* room is 0 or a power of 2 */
	struct sorter *sorter; /* those before, NULL if there are none */
};

/* add the inode of @rec; 0 or a negative errno, as sorter_add() has it */
int inodes_add(struct inodes *inodes, const struct fserror_record *rec);
/* nothing more is added; 0 or a negative errno */
int inodes_finish(struct inodes *inodes);
void inodes_free(struct inodes *inodes);

#endif /* FSW_INODES_H */
