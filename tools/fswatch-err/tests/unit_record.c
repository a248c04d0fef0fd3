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
	const struct fserror_event_parser parser = { see_lost, see_record,
						     seen };
	struct fserror_event_head head;
	int err;

	memset(seen, 0, sizeof(*seen));
	seen->order = -1;
	why->text[0] = '\0';
	err = fserror_parse_event(nlmsg_hdr(msg), &head, &parser, why);
	if (!err && fserror_present(head.present, FSERROR_A_EVENT_BOOT_ID) &&
	    memcmp(head.boot_id, test_boot_id, 16))
		return -EINVAL;
	return err;
}

static void test_whole(struct tap *tap)
{
	struct fserror_record rec = record_data_lost(41), wide, bare = { 0 };
	struct nl_msg *msg = message_new(FSERROR_CMD_DAMAGE_NTF, 0, 0);
	struct fserror_why why;
	struct seen seen = { 0 };

	wide = rec;
	wide.seq = UINT64_MAX;
	wide.ino = UINT64_C(1) << 40;
	wide.offset = UINT64_C(0x100000000);
	wide.length = UINT64_C(0xfffffffff000);
	wide.flags = 0x3ff;
	wide.repeat = 35000;
	record_set(&wide, FSERROR_A_RECORD_REPEAT);
	wide.count = UINT64_C(1) << 33;
	record_set(&wide, FSERROR_A_RECORD_COUNT);
	wide.root = 257;
	record_set(&wide, FSERROR_A_RECORD_ROOT);
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
	struct nl_msg *msg = message_new(FSERROR_CMD_DAMAGE_NTF, 0, 0);
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
	struct nl_msg *msg = message_new(FSERROR_CMD_DAMAGE_NTF, 0, 0);
	struct seen seen = { .answer = -ENOMEM };
	const struct fserror_event_parser parser = { see_lost, see_record,
						     &seen };
	struct fserror_event_head head;
	struct fserror_why why;

	message_put_record(msg, FSERROR_A_EVENT_RECORD, &rec);
	message_put_record(msg, FSERROR_A_EVENT_RECORD, &rec);
	ok(tap,
	   fserror_parse_event(nlmsg_hdr(msg), &head, &parser, &why) ==
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
		msg = message_new(FSERROR_CMD_DAMAGE_NTF, 0, 0);
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
	struct nl_msg *msg = message_new(FSERROR_CMD_DAMAGE_NTF, 0, 0);
	struct nlattr *nest;
	struct fserror_why why;
	struct seen seen = { 0 };

	message_put_lost(msg, 9, 8);
	ok(tap, parse_event(msg, &seen, &why) == -EBADMSG && seen.order == -1,
	   "malformed: lost backwards");
	nlmsg_free(msg);

	msg = message_new(FSERROR_CMD_DAMAGE_NTF, 0, 0);
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
	struct nl_msg *msg = message_new(FSERROR_CMD_DAMAGE_NTF, 0, 0);
	const struct nlmsghdr *whole;
	struct seen seen = { 0 };
	const struct fserror_event_parser parser = { see_lost, see_record,
						     &seen };
	unsigned int accepted = 0;
	struct fserror_event_head head;
	struct fserror_why why;
	uint32_t len;

	message_put_boot_id(msg, FSERROR_A_EVENT_BOOT_ID);
	message_put_record(msg, FSERROR_A_EVENT_RECORD, &rec);
	whole = nlmsg_hdr(msg);
	for (len = NLMSG_HDRLEN; len < whole->nlmsg_len; len++) {
		struct nlmsghdr *cut = malloc(len);

		if (!cut)
			abort();
		memcpy(cut, whole, len);
		cut->nlmsg_len = len;
		if (!fserror_parse_event(cut, &head, &parser, &why))
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
	struct nl_msg *msg = message_new(FSERROR_CMD_DAMAGE_NTF, 0, 0);
	unsigned int accepted = 0, refused = 0, unclear = 0, round, i;
	struct seen seen = { 0 };
	const struct fserror_event_parser parser = { see_lost, see_record,
						     &seen };
	uint64_t random = 88172645463325252u;
	const struct nlmsghdr *whole;
	struct nlmsghdr *copy;
	struct fserror_event_head head;
	struct fserror_why why;
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
		err = fserror_parse_event(copy, &head, &parser, &why);
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
	return tap.failed != 0;
}
