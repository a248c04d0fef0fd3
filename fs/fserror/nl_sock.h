/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is kept for a socket that has used watch-set.
 */
#ifndef _FS_FSERROR_NL_SOCK_H
#define _FS_FSERROR_NL_SOCK_H

#include <linux/list.h>
#include <linux/types.h>

struct fserror_filter;
struct sk_buff;
struct sock;

/**
 * struct fserror_nl_sock - private data of a socket
 * @list: in the list of watchers, empty until the first watch-set
 * @sk: the socket; valid while this exists
 * @portid: its port
 * @filter: what it wants to hear, NULL for everything
 */
struct fserror_nl_sock {
	struct list_head		list;
	struct sock			*sk;
	u32				portid;
	struct fserror_filter __rcu	*filter;
};

int fserror_nl_put_watchers(struct sk_buff *skb);
size_t fserror_nl_watchers_size(void);

#endif /* _FS_FSERROR_NL_SOCK_H */
