/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a scan reads: of each filesystem that is chosen the devices, of these what it has
 * in use; of a device that --source names and no filesystem has, all.
 */
#ifndef FSW_TARGETS_H
#define FSW_TARGETS_H

#include <limits.h>

#include <libfserror.h>

#include "disk.h"
#include "filesystems.h"
#include "mounts.h"
#include "spans.h"
#include "select.h"

enum target_state {
	TARGET_WAITING,
	TARGET_READING,
	TARGET_DONE,
	TARGET_INTERRUPTED,
	TARGET_STUCK, /* a read did not come back */
	TARGET_GONE,
	TARGET_FAILED, /* it could not be opened */
};

struct target {
	struct disk_want want;
	char name[NAME_MAX + 1];
	char fstype[FSERROR_NAME_MAX];
	bool has_uuid;
	uint8_t uuid[FSERROR_UUID_LEN];
	enum target_state state;
	int err; /* why it failed, or why all of it is read; negative */
	bool whole; /* all of it is read */
	bool resumed; /* what follows is of an earlier scan */
	uint64_t size; /* bytes; 0: not known yet */
	uint32_t block; /* bytes, likewise */
	uint64_t at; /* what is before it was read, as far as it could be */
	uint64_t read; /* bytes that could be read, now */
	struct spans *unread; /* what could not */
	struct spans *
		before; /* what an earlier scan could not, and was not tried yet */
};

struct targets {
	struct target *v;
	size_t nr;
	uint64_t left_out; /* devices of which the kernel says only that they are there */
};

/* 0 or -ENOMEM; targets_free() is for both */
int targets_find(struct targets *targets, const struct select *select,
		 const struct filesystems *list, const struct mounts *mounts);
/* all of a block device; likewise */
int targets_add_device(struct targets *targets, dev_t dev);
void targets_free(struct targets *targets);

/* was all of them read, but for what could not be? and that as well? */
bool targets_ended(const struct targets *targets);
bool targets_read(const struct targets *targets);

/* bytes of a device that could not be read */
uint64_t target_unread(const struct target *target);

/* a word for the state */
const char *target_state_word(enum target_state state);

#endif /* FSW_TARGETS_H */
