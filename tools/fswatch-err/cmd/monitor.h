/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of fswatch-err monitor share: monitor.c, monitor_wait.c,
 * monitor_print.c, monitor_follow.c, monitor_options.c; and log.c.
 */
#ifndef FSW_MONITOR_H
#define FSW_MONITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <libfserror.h>

#include "columns.h"
#include "format.h"
#include "mount_cache.h"
#include "output.h"
#include "pending.h"
#include "select.h"
#include "wakeup.h"
#include "wanted.h"

#define MONITOR_BATCH 1024 /* records whose names are searched for together */

struct monitor_options {
	struct select select;
	struct table_options table;
	bool initial;
	bool no_io; /* not the failed reads and writes */
	bool log; /* what the kernel still has, instead of what is damaged */
	bool follow; /* log: and then what happens */
	uint32_t group; /* log: of this group */
	uint64_t since; /* log: after this event */
	bool has_count;
	uint64_t count;
	uint64_t timeout; /* seconds, 0: none */
	uint64_t buffer; /* bytes, 0: the default */
	bool has_path_wait;
	uint64_t path_wait; /* seconds */
};

/* how far it is with one group */
struct follow {
	bool behind; /* something was missed, and is not recovered yet */
	uint64_t ask_at; /* milliseconds: when to ask for it; 0: it was asked */
	uint64_t asked; /* when that was done last */
	uint64_t missed; /* when something was missed last */
	uint64_t logged; /* events up to this were printed by the log */
	uint64_t lost_first, lost_last; /* gone, and not said yet; 0: nothing */
};

struct monitor {
	struct monitor_options options;
	struct wanted wanted; /* of the options */
	struct fserror_client *client;
	struct output out;
	struct wakeup wakeup; /* signals and the timeout end every wait */
	struct pending pending; /* names that are not known yet */
	struct mount_cache mounts;
	bool arrived; /* since events were last taken from the client */
	uint64_t counted; /* events told after the start */
	bool lost; /* events were lost */
	bool unseen; /* of what is chosen something cannot be seen */
	uint64_t listed; /* milliseconds: when the damage was listed last */
	uint64_t list_at; /* when to list it again; 0: never */
	uint64_t as_of; /* events of damage up to this were listed */
	struct follow follow[FSERROR_GROUP_MAX + 1]; /* by group */
};

/* ends of the loop that are no errno */
enum {
	END_COUNT = 1, /* as many events as were wanted */
	END_SAID = 2, /* an error that was said already */
};

/* monitor_options.c */

/* the value of --time-format; 0, or -1 after saying what is wrong */
int monitor_time_format(struct monitor_options *opt, const char *arg);

/* what a command has of its own; the options of select.h and columns.h come to it */
struct monitor_syntax {
	const char *shortopts;
	const struct option *longopts;
	/* 1, 0 if it is no option of the command, or -1 after saying what is wrong */
	int (*own_option)(struct monitor_options *opt, int c, const char *arg);
	void (*help)(FILE *out);
};

/* -1 to go on with, or an exit code */
int monitor_parse_options(struct monitor_options *opt,
			  const struct monitor_syntax *syntax, int argc,
			  char **argv);

/* monitor.c */

/* all of it, with the options, which stay the caller's; returns the exit code */
int monitor_main(struct monitor *m);

/* monitor_wait.c */

/* what a wait is for */
enum {
	FOR_EVENTS = 1,
	FOR_NAMES = 2,
	FOR_OUTPUT = 4,
};

uint64_t now_ns(void); /* CLOCK_REALTIME */
uint64_t now_ms(void); /* CLOCK_MONOTONIC */

/*
 * Wait for one of @what, not longer than until @end (milliseconds, 0: for ever).
 * Returns 0, -EINTR if a signal or the timeout wants an end, or another negative
 * errno.
 */
int monitor_wait(struct monitor *m, unsigned int what, uint64_t end);
/* for struct output: of the monitor @arg */
int monitor_wait_output(void *arg, int fd);

/* monitor_print.c; what fails has been said when they return, but for -EINTR */

/* what one event prints: exactly one of the members is set */
struct line {
	const struct view *view;
	const struct sync_info *sync;
	const struct lost_info *lost;
	const struct path_info *path;
	const struct missed_info *missed; /* only as text */
};

int monitor_no_memory(void);
int monitor_print_line(struct monitor *m, const struct line *line);
/* one of the events that --count counts was printed */
int monitor_count(struct monitor *m);
/* changes the order of @recs */
int monitor_print_records(struct monitor *m, const struct fserror_record **recs,
			  size_t nr, bool counted);
/* names that were not known when their records were printed, and are now */
int monitor_print_names(struct monitor *m);
/* names of what was printed, before the end */
int monitor_await_names(struct monitor *m);

/* monitor_follow.c; the same */

/* what is damaged already, if that is wanted */
int monitor_start(struct monitor *m);
/* the events that the kernel still has */
int monitor_start_log(struct monitor *m);
/* print all that has arrived */
int monitor_print_events(struct monitor *m);
/* when monitor_print_events() is to be called again at the latest; 0: never */
uint64_t monitor_due(const struct monitor *m);

#endif /* FSW_MONITOR_H */
