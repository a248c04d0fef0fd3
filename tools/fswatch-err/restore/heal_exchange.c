// SPDX-License-Identifier: GPL-2.0-only
#include "heal_exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int heal_blocks_write(const struct heal_blocks *blocks, int fd, uint64_t offset)
{
	const char *buf = blocks->buf;
	size_t len = blocks->room;
	ssize_t done;

	while (len) {
		done = pwrite(fd, buf, len, offset);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		buf += done;
		offset += done;
		len -= done;
	}
	return 0;
}

/* blocks of the realtime device are exchanged for others of it */
static void be_like(int fd, int file)
{
	struct fsxattr like, own;

	if (ioctl(file, FS_IOC_FSGETXATTR, &like) ||
	    ioctl(fd, FS_IOC_FSGETXATTR, &own))
		return; /* then there is but one device */
	if ((own.fsx_xflags ^ like.fsx_xflags) & FS_XFLAG_REALTIME) {
		own.fsx_xflags ^= FS_XFLAG_REALTIME;
		ioctl(fd, FS_IOC_FSSETXATTR, &own);
	}
}

static int open_nameless(const struct heal_blocks *blocks)
{
	int flags = O_TMPFILE | O_RDWR | O_CLOEXEC, fd;

	fd = openat(blocks->dir_fd, ".", flags | O_DIRECT, 0600);
	if (fd < 0 && errno == EINVAL)
		fd = openat(blocks->dir_fd, ".", flags, 0600);
	if (fd < 0)
		return -errno;
	be_like(fd, blocks->fd);
	return fd;
}

static int clone(int to, uint64_t to_offset, int from, uint64_t from_offset,
		 size_t len)
{
	struct file_clone_range range = {
		.src_fd = from,
		.src_offset = from_offset,
		.src_length = len,
		.dest_offset = to_offset,
	};

	return ioctl(to, FICLONERANGE, &range) ? -errno : 0;
}

/* is what was written to @fd there? */
static int read_back(int fd, const struct heal_blocks *blocks)
{
	size_t done = 0;
	ssize_t got = 1;
	void *back;
	int err = 0;

	if (posix_memalign(&back, sysconf(_SC_PAGESIZE), blocks->room))
		return -ENOMEM;
	while (!err && got && done < blocks->room) {
		got = pread(fd, (char *)back + done, blocks->room - done, done);
		if (got > 0)
			done += got;
		else if (got < 0 && errno != EINTR)
			err = -errno;
	}
	if (!err && (done != blocks->len ||
		     memcmp(back, blocks->buf, blocks->len) != 0))
		err = -EIO;
	free(back);
	return err;
}

/* the good bytes, on the media, in a file that has nothing else */
static int fill_good(int fd, const struct heal_blocks *blocks)
{
	int err = heal_blocks_write(blocks, fd, 0);

	if (!err && ftruncate(fd, blocks->len))
		err = -errno;
	if (!err && fsync(fd))
		err = -errno;
	return err ? err : read_back(fd, blocks);
}

/*
 * A filesystem may free the blocks of a nameless file later, and they count as
 * shared until then: the next owner of a damaged block could not write it.
 */
static void close_nameless(int fd)
{
	/* it is a matter of time only, so what if it fails */
	if (ftruncate(fd, 0))
		fsync(fd);
	close(fd);
}

int heal_exchange(const struct heal_blocks *blocks)
{
	int good, bad, err;

	good = open_nameless(blocks);
	if (good < 0)
		return good;
	bad = open_nameless(blocks);
	if (bad < 0) {
		close(good);
		return bad;
	}
	err = fill_good(good, blocks);
	/* the damaged blocks, so that they are not lost from sight as free space */
	if (!err)
		err = clone(bad, 0, blocks->fd, blocks->offset, blocks->len);
	if (!err)
		err = clone(blocks->fd, blocks->offset, good, 0, blocks->len);
	if (!err && fsync(blocks->fd))
		err = -errno;
	/*
	 * The file is whole now, whatever becomes of this. If other files have
	 * the damaged blocks, too, those stay as they are, theirs to heal.
	 */
	if (!err && !heal_blocks_write(blocks, bad, 0))
		fsync(bad);
	close_nameless(bad);
	close_nameless(good);
	return err;
}
