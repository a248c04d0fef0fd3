/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filesystem error events: the records, the watchers inside the kernel, and
 * what a filesystem does to have bad ranges of its devices resolved.
 *
 * Documentation/filesystems/fserror.rst has the model and worked examples.
 */
#ifndef _LINUX_FSERROR_WATCH_H
#define _LINUX_FSERROR_WATCH_H

#include <linux/blk-badrange.h>
#include <linux/exportfs.h>
#include <linux/fs.h>
#include <linux/fserror.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/uuid.h>
#include <uapi/linux/fserror_netlink.h>

struct block_device;
struct super_block;

/**
 * struct fserror_range - bytes of a block device
 * @dev: the device; 0 if there is nothing to say
 * @pos: first byte
 * @len: length in bytes
 */
struct fserror_range {
	dev_t	dev;
	u64	pos;
	u64	len;
};

/* bytes of a file handle that a record has room for */
#define FSERROR_HANDLE_BYTES	MAX_HANDLE_SZ

/**
 * struct fserror_record - one event, immutable and self-contained
 * @seq: number in its group, from 1 in this boot, without holes; 0 in a dump
 * @realtime_ns: CLOCK_REALTIME in nanoseconds
 * @boottime_ns: CLOCK_BOOTTIME in nanoseconds
 * @kind: what happened
 * @error: positive errno, 0 if there is none
 * @cause: why, 0 if not known
 * @flags: enum fserror_record_flag
 * @meta: what bad metadata holds (enum fserror_meta), 0 if it is not metadata
 *	or not known
 * @instance: number of this mount of the filesystem, 0 if it is about none
 * @fs_seq: number among the records of its instance and group, from 1; 0 in a
 *	dump
 * @repeat: how many errors it stands for; 0 and 1 are the same
 * @count: how many bad pieces it stands for, with FSERROR_RECORD_FLAG_PARTIAL
 * @root: subvolume that @ino belongs to, 0 if inode numbers are unique
 * @role: what the filesystem uses the device for (enum fserror_role)
 * @dev: the filesystem's s_dev
 * @fs_type: name of the filesystem type
 * @sb_id: the filesystem's s_id
 * @uuid: the filesystem's UUID, null if it has none
 * @ino: inode number; only valid with @has_inode
 * @pos: first byte in the file; only valid with @len
 * @len: length in bytes in the file, 0 if the record is about no file range
 * @generation: the inode's generation; only valid with @has_inode, not @unread
 * @nlink: the inode's number of names; only valid with @has_inode, not @unread
 * @has_inode: the record is about an inode
 * @unread: the inode itself could not be read: no more than its number is known
 * @handle_type: type of the file handle, 0 if there is none
 * @handle_len: bytes of @handle in use
 * @handle: the file handle, as open_by_handle_at(2) takes it
 * @device: range of the filesystem's own device
 * @origin: range of the device where the damage began
 * @layer: name of the layer that could not map the range, or that has the other
 *	copy, or empty
 */
struct fserror_record {
	u64			seq;
	u64			realtime_ns;
	u64			boottime_ns;
	enum fserror_kind	kind;
	u32			error;
	u32			cause;
	u32			flags;
	u32			meta;
	u64			instance;
	u64			fs_seq;
	u64			repeat;
	u64			count;
	u64			root;
	u32			role;
	dev_t			dev;
	char			fs_type[16];
	char			sb_id[32];
	uuid_t			uuid;
	u64			ino;
	u64			pos;
	u64			len;
	u32			generation;
	u32			nlink;
	bool			has_inode;
	bool			unread;
	u16			handle_len;
	s32			handle_type;
	struct fserror_range	device;
	struct fserror_range	origin;
	char			layer[BDEV_BAD_LAYER_BYTES];
	u8			handle[FSERROR_HANDLE_BYTES];
};

/**
 * struct fserror_watch - a watcher inside the kernel
 * @event: called for every record, of each group in the order of their numbers
 * @lost: called when records @first to @last of a group were overwritten before
 *	they could be delivered; NULL if the watcher does not care
 * @instance: only records of this mount of a filesystem; 0 for all
 * @groups: BIT() of each enum fserror_group that is wanted; 0 for the group damage
 * @priv: private
 *
 * Each watcher has its own place in the rings and its own work item, so one that is
 * slow delays no other.
 *
 * Context of the callbacks: process context, may sleep; no two of one watcher run
 * at a time. Nothing is held. A callback must not unregister its own watcher, nor
 * enter a filesystem, whose error may be what it is being told of.
 */
struct fserror_watch {
	void (*event)(struct fserror_watch *watch,
		      const struct fserror_record *record);
	void (*lost)(struct fserror_watch *watch, enum fserror_group group,
		     u64 first, u64 last);
	u64			instance;
	u32			groups;
	void			*priv;
};

/**
 * struct fserror_owner - whose one piece of a bad range is
 * @kind: FSERROR_KIND_DATA_LOST or FSERROR_KIND_METADATA, or FSERROR_KIND_DEGRADED if
 *	the filesystem has another copy of the piece, which is then nobody's loss
 * @meta: what the metadata holds (enum fserror_meta); 0 with data
 * @flags: enum fserror_record_flag
 * @inode: the inode, with a reference that the resolver keeps; NULL if the piece
 *	is metadata of no single inode, or of @ino, which cannot be read or is
 *	internal
 * @ino: without @inode, number of the inode that cannot be read, or that the
 *	filesystem keeps for itself; 0 if there is none
 * @root: subvolume of the inode, 0 if inode numbers are unique
 * @pos: first byte in the file
 * @len: length in bytes in the file; 0 with metadata
 * @dev_pos: first byte of the piece on the block device that is being resolved
 * @dev_len: length in bytes of the piece on that block device
 */
struct fserror_owner {
	enum fserror_kind	kind;
	u32			meta;
	u32			flags;
	struct inode		*inode;
	u64			ino;
	u64			root;
	u64			pos;
	u64			len;
	u64			dev_pos;
	u64			dev_len;
};

/* where a resolver may go on later; all zero is the beginning */
struct fserror_cursor {
	u64	v[6];
};

/**
 * struct fserror_sink - where a resolver puts what it finds
 * @news: this is news, not an answer to a question: other channels that the
 *	filesystem has for such news want it too, and bad metadata is to be marked
 *	as sick
 * @cursor: where to begin; the resolver moves it on before each fserror_emit()
 *	so that it can go on at the owner that was refused
 * @deadline: jiffies after which the resolver should stop with -EAGAIN as soon as it
 *	has made some progress, with @cursor where to go on; checked between batches
 *	with fserror_should_stop()
 * @put: private
 * @data: private
 *
 * Provided by fs/fserror/; resolvers only read @news, keep @cursor, and call
 * fserror_emit(), fserror_emit_unresolved() and fserror_should_stop().
 */
struct fserror_sink {
	bool			news;
	struct fserror_cursor	cursor;
	unsigned long		deadline;

	int (*put)(struct fserror_sink *sink,
		   const struct fserror_owner *owner);
	void			*data;
};

int fserror_emit(struct fserror_sink *sink, const struct fserror_owner *owner);
int fserror_emit_unresolved(struct fserror_sink *sink, u64 dev_pos,
			    u64 dev_len);
int fserror_should_stop(const struct fserror_sink *sink);

/**
 * struct fserror_extent - bytes of a block device to resolve
 * @pos: first byte
 * @len: length in bytes
 */
struct fserror_extent {
	u64	pos;
	u64	len;
};

/**
 * struct fserror_place - where some bytes of a file are
 * @bdev: device of the filesystem
 * @pos: first byte in the file
 * @dev_pos: where that is on @bdev
 * @len: length in bytes; of what is compressed, that on @bdev
 * @shared: other files may have them, too
 */
struct fserror_place {
	struct block_device	*bdev;
	u64			pos;
	u64			dev_pos;
	u64			len;
	bool			shared;
};

/**
 * struct fserror_operations - how a filesystem takes part
 * @can_resolve: can bad ranges be mapped to their owners on this superblock? Does not
 *	sleep; called with the superblock kept from going away, not with s_umount.
 * @get_bdev: the next block device of the superblock, or NULL if there are no more.
 *	@at is 0 at the first call, and then what the method has left there; in @size the
 *	bytes of it that the filesystem knows, which a device that is gone cannot tell any
 *	more; in @role what it is used for (enum fserror_role). Called with s_umount held
 *	shared and under RCU: must not sleep, and one of these keeps the device open.
 *	Without this method s_bdev is the only one. Whoever changes what it returns calls
 *	fserror_devices_changed() then.
 * @resolve: call fserror_emit() once for each owner of each piece of the @nr ranges at
 *	@ext, which are sorted, disjoint and within @bdev. What nobody owns is not
 *	emitted. Called in process context with s_umount held shared and nothing
 *	else; may sleep and read from the filesystem's devices. Must not start a
 *	transaction, wait for a freeze, or shut the filesystem down; an inode whose
 *	last reference it may hold is dropped with fserror_iput_later(). Returns 0
 *	when all ranges have been walked to their end; -EAGAIN or -EINTR, what
 *	fserror_should_stop() returned, with @sink->cursor where to go on; the value
 *	of fserror_emit() if that was not 0; or another negative errno after having
 *	reported what could not be mapped with fserror_emit_unresolved().
 * @places: where the @len bytes at @pos of a file are, @max places at most, in any order;
 *	what is nowhere (a hole, data in the inode, what was not written yet), what other
 *	devices can compute, and what does not fit is left out. Called in process
 *	context with a reference on @inode and nothing else; may sleep and read. Must not
 *	start a transaction nor wait for a freeze. Returns how many places, or a negative
 *	errno. Without it a failed read is told as such, even if it was told already that
 *	the device is bad there.
 * @needs_thaw: @resolve can say nothing while the superblock is frozen, and is not called
 */
struct fserror_operations {
	bool (*can_resolve)(struct super_block *sb);
	struct block_device *(*get_bdev)(struct super_block *sb, u64 *at,
					 u64 *size, enum fserror_role *role);
	int (*resolve)(struct super_block *sb, struct block_device *bdev,
		       const struct fserror_extent *ext, unsigned int nr,
		       struct fserror_sink *sink);
	int (*places)(struct inode *inode, u64 pos, u64 len,
		      struct fserror_place *place, unsigned int max);
	bool needs_thaw;
};

#ifdef CONFIG_FSERROR_EVENTS
/* hooks for fs/fserror.c */
void fserror_journal_error(struct super_block *sb, struct inode *inode,
			   enum fserror_type type, loff_t pos, u64 len,
			   int error);
void fserror_journal_memory_failure(struct inode *inode, loff_t pos, u64 len);
bool fserror_read_waits(struct inode *inode, enum fserror_type type, u64 len,
			int error);
void fserror_journal_failed_read(struct inode *inode, enum fserror_type type,
				 loff_t pos, u64 len, int error);
/* hooks for fs/super.c */
void fserror_sb_born(struct super_block *sb);
void fserror_sb_gone(struct super_block *sb);
void fserror_sb_thawed(struct super_block *sb);
void fserror_bad_changed(struct super_block *sb, struct block_device *bdev,
			 const struct bdev_bad_window *win);

/* for filesystems */
void fserror_iput_later(struct inode *inode);
void fserror_devices_changed(struct super_block *sb);

/* for drivers that make a block device of a file */
int fserror_file_bad_ranges(struct inode *inode, u64 start,
			    struct bdev_bad_list *list);
bool fserror_file_any_bad(struct inode *inode, unsigned int hops);
u64 fserror_instance(struct super_block *sb);

int fserror_watch_register(struct fserror_watch *watch);
void fserror_watch_unregister(struct fserror_watch *watch);
#else
static inline void fserror_journal_error(struct super_block *sb,
					 struct inode *inode,
					 enum fserror_type type, loff_t pos,
					 u64 len, int error)
{
}

static inline void fserror_journal_memory_failure(struct inode *inode,
						  loff_t pos, u64 len)
{
}

static inline bool fserror_read_waits(struct inode *inode, enum fserror_type type,
				      u64 len, int error)
{
	return false;
}

static inline void fserror_journal_failed_read(struct inode *inode,
					       enum fserror_type type, loff_t pos,
					       u64 len, int error)
{
}

static inline void fserror_sb_born(struct super_block *sb)
{
}

static inline void fserror_sb_gone(struct super_block *sb)
{
}

static inline void fserror_sb_thawed(struct super_block *sb)
{
}

static inline void fserror_bad_changed(struct super_block *sb,
				       struct block_device *bdev,
				       const struct bdev_bad_window *win)
{
}

static inline void fserror_iput_later(struct inode *inode)
{
	iput(inode);
}

static inline void fserror_devices_changed(struct super_block *sb)
{
}
#endif /* CONFIG_FSERROR_EVENTS */

#endif /* _LINUX_FSERROR_WATCH_H */
