// SPDX-License-Identifier: GPL-2.0-only
#include "targets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "lower.h"
#include "sources.h"
#include "view.h"
#include "wanted.h"

/* NULL: there is no memory; *@known: it was there before */
static struct target *add(struct targets *targets, dev_t dev, bool *known)
{
	struct target *v, *target;
	size_t i;

	*known = true;
	for (i = 0; i < targets->nr; i++) {
		if (targets->v[i].want.dev == dev)
			return &targets->v[i];
	}
	*known = false;
	v = reallocarray(targets->v, targets->nr + 1, sizeof(*v));
	if (!v)
		return NULL;
	targets->v = v;
	target = &v[targets->nr];
	*target = (struct target){ .want.dev = dev };
	target->unread = calloc(1, sizeof(*target->unread));
	target->before = calloc(1, sizeof(*target->before));
	if (!target->unread || !target->before) {
		free(target->unread);
		free(target->before);
		return NULL;
	}
	if (!disk_name(dev, target->name))
		snprintf(target->name, sizeof(target->name), "%u:%u",
			 major(dev), minor(dev));
	targets->nr++;
	return target;
}

int targets_add_device(struct targets *targets, dev_t dev)
{
	struct target *target;
	bool known;

	target = add(targets, dev, &known);
	if (target && !known)
		target->whole = true;
	return target ? 0 : -ENOMEM;
}

/*
 * Does nobody but XFS know of a sector that could not be read? Of SCSI and NVMe the kernel
 * keeps what failed, although it calls them untold; and what has a list, has it there.
 */
static int find_out(const struct fserror_device_state *device, bool *report)
{
	struct fserror_device_state one = *device;
	const struct fserror_filesystem fs = { .devices = &one,
					       .nr_devices = 1 };
	struct sources sources;
	int err;

	err = sources_find(&sources, &fs, 1, LOWER_SYSFS);
	*report = sources.of[SOURCE_VIRTIO].nr || sources.of[SOURCE_OTHER].nr ||
		  (DEVICE_HAS(device, UNTOLD) && !sources.of[SOURCE_SCSI].nr &&
		   !sources.of[SOURCE_NVME].nr);
	sources_free(&sources);
	return err;
}

/* a device of a filesystem */
static int add_device(struct targets *targets,
		      const struct fserror_filesystem *fs,
		      const struct fserror_device_state *device,
		      const struct mounts *mounts)
{
	const dev_t fs_dev = makedev(fs->major, fs->minor);
	const char *source, *mount;
	struct target *target;
	bool known;

	/* there is nothing to be read */
	if (!device->major && !device->minor)
		return 0;
	target = add(targets, makedev(device->major, device->minor), &known);
	if (!target)
		return -ENOMEM;
	if (known)
		return 0;
	target->want.fs_dev = fs_dev;
	target->want.role = device->role;
	if (find_out(device, &target->want.report))
		return -ENOMEM;
	target->has_uuid = FS_HAS(fs, UUID);
	memcpy(target->uuid, fs->uuid, sizeof(target->uuid));
	if (FS_HAS(fs, FSTYPE))
		snprintf(target->fstype, sizeof(target->fstype), "%s",
			 fs->fstype);
	view_mount(mounts, fs_dev, &source, &mount);
	if (mount) {
		target->want.mount = strdup(mount);
		if (!target->want.mount)
			return -ENOMEM;
	}
	return 0;
}

/* does --source name it? */
static bool is_source(const struct select *select, dev_t dev)
{
	const struct select_stack *stack = select->stacks.v;
	size_t i;

	for (i = 0; i < select->stacks.nr; i++) {
		if (stack[i].devices.nr && stack[i].devices.v[0] == dev)
			return true;
	}
	return !select->stacks.nr;
}

/* those devices of --source that no filesystem has */
static int add_others(struct targets *targets, const struct select *select)
{
	const struct select_stack *stack = select->stacks.v;
	size_t i;
	int err = 0;

	for (i = 0; i < select->stacks.nr && !err; i++) {
		if (stack[i].devices.nr)
			err = targets_add_device(targets,
						 stack[i].devices.v[0]);
	}
	return err;
}

int targets_find(struct targets *targets, const struct select *select,
		 const struct filesystems *list, const struct mounts *mounts)
{
	const struct fserror_device_state *device;
	const struct fserror_filesystem *fs;
	struct fserror_record rec;
	struct wanted wanted;
	size_t i, j;
	int err = 0;

	wanted_init(&wanted, select);
	for (i = 0; i < list->nr && !err; i++) {
		fs = &list->v[i];
		filesystem_name(fs, &rec);
		if (!wanted_filesystem(&wanted, mounts, &rec))
			continue;
		if (!select->stacks.nr)
			targets->left_out += fs->more_devices;
		for (j = 0; j < fs->nr_devices && !err; j++) {
			device = &fs->devices[j];
			if (is_source(select,
				      makedev(device->major, device->minor)))
				err = add_device(targets, fs, device, mounts);
		}
	}
	return err ? err : add_others(targets, select);
}

void targets_free(struct targets *targets)
{
	size_t i;

	for (i = 0; i < targets->nr; i++) {
		free(targets->v[i].want.mount);
		free(targets->v[i].unread);
		free(targets->v[i].before);
	}
	free(targets->v);
	memset(targets, 0, sizeof(*targets));
}

bool targets_ended(const struct targets *targets)
{
	size_t i;

	for (i = 0; i < targets->nr; i++) {
		if (targets->v[i].state != TARGET_DONE)
			return false;
	}
	return true;
}

bool targets_read(const struct targets *targets)
{
	size_t i;

	if (targets->left_out)
		return false;
	for (i = 0; i < targets->nr; i++) {
		if (target_unread(&targets->v[i]))
			return false;
	}
	return targets->nr && targets_ended(targets);
}

uint64_t target_unread(const struct target *target)
{
	return spans_bytes(target->unread) + spans_bytes(target->before);
}

const char *target_state_word(enum target_state state)
{
	static const char *const words[] = {
		[TARGET_WAITING] = "waiting",
		[TARGET_READING] = "reading",
		[TARGET_DONE] = "done",
		[TARGET_INTERRUPTED] = "interrupted",
		[TARGET_STUCK] = "stuck",
		[TARGET_GONE] = "gone",
		[TARGET_FAILED] = "failed",
	};

	return words[state];
}
