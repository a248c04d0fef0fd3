/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of a filesystem in a word, why, and what to do about it: what somebody
 * wants to know first.
 */
#ifndef FSW_HEALTH_H
#define FSW_HEALTH_H

#include <stdint.h>

#include <libfserror.h>

#include "silent.h"

/* the best first; that of a filesystem is the worst that is true of it */
enum health_state {
	HEALTH_OK,
	HEALTH_SILENT, /* of a part of its devices damage is not told */
	HEALTH_PENDING, /* something changed that was not looked at yet */
	HEALTH_UNKNOWN, /* a device did not say what is bad */
	HEALTH_ERRORS, /* reads or writes failed */
	HEALTH_DAMAGED, /* ranges of its devices are bad */
	HEALTH_REMOVED, /* a device is gone */
	HEALTH_SHUTDOWN, /* it shut itself down */
};

struct health {
	enum health_state state;
	uint64_t ranges; /* that are bad */
	uint64_t io_errors; /* since it was mounted */
	uint64_t unlisted; /* losses since then that no list of damage has */
	struct string_list silent; /* disks that do not tell what is bad */
};

/* 0 or -ENOMEM; @sysfs as for silent_find() */
int health_find(struct health *health, const struct fserror_filesystem *fs,
		const char *sysfs);
void health_free(struct health *health);

/* "damaged" */
const char *health_word(enum health_state state);

/*
 * A sentence to free(), or NULL: there is nothing to say, or no memory with errno.
 * health_action(): what to do. @option chooses the filesystem on a command line with a
 * blank before it, or is "".
 */
char *health_reason(const struct health *health);
char *health_action(const struct health *health, const char *option);
/* which disks cannot tell */
char *health_blind(const struct health *health);

#endif /* FSW_HEALTH_H */
