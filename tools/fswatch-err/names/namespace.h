/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The option --namespace: mounts and names as other processes see them.
 *
 * Nobody enters the other namespace. Its mounts are those that the kernel lists
 * for it, and a name of it is opened below its root directory, which a symbolic
 * link does not lead out of. What this process executes and loads stays that of
 * its own namespace: a container would give us its own shell and libraries.
 */
#ifndef FSW_NAMESPACE_H
#define FSW_NAMESPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Let the functions below be about the mount namespace of process @arg, as that
 * process sees it, or if @arg is no number about that of the file @arg, such as
 * /proc/PID/ns/mnt. No thread may have been started. What goes wrong is said: 0
 * or -1.
 */
int namespace_use(const char *arg);

/* are the functions below about our own namespace? */
bool namespace_is_own(void);

/* the table of mounts, as mountinfo has it, or that of our own; NULL and errno */
FILE *namespace_mountinfo(void);
FILE *namespace_own_mountinfo(void);

/*
 * Open @path: below the root directory of the namespace, if it is another one,
 * also if it has no slash at its begin. @flags are those of open(2), @resolve
 * RESOLVE_... of openat2(2). Returns a descriptor, or -1 and errno.
 */
int namespace_open(const char *path, int flags, uint64_t resolve);

/*
 * What the kernel believes to be the name of descriptor @fd in the namespace.
 * Returns 0, or -1 and errno.
 */
int namespace_fd_name(int fd, char *name, size_t size);

/* as realpath(3), to free(); NULL and errno */
char *namespace_realpath(const char *path);

#endif /* FSW_NAMESPACE_H */
