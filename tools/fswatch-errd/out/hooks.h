/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs of the administrator that are told news: fswatch-errd-hooks(7).
 *
 * Each has its own place in the ledger up to which it was told, and is run with what
 * comes after it until it ends with 0, in this life of the daemon or a later one.
 *
 * Bounds: HOOKS_MAX hooks, conf.hooks_at_once at a time, HOOKS_NEWS news in one run,
 * conf.hook_interval between two runs, conf.hook_timeout for one, HOOKS_OUTPUT bytes of
 * what it prints.
 */
#ifndef ERRD_HOOKS_H
#define ERRD_HOOKS_H

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include "conf.h"
#include "ledger.h"

#define HOOKS_MAX 64
#define HOOKS_NEWS 64
#define HOOKS_OUTPUT 4096
#define HOOKS_KILL_MS 5000 /* from SIGTERM to SIGKILL */
#define HOOKS_RETRY_MS 5000 /* the first time; then twice as long, up to: */
#define HOOKS_RETRY_MAX_MS 300000
#define HOOKS_SETTLE_MS \
	2000 /* so that names can be found before they are told */

/* one run of a hook */
struct hook_run {
	pid_t pid; /* 0: it does not run */
	int pidfd, output;
	int64_t last; /* the last of the news that it was given */
	uint64_t started, ends; /* ms: when, and when it is to be ended */
	bool ended; /* it was told to end, or was killed */
	size_t len;
	char said[HOOKS_OUTPUT];
};

struct hook {
	char name[NAME_MAX + 1];
	bool there; /* in the directory, at the last look */
	bool refused; /* that was said */
	uint64_t next; /* ms: not before */
	uint64_t retry; /* ms, 0: it did not fail */
	struct hook_run run;
};

struct hooks {
	const struct conf *conf;
	struct ledger *ledger;
	struct hook v[HOOKS_MAX];
	size_t nr;
	bool too_many; /* that was said */
	unsigned int settle_ms; /* for the tests to change */
	int stop; /* eventfd */
	pthread_t thread;
};

int hooks_open(struct hooks *hooks, const struct conf *conf);
/* those that are there are told what comes from now on; 0 or a negative errno */
int hooks_register(struct hooks *hooks);
/* do what is to be done now, and wait for up to @ms; 0 or a negative errno */
int hooks_round(struct hooks *hooks, int ms);
int hooks_start(struct hooks *hooks);
/* those that run are ended, and told again at the next start */
void hooks_stop(struct hooks *hooks);
void hooks_close(struct hooks *hooks);

/* hook_find.c */

/* look into the directory; what is not to be run is said once */
void hooks_find(struct hooks *hooks);
/* is it a program that nobody but root, or who runs this, could have written? */
bool hook_is_safe(int dirfd, const char *name, const char **why);

/* hook_run.c */

struct hook_input {
	int fd; /* the JSON */
	unsigned int count;
	int64_t first, last;
	char names[256]; /* of the news, each once, separated by blanks */
	int priority; /* of the worst of them */
};

/* what is new after @last, up to HOOKS_NEWS; 1, 0 if there is none, or an errno */
int hook_input_make(struct ledger *ledger, const char *who, int64_t last,
		    uint64_t gone, uint64_t settled, struct hook_input *input);
int hook_run_start(struct hook_run *run, const struct conf *conf,
		   const char *name, const struct hook_input *input);
/* take what it prints; what is too much is dropped */
void hook_run_read(struct hook_run *run);
/* end it if its time is over, or @now; true if it is over, with its wait status */
bool hook_run_check(struct hook_run *run, bool now, int *status);

#endif /* ERRD_HOOKS_H */
