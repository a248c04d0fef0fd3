// SPDX-License-Identifier: GPL-2.0-only
/*
 * fserror-follow: follow the watcher's protocol, and say what is known in the end.
 *
 *	fserror-follow [options]	until SIGTERM or SIGINT
 *	fserror-follow --dump		ask damage-get (ranges) once
 *	fserror-follow --instances	the filesystems: "instance major:minor type sb-id"
 *
 *	--delay-ms MS	sleep so long after each event
 *	--rcvbuf BYTES	size of the kernel's buffer
 *	--filter-fs MAJOR:MINOR		only this filesystem (may be given again)
 *	--kinds WORD[,WORD...]		only these kinds; lists have all of them
 *	--causes WORD[,WORD...]		only these causes
 *	--no-state	print neither state nor cause: only which bytes are known
 *	--ready		print "ready" when it listens and knows what was before
 *	--verbose	say on standard error what was missed and lost
 *
 * With SIGUSR1 it waits until nothing has come for 300 ms and nothing is missing, prints
 * what it knows and a line "end", and goes on; with SIGTERM and SIGINT it does the same
 * and ends. What it knows is one line for each range, sorted: "instance major:minor pos
 * len state cause layer", in bytes; what is not known is "-". The state is bad, unknown,
 * content-unknown or degraded. Ranges that touch and are the same are one. At its end
 * it says on standard error how much was missed, and how often damage-get was asked.
 * Who starts it and signals at once blocks SIGUSR1 before: a mask is inherited.
 *
 * Exit status 0, 1 if something failed, 2 if the list was not complete ten times, 3 if
 * a number came twice or in the wrong order.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <libfserror.h>
#include <libfserror_known.h>

#define FS_MAX 32
#define QUIET_MS 300
#define LIST_TRIES 10
#define LIST_PAUSE_MS 200

static struct fserror_client *client;
static struct fserror_known *known;
static bool no_state, verbose;
static bool relist; /* the damage has to be listed again */
static unsigned int slow_ms;
static struct fserror_fs_id fs[FS_MAX];
static struct fserror_filter filter = { .fs = fs };
static unsigned long long events, missed, lost, lists, last;

static void must(int rc)
{
	if (rc < 0)
		errx(1, "%s", fserror_client_error(client));
}

static void sleep_ms(unsigned int ms)
{
	const struct timespec time = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&time, NULL);
}

/* whose it is, and how exactly it is told, is another question than what is bad */
static const char *state_of(const struct fserror_known_range *range)
{
	switch (range->state) {
	case FSERROR_KNOWN_UNRESOLVED:
	case FSERROR_KNOWN_COARSE:
		return fserror_known_state_name(FSERROR_KNOWN_BAD);
	default:
		return fserror_known_state_name(range->state);
	}
}

struct line {
	struct fserror_known_range range;
	bool any;
};

static void print_line(const struct fserror_known_range *range)
{
	char word[FSERROR_WORD_MAX];

	printf("%" PRIu64 " %u:%u %" PRIu64 " %" PRIu64, range->instance,
	       range->major, range->minor, range->offset, range->length);
	if (!no_state)
		printf(" %s %s", state_of(range),
		       range->cause ? fserror_cause_name(range->cause, word) :
				      "-");
	printf(" %s\n", range->layer[0] ? range->layer : "-");
}

static bool joins(const struct fserror_known_range *before,
		  const struct fserror_known_range *range)
{
	if (range->layer[0] || before->layer[0] ||
	    range->instance != before->instance ||
	    range->major != before->major || range->minor != before->minor ||
	    range->offset != before->offset + before->length)
		return false;
	return no_state || (state_of(range) == state_of(before) &&
			    range->cause == before->cause);
}

static int print_range(void *arg, const struct fserror_known_range *range)
{
	struct line *line = arg;

	if (line->any && joins(&line->range, range)) {
		line->range.length += range->length;
		return 0;
	}
	if (line->any)
		print_line(&line->range);
	line->any = true;
	line->range = *range;
	return 0;
}

static void print_known(void)
{
	struct line line = { .any = false };

	fserror_known_each(known, print_range, &line);
	if (line.any)
		print_line(&line.range);
	puts("end");
	fflush(stdout);
}

/* 0, or 1 if a filesystem was not complete */
static int list(void)
{
	size_t i;
	int rc;

	lists++;
	if (!filter.nr_fs) {
		rc = fserror_known_list(known, client);
		must(rc);
		return rc;
	}
	/* of others there are no events, so they are not to be known */
	fserror_known_list_begin(known);
	for (i = 0; i < filter.nr_fs; i++) {
		rc = fserror_damage_each(client, &filter.fs[i],
					 FSERROR_DAMAGE_RANGES,
					 fserror_known_visitor(), known);
		if (rc != -ENODEV)
			must(rc);
	}
	return fserror_known_list_end(known, true);
}

static void list_until_complete(void)
{
	int tries;

	relist = false;
	for (tries = 1; list(); tries++) {
		if (tries == LIST_TRIES)
			errx(2, "the list was not complete %d times", tries);
		sleep_ms(LIST_PAUSE_MS);
	}
}

static void handle(const struct fserror_event *event)
{
	int rc;

	switch (event->type) {
	case FSERROR_EVENT_RECORD:
		if (event->record.seq <= last)
			errx(3, "event %" PRIu64 " after %llu",
			     event->record.seq, last);
		last = event->record.seq;
		events++;
		rc = fserror_known_apply(known, &event->record);
		if (rc < 0)
			errx(1, "%s", strerror(-rc));
		relist |= rc == 1;
		return;
	case FSERROR_EVENT_MISSED:
		missed++;
		if (verbose)
			warnx("missed after %" PRIu64 "%s",
			      fserror_client_last_seq(client, event->group),
			      event->overrun ? ": overrun" : ": a hole");
		must(fserror_client_recover(client, event->group));
		return;
	case FSERROR_EVENT_LOST:
		if (verbose)
			warnx("lost %" PRIu64 " to %" PRIu64, event->first,
			      event->last);
		lost += event->last - event->first + 1;
		last = event->last;
		relist = true;
		return;
	case FSERROR_EVENT_RECOVERED:
		return;
	}
}

/* all that has arrived; was there something? */
static bool take(void)
{
	struct fserror_event *event;
	bool any = false;
	int rc;

	must(fserror_client_pump(client));
	while ((rc = fserror_client_next(client, &event)) == 1) {
		any = true;
		handle(event);
		fserror_event_free(event);
		if (slow_ms)
			sleep_ms(slow_ms);
	}
	must(rc);
	/* once for all holes */
	if (relist)
		list_until_complete();
	return any;
}

static void settle(void)
{
	struct pollfd pfd = { .events = POLLIN };

	slow_ms = 0;
	do {
		while (take())
			;
		pfd.fd = fserror_client_fd(client);
	} while (poll(&pfd, 1, QUIET_MS) > 0);
}

/* until a signal says that it is enough */
static void follow(int signals)
{
	struct signalfd_siginfo info;
	const unsigned int slow = slow_ms;
	struct pollfd fds[2] = { { .fd = signals, .events = POLLIN } };

	for (;;) {
		take();
		fds[1] = (struct pollfd){ .fd = fserror_client_fd(client),
					  .events = POLLIN };
		if (poll(fds, 2, fds[1].fd < 0 ? 0 : -1) < 0 && errno != EINTR)
			err(1, "poll");
		if (!fds[0].revents)
			continue;
		if (read(signals, &info, sizeof(info)) != sizeof(info))
			err(1, "signalfd");
		settle();
		print_known();
		slow_ms = slow;
		if (info.ssi_signo != SIGUSR1)
			return;
	}
}

static int print_instance(void *arg, const struct fserror_filesystem *found)
{
	(void)arg;
	printf("%" PRIu64 " %u:%u %s %s\n", found->instance, found->major,
	       found->minor, found->fstype[0] ? found->fstype : "-",
	       found->sb_id[0] ? found->sb_id : "-");
	return 0;
}

static uint32_t words(const char *list, int (*number)(const char *word))
{
	char *copy = strdup(list), *word, *rest = copy;
	uint32_t bits = 0;
	int nr;

	while ((word = strsep(&rest, ","))) {
		nr = number(word);
		if (nr < 0)
			errx(1, "unknown word: '%s'", word);
		bits |= UINT32_C(1) << nr;
	}
	free(copy);
	return bits;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "dump", no_argument, NULL, 'd' },
		{ "instances", no_argument, NULL, 'i' },
		{ "delay-ms", required_argument, NULL, 's' },
		{ "ready", no_argument, NULL, 'r' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "rcvbuf", required_argument, NULL, 'b' },
		{ "filter-fs", required_argument, NULL, 'f' },
		{ "kinds", required_argument, NULL, 'k' },
		{ "causes", required_argument, NULL, 'c' },
		{ "no-state", no_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	int c, signals, buffer = 0;
	bool dump = false, instances = false, ready = false;
	sigset_t set;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'd':
			dump = true;
			break;
		case 'i':
			instances = true;
			break;
		case 'r':
			ready = true;
			break;
		case 'v':
			verbose = true;
			break;
		case 's':
			slow_ms = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'b':
			buffer = atoi(optarg);
			break;
		case 'f':
			if (filter.nr_fs == FS_MAX ||
			    sscanf(optarg, "%u:%u", &fs[filter.nr_fs].major,
				   &fs[filter.nr_fs].minor) != 2)
				errx(1, "--filter-fs: '%s'", optarg);
			fs[filter.nr_fs++].has_dev = true;
			break;
		case 'k':
			filter.kinds = words(optarg, fserror_kind_from_name);
			break;
		case 'c':
			filter.causes = words(optarg, fserror_cause_from_name);
			break;
		case 'n':
			no_state = true;
			break;
		default:
			return 1;
		}
	}
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	known = fserror_known_new();
	if (signals < 0 || !known)
		err(1, "cannot start");
	must(fserror_client_open(&client));
	if (instances) {
		must(fserror_filesystems_each(client, print_instance, NULL));
		return 0;
	}
	if (dump) {
		list_until_complete();
		print_known();
		return 0;
	}
	if (buffer)
		fserror_client_set_buffer(client, buffer);
	must(fserror_client_subscribe(client, &filter, 0));
	list_until_complete();
	if (ready) {
		puts("ready");
		fflush(stdout);
	}
	follow(signals);
	warnx("%llu events, %llu times missed, %llu lost, %llu lists", events,
	      missed, lost, lists);
	fserror_known_free(known);
	fserror_client_close(client);
	return 0;
}
