/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that is there as a whole or not at all: it is written without a name, or under
 * a name that nobody guesses, in the directory where it is to be, and takes the place of
 * what has its name when it is finished. A symbolic link of that name is not followed,
 * but replaced. What is no file, or leads to what is none, stays: -ENOTSUP.
 */
#ifndef FSW_NEW_FILE_H
#define FSW_NEW_FILE_H

#include <stdio.h>

struct new_file {
	FILE *out; /* to write to */
	int dir;
	char *name; /* in the directory */
	char *temporary; /* NULL: it has no name yet */
};

/*
 * Begin; the mode will be @mode without the bits of the umask. 0, or a negative errno;
 * then there is nothing to drop.
 */
int new_file_open(struct new_file *file, const char *path, unsigned int mode);
/* it is whole, and on the disk when this returns 0; else a negative errno */
int new_file_finish(struct new_file *file);
/* forget it, if it was not finished; always to be called */
void new_file_drop(struct new_file *file);

#endif /* FSW_NEW_FILE_H */
