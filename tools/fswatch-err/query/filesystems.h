/* SPDX-License-Identifier: GPL-2.0-only */
/* The filesystems that the kernel watches, in a list that is kept. */
#ifndef FSW_FILESYSTEMS_H
#define FSW_FILESYSTEMS_H

#include <stddef.h>

#include <libfserror.h>

#define FS_HAS(fs, attr) \
	fserror_present((fs)->present, FSERROR_A_FILESYSTEM_##attr)
#define DEVICE_HAS(device, attr) \
	fserror_present((device)->present, FSERROR_A_DEVICE_STATE_##attr)

struct filesystems {
	struct fserror_filesystem *v;
	size_t nr, room;
};

/* keep a copy; for fserror_filesystems_each(), with the list as argument */
int filesystems_add(void *arg, const struct fserror_filesystem *fs);
/* keep all; 0 or a negative errno of the client */
int filesystems_load(struct filesystems *list, struct fserror_client *client);
void filesystems_free(struct filesystems *list);

/* what names the filesystem, as its records have it, and nothing else */
void filesystem_name(const struct fserror_filesystem *fs,
		     struct fserror_record *rec);

#endif /* FSW_FILESYSTEMS_H */
