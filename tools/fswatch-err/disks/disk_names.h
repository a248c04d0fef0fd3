/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of disks, as the kernel has them. */
#ifndef FSW_DISK_NAMES_H
#define FSW_DISK_NAMES_H

#include <stddef.h>

struct disk_names {
	char **v;
	size_t nr;
};

/* add a copy; 0 or -ENOMEM */
int disk_names_add(struct disk_names *names, const char *name);
/* it is empty then */
void disk_names_free(struct disk_names *names);

#endif /* FSW_DISK_NAMES_H */
