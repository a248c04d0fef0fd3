/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading of the media by XFS. From the kernel's fs/xfs/libxfs/xfs_fs.h: development
 * files of xfsprogs that have it are rare.
 */
#ifndef FSW_XFS_VERIFY_H
#define FSW_XFS_VERIFY_H

#include <sys/ioctl.h>

#include <linux/types.h>

struct xfs_verify_media {
	__u32 me_dev;
	__u32 me_flags;
	__u64 me_start_daddr; /* 512-byte sectors */
	__u64 me_end_daddr;
	__u32 me_ioerror;
	__u32 me_max_io_size;
	__u32 me_rest_us;
	__u32 me_pad;
};

#define XFS_DEV_DATA 1
#define XFS_DEV_LOG 2
#define XFS_DEV_RT 3
#define XFS_VERIFY_MEDIA_REPORT (1 << 0)
#define XFS_IOC_VERIFY_MEDIA _IOWR('X', 70, struct xfs_verify_media)

#endif /* FSW_XFS_VERIFY_H */
