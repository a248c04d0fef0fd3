/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Metrics, for who scrapes them over HTTP and for node_exporter. They are made of counters
 * only: no ledger, no kernel, no disk is waited for.
 */
#ifndef ERRD_METRICS_H
#define ERRD_METRICS_H

#include <pthread.h>

#include "conf.h"
#include "counters.h"

struct MHD_Daemon;

#define METRICS_CLIENTS 16 /* connections at a time */

struct metrics_client {
	int fd;
	uint64_t since; /* ms: when it came, or its last request did; 0: there is none */
};

struct metrics {
	const struct conf *conf;
	struct counters *counters;
	struct MHD_Daemon *http; /* NULL: another has the port */
	int said; /* negative errno: why, as it was logged */
	uint64_t again; /* ms: when the port is asked for again */
	pthread_mutex_t clients_lock;
	struct metrics_client clients[METRICS_CLIENTS];
	int stop; /* eventfd; of the thread that writes the file, ends slow clients, asks again */
	pthread_t thread;
};

enum metrics_format {
	METRICS_OPEN, /* OpenMetrics */
	METRICS_PROMETHEUS, /* the older one, which node_exporter reads */
};

/* the text, for free(), its length in *@len; NULL if there is no memory */
char *metrics_text(struct counters *counters, enum metrics_format format,
		   size_t *len);
/* write it to @path, all or nothing; 0 or a negative errno */
int metrics_write(struct counters *counters, const char *path);

/* 0, or a negative errno; a port that another has is asked for again and again */
int metrics_start(struct metrics *metrics, const struct conf *conf,
		  struct counters *counters);
void metrics_stop(struct metrics *metrics);

#endif /* ERRD_METRICS_H */
