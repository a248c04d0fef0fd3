// SPDX-License-Identifier: GPL-2.0-only
/*
 * Markers, frames and filesystems as attributes of netlink messages. Records are in
 * message_record.c.
 *
 * What is not known is absent, never zero or empty.
 */
#include <linux/random.h>
#include <net/genetlink.h>
#include "internal.h"
#include "netlink_gen.h"

/* These leave out what there is nothing to say of. */
static int fserror_put_u32(struct sk_buff *skb, int attrtype, u32 value)
{
	return value ? nla_put_u32(skb, attrtype, value) : 0;
}

static int fserror_put_uint(struct sk_buff *skb, int attrtype, u64 value)
{
	return value ? nla_put_uint(skb, attrtype, value) : 0;
}

static int fserror_put_string(struct sk_buff *skb, int attrtype,
			      const char *string)
{
	return string[0] ? nla_put_string(skb, attrtype, string) : 0;
}

static int fserror_put_uuid(struct sk_buff *skb, int attrtype,
			    const uuid_t *uuid)
{
	return uuid_is_null(uuid) ? 0 : nla_put(skb, attrtype, UUID_SIZE, uuid);
}

static int fserror_put_flag(struct sk_buff *skb, int attrtype, bool set)
{
	return set ? nla_put_flag(skb, attrtype) : 0;
}

/* End a nest, or take it back if something did not fit. */
static int fserror_nest_end(struct sk_buff *skb, struct nlattr *nest,
			    int error)
{
	if (error)
		nla_nest_cancel(skb, nest);
	else
		nla_nest_end(skb, nest);
	return error;
}

/**
 * fserror_msg_put_boot_id - put the id of this boot into a message
 * @skb: message
 * @attrtype: attribute that holds it
 *
 * Context: Any.
 * Return: 0 or -EMSGSIZE.
 */
int fserror_msg_put_boot_id(struct sk_buff *skb, int attrtype)
{
	u8 boot_id[UUID_SIZE];

	get_boot_id(boot_id);
	return nla_put(skb, attrtype, sizeof(boot_id), boot_id);
}

/**
 * fserror_msg_put_lost - put a marker into a message
 * @skb: message
 * @first: number of the first record that is gone
 * @last: number of the last one
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE, in which case the message is as it was.
 */
int fserror_msg_put_lost(struct sk_buff *skb, u64 first, u64 last)
{
	struct nlattr *nest;
	int error;

	nest = nla_nest_start(skb, FSERROR_A_EVENT_LOST);
	if (!nest)
		return -EMSGSIZE;
	error = nla_put_uint(skb, FSERROR_A_LOST_FIRST, first) ?:
		nla_put_uint(skb, FSERROR_A_LOST_LAST, last);
	return fserror_nest_end(skb, nest, error);
}

/**
 * fserror_msg_put_header - put the header of a damage-get into a message
 * @skb: message
 * @as_of: number of the newest record before the dump began, 0 if there is none
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE, in which case the message is as it was.
 */
int fserror_msg_put_header(struct sk_buff *skb, u64 as_of)
{
	struct nlattr *nest;
	int error;

	nest = nla_nest_start(skb, FSERROR_A_DAMAGE_HEADER);
	if (!nest)
		return -EMSGSIZE;
	error = fserror_msg_put_boot_id(skb, FSERROR_A_DUMP_HEADER_BOOT_ID) ?:
		nla_put_uint(skb, FSERROR_A_DUMP_HEADER_AS_OF, as_of);
	return fserror_nest_end(skb, nest, error);
}

/**
 * fserror_msg_put_begin - say in a damage-get which filesystem comes now
 * @skb: message
 * @info: the filesystem
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE, in which case the message is as it was.
 */
int fserror_msg_put_begin(struct sk_buff *skb,
			  const struct fserror_sb_info *info)
{
	struct nlattr *nest;
	int error;

	nest = nla_nest_start(skb, FSERROR_A_DAMAGE_BEGIN);
	if (!nest)
		return -EMSGSIZE;
	error = nla_put_uint(skb, FSERROR_A_DUMP_BEGIN_INSTANCE,
			     info->instance) ?:
		nla_put_u32(skb, FSERROR_A_DUMP_BEGIN_MAJOR,
			    MAJOR(info->dev)) ?:
		nla_put_u32(skb, FSERROR_A_DUMP_BEGIN_MINOR,
			    MINOR(info->dev)) ?:
		nla_put_string(skb, FSERROR_A_DUMP_BEGIN_FSTYPE,
			       info->fs_type) ?:
		fserror_put_uuid(skb, FSERROR_A_DUMP_BEGIN_UUID, &info->uuid) ?:
		fserror_put_string(skb, FSERROR_A_DUMP_BEGIN_SB_ID,
				   info->sb_id);
	return fserror_nest_end(skb, nest, error);
}

/**
 * fserror_msg_put_device_state - put what is known of a device into a message
 * @skb: message
 * @attrtype: attribute that holds it
 * @dev: the device
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE, in which case the message is as it was.
 */
int fserror_msg_put_device_state(struct sk_buff *skb, int attrtype,
				 const struct fserror_dev_info *dev)
{
	struct nlattr *nest;
	int error;

	nest = nla_nest_start(skb, attrtype);
	if (!nest)
		return -EMSGSIZE;
	error = nla_put_u32(skb, FSERROR_A_DEVICE_STATE_MAJOR,
			    MAJOR(dev->dev)) ?:
		nla_put_u32(skb, FSERROR_A_DEVICE_STATE_MINOR,
			    MINOR(dev->dev)) ?:
		fserror_put_u32(skb, FSERROR_A_DEVICE_STATE_ROLE, dev->role) ?:
		fserror_put_uint(skb, FSERROR_A_DEVICE_STATE_RANGES,
				 dev->ranges) ?:
		fserror_put_flag(skb, FSERROR_A_DEVICE_STATE_PENDING,
				 dev->flags & FSERROR_DEV_PENDING) ?:
		fserror_put_flag(skb, FSERROR_A_DEVICE_STATE_UNKNOWN,
				 dev->flags & FSERROR_DEV_UNKNOWN) ?:
		fserror_put_flag(skb, FSERROR_A_DEVICE_STATE_PARTIAL,
				 dev->flags & FSERROR_DEV_PARTIAL) ?:
		fserror_put_flag(skb, FSERROR_A_DEVICE_STATE_REMOVED,
				 dev->flags & FSERROR_DEV_REMOVED) ?:
		fserror_put_flag(skb, FSERROR_A_DEVICE_STATE_UNTOLD,
				 dev->flags & FSERROR_DEV_UNTOLD);
	return fserror_nest_end(skb, nest, error);
}

static int fserror_put_devices(struct sk_buff *skb, int attrtype,
			       const struct fserror_sb_info *info)
{
	unsigned int i;
	int error = 0;

	for (i = 0; !error && i < info->nr_devs; i++)
		error = fserror_msg_put_device_state(skb, attrtype,
						     &info->devs[i]);
	return error;
}

/**
 * fserror_msg_put_end - say in a damage-get that a filesystem is finished
 * @skb: message
 * @flags: FSERROR_END_*
 * @info: the filesystem
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE, in which case the message is as it was.
 */
int fserror_msg_put_end(struct sk_buff *skb, u32 flags,
			const struct fserror_sb_info *info)
{
	struct nlattr *nest;
	int error;

	nest = nla_nest_start(skb, FSERROR_A_DAMAGE_END);
	if (!nest)
		return -EMSGSIZE;
	error = nla_put_uint(skb, FSERROR_A_DUMP_END_INSTANCE,
			     info->instance) ?:
		fserror_put_flag(skb, FSERROR_A_DUMP_END_COMPLETE,
				 flags & FSERROR_END_COMPLETE) ?:
		fserror_put_flag(skb, FSERROR_A_DUMP_END_PENDING,
				 flags & FSERROR_END_PENDING) ?:
		fserror_put_flag(skb, FSERROR_A_DUMP_END_BUSY,
				 flags & FSERROR_END_BUSY) ?:
		fserror_put_flag(skb, FSERROR_A_DUMP_END_PARTIAL,
				 flags & FSERROR_END_PARTIAL) ?:
		fserror_put_flag(skb, FSERROR_A_DUMP_END_GONE,
				 flags & FSERROR_END_GONE) ?:
		fserror_put_devices(skb, FSERROR_A_DUMP_END_DEVICE, info);
	return fserror_nest_end(skb, nest, error);
}

static int fserror_put_counts(struct sk_buff *skb,
			      const struct fserror_sb_info *info)
{
	u64 records = 0, io_errors = 0;
	enum fserror_kind kind;

	for (kind = 1; kind < FSERROR_NR_KINDS; kind++) {
		records += info->kinds[kind];
		if (fserror_group_of(kind) == FSERROR_GROUP_IO)
			io_errors += info->kinds[kind];
	}
	return nla_put_uint(skb, FSERROR_A_FILESYSTEM_KNOWN_SINCE,
			    info->mounted_ns) ?:
	       nla_put_uint(skb, FSERROR_A_FILESYSTEM_RECORDS, records) ?:
	       nla_put_uint(skb, FSERROR_A_FILESYSTEM_DATA_LOST,
			    info->kinds[FSERROR_KIND_DATA_LOST]) ?:
	       nla_put_uint(skb, FSERROR_A_FILESYSTEM_METADATA,
			    info->kinds[FSERROR_KIND_METADATA]) ?:
	       nla_put_uint(skb, FSERROR_A_FILESYSTEM_IO_ERRORS, io_errors) ?:
	       nla_put_uint(skb, FSERROR_A_FILESYSTEM_UNRESOLVED,
			    info->unresolved) ?:
	       nla_put_uint(skb, FSERROR_A_FILESYSTEM_UNLISTED,
			    info->unlisted) ?:
	       nla_put_uint(skb, FSERROR_A_FILESYSTEM_UNLISTED_METADATA,
			    info->unlisted_metadata) ?:
	       nla_put_u32(skb, FSERROR_A_FILESYSTEM_MORE_DEVICES,
			   info->more_devs);
}

/**
 * fserror_msg_put_filesystem - put what fs-get answers into a message
 * @skb: message
 * @info: the filesystem
 *
 * Context: Any.
 * Return: 0 or -EMSGSIZE.
 */
int fserror_msg_put_filesystem(struct sk_buff *skb,
			       const struct fserror_sb_info *info)
{
	return nla_put_u32(skb, FSERROR_A_FILESYSTEM_MAJOR, MAJOR(info->dev)) ?:
	       nla_put_u32(skb, FSERROR_A_FILESYSTEM_MINOR, MINOR(info->dev)) ?:
	       nla_put_string(skb, FSERROR_A_FILESYSTEM_FSTYPE,
			      info->fs_type) ?:
	       fserror_put_uuid(skb, FSERROR_A_FILESYSTEM_UUID, &info->uuid) ?:
	       fserror_put_string(skb, FSERROR_A_FILESYSTEM_SB_ID,
				  info->sb_id) ?:
	       nla_put_uint(skb, FSERROR_A_FILESYSTEM_INSTANCE,
			    info->instance) ?:
	       fserror_put_flag(skb, FSERROR_A_FILESYSTEM_CAN_RESOLVE,
				info->can_resolve) ?:
	       fserror_put_flag(skb, FSERROR_A_FILESYSTEM_SHUTDOWN,
				info->shutdown) ?:
	       fserror_put_counts(skb, info) ?:
	       fserror_put_devices(skb, FSERROR_A_FILESYSTEM_DEVICE, info);
}

/**
 * fserror_msg_dump_begin - begin one message of a dump
 * @skb: answer
 * @cb: dump
 * @cmd: command that is answered
 *
 * Context: Process context.
 * Return: its header, for genlmsg_end() or genlmsg_cancel(), or NULL if there is no
 * room.
 */
void *fserror_msg_dump_begin(struct sk_buff *skb, struct netlink_callback *cb,
			     u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &fserror_nl_family, NLM_F_MULTI, cmd);
}
