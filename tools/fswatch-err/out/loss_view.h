/* SPDX-License-Identifier: GPL-2.0-only */
/* What is lost, as the kernel lists it now or as the ledger has it, for a report. */
#ifndef FSW_LOSS_VIEW_H
#define FSW_LOSS_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include <libfserror.h>

/* the worst last: that of a place where there are several is the worst */
enum loss_level {
	LOSS_NONE,
	LOSS_ACKNOWLEDGED,
	LOSS_DEGRADED, /* another copy is good */
	LOSS_UNOWNED, /* no file has it */
	LOSS_DOUBTFUL, /* it can be read, and is not what was written; or nobody knows */
	LOSS_BAD,
};

/* texts are raw: others have chosen them. NULL: not known */
struct loss_view {
	uint64_t id; /* of the ledger; 0: none */
	uint64_t fs; /* the same number: the same filesystem */
	const char *fstype, *sb_id, *target;
	bool has_uuid;
	uint8_t uuid[FSERROR_UUID_LEN];
	bool has_ino, in_file; /* @start and @end are bytes of the file */
	uint64_t root, ino;
	uint32_t generation;
	const char *path;
	uint64_t start, end;
	bool has_device, placed; /* @dstart is where it is on the device */
	uint32_t major, minor, role;
	uint64_t dstart, length;
	uint32_t kind, meta, cause, flags;
	const char *layer;
	enum loss_level level;
	const char *closed; /* why, if it is over */
	uint64_t first_seen, last_seen, changed; /* ns, 0: not known */
};

#endif /* FSW_LOSS_VIEW_H */
