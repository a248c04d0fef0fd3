/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/fserror.yaml */
/* YNL-GEN kernel header */
/* To regenerate run: tools/net/ynl/ynl-regen.sh */

#ifndef _LINUX_FSERROR_GEN_H
#define _LINUX_FSERROR_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/fserror_netlink.h>
#include <nl_sock.h>

/* Common nested types */
extern const struct nla_policy fserror_fs_id_nl_policy[FSERROR_A_FS_ID_INSTANCE + 1];

int fserror_nl_pre_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
			struct genl_info *info);
int fserror_nl_event_start(struct netlink_callback *cb);
int fserror_nl_damage_start(struct netlink_callback *cb);
int fserror_nl_start(struct netlink_callback *cb);
int fserror_nl_damage_done(struct netlink_callback *cb);

int fserror_nl_event_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int fserror_nl_damage_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int fserror_nl_watch_set_doit(struct sk_buff *skb, struct genl_info *info);
int fserror_nl_fs_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int fserror_nl_stat_get_doit(struct sk_buff *skb, struct genl_info *info);
int fserror_nl_test_event_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	FSERROR_NLGRP_DAMAGE,
	FSERROR_NLGRP_IO,
};

extern struct genl_family fserror_nl_family;

void fserror_nl_sock_priv_init(struct fserror_nl_sock *priv);
void fserror_nl_sock_priv_destroy(struct fserror_nl_sock *priv);

#endif /* _LINUX_FSERROR_GEN_H */
