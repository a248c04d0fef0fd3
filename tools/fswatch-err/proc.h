/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The /proc of the mount namespace in which the program was started. That of
 * another one may not be mounted, or may not know this process.
 */
#ifndef FSW_PROC_H
#define FSW_PROC_H

#include <stddef.h>

/* open it, so that it stays; 0 or -1 and errno. The functions below call it. */
int proc_keep(void);

/* open /proc/@name for reading; a descriptor, or -1 and errno */
int proc_open(const char *name);

/*
 * What the kernel believes to be the name of descriptor @fd, seen from the
 * present root directory. Returns 0, or -1 and errno.
 */
int proc_fd_name(int fd, char *name, size_t size);

#endif /* FSW_PROC_H */
