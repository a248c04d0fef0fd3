// SPDX-License-Identifier: GPL-2.0-only
/* Decoding of messages, whole ones and damaged ones. */
#include <errno.h>
#include <stdlib.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "messages.h"
#include "tap.h"

struct seen {
	struct fserror_record recs[8];
	size_t nr;
	struct fserror_lost lost;
	int order; /* of the lost marker among the records, -1: none */
	int answer; /* what the callback returns */
};

static int see_record(void *arg, const struct fserror_record *rec)
{
	struct seen *seen = arg;

	if (seen->nr < 8)
		seen->recs[seen->nr++] = *rec;
	return seen->answer;
}

static int see_lost(void *arg, const struct fserror_lost *lost)
{
	struct seen *seen = arg;

	seen->lost = *lost;
	seen->order = seen->nr;
	return seen->answer;
}

static int parse_event(struct nl_msg *msg, struct seen *seen,
		       struct fserror_why *why)
{
	const struct fserror_event_visitor visitor = { see_lost, see_record,
						       seen };
	uint8_t boot_id[FSERROR_UUID_LEN];
	bool has_boot_id = false;
	int err;

	memset(seen, 0, sizeof(*seen));
	seen->order = -1;
	why->text[0] = '\0';
	err = fserror_parse_event(nlmsg_hdr(msg), boot_id, &has_boot_id,
				  &visitor, why);
	if (!err && has_boot_id && memcmp(boot_id, test_boot_id, 16))
		return -EINVAL;
	return err;
}

static void test_whole(struct tap *tap)
{
	struct fserror_record rec = record_data_lost(41), wide, bare = { 0 };
	struct nl_msg *msg = message_new(FSERROR_CMD_EVENT_NTF, 0, 0);
	struct fserror_why why;
	struct seen seen = { 0 };

	wide = rec;
	wide.seq = UINT64_MAX;
	wide.ino = UINT64_C(1) << 40;
	wide.offset = UINT64_C(0x100000000);
	wide.length = UINT64_C(0xfffffffff000);
	wide.flags = 0x1f;
	record_set(&wide, FSERROR_A_RECORD_FLAGS);
	wide.meta = FSERROR_META_XATTR;
	record_set(&wide, FSERROR_A_RECORD_META);
	strcpy(wide.layer, "dm-crypt");
	record_set(&wide, FSERROR_A_RECORD_LAYER);
	memset(wide.handle, 0xa5, FSERROR_HANDLE_MAX);
	wide.handle_len = FSERROR_HANDLE_MAX;
	wide.handle_type = -2;
	bare.seq = 42;
	bare.kind = 99;
	record_set(&bare, FSERROR_A_RECORD_SEQ);
	record_set(&bare, FSERROR_A_RECORD_KIND);

	message_put_boot_id(msg, FSERROR_A_EVENT_BOOT_ID);
	message_put_lost(msg, 7, UINT64_C(0x1ffffffff));
	message_put_record(msg, FSERROR_A_EVENT_RECORD, &rec);
	message_put_record(msg, FSERROR_A_EVENT_RECORD, &wide);
	message_put_record(msg, FSERROR_A_EVENT_RECORD, &bare);
	ok(tap, parse_event(msg, &seen, &why) == 0, "event: decoded (%s)",
	   why.text);
	ok(tap, seen.nr == 3 && seen.order == 0,
	   "event: three records after the lost marker");
	ok(tap, seen.lost.first == 7 && seen.lost.last == 0x1ffffffff,
	   "event: lost marker");
	ok(tap, !memcmp(&seen.recs[0], &rec, sizeof(rec)),
	   "event: a record comes back as it was");
	ok(tap, !memcmp(&seen.recs[1], &wide, sizeof(wide)),
	   "event: wide numbers, longest handle");
	ok(tap, !memcmp(&seen.recs[2], &bare, sizeof(bare)),
	   "event: what is not there is not there");
	nlmsg_free(msg);
}

static void test_unknown_attributes(struct tap *tap)
{
	struct nl_msg *msg = message_new(FSERROR_CMD_EVENT_NTF, 0, 0);
	struct fserror_why why;
	struct seen seen = { 0 };
	struct nlattr *nest;

	nla_put_u32(msg, 200, 1);
	nest = nla_nest_start(msg, NLA_F_NESTED | FSERROR_A_EVENT_RECORD);
	nla_put_u32(msg, FSERROR_A_RECORD_SEQ, 3);
	nla_put_string(msg, FSERROR_A_RECORD_MAX + 1, "later");
	nla_put_u32(msg, FSERROR_A_RECORD_KIND, 5);
	nla_nest_end(msg, nest);
	ok(tap,
	   parse_event(msg, &seen, &why) == 0 && seen.nr == 1 &&
		   seen.recs[0].seq == 3,
	   "event: attributes of a later kernel are skipped");
	nlmsg_free(msg);
}

static void test_callback_error(struct tap *tap)
{
	const struct fserror_record rec = record_data_lost(1);
	struct nl_msg *msg = message_new(FSERROR_CMD_EVENT_NTF, 0, 0);
	struct seen seen = { .answer = -ENOMEM };
	const struct fserror_event_visitor visitor = { see_lost, see_record,
						       &seen };
	uint8_t boot_id[16];
	bool has;
	struct fserror_why why;

	message_put_record(msg, FSERROR_A_EVENT_RECORD, &rec);
	message_put_record(msg, FSERROR_A_EVENT_RECORD, &rec);
	ok(tap,
	   fserror_parse_event(nlmsg_hdr(msg), boot_id, &has, &visitor, &why) ==
			   -ENOMEM &&
		   seen.nr == 1,
	   "event: what a callback returns ends the decoding");
	nlmsg_free(msg);
}

/* ways to damage a record's nest */
static void put_nothing(struct nl_msg *msg)
{
	(void)msg;
}

static void put_short_kind(struct nl_msg *msg)
{
	nla_put_u16(msg, FSERROR_A_RECORD_KIND, 5);
}

static void put_long_kind(struct nl_msg *msg)
{
	nla_put_u64(msg, FSERROR_A_RECORD_KIND, 5);
}

static void put_kind(struct nl_msg *msg)
{
	nla_put_u32(msg, FSERROR_A_RECORD_KIND, 5);
}

static void put_odd_offset(struct nl_msg *msg)
{
	put_kind(msg);
	nla_put(msg, FSERROR_A_RECORD_OFFSET, 6, "abcdef");
}

static void put_short_uuid(struct nl_msg *msg)
{
	put_kind(msg);
	nla_put(msg, FSERROR_A_RECORD_UUID, 15, test_uuid);
}

static void put_long_handle(struct nl_msg *msg)
{
	static const char handle[FSERROR_HANDLE_MAX + 1];

	put_kind(msg);
	nla_put(msg, FSERROR_A_RECORD_HANDLE, sizeof(handle), handle);
}

static void put_empty_handle(struct nl_msg *msg)
{
	put_kind(msg);
	nla_put(msg, FSERROR_A_RECORD_HANDLE, 0, NULL);
}

static void put_unended_name(struct nl_msg *msg)
{
	put_kind(msg);
	nla_put(msg, FSERROR_A_RECORD_FSTYPE, 3, "xfs");
}

static void put_empty_name(struct nl_msg *msg)
{
	put_kind(msg);
	nla_put_string(msg, FSERROR_A_RECORD_FSTYPE, "");
}

static void put_long_name(struct nl_msg *msg)
{
	char name[FSERROR_NAME_MAX + 1];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	put_kind(msg);
	nla_put_string(msg, FSERROR_A_RECORD_LAYER, name);
}

static void put_bad_range(struct nl_msg *msg)
{
	struct nlattr *nest;

	put_kind(msg);
	nest = nla_nest_start(msg, NLA_F_NESTED | FSERROR_A_RECORD_ORIGIN);
	nla_put_u16(msg, FSERROR_A_RANGE_MAJOR, 1);
	nla_nest_end(msg, nest);
}

static void put_garbage_range(struct nl_msg *msg)
{
	put_kind(msg);
	nla_put(msg, FSERROR_A_RECORD_DEVICE, 6, "\xff\xff\xff\xff\xff\xff");
}

static void test_malformed(struct tap *tap)
{
	static const struct {
		void (*put)(struct nl_msg *msg);
		const char *why;
	} cases[] = {
		{ put_nothing, "record: no kind" },
		{ put_short_kind,
		  "record: attribute 4 has a wrong length of 2 bytes" },
		{ put_long_kind,
		  "record: attribute 4 has a wrong length of 8 bytes" },
		{ put_kind, "record: no seq" },
		{ put_odd_offset,
		  "record: attribute 18 has a wrong length of 6 bytes" },
		{ put_short_uuid,
		  "record: attribute 11 has a wrong length of 15 bytes" },
		{ put_long_handle,
		  "record: attribute 17 has a wrong length of 129 bytes" },
		{ put_empty_handle,
		  "record: attribute 17 has a wrong length of 0 bytes" },
		{ put_unended_name,
		  "record: attribute 10 has a wrong length of 3 bytes" },
		{ put_empty_name,
		  "record: attribute 10 has a wrong length of 1 bytes" },
		{ put_long_name,
		  "record: attribute 23 has a wrong length of 65 bytes" },
		{ put_bad_range,
		  "range: attribute 1 has a wrong length of 2 bytes" },
		{ put_garbage_range, "range: 6 bytes that are no attribute" },
	};
	struct nlattr *nest;
	struct nl_msg *msg;
	struct fserror_why why;
	struct seen seen = { 0 };
	char name[128];
	size_t i;
	int err;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		msg = message_new(FSERROR_CMD_EVENT_NTF, 0, 0);
		nest = nla_nest_start(msg,
				      NLA_F_NESTED | FSERROR_A_EVENT_RECORD);
		cases[i].put(msg);
		/* libnl takes an empty nest away, the kernel does not */
		if (cases[i].put == put_nothing)
			nla_put_u32(msg, FSERROR_A_RECORD_SEQ, 1);
		nla_nest_end(msg, nest);
		err = parse_event(msg, &seen, &why);
		snprintf(name, sizeof(name), "malformed: %s", cases[i].why);
		ok_string(tap, err == -EBADMSG && seen.nr == 0 ? why.text : "",
			  cases[i].why, name);
		nlmsg_free(msg);
	}
}

static void test_bad_lost(struct tap *tap)
{
	struct nl_msg *msg = message_new(FSERROR_CMD_EVENT_NTF, 0, 0);
	struct nlattr *nest;
	struct fserror_why why;
	struct seen seen = { 0 };

	message_put_lost(msg, 9, 8);
	ok(tap, parse_event(msg, &seen, &why) == -EBADMSG && seen.order == -1,
	   "malformed: lost backwards");
	nlmsg_free(msg);

	msg = message_new(FSERROR_CMD_EVENT_NTF, 0, 0);
	nest = nla_nest_start(msg, NLA_F_NESTED | FSERROR_A_EVENT_LOST);
	nla_put_u32(msg, FSERROR_A_LOST_FIRST, 1);
	nla_nest_end(msg, nest);
	ok(tap, parse_event(msg, &seen, &why) == -EBADMSG && seen.order == -1,
	   "malformed: lost without an end");
	nlmsg_free(msg);
}

/*
 * Cut a message after each byte. It must be decoded as far as it is whole or
 * refused, and never be read beyond its end: the copy is in a block of just
 * that size for the address sanitizer.
 */
static void test_truncated(struct tap *tap)
{
	const struct fserror_record rec = record_data_lost(41);
	struct nl_msg *msg = message_new(FSERROR_CMD_EVENT_NTF, 0, 0);
	const struct nlmsghdr *whole;
	struct seen seen = { 0 };
	const struct fserror_event_visitor visitor = { see_lost, see_record,
						       &seen };
	unsigned int accepted = 0;
	uint8_t boot_id[16];
	struct fserror_why why;
	uint32_t len;
	bool has;

	message_put_boot_id(msg, FSERROR_A_EVENT_BOOT_ID);
	message_put_record(msg, FSERROR_A_EVENT_RECORD, &rec);
	whole = nlmsg_hdr(msg);
	for (len = NLMSG_HDRLEN; len < whole->nlmsg_len; len++) {
		struct nlmsghdr *cut = malloc(len);

		if (!cut)
			abort();
		memcpy(cut, whole, len);
		cut->nlmsg_len = len;
		if (!fserror_parse_event(cut, boot_id, &has, &visitor, &why))
			accepted++;
		free(cut);
	}
	/* after the header and after the boot id: both are whole messages */
	ok(tap, accepted == 2 && seen.nr == 0,
	   "truncated: only cuts between attributes pass, %u", accepted);
	nlmsg_free(msg);
}

/*
 * Bytes changed at random, always the same ones. What must hold is that the
 * sanitizers are content, and that what is refused has a reason.
 */
static void test_random(struct tap *tap)
{
	const struct fserror_record rec = record_data_lost(41);
	struct nl_msg *msg = message_new(FSERROR_CMD_EVENT_NTF, 0, 0);
	unsigned int accepted = 0, refused = 0, unclear = 0, round, i;
	struct seen seen = { 0 };
	const struct fserror_event_visitor visitor = { see_lost, see_record,
						       &seen };
	uint64_t random = 88172645463325252u;
	const struct nlmsghdr *whole;
	struct nlmsghdr *copy;
	uint8_t boot_id[16];
	struct fserror_why why;
	bool has;
	int err;

	message_put_boot_id(msg, FSERROR_A_EVENT_BOOT_ID);
	message_put_lost(msg, 3, 40);
	message_put_record(msg, FSERROR_A_EVENT_RECORD, &rec);
	whole = nlmsg_hdr(msg);
	copy = malloc(whole->nlmsg_len);
	if (!copy)
		abort();
	for (round = 0; round < 20000; round++) {
		memcpy(copy, whole, whole->nlmsg_len);
		for (i = 0; i <= round % 4; i++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			((char *)copy)[NLMSG_HDRLEN + random % (whole->nlmsg_len -
								NLMSG_HDRLEN)] =
				random >> 32;
		}
		why.text[0] = '\0';
		err = fserror_parse_event(copy, boot_id, &has, &visitor, &why);
		if (!err)
			accepted++;
		else if (err == -EBADMSG && why.text[0])
			refused++;
		else
			unclear++;
	}
	ok(tap, accepted > 100 && refused > 100 && unclear == 0,
	   "random: %u accepted, %u refused, %u unclear", accepted, refused,
	   unclear);
	free(copy);
	nlmsg_free(msg);
}

static void test_damage(struct tap *tap)
{
	const struct fserror_record rec = record_data_lost(0);
	struct nl_msg *msg = message_new(FSERROR_CMD_DAMAGE_GET, 1, 0);
	struct seen seen = { 0 };
	const struct fserror_event_visitor visitor = { see_lost, see_record,
						       &seen };
	struct fserror_why why;

	message_put_record(msg, FSERROR_A_DAMAGE_RECORD, &rec);
	ok(tap,
	   fserror_parse_damage(nlmsg_hdr(msg), &visitor, &why) == 0 &&
		   seen.nr == 1 && !memcmp(&seen.recs[0], &rec, sizeof(rec)),
	   "damage: a record without seq and time");
	nlmsg_hdr(msg)->nlmsg_len -= 4;
	ok(tap,
	   fserror_parse_damage(nlmsg_hdr(msg), &visitor, &why) == -EBADMSG,
	   "damage: cut");
	nlmsg_free(msg);
}

static void test_stat(struct tap *tap)
{
	struct nl_msg *msg = message_new(FSERROR_CMD_STAT_GET, 1, 0);
	struct nlattr *nest;
	struct fserror_why why;
	struct fserror_stat st;
	int i;

	message_put_boot_id(msg, FSERROR_A_STAT_BOOT_ID);
	message_put_uint(msg, FSERROR_A_STAT_FIRST_SEQ, 3);
	message_put_uint(msg, FSERROR_A_STAT_LAST_SEQ, 9);
	nla_put_u32(msg, FSERROR_A_STAT_RING_SIZE, 4096);
	for (i = 1; i <= 3; i++) {
		nest = nla_nest_start(msg, NLA_F_NESTED | FSERROR_A_STAT_KIND);
		nla_put_u32(msg, FSERROR_A_KIND_COUNT_KIND, i);
		message_put_uint(msg, FSERROR_A_KIND_COUNT_COUNT, i * 10);
		nla_nest_end(msg, nest);
	}
	nest = nla_nest_start(msg, NLA_F_NESTED | FSERROR_A_STAT_WATCHER);
	nla_put_u32(msg, FSERROR_A_WATCHER_PORTID, 0x80001234);
	message_put_uint(msg, FSERROR_A_WATCHER_DROPS, UINT64_C(1) << 33);
	nla_nest_end(msg, nest);

	ok(tap, fserror_parse_stat(nlmsg_hdr(msg), &st, &why) == 0,
	   "stat: decoded");
	ok(tap,
	   st.first_seq == 3 && st.last_seq == 9 && st.ring_size == 4096 &&
		   st.published_seq == 0 &&
		   !fserror_present(st.present, FSERROR_A_STAT_PUBLISHED_SEQ),
	   "stat: numbers");
	ok(tap,
	   st.nr_kinds == 3 && st.kinds[2].kind == 3 && st.kinds[2].count == 30,
	   "stat: kinds");
	ok(tap,
	   st.nr_watchers == 1 && st.watchers[0].portid == 0x80001234 &&
		   st.watchers[0].drops == UINT64_C(1) << 33,
	   "stat: watchers");
	fserror_stat_clear(&st);

	nest = nla_nest_start(msg, NLA_F_NESTED | FSERROR_A_STAT_WATCHER);
	nla_put_u16(msg, FSERROR_A_WATCHER_PORTID, 1);
	nla_nest_end(msg, nest);
	ok(tap, fserror_parse_stat(nlmsg_hdr(msg), &st, &why) == -EBADMSG,
	   "stat: malformed watcher");
	nlmsg_free(msg);
}

static void test_filesystem(struct tap *tap)
{
	struct nl_msg *msg = message_new(FSERROR_CMD_FS_GET, 1, 0);
	struct fserror_filesystem fs;
	struct fserror_why why;

	nla_put_u32(msg, FSERROR_A_FILESYSTEM_MAJOR, 259);
	nla_put_string(msg, FSERROR_A_FILESYSTEM_FSTYPE, "xfs");
	nla_put_flag(msg, FSERROR_A_FILESYSTEM_CAN_RESOLVE);
	message_put_uint(msg, FSERROR_A_FILESYSTEM_DATA_LOST, 4);
	ok(tap,
	   fserror_parse_filesystem(nlmsg_hdr(msg), &fs, &why) == 0 &&
		   fs.major == 259 && !strcmp(fs.fstype, "xfs") &&
		   fs.data_lost == 4,
	   "filesystem: decoded");
	ok(tap,
	   fserror_present(fs.present, FSERROR_A_FILESYSTEM_CAN_RESOLVE) &&
		   !fserror_present(fs.present, FSERROR_A_FILESYSTEM_MINOR),
	   "filesystem: what is there and what is not");
	nlmsg_free(msg);
}

static void test_no_header(struct tap *tap)
{
	struct nlmsghdr nlh = { .nlmsg_len = NLMSG_HDRLEN + 3 };
	struct {
		struct nlmsghdr nlh;
		char rest[4];
	} msg = { nlh, "" };
	struct fserror_filesystem fs;
	struct fserror_why why;

	ok(tap, fserror_parse_filesystem(&msg.nlh, &fs, &why) == -EBADMSG,
	   "malformed: no generic netlink header");
}

int main(void)
{
	struct tap tap = { 0 };

	test_whole(&tap);
	test_unknown_attributes(&tap);
	test_callback_error(&tap);
	test_malformed(&tap);
	test_bad_lost(&tap);
	test_truncated(&tap);
	test_random(&tap);
	test_damage(&tap);
	test_stat(&tap);
	test_filesystem(&tap);
	test_no_header(&tap);
	return tap.failed != 0;
}
