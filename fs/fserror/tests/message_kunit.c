// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records as messages: all that is known, nothing that is not, and room for the
 * largest there can be.
 */
#include <kunit/test.h>
#include <net/genetlink.h>
#include "internal.h"

static void free_skb(void *skb)
{
	nlmsg_free(skb);
}

static struct sk_buff *new_message(struct kunit *test, void **hdr)
{
	struct sk_buff *skb = fserror_msg_event_new(FSERROR_GROUP_DAMAGE, hdr);

	KUNIT_ASSERT_NOT_NULL(test, skb);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_skb, skb), 0);
	return skb;
}

/* Every field has its greatest value, so that no attribute is left out or short. */
static struct fserror_record *largest_record(struct kunit *test)
{
	struct fserror_record *record;

	record = kunit_kzalloc(test, sizeof(*record), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, record);
	memset(record, 0xff, sizeof(*record));
	record->kind = FSERROR_KIND_DATA_LOST;
	record->has_inode = true;
	record->unread = false;
	record->handle_len = FSERROR_HANDLE_BYTES;
	memset(record->fs_type, 't', sizeof(record->fs_type));
	record->fs_type[sizeof(record->fs_type) - 1] = '\0';
	memset(record->sb_id, 's', sizeof(record->sb_id));
	record->sb_id[sizeof(record->sb_id) - 1] = '\0';
	memset(record->layer, 'l', sizeof(record->layer));
	record->layer[sizeof(record->layer) - 1] = '\0';
	return record;
}

/* Take a message apart: the attributes of the event and of its one record. */
static void parse(struct kunit *test, struct sk_buff *skb, void *hdr,
		  struct nlattr **event, struct nlattr **record)
{
	struct nlmsghdr *nlh;

	genlmsg_end(skb, hdr);
	nlh = nlmsg_hdr(skb);
	KUNIT_ASSERT_EQ(test, nlmsg_parse(nlh, GENL_HDRLEN, event,
					  FSERROR_A_EVENT_MAX, NULL, NULL), 0);
	KUNIT_ASSERT_NOT_NULL(test, event[FSERROR_A_EVENT_BOOT_ID]);
	KUNIT_EXPECT_EQ(test, nla_len(event[FSERROR_A_EVENT_BOOT_ID]), UUID_SIZE);
	if (event[FSERROR_A_EVENT_RECORD])
		KUNIT_ASSERT_EQ(test, nla_parse_nested(record, FSERROR_A_RECORD_MAX,
						       event[FSERROR_A_EVENT_RECORD],
						       NULL, NULL), 0);
}

static void expect_range(struct kunit *test, struct nlattr *attr)
{
	struct nlattr *tb[FSERROR_A_RANGE_MAX + 1];

	KUNIT_ASSERT_NOT_NULL(test, attr);
	KUNIT_ASSERT_EQ(test, nla_parse_nested(tb, FSERROR_A_RANGE_MAX, attr,
					       NULL, NULL), 0);
	KUNIT_ASSERT_NOT_NULL(test, tb[FSERROR_A_RANGE_LENGTH]);
	KUNIT_EXPECT_EQ(test, nla_get_u32(tb[FSERROR_A_RANGE_MAJOR]), 4095U);
	KUNIT_EXPECT_EQ(test, nla_get_u32(tb[FSERROR_A_RANGE_MINOR]), 1048575U);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_RANGE_OFFSET]), U64_MAX);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_RANGE_LENGTH]), U64_MAX);
}

static void test_all(struct kunit *test)
{
	struct nlattr *event[FSERROR_A_EVENT_MAX + 1];
	struct nlattr *tb[FSERROR_A_RECORD_MAX + 1];
	struct fserror_record *record = largest_record(test);
	struct sk_buff *skb;
	void *hdr;
	int i;

	skb = new_message(test, &hdr);
	KUNIT_ASSERT_EQ(test, fserror_msg_put_record(skb, FSERROR_A_EVENT_RECORD,
						     record), 0);
	parse(test, skb, hdr, event, tb);
	for (i = 1; i <= FSERROR_A_RECORD_MAX; i++)
		KUNIT_ASSERT_NOT_NULL_MSG(test, tb[i], "attribute %d", i);

	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_RECORD_SEQ]), U64_MAX);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_RECORD_TIME]), U64_MAX);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_RECORD_BOOTTIME]), U64_MAX);
	KUNIT_EXPECT_EQ(test, nla_get_u32(tb[FSERROR_A_RECORD_KIND]),
			(u32)FSERROR_KIND_DATA_LOST);
	KUNIT_EXPECT_EQ(test, nla_get_u32(tb[FSERROR_A_RECORD_ERROR]), U32_MAX);
	KUNIT_EXPECT_EQ(test, nla_get_u32(tb[FSERROR_A_RECORD_CAUSE]), U32_MAX);
	KUNIT_EXPECT_EQ(test, nla_get_u32(tb[FSERROR_A_RECORD_FLAGS]), U32_MAX);
	KUNIT_EXPECT_EQ(test, nla_get_u32(tb[FSERROR_A_RECORD_MAJOR]), 4095U);
	KUNIT_EXPECT_EQ(test, nla_get_u32(tb[FSERROR_A_RECORD_MINOR]), 1048575U);
	KUNIT_EXPECT_EQ(test, nla_strcmp(tb[FSERROR_A_RECORD_FSTYPE],
					 record->fs_type), 0);
	KUNIT_EXPECT_EQ(test, nla_strcmp(tb[FSERROR_A_RECORD_SB_ID],
					 record->sb_id), 0);
	KUNIT_EXPECT_EQ(test, nla_strcmp(tb[FSERROR_A_RECORD_LAYER],
					 record->layer), 0);
	KUNIT_EXPECT_EQ(test, nla_len(tb[FSERROR_A_RECORD_UUID]), UUID_SIZE);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_RECORD_INO]), U64_MAX);
	KUNIT_EXPECT_EQ(test, nla_get_u32(tb[FSERROR_A_RECORD_GENERATION]), U32_MAX);
	KUNIT_EXPECT_EQ(test, nla_get_u32(tb[FSERROR_A_RECORD_NLINK]), U32_MAX);
	KUNIT_EXPECT_EQ(test, nla_get_s32(tb[FSERROR_A_RECORD_HANDLE_TYPE]), -1);
	KUNIT_EXPECT_EQ(test, nla_len(tb[FSERROR_A_RECORD_HANDLE]),
			FSERROR_HANDLE_BYTES);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_RECORD_OFFSET]), U64_MAX);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_RECORD_LENGTH]), U64_MAX);
	KUNIT_EXPECT_EQ(test, nla_get_u32(tb[FSERROR_A_RECORD_META]), U32_MAX);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_RECORD_INSTANCE]), U64_MAX);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_RECORD_FS_SEQ]), U64_MAX);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_RECORD_REPEAT]), U64_MAX);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_RECORD_COUNT]), U64_MAX);
	KUNIT_EXPECT_EQ(test, nla_get_u32(tb[FSERROR_A_RECORD_ROLE]), U32_MAX);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_RECORD_ROOT]), U64_MAX);
	expect_range(test, tb[FSERROR_A_RECORD_DEVICE]);
	expect_range(test, tb[FSERROR_A_RECORD_ORIGIN]);
}

struct absent_param {
	const char		*desc;
	struct fserror_record	record;
	/* bit for each attribute that is there */
	u32			there;
};

#define KIND	BIT(FSERROR_A_RECORD_KIND)
#define INODE	(BIT(FSERROR_A_RECORD_INO) | BIT(FSERROR_A_RECORD_GENERATION) | \
		 BIT(FSERROR_A_RECORD_NLINK))
#define NUMBER	(BIT(FSERROR_A_RECORD_SEQ) | BIT(FSERROR_A_RECORD_TIME) | \
		 BIT(FSERROR_A_RECORD_BOOTTIME))
#define FS	(BIT(FSERROR_A_RECORD_MAJOR) | BIT(FSERROR_A_RECORD_MINOR) | \
		 BIT(FSERROR_A_RECORD_FSTYPE))
#define RANGE	(BIT(FSERROR_A_RECORD_OFFSET) | BIT(FSERROR_A_RECORD_LENGTH))

/* what is not known is absent, never zero or empty */
static const struct absent_param absent_params[] = {
	{ "nothing but the kind", { .kind = FSERROR_KIND_TEST }, KIND },
	{ "a number brings its times", { .kind = FSERROR_KIND_TEST, .seq = 1 },
	  KIND | NUMBER },
	{ "an answer has no number and no time",
	  { .kind = FSERROR_KIND_TEST, .realtime_ns = 1, .boottime_ns = 1 }, KIND },
	{ "inode 0 of generation 0 without names is an inode",
	  { .kind = FSERROR_KIND_TEST, .has_inode = true }, KIND | INODE },
	{ "an inode number without an inode is none",
	  { .kind = FSERROR_KIND_TEST, .ino = 5, .generation = 1, .nlink = 1 }, KIND },
	{ "a position without a length is no range",
	  { .kind = FSERROR_KIND_TEST, .pos = 512 }, KIND },
	{ "a range at the beginning of the file",
	  { .kind = FSERROR_KIND_TEST, .len = 1 }, KIND | RANGE },
	{ "a filesystem without a UUID and a name",
	  { .kind = FSERROR_KIND_TEST, .fs_type = "xfs", .dev = MKDEV(8, 1) },
	  KIND | FS },
	{ "that it stands for one error goes without saying",
	  { .kind = FSERROR_KIND_TEST, .repeat = 1 }, KIND },
	{ "two errors", { .kind = FSERROR_KIND_TEST, .repeat = 2 },
	  KIND | BIT(FSERROR_A_RECORD_REPEAT) },
	{ "one piece with a gap", { .kind = FSERROR_KIND_TEST, .count = 1 },
	  KIND | BIT(FSERROR_A_RECORD_COUNT) },
	{ "a subvolume without an inode is none",
	  { .kind = FSERROR_KIND_TEST, .root = 5 }, KIND },
	{ "an answer has no number among those of its filesystem",
	  { .kind = FSERROR_KIND_TEST, .fs_seq = 5 }, KIND },
	{ "a handle of type 0",
	  { .kind = FSERROR_KIND_TEST, .handle_len = 4 },
	  KIND | BIT(FSERROR_A_RECORD_HANDLE) | BIT(FSERROR_A_RECORD_HANDLE_TYPE) },
};

KUNIT_ARRAY_PARAM_DESC(absent, absent_params, desc);

static void test_absent(struct kunit *test)
{
	const struct absent_param *param = test->param_value;
	struct nlattr *event[FSERROR_A_EVENT_MAX + 1];
	struct nlattr *tb[FSERROR_A_RECORD_MAX + 1];
	struct sk_buff *skb;
	u32 there = 0;
	void *hdr;
	int i;

	skb = new_message(test, &hdr);
	KUNIT_ASSERT_EQ(test, fserror_msg_put_record(skb, FSERROR_A_EVENT_RECORD,
						     &param->record), 0);
	parse(test, skb, hdr, event, tb);
	for (i = 1; i <= FSERROR_A_RECORD_MAX; i++)
		if (tb[i])
			there |= BIT(i);
	KUNIT_EXPECT_EQ(test, there, param->there);
}

static void test_lost(struct kunit *test)
{
	struct nlattr *event[FSERROR_A_EVENT_MAX + 1];
	struct nlattr *tb[FSERROR_A_LOST_MAX + 1];
	struct sk_buff *skb;
	void *hdr;

	skb = new_message(test, &hdr);
	KUNIT_ASSERT_EQ(test, fserror_msg_put_lost(skb, 1, U64_MAX), 0);
	parse(test, skb, hdr, event, NULL);
	KUNIT_ASSERT_NOT_NULL(test, event[FSERROR_A_EVENT_LOST]);
	KUNIT_ASSERT_EQ(test, nla_parse_nested(tb, FSERROR_A_LOST_MAX,
					       event[FSERROR_A_EVENT_LOST],
					       NULL, NULL), 0);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_LOST_FIRST]), 1ULL);
	KUNIT_EXPECT_EQ(test, nla_get_uint(tb[FSERROR_A_LOST_LAST]), U64_MAX);
}

/* A dump must get a marker and the largest record into its smallest buffer. */
static void test_largest_fits(struct kunit *test)
{
	struct fserror_record *record = largest_record(test);
	struct sk_buff *skb;
	void *hdr;

	skb = new_message(test, &hdr);
	KUNIT_ASSERT_EQ(test, fserror_msg_put_lost(skb, U64_MAX, U64_MAX), 0);
	KUNIT_ASSERT_EQ(test, fserror_msg_put_record(skb, FSERROR_A_EVENT_RECORD,
						     record), 0);
	genlmsg_end(skb, hdr);
	KUNIT_EXPECT_LE(test, skb->len, NLMSG_GOODSIZE);
	/* no 64-bit attribute is short: the estimate above is the worst case */
	KUNIT_EXPECT_GT(test, skb->len, 128U + 16 * 12);
}

/* A message that is full is as it was, and takes several of the largest. */
static void test_full(struct kunit *test)
{
	struct fserror_record *record = largest_record(test);
	struct nlattr *attr;
	struct sk_buff *skb;
	unsigned int nr = 0, len;
	void *hdr;
	int rem;

	skb = new_message(test, &hdr);
	do {
		len = skb->len;
	} while (!fserror_msg_put_record(skb, FSERROR_A_EVENT_RECORD, record) &&
		 ++nr < 1000);
	KUNIT_EXPECT_EQ(test, skb->len, len);
	KUNIT_EXPECT_GE(test, nr, 8U);
	KUNIT_ASSERT_LT(test, nr, 1000U);

	genlmsg_end(skb, hdr);
	nlmsg_for_each_attr_type(attr, FSERROR_A_EVENT_RECORD, nlmsg_hdr(skb),
				 GENL_HDRLEN, rem)
		nr--;
	KUNIT_EXPECT_EQ(test, nr, 0U);
	KUNIT_EXPECT_EQ(test, rem, 0);
}

static struct kunit_case fserror_message_cases[] = {
	KUNIT_CASE(test_all),
	KUNIT_CASE_PARAM(test_absent, absent_gen_params),
	KUNIT_CASE(test_lost),
	KUNIT_CASE(test_largest_fits),
	KUNIT_CASE(test_full),
	{}
};

static struct kunit_suite fserror_message_suite = {
	.name		= "fserror-message",
	.test_cases	= fserror_message_cases,
};

kunit_test_suite(fserror_message_suite);
