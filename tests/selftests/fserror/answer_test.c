// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every operation answers, and what it says is true.
 */
#include <sys/sysmacros.h>

#include "kselftest_harness.h"

#include "netlink.h"
#include "record.h"
#include "scratch.h"

/* mounted for all tests; they leave it as it is */
static struct scratch scratch;

FIXTURE(answer)
{
	struct nl nl;
};

FIXTURE_SETUP(answer)
{
	ASSERT_EQ(0, nl_open(&self->nl));
}

FIXTURE_TEARDOWN(answer)
{
	nl_close(&self->nl);
}

TEST_F(answer, stat_get)
{
	struct stats stats;
	__u8 boot_id[16];
	__u64 sum = 0, all = 0;
	unsigned int i;

	ASSERT_EQ(0, stats_get(&stats, &self->nl));
	ASSERT_EQ(0, boot_id_read(boot_id));
	EXPECT_EQ(0, memcmp(boot_id, stats.boot_id, sizeof(boot_id)));

	for (i = 1; i <= FSERROR_GROUP_MAX; i++) {
		const struct ring *ring = &stats.ring[i];

		/* a power of two, and the numbers agree with each other */
		EXPECT_LE(16, ring->size);
		EXPECT_EQ(0, ring->size & (ring->size - 1));
		EXPECT_LE(ring->published, ring->last);
		EXPECT_EQ(ring->overwritten, ring->last ? ring->first - 1 : 0);
		all += ring->last;
	}
	for (i = 0; i < ARRAY_SIZE(stats.kinds); i++)
		sum += stats.kinds[i];
	EXPECT_EQ(all, sum);
	EXPECT_LT(0, stats.told_max);
	EXPECT_LE(stats.told, stats.told_max);
}

/* What fs-get says of the filesystem that the test has mounted. */
struct found {
	unsigned int nr;
	unsigned int all;
	bool malformed;
	__u8 uuid[16];
	char fstype[16];
	bool counters;
	__u64 instance;
	unsigned int devices;
	bool role;
	bool device_is_it;
};

static void add_device(struct found *found, const struct nlattr *attr)
{
	const struct nlattr *tb[FSERROR_A_DEVICE_STATE_MAX + 1];

	found->devices++;
	if (nl_parse(attr, tb, FSERROR_A_DEVICE_STATE_MAX) ||
	    !tb[FSERROR_A_DEVICE_STATE_MAJOR] ||
	    !tb[FSERROR_A_DEVICE_STATE_MINOR]) {
		found->malformed = true;
		return;
	}
	found->role = tb[FSERROR_A_DEVICE_STATE_ROLE] &&
		      nl_u32(tb[FSERROR_A_DEVICE_STATE_ROLE]) ==
			      FSERROR_ROLE_DATA;
	found->device_is_it = nl_u32(tb[FSERROR_A_DEVICE_STATE_MAJOR]) ==
				      major(scratch.dev) &&
			      nl_u32(tb[FSERROR_A_DEVICE_STATE_MINOR]) ==
				      minor(scratch.dev);
}

static void find_scratch(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[FSERROR_A_FILESYSTEM_MAX + 1], *attr;
	struct found *found = data;
	int len;

	found->all++;
	if (nl_parse_msg(nlh, tb, FSERROR_A_FILESYSTEM_MAX) ||
	    !tb[FSERROR_A_FILESYSTEM_MAJOR] ||
	    !tb[FSERROR_A_FILESYSTEM_MINOR] ||
	    !tb[FSERROR_A_FILESYSTEM_INSTANCE] ||
	    !tb[FSERROR_A_FILESYSTEM_FSTYPE]) {
		found->malformed = true;
		return;
	}
	if (nl_u32(tb[FSERROR_A_FILESYSTEM_MAJOR]) != major(scratch.dev) ||
	    nl_u32(tb[FSERROR_A_FILESYSTEM_MINOR]) != minor(scratch.dev))
		return;
	found->nr++;
	if (tb[FSERROR_A_FILESYSTEM_UUID] &&
	    nl_len(tb[FSERROR_A_FILESYSTEM_UUID]) == sizeof(found->uuid))
		memcpy(found->uuid, nl_data(tb[FSERROR_A_FILESYSTEM_UUID]),
		       sizeof(found->uuid));
	snprintf(found->fstype, sizeof(found->fstype), "%s",
		 (const char *)nl_data(tb[FSERROR_A_FILESYSTEM_FSTYPE]));
	found->counters = tb[FSERROR_A_FILESYSTEM_RECORDS] &&
			  tb[FSERROR_A_FILESYSTEM_DATA_LOST] &&
			  tb[FSERROR_A_FILESYSTEM_METADATA] &&
			  tb[FSERROR_A_FILESYSTEM_IO_ERRORS] &&
			  tb[FSERROR_A_FILESYSTEM_KNOWN_SINCE] &&
			  tb[FSERROR_A_FILESYSTEM_UNRESOLVED];
	found->instance = nl_uint(tb[FSERROR_A_FILESYSTEM_INSTANCE]);
	for (attr = nl_attrs(nlh, &len); nl_ok(attr, len);
	     attr = nl_next(attr, &len))
		if (nl_type(attr) == FSERROR_A_FILESYSTEM_DEVICE)
			add_device(found, attr);
}

TEST_F(answer, fs_get)
{
	struct found found = { 0 };
	struct nl_answer answer;
	struct nl_msg msg;

	nl_msg_init(&msg, &self->nl, FSERROR_CMD_FS_GET, NLM_F_DUMP);
	ASSERT_EQ(0, nl_ask(&self->nl, &msg, find_scratch, &found, &answer));
	EXPECT_EQ(0, answer.error);
	EXPECT_FALSE(found.malformed);
	EXPECT_EQ(answer.replies, found.all);
	ASSERT_EQ(1, found.nr);
	EXPECT_STREQ("xfs", found.fstype);
	EXPECT_EQ(0, memcmp(scratch.uuid, found.uuid, sizeof(found.uuid)));
	EXPECT_TRUE(found.counters);
	EXPECT_LT(0, found.instance);
	EXPECT_EQ(1, found.devices);
	EXPECT_TRUE(found.role);
	EXPECT_TRUE(found.device_is_it);
}

/* The frames of a dump, in their order. */
struct frames {
	bool header;
	__u8 boot_id[16];
	__u64 as_of;
	unsigned int begun;
	unsigned int ended;
	unsigned int complete;
	unsigned int records;
	bool open;
	bool malformed;
};

static void add_header(struct frames *frames, const struct nlattr *attr)
{
	const struct nlattr *tb[FSERROR_A_DUMP_HEADER_MAX + 1];

	if (frames->header || nl_parse(attr, tb, FSERROR_A_DUMP_HEADER_MAX) ||
	    !tb[FSERROR_A_DUMP_HEADER_BOOT_ID] ||
	    !tb[FSERROR_A_DUMP_HEADER_AS_OF]) {
		frames->malformed = true;
		return;
	}
	frames->header = true;
	memcpy(frames->boot_id, nl_data(tb[FSERROR_A_DUMP_HEADER_BOOT_ID]),
	       sizeof(frames->boot_id));
	frames->as_of = nl_uint(tb[FSERROR_A_DUMP_HEADER_AS_OF]);
}

static void add_end(struct frames *frames, const struct nlattr *attr)
{
	const struct nlattr *tb[FSERROR_A_DUMP_END_MAX + 1];

	if (!frames->open || nl_parse(attr, tb, FSERROR_A_DUMP_END_MAX) ||
	    !tb[FSERROR_A_DUMP_END_INSTANCE])
		frames->malformed = true;
	else if (tb[FSERROR_A_DUMP_END_COMPLETE])
		frames->complete++;
	frames->open = false;
	frames->ended++;
}

static void add_frame(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[FSERROR_A_DAMAGE_MAX + 1];
	struct frames *frames = data;

	if (nl_parse_msg(nlh, tb, FSERROR_A_DAMAGE_MAX)) {
		frames->malformed = true;
		return;
	}
	if (tb[FSERROR_A_DAMAGE_HEADER])
		add_header(frames, tb[FSERROR_A_DAMAGE_HEADER]);
	/* nothing comes before it */
	if (!frames->header)
		frames->malformed = true;
	if (tb[FSERROR_A_DAMAGE_BEGIN]) {
		if (frames->open)
			frames->malformed = true;
		frames->open = true;
		frames->begun++;
	}
	if (tb[FSERROR_A_DAMAGE_RECORD]) {
		if (!frames->open)
			frames->malformed = true;
		frames->records++;
	}
	if (tb[FSERROR_A_DAMAGE_END])
		add_end(frames, tb[FSERROR_A_DAMAGE_END]);
}

/*
 * Nothing is bad on a loop device; all three ways to name it are understood, with
 * owners and without.
 */
TEST_F(answer, damage_get)
{
	struct nl_answer answer;
	struct frames frames;
	struct stats stats;
	struct nl_msg msg;
	__u32 nest;
	int way;

	for (way = 0; way < 8; way++) {
		ASSERT_EQ(0, stats_get(&stats, &self->nl));
		nl_msg_init(&msg, &self->nl, FSERROR_CMD_DAMAGE_GET,
			    NLM_F_DUMP);
		if (way & 4)
			nl_put(&msg, FSERROR_A_DAMAGE_RANGES, NULL, 0);
		if (way & 3) {
			nest = nl_nest(&msg, FSERROR_A_DAMAGE_FS);
			if (way & 1) {
				nl_put_u32(&msg, FSERROR_A_FS_ID_MAJOR,
					   major(scratch.dev));
				nl_put_u32(&msg, FSERROR_A_FS_ID_MINOR,
					   minor(scratch.dev));
			}
			if (way & 2)
				nl_put(&msg, FSERROR_A_FS_ID_UUID, scratch.uuid,
				       sizeof(scratch.uuid));
			nl_nest_end(&msg, nest);
		}
		memset(&frames, 0, sizeof(frames));
		ASSERT_EQ(0,
			  nl_ask(&self->nl, &msg, add_frame, &frames, &answer));
		EXPECT_EQ(0, answer.error);
		EXPECT_FALSE(frames.malformed);
		EXPECT_TRUE(frames.header);
		EXPECT_FALSE(frames.open);
		EXPECT_EQ(0, memcmp(stats.boot_id, frames.boot_id,
				    sizeof(frames.boot_id)));
		EXPECT_EQ(stats.ring[FSERROR_GROUP_DAMAGE].last, frames.as_of);
		EXPECT_EQ(frames.begun, frames.ended);
		if (way & 3) {
			EXPECT_EQ(1, frames.begun);
			EXPECT_EQ(1, frames.complete);
			EXPECT_EQ(0, frames.records);
		} else {
			EXPECT_LE(1, frames.begun);
		}
	}
}

/* One record each time, of the number that is answered, with a name or without. */
TEST_F(answer, test_event)
{
	static const struct {
		const struct scratch *of;
		bool by_uuid;
	} ways[] = { { NULL }, { &scratch, false }, { &scratch, true } };
	struct records records = { 0 };
	struct stats before, after;
	struct nl_answer answer;
	unsigned int i;
	__u64 seq, last;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		ASSERT_EQ(0, stats_get(&before, &self->nl));
		last = before.ring[FSERROR_GROUP_DAMAGE].last;
		ASSERT_EQ(0, test_event(&self->nl, ways[i].of, ways[i].by_uuid,
					&seq));
		EXPECT_EQ(last + 1, seq);
		ASSERT_EQ(0, stats_get(&after, &self->nl));
		EXPECT_EQ(seq, after.ring[FSERROR_GROUP_DAMAGE].last);
		EXPECT_EQ(before.kinds[FSERROR_KIND_TEST] + 1,
			  after.kinds[FSERROR_KIND_TEST]);

		ASSERT_EQ(0,
			  records_since(&records, &self->nl,
					FSERROR_GROUP_DAMAGE, last, &answer));
		EXPECT_EQ(0, answer.error);
		ASSERT_EQ(1, records.nr);
		EXPECT_EQ(seq, records.records[0].seq);
		EXPECT_EQ(FSERROR_KIND_TEST, records.records[0].kind);
		EXPECT_EQ(!!ways[i].of,
			  record_is_of(&records.records[0], &scratch));
		records_free(&records);
	}
}

int main(int argc, char **argv)
{
	scratch_need(&scratch, "answer", false);
	return test_harness_run(argc, argv);
}
