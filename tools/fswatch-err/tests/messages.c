// SPDX-License-Identifier: GPL-2.0-only
#include "messages.h"

#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

const uint8_t test_boot_id[FSERROR_UUID_LEN] = {
	0x6f, 0x1d, 0x2c, 0x3b, 0x4a, 0x59, 0x48, 0x77,
	0x86, 0x95, 0xa4, 0xb3, 0xc2, 0xd1, 0xe0, 0xff,
};

const uint8_t test_uuid[FSERROR_UUID_LEN] = {
	0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0x4c, 0xde,
	0x8f, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd,
};

/* a test that cannot even make its message has nothing to say */
static void must(bool good)
{
	if (!good)
		abort();
}

struct nl_msg *message_new(int cmd, uint32_t seq, int flags)
{
	struct nl_msg *msg = nlmsg_alloc_size(65536);

	must(msg && genlmsg_put(msg, 0, seq, TEST_FAMILY, 0, flags, cmd, 1));
	nlmsg_hdr(msg)->nlmsg_seq = seq;
	return msg;
}

void message_put_uint(struct nl_msg *msg, int attr, uint64_t value)
{
	must(!(value > UINT32_MAX ? nla_put_u64(msg, attr, value) :
				    nla_put_u32(msg, attr, value)));
}

void message_put_boot_id(struct nl_msg *msg, int attr)
{
	must(!nla_put(msg, attr, FSERROR_UUID_LEN, test_boot_id));
}

static void put_range(struct nl_msg *msg, int attr,
		      const struct fserror_range *range)
{
	struct nlattr *nest = nla_nest_start(msg, NLA_F_NESTED | attr);

	must(nest);
	if (fserror_present(range->present, FSERROR_A_RANGE_MAJOR))
		must(!nla_put_u32(msg, FSERROR_A_RANGE_MAJOR, range->major));
	if (fserror_present(range->present, FSERROR_A_RANGE_MINOR))
		must(!nla_put_u32(msg, FSERROR_A_RANGE_MINOR, range->minor));
	if (fserror_present(range->present, FSERROR_A_RANGE_OFFSET))
		message_put_uint(msg, FSERROR_A_RANGE_OFFSET, range->offset);
	if (fserror_present(range->present, FSERROR_A_RANGE_LENGTH))
		message_put_uint(msg, FSERROR_A_RANGE_LENGTH, range->length);
	nla_nest_end(msg, nest);
}

#define PUT_U32(attr, member)                                       \
	do {                                                        \
		if (fserror_has(rec, attr))                         \
			must(!nla_put_u32(msg, attr, rec->member)); \
	} while (0)
#define PUT_UINT(attr, member)                                    \
	do {                                                      \
		if (fserror_has(rec, attr))                       \
			message_put_uint(msg, attr, rec->member); \
	} while (0)
#define PUT_NAME(attr, member)                                         \
	do {                                                           \
		if (fserror_has(rec, attr))                            \
			must(!nla_put_string(msg, attr, rec->member)); \
	} while (0)

void message_put_record(struct nl_msg *msg, int attr,
			const struct fserror_record *rec)
{
	struct nlattr *nest = nla_nest_start(msg, NLA_F_NESTED | attr);

	must(nest);
	PUT_UINT(FSERROR_A_RECORD_SEQ, seq);
	PUT_UINT(FSERROR_A_RECORD_TIME, time);
	PUT_UINT(FSERROR_A_RECORD_BOOTTIME, boottime);
	PUT_U32(FSERROR_A_RECORD_KIND, kind);
	PUT_U32(FSERROR_A_RECORD_ERROR, error);
	PUT_U32(FSERROR_A_RECORD_CAUSE, cause);
	PUT_U32(FSERROR_A_RECORD_FLAGS, flags);
	PUT_U32(FSERROR_A_RECORD_MAJOR, major);
	PUT_U32(FSERROR_A_RECORD_MINOR, minor);
	PUT_NAME(FSERROR_A_RECORD_FSTYPE, fstype);
	if (fserror_has(rec, FSERROR_A_RECORD_UUID))
		must(!nla_put(msg, FSERROR_A_RECORD_UUID, FSERROR_UUID_LEN,
			      rec->uuid));
	PUT_NAME(FSERROR_A_RECORD_SB_ID, sb_id);
	PUT_UINT(FSERROR_A_RECORD_INO, ino);
	PUT_U32(FSERROR_A_RECORD_GENERATION, generation);
	PUT_U32(FSERROR_A_RECORD_NLINK, nlink);
	PUT_U32(FSERROR_A_RECORD_HANDLE_TYPE, handle_type);
	if (fserror_has(rec, FSERROR_A_RECORD_HANDLE))
		must(!nla_put(msg, FSERROR_A_RECORD_HANDLE, rec->handle_len,
			      rec->handle));
	PUT_UINT(FSERROR_A_RECORD_OFFSET, offset);
	PUT_UINT(FSERROR_A_RECORD_LENGTH, length);
	PUT_U32(FSERROR_A_RECORD_META, meta);
	if (fserror_has(rec, FSERROR_A_RECORD_DEVICE))
		put_range(msg, FSERROR_A_RECORD_DEVICE, &rec->device);
	if (fserror_has(rec, FSERROR_A_RECORD_ORIGIN))
		put_range(msg, FSERROR_A_RECORD_ORIGIN, &rec->origin);
	PUT_NAME(FSERROR_A_RECORD_LAYER, layer);
	PUT_UINT(FSERROR_A_RECORD_INSTANCE, instance);
	PUT_UINT(FSERROR_A_RECORD_FS_SEQ, fs_seq);
	PUT_UINT(FSERROR_A_RECORD_REPEAT, repeat);
	PUT_UINT(FSERROR_A_RECORD_COUNT, count);
	PUT_U32(FSERROR_A_RECORD_ROLE, role);
	PUT_UINT(FSERROR_A_RECORD_ROOT, root);
	nla_nest_end(msg, nest);
}

void message_put_header(struct nl_msg *msg, uint64_t as_of)
{
	struct nlattr *nest =
		nla_nest_start(msg, NLA_F_NESTED | FSERROR_A_DAMAGE_HEADER);

	must(nest);
	message_put_boot_id(msg, FSERROR_A_DUMP_HEADER_BOOT_ID);
	message_put_uint(msg, FSERROR_A_DUMP_HEADER_AS_OF, as_of);
	nla_nest_end(msg, nest);
}

void message_put_begin(struct nl_msg *msg, uint64_t instance)
{
	struct nlattr *nest =
		nla_nest_start(msg, NLA_F_NESTED | FSERROR_A_DAMAGE_BEGIN);

	must(nest);
	message_put_uint(msg, FSERROR_A_DUMP_BEGIN_INSTANCE, instance);
	message_put_uint(msg, FSERROR_A_DUMP_BEGIN_MAJOR, 4095);
	message_put_uint(msg, FSERROR_A_DUMP_BEGIN_MINOR, 7);
	must(!nla_put_string(msg, FSERROR_A_DUMP_BEGIN_FSTYPE, "xfs"));
	must(!nla_put_string(msg, FSERROR_A_DUMP_BEGIN_SB_ID, "pmem0"));
	nla_nest_end(msg, nest);
}

void message_put_device(struct nl_msg *msg, int attr, int flag)
{
	struct nlattr *nest = nla_nest_start(msg, NLA_F_NESTED | attr);

	must(nest);
	message_put_uint(msg, FSERROR_A_DEVICE_STATE_MAJOR, 4095);
	message_put_uint(msg, FSERROR_A_DEVICE_STATE_MINOR, 7);
	message_put_uint(msg, FSERROR_A_DEVICE_STATE_ROLE, FSERROR_ROLE_DATA);
	message_put_uint(msg, FSERROR_A_DEVICE_STATE_RANGES, 3);
	if (flag)
		must(!nla_put_flag(msg, flag));
	nla_nest_end(msg, nest);
}

void message_put_end(struct nl_msg *msg, uint64_t instance, int flag)
{
	struct nlattr *nest =
		nla_nest_start(msg, NLA_F_NESTED | FSERROR_A_DAMAGE_END);

	must(nest);
	message_put_uint(msg, FSERROR_A_DUMP_END_INSTANCE, instance);
	if (flag)
		must(!nla_put_flag(msg, flag));
	message_put_device(msg, FSERROR_A_DUMP_END_DEVICE, 0);
	nla_nest_end(msg, nest);
}

void message_put_lost(struct nl_msg *msg, uint64_t first, uint64_t last)
{
	struct nlattr *nest =
		nla_nest_start(msg, NLA_F_NESTED | FSERROR_A_EVENT_LOST);

	must(nest);
	message_put_uint(msg, FSERROR_A_LOST_FIRST, first);
	message_put_uint(msg, FSERROR_A_LOST_LAST, last);
	nla_nest_end(msg, nest);
}

struct nl_msg *message_done(uint32_t seq, int error, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	must(msg && nlmsg_put(msg, 0, seq, NLMSG_DONE, 0, NLM_F_MULTI | flags));
	must(!nlmsg_append(msg, &error, sizeof(error), NLMSG_ALIGNTO));
	return msg;
}

struct nl_msg *message_error(uint32_t seq, int error, const char *text)
{
	struct nlmsgerr body = { .error = error };
	struct nl_msg *msg = nlmsg_alloc();
	int flags = NLM_F_CAPPED | (text ? NLM_F_ACK_TLVS : 0);

	must(msg && nlmsg_put(msg, 0, seq, NLMSG_ERROR, 0, flags));
	must(!nlmsg_append(msg, &body, sizeof(body), NLMSG_ALIGNTO));
	if (text)
		must(!nla_put_string(msg, NLMSGERR_ATTR_MSG, text));
	return msg;
}

void record_set(struct fserror_record *rec, int attr)
{
	rec->present |= UINT32_C(1) << attr;
}

static struct fserror_range range_of(uint32_t major, uint32_t minor,
				     uint64_t offset, uint64_t length)
{
	return (struct fserror_range){
		.present = 1 << FSERROR_A_RANGE_MAJOR |
			   1 << FSERROR_A_RANGE_MINOR |
			   1 << FSERROR_A_RANGE_OFFSET |
			   1 << FSERROR_A_RANGE_LENGTH,
		.major = major,
		.minor = minor,
		.offset = offset,
		.length = length,
	};
}

struct fserror_record record_data_lost(uint64_t seq)
{
	static const int attrs[] = {
		FSERROR_A_RECORD_KIND,	 FSERROR_A_RECORD_ERROR,
		FSERROR_A_RECORD_CAUSE,	 FSERROR_A_RECORD_MAJOR,
		FSERROR_A_RECORD_MINOR,	 FSERROR_A_RECORD_FSTYPE,
		FSERROR_A_RECORD_UUID,	 FSERROR_A_RECORD_SB_ID,
		FSERROR_A_RECORD_INO,	 FSERROR_A_RECORD_GENERATION,
		FSERROR_A_RECORD_NLINK,	 FSERROR_A_RECORD_HANDLE_TYPE,
		FSERROR_A_RECORD_HANDLE, FSERROR_A_RECORD_OFFSET,
		FSERROR_A_RECORD_LENGTH, FSERROR_A_RECORD_DEVICE,
		FSERROR_A_RECORD_ORIGIN, FSERROR_A_RECORD_INSTANCE,
		FSERROR_A_RECORD_ROLE,
	};
	struct fserror_record rec = {
		.seq = seq,
		.time = UINT64_C(1795385147123456789),
		.boottime = UINT64_C(98765432101),
		.kind = FSERROR_KIND_DATA_LOST,
		.error = 5,
		.cause = FSERROR_CAUSE_MACHINE_CHECK,
		.major = 4095,
		.minor = 7,
		.fstype = "xfs",
		.sb_id = "pmem0",
		.ino = 131,
		.generation = 7,
		.nlink = 1,
		.handle_type = 1,
		.handle_len = 8,
		.handle = { 131, 0, 0, 0, 7, 0, 0, 0 },
		.offset = 12800,
		.length = 512,
		.instance = 3,
		.role = FSERROR_ROLE_DATA,
		.device = range_of(4095, 7, 2142720, 512),
		.origin = range_of(259, 0, 4239872, 512),
	};
	size_t i;

	memcpy(rec.uuid, test_uuid, sizeof(rec.uuid));
	for (i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++)
		record_set(&rec, attrs[i]);
	if (seq) {
		record_set(&rec, FSERROR_A_RECORD_SEQ);
		record_set(&rec, FSERROR_A_RECORD_TIME);
		record_set(&rec, FSERROR_A_RECORD_BOOTTIME);
		record_set(&rec, FSERROR_A_RECORD_FS_SEQ);
		rec.fs_seq = seq;
	} else {
		rec.time = 0;
		rec.boottime = 0;
	}
	return rec;
}
