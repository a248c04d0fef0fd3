// SPDX-License-Identifier: GPL-2.0-only
#include "heal_device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

void heal_device_init(struct heal_device *device)
{
	device->device = 0;
	device->fd = -1;
}

void heal_device_close(struct heal_device *device)
{
	if (device->fd >= 0)
		close(device->fd);
	heal_device_init(device);
}

/*
 * Its node by the name that sysfs has for it: the links of /dev/block are made
 * by udev, which not every system has.
 */
static int open_node(dev_t dev)
{
	char link[64], target[PATH_MAX], node[PATH_MAX];
	struct stat st;
	ssize_t len;
	char *name;
	int fd, err;

	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(dev),
		 minor(dev));
	len = readlink(link, target, sizeof(target) - 1);
	if (len < 0)
		return -errno;
	target[len] = '\0';
	name = strrchr(target, '/');
	name = name ? name + 1 : target;
	len = snprintf(node, sizeof(node), "/dev/%s", name);
	if ((size_t)len >= sizeof(node))
		return -ENAMETOOLONG;
	/* a slash of the name is a '!' there, as in cciss!c0d0 */
	for (name = node; (name = strchr(name, '!'));)
		*name = '/';
	fd = open(node, O_RDONLY | O_DIRECT | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	err = fstat(fd, &st) ? -errno : 0;
	if (!err && (!S_ISBLK(st.st_mode) || st.st_rdev != dev))
		err = -ENODEV;
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

static int open_device(struct heal_device *device, dev_t dev)
{
	int fd;

	if (device->fd >= 0 && device->device == dev)
		return 0;
	heal_device_close(device);
	fd = open_node(dev);
	if (fd < 0)
		return fd;
	device->device = dev;
	device->fd = fd;
	return 0;
}

/* are the bytes in one extent, which is where @place says? */
static int check_place(int fd, const struct heal_place *place, uint64_t offset,
		       size_t len)
{
	struct {
		struct fiemap map;
		struct fiemap_extent extent;
	} ask = {
		.map = {
			.fm_start = offset,
			.fm_length = len,
			.fm_extent_count = 1,
		},
	};
	const struct fiemap_extent *extent = &ask.extent;

	if (ioctl(fd, FS_IOC_FIEMAP, &ask.map))
		return -errno;
	/* what is not simply there, byte by byte, cannot be read there */
	if (!ask.map.fm_mapped_extents || extent->fe_logical > offset ||
	    extent->fe_logical + extent->fe_length < offset + len ||
	    extent->fe_flags & ~(FIEMAP_EXTENT_LAST | FIEMAP_EXTENT_MERGED |
				 FIEMAP_EXTENT_SHARED))
		return -EOPNOTSUPP;
	if (extent->fe_physical - extent->fe_logical !=
	    place->on_device - place->offset)
		return -EOPNOTSUPP;
	return 0;
}

int heal_device_read(struct heal_device *device, int fd,
		     const struct heal_place *place, uint64_t offset, void *buf,
		     size_t len)
{
	uint64_t at = place->on_device - place->offset + offset;
	int sector, err;
	ssize_t got;
	void *aligned;

	err = check_place(fd, place, offset, len);
	if (!err)
		err = open_device(device, place->device);
	if (err)
		return err;
	if (ioctl(device->fd, BLKSSZGET, &sector))
		return -errno;
	if (sector <= 0 || at % sector || len % sector)
		return -EOPNOTSUPP;
	if (posix_memalign(&aligned, sysconf(_SC_PAGESIZE), len))
		return -ENOMEM;
	got = pread(device->fd, aligned, len, at);
	err = got < 0 ? -errno : (size_t)got != len ? -EIO : 0;
	/* somebody may have moved the extent meanwhile */
	if (!err)
		err = check_place(fd, place, offset, len);
	if (!err)
		memcpy(buf, aligned, len);
	free(aligned);
	return err;
}
