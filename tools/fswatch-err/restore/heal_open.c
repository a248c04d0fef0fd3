// SPDX-License-Identifier: GPL-2.0-only
/* Open the file that is to be healed, and no other one. */
#include "heal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "proc.h"
#include "xfs_handle.h"

/* what is opened by a handle of XFS is written without a change of its times */
static int open_unseen(int dir_fd, int found, int flags)
{
	struct xfs_handle handle;
	__u32 len = sizeof(handle);
	struct xfs_fsop_handlereq req = {
		.ohandle = &handle,
		.ohandlen = &len,
	};
	struct statfs fs;
	int plain, fd = -1;

	if (fstatfs(found, &fs) || fs.f_type != XFS_SUPER_MAGIC)
		return -1;
	plain = proc_reopen(found, O_RDONLY | O_NOATIME | O_NONBLOCK);
	if (plain < 0)
		return -1;
	req.fd = plain;
	if (!ioctl(plain, XFS_IOC_FD_TO_HANDLE, &req)) {
		req.ihandle = &handle;
		req.ihandlen = len;
		req.oflags = flags;
		/* the kernel wants a directory for this */
		fd = ioctl(dir_fd, XFS_IOC_OPEN_BY_HANDLE, &req);
	}
	close(plain);
	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

static bool same_file(int a, int b)
{
	struct stat st_a, st_b;

	return !fstat(a, &st_a) && !fstat(b, &st_b) &&
	       st_a.st_dev == st_b.st_dev && st_a.st_ino == st_b.st_ino;
}

int heal_file_open(int found, bool keep_times, struct heal_opened *opened)
{
	int flags = O_RDWR | O_NOCTTY | O_NONBLOCK;
	struct stat st;
	int fd;

	opened->unseen = false;
	if (fstat(found, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (keep_times) {
		fd = open_unseen(opened->dir_fd, found, flags | O_DIRECT);
		opened->unseen = fd >= 0 && same_file(fd, found);
		opened->fd = fd;
		if (opened->unseen)
			return 0;
		if (fd >= 0)
			close(fd);
	}
	fd = proc_reopen(found, flags | O_DIRECT | O_NOATIME);
	if (fd < 0 && errno == EPERM) /* it belongs to somebody else */
		fd = proc_reopen(found, flags | O_DIRECT);
	if (fd < 0 && errno == EINVAL) /* no O_DIRECT there */
		fd = proc_reopen(found, flags);
	opened->fd = fd;
	return fd < 0 ? -errno : 0;
}
