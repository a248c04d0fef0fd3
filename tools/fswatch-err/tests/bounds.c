// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory and time of the commands when a million ranges are damaged: the real commands,
 * with a process in the kernel's place that sends as much as is wanted. The test looks
 * at memory only; how long it took is printed, beside how long it takes only to receive
 * and to parse the same.
 *
 * usage: bounds [RECORDS [COMMAND...]]
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "commands.h"
#include "messages.h"
#include "peer.h"
#include "restore_list.h"
#include "tap.h"

#define RSS_MAX (16 * 1024) /* KiB */
#define PER_MESSAGE 64 /* records, of about 400 bytes */
#define BIG (UINT64_C(1) << 40) /* a number that takes 8 bytes */

static uint64_t records = 1000000;
static bool one_file; /* and not each range in another one */

static void must(bool good)
{
	if (!good)
		abort();
}

/* a message whose records can be changed where they are */
struct stencil {
	struct nl_msg *msg;
	uint64_t *ino[PER_MESSAGE], *handle[PER_MESSAGE], *offset[PER_MESSAGE];
	uint64_t *device[PER_MESSAGE], *origin[PER_MESSAGE], *seq[PER_MESSAGE];
};

static void *find(struct nlattr *nest, int type)
{
	struct nlattr *attr = nla_find(nla_data(nest), nla_len(nest), type);

	return attr ? nla_data(attr) : NULL;
}

static void *find_offset(struct nlattr *record, int range)
{
	struct nlattr *nest =
		nla_find(nla_data(record), nla_len(record), range);

	return nest ? find(nest, FSERROR_A_RANGE_OFFSET) : NULL;
}

static void make_stencil(struct stencil *stencil, int cmd, uint32_t seq,
			 int attr)
{
	struct fserror_record rec =
		record_data_lost(cmd == FSERROR_CMD_DAMAGE_NTF ? BIG : 0);
	struct nlattr *record;
	int i = 0, rem;

	rec.ino = BIG;
	rec.offset = BIG;
	rec.device.offset = BIG;
	rec.origin.offset = BIG;
	stencil->msg = message_new(cmd, seq, seq ? NLM_F_MULTI : 0);
	for (i = 0; i < PER_MESSAGE; i++)
		message_put_record(stencil->msg, attr, &rec);
	i = 0;
	nlmsg_for_each_attr(record, nlmsg_hdr(stencil->msg), GENL_HDRLEN, rem) {
		stencil->ino[i] = find(record, FSERROR_A_RECORD_INO);
		stencil->handle[i] = find(record, FSERROR_A_RECORD_HANDLE);
		stencil->offset[i] = find(record, FSERROR_A_RECORD_OFFSET);
		stencil->seq[i] = find(record, FSERROR_A_RECORD_SEQ);
		stencil->device[i] =
			find_offset(record, FSERROR_A_RECORD_DEVICE);
		stencil->origin[i] =
			find_offset(record, FSERROR_A_RECORD_ORIGIN);
		i++;
	}
	must(i == PER_MESSAGE);
}

static void put(uint64_t *at, uint64_t value)
{
	if (at)
		memcpy(at, &value, sizeof(value));
}

/* damage in no order of inodes, and never side by side */
static void fill(const struct stencil *stencil, uint64_t from)
{
	uint64_t nr, ino;
	int i;

	for (i = 0; i < PER_MESSAGE; i++) {
		nr = from + i;
		ino = one_file ? 131 : 131 + nr * 7919 % records;
		put(stencil->ino[i], ino);
		put(stencil->handle[i], ino);
		put(stencil->offset[i], nr * 1024);
		put(stencil->device[i], nr * 4096);
		put(stencil->origin[i], nr * 4096);
		put(stencil->seq[i], nr + 1);
	}
}

static void send_bytes(int fd, const struct nlmsghdr *nlh)
{
	while (send(fd, nlh, nlh->nlmsg_len, MSG_NOSIGNAL) !=
	       (ssize_t)nlh->nlmsg_len) {
		if (errno != EINTR)
			_exit(0); /* the command is gone */
	}
}

static void send_free(int fd, struct nl_msg *msg)
{
	send_bytes(fd, nlmsg_hdr(msg));
	nlmsg_free(msg);
}

static void send_records(int fd, int cmd, uint32_t seq, int attr)
{
	struct stencil stencil;
	uint64_t nr;

	make_stencil(&stencil, cmd, seq, attr);
	for (nr = 0; nr < records; nr += PER_MESSAGE) {
		fill(&stencil, nr);
		send_bytes(fd, nlmsg_hdr(stencil.msg));
	}
	nlmsg_free(stencil.msg);
}

static void answer_damage(const struct peer *peer, uint32_t seq)
{
	struct nl_msg *msg =
		message_new(FSERROR_CMD_DAMAGE_GET, seq, NLM_F_MULTI);

	message_put_header(msg, 0);
	message_put_begin(msg, 3);
	send_free(peer->req, msg);
	send_records(peer->req, FSERROR_CMD_DAMAGE_GET, seq,
		     FSERROR_A_DAMAGE_RECORD);
	msg = message_new(FSERROR_CMD_DAMAGE_GET, seq, NLM_F_MULTI);
	message_put_end(msg, 3, FSERROR_A_DUMP_END_COMPLETE);
	send_free(peer->req, msg);
}

static void answer_stat(const struct peer *peer, uint32_t seq)
{
	struct nl_msg *msg = message_new(FSERROR_CMD_STAT_GET, seq, 0);

	message_put_boot_id(msg, FSERROR_A_STAT_BOOT_ID);
	send_free(peer->req, msg);
	send_free(peer->req, message_error(seq, 0, NULL));
}

/* the kernel's part */
static void __attribute__((noreturn)) serve(const struct peer *peer)
{
	char buf[4096] __attribute__((aligned(8))) = "";
	const struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	const struct genlmsghdr *genl = nlmsg_data(nlh);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (recv(peer->req, buf, sizeof(buf), 0) > 0) {
		switch (genl->cmd) {
		case FSERROR_CMD_DAMAGE_GET:
			answer_damage(peer, nlh->nlmsg_seq);
			break;
		case FSERROR_CMD_STAT_GET:
			answer_stat(peer, nlh->nlmsg_seq);
			continue;
		}
		send_free(peer->req, message_done(nlh->nlmsg_seq, 0, 0));
	}
	_exit(0);
}

/* events, as fast as they are taken */
static void __attribute__((noreturn)) publish(const struct peer *peer)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	send_records(peer->sub, FSERROR_CMD_DAMAGE_NTF, 0,
		     FSERROR_A_EVENT_RECORD);
	pause();
	_exit(0);
}

/* in the place of the library's, for the commands that are linked with this */
int __wrap_fserror_client_open(struct fserror_client **client);
int __wrap_fserror_client_subscribe(struct fserror_client *client,
				    const struct fserror_filter *filter,
				    uint32_t groups);

static struct peer peer;

int __wrap_fserror_client_open(struct fserror_client **client)
{
	pid_t child;

	peer_open(&peer);
	/* a netlink socket's own size, so that the two processes run beside each other */
	child = fork();
	must(child >= 0);
	if (!child) {
		close(peer.client->req.fd);
		serve(&peer);
	}
	close(peer.req);
	*client = peer.client;
	return 0;
}

int __wrap_fserror_client_subscribe(struct fserror_client *client,
				    const struct fserror_filter *filter,
				    uint32_t groups)
{
	pid_t child = fork();

	(void)filter;
	(void)groups;
	must(child >= 0);
	if (!child) {
		close(client->streams[FSERROR_GROUP_DAMAGE - 1].sock.fd);
		publish(&peer);
	}
	close(peer.sub);
	return 0;
}

/* only to receive and to parse, for comparison */

static int count(void *arg, const struct fserror_record *rec)
{
	(void)rec;
	++*(uint64_t *)arg;
	return 0;
}

static int cmd_parse(int argc, char **argv)
{
	static const struct fserror_damage_visitor visitor = { .record =
								       count };
	struct fserror_client *client;
	uint64_t nr = 0;

	(void)argc;
	(void)argv;
	__wrap_fserror_client_open(&client);
	must(!fserror_damage_each(client, NULL, FSERROR_DAMAGE_OWNERS, &visitor,
				  &nr));
	fserror_client_close(client);
	printf("%" PRIu64 "\n", nr);
	return 0;
}

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	char *argv[6];
	bool one_file;
	int code; /* or 4: this machine has what that kernel knows nothing of */
	uint64_t lines; /* for each record; 0: one in all */
	uint64_t part; /* or one for so many records */
	uint64_t more; /* lines */
} commands[] = {
	{ .name = "parse", .run = cmd_parse, .more = 1 },
	{ .name = "list --json",
	  .run = cmd_list,
	  .argv = { "list", "--json" },
	  .code = 4,
	  .lines = 1,
	  .more = 2 },
	{ .name = "list",
	  .run = cmd_list,
	  .argv = { "list" },
	  .code = 4,
	  .lines = 1,
	  .more = 1 },
	{ .name = "list -r, no names",
	  .run = cmd_list,
	  .argv = { "list", "-r", "-o", "DEV-OFFSET,DEV-LENGTH,INO,OFFSET" },
	  .lines = 1,
	  .more = 1 },
	{ .name = "files", .run = cmd_files, .argv = { "files" }, .code = 4 },
	{ .name = "files --json",
	  .run = cmd_files,
	  .argv = { "files", "--json" },
	  .code = 4,
	  .lines = 1,
	  .more = 2 },
	{ .name = "files --json, one file",
	  .run = cmd_files,
	  .argv = { "files", "--json" },
	  .one_file = true,
	  .code = 4,
	  .more = 3 },
	{ .name = "check",
	  .run = cmd_check,
	  .argv = { "check" },
	  .code = 3,
	  .more = 1 },
	{ .name = "report", .run = cmd_report, .argv = { "report" }, .code = 4 },
	{ .name = "restore --json",
	  .run = cmd_restore,
	  .argv = { "restore", "--json", "--dry-run", "--from", "/" },
	  .code = 4,
	  .lines = 1,
	  .more = 2 },
	{ .name = "restore --json, one file",
	  .run = cmd_restore,
	  .argv = { "restore", "--json", "--dry-run", "--from", "/" },
	  .one_file = true,
	  .code = 4,
	  .part = RESTORE_LIST_RANGES,
	  .more = 2 },
	{ .name = "monitor --json",
	  .run = cmd_monitor,
	  .argv = { "monitor", "--json", "--no-initial", "--count", NULL },
	  .lines = 1,
	  .more = 1 },
	{ .name = "monitor",
	  .run = cmd_monitor,
	  .argv = { "monitor", "--no-initial", "--count", NULL },
	  .lines = 1,
	  .more = 1 },
};

static int run_command(const struct command *command)
{
	char *argv[8], number[24], page[4096];
	const char *tmp = getenv("TMPDIR");
	int argc = 0, code;

	one_file = command->one_file;
	snprintf(number, sizeof(number), "%" PRIu64, records);
	for (; argc < 6 && command->argv[argc]; argc++)
		argv[argc] = command->argv[argc];
	if (command->run == cmd_monitor)
		argv[argc++] = number;
	snprintf(page, sizeof(page), "%s/report.html", tmp ? tmp : "/tmp");
	if (command->run == cmd_report) {
		argv[argc++] = "--html";
		argv[argc++] = page;
	}
	argv[argc] = NULL;
	code = command->run(argc, argv);
	return fclose(stdout) ? 1 : code;
}

static uint64_t count_lines(int fd)
{
	char buf[65536];
	uint64_t nr = 0;
	ssize_t len, i;

	while ((len = read(fd, buf, sizeof(buf))) > 0) {
		for (i = 0; i < len; i++)
			nr += buf[i] == '\n';
	}
	return nr;
}

static double seconds_since(const struct timespec *begin)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - begin->tv_sec) +
	       (double)(now.tv_nsec - begin->tv_nsec) / 1e9;
}

static void measure(struct tap *tap, const struct command *command)
{
	const uint64_t part = command->part;
	const uint64_t want = command->lines * records + command->more +
			      (part ? (records + part - 1) / part : 0);
	struct timespec begin;
	struct rusage usage;
	int fds[2], status;
	uint64_t lines;
	double seconds;
	pid_t child;

	fflush(stdout);
	must(!pipe(fds));
	clock_gettime(CLOCK_MONOTONIC, &begin);
	child = fork();
	must(child >= 0);
	if (!child) {
		must(dup2(fds[1], 1) == 1);
		close(fds[0]);
		close(fds[1]);
		_exit(run_command(command));
	}
	close(fds[1]);
	lines = count_lines(fds[0]);
	close(fds[0]);
	must(wait4(child, &status, 0, &usage) == child);
	seconds = seconds_since(&begin);
	ok(tap,
	   WIFEXITED(status) &&
		   (WEXITSTATUS(status) == command->code ||
		    WEXITSTATUS(status) == 4) &&
		   lines == want,
	   "%s: ends with %d, %" PRIu64 " lines", command->name,
	   WEXITSTATUS(status), lines);
	ok(tap, usage.ru_maxrss < RSS_MAX, "%s: %ld KiB for %" PRIu64 " ranges",
	   command->name, usage.ru_maxrss, records);
	printf("# %-24s %6.2f s in all, %5.2f s of its processor time, %8.0f a second\n",
	       command->name, seconds,
	       (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		       (double)(usage.ru_utime.tv_usec +
				usage.ru_stime.tv_usec) /
			       1e6,
	       (double)records / seconds);
}

int main(int argc, char **argv)
{
	struct tap tap = { 0 };
	size_t i;
	int j;

	if (argc > 1)
		records = strtoull(argv[1], NULL, 10);
	records -= records % PER_MESSAGE;
	if (!records)
		errx(1, "usage: bounds [RECORDS [COMMAND...]]");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		for (j = 2; j < argc && strcmp(argv[j], commands[i].name); j++)
			;
		if (argc < 3 || j < argc)
			measure(&tap, &commands[i]);
	}
	return tap.failed != 0;
}
