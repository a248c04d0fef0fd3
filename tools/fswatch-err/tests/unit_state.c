// SPDX-License-Identifier: GPL-2.0-only
/* Decoding of the answers to questions. */
#include <errno.h>
#include <stdlib.h>

#include <netlink/attr.h>

#include "messages.h"
#include "tap.h"

static int see_record(void *arg, const struct fserror_record *rec)
{
	struct fserror_record *seen = arg;

	*seen = *rec;
	return 0;
}

static void test_damage(struct tap *tap)
{
	static const struct fserror_damage_visitor visitor = {
		.record = see_record,
	};
	const struct fserror_record rec = record_data_lost(0);
	struct nl_msg *msg = message_new(FSERROR_CMD_DAMAGE_GET, 1, 0);
	struct fserror_record seen;
	struct fserror_why why;

	message_put_record(msg, FSERROR_A_DAMAGE_RECORD, &rec);
	ok(tap,
	   fserror_parse_damage(nlmsg_hdr(msg), &visitor, &seen, &why) == 0 &&
		   !memcmp(&seen, &rec, sizeof(rec)),
	   "damage: a record without seq and time");
	nlmsg_hdr(msg)->nlmsg_len -= 4;
	ok(tap,
	   fserror_parse_damage(nlmsg_hdr(msg), &visitor, &seen, &why) ==
		   -EBADMSG,
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
	nest = nla_nest_start(msg, NLA_F_NESTED | FSERROR_A_STAT_RING);
	nla_put_u32(msg, FSERROR_A_RING_GROUP, FSERROR_GROUP_IO);
	message_put_uint(msg, FSERROR_A_RING_FIRST_SEQ, 3);
	message_put_uint(msg, FSERROR_A_RING_LAST_SEQ, 9);
	nla_put_u32(msg, FSERROR_A_RING_SIZE, 1024);
	nla_nest_end(msg, nest);
	nla_put_u32(msg, FSERROR_A_STAT_TOLD, 77);
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
	   st.told == 77 && st.told_max == 0 &&
		   !fserror_present(st.present, FSERROR_A_STAT_TOLD_MAX),
	   "stat: numbers");
	ok(tap,
	   st.nr_rings == 1 && st.rings[0].group == FSERROR_GROUP_IO &&
		   st.rings[0].first_seq == 3 && st.rings[0].last_seq == 9 &&
		   st.rings[0].size == 1024 && st.rings[0].published_seq == 0 &&
		   !fserror_present(st.rings[0].present,
				    FSERROR_A_RING_PUBLISHED_SEQ),
	   "stat: a ring");
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
	fserror_stat_clear(&st);
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
	message_put_device(msg, FSERROR_A_FILESYSTEM_DEVICE,
			   FSERROR_A_DEVICE_STATE_PENDING);
	ok(tap,
	   fserror_parse_filesystem(nlmsg_hdr(msg), &fs, &why) == 0 &&
		   fs.major == 259 && !strcmp(fs.fstype, "xfs") &&
		   fs.data_lost == 4,
	   "filesystem: decoded");
	ok(tap,
	   fs.nr_devices == 1 && fs.devices[0].minor == 7 &&
		   fserror_present(fs.devices[0].present,
				   FSERROR_A_DEVICE_STATE_PENDING),
	   "filesystem: its device");
	ok(tap,
	   fserror_present(fs.present, FSERROR_A_FILESYSTEM_CAN_RESOLVE) &&
		   !fserror_present(fs.present, FSERROR_A_FILESYSTEM_MINOR),
	   "filesystem: what is there and what is not");
	fserror_filesystem_clear(&fs);
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
	fserror_filesystem_clear(&fs);
}

int main(void)
{
	struct tap tap = { 0 };

	test_damage(&tap);
	test_stat(&tap);
	test_filesystem(&tap);
	test_no_header(&tap);
	return tap.failed != 0;
}
