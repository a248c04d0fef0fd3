// SPDX-License-Identifier: GPL-2.0-only
/* Run the job and carry its input and output between it and the runner. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"
#include "proto.h"

#define CONF_MAX 65536
#define WORDS_MAX 128

/* Where the job's end of everything is. */
struct pipes {
	int in; /* write here for the job to read */
	int out; /* read here what the job wrote */
	int err; /* the same for stderr, or -1 when merged */
	int tty; /* the master of the job's terminal, or -1 */
};

/* Frames from the runner that have come in only in part, and input to pass on. */
struct input {
	unsigned char frame[VM_FRAME_HEADER + VM_FRAME_MAX];
	size_t have;
	unsigned char pending[VM_FRAME_MAX];
	size_t pending_len;
	bool eof;
};

/* /job.conf: "name=value" records, each ended by a NUL byte. */
int job_read(const char *path, struct job *job)
{
	static char conf[CONF_MAX];
	static char *argv[WORDS_MAX + 1], *env[WORDS_MAX + 1];
	size_t argc = 0, envc = 0;
	char *at, *end;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, conf, sizeof(conf) - 1);
	if (n < 0) {
		complain("%s: %s", path, strerror(errno));
		return -1;
	}
	close(fd);
	job->cwd = "/";
	for (at = conf, end = conf + n; at < end; at += strlen(at) + 1) {
		if (!strncmp(at, "arg=", 4) && argc < WORDS_MAX)
			argv[argc++] = at + 4;
		else if (!strncmp(at, "env=", 4) && envc < WORDS_MAX)
			env[envc++] = at + 4;
		else if (!strncmp(at, "cwd=", 4))
			job->cwd = at + 4;
		else if (!strcmp(at, "tty=1"))
			job->tty = true;
		else if (!strcmp(at, "merge=1"))
			job->merge = true;
		else if (!strcmp(at, "leak_check=1"))
			job->leak_check = true;
		else if (!strcmp(at, "probe=1"))
			job->probe = true;
		else if (sscanf(at, "winsize=%hu %hu", &job->rows,
				&job->cols) == 2)
			continue;
		else
			complain("%s: what is \"%s\"?", path, at);
	}
	job->argv = argv;
	job->env = env;
	if (!argc && !job->probe) {
		complain("%s names no job", path);
		return -1;
	}
	return 0;
}

static void set_winsize(int tty, unsigned short rows, unsigned short cols)
{
	struct winsize ws = { .ws_row = rows, .ws_col = cols };

	if (tty >= 0 && rows && cols)
		ioctl(tty, TIOCSWINSZ, &ws);
}

static void __attribute__((noreturn)) exec_job(const struct job *job)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (chdir(job->cwd)) {
		dprintf(STDERR_FILENO, "cannot change to %s in the VM: %s\n",
			job->cwd, strerror(errno));
		if (chdir("/"))
			_exit(126);
	}
	signal(SIGPIPE, SIG_DFL);
	environ = job->env;
	execvp(job->argv[0], job->argv);
	dprintf(STDERR_FILENO, "cannot run %s in the VM: %s\n", job->argv[0],
		strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static pid_t start_on_tty(const struct job *job, struct pipes *p)
{
	char name[64];
	int slave, unlock = 0, number;
	pid_t pid;

	p->tty = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (p->tty < 0 || ioctl(p->tty, TIOCSPTLCK, &unlock) ||
	    ioctl(p->tty, TIOCGPTN, &number)) {
		complain("no terminal: %s", strerror(errno));
		return -1;
	}
	set_winsize(p->tty, job->rows, job->cols);
	snprintf(name, sizeof(name), "/dev/pts/%d", number);
	p->in = p->tty;
	p->out = p->tty;
	p->err = -1;
	pid = fork();
	if (pid)
		return pid;
	setsid();
	slave = open(name, O_RDWR);
	if (slave < 0 || ioctl(slave, TIOCSCTTY, 0))
		_exit(126);
	dup2(slave, STDIN_FILENO);
	dup2(slave, STDOUT_FILENO);
	dup2(slave, STDERR_FILENO);
	if (slave > STDERR_FILENO)
		close(slave);
	exec_job(job);
}

static pid_t start_on_pipes(const struct job *job, struct pipes *p)
{
	int in[2], out[2], err[2] = { -1, -1 };
	pid_t pid;

	p->tty = -1;
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) ||
	    (!job->merge && pipe2(err, O_CLOEXEC))) {
		complain("pipe: %s", strerror(errno));
		return -1;
	}
	pid = fork();
	if (!pid) {
		setsid();
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(job->merge ? out[1] : err[1], STDERR_FILENO);
		exec_job(job);
	}
	close(in[0]);
	close(out[1]);
	if (!job->merge)
		close(err[1]);
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	if (!job->merge)
		fcntl(err[0], F_SETFL, O_NONBLOCK);
	p->in = in[1];
	p->out = out[0];
	p->err = err[0];
	return pid;
}

/* Pass on what can be read from *fd now; close it when there will be no more. */
static void pass_output(int *fd, int port, char type)
{
	char data[8192];

	while (*fd >= 0) {
		ssize_t n = read(*fd, data, sizeof(data));

		if (n > 0) {
			channel_send(port, type, data, (size_t)n);
			continue;
		}
		/* EIO: nobody has the terminal open any more */
		if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
			close(*fd);
			*fd = -1;
		}
		return;
	}
}

static void pass_input(struct pipes *p, struct input *input)
{
	if (p->in >= 0 && input->pending_len) {
		ssize_t n = write(p->in, input->pending, input->pending_len);
		if (n > 0) {
			input->pending_len -= (size_t)n;
			memmove(input->pending, input->pending + n,
				input->pending_len);
		} else if (errno != EAGAIN && errno != EINTR) {
			input->pending_len = 0;
			input->eof = true;
		}
	}
	if (input->eof && !input->pending_len && p->in >= 0 && p->tty < 0) {
		close(p->in);
		p->in = -1;
	}
}

static void take_frame(char type, const unsigned char *data, size_t len,
		       struct pipes *p, struct input *input)
{
	char text[64];
	unsigned short rows, cols;

	switch (type) {
	case VM_FRAME_STDIN:
		if (!len) {
			input->eof = true;
		} else {
			memcpy(input->pending, data, len);
			input->pending_len = len;
		}
		pass_input(p, input);
		break;
	case VM_FRAME_WINSIZE:
		snprintf(text, sizeof(text), "%.*s", (int)len,
			 (const char *)data);
		if (sscanf(text, "%hu %hu", &rows, &cols) == 2)
			set_winsize(p->tty, rows, cols);
		break;
	case VM_FRAME_TRACE:
		health_trace();
		break;
	default:
		complain("the runner sent a frame of type %d", type);
	}
}

/* Take every whole frame that is in the buffer, as long as input can be passed on. */
static void take_frames(struct pipes *p, struct input *input)
{
	while (!input->pending_len && input->have >= VM_FRAME_HEADER) {
		const unsigned char *h = input->frame;
		size_t len = h[1] | (size_t)h[2] << 8 | (size_t)h[3] << 16 |
			     (size_t)h[4] << 24;
		size_t whole = VM_FRAME_HEADER + len;

		if (len > VM_FRAME_MAX) {
			complain("the runner sent a frame of %zu bytes", len);
			input->have = 0;
			return;
		}
		if (input->have < whole)
			return;
		take_frame((char)h[0], h + VM_FRAME_HEADER, len, p, input);
		input->have -= whole;
		memmove(input->frame, input->frame + whole, input->have);
	}
}

static void read_port(int port, struct pipes *p, struct input *input)
{
	ssize_t n = read(port, input->frame + input->have,
			 sizeof(input->frame) - input->have);

	if (n <= 0)
		return;
	input->have += (size_t)n;
	take_frames(p, input);
}

/* Take the dead; true and the job's status if it is among them. */
static bool reap(pid_t job, int *status)
{
	bool done = false;
	int wstatus;
	pid_t pid;

	while ((pid = waitpid(-1, &wstatus, WNOHANG)) > 0) {
		if (pid != job)
			continue;
		done = true;
		*status = WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) :
					       128 + WTERMSIG(wstatus);
	}
	return done;
}

int job_run(struct job *job, int port)
{
	static struct input input;
	struct signalfd_siginfo si;
	struct pipes p = { .in = -1, .out = -1, .err = -1, .tty = -1 };
	sigset_t mask;
	int sigfd, status = 0;
	bool done = false;
	pid_t pid;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	sigfd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (sigfd < 0) {
		complain("signalfd: %s", strerror(errno));
		return -1;
	}

	pid = job->tty ? start_on_tty(job, &p) : start_on_pipes(job, &p);
	if (pid < 0) {
		complain("cannot start the job: %s", strerror(errno));
		return -1;
	}
	/*
	 * The job is over when its first process is: what it leaves running in
	 * the background may keep the pipes open for ever.
	 */
	while (!done) {
		struct pollfd fds[] = {
			{ .fd = sigfd, .events = POLLIN },
			{ .fd = input.pending_len ? -1 : port,
			  .events = POLLIN },
			{ .fd = p.out, .events = POLLIN },
			{ .fd = p.err, .events = POLLIN },
			{ .fd = input.pending_len ? p.in : -1,
			  .events = POLLOUT },
		};

		if (poll(fds, sizeof(fds) / sizeof(fds[0]), -1) < 0 &&
		    errno != EINTR) {
			complain("poll: %s", strerror(errno));
			return -1;
		}
		if (fds[4].revents) {
			pass_input(&p, &input);
			take_frames(&p, &input);
		}
		if (fds[1].revents & POLLIN)
			read_port(port, &p, &input);
		if (fds[3].revents)
			pass_output(&p.err, port, VM_FRAME_STDERR);
		if (fds[2].revents)
			pass_output(&p.out, port, VM_FRAME_STDOUT);
		if (fds[0].revents) {
			while (read(sigfd, &si, sizeof(si)) > 0)
				;
			done = reap(pid, &status);
		}
	}
	pass_output(&p.err, port, VM_FRAME_STDERR);
	pass_output(&p.out, port, VM_FRAME_STDOUT);
	return status;
}
