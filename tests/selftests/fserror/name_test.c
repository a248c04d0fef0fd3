// SPDX-License-Identifier: GPL-2.0-only
/*
 * What names a filesystem, in damage-get, watch-set and test-event: what is malformed is
 * refused with a text and with the attribute that is wrong.
 */
#include <sys/sysmacros.h>

#include "record.h"
#include "request.h"
#include "scratch.h"

/* mounted for all tests; they leave it as it is */
static struct scratch scratch;

#define KINDS FSERROR_A_WATCH_KINDS
#define CAUSES FSERROR_A_WATCH_CAUSES

/* not a device of anything */
#define NO_MAJOR 4095
#define NO_MINOR 1048575

static const __u8 no_uuid[16] = { 0x66, 0x73, 0x65, 0x72, 0x72, 0x6f, 0x72 };

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

static __u32 fs_instance(struct nl_msg *msg, __u64 instance, __u32 *at)
{
	__u32 nest = nl_nest(msg, fs_type);

	*at = nl_put_u64(msg, FSERROR_A_FS_ID_INSTANCE, instance);
	nl_nest_end(msg, nest);
	return nest;
}

static __u32 fs_instance_0(struct nl_msg *msg)
{
	__u32 at;

	fs_instance(msg, 0, &at);
	return at;
}

static __u32 fs_no_such_instance(struct nl_msg *msg)
{
	__u32 at;

	return fs_instance(msg, 1ULL << 40, &at);
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
	{ "instance 0", -ERANGE, "range", fs_instance_0 },
	{ "an instance of no filesystem", -ENODEV, "mounted",
	  fs_no_such_instance },
};

TEST_F(request, damage_get_malformed)
{
	static const struct bad_request bad[] = {
		{ "ranges with a value", -ERANGE, NULL,
		  .type = FSERROR_A_DAMAGE_RANGES, .len = 4 },
		{ "an attribute of the answer", -EINVAL, "Unknown",
		  .type = FSERROR_A_DAMAGE_HEADER, .len = 4 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		check_refused(_metadata, &self->nl, FSERROR_CMD_DAMAGE_GET,
			      NLM_F_DUMP, &bad[i]);
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
		  .value = 1U << (FSERROR_KIND_MAX + 1) },
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
		  .value = 1U << (FSERROR_CAUSE_MAX + 1) },
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
	nl_put_u32(&msg, FSERROR_A_WATCH_KINDS, (2U << FSERROR_KIND_MAX) - 2);
	nl_put_u32(&msg, FSERROR_A_WATCH_CAUSES, (2U << FSERROR_CAUSE_MAX) - 2);
	ASSERT_EQ(0, nl_ask(&self->nl, &msg, NULL, NULL, &answer));
	EXPECT_EQ(0, answer.error);
}

/* And what is refused has made no record. */
TEST_F(request, test_event_malformed)
{
	static const struct bad_request bad[] = {
		{ "the attribute of the reply", -EINVAL, "Unknown",
		  .type = FSERROR_A_TEST_SEQ, .len = 8 },
		{ "a type far behind", -EINVAL, "Unknown", .type = 1000,
		  .len = 8 },
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
	EXPECT_EQ(before.ring[FSERROR_GROUP_DAMAGE].last,
		  after.ring[FSERROR_GROUP_DAMAGE].last);
}

int main(int argc, char **argv)
{
	scratch_need(&scratch, "name", false);
	return test_harness_run(argc, argv);
}
