// SPDX-License-Identifier: GPL-2.0-only
/*
 * where: what an event about a piece of a file must say, found out without the
 * kernel code that is being tested: from stat(2), FS_IOC_GETVERSION, FIEMAP and
 * sysfs. All offsets and lengths are in bytes.
 *
 *	where [-d DEV] FILE OFFSET LENGTH	identity, file range "|" device ranges
 *	where -i FILE				identity
 *	where -o FILE OFFSET			place on the device
 *	where -r DEV OFFSET LENGTH		device ranges
 *
 * -d DEV: the file's blocks are on this device, not on the filesystem's own.
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define SECTOR_SIZE 512

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 0);

	if (end == text || *end)
		errx(1, "%s is no number", text);
	return value;
}

static int open_file(const char *name, struct stat *st)
{
	int fd = open(name, O_RDONLY | O_NOFOLLOW);

	if (fd < 0 || fstat(fd, st))
		err(1, "%s", name);
	return fd;
}

static dev_t device_number(const char *name)
{
	struct stat st;

	if (stat(name, &st))
		err(1, "%s", name);
	if (!S_ISBLK(st.st_mode))
		errx(1, "%s is no block device", name);
	return st.st_rdev;
}

static void print_identity(int fd, const struct stat *st)
{
	unsigned int generation;

	/* the argument is an int, whatever its definition says */
	if (ioctl(fd, FS_IOC_GETVERSION, &generation))
		err(1, "FS_IOC_GETVERSION");
	printf("dev=%u:%u ino=%ju gen=%u ", major(st->st_dev),
	       minor(st->st_dev), (uintmax_t)st->st_ino, generation);
}

static uint64_t place(int fd, uint64_t offset, uint64_t length)
{
	struct {
		struct fiemap map;
		struct fiemap_extent extent;
	} ask = {
		.map = {
			.fm_start = offset,
			.fm_length = length,
			.fm_flags = FIEMAP_FLAG_SYNC,
			.fm_extent_count = 1,
		},
	};
	const struct fiemap_extent *extent = &ask.map.fm_extents[0];

	if (ioctl(fd, FS_IOC_FIEMAP, &ask.map))
		err(1, "FIEMAP");
	if (!ask.map.fm_mapped_extents || extent->fe_logical > offset ||
	    extent->fe_logical + extent->fe_length < offset + length)
		errx(1, "%" PRIu64 "+%" PRIu64 " is not in one extent", offset,
		     length);
	return extent->fe_physical + (offset - extent->fe_logical);
}

/* A partition: its first byte on the disk, and the disk. */
static uint64_t partition_start(dev_t dev, dev_t *disk)
{
	char path[PATH_MAX];
	unsigned int maj, min;
	uint64_t start = 0;
	FILE *f;

	*disk = dev;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/start", major(dev),
		 minor(dev));
	f = fopen(path, "r");
	if (!f)
		return 0;
	if (fscanf(f, "%" SCNu64, &start) != 1)
		errx(1, "%s: no number", path);
	fclose(f);
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../dev", major(dev),
		 minor(dev));
	f = fopen(path, "r");
	if (!f || fscanf(f, "%u:%u", &maj, &min) != 2)
		err(1, "%s", path);
	fclose(f);
	*disk = makedev(maj, min);
	return start * SECTOR_SIZE;
}

static void print_ranges(dev_t dev, uint64_t offset, uint64_t length)
{
	dev_t disk;
	uint64_t start = partition_start(dev, &disk);

	printf("device=%u:%u+%" PRIu64 "+%" PRIu64 " ", major(dev), minor(dev),
	       offset, length);
	printf("origin=%u:%u+%" PRIu64 "+%" PRIu64 "\n", major(disk),
	       minor(disk), start + offset, length);
}

int main(int argc, char **argv)
{
	const char *device = NULL;
	uint64_t offset, length;
	struct stat st;
	int mode = 'f', c, fd;

	while ((c = getopt(argc, argv, "d:ior")) != -1) {
		if (c == 'd')
			device = optarg;
		else if (c == '?')
			return 1;
		else
			mode = c;
	}
	argv += optind;
	argc -= optind;
	if (argc != (mode == 'i' ? 1 : mode == 'o' ? 2 : 3))
		errx(1, "wrong number of arguments");

	if (mode == 'r') {
		print_ranges(device_number(argv[0]), number(argv[1]),
			     number(argv[2]));
		return 0;
	}
	fd = open_file(argv[0], &st);
	if (mode == 'i') {
		print_identity(fd, &st);
		printf("nlink=%ju\n", (uintmax_t)st.st_nlink);
		return 0;
	}
	offset = number(argv[1]);
	if (mode == 'o') {
		printf("%" PRIu64 "\n", place(fd, offset, 1));
		return 0;
	}
	length = number(argv[2]);
	print_identity(fd, &st);
	printf("offset=%" PRIu64 " length=%" PRIu64 " nlink=%ju|", offset,
	       length, (uintmax_t)st.st_nlink);
	print_ranges(device ? device_number(device) : st.st_dev,
		     place(fd, offset, length), length);
	return 0;
}
