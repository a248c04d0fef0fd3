// SPDX-License-Identifier: GPL-2.0-only
/*
 * A record as attributes of a netlink message.
 *
 * What is not known is absent, never zero or empty.
 *
 * There are some thirty attributes in a record, and a hundred thousand records in a long
 * answer. So whether there is room is asked once, for the largest record, and not for
 * each attribute.
 */
#include <linux/unaligned.h>
#include <net/genetlink.h>
#include "internal.h"

#define FSERROR_U32_SIZE	nla_total_size(sizeof(u32))
#define FSERROR_UINT_SIZE	nla_total_size(sizeof(u64))
#define FSERROR_RANGE_SIZE	nla_total_size(2 * FSERROR_U32_SIZE + \
					       2 * FSERROR_UINT_SIZE)

/* room for the largest record, by the functions below */
#define FSERROR_RECORD_SIZE					\
	(nla_total_size(0) +					\
	 4 * FSERROR_UINT_SIZE +				\
	 6 * FSERROR_U32_SIZE + 2 * FSERROR_UINT_SIZE +		\
	 nla_total_size(BDEV_BAD_LAYER_BYTES) +			\
	 2 * FSERROR_U32_SIZE + FSERROR_UINT_SIZE +		\
	 nla_total_size(sizeof_field(struct fserror_record, fs_type)) +	\
	 nla_total_size(sizeof_field(struct fserror_record, sb_id)) +	\
	 nla_total_size(UUID_SIZE) +				\
	 3 * FSERROR_U32_SIZE + 4 * FSERROR_UINT_SIZE +		\
	 nla_total_size(FSERROR_HANDLE_BYTES) +			\
	 2 * FSERROR_RANGE_SIZE)

/* Begin an attribute at *@at, which is moved behind it. Returns where its value goes. */
static __always_inline void *fserror_write(u8 **at, int attrtype, int len)
{
	struct nlattr *attr = (struct nlattr *)*at;

	attr->nla_type = attrtype;
	attr->nla_len = nla_attr_size(len);
	*at += nla_total_size(len);
	/* what is behind the value, if anything, is in its last four bytes */
	if (nla_padlen(len))
		*(u32 *)(*at - sizeof(u32)) = 0;
	return nla_data(attr);
}

static void fserror_write_u32(u8 **at, int attrtype, u32 value)
{
	*(u32 *)fserror_write(at, attrtype, sizeof(u32)) = value;
}

/* as nla_put_uint() */
static void fserror_write_uint(u8 **at, int attrtype, u64 value)
{
	if (value <= U32_MAX)
		fserror_write_u32(at, attrtype, value);
	else
		put_unaligned(value, (u64 *)fserror_write(at, attrtype,
							  sizeof(u64)));
}

/* These leave out what there is nothing to say of. */
static void fserror_put_u32(u8 **at, int attrtype, u32 value)
{
	if (value)
		fserror_write_u32(at, attrtype, value);
}

static void fserror_put_uint(u8 **at, int attrtype, u64 value)
{
	if (value)
		fserror_write_uint(at, attrtype, value);
}

static void fserror_put_string(u8 **at, int attrtype, const char *string)
{
	int len = strlen(string);

	if (len)
		memcpy(fserror_write(at, attrtype, len + 1), string, len + 1);
}

static void fserror_put_range(u8 **at, int attrtype,
			      const struct fserror_range *range)
{
	struct nlattr *nest = (struct nlattr *)*at;

	if (!range->dev)
		return;
	fserror_write(at, attrtype | NLA_F_NESTED, 0);
	fserror_write_u32(at, FSERROR_A_RANGE_MAJOR, MAJOR(range->dev));
	fserror_write_u32(at, FSERROR_A_RANGE_MINOR, MINOR(range->dev));
	if (range->len) {
		fserror_write_uint(at, FSERROR_A_RANGE_OFFSET, range->pos);
		fserror_write_uint(at, FSERROR_A_RANGE_LENGTH, range->len);
	}
	nest->nla_len = *at - (u8 *)nest;
}

static void fserror_put_number(u8 **at, const struct fserror_record *record)
{
	/* the answer to a question has neither number nor time */
	if (!record->seq)
		return;
	fserror_write_uint(at, FSERROR_A_RECORD_SEQ, record->seq);
	fserror_write_uint(at, FSERROR_A_RECORD_TIME, record->realtime_ns);
	fserror_write_uint(at, FSERROR_A_RECORD_BOOTTIME, record->boottime_ns);
	fserror_put_uint(at, FSERROR_A_RECORD_FS_SEQ, record->fs_seq);
}

static void fserror_put_facts(u8 **at, const struct fserror_record *record)
{
	fserror_write_u32(at, FSERROR_A_RECORD_KIND, record->kind);
	fserror_put_u32(at, FSERROR_A_RECORD_ERROR, record->error);
	fserror_put_u32(at, FSERROR_A_RECORD_CAUSE, record->cause);
	fserror_put_u32(at, FSERROR_A_RECORD_FLAGS, record->flags);
	fserror_put_u32(at, FSERROR_A_RECORD_META, record->meta);
	fserror_put_u32(at, FSERROR_A_RECORD_ROLE, record->role);
	/* that it stands for one error, or one piece, goes without saying */
	if (record->repeat > 1)
		fserror_write_uint(at, FSERROR_A_RECORD_REPEAT, record->repeat);
	fserror_put_uint(at, FSERROR_A_RECORD_COUNT, record->count);
	fserror_put_string(at, FSERROR_A_RECORD_LAYER, record->layer);
}

static void fserror_put_fs(u8 **at, const struct fserror_record *record)
{
	if (!record->fs_type[0])
		return;
	fserror_write_u32(at, FSERROR_A_RECORD_MAJOR, MAJOR(record->dev));
	fserror_write_u32(at, FSERROR_A_RECORD_MINOR, MINOR(record->dev));
	fserror_put_string(at, FSERROR_A_RECORD_FSTYPE, record->fs_type);
	if (!uuid_is_null(&record->uuid))
		export_uuid(fserror_write(at, FSERROR_A_RECORD_UUID, UUID_SIZE),
			    &record->uuid);
	fserror_put_string(at, FSERROR_A_RECORD_SB_ID, record->sb_id);
	fserror_put_uint(at, FSERROR_A_RECORD_INSTANCE, record->instance);
}

static void fserror_put_inode(u8 **at, const struct fserror_record *record)
{
	if (record->has_inode) {
		fserror_write_uint(at, FSERROR_A_RECORD_INO, record->ino);
		fserror_put_uint(at, FSERROR_A_RECORD_ROOT, record->root);
	}
	if (record->has_inode && !record->unread) {
		fserror_write_u32(at, FSERROR_A_RECORD_GENERATION,
				  record->generation);
		fserror_write_u32(at, FSERROR_A_RECORD_NLINK, record->nlink);
	}
	if (record->handle_len) {
		fserror_write_u32(at, FSERROR_A_RECORD_HANDLE_TYPE,
				  record->handle_type);
		memcpy(fserror_write(at, FSERROR_A_RECORD_HANDLE,
				     record->handle_len),
		       record->handle, record->handle_len);
	}
	if (record->len) {
		fserror_write_uint(at, FSERROR_A_RECORD_OFFSET, record->pos);
		fserror_write_uint(at, FSERROR_A_RECORD_LENGTH, record->len);
	}
}

/**
 * fserror_msg_put_record - put a record into a message
 * @skb: message
 * @attrtype: attribute that holds it
 * @record: the record
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE if there is no room for the largest of records, in which case
 * the message is as it was.
 */
int fserror_msg_put_record(struct sk_buff *skb, int attrtype,
			   const struct fserror_record *record)
{
	struct nlattr *nest = (struct nlattr *)skb_tail_pointer(skb);
	u8 *at = (u8 *)nest;

	if (skb_tailroom(skb) < FSERROR_RECORD_SIZE)
		return -EMSGSIZE;
	fserror_write(&at, attrtype | NLA_F_NESTED, 0);
	fserror_put_number(&at, record);
	fserror_put_facts(&at, record);
	fserror_put_fs(&at, record);
	fserror_put_inode(&at, record);
	fserror_put_range(&at, FSERROR_A_RECORD_DEVICE, &record->device);
	fserror_put_range(&at, FSERROR_A_RECORD_ORIGIN, &record->origin);
	nest->nla_len = at - (u8 *)nest;
	skb_put(skb, nest->nla_len);
	return 0;
}
