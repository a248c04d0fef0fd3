/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Client of the kernel's fserror family: open, subscribe, next event, recover,
 * level dump. It knows the protocol and nothing of paths, mounts or output.
 *
 * The watcher's protocol, as Documentation/filesystems/fserror.rst has it:
 *
 *	fsw_client_open(); fsw_client_subscribe();
 *	fsw_client_damage();			what is damaged already
 *	for (;;) switch (fsw_client_next()) {
 *	case FSW_EVENT_RECORD:			what happened
 *	case FSW_EVENT_MISSED:			fsw_client_recover();
 *	case FSW_EVENT_LOST:			fsw_client_damage();
 *	case FSW_EVENT_RECOVERED:		nothing is missing any more
 *	}
 *
 * Functions that return int return a negative errno if they fail, and then
 * fsw_client_error() has the words for it:
 *	-EPROTONOSUPPORT  the kernel has no fserror family
 *	-EPERM, -EACCES	  no permission
 *	-EBADMSG	  the kernel sent something malformed
 *	-EINTR		  the wake-up descriptor became readable
 * and whatever the kernel answered. A client is for one thread at a time.
 */
#ifndef FSW_CLIENT_H
#define FSW_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

struct fsw_client;

/* names a filesystem by device, by UUID, or by both */
struct fsw_fs_id {
	bool has_dev, has_uuid;
	uint32_t major, minor;
	uint8_t uuid[FSW_UUID_LEN];
};

/* what to let through; a part that is 0 lets everything through */
struct fsw_filter {
	const struct fsw_fs_id *fs;
	size_t nr_fs;
	uint32_t kinds; /* 1 << FSERROR_KIND_..., or-ed */
	uint32_t causes; /* 1 << FSERROR_CAUSE_..., or-ed */
};

enum fsw_event_type {
	FSW_EVENT_RECORD, /* record */
	FSW_EVENT_LOST, /* first to last are gone for good: see damage */
	FSW_EVENT_MISSED, /* something did not arrive: call recover */
	FSW_EVENT_RECOVERED, /* the last event that recover brought was told */
};

struct fsw_event {
	enum fsw_event_type type;
	bool overrun; /* MISSED: buffer overrun, else a gap in the numbers */
	uint64_t first, last; /* LOST */
	struct fsw_record record; /* RECORD */
};

struct fsw_records {
	struct fsw_record *v;
	size_t nr, room;
};

struct fsw_filesystems {
	struct fsw_filesystem *v;
	size_t nr, room;
};

/*
 * Find the family. On failure *@client may still be a client, to ask for the
 * error and to close, or NULL if there was no memory for one.
 */
int fsw_client_open(struct fsw_client **client);
void fsw_client_close(struct fsw_client *client);

/* what went wrong in the last call that failed, one line without a newline */
const char *fsw_client_error(const struct fsw_client *client);

/* version of the family in the kernel */
unsigned int fsw_client_version(const struct fsw_client *client);

/*
 * While a call waits for the kernel it also watches @fd, and fails with
 * -EINTR when that becomes readable. -1 for none.
 */
void fsw_client_set_wakeup(struct fsw_client *client, int fd);

/*
 * Size in bytes of the kernel's buffer for events that we did not take yet,
 * for the next fsw_client_subscribe().
 */
void fsw_client_set_buffer(struct fsw_client *client, int bytes);

/* join the events, through @filter; NULL lets everything through */
int fsw_client_subscribe(struct fsw_client *client,
			 const struct fsw_filter *filter);

/* to poll for POLLIN, then call fsw_client_pump() */
int fsw_client_fd(const struct fsw_client *client);

/*
 * Take what has arrived out of the kernel's buffer, without waiting, and keep
 * it for fsw_client_next(). Every call that waits for the kernel does this,
 * too, so that a long dump does not overrun the buffer.
 */
int fsw_client_pump(struct fsw_client *client);

/* the next event of those that were taken: 1, or 0 if there is none now */
int fsw_client_next(struct fsw_client *client, struct fsw_event *event);

/*
 * Ask for what did not arrive, after FSW_EVENT_MISSED. The answers come out of
 * fsw_client_next() before everything newer, ended by FSW_EVENT_RECOVERED.
 */
int fsw_client_recover(struct fsw_client *client);

/* number of the last event that fsw_client_next() told, 0 if not known */
uint64_t fsw_client_last_seq(const struct fsw_client *client);

/* the boot that the numbers belong to, NULL if not known */
const uint8_t *fsw_client_boot_id(const struct fsw_client *client);

/*
 * What is damaged now, of one filesystem or, with @fs NULL, of all. Returns 0,
 * or 1 if the damage changed each of several times while it was being listed:
 * then @records has what the last try gave. Free with fsw_records_free().
 */
int fsw_client_damage(struct fsw_client *client, const struct fsw_fs_id *fs,
		      struct fsw_records *records);
void fsw_records_free(struct fsw_records *records);

/* the filesystems that records can be about; returns as above */
int fsw_client_filesystems(struct fsw_client *client,
			   struct fsw_filesystems *list);
void fsw_filesystems_free(struct fsw_filesystems *list);

/* state of the journal; free with fsw_stat_free() */
int fsw_client_stat(struct fsw_client *client, struct fsw_stat *stat);

#endif /* FSW_CLIENT_H */
