// SPDX-License-Identifier: GPL-2.0-only
/*
 * manyclones: make files that all share the blocks of one file.
 *
 *	manyclones FILE DIRECTORY COUNT
 *
 * They are named by numbers from 1 to COUNT. "INODE GENERATION" of each of them
 * is printed.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	unsigned int generation;
	int source, dir, i;
	char name[16];
	struct stat st;

	if (argc != 4)
		errx(1, "usage: manyclones FILE DIRECTORY COUNT");
	source = open(argv[1], O_RDONLY);
	if (source < 0)
		err(1, "%s", argv[1]);
	dir = open(argv[2], O_RDONLY | O_DIRECTORY);
	if (dir < 0)
		err(1, "%s", argv[2]);
	for (i = 1; i <= atoi(argv[3]); i++) {
		int fd;

		snprintf(name, sizeof(name), "%d", i);
		fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL, 0600);
		if (fd < 0 || ioctl(fd, FICLONE, source))
			err(1, "%s/%s", argv[2], name);
		if (fstat(fd, &st) || ioctl(fd, FS_IOC_GETVERSION, &generation))
			err(1, "%s/%s", argv[2], name);
		printf("%ju %u\n", (uintmax_t)st.st_ino, generation);
		close(fd);
	}
	if (syncfs(dir))
		err(1, "syncfs");
	return 0;
}
