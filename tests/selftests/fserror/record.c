// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records as the kernel sent them, collected.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "record.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* longer than the slowest machine takes to hand a record on */
#define RECORD_MS 10000

static void copy_bytes(void *to, size_t size, const struct nlattr *attr)
{
	size_t len;

	if (!attr)
		return;
	len = nl_len(attr);
	memcpy(to, nl_data(attr), len < size ? len : size);
}

static __u64 uint_or_0(const struct nlattr *attr)
{
	return attr ? nl_uint(attr) : 0;
}

static __u32 u32_or_0(const struct nlattr *attr)
{
	return attr ? nl_u32(attr) : 0;
}

static int read_record(const struct nlattr *attr, struct record *record)
{
	const struct nlattr *tb[FSERROR_A_RECORD_MAX + 1];
	int i;

	memset(record, 0, sizeof(*record));
	if (nl_parse(attr, tb, FSERROR_A_RECORD_MAX))
		return -EPROTO;
	for (i = 1; i <= FSERROR_A_RECORD_MAX; i++)
		if (tb[i])
			record->there |= 1U << i;

	record->seq = uint_or_0(tb[FSERROR_A_RECORD_SEQ]);
	record->instance = uint_or_0(tb[FSERROR_A_RECORD_INSTANCE]);
	record->fs_seq = uint_or_0(tb[FSERROR_A_RECORD_FS_SEQ]);
	record->repeat = uint_or_0(tb[FSERROR_A_RECORD_REPEAT]) ?: 1;
	record->time = uint_or_0(tb[FSERROR_A_RECORD_TIME]);
	record->boottime = uint_or_0(tb[FSERROR_A_RECORD_BOOTTIME]);
	record->kind = u32_or_0(tb[FSERROR_A_RECORD_KIND]);
	record->error = u32_or_0(tb[FSERROR_A_RECORD_ERROR]);
	record->cause = u32_or_0(tb[FSERROR_A_RECORD_CAUSE]);
	record->major = u32_or_0(tb[FSERROR_A_RECORD_MAJOR]);
	record->minor = u32_or_0(tb[FSERROR_A_RECORD_MINOR]);
	record->ino = uint_or_0(tb[FSERROR_A_RECORD_INO]);
	record->generation = u32_or_0(tb[FSERROR_A_RECORD_GENERATION]);
	record->nlink = u32_or_0(tb[FSERROR_A_RECORD_NLINK]);
	record->offset = uint_or_0(tb[FSERROR_A_RECORD_OFFSET]);
	record->length = uint_or_0(tb[FSERROR_A_RECORD_LENGTH]);
	record->handle_type = (__s32)u32_or_0(tb[FSERROR_A_RECORD_HANDLE_TYPE]);
	if (tb[FSERROR_A_RECORD_HANDLE])
		record->handle_len = nl_len(tb[FSERROR_A_RECORD_HANDLE]);
	copy_bytes(record->handle, sizeof(record->handle),
		   tb[FSERROR_A_RECORD_HANDLE]);
	copy_bytes(record->uuid, sizeof(record->uuid),
		   tb[FSERROR_A_RECORD_UUID]);
	copy_bytes(record->fstype, sizeof(record->fstype) - 1,
		   tb[FSERROR_A_RECORD_FSTYPE]);
	return 0;
}

static int grow(struct records *records)
{
	unsigned int max = records->max ? records->max * 2 : 64;
	struct record *new;

	new = realloc(records->records, sizeof(*new) * max);
	if (!new)
		return -ENOMEM;
	records->records = new;
	records->max = max;
	return 0;
}

static int add_record(struct records *records, const struct nlattr *attr)
{
	if (records->nr == records->max && grow(records))
		return -ENOMEM;
	return read_record(attr, &records->records[records->nr++]);
}

static int add_lost(struct records *records, const struct nlattr *attr)
{
	const struct nlattr *tb[FSERROR_A_LOST_MAX + 1];
	unsigned int i = records->nr_lost++;

	if (nl_parse(attr, tb, FSERROR_A_LOST_MAX) ||
	    !tb[FSERROR_A_LOST_FIRST] || !tb[FSERROR_A_LOST_LAST])
		return -EPROTO;
	if (i >= ARRAY_SIZE(records->lost))
		return 0;
	records->lost[i].first = nl_uint(tb[FSERROR_A_LOST_FIRST]);
	records->lost[i].last = nl_uint(tb[FSERROR_A_LOST_LAST]);
	records->lost[i].before = records->nr;
	return 0;
}

/**
 * records_add - collect what a message of the groups or of event-get has
 * @nlh: message
 * @data: struct records
 */
void records_add(const struct nlmsghdr *nlh, void *data)
{
	struct records *records = data;
	const struct nlattr *attr;
	unsigned int here = 0;
	int len, size, error;

	records->messages++;
	for (attr = nl_attrs(nlh, &len); len > 0; attr = nl_next(attr, &len)) {
		size = attr->nla_len;
		if (len < NLA_HDRLEN || size < NLA_HDRLEN || size > len) {
			records->malformed = true;
			return;
		}
		error = 0;
		switch (nl_type(attr)) {
		case FSERROR_A_EVENT_BOOT_ID:
			copy_bytes(records->boot_id, sizeof(records->boot_id),
				   attr);
			error = nl_len(attr) != sizeof(records->boot_id);
			break;
		case FSERROR_A_EVENT_AS_OF:
			/* in the first message, of an answer */
			error = records->nr_as_of++ || here;
			records->as_of = nl_uint(attr);
			break;
		case FSERROR_A_EVENT_LOST:
			/* a marker comes before the records of its message */
			error = here || add_lost(records, attr);
			break;
		case FSERROR_A_EVENT_RECORD:
			here++;
			error = add_record(records, attr);
			break;
		default:
			error = -EPROTO;
		}
		if (error)
			records->malformed = true;
	}
	if (here > records->most)
		records->most = here;
}

/**
 * records_free - forget what was collected
 * @records: empty and usable again afterwards
 */
void records_free(struct records *records)
{
	free(records->records);
	memset(records, 0, sizeof(*records));
}

/**
 * records_receive - receive events until there are enough
 * @records: where they are collected
 * @nl: socket, a member of the group
 * @nr: how many there are to be in @records
 *
 * Return: 0, -EAGAIN if nothing came for long, or another negative errno.
 */
int records_receive(struct records *records, struct nl *nl, unsigned int nr)
{
	int error;

	while (records->nr < nr) {
		error = nl_receive(nl, RECORD_MS, records_add, records);
		if (error)
			return error;
	}
	return 0;
}

/**
 * records_receive_kind - receive events until there are enough of one kind
 * @records: where they are collected, of all kinds
 * @nl: socket, a member of the group
 * @kind: the kind
 * @nr: how many errors, or whatever they stand for, there are to be in @records
 *
 * Return: 0, -EAGAIN if nothing came for long, or another negative errno.
 */
int records_receive_kind(struct records *records, struct nl *nl, __u32 kind,
			 __u64 nr)
{
	int error;

	while (records_errors(records, kind) < nr) {
		error = nl_receive(nl, RECORD_MS, records_add, records);
		if (error)
			return error;
	}
	return 0;
}

/**
 * records_errors - how many errors do the records of a kind stand for?
 * @records: the records
 * @kind: the kind
 *
 * Return: how many.
 */
__u64 records_errors(const struct records *records, __u32 kind)
{
	unsigned int i;
	__u64 nr = 0;

	for (i = 0; i < records->nr; i++)
		if (records->records[i].kind == kind)
			nr += records->records[i].repeat;
	return nr;
}

/**
 * records_find - the first record of a kind
 * @records: the records
 * @kind: the kind
 *
 * Return: the record, or NULL.
 */
const struct record *records_find(const struct records *records, __u32 kind)
{
	unsigned int i;

	for (i = 0; i < records->nr; i++)
		if (records->records[i].kind == kind)
			return &records->records[i];
	return NULL;
}

/**
 * boot_id_read - which boot is this?
 * @boot_id: set to its id, 16 bytes
 *
 * Return: 0 or a negative errno.
 */
int boot_id_read(__u8 *boot_id)
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
	unsigned int i, byte;
	int error = 0;

	if (!file)
		return -errno;
	for (i = 0; i < 16 && !error; i++) {
		if (fscanf(file,
			   i == 4 || i == 6 || i == 8 || i == 10 ? "-%2x" :
								   "%2x",
			   &byte) != 1)
			error = -EPROTO;
		boot_id[i] = byte;
	}
	fclose(file);
	return error;
}

/**
 * records_since - ask event-get
 * @records: where they are collected
 * @nl: socket
 * @group: enum fserror_group
 * @since: number of the last record that is known
 * @answer: filled in
 *
 * Return: 0 if there was an answer, whatever it is, or a negative errno.
 */
int records_since(struct records *records, struct nl *nl, __u32 group,
		  __u64 since, struct nl_answer *answer)
{
	struct nl_msg msg;
	__u8 boot_id[16];
	int error;

	error = boot_id_read(boot_id);
	if (error)
		return error;
	nl_msg_init(&msg, nl, FSERROR_CMD_EVENT_GET, NLM_F_DUMP);
	nl_put_u32(&msg, FSERROR_A_EVENT_GROUP, group);
	nl_put(&msg, FSERROR_A_EVENT_BOOT_ID, boot_id, sizeof(boot_id));
	nl_put_u64(&msg, FSERROR_A_EVENT_SINCE, since);
	records->nr_as_of = 0;
	return nl_ask(nl, &msg, records_add, records, answer);
}

/**
 * record_is_of - is a record about a filesystem?
 * @record: record
 * @scratch: filesystem
 *
 * Return: whether device and UUID are those of the filesystem.
 */
bool record_is_of(const struct record *record, const struct scratch *scratch)
{
	return record->major == major(scratch->dev) &&
	       record->minor == minor(scratch->dev) &&
	       !memcmp(record->uuid, scratch->uuid, sizeof(record->uuid));
}

static void put_fs(struct nl_msg *msg, __u16 type,
		   const struct scratch *scratch, bool by_uuid)
{
	__u32 nest = nl_nest(msg, type);

	if (by_uuid) {
		nl_put(msg, FSERROR_A_FS_ID_UUID, scratch->uuid,
		       sizeof(scratch->uuid));
	} else {
		nl_put_u32(msg, FSERROR_A_FS_ID_MAJOR, major(scratch->dev));
		nl_put_u32(msg, FSERROR_A_FS_ID_MINOR, minor(scratch->dev));
	}
	nl_nest_end(msg, nest);
}

/**
 * watch_set - set the filter of a socket
 * @nl: socket
 * @kinds: bit for each kind that passes; 0 for all
 * @scratch: filesystem that passes; NULL for all
 * @by_uuid: name it by its UUID, not by its device
 *
 * Return: 0 or a negative errno.
 */
int watch_set(struct nl *nl, __u32 kinds, const struct scratch *scratch,
	      bool by_uuid)
{
	struct nl_answer answer;
	struct nl_msg msg;
	int error;

	nl_msg_init(&msg, nl, FSERROR_CMD_WATCH_SET, 0);
	if (kinds)
		nl_put_u32(&msg, FSERROR_A_WATCH_KINDS, kinds);
	if (scratch)
		put_fs(&msg, FSERROR_A_WATCH_FS, scratch, by_uuid);
	error = nl_ask(nl, &msg, NULL, NULL, &answer);
	return error ?: answer.error;
}

static void read_test_event(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[FSERROR_A_TEST_MAX + 1];
	__u64 *seq = data;

	/* the number and nothing else */
	if (!nl_parse_msg(nlh, tb, FSERROR_A_TEST_MAX) &&
	    !tb[FSERROR_A_TEST_FS])
		*seq = uint_or_0(tb[FSERROR_A_TEST_SEQ]);
}

/**
 * test_event - have a test record made
 * @nl: socket
 * @scratch: filesystem that it names; NULL for none
 * @by_uuid: name it by its UUID, not by its device
 * @seq: set to the number of the record, 0 if there is none
 *
 * Return: 0 or a negative errno.
 */
int test_event(struct nl *nl, const struct scratch *scratch, bool by_uuid,
	       __u64 *seq)
{
	struct nl_answer answer;
	struct nl_msg msg;
	int error;

	*seq = 0;
	nl_msg_init(&msg, nl, FSERROR_CMD_TEST_EVENT, 0);
	if (scratch)
		put_fs(&msg, FSERROR_A_TEST_FS, scratch, by_uuid);
	error = nl_ask(nl, &msg, read_test_event, seq, &answer);
	if (error)
		return error;
	if (answer.error)
		return answer.error;
	return answer.replies != 1 || !*seq ? -EPROTO : 0;
}
