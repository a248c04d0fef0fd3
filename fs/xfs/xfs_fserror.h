/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __XFS_FSERROR_H__
#define __XFS_FSERROR_H__

struct super_block;

bool xfs_fserror_can_resolve(struct super_block *sb);

#ifdef CONFIG_FSERROR_EVENTS
extern const struct fserror_operations xfs_fserror_operations;
# define XFS_FSERROR_OPERATIONS		(&xfs_fserror_operations)
#else
# define XFS_FSERROR_OPERATIONS		NULL
#endif

#endif /* __XFS_FSERROR_H__ */
