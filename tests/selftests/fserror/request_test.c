// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every malformed request is refused with a text and with the attribute that is
 * wrong.
 */
#include <sys/sysmacros.h>

#include "kselftest_harness.h"

#include "netlink.h"
#include "record.h"
#include "scratch.h"

/* mounted for all tests; they leave it as it is */
static struct scratch scratch;

#define SINCE FSERROR_A_EVENT_SINCE
#define KINDS FSERROR_A_WATCH_KINDS
#define CAUSES FSERROR_A_WATCH_CAUSES

/* not a device of anything */
#define NO_MAJOR 4095
#define NO_MINOR 1048575

static const __u8 no_uuid[16] = { 0x66, 0x73, 0x65, 0x72, 0x72, 0x6f, 0x72 };

/**
 * struct bad_request - a request that is refused
 * @name: what is wrong with it
 * @error: negative errno of the answer
 * @text: a part of the text; NULL if there is none
 * @build: puts the attributes in; returns where the offending one is, 0 if there
 *	is none. NULL for the one attribute that the rest describes, which offends.
 * @missing: type of the missing attribute, in the attribute that @build returns;
 *	0 if none is missing
 * @type: of the attribute
 * @len: bytes of it
 * @value: what it holds, if it is 4 bytes long; otherwise it is all zero
 */
struct bad_request {
	const char *name;
	int error;
	const char *text;
	__u32 (*build)(struct nl_msg *msg);
	__u32 missing;
	__u16 type;
	size_t len;
	__u32 value;
};

static __u32 put_bytes(struct nl_msg *msg, __u16 type, size_t len)
{
	static const char zeros[64];

	return nl_put(msg, type, zeros, len);
}

static __u32 build(struct nl_msg *msg, const struct bad_request *bad)
{
	if (bad->build)
		return bad->build(msg);
	if (bad->len == sizeof(bad->value))
		return nl_put_u32(msg, bad->type, bad->value);
	return put_bytes(msg, bad->type, bad->len);
}

static void check_refused(struct __test_metadata *_metadata, struct nl *nl,
			  __u8 cmd, __u16 flags, const struct bad_request *bad)
{
	struct nl_answer answer;
	struct nl_msg msg;
	__u32 offset;

	nl_msg_init(&msg, nl, cmd, flags);
	offset = build(&msg, bad);
	ASSERT_EQ(0, nl_ask(nl, &msg, NULL, NULL, &answer));
	EXPECT_EQ(bad->error, answer.error);
	EXPECT_EQ(0, answer.replies);
	if (bad->text && !strstr(answer.text, bad->text)) {
		TH_LOG("\"%s\" is not in the text", bad->text);
		EXPECT_STREQ(bad->text, answer.text);
	}
	if (bad->missing) {
		EXPECT_TRUE(answer.has_missing);
		EXPECT_EQ(bad->missing, answer.missing);
		EXPECT_TRUE(answer.has_nest);
		EXPECT_EQ(offset, answer.nest);
	} else {
		EXPECT_EQ(offset != 0, answer.has_offset);
		EXPECT_EQ(offset, answer.offset);
	}
	if (_metadata->exit_code)
		TH_LOG("failed at or before: %s", bad->name);
}

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

static __u32 since_newer(struct nl_msg *msg)
{
	return nl_put_u64(msg, FSERROR_A_EVENT_SINCE, UINT64_MAX);
}

FIXTURE(request)
{
	struct nl nl;
};

FIXTURE_SETUP(request)
{
	ASSERT_EQ(0, nl_open(&self->nl));
}

FIXTURE_TEARDOWN(request)
{
	nl_close(&self->nl);
}

TEST_F(request, event_get_malformed)
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
		{ "since newer than the newest", -EINVAL, "newer",
		  since_newer },
		{ "an attribute of the reply", -EINVAL, "Unsupported",
		  .type = FSERROR_A_EVENT_BOOT_ID, .len = 16 },
		{ "the type behind the last one", -EINVAL, "Unknown",
		  .type = SINCE + 1, .len = 8 },
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

/* What names a filesystem is the same in damage-get, watch-set and test-event. */

static __u16 fs_type;

static __u32 fs_no_nest(struct nl_msg *msg)
{
	return put_bytes(msg, fs_type, 8);
}

static __u32 fs_empty(struct nl_msg *msg)
{
	return nl_nest(msg, fs_type);
}

static __u32 fs_device(struct nl_msg *msg, __u32 major, __u32 minor,
		       __u32 *major_at, __u32 *minor_at)
{
	__u32 nest = nl_nest(msg, fs_type);

	*major_at = nl_put_u32(msg, FSERROR_A_FS_ID_MAJOR, major);
	*minor_at = nl_put_u32(msg, FSERROR_A_FS_ID_MINOR, minor);
	nl_nest_end(msg, nest);
	return nest;
}

static __u32 fs_only_major(struct nl_msg *msg)
{
	__u32 nest = nl_nest(msg, fs_type);

	nl_put_u32(msg, FSERROR_A_FS_ID_MAJOR, major(scratch.dev));
	nl_nest_end(msg, nest);
	return nest;
}

static __u32 fs_only_minor(struct nl_msg *msg)
{
	__u32 nest = nl_nest(msg, fs_type);

	nl_put_u32(msg, FSERROR_A_FS_ID_MINOR, minor(scratch.dev));
	nl_nest_end(msg, nest);
	return nest;
}

static __u32 fs_uuid_and_major(struct nl_msg *msg)
{
	__u32 nest = nl_nest(msg, fs_type);

	nl_put(msg, FSERROR_A_FS_ID_UUID, scratch.uuid, sizeof(scratch.uuid));
	nl_put_u32(msg, FSERROR_A_FS_ID_MAJOR, major(scratch.dev));
	nl_nest_end(msg, nest);
	return nest;
}

static __u32 fs_major_too_big(struct nl_msg *msg)
{
	__u32 major_at, minor_at;

	fs_device(msg, 4096, 0, &major_at, &minor_at);
	return major_at;
}

static __u32 fs_minor_too_big(struct nl_msg *msg)
{
	__u32 major_at, minor_at;

	fs_device(msg, 8, 1048576, &major_at, &minor_at);
	return minor_at;
}

static __u32 fs_0_0(struct nl_msg *msg)
{
	__u32 major_at, minor_at;

	return fs_device(msg, 0, 0, &major_at, &minor_at);
}

static __u32 fs_inner(struct nl_msg *msg, __u16 type, size_t len)
{
	__u32 nest = nl_nest(msg, fs_type);
	__u32 offset = put_bytes(msg, type, len);

	nl_nest_end(msg, nest);
	return offset;
}

static __u32 fs_major_2_bytes(struct nl_msg *msg)
{
	return fs_inner(msg, FSERROR_A_FS_ID_MAJOR, 2);
}

static __u32 fs_uuid_0(struct nl_msg *msg)
{
	return fs_inner(msg, FSERROR_A_FS_ID_UUID, 0);
}

static __u32 fs_uuid_15(struct nl_msg *msg)
{
	return fs_inner(msg, FSERROR_A_FS_ID_UUID, 15);
}

static __u32 fs_uuid_17(struct nl_msg *msg)
{
	return fs_inner(msg, FSERROR_A_FS_ID_UUID, 17);
}

static __u32 fs_unknown(struct nl_msg *msg)
{
	return fs_inner(msg, FSERROR_A_FS_ID_MAX + 1, 4);
}

static __u32 fs_type_0(struct nl_msg *msg)
{
	return fs_inner(msg, 0, 4);
}

static __u32 fs_no_such_device(struct nl_msg *msg)
{
	__u32 major_at, minor_at;

	return fs_device(msg, NO_MAJOR, NO_MINOR, &major_at, &minor_at);
}

static __u32 fs_no_such_uuid(struct nl_msg *msg)
{
	__u32 nest = nl_nest(msg, fs_type);

	nl_put(msg, FSERROR_A_FS_ID_UUID, no_uuid, sizeof(no_uuid));
	nl_nest_end(msg, nest);
	return nest;
}

/* The device is there, but with another UUID. */
static __u32 fs_wrong_uuid(struct nl_msg *msg)
{
	__u32 nest = nl_nest(msg, fs_type);

	nl_put_u32(msg, FSERROR_A_FS_ID_MAJOR, major(scratch.dev));
	nl_put_u32(msg, FSERROR_A_FS_ID_MINOR, minor(scratch.dev));
	nl_put(msg, FSERROR_A_FS_ID_UUID, no_uuid, sizeof(no_uuid));
	nl_nest_end(msg, nest);
	return nest;
}

static const struct bad_request bad_fs[] = {
	{ "fs without the flag of a nest", -EINVAL, "NESTED", fs_no_nest },
	{ "fs is empty", -EINVAL, "named by", fs_empty },
	{ "only a major", -EINVAL, "minor", fs_only_major,
	  FSERROR_A_FS_ID_MINOR },
	{ "only a minor", -EINVAL, "major", fs_only_minor,
	  FSERROR_A_FS_ID_MAJOR },
	{ "a UUID and a major", -EINVAL, "minor", fs_uuid_and_major,
	  FSERROR_A_FS_ID_MINOR },
	{ "major 4096", -ERANGE, "range", fs_major_too_big },
	{ "minor 1048576", -ERANGE, "range", fs_minor_too_big },
	{ "0:0", -EINVAL, "0:0", fs_0_0 },
	{ "major of 2 bytes", -EINVAL, "length", fs_major_2_bytes },
	{ "UUID of 0 bytes", -ERANGE, "range", fs_uuid_0 },
	{ "UUID of 15 bytes", -ERANGE, "range", fs_uuid_15 },
	{ "UUID of 17 bytes", -ERANGE, "range", fs_uuid_17 },
	{ "an unknown attribute in fs", -EINVAL, "Unknown", fs_unknown },
	{ "attribute 0 in fs", -EINVAL, "Unknown", fs_type_0 },
	{ "a device of no filesystem", -ENODEV, "mounted", fs_no_such_device },
	{ "a UUID of no filesystem", -ENODEV, "mounted", fs_no_such_uuid },
	{ "a device with another UUID", -ENODEV, "mounted", fs_wrong_uuid },
};

TEST_F(request, damage_get_malformed)
{
	unsigned int i;

	fs_type = FSERROR_A_DAMAGE_FS;
	for (i = 0; i < ARRAY_SIZE(bad_fs); i++)
		check_refused(_metadata, &self->nl, FSERROR_CMD_DAMAGE_GET,
			      NLM_F_DUMP, &bad_fs[i]);
}

static __u32 put_scratch(struct nl_msg *msg)
{
	__u32 major_at, minor_at;

	fs_type = FSERROR_A_WATCH_FS;
	return fs_device(msg, major(scratch.dev), minor(scratch.dev), &major_at,
			 &minor_at);
}

static __u32 put_many_fs(struct nl_msg *msg, unsigned int nr)
{
	__u32 last = 0;

	while (nr--)
		last = put_scratch(msg);
	return last;
}

static __u32 fs_33(struct nl_msg *msg)
{
	return put_many_fs(msg, 33);
}

static __u32 second_fs_unknown(struct nl_msg *msg)
{
	put_scratch(msg);
	return fs_no_such_device(msg);
}

TEST_F(request, watch_set_malformed)
{
	static const struct bad_request bad[] = {
		{ "kinds: bit 0 is no kind", -EINVAL, "reserved bit",
		  .type = KINDS, .len = 4, .value = 1 },
		{ "kinds: bit behind the last kind", -EINVAL, "reserved bit",
		  .type = KINDS, .len = 4,
		  .value = 1U << (FSERROR_KIND_TEST + 1) },
		{ "kinds: bit 31", -EINVAL, "reserved bit", .type = KINDS,
		  .len = 4, .value = 1U << 31 },
		{ "kinds: one that is and one that is not", -EINVAL,
		  "reserved bit", .type = KINDS, .len = 4,
		  .value = 1U << FSERROR_KIND_MEDIA | 1 },
		{ "kinds of 8 bytes", -EINVAL, "length", .type = KINDS,
		  .len = 8 },
		{ "causes: bit 0 is no cause", -EINVAL, "reserved bit",
		  .type = CAUSES, .len = 4, .value = 1 },
		{ "causes: bit behind the last cause", -EINVAL, "reserved bit",
		  .type = CAUSES, .len = 4,
		  .value = 1U << (FSERROR_CAUSE_CLEARED + 1) },
		{ "causes of 0 bytes", -EINVAL, "length", .type = CAUSES,
		  .len = 0 },
		{ "the type behind the last one", -EINVAL, "Unknown",
		  .type = CAUSES + 1, .len = 4 },
		{ "33 filesystems", -EINVAL, "too many", fs_33 },
		{ "the second of two is not mounted", -ENODEV, "mounted",
		  second_fs_unknown },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		check_refused(_metadata, &self->nl, FSERROR_CMD_WATCH_SET, 0,
			      &bad[i]);
	fs_type = FSERROR_A_WATCH_FS;
	for (i = 0; i < ARRAY_SIZE(bad_fs); i++)
		check_refused(_metadata, &self->nl, FSERROR_CMD_WATCH_SET, 0,
			      &bad_fs[i]);
}

/* The bounds themselves are fine. */
TEST_F(request, watch_set_bounds)
{
	struct nl_answer answer;
	struct nl_msg msg;

	nl_msg_init(&msg, &self->nl, FSERROR_CMD_WATCH_SET, 0);
	put_many_fs(&msg, 32);
	ASSERT_EQ(0, nl_ask(&self->nl, &msg, NULL, NULL, &answer));
	EXPECT_EQ(0, answer.error);

	nl_msg_init(&msg, &self->nl, FSERROR_CMD_WATCH_SET, 0);
	nl_put_u32(&msg, FSERROR_A_WATCH_KINDS, 0xffe);
	nl_put_u32(&msg, FSERROR_A_WATCH_CAUSES, 0x1e);
	ASSERT_EQ(0, nl_ask(&self->nl, &msg, NULL, NULL, &answer));
	EXPECT_EQ(0, answer.error);
}

static __u32 reserved(struct nl_msg *msg)
{
	msg->genlh.reserved = 1;
	return 0;
}

/* And what is refused has made no record. */
TEST_F(request, test_event_malformed)
{
	static const struct bad_request bad[] = {
		{ "the attribute of the reply", -EINVAL, "Unknown",
		  .type = FSERROR_A_TEST_SEQ, .len = 8 },
		{ "a type far behind", -EINVAL, "Unknown", .type = 1000,
		  .len = 8 },
		{ "a reserved field", -EINVAL, "reserved", reserved },
	};
	struct stats before, after;
	unsigned int i;

	ASSERT_EQ(0, stats_get(&before, &self->nl));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		check_refused(_metadata, &self->nl, FSERROR_CMD_TEST_EVENT, 0,
			      &bad[i]);
	fs_type = FSERROR_A_TEST_FS;
	for (i = 0; i < ARRAY_SIZE(bad_fs); i++)
		check_refused(_metadata, &self->nl, FSERROR_CMD_TEST_EVENT, 0,
			      &bad_fs[i]);
	ASSERT_EQ(0, stats_get(&after, &self->nl));
	EXPECT_EQ(before.last, after.last);
}

static __u32 nothing(struct nl_msg *msg)
{
	(void)msg;
	return 0;
}

static __u32 header_cut(struct nl_msg *msg)
{
	msg->nlh.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN - 1;
	return 0;
}

/* Operations that take no attributes take none. */
TEST_F(request, no_attributes)
{
	static const struct bad_request bad[] = {
		{ "attribute 1", -EINVAL, "attribute", .type = 1, .len = 4 },
		{ "a type far behind", -EINVAL, "Unknown", .type = 1000,
		  .len = 4 },
		{ "a reserved field", -EINVAL, "reserved", reserved },
		{ "a header that is cut off", -EINVAL, NULL, header_cut },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		check_refused(_metadata, &self->nl, FSERROR_CMD_STAT_GET, 0,
			      &bad[i]);
		check_refused(_metadata, &self->nl, FSERROR_CMD_FS_GET,
			      NLM_F_DUMP, &bad[i]);
	}
}

TEST_F(request, do_and_dump)
{
	static const struct {
		__u8 cmd;
		__u16 flags;
	} wrong[] = {
		{ FSERROR_CMD_EVENT_GET, 0 },
		{ FSERROR_CMD_DAMAGE_GET, 0 },
		{ FSERROR_CMD_FS_GET, 0 },
		{ FSERROR_CMD_WATCH_SET, NLM_F_DUMP },
		{ FSERROR_CMD_STAT_GET, NLM_F_DUMP },
		{ FSERROR_CMD_TEST_EVENT, NLM_F_DUMP },
		/* sent, never asked for */
		{ FSERROR_CMD_EVENT_NTF, 0 },
		{ FSERROR_CMD_EVENT_NTF, NLM_F_DUMP },
		/* no operations */
		{ 0, 0 },
		{ FSERROR_CMD_MAX + 1, 0 },
		{ FSERROR_CMD_MAX + 1, NLM_F_DUMP },
		{ 255, 0 },
	};
	static const struct bad_request bad = {
		"not in this way",
		-EOPNOTSUPP,
		NULL,
		nothing,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		check_refused(_metadata, &self->nl, wrong[i].cmd,
			      wrong[i].flags, &bad);
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
	error = scratch_make(&scratch, "request", false);
	if (error)
		ksft_exit_fail_msg("no filesystem to test with: %s\n",
				   strerror(-error));
	return test_harness_run(argc, argv);
}
