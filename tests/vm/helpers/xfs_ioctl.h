/* SPDX-License-Identifier: GPL-2.0-only */
/* The ioctls of XFS, from the kernel tree's own header. */
#ifndef XFS_IOCTL_H
#define XFS_IOCTL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <linux/types.h>

/* what that header takes for granted */
#define __user
typedef uint32_t prid_t;
typedef int64_t xfs_off_t;

#include "xfs_fs.h"

#endif
