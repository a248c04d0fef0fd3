// SPDX-License-Identifier: GPL-2.0-only
/*
 * The daemon's threads and a burst: more records than fit anywhere, while a hook hangs
 * and somebody reads the ledger and does not come to an end. Nothing is lost, and memory
 * stays where it is. In the kernel's place are two processes.
 *
 * usage: burst [RECORDS [LOSSES]]
 */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/genetlink.h>

#include "db.h"
#include "hooks.h"
#include "keeper.h"
#include "losses.h"
#include "messages.h"
#include "peer.h"
#include "reader.h"
#include "tap.h"

#define RSS_MAX (64 * 1024) /* KiB */
#define PER_MESSAGE 32
#define PATIENCE_S 900

static uint64_t records = 50000, losses = 5000;

static void must(bool good)
{
	if (!good)
		abort();
}

static void sleep_ms(long ms)
{
	const struct timespec wait = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&wait, NULL);
}

/* the kernel's part */

/* loss @nr; two do not touch */
static struct fserror_record lost(uint64_t seq, uint64_t nr)
{
	struct fserror_record rec = record_data_lost(seq);

	rec.ino = 100 + nr;
	rec.offset = 4096;
	rec.length = 512;
	rec.device.offset = nr * 8192;
	rec.device.length = 512;
	rec.origin = rec.device;
	return rec;
}

/* as a netlink socket does for an answer, and does not for events: it waits */
static void send_free(int fd, struct nl_msg *msg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);

	must(send(fd, nlh, nlh->nlmsg_len, 0) == (ssize_t)nlh->nlmsg_len);
	nlmsg_free(msg);
}

static void send_records(int fd, int cmd, uint32_t seq, int attr,
			 uint64_t first, uint64_t number)
{
	struct nl_msg *msg = NULL;
	struct fserror_record rec;
	uint64_t i;

	for (i = 0; i < number; i++) {
		if (!msg)
			msg = message_new(cmd, seq, seq ? NLM_F_MULTI : 0);
		rec = lost(first ? first + i : 0, i % losses);
		message_put_record(msg, attr, &rec);
		if (i % PER_MESSAGE == PER_MESSAGE - 1 || i == number - 1) {
			send_free(fd, msg);
			msg = NULL;
		}
	}
}

static void answer_list(int fd, uint32_t seq)
{
	const struct fserror_record rec = lost(0, 0);
	struct nl_msg *msg =
		message_new(FSERROR_CMD_DAMAGE_GET, seq, NLM_F_MULTI);

	message_put_header(msg, 0);
	message_put_begin(msg, rec.instance);
	send_free(fd, msg);
	send_records(fd, FSERROR_CMD_DAMAGE_GET, seq, FSERROR_A_DAMAGE_RECORD,
		     0, losses);
	msg = message_new(FSERROR_CMD_DAMAGE_GET, seq, NLM_F_MULTI);
	message_put_end(msg, rec.instance, FSERROR_A_DUMP_END_COMPLETE);
	send_free(fd, msg);
}

static void __attribute__((noreturn)) serve(int fd)
{
	char buf[4096] __attribute__((aligned(8))) = "";
	const struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	const struct genlmsghdr *genl = nlmsg_data(nlh);
	struct nl_msg *msg;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (recv(fd, buf, sizeof(buf), 0) > 0) {
		if (genl->cmd == FSERROR_CMD_STAT_GET) {
			msg = message_new(FSERROR_CMD_STAT_GET, nlh->nlmsg_seq,
					  0);
			message_put_boot_id(msg, FSERROR_A_STAT_BOOT_ID);
			send_free(fd, msg);
			send_free(fd, message_error(nlh->nlmsg_seq, 0, NULL));
			continue;
		}
		if (genl->cmd == FSERROR_CMD_DAMAGE_GET)
			answer_list(fd, nlh->nlmsg_seq);
		send_free(fd, message_done(nlh->nlmsg_seq, 0, 0));
	}
	_exit(0);
}

static void __attribute__((noreturn)) publish(int fd)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	send_records(fd, FSERROR_CMD_DAMAGE_NTF, 0, FSERROR_A_EVENT_RECORD, 1,
		     records);
	_exit(0);
}

static pid_t start(void (*run)(int fd), int fd)
{
	const pid_t pid = fork();

	must(pid >= 0);
	if (!pid)
		run(fd);
	return pid;
}

/* somebody who looks at the first loss for ever */

static int stare(void *arg, const struct ledger_loss *loss)
{
	(void)arg;
	(void)loss;
	/* until it is killed */
	while (pause())
		;
	return 1;
}

static pid_t start_reader(const char *dir)
{
	const struct ledger_query query = { .closed = true };
	struct ledger *ledger;
	pid_t pid = fork();

	must(pid >= 0);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	must(!ledger_open(&ledger, dir, LEDGER_READ));
	ledger_each(ledger, &query, stare, NULL);
	_exit(1);
}

/* the daemon's */

struct test {
	struct tap tap;
	struct conf conf;
	struct backlog backlog;
	struct counters counters;
	struct peer events, questions;
	struct reader reader;
	struct keeper keeper;
	struct hooks hooks;
	struct ledger *looker;
};

static void make_hook(struct test *t)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/hangs", t->conf.hooks);
	file = fopen(path, "w");
	must(file && fputs("#!/bin/sh\nexec sleep 10000\n", file) > 0 &&
	     !fclose(file) && !chmod(path, 0755));
}

static int add(void *arg, const struct ledger_sum *sum)
{
	*(uint64_t *)arg += sum->losses;
	return 0;
}

static uint64_t known(struct test *t)
{
	uint64_t nr = 0;

	must(!ledger_sums(t->looker, add, &nr));
	return nr;
}

static off_t size_of(struct test *t, const char *name)
{
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", t->conf.ledger, name);
	return stat(path, &st) ? 0 : st.st_size;
}

static void begin(struct test *t)
{
	struct fserror_record rec = lost(0, losses);

	must(!conf_read(&t->conf, "/dev/null", (char[256]){ 0 }, 256));
	free(t->conf.ledger);
	free(t->conf.hooks);
	t->conf.ledger = scratch_directory();
	t->conf.hooks = scratch_directory();
	t->conf.selftest = 0;
	make_hook(t);
	must(!backlog_init(&t->backlog));
	counters_init(&t->counters);
	must(!keeper_open(&t->keeper, &t->conf, &t->backlog, &t->counters,
			  t->questions.client));
	must(!hooks_open(&t->hooks, &t->conf) && !hooks_register(&t->hooks));
	must(!ledger_open(&t->looker, t->conf.ledger, LEDGER_READ));
	/* for who looks at it */
	rec.kind = FSERROR_KIND_BUFFERED_WRITE;
	rec.present &= ~(1U << FSERROR_A_RECORD_DEVICE);
	must(!ledger_begin(t->keeper.ledger) &&
	     ledger_apply(t->keeper.ledger, t->keeper.boot, &rec) >= 0 &&
	     !ledger_commit(t->keeper.ledger));
	t->reader = (struct reader){ .client = t->events.client,
				     .backlog = &t->backlog,
				     .counters = &t->counters,
				     .stop = -1 };
}

static void run(struct test *t, pid_t publisher)
{
	uint64_t seconds = 0, waited = 0;
	bool hung = false;
	int status;

	must(!reader_start(&t->reader));
	/* as the daemon does: the end does not wait for an answer */
	fserror_client_set_wakeup(t->questions.client, t->reader.stop);
	must(!keeper_catch_up(&t->keeper) && !keeper_start(&t->keeper) &&
	     !hooks_start(&t->hooks));
	/* it hangs until it is killed, and is not always started again at once */
	for (; !hung && waited < PATIENCE_S * 1000; waited += 10) {
		hung = t->hooks.nr && t->hooks.v[0].run.pid;
		sleep_ms(10);
	}
	must(!kill(publisher, SIGCONT));
	must(waitpid(publisher, &status, 0) == publisher);
	while (known(t) < losses + 1 && seconds++ < PATIENCE_S)
		sleep_ms(1000);
	ok(&t->tap, known(t) == losses + 1,
	   "%" PRIu64 " records: %" PRIu64 " losses, %" PRIu64 " are known",
	   records, losses, known(t) - 1);
	ok(&t->tap, hung, "while a hook hung");
}

static void end(struct test *t)
{
	reader_stop(&t->reader);
	backlog_stop(&t->backlog);
	keeper_stop(&t->keeper);
	hooks_stop(&t->hooks);
	hooks_close(&t->hooks);
	keeper_close(&t->keeper);
	ledger_close(t->looker);
	peer_close(&t->events);
	peer_close(&t->questions);
	backlog_free(&t->backlog);
	remove_directory(t->conf.ledger);
	remove_directory(t->conf.hooks);
	t->conf.ledger = NULL;
	t->conf.hooks = NULL;
	conf_free(&t->conf);
}

int main(int argc, char **argv)
{
	static struct test t;
	pid_t kernel, publisher, slow;
	struct rusage usage;

	if (argc > 1)
		records = strtoull(argv[1], NULL, 10);
	if (argc > 2)
		losses = strtoull(argv[2], NULL, 10);
	peer_open(&t.events);
	peer_open(&t.questions);
	kernel = start(serve, t.questions.req);
	publisher = fork();
	must(publisher >= 0);
	if (!publisher) {
		kill(getpid(), SIGSTOP);
		publish(t.events.sub);
	}
	begin(&t);
	slow = start_reader(t.conf.ledger);
	sleep_ms(200);
	run(&t, publisher);
	must(!getrusage(RUSAGE_SELF, &usage));
	ok(&t.tap, usage.ru_maxrss <= RSS_MAX, "in %ld KiB of memory",
	   usage.ru_maxrss);
	printf("# %llu events found no room, and were asked for again; ledger %lld KiB, its log %lld KiB\n",
	       atomic_load(&t.counters.overflows),
	       (long long)size_of(&t, LEDGER_FILE) / 1024,
	       (long long)size_of(&t, LEDGER_FILE "-wal") / 1024);
	kill(slow, SIGKILL);
	kill(kernel, SIGKILL);
	end(&t);
	return t.tap.failed > 0;
}
