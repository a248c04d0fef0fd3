// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is it known that all is good again? With a process in the kernel's place, that lists
 * nothing but may say that this is not all; and with a ledger.
 */
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/genetlink.h>

#include "cmd.h"
#include "commands.h"
#include "healed.h"
#include "ledger.h"
#include "losses.h"
#include "messages.h"
#include "peer.h"
#include "restore.h"
#include "tap.h"

static void must(bool good)
{
	if (!good)
		abort();
}

static void answer_stat(const struct peer *peer, uint32_t seq)
{
	struct nl_msg *msg = message_new(FSERROR_CMD_STAT_GET, seq, 0);

	message_put_boot_id(msg, FSERROR_A_STAT_BOOT_ID);
	peer_send(peer->req, msg);
	peer_send(peer->req, message_error(seq, 0, NULL));
}

/* the filesystem that the ledger's losses are of */
static void answer_filesystems(const struct peer *peer, uint32_t seq)
{
	const struct fserror_record rec = lost_bytes(5, 0, 512);
	struct nl_msg *msg = message_new(FSERROR_CMD_FS_GET, seq, NLM_F_MULTI);

	message_put_uint(msg, FSERROR_A_FILESYSTEM_MAJOR, 4095);
	message_put_uint(msg, FSERROR_A_FILESYSTEM_MINOR, 7);
	nla_put_string(msg, FSERROR_A_FILESYSTEM_FSTYPE, rec.fstype);
	nla_put(msg, FSERROR_A_FILESYSTEM_UUID, sizeof(rec.uuid), rec.uuid);
	message_put_uint(msg, FSERROR_A_FILESYSTEM_INSTANCE, 1);
	peer_send(peer->req, msg);
	peer_send(peer->req, message_done(seq, 0, 0));
}

/* how the first lists end, and how all others do */
static int first_ends, then_ends;
static unsigned int nr_first;

static void answer_damage(const struct peer *peer, uint32_t seq)
{
	const int flag = nr_first ? first_ends : then_ends;
	struct nl_msg *msg =
		message_new(FSERROR_CMD_DAMAGE_GET, seq, NLM_F_MULTI);

	message_put_header(msg, 0);
	message_put_begin(msg, 1);
	message_put_end(msg, 1, flag);
	if (nr_first)
		nr_first--;
	peer_send(peer->req, msg);
	peer_send(peer->req, message_done(seq, 0, 0));
}

static void __attribute__((noreturn)) serve(const struct peer *peer)
{
	char buf[4096] __attribute__((aligned(8))) = "";
	const struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	const struct genlmsghdr *genl = nlmsg_data(nlh);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (recv(peer->req, buf, sizeof(buf), 0) > 0) {
		switch (genl->cmd) {
		case FSERROR_CMD_STAT_GET:
			answer_stat(peer, nlh->nlmsg_seq);
			break;
		case FSERROR_CMD_FS_GET:
			answer_filesystems(peer, nlh->nlmsg_seq);
			break;
		case FSERROR_CMD_DAMAGE_GET:
			answer_damage(peer, nlh->nlmsg_seq);
			break;
		default:
			peer_send(peer->req,
				  message_done(nlh->nlmsg_seq, 0, 0));
		}
	}
	_exit(0);
}

static void open_kernel(struct peer *peer)
{
	pid_t child;

	peer_open(peer);
	child = fork();
	must(child >= 0);
	if (!child) {
		close(peer->client->req.fd);
		serve(peer);
	}
	close(peer->req);
	peer->req = -1;
}

/* in the place of the library's, for the command */
int __wrap_fserror_client_open(struct fserror_client **client);
int __wrap_fserror_client_open(struct fserror_client **client)
{
	struct peer peer;

	open_kernel(&peer);
	*client = peer.client;
	return 0;
}

/* what restore --known says on standard error; to be freed */
static char *restore_known(char *ledger, int *code)
{
	/* of no filesystem that this machine has */
	char *argv[] = {
		"restore", "--known",	"--ledger",
		ledger,	   "--dry-run", "--from",
		"/",	   "--uuid",	"09090000-0000-0000-0000-000000000000",
		NULL
	};
	char *text = calloc(1, 65536);
	size_t len = 0;
	int fds[2], status;
	ssize_t got;
	pid_t child;

	must(text && !pipe(fds));
	fflush(stdout);
	child = fork();
	must(child >= 0);
	if (!child) {
		must(dup2(fds[1], 2) == 2 && dup2(fds[1], 1) == 1);
		close(fds[0]);
		close(fds[1]);
		_exit(cmd_restore(9, argv));
	}
	close(fds[1]);
	while (len < 65535 && (got = read(fds[0], text + len, 65535 - len)) > 0)
		len += got;
	close(fds[0]);
	must(waitpid(child, &status, 0) == child && WIFEXITED(status));
	*code = WEXITSTATUS(status);
	return text;
}

#define VAGUE "1 damaged range of a device could not be mapped to files"

static void test_known(struct tap *tap)
{
	const struct fserror_record bulk =
		on_device(FSERROR_KIND_BULK, 1 << 30, 4096);
	struct ledger *ledger;
	char *dir, *text;
	int code;

	ledger = open_scratch(&dir);
	must(!ledger_begin(ledger) &&
	     ledger_apply(ledger, test_boot, &bulk) >= 0 &&
	     !ledger_commit(ledger));
	text = restore_known(dir, &code);
	if (!ok(tap, code == 4 && strstr(text, VAGUE),
		"known: what may be of any file is not restored, and that is said"))
		printf("# %d: %s", code, text);
	free(text);
	must(!ledger_acknowledge(ledger, 1, NULL));
	text = restore_known(dir, &code);
	if (!ok(tap, code == 0 && !strstr(text, VAGUE),
		"known: when somebody has looked at it there is nothing to say"))
		printf("# %d: %s", code, text);
	free(text);
	close_scratch(ledger, dir);
}

static int count_one(void *arg, const struct fserror_record *rec)
{
	(void)rec;
	++*(size_t *)arg;
	return 0;
}

/* as if a file had been healed: CMD_*, and what the last list lacked in @state */
static int verify(struct dump_state *state)
{
	struct restore_written written;
	struct select select = { 0 };
	struct peer peer;
	size_t listed = 0;
	int code;

	*state = (struct dump_state){ 0 };
	open_kernel(&peer);
	write_healed(&written);
	code = restore_verify(peer.client, &select, &written, count_one,
			      &listed, state);
	must(!listed);
	restore_written_free(&written);
	select_free(&select);
	fserror_client_close(peer.client);
	close(peer.sub);
	close(peer.io);
	return code;
}

static void test_verdict(struct tap *tap)
{
	struct dump_state state;

	first_ends = FSERROR_A_DUMP_END_BUSY;
	then_ends = FSERROR_A_DUMP_END_COMPLETE;
	nr_first = 2;
	ok(tap, verify(&state) == CMD_OK,
	   "verdict: a filesystem that is busy is asked again");
	then_ends = FSERROR_A_DUMP_END_BUSY;
	ok(tap, verify(&state) == CMD_INCOMPLETE && state.busy == 1,
	   "verdict: if that lasts it is not known whether all is good");
	then_ends = FSERROR_A_DUMP_END_PENDING;
	ok(tap, verify(&state) == CMD_INCOMPLETE && state.pending == 1,
	   "verdict: nor when a change was not looked at");
	then_ends = 0;
	ok(tap, verify(&state) == CMD_INCOMPLETE && state.cut == 1,
	   "verdict: nor when the list had no end");
	then_ends = FSERROR_A_DUMP_END_COMPLETE;
	ok(tap, verify(&state) == CMD_OK, "verdict: all is good");
}

int main(void)
{
	struct tap tap = { 0 };

	test_verdict(&tap);
	test_known(&tap);
	return tap.failed != 0;
}
