// SPDX-License-Identifier: GPL-2.0-only
/*
 * fswatch-err: which files, and which bytes of them, were lost.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "commands.h"
#include "known.h"
#include "supervise.h"

#ifndef VERSION
#error "VERSION comes from the Makefile"
#endif

struct command {
	const char *name;
	const char *title; /* for the messages of getopt_long() */
	const char *summary;
	int (*run)(int argc, char **argv);
	void (*help)(FILE *out);
};

static const struct command commands[] = {
	{ "monitor", "fswatch-err monitor",
	  "print what is damaged already, then what happens", cmd_monitor,
	  help_monitor },
	{ "log", "fswatch-err log",
	  "print the events that the kernel still has", cmd_log, help_log },
	{ "list", "fswatch-err list", "list what is damaged now", cmd_list,
	  help_list },
	{ "files", "fswatch-err files",
	  "print the names of damaged files for backup programs", cmd_files,
	  help_files },
	{ "check", "fswatch-err check",
	  "say whether anything is damaged, for scripts", cmd_check,
	  help_check },
	{ "scan", "fswatch-err scan",
	  "read what is in use, so that what is bad is found", cmd_scan,
	  help_scan },
	{ "restore", "fswatch-err restore",
	  "write damaged bytes back from a copy", cmd_restore, help_restore },
	{ "status", "fswatch-err status",
	  "show the state of each filesystem, and what to do", cmd_status,
	  help_status },
	{ "report", "fswatch-err report", "write a page for people, in HTML",
	  cmd_report, help_report },
	{ "ack", "fswatch-err ack",
	  "acknowledge losses that fswatch-errd knows", known_ack,
	  known_help_ack },
	{ "test", "fswatch-err test",
	  "send a test event, to prove that watchers hear", cmd_test,
	  help_test },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help(FILE *out)
{
	size_t i;

	fputs("Usage:\n"
	      " fswatch-err [options]\n"
	      " fswatch-err <command> [options]\n\n"
	      "Tell which files, and which bytes of them, were lost.\n\n"
	      "Commands:\n",
	      out);
	for (i = 0; i < NR_COMMANDS; i++)
		fprintf(out, " %-15s%s\n", commands[i].name,
			commands[i].summary);
	fputs(" help [command] print this help, or that of a command\n\n"
	      "Options:\n"
	      " -h, --help     display this help\n"
	      " -V, --version  display version\n\n"
	      "For more details see fswatch-err(8).\n",
	      out);
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < NR_COMMANDS; i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

static int run_help(int argc, char **argv)
{
	const struct command *command;

	if (argc > 2) {
		warnx("unexpected argument: '%s'", argv[2]);
		return cmd_try_help();
	}
	if (argc == 2) {
		command = find_command(argv[1]);
		if (!command) {
			warnx("unknown command: '%s'", argv[1]);
			return cmd_try_help();
		}
		command->help(stdout);
	} else {
		help(stdout);
	}
	return CMD_OK;
}

static int run(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		warnx("no command given");
		return cmd_try_help();
	}
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help") ||
	    !strcmp(argv[1], "help"))
		return run_help(argc - 1, argv + 1);
	if (!strcmp(argv[1], "-V") || !strcmp(argv[1], "--version")) {
		if (argc > 2) {
			warnx("unexpected argument: '%s'", argv[2]);
			return cmd_try_help();
		}
		puts("fswatch-err " VERSION);
		return CMD_OK;
	}
	if (argv[1][0] == '-') {
		warnx("unrecognized option '%s'", argv[1]);
		return cmd_try_help();
	}
	command = find_command(argv[1]);
	if (!command) {
		warnx("unknown command: '%s'", argv[1]);
		return cmd_try_help();
	}
	argv[1] = (char *)command->title;
	program_invocation_name = argv[1]; /* for cmd_try_help() */
	return command->run(argc - 1, argv + 1);
}

/*
 * A descriptor below 3 that is closed would be given to the netlink socket,
 * and our output would go there. Standard output becomes one that cannot be
 * written to, so that the loss of output is noticed.
 */
static void fill_standard_descriptors(void)
{
	int fd;

	for (fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		if (open("/dev/null", fd == 1 ? O_RDONLY : O_RDWR) != fd)
			_exit(CMD_ERROR);
	}
}

int main(int argc, char **argv)
{
	int code;

	program_invocation_name = "fswatch-err";
	fill_standard_descriptors();
	setlocale(LC_ALL, "");
	/* we have no translations, and those of errors are for nobody's script */
	setlocale(LC_MESSAGES, "C");
	supervise_start();
	code = cmd_close_stdout(run(argc, argv));
	supervise_done(code);
	return code;
}
