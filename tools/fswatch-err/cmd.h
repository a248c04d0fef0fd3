/* SPDX-License-Identifier: GPL-2.0-only */
/* The subcommands, and what they have in common. */
#ifndef FSW_CMD_H
#define FSW_CMD_H

#include <stdio.h>

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
 * Each gets its own name and options as argv, with argv[0] fit for messages,
 * and returns the exit code.
 */
int cmd_monitor(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_files(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_restore(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_test(int argc, char **argv);

/* print the help of each */
void help_monitor(FILE *out);
void help_log(FILE *out);
void help_list(FILE *out);
void help_files(FILE *out);
void help_check(FILE *out);
void help_restore(FILE *out);
void help_status(FILE *out);
void help_test(FILE *out);

/*
 * To end the parsing of options with: -1 to go on, or an exit code after saying
 * that there is one argument too many.
 */
int cmd_end_options(int argc, char **argv);

/* seconds, at least 1, as the value of @option; -1 after saying what is wrong */
int cmd_seconds(const char *option, const char *arg, uint64_t *seconds);

/* say where help is to be had; returns CMD_ERROR */
int cmd_try_help(void);

/* say what a call of @client failed with; returns the exit code for it */
int cmd_failed(const struct fserror_client *client, int err);

/* write out stdout; if that fails say so and return CMD_ERROR, else @code */
int cmd_close_stdout(int code);

#endif /* FSW_CMD_H */
