// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family: the operations but watch-set and damage-get.
 *
 * Every operation needs CAP_SYS_ADMIN in the initial user namespace, checked
 * against whoever opened the socket and whoever sends the request. So does
 * joining a group: the flags of the groups are set here because the generator drops
 * them. The family is not visible outside the initial network namespace.
 *
 * The first call of a dump runs under a lock of all of generic netlink: none of the
 * dumps here waits for a filesystem, or for anything else but memory.
 */
#include <linux/cleanup.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include "internal.h"
#include "netlink_gen.h"

static const struct genl_multicast_group fserror_nl_groups[] = {
	[FSERROR_NLGRP_DAMAGE] = {
		.name	= FSERROR_MCGRP_DAMAGE,
		.flags	= GENL_MCAST_CAP_SYS_ADMIN,
	},
	[FSERROR_NLGRP_IO] = {
		.name	= FSERROR_MCGRP_IO,
		.flags	= GENL_MCAST_CAP_SYS_ADMIN,
	},
};

/**
 * fserror_nl_pre_doit - may this socket ask?
 * @ops: operation
 * @skb: request
 * @info: request
 *
 * Context: Process context.
 * Return: 0 or -EPERM.
 */
int fserror_nl_pre_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
			struct genl_info *info)
{
	return fserror_msg_capable(skb, info->extack);
}

/**
 * fserror_nl_start - may this socket dump?
 * @cb: dump
 *
 * Context: Process context.
 * Return: 0 or -EPERM.
 */
int fserror_nl_start(struct netlink_callback *cb)
{
	return fserror_msg_capable(cb->skb, cb->extack);
}

/**
 * struct fserror_event_dump - where an event-get is
 * @group: the group
 * @begun: the first message was made
 * @next: number of the record that comes next
 * @last: number of the last record; newer ones come as events
 */
struct fserror_event_dump {
	enum fserror_group	group;
	bool			begun;
	u64			next;
	u64			last;
};

/* A number means something in the boot that it was given out in. */
static int fserror_nl_check_since(const struct genl_info *info, u64 last,
				  u64 *since)
{
	struct nlattr *boot = info->attrs[FSERROR_A_EVENT_BOOT_ID];
	struct nlattr *attr = info->attrs[FSERROR_A_EVENT_SINCE];
	u8 boot_id[UUID_SIZE];

	*since = attr ? nla_get_uint(attr) : 0;
	if (*since && !boot) {
		NL_SET_ERR_ATTR_MISS(info->extack, NULL,
				     FSERROR_A_EVENT_BOOT_ID);
		NL_SET_ERR_MSG(info->extack,
			       "since needs the boot-id that it belongs to");
		return -EINVAL;
	}
	get_boot_id(boot_id);
	if (boot && memcmp(nla_data(boot), boot_id, UUID_SIZE)) {
		NL_SET_ERR_MSG_ATTR(info->extack, boot,
				    "boot-id is of another boot: ask damage-get");
		return -ESTALE;
	}
	if (*since > last) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "since is newer than the newest record of the group");
		return -ERANGE;
	}
	return 0;
}

/**
 * fserror_nl_event_start - begin an event-get
 * @cb: dump
 *
 * Context: Process context.
 * Return: 0; -EPERM; -EINVAL if since comes without a boot-id; -ESTALE if the boot-id
 * is of another boot; -ERANGE if there is no such record yet.
 */
int fserror_nl_event_start(struct netlink_callback *cb)
{
	struct fserror_event_dump *dump = (void *)cb->ctx;
	const struct genl_info *info = genl_info_dump(cb);
	u64 since;
	int error;

	NL_ASSERT_CTX_FITS(struct fserror_event_dump);

	error = fserror_nl_start(cb);
	if (error)
		return error;

	dump->group = nla_get_u32_default(info->attrs[FSERROR_A_EVENT_GROUP],
					  FSERROR_GROUP_DAMAGE);
	dump->last = fserror_journal_take(dump->group);
	error = fserror_nl_check_since(info, dump->last, &since);
	if (error)
		return error;
	dump->next = since + 1;
	return 0;
}

/* One message: a marker, if first is not 0, and a record, if it is not NULL. */
static int fserror_nl_event_fill(struct sk_buff *skb,
				 struct netlink_callback *cb, u64 first,
				 u64 last, const struct fserror_record *record)
{
	struct fserror_event_dump *dump = (void *)cb->ctx;
	void *hdr;
	int error;

	hdr = fserror_msg_dump_begin(skb, cb, FSERROR_CMD_EVENT_GET);
	if (!hdr)
		return -EMSGSIZE;
	error = fserror_msg_put_boot_id(skb, FSERROR_A_EVENT_BOOT_ID);
	if (!error && !dump->begun)
		error = nla_put_uint(skb, FSERROR_A_EVENT_AS_OF, dump->last);
	if (!error && first)
		error = fserror_msg_put_lost(skb, first, last);
	if (!error && record)
		error = fserror_msg_put_record(skb, FSERROR_A_EVENT_RECORD,
					       record);
	if (error) {
		genlmsg_cancel(skb, hdr);
		return error;
	}
	genlmsg_end(skb, hdr);
	dump->begun = true;
	return 0;
}

/**
 * fserror_nl_event_get_dumpit - dump the records that are still in the ring
 * @skb: answer
 * @cb: dump
 *
 * The first message comes whether there are records or not.
 *
 * Context: Process context, may sleep.
 * Return: length of @skb if there is more, or 0 at the end.
 */
int fserror_nl_event_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	struct fserror_event_dump *dump = (void *)cb->ctx;
	struct fserror_record record;
	u64 seq, lost;
	bool wanted;
	int error;

	if (!dump->begun) {
		error = fserror_nl_event_fill(skb, cb, 0, 0, NULL);
		if (error)
			return error;
	}
	while (dump->next <= dump->last &&
	       (seq = fserror_journal_read(dump->group, dump->next, &record))) {
		lost = seq > dump->next ? dump->next : 0;
		/* what overtook the dump comes as an event */
		wanted = seq <= dump->last &&
			 fserror_msg_sock_wants(NETLINK_CB(cb->skb).sk,
						&record);
		if (lost || wanted) {
			error = fserror_nl_event_fill(skb, cb, lost,
						      min(seq - 1, dump->last),
						      wanted ? &record : NULL);
			if (error)
				return skb->len ?: error;
		}
		dump->next = seq + 1;
	}
	return 0;
}

static int fserror_nl_fs_fill(struct sk_buff *skb, struct netlink_callback *cb,
			      const struct fserror_sb_info *info)
{
	void *hdr;

	hdr = fserror_msg_dump_begin(skb, cb, FSERROR_CMD_FS_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (fserror_msg_put_filesystem(skb, info)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * struct fserror_fs_dump - where an fs-get is
 * @instance: number of the last filesystem that was dumped, 0 at the beginning
 */
struct fserror_fs_dump {
	u64	instance;
};

/**
 * fserror_nl_fs_get_dumpit - dump the mounted filesystems
 * @skb: answer
 * @cb: dump
 *
 * Context: Process context, may sleep.
 * Return: length of @skb if there is more, 0 at the end, or -ENOMEM.
 */
int fserror_nl_fs_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct fserror_fs_dump *dump = (void *)cb->ctx;
	struct fserror_sb_info *info __free(kfree) = kmalloc_obj(*info);
	u64 instance = dump->instance;
	int error;

	NL_ASSERT_CTX_FITS(struct fserror_fs_dump);

	if (!info)
		return -ENOMEM;
	while (fserror_sb_next_info(&instance, info)) {
		error = fserror_nl_fs_fill(skb, cb, info);
		if (error)
			return skb->len ?: error;
		dump->instance = instance;
	}
	return 0;
}

static int fserror_nl_put_kinds(struct sk_buff *skb,
				const struct fserror_ring_stat *stat)
{
	struct nlattr *nest;
	u32 kind;

	for (kind = 1; kind < FSERROR_NR_KINDS; kind++) {
		if (!stat->kinds[kind])
			continue;
		nest = nla_nest_start(skb, FSERROR_A_STAT_KIND);
		if (!nest ||
		    nla_put_u32(skb, FSERROR_A_KIND_COUNT_KIND, kind) ||
		    nla_put_uint(skb, FSERROR_A_KIND_COUNT_COUNT,
				 stat->kinds[kind]))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int fserror_nl_put_ring(struct sk_buff *skb, enum fserror_group group,
			       const struct fserror_ring_stat *stat)
{
	u64 published, unsent;
	struct nlattr *nest;

	published = fserror_published(group, &unsent);
	nest = nla_nest_start(skb, FSERROR_A_STAT_RING);
	if (!nest ||
	    nla_put_u32(skb, FSERROR_A_RING_GROUP, group) ||
	    (stat->last &&
	     (nla_put_uint(skb, FSERROR_A_RING_FIRST_SEQ, stat->first) ||
	      nla_put_uint(skb, FSERROR_A_RING_LAST_SEQ, stat->last))) ||
	    (published &&
	     nla_put_uint(skb, FSERROR_A_RING_PUBLISHED_SEQ, published)) ||
	    nla_put_u32(skb, FSERROR_A_RING_SIZE, stat->size) ||
	    nla_put_uint(skb, FSERROR_A_RING_OVERWRITTEN, stat->overwritten) ||
	    nla_put_uint(skb, FSERROR_A_RING_UNSENT, unsent))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Each kind is in the ring of one group. */
static int fserror_nl_put_rings(struct sk_buff *skb)
{
	struct fserror_ring_stat stat;
	enum fserror_group group;

	for (group = 1; group < FSERROR_NR_GROUPS; group++) {
		fserror_journal_stat(group, &stat);
		if (fserror_nl_put_ring(skb, group, &stat) ||
		    fserror_nl_put_kinds(skb, &stat))
			return -EMSGSIZE;
	}
	return 0;
}

static int fserror_nl_fill_stat(struct sk_buff *skb)
{
	if (fserror_msg_put_boot_id(skb, FSERROR_A_STAT_BOOT_ID) ||
	    fserror_nl_put_rings(skb) ||
	    nla_put_u32(skb, FSERROR_A_STAT_TOLD, fserror_told_count()) ||
	    nla_put_u32(skb, FSERROR_A_STAT_TOLD_MAX, FSERROR_TOLD_MAX) ||
	    nla_put_u32(skb, FSERROR_A_STAT_KERNEL_WATCHERS,
			fserror_watch_count()) ||
	    fserror_nl_put_watchers(skb))
		return -EMSGSIZE;
	return 0;
}

/**
 * fserror_nl_stat_get_doit - tell the state of the rings and of the watchers
 * @skb: request
 * @info: request
 *
 * Context: Process context, may sleep.
 * Return: 0, -ENOMEM, or -EMSGSIZE if there are too many watchers.
 */
int fserror_nl_stat_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	void *hdr;

	msg = genlmsg_new(NLMSG_DEFAULT_SIZE + fserror_nl_watchers_size(),
			  GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_iput(msg, info);
	if (!hdr || fserror_nl_fill_stat(msg)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

static int fserror_nl_make_test(struct genl_info *info, u64 *seq)
{
	struct nlattr *attr = info->attrs[FSERROR_A_TEST_FS];
	struct fserror_filter_fs fs;
	int error;

	if (!attr) {
		*seq = fserror_publish_test(NULL, NULL);
		return 0;
	}

	error = fserror_msg_parse_fs(attr, info->extack, &fs);
	if (error)
		return error;
	*seq = fserror_sb_test(&fs);
	return *seq ? 0 : fserror_msg_no_such_fs(attr, info->extack);
}

/**
 * fserror_nl_test_event_doit - make a record that is only a test
 * @skb: request
 * @info: request
 *
 * There is no limit to how many are made: it takes CAP_SYS_ADMIN, and what they
 * push out of the ring is told like every loss.
 *
 * Context: Process context, may sleep.
 * Return: 0, -EINVAL if the filesystem is not named properly, -ENODEV if it is
 * not mounted, or -ENOMEM, in all of which cases there is no record; or what
 * stopped the answer.
 */
int fserror_nl_test_event_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	int error = -ENOMEM;
	void *hdr;
	u64 seq;

	/* before the record, which cannot be taken back */
	msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return error;
	hdr = genlmsg_iput(msg, info);
	if (!hdr)
		goto out_free;

	error = fserror_nl_make_test(info, &seq);
	if (error)
		goto out_free;
	error = nla_put_uint(msg, FSERROR_A_TEST_SEQ, seq);
	if (error)
		goto out_free;
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);

out_free:
	nlmsg_free(msg);
	return error;
}

static int __init fserror_nl_init(void)
{
	/* the generator knows neither flags of groups nor families of one net */
	BUILD_BUG_ON(ARRAY_SIZE(fserror_nl_groups) != FSERROR_NR_GROUPS - 1);
	fserror_nl_family.mcgrps = fserror_nl_groups;
	fserror_nl_family.netnsok = false;

	return genl_register_family(&fserror_nl_family);
}
fs_initcall(fserror_nl_init);
