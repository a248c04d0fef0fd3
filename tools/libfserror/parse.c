// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decoding of the messages of the fserror family.
 *
 * Every attribute set is a table that says which attribute goes where in which
 * structure. Lengths are checked here and not left to libnl: libnl ignores
 * what is left over behind the last whole attribute, and a truncated message
 * must be seen. Attributes with numbers that this program does not know are
 * skipped, so that a later kernel may say more.
 */
#include "parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

enum field_type {
	F_UNKNOWN, /* skipped */
	F_MULTI, /* may come more than once, left to the caller */
	F_FLAG, /* there or not there */
	F_U32,
	F_S32,
	F_UINT, /* 4 or 8 bytes, into 64 bits */
	F_NAME, /* string, into FSERROR_NAME_MAX bytes */
	F_UUID,
	F_HANDLE, /* into handle and handle_len of struct fserror_record */
	F_RANGE, /* nested, into struct fserror_range */
};

struct field {
	enum field_type type;
	size_t at; /* offset in the structure */
};

struct field_set {
	const char *name;
	const struct field *fields; /* by attribute number */
	int max; /* highest attribute number */
};

static const struct field range_fields[] = {
	[FSERROR_A_RANGE_MAJOR] = { F_U32,
				    offsetof(struct fserror_range, major) },
	[FSERROR_A_RANGE_MINOR] = { F_U32,
				    offsetof(struct fserror_range, minor) },
	[FSERROR_A_RANGE_OFFSET] = { F_UINT,
				     offsetof(struct fserror_range, offset) },
	[FSERROR_A_RANGE_LENGTH] = { F_UINT,
				     offsetof(struct fserror_range, length) },
};

static const struct field_set range_set = { "range", range_fields,
					    FSERROR_A_RANGE_MAX };

#define REC(type, member)                                     \
	{                                                     \
		type, offsetof(struct fserror_record, member) \
	}

static const struct field record_fields[] = {
	[FSERROR_A_RECORD_SEQ] = REC(F_UINT, seq),
	[FSERROR_A_RECORD_TIME] = REC(F_UINT, time),
	[FSERROR_A_RECORD_BOOTTIME] = REC(F_UINT, boottime),
	[FSERROR_A_RECORD_KIND] = REC(F_U32, kind),
	[FSERROR_A_RECORD_ERROR] = REC(F_U32, error),
	[FSERROR_A_RECORD_CAUSE] = REC(F_U32, cause),
	[FSERROR_A_RECORD_FLAGS] = REC(F_U32, flags),
	[FSERROR_A_RECORD_MAJOR] = REC(F_U32, major),
	[FSERROR_A_RECORD_MINOR] = REC(F_U32, minor),
	[FSERROR_A_RECORD_FSTYPE] = REC(F_NAME, fstype),
	[FSERROR_A_RECORD_UUID] = REC(F_UUID, uuid),
	[FSERROR_A_RECORD_SB_ID] = REC(F_NAME, sb_id),
	[FSERROR_A_RECORD_INO] = REC(F_UINT, ino),
	[FSERROR_A_RECORD_GENERATION] = REC(F_U32, generation),
	[FSERROR_A_RECORD_NLINK] = REC(F_U32, nlink),
	[FSERROR_A_RECORD_HANDLE_TYPE] = REC(F_S32, handle_type),
	[FSERROR_A_RECORD_HANDLE] = REC(F_HANDLE, handle),
	[FSERROR_A_RECORD_OFFSET] = REC(F_UINT, offset),
	[FSERROR_A_RECORD_LENGTH] = REC(F_UINT, length),
	[FSERROR_A_RECORD_META] = REC(F_U32, meta),
	[FSERROR_A_RECORD_DEVICE] = REC(F_RANGE, device),
	[FSERROR_A_RECORD_ORIGIN] = REC(F_RANGE, origin),
	[FSERROR_A_RECORD_LAYER] = REC(F_NAME, layer),
};

static const struct field_set record_set = { "record", record_fields,
					     FSERROR_A_RECORD_MAX };

static const struct field lost_fields[] = {
	[FSERROR_A_LOST_FIRST] = { F_UINT,
				   offsetof(struct fserror_lost, first) },
	[FSERROR_A_LOST_LAST] = { F_UINT, offsetof(struct fserror_lost, last) },
};

static const struct field_set lost_set = { "lost", lost_fields,
					   FSERROR_A_LOST_MAX };

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
	[FSERROR_A_FILESYSTEM_RECORDS] = FS(F_UINT, records),
	[FSERROR_A_FILESYSTEM_DATA_LOST] = FS(F_UINT, data_lost),
	[FSERROR_A_FILESYSTEM_METADATA] = FS(F_UINT, metadata),
	[FSERROR_A_FILESYSTEM_IO_ERRORS] = FS(F_UINT, io_errors),
	[FSERROR_A_FILESYSTEM_UNRESOLVED] = FS(F_UINT, unresolved),
};

static const struct field_set filesystem_set = { "filesystem",
						 filesystem_fields,
						 FSERROR_A_FILESYSTEM_MAX };

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
	[FSERROR_A_STAT_FIRST_SEQ] = STAT(F_UINT, first_seq),
	[FSERROR_A_STAT_LAST_SEQ] = STAT(F_UINT, last_seq),
	[FSERROR_A_STAT_PUBLISHED_SEQ] = STAT(F_UINT, published_seq),
	[FSERROR_A_STAT_RING_SIZE] = STAT(F_U32, ring_size),
	[FSERROR_A_STAT_OVERWRITTEN] = STAT(F_UINT, overwritten),
	[FSERROR_A_STAT_UNSENT] = STAT(F_UINT, unsent),
	[FSERROR_A_STAT_KIND] = { F_MULTI, 0 },
	[FSERROR_A_STAT_KERNEL_WATCHERS] = STAT(F_U32, kernel_watchers),
	[FSERROR_A_STAT_WATCHER] = { F_MULTI, 0 },
};

static const struct field_set stat_set = { "stat", stat_fields,
					   FSERROR_A_STAT_MAX };

/* the parts of an event message; the repeated ones are visited in place */
struct event_head {
	uint8_t boot_id[FSERROR_UUID_LEN];
};

static const struct field event_fields[] = {
	[FSERROR_A_EVENT_BOOT_ID] = { F_UUID,
				      offsetof(struct event_head, boot_id) },
	[FSERROR_A_EVENT_LOST] = { F_MULTI, 0 },
	[FSERROR_A_EVENT_RECORD] = { F_MULTI, 0 },
};

static const struct field_set event_set = { "event", event_fields,
					    FSERROR_A_EVENT_RECORD };

static int bad_length(const struct field_set *set, struct nlattr *attr,
		      struct fserror_why *why)
{
	snprintf(why->text, sizeof(why->text),
		 "%s: attribute %d has a wrong length of %d bytes", set->name,
		 nla_type(attr), nla_len(attr));
	return -EBADMSG;
}

static int missing(const char *set, const char *attr, struct fserror_why *why)
{
	snprintf(why->text, sizeof(why->text), "%s: no %s", set, attr);
	return -EBADMSG;
}

static int parse_set(struct nlattr *head, int len, const struct field_set *set,
		     void *out, uint32_t *present, struct fserror_why *why);

static int parse_field(const struct field_set *set, const struct field *field,
		       struct nlattr *attr, char *out, struct fserror_why *why)
{
	const char *data = nla_data(attr);
	int len = nla_len(attr);
	uint32_t narrow;
	uint64_t wide;

	switch (field->type) {
	case F_UNKNOWN:
	case F_MULTI:
	case F_FLAG:
		return 0;
	case F_U32:
	case F_S32:
		if (len != 4)
			return bad_length(set, attr, why);
		memcpy(out + field->at, data, 4);
		return 0;
	case F_UINT:
		if (len == 4) {
			memcpy(&narrow, data, 4);
			wide = narrow;
		} else if (len == 8) {
			memcpy(&wide, data, 8);
		} else {
			return bad_length(set, attr, why);
		}
		memcpy(out + field->at, &wide, sizeof(wide));
		return 0;
	case F_NAME:
		if (len < 2 || len > FSERROR_NAME_MAX || data[len - 1] ||
		    !data[0])
			return bad_length(set, attr, why);
		memcpy(out + field->at, data, len);
		return 0;
	case F_UUID:
		if (len != FSERROR_UUID_LEN)
			return bad_length(set, attr, why);
		memcpy(out + field->at, data, FSERROR_UUID_LEN);
		return 0;
	case F_HANDLE:
		if (len < 1 || len > FSERROR_HANDLE_MAX)
			return bad_length(set, attr, why);
		memcpy(out + field->at, data, len);
		((struct fserror_record *)(void *)out)->handle_len = len;
		return 0;
	case F_RANGE: {
		struct fserror_range *range = (void *)(out + field->at);

		return parse_set(nla_data(attr), len, &range_set, range,
				 &range->present, why);
	}
	}
	return 0;
}

static int parse_set(struct nlattr *head, int len, const struct field_set *set,
		     void *out, uint32_t *present, struct fserror_why *why)
{
	struct nlattr *attr;
	int rem, type, err;

	nla_for_each_attr(attr, head, len, rem) {
		type = nla_type(attr);
		if (type > set->max)
			continue;
		err = parse_field(set, &set->fields[type], attr, out, why);
		if (err)
			return err;
		if (set->fields[type].type != F_UNKNOWN)
			*present |= UINT32_C(1) << type;
	}
	/* below 0 if only the padding behind the last attribute is missing */
	if (rem > 0) {
		snprintf(why->text, sizeof(why->text),
			 "%s: %d bytes that are no attribute", set->name, rem);
		return -EBADMSG;
	}
	return 0;
}

static int parse_record(struct nlattr *nest, struct fserror_record *rec,
			struct fserror_why *why)
{
	int err;

	memset(rec, 0, sizeof(*rec));
	err = parse_set(nla_data(nest), nla_len(nest), &record_set, rec,
			&rec->present, why);
	if (err)
		return err;
	if (!fserror_has(rec, FSERROR_A_RECORD_KIND))
		return missing("record", "kind", why);
	return 0;
}

static int parse_lost(struct nlattr *nest, struct fserror_lost *lost,
		      struct fserror_why *why)
{
	int err;

	memset(lost, 0, sizeof(*lost));
	err = parse_set(nla_data(nest), nla_len(nest), &lost_set, lost,
			&lost->present, why);
	if (err)
		return err;
	if (!fserror_present(lost->present, FSERROR_A_LOST_FIRST))
		return missing("lost", "first", why);
	if (!fserror_present(lost->present, FSERROR_A_LOST_LAST))
		return missing("lost", "last", why);
	if (lost->first > lost->last) {
		snprintf(why->text, sizeof(why->text),
			 "lost: first is behind last");
		return -EBADMSG;
	}
	return 0;
}

/* the attributes of a generic netlink message */
static int message_attrs(const struct nlmsghdr *nlh, struct nlattr **head,
			 int *len, struct fserror_why *why)
{
	struct genlmsghdr *gnlh = nlmsg_data(nlh);

	*len = nlmsg_datalen(nlh) - GENL_HDRLEN;
	if (*len < 0) {
		snprintf(why->text, sizeof(why->text),
			 "message of %u bytes has no generic netlink header",
			 nlh->nlmsg_len);
		return -EBADMSG;
	}
	*head = (struct nlattr *)((char *)gnlh + GENL_HDRLEN);
	return 0;
}

int fserror_parse_event(const struct nlmsghdr *nlh, uint8_t *boot_id,
			bool *has_boot_id,
			const struct fserror_event_visitor *visitor,
			struct fserror_why *why)
{
	struct event_head event = { 0 };
	struct nlattr *head, *attr;
	uint32_t present = 0;
	struct fserror_record rec;
	struct fserror_lost lost;
	int len, rem, err;

	err = message_attrs(nlh, &head, &len, why);
	if (err)
		return err;
	err = parse_set(head, len, &event_set, &event, &present, why);
	if (err)
		return err;
	*has_boot_id = fserror_present(present, FSERROR_A_EVENT_BOOT_ID);
	if (*has_boot_id)
		memcpy(boot_id, event.boot_id, sizeof(event.boot_id));

	nla_for_each_attr(attr, head, len, rem) {
		if (nla_type(attr) == FSERROR_A_EVENT_LOST) {
			err = parse_lost(attr, &lost, why);
			if (!err)
				err = visitor->lost(visitor->arg, &lost);
		} else if (nla_type(attr) == FSERROR_A_EVENT_RECORD) {
			err = parse_record(attr, &rec, why);
			if (!err && !fserror_has(&rec, FSERROR_A_RECORD_SEQ))
				err = missing("record", "seq", why);
			if (!err)
				err = visitor->record(visitor->arg, &rec);
		}
		if (err)
			return err;
	}
	return 0;
}

int fserror_parse_damage(const struct nlmsghdr *nlh,
			 const struct fserror_event_visitor *visitor,
			 struct fserror_why *why)
{
	struct nlattr *head, *attr;
	struct fserror_record rec;
	int len, rem, err;

	err = message_attrs(nlh, &head, &len, why);
	if (err)
		return err;
	nla_for_each_attr(attr, head, len, rem) {
		if (nla_type(attr) != FSERROR_A_DAMAGE_RECORD)
			continue;
		err = parse_record(attr, &rec, why);
		if (!err)
			err = visitor->record(visitor->arg, &rec);
		if (err)
			return err;
	}
	if (rem > 0)
		return missing("damage", "whole record", why);
	return 0;
}

int fserror_parse_filesystem(const struct nlmsghdr *nlh,
			     struct fserror_filesystem *fs,
			     struct fserror_why *why)
{
	struct nlattr *head;
	int len, err;

	memset(fs, 0, sizeof(*fs));
	err = message_attrs(nlh, &head, &len, why);
	if (err)
		return err;
	return parse_set(head, len, &filesystem_set, fs, &fs->present, why);
}

static int parse_stat_lists(struct nlattr *head, int len,
			    struct fserror_stat *st, struct fserror_why *why)
{
	struct nlattr *attr;
	int rem, err = 0;

	nla_for_each_attr(attr, head, len, rem) {
		st->nr_kinds += nla_type(attr) == FSERROR_A_STAT_KIND;
		st->nr_watchers += nla_type(attr) == FSERROR_A_STAT_WATCHER;
	}
	st->kinds = calloc(st->nr_kinds + 1, sizeof(*st->kinds));
	st->watchers = calloc(st->nr_watchers + 1, sizeof(*st->watchers));
	if (!st->kinds || !st->watchers)
		return -ENOMEM;

	st->nr_kinds = 0;
	st->nr_watchers = 0;
	nla_for_each_attr(attr, head, len, rem) {
		if (nla_type(attr) == FSERROR_A_STAT_KIND) {
			struct fserror_kind_count *kind =
				st->kinds + st->nr_kinds;

			err = parse_set(nla_data(attr), nla_len(attr),
					&kind_count_set, kind, &kind->present,
					why);
			st->nr_kinds++;
		} else if (nla_type(attr) == FSERROR_A_STAT_WATCHER) {
			struct fserror_watcher *watcher =
				st->watchers + st->nr_watchers;

			err = parse_set(nla_data(attr), nla_len(attr),
					&watcher_set, watcher,
					&watcher->present, why);
			st->nr_watchers++;
		}
		if (err)
			return err;
	}
	return 0;
}

static const struct field test_fields[] = {
	[FSERROR_A_TEST_FS] = { F_UNKNOWN, 0 },
	[FSERROR_A_TEST_SEQ] = { F_UINT, 0 },
};

static const struct field_set test_set = { "test", test_fields,
					   FSERROR_A_TEST_MAX };

int fserror_parse_test(const struct nlmsghdr *nlh, uint64_t *seq,
		       struct fserror_why *why)
{
	struct nlattr *head;
	uint32_t present;
	int len, err;

	*seq = 0;
	err = message_attrs(nlh, &head, &len, why);
	if (!err)
		err = parse_set(head, len, &test_set, seq, &present, why);
	if (!err && !fserror_present(present, FSERROR_A_TEST_SEQ))
		err = missing(test_set.name, "seq", why);
	return err;
}

int fserror_parse_stat(const struct nlmsghdr *nlh, struct fserror_stat *st,
		       struct fserror_why *why)
{
	struct nlattr *head;
	int len, err;

	memset(st, 0, sizeof(*st));
	err = message_attrs(nlh, &head, &len, why);
	if (err)
		return err;
	err = parse_set(head, len, &stat_set, st, &st->present, why);
	if (err)
		return err;
	err = parse_stat_lists(head, len, st, why);
	if (err)
		fserror_stat_clear(st);
	return err;
}

void fserror_stat_clear(struct fserror_stat *st)
{
	free(st->kinds);
	free(st->watchers);
	memset(st, 0, sizeof(*st));
}
