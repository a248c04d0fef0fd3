// SPDX-License-Identifier: GPL-2.0-only
/*
 * What event-get is asked since: the number, the boot and the group that it is of.
 */
#include "record.h"
#include "request.h"

#define SINCE FSERROR_A_EVENT_SINCE
#define GROUP FSERROR_A_EVENT_GROUP
#define BOOT FSERROR_A_EVENT_BOOT_ID

/* The attribute claims to be longer than the message is. */
static __u32 truncated(struct nl_msg *msg)
{
	__u32 offset = nl_put_u64(msg, FSERROR_A_EVENT_SINCE, 0);
	struct nlattr *attr = (struct nlattr *)(msg->buf + offset);

	attr->nla_len += 4;
	return 0;
}

static __u32 shorter_than_its_header(struct nl_msg *msg)
{
	__u32 offset = nl_put_u64(msg, FSERROR_A_EVENT_SINCE, 0);
	struct nlattr *attr = (struct nlattr *)(msg->buf + offset);

	attr->nla_len = NLA_HDRLEN - 1;
	return 0;
}

static __u32 bytes_behind(struct nl_msg *msg)
{
	nl_put_u64(msg, FSERROR_A_EVENT_SINCE, 0);
	msg->nlh.nlmsg_len += 2;
	return 0;
}

static __u32 put_boot(struct nl_msg *msg)
{
	__u8 boot_id[16] = { 0 };

	/* if that fails the request is refused, and not as expected */
	boot_id_read(boot_id);
	return nl_put(msg, BOOT, boot_id, sizeof(boot_id));
}

static __u32 since_newer(struct nl_msg *msg)
{
	put_boot(msg);
	return nl_put_u64(msg, SINCE, UINT64_MAX);
}

static __u32 since_without_boot(struct nl_msg *msg)
{
	nl_put_u64(msg, SINCE, 1);
	return 0;
}

static __u32 put_other_boot(struct nl_msg *msg)
{
	__u8 boot_id[16] = { 0 };

	boot_id_read(boot_id);
	boot_id[15] ^= 1;
	return nl_put(msg, BOOT, boot_id, sizeof(boot_id));
}

static __u32 since_of_other_boot(struct nl_msg *msg)
{
	__u32 offset = put_other_boot(msg);

	nl_put_u64(msg, SINCE, 1);
	return offset;
}

/* What is wrong with the boot is said before what is wrong with the number. */
static __u32 newer_of_other_boot(struct nl_msg *msg)
{
	__u32 offset = put_other_boot(msg);

	nl_put_u64(msg, SINCE, UINT64_MAX);
	return offset;
}

TEST_F(request, malformed)
{
	static const struct bad_request bad[] = {
		{ "since of 0 bytes", -EINVAL, "length", .type = SINCE,
		  .len = 0 },
		{ "since of 3 bytes", -EINVAL, "length", .type = SINCE,
		  .len = 3 },
		{ "since of 5 bytes", -EINVAL, "length", .type = SINCE,
		  .len = 5 },
		{ "since of 7 bytes", -EINVAL, "length", .type = SINCE,
		  .len = 7 },
		{ "since of 9 bytes", -EINVAL, "length", .type = SINCE,
		  .len = 9 },
		{ "since as a nest", -EINVAL, "NESTED",
		  .type = SINCE | NLA_F_NESTED, .len = 8 },
		{ "group 0", -ERANGE, "range", .type = GROUP, .len = 4 },
		{ "the group behind the last one", -ERANGE, "range",
		  .type = GROUP, .len = 4, .value = FSERROR_GROUP_MAX + 1 },
		{ "group of 8 bytes", -EINVAL, "length", .type = GROUP,
		  .len = 8 },
		{ "boot-id of 15 bytes", -ERANGE, "range", .type = BOOT,
		  .len = 15 },
		{ "boot-id of 17 bytes", -ERANGE, "range", .type = BOOT,
		  .len = 17 },
		{ "an attribute of the answer", -EINVAL, "Unknown",
		  .type = FSERROR_A_EVENT_AS_OF, .len = 8 },
		{ "a type far behind", -EINVAL, "Unknown", .type = 1000,
		  .len = 8 },
		{ "longer than the message", -EINVAL, "leftover", truncated },
		{ "shorter than its header", -EINVAL, "leftover",
		  shorter_than_its_header },
		{ "bytes behind the last one", -EINVAL, "leftover",
		  bytes_behind },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		check_refused(_metadata, &self->nl, FSERROR_CMD_EVENT_GET,
			      NLM_F_DUMP, &bad[i]);
}

TEST_F(request, refused)
{
	static const struct bad_request bad[] = {
		{ "a number without its boot", -EINVAL, "boot-id",
		  since_without_boot, BOOT },
		{ "another boot", -ESTALE, "another boot",
		  since_of_other_boot },
		{ "another boot, and all that there is", -ESTALE,
		  "another boot", put_other_boot },
		{ "another boot, and a number that is newer", -ESTALE,
		  "another boot", newer_of_other_boot },
		{ "newer than the newest", -ERANGE, "newer", since_newer },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		check_refused(_metadata, &self->nl, FSERROR_CMD_EVENT_GET,
			      NLM_F_DUMP, &bad[i]);
}

/* There is always an answer: which boot, and how far it goes. */
static void check_answer(struct __test_metadata *_metadata, struct nl *nl,
			 __u32 group, __u64 since, __u64 nr)
{
	struct records records = { 0 };
	struct nl_answer answer;
	struct stats stats;
	__u8 boot_id[16];
	unsigned int i;

	ASSERT_EQ(0, records_since(&records, nl, group, since, &answer));
	ASSERT_EQ(0, stats_get(&stats, nl));
	ASSERT_EQ(0, boot_id_read(boot_id));
	EXPECT_EQ(0, answer.error);
	EXPECT_FALSE(records.malformed);
	EXPECT_EQ(1, records.nr_as_of);
	EXPECT_EQ(stats.ring[group].last, records.as_of);
	EXPECT_EQ(0, memcmp(boot_id, records.boot_id, sizeof(boot_id)));
	ASSERT_EQ(nr, records.nr);
	for (i = 0; i < nr; i++)
		EXPECT_EQ(records.as_of - nr + 1 + i, records.records[i].seq);
	records_free(&records);
}

TEST_F(request, answered)
{
	struct stats stats;
	__u32 group;
	__u64 seq;

	/* so that there is one */
	ASSERT_EQ(0, test_event(&self->nl, NULL, false, &seq));
	ASSERT_EQ(0, stats_wait_published(&stats, &self->nl));
	for (group = 1; group <= FSERROR_GROUP_MAX; group++) {
		const struct ring *ring = &stats.ring[group];

		/* since the newest, and since 0 */
		check_answer(_metadata, &self->nl, group, ring->last, 0);
		check_answer(_metadata, &self->nl, group, 0,
			     ring->last - ring->overwritten);
	}
	check_answer(_metadata, &self->nl, FSERROR_GROUP_DAMAGE, seq - 1, 1);
}

/* Without anything: all of the group damage. since may be short. */
TEST_F(request, defaults)
{
	struct records all = { 0 }, records = { 0 };
	struct nl_answer answer;
	struct nl_msg msg;

	ASSERT_EQ(0, records_since(&all, &self->nl, FSERROR_GROUP_DAMAGE, 0,
				   &answer));
	nl_msg_init(&msg, &self->nl, FSERROR_CMD_EVENT_GET, NLM_F_DUMP);
	ASSERT_EQ(0, nl_ask(&self->nl, &msg, records_add, &records, &answer));
	EXPECT_EQ(0, answer.error);
	EXPECT_EQ(all.nr, records.nr);
	EXPECT_EQ(all.as_of, records.as_of);
	records_free(&records);

	nl_msg_init(&msg, &self->nl, FSERROR_CMD_EVENT_GET, NLM_F_DUMP);
	nl_put_u32(&msg, SINCE, 0);
	ASSERT_EQ(0, nl_ask(&self->nl, &msg, records_add, &records, &answer));
	EXPECT_EQ(0, answer.error);
	EXPECT_EQ(all.nr, records.nr);
	records_free(&records);
	records_free(&all);
}

TEST_HARNESS_MAIN
