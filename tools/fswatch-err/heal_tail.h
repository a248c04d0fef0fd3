/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The block in which a file ends. Only a write of the whole block makes the
 * media good again, and a write of the whole block makes the file longer. These
 * are the two ways around that:
 *
 * Exchange: the good bytes go to a nameless file, whose block then takes the
 * place of the damaged one, in one step and only if the file still ends there;
 * the damaged block is written as that of another nameless file. The filesystem
 * must be able to share blocks between files.
 *
 * Extend: write the whole block and cut the file to its size again. An append
 * between the two would be lost, so nobody else may have the file open. A process
 * of its own does it, so that the death of this one does not come between.
 */
#ifndef FSW_HEAL_TAIL_H
#define FSW_HEAL_TAIL_H

#include <stddef.h>
#include <stdint.h>

struct heal_tail {
	int fd; /* of the file */
	int dir_fd; /* a directory of its filesystem */
	uint64_t offset; /* of the block */
	const void *buf; /* the whole of it, aligned, zeroes after the end */
	size_t block, len; /* bytes of it, and of the file in it */
};

/* 0 or a negative errno; -EOPNOTSUPP and others if it is not possible here */
int heal_tail_exchange(const struct heal_tail *tail);

/* the same; @fd must have a write lease (F_WRLCK), or this is -EBUSY */
int heal_tail_extend(const struct heal_tail *tail);

#endif /* FSW_HEAL_TAIL_H */
