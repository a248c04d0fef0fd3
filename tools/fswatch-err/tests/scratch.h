/* SPDX-License-Identifier: GPL-2.0-only */
/* A directory that a test works in, and what cannot fail there. */
#ifndef FSW_SCRATCH_H
#define FSW_SCRATCH_H

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

static char top[256]; /* the directory */

static inline void must(bool good, const char *what)
{
	if (good)
		return;
	printf("not ok - cannot set up: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* mounts of its own, with an empty tmpfs on the directory; for root */
static inline void own_mounts(void)
{
	must(!unshare(CLONE_NEWNS) &&
		     !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
		     !mount("none", top, "tmpfs", 0, NULL),
	     "mount namespace");
}

/* a file there; valid for three more calls */
static inline char *at(const char *name)
{
	static char bufs[4][512];
	static unsigned int turn;
	char *buf = bufs[turn++ % 4];

	snprintf(buf, sizeof(bufs[0]), "%s/%s", top, name);
	return buf;
}

#endif /* FSW_SCRATCH_H */
