// SPDX-License-Identifier: GPL-2.0-only
/*
 * verifymedia: have XFS read a range of its data device and report what fails.
 *
 *	verifymedia MOUNTPOINT START END
 *
 * START and END, which is exclusive, are in 512-byte sectors. "next" of the
 * output is where it stopped; it is called again from there until END.
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfs_ioctl.h"

int main(int argc, char **argv)
{
	struct xfs_verify_media verify = {
		.me_dev = XFS_DEV_DATA,
		.me_flags = XFS_VERIFY_MEDIA_REPORT,
	};
	int fd;

	if (argc != 4)
		errx(1, "usage: verifymedia MOUNTPOINT START END");
	verify.me_start_daddr = strtoull(argv[2], NULL, 0);
	verify.me_end_daddr = strtoull(argv[3], NULL, 0);
	fd = open(argv[1], O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		err(1, "%s", argv[1]);
	if (ioctl(fd, XFS_IOC_VERIFY_MEDIA, &verify))
		err(1, "XFS_IOC_VERIFY_MEDIA");
	printf("next=%llu error=%u\n",
	       (unsigned long long)verify.me_start_daddr, verify.me_ioerror);
	return 0;
}
