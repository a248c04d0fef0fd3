/* SPDX-License-Identifier: GPL-2.0-only */
/* Records of files that there are. */
#ifndef FSW_RECORD_OF_H
#define FSW_RECORD_OF_H

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <libfserror.h>

#include "scratch.h"

/* the record that the kernel would make of this file */
static inline struct fserror_record record_of_path(const char *path)
{
	union {
		struct file_handle handle;
		char space[sizeof(struct file_handle) + FSERROR_HANDLE_MAX];
	} u;
	struct fserror_record rec = { .kind = FSERROR_KIND_DATA_LOST };
	struct stat st;
	int mount_id;

	u.handle.handle_bytes = FSERROR_HANDLE_MAX;
	must(!lstat(path, &st), path);
	must(!name_to_handle_at(AT_FDCWD, path, &u.handle, &mount_id, 0), path);
	rec.major = major(st.st_dev);
	rec.minor = minor(st.st_dev);
	rec.ino = st.st_ino;
	rec.handle_type = u.handle.handle_type;
	rec.handle_len = u.handle.handle_bytes;
	memcpy(rec.handle, u.handle.f_handle, rec.handle_len);
	rec.present = 1 << FSERROR_A_RECORD_KIND | 1 << FSERROR_A_RECORD_INO |
		      1 << FSERROR_A_RECORD_MAJOR |
		      1 << FSERROR_A_RECORD_MINOR |
		      1 << FSERROR_A_RECORD_HANDLE |
		      1 << FSERROR_A_RECORD_HANDLE_TYPE;
	return rec;
}

/* of one in the directory of the test */
static inline struct fserror_record record_of(const char *name)
{
	return record_of_path(at(name));
}

#endif /* FSW_RECORD_OF_H */
