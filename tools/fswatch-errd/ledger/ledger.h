/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: ledger
 *
 * What was lost, when, and whether it has been put right: an SQLite database that
 * fswatch-errd writes and others read.
 *
 * A loss is a range of bytes. Bytes of a file are counted in the file, all other bytes
 * in the device. It is open until
 *
 *	restored	fswatch-err restore wrote the bytes back
 *	zeroed		fswatch-err restore --zero wrote zeros over them
 *	rewritten	they were written: the kernel told "cleared"
 *	released	the file does not have them any more: it was deleted, cut, or
 *			its bytes were written elsewhere
 *	resolved	it was a range without owners, and they are known now
 *	unowned		nobody owned the range, and it can be read again
 *
 * or until an administrator acknowledges it; then it is known, and not closed. That
 * the bytes can be read again is no end: the device was replaced, say, and what they
 * hold is not what was written (condition content-unknown).
 *
 * Bounds: LEDGER_MAX_OPEN losses that are not closed; what comes then is counted in
 * one loss for each device, flagged partial. LEDGER_MAX_CLOSED closed ones, for
 * LEDGER_KEEP_DAYS. LEDGER_MAX_NEWS news, for LEDGER_NEWS_DAYS. LEDGER_MAX_PAGES pages
 * of 4096 bytes. A path of LEDGER_PATH_MAX bytes.
 *
 * A function that returns int returns 0 or more if it works and else a negative errno:
 *
 *	-ENOSPC		the disk, or the ledger, is full
 *	-EUCLEAN	the database is corrupt
 *	-EBUSY		another process has held the database for ten seconds
 *	-EROFS		no permission to write
 *	-ENOMEM		no memory
 *	-EIO		anything else that SQLite says
 *
 * and ledger_error() has the words. A ledger is for one thread at a time; different
 * ones of the same database are for different threads and processes.
 */
#ifndef ERRD_LEDGER_H
#define ERRD_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libfserror.h>

#define LEDGER_DIR "/var/lib/fswatch-errd"
#define LEDGER_FILE "ledger.db"
#define LEDGER_SCHEMA 2

#define LEDGER_MAX_OPEN 131072
#define LEDGER_MAX_CLOSED 131072
#define LEDGER_KEEP_DAYS 365
#define LEDGER_MAX_NEWS 65536
#define LEDGER_NEWS_DAYS 30
#define LEDGER_MAX_PAGES 131072 /* 512 MiB */
#define LEDGER_PATH_MAX 4095
/* news of single losses in one transaction; the rest of them are one */
#define LEDGER_NEWS_BURST 64
/* rows that one transaction looks at or changes, if there are more */
#define LEDGER_STEP 8192
/*
 * between two such: SQLite looks again after 100 ms at most, so whoever waits for the
 * database has a turn
 */
#define LEDGER_WAIT_MS 110

/* a part is done; see ledger_apply() */
#define LEDGER_MORE 2

struct ledger;

/**
 * enum ledger_mode - what a ledger is opened for
 * @LEDGER_DAEMON: by the one daemon: made if it is not there, checked, locked
 * @LEDGER_CHANGE: to acknowledge, or to say what was restored
 * @LEDGER_READ: to look at it
 */
enum ledger_mode {
	LEDGER_DAEMON,
	LEDGER_CHANGE,
	LEDGER_READ,
};

enum ledger_state {
	LEDGER_OPEN,
	LEDGER_ACKNOWLEDGED,
	LEDGER_CLOSED,
};

enum ledger_condition {
	LEDGER_BAD, /* cannot be read */
	LEDGER_CONTENT_UNKNOWN, /* can be read, but is not what was written */
};

enum ledger_why {
	LEDGER_NOT_CLOSED,
	LEDGER_RESTORED,
	LEDGER_ZEROED,
	LEDGER_REWRITTEN,
	LEDGER_RELEASED,
	LEDGER_RESOLVED,
	LEDGER_UNOWNED,
};

/**
 * struct ledger_loss - a loss
 * @id: its number, never used again
 * @fs: number of the filesystem in the ledger
 * @has_uuid: the filesystem has a @uuid
 * @has_ino: @root, @ino, @generation are set
 * @in_file: @start and @end are bytes of the file, else of the device
 * @has_device: @dstart is set
 * @placed: the range of the device is where the loss is; else it is all of the device
 *	and @layer could not say where
 * @uuid: of the filesystem
 * @fstype: its type
 * @sb_id: the name that the kernel's messages gave it last
 * @copy: 0, or more for a second filesystem with the same UUID
 * @kind: FSERROR_KIND_*
 * @meta: FSERROR_META_*, 0 for none
 * @cause: FSERROR_CAUSE_*, 0 if not known
 * @error: errno
 * @flags: FSERROR_RECORD_FLAG_*
 * @role: FSERROR_ROLE_* of the device
 * @major: of the device, as it was numbered last
 * @minor: of the device
 * @origin_major: of the device where it began; 0:0 if not known
 * @origin_minor: of that
 * @root: subvolume
 * @ino: inode number
 * @generation: of the inode
 * @start: first byte
 * @end: behind the last byte
 * @dstart: first byte in the device
 * @dlen: bytes in the device if they are not as many as in the file, as with what is
 *	compressed, else 0: then all of the loss stands on all of them
 * @ostart: first byte in the origin
 * @count: pieces that it stands for
 * @first_seen: CLOCK_REALTIME, nanoseconds
 * @last_seen: the same
 * @changed: when @state changed last, 0: never
 * @boot: boot id in which it was seen last
 * @instance: number of the mount, in that boot
 * @condition: enum ledger_condition
 * @state: enum ledger_state
 * @why: enum ledger_why
 * @layer: see @placed
 * @note: what was said when it was acknowledged; "" for nothing
 * @path: a name of the file, NULL if none is known; only while it is looked at
 * @handle_type: type of @handle
 * @handle_len: its length, 0: none
 * @handle: of the inode, as in struct fserror_record
 */
struct ledger_loss {
	int64_t id, fs;
	bool has_uuid, has_ino, in_file, has_device, placed;
	uint8_t uuid[FSERROR_UUID_LEN];
	char fstype[FSERROR_NAME_MAX], sb_id[FSERROR_NAME_MAX];
	uint32_t copy;
	uint32_t kind, meta, cause, error, flags, role;
	uint32_t major, minor, origin_major, origin_minor;
	uint64_t root, ino;
	uint32_t generation;
	uint64_t start, end, dstart, dlen, ostart, count;
	uint64_t first_seen, last_seen, changed;
	uint8_t boot[FSERROR_UUID_LEN];
	uint64_t instance;
	enum ledger_condition condition;
	enum ledger_state state;
	enum ledger_why why;
	char layer[FSERROR_NAME_MAX];
	char note[256];
	const char *path;
	int32_t handle_type;
	uint32_t handle_len;
	uint8_t handle[FSERROR_HANDLE_MAX];
};

/**
 * ledger_is_unowned - is it a bad range that no file and no metadata has?
 * @loss: the loss
 *
 * Nobody misses anything, until the filesystem puts something there. Where the owners
 * are not known that is not known either, and it counts as lost.
 */
static inline bool ledger_is_unowned(const struct ledger_loss *loss)
{
	return loss->kind == FSERROR_KIND_MEDIA &&
	       (loss->flags & (FSERROR_RECORD_FLAG_UNOWNED |
			       FSERROR_RECORD_FLAG_UNRESOLVED)) ==
		       FSERROR_RECORD_FLAG_UNOWNED;
}

/* how many bytes of the device it stands on */
static inline uint64_t ledger_device_length(const struct ledger_loss *loss)
{
	return loss->dlen ? loss->dlen : loss->end - loss->start;
}

/* words for the three above; "unknown" for a value that there is not */
const char *ledger_state_name(enum ledger_state state);
const char *ledger_condition_name(enum ledger_condition condition);
const char *ledger_why_name(enum ledger_why why);

/**
 * ledger_open - open the database in a directory
 * @ledger: the ledger, also if this fails unless there was no memory: for its words,
 *	and for ledger_close()
 * @dir: the directory
 * @mode: what for
 *
 * A database that is corrupt is moved aside by the daemon, as ledger.db.corrupt-TIME
 * with what belongs to it, and a new one is made; the last three are kept.
 *
 * Return: 0, 1 if a corrupt one was moved aside, -ENOENT if there is none,
 * -EADDRINUSE if another daemon has it, -EPROTO if its schema is a later one, or see
 * above.
 */
int ledger_open(struct ledger **ledger, const char *dir, enum ledger_mode mode);
void ledger_close(struct ledger *ledger);
const char *ledger_error(const struct ledger *ledger);

/**
 * ledger_begin - begin a transaction
 * @ledger: the ledger
 *
 * What is changed outside of one is a transaction by itself. ledger_commit() has
 * written all to the disk when it returns 0; after any failure the transaction is to
 * be ended with ledger_rollback().
 *
 * Return: see above.
 */
int ledger_begin(struct ledger *ledger);
int ledger_commit(struct ledger *ledger);
void ledger_rollback(struct ledger *ledger);

/**
 * ledger_step - commit what was done of something that is a lot, and begin again
 * @ledger: the ledger, in a transaction
 *
 * Others have their turn with the database meanwhile. The rest is told as one news, as
 * if it were one transaction.
 *
 * Return: see above; after a failure there is no transaction, or one to be ended with
 * ledger_rollback().
 */
int ledger_step(struct ledger *ledger);

/**
 * ledger_position - how far the events are in the ledger
 * @ledger: the ledger
 * @group: FSERROR_GROUP_*
 * @boot: gets the boot that the number is of
 * @seq: gets the number of the last event, 0: none yet
 *
 * Return: 0, or see above.
 */
int ledger_position(struct ledger *ledger, uint32_t group,
		    uint8_t boot[FSERROR_UUID_LEN], uint64_t *seq);
int ledger_set_position(struct ledger *ledger, uint32_t group,
			const uint8_t boot[FSERROR_UUID_LEN], uint64_t seq);

/**
 * ledger_apply - an event happened
 * @ledger: the ledger, in a transaction
 * @boot: the boot
 * @rec: the event, in the order in which they are told
 *
 * What one event changes may be all that there is. Then LEDGER_STEP rows or a few more
 * are changed, and ledger_step() and the same call go on. The position to be stored with
 * that is that of the event before: when the daemon ends in between, the event is
 * applied again, and finds the rest.
 *
 * Return: 0, 1 if the damage has to be listed because the event does not say whose
 * the range is, LEDGER_MORE if it is not all done, or see above.
 */
int ledger_apply(struct ledger *ledger, const uint8_t boot[FSERROR_UUID_LEN],
		 const struct fserror_record *rec);

/**
 * ledger_is_loss - does a record become a loss?
 * @rec: the record
 *
 * It does if something is bad, or was not written, and there is a place by which to know
 * it again: bytes of a file, or a range of a device. What has neither can only be told.
 *
 * Return: whether ledger_apply() makes a loss of it.
 */
bool ledger_is_loss(const struct fserror_record *rec);

/**
 * ledger_level_begin - a list of damage with owners follows
 * @ledger: the ledger, in a transaction
 * @boot: the boot
 * @mounts: numbers of all filesystems that are mounted
 * @nr: how many
 *
 * The list goes to ledger_level_visitor(), with the ledger as its argument. What the
 * list of a filesystem that was complete does not have is closed, or its content is
 * unknown. It is written in transactions of LEDGER_STEP rows, the last of which is the
 * caller's to commit; what a part of them says is true without the others.
 *
 * Return: 0, or see above.
 */
int ledger_level_begin(struct ledger *ledger,
		       const uint8_t boot[FSERROR_UUID_LEN],
		       const uint64_t *mounts, size_t nr);
const struct fserror_damage_visitor *ledger_level_visitor(void);

/**
 * ledger_level_end - the list is at its end
 * @ledger: the ledger
 * @as_of: gets the number of the last event that is contained in it
 *
 * Return: 0, or 1 if a filesystem was not complete and is to be asked for again.
 */
int ledger_level_end(struct ledger *ledger, uint64_t *as_of);

/**
 * ledger_has_name - was a name of this file found already?
 * @ledger: the ledger
 * @rec: a record of the file
 *
 * Return: 1 if so, 0 if not or if nothing of it is lost, or see above.
 */
int ledger_has_name(struct ledger *ledger, const struct fserror_record *rec);

/**
 * ledger_set_path - a name of a file was found
 * @ledger: the ledger
 * @rec: a record of the file
 * @path: the name, NULL if it has none any more
 *
 * Return: 0, -ENAMETOOLONG, or see above.
 */
int ledger_set_path(struct ledger *ledger, const struct fserror_record *rec,
		    const char *path);

/**
 * ledger_restored - bytes of a file were written back
 * @ledger: the ledger
 * @rec: a record of the file, as the list of damage had it
 * @start: first byte in the file
 * @end: behind the last
 * @why: LEDGER_RESTORED or LEDGER_ZEROED
 * @since: nanoseconds: what was closed since then because it was written, was this
 *
 * Return: losses that were closed so, or see above.
 */
int ledger_restored(struct ledger *ledger, const struct fserror_record *rec,
		    uint64_t start, uint64_t end, enum ledger_why why,
		    uint64_t since);

/**
 * ledger_acknowledge - a loss is known to those who are concerned
 * @ledger: the ledger
 * @id: its number
 * @note: what to remember with it, at most 255 bytes; may be NULL
 *
 * Return: 0, -ENOENT if there is no such loss or it is closed, or see above.
 */
int ledger_acknowledge(struct ledger *ledger, int64_t id, const char *note);

/**
 * struct ledger_query - which losses
 * @closed: also those that are closed
 * @id: this one; 0 for all
 * @limit: at most so many; 0 for all
 */
struct ledger_query {
	bool closed;
	int64_t id;
	uint64_t limit;
};

/**
 * ledger_each - look at losses
 * @ledger: the ledger
 * @query: which
 * @visit: gets each, by filesystem, then file, then place; if it returns something
 *	else than 0 that is the end
 * @arg: for @visit
 *
 * Return: 0, what @visit returned, or see above.
 */
int ledger_each(struct ledger *ledger, const struct ledger_query *query,
		int (*visit)(void *arg, const struct ledger_loss *loss),
		void *arg);

/**
 * struct ledger_sum - losses of a kind, added up
 * @kind: FSERROR_KIND_*
 * @cause: FSERROR_CAUSE_*
 * @state: open or acknowledged
 * @losses: how many
 * @bytes: of them
 * @unresolved: of how many not all owners are known
 * @unowned: see ledger_is_unowned()
 */
struct ledger_sum {
	uint32_t kind, cause;
	enum ledger_state state;
	uint64_t losses, bytes, unresolved;
	bool unowned;
};

int ledger_sums(struct ledger *ledger,
		int (*visit)(void *arg, const struct ledger_sum *sum),
		void *arg);

/* news: what somebody is to be told of */

enum ledger_news_type {
	LEDGER_NEWS_OPENED = 1, /* a loss */
	LEDGER_NEWS_GROWN,
	LEDGER_NEWS_UNKNOWN, /* its content is unknown now */
	LEDGER_NEWS_ACKNOWLEDGED,
	LEDGER_NEWS_CLOSED,
	LEDGER_NEWS_MORE, /* more losses than are told one by one */
	LEDGER_NEWS_EVENT, /* something else, with words of its own */
	LEDGER_NEWS_CHANGED, /* more changes than that, none for the worse */
};

/**
 * struct ledger_news - one of them
 * @id: number, ascending
 * @time: CLOCK_REALTIME, nanoseconds
 * @type: enum ledger_news_type
 * @loss: number of the loss, 0: none
 * @count: MORE, CHANGED: losses
 * @text: EVENT: what was given to ledger_add_event()
 */
struct ledger_news {
	int64_t id;
	uint64_t time;
	enum ledger_news_type type;
	int64_t loss;
	uint64_t count;
	const char *text;
};

const char *ledger_news_name(enum ledger_news_type type);

/**
 * ledger_add_event - have something told that is no loss
 * @ledger: the ledger
 * @text: what; for ledger_news.text
 *
 * Return: 0, or see above.
 */
int ledger_add_event(struct ledger *ledger, const char *text);

/**
 * ledger_told - how far somebody was told
 * @ledger: the ledger
 * @who: a name
 * @id: gets the number of the last news; one who is new begins with what comes next
 * @gone: gets how many were dropped since, because they were too many or too old
 *
 * Return: 0, or see above.
 */
int ledger_told(struct ledger *ledger, const char *who, int64_t *id,
		uint64_t *gone);
int ledger_set_told(struct ledger *ledger, const char *who, int64_t id);

/**
 * ledger_news_each - news in their order
 * @ledger: the ledger
 * @after: the last that is known
 * @limit: at most so many
 * @visit: gets each
 * @arg: for @visit
 *
 * Return: 0, what @visit returned, or see above.
 */
int ledger_news_each(struct ledger *ledger, int64_t after, unsigned int limit,
		     int (*visit)(void *arg, const struct ledger_news *news),
		     void *arg);

/**
 * ledger_prune - keep to the bounds
 * @ledger: the ledger
 * @now: CLOCK_REALTIME, nanoseconds
 *
 * Return: 0, or see above.
 */
int ledger_prune(struct ledger *ledger, uint64_t now);

#endif /* ERRD_LEDGER_H */
