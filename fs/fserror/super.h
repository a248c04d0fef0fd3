/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The instances of filesystems and their devices. Included by internal.h.
 */
#ifndef _FS_FSERROR_SUPER_H
#define _FS_FSERROR_SUPER_H

#include <linux/mutex.h>
#include <linux/wait.h>

/*
 * Records of an instance at once, and in each second after that: of owners, and of ranges
 * as a whole, for which owners leave some over.
 */
#define FSERROR_OWNER_BURST	1024
#define FSERROR_BULK_BURST	256
#define FSERROR_TELL_RATE	256

/* between the beginnings of two syncs of one superblock */
#define FSERROR_SYNC_INTERVAL	(HZ / 10)

/* between two records about changes inside coarse ranges of a device */
#define FSERROR_BULK_INTERVAL	(10 * HZ)

/* windows that are remembered for a device before they become their hull */
#define FSERROR_DEV_MARKS	4
/**
 * struct fserror_marks - windows of a device that have not been asked about
 * @win: the windows, disjoint, in no order
 * @nr: how many there are
 */
struct fserror_marks {
	struct bdev_bad_window	win[FSERROR_DEV_MARKS];
	unsigned int		nr;
};

/**
 * struct fserror_dev - a block device of a filesystem
 * @list: in the devices of the instance, in the order of @index; added under
 *	fserror_sb.lock, never taken out before the instance is freed
 * @bdev: the device, with a reference on it, which does not keep it open
 * @dev: its number
 * @index: counted from 1 for the instance; the key that a dump goes on by
 * @role: what the filesystem uses it for
 * @size: bytes of it that the filesystem knows
 * @marks: what is to be asked
 * @syncing: the worker has taken the marks and is not done with them
 * @removed: all of it was taken away, and a bulk record has told so
 * @losing: a removal that was reported has not been looked at to its end
 * @fill: that record's range is not in @told yet
 * @no_io: the time for its removal is over
 * @unknown: the last question was not answered
 * @is_volatile: is to be asked again from time to time
 * @left: the filesystem does not use it any more
 * @seen: the last enumeration found it
 * @replay: what is found is older than the mount
 * @owed: ranges of it may be told whose owners are still to be told
 * @backoff: seconds until it is asked again after -EAGAIN, 0 if it is not
 * @retry_at: jiffies of that
 * @reask_at: jiffies of the next question because of @is_volatile or @unknown, if
 *	one of them is set
 * @unsaid: what is good and nobody has said why
 * @unsaid_at: jiffies from which it is asked about once more, and then told
 * @late_at: jiffies of the next attempt to tell what is @owed
 * @grain: pieces nearer to each other than this are told as one
 * @coarser: @grain is to be doubled: the pool is full and it uses most of it
 * @finer_at: jiffies before which @grain is not made smaller
 * @finer_wait: how long to wait then after it has been made greater again
 * @bulk_at: jiffies before which no further change in a coarse range is told
 * @told: what watchers were told
 * @unplaced: what they were told and nobody knows where; under @told.lock
 * @nr_unplaced: how many there are
 * @kept: whose pieces of it were that were taken away
 *
 * What has no other lock said is written by the worker only. The fields from @marks
 * to @seen are under fserror_sb.lock.
 */
struct fserror_dev {
	struct list_head		list;
	struct block_device		*bdev;
	dev_t				dev;
	u32				index;
	enum fserror_role		role;
	u64				size;

	struct fserror_marks		marks;
	bool				syncing;
	bool				removed;
	bool				losing;
	bool				fill;
	bool				no_io;
	bool				unknown;
	bool				is_volatile;
	bool				left;
	bool				seen;

	bool				replay;
	bool				owed;
	unsigned int			backoff;
	unsigned long			retry_at;
	unsigned long			reask_at;
	struct fserror_marks		unsaid;
	unsigned long			unsaid_at;
	unsigned long			late_at;
	u64				grain;
	bool				coarser;
	unsigned long			finer_at;
	unsigned long			finer_wait;
	unsigned long			bulk_at;

	struct fserror_told		told;
	struct fserror_told_range	unplaced[BDEV_BAD_MAX_UNPLACED];
	unsigned int			nr_unplaced;
	struct fserror_kept		kept;
};

/**
 * struct fserror_sb - an instance of a filesystem: one mount of it
 * @count: its number, and what was counted for it
 * @list: in the list of instances
 * @ref: one each for the superblock, the queued or running work, and dumps
 * @rcu: for freeing
 * @dev: its s_dev
 * @uuid: its UUID
 * @fs_type: name of its type
 * @sb_id: what it calls itself in the kernel log
 * @mounted_ns: CLOCK_BOOTTIME when it was mounted
 * @lock: protects what follows, and the marks of the devices; process context
 * @sb: the superblock; NULL once it is being unmounted
 * @devs: its devices
 * @nr_devs: how many were ever added
 * @enumerate: its devices may have changed
 * @enumerating: they may, and the worker that runs has not found out yet
 * @born: all devices that it was mounted with have been found
 * @thawed: a failed question is to be asked again now
 * @kick: its worker has to make what was told coarser
 * @any_bad: something is told as bad, or may be soon; read without @lock, too
 * @scheduled: @work is queued, for @when
 * @when: jiffies
 * @last_sync: jiffies of the beginning of the last sync
 * @work: the only writer of what was told
 * @publish: held from the look at @dead to the numbering of records, so that none
 *	comes after that of the unmount
 * @dead: the unmount was told; under @publish
 * @reads: failed reads that wait for what is found of them; under @lock
 * @nr_reads: how many there are
 * @reading: a dump has the filesystem resolve
 * @tokens: records that may be made now; worker only
 * @refilled: jiffies of the last refill of @tokens; worker only
 */
struct fserror_sb {
	struct fserror_count	count;
	struct list_head	list;
	refcount_t		ref;
	struct rcu_head		rcu;
	dev_t			dev;
	uuid_t			uuid;
	char			fs_type[16];
	char			sb_id[32];
	u64			mounted_ns;

	spinlock_t		lock;	/* of what follows */
	struct super_block	*sb;
	struct list_head	devs;
	u32			nr_devs;
	bool			enumerate;
	bool			enumerating;
	bool			born;
	bool			thawed;
	bool			kick;
	bool			any_bad;
	bool			scheduled;
	unsigned long		when;
	unsigned long		last_sync;
	struct delayed_work	work;
	struct list_head	reads;
	unsigned int		nr_reads;

	struct mutex		publish;	/* of @dead */
	bool			dead;
	atomic_t		reading;

	unsigned int		tokens;
	unsigned long		refilled;
};

/**
 * fserror_sb_count - what is counted for a filesystem
 * @sb: the filesystem
 *
 * Context: Any; under rcu_read_lock().
 * Return: the counters, valid under rcu_read_lock(), or NULL if there are none.
 */
static inline struct fserror_count *fserror_sb_count(struct super_block *sb)
{
	struct fserror_sb *fsb = rcu_dereference(sb->s_fserror);

	return fsb ? &fsb->count : NULL;
}

static inline bool fserror_dev_is_pending(const struct fserror_dev *dev)
{
	return dev->marks.nr || dev->syncing || dev->fill;
}

/**
 * fserror_sb_is_changing - may it have devices, or bytes of them, that are not known yet?
 * @fsb: the instance; its lock is held
 *
 * Context: Process context.
 * Return: whether it may.
 */
static inline bool fserror_sb_is_changing(const struct fserror_sb *fsb)
{
	lockdep_assert_held(&fsb->lock);

	return fsb->enumerate || fsb->enumerating;
}

/**
 * fserror_sb_any_bad - is anything told as bad of a filesystem, or on its way?
 * @fsb: the instance
 *
 * Context: Any.
 * Return: whether it is; false only if there is nothing.
 */
static inline bool fserror_sb_any_bad(const struct fserror_sb *fsb)
{
	/* in this order: what has been passed on is in the mark */
	return !bdev_bad_idle() || READ_ONCE(fsb->any_bad);
}

/* for netlink.c */
bool fserror_sb_next_info(u64 *instance, struct fserror_sb_info *info);
bool fserror_sb_known(const struct fserror_filter_fs *fs);
u64 fserror_sb_test(const struct fserror_filter_fs *fs);

/* for resolve.c and what comes after it */
struct fserror_sb *fserror_sb_get_next(u64 after,
				       const struct fserror_filter_fs *only);
void fserror_sb_put(struct fserror_sb *fsb);
void fserror_sb_list_add(struct fserror_sb *fsb);
void fserror_sb_list_del(struct fserror_sb *fsb);
void fserror_sb_info(struct fserror_sb *fsb, struct fserror_sb_info *info);
struct super_block *fserror_sb_trylock(struct fserror_sb *fsb);
void fserror_sb_unlock(struct super_block *sb);
void fserror_sb_record(const struct fserror_sb *fsb,
		       struct fserror_record *record, enum fserror_kind kind,
		       int error);
void fserror_sb_publish(struct fserror_sb *fsb, struct fserror_record *records,
			unsigned int nr);
bool fserror_sb_is_gone(struct fserror_sb *fsb);
void fserror_sb_kick(struct fserror_sb *fsb, unsigned long delay);
bool fserror_sb_begin(struct fserror_sb *fsb);
void fserror_sb_synced(void);
struct wait_queue_head *fserror_sb_wait(void);
bool fserror_sb_can_resolve(struct super_block *sb);
struct block_device *fserror_get_bdev(struct super_block *sb, u64 *at,
				      u64 *size, enum fserror_role *role);
void fserror_put_bdev(struct block_device *bdev);
bool fserror_sb_for_each(bool (*fn)(struct fserror_sb *fsb,
				    struct fserror_dev *dev, void *data),
			 void *data);
bool fserror_sb_settle(struct fserror_sb *fsb, unsigned long timeout);
void fserror_dev_mark(struct fserror_sb *fsb, struct fserror_dev *dev,
		      const struct bdev_bad_window *win);
unsigned int fserror_dev_copy(struct fserror_sb *fsb, struct fserror_dev *dev,
			      u64 pos, struct fserror_told_range *out,
			      unsigned int max);
struct fserror_dev *fserror_dev_next(struct fserror_sb *fsb, u32 after);
struct fserror_told_range fserror_dev_whole(const struct fserror_dev *dev,
					    u64 pos);
void fserror_sb_enumerate(struct fserror_sb *fsb, struct super_block *sb);
void fserror_sb_coarsen(void);
void fserror_marks_add(struct fserror_marks *marks,
		       const struct bdev_bad_window *win);

/*
 * resolve.c: from told ranges to records, with what the filesystem says of their
 * owners. Calls record.c, told.c and super.c.
 */

#define FSERROR_RESOLVE_MAX	64

/**
 * struct fserror_resolve - the owners of some ranges, on their way to records
 * @sink: what the filesystem sees
 * @fsb: the instance
 * @sb: its superblock, locked
 * @dev: the device
 * @told: the ranges, sorted and disjoint; what turns out to be unresolved gets
 *	the flag
 * @nr: how many, at most FSERROR_RESOLVE_MAX
 * @flags: enum fserror_record_flag for all records
 * @ext: the same ranges as the filesystem sees them
 * @piece: what was emitted so far, unsorted
 * @nr_pieces: how many
 * @max_pieces: for how many there is room
 * @next_piece: the first one, when they are sorted, that may begin behind @gap
 * @gap: up to where on the device gaps have been emitted
 * @gaps: owners are all there, what nobody owns is being emitted
 * @error: why some of that may be somebody's
 * @stopped: what @put returned last
 * @cancelled: set when nobody wants the answer any more; may be NULL
 * @slot: where the next record is to be made, or NULL if there is no room for one
 * @put: takes the record that is in there; @inode may be NULL. Returns 0, or a value
 *	with which fserror_resolve() returns, and gets the same record again later.
 */
struct fserror_resolve {
	struct fserror_sink		sink;
	struct fserror_sb		*fsb;
	struct super_block		*sb;
	struct fserror_dev		*dev;
	struct fserror_told_range	told[FSERROR_RESOLVE_MAX];
	unsigned int			nr;
	u32				flags;
	struct fserror_extent		ext[FSERROR_RESOLVE_MAX];
	struct fserror_extent		*piece;
	unsigned int			nr_pieces;
	unsigned int			max_pieces;
	unsigned int			next_piece;
	u64				gap;
	bool				gaps;
	int				error;
	int				stopped;
	const bool			*cancelled;

	struct fserror_record *(*slot)(struct fserror_resolve *resolve);
	int (*put)(struct fserror_resolve *resolve,
		   struct fserror_record *record, struct inode *inode);
};

void fserror_resolve_begin(struct fserror_resolve *resolve);
int fserror_resolve(struct fserror_resolve *resolve);
void fserror_resolve_end(struct fserror_resolve *resolve);
void fserror_told_record(const struct fserror_sb *fsb,
			 const struct fserror_dev *dev,
			 const struct fserror_told_range *told,
			 struct fserror_record *record);

/* reads.c: failed reads that wait for what is found of them. Calls all above. */
bool fserror_reads_hold(struct fserror_sb *fsb, struct inode *inode,
			const struct fserror_record *record);
void fserror_reads_flush(struct fserror_sb *fsb);
bool fserror_reads_next(struct fserror_sb *fsb, struct fserror_dev *dev,
			const struct fserror_told_range *told, u64 *pos,
			struct fserror_record *record);
unsigned long fserror_reads_settle(struct fserror_sb *fsb);

/* ask.c: what is bad on a device. Calls the block layer. */
struct fserror_sync;

struct fserror_told_range fserror_answer(const struct fserror_dev *dev,
					 const struct bdev_bad_range *range);
bool fserror_answer_join(struct fserror_told_range *a,
			 const struct fserror_told_range *b, u64 grain);
bool fserror_unplaced_same(const struct fserror_told_range *a,
			   const struct fserror_told_range *b);
void fserror_unplaced_add(struct fserror_told_range *unplaced, unsigned int *nr,
			  const struct fserror_told_range *range);
int fserror_sync_ask(struct fserror_sync *sync, struct fserror_dev *dev,
		     u64 *pos, u64 to, unsigned int *nr);

/* tell.c: from differences to published records. Calls all above. */
void fserror_tell(struct fserror_sync *sync, struct fserror_dev *dev);
void fserror_tell_late(struct fserror_sync *sync, struct fserror_dev *dev);
void fserror_tell_unplaced(struct fserror_sync *sync, struct fserror_dev *dev,
			   const struct fserror_told_diff *diff);

/* worker.c: the only writer of told. Calls all above. */

/**
 * struct fserror_sync - what a run of the worker works with; large
 * @fsb: the instance
 * @stuck: s_umount could not be had within a second
 * @slice: the last comparison
 * @scratch: room for changing flags
 * @answer: what is bad
 * @ask: room for a question
 * @unplaced: what was answered that nobody knows where it is
 * @nr_unplaced: how many there are
 * @ask_unplaced: room for a question
 * @resolve: the owners of a batch
 * @keep: they are kept, because their device is being taken away
 * @unheard: some of them were kept and not told
 * @records: what is to be published
 * @nr_records: how many there are
 * @max_records: for how many there is room
 */
struct fserror_sync {
	struct fserror_sb		*fsb;
	bool				stuck;
	struct fserror_told_slice	slice;
	struct fserror_told_slice	scratch;
	struct fserror_told_range	answer[FSERROR_TOLD_SLICE];
	struct bdev_bad_range		ask[BDEV_BAD_MAX_RANGES];
	struct fserror_told_range	unplaced[BDEV_BAD_MAX_UNPLACED];
	unsigned int			nr_unplaced;
	struct bdev_bad_range		ask_unplaced[BDEV_BAD_MAX_UNPLACED];
	struct fserror_resolve		resolve;
	bool				keep;
	bool				unheard;
	struct fserror_record		*records;
	unsigned int			nr_records;
	unsigned int			max_records;
};

void fserror_worker(struct work_struct *work);

#endif /* _FS_FSERROR_SUPER_H */
