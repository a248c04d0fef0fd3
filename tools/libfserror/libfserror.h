/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: libfserror
 *
 * Client of the kernel's fserror family: open, subscribe, next event, recover,
 * level dump. It knows the protocol and nothing of paths, mounts or output.
 *
 * The watcher's protocol, as Documentation/filesystems/fserror.rst has it:
 *
 *	fserror_client_open(); fserror_client_subscribe();
 *	fserror_client_damage();		what is damaged already
 *	for (;;) switch (fserror_client_next()) {
 *	case FSERROR_EVENT_RECORD:		what happened
 *	case FSERROR_EVENT_MISSED:		fserror_client_recover();
 *	case FSERROR_EVENT_LOST:		fserror_client_damage();
 *	case FSERROR_EVENT_RECOVERED:		nothing is missing any more
 *	}
 *
 * Unless something else is said, a function that returns int returns 0 or more
 * if it works, and a negative errno if it fails; then fserror_client_error() has
 * the words for it:
 *
 *	-EPROTONOSUPPORT  the kernel has no fserror family
 *	-EPERM, -EACCES	  no permission
 *	-EBADMSG	  the kernel sent something malformed
 *	-EINTR		  the wake-up descriptor became readable
 *	-ENOMEM		  no memory
 *
 * and whatever else the kernel answered. Nothing is printed, no signal is
 * touched, no thread is made. Different clients may be used at the same time; one
 * client is for one thread at a time.
 *
 * The library allocates the structures that it fills, so that a later version may
 * add members at their ends.
 */
#ifndef LIBFSERROR_H
#define LIBFSERROR_H

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

struct fserror_client;

/*
 * The @present member that the structures have is a set of bits: bit N stands
 * for the attribute with number N, and says that the kernel sent it. A member
 * whose attribute is not present is 0.
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
 * @seq: number; what is damaged now has none
 * @time: CLOCK_REALTIME, nanoseconds
 * @boottime: CLOCK_BOOTTIME, nanoseconds
 * @kind: FSERROR_KIND_*
 * @error: errno
 * @cause: FSERROR_CAUSE_*
 * @flags: FSERROR_RECORD_FLAG_*
 * @meta: FSERROR_META_*
 * @major: major number of the filesystem
 * @minor: minor number
 * @generation: of the inode
 * @nlink: names that the inode had
 * @ino: inode number
 * @offset: first byte in the file
 * @length: in bytes
 * @device: bytes of the filesystem's device
 * @origin: bytes of the device where the damage began
 * @fstype: type of the filesystem
 * @sb_id: the name that the kernel's messages give it
 * @layer: the layer that could not map the range
 * @uuid: of the filesystem
 * @handle_type: type of @handle, as open_by_handle_at(2) has it
 * @handle_len: bytes of @handle in use
 * @handle: file handle
 */
struct fserror_record {
	uint32_t present;
	uint64_t seq;
	uint64_t time, boottime;
	uint32_t kind, error, cause, flags, meta;
	uint32_t major, minor;
	uint32_t generation, nlink;
	uint64_t ino;
	uint64_t offset, length;
	struct fserror_range device, origin;
	char fstype[FSERROR_NAME_MAX], sb_id[FSERROR_NAME_MAX];
	char layer[FSERROR_NAME_MAX];
	uint8_t uuid[FSERROR_UUID_LEN];
	int32_t handle_type;
	uint32_t handle_len;
	uint8_t handle[FSERROR_HANDLE_MAX];
};

/**
 * struct fserror_filesystem - a filesystem that records can be about
 * @present: bits of FSERROR_A_FILESYSTEM_*
 * @major: major number
 * @minor: minor number
 * @records: records about it
 * @data_lost: those of the kind data-lost
 * @metadata: of the kind metadata
 * @io_errors: of failed reads and writes
 * @unresolved: flagged unresolved
 * @fstype: type
 * @sb_id: the name that the kernel's messages give it
 * @uuid: UUID
 */
struct fserror_filesystem {
	uint32_t present;
	uint32_t major, minor;
	uint64_t records, data_lost, metadata, io_errors, unresolved;
	char fstype[FSERROR_NAME_MAX], sb_id[FSERROR_NAME_MAX];
	uint8_t uuid[FSERROR_UUID_LEN];
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
 * struct fserror_watcher - a socket that listens
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
 * struct fserror_stat - state of the kernel's journal
 * @present: bits of FSERROR_A_STAT_*
 * @boot_id: of this boot
 * @first_seq: the oldest record that is kept
 * @last_seq: the newest
 * @published_seq: the last that was sent
 * @ring_size: records that can be kept
 * @kernel_watchers: those in the kernel
 * @overwritten: records that were overwritten before they were sent
 * @unsent: records that could not be sent
 * @kinds: by kind
 * @nr_kinds: how many
 * @watchers: sockets
 * @nr_watchers: how many
 */
struct fserror_stat {
	uint32_t present;
	uint8_t boot_id[FSERROR_UUID_LEN];
	uint64_t first_seq, last_seq, published_seq;
	uint32_t ring_size, kernel_watchers;
	uint64_t overwritten, unsent;
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
 * struct fserror_fs_id - names a filesystem by device, by UUID, or by both
 * @has_dev: @major and @minor are set
 * @has_uuid: @uuid is set
 * @major: major number
 * @minor: minor number
 * @uuid: UUID
 */
struct fserror_fs_id {
	bool has_dev, has_uuid;
	uint32_t major, minor;
	uint8_t uuid[FSERROR_UUID_LEN];
};

/**
 * struct fserror_filter - what to let through; a part that is 0 lets all through
 * @fs: filesystems
 * @nr_fs: how many
 * @kinds: 1 << FSERROR_KIND_..., or-ed
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
 * @FSERROR_EVENT_LOST: records are gone for good: ask fserror_client_damage()
 * @FSERROR_EVENT_MISSED: something did not arrive: call fserror_client_recover()
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
 * @overrun: MISSED: by an overrun of the receive buffer, else a gap in the numbers
 * @first: LOST: number of the first record that is gone
 * @last: LOST: and of the last
 * @record: RECORD: what happened
 */
struct fserror_event {
	enum fserror_event_type type;
	bool overrun;
	uint64_t first, last;
	struct fserror_record record;
};

/* a list of records, for fserror_records_free() */
struct fserror_records {
	struct fserror_record **v;
	size_t nr, room;
};

/* a list of filesystems, for fserror_filesystems_free() */
struct fserror_filesystems {
	struct fserror_filesystem **v;
	size_t nr, room;
};

/**
 * fserror_client_open - find the family
 * @client: the client, also if this fails, to ask for the error and to close; NULL
 *	if there was no memory for one
 *
 * Return: 0, -EPROTONOSUPPORT if the running kernel has no fserror family in this
 * network namespace, -ENOMEM, -EBADMSG, or an errno of socket(2) or recvmsg(2).
 */
int fserror_client_open(struct fserror_client **client);

/**
 * fserror_client_close - end the subscription and free the client
 * @client: the client; NULL does nothing
 */
void fserror_client_close(struct fserror_client *client);

/**
 * fserror_client_error - what went wrong in the last call that failed
 * @client: the client, or NULL if fserror_client_open() had no memory
 *
 * Return: one line without a newline, valid until the next call that fails.
 */
const char *fserror_client_error(const struct fserror_client *client);

/**
 * fserror_client_version - the version of the family in the kernel
 * @client: the client
 *
 * Return: the version.
 */
unsigned int fserror_client_version(const struct fserror_client *client);

/**
 * fserror_client_set_wakeup - let a descriptor end every wait
 * @client: the client
 * @fd: while a call waits for the kernel it fails with -EINTR when this becomes
 *	readable; -1 for none
 */
void fserror_client_set_wakeup(struct fserror_client *client, int fd);

/**
 * fserror_client_set_buffer - choose the size of the kernel's buffer
 * @client: the client
 * @bytes: room for events that were not taken yet, for the next subscription
 */
void fserror_client_set_buffer(struct fserror_client *client, int bytes);

/**
 * fserror_client_subscribe - join the events
 * @client: the client
 * @filter: what the kernel is to let through; NULL for everything
 *
 * Return: 0, -EPERM or -EACCES without CAP_SYS_ADMIN in the initial user
 * namespace, -EINVAL if the kernel does not know what the filter names, -ENOMEM,
 * -EBADMSG, -EINTR, or an errno of socket(2), setsockopt(2) or recvmsg(2).
 */
int fserror_client_subscribe(struct fserror_client *client,
			     const struct fserror_filter *filter);

/**
 * fserror_client_fd - the descriptor to wait for
 * @client: the client
 *
 * Return: the descriptor, to poll for POLLIN and then call fserror_client_pump();
 * -1 without a subscription.
 */
int fserror_client_fd(const struct fserror_client *client);

/**
 * fserror_client_pump - take what has arrived, without waiting
 * @client: the client
 *
 * Empties the kernel's buffer and keeps what was in it for fserror_client_next().
 * Every call that waits for the kernel does this, too, so that a long dump does
 * not overrun the buffer.
 *
 * Return: 0, -EBADMSG, -ENOMEM, or an errno of recvmsg(2).
 */
int fserror_client_pump(struct fserror_client *client);

/**
 * fserror_client_next - the next event of those that were taken
 * @client: the client
 * @event: the event, for fserror_event_free()
 *
 * Return: 1, or 0 if there is none now, or -ENOMEM.
 */
int fserror_client_next(struct fserror_client *client,
			struct fserror_event **event);

/**
 * fserror_event_free - free an event
 * @event: the event; NULL does nothing
 */
void fserror_event_free(struct fserror_event *event);

/**
 * fserror_client_recover - ask for what did not arrive
 * @client: the client
 *
 * For after FSERROR_EVENT_MISSED. The answers come out of fserror_client_next()
 * before everything newer, ended by FSERROR_EVENT_RECOVERED.
 *
 * Return: 0, -EBADMSG, -ENOMEM, -EINTR, or what the kernel answered.
 */
int fserror_client_recover(struct fserror_client *client);

/**
 * fserror_client_last_seq - how far the events were told
 * @client: the client
 *
 * Return: number of the last event that fserror_client_next() told, at first the
 * last that was sent before the subscription; 0 if not known.
 */
uint64_t fserror_client_last_seq(const struct fserror_client *client);

/**
 * fserror_client_boot_id - the boot that the numbers belong to
 * @client: the client
 *
 * Return: FSERROR_UUID_LEN bytes, or NULL if not known.
 */
const uint8_t *fserror_client_boot_id(const struct fserror_client *client);

/**
 * fserror_client_damage - what is damaged now
 * @client: the client
 * @fs: one filesystem, or NULL for all
 * @records: the list, for fserror_records_free()
 *
 * Return: 0, or 1 if the damage changed each of several times while it was being
 * listed: then the list has what the last try gave. -ENODEV if there is no such
 * filesystem, -EPERM, -EBADMSG, -ENOMEM, -EINTR, or what the kernel answered.
 */
int fserror_client_damage(struct fserror_client *client,
			  const struct fserror_fs_id *fs,
			  struct fserror_records *records);

/**
 * fserror_records_free - free a list of records
 * @records: the list
 */
void fserror_records_free(struct fserror_records *records);

/**
 * fserror_client_filesystems - the filesystems that records can be about
 * @client: the client
 * @list: the list, for fserror_filesystems_free()
 *
 * Return: as fserror_client_damage().
 */
int fserror_client_filesystems(struct fserror_client *client,
			       struct fserror_filesystems *list);

/**
 * fserror_filesystems_free - free a list of filesystems
 * @list: the list
 */
void fserror_filesystems_free(struct fserror_filesystems *list);

/**
 * fserror_client_stat - state of the kernel's journal
 * @client: the client
 * @stat: the state, for fserror_stat_free()
 *
 * Return: 0, -EPERM, -EBADMSG, -ENOMEM, -EINTR, or what the kernel answered.
 */
int fserror_client_stat(struct fserror_client *client,
			struct fserror_stat **stat);

/**
 * fserror_client_test - send a test event, to prove that watchers hear
 * @client: the client
 * @fs: the filesystem that the event is to name, or NULL for none
 * @seq: number of the event
 *
 * The event has the kind FSERROR_KIND_TEST and claims no damage. It goes the way of
 * all others, to every watcher whose filter lets it through.
 *
 * Return: 0, -ENODEV if there is no such filesystem, -EOPNOTSUPP if the kernel does
 * not know the operation, -EPERM, -EBADMSG, -ENOMEM, -EINTR, or what the kernel
 * answered.
 */
int fserror_client_test(struct fserror_client *client,
			const struct fserror_fs_id *fs, uint64_t *seq);

/**
 * fserror_stat_free - free a state
 * @stat: the state; NULL does nothing
 */
void fserror_stat_free(struct fserror_stat *stat);

/**
 * fserror_kind_name - a kind in words, spelled as in the specification
 * @kind: FSERROR_KIND_*
 * @buf: used for a value that this library does not know yet
 *
 * Return: the word, or "unknown-NUMBER".
 */
const char *fserror_kind_name(uint32_t kind, char buf[FSERROR_WORD_MAX]);

/**
 * fserror_cause_name - a cause in words
 * @cause: FSERROR_CAUSE_*
 * @buf: as for fserror_kind_name()
 *
 * Return: the word, or "unknown-NUMBER".
 */
const char *fserror_cause_name(uint32_t cause, char buf[FSERROR_WORD_MAX]);

/**
 * fserror_meta_name - what bad metadata holds, in words
 * @meta: FSERROR_META_*
 * @buf: as for fserror_kind_name()
 *
 * Return: the word, or "unknown-NUMBER".
 */
const char *fserror_meta_name(uint32_t meta, char buf[FSERROR_WORD_MAX]);

/**
 * fserror_flag_name - a bit of a record's flags in words
 * @bit: number of the bit, 0 to 31
 * @buf: as for fserror_kind_name()
 *
 * Return: the word, or "unknown-NUMBER".
 */
const char *fserror_flag_name(unsigned int bit, char buf[FSERROR_WORD_MAX]);

/**
 * fserror_kind_from_name - the kind that a word is for
 * @name: the word, spelled as in the specification
 *
 * Return: FSERROR_KIND_*, or -EINVAL.
 */
int fserror_kind_from_name(const char *name);

/**
 * fserror_cause_from_name - the cause that a word is for
 * @name: the word, spelled as in the specification
 *
 * Return: FSERROR_CAUSE_*, or -EINVAL.
 */
int fserror_cause_from_name(const char *name);

#ifdef __cplusplus
}
#endif

#endif /* LIBFSERROR_H */
