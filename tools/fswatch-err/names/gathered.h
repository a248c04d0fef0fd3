/* SPDX-License-Identifier: GPL-2.0-only */
/* Inodes that are asked for, each once, with all that was asked about it. */
#ifndef FSW_GATHERED_H
#define FSW_GATHERED_H

#include <stddef.h>

#include "resolver.h"

struct gathered {
	struct answer **v;
	size_t nr, room;
	void *tree; /* of tsearch(3), the same by inode */
};

void answer_free(struct answer *answer);

/* with all that it leads to */
void gathered_free(struct gathered *gathered);

/* forget the tree, not what it leads to: nothing more is put in */
void gathered_forget_tree(struct gathered *gathered);

/* @answer, which is taken, or what is there for its inode already; or NULL */
struct answer *gathered_put(struct gathered *gathered, struct answer *answer);

/* the answer that is to be given for the inode of @rec, or NULL */
struct answer *gathered_inode(struct gathered *gathered,
			      const struct fserror_record *rec);

/* one more question for @answer; 0 or -ENOMEM */
int gathered_ask(struct answer *answer, const struct ask *ask);

/* @nr questions about the inode of @rec; 0 or -ENOMEM */
int gathered_asks(struct gathered *gathered, const struct fserror_record *rec,
		  const struct ask *asks, size_t nr);

#endif /* FSW_GATHERED_H */
