// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets that have said what they want to hear: watch-set.
 *
 * LOCKING
 *
 * fserror_nl_socks_lock protects the list of sockets and the writing of their
 * filters; multicast.c reads those under rcu_read_lock().
 *
 * LIFETIME
 *
 * What is kept for a socket exists until the socket is closed.
 */
#include <linux/cleanup.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/sock.h>
#include "internal.h"
#include "netlink_gen.h"

static DEFINE_MUTEX(fserror_nl_socks_lock);
static LIST_HEAD(fserror_nl_socks);

static int fserror_nl_parse_filter_fs(struct nlattr *attr,
				      struct netlink_ext_ack *extack,
				      struct fserror_filter_fs *fs)
{
	int error;

	error = fserror_msg_parse_fs(attr, extack, fs);
	if (error)
		return error;
	return fserror_sb_known(fs) ? 0 : fserror_msg_no_such_fs(attr, extack);
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

/**
 * fserror_nl_put_watchers - put the sockets that have used watch-set into a message
 * @skb: message
 *
 * Context: Process context, may sleep.
 * Return: 0 or -EMSGSIZE.
 */
int fserror_nl_put_watchers(struct sk_buff *skb)
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

/**
 * fserror_nl_watchers_size - how much room fserror_nl_put_watchers() wants
 *
 * Context: Process context, may sleep.
 * Return: bytes.
 */
size_t fserror_nl_watchers_size(void)
{
	struct fserror_nl_sock *priv;
	size_t size = 0;

	guard(mutex)(&fserror_nl_socks_lock);
	list_for_each_entry(priv, &fserror_nl_socks, list)
		size += nla_total_size(nla_total_size(sizeof(u32)) +
				       nla_total_size(sizeof(u64)));
	return size;
}
