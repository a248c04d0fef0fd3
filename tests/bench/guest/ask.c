// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/fsmap.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../vm/helpers/xfs_ioctl.h"
#include "fsbench.h"

#define FSMAP_RECORDS 1024

static struct fsmap_head *fsmap_new(unsigned int dev, unsigned long long pos,
				    unsigned long long len)
{
	struct fsmap_head *head = calloc(1, fsmap_sizeof(FSMAP_RECORDS));

	if (!head)
		err(1, "GETFSMAP");
	head->fmh_count = FSMAP_RECORDS;
	head->fmh_keys[0].fmr_device = dev;
	head->fmh_keys[0].fmr_physical = pos;
	head->fmh_keys[1].fmr_device = dev;
	head->fmh_keys[1].fmr_physical = pos + len - 1;
	head->fmh_keys[1].fmr_owner = ULLONG_MAX;
	head->fmh_keys[1].fmr_offset = ULLONG_MAX;
	head->fmh_keys[1].fmr_flags = UINT_MAX;
	return head;
}

static void bulkstat(int fd, unsigned long long ino)
{
	struct {
		struct xfs_bulkstat_req head;
		struct xfs_bulkstat stat;
	} req = { .head.hdr = { .ino = ino, .icount = 1 } };

	if (ioctl(fd, XFS_IOC_BULKSTAT, &req))
		err(1, "XFS_IOC_BULKSTAT");
}

int getfsmap(int argc, char **argv, bool owners)
{
	int fd = open(argv[0], O_RDONLY | O_DIRECTORY);
	unsigned long records = 0, inodes = 0, i;
	unsigned long long begin, last = 0;
	struct fsmap_head *head;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		err(1, "%s", argv[0]);
	if (argc > 3) {
		if (stat(argv[3], &st))
			err(1, "%s", argv[3]);
		st.st_dev = st.st_rdev;
	}
	head = fsmap_new((unsigned int)st.st_dev, number(argv[1]),
			 number(argv[2]));
	begin = now_us();
	for (;;) {
		if (ioctl(fd, FS_IOC_GETFSMAP, head))
			err(1, "FS_IOC_GETFSMAP");
		if (!head->fmh_entries)
			break;
		for (i = 0; i < head->fmh_entries; i++) {
			const struct fsmap *map = &head->fmh_recs[i];

			records++;
			if (!owners || map->fmr_flags & FMR_OF_SPECIAL_OWNER ||
			    map->fmr_owner == last)
				continue;
			last = map->fmr_owner;
			bulkstat(fd, last);
			inodes++;
		}
		if (head->fmh_recs[head->fmh_entries - 1].fmr_flags &
		    FMR_OF_LAST)
			break;
		fsmap_advance(head);
	}
	printf("us=%llu records=%lu inodes=%lu\n", now_us() - begin, records,
	       inodes);
	return 0;
}

static unsigned long long wanted_pos, wanted_end;
static unsigned long walked, found;

static int walk_file(const char *path, const struct stat *st, int type,
		     struct FTW *ftw)
{
	struct {
		struct fiemap map;
		struct fiemap_extent extents[32];
	} req = { .map = { .fm_length = FIEMAP_MAX_OFFSET,
			   .fm_extent_count = 32 } };
	unsigned int i;
	int fd;

	(void)st;
	(void)ftw;
	if (type != FTW_F)
		return 0;
	walked++;
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	if (!ioctl(fd, FS_IOC_FIEMAP, &req))
		for (i = 0; i < req.map.fm_mapped_extents; i++)
			found += req.extents[i].fe_physical < wanted_end &&
				 req.extents[i].fe_physical +
						 req.extents[i].fe_length >
					 wanted_pos;
	close(fd);
	return 0;
}

static int place_file(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	struct {
		struct fiemap map;
		struct fiemap_extent extent;
	} req = { .map = { .fm_length = FIEMAP_MAX_OFFSET,
			   .fm_flags = FIEMAP_FLAG_SYNC,
			   .fm_extent_count = 1 } };
	int fd;

	(void)st;
	(void)ftw;
	if (type != FTW_F)
		return 0;
	fd = open(path, O_RDONLY);
	if (fd < 0 || ioctl(fd, FS_IOC_FIEMAP, &req))
		err(1, "%s", path);
	close(fd);
	if (req.map.fm_mapped_extents)
		printf("%llu\n",
		       (unsigned long long)req.map.fm_extents[0].fe_physical);
	return 0;
}

int places(const char *dir)
{
	if (nftw(dir, place_file, 16, FTW_PHYS | FTW_MOUNT))
		err(1, "%s", dir);
	return 0;
}

int walk(char **argv)
{
	unsigned long long begin = now_us();

	wanted_pos = number(argv[1]);
	wanted_end = wanted_pos + number(argv[2]);
	if (nftw(argv[0], walk_file, 16, FTW_PHYS | FTW_MOUNT))
		err(1, "%s", argv[0]);
	printf("us=%llu files=%lu records=%lu\n", now_us() - begin, walked,
	       found);
	return 0;
}
