// SPDX-License-Identifier: GPL-2.0-only
/* The end of a program whose work does not end. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "supervise.h"
#include "tap.h"

static int
	ready[2]; /* the work says that it has begun, and which process it is */
static int output[2]; /* its standard output, 0: that of the test */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void begun(void)
{
	const pid_t self = getpid();

	if (write(ready[1], &self, sizeof(self)) != sizeof(self))
		abort();
}

/* no signal but SIGKILL ends it, as if it waited for a disk */
static void __attribute__((noreturn)) hang(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	begun();
	for (;;)
		pause();
}

static void ends_by_itself(void)
{
	begun();
	supervise_done(3);
	_exit(3);
}

static void dies(void)
{
	begun();
	raise(SIGPIPE);
}

static void waits(void)
{
	begun();
	pause();
}

static void ends_well(void)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	begun();
	sigwait(&set, &sig);
	_exit(5);
}

static void takes_too_long(void)
{
	supervise_limit(1);
	hang();
}

/* what reads the output wants a line, whatever happens */
static void says_instead(void)
{
	supervise_instead(3, "UNKNOWN - too late\n");
	supervise_limit(0);
	hang();
}

static void is_done(void)
{
	supervise_done(7);
	hang();
}

static void needs_patience(void)
{
	sigset_t set;
	int sig;

	supervise_patience(20);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	begun();
	sigwait(&set, &sig);
	sleep(3);
	_exit(6);
}

/* start it, send @sig when it has begun; how it ended, and the process of the work */
static int run(void (*work)(void), int sig, pid_t *worker, double *seconds)
{
	double begin;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		abort();
	if (!pid) {
		alarm(60);
		/* what is said is for people */
		if (!freopen("/dev/null", "w", stderr))
			abort();
		if (output[1] && dup2(output[1], STDOUT_FILENO) < 0)
			abort();
		supervise_start();
		work();
		_exit(99);
	}
	if (read(ready[0], worker, sizeof(*worker)) != sizeof(*worker))
		abort();
	begin = now();
	if (sig)
		kill(pid, sig);
	if (waitpid(pid, &status, 0) != pid)
		abort();
	*seconds = now() - begin;
	return status;
}

static bool is_gone(pid_t worker)
{
	int i;

	/* it is not ours: somebody else takes it */
	for (i = 0; i < 500; i++) {
		if (kill(worker, 0) && errno == ESRCH)
			return true;
		usleep(10000);
	}
	return false;
}

static void test(struct tap *tap, void (*work)(void), int sig, int want,
		 double least, double most, const char *name)
{
	double seconds;
	pid_t worker;
	int status;

	status = run(work, sig, &worker, &seconds);
	ok(tap, status == want && seconds >= least && seconds < most,
	   "%s: status %#x after %.1f s", name, status, seconds);
	ok(tap, is_gone(worker), "%s: nothing is left", name);
}

static void test_instead(struct tap *tap)
{
	char text[64] = "";
	ssize_t len;

	if (pipe2(output, O_NONBLOCK))
		abort();
	test(tap, says_instead, 0, 3 << 8, 1.5, 4, "it says something instead");
	ok(tap, read(output[0], text, sizeof(text) - 1) > 0, "it was said");
	ok_string(tap, text, "UNKNOWN - too late\n", "what it was to say");
	do
		len = write(output[1], text, sizeof(text));
	while (len > 0);
	fcntl(output[1], F_SETFL, 0);
	test(tap, says_instead, 0, 3 << 8, 1.5, 4, "nobody reads that");
}

int main(void)
{
	struct tap tap = { 0 };

	if (pipe(ready))
		abort();
	/* a shell starts what is in its background with this signal ignored */
	signal(SIGINT, SIG_DFL);
	test(&tap, ends_by_itself, 0, 3 << 8, 0, 10, "it ends by itself");
	test(&tap, dies, 0, SIGPIPE, 0, 10, "it dies of a signal");
	test(&tap, waits, SIGTERM, SIGTERM, 0, 1.9, "it is told to end");
	test(&tap, waits, SIGINT, SIGINT, 0, 1.9, "it is interrupted");
	test(&tap, ends_well, SIGTERM, 5 << 8, 0, 1.9, "it ends in order");
	test(&tap, hang, SIGTERM, 4 << 8, 1.9, 4, "a disk keeps it");
	test(&tap, hang, SIGINT, 4 << 8, 1.9, 4,
	     "a disk keeps it, interrupted");
	test(&tap, takes_too_long, 0, 4 << 8, 2.5, 6, "the time is over");
	test(&tap, is_done, 0, 7 << 8, 1.5, 4, "it is done, a thread is not");
	test(&tap, needs_patience, SIGTERM, 6 << 8, 2.9, 10, "patience");
	test(&tap, hang, SIGKILL, SIGKILL, 0, 1.9, "the one that watches dies");
	test_instead(&tap);
	return tap.failed != 0;
}
