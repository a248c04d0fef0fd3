// SPDX-License-Identifier: GPL-2.0-only
#include "above.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <libmount.h>

bool devices_have(const struct devices *devices, dev_t dev)
{
	size_t i;

	for (i = 0; i < devices->nr; i++) {
		if (devices->v[i] == dev)
			return true;
	}
	return false;
}

/* 1 if it is new, 0 if not, or -ENOMEM */
static int add(struct devices *devices, dev_t dev)
{
	dev_t *v;

	if (devices_have(devices, dev))
		return 0;
	v = reallocarray(devices->v, devices->nr + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	devices->v = v;
	v[devices->nr++] = dev;
	return 1;
}

/* the number in the file @name/dev; 0 if there is none */
static dev_t read_device(const char *name)
{
	unsigned int maj, min;
	char path[PATH_MAX];
	dev_t dev = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/dev", name);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%u:%u", &maj, &min) == 2)
		dev = makedev(maj, min);
	fclose(file);
	return dev;
}

/* call @each for each device in the directory @dir of sysfs */
static int each_device(const char *dir, bool partitions,
		       int (*each)(dev_t dev, void *arg), void *arg)
{
	DIR *stream = opendir(dir);
	struct dirent *entry;
	char path[PATH_MAX], mark[PATH_MAX];
	struct stat st;
	dev_t dev;
	int err = 0;

	if (!stream)
		return 0;
	while (err >= 0 && (entry = readdir(stream))) {
		if (*entry->d_name == '.')
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name) >=
		    (int)sizeof(path))
			continue;
		if (partitions && (snprintf(mark, sizeof(mark), "%s/partition",
					    path) >= (int)sizeof(mark) ||
				   stat(mark, &st)))
			continue;
		dev = read_device(path);
		if (dev)
			err = each(dev, arg);
	}
	closedir(stream);
	return err < 0 ? err : 0;
}

static int add_stack(dev_t dev, void *arg)
{
	struct devices *devices = arg;
	char dir[64];
	int err = add(devices, dev);

	if (err <= 0)
		return err;
	snprintf(dir, sizeof(dir), "/sys/dev/block/%u:%u", major(dev),
		 minor(dev));
	err = each_device(dir, true, add_stack, devices);
	if (err)
		return err;
	snprintf(dir, sizeof(dir), "/sys/dev/block/%u:%u/holders", major(dev),
		 minor(dev));
	return each_device(dir, false, add_stack, devices);
}

/* loop devices whose file is on one of the filesystems; 1 if there are new ones */
static int add_loops(struct devices *devices, const struct devices *filesystems)
{
	char path[PATH_MAX], name[PATH_MAX];
	DIR *stream = opendir("/sys/block");
	struct dirent *entry;
	int err = 0, any = 0;
	struct stat st;
	FILE *file;
	size_t len;
	dev_t dev;

	while (stream && err >= 0 && (entry = readdir(stream))) {
		if (strncmp(entry->d_name, "loop", 4))
			continue;
		snprintf(path, sizeof(path), "/sys/block/%s/loop/backing_file",
			 entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		len = fread(name, 1, sizeof(name) - 1, file);
		fclose(file);
		name[len ? len - 1 : 0] = '\0'; /* without the newline */
		snprintf(path, sizeof(path), "/sys/block/%s", entry->d_name);
		dev = read_device(path);
		if (!dev || devices_have(devices, dev) || stat(name, &st) ||
		    !devices_have(filesystems, st.st_dev))
			continue;
		err = add_stack(dev, devices);
		any = 1;
	}
	if (stream)
		closedir(stream);
	return err < 0 ? err : any;
}

struct any {
	const struct devices *devices;
	bool found, source;
	dev_t wanted;
};

static int look(dev_t dev, void *arg)
{
	struct any *any = arg;

	any->found |= devices_have(any->devices, dev);
	any->source |= dev == any->wanted;
	return 0;
}

/* has the btrfs that is mounted from @source one of @devices? */
static bool btrfs_has(dev_t source, const struct devices *devices)
{
	DIR *stream = opendir("/sys/fs/btrfs");
	struct dirent *entry;
	char dir[PATH_MAX];
	bool found = false;

	while (stream && !found && (entry = readdir(stream))) {
		struct any any = { .devices = devices, .wanted = source };

		snprintf(dir, sizeof(dir), "/sys/fs/btrfs/%s/devices",
			 entry->d_name);
		each_device(dir, false, look, &any);
		found = any.found && any.source;
	}
	if (stream)
		closedir(stream);
	return found;
}

static bool option_has(const char *options, const char *option,
		       const struct devices *devices)
{
	char *value, path[PATH_MAX];
	struct stat st;
	size_t len;

	if (!options || mnt_optstr_get_option(options, option, &value, &len) ||
	    !value || len >= sizeof(path))
		return false;
	memcpy(path, value, len);
	path[len] = '\0';
	return !stat(path, &st) && S_ISBLK(st.st_mode) &&
	       devices_have(devices, st.st_rdev);
}

static bool is_above(const struct mount_point *mp,
		     const struct devices *devices)
{
	struct stat st;

	if (devices_have(devices, mp->dev))
		return true;
	if (option_has(mp->options, "logdev", devices) ||
	    option_has(mp->options, "rtdev", devices))
		return true;
	if (!mp->source || !mp->fstype || strcmp(mp->fstype, "btrfs") ||
	    stat(mp->source, &st) || !S_ISBLK(st.st_mode))
		return false;
	return devices_have(devices, st.st_rdev) ||
	       btrfs_has(st.st_rdev, devices);
}

int above_find(dev_t dev, const struct mounts *mounts, struct devices *devices,
	       struct devices *filesystems)
{
	const struct mount_point *mp;
	int err = add_stack(dev, devices);
	size_t count, i;

	mp = mounts_all(mounts, &count);
	while (err >= 0) {
		for (i = 0; i < count && err >= 0; i++) {
			if (is_above(&mp[i], devices))
				err = add(filesystems, mp[i].dev);
		}
		if (err >= 0)
			err = add_loops(devices, filesystems);
		if (!err)
			break;
	}
	return err;
}
