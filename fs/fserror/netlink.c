// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family: messages, multicast, and the operations but
 * damage-get.
 *
 * Every operation needs CAP_SYS_ADMIN in the initial user namespace, checked
 * against whoever opened the socket and whoever sends the request. So does
 * joining the group: its flags are set here because the generator drops them.
 * The family is not visible outside the initial network namespace.
 *
 * LOCKING
 *
 * fserror_nl_socks_lock protects the list of sockets and the writing of their
 * filters. A filter is read under rcu_read_lock(), in softirq context as well as
 * under the socket table's lock.
 */
#include <linux/cleanup.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/sock.h>
#include "internal.h"
#include "netlink_gen.h"

/*
 * libnl reads into four pages unless it is told otherwise. Two are filled to the
 * last byte, because a receive buffer is charged for all that was allocated.
 */
#define FSERROR_NL_MSG_SIZE \
	(SKB_WITH_OVERHEAD(8192UL) - NLMSG_HDRLEN - GENL_HDRLEN)

static DEFINE_MUTEX(fserror_nl_socks_lock);
static LIST_HEAD(fserror_nl_socks);

static const struct genl_multicast_group fserror_nl_groups[] = {
	[FSERROR_NLGRP_EVENTS] = {
		.name	= FSERROR_MCGRP_EVENTS,
		.flags	= GENL_MCAST_CAP_SYS_ADMIN,
	},
};

static int fserror_nl_capable(const struct sk_buff *skb,
			      struct netlink_ext_ack *extack)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	NL_SET_ERR_MSG(extack,
		       "CAP_SYS_ADMIN in the initial user namespace is needed");
	return -EPERM;
}

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
	return fserror_nl_capable(skb, info->extack);
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
	return fserror_nl_capable(cb->skb, cb->extack);
}

static int fserror_nl_put_boot_id(struct sk_buff *skb, int attrtype)
{
	u8 boot_id[UUID_SIZE];

	get_boot_id(boot_id);
	return nla_put(skb, attrtype, sizeof(boot_id), boot_id);
}

static int fserror_nl_put_range(struct sk_buff *skb, int attrtype,
				const struct fserror_range *range)
{
	struct nlattr *nest;

	if (!range->dev)
		return 0;

	nest = nla_nest_start(skb, attrtype);
	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, FSERROR_A_RANGE_MAJOR, MAJOR(range->dev)) ||
	    nla_put_u32(skb, FSERROR_A_RANGE_MINOR, MINOR(range->dev)) ||
	    (range->len &&
	     (nla_put_uint(skb, FSERROR_A_RANGE_OFFSET, range->pos) ||
	      nla_put_uint(skb, FSERROR_A_RANGE_LENGTH, range->len))))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fserror_nl_put_fs(struct sk_buff *skb,
			     const struct fserror_record *record)
{
	if (!record->fs_type[0])
		return 0;
	if (nla_put_u32(skb, FSERROR_A_RECORD_MAJOR, MAJOR(record->dev)) ||
	    nla_put_u32(skb, FSERROR_A_RECORD_MINOR, MINOR(record->dev)) ||
	    nla_put_string(skb, FSERROR_A_RECORD_FSTYPE, record->fs_type) ||
	    (!uuid_is_null(&record->uuid) &&
	     nla_put(skb, FSERROR_A_RECORD_UUID, UUID_SIZE, &record->uuid)) ||
	    (record->sb_id[0] &&
	     nla_put_string(skb, FSERROR_A_RECORD_SB_ID, record->sb_id)))
		return -EMSGSIZE;
	return 0;
}

static int fserror_nl_put_inode(struct sk_buff *skb,
				const struct fserror_record *record)
{
	if (record->has_inode &&
	    (nla_put_uint(skb, FSERROR_A_RECORD_INO, record->ino) ||
	     nla_put_u32(skb, FSERROR_A_RECORD_GENERATION,
			 record->generation) ||
	     nla_put_u32(skb, FSERROR_A_RECORD_NLINK, record->nlink)))
		return -EMSGSIZE;
	if (record->handle_len &&
	    (nla_put_s32(skb, FSERROR_A_RECORD_HANDLE_TYPE,
			 record->handle_type) ||
	     nla_put(skb, FSERROR_A_RECORD_HANDLE, record->handle_len,
		     record->handle)))
		return -EMSGSIZE;
	if (record->len &&
	    (nla_put_uint(skb, FSERROR_A_RECORD_OFFSET, record->pos) ||
	     nla_put_uint(skb, FSERROR_A_RECORD_LENGTH, record->len)))
		return -EMSGSIZE;
	return 0;
}

static int fserror_nl_fill_record(struct sk_buff *skb,
				  const struct fserror_record *record)
{
	/* the answer to a question has neither number nor time */
	if (record->seq &&
	    (nla_put_uint(skb, FSERROR_A_RECORD_SEQ, record->seq) ||
	     nla_put_uint(skb, FSERROR_A_RECORD_TIME, record->realtime_ns) ||
	     nla_put_uint(skb, FSERROR_A_RECORD_BOOTTIME,
			  record->boottime_ns)))
		return -EMSGSIZE;
	if (nla_put_u32(skb, FSERROR_A_RECORD_KIND, record->kind) ||
	    (record->error &&
	     nla_put_u32(skb, FSERROR_A_RECORD_ERROR, record->error)) ||
	    (record->cause &&
	     nla_put_u32(skb, FSERROR_A_RECORD_CAUSE, record->cause)) ||
	    (record->flags &&
	     nla_put_u32(skb, FSERROR_A_RECORD_FLAGS, record->flags)) ||
	    (record->meta &&
	     nla_put_u32(skb, FSERROR_A_RECORD_META, record->meta)) ||
	    (record->layer[0] &&
	     nla_put_string(skb, FSERROR_A_RECORD_LAYER, record->layer)))
		return -EMSGSIZE;
	if (fserror_nl_put_fs(skb, record) ||
	    fserror_nl_put_inode(skb, record) ||
	    fserror_nl_put_range(skb, FSERROR_A_RECORD_DEVICE,
				 &record->device) ||
	    fserror_nl_put_range(skb, FSERROR_A_RECORD_ORIGIN,
				 &record->origin))
		return -EMSGSIZE;
	return 0;
}

/**
 * fserror_nl_put_record - put a record into a message
 * @skb: message
 * @attrtype: attribute that holds it
 * @record: the record
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE, in which case the message is as it was.
 */
int fserror_nl_put_record(struct sk_buff *skb, int attrtype,
			  const struct fserror_record *record)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, attrtype);
	if (!nest)
		return -EMSGSIZE;
	if (fserror_nl_fill_record(skb, record)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * fserror_nl_put_lost - put a marker into a message
 * @skb: message
 * @first: number of the first record that is gone
 * @last: number of the last one
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE, in which case the message is as it was.
 */
int fserror_nl_put_lost(struct sk_buff *skb, u64 first, u64 last)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, FSERROR_A_EVENT_LOST);
	if (!nest)
		return -EMSGSIZE;
	if (nla_put_uint(skb, FSERROR_A_LOST_FIRST, first) ||
	    nla_put_uint(skb, FSERROR_A_LOST_LAST, last)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * fserror_nl_has_listeners - is anybody in the group?
 *
 * Context: Any.
 * Return: whether there is.
 */
bool fserror_nl_has_listeners(void)
{
	/* records are made before the family is registered */
	return fserror_nl_family.id &&
	       genl_has_listeners(&fserror_nl_family, &init_net,
				  FSERROR_NLGRP_EVENTS);
}

/**
 * fserror_nl_event_new - begin a message for the group
 * @hdr: set to its header
 *
 * If there is no memory, all that listen are told with ENOBUFS that they have
 * missed something.
 *
 * Context: Process context, may sleep.
 * Return: the message, or NULL.
 */
struct sk_buff *fserror_nl_event_new(void **hdr)
{
	struct sk_buff *skb;

	skb = genlmsg_new(FSERROR_NL_MSG_SIZE, GFP_KERNEL);
	if (!skb)
		goto out_tell;
	*hdr = genlmsg_put(skb, 0, 0, &fserror_nl_family, 0,
			   FSERROR_CMD_EVENT_NTF);
	if (!*hdr || fserror_nl_put_boot_id(skb, FSERROR_A_EVENT_BOOT_ID))
		goto out_free;
	return skb;

out_free:
	nlmsg_free(skb);
out_tell:
	genl_set_err(&fserror_nl_family, &init_net, 0, FSERROR_NLGRP_EVENTS,
		     -ENOBUFS);
	return NULL;
}

static const struct fserror_filter *fserror_nl_sock_filter(struct sock *sk)
{
	struct fserror_nl_sock *priv;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "filter is read under RCU");

	priv = __genl_sk_priv_get(&fserror_nl_family, sk);
	return IS_ERR_OR_NULL(priv) ? NULL : rcu_dereference(priv->filter);
}

/**
 * fserror_nl_sock_wants - does a record pass the filter of a socket?
 * @sk: the socket
 * @record: the record
 *
 * Context: Any but hard interrupts.
 * Return: whether it passes.
 */
bool fserror_nl_sock_wants(struct sock *sk,
			   const struct fserror_record *record)
{
	guard(rcu)();
	return fserror_filter_match(fserror_nl_sock_filter(sk), record);
}

/* Returns non-zero if the socket is left out; for netlink_broadcast_filtered(). */
static int fserror_nl_leave_out(struct sock *sk, struct sk_buff *skb,
				void *data)
{
	const struct fserror_record *sample = data;

	/* a marker of lost records is for everybody */
	return sample->kind && !fserror_nl_sock_wants(sk, sample);
}

/**
 * fserror_nl_event_send - send a message to the group
 * @skb: message, which is consumed
 * @hdr: its header
 * @sample: one of its records, which are all alike to every filter; kind is 0 if
 *	the message is for everybody
 *
 * A socket whose receive buffer is full is told so by the socket layer.
 *
 * Context: Process context, may sleep.
 * Return: 0, -ESRCH if nobody listened, or what stopped the delivery.
 */
int fserror_nl_event_send(struct sk_buff *skb, void *hdr,
			  const struct fserror_record *sample)
{
	genlmsg_end(skb, hdr);
	return genlmsg_multicast_netns_filtered(&fserror_nl_family, &init_net,
						skb, 0, FSERROR_NLGRP_EVENTS,
						GFP_KERNEL,
						fserror_nl_leave_out,
						(void *)sample);
}

/**
 * struct fserror_event_dump - where an event-get is
 * @next: number of the record that comes next
 * @last: number of the last record; newer ones come as events
 */
struct fserror_event_dump {
	u64	next;
	u64	last;
};

/**
 * fserror_nl_event_start - begin an event-get
 * @cb: dump
 *
 * Context: Process context.
 * Return: 0, -EPERM, or -EINVAL if there is no such record yet.
 */
int fserror_nl_event_start(struct netlink_callback *cb)
{
	struct fserror_event_dump *dump = (void *)cb->ctx;
	const struct genl_info *info = genl_info_dump(cb);
	struct nlattr *since = info->attrs[FSERROR_A_EVENT_SINCE];
	struct fserror_ring_stat stat;
	int error;

	NL_ASSERT_CTX_FITS(struct fserror_event_dump);

	error = fserror_nl_start(cb);
	if (error)
		return error;

	fserror_journal_stat(&stat);
	dump->next = 1;
	dump->last = stat.last;
	if (!since)
		return 0;

	if (nla_get_uint(since) > stat.last) {
		NL_SET_ERR_MSG_ATTR(cb->extack, since,
				    "since is newer than the newest record: the number is of another boot");
		return -EINVAL;
	}
	dump->next = nla_get_uint(since) + 1;
	return 0;
}

/* One message: a marker, if first is not 0, and a record, if it is not NULL. */
static int fserror_nl_event_fill(struct sk_buff *skb,
				 struct netlink_callback *cb, u64 first,
				 u64 last, const struct fserror_record *record)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &fserror_nl_family, NLM_F_MULTI,
			  FSERROR_CMD_EVENT_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (fserror_nl_put_boot_id(skb, FSERROR_A_EVENT_BOOT_ID) ||
	    (first && fserror_nl_put_lost(skb, first, last)) ||
	    (record &&
	     fserror_nl_put_record(skb, FSERROR_A_EVENT_RECORD, record))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * fserror_nl_event_get_dumpit - dump the records that are still in the ring
 * @skb: answer
 * @cb: dump
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

	while (dump->next <= dump->last &&
	       (seq = fserror_journal_read(dump->next, &record))) {
		lost = seq > dump->next ? dump->next : 0;
		wanted = fserror_nl_sock_wants(NETLINK_CB(cb->skb).sk, &record);
		if (lost || wanted) {
			error = fserror_nl_event_fill(skb, cb, lost, seq - 1,
						      wanted ? &record : NULL);
			if (error)
				return skb->len ?: error;
		}
		dump->next = seq + 1;
	}
	return 0;
}

/**
 * fserror_nl_parse_fs - which filesystem does an attribute name?
 * @attr: attribute of the set fs-id
 * @extack: where the error goes
 * @fs: filled in
 *
 * Context: Process context.
 * Return: 0, or -EINVAL if the attribute is malformed or names nothing.
 */
int fserror_nl_parse_fs(struct nlattr *attr, struct netlink_ext_ack *extack,
			struct fserror_filter_fs *fs)
{
	struct nlattr *tb[FSERROR_A_FS_ID_MAX + 1];
	int error;

	error = nla_parse_nested(tb, FSERROR_A_FS_ID_MAX, attr,
				 fserror_fs_id_nl_policy, extack);
	if (error)
		return error;

	*fs = (struct fserror_filter_fs) { };
	if (tb[FSERROR_A_FS_ID_UUID]) {
		fs->has_uuid = true;
		import_uuid(&fs->uuid, nla_data(tb[FSERROR_A_FS_ID_UUID]));
	}
	if (!tb[FSERROR_A_FS_ID_MAJOR] && !tb[FSERROR_A_FS_ID_MINOR]) {
		if (fs->has_uuid)
			return 0;
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "a filesystem is named by its device, by its UUID, or by both");
		return -EINVAL;
	}
	if (NL_REQ_ATTR_CHECK(extack, attr, tb, FSERROR_A_FS_ID_MAJOR) ||
	    NL_REQ_ATTR_CHECK(extack, attr, tb, FSERROR_A_FS_ID_MINOR)) {
		NL_SET_ERR_MSG(extack,
			       "a device has a major and a minor number");
		return -EINVAL;
	}
	fs->dev = MKDEV(nla_get_u32(tb[FSERROR_A_FS_ID_MAJOR]),
			nla_get_u32(tb[FSERROR_A_FS_ID_MINOR]));
	if (!fs->dev) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "no device has the number 0:0");
		return -EINVAL;
	}
	return 0;
}

static int fserror_nl_parse_filter_fs(struct nlattr *attr,
				      struct netlink_ext_ack *extack,
				      struct fserror_filter_fs *fs)
{
	int error;

	error = fserror_nl_parse_fs(attr, extack, fs);
	if (error)
		return error;
	if (!fserror_sb_known(fs)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "no such filesystem is mounted");
		return -ENODEV;
	}
	return 0;
}

/* The policies let no unknown bits through; a filter must let something through. */
static int fserror_nl_check_mask(struct genl_info *info, int attrtype)
{
	struct nlattr *attr = info->attrs[attrtype];

	if (!attr || nla_get_u32(attr))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, attr, "nothing would pass");
	return -EINVAL;
}

static struct fserror_filter *fserror_nl_parse_filter(struct genl_info *info)
{
	struct fserror_filter *filter;
	struct nlattr *attr;
	unsigned int nr = 0;
	int error, rem;

	nlmsg_for_each_attr_type(attr, FSERROR_A_WATCH_FS, info->nlhdr,
				 GENL_HDRLEN, rem) {
		if (++nr <= FSERROR_FILTER_MAX_FS)
			continue;
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "too many filesystems");
		return ERR_PTR(-EINVAL);
	}
	error = fserror_nl_check_mask(info, FSERROR_A_WATCH_KINDS) ?:
		fserror_nl_check_mask(info, FSERROR_A_WATCH_CAUSES);
	if (error)
		return ERR_PTR(error);
	if (!nr && !info->attrs[FSERROR_A_WATCH_KINDS] &&
	    !info->attrs[FSERROR_A_WATCH_CAUSES])
		return NULL;

	filter = kzalloc_flex(*filter, fs, nr);
	if (!filter)
		return ERR_PTR(-ENOMEM);
	filter->nr_fs = nr;

	nr = 0;
	nlmsg_for_each_attr_type(attr, FSERROR_A_WATCH_FS, info->nlhdr,
				 GENL_HDRLEN, rem) {
		error = fserror_nl_parse_filter_fs(attr, info->extack,
						   &filter->fs[nr++]);
		if (error)
			goto out_free;
	}
	filter->kinds = nla_get_u32_default(info->attrs[FSERROR_A_WATCH_KINDS],
					    0);
	filter->causes =
		nla_get_u32_default(info->attrs[FSERROR_A_WATCH_CAUSES], 0);
	return filter;

out_free:
	kfree(filter);
	return ERR_PTR(error);
}

/**
 * fserror_nl_watch_set_doit - set the filter of a socket
 * @skb: request
 * @info: request
 *
 * Context: Process context, may sleep.
 * Return: 0, -EINVAL if an attribute is malformed, -ENODEV if a filesystem is
 * not mounted, or -ENOMEM. The filter is as it was then.
 */
int fserror_nl_watch_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct fserror_filter *filter, *old;
	struct fserror_nl_sock *priv;

	filter = fserror_nl_parse_filter(info);
	if (IS_ERR(filter))
		return PTR_ERR(filter);

	priv = genl_sk_priv_get(&fserror_nl_family, NETLINK_CB(skb).sk);
	if (IS_ERR(priv)) {
		kfree(filter);
		return PTR_ERR(priv);
	}

	scoped_guard(mutex, &fserror_nl_socks_lock) {
		priv->sk = NETLINK_CB(skb).sk;
		priv->portid = info->snd_portid;
		if (list_empty(&priv->list))
			list_add_tail(&priv->list, &fserror_nl_socks);
		old = rcu_replace_pointer(priv->filter, filter,
					  lockdep_is_held(&fserror_nl_socks_lock));
	}
	if (old)
		kfree_rcu(old, rcu);
	return 0;
}

/**
 * fserror_nl_sock_priv_init - a socket is to have private data
 * @priv: the data
 *
 * Context: Process context.
 */
void fserror_nl_sock_priv_init(struct fserror_nl_sock *priv)
{
	INIT_LIST_HEAD(&priv->list);
}

/**
 * fserror_nl_sock_priv_destroy - a socket with private data is closed
 * @priv: the data
 *
 * Context: Process context, may sleep.
 */
void fserror_nl_sock_priv_destroy(struct fserror_nl_sock *priv)
{
	struct fserror_filter *filter;

	scoped_guard(mutex, &fserror_nl_socks_lock) {
		list_del_init(&priv->list);
		filter = rcu_replace_pointer(priv->filter, NULL,
					     lockdep_is_held(&fserror_nl_socks_lock));
	}
	if (filter)
		kfree_rcu(filter, rcu);
}

static u64 fserror_nl_io_errors(const struct fserror_sb *fsb)
{
	return atomic64_read(&fsb->kinds[FSERROR_KIND_BUFFERED_READ]) +
	       atomic64_read(&fsb->kinds[FSERROR_KIND_BUFFERED_WRITE]) +
	       atomic64_read(&fsb->kinds[FSERROR_KIND_DIRECTIO_READ]) +
	       atomic64_read(&fsb->kinds[FSERROR_KIND_DIRECTIO_WRITE]);
}

static int fserror_nl_put_counts(struct sk_buff *skb, struct super_block *sb)
{
	struct fserror_sb *fsb;
	u64 records = 0;
	int i;

	guard(rcu)();
	fsb = rcu_dereference(sb->s_fserror);
	if (!fsb)
		return 0;
	for (i = 0; i < FSERROR_NR_KINDS; i++)
		records += atomic64_read(&fsb->kinds[i]);

	return nla_put_uint(skb, FSERROR_A_FILESYSTEM_RECORDS, records) ||
	       nla_put_uint(skb, FSERROR_A_FILESYSTEM_DATA_LOST,
			    atomic64_read(&fsb->kinds[FSERROR_KIND_DATA_LOST])) ||
	       nla_put_uint(skb, FSERROR_A_FILESYSTEM_METADATA,
			    atomic64_read(&fsb->kinds[FSERROR_KIND_METADATA])) ||
	       nla_put_uint(skb, FSERROR_A_FILESYSTEM_IO_ERRORS,
			    fserror_nl_io_errors(fsb)) ||
	       nla_put_uint(skb, FSERROR_A_FILESYSTEM_UNRESOLVED,
			    atomic64_read(&fsb->unresolved));
}

static int fserror_nl_fs_fill(struct sk_buff *skb, struct netlink_callback *cb,
			      struct super_block *sb)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &fserror_nl_family, NLM_F_MULTI, FSERROR_CMD_FS_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_u32(skb, FSERROR_A_FILESYSTEM_MAJOR, MAJOR(sb->s_dev)) ||
	    nla_put_u32(skb, FSERROR_A_FILESYSTEM_MINOR, MINOR(sb->s_dev)) ||
	    nla_put_string(skb, FSERROR_A_FILESYSTEM_FSTYPE,
			   sb->s_type->name) ||
	    (!uuid_is_null(&sb->s_uuid) &&
	     nla_put(skb, FSERROR_A_FILESYSTEM_UUID, UUID_SIZE,
		     &sb->s_uuid)) ||
	    (sb->s_id[0] &&
	     nla_put_string(skb, FSERROR_A_FILESYSTEM_SB_ID, sb->s_id)) ||
	    (fserror_sb_can_resolve(sb) &&
	     nla_put_flag(skb, FSERROR_A_FILESYSTEM_CAN_RESOLVE)) ||
	    fserror_nl_put_counts(skb, sb)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * struct fserror_fs_dump - where an fs-get is
 * @id: id of the last filesystem that was dumped, 0 at the beginning
 */
struct fserror_fs_dump {
	u64	id;
};

/**
 * fserror_nl_fs_get_dumpit - dump the mounted filesystems
 * @skb: answer
 * @cb: dump
 *
 * Context: Process context, may sleep.
 * Return: length of @skb if there is more, or 0 at the end.
 */
int fserror_nl_fs_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct fserror_fs_dump *dump = (void *)cb->ctx;
	struct super_block *sb;
	u64 id = dump->id;
	int error;

	NL_ASSERT_CTX_FITS(struct fserror_fs_dump);

	while ((sb = fserror_sb_get_next(&id))) {
		error = fserror_nl_fs_fill(skb, cb, sb);
		fserror_sb_put(sb);
		if (error)
			return skb->len ?: error;
		dump->id = id;
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

static int fserror_nl_put_watchers(struct sk_buff *skb)
{
	struct fserror_nl_sock *priv;
	struct nlattr *nest;

	guard(mutex)(&fserror_nl_socks_lock);
	list_for_each_entry(priv, &fserror_nl_socks, list) {
		nest = nla_nest_start(skb, FSERROR_A_STAT_WATCHER);
		if (!nest ||
		    nla_put_u32(skb, FSERROR_A_WATCHER_PORTID, priv->portid) ||
		    nla_put_uint(skb, FSERROR_A_WATCHER_DROPS,
				 sk_drops_read(priv->sk)))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static size_t fserror_nl_stat_size(void)
{
	struct fserror_nl_sock *priv;
	size_t size = NLMSG_DEFAULT_SIZE;

	guard(mutex)(&fserror_nl_socks_lock);
	list_for_each_entry(priv, &fserror_nl_socks, list)
		size += nla_total_size(nla_total_size(sizeof(u32)) +
				       nla_total_size(sizeof(u64)));
	return size;
}

static int fserror_nl_fill_stat(struct sk_buff *skb)
{
	struct fserror_ring_stat stat;
	u64 published, unsent;

	fserror_journal_stat(&stat);
	published = fserror_published(&unsent);

	if (fserror_nl_put_boot_id(skb, FSERROR_A_STAT_BOOT_ID) ||
	    (stat.last &&
	     (nla_put_uint(skb, FSERROR_A_STAT_FIRST_SEQ, stat.first) ||
	      nla_put_uint(skb, FSERROR_A_STAT_LAST_SEQ, stat.last))) ||
	    (published &&
	     nla_put_uint(skb, FSERROR_A_STAT_PUBLISHED_SEQ, published)) ||
	    nla_put_u32(skb, FSERROR_A_STAT_RING_SIZE, stat.size) ||
	    nla_put_uint(skb, FSERROR_A_STAT_OVERWRITTEN, stat.overwritten) ||
	    nla_put_uint(skb, FSERROR_A_STAT_UNSENT, unsent) ||
	    fserror_nl_put_kinds(skb, &stat) ||
	    nla_put_u32(skb, FSERROR_A_STAT_KERNEL_WATCHERS,
			fserror_watch_count()) ||
	    fserror_nl_put_watchers(skb))
		return -EMSGSIZE;
	return 0;
}

/**
 * fserror_nl_stat_get_doit - tell the state of the ring and of the watchers
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

	msg = genlmsg_new(fserror_nl_stat_size(), GFP_KERNEL);
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
		*seq = fserror_journal_test(NULL);
		return 0;
	}

	error = fserror_nl_parse_fs(attr, info->extack, &fs);
	if (error)
		return error;
	*seq = fserror_sb_test(&fs);
	if (!*seq) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "no such filesystem is mounted");
		return -ENODEV;
	}
	return 0;
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
	BUILD_BUG_ON(ARRAY_SIZE(fserror_nl_groups) != FSERROR_NLGRP_EVENTS + 1);
	fserror_nl_family.mcgrps = fserror_nl_groups;
	fserror_nl_family.netnsok = false;

	return genl_register_family(&fserror_nl_family);
}
fs_initcall(fserror_nl_init);
