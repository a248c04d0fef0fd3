// SPDX-License-Identifier: GPL-2.0-only
/* SQLite: statements that are kept, errors as numbers. */
#include "db.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

/* for those who only have a moment: the daemon's transactions are short */
#define DB_PATIENCE_MS 10000

static int to_errno(int code)
{
	switch (code & 0xff) {
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EROFS;
	case SQLITE_NOMEM:
		return -ENOMEM;
	}
	return -EIO;
}

int db_fail(struct ledger *ledger, const char *what)
{
	snprintf(ledger->error, sizeof(ledger->error), "%s: %s", what,
		 ledger->db ? sqlite3_errmsg(ledger->db) : "no memory");
	return ledger->db ? to_errno(sqlite3_extended_errcode(ledger->db)) :
			    -ENOMEM;
}

int db_open(struct ledger *ledger, const char *path)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, keep = 1;

	if (ledger->mode == LEDGER_READ)
		flags |= SQLITE_OPEN_READONLY;
	else
		flags |= SQLITE_OPEN_READWRITE;
	if (ledger->mode == LEDGER_DAEMON)
		flags |= SQLITE_OPEN_CREATE;
	if (sqlite3_open_v2(path, &ledger->db, flags, NULL))
		return db_fail(ledger, path);
	sqlite3_extended_result_codes(ledger->db, 1);
	sqlite3_busy_timeout(ledger->db, DB_PATIENCE_MS);
	/* what is read is not trusted to be what was written */
	sqlite3_db_config(ledger->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(ledger->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	/* who may only read cannot make the files that readers share */
	sqlite3_file_control(ledger->db, "main", SQLITE_FCNTL_PERSIST_WAL,
			     &keep);
	return 0;
}

sqlite3_stmt *db_prepare(struct ledger *ledger, const char *sql)
{
	sqlite3_stmt *stmt;
	size_t i;

	for (i = 0; i < DB_STATEMENTS && ledger->cache[i].sql; i++) {
		if (ledger->cache[i].sql != sql)
			continue;
		stmt = ledger->cache[i].stmt;
		sqlite3_reset(stmt);
		sqlite3_clear_bindings(stmt);
		return stmt;
	}
	if (i == DB_STATEMENTS) {
		snprintf(ledger->error, sizeof(ledger->error),
			 "too many statements");
		return NULL;
	}
	if (sqlite3_prepare_v3(ledger->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
			       &stmt, NULL))
		return NULL;
	ledger->cache[i].sql = sql;
	ledger->cache[i].stmt = stmt;
	return stmt;
}

int db_step(struct ledger *ledger, sqlite3_stmt *stmt)
{
	int err;

	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		sqlite3_reset(stmt);
		return 0;
	}
	err = db_fail(ledger, "ledger");
	sqlite3_reset(stmt);
	return err;
}

static int bind_all(struct ledger *ledger, sqlite3_stmt *stmt,
		    const char *types, va_list ap)
{
	int nr, rc = SQLITE_OK;

	for (nr = 1; *types && rc == SQLITE_OK; types++, nr++) {
		switch (*types) {
		case 'i':
			rc = sqlite3_bind_int64(stmt, nr, va_arg(ap, int64_t));
			break;
		case 't':
			rc = sqlite3_bind_text(stmt, nr,
					       va_arg(ap, const char *), -1,
					       SQLITE_TRANSIENT);
			break;
		default: /* NULL stays NULL */
			rc = sqlite3_bind_blob(stmt, nr,
					       va_arg(ap, const void *),
					       FSERROR_UUID_LEN,
					       SQLITE_TRANSIENT);
			break;
		}
	}
	return rc ? db_fail(ledger, "ledger") : 0;
}

int db_bind(struct ledger *ledger, sqlite3_stmt *stmt, const char *types, ...)
{
	va_list ap;
	int err;

	va_start(ap, types);
	err = bind_all(ledger, stmt, types, ap);
	va_end(ap);
	return err;
}

static int run(struct ledger *ledger, int64_t *value, const char *sql,
	       const char *types, va_list ap)
{
	sqlite3_stmt *stmt = db_prepare(ledger, sql);
	int rc;

	if (!stmt)
		return db_fail(ledger, "ledger");
	rc = bind_all(ledger, stmt, types, ap);
	if (!rc)
		rc = db_step(ledger, stmt);
	if (rc > 0 && value)
		*value = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	return rc < 0 ? rc : 0;
}

int db_run(struct ledger *ledger, const char *sql, const char *types, ...)
{
	va_list ap;
	int err;

	va_start(ap, types);
	err = run(ledger, NULL, sql, types, ap);
	va_end(ap);
	return err;
}

int db_number(struct ledger *ledger, int64_t *value, const char *sql,
	      const char *types, ...)
{
	va_list ap;
	int err;

	va_start(ap, types);
	err = run(ledger, value, sql, types, ap);
	va_end(ap);
	return err;
}

int db_exec(struct ledger *ledger, const char *sql)
{
	if (sqlite3_exec(ledger->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return db_fail(ledger, "ledger");
}

uint64_t db_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}
