// SPDX-License-Identifier: GPL-2.0-only
#include "handle.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "namespace.h"

#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200 /* Linux 6.5: a handle to compare, not to open */
#endif

union handle_space {
	struct file_handle handle;
	char space[sizeof(struct file_handle) + FSERROR_HANDLE_MAX];
};

static bool try_match(const struct fserror_record *rec, int dirfd,
		      const char *name, int flags, int *mount_id)
{
	union handle_space u;

	if (!*name)
		flags |= AT_EMPTY_PATH;
	memset(&u, 0, sizeof(u));
	u.handle.handle_bytes = FSERROR_HANDLE_MAX;
	if (!*name)
		flags |= AT_EMPTY_PATH;
	if (name_to_handle_at(dirfd, name, &u.handle, mount_id, flags))
		return false;
	errno = 0;
	return u.handle.handle_type == rec->handle_type &&
	       u.handle.handle_bytes == rec->handle_len &&
	       !memcmp(u.handle.f_handle, rec->handle, rec->handle_len);
}

bool handle_matches(const struct fserror_record *rec, int dirfd,
		    const char *name, int *mount_id)
{
	if (try_match(rec, dirfd, name, 0, mount_id))
		return true;
	/*
	 * A filesystem that cannot open handles, or that opens others than it
	 * compares, may have given the kernel one of the latter sort.
	 */
	if (errno && errno != EOPNOTSUPP)
		return false;
	if (try_match(rec, dirfd, name, AT_HANDLE_FID, mount_id))
		return true;
	if (errno == EINVAL) /* before Linux 6.5 */
		errno = 0;
	return false;
}

bool handle_is_named(const struct fserror_record *rec, const char *name,
		     int *mount_id)
{
	int fd = namespace_open(name, O_PATH | O_NOFOLLOW, 0);
	bool matches;

	if (fd < 0)
		return false;
	matches = handle_matches(rec, fd, "", mount_id);
	close(fd);
	return matches;
}

int handle_open(const struct fserror_record *rec, int mount_fd)
{
	union handle_space u;

	memset(&u, 0, sizeof(u));
	u.handle.handle_bytes = rec->handle_len;
	u.handle.handle_type = rec->handle_type;
	memcpy(u.handle.f_handle, rec->handle, rec->handle_len);
	return open_by_handle_at(mount_fd, &u.handle,
				 O_PATH | O_NOFOLLOW | O_CLOEXEC);
}
