/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BTRFS_FSERROR_H
#define BTRFS_FSERROR_H

#include <linux/types.h>

struct btrfs_fs_info;

void btrfs_report_lost_data(struct btrfs_fs_info *fs_info, u64 logical, u64 len);
void btrfs_report_lost_metadata(struct btrfs_fs_info *fs_info, int error);

#endif
