// SPDX-License-Identifier: GPL-2.0-only
/* When hooks run. */
#include "hooks.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "counters.h"
#include "text.h"

#define ROUND_MS 1000
#define NEWS_NAME_MAX (NAME_MAX + 8)

int hooks_open(struct hooks *hooks, const struct conf *conf)
{
	memset(hooks, 0, sizeof(*hooks));
	hooks->conf = conf;
	hooks->stop = -1;
	hooks->settle_ms = HOOKS_SETTLE_MS;
	return ledger_open(&hooks->ledger, conf->ledger, LEDGER_CHANGE);
}

/* how the ledger calls it */
static void name_of(const struct hook *hook, char name[NEWS_NAME_MAX])
{
	snprintf(name, NEWS_NAME_MAX, "hook/%s", hook->name);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

/* the first line of what it printed, safe to print */
static char *what_it_said(struct hook *hook)
{
	hook->run.said[hook->run.len] = '\0';
	hook->run.said[strcspn(hook->run.said, "\n")] = '\0';
	return text_escape(hook->run.said);
}

static void failed(struct hook *hook, const char *how, int number)
{
	char *said = what_it_said(hook);

	hook->retry = hook->retry ? hook->retry * 2 : HOOKS_RETRY_MS;
	if (hook->retry > HOOKS_RETRY_MAX_MS)
		hook->retry = HOOKS_RETRY_MAX_MS;
	syslog(LOG_ERR, "hook %s: %s %d; again in %" PRIu64 " s%s%s",
	       hook->name, how, number, hook->retry / 1000,
	       said && *said ? ": " : "", said ? said : "");
	free(said);
	if (hook->next < counters_ms() + hook->retry)
		hook->next = counters_ms() + hook->retry;
}

static int conclude(struct hooks *hooks, struct hook *hook, int status)
{
	char name[NEWS_NAME_MAX];

	hook->next =
		hook->run.started + (uint64_t)hooks->conf->hook_interval * 1000;
	if (WIFSIGNALED(status)) {
		failed(hook,
		       hook->run.ended ? "was ended after its time, signal" :
					 "was ended by signal",
		       WTERMSIG(status));
		return 0;
	}
	if (WEXITSTATUS(status)) {
		failed(hook, "ended with", WEXITSTATUS(status));
		return 0;
	}
	hook->retry = 0;
	name_of(hook, name);
	return ledger_set_told(hooks->ledger, name, hook->run.last);
}

/* those that run: what they print, whether they are over */
static int look_at_runs(struct hooks *hooks, bool end, size_t *running)
{
	struct hook *hook;
	int status, err = 0, rc;

	*running = 0;
	for (hook = hooks->v; hook < hooks->v + hooks->nr; hook++) {
		if (!hook->run.pid)
			continue;
		hook_run_read(&hook->run);
		if (!hook_run_check(&hook->run, end, &status)) {
			++*running;
			continue;
		}
		rc = conclude(hooks, hook, status);
		if (rc)
			err = rc;
	}
	return err;
}

/* 1 if it was started, 0 if there is nothing for it, or a negative errno */
static int try_start(struct hooks *hooks, struct hook *hook)
{
	struct hook_input input;
	char name[NEWS_NAME_MAX];
	uint64_t gone;
	int64_t last;
	int rc;

	name_of(hook, name);
	rc = ledger_told(hooks->ledger, name, &last, &gone);
	if (!rc)
		rc = hook_input_make(hooks->ledger, hook->name, last, gone,
				     now_ns() - hooks->settle_ms *
							UINT64_C(1000000),
				     &input);
	if (rc <= 0)
		return rc;
	rc = hook_run_start(&hook->run, hooks->conf, hook->name, &input);
	close(input.fd);
	if (!rc)
		return 1;
	/* no process, no memory: later */
	hook->next = counters_ms() + HOOKS_RETRY_MS;
	return rc;
}

static int start_those_due(struct hooks *hooks, size_t running)
{
	struct hook *hook;
	int rc, err = 0;

	for (hook = hooks->v; hook < hooks->v + hooks->nr; hook++) {
		if (running >= (size_t)hooks->conf->hooks_at_once)
			break;
		if (hook->run.pid || !hook->there || hook->refused ||
		    counters_ms() < hook->next)
			continue;
		rc = try_start(hooks, hook);
		if (rc > 0)
			running++;
		else if (rc < 0)
			err = rc;
	}
	return err;
}

int hooks_register(struct hooks *hooks)
{
	char name[NEWS_NAME_MAX];
	uint64_t gone;
	int64_t last;
	size_t i;
	int err = 0;

	hooks_find(hooks);
	for (i = 0; !err && i < hooks->nr; i++) {
		name_of(&hooks->v[i], name);
		err = ledger_told(hooks->ledger, name, &last, &gone);
	}
	return err;
}

static void wait_a_while(struct hooks *hooks, int ms)
{
	struct pollfd fds[2 * HOOKS_MAX + 1];
	struct hook *hook;
	nfds_t nr = 0;

	fds[nr++] = (struct pollfd){ .fd = hooks->stop, .events = POLLIN };
	for (hook = hooks->v; hook < hooks->v + hooks->nr; hook++) {
		if (!hook->run.pid)
			continue;
		fds[nr++] = (struct pollfd){ .fd = hook->run.pidfd,
					     .events = POLLIN };
		/* one that prints too much is read once in a round only */
		if (hook->run.len < HOOKS_OUTPUT - 1)
			fds[nr++] = (struct pollfd){ .fd = hook->run.output,
						     .events = POLLIN };
	}
	poll(fds, nr, ms);
}

int hooks_round(struct hooks *hooks, int ms)
{
	size_t running;
	int err, rc;

	err = look_at_runs(hooks, false, &running);
	hooks_find(hooks);
	rc = start_those_due(hooks, running);
	wait_a_while(hooks, ms);
	return err ? err : rc;
}

static bool is_stopped(const struct hooks *hooks)
{
	struct pollfd stop = { .fd = hooks->stop, .events = POLLIN };

	return poll(&stop, 1, 0) > 0;
}

static void *run(void *arg)
{
	struct hooks *hooks = arg;
	struct pollfd stop = { .fd = hooks->stop, .events = POLLIN };
	size_t running;

	while (!is_stopped(hooks)) {
		/* what cannot be had from the ledger now can be had later */
		if (hooks_round(hooks, ROUND_MS))
			poll(&stop, 1, ROUND_MS);
	}
	while (look_at_runs(hooks, true, &running), running)
		poll(NULL, 0, 50);
	return NULL;
}

int hooks_start(struct hooks *hooks)
{
	hooks->stop = eventfd(0, EFD_CLOEXEC);
	if (hooks->stop < 0)
		return -errno;
	return -pthread_create(&hooks->thread, NULL, run, hooks);
}

void hooks_stop(struct hooks *hooks)
{
	const uint64_t one = 1;

	if (write(hooks->stop, &one, sizeof(one)) == sizeof(one))
		pthread_join(hooks->thread, NULL);
}

void hooks_close(struct hooks *hooks)
{
	ledger_close(hooks->ledger);
	if (hooks->stop >= 0)
		close(hooks->stop);
}
