/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the client share: client.c, events.c, queue.c, request.c,
 * dumps.c.
 *
 * Two sockets: sub is the subscription and carries the filter, req is for
 * requests and dumps, so that answers and events do not mix. Whatever waits on
 * req empties sub into the queue at the same time.
 */
#ifndef FSW_CLIENT_INTERNAL_H
#define FSW_CLIENT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netlink/msg.h>

#include "client.h"
#include "nlsock.h"

struct item {
	struct item *next;
	struct fsw_event event;
};

struct queue {
	struct item *head, **tail;
	size_t length;
};

struct fsw_client {
	struct nlsock sub, req;
	int wakeup; /* -1 if there is none */
	int buffer; /* bytes, of the subscription */
	uint16_t family;
	uint32_t version, group;
	bool filtered;
	bool told_any; /* last is a record that was told, not a start value */
	bool asked; /* recovery was tried when last was asked_at */
	uint64_t last, asked_at;
	uint8_t boot_id[FSW_UUID_LEN];
	bool has_boot_id;
	struct queue queue;
	char error[320];
};

/* queue.c */

void fsw_queue_init(struct queue *queue);
void fsw_queue_free(struct queue *queue);
/* a new last item, otherwise zero; NULL if there is no memory */
struct item *fsw_queue_append(struct queue *queue, enum fsw_event_type type);
/* drop the first item */
void fsw_queue_pop(struct queue *queue);
/* put all of @front, which is empty then, before what is in @queue */
void fsw_queue_prepend(struct queue *queue, struct queue *front);

/* request.c */

/* words for fsw_client_error(), with those for @err (negative errno) if not 0 */
void __attribute__((format(printf, 3, 4)))
fsw_set_error(struct fsw_client *client, int err, const char *fmt, ...);

/* is it this command of our family? */
bool fsw_is_command(const struct fsw_client *client, const struct nlmsghdr *nlh,
		    int cmd);

/* a request without attributes, for nlmsg_free(); NULL if there is no memory */
struct nl_msg *fsw_new_message(uint16_t family, int flags, uint8_t cmd,
			       uint8_t version);
/* say so; returns -ENOMEM */
int fsw_no_message(struct fsw_client *client);
/* a number of the type that the specification calls uint */
int fsw_put_uint(struct nl_msg *msg, int type, uint64_t value);
int fsw_put_fs_id(struct nl_msg *msg, int type, const struct fsw_fs_id *fs);

/* the answers of one request */
struct request {
	struct fsw_client *client;
	int (*answer)(struct request *request, const struct nlmsghdr *nlh,
		      struct fsw_why *why);
	void *arg;
};

/*
 * Send @msg on @sock and take all answers. Returns 0, 1 if the kernel says
 * that the dump is inconsistent, or a negative errno. A request that was not
 * heard to its end leaves answers behind, so its socket is made anew.
 */
int fsw_transact(struct nlsock *sock, const char *name, struct nl_msg *msg,
		 struct request *request);

/*
 * Do a dump again until it is consistent, several times; @forget drops what
 * was collected. Returns what the last try of fsw_transact() did.
 */
int fsw_dump(struct fsw_client *client, const char *name, struct nl_msg *msg,
	     struct request *request, void (*forget)(void *arg));

/* put a refusal of the kernel into words; returns its errno */
int fsw_refused(struct fsw_client *client, const char *name,
		const struct nlsock_result *result);

/* events.c */

/* take a message that answers no request; for the callbacks of nlsock_feed() */
int fsw_live_message(void *arg, const struct nlmsghdr *nlh);

#endif /* FSW_CLIENT_INTERNAL_H */
