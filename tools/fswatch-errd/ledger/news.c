// SPDX-License-Identifier: GPL-2.0-only
/*
 * News wait in the ledger until everybody who is to be told was told, across restarts.
 * They name a loss and are worded when they are told, so that one that has grown ten
 * times since is told as it is.
 */
#include "db.h"

static int insert(struct ledger *ledger, enum ledger_news_type type,
		  int64_t loss, uint64_t count, const char *text)
{
	int err;

	err = db_run(ledger,
		     "INSERT INTO news(time,type,loss,count,text)"
		     " VALUES(?1,?2,nullif(?3,0),?4,?5)",
		     "iiiit", (int64_t)db_now(), (int64_t)type, loss,
		     (int64_t)count, text);
	if (!err && !ledger->first_news)
		ledger->first_news = sqlite3_last_insert_rowid(ledger->db);
	return err;
}

/* does it get worse? What no file has nobody misses */
static bool is_loud(enum ledger_news_type type, const struct ledger_loss *loss)
{
	return (type == LEDGER_NEWS_OPENED || type == LEDGER_NEWS_GROWN ||
		type == LEDGER_NEWS_UNKNOWN) &&
	       !ledger_is_unowned(loss);
}

int news_add(struct ledger *ledger, enum ledger_news_type type,
	     const struct ledger_loss *loss)
{
	int64_t before = 0;
	int err;

	/* that it was opened says all; that it has grown is said once */
	if (ledger->first_news && type == LEDGER_NEWS_GROWN) {
		err = db_number(ledger, &before,
				"SELECT 1 FROM news WHERE loss=?1 AND id>=?2",
				"ii", loss->id, ledger->first_news);
		if (err || before)
			return err;
	}
	if (ledger->news >= LEDGER_NEWS_BURST) {
		if (is_loud(type, loss))
			ledger->more++;
		else
			ledger->changed++;
		return 0;
	}
	ledger->news++;
	return insert(ledger, type, loss->id, 0, NULL);
}

int news_flush(struct ledger *ledger)
{
	int err = 0;

	if (ledger->more)
		err = insert(ledger, LEDGER_NEWS_MORE, 0, ledger->more, NULL);
	if (!err && ledger->changed)
		err = insert(ledger, LEDGER_NEWS_CHANGED, 0, ledger->changed,
			     NULL);
	ledger->more = 0;
	ledger->changed = 0;
	ledger->news = 0;
	ledger->first_news = 0;
	return err;
}

int ledger_add_event(struct ledger *ledger, const char *text)
{
	return insert(ledger, LEDGER_NEWS_EVENT, 0, 0, text);
}

const char *ledger_news_name(enum ledger_news_type type)
{
	static const char *const names[] = {
		[LEDGER_NEWS_OPENED] = "lost",
		[LEDGER_NEWS_GROWN] = "grown",
		[LEDGER_NEWS_UNKNOWN] = "content-unknown",
		[LEDGER_NEWS_ACKNOWLEDGED] = "acknowledged",
		[LEDGER_NEWS_CLOSED] = "closed",
		[LEDGER_NEWS_MORE] = "more",
		[LEDGER_NEWS_EVENT] = "event",
		[LEDGER_NEWS_CHANGED] = "changed",
	};

	return type && type < sizeof(names) / sizeof(*names) ? names[type] :
							       NULL;
}

int ledger_told(struct ledger *ledger, const char *who, int64_t *id,
		uint64_t *gone)
{
	int64_t first = 0;
	int err;

	*id = -1;
	*gone = 0;
	err = db_number(ledger, id, "SELECT id FROM told WHERE who=?1", "t",
			who);
	if (err)
		return err;
	if (*id < 0) {
		/* what was before has been told to others */
		err = db_number(ledger, id,
				"SELECT coalesce((SELECT seq FROM"
				" sqlite_sequence WHERE name='news'),0)",
				"");
		return err ? err : ledger_set_told(ledger, who, *id);
	}
	err = db_number(ledger, &first,
			"SELECT coalesce(min(id),0) FROM news WHERE id>?1", "i",
			*id);
	if (!err && first > *id + 1)
		*gone = first - *id - 1;
	return err;
}

int ledger_set_told(struct ledger *ledger, const char *who, int64_t id)
{
	return db_run(ledger, "INSERT OR REPLACE INTO told VALUES(?1,?2)", "ti",
		      who, id);
}

int ledger_news_each(struct ledger *ledger, int64_t after, unsigned int limit,
		     int (*visit)(void *arg, const struct ledger_news *news),
		     void *arg)
{
	struct ledger_news news;
	sqlite3_stmt *stmt;
	int rc;

	stmt = db_prepare(ledger, "SELECT id,time,type,loss,count,text FROM"
				  " news WHERE id>?1 ORDER BY id LIMIT ?2");
	if (!stmt)
		return db_fail(ledger, "ledger");
	rc = db_bind(ledger, stmt, "ii", after, (int64_t)limit);
	while (!rc && (rc = db_step(ledger, stmt)) > 0) {
		news.id = sqlite3_column_int64(stmt, 0);
		news.time = sqlite3_column_int64(stmt, 1);
		news.type = sqlite3_column_int(stmt, 2);
		news.loss = sqlite3_column_int64(stmt, 3);
		news.count = sqlite3_column_int64(stmt, 4);
		news.text = (const char *)sqlite3_column_text(stmt, 5);
		rc = visit(arg, &news);
	}
	sqlite3_reset(stmt);
	return rc;
}
