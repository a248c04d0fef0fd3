// SPDX-License-Identifier: GPL-2.0-only
/* One run of a hook: what it is given, its process, what it says. */
#include "hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "counters.h"
#include "words.h"

/* the JSON */

struct gathering {
	struct ledger *ledger;
	struct hook_input *input;
	uint64_t settled; /* ns: news after this may not have their names yet */
	struct json json;
};

static void add_name(char names[256], const char *name)
{
	const size_t len = strlen(name), used = strlen(names);
	const char *at = names;

	while ((at = strstr(at, name))) {
		if ((at == names || at[-1] == ' ') &&
		    (at[len] == ' ' || !at[len]))
			return;
		at += len;
	}
	if (used + len + 2 <= 256)
		snprintf(names + used, 256 - used, "%s%s", used ? " " : "",
			 name);
}

static int gather(void *arg, const struct ledger_news *news)
{
	struct gathering *gathering = arg;
	struct hook_input *input = gathering->input;
	struct words words;
	int err;

	if (news->time > gathering->settled)
		return 1;
	err = words_make(&words, gathering->ledger, news);
	if (err)
		return err;
	words_json(&gathering->json, &words, news);
	add_name(input->names, words.name);
	if (!input->count || words.priority < input->priority)
		input->priority = words.priority;
	words_free(&words);
	if (!input->count++)
		input->first = news->id;
	input->last = news->id;
	return 0;
}

int hook_input_make(struct ledger *ledger, const char *who, int64_t last,
		    uint64_t gone, uint64_t settled, struct hook_input *input)
{
	struct gathering gathering = { .ledger = ledger,
				       .input = input,
				       .settled = settled };
	struct json *json = &gathering.json;
	char host[256] = "";
	FILE *out;
	int err;

	memset(input, 0, sizeof(*input));
	input->fd = memfd_create("news", MFD_CLOEXEC);
	if (input->fd < 0)
		return -errno;
	out = fdopen(dup(input->fd), "w");
	if (!out) {
		close(input->fd);
		return -errno;
	}
	gethostname(host, sizeof(host) - 1);
	json->out = out;
	json_open_object(json, NULL);
	json_put_u64(json, "v", 1);
	json_put_bytes(json, "host", host);
	json_put_string(json, "hook", who);
	if (gone)
		json_put_u64(json, "gone", gone);
	json_open_list(json, "news");
	err = ledger_news_each(ledger, last, HOOKS_NEWS, gather, &gathering);
	json_close_list(json);
	json_close_object(json);
	json_end_line(json);
	if ((ferror(out) | fclose(out)) && err >= 0)
		err = -EIO;
	if (err >= 0 && input->count && !lseek(input->fd, 0, SEEK_SET))
		return 1;
	close(input->fd);
	return err < 0 ? err : 0;
}

/* the process */

/* after fork(): only what may be called there */
static void __attribute__((noreturn))
become_hook(const char *path, int in, int out, char *const env[])
{
	char *const argv[] = { (char *)path, NULL };
	sigset_t none;
	int sig;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	setsid();
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
	    chdir("/"))
		_exit(126);
	syscall(SYS_close_range, 3U, ~0U, 0U);
	execve(path, argv, env);
	_exit(127);
}

/* strings of the environment; each fits */
struct environment {
	char text[7][4096 + 64];
	char *v[8];
};

static void make_environment(struct environment *env, const struct conf *conf,
			     const struct hook_input *input)
{
	size_t i;

	snprintf(
		env->text[0], sizeof(env->text[0]),
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	snprintf(env->text[1], sizeof(env->text[1]), "FSERROR_COUNT=%u",
		 input->count);
	snprintf(env->text[2], sizeof(env->text[2]), "FSERROR_NEWS=%s",
		 input->names);
	snprintf(env->text[3], sizeof(env->text[3]), "FSERROR_FIRST=%" PRId64,
		 input->first);
	snprintf(env->text[4], sizeof(env->text[4]), "FSERROR_LAST=%" PRId64,
		 input->last);
	snprintf(env->text[5], sizeof(env->text[5]), "FSERROR_LEDGER=%s",
		 conf->ledger);
	snprintf(env->text[6], sizeof(env->text[6]), "FSERROR_SEVERITY=%s",
		 words_severity(input->priority));
	for (i = 0; i < 7; i++)
		env->v[i] = env->text[i];
	env->v[7] = NULL;
}

static int start(struct hook_run *run, const char *path, int in, int out,
		 char *const env[])
{
	run->pid = fork();
	if (run->pid < 0) {
		run->pid = 0;
		return -errno;
	}
	if (!run->pid)
		become_hook(path, in, out, env);
	run->pidfd = syscall(SYS_pidfd_open, run->pid, 0);
	return 0;
}

int hook_run_start(struct hook_run *run, const struct conf *conf,
		   const char *name, const struct hook_input *input)
{
	struct environment *env = malloc(sizeof(*env));
	char *path = NULL;
	int fds[2], err;

	if (!env || asprintf(&path, "%s/%s", conf->hooks, name) < 0) {
		free(env);
		return -ENOMEM;
	}
	make_environment(env, conf, input);
	memset(run, 0, sizeof(*run));
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK)) {
		err = -errno;
	} else {
		/* its own end waits */
		fcntl(fds[1], F_SETFL, 0);
		err = start(run, path, input->fd, fds[1], env->v);
		close(fds[1]);
		if (err)
			close(fds[0]);
	}
	if (!err) {
		run->output = fds[0];
		run->last = input->last;
		run->started = counters_ms();
		run->ends = run->started + conf->hook_timeout * UINT64_C(1000);
	}
	free(path);
	free(env);
	return err;
}

void hook_run_read(struct hook_run *run)
{
	char rest[4096];
	ssize_t len;
	int rounds;

	/* one that prints without end does not keep us here */
	for (rounds = 0; run->output >= 0 && rounds < 16; rounds++) {
		if (run->len < sizeof(run->said) - 1)
			len = read(run->output, run->said + run->len,
				   sizeof(run->said) - 1 - run->len);
		else
			len = read(run->output, rest, sizeof(rest));
		if (len > 0 && run->len < sizeof(run->said) - 1)
			run->len += len;
		if (len < 0 && errno != EINTR)
			return;
		if (!len) {
			close(run->output);
			run->output = -1;
		}
	}
}

/* with all that it has started in its session's first group */
static void end(struct hook_run *run, int sig)
{
	kill(-run->pid, sig);
	run->ended = true;
	run->ends = counters_ms() + HOOKS_KILL_MS;
}

bool hook_run_check(struct hook_run *run, bool now, int *status)
{
	*status = 127 << 8;
	if (waitpid(run->pid, status, WNOHANG) == 0) {
		if (now && !run->ended)
			end(run, SIGTERM);
		else if (counters_ms() >= run->ends)
			end(run, run->ended ? SIGKILL : SIGTERM);
		return false;
	}
	hook_run_read(run);
	/* nothing of it stays behind */
	kill(-run->pid, SIGKILL);
	if (run->ended)
		*status = SIGTERM;
	if (run->pidfd >= 0)
		close(run->pidfd);
	if (run->output >= 0)
		close(run->output);
	run->pid = 0;
	return true;
}
