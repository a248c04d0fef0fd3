// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "fserror-place.h"

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("fserror-inject: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(EXIT_FAILURE);
}

uint64_t parse_number(const char *text, const char *what)
{
	uint64_t value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-')
		die("%s is not %s", text, what);
	return value;
}

bool read_line(const char *path, char *line, size_t size)
{
	FILE *f = fopen(path, "re");
	bool ok;

	if (!f)
		return false;
	ok = fgets(line, (int)size, f);
	fclose(f);
	if (ok)
		line[strcspn(line, "\n")] = '\0';
	return ok;
}

/* The last part of the path that the link at @path leads to. */
static void link_name(const char *path, char *name, size_t size)
{
	char target[PATH_MAX];

	if (!realpath(path, target))
		die("%s: %s", path, strerror(errno));
	snprintf(name, size, "%s", strrchr(target, '/') + 1);
}

/*
 * The physical address of a pmem disk's first byte. The "resource" of a pfn
 * device (an fsdax namespace) is where its data begins, behind the page map; that
 * of a raw namespace is the namespace.
 */
static uint64_t disk_address(const char *disk)
{
	char path[PATH_MAX], line[64], device[64];

	snprintf(path, sizeof(path), "/sys/class/block/%s/device", disk);
	if (access(path, F_OK))
		die("%s is no pmem disk: it has no physical addresses", disk);
	link_name(path, device, sizeof(device));
	if (!strncmp(device, "btt", 3))
		die("%s is in sector mode (btt): its sectors have no fixed addresses",
		    disk);
	snprintf(path, sizeof(path), "/sys/class/block/%s/device/resource",
		 disk);
	if (!read_line(path, line, sizeof(line)))
		die("%s is no pmem disk: it has no physical addresses", disk);
	return parse_number(line, "a physical address");
}

/* From the device number to the disk, its offset there and the address. */
void place_on_device(dev_t dev, uint64_t offset, struct place *place)
{
	char path[PATH_MAX + 8], target[PATH_MAX], line[64];
	uint64_t size, start = 0;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(dev),
		 minor(dev));
	if (!realpath(path, target))
		die("no block device %u:%u", major(dev), minor(dev));
	snprintf(place->bdev, sizeof(place->bdev), "%s",
		 strrchr(target, '/') + 1);
	snprintf(path, sizeof(path), "%s/size", target);
	if (!read_line(path, line, sizeof(line)))
		die("%s: %s", path, strerror(errno));
	size = parse_number(line, "a size") * SECTOR_SIZE;
	if (offset >= size)
		die("offset %" PRIu64 " is beyond the end of %s (%" PRIu64
		    " bytes)",
		    offset, place->bdev, size);

	snprintf(path, sizeof(path), "%s/start", target);
	if (read_line(path, line, sizeof(line))) {
		start = parse_number(line, "a sector") * SECTOR_SIZE;
		*strrchr(target, '/') = '\0';
	}
	snprintf(place->disk, sizeof(place->disk), "%s",
		 strrchr(target, '/') + 1);
	place->bdev_offset = offset;
	place->disk_offset = start + offset;
	place->address = disk_address(place->disk) + place->disk_offset;
}

dev_t device_number(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		die("%s: %s", path, strerror(errno));
	if (!S_ISBLK(st.st_mode))
		die("%s is no block device", path);
	return st.st_rdev;
}

/* XFS keeps the data of some files on a device of its own: "rtdev=" of the mount. */
static dev_t realtime_device(dev_t dev)
{
	char line[4096], device[PATH_MAX];
	FILE *f = fopen("/proc/self/mountinfo", "re");
	unsigned int maj, min;
	char *option;

	if (!f)
		die("/proc/self/mountinfo: %s", strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*d %*d %u:%u", &maj, &min) != 2 ||
		    makedev(maj, min) != dev)
			continue;
		option = strstr(line, "rtdev=");
		if (option &&
		    sscanf(option, "rtdev=%4095[^, \n]", device) == 1) {
			fclose(f);
			return device_number(device);
		}
	}
	fclose(f);
	die("the file is on a realtime device that /proc/self/mountinfo does not name");
}

static dev_t file_device(int fd, const char *name, const char *device)
{
	struct fsxattr xattr;
	struct statfs fs;
	struct stat st;

	if (device)
		return device_number(device);
	if (fstat(fd, &st) || fstatfs(fd, &fs))
		die("%s: %s", name, strerror(errno));
	if (!S_ISREG(st.st_mode))
		die("%s is no regular file", name);
	if (fs.f_type == BTRFS_SUPER_MAGIC)
		die("%s is on btrfs, whose extents name no place on a device",
		    name);
	if (!ioctl(fd, FS_IOC_FSGETXATTR, &xattr) &&
	    (xattr.fsx_xflags & FS_XFLAG_REALTIME))
		return realtime_device(st.st_dev);
	return st.st_dev;
}

/* @device: of the file's extents; NULL: found out */
void place_in_file(const char *name, uint64_t offset, const char *device,
		   struct place *place)
{
	struct {
		struct fiemap map;
		struct fiemap_extent extent;
	} ask = {
		.map = {
			.fm_start = offset,
			.fm_length = ~offset,
			.fm_flags = FIEMAP_FLAG_SYNC,
			.fm_extent_count = 1,
		},
	};
	const struct fiemap_extent *extent = &ask.map.fm_extents[0];
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	uint64_t skip;

	if (fd < 0)
		die("%s: %s", name, strerror(errno));
	if (offset >= FIEMAP_MAX_OFFSET)
		die("%" PRIu64 " is beyond the end of any file", offset);
	if (ioctl(fd, FS_IOC_FIEMAP, &ask.map))
		die("%s: FIEMAP: %s", name, strerror(errno));
	if (!ask.map.fm_mapped_extents || extent->fe_logical > offset)
		die("%s: there is no block at offset %" PRIu64
		    " (a hole, or beyond the end)",
		    name, offset);
	if (extent->fe_flags &
	    (FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DATA_INLINE))
		die("%s: the data at offset %" PRIu64
		    " has no place on the device",
		    name, offset);
	skip = offset - extent->fe_logical;
	place_on_device(file_device(fd, name, device),
			extent->fe_physical + skip, place);
	place->extent_left = extent->fe_length - skip;
	close(fd);
}

void print_place(const struct place *place)
{
	if (place->bdev[0]) {
		printf("BDEV=/dev/%s\n", place->bdev);
		printf("BDEV_OFFSET=%" PRIu64 "\n", place->bdev_offset);
		printf("DISK=/dev/%s\n", place->disk);
		printf("DISK_OFFSET=%" PRIu64 "\n", place->disk_offset);
		printf("SECTOR=%" PRIu64 "\n",
		       place->disk_offset / SECTOR_SIZE);
	}
	if (place->extent_left)
		printf("EXTENT_LEFT=%" PRIu64 "\n", place->extent_left);
	printf("ADDRESS=0x%" PRIx64 "\n", place->address);
	fflush(stdout);
}
