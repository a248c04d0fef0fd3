/* SPDX-License-Identifier: GPL-2.0-only */
/* Restore all that a list has, one file after the other, each told when it is done. */
#ifndef FSW_RESTORE_RUN_H
#define FSW_RESTORE_RUN_H

#include "missing.h"
#include "restore.h"
#include "restore_list.h"
#include "wanted.h"

struct restore_run {
	struct restore_how how;
	struct restore_list *list;
	struct restore_report *report;
	struct restore_written written;
	struct wanted wanted; /* by names, too */
	struct missing *missing;
	/* restore_item(), or what a test has in its place */
	int (*item)(const struct restore_how *how, struct restore_item *item);

	struct restore_part part; /* of the file at hand, if it comes in parts */
	size_t chosen; /* files and other damage */
	size_t looked; /* at so many of those of the list, chosen or not */
	bool failed; /* something was not restored */
};

/*
 * Also until a signal; restore_stop.h has it. 0 or a negative errno. The rest is set, and
 * freed, by the caller.
 */
int restore_run(struct restore_run *run);

#endif /* FSW_RESTORE_RUN_H */
