// SPDX-License-Identifier: GPL-2.0-only
/* What monitor prints when it falls behind: once for all holes, and nothing twice. */
#include <stdlib.h>
#include <unistd.h>

#include <netlink/attr.h>

#include "messages.h"
#include "monitor.h"
#include "peer.h"
#include "tap.h"
#include "watched.h"

static void must(bool good)
{
	if (!good)
		abort();
}

/* a range that nobody owns: no names have to be found */
static struct fserror_record record(uint64_t seq, uint32_t kind)
{
	static const int absent[] = {
		FSERROR_A_RECORD_INO,	 FSERROR_A_RECORD_GENERATION,
		FSERROR_A_RECORD_NLINK,	 FSERROR_A_RECORD_HANDLE_TYPE,
		FSERROR_A_RECORD_HANDLE, FSERROR_A_RECORD_OFFSET,
		FSERROR_A_RECORD_LENGTH,
	};
	struct fserror_record rec = record_data_lost(seq);
	size_t i;

	rec.kind = kind;
	for (i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		rec.present &= ~(UINT32_C(1) << absent[i]);
	if (kind == FSERROR_KIND_TEST)
		rec.present &= ~(UINT32_C(1) << FSERROR_A_RECORD_DEVICE);
	return rec;
}

static void send_record(int fd, int cmd, uint64_t seq, uint32_t kind)
{
	const struct fserror_record rec = record(seq, kind);
	struct nl_msg *msg = message_new(cmd, 0, 0);

	message_put_record(msg, FSERROR_A_EVENT_RECORD, &rec);
	peer_send(fd, msg);
}

static void send_lost(int fd, int cmd, uint32_t request, uint64_t first,
		      uint64_t last)
{
	struct nl_msg *msg = message_new(cmd, request, 0);

	message_put_lost(msg, first, last);
	peer_send(fd, msg);
}

static void send_list(struct peer *peer, uint32_t request, uint64_t as_of,
		      int end)
{
	const struct fserror_record rec = record(0, FSERROR_KIND_MEDIA);
	struct nl_msg *msg =
		message_new(FSERROR_CMD_DAMAGE_GET, request, NLM_F_MULTI);

	message_put_header(msg, as_of);
	message_put_begin(msg, 3);
	message_put_record(msg, FSERROR_A_DAMAGE_RECORD, &rec);
	message_put_end(msg, 3, end);
	peer_send(peer->req, msg);
	peer_send(peer->req, message_done(request, 0, 0));
}

struct test {
	struct peer peer;
	struct monitor m;
	int out; /* what it printed */
	bool sent; /* by send_and_wait() */
};

static void begin(struct test *test)
{
	int fds[2];

	memset(test, 0, sizeof(*test));
	must(!pipe(fds));
	test->out = fds[0];
	peer_open(&test->peer);
	test->m.client = test->peer.client;
	test->m.out = (struct output){ .fd = fds[1],
				       .wait = monitor_wait_output,
				       .arg = &test->m };
	must(!wakeup_open(&test->m.wakeup, 0) &&
	     !pending_open(&test->m.pending, false));
	wanted_init(&test->m.wanted, &test->m.options.select);
	peer_stream(&test->peer, FSERROR_GROUP_DAMAGE)->last = 10;
	peer_stream(&test->peer, FSERROR_GROUP_IO)->last = 10;
}

static void end(struct test *test)
{
	pending_close(&test->m.pending);
	mount_cache_free(&test->m.mounts);
	wakeup_close(&test->m.wakeup);
	peer_close(&test->peer);
	close(test->m.out.fd);
	close(test->out);
}

/* let it print what has come: the first word of each line, or the first two */
static const char *prints(struct test *test, char *words, size_t size)
{
	char text[8192], *line, *rest = text, word[2][32];
	ssize_t len;
	size_t at = 0;

	must(!fserror_client_pump(test->m.client) &&
	     !monitor_print_events(&test->m));
	/* so that the pipe is not empty */
	must(write(test->m.out.fd, "\n", 1) == 1);
	len = read(test->out, text, sizeof(text) - 1);
	must(len > 0);
	text[len - 1] = '\0';
	words[0] = '\0';
	while ((line = strsep(&rest, "\n"))) {
		if (sscanf(line, "%31s %31s", word[0], word[1]) != 2)
			continue;
		at += snprintf(words + at, size - at, "%s%s", at ? " " : "",
			       strcmp(word[0], "already") ? word[1] : "LISTED");
	}
	return words;
}

static void test_lost(struct tap *tap)
{
	char words[512];
	struct test test;

	begin(&test);
	send_record(test.peer.sub, FSERROR_CMD_DAMAGE_NTF, 11,
		    FSERROR_KIND_MEDIA);
	send_lost(test.peer.sub, FSERROR_CMD_DAMAGE_NTF, 0, 12, 14);
	send_record(test.peer.sub, FSERROR_CMD_DAMAGE_NTF, 15,
		    FSERROR_KIND_MEDIA);
	send_lost(test.peer.sub, FSERROR_CMD_DAMAGE_NTF, 0, 16, 17);
	send_list(&test.peer, 1, 20, FSERROR_A_DUMP_END_COMPLETE);
	ok_string(tap, prints(&test, words, sizeof(words)),
		  "media media lost: LISTED sync:",
		  "monitor: two holes, one list");
	ok(tap, test.m.lost && test.m.as_of == 20, "monitor: lost, as of");
	send_record(test.peer.sub, FSERROR_CMD_DAMAGE_NTF, 18,
		    FSERROR_KIND_MEDIA);
	send_record(test.peer.sub, FSERROR_CMD_DAMAGE_NTF, 19,
		    FSERROR_KIND_TEST);
	send_record(test.peer.sub, FSERROR_CMD_DAMAGE_NTF, 20,
		    FSERROR_KIND_CLEARED);
	send_record(test.peer.sub, FSERROR_CMD_DAMAGE_NTF, 21,
		    FSERROR_KIND_CLEARED);
	ok_string(tap, prints(&test, words, sizeof(words)), "test cleared",
		  "monitor: what the list had is not told again");
	end(&test);
}

static void test_missed(struct tap *tap)
{
	char words[512];
	struct test test;

	begin(&test);
	send_record(test.peer.io, FSERROR_CMD_IO_NTF, 13,
		    FSERROR_KIND_BUFFERED_READ);
	/* what is asked for at once, and has another hole behind it */
	send_lost(test.peer.req, FSERROR_CMD_EVENT_GET, 1, 11, 14);
	peer_send(test.peer.req, message_done(1, 0, 0));
	send_record(test.peer.io, FSERROR_CMD_IO_NTF, 18,
		    FSERROR_KIND_BUFFERED_READ);
	ok_string(tap, prints(&test, words, sizeof(words)),
		  "missed: lost: sync:", "monitor: missed, said once");
	ok(tap,
	   monitor_due(&test.m) > now_ms() &&
		   monitor_due(&test.m) <= now_ms() + 1000,
	   "monitor: it asks again in a second");
	send_record(test.peer.io, FSERROR_CMD_IO_NTF, 19,
		    FSERROR_KIND_BUFFERED_READ);
	ok_string(tap, prints(&test, words, sizeof(words)), "",
		  "monitor: until then nothing of the group is told");
	send_record(test.peer.sub, FSERROR_CMD_DAMAGE_NTF, 11,
		    FSERROR_KIND_MEDIA);
	ok_string(tap, prints(&test, words, sizeof(words)), "media",
		  "monitor: but of the other one");
	end(&test);
}

static void test_incomplete(struct tap *tap)
{
	char words[512];
	struct test test;

	begin(&test);
	test.m.options.initial = true;
	watched_send(&test.peer, 1);
	send_list(&test.peer, 2, 10, FSERROR_A_DUMP_END_BUSY);
	must(!monitor_start(&test.m));
	ok_string(tap, prints(&test, words, sizeof(words)),
		  "LISTED sync:", "monitor: what is damaged already");
	ok(tap, !test.m.unseen, "monitor: all can be seen");
	end(&test);
}

static void test_unseen(struct tap *tap)
{
	char words[512];
	struct test test;

	begin(&test);
	must(select_option(&test.m.options.select, SELECT_UUID,
			   "01234567-89ab-4cde-8f01-23456789abcd") == 1);
	wanted_init(&test.m.wanted, &test.m.options.select);
	peer_send(test.peer.req, message_done(1, 0, 0));
	must(!monitor_start(&test.m));
	ok_string(tap, prints(&test, words, sizeof(words)),
		  "sync:", "monitor: without what cannot be seen");
	ok(tap, test.m.unseen, "monitor: it knows that");
	select_free(&test.m.options.select);
	end(&test);
}

/* what the kernel still has: record @seq, and before it a hole from @lost on */
static void send_log(struct peer *peer, uint32_t request, uint64_t lost,
		     uint64_t seq)
{
	const struct fserror_record rec = record(seq, FSERROR_KIND_MEDIA);
	struct nl_msg *msg =
		message_new(FSERROR_CMD_EVENT_GET, request, NLM_F_MULTI);

	message_put_lost(msg, lost, seq - 1);
	message_put_record(msg, FSERROR_A_EVENT_RECORD, &rec);
	peer_send(peer->req, msg);
	peer_send(peer->req, message_done(request, 0, 0));
}

/* start the log; what it says on standard error, for the next call to overwrite */
static const char *start_log(struct test *test)
{
	static char said[1024];
	FILE *file = tmpfile();
	int own = dup(2);
	size_t len;

	must(file && own >= 0 && dup2(fileno(file), 2) == 2);
	must(!monitor_start_log(&test->m));
	must(dup2(own, 2) == 2);
	close(own);
	rewind(file);
	len = fread(said, 1, sizeof(said) - 1, file);
	said[len] = '\0';
	fclose(file);
	return said;
}

static void test_log(struct tap *tap)
{
	const char *said;
	char words[512];
	struct test test;

	begin(&test);
	test.m.options.log = true;
	test.m.options.group = FSERROR_GROUP_DAMAGE;
	must(select_option(&test.m.options.select, SELECT_UUID,
			   "01234567-89ab-4cde-8f01-23456789abcd") == 1);
	send_log(&test.peer, 1, 1, 10);
	said = start_log(&test);
	ok_string(tap, prints(&test, words, sizeof(words)), "media",
		  "log: what there is; that it begins late is no loss");
	ok(tap, !*said && !test.m.unseen && !test.m.lost,
	   "log: what is not mounted now may have been: %s", said);
	test.m.options.since = 5;
	send_log(&test.peer, 2, 6, 10);
	start_log(&test);
	ok_string(tap, prints(&test, words, sizeof(words)), "lost: media",
		  "log --since: what was overwritten is told");
	ok(tap, test.m.lost, "log --since: it knows that");

	test.m.options.since = 0;
	test.m.options.follow = true;
	peer_send(test.peer.req, message_done(3, 0, 0));
	send_log(&test.peer, 4, 1, 10);
	said = start_log(&test);
	ok_string(tap, prints(&test, words, sizeof(words)), "media",
		  "log -f: what there is");
	ok(tap,
	   test.m.unseen &&
		   strstr(said, "01234567-89ab-4cde-8f01-23456789abcd"),
	   "log -f: it says what it cannot see: %s", said);
	send_record(test.peer.sub, FSERROR_CMD_DAMAGE_NTF, 11,
		    FSERROR_KIND_MEDIA);
	ok_string(tap, prints(&test, words, sizeof(words)), "media",
		  "log -f: and goes on");
	select_free(&test.m.options.select);
	end(&test);
}

static void test_unknown(struct tap *tap)
{
	char words[512];
	struct test test;

	begin(&test);
	send_record(test.peer.sub, FSERROR_CMD_DAMAGE_NTF, 11, 77);
	send_record(test.peer.sub, FSERROR_CMD_DAMAGE_NTF, 12, 77);
	send_list(&test.peer, 1, 12, FSERROR_A_DUMP_END_COMPLETE);
	ok_string(tap, prints(&test, words, sizeof(words)),
		  "unknown-77 unknown-77 LISTED sync:",
		  "monitor: a kind of a later kernel, one list");
	ok(tap, !monitor_due(&test.m), "monitor: that is all");
	send_record(test.peer.sub, FSERROR_CMD_DAMAGE_NTF, 13, 77);
	ok_string(tap, prints(&test, words, sizeof(words)), "unknown-77",
		  "monitor: not at once again");
	ok(tap,
	   monitor_due(&test.m) > now_ms() &&
		   monitor_due(&test.m) <= now_ms() + 1000,
	   "monitor: but in a second");
	end(&test);
}

/* what comes while the output has to wait */
static int send_and_wait(void *arg, int fd)
{
	struct test *test = arg;

	if (!test->sent)
		send_record(test->peer.sub, FSERROR_CMD_DAMAGE_NTF, 12,
			    FSERROR_KIND_MEDIA);
	test->sent = true;
	return monitor_wait_output(&test->m, fd);
}

static void test_output(struct tap *tap)
{
	char words[512];
	struct test test;

	begin(&test);
	test.m.out.wait = send_and_wait;
	test.m.out.arg = &test;
	send_record(test.peer.sub, FSERROR_CMD_DAMAGE_NTF, 11,
		    FSERROR_KIND_MOUNT);
	ok_string(tap, prints(&test, words, sizeof(words)), "mount media",
		  "monitor: what comes while it prints is not left for later");
	end(&test);
}

int main(void)
{
	struct tap tap = { 0 };

	test_lost(&tap);
	test_missed(&tap);
	test_incomplete(&tap);
	test_unseen(&tap);
	test_log(&tap);
	test_unknown(&tap);
	test_output(&tap);
	return tap.failed != 0;
}
