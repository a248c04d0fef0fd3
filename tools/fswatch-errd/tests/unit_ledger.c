// SPDX-License-Identifier: GPL-2.0-only
/* Losses open, grow, become one, are cut, and end. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "db.h"
#include "losses.h"
#include "tap.h"

struct test {
	struct tap tap;
	char *dir;
	struct ledger *ledger;
	const uint8_t *boot;
	uint64_t seq;
};

static void begin(struct test *t)
{
	t->ledger = open_scratch(&t->dir);
	t->boot = test_boot;
}

static void end(struct test *t)
{
	close_scratch(t->ledger, t->dir);
}

static int apply(struct test *t, struct fserror_record rec)
{
	int rc;

	rec.seq = ++t->seq;
	rec.time = 1000 * t->seq;
	if (ledger_begin(t->ledger))
		abort();
	rc = ledger_apply(t->ledger, t->boot, &rec);
	if (rc < 0) {
		printf("# %s\n", ledger_error(t->ledger));
		ledger_rollback(t->ledger);
	} else if (ledger_commit(t->ledger)) {
		abort();
	}
	return rc;
}

static void clear(struct test *t, uint64_t ino, uint64_t offset,
		  uint64_t length, uint32_t flags)
{
	struct fserror_record rec = lost_bytes(ino, offset, length);

	rec.kind = FSERROR_KIND_CLEARED;
	rec.flags = flags;
	apply(t, rec);
}

static void is(struct test *t, bool closed, const char *want, const char *name)
{
	char *got = spell_losses(t->ledger, closed);

	ok_string(&t->tap, got, want, name);
	free(got);
}

static void test_ranges(struct test *t)
{
	struct fserror_record rec;

	begin(t);
	apply(t, lost_bytes(5, 4096, 512));
	apply(t, lost_bytes(5, 4096, 512));
	is(t, false, "5:4096+512", "told twice, it is one loss");
	apply(t, lost_bytes(5, 4608, 512));
	is(t, false, "5:4096+1024", "what touches it makes it grow");
	apply(t, lost_bytes(5, 8192, 512));
	apply(t, lost_bytes(6, 4096, 512));
	is(t, false, "5:4096+1024 5:8192+512 6:4096+512",
	   "elsewhere, and of another file, it is another one");
	apply(t, lost_bytes(5, 0, 16384));
	is(t, false, "5:0+16384 6:4096+512",
	   "what fills the gaps makes them one");
	rec = lost_bytes(5, 16384, 512);
	rec.cause = FSERROR_CAUSE_MACHINE_CHECK;
	apply(t, rec);
	is(t, false, "5:0+16384 5:16384+512 6:4096+512",
	   "another cause is another loss");
	rec = lost_bytes(5, 512, 512);
	rec.cause = FSERROR_CAUSE_MACHINE_CHECK;
	apply(t, rec);
	is(t, false, "5:0+16384 5:16384+512 6:4096+512",
	   "the first cause of a byte stays");
	rec = lost_bytes(6, 1 << 20, 512);
	rec.device.offset += 4096;
	apply(t, rec);
	rec = lost_bytes(6, (1 << 20) + 512, 512);
	apply(t, rec);
	is(t, false,
	   "5:0+16384 5:16384+512 6:4096+512 6:1048576+512 6:1049088+512",
	   "what does not touch on the device is not one");
	rec = lost_bytes(7, 0, 512);
	rec.flags = FSERROR_RECORD_FLAG_UNKNOWN;
	apply(t, rec);
	rec = on_device(FSERROR_KIND_DEGRADED, 0, 512);
	apply(t, rec);
	is(t, false,
	   "5:0+16384 5:16384+512 6:4096+512 6:1048576+512 6:1049088+512",
	   "what is not known to be lost is no loss");
	rec = lost_bytes(8, 0, 4096);
	rec.kind = FSERROR_KIND_BUFFERED_WRITE;
	rec.present &= ~(1U << FSERROR_A_RECORD_DEVICE);
	apply(t, rec);
	rec.kind = FSERROR_KIND_BUFFERED_READ;
	rec.offset = 8192;
	apply(t, rec);
	is(t, false,
	   "5:0+16384 5:16384+512 6:4096+512 6:1048576+512 6:1049088+512 8:0+4096",
	   "what could not be written back is lost, a failed read is not");
	end(t);
}

static void test_ends(struct test *t)
{
	struct fserror_record rec;

	begin(t);
	apply(t, lost_bytes(5, 0, 4096));
	clear(t, 5, 512, 512, 0);
	is(t, false, "5:0+512 5:1024+3072", "a write ends the part it wrote");
	is(t, true, "5:0+512 5:512+512=rewritten 5:1024+3072",
	   "which is kept, with the reason");
	clear(t, 5, 1024, 512, FSERROR_RECORD_FLAG_CONTENT_UNKNOWN);
	is(t, false, "5:0+512 5:1024+512u 5:1536+2560",
	   "that it can be read again is no end");
	apply(t, lost_bytes(5, 1024, 512));
	is(t, false, "5:0+512 5:1024+512 5:1536+2560",
	   "it is bad again, and the same loss");
	apply(t, lost_bytes(5, 512, 512));
	is(t, false, "5:0+1536 5:1536+2560",
	   "what was written and is bad again is lost anew");
	rec = lost_bytes(5, 0, 512);
	rec.kind = FSERROR_KIND_UNMOUNT;
	apply(t, rec);
	is(t, false, "5:0+1536 5:1536+2560", "an unmount ends nothing");
	end(t);

	begin(t);
	rec = on_device(FSERROR_KIND_MEDIA, 4096, 4096);
	rec.flags = FSERROR_RECORD_FLAG_UNRESOLVED;
	apply(t, rec);
	rec = lost_bytes(5, 0, 512);
	rec.device.offset = 4096;
	rec.flags = FSERROR_RECORD_FLAG_LATE;
	apply(t, rec);
	is(t, true, "5:0+512 media:4096+512=resolved media:4608+3584",
	   "owners that are known take the place of a range without");
	rec = on_device(FSERROR_KIND_MEDIA, 65536, 512);
	rec.flags = FSERROR_RECORD_FLAG_UNOWNED;
	apply(t, rec);
	rec.kind = FSERROR_KIND_CLEARED;
	rec.flags = FSERROR_RECORD_FLAG_CONTENT_UNKNOWN;
	apply(t, rec);
	is(t, true,
	   "5:0+512 media:4096+512=resolved media:4608+3584 media:65536+512=unowned",
	   "what nobody owned ends when it can be read");
	ok(&t->tap, apply(t, on_device(FSERROR_KIND_BULK, 0, 512)) == 1,
	   "of a bulk record the owners are to be asked for");
	end(t);

	begin(t);
	rec = on_device(FSERROR_KIND_MEDIA, 0, UINT64_C(1) << 30);
	rec.flags = FSERROR_RECORD_FLAG_UNMAPPED |
		    FSERROR_RECORD_FLAG_UNRESOLVED;
	strcpy(rec.layer, "thin metadata");
	apply(t, rec);
	apply(t, lost_bytes(5, 0, 512));
	clear(t, 5, 0, 512, 0);
	is(t, false, "media:0+1073741824",
	   "what has no place is not ended by a place");
	rec.kind = FSERROR_KIND_CLEARED;
	strcpy(rec.layer, "thin data");
	apply(t, rec);
	is(t, false, "media:0+1073741824", "nor by another layer");
	strcpy(rec.layer, "thin metadata");
	apply(t, rec);
	is(t, false, "", "but by its own");
	end(t);
}

static void test_said(struct test *t)
{
	struct fserror_record rec = lost_bytes(5, 0, 4096);
	struct ledger *other;

	begin(t);
	apply(t, rec);
	ok(&t->tap, !ledger_open(&other, t->dir, LEDGER_CHANGE),
	   "another process may open it");
	ok(&t->tap,
	   ledger_restored(other, &rec, 512, 1024, LEDGER_RESTORED, 0) == 1,
	   "a part is restored");
	is(t, true, "5:0+512 5:512+512=restored 5:1024+3072",
	   "that part is closed");
	clear(t, 5, 1024, 512, 0);
	ok(&t->tap,
	   ledger_restored(other, &rec, 1024, 1536, LEDGER_ZEROED, 1) == 1,
	   "a part that the kernel told first");
	ok(&t->tap,
	   ledger_restored(other, &rec, 1024, 1536, LEDGER_ZEROED, 1) == 0,
	   "once only");
	is(t, true, "5:0+512 5:512+512=restored 5:1024+512=zeroed 5:1536+2560",
	   "it is closed for what was done");
	ok(&t->tap, !ledger_acknowledge(other, 1, "known, ticket 5"),
	   "a loss is acknowledged, and has kept its number");
	ok(&t->tap, ledger_acknowledge(other, 999, NULL) == -ENOENT,
	   "one that there is not is not");
	apply(t, rec);
	ledger_close(other);
	end(t);

	begin(t);
	apply(t, rec);
	ledger_acknowledge(t->ledger, 1, "known");
	apply(t, lost_bytes(5, 4096, 512));
	apply(t, rec);
	is(t, false, "5:0+4096a 5:4096+512",
	   "what comes to an acknowledged loss is not acknowledged");
	clear(t, 5, 0, 8192, 0);
	is(t, true, "5:0+4096=rewritten 5:4096+512=rewritten",
	   "it can end like any other");
	end(t);
}

static void test_filesystems(struct test *t)
{
	struct fserror_record rec = lost_bytes(5, 0, 512);

	begin(t);
	apply(t, rec);
	rec.instance = 2;
	apply(t, rec);
	is(t, false, "5:0+512 copy1.5:0+512",
	   "a clone beside it has losses of its own");
	rec.kind = FSERROR_KIND_CLEARED;
	apply(t, rec);
	is(t, false, "5:0+512", "which end by themselves");
	t->boot = next_boot;
	rec.kind = FSERROR_KIND_DATA_LOST;
	rec.instance = 7;
	apply(t, rec);
	is(t, false, "5:0+512", "after a reboot it is the same filesystem");
	rec.kind = FSERROR_KIND_CLEARED;
	rec.device.minor = 5;
	apply(t, rec);
	is(t, true, "5:0+512=rewritten copy1.5:0+512=rewritten",
	   "whatever numbers its device has");
	memset(rec.uuid, 0, sizeof(rec.uuid));
	rec.present &= ~(1U << FSERROR_A_RECORD_UUID);
	rec.kind = FSERROR_KIND_DATA_LOST;
	strcpy(rec.fstype, "vfat");
	apply(t, rec);
	rec.instance = 8;
	strcpy(rec.sb_id, "pmem1");
	apply(t, rec);
	is(t, false, "5:0+512 5:0+512", "without UUID it is its device");
	end(t);
}

static void test_bounds(struct test *t)
{
	struct ledger_query query = { .closed = true };
	uint64_t i, gone;
	int64_t id;

	(void)query;
	begin(t);
	t->ledger->max_open = 3;
	ledger_told(t->ledger, "hook", &id, &gone);
	for (i = 0; i < 8; i++)
		apply(t, lost_bytes(5, i * 8192, 512));
	is(t, false, "5:0+512 5:8192+512 5:16384+512 bulk:5267456+33280p",
	   "what is too much is one, from the first to the last");
	clear(t, 5, 0, 65536, 0);
	is(t, false, "bulk:5267456+33280p", "nobody knows when that ends");
	apply(t, lost_bytes(5, 0, 512));
	is(t, false, "5:0+512 bulk:5267456+33280p", "and there is room again");
	ok(&t->tap,
	   !ledger_prune(t->ledger,
			 db_now() + UINT64_C(86400) * 366 * 1000000000),
	   "a year later");
	is(t, true, "5:0+512 bulk:5267456+33280p",
	   "what is closed is forgotten, what is not stays");
	ok(&t->tap, !ledger_told(t->ledger, "hook", &id, &gone) && gone == 0,
	   "news that are too old are gone, and there are no newer ones");
	apply(t, lost_bytes(5, 8192, 512));
	ok(&t->tap, !ledger_told(t->ledger, "hook", &id, &gone) && gone > 0,
	   "with the next it is known how many");
	end(t);
}

static int count_news(void *arg, const struct ledger_news *news)
{
	unsigned int *count = arg;

	count[news->type]++;
	if (news->type == LEDGER_NEWS_MORE)
		count[0] += news->count;
	return 0;
}

static void test_news(struct test *t)
{
	unsigned int count[LEDGER_NEWS_CHANGED + 1] = { 0 };
	uint64_t gone, i;
	int64_t id;

	begin(t);
	apply(t, lost_bytes(5, 0, 512));
	ledger_told(t->ledger, "late", &id, &gone);
	ledger_begin(t->ledger);
	for (i = 0; i < 100; i++) {
		const struct fserror_record rec = lost_bytes(6, i * 8192, 512);

		ledger_apply(t->ledger, test_boot, &rec);
	}
	ledger_commit(t->ledger);
	ledger_news_each(t->ledger, id, 1000, count_news, count);
	ok(&t->tap,
	   count[LEDGER_NEWS_OPENED] == LEDGER_NEWS_BURST && count[0] == 36,
	   "of many at once some are told, and how many more there are");
	memset(count, 0, sizeof(count));
	ledger_told(t->ledger, "calm", &id, &gone);
	ledger_begin(t->ledger);
	for (i = 0; i < 100; i++) {
		struct fserror_record rec = on_device(
			FSERROR_KIND_MEDIA, i * 8192 + (1 << 30), 512);

		rec.flags = FSERROR_RECORD_FLAG_UNOWNED;
		ledger_apply(t->ledger, test_boot, &rec);
	}
	ledger_commit(t->ledger);
	ledger_news_each(t->ledger, id, 1000, count_news, count);
	ok(&t->tap, !count[LEDGER_NEWS_MORE] && count[LEDGER_NEWS_CHANGED] == 1,
	   "ranges that no file has are not counted as losses of data");
	ledger_told(t->ledger, "late", &id, &gone);
	ok(&t->tap, !ledger_set_told(t->ledger, "late", id + 1),
	   "one who was told");
	ledger_close(t->ledger);
	ledger_open(&t->ledger, t->dir, LEDGER_DAEMON);
	i = id;
	ledger_told(t->ledger, "late", &id, &gone);
	ok(&t->tap, (uint64_t)id == i + 1 && !gone,
	   "goes on there after a restart");
	ledger_add_event(t->ledger, "{}");
	memset(count, 0, sizeof(count));
	ledger_news_each(t->ledger, id, 1000, count_news, count);
	ok(&t->tap, count[LEDGER_NEWS_EVENT] == 1, "and is told of events");
	end(t);
}

static void spoil(const char *dir, off_t at)
{
	char path[4096], junk[512];
	int fd;

	memset(junk, 0x5a, sizeof(junk));
	snprintf(path, sizeof(path), "%s/" LEDGER_FILE, dir);
	fd = open(path, O_WRONLY);
	if (fd < 0 || pwrite(fd, junk, sizeof(junk), at) != sizeof(junk))
		abort();
	close(fd);
}

/* what a power cut leaves that comes when the database is made */
static void test_empty(struct test *t)
{
	char path[4096];
	sqlite3 *db;
	int rc;

	begin(t);
	ledger_close(t->ledger);
	snprintf(path, sizeof(path), "%s/" LEDGER_FILE, t->dir);
	if (unlink(path) || sqlite3_open(path, &db) ||
	    sqlite3_exec(db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL) ||
	    sqlite3_close(db))
		abort();
	rc = ledger_open(&t->ledger, t->dir, LEDGER_READ);
	ok(&t->tap, rc == -ENODATA, "nothing is made yet: %s",
	   ledger_error(t->ledger));
	ledger_close(t->ledger);
	rc = ledger_open(&t->ledger, t->dir, LEDGER_DAEMON);
	ok(&t->tap, !rc, "the daemon makes it, and moves nothing aside");
	end(t);
}

/* the group of the ledger may read it, and not keep the daemon from starting */
static void test_lock(struct test *t)
{
	char path[4096];
	struct stat st;

	begin(t);
	ledger_close(t->ledger);
	snprintf(path, sizeof(path), "%s/lock", t->dir);
	/* as an earlier version made it */
	if (chmod(path, 0640) ||
	    ledger_open(&t->ledger, t->dir, LEDGER_DAEMON) || stat(path, &st))
		abort();
	ok(&t->tap, (st.st_mode & 0777) == 0600,
	   "nobody else can hold the lock: mode %03o", st.st_mode & 0777);
	end(t);
}

static void test_trouble(struct test *t)
{
	struct ledger *other;
	int rc, i;

	begin(t);
	rc = ledger_open(&other, t->dir, LEDGER_DAEMON);
	ok(&t->tap, rc == -EADDRINUSE, "a second daemon is refused: %s",
	   ledger_error(other));
	ledger_close(other);
	for (i = 0; i < 100; i++)
		apply(t, lost_bytes(5 + i, 0, 512));
	ledger_close(t->ledger);
	spoil(t->dir, 0);
	rc = ledger_open(&t->ledger, t->dir, LEDGER_READ);
	ok(&t->tap, rc == -EUCLEAN, "who only reads does not mend: %s",
	   ledger_error(t->ledger));
	ledger_close(t->ledger);
	rc = ledger_open(&t->ledger, t->dir, LEDGER_DAEMON);
	ok(&t->tap, rc == 1, "what is no database is moved aside");
	is(t, true, "", "and a new one is made");
	for (i = 0; i < 100; i++)
		apply(t, lost_bytes(5 + i, 0, 512));
	ledger_close(t->ledger);
	spoil(t->dir, 4096 * 5);
	rc = ledger_open(&t->ledger, t->dir, LEDGER_DAEMON);
	ok(&t->tap, rc == 1, "a page that is damaged is found");
	apply(t, lost_bytes(5, 0, 512));
	is(t, true, "5:0+512", "and it goes on");
	db_exec(t->ledger, "PRAGMA user_version=3");
	ledger_close(t->ledger);
	rc = ledger_open(&t->ledger, t->dir, LEDGER_DAEMON);
	ok(&t->tap, rc == -EPROTO, "a later version is left alone: %s",
	   ledger_error(t->ledger));
	end(t);

	begin(t);
	apply(t, lost_bytes(5, 0, 512));
	db_exec(t->ledger, "PRAGMA max_page_count=1");
	rc = 0;
	for (i = 0; i < 1000 && rc >= 0; i++)
		rc = apply(t, lost_bytes(100 + i, 0, 512));
	ok(&t->tap, rc == -ENOSPC, "when it is full it says so: %s",
	   ledger_error(t->ledger));
	db_exec(t->ledger, "PRAGMA max_page_count=100000");
	ok(&t->tap, apply(t, lost_bytes(5, 512, 512)) == 0,
	   "and goes on when there is room");
	end(t);
}

int main(void)
{
	struct test t = { 0 };

	test_ranges(&t);
	test_ends(&t);
	test_said(&t);
	test_filesystems(&t);
	test_bounds(&t);
	test_news(&t);
	test_empty(&t);
	test_lock(&t);
	test_trouble(&t);
	return t.tap.failed > 0;
}
