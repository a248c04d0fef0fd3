/* SPDX-License-Identifier: GPL-2.0-only */
/* The subcommands. */
#ifndef FSW_COMMANDS_H
#define FSW_COMMANDS_H

#include <stdio.h>

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
int cmd_scan(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_test(int argc, char **argv);

/* print the help of each */
void help_monitor(FILE *out);
void help_log(FILE *out);
void help_list(FILE *out);
void help_files(FILE *out);
void help_check(FILE *out);
void help_restore(FILE *out);
void help_scan(FILE *out);
void help_status(FILE *out);
void help_report(FILE *out);
void help_test(FILE *out);

#endif /* FSW_COMMANDS_H */
