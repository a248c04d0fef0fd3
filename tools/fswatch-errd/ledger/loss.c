// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ranges of losses: what is new of one, what a part of it becomes.
 *
 * In a space, which is a file, or a device and a kind of thing, losses that are not
 * closed do not overlap. Of those that touch, two that differ in nothing are one.
 */
#include "db.h"

#include <stdio.h>
#include <string.h>

/* those that are of a loss itself, not of the moment when it was told */
#define LASTING_FLAGS                                                    \
	(FSERROR_RECORD_FLAG_UNRESOLVED | FSERROR_RECORD_FLAG_UNMAPPED | \
	 FSERROR_RECORD_FLAG_PARTIAL | FSERROR_RECORD_FLAG_UNOWNED)

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* let it begin later, or earlier, with its places */
static void move_start(struct ledger_loss *l, uint64_t start)
{
	const uint64_t by = start - l->start;

	/* all of it stands on all of its place, if that has another length */
	if (l->placed && !l->dlen) {
		l->dstart += by;
		l->ostart += by;
	}
	l->start = start;
}

void loss_place(const struct row *row, uint64_t dstart, uint64_t dend,
		uint64_t *a, uint64_t *b)
{
	const struct ledger_loss *l = &row->l;
	const uint64_t end = l->dstart + ledger_device_length(l);

	if (l->dlen) {
		*a = l->start;
		*b = l->end;
		return;
	}
	*a = l->start + (max_u64(dstart, l->dstart) - l->dstart);
	*b = l->end - (end - min_u64(dend, end));
}

/* were both told in the same mount? */
static bool same_mount(const struct ledger_loss *a, const struct ledger_loss *b)
{
	return a->instance == b->instance &&
	       !memcmp(a->boot, b->boot, sizeof(a->boot));
}

/* do both stand for the same, but for their ranges? */
static bool alike(const struct ledger_loss *a, const struct ledger_loss *b)
{
	if (!same_mount(a, b))
		return false;
	if (a->state != LEDGER_OPEN || b->state != LEDGER_OPEN ||
	    (a->flags | b->flags) & FSERROR_RECORD_FLAG_PARTIAL)
		return false;
	if (a->kind != b->kind || a->meta != b->meta || a->cause != b->cause ||
	    a->error != b->error || a->condition != b->condition ||
	    (a->flags & LASTING_FLAGS) != (b->flags & LASTING_FLAGS) ||
	    a->has_device != b->has_device || a->placed != b->placed ||
	    a->dlen != b->dlen)
		return false;
	if (!a->placed)
		return true;
	if (a->dlen)
		return a->dstart == b->dstart && a->ostart == b->ostart &&
		       a->origin_major == b->origin_major &&
		       a->origin_minor == b->origin_minor;
	return a->dstart - a->start == b->dstart - b->start &&
	       a->ostart - a->start == b->ostart - b->start &&
	       a->origin_major == b->origin_major &&
	       a->origin_minor == b->origin_minor;
}

/* it was seen as @now is */
static void see(struct ledger_loss *l, const struct ledger_loss *now)
{
	l->first_seen = min_u64(l->first_seen, now->first_seen);
	l->last_seen = max_u64(l->last_seen, now->last_seen);
	l->instance = now->instance;
	memcpy(l->boot, now->boot, sizeof(l->boot));
	l->major = now->major;
	l->minor = now->minor;
}

/*
 * Cut [@a, @b) out of @row, which becomes that part; what is before and behind it
 * are losses of their own, and the first of them keeps the number. The caller changes
 * the part and stores it.
 */
static int cut(struct ledger *ledger, struct row *row, uint64_t a, uint64_t b)
{
	const struct row whole = *row;
	struct row rest;
	int err;

	if (a <= whole.l.start && b >= whole.l.end)
		return 0;
	if (a > whole.l.start) {
		rest = whole;
		rest.l.end = a;
		move_start(&row->l, a);
		err = row_update(ledger, &rest);
		if (err)
			return err;
	}
	if (b < whole.l.end) {
		rest = whole;
		move_start(&rest.l, b);
		row->l.end = b;
		err = a > whole.l.start ? row_insert(ledger, &rest) :
					  row_update(ledger, &rest);
		if (err)
			return err;
	}
	return row_insert(ledger, row);
}

int loss_close(struct ledger *ledger, struct row *row, uint64_t a, uint64_t b,
	       enum ledger_why why)
{
	int err;

	if (a >= b)
		return 0;
	err = cut(ledger, row, a, b);
	if (err)
		return err;
	row->l.state = LEDGER_CLOSED;
	row->l.why = why;
	row->l.changed = db_now();
	err = row_update(ledger, row);
	if (err)
		return err;
	if (ledger->open >= 0)
		ledger->open--;
	/* that its owners are known is told with them */
	return why == LEDGER_RESOLVED ?
		       0 :
		       news_add(ledger, LEDGER_NEWS_CLOSED, &row->l);
}

int loss_condition(struct ledger *ledger, struct row *row, uint64_t a,
		   uint64_t b, enum ledger_condition condition)
{
	int err;

	if (a >= b || row->l.condition == condition)
		return 0;
	err = cut(ledger, row, a, b);
	if (err)
		return err;
	row->l.condition = condition;
	err = row_update(ledger, row);
	if (err)
		return err;
	return news_add(ledger,
			condition == LEDGER_BAD ? LEDGER_NEWS_GROWN :
						  LEDGER_NEWS_UNKNOWN,
			&row->l);
}

/* one neighbour of [@start, @end) in the space, or none */
static int touching(struct ledger *ledger, const struct row *row, uint64_t at,
		    bool before, struct row *found, bool *any)
{
	struct rows rows = { 0 };
	int err;

	*any = false;
	if (before && !at)
		return 0;
	err = before ? rows_of_space(ledger, row->l.fs, row->space, at - 1, at,
				     &rows) :
		       rows_of_space(ledger, row->l.fs, row->space, at, at + 1,
				     &rows);
	if (!err && rows.nr && alike(&rows.v[0].l, &row->l)) {
		*found = rows.v[0];
		*any = true;
	}
	rows_free(&rows);
	return err;
}

/* when there are too many: one for each device, from the first to the last */
static int add_to_coarse(struct ledger *ledger, const struct row *piece)
{
	struct row row = *piece;
	struct rows rows = { 0 };
	struct ledger_loss *l = &row.l;
	int err;

	if (!l->placed || l->in_file) {
		l->start = l->placed ? l->dstart : 0;
		l->end = l->start + ledger_device_length(&piece->l);
	}
	l->in_file = false;
	l->has_ino = false;
	l->handle_len = 0;
	l->kind = FSERROR_KIND_BULK;
	l->meta = 0;
	l->flags = FSERROR_RECORD_FLAG_PARTIAL;
	l->placed = false;
	l->dlen = 0;
	snprintf(row.space, sizeof(row.space), "more/%lld", (long long)row.dev);
	err = rows_of_space(ledger, l->fs, row.space, 0, INT64_MAX, &rows);
	if (!err && !rows.nr) {
		err = row_insert(ledger, &row);
		if (!err)
			err = news_add(ledger, LEDGER_NEWS_OPENED, &row.l);
	} else if (!err) {
		rows.v[0].l.start = min_u64(rows.v[0].l.start, l->start);
		rows.v[0].l.end = max_u64(rows.v[0].l.end, l->end);
		rows.v[0].l.count += l->count;
		see(&rows.v[0].l, l);
		err = row_update(ledger, &rows.v[0]);
		if (!err)
			err = news_add(ledger, LEDGER_NEWS_GROWN, &rows.v[0].l);
	}
	rows_free(&rows);
	return err;
}

static int count_open(struct ledger *ledger)
{
	if (ledger->open >= 0)
		return 0;
	return db_number(ledger, &ledger->open,
			 "SELECT count(*) FROM loss WHERE state<2", "");
}

/* bytes that no loss of the space has */
static int add_piece(struct ledger *ledger, const struct row *row,
		     uint64_t start, uint64_t end)
{
	struct row piece = *row, left, right;
	bool has_left, has_right;
	int err;

	move_start(&piece.l, start);
	piece.l.end = end;
	err = touching(ledger, &piece, start, true, &left, &has_left);
	if (!err)
		err = touching(ledger, &piece, end, false, &right, &has_right);
	if (err)
		return err;
	if (!has_left && !has_right) {
		err = count_open(ledger);
		if (err)
			return err;
		if ((uint64_t)ledger->open >= ledger->max_open)
			return add_to_coarse(ledger, &piece);
		err = row_insert(ledger, &piece);
		return err ? err :
			     news_add(ledger, LEDGER_NEWS_OPENED, &piece.l);
	}
	if (!has_left) {
		left = right;
		move_start(&left.l, start);
	} else if (has_right) {
		see(&left.l, &right.l);
		err = row_delete(ledger, &right, left.l.id);
		left.l.end = right.l.end;
	} else {
		left.l.end = end;
	}
	see(&left.l, &piece.l);
	if (!err)
		err = row_update(ledger, &left);
	return err ? err : news_add(ledger, LEDGER_NEWS_GROWN, &left.l);
}

/* cut apart by what was told of a part, it may be one again */
static int join_left(struct ledger *ledger, struct row *row)
{
	struct row left;
	bool any;
	int err;

	err = touching(ledger, row, row->l.start, true, &left, &any);
	if (err || !any)
		return err;
	see(&left.l, &row->l);
	left.l.end = row->l.end;
	err = row_delete(ledger, row, left.l.id);
	return err ? err : row_update(ledger, &left);
}

static bool same_place(const struct row *a, const struct row *b)
{
	if (!a->l.placed || a->dev != b->dev || a->l.dlen != b->l.dlen)
		return false;
	if (a->l.dlen)
		return a->l.dstart == b->l.dstart;
	return a->l.dstart - a->l.start == b->l.dstart - b->l.start;
}

/*
 * Bytes that are a loss already are told again. Of a file that has its bytes in two
 * places, or in another one than before, the last place is kept.
 */
static int see_again(struct ledger *ledger, struct row *row,
		     const struct row *now)
{
	const uint64_t a = max_u64(row->l.start, now->l.start);
	const uint64_t b = min_u64(row->l.end, now->l.end);

	const bool moved = now->l.placed && !same_place(row, now);
	uint64_t by;
	int err;

	/* what is not told again shall not look as if it were */
	const bool again = !same_mount(&row->l, &now->l);

	if (!moved && !again && row->l.last_seen >= now->l.last_seen &&
	    row->l.condition == now->l.condition)
		return 0;
	if (moved || again) {
		err = cut(ledger, row, a, b);
		if (err)
			return err;
	}
	if (moved) {
		row->dev = now->dev;
		row->l.has_device = true;
		row->l.placed = true;
		row->l.role = now->l.role;
		row->l.dlen = now->l.dlen;
		by = now->l.dlen ? 0 : a - now->l.start;
		row->l.dstart = now->l.dstart + by;
		row->l.ostart = now->l.ostart + by;
		row->l.origin_major = now->l.origin_major;
		row->l.origin_minor = now->l.origin_minor;
	}
	see(&row->l, &now->l);
	if (row->l.condition != now->l.condition)
		err = loss_condition(ledger, row, a, b, now->l.condition);
	else
		err = row_update(ledger, row);
	return err || !(moved || again) ? err : join_left(ledger, row);
}

/* the bytes of @row before @found, and those of @found */
static int add_up_to(struct ledger *ledger, struct row *row, uint64_t at,
		     struct row *found)
{
	const uint64_t start = found->l.start, end = found->l.end;
	struct rows again = { 0 };
	int err;

	if (at >= start)
		return see_again(ledger, found, row);
	err = add_piece(ledger, row, at, start);
	/* what was added may have become one with it */
	if (!err)
		err = rows_of_space(ledger, row->l.fs, row->space, start, end,
				    &again);
	if (!err && again.nr)
		err = see_again(ledger, &again.v[0], row);
	rows_free(&again);
	return err;
}

int loss_add(struct ledger *ledger, struct row *row)
{
	uint64_t at = max_u64(row->l.start, ledger->resume), end;
	struct rows rows = { 0 };
	size_t i;
	int rc;

	do {
		rc = rows_of_space(ledger, row->l.fs, row->space, at,
				   row->l.end, &rows);
		for (i = 0; !rc && i < rows.nr; i++) {
			if (db_is_full(ledger)) {
				rc = DB_MORE;
				break;
			}
			end = rows.v[i].l.end;
			rc = add_up_to(ledger, row, at, &rows.v[i]);
			at = end;
		}
	} while (!rc && rows.nr == ROWS_CHUNK);
	if (!rc && at < row->l.end)
		rc = add_piece(ledger, row, at, row->l.end);
	rows_free(&rows);
	ledger->resume = rc == DB_MORE ? at : 0;
	return rc;
}
