// SPDX-License-Identifier: GPL-2.0-only
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/fs.h>
#include <linux/fserror_netlink.h>
#include <linux/ioprio.h>
#include <linux/magic.h>

#include "namespace.h"
#include "xfs_verify.h"

#define SECTOR 512

/*
 * Reads of the media hold nothing that others wait for. What asks a filesystem does, and
 * must not wait behind all I/O of everyone.
 */
static void set_priority(bool idle)
{
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
		idle ? IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0) :
		       IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, IOPRIO_BE_NR - 1));
}

/* in use by the filesystem */
static int next_mapped(struct medium *medium, uint64_t pos, struct span *run)
{
	struct disk *disk = (struct disk *)medium;
	int rc;

	set_priority(false);
	rc = disk->mapped ? fsmap_next(&disk->map, pos, run) : -EOPNOTSUPP;
	if (rc < 0) {
		/* what it has not said may be in use */
		if (disk->mapped)
			disk->unmapped = rc;
		disk->mapped = false;
		*run = (struct span){ pos, medium->size - pos };
		return pos < medium->size;
	}
	/* the filesystem may be larger than it is allowed to */
	if (!rc || run->pos >= medium->size)
		return 0;
	if (run->len > medium->size - run->pos)
		run->len = medium->size - run->pos;
	return 1;
}

static int next_all(struct medium *medium, uint64_t pos, struct span *run)
{
	*run = (struct span){ pos, medium->size - pos };
	return pos < medium->size;
}

static int read_device(struct disk *disk, uint64_t pos, uint64_t len)
{
	ssize_t got;

	while (len) {
		got = pread(disk->fd, disk->buffer, len, (off_t)pos);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		/* it has become smaller; or a driver that knows no better */
		if (!got || got % disk->medium.block)
			return -EIO;
		pos += got;
		len -= got;
	}
	return 0;
}

/* 0, or a negative errno; -ENOTTY: this XFS cannot */
static int verify(struct disk *disk, uint64_t pos, uint64_t len, bool report)
{
	struct xfs_verify_media media = {
		.me_dev = disk->xfs_dev,
		.me_flags = report ? XFS_VERIFY_MEDIA_REPORT : 0,
		.me_end_daddr = (pos + len) / SECTOR,
		.me_max_io_size = MEDIUM_PIECE,
	};
	uint64_t at = pos / SECTOR;

	while (at < media.me_end_daddr) {
		media.me_start_daddr = at;
		if (ioctl(disk->mount_fd, XFS_IOC_VERIFY_MEDIA, &media))
			return errno == EINVAL || errno == ENODEV ? -ENOTTY :
								    -errno;
		if (media.me_ioerror)
			return -(int)media.me_ioerror;
		if (media.me_start_daddr <= at)
			return -EIO;
		at = media.me_start_daddr;
	}
	/* what is behind its end, or what it does not call its own, it does not read */
	return (pos + len) / SECTOR == media.me_end_daddr ? 0 : -ENOTTY;
}

static int disk_read(struct medium *medium, uint64_t pos, uint64_t len,
		     bool last)
{
	struct disk *disk = (struct disk *)medium;
	int err = -ENOTTY;

	set_priority(true);
	if (disk->verifies)
		err = verify(disk, pos, len, disk->report && last);
	if (err == -ENOTTY)
		err = read_device(disk, pos, len);
	return err;
}

/* the value of DEVNAME in the device's uevent */
static bool node_of(dev_t dev, char *path, size_t size)
{
	char name[64], *line = NULL;
	size_t room = 0;
	bool found = false;
	FILE *file;

	snprintf(name, sizeof(name), "/sys/dev/block/%u:%u/uevent", major(dev),
		 minor(dev));
	file = fopen(name, "re");
	if (!file)
		return false;
	while (!found && getline(&line, &room, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		found = !strncmp(line, "DEVNAME=", 8) &&
			snprintf(path, size, "/dev/%s", line + 8) < (int)size;
	}
	free(line);
	fclose(file);
	return found;
}

bool disk_name(dev_t dev, char name[NAME_MAX + 1])
{
	char link[64], path[PATH_MAX], *slash;

	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(dev),
		 minor(dev));
	if (!realpath(link, path))
		return false;
	slash = strrchr(path, '/');
	return snprintf(name, NAME_MAX + 1, "%s", slash + 1) <= NAME_MAX;
}

static int open_device(struct disk *disk, dev_t dev)
{
	char path[PATH_MAX];
	unsigned int block;
	struct stat st;

	if (!node_of(dev, path, sizeof(path)))
		return -ENODEV;
	disk->fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC | O_NONBLOCK);
	if (disk->fd < 0 || fstat(disk->fd, &st))
		return -errno;
	/* whoever made the node may have meant something else */
	if (!S_ISBLK(st.st_mode) || st.st_rdev != dev)
		return -ENODEV;
	if (ioctl(disk->fd, BLKGETSIZE64, &disk->medium.size) ||
	    ioctl(disk->fd, BLKSSZGET, &block))
		return -errno;
	if (!block || block & (block - 1) || block > MEDIUM_PIECE)
		return -EINVAL;
	disk->medium.block = block;
	disk->buffer = aligned_alloc(MEDIUM_PIECE, MEDIUM_PIECE);
	return disk->buffer ? 0 : -ENOMEM;
}

static bool is_xfs(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == XFS_SUPER_MAGIC;
}

/* 0, or why all of the device has to be read */
static int open_filesystem(struct disk *disk, const struct disk_want *want)
{
	struct stat st;

	if (!want->mount)
		return -ENOENT;
	disk->mount_fd = namespace_open(
		want->mount, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
	if (disk->mount_fd < 0 || fstat(disk->mount_fd, &st))
		return -errno;
	/* something else is mounted there by now, or it has no device of its own */
	if (st.st_dev != want->fs_dev)
		return -EOPNOTSUPP;
	disk->verifies = is_xfs(disk->mount_fd);
	disk->xfs_dev = want->role == FSERROR_ROLE_LOG	    ? XFS_DEV_LOG :
			want->role == FSERROR_ROLE_REALTIME ? XFS_DEV_RT :
							      XFS_DEV_DATA;
	disk->report = want->report;
	return fsmap_open(&disk->map, disk->mount_fd, want->dev,
			  disk->verifies);
}

int disk_open(struct disk *disk, const struct disk_want *want)
{
	int err;

	*disk = (struct disk){ .medium.next = next_all,
			       .medium.read = disk_read,
			       .fd = -1,
			       .mount_fd = -1 };
	set_priority(false);
	err = open_device(disk, want->dev);
	if (err || !want->fs_dev)
		return err;
	disk->unmapped = open_filesystem(disk, want);
	disk->mapped = !disk->unmapped;
	if (disk->mapped)
		disk->medium.next = next_mapped;
	return 0;
}

void disk_close(struct disk *disk)
{
	fsmap_close(&disk->map);
	if (disk->fd >= 0)
		close(disk->fd);
	if (disk->mount_fd >= 0)
		close(disk->mount_fd);
	free(disk->buffer);
}
