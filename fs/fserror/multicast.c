// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending to the multicast groups, and what sockets may do and want to hear.
 *
 * LOCKING
 *
 * A socket's filter is read under rcu_read_lock(), in softirq context as well as
 * under the socket table's lock; netlink.c writes it.
 */
#include <linux/cleanup.h>
#include <linux/rcupdate.h>
#include <net/genetlink.h>
#include <net/sock.h>
#include "internal.h"
#include "netlink_gen.h"

/*
 * libnl reads into four pages unless it is told otherwise. Two are filled to the
 * last byte, because a receive buffer is charged for all that was allocated.
 */
#define FSERROR_MSG_SIZE \
	(SKB_WITH_OVERHEAD(8192UL) - NLMSG_HDRLEN - GENL_HDRLEN)

/* the generator numbers the groups in its own way */
static unsigned int fserror_msg_nlgrp(enum fserror_group group)
{
	return group == FSERROR_GROUP_IO ? FSERROR_NLGRP_IO :
					   FSERROR_NLGRP_DAMAGE;
}

/**
 * fserror_msg_has_listeners - is anybody in a group?
 * @group: the group
 *
 * Context: Any.
 * Return: whether there is, in any network namespace.
 */
bool fserror_msg_has_listeners(enum fserror_group group)
{
	/* records are made before the family is registered */
	return fserror_nl_family.id &&
	       genl_has_listeners(&fserror_nl_family, &init_net,
				  fserror_msg_nlgrp(group));
}

/**
 * fserror_msg_event_new - begin a message for a group
 * @group: the group
 * @hdr: set to its header
 *
 * If there is no memory, all that listen are told with ENOBUFS that they have
 * missed something.
 *
 * Context: Process context, may sleep.
 * Return: the message, or NULL.
 */
struct sk_buff *fserror_msg_event_new(enum fserror_group group, void **hdr)
{
	struct sk_buff *skb;

	skb = genlmsg_new(FSERROR_MSG_SIZE, GFP_KERNEL);
	if (!skb)
		goto out_tell;
	*hdr = genlmsg_put(skb, 0, 0, &fserror_nl_family, 0,
			   group == FSERROR_GROUP_IO ? FSERROR_CMD_IO_NTF :
						       FSERROR_CMD_DAMAGE_NTF);
	if (!*hdr || fserror_msg_put_boot_id(skb, FSERROR_A_EVENT_BOOT_ID))
		goto out_free;
	return skb;

out_free:
	nlmsg_free(skb);
out_tell:
	genl_set_err(&fserror_nl_family, &init_net, 0,
		     fserror_msg_nlgrp(group), -ENOBUFS);
	return NULL;
}

static const struct fserror_filter *fserror_msg_sock_filter(struct sock *sk)
{
	struct fserror_nl_sock *priv;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "filter is read under RCU");

	priv = __genl_sk_priv_get(&fserror_nl_family, sk);
	return IS_ERR_OR_NULL(priv) ? NULL : rcu_dereference(priv->filter);
}

/**
 * fserror_msg_sock_wants - does a record pass the filter of a socket?
 * @sk: the socket
 * @record: the record
 *
 * Context: Any but hard interrupts.
 * Return: whether it passes.
 */
bool fserror_msg_sock_wants(struct sock *sk,
			    const struct fserror_record *record)
{
	guard(rcu)();
	return fserror_filter_match(fserror_msg_sock_filter(sk), record);
}

/**
 * struct fserror_broadcast - what is sent
 * @sample: one of its records
 * @heard: a socket of the initial network namespace is in the group
 */
struct fserror_broadcast {
	const struct fserror_record	*sample;
	bool				heard;
};

/* Returns non-zero if the socket is left out; for netlink_broadcast_filtered(). */
static int fserror_msg_leave_out(struct sock *sk, struct sk_buff *skb,
				 void *data)
{
	struct fserror_broadcast *broadcast = data;

	/* called for sockets of the right network namespace only */
	broadcast->heard = true;
	/* a marker of lost records is for everybody */
	return broadcast->sample->kind &&
	       !fserror_msg_sock_wants(sk, broadcast->sample);
}

/**
 * fserror_msg_event_send - send a message to a group
 * @skb: message, which is consumed
 * @hdr: its header
 * @group: the group
 * @sample: one of its records, which are all alike to every filter; kind is 0 if
 *	the message is for everybody
 *
 * A socket whose receive buffer is full is told so by the socket layer.
 *
 * Context: Process context, may sleep.
 * Return: whether a socket of the initial network namespace is in the group,
 * whatever its filter says.
 */
bool fserror_msg_event_send(struct sk_buff *skb, void *hdr,
			    enum fserror_group group,
			    const struct fserror_record *sample)
{
	struct fserror_broadcast broadcast = { .sample = sample };

	genlmsg_end(skb, hdr);
	/* whoever it did not reach has an overrun to see, or is not there */
	genlmsg_multicast_netns_filtered(&fserror_nl_family, &init_net, skb, 0,
					 fserror_msg_nlgrp(group), GFP_KERNEL,
					 fserror_msg_leave_out, &broadcast);
	return broadcast.heard;
}

/**
 * fserror_msg_capable - may whoever sent a request ask?
 * @skb: request
 * @extack: where the error goes
 *
 * Context: Process context.
 * Return: 0, or -EPERM if the sender, or whoever opened the socket, does not have
 * CAP_SYS_ADMIN in the initial user namespace.
 */
int fserror_msg_capable(const struct sk_buff *skb,
			struct netlink_ext_ack *extack)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	NL_SET_ERR_MSG(extack,
		       "CAP_SYS_ADMIN in the initial user namespace is needed");
	return -EPERM;
}

static int fserror_msg_parse_dev(struct nlattr *attr, struct nlattr **tb,
				 struct netlink_ext_ack *extack, dev_t *dev)
{
	if (NL_REQ_ATTR_CHECK(extack, attr, tb, FSERROR_A_FS_ID_MAJOR) ||
	    NL_REQ_ATTR_CHECK(extack, attr, tb, FSERROR_A_FS_ID_MINOR)) {
		NL_SET_ERR_MSG(extack,
			       "a device has a major and a minor number");
		return -EINVAL;
	}
	*dev = MKDEV(nla_get_u32(tb[FSERROR_A_FS_ID_MAJOR]),
		     nla_get_u32(tb[FSERROR_A_FS_ID_MINOR]));
	if (*dev)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "no device has the number 0:0");
	return -EINVAL;
}

/**
 * fserror_msg_parse_fs - which filesystem does an attribute name?
 * @attr: attribute of the set fs-id
 * @extack: where the error goes
 * @fs: filled in
 *
 * Context: Process context.
 * Return: 0, or -EINVAL if the attribute is malformed or names nothing.
 */
int fserror_msg_parse_fs(struct nlattr *attr, struct netlink_ext_ack *extack,
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
	if (tb[FSERROR_A_FS_ID_INSTANCE])
		fs->instance = nla_get_uint(tb[FSERROR_A_FS_ID_INSTANCE]);
	if (tb[FSERROR_A_FS_ID_MAJOR] || tb[FSERROR_A_FS_ID_MINOR])
		return fserror_msg_parse_dev(attr, tb, extack, &fs->dev);

	if (fs->has_uuid || fs->instance)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "a filesystem is named by its device, its UUID, its instance, or several of them");
	return -EINVAL;
}

/**
 * fserror_msg_no_such_fs - refuse a filesystem that is not mounted
 * @attr: attribute that names it
 * @extack: where the error goes
 *
 * Context: Any.
 * Return: -ENODEV.
 */
int fserror_msg_no_such_fs(struct nlattr *attr, struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG_ATTR(extack, attr, "no such filesystem is mounted");
	return -ENODEV;
}
