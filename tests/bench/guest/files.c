// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fsbench.h"

#define BLOCK 4096

static char block[BLOCK] __attribute__((aligned(BLOCK)));

static void write_block(int fd, unsigned long long pos)
{
	if (pwrite(fd, block, BLOCK, (off_t)pos) != BLOCK)
		err(1, "pwrite");
}

/* COUNT files of BYTES in directories of 1000 */
int make_files(int argc, char **argv)
{
	unsigned long i, count = (unsigned long)number(argv[1]);
	unsigned long long pos, bytes = argc > 2 ? number(argv[2]) : BLOCK;
	char name[4096];
	int fd;

	memset(block, 0xcd, sizeof(block));
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s/d%lu", argv[0], i / 1000);
		if (i % 1000 == 0 && mkdir(name, 0755) && errno != EEXIST)
			err(1, "%s", name);
		snprintf(name, sizeof(name), "%s/d%lu/f%lu", argv[0], i / 1000,
			 i);
		fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0644);
		if (fd < 0)
			err(1, "%s", name);
		for (pos = 0; pos < bytes; pos += BLOCK)
			write_block(fd, pos);
		close(fd);
	}
	sync();
	return 0;
}

/*
 * FILES files, each of PIECES blocks with holes between them, so that no two blocks
 * are one extent; block after block, so that neighbours on the disk have different
 * owners.
 */
int interleave(char **argv)
{
	unsigned long i, piece, files = (unsigned long)number(argv[1]);
	unsigned long pieces = (unsigned long)number(argv[2]);
	int *fds = calloc(files, sizeof(*fds));
	char name[4096];

	if (!fds)
		err(1, "files");
	memset(block, 0xcd, sizeof(block));
	for (i = 0; i < files; i++) {
		snprintf(name, sizeof(name), "%s/f%lu", argv[0], i);
		fds[i] = open(name, O_CREAT | O_WRONLY, 0644);
		if (fds[i] < 0)
			err(1, "%s", name);
	}
	for (piece = 0; piece < pieces; piece++)
		for (i = 0; i < files; i++)
			write_block(fds[i], 2ULL * BLOCK * piece);
	sync();
	return 0;
}

/* [-d] FILE COUNT: so many reads of a block, one after the other; -d: O_DIRECT */
int read_file(int argc, char **argv)
{
	bool direct = argc == 3 && !strcmp(argv[0], "-d");
	unsigned long i, count = (unsigned long)number(argv[1 + direct]);
	const char *name = argv[direct];
	int fd = open(name, O_RDONLY | (direct ? O_DIRECT : 0));
	unsigned long long begin;
	struct stat st;
	off_t blocks;

	if (fd < 0 || fstat(fd, &st) || st.st_size < BLOCK)
		err(1, "%s", name);
	blocks = st.st_size / BLOCK;
	begin = now_us();
	for (i = 0; i < count; i++)
		if (pread(fd, block, BLOCK, (off_t)i % blocks * BLOCK) != BLOCK)
			err(1, "%s", name);
	printf("us=%llu\n", now_us() - begin);
	return 0;
}

/* DEV POS LEN COUNT: so many reads of a sector each, which are to fail */
int read_bad(char **argv)
{
	unsigned long long pos = number(argv[1]), sectors = number(argv[2]) / 512;
	unsigned long i, count = (unsigned long)number(argv[3]), failed = 0;
	int fd = open(argv[0], O_RDONLY | O_DIRECT);
	unsigned long long begin;

	if (fd < 0 || !sectors)
		err(1, "%s", argv[0]);
	begin = now_us();
	for (i = 0; i < count; i++)
		failed += pread(fd, block, 512,
				(off_t)(pos + i * 7919ULL % sectors * 512)) < 0;
	printf("us=%llu failed=%lu\n", now_us() - begin, failed);
	return failed == count ? 0 : 1;
}
