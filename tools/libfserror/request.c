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

#define DUMP_TRIES 10 /* of a dump that is interrupted each time */
#define DUMP_PAUSE_MS 20 /* before the second try; doubled for each further */
#define DUMP_PAUSE_MAX_MS 500

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
	     nla_put(msg, FSERROR_A_FS_ID_UUID, FSERROR_UUID_LEN, fs->uuid)))
		return -NLE_MSGSIZE;
	return nla_nest_end(msg, nest);
}

/* wait until @fd is readable or @timeout_ms have passed; -1: no limit */
static int wait_readable(struct fserror_client *client, int fd, int timeout_ms)
{
	struct pollfd fds[3];
	int err, ready;

	for (;;) {
		/* poll() takes no notice of a descriptor below 0 */
		fds[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = client->sub.fd,
					  .events = POLLIN };
		fds[2] = (struct pollfd){ .fd = client->wakeup,
					  .events = POLLIN };
		if (client->sub.fd == fd)
			fds[1].fd = -1;
		ready = poll(fds, 3, timeout_ms);
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready < 0) {
			err = -errno;
			fserror_set_error(client, err,
					  "cannot wait for the kernel");
			return err;
		}
		if (fds[2].revents) {
			fserror_set_error(client, -EINTR,
					  "waiting for the kernel");
			return -EINTR;
		}
		if (fds[1].revents) {
			err = fserror_client_pump(client);
			if (err)
				return err;
		}
		if (fds[0].revents || ready == 0)
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
	if (err == -EBADMSG && why.text[0])
		fserror_set_error(client, 0,
				  "malformed answer from the kernel: %s",
				  why.text);
	else if (err && !client->error[0])
		fserror_set_error(client, err,
				  "cannot keep the kernel's answer");
	return err;
}

static int request_other(void *arg, const struct nlmsghdr *nlh)
{
	struct request *request = arg;

	return fserror_live_message(request->client, nlh);
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
			err = wait_readable(client, sock->fd, -1);
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
		err = nlsock_feed(sock, len, request_answer, request_other,
				  request, &result);
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
	return result.interrupted;

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

int fserror_dump(struct fserror_client *client, const char *name,
		 struct nl_msg *msg, struct request *request,
		 void (*forget)(void *arg))
{
	int tries, err, pause_ms = DUMP_PAUSE_MS;

	for (tries = 1;; tries++) {
		err = fserror_transact(&client->req, name, msg, request);
		if (err != 1 || tries == DUMP_TRIES)
			break;
		forget(request->arg);
		/* mounts come and go in bursts: let this one pass */
		err = wait_readable(client, -1, pause_ms);
		if (err)
			break;
		pause_ms = pause_ms * 2 < DUMP_PAUSE_MAX_MS ? pause_ms * 2 :
							      DUMP_PAUSE_MAX_MS;
	}
	if (err < 0)
		forget(request->arg);
	return err;
}
