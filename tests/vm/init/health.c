// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has the kernel complained while the job ran?
 *
 * Most complaints (WARN, KASAN, UBSAN, a hung task) are panics in this VM and
 * the runner sees the VM die. What does not pass through panic_on_warn is
 * looked for here: lockdep's and RCU's reports, "sleeping function called from
 * invalid context", and memory leaks.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init.h"
#include "proto.h"

#define KMEMLEAK "/sys/kernel/debug/kmemleak"
/* kmemleak does not report what is younger than this, in seconds */
#define KMEMLEAK_AGE 5

/* Bits of /proc/sys/kernel/tainted that only a broken kernel sets. */
#define TAINT_BAD ((1UL << 5) | (1UL << 7) | (1UL << 9) | (1UL << 14))

#define TAINT_MACHINE_CHECK (1UL << 4)

static const char *const bad_lines[] = {
	"BUG: ",
	"WARNING: possible ",
	"WARNING: inconsistent lock state",
	"WARNING: suspicious RCU usage",
	"WARNING: bad unlock balance",
	"WARNING: held lock freed",
	"WARNING: lock held when returning",
	"WARNING: Nested lock was not taken",
	"WARNING: CPU: ",
	"INFO: task ",
	"INFO: trying to register non-static key",
	"rcu: INFO: rcu_",
	"UBSAN: ",
	"Oops: ",
};

static int kmsg = -1;
static unsigned long taint_before;

static unsigned long read_taint(void)
{
	unsigned long taint = 0;
	FILE *f = fopen("/proc/sys/kernel/tainted", "re");

	if (!f)
		return 0;
	if (fscanf(f, "%lu", &taint) != 1)
		taint = 0;
	fclose(f);
	return taint;
}

void health_start(bool leak_check)
{
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg >= 0)
		lseek(kmsg, 0, SEEK_END);
	taint_before = read_taint();
	if (leak_check && !access(KMEMLEAK, F_OK))
		write_file(KMEMLEAK, "clear");
}

static bool is_bad(const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(bad_lines) / sizeof(bad_lines[0]); i++)
		if (strstr(text, bad_lines[i]))
			return true;
	return false;
}

/* Send what the log says from the first bad line on: the report has many lines. */
static void report_log(int port)
{
	char record[8192];
	int left = 0;

	if (kmsg < 0)
		return;
	for (;;) {
		ssize_t n = read(kmsg, record, sizeof(record) - 1);
		char *text;

		if (n < 0 && errno == EPIPE)
			continue; /* the log was overrun; go on with what there is */
		if (n <= 0)
			break;
		record[n] = '\0';
		record[strcspn(record, "\n")] = '\0';
		/* "priority,sequence,time,flags;text" */
		text = strchr(record, ';');
		if (!text)
			continue;
		text++;
		if (!left && is_bad(text))
			left = 60;
		if (left) {
			channel_text(port, VM_FRAME_REPORT, "%s\n", text);
			left--;
		}
	}
	close(kmsg);
	kmsg = -1;
}

static void report_lockdep(int port)
{
	char line[256];
	FILE *f;
	int on;

	/* A real machine check switches lockdep off too, and that is no fault. */
	if (read_taint() & TAINT_MACHINE_CHECK)
		return;
	f = fopen("/proc/lockdep_stats", "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " debug_locks: %d", &on) == 1 && !on)
			channel_text(
				port, VM_FRAME_REPORT,
				"lockdep has switched itself off: it has found a fault\n");
	fclose(f);
}

static void report_taint(int port)
{
	unsigned long bad = read_taint() & ~taint_before & TAINT_BAD;

	if (bad)
		channel_text(port, VM_FRAME_REPORT,
			     "the kernel is tainted: %#lx\n", bad);
}

/* One scan; the number of bytes of report that it gave. */
static size_t scan_leaks(char *text, size_t size)
{
	size_t len = 0;
	int fd;

	if (write_file(KMEMLEAK, "scan"))
		return 0;
	fd = open(KMEMLEAK, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	while (len < size) {
		ssize_t n = read(fd, text + len, size - len);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	close(fd);
	return len;
}

static void report_leaks(int port)
{
	static char text[VM_FRAME_MAX / 2];
	size_t len;

	if (access(KMEMLEAK, F_OK))
		return;
	sleep(KMEMLEAK_AGE);
	/* A pointer that was only in a register looks like a leak once, not twice. */
	len = scan_leaks(text, sizeof(text));
	if (len) {
		sleep(1);
		len = scan_leaks(text, sizeof(text));
	}
	if (len) {
		channel_text(port, VM_FRAME_REPORT, "kmemleak:\n");
		channel_send(port, VM_FRAME_REPORT, text, len);
	}
}

void health_report(int port, bool leak_check)
{
	report_log(port);
	report_lockdep(port);
	report_taint(port);
	if (leak_check)
		report_leaks(port);
}

/* The job has used up its time: let the console's log say where everything is. */
void health_trace(void)
{
	write_file("/proc/sys/kernel/printk", "8");
	write_file("/proc/sysrq-trigger", "w");
	write_file("/proc/sysrq-trigger", "l");
	write_file("/proc/sysrq-trigger", "d");
}
