/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: libfserror_types
 *
 * What the kernel's fserror family says, as C structures. Included by
 * libfserror.h.
 */
#ifndef LIBFSERROR_TYPES_H
#define LIBFSERROR_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/fserror_netlink.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FSERROR_UUID_LEN 16
#define FSERROR_NAME_MAX 64 /* bytes of a name from the kernel, NUL included */
#define FSERROR_HANDLE_MAX 128 /* bytes of a file handle */
#define FSERROR_WORD_MAX 24 /* bytes that hold any word, NUL included */

/*
 * The @present member that the structures have is a set of bits: bit N stands
 * for the attribute with number N, and says that the kernel sent it. A member
 * whose attribute is not present is 0. What is a flag in the protocol is only
 * in @present. Attributes that this library does not know are ignored.
 */

/**
 * struct fserror_range - bytes of a block device
 * @present: bits of FSERROR_A_RANGE_*
 * @major: major number of the device
 * @minor: minor number
 * @offset: first byte
 * @length: in bytes
 */
struct fserror_range {
	uint32_t present;
	uint32_t major, minor;
	uint64_t offset, length;
};

/**
 * struct fserror_record - one record; the members are the protocol's attributes
 * @present: bits of FSERROR_A_RECORD_*
 * @seq: number in its group; what is damaged now has none
 * @time: CLOCK_REALTIME, nanoseconds
 * @boottime: CLOCK_BOOTTIME, nanoseconds
 * @kind: FSERROR_KIND_*
 * @error: errno
 * @cause: FSERROR_CAUSE_*
 * @flags: FSERROR_RECORD_FLAG_*
 * @meta: FSERROR_META_*
 * @role: FSERROR_ROLE_*, what the filesystem uses the device for
 * @major: major number of the filesystem
 * @minor: minor number
 * @generation: of the inode
 * @nlink: names that the inode had
 * @ino: inode number
 * @root: subvolume that the inode belongs to
 * @offset: first byte in the file
 * @length: in bytes
 * @instance: number of this mount of the filesystem
 * @fs_seq: number among the records of the instance and the group
 * @repeat: errors that the record stands for
 * @count: bad pieces that the range stands for
 * @device: bytes of the filesystem's device
 * @origin: bytes of the device where the damage began
 * @fstype: type of the filesystem
 * @sb_id: the name that the kernel's messages give it
 * @layer: the layer that could not map the range, or that has another copy
 * @uuid: of the filesystem
 * @handle_type: type of @handle, as open_by_handle_at(2) has it
 * @handle_len: bytes of @handle in use
 * @handle: file handle
 */
struct fserror_record {
	uint32_t present;
	uint64_t seq;
	uint64_t time, boottime;
	uint32_t kind, error, cause, flags, meta, role;
	uint32_t major, minor;
	uint32_t generation, nlink;
	uint64_t ino, root;
	uint64_t offset, length;
	uint64_t instance, fs_seq, repeat, count;
	struct fserror_range device, origin;
	char fstype[FSERROR_NAME_MAX], sb_id[FSERROR_NAME_MAX];
	char layer[FSERROR_NAME_MAX];
	uint8_t uuid[FSERROR_UUID_LEN];
	int32_t handle_type;
	uint32_t handle_len;
	uint8_t handle[FSERROR_HANDLE_MAX];
};

/**
 * struct fserror_device_state - what is known of a device of a filesystem
 * @present: bits of FSERROR_A_DEVICE_STATE_*; pending, unknown, partial, removed
 *	and untold are flags
 * @major: major number
 * @minor: minor number
 * @role: FSERROR_ROLE_*
 * @ranges: ranges of it that are told as bad
 */
struct fserror_device_state {
	uint32_t present;
	uint32_t major, minor, role;
	uint64_t ranges;
};

/**
 * struct fserror_filesystem - a filesystem that records can be about
 * @present: bits of FSERROR_A_FILESYSTEM_*; can-resolve and shutdown are flags
 * @major: major number
 * @minor: minor number
 * @instance: number of this mount
 * @known_since: CLOCK_BOOTTIME in nanoseconds; nothing older was counted
 * @records: records about it
 * @data_lost: those of the kind data-lost
 * @metadata: of the kind metadata
 * @io_errors: of failed reads and writes
 * @unresolved: flagged unresolved
 * @unlisted: of the kind data-lost, without a range of a device: no list of damage has
 *	them
 * @unlisted_metadata: of the kind metadata, likewise
 * @more_devices: how many devices are not in @devices, those with the least to say
 * @fstype: type
 * @sb_id: the name that the kernel's messages give it
 * @uuid: UUID
 * @devices: its devices
 * @nr_devices: how many
 */
struct fserror_filesystem {
	uint32_t present;
	uint32_t major, minor;
	uint64_t instance, known_since;
	uint64_t records, data_lost, metadata, io_errors, unresolved;
	uint64_t unlisted, unlisted_metadata;
	uint32_t more_devices;
	char fstype[FSERROR_NAME_MAX], sb_id[FSERROR_NAME_MAX];
	uint8_t uuid[FSERROR_UUID_LEN];
	struct fserror_device_state *devices;
	size_t nr_devices;
};

/**
 * struct fserror_dump_header - what a list of damage begins with
 * @present: bits of FSERROR_A_DUMP_HEADER_*
 * @boot_id: the boot that the numbers belong to
 * @as_of: events of the group damage up to this one are contained in the list
 */
struct fserror_dump_header {
	uint32_t present;
	uint8_t boot_id[FSERROR_UUID_LEN];
	uint64_t as_of;
};

/**
 * struct fserror_dump_begin - the filesystem that the following records are of
 * @present: bits of FSERROR_A_DUMP_BEGIN_*
 * @major: major number
 * @minor: minor number
 * @instance: number of this mount
 * @fstype: type
 * @sb_id: the name that the kernel's messages give it
 * @uuid: UUID
 */
struct fserror_dump_begin {
	uint32_t present;
	uint32_t major, minor;
	uint64_t instance;
	char fstype[FSERROR_NAME_MAX], sb_id[FSERROR_NAME_MAX];
	uint8_t uuid[FSERROR_UUID_LEN];
};

/**
 * struct fserror_dump_end - the end of the filesystem in the list
 * @present: bits of FSERROR_A_DUMP_END_*; complete, pending, busy, partial and
 *	gone are flags. Only what is complete replaces what was known before.
 * @instance: number of the mount
 * @devices: its devices
 * @nr_devices: how many
 */
struct fserror_dump_end {
	uint32_t present;
	uint64_t instance;
	struct fserror_device_state *devices;
	size_t nr_devices;
};

/**
 * struct fserror_kind_count - how many records of a kind there were
 * @present: bits of FSERROR_A_KIND_COUNT_*
 * @kind: FSERROR_KIND_*
 * @count: since the boot
 */
struct fserror_kind_count {
	uint32_t present;
	uint32_t kind;
	uint64_t count;
};

/**
 * struct fserror_watcher - a socket that has used watch-set
 * @present: bits of FSERROR_A_WATCHER_*
 * @portid: its netlink address
 * @drops: messages that it had no room for
 */
struct fserror_watcher {
	uint32_t present;
	uint32_t portid;
	uint64_t drops;
};

/**
 * struct fserror_ring - the kernel's memory of one group
 * @present: bits of FSERROR_A_RING_*
 * @group: FSERROR_GROUP_*
 * @size: records that can be kept
 * @first_seq: the oldest record that is kept
 * @last_seq: the newest
 * @published_seq: the last that was sent
 * @overwritten: records that have left the ring
 * @unsent: records that left it before they were sent
 */
struct fserror_ring {
	uint32_t present;
	uint32_t group, size;
	uint64_t first_seq, last_seq, published_seq;
	uint64_t overwritten, unsent;
};

/**
 * struct fserror_stat - state of the rings, counters, and the watchers
 * @present: bits of FSERROR_A_STAT_*
 * @boot_id: of this boot
 * @told: ranges of all filesystems that watchers were told of
 * @told_max: for how many there is room
 * @kernel_watchers: watchers in the kernel
 * @rings: one for each group
 * @nr_rings: how many
 * @kinds: by kind
 * @nr_kinds: how many
 * @watchers: sockets
 * @nr_watchers: how many
 */
struct fserror_stat {
	uint32_t present;
	uint8_t boot_id[FSERROR_UUID_LEN];
	uint32_t told, told_max, kernel_watchers;
	struct fserror_ring *rings;
	size_t nr_rings;
	struct fserror_kind_count *kinds;
	size_t nr_kinds;
	struct fserror_watcher *watchers;
	size_t nr_watchers;
};

/* was the attribute with number @attr there? */
static inline bool fserror_present(uint32_t present, int attr)
{
	return present & (UINT32_C(1) << attr);
}

/* the same for an attribute of a record: FSERROR_A_RECORD_* */
static inline bool fserror_has(const struct fserror_record *rec, int attr)
{
	return fserror_present(rec->present, attr);
}

/**
 * struct fserror_fs_id - names a filesystem; all that is set must fit
 * @has_dev: @major and @minor are set
 * @has_uuid: @uuid is set
 * @major: major number
 * @minor: minor number
 * @instance: number of the mount, 0 for any
 * @uuid: UUID
 */
struct fserror_fs_id {
	bool has_dev, has_uuid;
	uint32_t major, minor;
	uint64_t instance;
	uint8_t uuid[FSERROR_UUID_LEN];
};

/**
 * struct fserror_filter - what to let through; a part that is 0 lets all through
 * @fs: filesystems, at most 32
 * @nr_fs: how many
 * @kinds: 1 << FSERROR_KIND_..., or-ed. Where losses pass, so does what changes
 *	what is known of them.
 * @causes: 1 << FSERROR_CAUSE_..., or-ed
 */
struct fserror_filter {
	const struct fserror_fs_id *fs;
	size_t nr_fs;
	uint32_t kinds;
	uint32_t causes;
};

/**
 * enum fserror_event_type - what fserror_client_next() tells
 * @FSERROR_EVENT_RECORD: a record
 * @FSERROR_EVENT_LOST: records are gone for good: in the group damage, list the
 *	damage anew
 * @FSERROR_EVENT_MISSED: something did not arrive: call fserror_client_recover();
 *	until then nothing more of the group is told
 * @FSERROR_EVENT_RECOVERED: the last event that the recovery brought was told
 */
enum fserror_event_type {
	FSERROR_EVENT_RECORD,
	FSERROR_EVENT_LOST,
	FSERROR_EVENT_MISSED,
	FSERROR_EVENT_RECOVERED,
};

/**
 * struct fserror_event - one event
 * @type: what it is
 * @group: FSERROR_GROUP_*
 * @overrun: MISSED: by an overrun of the receive buffer, else a gap in the numbers
 * @first: LOST: number of the first record that is gone
 * @last: LOST: and of the last
 * @record: RECORD: what happened
 */
struct fserror_event {
	enum fserror_event_type type;
	uint32_t group;
	bool overrun;
	uint64_t first, last;
	struct fserror_record record;
};

#ifdef __cplusplus
}
#endif

#endif /* LIBFSERROR_TYPES_H */
