// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests and their answers. What waits for an answer also takes events out
 * of the subscription.
 */
#include "internal.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

void fserror_set_error(struct fserror_client *client, int err, const char *fmt,
		       ...)
{
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	vsnprintf(client->error, sizeof(client->error), fmt, ap);
	va_end(ap);
	len = strlen(client->error);
	if (err)
		snprintf(client->error + len, sizeof(client->error) - len,
			 ": %s", strerror(-err));
}

bool fserror_is_command(const struct fserror_client *client,
			const struct nlmsghdr *nlh, int cmd)
{
	const struct genlmsghdr *gnlh = nlmsg_data(nlh);

	return nlh->nlmsg_type == client->family &&
	       nlmsg_datalen(nlh) >= (int)GENL_HDRLEN && gnlh->cmd == cmd;
}

int fserror_put_uint(struct nl_msg *msg, int type, uint64_t value)
{
	if (value <= UINT32_MAX)
		return nla_put_u32(msg, type, value);
	return nla_put_u64(msg, type, value);
}

int fserror_put_fs_id(struct nl_msg *msg, int type,
		      const struct fserror_fs_id *fs)
{
	struct nlattr *nest = nla_nest_start(msg, NLA_F_NESTED | type);

	if (!nest)
		return -NLE_MSGSIZE;
	if ((fs->has_dev &&
	     (nla_put_u32(msg, FSERROR_A_FS_ID_MAJOR, fs->major) ||
	      nla_put_u32(msg, FSERROR_A_FS_ID_MINOR, fs->minor))) ||
	    (fs->has_uuid &&
	     nla_put(msg, FSERROR_A_FS_ID_UUID, FSERROR_UUID_LEN, fs->uuid)) ||
	    (fs->instance &&
	     fserror_put_uint(msg, FSERROR_A_FS_ID_INSTANCE, fs->instance)))
		return -NLE_MSGSIZE;
	return nla_nest_end(msg, nest);
}

/* the descriptor of a stream to wait for beside @fd, or -1 */
static int stream_fd(const struct fserror_client *client,
		     const struct stream *stream, int fd)
{
	/* what there is no room for stays in the kernel */
	if (stream->sock.fd == fd ||
	    (client->queue.length >= QUEUE_MAX && !stream->missed))
		return -1;
	return stream->sock.fd;
}

/* wait until @fd is readable */
static int wait_readable(struct fserror_client *client, int fd)
{
	struct pollfd fds[2 + FSERROR_GROUP_MAX];
	const nfds_t nr = 2 + FSERROR_GROUP_MAX;
	int err, ready, i;

	for (;;) {
		/* poll() takes no notice of a descriptor below 0 */
		fds[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = client->wakeup,
					  .events = POLLIN };
		for (i = 0; i < FSERROR_GROUP_MAX; i++)
			fds[2 + i] = (struct pollfd){
				.fd = stream_fd(client, &client->streams[i],
						fd),
				.events = POLLIN
			};
		ready = poll(fds, nr, -1);
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready < 0) {
			err = -errno;
			fserror_set_error(client, err,
					  "cannot wait for the kernel");
			return err;
		}
		if (fds[1].revents) {
			fserror_set_error(client, -EINTR,
					  "waiting for the kernel");
			return -EINTR;
		}
		for (i = 0; i < FSERROR_GROUP_MAX; i++) {
			if (!fds[2 + i].revents)
				continue;
			err = fserror_pump_stream(client, &client->streams[i]);
			if (err)
				return err;
		}
		if (fds[0].revents)
			return 0;
	}
}

static int request_answer(void *arg, const struct nlmsghdr *nlh)
{
	struct request *request = arg;
	struct fserror_client *client = request->client;
	struct fserror_why why = { "" };
	int err;

	if (!request->answer)
		return 0;
	client->error[0] = '\0';
	err = request->answer(request, nlh, &why);
	if (request->stopped)
		fserror_set_error(client, 0, "ended by the caller");
	else if (err == -EBADMSG && why.text[0])
		fserror_set_error(client, 0,
				  "malformed answer from the kernel: %s",
				  why.text);
	else if (err && !client->error[0])
		fserror_set_error(client, err,
				  "cannot keep the kernel's answer");
	return err;
}

int fserror_refused(struct fserror_client *client, const char *name,
		    const struct nlsock_result *result)
{
	if (result->error == -EPERM || result->error == -EACCES)
		fserror_set_error(
			client, 0, "%s: permission denied: %s", name,
			result->text[0] ?
				result->text :
				"CAP_SYS_ADMIN in the initial user namespace is needed");
	else
		fserror_set_error(client, result->error, "%s%s%s", name,
				  result->text[0] ? ": " : "", result->text);
	return result->error;
}

int fserror_transact(struct nlsock *sock, const char *name, struct nl_msg *msg,
		     struct request *request)
{
	struct fserror_client *client = request->client;
	struct nlsock_result result = { 0 };
	int err, len;

	if (sock->fd < 0) {
		err = nlsock_open(sock);
		if (err) {
			fserror_set_error(client, err,
					  "cannot open a netlink socket");
			return err;
		}
	}
	err = nlsock_send(sock, msg);
	if (err) {
		fserror_set_error(client, err, "%s: cannot send the request",
				  name);
		goto drop_answers;
	}
	for (;;) {
		len = nlsock_receive(sock);
		if (len == -EAGAIN) {
			err = wait_readable(client, sock->fd);
			if (err)
				goto drop_answers;
			continue;
		}
		if (len < 0) {
			err = len;
			fserror_set_error(client, err,
					  "%s: cannot receive the answer",
					  name);
			goto drop_answers;
		}
		client->error[0] = '\0';
		err = nlsock_feed(sock, len, request_answer, NULL, request,
				  &result);
		if (request->stopped) {
			err = request->stopped;
			goto drop_answers;
		}
		if (err < 0) {
			if (!client->error[0])
				fserror_set_error(
					client, err,
					"%s: malformed message from the kernel",
					name);
			goto drop_answers;
		}
		if (err == 1)
			break;
	}
	if (result.error)
		return fserror_refused(client, name, &result);
	return 0;

drop_answers:
	if (sock == &client->req)
		nlsock_close(sock);
	return err;
}

struct nl_msg *fserror_new_message(uint16_t family, int flags, uint8_t cmd,
				   uint8_t version)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (msg &&
	    !genlmsg_put(msg, 0, NL_AUTO_SEQ, family, 0, flags, cmd, version)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

int fserror_no_message(struct fserror_client *client)
{
	fserror_set_error(client, -ENOMEM, "cannot make a request");
	return -ENOMEM;
}
