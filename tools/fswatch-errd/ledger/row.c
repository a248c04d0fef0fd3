// SPDX-License-Identifier: GPL-2.0-only
/* Losses as they are stored. */
#include "db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void read_text(char *to, size_t size, sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	to[0] = '\0';
	if (text)
		strncat(to, text, size - 1);
}

/*
 * The column is 0 or 1, or dlen, which is above 1: who does not know that reads a 1, and
 * the database is that of older versions.
 */
static void read_placed(struct ledger_loss *l, int64_t placed)
{
	l->placed = placed;
	l->dlen = placed > 1 ? placed : 0;
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
	read_placed(l, sqlite3_column_int64(stmt, at++));
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
	put(&b, l->placed && l->dlen ? (int64_t)l->dlen : l->placed);
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

	ledger->rows++;
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

	ledger->rows++;
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

/*
 * Of a row with a changed bit, which SQLite does not see, nothing is made: what takes
 * bytes from it until it has none any more would find it for ever.
 */
static bool is_sane(const struct ledger_loss *l)
{
	return l->start < l->end && l->end <= INT64_MAX &&
	       l->dstart <= INT64_MAX - (l->end - l->start) &&
	       l->dlen <= SHORT_BYTES && l->dstart <= INT64_MAX - l->dlen;
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
	row_read(&rows->v[rows->nr], stmt);
	rows->nr += is_sane(&rows->v[rows->nr].l);
	return 0;
}

static int select_rows(struct ledger *ledger, sqlite3_stmt *stmt, int rc,
		       struct rows *rows)
{
	while (!rc && rows->nr < ROWS_CHUNK && (rc = db_step(ledger, stmt)) > 0)
		rc = add_row(rows, stmt);
	sqlite3_reset(stmt);
	return rc;
}

int rows_of_space(struct ledger *ledger, int64_t fs, const char *space,
		  uint64_t start, uint64_t end, struct rows *rows)
{
	sqlite3_stmt *stmt;
	int rc;

	rows->nr = 0;
	if (start >= end)
		return 0;
	/* those of a space do not overlap: one at most begins before and ends in it */
	stmt = db_prepare(ledger, "SELECT " ROW_COLUMNS " FROM loss"
				  " INDEXED BY loss_space"
				  " WHERE fs=?1 AND space=?2 AND state<2 AND"
				  " start<=?3 ORDER BY start DESC LIMIT 1");
	if (!stmt)
		return db_fail(ledger, "ledger");
	rc = db_bind(ledger, stmt, "iti", fs, space, (int64_t)start);
	rc = select_rows(ledger, stmt, rc, rows);
	if (rc)
		return rc;
	if (rows->nr && rows->v[0].l.end <= start)
		rows->nr = 0;
	stmt = db_prepare(ledger, "SELECT " ROW_COLUMNS " FROM loss"
				  " INDEXED BY loss_space"
				  " WHERE fs=?1 AND space=?2 AND state<2 AND"
				  " start>?3 AND start<?4 ORDER BY start");
	if (!stmt)
		return db_fail(ledger, "ledger");
	rc = db_bind(ledger, stmt, "itii", fs, space, (int64_t)start,
		     (int64_t)end);
	return select_rows(ledger, stmt, rc, rows);
}

#define AND_BEHIND \
	" AND dstart+CASE WHEN placed>1 THEN placed ELSE end-start END>?3"
/* what overlaps [?3, ?4) of the device, from ?5 on, and is short, or long */
#define IN_SHORT(index)                                              \
	"SELECT " ROW_COLUMNS " FROM loss INDEXED BY " index         \
	" WHERE fs=?1 AND dev=?2 AND state<2 AND dstart IS NOT NULL" \
	" AND end-start<=1048576 AND dstart>=?5 AND dstart<?4" AND_BEHIND
#define IN_LONG(index)                                               \
	"SELECT " ROW_COLUMNS " FROM loss INDEXED BY " index         \
	" WHERE fs=?1 AND dev=?2 AND state<2 AND dstart IS NOT NULL" \
	" AND end-start>1048576 AND dstart>=?5 AND dstart<?4" AND_BEHIND
#define IN_PLACE " ORDER BY dstart"
/* as in the index: a bulk record, or a range that is not resolved */
#define AND_VAGUE " AND (kind=10 OR (kind=7 AND flags&1))" IN_PLACE
#define AND_TO_DOUBT " AND (condition=0 OR (kind=7 AND flags&256))" IN_PLACE

_Static_assert(SHORT_BYTES == 1048576 && FSERROR_KIND_BULK == 10 &&
		       FSERROR_KIND_MEDIA == 7 &&
		       FSERROR_RECORD_FLAG_UNRESOLVED == 1 &&
		       FSERROR_RECORD_FLAG_UNOWNED == 256 && LEDGER_BAD == 0,
	       "and the texts above");

static int next_of_device(struct ledger *ledger, const struct span *span,
			  enum rows_which which, struct rows *rows)
{
	static const char *const texts[][2] = {
		[ROWS_ALL] = { IN_SHORT("loss_short") IN_PLACE,
			       IN_LONG("loss_long") IN_PLACE },
		[ROWS_TO_DOUBT] = { IN_SHORT("loss_short") AND_TO_DOUBT,
				    IN_LONG("loss_long") AND_TO_DOUBT },
		[ROWS_VAGUE] = { IN_SHORT("loss_short_vague") AND_VAGUE,
				 IN_LONG("loss_long_vague") AND_VAGUE },
	};
	uint64_t from = span->from;
	sqlite3_stmt *stmt;
	int rc;

	rows->nr = 0;
	if (!span->longer && from + SHORT_BYTES < span->start)
		from = span->start - SHORT_BYTES;
	stmt = db_prepare(ledger, texts[which][span->longer]);
	if (!stmt)
		return db_fail(ledger, "ledger");
	rc = db_bind(ledger, stmt, "iiiii", span->fs, span->dev,
		     (int64_t)span->start, (int64_t)span->end, (int64_t)from);
	return select_rows(ledger, stmt, rc, rows);
}

int rows_of_device(struct ledger *ledger, struct span *span,
		   enum rows_which which, struct rows *rows)
{
	int rc = next_of_device(ledger, span, which, rows);

	if (!rc && !rows->nr && !span->longer) {
		span->longer = true;
		span->from = 0;
		rc = next_of_device(ledger, span, which, rows);
	}
	if (rows->nr)
		span->from = rows->v[rows->nr - 1].l.dstart;
	return rc;
}

int rows_of_filesystem(struct ledger *ledger, int64_t fs, int64_t id,
		       struct rows *rows)
{
	sqlite3_stmt *stmt;
	int rc;

	rows->nr = 0;
	stmt = db_prepare(ledger, "SELECT " ROW_COLUMNS " FROM loss"
				  " INDEXED BY loss_open"
				  " WHERE fs=?1 AND id>?2 AND state<2"
				  " ORDER BY id");
	if (!stmt)
		return db_fail(ledger, "ledger");
	rc = db_bind(ledger, stmt, "ii", fs, id);
	return select_rows(ledger, stmt, rc, rows);
}

int row_again(struct ledger *ledger, int64_t id, struct row *row)
{
	sqlite3_stmt *stmt;
	int rc;

	stmt = db_prepare(ledger, "SELECT " ROW_COLUMNS " FROM loss"
				  " WHERE id=?1 AND state<2");
	if (!stmt)
		return db_fail(ledger, "ledger");
	rc = db_bind(ledger, stmt, "i", id);
	if (!rc)
		rc = db_step(ledger, stmt);
	if (rc > 0)
		row_read(row, stmt);
	sqlite3_reset(stmt);
	return rc;
}
