/* SPDX-License-Identifier: GPL-2.0-only */
/* Events as text for people and as JSON for programs. No I/O but to a FILE. */
#ifndef FSW_FORMAT_H
#define FSW_FORMAT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "json_writer.h"
#include "columns.h"
#include "text.h"
#include "view.h"

/* why a sync event is told */
enum sync_reason {
	SYNC_START, /* the damage at the start was told */
	SYNC_RECOVERED, /* all that was missed was told */
	SYNC_LOST, /* events are lost, the present damage was told */
	SYNC_UNKNOWN, /* the same after an event of a later kernel */
};

struct sync_info {
	enum sync_reason reason;
	uint32_t group; /* that the number is of */
	const uint8_t *boot_id; /* NULL if not known */
	uint64_t seq; /* last event that is covered; 0: not known */
	uint64_t now; /* CLOCK_REALTIME, nanoseconds */
	bool dumped; /* damage was asked for */
	uint64_t damaged; /* records of that */
	bool incomplete; /* it may not be all */
};

struct lost_info {
	uint32_t group;
	const uint8_t *boot_id; /* NULL if not known */
	uint64_t first, last;
	uint64_t now;
};

/*
 * Names that were searched for when a record was told: those of event @seq of
 * @group, or if that is 0 of an inode whose damage was listed. @now: when they were
 * found.
 */
struct path_info {
	const struct view *view;
	uint64_t seq;
	uint32_t group;
	uint64_t now;
};

/* the receive buffer overran, or a number is missing after @seq */
struct missed_info {
	uint32_t group;
	bool overrun;
	uint64_t seq;
	uint64_t now;
};

/* text, one line with a newline each; 0 or -ENOMEM */
int text_record(FILE *out, struct time_style *time, const struct view *view);
int text_path(FILE *out, struct time_style *time, const struct path_info *info);
int text_sync(FILE *out, struct time_style *time, const struct sync_info *sync);
int text_lost(FILE *out, struct time_style *time, const struct lost_info *lost);
const char *text_missed_reason(bool overrun);
int text_missed(FILE *out, struct time_style *time,
		const struct missed_info *missed);

/* JSON, one line with a newline each */
void json_record(FILE *out, const struct view *view,
		 const struct columns *only);
void json_path(FILE *out, const struct path_info *info);
void json_sync(FILE *out, const struct sync_info *sync);
void json_lost(FILE *out, const struct lost_info *lost);

/*
 * What records that follow each other in a list have in common is made once: what
 * happened and on which filesystem, and what is said of the file besides numbers and
 * names. Begin with zeros.
 */
struct json_part {
	const struct view *
		view; /* that it is of, which must stay; NULL: nothing is made */
	struct json_text text;
};

struct json_parts {
	struct json_part head, middle;
};

/* the members of a record, into the object that is open; @parts may be NULL */
void json_record_members(struct json *json, const struct view *view,
			 struct json_parts *parts);

#endif /* FSW_FORMAT_H */
