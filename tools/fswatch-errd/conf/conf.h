/* SPDX-License-Identifier: GPL-2.0-only */
/* The configuration file: fswatch-errd.conf(5). */
#ifndef ERRD_CONF_H
#define ERRD_CONF_H

#include <stdbool.h>
#include <stddef.h>

#define CONF_FILE "/etc/fserror/fswatch-errd.conf"

/* the strings are never NULL; "" is none */
struct conf {
	char *ledger; /* directory */
	char *hooks; /* directory */
	int hook_timeout; /* seconds that a hook may take */
	int hook_interval; /* seconds between two runs of one hook */
	int hooks_at_once;
	char *listen; /* address to scrape from */
	int port; /* 0: nobody can */
	char *textfile; /* for node_exporter */
	bool journal, syslog;
	int selftest; /* seconds between two; 0: none */
	int list; /* seconds between two lists of the damage */
};

/*
 * Read @path, or the defaults if it is NULL and there is no CONF_FILE. Returns 0, or
 * -1 with "FILE:LINE: what is wrong" in @why; then nothing is to be freed.
 */
int conf_read(struct conf *conf, const char *path, char *why, size_t size);
void conf_free(struct conf *conf);

#endif /* ERRD_CONF_H */
