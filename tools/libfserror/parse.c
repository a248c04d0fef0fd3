// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decoding of the messages of the fserror family: attribute sets, records, events.
 *
 * Every attribute set is a table that says which attribute goes where in which
 * structure. Lengths are checked here and not left to libnl: libnl ignores
 * what is left over behind the last whole attribute, and a truncated message
 * must be seen. Attributes with numbers that this program does not know are
 * skipped, so that a later kernel may say more.
 */
#include "parse_set.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/genl/genl.h>
#include <netlink/msg.h>

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
	[FSERROR_A_RECORD_INSTANCE] = REC(F_UINT, instance),
	[FSERROR_A_RECORD_FS_SEQ] = REC(F_UINT, fs_seq),
	[FSERROR_A_RECORD_REPEAT] = REC(F_UINT, repeat),
	[FSERROR_A_RECORD_COUNT] = REC(F_UINT, count),
	[FSERROR_A_RECORD_ROLE] = REC(F_U32, role),
	[FSERROR_A_RECORD_ROOT] = REC(F_UINT, root),
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

/* the repeated parts of an event message are visited in place */
static const struct field event_fields[] = {
	[FSERROR_A_EVENT_BOOT_ID] = { F_UUID,
				      offsetof(struct fserror_event_head,
					       boot_id) },
	[FSERROR_A_EVENT_AS_OF] = { F_UINT, offsetof(struct fserror_event_head,
						     as_of) },
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
		 attr_type(attr), attr_len(attr));
	return -EBADMSG;
}

int fserror_parse_missing(const char *set, const char *attr,
			  struct fserror_why *why)
{
	snprintf(why->text, sizeof(why->text), "%s: no %s", set, attr);
	return -EBADMSG;
}

static bool is_number(enum field_type type)
{
	return type == F_U32 || type == F_S32 || type == F_UINT;
}

static int parse_number(const struct field_set *set, const struct field *field,
			struct nlattr *attr, char *out, struct fserror_why *why)
{
	const char *data = attr_data(attr);
	uint32_t narrow;
	uint64_t wide;

	if (field->type == F_UINT && attr_len(attr) == 8) {
		memcpy(out + field->at, data, 8);
		return 0;
	}
	if (attr_len(attr) != 4)
		return bad_length(set, attr, why);
	if (field->type != F_UINT) {
		memcpy(out + field->at, data, 4);
		return 0;
	}
	memcpy(&narrow, data, 4);
	wide = narrow;
	memcpy(out + field->at, &wide, sizeof(wide));
	return 0;
}

static int parse_other(const struct field_set *set, const struct field *field,
		       struct nlattr *attr, char *out, struct fserror_why *why)
{
	char *data = attr_data(attr);
	int len = attr_len(attr);

	switch (field->type) {
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

		return fserror_parse_set((void *)data, len, &range_set, range,
					 &range->present, why);
	}
	default:
		return 0;
	}
}

int fserror_parse_set(struct nlattr *head, int len, const struct field_set *set,
		      void *out, uint32_t *present, struct fserror_why *why)
{
	const struct field *field;
	struct nlattr *attr;
	int rem, type, err;
	uint32_t bits = 0;

	for (attr = head, rem = len; attr_is_whole(attr, rem);
	     attr = attr_next(attr, &rem)) {
		type = attr_type(attr);
		if (type > set->max)
			continue;
		field = &set->fields[type];
		/* most are: a switch takes longer to jump than it takes to parse them */
		if (is_number(field->type))
			err = parse_number(set, field, attr, out, why);
		else
			err = parse_other(set, field, attr, out, why);
		if (err)
			return err;
		if (field->type != F_UNKNOWN)
			bits |= UINT32_C(1) << type;
	}
	*present |= bits;
	/* below 0 if only the padding behind the last attribute is missing */
	if (rem > 0) {
		snprintf(why->text, sizeof(why->text),
			 "%s: %d bytes that are no attribute", set->name, rem);
		return -EBADMSG;
	}
	return 0;
}

int fserror_parse_record(struct nlattr *nest, struct fserror_record *rec,
			 struct fserror_why *why)
{
	int err;

	memset(rec, 0, sizeof(*rec));
	err = fserror_parse_set(attr_data(nest), attr_len(nest), &record_set,
				rec, &rec->present, why);
	if (err)
		return err;
	if (!fserror_has(rec, FSERROR_A_RECORD_KIND))
		return fserror_parse_missing("record", "kind", why);
	return 0;
}

static int parse_lost(struct nlattr *nest, struct fserror_lost *lost,
		      struct fserror_why *why)
{
	int err;

	memset(lost, 0, sizeof(*lost));
	err = fserror_parse_set(nla_data(nest), nla_len(nest), &lost_set, lost,
				&lost->present, why);
	if (err)
		return err;
	if (!fserror_present(lost->present, FSERROR_A_LOST_FIRST))
		return fserror_parse_missing("lost", "first", why);
	if (!fserror_present(lost->present, FSERROR_A_LOST_LAST))
		return fserror_parse_missing("lost", "last", why);
	if (lost->first > lost->last) {
		snprintf(why->text, sizeof(why->text),
			 "lost: first is behind last");
		return -EBADMSG;
	}
	return 0;
}

int fserror_parse_head(const struct nlmsghdr *nlh, struct nlattr **head,
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

int fserror_parse_list(struct nlattr *head, int len, int type,
		       const struct field_set *set, size_t size, void **list,
		       size_t *nr, struct fserror_why *why)
{
	struct nlattr *attr;
	size_t count = 0;
	char *at;
	int rem, err;

	nla_for_each_attr(attr, head, len, rem)
		count += nla_type(attr) == type;
	*nr = 0;
	*list = calloc(count + 1, size);
	if (!*list)
		return -ENOMEM;
	nla_for_each_attr(attr, head, len, rem) {
		if (nla_type(attr) != type)
			continue;
		at = (char *)*list + *nr * size;
		err = fserror_parse_set(nla_data(attr), nla_len(attr), set, at,
					(uint32_t *)(void *)at, why);
		if (err)
			return err;
		(*nr)++;
	}
	return 0;
}

int fserror_parse_event(const struct nlmsghdr *nlh,
			struct fserror_event_head *event,
			const struct fserror_event_parser *parser,
			struct fserror_why *why)
{
	struct nlattr *head, *attr;
	struct fserror_record rec;
	struct fserror_lost lost;
	int len, rem, err;

	memset(event, 0, sizeof(*event));
	err = fserror_parse_head(nlh, &head, &len, why);
	if (err)
		return err;
	err = fserror_parse_set(head, len, &event_set, event, &event->present,
				why);
	if (err)
		return err;

	for (attr = head, rem = len; attr_is_whole(attr, rem);
	     attr = attr_next(attr, &rem)) {
		if (attr_type(attr) == FSERROR_A_EVENT_LOST) {
			err = parse_lost(attr, &lost, why);
			if (!err)
				err = parser->lost(parser->arg, &lost);
		} else if (attr_type(attr) == FSERROR_A_EVENT_RECORD) {
			err = fserror_parse_record(attr, &rec, why);
			if (!err && !fserror_has(&rec, FSERROR_A_RECORD_SEQ))
				err = fserror_parse_missing("record", "seq",
							    why);
			if (!err)
				err = parser->record(parser->arg, &rec);
		}
		if (err)
			return err;
	}
	return 0;
}
