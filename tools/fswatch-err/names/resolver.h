/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of files, found beside the program's main work by two threads: one for
 * what is known quickly, and one for what has to be searched for. So neither a
 * long search nor a disk that does not answer holds up who asks, and a search
 * does not hold up the names that need none. What is asked during a search is
 * gathered for the next one, which then is for all of it together.
 *
 * The kernel tells what was bad before a mount while mount(2) is still under way: the
 * mount is waited for then, for some seconds.
 *
 * One thread may use a resolver. paths_resolve() does the work.
 */
#ifndef FSW_RESOLVER_H
#define FSW_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "paths.h"

struct resolver;

/* one question: a record */
struct ask {
	uint64_t id; /* as resolver_ask() gave it */
	uint64_t seq; /* of the record, 0: it has none */
	uint32_t group; /* that the number is of */
};

/* the names of one inode, for all that was asked about it together */
struct answer {
	struct fserror_record rec; /* the first record that named the inode */
	struct ask *asks;
	size_t nr_asks, room;
	const struct path_result *paths; /* PATH_PENDING: another answer comes */
	uint64_t absent; /* ms: since then its mount is waited for; 0: it is not */
};

struct answers {
	struct answers *next;
	struct answer **v;
	size_t nr;
	struct path_batch batch; /* what the paths belong to */
};

/*
 * Start the threads. Signals shall be blocked already, so that they are not
 * delivered to these. @progress: tell of a long search on a terminal. Returns 0
 * or a negative errno.
 */
int resolver_start(struct resolver **resolver, bool progress);

/*
 * End the search and the threads, and free all; NULL does nothing. A thread that a
 * disk holds up is not waited for: then its memory stays until the program ends.
 */
void resolver_stop(struct resolver *resolver);

/* a descriptor that can be read when resolver_take() has something */
int resolver_fd(const struct resolver *resolver);

/*
 * Ask for the names of @nr records, which need not stay. Record N gets the id
 * *@first + N; one for which no names are possible, or that is NULL, gets an id, but
 * no answer.
 * Returns 0 or -ENOMEM.
 */
int resolver_ask(struct resolver *resolver,
		 const struct fserror_record *const *recs, size_t nr,
		 uint64_t *first);

/*
 * All answers since the last call, the oldest first, each for answers_free(); or
 * NULL. For every id that gets an answer there is exactly one that is not
 * PATH_PENDING, and before it there may be some that are. Returns 0, or a negative
 * errno if the threads could not go on.
 */
int resolver_take(struct resolver *resolver, struct answers **answers);
void answers_free(struct answers *answers);

#endif /* FSW_RESOLVER_H */
