// SPDX-License-Identifier: GPL-2.0-only
/* What others than the kernel say of losses: restored, acknowledged, named; bounds. */
#include "db.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DAY_NS (UINT64_C(86400) * 1000000000)

/* losses that were closed; LEDGER_STEP or more: there may be others */
static int close_range(struct ledger *ledger, int64_t fs, const char *space,
		       uint64_t start, uint64_t end, enum ledger_why why)
{
	struct rows rows = { 0 };
	int err, nr = 0;
	size_t i;

	do {
		err = rows_of_space(ledger, fs, space, start, end, &rows);
		for (i = 0; !err && i < rows.nr && !db_is_full(ledger);
		     i++, nr++) {
			struct row *row = &rows.v[i];
			const uint64_t a = row->l.start > start ? row->l.start :
								  start;
			const uint64_t b = row->l.end < end ? row->l.end : end;

			err = loss_close(ledger, row, a, b, why);
		}
	} while (!err && rows.nr && !db_is_full(ledger));
	rows_free(&rows);
	return err ? err : nr;
}

static int restored(struct ledger *ledger, const struct fserror_record *rec,
		    uint64_t start, uint64_t end, enum ledger_why why,
		    uint64_t since)
{
	char space[64];
	int64_t fs;
	int rc, nr = 0;

	rc = filesystem_find(ledger, rec, false, &fs);
	if (rc || !fs)
		return rc;
	snprintf(space, sizeof(space), "file/%llu/%llu/%u",
		 (unsigned long long)rec->root, (unsigned long long)rec->ino,
		 rec->generation);
	for (;;) {
		rc = close_range(ledger, fs, space, start, end, why);
		if (rc < 0)
			return rc;
		nr += rc;
		if (!db_is_full(ledger))
			break;
		/* they were written: what is known of a part is true by itself */
		rc = ledger_step(ledger);
		if (rc)
			return rc;
	}
	/* the daemon has heard of our writing, perhaps */
	rc = db_run(ledger,
		    "UPDATE loss SET why=?6 WHERE fs=?1 AND space=?2 AND"
		    " state=2 AND start<?4 AND end>?3 AND changed>=?5 AND"
		    " why=3",
		    "itiiii", fs, space, (int64_t)start, (int64_t)end,
		    (int64_t)since, (int64_t)why);
	return rc ? rc : nr + sqlite3_changes(ledger->db);
}

_Static_assert(LEDGER_REWRITTEN == 3, "and the text above");

int ledger_restored(struct ledger *ledger, const struct fserror_record *rec,
		    uint64_t start, uint64_t end, enum ledger_why why,
		    uint64_t since)
{
	int rc = ledger_begin(ledger), err;

	if (rc)
		return rc;
	if (end > INT64_MAX)
		end = INT64_MAX;
	rc = restored(ledger, rec, start, end, why, since);
	err = rc < 0 ? rc : ledger_commit(ledger);
	if (err)
		ledger_rollback(ledger);
	return err ? err : rc;
}

static int acknowledge(struct ledger *ledger, int64_t id, const char *note)
{
	const struct ledger_loss loss = { .id = id };
	int err;

	err = db_run(ledger,
		     "UPDATE loss SET state=1,changed=?2,note=?3"
		     " WHERE id=?1 AND state<2",
		     "iit", id, (int64_t)db_now(), note ? note : "");
	if (err)
		return err;
	if (!sqlite3_changes(ledger->db)) {
		snprintf(ledger->error, sizeof(ledger->error),
			 "there is no loss %lld that is open", (long long)id);
		return -ENOENT;
	}
	return news_add(ledger, LEDGER_NEWS_ACKNOWLEDGED, &loss);
}

int ledger_acknowledge(struct ledger *ledger, int64_t id, const char *note)
{
	int err;

	if (note && strlen(note) > 255) {
		snprintf(ledger->error, sizeof(ledger->error),
			 "the note is longer than 255 bytes");
		return -EINVAL;
	}
	err = ledger_begin(ledger);
	if (!err)
		err = acknowledge(ledger, id, note);
	if (!err)
		err = ledger_commit(ledger);
	if (err)
		ledger_rollback(ledger);
	return err;
}

int ledger_has_name(struct ledger *ledger, const struct fserror_record *rec)
{
	int64_t fs, named = 0;
	int err = filesystem_find(ledger, rec, false, &fs);

	if (!err && fs)
		err = db_number(ledger, &named,
				"SELECT 1 FROM name WHERE fs=?1 AND root=?2 AND"
				" ino=?3 AND generation=?4",
				"iiii", fs, (int64_t)rec->root,
				(int64_t)rec->ino, (int64_t)rec->generation);
	return err ? err : (int)named;
}

int ledger_set_path(struct ledger *ledger, const struct fserror_record *rec,
		    const char *path)
{
	int64_t fs;
	int err;

	if (path && strlen(path) > LEDGER_PATH_MAX)
		return -ENAMETOOLONG;
	err = filesystem_find(ledger, rec, false, &fs);
	if (err || !fs)
		return err;
	return db_run(ledger,
		      "INSERT OR REPLACE INTO name VALUES(?1,?2,?3,?4,?5)",
		      "iiiit", fs, (int64_t)rec->root, (int64_t)rec->ino,
		      (int64_t)rec->generation, path);
}

/* @sql deletes LIMIT ?1 rows, by what @value, ?2, is; until there are no more */
static int prune_by(struct ledger *ledger, const char *sql, int64_t value)
{
	int err, gone;

	do {
		err = db_run(ledger, sql, "ii", (int64_t)ledger->step, value);
		gone = sqlite3_changes(ledger->db);
		if (!err && gone)
			err = ledger_step(ledger);
	} while (!err && gone);
	return err;
}

static int prune(struct ledger *ledger, uint64_t now)
{
	const struct {
		const char *sql;
		int64_t value;
	} bounds[] = {
		{ "DELETE FROM loss WHERE id IN (SELECT id FROM loss"
		  " INDEXED BY loss_closed WHERE state=2 AND changed<?2"
		  " LIMIT ?1)",
		  now - LEDGER_KEEP_DAYS * DAY_NS },
		{ "DELETE FROM loss WHERE id IN (SELECT id FROM loss"
		  " INDEXED BY loss_closed WHERE state=2"
		  " ORDER BY changed DESC LIMIT ?1 OFFSET ?2)",
		  LEDGER_MAX_CLOSED },
		{ "DELETE FROM news WHERE time<?2 AND id IN"
		  " (SELECT id FROM news ORDER BY id LIMIT ?1)",
		  now - LEDGER_NEWS_DAYS * DAY_NS },
		{ "DELETE FROM news WHERE id IN (SELECT id FROM news WHERE"
		  " id<=(SELECT max(id) FROM news)-?2 LIMIT ?1)",
		  LEDGER_MAX_NEWS },
		/* names and filesystems of which there is no loss any more */
		{ "DELETE FROM filesystem WHERE id IN (SELECT id FROM"
		  " filesystem WHERE mounted=?2"
		  " AND NOT EXISTS(SELECT 1 FROM loss INDEXED BY loss_open"
		  "  WHERE fs=filesystem.id AND state<2)"
		  " AND NOT EXISTS(SELECT 1 FROM loss INDEXED BY"
		  "  loss_closed_space WHERE fs=filesystem.id AND state=2)"
		  " LIMIT ?1)",
		  0 },
		{ "DELETE FROM name WHERE (fs,root,ino,generation) IN (SELECT"
		  " fs,root,ino,generation FROM name WHERE ?2=0 AND"
		  " NOT EXISTS(SELECT 1 FROM loss INDEXED BY loss_ino WHERE"
		  " loss.fs=name.fs AND loss.ino=name.ino AND has_ino=1)"
		  " LIMIT ?1)",
		  0 },
	};
	size_t i;
	int err = 0;

	for (i = 0; !err && i < sizeof(bounds) / sizeof(*bounds); i++)
		err = prune_by(ledger, bounds[i].sql, bounds[i].value);
	return err;
}

int ledger_prune(struct ledger *ledger, uint64_t now)
{
	int err = ledger_begin(ledger);

	if (!err)
		err = prune(ledger, now);
	if (!err)
		err = ledger_commit(ledger);
	if (err)
		ledger_rollback(ledger);
	return err;
}
