/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A damage-get of one filesystem, as netlink makes it, for the tests.
 */
#ifndef _FS_FSERROR_TESTS_KUNIT_DUMP_H
#define _FS_FSERROR_TESTS_KUNIT_DUMP_H

#include "kunit_fs.h"

/**
 * struct kunit_dump - what a damage-get has told
 * @max: room for so many records
 * @slow: read when the work has stopped, not before
 * @nr: how many records there were
 * @end: FSERROR_END_* of the filesystem
 * @most: how many items there were at most in the buffer at a time
 * @records: those for which there was room
 */
struct kunit_dump {
	unsigned int		max;
	bool			slow;
	unsigned int		nr;
	u32			end;
	unsigned int		most;
	struct fserror_record	*records;
};

struct kunit_dump *kunit_dump_new(struct kunit *test, unsigned int max);
void kunit_dump(struct kunit *test, struct kunit_fs *fs, struct kunit_dump *dump);

#endif /* _FS_FSERROR_TESTS_KUNIT_DUMP_H */
