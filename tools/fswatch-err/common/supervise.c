// SPDX-License-Identifier: GPL-2.0-only
#include "supervise.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"

#define PATIENCE \
	2000 /* milliseconds to end in, once it is wanted, if not more is said */

/* what the child tells */
enum word_type { WORD_PATIENCE, WORD_LIMIT, WORD_INSTEAD, WORD_DONE };

struct word {
	enum word_type type;
	uint64_t value;
	const char *
		line; /* a constant, which the parent has at the same address */
};

static int to_parent = -1;

static void send_word(const struct word *word)
{
	/* that the parent is gone is no reason to stop, it has ended the child then */
	if (to_parent >= 0)
		(void)!send(to_parent, word, sizeof(*word), MSG_NOSIGNAL);
}

static void tell(enum word_type type, uint64_t value)
{
	const struct word word = { .type = type, .value = value };

	send_word(&word);
}

void supervise_patience(uint64_t seconds)
{
	tell(WORD_PATIENCE, seconds);
}

void supervise_limit(uint64_t seconds)
{
	tell(WORD_LIMIT, seconds);
}

void supervise_instead(int code, const char *line)
{
	const struct word word = { WORD_INSTEAD, code, line };

	send_word(&word);
}

void supervise_done(int code)
{
	tell(WORD_DONE, code);
}

static uint64_t now_in_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct watch {
	pid_t child;
	int words, signals;
	uint64_t patience; /* milliseconds */
	uint64_t end; /* when not to wait any more; 0: never */
	bool told; /* that it shall end */
	bool done; /* it is going to end with code */
	int code;
	const char *instead; /* to be printed with instead_code, NULL: none */
	int instead_code;
};

/* end as the child did */
static void __attribute__((noreturn)) end_like(int status)
{
	sigset_t set;
	int sig;

	if (!WIFSIGNALED(status))
		_exit(WEXITSTATUS(status));
	sig = WTERMSIG(status);
	/* one core is enough */
	prctl(PR_SET_DUMPABLE, 0);
	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	kill(getpid(), sig);
	_exit(128 + sig);
}

/* nobody may be reading: a pipe that is full would keep this process, too */
static void __attribute__((noreturn)) end_instead(const struct watch *watch)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

	if (poll(&out, 1, 0) > 0 && out.revents & POLLOUT)
		(void)!write(out.fd, watch->instead, strlen(watch->instead));
	_exit(watch->instead_code);
}

static void __attribute__((noreturn)) end_without(const struct watch *watch)
{
	kill(watch->child, SIGKILL);
	if (watch->done)
		_exit(watch->code);
	if (watch->instead)
		end_instead(watch);
	warnx("%s, and something still waits for a disk or for the reader of the output: what was printed is not all",
	      watch->told ? "interrupted" : "the time is over");
	_exit(CMD_INCOMPLETE);
}

static void hear_signal(struct watch *watch)
{
	struct signalfd_siginfo info;

	if (read(watch->signals, &info, sizeof(info)) != sizeof(info) ||
	    info.ssi_signo == SIGCHLD)
		return;
	kill(watch->child, info.ssi_signo);
	if (!watch->told && !watch->done)
		watch->end = now_in_ms() + watch->patience;
	watch->told = true;
}

static void take_word(struct watch *watch, const struct word *word)
{
	switch (word->type) {
	case WORD_PATIENCE:
		watch->patience = word->value * 1000;
		break;
	case WORD_LIMIT:
		if (!watch->told)
			watch->end = now_in_ms() + word->value * 1000 +
				     watch->patience;
		break;
	case WORD_INSTEAD:
		watch->instead = word->line;
		watch->instead_code = (int)word->value;
		break;
	case WORD_DONE:
		watch->done = true;
		watch->code = (int)word->value;
		if (!watch->told)
			watch->end = now_in_ms() + watch->patience;
		break;
	}
}

/* all that came; false: nothing more is to be heard */
static bool hear_words(struct watch *watch)
{
	struct word word;
	ssize_t len;

	while ((len = recv(watch->words, &word, sizeof(word), MSG_DONTWAIT)) ==
	       sizeof(word))
		take_word(watch, &word);
	return len < 0 && (errno == EAGAIN || errno == EINTR);
}

static int milliseconds_left(const struct watch *watch)
{
	uint64_t now = now_in_ms();

	if (!watch->end)
		return -1;
	if (now >= watch->end)
		return 0;
	return watch->end - now < INT32_MAX ? (int)(watch->end - now) :
					      INT32_MAX;
}

static void __attribute__((noreturn)) wait_for(struct watch *watch)
{
	struct pollfd fds[2] = {
		{ .fd = watch->signals, .events = POLLIN },
		{ .fd = watch->words, .events = POLLIN },
	};
	int status, nr;

	for (;;) {
		if (waitpid(watch->child, &status, WNOHANG) == watch->child)
			end_like(status);
		nr = poll(fds, 2, milliseconds_left(watch));
		if (!nr && watch->end && now_in_ms() >= watch->end)
			end_without(watch);
		/* what was told before the signal came is to be known then */
		if (fds[1].fd >= 0 && !hear_words(watch))
			fds[1].fd = -1;
		if (fds[0].revents)
			hear_signal(watch);
	}
}

/* with nohup(1) it is to go on */
static void add_unless_ignored(sigset_t *set, int sig)
{
	struct sigaction action;

	if (sigaction(sig, NULL, &action) || action.sa_handler != SIG_IGN)
		sigaddset(set, sig);
}

void supervise_start(void)
{
	struct watch watch = { .signals = -1, .patience = PATIENCE };
	const pid_t parent = getpid();
	sigset_t set, before;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return;
	sigemptyset(&set);
	add_unless_ignored(&set, SIGHUP);
	add_unless_ignored(&set, SIGINT);
	add_unless_ignored(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	/* before there is a child, else what comes in between would be lost on it */
	sigprocmask(SIG_BLOCK, &set, &before);
	watch.signals = signalfd(-1, &set, SFD_CLOEXEC);
	watch.child = watch.signals < 0 ? -1 : fork();
	if (watch.child > 0) {
		close(pair[1]);
		watch.words = pair[0];
		wait_for(&watch);
	}
	close(pair[0]);
	if (watch.signals >= 0)
		close(watch.signals);
	if (watch.child < 0) {
		close(pair[1]);
	} else {
		to_parent = pair[1];
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(CMD_ERROR);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
}
