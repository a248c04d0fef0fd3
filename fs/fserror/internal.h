/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of fs/fserror/ share, grouped by the file that owns it.
 */
#ifndef _FS_FSERROR_INTERNAL_H
#define _FS_FSERROR_INTERNAL_H

#include <linux/atomic.h>
#include <linux/blk-badrange.h>
#include <linux/fserror_watch.h>
#include <linux/refcount.h>
#include <linux/sizes.h>
#include <linux/workqueue.h>

struct fserror_filter_fs;

/* kinds are numbered from 1 */
#define FSERROR_NR_KINDS	(FSERROR_KIND_TEST + 1)

/* journal.c */

/* records that the ring holds unless fserror.ring= says otherwise */
#define FSERROR_RING_DEFAULT	4096
#define FSERROR_RING_MIN	16
#define FSERROR_RING_MAX	SZ_64K

/**
 * struct fserror_ring - the last records, addressed by their numbers
 * @lock: protects all that follows
 * @slots: @size records
 * @size: a power of two
 * @last: number of the newest record, 0 if there was none
 * @kinds: records by kind
 */
struct fserror_ring {
	raw_spinlock_t		lock;
	struct fserror_record	*slots;
	u32			size;
	u64			last;
	u64			kinds[FSERROR_NR_KINDS];
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
u64 fserror_ring_add(struct fserror_ring *ring, struct fserror_record *record);
u64 fserror_ring_read(struct fserror_ring *ring, u64 seq,
		      struct fserror_record *record);
void fserror_ring_stat(struct fserror_ring *ring,
		       struct fserror_ring_stat *stat);

void fserror_journal_add(struct super_block *sb, struct fserror_record *record);
u64 fserror_journal_read(u64 seq, struct fserror_record *record);
void fserror_journal_stat(struct fserror_ring_stat *stat);

/* record.c */
void fserror_record_init(struct fserror_record *record, struct super_block *sb,
			 enum fserror_kind kind, int error);
void fserror_record_set_inode(struct fserror_record *record,
			      struct inode *inode);
void fserror_record_set_range(struct fserror_record *record,
			      struct block_device *bdev,
			      const struct bdev_bad_range *range);
u64 fserror_journal_test(struct super_block *sb);

/* resolve.c */
int fserror_resolve(struct super_block *sb, struct block_device *bdev,
		    struct fserror_sink *sink);
void fserror_tell(struct super_block *sb, struct block_device *bdev,
		  const struct bdev_bad_range *range, u32 flags);

/* super.c */

/**
 * struct fserror_sb - what is kept for a mounted filesystem
 * @list: in the list of them all
 * @ref: see REFCOUNT in fs/fserror/super.c
 * @id: from 1, in the order of mounting, never used again
 * @sb: the superblock; valid as long as this is in the list
 * @dev: s_dev
 * @uuid: s_uuid when it was mounted
 * @size: bytes of s_bdev when it was mounted
 * @replay: tells what was bad before the mount
 * @kinds: records by kind
 * @unresolved: records with the flag unresolved
 * @rcu: for freeing
 */
struct fserror_sb {
	struct list_head	list;
	refcount_t		ref;
	u64			id;
	struct super_block	*sb;
	dev_t			dev;
	uuid_t			uuid;
	u64			size;
	struct work_struct	replay;
	atomic64_t		kinds[FSERROR_NR_KINDS];
	atomic64_t		unresolved;
	struct rcu_head		rcu;
};

void fserror_sb_count(struct super_block *sb,
		      const struct fserror_record *record);
struct super_block *fserror_sb_get_next(u64 *id);
bool fserror_sb_known(const struct fserror_filter_fs *fs);
u64 fserror_sb_test(const struct fserror_filter_fs *fs);
void fserror_sb_put(struct super_block *sb);
struct block_device *fserror_sb_bdev(struct super_block *sb, unsigned int nr,
				     u64 *size);
bool fserror_sb_can_resolve(struct super_block *sb);

/* publish.c */
void fserror_publish_kick(void);
void fserror_publish_wait(void);
u64 fserror_published(u64 *unsent);
unsigned int fserror_watch_count(void);
int fserror_publish_init(void);

/* filter.c */
#define FSERROR_FILTER_MAX_FS	32

/**
 * struct fserror_filter_fs - names one filesystem
 * @dev: its s_dev, 0 if it may be any
 * @uuid: its UUID; only valid with @has_uuid
 * @has_uuid: @uuid counts
 */
struct fserror_filter_fs {
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

bool fserror_filter_fs_is(const struct fserror_filter_fs *fs, dev_t dev,
			  const uuid_t *uuid);
bool fserror_filter_match(const struct fserror_filter *filter,
			  const struct fserror_record *record);
bool fserror_filter_same(const struct fserror_record *a,
			 const struct fserror_record *b);

/* damage.c */
#if IS_ENABLED(CONFIG_KUNIT)
bool fserror_damage_skip_to(struct bdev_bad_range *range, u64 pos);
#endif

/* netlink.c */
struct sk_buff;
struct sock;
struct genl_info;
struct netlink_callback;
struct netlink_ext_ack;
struct nlattr;

bool fserror_nl_has_listeners(void);
struct sk_buff *fserror_nl_event_new(void **hdr);
int fserror_nl_put_record(struct sk_buff *skb, int attrtype,
			  const struct fserror_record *record);
int fserror_nl_put_lost(struct sk_buff *skb, u64 first, u64 last);
int fserror_nl_event_send(struct sk_buff *skb, void *hdr,
			  const struct fserror_record *sample);
bool fserror_nl_sock_wants(struct sock *sk,
			   const struct fserror_record *record);
int fserror_nl_parse_fs(struct nlattr *attr, struct netlink_ext_ack *extack,
			struct fserror_filter_fs *fs);

#endif /* _FS_FSERROR_INTERNAL_H */
