/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the options that choose have in common. */
#ifndef FSW_SELECTING_H
#define FSW_SELECTING_H

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "messages.h"
#include "proof.h"
#include "scratch.h"
#include "select.h"

static inline void take(struct select *select, int c, const char *arg)
{
	if (select_option(select, c, arg) != 1)
		abort();
}

static inline void run(const char *command)
{
	must(!system(command), command);
}

static inline dev_t device_of(const char *name)
{
	struct stat st;

	must(!stat(name, &st), name);
	return S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev;
}

static inline struct fserror_record record_on(dev_t dev)
{
	struct fserror_record rec = record_data_lost(1);

	rec.major = major(dev);
	rec.minor = minor(dev);
	return rec;
}

/*
 * Is what is on @dev chosen? *@seen: all that the option means can be looked at.
 */
static inline bool option_has(int option, const char *arg, dev_t dev,
			      bool *seen)
{
	struct fserror_record rec = record_on(dev);
	const struct select_stack *stack;
	struct select select = { 0 };
	bool has;

	take(&select, option, arg);
	has = select_record(&select, &rec);
	stack = select.stacks.v;
	*seen = !select.unseen.nr && (!select.stacks.nr || stack->found);
	select_free(&select);
	return has;
}

/* how many reasons there are that an all-clear is none; the first is @text */
static inline size_t reasons(struct select *select,
			     const struct filesystems *list, bool clear,
			     char text[256])
{
	struct proof proof = { 0 };
	size_t nr;

	must(!proof_make(&proof, select, list, clear), "proof");
	nr = proof.nr;
	snprintf(text, 256, "%s", nr ? proof.missing[0] : "");
	proof_free(&proof);
	select_free(select);
	return nr;
}

#endif /* FSW_SELECTING_H */
