// SPDX-License-Identifier: GPL-2.0-only
/* Open, check, move aside, close; transactions; positions. */
#include "db.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define KEPT_CORRUPT 3

/* "fser" */
#define APPLICATION_ID "1718838642"

/* what a later version changes gets a step of its own, from the version before */
static const char schema[] =
	"PRAGMA application_id=" APPLICATION_ID ";"
	"CREATE TABLE filesystem("
	" id INTEGER PRIMARY KEY, uuid BLOB, copy INTEGER NOT NULL,"
	" fstype TEXT NOT NULL, sb_id TEXT NOT NULL,"
	" boot BLOB, instance INTEGER, mounted INTEGER NOT NULL);"
	"CREATE INDEX filesystem_uuid ON filesystem(uuid);"
	"CREATE TABLE loss("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, fs INTEGER NOT NULL,"
	" space TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,"
	" kind INTEGER NOT NULL, meta INTEGER NOT NULL, has_ino INTEGER NOT NULL,"
	" root INTEGER NOT NULL, ino INTEGER NOT NULL,"
	" generation INTEGER NOT NULL, in_file INTEGER NOT NULL,"
	" has_device INTEGER NOT NULL, placed INTEGER NOT NULL,"
	" role INTEGER NOT NULL, dev INTEGER NOT NULL,"
	" major INTEGER NOT NULL, minor INTEGER NOT NULL,"
	" dstart INTEGER, layer TEXT NOT NULL,"
	" origin_major INTEGER NOT NULL, origin_minor INTEGER NOT NULL,"
	" ostart INTEGER NOT NULL, cause INTEGER NOT NULL,"
	" error INTEGER NOT NULL, flags INTEGER NOT NULL,"
	" count INTEGER NOT NULL, handle_type INTEGER NOT NULL, handle BLOB,"
	" first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,"
	" changed INTEGER NOT NULL, boot BLOB NOT NULL,"
	" instance INTEGER NOT NULL, condition INTEGER NOT NULL,"
	" state INTEGER NOT NULL, why INTEGER NOT NULL, note TEXT NOT NULL);"
	"CREATE INDEX loss_space ON loss(fs,space,start) WHERE state<2;"
	/* so that those that overlap a place are near to it */
	"CREATE INDEX loss_short ON loss(fs,dev,dstart)"
	" WHERE state<2 AND dstart IS NOT NULL AND end-start<=1048576;"
	"CREATE INDEX loss_long ON loss(fs,dev,dstart)"
	" WHERE state<2 AND dstart IS NOT NULL AND end-start>1048576;"
	"CREATE INDEX loss_open ON loss(fs,id) WHERE state<2;"
	"CREATE INDEX loss_closed ON loss(changed) WHERE state=2;"
	"CREATE INDEX loss_closed_space ON loss(fs,space,changed) WHERE state=2;"
	"CREATE TABLE name("
	" fs INTEGER, root INTEGER, ino INTEGER, generation INTEGER, path BLOB,"
	" PRIMARY KEY(fs,root,ino,generation)) WITHOUT ROWID;"
	"CREATE TABLE position("
	" grp INTEGER PRIMARY KEY, boot BLOB NOT NULL, seq INTEGER NOT NULL);"
	"CREATE TABLE news("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL,"
	" type INTEGER NOT NULL, loss INTEGER, count INTEGER, text TEXT);"
	"CREATE INDEX news_loss ON news(loss) WHERE loss IS NOT NULL;"
	"CREATE TABLE told("
	" who TEXT PRIMARY KEY, id INTEGER NOT NULL) WITHOUT ROWID;"
	"PRAGMA user_version=1;";

/* what is looked for among many that are open, or by the inode */
static const char to_2[] =
	"CREATE INDEX loss_short_vague ON loss(fs,dev,dstart)"
	" WHERE state<2 AND dstart IS NOT NULL AND end-start<=1048576"
	" AND (kind=10 OR (kind=7 AND flags&1));"
	"CREATE INDEX loss_long_vague ON loss(fs,dev,dstart)"
	" WHERE state<2 AND dstart IS NOT NULL AND end-start>1048576"
	" AND (kind=10 OR (kind=7 AND flags&1));"
	"CREATE INDEX loss_ino ON loss(fs,ino) WHERE has_ino=1;"
	"PRAGMA user_version=2;";

_Static_assert(LEDGER_SCHEMA == 2, "and the text above");

static int make_schema(struct ledger *ledger)
{
	int64_t version = 0;
	int err;

	err = db_exec(ledger, "BEGIN IMMEDIATE");
	if (err)
		return err;
	err = db_number(ledger, &version, "PRAGMA user_version", "");
	if (!err && version < 1)
		err = db_exec(ledger, schema);
	if (!err && version < 2)
		err = db_exec(ledger, to_2);
	return err ? err : db_exec(ledger, "COMMIT");
}

/* 0, or a negative errno; -EUCLEAN if a page or an index is not as it should be */
static int check(struct ledger *ledger)
{
	sqlite3_stmt *stmt = NULL;
	const char *said;
	int err;

	if (sqlite3_prepare_v2(ledger->db, "PRAGMA quick_check(1)", -1, &stmt,
			       NULL))
		return db_fail(ledger, "quick_check");
	err = db_step(ledger, stmt);
	if (err > 0) {
		said = (const char *)sqlite3_column_text(stmt, 0);
		err = 0;
		if (!said || strcmp(said, "ok")) {
			snprintf(ledger->error, sizeof(ledger->error),
				 "corrupt: %s", said ? said : "");
			err = -EUCLEAN;
		}
	}
	sqlite3_finalize(stmt);
	return err;
}

static int check_identity(struct ledger *ledger)
{
	int64_t version = 0, id = 0;
	int err;

	err = db_number(ledger, &version, "PRAGMA user_version", "");
	if (!err)
		err = db_number(ledger, &id, "PRAGMA application_id", "");
	if (err)
		return err;
	if (!version && !id) {
		if (ledger->mode == LEDGER_DAEMON)
			return 0;
		snprintf(ledger->error, sizeof(ledger->error),
			 "it is empty: fswatch-errd has only begun to make it");
		return -ENODATA;
	}
	if (id != atoi(APPLICATION_ID)) {
		snprintf(ledger->error, sizeof(ledger->error),
			 "this is no ledger");
		return -EUCLEAN;
	}
	/* version 2 has more indexes: the daemon makes them, and who reads needs none */
	if (version < 1 || version > LEDGER_SCHEMA ||
	    (ledger->mode == LEDGER_CHANGE && version < 2)) {
		snprintf(ledger->error, sizeof(ledger->error),
			 "the ledger is of version %lld, not %d",
			 (long long)version, LEDGER_SCHEMA);
		return -EPROTO;
	}
	return 0;
}

static int prepare(struct ledger *ledger, const char *path)
{
	int err = db_open(ledger, path);

	if (!err)
		err = check_identity(ledger);
	if (err || ledger->mode == LEDGER_READ)
		return err;
	if (ledger->mode == LEDGER_DAEMON) {
		err = db_exec(ledger, "PRAGMA journal_mode=WAL");
		if (!err)
			err = check(ledger);
		if (!err)
			err = make_schema(ledger);
	}
	if (!err)
		err = db_exec(ledger, "PRAGMA synchronous=FULL;"
				      "PRAGMA temp_store=FILE;"
				      "PRAGMA cache_size=-4096;"
				      "PRAGMA journal_size_limit=16777216;"
				      "PRAGMA max_page_count=131072");
	return err;
}

_Static_assert(LEDGER_MAX_PAGES == 131072, "and the text above");

static void close_db(struct ledger *ledger)
{
	size_t i;

	for (i = 0; i < DB_STATEMENTS; i++) {
		sqlite3_finalize(ledger->cache[i].stmt);
		ledger->cache[i].stmt = NULL;
		ledger->cache[i].sql = NULL;
	}
	sqlite3_close(ledger->db);
	ledger->db = NULL;
}

static void remove_oldest(const char *dir)
{
	char pattern[PATH_MAX], *name, path[PATH_MAX];
	glob_t found;
	size_t i;

	snprintf(pattern, sizeof(pattern), "%s/" LEDGER_FILE ".corrupt-*[0-9]",
		 dir);
	if (glob(pattern, 0, NULL, &found))
		return;
	for (i = 0; i + KEPT_CORRUPT < found.gl_pathc; i++) {
		name = found.gl_pathv[i];
		unlink(name);
		snprintf(path, sizeof(path), "%s-wal", name);
		unlink(path);
	}
	globfree(&found);
}

/* the database and what was not in it yet, for somebody to look at */
static int move_aside(const char *dir)
{
	char from[PATH_MAX], to[PATH_MAX];
	uint64_t now = db_now();
	int err = 0;

	snprintf(from, sizeof(from), "%s/" LEDGER_FILE, dir);
	snprintf(to, sizeof(to), "%s/" LEDGER_FILE ".corrupt-%020llu", dir,
		 (unsigned long long)now);
	if (rename(from, to) && errno != ENOENT)
		err = -errno;
	snprintf(from, sizeof(from), "%s/" LEDGER_FILE "-wal", dir);
	snprintf(to, sizeof(to), "%s/" LEDGER_FILE ".corrupt-%020llu-wal", dir,
		 (unsigned long long)now);
	if (!err && rename(from, to) && errno != ENOENT)
		err = -errno;
	snprintf(from, sizeof(from), "%s/" LEDGER_FILE "-shm", dir);
	if (!err && unlink(from) && errno != ENOENT)
		err = -errno;
	remove_oldest(dir);
	return err;
}

static int take_lock(struct ledger *ledger, const char *dir)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/lock", dir);
	/* who can open it can hold it: it is not for who may only read the ledger */
	ledger->lock =
		open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (ledger->lock < 0 || fchmod(ledger->lock, 0600)) {
		snprintf(ledger->error, sizeof(ledger->error), "%s: %s", path,
			 strerror(errno));
		return -errno;
	}
	if (!flock(ledger->lock, LOCK_EX | LOCK_NB))
		return 0;
	snprintf(ledger->error, sizeof(ledger->error),
		 "%s: another fswatch-errd is running", path);
	return errno == EWOULDBLOCK ? -EADDRINUSE : -errno;
}

int ledger_open(struct ledger **opened, const char *dir, enum ledger_mode mode)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));
	char path[PATH_MAX];
	int err, moved = 0;

	*opened = ledger;
	if (!ledger)
		return -ENOMEM;
	ledger->mode = mode;
	ledger->lock = -1;
	ledger->open = -1;
	ledger->max_open = LEDGER_MAX_OPEN;
	ledger->step = LEDGER_STEP;
	ledger->wait_ms = LEDGER_WAIT_MS;
	if ((size_t)snprintf(path, sizeof(path), "%s/" LEDGER_FILE, dir) >=
	    sizeof(path) - 64)
		return -ENAMETOOLONG;
	if (mode == LEDGER_DAEMON) {
		err = take_lock(ledger, dir);
		if (err)
			return err;
	} else if (access(path, F_OK)) {
		snprintf(ledger->error, sizeof(ledger->error), "%s: %s", path,
			 strerror(errno));
		return -errno;
	}
	err = prepare(ledger, path);
	if (err == -EUCLEAN && mode == LEDGER_DAEMON) {
		close_db(ledger);
		err = move_aside(dir);
		if (err) {
			snprintf(ledger->error, sizeof(ledger->error),
				 "%s: cannot be moved aside: %s", path,
				 strerror(-err));
			return err;
		}
		moved = 1;
		err = prepare(ledger, path);
	}
	return err ? err : moved;
}

void ledger_close(struct ledger *ledger)
{
	if (!ledger)
		return;
	close_db(ledger);
	if (ledger->lock >= 0)
		close(ledger->lock);
	free(ledger->level.told);
	free(ledger);
}

const char *ledger_error(const struct ledger *ledger)
{
	return ledger ? ledger->error : "no memory";
}

int ledger_begin(struct ledger *ledger)
{
	ledger->news = 0;
	ledger->more = 0;
	ledger->changed = 0;
	ledger->first_news = 0;
	ledger->rows = 0;
	ledger->resume = 0;
	return db_run(ledger, "BEGIN IMMEDIATE", "");
}

/* Of news that are told one by one there are no more than in one transaction. */
int ledger_step(struct ledger *ledger)
{
	const struct timespec wait = { ledger->wait_ms / 1000,
				       ledger->wait_ms % 1000 * 1000000L };
	const unsigned int news = ledger->news;
	const int64_t first_news = ledger->first_news;
	int err = ledger_commit(ledger);

	if (err)
		return err;
	nanosleep(&wait, NULL);
	ledger->news = news;
	ledger->first_news = first_news;
	ledger->rows = 0;
	return db_run(ledger, "BEGIN IMMEDIATE", "");
}

int ledger_commit(struct ledger *ledger)
{
	int err = news_flush(ledger);

	return err ? err : db_run(ledger, "COMMIT", "");
}

void ledger_rollback(struct ledger *ledger)
{
	/* some failures have ended it already */
	if (!sqlite3_get_autocommit(ledger->db))
		db_exec(ledger, "ROLLBACK");
	ledger->open = -1;
	ledger->resume = 0;
}

int ledger_position(struct ledger *ledger, uint32_t group,
		    uint8_t boot[FSERROR_UUID_LEN], uint64_t *seq)
{
	sqlite3_stmt *stmt;
	int rc;

	memset(boot, 0, FSERROR_UUID_LEN);
	*seq = 0;
	stmt = db_prepare(ledger, "SELECT seq,boot FROM position WHERE grp=?1");
	if (!stmt)
		return db_fail(ledger, "ledger");
	rc = db_bind(ledger, stmt, "i", (int64_t)group);
	if (!rc)
		rc = db_step(ledger, stmt);
	if (rc > 0 && sqlite3_column_bytes(stmt, 1) == FSERROR_UUID_LEN) {
		*seq = sqlite3_column_int64(stmt, 0);
		memcpy(boot, sqlite3_column_blob(stmt, 1), FSERROR_UUID_LEN);
	}
	sqlite3_reset(stmt);
	return rc < 0 ? rc : 0;
}

int ledger_set_position(struct ledger *ledger, uint32_t group,
			const uint8_t boot[FSERROR_UUID_LEN], uint64_t seq)
{
	return db_run(ledger,
		      "INSERT OR REPLACE INTO position VALUES(?1,?2,?3)", "ibi",
		      (int64_t)group, boot, (int64_t)seq);
}
