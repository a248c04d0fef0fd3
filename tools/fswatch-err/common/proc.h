/* SPDX-License-Identifier: GPL-2.0-only */
/* The directory /proc, opened once. */
#ifndef FSW_PROC_H
#define FSW_PROC_H

#include <stddef.h>

/* open /proc/@name for reading; a descriptor, or -1 and errno */
int proc_open(const char *name);

/* the same with the flags of open(2) */
int proc_openat(const char *name, int flags);

/*
 * Open what descriptor @fd, of O_PATH, has open, and nothing else, whatever its
 * name leads to now. Returns another descriptor, or -1 and errno.
 */
int proc_reopen(int fd, int flags);

/*
 * What the kernel believes to be the name of descriptor @fd. Returns 0, or -1 and
 * errno.
 */
int proc_fd_name(int fd, char *name, size_t size);

#endif /* FSW_PROC_H */
