/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: libfserror
 *
 * Client of the kernel's fserror family: open, subscribe, next event, recover,
 * lists. It knows the protocol and nothing of paths, mounts or output.
 *
 * The watcher's protocol, as Documentation/filesystems/fserror.rst has it:
 *
 *	fserror_client_open(); fserror_client_subscribe();
 *	fserror_damage_each();			what is damaged already, as of N
 *	for (;;) switch (fserror_client_next()) {
 *	case FSERROR_EVENT_RECORD:		what happened; skip what is as of N
 *	case FSERROR_EVENT_MISSED:		fserror_client_recover();
 *	case FSERROR_EVENT_LOST:		fserror_damage_each();
 *	case FSERROR_EVENT_RECOVERED:		nothing is missing any more
 *	}
 *
 * libfserror_known.h has what follows from it: which ranges are bad.
 *
 * Unless something else is said, a function that returns int returns 0 or more
 * if it works, and a negative errno if it fails; then fserror_client_error() has
 * the words for it:
 *
 *	-EPROTONOSUPPORT  the kernel has no fserror family of this version
 *	-EPERM, -EACCES	  no permission
 *	-EBADMSG	  the kernel sent something malformed
 *	-EINTR		  the wake-up descriptor became readable
 *	-ENOMEM		  no memory
 *
 * and whatever else the kernel answered. Nothing is printed, no signal is
 * touched, no thread is made. Different clients may be used at the same time; one
 * client is for one thread at a time.
 *
 * Lists are given to callbacks, piece by piece: nothing is collected. What a
 * callback gets is valid until it returns. If it returns something else than 0
 * that ends the list, and is returned. Of the client a callback may only use
 * fserror_client_pump(), fserror_client_fd() and what says what is known already.
 *
 * The library allocates the structures that it fills, so that a later version may
 * add members at their ends.
 */
#ifndef LIBFSERROR_H
#define LIBFSERROR_H

#include <libfserror_types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct fserror_client;

/**
 * fserror_client_open - find the family
 * @client: the client, also if this fails, to ask for the error and to close; NULL
 *	if there was no memory for one
 *
 * Return: 0, -EPROTONOSUPPORT if the running kernel has no fserror family in this
 * network namespace, or one with other groups, -ENOMEM, -EBADMSG, or an errno of
 * socket(2) or recvmsg(2).
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
 * @bytes: room for events that were not taken yet, of each group, for the next
 *	subscription
 */
void fserror_client_set_buffer(struct fserror_client *client, int bytes);

/**
 * fserror_client_subscribe - join the events
 * @client: the client
 * @filter: what the kernel is to let through; NULL for everything
 * @groups: 1 << FSERROR_GROUP_..., or-ed; 0 is the group damage alone
 *
 * A subscription that there was before ends. Each group has a socket of its own, so
 * that failed reads, which anybody can cause, do not displace losses.
 *
 * Return: 0, -EPERM or -EACCES without CAP_SYS_ADMIN in the initial user
 * namespace, -EINVAL if the kernel does not know what the filter names, or if
 * @groups has one that there is not, -ENOMEM, -EBADMSG, -EINTR, or an errno of
 * socket(2), setsockopt(2) or recvmsg(2).
 */
int fserror_client_subscribe(struct fserror_client *client,
			     const struct fserror_filter *filter,
			     uint32_t groups);

/**
 * fserror_client_fd - the descriptor to wait for
 * @client: the client
 *
 * To be waited for only after fserror_client_next() had nothing: for what was taken
 * already it does not become readable.
 *
 * Return: the descriptor, to poll for POLLIN and then call fserror_client_pump();
 * -1 without a subscription, and as long as as many events as the library keeps
 * wait for fserror_client_next().
 */
int fserror_client_fd(const struct fserror_client *client);

/**
 * fserror_client_pump - take what has arrived, without waiting
 * @client: the client
 *
 * Takes events out of the kernel's buffer and keeps a bounded number of them for
 * fserror_client_next(); the rest stays in the kernel. Every call that waits for the
 * kernel does this, too.
 *
 * Return: 0, -EBADMSG, -ENOMEM, or an errno of recvmsg(2).
 */
int fserror_client_pump(struct fserror_client *client);

/**
 * fserror_client_next - the next event of those that were taken
 * @client: the client
 * @event: the event, for fserror_event_free()
 *
 * Events of one group come in the order of their numbers.
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
 * @group: FSERROR_GROUP_* of the event FSERROR_EVENT_MISSED
 *
 * For after FSERROR_EVENT_MISSED. The answers come out of fserror_client_next()
 * before everything newer, ended by FSERROR_EVENT_RECOVERED. A caller that falls
 * behind again and again may wait before it calls this: until then nothing of the
 * group is told, nor kept.
 *
 * Return: 0, -EINVAL if the group was not joined, -EBADMSG, -ENOMEM, -EINTR, or
 * what the kernel answered.
 */
int fserror_client_recover(struct fserror_client *client, uint32_t group);

/**
 * fserror_client_last_seq - how far the events were told
 * @client: the client
 * @group: FSERROR_GROUP_*
 *
 * Return: number of the last event of the group that fserror_client_next() told, at
 * first the last that was sent before the subscription; 0 if not known.
 */
uint64_t fserror_client_last_seq(const struct fserror_client *client,
				 uint32_t group);

/**
 * fserror_client_boot_id - the boot that the numbers belong to
 * @client: the client
 *
 * Return: FSERROR_UUID_LEN bytes, or NULL if not known.
 */
const uint8_t *fserror_client_boot_id(const struct fserror_client *client);

/**
 * fserror_filter_passes - does a filter let a record through?
 * @filter: the filter
 * @rec: the record
 *
 * Return: what the kernel does with a socket that has this filter.
 */
bool fserror_filter_passes(const struct fserror_filter *filter,
			   const struct fserror_record *rec);

/**
 * fserror_kind_group - the group that a kind is told in
 * @kind: FSERROR_KIND_*
 *
 * Return: FSERROR_GROUP_*.
 */
uint32_t fserror_kind_group(uint32_t kind);

/**
 * fserror_record_in_dump - does damage-get speak of this?
 * @rec: an event of the group damage
 *
 * Return: true if the event says something of a range of a device that a list of
 * damage, made after it, contains: then it is to be skipped if its number is not
 * above the as-of of the list. All others are only told once.
 */
bool fserror_record_in_dump(const struct fserror_record *rec);

/**
 * struct fserror_damage_visitor - what a list of damage consists of
 * @header: the first
 * @begin: a filesystem begins
 * @record: something of it that is damaged
 * @end: the filesystem is at its end
 * @progress: nothing was found for a while, the kernel is at work
 *
 * Each may be NULL. See the rule for callbacks above.
 */
struct fserror_damage_visitor {
	int (*header)(void *arg, const struct fserror_dump_header *header);
	int (*begin)(void *arg, const struct fserror_dump_begin *begin);
	int (*record)(void *arg, const struct fserror_record *rec);
	int (*end)(void *arg, const struct fserror_dump_end *end);
	int (*progress)(void *arg);
};

/**
 * enum fserror_damage_what - what to list
 * @FSERROR_DAMAGE_OWNERS: files and metadata; the kernel looks them up
 * @FSERROR_DAMAGE_RANGES: the ranges only, from the kernel's memory, also of a
 *	filesystem that does not answer
 */
enum fserror_damage_what {
	FSERROR_DAMAGE_OWNERS,
	FSERROR_DAMAGE_RANGES,
};

/**
 * fserror_damage_each - what is damaged now
 * @client: the client
 * @fs: one filesystem, or NULL for all
 * @what: owners or ranges
 * @visitor: what gets it
 * @arg: for the visitor
 *
 * Return: 0, what a callback returned, -ENODEV if there is no such filesystem,
 * -EPERM, -EBADMSG, -ENOMEM, -EINTR, or what the kernel answered.
 */
int fserror_damage_each(struct fserror_client *client,
			const struct fserror_fs_id *fs,
			enum fserror_damage_what what,
			const struct fserror_damage_visitor *visitor,
			void *arg);

/**
 * struct fserror_position - where to go on in the events of a group
 * @group: FSERROR_GROUP_*
 * @since: number of the last event that is known, 0 for none
 * @boot_id: the boot that it is of, FSERROR_UUID_LEN bytes; may be NULL if
 *	@since is 0
 */
struct fserror_position {
	uint32_t group;
	uint64_t since;
	const uint8_t *boot_id;
};

/**
 * struct fserror_events_visitor - what the kernel still has of a group
 * @start: the first: the boot (NULL if the kernel did not say) and the number of the
 *	newest event when the question was asked
 * @lost: these are gone
 * @record: an event
 *
 * Each may be NULL. See the rule for callbacks above.
 */
struct fserror_events_visitor {
	int (*start)(void *arg, const uint8_t *boot_id, uint64_t as_of);
	int (*lost)(void *arg, uint64_t first, uint64_t last);
	int (*record)(void *arg, const struct fserror_record *rec);
};

/**
 * fserror_events_each - the events of a group that the kernel still has
 * @client: the client
 * @position: which group, and after which event
 * @visitor: what gets them, in the order of their numbers; no filter applies
 * @arg: for the visitor
 *
 * Return: 0, what a callback returned, -ESTALE if the boot is another one, -ERANGE
 * if there is no such event yet, -EPERM, -EBADMSG, -ENOMEM, -EINTR, or what the
 * kernel answered.
 */
int fserror_events_each(struct fserror_client *client,
			const struct fserror_position *position,
			const struct fserror_events_visitor *visitor,
			void *arg);

/**
 * fserror_filesystems_each - the filesystems that records can be about
 * @client: the client
 * @visit: gets each
 * @arg: for @visit
 *
 * Return: 0, what @visit returned, -EPERM, -EBADMSG, -ENOMEM, -EINTR, or what the
 * kernel answered.
 */
int fserror_filesystems_each(struct fserror_client *client,
			     int (*visit)(void *arg,
					  const struct fserror_filesystem *fs),
			     void *arg);

/**
 * fserror_client_stat - state of the rings, counters, and the watchers
 * @client: the client
 * @stat: the state, for fserror_stat_free()
 *
 * Return: 0, -EPERM, -EBADMSG, -ENOMEM, -EINTR, or what the kernel answered.
 */
int fserror_client_stat(struct fserror_client *client,
			struct fserror_stat **stat);

/**
 * fserror_stat_free - free a state
 * @stat: the state; NULL does nothing
 */
void fserror_stat_free(struct fserror_stat *stat);

/**
 * fserror_client_test - send a test event, to prove that watchers hear
 * @client: the client
 * @fs: the filesystem that the event is to name, or NULL for none
 * @seq: number of the event in the group damage
 *
 * The event has the kind FSERROR_KIND_TEST and claims no damage. It goes the way of
 * all others, to every watcher whose filter lets it through.
 *
 * Return: 0, -ENODEV if there is no such filesystem, -EPERM, -EBADMSG, -ENOMEM,
 * -EINTR, or what the kernel answered.
 */
int fserror_client_test(struct fserror_client *client,
			const struct fserror_fs_id *fs, uint64_t *seq);

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
 * fserror_role_name - what a device is used for, in words
 * @role: FSERROR_ROLE_*
 * @buf: as for fserror_kind_name()
 *
 * Return: the word, or "unknown-NUMBER".
 */
const char *fserror_role_name(uint32_t role, char buf[FSERROR_WORD_MAX]);

/**
 * fserror_group_name - a group in words
 * @group: FSERROR_GROUP_*
 * @buf: as for fserror_kind_name()
 *
 * Return: the word, or "unknown-NUMBER".
 */
const char *fserror_group_name(uint32_t group, char buf[FSERROR_WORD_MAX]);

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
