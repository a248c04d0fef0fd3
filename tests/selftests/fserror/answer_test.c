// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every operation answers, and what it says is true.
 */
#include <fcntl.h>
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

static void read_boot_id(struct __test_metadata *_metadata, __u8 *boot_id)
{
	char text[37] = { 0 };
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY);
	unsigned int i, nr = 0, byte;
	int nr_read;

	ASSERT_LE(0, fd);
	ASSERT_EQ(36, read(fd, text, 36));
	close(fd);
	for (i = 0; i < 36; i += 2) {
		if (text[i] == '-')
			i++;
		byte = 0;
		nr_read = sscanf(text + i, "%2x", &byte);
		ASSERT_EQ(1, nr_read);
		boot_id[nr++] = byte;
	}
	ASSERT_EQ(16, nr);
}

TEST_F(answer, stat_get)
{
	struct stats stats;
	__u8 boot_id[16];
	__u64 sum = 0;
	unsigned int i;

	ASSERT_EQ(0, stats_get(&stats, &self->nl));
	read_boot_id(_metadata, boot_id);
	EXPECT_EQ(0, memcmp(boot_id, stats.boot_id, sizeof(boot_id)));

	/* a power of two, and the numbers agree with each other */
	EXPECT_LE(16, stats.ring_size);
	EXPECT_EQ(0, stats.ring_size & (stats.ring_size - 1));
	for (i = 0; i < ARRAY_SIZE(stats.kinds); i++)
		sum += stats.kinds[i];
	EXPECT_EQ(stats.last, sum);
	EXPECT_LE(stats.published, stats.last);
	EXPECT_EQ(stats.overwritten, stats.last ? stats.first - 1 : 0);
}

/* What fs-get says of the filesystem that the test has mounted. */
struct found {
	unsigned int nr;
	unsigned int all;
	bool malformed;
	__u8 uuid[16];
	char fstype[16];
	bool counters;
};

static void find_scratch(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[FSERROR_A_FILESYSTEM_MAX + 1];
	struct found *found = data;

	found->all++;
	if (nl_parse_msg(nlh, tb, FSERROR_A_FILESYSTEM_MAX) ||
	    !tb[FSERROR_A_FILESYSTEM_MAJOR] ||
	    !tb[FSERROR_A_FILESYSTEM_MINOR] ||
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
			  tb[FSERROR_A_FILESYSTEM_UNRESOLVED];
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
}

/* Nothing is bad on a loop device; all three ways to name it are understood. */
TEST_F(answer, damage_get)
{
	struct nl_answer answer;
	struct nl_msg msg;
	__u32 nest;
	int way;

	for (way = 0; way < 4; way++) {
		nl_msg_init(&msg, &self->nl, FSERROR_CMD_DAMAGE_GET,
			    NLM_F_DUMP);
		if (way) {
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
		ASSERT_EQ(0, nl_ask(&self->nl, &msg, NULL, NULL, &answer));
		EXPECT_EQ(0, answer.error);
		if (way)
			EXPECT_EQ(0, answer.replies);
	}
}

TEST_F(answer, event_get)
{
	struct records records = { 0 };
	struct nl_answer answer;
	struct stats stats;
	struct nl_msg msg;

	ASSERT_EQ(0, stats_get(&stats, &self->nl));
	/* since the newest: nothing */
	ASSERT_EQ(0, records_since(&records, &self->nl, stats.last, &answer));
	EXPECT_EQ(0, answer.error);
	EXPECT_EQ(0, records.nr);
	EXPECT_EQ(0, records.nr_lost);

	/* without since and since 0: all that is there */
	nl_msg_init(&msg, &self->nl, FSERROR_CMD_EVENT_GET, NLM_F_DUMP);
	ASSERT_EQ(0, nl_ask(&self->nl, &msg, records_add, &records, &answer));
	EXPECT_EQ(0, answer.error);
	EXPECT_EQ(stats.last - stats.overwritten, records.nr);
	records_free(&records);
	ASSERT_EQ(0, records_since(&records, &self->nl, 0, &answer));
	EXPECT_EQ(0, answer.error);
	EXPECT_EQ(stats.last - stats.overwritten, records.nr);
	EXPECT_FALSE(records.malformed);
	records_free(&records);
}

/* since may be short: uint has 4 or 8 bytes. */
TEST_F(answer, since_of_4_bytes)
{
	struct nl_answer answer;
	struct nl_msg msg;

	nl_msg_init(&msg, &self->nl, FSERROR_CMD_EVENT_GET, NLM_F_DUMP);
	nl_put_u32(&msg, FSERROR_A_EVENT_SINCE, 0);
	ASSERT_EQ(0, nl_ask(&self->nl, &msg, NULL, NULL, &answer));
	EXPECT_EQ(0, answer.error);
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
	__u64 seq;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		ASSERT_EQ(0, stats_get(&before, &self->nl));
		ASSERT_EQ(0, test_event(&self->nl, ways[i].of, ways[i].by_uuid,
					&seq));
		EXPECT_EQ(before.last + 1, seq);
		ASSERT_EQ(0, stats_get(&after, &self->nl));
		EXPECT_EQ(seq, after.last);
		EXPECT_EQ(before.kinds[FSERROR_KIND_TEST] + 1,
			  after.kinds[FSERROR_KIND_TEST]);

		ASSERT_EQ(0, records_since(&records, &self->nl, before.last,
					   &answer));
		EXPECT_EQ(0, answer.error);
		ASSERT_EQ(1, records.nr);
		EXPECT_EQ(seq, records.records[0].seq);
		EXPECT_EQ(FSERROR_KIND_TEST, records.records[0].kind);
		EXPECT_EQ(!!ways[i].of,
			  record_is_of(&records.records[0], &scratch));
		records_free(&records);
	}
}

static pid_t owner;

/* The children of the harness leave it alone. */
static void remove_scratch(void)
{
	if (getpid() == owner)
		scratch_remove(&scratch);
}

int main(int argc, char **argv)
{
	int error;

	owner = getpid();
	atexit(remove_scratch);
	error = scratch_make(&scratch, "answer", false);
	if (error)
		ksft_exit_fail_msg("no filesystem to test with: %s\n",
				   strerror(-error));
	return test_harness_run(argc, argv);
}
