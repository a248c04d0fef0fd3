/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the client share: client.c, events.c, queue.c, request.c,
 * dumps.c.
 *
 * Two sockets: sub is the subscription and carries the filter, req is for
 * requests and dumps, so that answers and events do not mix. Whatever waits on
 * req empties sub into the queue at the same time.
 */
#ifndef LIBFSERROR_INTERNAL_H
#define LIBFSERROR_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netlink/msg.h>

#include "parse.h"
#include "nlsock.h"

struct item {
	struct item *next;
	struct fserror_event event;
};

struct queue {
	struct item *head, **tail;
	size_t length;
};

struct fserror_client {
	struct nlsock sub, req;
	int wakeup; /* -1 if there is none */
	int buffer; /* bytes, of the subscription */
	uint16_t family;
	uint32_t version, group;
	bool filtered;
	struct fserror_filter filter; /* of the subscription */
	struct fserror_fs_id *filter_fs; /* those of filter, to free */
	bool told_any; /* last is a record that was told, not a start value */
	bool asked; /* recovery was tried when last was asked_at */
	uint64_t last, asked_at;
	uint8_t boot_id[FSERROR_UUID_LEN];
	bool has_boot_id;
	struct queue queue;
	char error[320];
};

/* queue.c */

void fserror_queue_init(struct queue *queue);
void fserror_queue_free(struct queue *queue);
/* a new last item, otherwise zero; NULL if there is no memory */
struct item *fserror_queue_append(struct queue *queue,
				  enum fserror_event_type type);
/* take the first item out */
struct item *fserror_queue_take(struct queue *queue);
/* drop the first item */
void fserror_queue_pop(struct queue *queue);
/* put all of @front, which is empty then, before what is in @queue */
void fserror_queue_prepend(struct queue *queue, struct queue *front);

/* request.c */

/* words for fserror_client_error(), with those for @err (negative errno) if not 0 */
void __attribute__((format(printf, 3, 4)))
fserror_set_error(struct fserror_client *client, int err, const char *fmt, ...);

/* is it this command of our family? */
bool fserror_is_command(const struct fserror_client *client,
			const struct nlmsghdr *nlh, int cmd);

/* a request without attributes, for nlmsg_free(); NULL if there is no memory */
struct nl_msg *fserror_new_message(uint16_t family, int flags, uint8_t cmd,
				   uint8_t version);
/* say so; returns -ENOMEM */
int fserror_no_message(struct fserror_client *client);
/* a number of the type that the specification calls uint */
int fserror_put_uint(struct nl_msg *msg, int type, uint64_t value);
int fserror_put_fs_id(struct nl_msg *msg, int type,
		      const struct fserror_fs_id *fs);

/* the answers of one request */
struct request {
	struct fserror_client *client;
	int (*answer)(struct request *request, const struct nlmsghdr *nlh,
		      struct fserror_why *why);
	void *arg;
};

/*
 * Send @msg on @sock and take all answers. Returns 0, 1 if the kernel says
 * that the dump is inconsistent, or a negative errno. A request that was not
 * heard to its end leaves answers behind, so its socket is made anew.
 */
int fserror_transact(struct nlsock *sock, const char *name, struct nl_msg *msg,
		     struct request *request);

/*
 * Do a dump again until it is consistent, several times; @forget drops what
 * was collected. Returns what the last try of fserror_transact() did.
 */
int fserror_dump(struct fserror_client *client, const char *name,
		 struct nl_msg *msg, struct request *request,
		 void (*forget)(void *arg));

/* put a refusal of the kernel into words; returns its errno */
int fserror_refused(struct fserror_client *client, const char *name,
		    const struct nlsock_result *result);

/* events.c */

/* take a message that answers no request; for the callbacks of nlsock_feed() */
int fserror_live_message(void *arg, const struct nlmsghdr *nlh);

#endif /* LIBFSERROR_INTERNAL_H */
