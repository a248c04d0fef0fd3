// SPDX-License-Identifier: GPL-2.0-only
/*
 * A list of damage with owners: what it has is added as by events; then the losses of
 * the filesystem are held against it.
 *
 * A loss, or a part of one, that the list does not have:
 *
 *	its place is in the list	somebody else owns the place now: released; if it
 *					had no owner, resolved
 *	its place is not in the list	told in this mount: it was written. Told before:
 *					it can be read now, and nobody says why
 *
 * Where the list does not say whose all of a range is nothing is concluded.
 */
#include "db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* those that are not of these mounts are not mounted */
static int see_mounts(struct ledger *ledger, const uint64_t *mounts, size_t nr)
{
	size_t i;
	int err;

	err = db_exec(ledger, "CREATE TEMP TABLE IF NOT EXISTS mounts("
			      " instance INTEGER PRIMARY KEY);"
			      "DELETE FROM mounts");
	for (i = 0; !err && i < nr; i++)
		err = db_run(ledger, "INSERT OR IGNORE INTO mounts VALUES(?1)",
			     "i", (int64_t)mounts[i]);
	if (err)
		return err;
	return db_run(ledger,
		      "UPDATE filesystem SET mounted=0 WHERE mounted=1 AND"
		      " (boot IS NOT ?1 OR instance NOT IN"
		      "  (SELECT instance FROM mounts))",
		      "b", ledger->boot);
}

int ledger_level_begin(struct ledger *ledger,
		       const uint8_t boot[FSERROR_UUID_LEN],
		       const uint64_t *mounts, size_t nr)
{
	struct level *level = &ledger->level;
	int err;

	memcpy(ledger->boot, boot, sizeof(ledger->boot));
	free(level->told);
	memset(level, 0, sizeof(*level));
	err = see_mounts(ledger, mounts, nr);
	if (err)
		return err;
	return db_exec(ledger, "CREATE TEMP TABLE IF NOT EXISTS seen("
			       " space TEXT, start INTEGER, end INTEGER);"
			       "CREATE INDEX IF NOT EXISTS temp.seen_space"
			       " ON seen(space,start);"
			       "DELETE FROM seen");
}

static int level_header(void *arg, const struct fserror_dump_header *header)
{
	struct level *level = &((struct ledger *)arg)->level;

	level->as_of = header->as_of;
	level->header = true;
	return 0;
}

/* that which only finds a filesystem */
static void as_record(const struct fserror_dump_begin *begin,
		      struct fserror_record *rec)
{
	memset(rec, 0, sizeof(*rec));
	if (fserror_present(begin->present, FSERROR_A_DUMP_BEGIN_UUID))
		rec->present |= UINT32_C(1) << FSERROR_A_RECORD_UUID;
	memcpy(rec->uuid, begin->uuid, sizeof(rec->uuid));
	memcpy(rec->fstype, begin->fstype, sizeof(rec->fstype));
	memcpy(rec->sb_id, begin->sb_id, sizeof(rec->sb_id));
	rec->instance = begin->instance;
}

static int level_begin(void *arg, const struct fserror_dump_begin *begin)
{
	struct ledger *ledger = arg;
	struct level *level = &ledger->level;
	struct fserror_record rec;
	int err;

	/* one that did not end is not known */
	if (level->instance)
		level->incomplete = true;
	as_record(begin, &rec);
	level->instance = begin->instance;
	level->nr = 0;
	err = filesystem_find(ledger, &rec, false, &level->fs);
	return err ? err : db_run(ledger, "DELETE FROM seen", "");
}

static int add_told(struct level *level, const struct row *row, bool vague)
{
	const uint64_t start = row->l.placed ? row->l.dstart : 0;
	const uint64_t end = row->l.placed ?
				     start + ledger_device_length(&row->l) :
				     INT64_MAX;
	struct interval *more;
	size_t room;

	if (level->nr == level->room) {
		room = level->room ? level->room * 2 : 64;
		more = reallocarray(level->told, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		level->told = more;
		level->room = room;
	}
	level->told[level->nr++] =
		(struct interval){ start, end, row->dev, vague };
	return 0;
}

/* where it is bad, or may be, of what is no loss that can be looked up */
static int add_unknown(struct ledger *ledger, const struct fserror_record *rec)
{
	struct fserror_record bad = *rec;
	struct row row;
	int rc;

	bad.flags &= ~(uint32_t)FSERROR_RECORD_FLAG_UNKNOWN;
	rc = apply_row(ledger, &bad, &row);
	if (rc <= 0 || !row.l.has_device)
		return rc < 0 ? rc : 0;
	return add_told(&ledger->level, &row, true);
}

/* it is bad, whatever else is: a part of the list is true by itself */
static int list_loss(struct ledger *ledger, struct row *row)
{
	int rc;

	ledger->rows++;
	while ((rc = apply_loss(ledger, row)) == DB_MORE) {
		rc = ledger_step(ledger);
		if (rc)
			return rc;
	}
	return !rc && db_is_full(ledger) ? ledger_step(ledger) : rc;
}

static int level_record(void *arg, const struct fserror_record *rec)
{
	const uint32_t vague = FSERROR_RECORD_FLAG_UNRESOLVED |
			       FSERROR_RECORD_FLAG_PARTIAL |
			       FSERROR_RECORD_FLAG_UNMAPPED;
	struct ledger *ledger = arg;
	struct level *level = &ledger->level;
	struct row row;
	int rc;

	if (rec->flags & FSERROR_RECORD_FLAG_UNKNOWN)
		return add_unknown(ledger, rec);
	rc = apply_row(ledger, rec, &row);
	if (rc <= 0)
		return rc;
	if (!level->fs) {
		rc = filesystem_find(ledger, rec, true, &level->fs);
		if (rc)
			return rc;
	}
	row.l.fs = level->fs;
	rc = list_loss(ledger, &row);
	if (!rc)
		rc = db_run(ledger, "INSERT INTO seen VALUES(?1,?2,?3)", "tii",
			    row.space, (int64_t)row.l.start,
			    (int64_t)row.l.end);
	if (!rc && row.l.has_device)
		rc = add_told(level, &row,
			      rec->flags & vague ||
				      rec->kind == FSERROR_KIND_BULK);
	return rc;
}

static int compare_told(const void *pa, const void *pb)
{
	const struct interval *a = pa, *b = pb;

	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	if (a->vague != b->vague)
		return a->vague ? 1 : -1;
	return a->start < b->start ? -1 : a->start > b->start;
}

/* sorted by device and kind; of a kind those that overlap or touch are one */
static void tidy_told(struct level *level)
{
	struct interval *last = NULL;
	size_t i, nr = 0;

	if (level->nr)
		qsort(level->told, level->nr, sizeof(*level->told),
		      compare_told);
	for (i = 0; i < level->nr; i++) {
		const struct interval next = level->told[i];

		if (last && last->dev == next.dev && next.start <= last->end &&
		    last->vague == next.vague) {
			if (next.end > last->end)
				last->end = next.end;
			continue;
		}
		last = &level->told[nr++];
		*last = next;
	}
	level->nr = nr;
}

enum place {
	PLACE_GOOD,
	PLACE_TOLD,
	PLACE_VAGUE,
};

/* the first of this kind that does not end before @start, or NULL */
static const struct interval *find_told(const struct level *level, int64_t dev,
					bool vague, uint64_t start)
{
	const struct interval key = { start, 0, dev, vague };
	size_t low = 0, high = level->nr, middle;
	const struct interval *told;

	while (low < high) {
		middle = low + (high - low) / 2;
		told = &level->told[middle];
		if (told->dev == dev && told->vague == vague ?
			    told->end <= start :
			    compare_told(told, &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	told = &level->told[low];
	return low < level->nr && told->dev == dev && told->vague == vague ?
		       told :
		       NULL;
}

/* does @told have the byte @start? *@until: up to where that is so */
static bool is_told(const struct interval *told, uint64_t start,
		    uint64_t *until)
{
	uint64_t change;

	if (!told)
		return false;
	change = told->start > start ? told->start : told->end;
	if (change < *until)
		*until = change;
	return told->start <= start;
}

/*
 * What the list says of the beginning of [@start, @end), and where that ends. What it
 * is vague about it may say exactly, too: then that is not all.
 */
static enum place look_up(const struct level *level, int64_t dev,
			  uint64_t start, uint64_t end, uint64_t *until)
{
	bool exact, vague;

	*until = end;
	exact = is_told(find_told(level, dev, false, start), start, until);
	vague = is_told(find_told(level, dev, true, start), start, until);
	if (vague)
		return PLACE_VAGUE;
	return exact ? PLACE_TOLD : PLACE_GOOD;
}

/* the same of all that a loss stands on, whatever part of it is left: the worst of it */
static enum place look_up_all(const struct level *level, const struct row *row)
{
	const uint64_t end = row->l.dstart + row->l.dlen;
	enum place worst = PLACE_GOOD, place;
	uint64_t at, until;

	for (at = row->l.dstart; at < end; at = until) {
		place = look_up(level, row->dev, at, end, &until);
		if (place > worst)
			worst = place;
	}
	return worst;
}

/* the first bytes at or after @at that were not seen; false if there are none */
static int next_unseen(struct ledger *ledger, const struct row *row,
		       uint64_t at, uint64_t *a, uint64_t *b)
{
	sqlite3_stmt *stmt;
	uint64_t start, end;
	int rc;

	*a = at;
	*b = row->l.end;
	stmt = db_prepare(ledger, "SELECT start,end FROM seen WHERE space=?1"
				  " AND start<?3 AND end>?2 ORDER BY start");
	if (!stmt)
		return db_fail(ledger, "ledger");
	rc = db_bind(ledger, stmt, "tii", row->space, (int64_t)at,
		     (int64_t)row->l.end);
	while (!rc && (rc = db_step(ledger, stmt)) > 0) {
		start = sqlite3_column_int64(stmt, 0);
		end = sqlite3_column_int64(stmt, 1);
		rc = 0;
		if (start > *a) {
			*b = start;
			break;
		}
		if (end > *a)
			*a = end;
	}
	sqlite3_reset(stmt);
	return rc < 0 ? rc : *a < *b;
}

static bool has_no_owner(const struct ledger_loss *l)
{
	return l->kind == FSERROR_KIND_BULK || l->kind == FSERROR_KIND_MEDIA;
}

/* [@a, @b) of the row was not seen, and its place is this; *@done: it was changed */
static int judge(struct ledger *ledger, struct row *row, uint64_t a, uint64_t b,
		 enum place place, bool *done)
{
	const struct level *level = &ledger->level;
	const struct ledger_loss *l = &row->l;
	const bool same_mount = l->instance == level->instance &&
				!memcmp(l->boot, ledger->boot, sizeof(l->boot));

	*done = true;
	if (place == PLACE_TOLD)
		return loss_close(ledger, row, a, b,
				  has_no_owner(l) ? LEDGER_RESOLVED :
						    LEDGER_RELEASED);
	if (place == PLACE_GOOD && l->condition == LEDGER_BAD) {
		/* it stood for several pieces, and they are known now */
		if (same_mount && l->kind == FSERROR_KIND_BULK)
			return loss_close(ledger, row, a, b, LEDGER_RESOLVED);
		if (same_mount)
			return loss_close(ledger, row, a, b, LEDGER_REWRITTEN);
		if (l->flags & FSERROR_RECORD_FLAG_UNOWNED)
			return loss_close(ledger, row, a, b, LEDGER_UNOWNED);
		return loss_condition(ledger, row, a, b,
				      LEDGER_CONTENT_UNKNOWN);
	}
	*done = false;
	return 0;
}

/* One change at most: 1 if there was one, and what is left is to be looked at again */
static int hold_against(struct ledger *ledger, struct row *row)
{
	uint64_t a, b, da, until, at = row->l.start;
	enum place place;
	bool done = false;
	int rc;

	/* a list says nothing of what has no place on a device */
	if (!row->l.has_device ||
	    (!row->l.placed && row->l.kind == FSERROR_KIND_BULK))
		return 0;
	while (!done && (rc = next_unseen(ledger, row, at, &a, &b)) > 0) {
		if (row->l.placed && row->l.dlen) {
			place = look_up_all(&ledger->level, row);
		} else if (row->l.placed) {
			da = row->l.dstart + (a - row->l.start);
			place = look_up(&ledger->level, row->dev, da,
					da + (b - a), &until);
			b = a + (until - da);
		} else {
			place = PLACE_GOOD;
		}
		at = b;
		rc = judge(ledger, row, a, b, place, &done);
		if (rc)
			return rc;
	}
	return done ? 1 : rc;
}

/* what is cut off behind it has a later number, and its turn comes */
static int settle(struct ledger *ledger, struct row *row)
{
	const int64_t id = row->l.id;
	int rc;

	ledger->rows++;
	while ((rc = hold_against(ledger, row)) > 0) {
		rc = row_again(ledger, id, row);
		if (rc <= 0)
			return rc;
	}
	return rc;
}

/*
 * The list is complete, and all that it has is in the ledger: so each loss is judged by
 * itself, and those that were not looked at yet when the daemon ends stay open until
 * the next list.
 */
static int reconcile(struct ledger *ledger)
{
	struct rows rows = { 0 };
	int64_t id = 0;
	size_t i;
	int rc;

	tidy_told(&ledger->level);
	do {
		rc = rows_of_filesystem(ledger, ledger->level.fs, id, &rows);
		for (i = 0; !rc && i < rows.nr; i++) {
			id = rows.v[i].l.id;
			rc = settle(ledger, &rows.v[i]);
		}
		if (!rc && db_is_full(ledger))
			rc = ledger_step(ledger);
	} while (!rc && rows.nr);
	rows_free(&rows);
	return rc;
}

static int level_end(void *arg, const struct fserror_dump_end *end)
{
	struct ledger *ledger = arg;
	struct level *level = &ledger->level;
	const bool whole =
		level->instance && end->instance == level->instance &&
		fserror_present(end->present, FSERROR_A_DUMP_END_COMPLETE) &&
		!fserror_present(end->present, FSERROR_A_DUMP_END_PENDING) &&
		!fserror_present(end->present, FSERROR_A_DUMP_END_GONE);
	int err = 0;

	if (!whole)
		level->incomplete = true;
	else if (level->fs)
		err = reconcile(ledger);
	level->instance = 0;
	level->fs = 0;
	return err;
}

const struct fserror_damage_visitor *ledger_level_visitor(void)
{
	static const struct fserror_damage_visitor visitor = {
		.header = level_header,
		.begin = level_begin,
		.record = level_record,
		.end = level_end,
	};

	return &visitor;
}

int ledger_level_end(struct ledger *ledger, uint64_t *as_of)
{
	struct level *level = &ledger->level;
	const bool again = level->incomplete || level->instance;

	*as_of = level->header ? level->as_of : 0;
	free(level->told);
	level->told = NULL;
	level->nr = 0;
	level->room = 0;
	return again;
}
