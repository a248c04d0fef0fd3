/* SPDX-License-Identifier: GPL-2.0-only */
/* What the subcommands have in common. */
#ifndef FSW_CMD_H
#define FSW_CMD_H

#include <stdint.h>

#include <libfserror.h>

/* documented in the manual page */
enum cmd_exit {
	CMD_OK = 0,
	CMD_ERROR = 1, /* an error, or wrong usage */
	CMD_NO_FAMILY = 2, /* the running kernel has no fserror family */
	CMD_DAMAGED = 3, /* check found damage */
	CMD_INCOMPLETE = 4, /* the answer may not be whole */
};

/*
 * To end the parsing of options with: -1 to go on, or an exit code after saying
 * that there is one argument too many.
 */
int cmd_end_options(int argc, char **argv);

/*
 * The value of --timeout: seconds, at least 1. 0, or -1 after saying what is wrong. With
 * the limit the program is ended if it is still at work then.
 */
int cmd_timeout(const char *arg, uint64_t *seconds);
int cmd_time_limit(const char *arg, uint64_t *seconds);

/* say where help is to be had; returns CMD_ERROR */
int cmd_try_help(void);

/* say what a call of @client failed with; returns the exit code for it */
int cmd_failed(const struct fserror_client *client, int err);

/* write out stdout; if that fails say so and return CMD_ERROR, else @code */
int cmd_close_stdout(int code);

#endif /* FSW_CMD_H */
