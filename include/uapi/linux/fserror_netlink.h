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
 * enum fserror_kind - What happened.
 * @FSERROR_KIND_BUFFERED_READ: A read into the page cache failed.
 * @FSERROR_KIND_BUFFERED_WRITE: A write from the page cache failed.
 * @FSERROR_KIND_DIRECTIO_READ: A read that bypassed the page cache, DAX
 *   included, failed.
 * @FSERROR_KIND_DIRECTIO_WRITE: A write that bypassed the page cache, DAX
 *   included, failed.
 * @FSERROR_KIND_DATA_LOST: The media lost bytes of a file.
 * @FSERROR_KIND_METADATA: Metadata of the filesystem, or of one inode if there
 *   is an ino, is bad.
 * @FSERROR_KIND_MEDIA: A range of a device of the filesystem is bad, and the
 *   filesystem cannot say whose it is.
 * @FSERROR_KIND_SHUTDOWN: The filesystem shut itself down.
 * @FSERROR_KIND_CLEARED: A range that was bad is good again.
 * @FSERROR_KIND_BULK: A range of a device went bad that holds more extents
 *   than are told one by one: ask damage-get.
 * @FSERROR_KIND_TEST: Nothing has happened. Sent on request, by test-event, to
 *   prove that watchers listen.
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
};

/**
 * enum fserror_cause - What made a range of a device bad, or good.
 * @FSERROR_CAUSE_MEDIA: The device reported it, by a scrub or by a failed
 *   read.
 * @FSERROR_CAUSE_MACHINE_CHECK: A memory error, as the processor reported it.
 * @FSERROR_CAUSE_REMOVED: The device, or a part of it, was taken away.
 * @FSERROR_CAUSE_CLEARED: A write made the range good.
 */
enum fserror_cause {
	FSERROR_CAUSE_MEDIA = 1,
	FSERROR_CAUSE_MACHINE_CHECK,
	FSERROR_CAUSE_REMOVED,
	FSERROR_CAUSE_CLEARED,
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
 *   where in the device the range is; layer names it.
 */
enum fserror_record_flag {
	FSERROR_RECORD_FLAG_UNRESOLVED = 1,
	FSERROR_RECORD_FLAG_REPLAY = 2,
	FSERROR_RECORD_FLAG_UNLINKED = 4,
	FSERROR_RECORD_FLAG_REALTIME = 8,
	FSERROR_RECORD_FLAG_UNMAPPED = 16,
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
	FSERROR_A_EVENT_SINCE,
	FSERROR_A_EVENT_LOST,
	FSERROR_A_EVENT_RECORD,

	__FSERROR_A_EVENT_MAX,
	FSERROR_A_EVENT_MAX = (__FSERROR_A_EVENT_MAX - 1)
};

enum {
	FSERROR_A_FS_ID_MAJOR = 1,
	FSERROR_A_FS_ID_MINOR,
	FSERROR_A_FS_ID_UUID,

	__FSERROR_A_FS_ID_MAX,
	FSERROR_A_FS_ID_MAX = (__FSERROR_A_FS_ID_MAX - 1)
};

enum {
	FSERROR_A_DAMAGE_FS = 1,
	FSERROR_A_DAMAGE_RECORD,

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
	FSERROR_A_FILESYSTEM_RECORDS,
	FSERROR_A_FILESYSTEM_DATA_LOST,
	FSERROR_A_FILESYSTEM_METADATA,
	FSERROR_A_FILESYSTEM_IO_ERRORS,
	FSERROR_A_FILESYSTEM_UNRESOLVED,

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
	FSERROR_A_STAT_BOOT_ID = 1,
	FSERROR_A_STAT_FIRST_SEQ,
	FSERROR_A_STAT_LAST_SEQ,
	FSERROR_A_STAT_PUBLISHED_SEQ,
	FSERROR_A_STAT_RING_SIZE,
	FSERROR_A_STAT_OVERWRITTEN,
	FSERROR_A_STAT_UNSENT,
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
	FSERROR_CMD_EVENT_NTF = 1,
	FSERROR_CMD_EVENT_GET,
	FSERROR_CMD_DAMAGE_GET,
	FSERROR_CMD_WATCH_SET,
	FSERROR_CMD_FS_GET,
	FSERROR_CMD_STAT_GET,
	FSERROR_CMD_TEST_EVENT,

	__FSERROR_CMD_MAX,
	FSERROR_CMD_MAX = (__FSERROR_CMD_MAX - 1)
};

#define FSERROR_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_FSERROR_NETLINK_H */
