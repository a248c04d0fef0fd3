/* SPDX-License-Identifier: GPL-2.0-only */
/* The option --namespace: mounts and names as other processes see them. */
#ifndef FSW_NAMESPACE_H
#define FSW_NAMESPACE_H

/*
 * Enter the mount namespace of process @arg, or if @arg is no number that of
 * the file @arg, such as /proc/PID/ns/mnt. From then on the root directory and
 * every name are those of that namespace, also names of files that are opened.
 * No thread may have been started. What goes wrong is said: 0 or -1.
 */
int namespace_enter(const char *arg);

#endif /* FSW_NAMESPACE_H */
