// SPDX-License-Identifier: GPL-2.0-only
#include "cmd.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "supervise.h"
#include "text.h"

int cmd_try_help(void)
{
	fprintf(stderr, "Try '%s --help' for more information.\n",
		program_invocation_name);
	return CMD_ERROR;
}

int cmd_end_options(int argc, char **argv)
{
	if (optind >= argc)
		return -1;
	warnx("unexpected argument: '%s'", argv[optind]);
	return cmd_try_help();
}

int cmd_timeout(const char *arg, uint64_t *seconds)
{
	if (text_to_u64(arg, seconds) && *seconds && *seconds <= INT32_MAX)
		return 0;
	warnx("--timeout wants seconds, from 1 to %d, not '%s'", INT32_MAX,
	      arg);
	return -1;
}

int cmd_time_limit(const char *arg, uint64_t *seconds)
{
	if (cmd_timeout(arg, seconds))
		return -1;
	supervise_limit(*seconds);
	return 0;
}

int cmd_failed(const struct fserror_client *client, int err)
{
	warnx("%s", fserror_client_error(client));
	return err == -EPROTONOSUPPORT ? CMD_NO_FAMILY : CMD_ERROR;
}

int cmd_close_stdout(int code)
{
	int failed = ferror(stdout);

	errno = 0;
	if (fclose(stdout) || failed) {
		if (errno)
			warn("cannot write to standard output");
		else
			warnx("cannot write to standard output");
		return CMD_ERROR;
	}
	return code;
}
