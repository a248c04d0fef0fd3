// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of which part of a member holds data, and up to where they are valid.
 */
#include <kunit/test.h>
#include <linux/blk_types.h>
#include <linux/device.h>
#include "md.h"
#include "md-bad.h"

struct member_case {
	const char		*name;
	enum md_bad_kind	kind;
	sector_t		offset, new_offset, sectors;
	unsigned long		flags;
	sector_t		recovered;
	u64			start, len, valid;	/* in sectors; U64_MAX is all */
};

#define IN_SYNC		BIT(In_sync)
#define FAULTY		BIT(Faulty)

static const struct member_case member_cases[] = {
	/* name, kind, offset, new_offset, sectors, flags, recovered, start, len, valid */
	{ "complete", MD_BAD_PARITY, 2048, 2048, 8192, IN_SYNC, MaxSector,
	  2048, 8192, U64_MAX },
	{ "not in sync", MD_BAD_PARITY, 2048, 2048, 8192, 0, 4096, 2048, 8192, 4096 },
	{ "not in sync, within a page", MD_BAD_PARITY, 2048, 2048, 8192, 0, 4099,
	  2048, 8192, 4096 },
	{ "failed", MD_BAD_PARITY, 2048, 2048, 8192, FAULTY, 4096, 2048, 8192, 0 },
	{ "stripes without copies", MD_BAD_ZONES, 2048, 2048, 8192, 0, 0,
	  2048, 8192, U64_MAX },
	/* what is said of the time after a reshape does not count in front of it */
	{ "about to be reshaped", MD_BAD_PARITY, 2048, 1024, 8192, IN_SYNC, MaxSector,
	  2048, 8192, U64_MAX },
	{ "reshaped in place", MD_BAD_MOVING, 2048, 2048, 8192, IN_SYNC, MaxSector,
	  2048, 8192, U64_MAX },
	{ "reshaped to the front", MD_BAD_MOVING, 2048, 1024, 8192, IN_SYNC, MaxSector,
	  1024, 9216, U64_MAX },
	{ "reshaped to the front, not in sync", MD_BAD_MOVING, 2048, 1024, 8192, 0, 4096,
	  1024, 9216, 5120 },
	{ "reshaped to the front, in sync to the end", MD_BAD_MOVING, 2048, 1024, 8192, 0,
	  8192, 1024, 9216, 9216 },
	{ "reshaped to the front, nothing in sync", MD_BAD_MOVING, 2048, 1024, 8192, 0, 0,
	  1024, 9216, 0 },
	{ "reshaped to the back", MD_BAD_MOVING, 1024, 2048, 8192, IN_SYNC, MaxSector,
	  1024, 8192, U64_MAX },
};

KUNIT_ARRAY_PARAM_DESC(member, member_cases, name);

static u64 bytes(u64 sectors)
{
	return sectors == U64_MAX ? U64_MAX : sectors << SECTOR_SHIFT;
}

static void member_test(struct kunit *test)
{
	const struct member_case *c = test->param_value;
	struct block_device *bdev = kunit_kzalloc(test, sizeof(*bdev), GFP_KERNEL);
	struct md_rdev *rdev = kunit_kzalloc(test, sizeof(*rdev), GFP_KERNEL);
	struct md_bad_member member = { };
	struct md_bad_geo geo = { .kind = c->kind, .nr = 1, .member = &member };

	KUNIT_ASSERT_NOT_NULL(test, bdev);
	KUNIT_ASSERT_NOT_NULL(test, rdev);
	/* never released: all that is done is to count references on it */
	device_initialize(&bdev->bd_device);
	rdev->bdev = bdev;
	rdev->flags = c->flags;
	rdev->data_offset = c->offset;
	rdev->new_data_offset = c->new_offset;
	rdev->sectors = c->sectors;
	rdev->recovery_offset = c->recovered;

	KUNIT_ASSERT_EQ(test, 0, md_bad_geo_member(&geo, 0, rdev));
	KUNIT_EXPECT_PTR_EQ(test, bdev, member.bdev);
	KUNIT_EXPECT_EQ(test, bytes(c->start), member.start);
	KUNIT_EXPECT_EQ(test, bytes(c->len), member.len);
	KUNIT_EXPECT_EQ(test, bytes(c->valid), member.valid);
	KUNIT_EXPECT_EQ(test, 0U, member.nr_bb);
}

static struct kunit_case md_bad_member_cases[] = {
	KUNIT_CASE_PARAM(member_test, member_gen_params),
	{ }
};

static struct kunit_suite md_bad_member_suite = {
	.name		= "md_bad_member",
	.test_cases	= md_bad_member_cases,
};

kunit_test_suite(md_bad_member_suite);

MODULE_DESCRIPTION("KUnit tests of the data of members of arrays");
MODULE_LICENSE("GPL");
