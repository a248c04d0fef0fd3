// SPDX-License-Identifier: GPL-2.0-only
#include "peer.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "messages.h"

static void open_pair(struct nlsock *sock, int *end)
{
	int fds[2], size = 4 * 1024 * 1024;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		abort();
	setsockopt(fds[1], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	sock->fd = fds[0];
	sock->seq = 0;
	sock->buf = malloc(NLSOCK_BUFFER);
	if (!sock->buf)
		abort();
	*end = fds[1];
}

static void watch_stream(const struct fserror_client *client, uint32_t group)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (epoll_ctl(client->epoll, EPOLL_CTL_ADD,
		      client->streams[group - 1].sock.fd, &event))
		abort();
}

void peer_open(struct peer *peer)
{
	struct fserror_client *client = malloc(sizeof(*client));

	if (!client)
		abort();
	fserror_client_init(client);
	open_pair(&client->streams[FSERROR_GROUP_DAMAGE - 1].sock, &peer->sub);
	open_pair(&client->streams[FSERROR_GROUP_IO - 1].sock, &peer->io);
	open_pair(&client->req, &peer->req);
	client->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (client->epoll < 0)
		abort();
	watch_stream(client, FSERROR_GROUP_DAMAGE);
	watch_stream(client, FSERROR_GROUP_IO);
	client->family = TEST_FAMILY;
	client->version = 1;
	peer->client = client;
}

void peer_close(struct peer *peer)
{
	fserror_client_close(peer->client);
	close(peer->sub);
	close(peer->io);
	close(peer->req);
}

void peer_send(int fd, struct nl_msg *msg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);

	if (send(fd, nlh, nlh->nlmsg_len, MSG_DONTWAIT) !=
	    (ssize_t)nlh->nlmsg_len)
		abort();
	nlmsg_free(msg);
}

struct stream *peer_stream(struct peer *peer, uint32_t group)
{
	return &peer->client->streams[group - 1];
}

void peer_send_events(int fd, int cmd, uint32_t seq, uint64_t first,
		      uint64_t last)
{
	struct nl_msg *msg = message_new(cmd, seq, seq ? NLM_F_MULTI : 0);
	uint64_t nr;

	message_put_boot_id(msg, FSERROR_A_EVENT_BOOT_ID);
	for (nr = first; nr <= last; nr++) {
		const struct fserror_record rec = record_data_lost(nr);

		message_put_record(msg, FSERROR_A_EVENT_RECORD, &rec);
	}
	peer_send(fd, msg);
}

int peer_read(int fd, void *buf, size_t size)
{
	ssize_t len = recv(fd, buf, size, MSG_DONTWAIT);

	return len < 0 ? 0 : len;
}
