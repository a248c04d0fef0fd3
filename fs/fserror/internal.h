/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of fs/fserror/ share, grouped by the file that owns it. Calls run
 * one way: each file calls only those above it in this header, and what hangs
 * below calls those that hang above it.
 */
#ifndef _FS_FSERROR_INTERNAL_H
#define _FS_FSERROR_INTERNAL_H

#include <linux/atomic.h>
#include <linux/blk-badrange.h>
#include <linux/fserror_watch.h>
#include <linux/refcount.h>
#include <linux/sizes.h>
#include <linux/workqueue.h>

struct fserror_sb;
struct fserror_filter_fs;

/* kinds are numbered from 1 */
#define FSERROR_NR_KINDS	(FSERROR_KIND_MAX + 1)
#define FSERROR_NR_GROUPS	(FSERROR_GROUP_MAX + 1)

/* record.c: what a record says; calls nobody */
enum fserror_group fserror_group_of(enum fserror_kind kind);
void fserror_record_init(struct fserror_record *record, struct super_block *sb,
			 enum fserror_kind kind, int error);
void fserror_record_set_inode(struct fserror_record *record,
			      struct inode *inode);
void fserror_record_set_range(struct fserror_record *record, dev_t dev,
			      enum fserror_role role,
			      const struct bdev_bad_range *range);
void fserror_record_strip(struct fserror_record *record);
bool fserror_record_may_wait(const struct fserror_record *record);
bool fserror_record_merge(struct fserror_record *last,
			  const struct fserror_record *record);
u64 fserror_record_key(const struct fserror_record *record);

/* ring.c: the last records of a group; calls record.c */

#define FSERROR_RING_DAMAGE	4096
#define FSERROR_RING_IO		1024
#define FSERROR_RING_MIN	16
#define FSERROR_RING_MAX	SZ_64K

/* for how many records it is remembered that they were told a moment ago */
#define FSERROR_RING_RECENT	64

/**
 * struct fserror_recent - something was told a moment ago
 * @key: what, see fserror_record_key()
 * @until_ns: CLOCK_BOOTTIME until which more of the same waits
 */
struct fserror_recent {
	u64	key;
	u64	until_ns;
};

/**
 * struct fserror_ring - the last records of a group, addressed by their numbers
 * @lock: protects all that follows
 * @slots: @size records
 * @size: a power of two
 * @last: number of the newest record, 0 if there was none
 * @taken: number of the newest record that may be read: it does not grow any more
 * @due_ns: CLOCK_BOOTTIME when the records after @taken are to be read, U64_MAX if
 *	there are none
 * @kinds: records by kind
 * @recent: what was told in the last second
 */
struct fserror_ring {
	raw_spinlock_t		lock;
	struct fserror_record	*slots;
	u32			size;
	u64			last;
	u64			taken;
	u64			due_ns;
	u64			kinds[FSERROR_NR_KINDS];
	struct fserror_recent	recent[FSERROR_RING_RECENT];
};

struct fserror_ring_stat {
	u64	first;
	u64	last;
	u64	overwritten;
	u32	size;
	u64	kinds[FSERROR_NR_KINDS];
};

int fserror_ring_init(struct fserror_ring *ring, u32 size);
void fserror_ring_free(struct fserror_ring *ring);
/* numbers the record, with *@fs_seq too if not NULL; or merges it into an earlier one */
bool fserror_ring_add(struct fserror_ring *ring, struct fserror_record *record,
		      u64 *fs_seq);
bool fserror_ring_merge(struct fserror_ring *ring,
			struct fserror_record *record);
u64 fserror_ring_take(struct fserror_ring *ring, u64 now_ns, u64 *due_ns);
u64 fserror_ring_read(struct fserror_ring *ring, u64 seq,
		      struct fserror_record *record);
void fserror_ring_stat(struct fserror_ring *ring,
		       struct fserror_ring_stat *stat);

/* the rings of the groups */
bool fserror_journal_add(enum fserror_group group,
			 struct fserror_record *record, u64 *fs_seq);
bool fserror_journal_merge(enum fserror_group group,
			   struct fserror_record *record);
u64 fserror_journal_due(enum fserror_group group, u64 now_ns, u64 *due_ns);
/* the newest record that may be read: as-of of a dump */
u64 fserror_journal_last(enum fserror_group group);
/* the same, after having made all readable that waits for more of its kind */
u64 fserror_journal_take(enum fserror_group group);
u64 fserror_journal_read(enum fserror_group group, u64 seq,
			 struct fserror_record *record);
void fserror_journal_stat(enum fserror_group group,
			  struct fserror_ring_stat *stat);

/* filter.c: what a socket wants to hear; calls nobody */
#define FSERROR_FILTER_MAX_FS	32

/**
 * struct fserror_filter_fs - names one filesystem
 * @instance: its number, 0 if it may be any
 * @dev: its s_dev, 0 if it may be any
 * @uuid: its UUID; only valid with @has_uuid
 * @has_uuid: @uuid counts
 */
struct fserror_filter_fs {
	u64	instance;
	dev_t	dev;
	uuid_t	uuid;
	bool	has_uuid;
};

/**
 * struct fserror_filter - what a socket wants to hear
 * @rcu: for freeing
 * @kinds: bit for each kind that passes; 0 for all
 * @causes: bit for each cause that passes; 0 for all
 * @nr_fs: number of @fs; 0 for all filesystems
 * @fs: filesystems that pass
 */
struct fserror_filter {
	struct rcu_head			rcu;
	u32				kinds;
	u32				causes;
	unsigned int			nr_fs;
	struct fserror_filter_fs	fs[] __counted_by(nr_fs);
};

bool fserror_filter_fs_is(const struct fserror_filter_fs *fs, u64 instance,
			  dev_t dev, const uuid_t *uuid);
bool fserror_filter_match(const struct fserror_filter *filter,
			  const struct fserror_record *record);
bool fserror_filter_same(const struct fserror_record *a,
			 const struct fserror_record *b);

/* watch.c: the watchers inside the kernel. Calls ring.c. */
void fserror_watchers_kick(enum fserror_group group);
unsigned int fserror_watch_count(void);
bool fserror_watch_damage(void);
/* for tests */
void fserror_watchers_flush(void);

/*
 * message.c and message_record.c: put markers, filesystems and records into netlink
 * messages. Call record.c.
 */
struct sk_buff;
struct sock;
struct genl_info;
struct netlink_callback;
struct netlink_ext_ack;
struct nlattr;

/* bits for fserror_msg_put_end() */
#define FSERROR_END_COMPLETE	BIT(0)
#define FSERROR_END_PENDING	BIT(1)
#define FSERROR_END_BUSY	BIT(2)
#define FSERROR_END_PARTIAL	BIT(3)
#define FSERROR_END_GONE	BIT(4)

/* bits of struct fserror_dev_info */
#define FSERROR_DEV_PENDING	BIT(0)
#define FSERROR_DEV_UNKNOWN	BIT(1)
#define FSERROR_DEV_PARTIAL	BIT(2)
#define FSERROR_DEV_REMOVED	BIT(3)
#define FSERROR_DEV_UNTOLD	BIT(4)

/**
 * struct fserror_dev_info - what is known of a device of a filesystem
 * @dev: its number
 * @role: what the filesystem uses it for
 * @ranges: how many ranges of it are told as bad
 * @flags: FSERROR_DEV_*
 */
struct fserror_dev_info {
	dev_t			dev;
	enum fserror_role	role;
	u64			ranges;
	u32			flags;
};

/* Devices of one filesystem that a message tells of; those with most to say. */
#define FSERROR_INFO_MAX_DEVS	32

/**
 * struct fserror_sb_info - what is known of a filesystem, copied from memory
 * @instance: its number
 * @dev: its s_dev
 * @fs_type: name of its type
 * @sb_id: its s_id
 * @uuid: its UUID, null if it has none
 * @can_resolve: it can say whose a range of its devices is
 * @shutdown: it has reported that it shut down
 * @mounted_ns: CLOCK_BOOTTIME when it was mounted
 * @kinds: records by kind
 * @unresolved: records with the flag unresolved
 * @unlisted: losses of data that have no range of a device
 * @unlisted_metadata: of metadata, likewise
 * @more_devs: devices that are not in @devs
 * @more_flags: all FSERROR_DEV_* of those, and of devices that may have joined
 * @nr_devs: number of @devs
 * @devs: its devices
 */
struct fserror_sb_info {
	u64			instance;
	dev_t			dev;
	char			fs_type[16];
	char			sb_id[32];
	uuid_t			uuid;
	bool			can_resolve;
	bool			shutdown;
	u64			mounted_ns;
	u64			kinds[FSERROR_NR_KINDS];
	u64			unresolved;
	u64			unlisted;
	u64			unlisted_metadata;
	unsigned int		more_devs;
	u32			more_flags;
	unsigned int		nr_devs;
	struct fserror_dev_info	devs[FSERROR_INFO_MAX_DEVS];
};

int fserror_msg_put_boot_id(struct sk_buff *skb, int attrtype);
int fserror_msg_put_record(struct sk_buff *skb, int attrtype,
			   const struct fserror_record *record);
int fserror_msg_put_lost(struct sk_buff *skb, u64 first, u64 last);
int fserror_msg_put_header(struct sk_buff *skb, u64 as_of);
int fserror_msg_put_begin(struct sk_buff *skb,
			  const struct fserror_sb_info *info);
int fserror_msg_put_end(struct sk_buff *skb, u32 flags,
			const struct fserror_sb_info *info);
int fserror_msg_put_filesystem(struct sk_buff *skb,
			       const struct fserror_sb_info *info);
void *fserror_msg_dump_begin(struct sk_buff *skb, struct netlink_callback *cb,
			     u8 cmd);
int fserror_msg_put_device_state(struct sk_buff *skb, int attrtype,
				 const struct fserror_dev_info *dev);

/*
 * multicast.c: sends messages to the groups; what sockets may do and want to hear.
 * Calls message.c and filter.c.
 */
bool fserror_msg_has_listeners(enum fserror_group group);
struct sk_buff *fserror_msg_event_new(enum fserror_group group, void **hdr);
/* true if a socket of init_net is in the group, whatever its filter says */
bool fserror_msg_event_send(struct sk_buff *skb, void *hdr,
			    enum fserror_group group,
			    const struct fserror_record *sample);
bool fserror_msg_sock_wants(struct sock *sk,
			    const struct fserror_record *record);
int fserror_msg_capable(const struct sk_buff *skb,
			struct netlink_ext_ack *extack);
int fserror_msg_parse_fs(struct nlattr *attr, struct netlink_ext_ack *extack,
			 struct fserror_filter_fs *fs);
int fserror_msg_no_such_fs(struct nlattr *attr,
			   struct netlink_ext_ack *extack);

/*
 * publish.c: adds to the rings, counts, kicks, and sends the records to the groups.
 * Calls ring.c, watch.c, message.c and multicast.c.
 */

/**
 * struct fserror_count - what publish.c keeps for an instance of a filesystem
 * @instance: its number
 * @fs_seq: number of its last record in each group; written under the ring's lock
 * @kinds: records by kind
 * @unresolved: records with the flag unresolved
 * @unlisted: losses of data that have no range of a device
 * @unlisted_metadata: of metadata, likewise
 * @io_tokens: how many more records of what it reports by itself it may make now
 * @io_refilled: jiffies of the last refill of @io_tokens
 * @shutdown: it has reported that it shut down
 */
struct fserror_count {
	u64		instance;
	u64		fs_seq[FSERROR_NR_GROUPS];
	atomic64_t	kinds[FSERROR_NR_KINDS];
	atomic64_t	unresolved;
	atomic64_t	unlisted;
	atomic64_t	unlisted_metadata;
	atomic_t	io_tokens;
	unsigned long	io_refilled;
	bool		shutdown;
};

/* records of what a filesystem reports by itself that it may make at once, and a second */
#define FSERROR_IO_BURST	512
#define FSERROR_IO_RATE		64

void fserror_count_init(struct fserror_count *count, u64 instance);
bool fserror_count_token(struct fserror_count *count, unsigned long now);
/* any context but NMI; @count may be NULL; returns the number */
u64 fserror_publish(struct fserror_count *count, struct fserror_record *record);
/* the same for what a filesystem reports by itself, of which there may be too much */
u64 fserror_publish_reported(struct fserror_count *count,
			     struct fserror_record *record);
/* a record of kind test; @sb and @count may be NULL */
u64 fserror_publish_test(struct super_block *sb, struct fserror_count *count);
u64 fserror_published(enum fserror_group group, u64 *unsent);
/* the last broadcast of the group damage reached a socket, or there is a watcher */
bool fserror_publish_heard(void);
/* for tests: have all that was made so far arrive everywhere */
void fserror_publish_wait(void);

/*
 * told.c: what watchers were told is bad on a device, and how that differs from an
 * answer. Calls nobody; does no I/O.
 */

/**
 * enum fserror_told_state - what was told of a range
 * @FSERROR_TOLD_BAD: it is bad
 * @FSERROR_TOLD_UNKNOWN: it could not be found out whether it is
 * @FSERROR_TOLD_CONTENT_UNKNOWN: it was bad and is readable again
 * @FSERROR_TOLD_DEGRADED: a copy of it is bad
 *
 * The worst first.
 */
enum fserror_told_state {
	FSERROR_TOLD_BAD,
	FSERROR_TOLD_UNKNOWN,
	FSERROR_TOLD_CONTENT_UNKNOWN,
	FSERROR_TOLD_DEGRADED,
};

/* flags of struct fserror_told_range */
#define FSERROR_TOLD_UNRESOLVED	BIT(0)	/* its owners could not be found out */
#define FSERROR_TOLD_PARTIAL	BIT(1)	/* it stands for several pieces */
#define FSERROR_TOLD_REPLAY	BIT(2)	/* it is older than the mount */
#define FSERROR_TOLD_LATE	BIT(3)	/* its owners were told after it */
#define FSERROR_TOLD_UNPLACED	BIT(4)	/* the layer cannot say where it is */

/**
 * struct fserror_told_range - one range that watchers were told of
 * @range: where, why, and where the damage began; @range.flags is not used
 * @state: what was told
 * @flags: FSERROR_TOLD_*
 * @why: enum bdev_bad_why of all marks since it was told, of which only those
 *	matter that say that the device may lie somewhere else now
 * @count: how many pieces it stands for, with FSERROR_TOLD_PARTIAL
 * @hash: of those pieces, to see that one of them has changed
 */
struct fserror_told_range {
	struct bdev_bad_range	range;
	enum fserror_told_state	state;
	u16			flags;
	u16			why;
	u32			count;
	u32			hash;
};

#define FSERROR_TOLD_MAX	65536

/* told.c declares the rest; see there */
#include "told.h"

/* kept.c: names that were found while a device was being taken away. Calls told.c. */
#include "kept.h"

/*
 * The instances of filesystems, and what happens to their devices. The files, in the
 * order of the calls: super.c and info.c (instances, marks, locks), device.c (devices, and
 * what the block layer says of them), resolve.c (ranges to records), reads.c (failed reads
 * that may be the same loss), ask.c (questions down), tell.c (differences to published
 * records), worker.c (marks to differences, the only writer of told), mount.c (hooks of
 * fs/), and dump_buffer.c, dump_owners.c and dump.c (the work of a damage-get).
 */
#include "super.h"

/* below it: report.c, nl_sock.c, netlink.c, damage.c */

#endif /* _FS_FSERROR_INTERNAL_H */
