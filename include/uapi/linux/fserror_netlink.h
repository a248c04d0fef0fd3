/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/fserror.yaml */
/* YNL-GEN uapi header */
/* To regenerate run: tools/net/ynl/ynl-regen.sh */

#ifndef _UAPI_LINUX_FSERROR_NETLINK_H
#define _UAPI_LINUX_FSERROR_NETLINK_H

#define FSERROR_FAMILY_NAME	"fserror"
#define FSERROR_FAMILY_VERSION	1

/**
 * enum fserror_kind - What happened. The four kinds of failed reads and writes
 *   are told in the group io, all others in the group damage.
 * @FSERROR_KIND_BUFFERED_READ: A read into the page cache failed.
 * @FSERROR_KIND_BUFFERED_WRITE: A write from the page cache failed.
 * @FSERROR_KIND_DIRECTIO_READ: A read that bypassed the page cache, DAX
 *   included, failed.
 * @FSERROR_KIND_DIRECTIO_WRITE: A write that bypassed the page cache, DAX
 *   included, failed.
 * @FSERROR_KIND_DATA_LOST: The media lost bytes of a file.
 * @FSERROR_KIND_METADATA: Metadata of the filesystem, or of one inode if there
 *   is an ino, is bad.
 * @FSERROR_KIND_MEDIA: A range of a device of the filesystem is bad, and no
 *   file is known that it belongs to: nobody owns it (flag unowned), or its
 *   owners could not be found out (flag unresolved).
 * @FSERROR_KIND_SHUTDOWN: The filesystem shut itself down.
 * @FSERROR_KIND_CLEARED: A range is not bad any more. It has no owners. A
 *   watcher forgets what it knows of the range of the device, whatever its
 *   origin was; with the flag content-unknown the bytes are readable and what
 *   they hold is not what was written.
 * @FSERROR_KIND_BULK: A range of a device went bad, and its owners are not
 *   told one by one: there are too many of them, or the range stands for
 *   several pieces (flag partial). With the flag late the range was told
 *   before, and more of its owners are known now. Ask damage-get.
 * @FSERROR_KIND_TEST: Nothing has happened. Sent on request, by test-event, to
 *   prove that watchers listen.
 * @FSERROR_KIND_DEGRADED: A copy of a range of a device is bad and a good one
 *   is left, or can be computed. Nothing is lost; layer names the layer that
 *   has the copies.
 * @FSERROR_KIND_MOUNT: A filesystem was mounted, with this instance number.
 * @FSERROR_KIND_UNMOUNT: The instance of a filesystem is gone. What was told
 *   of it does not change any more.
 */
enum fserror_kind {
	FSERROR_KIND_BUFFERED_READ = 1,
	FSERROR_KIND_BUFFERED_WRITE,
	FSERROR_KIND_DIRECTIO_READ,
	FSERROR_KIND_DIRECTIO_WRITE,
	FSERROR_KIND_DATA_LOST,
	FSERROR_KIND_METADATA,
	FSERROR_KIND_MEDIA,
	FSERROR_KIND_SHUTDOWN,
	FSERROR_KIND_CLEARED,
	FSERROR_KIND_BULK,
	FSERROR_KIND_TEST,
	FSERROR_KIND_DEGRADED,
	FSERROR_KIND_MOUNT,
	FSERROR_KIND_UNMOUNT,

	/* private: */
	__FSERROR_KIND_MAX,
	FSERROR_KIND_MAX = (__FSERROR_KIND_MAX - 1)
};

/**
 * enum fserror_cause - What made a range of a device bad.
 * @FSERROR_CAUSE_MEDIA: The device reported it, by a scrub or by a failed
 *   read.
 * @FSERROR_CAUSE_MACHINE_CHECK: A memory error, as the processor reported it.
 * @FSERROR_CAUSE_REMOVED: The device, or a part of it, was taken away.
 */
enum fserror_cause {
	FSERROR_CAUSE_MEDIA = 1,
	FSERROR_CAUSE_MACHINE_CHECK,
	FSERROR_CAUSE_REMOVED,

	/* private: */
	__FSERROR_CAUSE_MAX,
	FSERROR_CAUSE_MAX = (__FSERROR_CAUSE_MAX - 1)
};

/**
 * enum fserror_group - The multicast groups, each with a ring and numbers of
 *   its own.
 * @FSERROR_GROUP_DAMAGE: What is lost, and what else happened to a filesystem.
 * @FSERROR_GROUP_IO: Reads and writes that failed.
 */
enum fserror_group {
	FSERROR_GROUP_DAMAGE = 1,
	FSERROR_GROUP_IO,

	/* private: */
	__FSERROR_GROUP_MAX,
	FSERROR_GROUP_MAX = (__FSERROR_GROUP_MAX - 1)
};

/**
 * enum fserror_role - What a filesystem uses a device for.
 * @FSERROR_ROLE_DATA: Data and metadata; the only device of most filesystems.
 * @FSERROR_ROLE_LOG: The journal.
 * @FSERROR_ROLE_REALTIME: File data only.
 * @FSERROR_ROLE_MEMBER: One of several devices that share data and metadata.
 */
enum fserror_role {
	FSERROR_ROLE_DATA = 1,
	FSERROR_ROLE_LOG,
	FSERROR_ROLE_REALTIME,
	FSERROR_ROLE_MEMBER,

	/* private: */
	__FSERROR_ROLE_MAX,
	FSERROR_ROLE_MAX = (__FSERROR_ROLE_MAX - 1)
};

/**
 * enum fserror_meta - What a bad range of metadata holds.
 * @FSERROR_META_HEADER: Superblock, allocation group headers and the like.
 * @FSERROR_META_LOG: The journal.
 * @FSERROR_META_SPACE_MAP: Free space and reverse mapping indexes.
 * @FSERROR_META_INODE_INDEX: Inode indexes.
 * @FSERROR_META_INODES: Inodes themselves.
 * @FSERROR_META_REFCOUNT: The index of shared extents.
 * @FSERROR_META_XATTR: Extended attributes of the inode.
 * @FSERROR_META_EXTENT_MAP: The inode's own index of its extents.
 * @FSERROR_META_DIRECTORY: Entries of the directory that ino names.
 * @FSERROR_META_SYMLINK: The target of the symbolic link that ino names.
 * @FSERROR_META_INTERNAL_FILE: A file that the filesystem keeps for itself.
 */
enum fserror_meta {
	FSERROR_META_HEADER = 1,
	FSERROR_META_LOG,
	FSERROR_META_SPACE_MAP,
	FSERROR_META_INODE_INDEX,
	FSERROR_META_INODES,
	FSERROR_META_REFCOUNT,
	FSERROR_META_XATTR,
	FSERROR_META_EXTENT_MAP,
	FSERROR_META_DIRECTORY,
	FSERROR_META_SYMLINK,
	FSERROR_META_INTERNAL_FILE,
};

/**
 * enum fserror_record_flag - Further facts about a record.
 * @FSERROR_RECORD_FLAG_UNRESOLVED: The range was not, or not wholly, mapped to
 *   its owners.
 * @FSERROR_RECORD_FLAG_REPLAY: The damage is older than the mount; it is told
 *   again.
 * @FSERROR_RECORD_FLAG_UNLINKED: The inode had no name left when the record
 *   was made.
 * @FSERROR_RECORD_FLAG_REALTIME: The range is on the realtime device.
 * @FSERROR_RECORD_FLAG_UNMAPPED: A layer of the storage stack could not say
 *   where in the device the range is; layer names it. The range is all of the
 *   device.
 * @FSERROR_RECORD_FLAG_UNKNOWN: It could not be found out whether the range is
 *   bad. The question is asked again every minute.
 * @FSERROR_RECORD_FLAG_CONTENT_UNKNOWN: The range is readable, and what it
 *   holds is not known: the device was replaced, or lies somewhere else now.
 * @FSERROR_RECORD_FLAG_PARTIAL: The range stands for several bad pieces; some
 *   bytes between them are good. count says how many pieces.
 * @FSERROR_RECORD_FLAG_UNOWNED: No file and no metadata is in the range.
 * @FSERROR_RECORD_FLAG_LATE: The owners of a range that was told before
 *   without them.
 */
enum fserror_record_flag {
	FSERROR_RECORD_FLAG_UNRESOLVED = 1,
	FSERROR_RECORD_FLAG_REPLAY = 2,
	FSERROR_RECORD_FLAG_UNLINKED = 4,
	FSERROR_RECORD_FLAG_REALTIME = 8,
	FSERROR_RECORD_FLAG_UNMAPPED = 16,
	FSERROR_RECORD_FLAG_UNKNOWN = 32,
	FSERROR_RECORD_FLAG_CONTENT_UNKNOWN = 64,
	FSERROR_RECORD_FLAG_PARTIAL = 128,
	FSERROR_RECORD_FLAG_UNOWNED = 256,
	FSERROR_RECORD_FLAG_LATE = 512,
};

enum {
	FSERROR_A_RANGE_MAJOR = 1,
	FSERROR_A_RANGE_MINOR,
	FSERROR_A_RANGE_OFFSET,
	FSERROR_A_RANGE_LENGTH,

	__FSERROR_A_RANGE_MAX,
	FSERROR_A_RANGE_MAX = (__FSERROR_A_RANGE_MAX - 1)
};

enum {
	FSERROR_A_RECORD_SEQ = 1,
	FSERROR_A_RECORD_TIME,
	FSERROR_A_RECORD_BOOTTIME,
	FSERROR_A_RECORD_KIND,
	FSERROR_A_RECORD_ERROR,
	FSERROR_A_RECORD_CAUSE,
	FSERROR_A_RECORD_FLAGS,
	FSERROR_A_RECORD_MAJOR,
	FSERROR_A_RECORD_MINOR,
	FSERROR_A_RECORD_FSTYPE,
	FSERROR_A_RECORD_UUID,
	FSERROR_A_RECORD_SB_ID,
	FSERROR_A_RECORD_INO,
	FSERROR_A_RECORD_GENERATION,
	FSERROR_A_RECORD_NLINK,
	FSERROR_A_RECORD_HANDLE_TYPE,
	FSERROR_A_RECORD_HANDLE,
	FSERROR_A_RECORD_OFFSET,
	FSERROR_A_RECORD_LENGTH,
	FSERROR_A_RECORD_META,
	FSERROR_A_RECORD_DEVICE,
	FSERROR_A_RECORD_ORIGIN,
	FSERROR_A_RECORD_LAYER,
	FSERROR_A_RECORD_INSTANCE,
	FSERROR_A_RECORD_FS_SEQ,
	FSERROR_A_RECORD_REPEAT,
	FSERROR_A_RECORD_COUNT,
	FSERROR_A_RECORD_ROLE,
	FSERROR_A_RECORD_ROOT,

	__FSERROR_A_RECORD_MAX,
	FSERROR_A_RECORD_MAX = (__FSERROR_A_RECORD_MAX - 1)
};

enum {
	FSERROR_A_LOST_FIRST = 1,
	FSERROR_A_LOST_LAST,

	__FSERROR_A_LOST_MAX,
	FSERROR_A_LOST_MAX = (__FSERROR_A_LOST_MAX - 1)
};

enum {
	FSERROR_A_EVENT_BOOT_ID = 1,
	FSERROR_A_EVENT_GROUP,
	FSERROR_A_EVENT_SINCE,
	FSERROR_A_EVENT_AS_OF,
	FSERROR_A_EVENT_LOST,
	FSERROR_A_EVENT_RECORD,

	__FSERROR_A_EVENT_MAX,
	FSERROR_A_EVENT_MAX = (__FSERROR_A_EVENT_MAX - 1)
};

enum {
	FSERROR_A_FS_ID_MAJOR = 1,
	FSERROR_A_FS_ID_MINOR,
	FSERROR_A_FS_ID_UUID,
	FSERROR_A_FS_ID_INSTANCE,

	__FSERROR_A_FS_ID_MAX,
	FSERROR_A_FS_ID_MAX = (__FSERROR_A_FS_ID_MAX - 1)
};

enum {
	FSERROR_A_DEVICE_STATE_MAJOR = 1,
	FSERROR_A_DEVICE_STATE_MINOR,
	FSERROR_A_DEVICE_STATE_ROLE,
	FSERROR_A_DEVICE_STATE_RANGES,
	FSERROR_A_DEVICE_STATE_PENDING,
	FSERROR_A_DEVICE_STATE_UNKNOWN,
	FSERROR_A_DEVICE_STATE_PARTIAL,
	FSERROR_A_DEVICE_STATE_REMOVED,
	FSERROR_A_DEVICE_STATE_UNTOLD,

	__FSERROR_A_DEVICE_STATE_MAX,
	FSERROR_A_DEVICE_STATE_MAX = (__FSERROR_A_DEVICE_STATE_MAX - 1)
};

enum {
	FSERROR_A_DUMP_HEADER_BOOT_ID = 1,
	FSERROR_A_DUMP_HEADER_AS_OF,

	__FSERROR_A_DUMP_HEADER_MAX,
	FSERROR_A_DUMP_HEADER_MAX = (__FSERROR_A_DUMP_HEADER_MAX - 1)
};

enum {
	FSERROR_A_DUMP_BEGIN_INSTANCE = 1,
	FSERROR_A_DUMP_BEGIN_MAJOR,
	FSERROR_A_DUMP_BEGIN_MINOR,
	FSERROR_A_DUMP_BEGIN_FSTYPE,
	FSERROR_A_DUMP_BEGIN_UUID,
	FSERROR_A_DUMP_BEGIN_SB_ID,

	__FSERROR_A_DUMP_BEGIN_MAX,
	FSERROR_A_DUMP_BEGIN_MAX = (__FSERROR_A_DUMP_BEGIN_MAX - 1)
};

enum {
	FSERROR_A_DUMP_END_INSTANCE = 1,
	FSERROR_A_DUMP_END_COMPLETE,
	FSERROR_A_DUMP_END_PENDING,
	FSERROR_A_DUMP_END_BUSY,
	FSERROR_A_DUMP_END_PARTIAL,
	FSERROR_A_DUMP_END_GONE,
	FSERROR_A_DUMP_END_DEVICE,

	__FSERROR_A_DUMP_END_MAX,
	FSERROR_A_DUMP_END_MAX = (__FSERROR_A_DUMP_END_MAX - 1)
};

enum {
	FSERROR_A_DAMAGE_FS = 1,
	FSERROR_A_DAMAGE_RANGES,
	FSERROR_A_DAMAGE_HEADER,
	FSERROR_A_DAMAGE_BEGIN,
	FSERROR_A_DAMAGE_RECORD,
	FSERROR_A_DAMAGE_END,
	FSERROR_A_DAMAGE_PROGRESS,

	__FSERROR_A_DAMAGE_MAX,
	FSERROR_A_DAMAGE_MAX = (__FSERROR_A_DAMAGE_MAX - 1)
};

enum {
	FSERROR_A_WATCH_FS = 1,
	FSERROR_A_WATCH_KINDS,
	FSERROR_A_WATCH_CAUSES,

	__FSERROR_A_WATCH_MAX,
	FSERROR_A_WATCH_MAX = (__FSERROR_A_WATCH_MAX - 1)
};

enum {
	FSERROR_A_FILESYSTEM_MAJOR = 1,
	FSERROR_A_FILESYSTEM_MINOR,
	FSERROR_A_FILESYSTEM_FSTYPE,
	FSERROR_A_FILESYSTEM_UUID,
	FSERROR_A_FILESYSTEM_SB_ID,
	FSERROR_A_FILESYSTEM_CAN_RESOLVE,
	FSERROR_A_FILESYSTEM_INSTANCE,
	FSERROR_A_FILESYSTEM_SHUTDOWN,
	FSERROR_A_FILESYSTEM_DEVICE,
	FSERROR_A_FILESYSTEM_KNOWN_SINCE,
	FSERROR_A_FILESYSTEM_RECORDS,
	FSERROR_A_FILESYSTEM_DATA_LOST,
	FSERROR_A_FILESYSTEM_METADATA,
	FSERROR_A_FILESYSTEM_IO_ERRORS,
	FSERROR_A_FILESYSTEM_UNRESOLVED,
	FSERROR_A_FILESYSTEM_UNLISTED,
	FSERROR_A_FILESYSTEM_UNLISTED_METADATA,
	FSERROR_A_FILESYSTEM_MORE_DEVICES,

	__FSERROR_A_FILESYSTEM_MAX,
	FSERROR_A_FILESYSTEM_MAX = (__FSERROR_A_FILESYSTEM_MAX - 1)
};

enum {
	FSERROR_A_KIND_COUNT_KIND = 1,
	FSERROR_A_KIND_COUNT_COUNT,

	__FSERROR_A_KIND_COUNT_MAX,
	FSERROR_A_KIND_COUNT_MAX = (__FSERROR_A_KIND_COUNT_MAX - 1)
};

enum {
	FSERROR_A_WATCHER_PORTID = 1,
	FSERROR_A_WATCHER_DROPS,

	__FSERROR_A_WATCHER_MAX,
	FSERROR_A_WATCHER_MAX = (__FSERROR_A_WATCHER_MAX - 1)
};

enum {
	FSERROR_A_RING_GROUP = 1,
	FSERROR_A_RING_FIRST_SEQ,
	FSERROR_A_RING_LAST_SEQ,
	FSERROR_A_RING_PUBLISHED_SEQ,
	FSERROR_A_RING_SIZE,
	FSERROR_A_RING_OVERWRITTEN,
	FSERROR_A_RING_UNSENT,

	__FSERROR_A_RING_MAX,
	FSERROR_A_RING_MAX = (__FSERROR_A_RING_MAX - 1)
};

enum {
	FSERROR_A_STAT_BOOT_ID = 1,
	FSERROR_A_STAT_RING,
	FSERROR_A_STAT_TOLD,
	FSERROR_A_STAT_TOLD_MAX,
	FSERROR_A_STAT_KIND,
	FSERROR_A_STAT_KERNEL_WATCHERS,
	FSERROR_A_STAT_WATCHER,

	__FSERROR_A_STAT_MAX,
	FSERROR_A_STAT_MAX = (__FSERROR_A_STAT_MAX - 1)
};

enum {
	FSERROR_A_TEST_FS = 1,
	FSERROR_A_TEST_SEQ,

	__FSERROR_A_TEST_MAX,
	FSERROR_A_TEST_MAX = (__FSERROR_A_TEST_MAX - 1)
};

enum {
	FSERROR_CMD_DAMAGE_NTF = 1,
	FSERROR_CMD_IO_NTF,
	FSERROR_CMD_EVENT_GET,
	FSERROR_CMD_DAMAGE_GET,
	FSERROR_CMD_WATCH_SET,
	FSERROR_CMD_FS_GET,
	FSERROR_CMD_STAT_GET,
	FSERROR_CMD_TEST_EVENT,

	__FSERROR_CMD_MAX,
	FSERROR_CMD_MAX = (__FSERROR_CMD_MAX - 1)
};

#define FSERROR_MCGRP_DAMAGE	"damage"
#define FSERROR_MCGRP_IO	"io"

#endif /* _UAPI_LINUX_FSERROR_NETLINK_H */
