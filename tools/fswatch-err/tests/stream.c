// SPDX-License-Identifier: GPL-2.0-only
#include "stream.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>

static char datagram[256 * 1024];

/* one message, with the group or the answer that it was for; 1, 0 at the end, -1 */
static int load_one(struct peer *peer, FILE *file, bool first)
{
	int which = getc(file);
	struct nlmsghdr nlh;
	uint32_t len;

	if (which == EOF)
		return 0;
	if (fread(&len, sizeof(len), 1, file) != 1 || len < sizeof(nlh) ||
	    len > sizeof(datagram) || fread(datagram, len, 1, file) != 1) {
		errno = EBADMSG;
		return -1;
	}
	memcpy(&nlh, datagram, sizeof(nlh));
	if (first && nlh.nlmsg_type >= NLMSG_MIN_TYPE) {
		peer->client->family = nlh.nlmsg_type;
		if (which == 'r')
			peer->client->req.seq = nlh.nlmsg_seq - 1;
	}
	return send(which == 'e' ? peer->sub :
		    which == 'i' ? peer->io :
				   peer->req,
		    datagram, len, MSG_DONTWAIT) == (ssize_t)len ?
		       1 :
		       -1;
}

int stream_load(struct peer *peer, const char *path)
{
	FILE *file = fopen(path, "r");
	bool first = true;
	int rc, saved;

	if (!file)
		return -1;
	while ((rc = load_one(peer, file, first)) > 0)
		first = false;
	saved = errno;
	fclose(file);
	errno = saved;
	return rc;
}
