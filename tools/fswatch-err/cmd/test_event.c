// SPDX-License-Identifier: GPL-2.0-only
/* fswatch-err test: send a test event, and see that it arrives. */
#include "cmd.h"
#include "commands.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "select.h"
#include "test_event.h"
#include "text.h"
#include "wakeup.h"

#define DEFAULT_TIMEOUT 10 /* seconds */

struct options {
	struct select select; /* only which filesystem */
	uint64_t timeout; /* seconds */
	bool json;
};

void help_test(FILE *out)
{
	fputs("Usage:\n"
	      " fswatch-err test [options]\n\n"
	      "Send a test event through the kernel to all that listen, and wait until it has\n"
	      "come back. It claims no damage.\n\n"
	      "Options:\n"
	      " -M, --mountpoint <dir>  the event names the filesystem that is mounted there\n"
	      " -S, --source <dev>      or the one on this device or tag\n"
	      "     --uuid <uuid>       or the one with this UUID\n"
	      " -w, --timeout <sec>     wait so long for it; default: 10\n"
	      " -J, --json              JSON output\n"
	      " -h, --help              display this help\n\n"
	      "For more details see fswatch-err-test(8).\n",
	      out);
}

/* -1 to go on with, or an exit code */
static int parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option longopts[] = {
		{ "mountpoint", required_argument, NULL, 'M' },
		{ "source", required_argument, NULL, 'S' },
		{ "uuid", required_argument, NULL, SELECT_UUID },
		{ "timeout", required_argument, NULL, 'w' },
		{ "json", no_argument, NULL, 'J' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, rc, filesystems = 0;

	opt->timeout = DEFAULT_TIMEOUT;
	while ((c = getopt_long(argc, argv, "M:m:S:w:Jh", longopts, NULL)) !=
	       -1) {
		switch (c) {
		case 'w':
			if (cmd_timeout(optarg, &opt->timeout))
				return cmd_try_help();
			continue;
		case 'J':
			opt->json = true;
			continue;
		case 'h':
			help_test(stdout);
			return CMD_OK;
		}
		rc = select_option(&opt->select, c, optarg);
		if (rc <= 0)
			return rc ? CMD_ERROR : cmd_try_help();
		filesystems++;
	}
	if (filesystems > 1) {
		warnx("a test event names one filesystem, or none");
		return cmd_try_help();
	}
	return cmd_end_options(argc, argv);
}

/* take what has arrived: 1 if the event @seq is among it, 0, or an errno */
static int look_for(struct fserror_client *client, uint64_t seq)
{
	struct fserror_event *event;
	int rc, found = 0;

	while ((rc = fserror_client_next(client, &event)) == 1) {
		if (event->type == FSERROR_EVENT_RECORD &&
		    event->record.kind == FSERROR_KIND_TEST &&
		    event->record.seq == seq)
			found = 1;
		if (event->type == FSERROR_EVENT_MISSED)
			rc = fserror_client_recover(client, event->group);
		fserror_event_free(event);
		if (rc < 0)
			break;
	}
	return rc < 0 ? rc : found;
}

/* 1 if it came, 0 if the time is over or a signal came, or an errno */
static int wait_for(struct fserror_client *client, uint64_t seq,
		    const struct wakeup *wakeup)
{
	struct pollfd fds[2] = {
		{ .fd = fserror_client_fd(client), .events = POLLIN },
		{ .fd = wakeup->fd, .events = POLLIN },
	};
	int rc;

	for (;;) {
		rc = look_for(client, seq);
		if (rc)
			return rc;
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return -errno;
		if (fds[1].revents)
			return 0;
		rc = fserror_client_pump(client);
		if (rc)
			return rc;
	}
}

void test_json(FILE *out, uint64_t seq)
{
	struct json json = { .out = out };

	json_open_object(&json, NULL);
	json_put_u64(&json, "v", 1);
	json_put_u64(&json, "seq", seq);
	json_close_object(&json);
	json_end_line(&json);
}

static int test(struct options *opt, struct fserror_client *client,
		const struct wakeup *wakeup)
{
	uint64_t seq;
	int rc;

	fserror_client_set_wakeup(client, wakeup->fd);
	rc = fserror_client_subscribe(client, NULL, 0);
	if (!rc)
		rc = fserror_client_test(client,
					 select_filesystem(&opt->select), &seq);
	if (!rc)
		rc = wait_for(client, seq, wakeup);
	if (rc == -EINTR || !rc) {
		if (wakeup_by_signal(wakeup))
			warnx("interrupted");
		else
			warnx("the test event did not come back within %" PRIu64
			      " seconds",
			      opt->timeout);
		return CMD_ERROR;
	}
	if (rc < 0)
		return cmd_failed(client, rc);
	if (opt->json)
		test_json(stdout, seq);
	else
		printf("test event %" PRIu64 " was sent, and heard\n", seq);
	return CMD_OK;
}

int cmd_test(int argc, char **argv)
{
	struct fserror_client *client;
	struct options opt = { 0 };
	struct wakeup wakeup;
	int code, err;

	code = parse_options(argc, argv, &opt);
	if (code >= 0)
		goto free_select;
	err = fserror_client_open(&client);
	if (err) {
		code = cmd_failed(client, err);
		goto close_client;
	}
	if (wakeup_open(&wakeup, opt.timeout)) {
		warn("cannot watch for signals");
		code = CMD_ERROR;
		goto close_client;
	}
	code = test(&opt, client, &wakeup);
	wakeup_close(&wakeup);
close_client:
	fserror_client_close(client);
free_select:
	select_free(&opt.select);
	return code;
}
