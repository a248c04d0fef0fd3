// SPDX-License-Identifier: GPL-2.0-only
#include "filesystems.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int filesystems_add(void *arg, const struct fserror_filesystem *fs)
{
	struct filesystems *list = arg;
	size_t room = list->room ? list->room * 2 : 16;
	struct fserror_filesystem *v;
	struct fserror_device_state *devices;

	if (list->nr == list->room) {
		v = reallocarray(list->v, room, sizeof(*v));
		if (!v)
			return -ENOMEM;
		list->v = v;
		list->room = room;
	}
	devices = calloc(fs->nr_devices + 1, sizeof(*devices));
	if (!devices)
		return -ENOMEM;
	if (fs->nr_devices)
		memcpy(devices, fs->devices, fs->nr_devices * sizeof(*devices));
	list->v[list->nr] = *fs;
	list->v[list->nr++].devices = devices;
	return 0;
}

int filesystems_load(struct filesystems *list, struct fserror_client *client)
{
	return fserror_filesystems_each(client, filesystems_add, list);
}

void filesystems_free(struct filesystems *list)
{
	while (list->nr)
		free(list->v[--list->nr].devices);
	free(list->v);
	memset(list, 0, sizeof(*list));
}

void filesystem_name(const struct fserror_filesystem *fs,
		     struct fserror_record *rec)
{
	memset(rec, 0, sizeof(*rec));
	if (FS_HAS(fs, MAJOR) && FS_HAS(fs, MINOR))
		rec->present |= UINT32_C(1) << FSERROR_A_RECORD_MAJOR |
				UINT32_C(1) << FSERROR_A_RECORD_MINOR;
	if (FS_HAS(fs, FSTYPE))
		rec->present |= UINT32_C(1) << FSERROR_A_RECORD_FSTYPE;
	if (FS_HAS(fs, UUID))
		rec->present |= UINT32_C(1) << FSERROR_A_RECORD_UUID;
	rec->major = fs->major;
	rec->minor = fs->minor;
	memcpy(rec->fstype, fs->fstype, sizeof(rec->fstype));
	memcpy(rec->uuid, fs->uuid, sizeof(rec->uuid));
}
