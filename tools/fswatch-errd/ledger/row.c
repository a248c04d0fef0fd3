// SPDX-License-Identifier: GPL-2.0-only
/* Losses as they are stored. */
#include "db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* what overlaps a place is longer than this, or begins at most this before it */
#define SHORT_BYTES 1048576

static void read_text(char *to, size_t size, sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	to[0] = '\0';
	if (text)
		strncat(to, text, size - 1);
}

void row_read(struct row *row, sqlite3_stmt *stmt)
{
	struct ledger_loss *l = &row->l;
	const void *blob;
	int at = 0, len;

	memset(row, 0, sizeof(*row));
	l->id = sqlite3_column_int64(stmt, at++);
	l->fs = sqlite3_column_int64(stmt, at++);
	read_text(row->space, sizeof(row->space), stmt, at++);
	l->start = sqlite3_column_int64(stmt, at++);
	l->end = sqlite3_column_int64(stmt, at++);
	l->kind = sqlite3_column_int(stmt, at++);
	l->meta = sqlite3_column_int(stmt, at++);
	l->has_ino = sqlite3_column_int(stmt, at++);
	l->root = sqlite3_column_int64(stmt, at++);
	l->ino = sqlite3_column_int64(stmt, at++);
	l->generation = sqlite3_column_int64(stmt, at++);
	l->in_file = sqlite3_column_int(stmt, at++);
	l->has_device = sqlite3_column_int(stmt, at++);
	l->placed = sqlite3_column_int(stmt, at++);
	l->role = sqlite3_column_int(stmt, at++);
	row->dev = sqlite3_column_int64(stmt, at++);
	l->major = sqlite3_column_int64(stmt, at++);
	l->minor = sqlite3_column_int64(stmt, at++);
	l->dstart = sqlite3_column_int64(stmt, at++);
	read_text(l->layer, sizeof(l->layer), stmt, at++);
	l->origin_major = sqlite3_column_int64(stmt, at++);
	l->origin_minor = sqlite3_column_int64(stmt, at++);
	l->ostart = sqlite3_column_int64(stmt, at++);
	l->cause = sqlite3_column_int(stmt, at++);
	l->error = sqlite3_column_int(stmt, at++);
	l->flags = sqlite3_column_int64(stmt, at++);
	l->count = sqlite3_column_int64(stmt, at++);
	l->handle_type = sqlite3_column_int(stmt, at++);
	blob = sqlite3_column_blob(stmt, at);
	len = sqlite3_column_bytes(stmt, at++);
	if (blob && len > 0 && len <= FSERROR_HANDLE_MAX) {
		memcpy(l->handle, blob, len);
		l->handle_len = len;
	}
	l->first_seen = sqlite3_column_int64(stmt, at++);
	l->last_seen = sqlite3_column_int64(stmt, at++);
	l->changed = sqlite3_column_int64(stmt, at++);
	blob = sqlite3_column_blob(stmt, at);
	if (blob && sqlite3_column_bytes(stmt, at) == FSERROR_UUID_LEN)
		memcpy(l->boot, blob, FSERROR_UUID_LEN);
	at++;
	l->instance = sqlite3_column_int64(stmt, at++);
	l->condition = sqlite3_column_int(stmt, at++);
	l->state = sqlite3_column_int(stmt, at++);
	l->why = sqlite3_column_int(stmt, at++);
	read_text(l->note, sizeof(l->note), stmt, at);
}

/* binds one value after the other, until one fails */
struct binder {
	sqlite3_stmt *stmt;
	int nr, rc;
};

static void put(struct binder *binder, int64_t value)
{
	if (binder->rc == SQLITE_OK)
		binder->rc =
			sqlite3_bind_int64(binder->stmt, ++binder->nr, value);
}

static void put_text(struct binder *binder, const char *text)
{
	if (binder->rc == SQLITE_OK)
		binder->rc = sqlite3_bind_text(binder->stmt, ++binder->nr, text,
					       -1, SQLITE_TRANSIENT);
}

static void put_blob(struct binder *binder, const void *blob, int len)
{
	if (binder->rc == SQLITE_OK)
		binder->rc = sqlite3_bind_blob(binder->stmt, ++binder->nr,
					       len ? blob : NULL, len,
					       SQLITE_TRANSIENT);
}

/* in the order of ROW_COLUMNS */
static int bind_row(sqlite3_stmt *stmt, const struct row *row)
{
	const struct ledger_loss *l = &row->l;
	struct binder b = { .stmt = stmt, .rc = SQLITE_OK };

	if (l->id)
		put(&b, l->id);
	else
		put_blob(&b, NULL, 0);
	put(&b, l->fs);
	put_text(&b, row->space);
	put(&b, l->start);
	put(&b, l->end);
	put(&b, l->kind);
	put(&b, l->meta);
	put(&b, l->has_ino);
	put(&b, l->root);
	put(&b, l->ino);
	put(&b, l->generation);
	put(&b, l->in_file);
	put(&b, l->has_device);
	put(&b, l->placed);
	put(&b, l->role);
	put(&b, row->dev);
	put(&b, l->major);
	put(&b, l->minor);
	if (l->placed)
		put(&b, l->dstart);
	else
		put_blob(&b, NULL, 0);
	put_text(&b, l->layer);
	put(&b, l->origin_major);
	put(&b, l->origin_minor);
	put(&b, l->ostart);
	put(&b, l->cause);
	put(&b, l->error);
	put(&b, l->flags);
	put(&b, l->count);
	put(&b, l->handle_type);
	put_blob(&b, l->handle, l->handle_len);
	put(&b, l->first_seen);
	put(&b, l->last_seen);
	put(&b, l->changed);
	put_blob(&b, l->boot, FSERROR_UUID_LEN);
	put(&b, l->instance);
	put(&b, l->condition);
	put(&b, l->state);
	put(&b, l->why);
	put_text(&b, l->note);
	return b.rc;
}

static int store(struct ledger *ledger, const struct row *row)
{
	static const char sql[] =
		"INSERT OR REPLACE INTO loss(" ROW_COLUMNS ") VALUES("
		"?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
		"?,?,?,?,?,?,?)";
	sqlite3_stmt *stmt = db_prepare(ledger, sql);

	if (!stmt || bind_row(stmt, row))
		return db_fail(ledger, "ledger");
	return db_step(ledger, stmt);
}

int row_insert(struct ledger *ledger, struct row *row)
{
	int err;

	row->l.id = 0;
	err = store(ledger, row);
	row->l.id = sqlite3_last_insert_rowid(ledger->db);
	if (!err && row->l.state != LEDGER_CLOSED && ledger->open >= 0)
		ledger->open++;
	return err;
}

int row_update(struct ledger *ledger, const struct row *row)
{
	return store(ledger, row);
}

int row_delete(struct ledger *ledger, struct row *row, int64_t instead)
{
	int err;

	err = db_run(ledger, "UPDATE news SET loss=?2 WHERE loss=?1", "ii",
		     row->l.id, instead);
	if (!err)
		err = db_run(ledger, "DELETE FROM loss WHERE id=?1", "i",
			     row->l.id);
	if (!err && row->l.state != LEDGER_CLOSED && ledger->open >= 0)
		ledger->open--;
	return err;
}

void rows_free(struct rows *rows)
{
	free(rows->v);
	memset(rows, 0, sizeof(*rows));
}

static int add_row(struct rows *rows, sqlite3_stmt *stmt)
{
	struct row *more;
	size_t room;

	if (rows->nr == rows->room) {
		room = rows->room ? rows->room * 2 : 4;
		more = reallocarray(rows->v, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		rows->v = more;
		rows->room = room;
	}
	row_read(&rows->v[rows->nr++], stmt);
	return 0;
}

static int compare_rows(const void *pa, const void *pb)
{
	const struct ledger_loss *a = &((const struct row *)pa)->l;
	const struct ledger_loss *b = &((const struct row *)pb)->l;

	return a->start < b->start ? -1 : a->start > b->start;
}

int rows_of_space(struct ledger *ledger, int64_t fs, const char *space,
		  uint64_t start, uint64_t end, struct rows *rows)
{
	sqlite3_stmt *stmt;
	int rc;

	stmt = db_prepare(ledger, "SELECT " ROW_COLUMNS " FROM loss"
				  " WHERE fs=?1 AND space=?2 AND state<2 AND"
				  " start<?3 ORDER BY start DESC");
	if (!stmt)
		return db_fail(ledger, "ledger");
	rc = db_bind(ledger, stmt, "iti", fs, space, (int64_t)end);
	if (rc)
		return rc;
	while ((rc = db_step(ledger, stmt)) > 0) {
		/* those of a space do not overlap: what follows is before */
		if ((uint64_t)sqlite3_column_int64(stmt, 4) <= start) {
			rc = 0;
			break;
		}
		rc = add_row(rows, stmt);
		if (rc)
			break;
	}
	sqlite3_reset(stmt);
	if (!rc && rows->nr)
		qsort(rows->v, rows->nr, sizeof(*rows->v), compare_rows);
	return rc;
}

static int select_rows(struct ledger *ledger, sqlite3_stmt *stmt, int rc,
		       struct rows *rows)
{
	while (!rc && (rc = db_step(ledger, stmt)) > 0)
		rc = add_row(rows, stmt);
	sqlite3_reset(stmt);
	return rc;
}

int rows_of_device(struct ledger *ledger, int64_t fs, int64_t dev,
		   uint64_t start, uint64_t end, struct rows *rows)
{
	const uint64_t before = start > SHORT_BYTES ? start - SHORT_BYTES : 0;
	sqlite3_stmt *stmt;
	int rc;

	stmt = db_prepare(ledger,
			  "SELECT " ROW_COLUMNS " FROM loss INDEXED BY"
			  " loss_short WHERE fs=?1 AND dev=?2 AND state<2 AND"
			  " dstart IS NOT NULL AND end-start<=1048576 AND"
			  " dstart>=?5 AND dstart<?4 AND dstart+end-start>?3");
	if (!stmt)
		return db_fail(ledger, "ledger");
	rc = db_bind(ledger, stmt, "iiiii", fs, dev, (int64_t)start,
		     (int64_t)end, (int64_t)before);
	rc = select_rows(ledger, stmt, rc, rows);
	if (rc)
		return rc;
	stmt = db_prepare(ledger,
			  "SELECT " ROW_COLUMNS " FROM loss INDEXED BY"
			  " loss_long WHERE fs=?1 AND dev=?2 AND state<2 AND"
			  " dstart IS NOT NULL AND end-start>1048576 AND"
			  " dstart<?4 AND dstart+end-start>?3");
	if (!stmt)
		return db_fail(ledger, "ledger");
	rc = db_bind(ledger, stmt, "iiii", fs, dev, (int64_t)start,
		     (int64_t)end);
	return select_rows(ledger, stmt, rc, rows);
}

int rows_of_filesystem(struct ledger *ledger, int64_t fs, int64_t id,
		       size_t limit, struct rows *rows)
{
	sqlite3_stmt *stmt;
	int rc;

	stmt = db_prepare(ledger, "SELECT " ROW_COLUMNS " FROM loss"
				  " WHERE fs=?1 AND id>?2 AND state<2"
				  " ORDER BY id LIMIT ?3");
	if (!stmt)
		return db_fail(ledger, "ledger");
	rc = db_bind(ledger, stmt, "iii", fs, id, (int64_t)limit);
	return select_rows(ledger, stmt, rc, rows);
}
