/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records as the kernel sent them, collected.
 */
#ifndef FSERROR_TESTS_RECORD_H
#define FSERROR_TESTS_RECORD_H

#include "netlink.h"
#include "scratch.h"

/**
 * struct record - one record
 * @there: bit for each attribute that was there
 * @seq: number in its group
 * @instance: number of the filesystem's mount
 * @fs_seq: number among those of the instance and group
 * @repeat: how many errors it stands for, 1 if it does not say
 * @time: CLOCK_REALTIME in nanoseconds
 * @boottime: CLOCK_BOOTTIME in nanoseconds
 * @kind: enum fserror_kind
 * @error: positive errno
 * @cause: enum fserror_cause
 * @major: of the filesystem's device
 * @minor: of the filesystem's device
 * @uuid: of the filesystem
 * @fstype: of the filesystem
 * @ino: inode number
 * @generation: of the inode
 * @nlink: of the inode
 * @offset: first byte in the file
 * @length: bytes in the file
 * @handle_type: type of the file handle
 * @handle_len: bytes of the file handle
 * @handle: file handle
 */
struct record {
	__u32 there;
	__u64 seq;
	__u64 instance;
	__u64 fs_seq;
	__u64 repeat;
	__u64 time;
	__u64 boottime;
	__u32 kind;
	__u32 error;
	__u32 cause;
	__u32 major;
	__u32 minor;
	__u8 uuid[16];
	char fstype[16];
	__u64 ino;
	__u32 generation;
	__u32 nlink;
	__u64 offset;
	__u64 length;
	__s32 handle_type;
	__u32 handle_len;
	__u8 handle[128];
};

/**
 * struct records - records in the order in which they came
 * @records: the records
 * @nr: how many
 * @max: for how many there is room
 * @messages: in how many messages they came
 * @most: most records in one message
 * @boot_id: boot id of the last message
 * @as_of: newest record when the last answer began
 * @nr_as_of: how many times an answer has said so
 * @lost: markers
 * @nr_lost: how many markers there were, counted beyond the room for them
 * @malformed: something could not be understood
 */
struct records {
	struct record *records;
	unsigned int nr;
	unsigned int max;
	unsigned int messages;
	unsigned int most;
	__u8 boot_id[16];
	__u64 as_of;
	unsigned int nr_as_of;
	struct {
		__u64 first;
		__u64 last;
		/* records that came before the marker */
		unsigned int before;
	} lost[8];
	unsigned int nr_lost;
	bool malformed;
};

void records_add(const struct nlmsghdr *nlh, void *records);
void records_free(struct records *records);
int records_receive(struct records *records, struct nl *nl, unsigned int nr);
int records_receive_kind(struct records *records, struct nl *nl, __u32 kind,
			 __u64 nr);
__u64 records_errors(const struct records *records, __u32 kind);
const struct record *records_find(const struct records *records, __u32 kind);
int records_since(struct records *records, struct nl *nl, __u32 group,
		  __u64 since, struct nl_answer *answer);
int boot_id_read(__u8 *boot_id);

/**
 * struct ring - what stat-get says of one ring
 * @first: oldest record in it, 0 if there is none
 * @last: newest record, 0 if there is none
 * @published: newest record that was sent, 0 if none was
 * @size: records that it holds
 * @overwritten: records that have left it
 * @unsent: of them, those that were not sent before
 */
struct ring {
	__u64 first;
	__u64 last;
	__u64 published;
	__u32 size;
	__u64 overwritten;
	__u64 unsent;
};

/**
 * struct stats - what stat-get says
 * @boot_id: boot that the numbers belong to
 * @ring: the rings, by group
 * @told: ranges that watchers were told of
 * @told_max: for how many there is room
 * @kinds: records by kind
 * @kernel_watchers: watchers inside the kernel
 * @portids: ports of the watchers
 * @drops: messages that each has lost
 * @nr_watchers: how many watchers there were, counted beyond the room for them
 * @malformed: something could not be understood
 */
struct stats {
	__u8 boot_id[16];
	struct ring ring[FSERROR_GROUP_MAX + 1];
	__u32 told;
	__u32 told_max;
	__u64 kinds[32];
	__u32 kernel_watchers;
	__u32 portids[16];
	__u64 drops[16];
	unsigned int nr_watchers;
	bool malformed;
};

int stats_get(struct stats *stats, struct nl *nl);
int stats_watcher(const struct stats *stats, __u32 portid);
int stats_wait_published(struct stats *stats, struct nl *nl);

bool record_is_of(const struct record *record, const struct scratch *scratch);
int watch_set(struct nl *nl, __u32 kinds, const struct scratch *scratch,
	      bool by_uuid);
int test_event(struct nl *nl, const struct scratch *scratch, bool by_uuid,
	       __u64 *seq);

#endif /* FSERROR_TESTS_RECORD_H */
