// SPDX-License-Identifier: GPL-2.0-only
/*
 * fsbench: what the tables of make bench measure, in the VM. It times itself, so that
 * starting a program is in no figure. Lines of NAME=VALUE; times in microseconds.
 *
 *	fsbench damage [ranges] [INSTANCE]	one damage-get
 *	fsbench getfsmap DIR POS LEN [DEV]	GETFSMAP of these bytes of the device
 *	fsbench owners DIR POS LEN [DEV]	GETFSMAP, and BULKSTAT of each inode in it
 *	fsbench walk DIR POS LEN		walk the tree, FIEMAP of every file
 *	fsbench places DIR			where the first block of each file is
 *	fsbench follow [-l MS] [-b BYTES] [-q MS] [-d] COUNT SECONDS
 *		join the group damage, read COUNT records; -l: begin to read so late;
 *		-b: size of the buffer; -q: end after so much silence; -d: never read
 *	fsbench emit COUNT			make records of kind test
 *	fsbench idle COUNT			watchers that wait until stdin ends
 *	fsbench files DIR COUNT [BYTES]		make files
 *	fsbench interleave DIR FILES PIECES	make files whose blocks take turns
 *	fsbench read [-d] FILE COUNT		read blocks of a file; -d: O_DIRECT
 *	fsbench bad DEV POS LEN COUNT		read sectors that cannot be read, in no order
 *	fsbench clock				CLOCK_MONOTONIC
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fsbench.h"

unsigned long long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
}

unsigned long long number(const char *text)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 0);

	if (!*text || *end)
		errx(2, "not a number: %s", text);
	return value;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int left = argc - 2;

	if (!strcmp(what, "damage"))
		return damage(left, argv + 2);
	if (!strcmp(what, "getfsmap") && left >= 3)
		return getfsmap(left, argv + 2, false);
	if (!strcmp(what, "owners") && left >= 3)
		return getfsmap(left, argv + 2, true);
	if (!strcmp(what, "walk") && left == 3)
		return walk(argv + 2);
	if (!strcmp(what, "places") && left == 1)
		return places(argv[2]);
	if (!strcmp(what, "follow"))
		return follow(argc - 1, argv + 1);
	if (!strcmp(what, "emit") && left == 1)
		return emit(argv[2]);
	if (!strcmp(what, "idle") && left == 1)
		return idle(argv[2]);
	if (!strcmp(what, "files") && left >= 2)
		return make_files(left, argv + 2);
	if (!strcmp(what, "interleave") && left == 3)
		return interleave(argv + 2);
	if (!strcmp(what, "read") && left >= 2)
		return read_file(left, argv + 2);
	if (!strcmp(what, "bad") && left == 4)
		return read_bad(argv + 2);
	if (!strcmp(what, "clock")) {
		printf("us=%llu\n", now_us());
		return 0;
	}
	errx(2, "no such command, or not so many arguments: '%s'", what);
}
