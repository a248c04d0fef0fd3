// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frames of a damage-get and the answers of fs-get: what is in them, and that the
 * largest ones fit into the smallest buffer that a dump has.
 */
#include <kunit/test.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include "internal.h"

#define ALL_DEV_FLAGS	(FSERROR_DEV_PENDING | FSERROR_DEV_UNKNOWN | \
			 FSERROR_DEV_PARTIAL | FSERROR_DEV_REMOVED | \
			 FSERROR_DEV_UNTOLD)
#define ALL_END_FLAGS	(FSERROR_END_COMPLETE | FSERROR_END_PENDING | \
			 FSERROR_END_BUSY | FSERROR_END_PARTIAL | \
			 FSERROR_END_GONE)

static void free_skb(void *skb)
{
	nlmsg_free(skb);
}

/* As netlink_dump() gives it to a reader with a small buffer. */
static struct sk_buff *new_message(struct kunit *test, struct nlmsghdr **nlh)
{
	struct sk_buff *skb = alloc_skb(NLMSG_GOODSIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, skb);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_skb, skb), 0);
	*nlh = nlmsg_put(skb, 0, 0, 0, GENL_HDRLEN, 0);
	KUNIT_ASSERT_NOT_NULL(test, *nlh);
	return skb;
}

static void parse(struct kunit *test, struct sk_buff *skb, struct nlmsghdr *nlh,
		  struct nlattr **tb, int max)
{
	nlmsg_end(skb, nlh);
	KUNIT_ASSERT_EQ(test, nlmsg_parse(nlh, GENL_HDRLEN, tb, max, NULL, NULL),
			0);
}

/* Every field has its greatest value. */
static struct fserror_sb_info *largest_info(struct kunit *test)
{
	struct fserror_sb_info *info;
	unsigned int i;

	info = kunit_kzalloc(test, sizeof(*info), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, info);
	memset(info, 0xff, sizeof(*info));
	info->can_resolve = true;
	info->shutdown = true;
	info->nr_devs = FSERROR_INFO_MAX_DEVS;
	memset(info->fs_type, 't', sizeof(info->fs_type));
	info->fs_type[sizeof(info->fs_type) - 1] = '\0';
	memset(info->sb_id, 's', sizeof(info->sb_id));
	info->sb_id[sizeof(info->sb_id) - 1] = '\0';
	for (i = 0; i < FSERROR_INFO_MAX_DEVS; i++)
		info->devs[i].role = FSERROR_ROLE_MEMBER;
	return info;
}

static void test_header(struct kunit *test)
{
	struct nlattr *damage[FSERROR_A_DAMAGE_MAX + 1];
	struct nlattr *tb[FSERROR_A_DUMP_HEADER_MAX + 1];
	struct nlmsghdr *nlh;
	struct sk_buff *skb = new_message(test, &nlh);

	/* 0 is a number here: there was no record */
	KUNIT_ASSERT_EQ(test, fserror_msg_put_header(skb, 0), 0);
	parse(test, skb, nlh, damage, FSERROR_A_DAMAGE_MAX);
	KUNIT_ASSERT_NOT_NULL(test, damage[FSERROR_A_DAMAGE_HEADER]);
	KUNIT_ASSERT_EQ(test, nla_parse_nested(tb, FSERROR_A_DUMP_HEADER_MAX,
					       damage[FSERROR_A_DAMAGE_HEADER],
					       NULL, NULL), 0);
	KUNIT_ASSERT_NOT_NULL(test, tb[FSERROR_A_DUMP_HEADER_BOOT_ID]);
	KUNIT_EXPECT_EQ(test, nla_len(tb[FSERROR_A_DUMP_HEADER_BOOT_ID]), UUID_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, tb[FSERROR_A_DUMP_HEADER_AS_OF]);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_DUMP_HEADER_AS_OF]), 0ULL);
}

static void test_begin(struct kunit *test)
{
	struct fserror_sb_info *info = largest_info(test);
	struct nlattr *damage[FSERROR_A_DAMAGE_MAX + 1];
	struct nlattr *tb[FSERROR_A_DUMP_BEGIN_MAX + 1];
	struct nlmsghdr *nlh;
	struct sk_buff *skb = new_message(test, &nlh);
	int i;

	KUNIT_ASSERT_EQ(test, fserror_msg_put_begin(skb, info), 0);
	parse(test, skb, nlh, damage, FSERROR_A_DAMAGE_MAX);
	KUNIT_ASSERT_NOT_NULL(test, damage[FSERROR_A_DAMAGE_BEGIN]);
	KUNIT_ASSERT_EQ(test, nla_parse_nested(tb, FSERROR_A_DUMP_BEGIN_MAX,
					       damage[FSERROR_A_DAMAGE_BEGIN],
					       NULL, NULL), 0);
	for (i = 1; i <= FSERROR_A_DUMP_BEGIN_MAX; i++)
		KUNIT_ASSERT_NOT_NULL_MSG(test, tb[i], "attribute %d", i);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_DUMP_BEGIN_INSTANCE]),
			U64_MAX);
	KUNIT_EXPECT_EQ(test, nla_strcmp(tb[FSERROR_A_DUMP_BEGIN_SB_ID],
					 info->sb_id), 0);
}

static unsigned int count_devices(struct kunit *test, struct nlattr *end, int type,
				  u32 there)
{
	struct nlattr *tb[FSERROR_A_DEVICE_STATE_MAX + 1];
	struct nlattr *attr;
	unsigned int nr = 0;
	int rem, i;

	nla_for_each_nested_type(attr, type, end, rem) {
		KUNIT_ASSERT_EQ(test, nla_parse_nested(tb, FSERROR_A_DEVICE_STATE_MAX,
						       attr, NULL, NULL), 0);
		for (i = 1; i <= FSERROR_A_DEVICE_STATE_MAX; i++)
			KUNIT_ASSERT_EQ_MSG(test, !!tb[i], !!(there & BIT(i)),
					    "attribute %d", i);
		nr++;
	}
	return nr;
}

struct end_param {
	const char	*desc;
	u32		flags;
	u32		dev_flags;
	u64		ranges;
	/* bit for each attribute that is there */
	u32		there;
	u32		dev_there;
};

#define END		(BIT(FSERROR_A_DUMP_END_INSTANCE) | \
			 BIT(FSERROR_A_DUMP_END_DEVICE))
#define DEV		(BIT(FSERROR_A_DEVICE_STATE_MAJOR) | \
			 BIT(FSERROR_A_DEVICE_STATE_MINOR) | \
			 BIT(FSERROR_A_DEVICE_STATE_ROLE))

static const struct end_param end_params[] = {
	{ "nothing to say", 0, 0, 0, END, DEV },
	{ "complete", FSERROR_END_COMPLETE, 0, 1,
	  END | BIT(FSERROR_A_DUMP_END_COMPLETE),
	  DEV | BIT(FSERROR_A_DEVICE_STATE_RANGES) },
	{ "pending", FSERROR_END_PENDING, FSERROR_DEV_PENDING, 0,
	  END | BIT(FSERROR_A_DUMP_END_PENDING),
	  DEV | BIT(FSERROR_A_DEVICE_STATE_PENDING) },
	{ "busy, not known", FSERROR_END_BUSY, FSERROR_DEV_UNKNOWN, 0,
	  END | BIT(FSERROR_A_DUMP_END_BUSY),
	  DEV | BIT(FSERROR_A_DEVICE_STATE_UNKNOWN) },
	{ "partial", FSERROR_END_PARTIAL, FSERROR_DEV_PARTIAL, 0,
	  END | BIT(FSERROR_A_DUMP_END_PARTIAL),
	  DEV | BIT(FSERROR_A_DEVICE_STATE_PARTIAL) },
	{ "gone, removed", FSERROR_END_GONE, FSERROR_DEV_REMOVED, 0,
	  END | BIT(FSERROR_A_DUMP_END_GONE),
	  DEV | BIT(FSERROR_A_DEVICE_STATE_REMOVED) },
	{ "nobody says", 0, FSERROR_DEV_UNTOLD, 0, END,
	  DEV | BIT(FSERROR_A_DEVICE_STATE_UNTOLD) },
	{ "everything", ALL_END_FLAGS, ALL_DEV_FLAGS, U64_MAX,
	  GENMASK(FSERROR_A_DUMP_END_MAX, 1), GENMASK(FSERROR_A_DEVICE_STATE_MAX, 1) },
};

KUNIT_ARRAY_PARAM_DESC(end, end_params, desc);

static void test_end(struct kunit *test)
{
	const struct end_param *param = test->param_value;
	struct fserror_sb_info *info = largest_info(test);
	struct nlattr *damage[FSERROR_A_DAMAGE_MAX + 1];
	struct nlattr *tb[FSERROR_A_DUMP_END_MAX + 1];
	struct nlmsghdr *nlh;
	struct sk_buff *skb = new_message(test, &nlh);
	unsigned int i;

	for (i = 0; i < info->nr_devs; i++) {
		info->devs[i].flags = param->dev_flags;
		info->devs[i].ranges = param->ranges;
	}
	KUNIT_ASSERT_EQ(test, fserror_msg_put_end(skb, param->flags, info), 0);
	parse(test, skb, nlh, damage, FSERROR_A_DAMAGE_MAX);
	KUNIT_ASSERT_NOT_NULL(test, damage[FSERROR_A_DAMAGE_END]);
	KUNIT_ASSERT_EQ(test, nla_parse_nested(tb, FSERROR_A_DUMP_END_MAX,
					       damage[FSERROR_A_DAMAGE_END],
					       NULL, NULL), 0);
	for (i = 1; i <= FSERROR_A_DUMP_END_MAX; i++)
		KUNIT_EXPECT_EQ_MSG(test, !!tb[i], !!(param->there & BIT(i)),
				    "attribute %u", i);
	KUNIT_EXPECT_EQ(test, count_devices(test, damage[FSERROR_A_DAMAGE_END],
					    FSERROR_A_DUMP_END_DEVICE,
					    param->dev_there),
			info->nr_devs);
}

static void test_filesystem(struct kunit *test)
{
	struct fserror_sb_info *info = largest_info(test);
	struct nlattr *tb[FSERROR_A_FILESYSTEM_MAX + 1];
	struct nlmsghdr *nlh;
	struct sk_buff *skb = new_message(test, &nlh);
	int i;

	for (i = 0; i < FSERROR_NR_KINDS; i++)
		info->kinds[i] = i;
	info->unlisted = 5;
	info->unlisted_metadata = 7;
	info->more_devs = 6;
	KUNIT_ASSERT_EQ(test, fserror_msg_put_filesystem(skb, info), 0);
	parse(test, skb, nlh, tb, FSERROR_A_FILESYSTEM_MAX);
	for (i = 1; i <= FSERROR_A_FILESYSTEM_MAX; i++)
		KUNIT_ASSERT_NOT_NULL_MSG(test, tb[i], "attribute %d", i);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_FILESYSTEM_IO_ERRORS]),
			1ULL + 2 + 3 + 4);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_FILESYSTEM_UNLISTED]), 5ULL);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_FILESYSTEM_UNLISTED_METADATA]),
			7ULL);
	KUNIT_EXPECT_EQ(test, nla_get_u32(tb[FSERROR_A_FILESYSTEM_MORE_DEVICES]), 6U);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_FILESYSTEM_DATA_LOST]),
			(u64)FSERROR_KIND_DATA_LOST);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_FILESYSTEM_RECORDS]),
			(u64)FSERROR_KIND_MAX * (FSERROR_KIND_MAX + 1) / 2);
}

/* A frame that does not fit leaves the message as it was. */
static void test_full(struct kunit *test)
{
	struct fserror_sb_info *info = largest_info(test);
	struct nlmsghdr *nlh;
	struct sk_buff *skb = new_message(test, &nlh);
	unsigned int len, nr = 0;

	do {
		len = skb->len;
	} while (!fserror_msg_put_end(skb, ALL_END_FLAGS, info) && ++nr < 100);
	KUNIT_EXPECT_EQ(test, skb->len, len);
	KUNIT_EXPECT_GE(test, nr, 1U);
	KUNIT_EXPECT_LT(test, nr, 100U);
}

static struct kunit_case fserror_frame_cases[] = {
	KUNIT_CASE(test_header),
	KUNIT_CASE(test_begin),
	KUNIT_CASE_PARAM(test_end, end_gen_params),
	KUNIT_CASE(test_filesystem),
	KUNIT_CASE(test_full),
	{}
};

static struct kunit_suite fserror_frame_suite = {
	.name		= "fserror-frame",
	.test_cases	= fserror_frame_cases,
};

kunit_test_suite(fserror_frame_suite);
