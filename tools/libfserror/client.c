// SPDX-License-Identifier: GPL-2.0-only
/* Opening and closing a client, and joining the events. */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#define RECEIVE_BUFFER (16 * 1024 * 1024) /* bytes, of the subscription */

static int put_filter(struct nl_msg *msg, const struct fserror_filter *filter)
{
	size_t i;

	for (i = 0; i < filter->nr_fs; i++) {
		if (fserror_put_fs_id(msg, FSERROR_A_WATCH_FS, &filter->fs[i]))
			return -NLE_MSGSIZE;
	}
	if (filter->kinds &&
	    nla_put_u32(msg, FSERROR_A_WATCH_KINDS, filter->kinds))
		return -NLE_MSGSIZE;
	if (filter->causes &&
	    nla_put_u32(msg, FSERROR_A_WATCH_CAUSES, filter->causes))
		return -NLE_MSGSIZE;
	return 0;
}

static int find_group(struct nlattr *groups, uint32_t *id)
{
	struct nlattr *group, *attr;
	const char *name;
	uint32_t found;
	int rem, rem2;

	nla_for_each_nested(group, groups, rem) {
		name = "";
		found = 0;
		nla_for_each_nested(attr, group, rem2) {
			if (nla_type(attr) == CTRL_ATTR_MCAST_GRP_NAME &&
			    nla_len(attr) > 0 &&
			    !((char *)nla_data(attr))[nla_len(attr) - 1])
				name = nla_data(attr);
			if (nla_type(attr) == CTRL_ATTR_MCAST_GRP_ID &&
			    nla_len(attr) == sizeof(found))
				found = nla_get_u32(attr);
		}
		if (!strcmp(name, FSERROR_MCGRP_EVENTS) && found) {
			*id = found;
			return 0;
		}
	}
	return -ENOENT;
}

static int family_answer(struct request *request, const struct nlmsghdr *nlh,
			 struct fserror_why *why)
{
	struct fserror_client *client = request->client;
	struct nlattr *attr, *groups = NULL;
	int rem;

	if (nlmsg_datalen(nlh) < (int)GENL_HDRLEN)
		return -EBADMSG;
	nlmsg_for_each_attr(attr, (struct nlmsghdr *)nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) == CTRL_ATTR_FAMILY_ID &&
		    nla_len(attr) == sizeof(uint16_t))
			client->family = nla_get_u16(attr);
		else if (nla_type(attr) == CTRL_ATTR_VERSION &&
			 nla_len(attr) == sizeof(uint32_t))
			client->version = nla_get_u32(attr);
		else if (nla_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			groups = attr;
	}
	if (!client->family || !groups || find_group(groups, &client->group)) {
		snprintf(why->text, sizeof(why->text),
			 "family %s without a number or without group %s",
			 FSERROR_FAMILY_NAME, FSERROR_MCGRP_EVENTS);
		return -EBADMSG;
	}
	return 0;
}

static int find_family(struct fserror_client *client)
{
	struct request request = { client, family_answer, NULL };
	struct nl_msg *msg;
	int err;

	msg = fserror_new_message(GENL_ID_CTRL, NLM_F_ACK, CTRL_CMD_GETFAMILY,
				  1);
	if (!msg)
		return fserror_no_message(client);
	if (nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, FSERROR_FAMILY_NAME))
		err = fserror_no_message(client);
	else
		err = fserror_transact(&client->req, "finding the family", msg,
				       &request);
	nlmsg_free(msg);
	if (err == -ENOENT) {
		fserror_set_error(
			client, 0,
			"the running kernel has no fserror family in this network namespace (it needs CONFIG_FSERROR_EVENTS, and the initial network namespace)");
		return -EPROTONOSUPPORT;
	}
	return err;
}

int fserror_client_open(struct fserror_client **out)
{
	struct fserror_client *client = calloc(1, sizeof(*client));
	int err;

	*out = client;
	if (!client)
		return -ENOMEM;
	client->sub.fd = -1;
	client->req.fd = -1;
	client->wakeup = -1;
	client->buffer = RECEIVE_BUFFER;
	fserror_queue_init(&client->queue);

	err = nlsock_open(&client->req);
	if (err) {
		fserror_set_error(client, err, "cannot open a netlink socket");
		return err;
	}
	return find_family(client);
}

void fserror_client_close(struct fserror_client *client)
{
	if (!client)
		return;
	nlsock_close(&client->sub);
	nlsock_close(&client->req);
	fserror_queue_free(&client->queue);
	free(client->filter_fs);
	free(client);
}

const char *fserror_client_error(const struct fserror_client *client)
{
	return client ? client->error : strerror(ENOMEM);
}

unsigned int fserror_client_version(const struct fserror_client *client)
{
	return client->version;
}

void fserror_client_set_wakeup(struct fserror_client *client, int fd)
{
	client->wakeup = fd;
}

void fserror_client_set_buffer(struct fserror_client *client, int bytes)
{
	client->buffer = bytes;
}

int fserror_client_fd(const struct fserror_client *client)
{
	return client->sub.fd;
}

uint64_t fserror_client_last_seq(const struct fserror_client *client)
{
	return client->last;
}

const uint8_t *fserror_client_boot_id(const struct fserror_client *client)
{
	return client->has_boot_id ? client->boot_id : NULL;
}

/* what is asked for after a loss does not go through the socket's filter */
static int keep_filter(struct fserror_client *client,
		       const struct fserror_filter *filter)
{
	struct fserror_fs_id *fs = NULL;

	if (filter && filter->nr_fs) {
		fs = reallocarray(NULL, filter->nr_fs, sizeof(*fs));
		if (!fs)
			return fserror_no_message(client);
		memcpy(fs, filter->fs, filter->nr_fs * sizeof(*fs));
	}
	free(client->filter_fs);
	client->filter_fs = fs;
	client->filter = filter ? *filter : (struct fserror_filter){ 0 };
	client->filter.fs = fs;
	client->filtered = filter &&
			   (filter->nr_fs || filter->kinds || filter->causes);
	return 0;
}

static int set_filter(struct fserror_client *client,
		      const struct fserror_filter *filter)
{
	struct request request = { client, NULL, NULL };
	struct nl_msg *msg;
	int err;

	msg = fserror_new_message(client->family, NLM_F_ACK,
				  FSERROR_CMD_WATCH_SET,
				  FSERROR_FAMILY_VERSION);
	if (!msg)
		return fserror_no_message(client);
	if (filter && put_filter(msg, filter))
		err = fserror_no_message(client);
	else
		err = fserror_transact(&client->sub, "watch-set", msg,
				       &request);
	nlmsg_free(msg);
	if (err)
		return err;
	return keep_filter(client, filter);
}

int fserror_client_subscribe(struct fserror_client *client,
			     const struct fserror_filter *filter)
{
	struct fserror_stat *stat;
	int err;

	err = nlsock_open(&client->sub);
	if (err) {
		fserror_set_error(client, err, "cannot open a netlink socket");
		return err;
	}
	nlsock_set_buffer(&client->sub, client->buffer);
	/* the filter before the membership: nothing that it stops may come */
	err = set_filter(client, filter);
	if (err)
		goto close_sub;
	err = nlsock_join(&client->sub, client->group);
	if (err) {
		const struct nlsock_result result = { .error = err };

		fserror_refused(client, "joining the events", &result);
		goto close_sub;
	}

	/*
	 * Membership before the question where the numbers stand: what is
	 * published in between arrives, though its number is not above last.
	 */
	err = fserror_client_stat(client, &stat);
	if (err)
		goto close_sub;
	client->last = stat->published_seq;
	client->told_any = false;
	fserror_stat_free(stat);
	return 0;

close_sub:
	nlsock_close(&client->sub);
	return err;
}
