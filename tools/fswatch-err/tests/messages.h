/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages as the kernel sends them, made with libnl from the uapi header. */
#ifndef FSW_TEST_MESSAGES_H
#define FSW_TEST_MESSAGES_H

#include <netlink/msg.h>

#include "parse.h"

#define TEST_FAMILY 0x2a /* the number that the family has in the tests */

extern const uint8_t test_boot_id[FSERROR_UUID_LEN];
extern const uint8_t test_uuid[FSERROR_UUID_LEN];

/* an empty message of the family; @seq 0 for a multicast one */
struct nl_msg *message_new(int cmd, uint32_t seq, int flags);

/* attributes; what is in @present of the structures is put into the message */
void message_put_boot_id(struct nl_msg *msg, int attr);
void message_put_record(struct nl_msg *msg, int attr,
			const struct fserror_record *rec);
void message_put_lost(struct nl_msg *msg, uint64_t first, uint64_t last);
/* what frames a list of damage; @flag is one of the end or of a device, or 0 */
void message_put_header(struct nl_msg *msg, uint64_t as_of);
void message_put_begin(struct nl_msg *msg, uint64_t instance);
void message_put_device(struct nl_msg *msg, int attr, int flag);
void message_put_end(struct nl_msg *msg, uint64_t instance, int flag);
void message_put_uint(struct nl_msg *msg, int attr, uint64_t value);

/* the end of a dump, and the end of any other request */
struct nl_msg *message_done(uint32_t seq, int error, int flags);
struct nl_msg *message_error(uint32_t seq, int error, const char *text);

/* records to begin with */
struct fserror_record record_data_lost(uint64_t seq);
void record_set(struct fserror_record *rec, int attr);

#endif /* FSW_TEST_MESSAGES_H */
