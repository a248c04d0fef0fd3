/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * File handles of XFS. From the kernel's fs/xfs/libxfs/xfs_fs.h: not every system
 * has the development files of xfsprogs.
 */
#ifndef FSW_XFS_HANDLE_H
#define FSW_XFS_HANDLE_H

#include <sys/ioctl.h>

#include <linux/types.h>

struct xfs_fid {
	__u16 fid_len; /* of what follows */
	__u16 fid_pad;
	__u32 fid_gen;
	__u64 fid_ino;
};

struct xfs_handle {
	__s64 ha_fsid;
	struct xfs_fid ha_fid;
};

struct xfs_fsop_handlereq {
	__u32 fd;
	void *path;
	__u32 oflags;
	void *ihandle;
	__u32 ihandlen;
	void *ohandle;
	__u32 *ohandlen;
};

#define XFS_IOC_FD_TO_HANDLE _IOWR('X', 106, struct xfs_fsop_handlereq)
#define XFS_IOC_OPEN_BY_HANDLE _IOWR('X', 107, struct xfs_fsop_handlereq)

#endif /* FSW_XFS_HANDLE_H */
