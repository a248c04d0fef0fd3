// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the journal and syslog are told: everything once, in order, with its fields;
 * again what they did not take. Both are played here.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include "logs.h"
#include "losses.h"
#include "tap.h"

static char journal[65536], lines[65536];
static int journal_error;
static bool has_journal;

int __wrap_sd_journal_sendv(const struct iovec *iov, int nr);
void __wrap_syslog(int priority, const char *fmt, ...);
void __wrap___syslog_chk(int priority, int flag, const char *fmt, ...);
int __wrap_access(const char *path, int mode);
int __real_access(const char *path, int mode);

int __wrap_sd_journal_sendv(const struct iovec *iov, int nr)
{
	size_t len = strlen(journal);
	int i;

	if (journal_error)
		return journal_error;
	for (i = 0; i < nr; i++)
		len += snprintf(journal + len, sizeof(journal) - len, "%.*s\n",
				(int)iov[i].iov_len, (char *)iov[i].iov_base);
	return 0;
}

static void put_line(int priority, const char *fmt, va_list ap)
{
	size_t len = strlen(lines);

	len += snprintf(lines + len, sizeof(lines) - len, "%d ", priority);
	len += vsnprintf(lines + len, sizeof(lines) - len, fmt, ap);
	snprintf(lines + len, sizeof(lines) - len, "\n");
}

void __wrap_syslog(int priority, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_line(priority, fmt, ap);
	va_end(ap);
}

void __wrap___syslog_chk(int priority, int flag, const char *fmt, ...)
{
	va_list ap;

	(void)flag;
	va_start(ap, fmt);
	put_line(priority, fmt, ap);
	va_end(ap);
}

int __wrap_access(const char *path, int mode)
{
	if (!strcmp(path, "/run/systemd/journal/socket"))
		return has_journal ? 0 : -1;
	return __real_access(path, mode);
}

struct test {
	struct tap tap;
	struct conf conf;
	struct ledger *ledger;
	struct logs logs;
};

static void must(bool good)
{
	if (!good)
		abort();
}

static void apply(struct test *t, struct fserror_record rec)
{
	must(!ledger_begin(t->ledger) &&
	     ledger_apply(t->ledger, test_boot, &rec) >= 0 &&
	     !ledger_commit(t->ledger));
}

static int tell(struct test *t)
{
	journal[0] = '\0';
	lines[0] = '\0';
	return logs_tell(&t->logs);
}

static bool has(const char *text, const char *line)
{
	const char *at = text;
	const size_t len = strlen(line);

	while ((at = strstr(at, line))) {
		if ((at == text || at[-1] == '\n') && at[len] == '\n')
			return true;
		at++;
	}
	return false;
}

static size_t entries(void)
{
	const char *at = journal;
	size_t nr = 0;

	while ((at = strstr(at, "MESSAGE_ID="))) {
		nr++;
		at++;
	}
	return nr;
}

/* as the daemon does before it listens, when the journal may not take anything */
static void test_register(struct test *t)
{
	must(!logs_register(&t->logs));
	must(!ledger_add_event(t->ledger, "shutdown {\"instance\":7}"));
	journal[0] = '\0';
	ok(&t->tap, !logs_register(&t->logs) && !journal[0],
	   "who is to be told is remembered, and told nothing yet");
	must(!tell(t));
	ok(&t->tap,
	   entries() == 1 && has(journal, "MESSAGE=shutdown: {\"instance\":7}"),
	   "what came since then is told, when there is time");
}

static void test_journal(struct test *t)
{
	struct fserror_record rec = lost_bytes(5, 4096, 512);

	must(!tell(t));
	apply(t, rec);
	must(!ledger_set_path(t->ledger, &rec, "/srv/\033[2Ja"));
	must(!tell(t));
	ok(&t->tap,
	   entries() == 1 && !lines[0] &&
		   has(journal,
		       "MESSAGE=lost: loss 1: 512 bytes of /srv/\\033[2Ja at 4096, xfs on pmem0, media"),
	   "an entry for a person, safe to print");
	ok(&t->tap,
	   has(journal, "MESSAGE_ID=5f0c2b6e1d8e4a9b9a3c7d1e0f4b2a61") &&
		   has(journal, "PRIORITY=2") &&
		   has(journal, "SYSLOG_IDENTIFIER=fswatch-errd"),
	   "what it is, and how bad");
	ok(&t->tap,
	   has(journal, "FSERROR_NEWS=lost") &&
		   has(journal, "FSERROR_LOSS=1") &&
		   has(journal, "FSERROR_INODE=5") &&
		   has(journal, "FSERROR_PATH=/srv/\033[2Ja") &&
		   has(journal, "FSERROR_OFFSET=4096") &&
		   has(journal,
		       "FSERROR_UUID=09090000-0000-0000-0000-000000000000") &&
		   has(journal, "FSERROR_STATE=open"),
	   "and fields for programs");
	must(!tell(t));
	ok(&t->tap, !journal[0], "once");
	journal_error = -ENOBUFS;
	rec.kind = FSERROR_KIND_CLEARED;
	apply(t, rec);
	ok(&t->tap, tell(t) == -ENOBUFS, "a journal that does not take it");
	journal_error = 0;
	must(!tell(t));
	ok(&t->tap,
	   entries() == 1 &&
		   has(journal,
		       "MESSAGE=closed: loss 1: 512 bytes of /srv/\\033[2Ja at 4096, xfs on pmem0, media, rewritten"),
	   "is told again");
	must(!ledger_add_event(t->ledger,
			       "shutdown {\"instance\":1,\"uuid\":\"x\"}"));
	must(!tell(t));
	ok(&t->tap,
	   has(journal, "MESSAGE=shutdown: {\"instance\":1,\"uuid\":\"x\"}") &&
		   has(journal, "MESSAGE_ID=3c8e5a0b7f1d49d2a6b4e9c0d7f3a1e7"),
	   "what is no loss");
	must(!ledger_add_event(t->ledger, "buffered-read {\"count\":3}"));
	must(!tell(t));
	ok(&t->tap,
	   has(journal, "MESSAGE_ID=2e9a7c4f1b8d4d05e3f6c0a9b7d1e5fb") &&
		   has(journal, "PRIORITY=4"),
	   "or a failed read");
	must(!ledger_add_event(t->ledger, "metadata {\"instance\":1}"));
	must(!tell(t));
	ok(&t->tap,
	   has(journal, "MESSAGE=metadata: {\"instance\":1}") &&
		   has(journal, "PRIORITY=2"),
	   "bad metadata without a place is worth waking somebody");
}

static void test_many(struct test *t)
{
	uint64_t i;

	must(!ledger_begin(t->ledger));
	for (i = 0; i < 200; i++) {
		const struct fserror_record rec = lost_bytes(6, i * 8192, 512);

		must(!ledger_apply(t->ledger, test_boot, &rec));
	}
	must(!ledger_commit(t->ledger));
	must(!tell(t));
	ok(&t->tap,
	   entries() == LEDGER_NEWS_BURST + 1 &&
		   has(journal,
		       "MESSAGE=more: 136 changes of losses that are not told one by one: see fswatch-err list --known"),
	   "of many at once there are some, and their number");
}

static void test_unowned(struct test *t)
{
	struct fserror_record rec =
		on_device(FSERROR_KIND_MEDIA, UINT64_C(1) << 40, 512);
	uint64_t i;

	rec.flags = FSERROR_RECORD_FLAG_UNOWNED;
	apply(t, rec);
	must(!tell(t));
	ok(&t->tap,
	   entries() == 1 && has(journal, "PRIORITY=4") &&
		   has(journal, "FSERROR_SEVERITY=warning") &&
		   has(journal, "FSERROR_NEWS=unowned") &&
		   has(journal,
		       "MESSAGE_ID=6b0e9d4c7a1f4c52b3d8f5a0e2c7916d") &&
		   strstr(journal, "of the device that no file has at "),
	   "a range that no file has is a warning");
	rec.device.offset += 512;
	apply(t, rec);
	must(!tell(t));
	ok(&t->tap,
	   has(journal, "FSERROR_NEWS=unowned") && has(journal, "PRIORITY=4"),
	   "also when it grows");
	rec.device.offset += 8192;
	rec.flags |= FSERROR_RECORD_FLAG_UNRESOLVED;
	apply(t, rec);
	must(!tell(t));
	ok(&t->tap,
	   has(journal, "FSERROR_NEWS=lost") && has(journal, "PRIORITY=2"),
	   "of which it is not known is not");
	must(!ledger_begin(t->ledger));
	for (i = 0; i < 100; i++) {
		rec = lost_bytes(6, i * 8192, 512);
		rec.kind = FSERROR_KIND_CLEARED;
		must(!ledger_apply(t->ledger, test_boot, &rec));
	}
	must(!ledger_commit(t->ledger));
	must(!tell(t));
	ok(&t->tap,
	   entries() == LEDGER_NEWS_BURST + 1 && !has(journal, "PRIORITY=2") &&
		   has(journal, "FSERROR_NEWS=changed"),
	   "that many are over wakes nobody");
}

static void test_syslog(struct test *t)
{
	const char *before;
	uint64_t time = 0;
	char fields[128];
	int64_t id = 0;

	has_journal = false;
	must(!tell(t));
	apply(t, lost_bytes(7, 0, 512));
	must(!tell(t));
	ok(&t->tap,
	   !journal[0] &&
		   !strncmp(lines, "2 lost: loss ", strlen("2 lost: loss ")),
	   "without a journal syslog is told");
	before = lines[strlen(lines) - 2] == ']' ? strstr(lines, " [news ") :
						   NULL;
	ok(&t->tap,
	   before &&
		   sscanf(before, " [news %" SCNd64 "/%" SCNu64 "]", &id,
			  &time) == 2 &&
		   id > 0 && time > 0,
	   "and which news it is");
	has_journal = true;
	must(!tell(t));
	snprintf(fields, sizeof(fields),
		 "FSERROR_NEWS_ID=%" PRId64 "\nFSERROR_NEWS_TIME=%" PRIu64 "\n",
		 id, time);
	ok(&t->tap, entries() == 1 && strstr(journal, fields),
	   "and the journal when it is there again, with the same");
	t->conf.syslog = true;
	apply(t, lost_bytes(8, 0, 512));
	must(!tell(t));
	ok(&t->tap, entries() == 1 && lines[0], "or both, if that is wanted");
	t->conf.journal = false;
	apply(t, lost_bytes(9, 0, 512));
	must(!tell(t));
	ok(&t->tap, !entries() && lines[0], "or syslog alone");
}

int main(void)
{
	struct test t = { 0 };

	has_journal = true;
	must(!conf_read(&t.conf, "/dev/null", (char[256]){ 0 }, 256));
	free(t.conf.ledger);
	t.conf.ledger = scratch_directory();
	must(ledger_open(&t.ledger, t.conf.ledger, LEDGER_DAEMON) >= 0);
	must(!logs_open(&t.logs, &t.conf));
	test_register(&t);
	test_journal(&t);
	test_many(&t);
	test_unowned(&t);
	test_syslog(&t);
	logs_close(&t.logs);
	ledger_close(t.ledger);
	remove_directory(t.conf.ledger);
	t.conf.ledger = NULL;
	conf_free(&t.conf);
	return t.tap.failed > 0;
}
