/* SPDX-License-Identifier: GPL-2.0-only */
/* For the files that columns.h is made of: which columns there are. */
#ifndef FSW_COLUMNS_KNOWN_H
#define FSW_COLUMNS_KNOWN_H

enum column_id {
	COL_PATH,
	COL_OFFSET,
	COL_LENGTH,
	COL_KIND,
	COL_CAUSE,
	COL_SOURCE,
	COL_INO,
	COL_META,
	COL_DEV_OFFSET,
	COL_DEV_LENGTH,
	COL_STATE,
	COL_TARGET,
	COL_FSTYPE,
	COL_DEV,
	COL_UUID,
	COL_GEN,
	COL_NLINK,
	COL_ERRNO,
	COL_FLAGS,
	COL_LAYER,
	COL_DEVICE,
	COL_ORIGIN,
	COL_ORIGIN_OFFSET,
	COL_ORIGIN_LENGTH,
	COL_SEQ,
	COL_TIME,
	COL_REPEAT,
	COL_COUNT,
	COL_INSTANCE,
	COL_FS_SEQ,
	COL_ROLE,
	COL_ROOT,
	COL_GROUP,
};

struct column {
	const char *name;
	const char *help;
	int flags; /* of libsmartcols */
	const char *key; /* the member of JSON that has it */
};

/* by enum column_id */
extern const struct column columns_known[];

#endif /* FSW_COLUMNS_KNOWN_H */
