// SPDX-License-Identifier: GPL-2.0-only
/* Decoding of what is asked for: damage, filesystems, state, the answer to a test. */
#include "parse_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEVICE(type, member)                                        \
	{                                                           \
		type, offsetof(struct fserror_device_state, member) \
	}

static const struct field device_fields[] = {
	[FSERROR_A_DEVICE_STATE_MAJOR] = DEVICE(F_U32, major),
	[FSERROR_A_DEVICE_STATE_MINOR] = DEVICE(F_U32, minor),
	[FSERROR_A_DEVICE_STATE_ROLE] = DEVICE(F_U32, role),
	[FSERROR_A_DEVICE_STATE_RANGES] = DEVICE(F_UINT, ranges),
	[FSERROR_A_DEVICE_STATE_PENDING] = { F_FLAG, 0 },
	[FSERROR_A_DEVICE_STATE_UNKNOWN] = { F_FLAG, 0 },
	[FSERROR_A_DEVICE_STATE_PARTIAL] = { F_FLAG, 0 },
	[FSERROR_A_DEVICE_STATE_REMOVED] = { F_FLAG, 0 },
	[FSERROR_A_DEVICE_STATE_UNTOLD] = { F_FLAG, 0 },
};

static const struct field_set device_set = { "device-state", device_fields,
					     FSERROR_A_DEVICE_STATE_MAX };

static int parse_devices(struct nlattr *head, int len, int type,
			 struct fserror_device_state **devices, size_t *nr,
			 struct fserror_why *why)
{
	void *list;
	int err;

	err = fserror_parse_list(head, len, type, &device_set,
				 sizeof(**devices), &list, nr, why);
	*devices = list;
	return err;
}

/* damage-get */

static const struct field header_fields[] = {
	[FSERROR_A_DUMP_HEADER_BOOT_ID] = { F_UUID,
					    offsetof(struct fserror_dump_header,
						     boot_id) },
	[FSERROR_A_DUMP_HEADER_AS_OF] = { F_UINT,
					  offsetof(struct fserror_dump_header,
						   as_of) },
};

static const struct field_set header_set = { "dump-header", header_fields,
					     FSERROR_A_DUMP_HEADER_MAX };

#define BEGIN(type, member)                                       \
	{                                                         \
		type, offsetof(struct fserror_dump_begin, member) \
	}

static const struct field begin_fields[] = {
	[FSERROR_A_DUMP_BEGIN_INSTANCE] = BEGIN(F_UINT, instance),
	[FSERROR_A_DUMP_BEGIN_MAJOR] = BEGIN(F_U32, major),
	[FSERROR_A_DUMP_BEGIN_MINOR] = BEGIN(F_U32, minor),
	[FSERROR_A_DUMP_BEGIN_FSTYPE] = BEGIN(F_NAME, fstype),
	[FSERROR_A_DUMP_BEGIN_UUID] = BEGIN(F_UUID, uuid),
	[FSERROR_A_DUMP_BEGIN_SB_ID] = BEGIN(F_NAME, sb_id),
};

static const struct field_set begin_set = { "dump-begin", begin_fields,
					    FSERROR_A_DUMP_BEGIN_MAX };

static const struct field end_fields[] = {
	[FSERROR_A_DUMP_END_INSTANCE] = { F_UINT,
					  offsetof(struct fserror_dump_end,
						   instance) },
	[FSERROR_A_DUMP_END_COMPLETE] = { F_FLAG, 0 },
	[FSERROR_A_DUMP_END_PENDING] = { F_FLAG, 0 },
	[FSERROR_A_DUMP_END_BUSY] = { F_FLAG, 0 },
	[FSERROR_A_DUMP_END_PARTIAL] = { F_FLAG, 0 },
	[FSERROR_A_DUMP_END_GONE] = { F_FLAG, 0 },
	[FSERROR_A_DUMP_END_DEVICE] = { F_MULTI, 0 },
};

static const struct field_set end_set = { "dump-end", end_fields,
					  FSERROR_A_DUMP_END_MAX };

static int damage_header(struct nlattr *nest,
			 const struct fserror_damage_visitor *visitor,
			 void *arg, struct fserror_why *why)
{
	struct fserror_dump_header header = { 0 };
	int err;

	err = fserror_parse_set(nla_data(nest), nla_len(nest), &header_set,
				&header, &header.present, why);
	if (!err &&
	    !fserror_present(header.present, FSERROR_A_DUMP_HEADER_AS_OF))
		err = fserror_parse_missing(header_set.name, "as-of", why);
	return err || !visitor->header ? err : visitor->header(arg, &header);
}

static int damage_begin(struct nlattr *nest,
			const struct fserror_damage_visitor *visitor, void *arg,
			struct fserror_why *why)
{
	struct fserror_dump_begin begin = { 0 };
	int err;

	err = fserror_parse_set(nla_data(nest), nla_len(nest), &begin_set,
				&begin, &begin.present, why);
	if (!err && !begin.instance)
		err = fserror_parse_missing(begin_set.name, "instance", why);
	return err || !visitor->begin ? err : visitor->begin(arg, &begin);
}

static int damage_record(struct nlattr *nest,
			 const struct fserror_damage_visitor *visitor,
			 void *arg, struct fserror_why *why)
{
	struct fserror_record rec;
	int err;

	err = fserror_parse_record(nest, &rec, why);
	return err || !visitor->record ? err : visitor->record(arg, &rec);
}

static int damage_end(struct nlattr *nest,
		      const struct fserror_damage_visitor *visitor, void *arg,
		      struct fserror_why *why)
{
	struct fserror_dump_end end = { 0 };
	int err;

	err = fserror_parse_set(nla_data(nest), nla_len(nest), &end_set, &end,
				&end.present, why);
	if (!err && !end.instance)
		err = fserror_parse_missing(end_set.name, "instance", why);
	if (!err)
		err = parse_devices(nla_data(nest), nla_len(nest),
				    FSERROR_A_DUMP_END_DEVICE, &end.devices,
				    &end.nr_devices, why);
	if (!err && visitor->end)
		err = visitor->end(arg, &end);
	free(end.devices);
	return err;
}

int fserror_parse_damage(const struct nlmsghdr *nlh,
			 const struct fserror_damage_visitor *visitor,
			 void *arg, struct fserror_why *why)
{
	struct nlattr *head, *attr;
	int len, rem, err;

	err = fserror_parse_head(nlh, &head, &len, why);
	if (err)
		return err;
	for (attr = head, rem = len; attr_is_whole(attr, rem);
	     attr = attr_next(attr, &rem)) {
		switch (attr_type(attr)) {
		case FSERROR_A_DAMAGE_HEADER:
			err = damage_header(attr, visitor, arg, why);
			break;
		case FSERROR_A_DAMAGE_BEGIN:
			err = damage_begin(attr, visitor, arg, why);
			break;
		case FSERROR_A_DAMAGE_RECORD:
			err = damage_record(attr, visitor, arg, why);
			break;
		case FSERROR_A_DAMAGE_END:
			err = damage_end(attr, visitor, arg, why);
			break;
		case FSERROR_A_DAMAGE_PROGRESS:
			err = visitor->progress ? visitor->progress(arg) : 0;
			break;
		}
		if (err)
			return err;
	}
	if (rem > 0)
		return fserror_parse_missing("damage", "whole attribute", why);
	return 0;
}

/* fs-get */

#define FS(type, member)                                          \
	{                                                         \
		type, offsetof(struct fserror_filesystem, member) \
	}

static const struct field filesystem_fields[] = {
	[FSERROR_A_FILESYSTEM_MAJOR] = FS(F_U32, major),
	[FSERROR_A_FILESYSTEM_MINOR] = FS(F_U32, minor),
	[FSERROR_A_FILESYSTEM_FSTYPE] = FS(F_NAME, fstype),
	[FSERROR_A_FILESYSTEM_UUID] = FS(F_UUID, uuid),
	[FSERROR_A_FILESYSTEM_SB_ID] = FS(F_NAME, sb_id),
	[FSERROR_A_FILESYSTEM_CAN_RESOLVE] = { F_FLAG, 0 },
	[FSERROR_A_FILESYSTEM_INSTANCE] = FS(F_UINT, instance),
	[FSERROR_A_FILESYSTEM_SHUTDOWN] = { F_FLAG, 0 },
	[FSERROR_A_FILESYSTEM_DEVICE] = { F_MULTI, 0 },
	[FSERROR_A_FILESYSTEM_KNOWN_SINCE] = FS(F_UINT, known_since),
	[FSERROR_A_FILESYSTEM_RECORDS] = FS(F_UINT, records),
	[FSERROR_A_FILESYSTEM_DATA_LOST] = FS(F_UINT, data_lost),
	[FSERROR_A_FILESYSTEM_METADATA] = FS(F_UINT, metadata),
	[FSERROR_A_FILESYSTEM_IO_ERRORS] = FS(F_UINT, io_errors),
	[FSERROR_A_FILESYSTEM_UNRESOLVED] = FS(F_UINT, unresolved),
	[FSERROR_A_FILESYSTEM_UNLISTED] = FS(F_UINT, unlisted),
	[FSERROR_A_FILESYSTEM_UNLISTED_METADATA] =
		FS(F_UINT, unlisted_metadata),
	[FSERROR_A_FILESYSTEM_MORE_DEVICES] = FS(F_U32, more_devices),
};

static const struct field_set filesystem_set = { "filesystem",
						 filesystem_fields,
						 FSERROR_A_FILESYSTEM_MAX };

int fserror_parse_filesystem(const struct nlmsghdr *nlh,
			     struct fserror_filesystem *fs,
			     struct fserror_why *why)
{
	struct nlattr *head;
	int len, err;

	memset(fs, 0, sizeof(*fs));
	err = fserror_parse_head(nlh, &head, &len, why);
	if (!err)
		err = fserror_parse_set(head, len, &filesystem_set, fs,
					&fs->present, why);
	if (!err)
		err = parse_devices(head, len, FSERROR_A_FILESYSTEM_DEVICE,
				    &fs->devices, &fs->nr_devices, why);
	return err;
}

void fserror_filesystem_clear(struct fserror_filesystem *fs)
{
	free(fs->devices);
	memset(fs, 0, sizeof(*fs));
}

/* stat-get */

#define RING(type, member)                                  \
	{                                                   \
		type, offsetof(struct fserror_ring, member) \
	}

static const struct field ring_fields[] = {
	[FSERROR_A_RING_GROUP] = RING(F_U32, group),
	[FSERROR_A_RING_FIRST_SEQ] = RING(F_UINT, first_seq),
	[FSERROR_A_RING_LAST_SEQ] = RING(F_UINT, last_seq),
	[FSERROR_A_RING_PUBLISHED_SEQ] = RING(F_UINT, published_seq),
	[FSERROR_A_RING_SIZE] = RING(F_U32, size),
	[FSERROR_A_RING_OVERWRITTEN] = RING(F_UINT, overwritten),
	[FSERROR_A_RING_UNSENT] = RING(F_UINT, unsent),
};

static const struct field_set ring_set = { "ring", ring_fields,
					   FSERROR_A_RING_MAX };

static const struct field kind_count_fields[] = {
	[FSERROR_A_KIND_COUNT_KIND] = { F_U32,
					offsetof(struct fserror_kind_count,
						 kind) },
	[FSERROR_A_KIND_COUNT_COUNT] = { F_UINT,
					 offsetof(struct fserror_kind_count,
						  count) },
};

static const struct field_set kind_count_set = { "kind-count",
						 kind_count_fields,
						 FSERROR_A_KIND_COUNT_MAX };

static const struct field watcher_fields[] = {
	[FSERROR_A_WATCHER_PORTID] = { F_U32, offsetof(struct fserror_watcher,
						       portid) },
	[FSERROR_A_WATCHER_DROPS] = { F_UINT,
				      offsetof(struct fserror_watcher, drops) },
};

static const struct field_set watcher_set = { "watcher", watcher_fields,
					      FSERROR_A_WATCHER_MAX };

#define STAT(type, member)                                  \
	{                                                   \
		type, offsetof(struct fserror_stat, member) \
	}

static const struct field stat_fields[] = {
	[FSERROR_A_STAT_BOOT_ID] = STAT(F_UUID, boot_id),
	[FSERROR_A_STAT_RING] = { F_MULTI, 0 },
	[FSERROR_A_STAT_TOLD] = STAT(F_U32, told),
	[FSERROR_A_STAT_TOLD_MAX] = STAT(F_U32, told_max),
	[FSERROR_A_STAT_KIND] = { F_MULTI, 0 },
	[FSERROR_A_STAT_KERNEL_WATCHERS] = STAT(F_U32, kernel_watchers),
	[FSERROR_A_STAT_WATCHER] = { F_MULTI, 0 },
};

static const struct field_set stat_set = { "stat", stat_fields,
					   FSERROR_A_STAT_MAX };

static int parse_stat_lists(struct nlattr *head, int len,
			    struct fserror_stat *st, struct fserror_why *why)
{
	void *list;
	int err;

	err = fserror_parse_list(head, len, FSERROR_A_STAT_RING, &ring_set,
				 sizeof(*st->rings), &list, &st->nr_rings, why);
	st->rings = list;
	if (err)
		return err;
	err = fserror_parse_list(head, len, FSERROR_A_STAT_KIND,
				 &kind_count_set, sizeof(*st->kinds), &list,
				 &st->nr_kinds, why);
	st->kinds = list;
	if (err)
		return err;
	err = fserror_parse_list(head, len, FSERROR_A_STAT_WATCHER,
				 &watcher_set, sizeof(*st->watchers), &list,
				 &st->nr_watchers, why);
	st->watchers = list;
	return err;
}

int fserror_parse_stat(const struct nlmsghdr *nlh, struct fserror_stat *st,
		       struct fserror_why *why)
{
	struct nlattr *head;
	int len, err;

	memset(st, 0, sizeof(*st));
	err = fserror_parse_head(nlh, &head, &len, why);
	if (!err)
		err = fserror_parse_set(head, len, &stat_set, st, &st->present,
					why);
	if (!err)
		err = parse_stat_lists(head, len, st, why);
	return err;
}

void fserror_stat_clear(struct fserror_stat *st)
{
	free(st->rings);
	free(st->kinds);
	free(st->watchers);
	memset(st, 0, sizeof(*st));
}

/* test-event */

static const struct field test_fields[] = {
	[FSERROR_A_TEST_FS] = { F_UNKNOWN, 0 },
	[FSERROR_A_TEST_SEQ] = { F_UINT, 0 },
};

static const struct field_set test_set = { "test", test_fields,
					   FSERROR_A_TEST_MAX };

int fserror_parse_test(const struct nlmsghdr *nlh, uint64_t *seq,
		       struct fserror_why *why)
{
	uint32_t present = 0;
	struct nlattr *head;
	int len, err;

	*seq = 0;
	err = fserror_parse_head(nlh, &head, &len, why);
	if (!err)
		err = fserror_parse_set(head, len, &test_set, seq, &present,
					why);
	if (!err && !fserror_present(present, FSERROR_A_TEST_SEQ))
		err = fserror_parse_missing(test_set.name, "seq", why);
	return err;
}
