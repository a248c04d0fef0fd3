// SPDX-License-Identifier: GPL-2.0-only
/* Opening and closing a client, and joining the events. */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#define RECEIVE_BUFFER (16 * 1024 * 1024) /* bytes, of each group */

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

static const char *const group_names[FSERROR_GROUP_MAX] = {
	FSERROR_MCGRP_DAMAGE,
	FSERROR_MCGRP_IO,
};

/* take down the number of one multicast group, if it is one of ours */
static void take_group(struct fserror_client *client, struct nlattr *group)
{
	const char *name = "";
	struct nlattr *attr;
	uint32_t id = 0;
	int rem, i;

	nla_for_each_nested(attr, group, rem) {
		if (nla_type(attr) == CTRL_ATTR_MCAST_GRP_NAME &&
		    nla_len(attr) > 0 &&
		    !((char *)nla_data(attr))[nla_len(attr) - 1])
			name = nla_data(attr);
		if (nla_type(attr) == CTRL_ATTR_MCAST_GRP_ID &&
		    nla_len(attr) == sizeof(id))
			id = nla_get_u32(attr);
	}
	for (i = 0; i < FSERROR_GROUP_MAX; i++) {
		if (!strcmp(name, group_names[i]))
			client->streams[i].id = id;
	}
}

static void take_groups(struct fserror_client *client, struct nlattr *groups)
{
	struct nlattr *group;
	int rem;

	nla_for_each_nested(group, groups, rem) {
		take_group(client, group);
	}
}

static int family_answer(struct request *request, const struct nlmsghdr *nlh,
			 struct fserror_why *why)
{
	struct fserror_client *client = request->client;
	struct nlattr *attr;
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
			take_groups(client, attr);
	}
	if (!client->family) {
		snprintf(why->text, sizeof(why->text),
			 "family %s without a number", FSERROR_FAMILY_NAME);
		return -EBADMSG;
	}
	return 0;
}

/* are the groups there that this version of the protocol has? */
static int check_groups(struct fserror_client *client)
{
	int i;

	for (i = 0; i < FSERROR_GROUP_MAX; i++) {
		if (client->streams[i].id)
			continue;
		fserror_set_error(
			client, 0,
			"the fserror family of the running kernel has no group %s: it is another one than this program knows",
			group_names[i]);
		return -EPROTONOSUPPORT;
	}
	return 0;
}

/*
 * Not genl_ctrl_resolve(): that needs a struct nl_sock, and does not tell "there is no
 * such family" from other errors.
 */
static int find_family(struct fserror_client *client)
{
	struct request request = { .client = client, .answer = family_answer };
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
	return err ? err : check_groups(client);
}

void fserror_client_init(struct fserror_client *client)
{
	int i;

	memset(client, 0, sizeof(*client));
	for (i = 0; i < FSERROR_GROUP_MAX; i++) {
		client->streams[i].sock.fd = -1;
		client->streams[i].group = i + 1;
	}
	client->req.fd = -1;
	client->epoll = -1;
	client->wakeup = -1;
	client->buffer = RECEIVE_BUFFER;
	fserror_queue_init(&client->queue);
}

int fserror_client_open(struct fserror_client **out)
{
	struct fserror_client *client = malloc(sizeof(*client));
	int err;

	*out = client;
	if (!client)
		return -ENOMEM;
	fserror_client_init(client);
	err = nlsock_open(&client->req);
	if (err) {
		fserror_set_error(client, err, "cannot open a netlink socket");
		return err;
	}
	return find_family(client);
}

static void unsubscribe(struct fserror_client *client)
{
	struct stream *stream;
	int i;

	for (i = 0; i < FSERROR_GROUP_MAX; i++) {
		stream = &client->streams[i];
		nlsock_close(&stream->sock);
		free(stream->mounts);
		*stream = (struct stream){ .sock.fd = -1,
					   .group = stream->group,
					   .id = stream->id };
	}
	if (client->epoll >= 0)
		close(client->epoll);
	client->epoll = -1;
	fserror_queue_free(&client->queue);
}

void fserror_client_close(struct fserror_client *client)
{
	if (!client)
		return;
	unsubscribe(client);
	nlsock_close(&client->req);
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
	return client->queue.length < QUEUE_MAX ? client->epoll : -1;
}

struct stream *fserror_joined(struct fserror_client *client, uint32_t group)
{
	struct stream *stream;

	if (!group || group > FSERROR_GROUP_MAX)
		return NULL;
	stream = &client->streams[group - 1];
	return stream->sock.fd >= 0 ? stream : NULL;
}

uint64_t fserror_client_last_seq(const struct fserror_client *client,
				 uint32_t group)
{
	if (!group || group > FSERROR_GROUP_MAX)
		return 0;
	return client->streams[group - 1].last;
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

static int set_filter(struct fserror_client *client, struct nlsock *sock,
		      const struct fserror_filter *filter)
{
	struct request request = { .client = client };
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
		err = fserror_transact(sock, "watch-set", msg, &request);
	nlmsg_free(msg);
	return err;
}

static int join_group(struct fserror_client *client, struct stream *stream,
		      const struct fserror_filter *filter)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct nlsock_result result = { 0 };
	int err;

	err = nlsock_open(&stream->sock);
	if (err) {
		fserror_set_error(client, err, "cannot open a netlink socket");
		return err;
	}
	nlsock_set_buffer(&stream->sock, client->buffer);
	/* the filter before the membership: nothing that it stops may come */
	err = set_filter(client, &stream->sock, filter);
	if (err)
		return err;
	result.error = nlsock_join(&stream->sock, stream->id);
	if (result.error)
		return fserror_refused(client, "joining the events", &result);
	if (epoll_ctl(client->epoll, EPOLL_CTL_ADD, stream->sock.fd, &event)) {
		err = -errno;
		fserror_set_error(client, err, "cannot watch a netlink socket");
		return err;
	}
	return 0;
}

/*
 * Membership before the question where the numbers stand: what is published in
 * between arrives, though its number is not above last.
 */
static int find_positions(struct fserror_client *client)
{
	struct fserror_stat *stat;
	uint32_t group;
	size_t i;
	int err;

	err = fserror_client_stat(client, &stat);
	if (err)
		return err;
	for (i = 0; i < stat->nr_rings; i++) {
		group = stat->rings[i].group;
		if (fserror_joined(client, group))
			client->streams[group - 1].last =
				stat->rings[i].published_seq;
	}
	fserror_stat_free(stat);
	return 0;
}

int fserror_client_subscribe(struct fserror_client *client,
			     const struct fserror_filter *filter,
			     uint32_t groups)
{
	uint32_t group;
	int err;

	unsubscribe(client);
	if (!groups)
		groups = 1 << FSERROR_GROUP_DAMAGE;
	if (groups & 1 || groups >> FSERROR_GROUP_MAX >> 1) {
		fserror_set_error(client, -EINVAL, "there is no such group");
		return -EINVAL;
	}
	client->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (client->epoll < 0) {
		err = -errno;
		fserror_set_error(client, err, "cannot make an epoll instance");
		return err;
	}
	err = keep_filter(client, filter);
	for (group = 1; !err && group <= FSERROR_GROUP_MAX; group++) {
		if (groups >> group & 1)
			err = join_group(client, &client->streams[group - 1],
					 filter);
	}
	if (!err)
		err = find_positions(client);
	if (err)
		unsubscribe(client);
	return err;
}
