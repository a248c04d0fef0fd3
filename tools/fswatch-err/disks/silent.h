/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of the disks below a filesystem do not tell by themselves what of them is bad:
 * damage there is noticed only when something is read.
 */
#ifndef FSW_SILENT_H
#define FSW_SILENT_H

#include <libfserror.h>

#include "string_list.h"

/*
 * Find those of @fs. Of a device that is no stack it is the kernel that says so. What sysfs
 * does not have is not found. @sysfs is LOWER_SYSFS, but for tests. 0 or -ENOMEM;
 * string_list_free() is for both.
 */
int silent_find(struct string_list *silent, const struct fserror_filesystem *fs,
		const char *sysfs);

#endif /* FSW_SILENT_H */
