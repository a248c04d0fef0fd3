// SPDX-License-Identifier: GPL-2.0-only
/*
 * Process 1 of the test VM.
 *
 * It makes a root directory out of the host's (read-only, over 9p) and a few
 * tmpfs, runs the one job that the runner has put into /job.conf, passes the
 * job's output and its exit status to the runner over a virtio port, and looks
 * for complaints of the kernel when the job is done. The console is never part
 * of the verdict.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/ioctl.h>
#include <net/if.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"
#include "proto.h"

/* Say something on the console, which the runner shows when a VM dies. */
void complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	dprintf(STDERR_FILENO, "init: ");
	vdprintf(STDERR_FILENO, fmt, ap);
	dprintf(STDERR_FILENO, "\n");
	va_end(ap);
}

int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = write_all(fd, text, strlen(text));
	close(fd);
	return err;
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo",
			     .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		complain("cannot bring up the loopback interface: %s",
			 strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* End everything the job has left behind. */
static void kill_leftovers(void)
{
	int i;

	kill(-1, SIGTERM);
	kill(-1, SIGCONT);
	for (i = 0; i < 20; i++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
			return;
		usleep(50000);
	}
	kill(-1, SIGKILL);
	for (i = 0; i < 40; i++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
			return;
		usleep(50000);
	}
}

static void __attribute__((noreturn)) power_off(void)
{
	sync();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

int main(void)
{
	struct job job = { 0 };
	int port, status;

	if (getpid() != 1) {
		fprintf(stderr,
			"this is the init of the test VM; it runs as process 1 only\n");
		return 1;
	}

	if (root_mount_early())
		power_off();
	port = channel_open(VM_JOB_PORT);
	if (port < 0) {
		complain("no virtio port %s: %s", VM_JOB_PORT, strerror(-port));
		power_off();
	}
	channel_send(port, VM_FRAME_READY, NULL, 0);

	if (job_read("/job.conf", &job))
		power_off();
	if (job.probe) {
		channel_text(port, VM_FRAME_EXIT, "0");
		power_off();
	}
	if (root_switch())
		power_off();
	if (sethostname("fserror-vm", strlen("fserror-vm")))
		complain("sethostname: %s", strerror(errno));
	loopback_up();
	/*
	 * HRTICK, a timer of the scheduler's own, triples the interrupts, and TCG
	 * has to emulate each of them. A kernel that has none refuses the word.
	 */
	write_file("/sys/kernel/debug/sched/features", "NO_HRTICK");

	health_start(job.leak_check);
	status = job_run(&job, port);
	if (status < 0)
		power_off();
	kill_leftovers();
	root_umount_job();
	health_report(port, job.leak_check);
	channel_text(port, VM_FRAME_EXIT, "%d", status);
	/* The runner ends the VM when it has the frame; this is only in case it does not. */
	sleep(10);
	power_off();
}
