// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filesystems that can be made to fail.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kselftest.h"
#include "scratch.h"

/* what mkfs.xfs wants at least, and some more */
#define IMAGE_BYTES (320ULL * 1024 * 1024)

#define SECTOR 512

/* from xfs_fs.h, which is not always installed */
#define XFS_IOC_GOINGDOWN _IOR('X', 125, __u32)
#define XFS_FSOP_GOING_FLAGS_NOLOGFLUSH 2

/* Run a command of the shell; it says itself what went wrong. */
static int run(const char *format, ...)
{
	char command[1024];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (len < 0 || len >= (int)sizeof(command))
		return -ENAMETOOLONG;
	return system(command) ? -EIO : 0;
}

static int attach_loop(struct scratch *scratch)
{
	struct loop_config config = { 0 };
	int control, nr, writer, error = 0;

	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		return -errno;
	nr = ioctl(control, LOOP_CTL_GET_FREE);
	if (nr < 0)
		error = -errno;
	close(control);
	if (error)
		return error;

	snprintf(scratch->loop, sizeof(scratch->loop), "/dev/loop%d", nr);
	config.fd = open(scratch->image, O_RDWR | O_CLOEXEC);
	if ((int)config.fd < 0)
		return -errno;
	/* it goes away with the last user, whatever becomes of the test */
	config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
	writer = open(scratch->loop, O_RDWR | O_CLOEXEC);
	if (writer < 0 || ioctl(writer, LOOP_CONFIGURE, &config))
		error = -errno;
	close(config.fd);
	/* what is open for writing cannot be mounted everywhere */
	if (!error)
		scratch->loop_fd = open(scratch->loop, O_RDONLY | O_CLOEXEC);
	if (!error && scratch->loop_fd < 0)
		error = -errno;
	if (writer >= 0)
		close(writer);
	return error;
}

static int make_dm(struct scratch *scratch, const char *name)
{
	snprintf(scratch->dm, sizeof(scratch->dm), "fserror-test-%s-%d", name,
		 getpid());
	snprintf(scratch->device, sizeof(scratch->device), "/dev/mapper/%s",
		 scratch->dm);
	/* nobody may be there to answer for the nodes in /dev */
	if (setenv("DM_DISABLE_UDEV", "1", 1))
		return -errno;
	return run("dmsetup create %s --table '0 %llu linear %s 0'",
		   scratch->dm, IMAGE_BYTES / SECTOR, scratch->loop);
}

/* A file of one extent; returns where it is on the device, in bytes. */
static __s64 make_file(struct scratch *scratch)
{
	union {
		struct fiemap fiemap;
		char room[sizeof(struct fiemap) + sizeof(struct fiemap_extent)];
	} map = { .fiemap = { .fm_length = SCRATCH_BAD_BYTES,
			      .fm_extent_count = 1,
			      .fm_flags = FIEMAP_FLAG_SYNC } };
	const struct fiemap_extent *extent = map.fiemap.fm_extents;
	__s64 physical;
	struct stat st;
	int fd;

	if (run("dd if=/dev/zero of=%s bs=1M count=1 status=none conv=fsync",
		scratch->bad))
		return -EIO;
	fd = open(scratch->bad, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || ioctl(fd, FS_IOC_FIEMAP, &map)) {
		close(fd);
		return -errno;
	}
	close(fd);
	if (map.fiemap.fm_mapped_extents != 1 ||
	    extent->fe_length < SCRATCH_BAD_BYTES)
		return -ENOSPC;
	scratch->bad_ino = st.st_ino;
	physical = (__s64)extent->fe_physical;
	return physical;
}

/*
 * From now on the file's blocks, and nothing else, cannot be read: flakey that is
 * never up. What an error target has taken away would be damage.
 */
static int break_file(struct scratch *scratch)
{
	__s64 physical = make_file(scratch);
	unsigned long long start, len, end;
	char table[192];
	int error;

	if (physical < 0)
		return (int)physical;
	start = physical / SECTOR;
	len = SCRATCH_BAD_BYTES / SECTOR;
	end = IMAGE_BYTES / SECTOR;
	snprintf(table, sizeof(table),
		 "0 %llu linear %s 0\\n%llu %llu flakey %s %llu 0 1\\n", start,
		 scratch->loop, start, len, scratch->loop, start);
	error = run("printf '%s%llu %llu linear %s %llu\\n' | dmsetup load %s",
		    table, start + len, end - start - len, scratch->loop,
		    start + len, scratch->dm);
	if (error)
		return error;
	return run("dmsetup suspend --nolockfs %s && dmsetup resume %s",
		   scratch->dm, scratch->dm);
}

/* The UUID is at byte 32 of XFS's superblock. */
static int read_uuid(struct scratch *scratch)
{
	int fd = open(scratch->device, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = pread(fd, scratch->uuid, sizeof(scratch->uuid), 32);
	close(fd);
	return len == sizeof(scratch->uuid) ? 0 : -EIO;
}

/**
 * scratch_make - make a filesystem and mount it
 * @scratch: filled in
 * @name: part of the names of its devices
 * @dm: put it on a device-mapper device, with a file that cannot be read
 *
 * Return: 0 or a negative errno; scratch_remove() is to be called in any case.
 */
int scratch_make(struct scratch *scratch, const char *name, bool dm)
{
	int error;

	memset(scratch, 0, sizeof(*scratch));
	scratch->loop_fd = -1;
	snprintf(scratch->dir, sizeof(scratch->dir),
		 "/tmp/fserror-test.XXXXXX");
	if (!mkdtemp(scratch->dir)) {
		scratch->dir[0] = '\0';
		return -errno;
	}
	snprintf(scratch->image, sizeof(scratch->image), "%s/image",
		 scratch->dir);
	snprintf(scratch->mnt, sizeof(scratch->mnt), "%s/mnt", scratch->dir);
	snprintf(scratch->bad, sizeof(scratch->bad), "%s/bad", scratch->mnt);
	if (mkdir(scratch->mnt, 0755))
		return -errno;
	error = run("truncate -s %llu %s", IMAGE_BYTES, scratch->image);
	if (error)
		return error;
	error = attach_loop(scratch);
	if (error)
		return error;
	memcpy(scratch->device, scratch->loop, sizeof(scratch->loop));
	if (dm) {
		error = make_dm(scratch, name);
		if (error)
			return error;
	}
	error = run("mkfs.xfs -q -f %s", scratch->device);
	if (error)
		return error;
	error = read_uuid(scratch);
	if (error)
		return error;
	error = scratch_mount(scratch);
	if (error || !dm)
		return error;
	return break_file(scratch);
}

/**
 * scratch_mount - mount it
 * @scratch: the filesystem
 *
 * Return: 0 or a negative errno.
 */
int scratch_mount(struct scratch *scratch)
{
	struct stat st;

	if (mount(scratch->device, scratch->mnt, "xfs", 0, NULL))
		return -errno;
	scratch->mounted = true;
	if (stat(scratch->mnt, &st))
		return -errno;
	scratch->dev = st.st_dev;
	return 0;
}

/**
 * scratch_umount - unmount it
 * @scratch: the filesystem
 *
 * Return: 0 or a negative errno.
 */
int scratch_umount(struct scratch *scratch)
{
	if (umount(scratch->mnt))
		return -errno;
	scratch->mounted = false;
	return 0;
}

/**
 * scratch_remove - remove the filesystem and its devices
 * @scratch: the filesystem, as far as it was made
 */
void scratch_remove(struct scratch *scratch)
{
	if (!scratch->dir[0])
		return;
	if (scratch->mounted && scratch_umount(scratch))
		umount2(scratch->mnt, MNT_DETACH);
	if (scratch->dm[0])
		run("dmsetup remove %s", scratch->dm);
	if (scratch->loop_fd >= 0)
		close(scratch->loop_fd);
	unlink(scratch->image);
	rmdir(scratch->mnt);
	rmdir(scratch->dir);
}

/**
 * scratch_shutdown - shut the filesystem down, which makes one record
 * @scratch: the filesystem; to be unmounted and mounted before it can be used
 *
 * Return: 0 or a negative errno.
 */
int scratch_shutdown(const struct scratch *scratch)
{
	__u32 how = XFS_FSOP_GOING_FLAGS_NOLOGFLUSH;
	int fd = open(scratch->mnt, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, XFS_IOC_GOINGDOWN, &how))
		error = -errno;
	close(fd);
	return error;
}

/**
 * scratch_fail_reads - read what cannot be read; each read is one error
 * @scratch: the filesystem, with a file that cannot be read
 * @nr: how many reads; read number n is of the n-th piece, and so on round
 * @bytes: bytes of each
 *
 * Return: 0, -EUCLEAN if a read did not fail with EIO, or another negative errno.
 */
int scratch_fail_reads(const struct scratch *scratch, unsigned int nr,
		       unsigned int bytes)
{
	int fd = open(scratch->bad, O_RDONLY | O_DIRECT | O_CLOEXEC);
	unsigned int i;
	int error = 0;
	void *buf;

	if (fd < 0)
		return -errno;
	if (posix_memalign(&buf, 4096, bytes)) {
		close(fd);
		return -ENOMEM;
	}
	for (i = 0; i < nr && !error; i++)
		if (pread(fd, buf, bytes,
			  (off_t)bytes * i % SCRATCH_BAD_BYTES) != -1 ||
		    errno != EIO)
			error = -EUCLEAN;
	free(buf);
	close(fd);
	return error;
}

static struct scratch *needed;

/* The children of the harness leave them alone. */
static void remove_needed(void)
{
	for (; needed; needed = needed->next)
		if (needed->owner == getpid())
			scratch_remove(needed);
}

/**
 * scratch_need - make a filesystem that is removed when this process ends
 * @scratch: filled
 * @name: of the filesystem; each of a program has its own
 * @dm: with a file that cannot be read
 *
 * Without it there is nothing to test: the program ends and says why.
 */
void scratch_need(struct scratch *scratch, const char *name, bool dm)
{
	int error = scratch_make(scratch, name, dm);

	if (error)
		ksft_exit_fail_msg("no filesystem to test with: %s\n",
				   strerror(-error));
	if (!needed)
		atexit(remove_needed);
	scratch->owner = getpid();
	scratch->next = needed;
	needed = scratch;
}
