/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filesystem error events: the records, the watchers inside the kernel, and
 * what a filesystem does to have bad ranges of its devices resolved.
 *
 * Documentation/filesystems/fserror.rst has the model and worked examples.
 */
#ifndef _LINUX_FSERROR_WATCH_H
#define _LINUX_FSERROR_WATCH_H

#include <linux/exportfs.h>
#include <linux/fs.h>
#include <linux/fserror.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/uuid.h>
#include <uapi/linux/fserror_netlink.h>

struct bdev_bad_range;
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
 * @seq: number, from 1 in this boot, without holes; 0 in a level dump
 * @realtime_ns: CLOCK_REALTIME in nanoseconds
 * @boottime_ns: CLOCK_BOOTTIME in nanoseconds
 * @kind: what happened
 * @error: positive errno, 0 if there is none
 * @cause: why, 0 if not known
 * @flags: enum fserror_record_flag
 * @meta: what bad metadata holds (enum fserror_meta), 0 if it is not metadata
 *	or not known
 * @dev: the filesystem's s_dev
 * @fs_type: name of the filesystem type
 * @sb_id: the filesystem's s_id
 * @uuid: the filesystem's UUID, null if it has none
 * @ino: inode number; only valid with @has_inode
 * @pos: first byte in the file; only valid with @len
 * @len: length in bytes in the file, 0 if the record is about no file range
 * @generation: the inode's generation; only valid with @has_inode
 * @nlink: the inode's number of names; only valid with @has_inode
 * @has_inode: the record is about an inode
 * @handle_type: type of the file handle, 0 if there is none
 * @handle_len: bytes of @handle in use
 * @handle: the file handle, as open_by_handle_at(2) takes it
 * @device: range of the filesystem's own device
 * @origin: range of the device where the damage began
 * @layer: name of the layer that could not map the range, or empty
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
	u16			handle_len;
	s32			handle_type;
	struct fserror_range	device;
	struct fserror_range	origin;
	char			layer[16];
	u8			handle[FSERROR_HANDLE_BYTES];
};

/**
 * struct fserror_watch - a watcher inside the kernel
 * @event: called for every record, in the order of their numbers
 * @lost: called when records @first to @last were overwritten before they could
 *	be delivered; NULL if the watcher does not care
 * @sb_dev: only records of the filesystem with this s_dev; 0 for all
 * @list: private
 *
 * Context of the callbacks: process context, may sleep. The list of watchers is
 * locked, so a callback must not register or unregister a watcher; nor may it
 * enter a filesystem, whose error may be what it is being told of.
 */
struct fserror_watch {
	void (*event)(struct fserror_watch *watch,
		      const struct fserror_record *record);
	void (*lost)(struct fserror_watch *watch, u64 first, u64 last);
	dev_t			sb_dev;
	struct list_head	list;
};

/**
 * struct fserror_owner - whose one piece of a bad range is
 * @kind: FSERROR_KIND_DATA_LOST or FSERROR_KIND_METADATA
 * @meta: what the metadata holds (enum fserror_meta); 0 with data
 * @flags: enum fserror_record_flag
 * @inode: the inode, with a reference that the resolver keeps; NULL if the piece
 *	is metadata of no single inode
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
 * @range: the range that is being resolved
 * @edge: this is news, not an answer to a question: other channels that the
 *	filesystem has for such news want it too
 * @cursor: where to begin; the resolver moves it on before each fserror_emit()
 *	so that it can go on at the owner that was refused
 * @sb: private
 * @bdev: private
 * @flags: private
 * @put: private
 *
 * Provided by fs/fserror/; resolvers only read @range and @edge, keep @cursor,
 * and call fserror_emit() and fserror_emit_unresolved().
 */
struct fserror_sink {
	const struct bdev_bad_range	*range;
	bool				edge;
	struct fserror_cursor		cursor;

	struct super_block		*sb;
	struct block_device		*bdev;
	u32				flags;
	int (*put)(struct fserror_sink *sink, struct fserror_record *record,
		   struct inode *inode);
};

int fserror_emit(struct fserror_sink *sink, const struct fserror_owner *owner);
int fserror_emit_unresolved(struct fserror_sink *sink, u64 dev_pos,
			    u64 dev_len);

/**
 * struct fserror_operations - how a filesystem takes part
 * @can_resolve: can bad ranges be mapped to their owners on this superblock?
 *	Called with s_umount held shared; must not block on anything else.
 * @get_bdev: the @nr-th block device of the superblock, counted from 0, or NULL
 *	if there are no more, and in @size the bytes of it that the filesystem
 *	knows, which a device that is gone cannot tell any more. Called with
 *	s_umount held shared, which keeps the device open. Without this method
 *	s_bdev is the only one.
 * @resolve: call fserror_emit() once for each owner of each piece of
 *	@sink->range, a range of @bdev that has been checked to lie within it.
 *	Called in process context with s_umount held shared and nothing else;
 *	may sleep and read from the filesystem's devices. Must not start a
 *	transaction, wait for a freeze, or shut the filesystem down. It is
 *	called for a range that was cleared, too. Returns 0 when the range has
 *	been walked to its end, the value of fserror_emit() if that was not 0,
 *	or a negative errno after having reported what could not be mapped with
 *	fserror_emit_unresolved().
 */
struct fserror_operations {
	bool (*can_resolve)(struct super_block *sb);
	struct block_device *(*get_bdev)(struct super_block *sb,
					 unsigned int nr, u64 *size);
	int (*resolve)(struct super_block *sb, struct block_device *bdev,
		       struct fserror_sink *sink);
};

#ifdef CONFIG_FSERROR_EVENTS
/* hooks for fs/fserror.c */
void fserror_journal_error(struct super_block *sb, struct inode *inode,
			   enum fserror_type type, loff_t pos, u64 len,
			   int error);
/* hooks for fs/super.c */
void fserror_sb_born(struct super_block *sb);
void fserror_sb_gone(struct super_block *sb);
void fserror_bad_range(struct super_block *sb, struct block_device *bdev,
		       const struct bdev_bad_range *range);
/* hook for block/blk-badrange.c */
void fserror_unheld_range(struct block_device *bdev,
			  const struct bdev_bad_range *range);

int fserror_watch_register(struct fserror_watch *watch);
void fserror_watch_unregister(struct fserror_watch *watch);
#else
static inline void fserror_journal_error(struct super_block *sb,
					 struct inode *inode,
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

static inline void fserror_bad_range(struct super_block *sb,
				     struct block_device *bdev,
				     const struct bdev_bad_range *range)
{
}

static inline void fserror_unheld_range(struct block_device *bdev,
					const struct bdev_bad_range *range)
{
}
#endif /* CONFIG_FSERROR_EVENTS */

#endif /* _LINUX_FSERROR_WATCH_H */
