/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks that cannot simply be written over. The good bytes go to a nameless
 * file, whose blocks then take the place of the damaged ones, in one step. The
 * damaged blocks are written as those of another nameless file. The filesystem
 * must be able to share blocks between files.
 */
#ifndef FSW_HEAL_EXCHANGE_H
#define FSW_HEAL_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

/* blocks of a file, the last of which may be the one in which it ends */
struct heal_blocks {
	int fd; /* of the file */
	int dir_fd; /* a directory of its filesystem */
	uint64_t offset;
	const void *buf; /* aligned to a block, with zeroes after the end */
	size_t len; /* bytes of the file */
	size_t room; /* bytes of the blocks */
};

/* write them all at @offset of @fd; 0 or a negative errno */
int heal_blocks_write(const struct heal_blocks *blocks, int fd,
		      uint64_t offset);

/*
 * 0 or a negative errno; then nothing has changed, unless it is that of fsync().
 * If the file does not end there any more, but should, that is -EINVAL.
 */
int heal_exchange(const struct heal_blocks *blocks);

#endif /* FSW_HEAL_EXCHANGE_H */
