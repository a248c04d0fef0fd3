/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file in which a scan keeps how far it is. It is replaced as a whole, so that what
 * is there is always that of one moment; and only one scan at a time uses it.
 */
#ifndef FSW_RESUME_H
#define FSW_RESUME_H

#include "targets.h"

struct resume {
	const char *path; /* NULL: there is none, and nothing is done */
	const char *base; /* the last part of it */
	int dir, file; /* -1: not open; the file is locked */
};

/*
 * Take the file, and what it says of @targets; other devices in it are forgotten. If
 * there is none it is made. 0, or a negative errno after saying what is wrong;
 * resume_close() is for both.
 */
int resume_open(struct resume *resume, const char *path,
		struct targets *targets);
void resume_close(struct resume *resume);

/* 0, or a negative errno after saying what is wrong */
int resume_save(struct resume *resume, const struct targets *targets);
/* all is read: the next scan begins anew */
int resume_remove(struct resume *resume);

#endif /* FSW_RESUME_H */
