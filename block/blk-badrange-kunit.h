/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The disk that the tests of bad ranges share, block/blk-badrange_kunit.c.
 */
#ifndef BLK_BADRANGE_KUNIT_H
#define BLK_BADRANGE_KUNIT_H

#include <kunit/test.h>
#include <linux/blkdev.h>

/* The disk: 1 MiB, a hole, partition 1, a hole, partition 2, a hole. */
#define DISK_LEN	(1024 * 1024ULL)
#define PART1_POS	(128 * 1024ULL)
#define PART1_LEN	(256 * 1024ULL)
#define PART2_POS	(512 * 1024ULL)
#define PART2_LEN	(128 * 1024ULL)

struct heard {
	unsigned int		nr;
	struct bdev_bad_window	win;
};

struct test_disk {
	struct gendisk		*disk;
	struct file		*whole;
	struct file		*part[2];
	struct heard		heard_whole;
	struct heard		heard_part[2];
	int			answer;
	unsigned int		asked;
	bool			gone;
};

extern const struct block_device_operations badrange_test_fops;

void badrange_test_submit_bio(struct bio *bio);
struct test_disk *badrange_test_disk(struct kunit *test);
struct file *badrange_test_claim(struct kunit *test, struct test_disk *td, int partno,
				 struct heard *heard);
void badrange_test_wait(struct kunit *test);
void badrange_test_partitions(struct kunit *test, struct test_disk *td);

#endif /* BLK_BADRANGE_KUNIT_H */
