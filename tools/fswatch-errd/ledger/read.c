// SPDX-License-Identifier: GPL-2.0-only
/* Looking at the losses; words. */
#include "db.h"

#include <string.h>

_Static_assert(FSERROR_RECORD_FLAG_UNRESOLVED == 1 &&
		       FSERROR_RECORD_FLAG_UNOWNED == 256 &&
		       FSERROR_KIND_MEDIA == 7,
	       "and the sums of them, as ledger_is_unowned() has it");

/* what no version has written: a bit has changed that SQLite cannot see */
#define UNKNOWN "unknown"

const char *ledger_state_name(enum ledger_state state)
{
	static const char *const names[] = { "open", "acknowledged", "closed" };

	return state < sizeof(names) / sizeof(*names) ? names[state] : UNKNOWN;
}

const char *ledger_condition_name(enum ledger_condition condition)
{
	static const char *const names[] = { "bad", "content-unknown" };

	return condition < sizeof(names) / sizeof(*names) ? names[condition] :
							    UNKNOWN;
}

const char *ledger_why_name(enum ledger_why why)
{
	static const char *const names[] = {
		[LEDGER_NOT_CLOSED] = "not-closed",
		[LEDGER_RESTORED] = "restored",
		[LEDGER_ZEROED] = "zeroed",
		[LEDGER_REWRITTEN] = "rewritten",
		[LEDGER_RELEASED] = "released",
		[LEDGER_RESOLVED] = "resolved",
		[LEDGER_UNOWNED] = "unowned",
	};

	return why < sizeof(names) / sizeof(*names) ? names[why] : UNKNOWN;
}

static void copy_text(char to[FSERROR_NAME_MAX], sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	to[0] = '\0';
	if (text)
		strncat(to, text, FSERROR_NAME_MAX - 1);
}

/* what is beside the columns of the loss */
static void read_rest(struct ledger_loss *l, sqlite3_stmt *stmt)
{
	const void *uuid = sqlite3_column_blob(stmt, ROW_NR_COLUMNS);

	l->has_uuid = uuid && sqlite3_column_bytes(stmt, ROW_NR_COLUMNS) ==
				      FSERROR_UUID_LEN;
	if (l->has_uuid)
		memcpy(l->uuid, uuid, FSERROR_UUID_LEN);
	l->copy = sqlite3_column_int64(stmt, ROW_NR_COLUMNS + 1);
	copy_text(l->fstype, stmt, ROW_NR_COLUMNS + 2);
	copy_text(l->sb_id, stmt, ROW_NR_COLUMNS + 3);
	l->path = (const char *)sqlite3_column_text(stmt, ROW_NR_COLUMNS + 4);
}

#define LOSS_COLUMNS                                                            \
	"loss.id,loss.fs,space,start,end,kind,meta,has_ino,loss.root,loss.ino," \
	"loss.generation,in_file,has_device,placed,role,dev,major,minor,"       \
	"dstart,layer,origin_major,origin_minor,ostart,cause,error,flags,"      \
	"count,handle_type,handle,first_seen,last_seen,changed,loss.boot,"      \
	"loss.instance,condition,state,why,note,uuid,copy,fstype,sb_id,path"

#define LOSSES                                                       \
	"SELECT " LOSS_COLUMNS " FROM loss"                          \
	" JOIN filesystem ON filesystem.id=loss.fs"                  \
	" LEFT JOIN name ON name.fs=loss.fs AND name.root=loss.root" \
	" AND name.ino=loss.ino AND name.generation=loss.generation" \
	" WHERE "
#define IN_ORDER                                                          \
	" ORDER BY loss.fs,in_file DESC,loss.root,loss.ino,start,loss.id" \
	" LIMIT ?2"

int ledger_each(struct ledger *ledger, const struct ledger_query *query,
		int (*visit)(void *arg, const struct ledger_loss *loss),
		void *arg)
{
	sqlite3_stmt *stmt;
	struct row row;
	int rc;

	/* texts of their own, so that each finds its index */
	if (query->id)
		stmt = db_prepare(ledger, LOSSES "loss.id=?3 AND"
						 " (?1 OR state<2) LIMIT ?2");
	else if (query->closed)
		stmt = db_prepare(ledger, LOSSES "?1" IN_ORDER);
	else
		stmt = db_prepare(ledger, LOSSES "state<2" IN_ORDER);
	if (!stmt)
		return db_fail(ledger, "ledger");
	rc = db_bind(ledger, stmt, query->id ? "iii" : "ii",
		     (int64_t)query->closed,
		     query->limit ? (int64_t)query->limit : INT64_C(-1),
		     query->id);
	while (!rc && (rc = db_step(ledger, stmt)) > 0) {
		row_read(&row, stmt);
		read_rest(&row.l, stmt);
		rc = visit(arg, &row.l);
	}
	sqlite3_reset(stmt);
	return rc;
}

int ledger_sums(struct ledger *ledger,
		int (*visit)(void *arg, const struct ledger_sum *sum),
		void *arg)
{
	struct ledger_sum sum;
	sqlite3_stmt *stmt;
	int rc = 0;

	stmt = db_prepare(ledger, "SELECT kind,cause,state,count(*),"
				  "sum(end-start),sum(flags&1),"
				  "kind=7 AND (flags&257)=256 AS unowned"
				  " FROM loss WHERE state<2"
				  " GROUP BY kind,cause,state,unowned");
	if (!stmt)
		return db_fail(ledger, "ledger");
	while (!rc && (rc = db_step(ledger, stmt)) > 0) {
		sum.kind = sqlite3_column_int(stmt, 0);
		sum.cause = sqlite3_column_int(stmt, 1);
		sum.state = sqlite3_column_int(stmt, 2);
		sum.losses = sqlite3_column_int64(stmt, 3);
		sum.bytes = sqlite3_column_int64(stmt, 4);
		sum.unresolved = sqlite3_column_int64(stmt, 5);
		sum.unowned = sqlite3_column_int(stmt, 6);
		rc = visit(arg, &sum);
	}
	sqlite3_reset(stmt);
	return rc;
}
