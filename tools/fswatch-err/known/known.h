/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What fswatch-errd knows: the ledger of losses, of filesystems that are mounted or
 * not, also when the kernel has been started anew. No kernel is asked.
 */
#ifndef FSW_KNOWN_H
#define FSW_KNOWN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <libfserror.h>

#include "loss_view.h"

/* is --known among the options? */
bool known_wanted(int argc, char **argv);

/* the commands with --known, and ack; each returns the exit code */
int known_list(int argc, char **argv);
int known_files(int argc, char **argv);
int known_check(int argc, char **argv);
int known_ack(int argc, char **argv);

/* lines for the help of these commands, and the help of ack */
void known_help(FILE *out);
void known_help_ack(FILE *out);

/*
 * Losses of files that are not over, as records without a place on a device, and without
 * an inode what may be of any file and nobody has acknowledged: @visit gets each, with the boot that its instance number is of; what it returns, if not 0,
 * ends it. @dir: NULL for the usual place. 0, what @visit returned, or -1 after saying
 * what is wrong.
 */
int known_records(const char *dir,
		  int (*visit)(void *arg, const struct fserror_record *rec,
			       const uint8_t *boot),
		  void *arg);

/*
 * All losses, also those that are over, of the filesystem with @uuid or, if that is
 * NULL, of all: @visit gets each, as known_records() has it.
 */
int known_losses(const char *dir, const uint8_t *uuid,
		 int (*visit)(void *arg, const struct loss_view *loss),
		 void *arg);

/* telling the ledger what was restored */
struct known_restored;

/* CLOCK_REALTIME, nanoseconds */
uint64_t known_now(void);
/*
 * @dir: NULL for the usual place. What the ledger closed after @since because it was
 * written is taken for what we wrote. NULL if there is no ledger, or after saying why not.
 */
struct known_restored *known_restored_begin(const char *dir, uint64_t since);
/* bytes of the file of @rec were written back, or @zeroed; NULL is fine */
void known_restored_range(struct known_restored *restored,
			  const struct fserror_record *rec, uint64_t start,
			  uint64_t end, bool zeroed);
/* say if something could not be written down */
void known_restored_end(struct known_restored *restored);

#endif /* FSW_KNOWN_H */
