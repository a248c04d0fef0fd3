// SPDX-License-Identifier: GPL-2.0-only
/*
 * fswatch-errd: what was lost is remembered, and somebody is told.
 *
 *	reader	the kernel's events; waits for nothing else
 *	keeper	writes the ledger
 *	hooks, logs, metrics	tell, each at its own pace
 *	main	starts them, and tells the service manager that the reader is well
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "conf.h"
#include "hooks.h"
#include "keeper.h"
#include "logs.h"
#include "metrics.h"
#include "reader.h"

#ifndef VERSION
#error "VERSION comes from the Makefile"
#endif

enum {
	EXIT_OK = 0,
	EXIT_ERROR = 1,
	EXIT_CONFIG = 2, /* or the command line */
	EXIT_KERNEL = 3, /* it has no fserror family */
};

#define READER_MS 20000 /* it is not well if it was not seen so long */
#define PULSE_MS 1000

struct errd {
	struct conf conf;
	struct counters counters;
	struct backlog backlog;
	struct fserror_client *client; /* of the keeper */
	struct reader reader;
	struct keeper keeper;
	struct logs logs;
	struct hooks hooks;
	struct metrics metrics;
	int signals;
	int said_error; /* of the reader */
};

static void help(FILE *out)
{
	fputs("Usage:\n"
	      " fswatch-errd [options]\n\n"
	      "Remember what filesystems have lost, and tell somebody. It stays in the\n"
	      "foreground.\n\n"
	      "Options:\n"
	      " -c, --config <file>   instead of " CONF_FILE "\n"
	      "     --check-config    say whether the configuration is right, and end\n"
	      " -f, --foreground      print messages, as well as logging them\n"
	      " -h, --help            display this help\n"
	      " -V, --version         display the version\n\n"
	      "For more details see fswatch-errd(8).\n",
	      out);
}

struct options {
	const char *config;
	bool check, foreground;
};

/* -1 to go on with, or an exit code */
static int parse_options(int argc, char **argv, struct options *options)
{
	static const struct option longopts[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check-config", no_argument, NULL, 'k' },
		{ "foreground", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:fhV", longopts, NULL)) != -1) {
		switch (c) {
		case 'c':
			options->config = optarg;
			break;
		case 'k':
			options->check = true;
			break;
		case 'f':
			options->foreground = true;
			break;
		case 'h':
			help(stdout);
			return EXIT_OK;
		case 'V':
			puts("fswatch-errd " VERSION);
			return EXIT_OK;
		default:
			fputs("Try 'fswatch-errd --help'.\n", stderr);
			return EXIT_CONFIG;
		}
	}
	if (optind < argc) {
		warnx("what is '%s'?", argv[optind]);
		return EXIT_CONFIG;
	}
	return -1;
}

/* the daemon's own words, which are not news */
static int fail(int code, const char *what, const char *why)
{
	syslog(LOG_ERR, "%s: %s", what, why);
	sd_notifyf(0, "STATUS=%s: %s", what, why);
	return code;
}

static int block_signals(struct errd *errd)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL))
		return -1;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	errd->signals = signalfd(-1, &set, SFD_CLOEXEC);
	return errd->signals;
}

/* an end of the reader, for main; and for systemd if it is well */
static int watch(struct errd *errd)
{
	struct pollfd fds = { .fd = errd->signals, .events = POLLIN };
	const int fatal_error = EXIT_ERROR;
	uint64_t watchdog = 0;
	int reader_error;

	sd_watchdog_enabled(0, &watchdog);
	while (poll(&fds, 1, PULSE_MS) <= 0) {
		if (atomic_load(&errd->keeper.fatal))
			return fatal_error;
		reader_error = atomic_load(&errd->counters.reader_error);
		if (reader_error != errd->said_error)
			syslog(reader_error ? LOG_ERR : LOG_NOTICE,
			       "following the events of the kernel: %s",
			       reader_error ? strerror(reader_error) :
					      "it works again");
		errd->said_error = reader_error;
		if (watchdog &&
		    counters_ms() - atomic_load(&errd->counters.reader_ms) <
			    READER_MS)
			sd_notify(0, "WATCHDOG=1");
	}
	return EXIT_OK;
}

static int open_ledger(struct errd *errd)
{
	int rc;

	umask(027);
	if (mkdir(errd->conf.ledger, 0750) && errno != EEXIST)
		return fail(EXIT_ERROR, errd->conf.ledger, strerror(errno));
	rc = keeper_open(&errd->keeper, &errd->conf, &errd->backlog,
			 &errd->counters, errd->client);
	if (rc < 0)
		return fail(EXIT_ERROR, "the ledger",
			    *ledger_error(errd->keeper.ledger) ?
				    ledger_error(errd->keeper.ledger) :
				    strerror(-rc));
	if (rc)
		syslog(LOG_CRIT,
		       "the ledger was corrupt: it was moved aside, and a new one is made");
	rc = logs_open(&errd->logs, &errd->conf);
	if (!rc)
		rc = hooks_open(&errd->hooks, &errd->conf);
	/* before the first news, so that nobody misses them */
	if (!rc)
		rc = logs_register(&errd->logs);
	if (!rc)
		rc = hooks_register(&errd->hooks);
	return rc ? fail(EXIT_ERROR, "the ledger", strerror(-rc)) : -1;
}

/* who tells; -1 to go on with, or an exit code */
static int start_tellers(struct errd *errd)
{
	int err = metrics_start(&errd->metrics, &errd->conf, &errd->counters);

	if (err)
		return fail(EXIT_ERROR, "metrics", strerror(-err));
	err = resolver_start(&errd->keeper.resolver, false);
	if (!err)
		err = logs_start(&errd->logs);
	if (!err)
		err = hooks_start(&errd->hooks);
	return err ? fail(EXIT_ERROR, "threads", strerror(-err)) : -1;
}

static int work(struct errd *errd)
{
	int code, err;

	err = reader_start(&errd->reader);
	if (err)
		return fail(EXIT_ERROR, "threads", strerror(-err));
	/* no question to the kernel lasts longer than the reader */
	fserror_client_set_wakeup(errd->client, errd->reader.stop);
	/* that the disk is full now is no reason not to listen */
	keeper_catch_up(&errd->keeper);
	err = keeper_start(&errd->keeper);
	if (err)
		return fail(EXIT_ERROR, "threads", strerror(-err));
	sd_notify(0, "READY=1\nSTATUS=Following the events of the kernel.");
	code = watch(errd);
	sd_notify(0, "STOPPING=1");
	reader_stop(&errd->reader);
	backlog_stop(&errd->backlog);
	keeper_stop(&errd->keeper);
	hooks_stop(&errd->hooks);
	logs_stop(&errd->logs);
	metrics_stop(&errd->metrics);
	resolver_stop(errd->keeper.resolver);
	return code;
}

static int run(struct errd *errd)
{
	int code, err;

	counters_init(&errd->counters);
	if (backlog_init(&errd->backlog))
		return fail(EXIT_ERROR, "start", strerror(ENOMEM));
	if (block_signals(errd) < 0)
		return fail(EXIT_ERROR, "signals", strerror(errno));
	/* what happens from here on waits in the socket */
	err = reader_open(&errd->reader, &errd->backlog, &errd->counters);
	if (err)
		return fail(err == -EPROTONOSUPPORT ? EXIT_KERNEL : EXIT_ERROR,
			    "kernel",
			    fserror_client_error(errd->reader.client));
	err = fserror_client_open(&errd->client);
	if (err)
		return fail(EXIT_ERROR, "kernel",
			    fserror_client_error(errd->client));
	code = open_ledger(errd);
	if (code < 0)
		code = start_tellers(errd);
	return code < 0 ? work(errd) : code;
}

int main(int argc, char **argv)
{
	static struct errd errd;
	struct options options = { 0 };
	char why[512];
	int code = parse_options(argc, argv, &options);

	if (code >= 0)
		return code;
	if (conf_read(&errd.conf, options.config, why, sizeof(why))) {
		fprintf(stderr, "%s\n", why);
		return EXIT_CONFIG;
	}
	if (options.check)
		return EXIT_OK;
	openlog("fswatch-errd", LOG_PID | (options.foreground ? LOG_PERROR : 0),
		LOG_DAEMON);
	/* the process ends, and all that is open with it */
	return run(&errd);
}
