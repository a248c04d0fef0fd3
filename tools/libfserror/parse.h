/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's fserror family says, as C structures: the decoding of its
 * netlink messages. No sockets, no output.
 */
#ifndef LIBFSERROR_PARSE_H
#define LIBFSERROR_PARSE_H

#include <assert.h>

#include <linux/netlink.h>

#include "libfserror.h"

static_assert(FSERROR_A_RECORD_MAX < 32, "present has 32 bits");

struct fserror_lost {
	uint32_t present;
	uint64_t first, last;
};

/* what is wrong with a message, in words */
struct fserror_why {
	char text[128];
};

/* what an event message says besides its records */
struct fserror_event_head {
	uint32_t present; /* bits of FSERROR_A_EVENT_* */
	uint8_t boot_id[FSERROR_UUID_LEN];
	uint64_t as_of;
};

/* either callback returns 0 or what to return */
struct fserror_event_parser {
	int (*lost)(void *arg, const struct fserror_lost *lost);
	int (*record)(void *arg, const struct fserror_record *rec);
	void *arg;
};

/*
 * Decode the payload of one message. All return 0, -EBADMSG with @why filled
 * if the message is malformed, or -ENOMEM; those with callbacks also return
 * what a callback returned if that was not 0.
 */
int fserror_parse_event(const struct nlmsghdr *nlh,
			struct fserror_event_head *event,
			const struct fserror_event_parser *parser,
			struct fserror_why *why);
int fserror_parse_damage(const struct nlmsghdr *nlh,
			 const struct fserror_damage_visitor *visitor,
			 void *arg, struct fserror_why *why);
/* for fserror_filesystem_clear(), also if this fails */
int fserror_parse_filesystem(const struct nlmsghdr *nlh,
			     struct fserror_filesystem *fs,
			     struct fserror_why *why);
/* for fserror_stat_clear(), also if this fails */
int fserror_parse_stat(const struct nlmsghdr *nlh, struct fserror_stat *st,
		       struct fserror_why *why);
int fserror_parse_test(const struct nlmsghdr *nlh, uint64_t *seq,
		       struct fserror_why *why);
/* free what is in it */
void fserror_filesystem_clear(struct fserror_filesystem *fs);
void fserror_stat_clear(struct fserror_stat *st);

#endif /* LIBFSERROR_PARSE_H */
