/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is damaged now, as the kernel lists it: record by record, chosen by a select,
 * with what the list says of itself.
 */
#ifndef FSW_DUMP_H
#define FSW_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libfserror.h>

#include "select.h"

/* how far the list is to be trusted; of the filesystems that are chosen */
struct dump_state {
	uint64_t as_of; /* events of the group damage up to this are contained */
	uint64_t records; /* that were chosen */
	size_t cut; /* filesystems whose list did not come to its end */
	size_t pending; /* with changes that nobody has looked at yet */
	size_t busy; /* whose owners could not be looked up */
	size_t silent; /* devices that did not say what is bad */
	size_t unknown; /* ranges that may be bad or not */
};

/*
 * Ask, and give each record that wanted_record() chooses to @record, whose result,
 * if not 0, ends it and is returned. Else returns 0, or a negative errno after saying
 * what is wrong; -EINTR, if the client was woken, is not said.
 */
int dump_each(struct fserror_client *client, struct select *select,
	      struct dump_state *state,
	      int (*record)(void *arg, const struct fserror_record *rec),
	      void *arg);

/* is the list all that there is to say? */
bool dump_complete(const struct dump_state *state);

/* say on stderr why it is not */
void dump_say_missing(const struct dump_state *state);

#endif /* FSW_DUMP_H */
