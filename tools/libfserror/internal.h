/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the client share: client.c, events.c, recover.c, queue.c,
 * request.c, dumps.c.
 *
 * A socket for each group that was joined, which carries the filter, and req for
 * requests and dumps, so that answers and events do not mix, nor do failed reads
 * displace losses. Whatever waits on req takes events into the queue at the same
 * time.
 */
#ifndef LIBFSERROR_INTERNAL_H
#define LIBFSERROR_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netlink/msg.h>

#include "parse.h"
#include "nlsock.h"

/* events that wait to be told; what has no room stays in the kernel */
#define QUEUE_MAX 8192

struct item {
	struct item *next;
	struct fserror_event event;
};

struct queue {
	struct item *head, **tail;
	size_t length;
};

/* the number that the last record of a mount had */
struct mount_seq {
	uint64_t instance, fs_seq;
};

/* the events of one group */
struct stream {
	struct nlsock sock; /* its descriptor is -1 if it was not joined */
	uint32_t group; /* FSERROR_GROUP_* */
	uint32_t id; /* number of the multicast group */
	bool draining; /* after an overrun, until the kernel's buffer is empty */
	bool missed; /* that was told: nothing else is, until it is recovered */
	bool told_any; /* last is a record that was told, not a start value */
	bool asked; /* recovery was tried when last was asked_at */
	uint64_t last, asked_at;
	struct mount_seq *mounts; /* with a filter by filesystem */
	size_t nr_mounts;
};

struct fserror_client {
	struct stream streams[FSERROR_GROUP_MAX]; /* by group - 1 */
	struct nlsock req;
	int epoll; /* of the streams, -1 without a subscription */
	int wakeup; /* -1 if there is none */
	int buffer; /* bytes, of the subscription */
	uint16_t family;
	uint32_t version;
	bool filtered;
	struct fserror_filter filter; /* of the subscription */
	struct fserror_fs_id *filter_fs; /* those of filter, to free */
	uint8_t boot_id[FSERROR_UUID_LEN];
	bool has_boot_id;
	struct queue queue;
	char error[320];
};

/* client.c */

/* all members, without a socket */
void fserror_client_init(struct fserror_client *client);
/* NULL if there is no such group, or it was not joined */
struct stream *fserror_joined(struct fserror_client *client, uint32_t group);

/* queue.c */

void fserror_queue_init(struct queue *queue);
void fserror_queue_free(struct queue *queue);
/* a new last item, otherwise zero; NULL if there is no memory */
struct item *fserror_queue_append(struct queue *queue,
				  enum fserror_event_type type, uint32_t group);
/* note that something of @group is missing, once at one place; 0 or -ENOMEM */
int fserror_queue_missed(struct queue *queue, uint32_t group, bool overrun);
/* what is missing of @group was asked for: drop the notes of it */
void fserror_queue_drop_missed(struct queue *queue, uint32_t group);
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
	int stopped; /* what a callback of the user returned, if not 0 */
};

/*
 * Send @msg on @sock and take all answers. Returns 0, what a callback of the user
 * returned, or a negative errno. A request that was not heard to its end leaves
 * answers behind, so its socket is made anew.
 */
int fserror_transact(struct nlsock *sock, const char *name, struct nl_msg *msg,
		     struct request *request);

/* put a refusal of the kernel into words; returns its errno */
int fserror_refused(struct fserror_client *client, const char *name,
		    const struct nlsock_result *result);

/* events.c */

struct event_sink {
	struct fserror_client *client;
	struct queue *queue;
	struct stream *stream;
	bool answer; /* to a question: what is too much ends it */
};

/* put the events of a message into the queue */
int fserror_sink_message(struct event_sink *sink, const struct nlmsghdr *nlh);

/* take what arrived for one group, as far as there is room */
int fserror_pump_stream(struct fserror_client *client, struct stream *stream);

#endif /* LIBFSERROR_INTERNAL_H */
