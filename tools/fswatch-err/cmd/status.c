// SPDX-License-Identifier: GPL-2.0-only
/* fswatch-err status: the kernel's rings, filesystems, watchers. */
#include "status.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "cmd.h"
#include "commands.h"
#include "lower.h"
#include "supervise.h"
#include "view.h"

#define STATUS_TIMEOUT 60 /* seconds, if nothing else is said */

void help_status(FILE *out)
{
	fputs("Usage:\n"
	      " fswatch-err status [options]\n\n"
	      "Show the state of each filesystem and what to do about it, then what the\n"
	      "kernel keeps of errors, and who watches.\n\n"
	      "Options:\n"
	      " -J, --json           JSON output\n"
	      " -w, --timeout <sec>  do not take longer, 60 if this is not given\n"
	      " -h, --help           display this help\n\n"
	      "For more details see fswatch-err-status(8).\n",
	      out);
}

/* -1 to go on with, or an exit code */
static int parse_options(int argc, char **argv, bool *json, uint64_t *timeout)
{
	static const struct option longopts[] = {
		{ "json", no_argument, NULL, 'J' },
		{ "timeout", required_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*json = false;
	while ((c = getopt_long(argc, argv, "Jw:h", longopts, NULL)) != -1) {
		switch (c) {
		case 'J':
			*json = true;
			break;
		case 'w':
			if (cmd_timeout(optarg, timeout))
				return cmd_try_help();
			break;
		case 'h':
			help_status(stdout);
			return CMD_OK;
		default:
			return cmd_try_help();
		}
	}
	return cmd_end_options(argc, argv);
}

void status_mount(const struct mounts *mounts,
		  const struct fserror_filesystem *fs, const char **source,
		  const char **target)
{
	*source = NULL;
	*target = NULL;
	if (FS_HAS(fs, MAJOR) && FS_HAS(fs, MINOR))
		view_mount(mounts, makedev(fs->major, fs->minor), source,
			   target);
}

static int collect(struct fserror_client *client, struct status *status)
{
	int err;

	status->version = fserror_client_version(client);
	err = fserror_client_stat(client, &status->stat);
	if (err)
		return cmd_failed(client, err);
	err = filesystems_load(&status->filesystems, client);
	if (err)
		return cmd_failed(client, err);
	status->mounts = mounts_load();
	if (!status->mounts) {
		warn("cannot look up mounts");
		return CMD_ERROR;
	}
	err = sources_find(&status->sources, status->filesystems.v,
			   status->filesystems.nr, status->sysfs);
	if (err) {
		warnx("cannot look at the disks: %s", strerror(-err));
		return CMD_ERROR;
	}
	return CMD_OK;
}

int cmd_status(int argc, char **argv)
{
	struct status status = { .sysfs = LOWER_SYSFS };
	struct fserror_client *client;
	uint64_t timeout = STATUS_TIMEOUT;
	bool json;
	int code, err;

	code = parse_options(argc, argv, &json, &timeout);
	if (code >= 0)
		return code;
	supervise_limit(timeout);
	err = fserror_client_open(&client);
	code = err ? cmd_failed(client, err) : collect(client, &status);
	if (code == CMD_OK) {
		err = json ? status_json(stdout, &status) :
			     status_text(stdout, &status);
		if (err) {
			warnx("cannot print the status: %s", strerror(-err));
			code = CMD_ERROR;
		}
	}
	mounts_free(status.mounts);
	sources_free(&status.sources);
	filesystems_free(&status.filesystems);
	fserror_stat_free(status.stat);
	fserror_client_close(client);
	return code;
}
