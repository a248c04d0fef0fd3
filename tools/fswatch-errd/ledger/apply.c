// SPDX-License-Identifier: GPL-2.0-only
/* What an event does to the losses. */
#include "db.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool has_range(const struct fserror_record *rec)
{
	const uint32_t all =
		1 << FSERROR_A_RANGE_MAJOR | 1 << FSERROR_A_RANGE_MINOR |
		1 << FSERROR_A_RANGE_OFFSET | 1 << FSERROR_A_RANGE_LENGTH;

	/* SQLite counts to the half of what the protocol can say */
	return fserror_has(rec, FSERROR_A_RECORD_DEVICE) &&
	       (rec->device.present & all) == all && rec->device.length &&
	       rec->device.offset <= INT64_MAX &&
	       rec->device.length <= INT64_MAX - rec->device.offset;
}

static bool has_bytes(const struct fserror_record *rec)
{
	return fserror_has(rec, FSERROR_A_RECORD_INO) &&
	       fserror_has(rec, FSERROR_A_RECORD_OFFSET) &&
	       fserror_has(rec, FSERROR_A_RECORD_LENGTH) && rec->length &&
	       rec->offset <= INT64_MAX &&
	       rec->length <= INT64_MAX - rec->offset;
}

bool ledger_is_loss(const struct fserror_record *rec)
{
	/* that nobody can say is no loss */
	if (rec->flags & FSERROR_RECORD_FLAG_UNKNOWN)
		return false;
	switch (rec->kind) {
	case FSERROR_KIND_BUFFERED_WRITE:
		/* what could not be written back is lost, too */
		return has_bytes(rec);
	case FSERROR_KIND_DATA_LOST:
		/* a checksum that is wrong, or a page that went bad, has no place */
		return has_range(rec) || has_bytes(rec);
	case FSERROR_KIND_METADATA:
	case FSERROR_KIND_MEDIA:
	case FSERROR_KIND_BULK:
		return has_range(rec);
	}
	return false;
}

/* one device has a role for itself; members are told apart by their numbers */
static int64_t device_key(const struct fserror_record *rec)
{
	const uint32_t role = rec->role ? rec->role : FSERROR_ROLE_DATA;

	if (role != FSERROR_ROLE_MEMBER)
		return role;
	return (int64_t)rec->device.major << 28 | rec->device.minor << 8 | role;
}

static void fill_device(const struct fserror_record *rec, struct row *row)
{
	struct ledger_loss *l = &row->l;

	l->has_device = true;
	l->placed = !(rec->flags & FSERROR_RECORD_FLAG_UNMAPPED);
	l->major = rec->device.major;
	l->minor = rec->device.minor;
	l->dstart = rec->device.offset;
	/* what is longer, and differs, is nothing that a filesystem tells */
	if (l->placed && l->in_file && rec->device.length != rec->length &&
	    rec->device.length > 1 && rec->device.length <= SHORT_BYTES)
		l->dlen = rec->device.length;
	row->dev = device_key(rec);
	if (!fserror_has(rec, FSERROR_A_RECORD_ORIGIN))
		return;
	l->origin_major = rec->origin.major;
	l->origin_minor = rec->origin.minor;
	l->ostart = rec->origin.offset;
}

static void name_space(const struct fserror_record *rec, struct row *row)
{
	const struct ledger_loss *l = &row->l;

	if (l->in_file)
		snprintf(row->space, sizeof(row->space), "file/%llu/%llu/%u",
			 (unsigned long long)l->root,
			 (unsigned long long)l->ino, l->generation);
	else if (l->placed)
		snprintf(row->space, sizeof(row->space),
			 "device/%lld/%u/%u/%u/%llu/%llu/%u",
			 (long long)row->dev, l->kind, l->meta, l->has_ino,
			 (unsigned long long)l->root,
			 (unsigned long long)l->ino, l->generation);
	else
		snprintf(row->space, sizeof(row->space), "layer/%lld/%u/%u/%s",
			 (long long)row->dev, rec->origin.major,
			 rec->origin.minor, l->layer);
}

int apply_row(struct ledger *ledger, const struct fserror_record *rec,
	      struct row *row)
{
	struct ledger_loss *l = &row->l;

	memset(row, 0, sizeof(*row));
	if (!ledger_is_loss(rec))
		return 0;
	l->kind = rec->kind;
	l->meta = rec->meta;
	l->cause = rec->cause;
	l->error = rec->error;
	l->flags = rec->flags;
	l->role = rec->role ? rec->role : FSERROR_ROLE_DATA;
	l->has_ino = fserror_has(rec, FSERROR_A_RECORD_INO);
	l->root = rec->root;
	l->ino = rec->ino;
	l->generation = rec->generation;
	l->handle_type = rec->handle_type;
	l->handle_len = rec->handle_len;
	memcpy(l->handle, rec->handle, sizeof(l->handle));
	l->count = rec->count ? rec->count : 1;
	l->last_seen = rec->time ? rec->time : db_now();
	l->first_seen = l->last_seen;
	memcpy(l->boot, ledger->boot, sizeof(l->boot));
	l->instance = rec->instance;
	l->condition = rec->flags & FSERROR_RECORD_FLAG_CONTENT_UNKNOWN ?
			       LEDGER_CONTENT_UNKNOWN :
			       LEDGER_BAD;
	memcpy(l->layer, rec->layer, sizeof(l->layer));
	l->in_file = (rec->kind == FSERROR_KIND_DATA_LOST ||
		      rec->kind == FSERROR_KIND_BUFFERED_WRITE) &&
		     has_bytes(rec);
	if (has_range(rec))
		fill_device(rec, row);
	l->start = l->in_file ? rec->offset : rec->device.offset;
	l->end = l->start + (l->in_file ? rec->length : rec->device.length);
	name_space(rec, row);
	return 1;
}

/* a range without owners is of those that are known now */
static int supersede(struct ledger *ledger, const struct row *row)
{
	struct span span = {
		.fs = row->l.fs,
		.dev = row->dev,
		.start = row->l.dstart,
		.end = row->l.dstart + ledger_device_length(&row->l),
	};
	struct rows rows = { 0 };
	uint64_t a, b;
	size_t i;
	int rc;

	if (!row->l.placed || row->l.kind == FSERROR_KIND_BULK ||
	    row->l.flags & (FSERROR_RECORD_FLAG_UNRESOLVED |
			    FSERROR_RECORD_FLAG_PARTIAL))
		return 0;
	do {
		rc = rows_of_device(ledger, &span, ROWS_VAGUE, &rows);
		for (i = 0; !rc && i < rows.nr && !db_is_full(ledger); i++) {
			loss_place(&rows.v[i], span.start, span.end, &a, &b);
			rc = loss_close(ledger, &rows.v[i], a, b,
					LEDGER_RESOLVED);
		}
		if (!rc && rows.nr && db_is_full(ledger))
			rc = DB_MORE;
	} while (!rc && rows.nr);
	rows_free(&rows);
	return rc;
}

int apply_loss(struct ledger *ledger, struct row *row)
{
	int rc = supersede(ledger, row);

	return rc ? rc : loss_add(ledger, row);
}

/* a range, or what a layer could not place, is not bad any more */
static int good_again(struct ledger *ledger, struct row *row, uint64_t a,
		      uint64_t b, bool content_unknown)
{
	if (!content_unknown)
		return loss_close(ledger, row, a, b, LEDGER_REWRITTEN);
	/* what nobody owned has no content to be missed */
	if (row->l.kind == FSERROR_KIND_MEDIA &&
	    row->l.flags & FSERROR_RECORD_FLAG_UNOWNED)
		return loss_close(ledger, row, a, b, LEDGER_UNOWNED);
	return loss_condition(ledger, row, a, b, LEDGER_CONTENT_UNKNOWN);
}

/* what a layer could not place is not bad any more */
static int clear_layer(struct ledger *ledger, const struct fserror_record *rec,
		       int64_t fs, struct rows *rows)
{
	const bool unknown = rec->flags & FSERROR_RECORD_FLAG_CONTENT_UNKNOWN;
	struct row row = { 0 };
	uint64_t at = 0;
	size_t i;
	int rc;

	memcpy(row.l.layer, rec->layer, sizeof(row.l.layer));
	row.dev = device_key(rec);
	name_space(rec, &row);
	do {
		rc = rows_of_space(ledger, fs, row.space, at, INT64_MAX, rows);
		for (i = 0; !rc && i < rows->nr && !db_is_full(ledger); i++) {
			at = rows->v[i].l.end;
			rc = good_again(ledger, &rows->v[i], rows->v[i].l.start,
					at, unknown);
		}
		if (!rc && rows->nr && db_is_full(ledger))
			rc = DB_MORE;
	} while (!rc && rows->nr);
	return rc;
}

/* nor is this range of a device; what was done of it is not found any more */
static int clear_range(struct ledger *ledger, const struct fserror_record *rec,
		       int64_t fs, struct rows *rows)
{
	const bool unknown = rec->flags & FSERROR_RECORD_FLAG_CONTENT_UNKNOWN;
	struct span span = {
		.fs = fs,
		.dev = device_key(rec),
		.start = rec->device.offset,
		.end = rec->device.offset + rec->device.length,
	};
	bool whole = false;
	uint64_t a, b;
	size_t i;
	int rc;

	do {
		rc = rows_of_device(ledger, &span,
				    unknown ? ROWS_TO_DOUBT : ROWS_ALL, rows);
		for (i = 0; !rc && i < rows->nr && !db_is_full(ledger); i++) {
			loss_place(&rows->v[i], span.start, span.end, &a, &b);
			whole |= rows->v[i].l.dlen > 0;
			rc = good_again(ledger, &rows->v[i], a, b, unknown);
		}
		if (!rc && rows->nr && db_is_full(ledger))
			rc = DB_MORE;
	} while (!rc && rows->nr);
	/* it may be bad in another place, of which only the last that was told is known */
	return rc ? rc : whole;
}

static int clear(struct ledger *ledger, const struct fserror_record *rec)
{
	struct rows rows = { 0 };
	int64_t fs;
	int rc;

	if (!has_range(rec))
		return 0;
	rc = filesystem_find(ledger, rec, false, &fs);
	if (rc || !fs)
		return rc;
	if (rec->flags & FSERROR_RECORD_FLAG_UNMAPPED)
		rc = clear_layer(ledger, rec, fs, &rows);
	else
		rc = clear_range(ledger, rec, fs, &rows);
	rows_free(&rows);
	return rc;
}

static int add(struct ledger *ledger, const struct fserror_record *rec)
{
	struct row row;
	int rc = apply_row(ledger, rec, &row);

	if (rc <= 0)
		return rc;
	rc = filesystem_find(ledger, rec, true, &row.l.fs);
	return rc ? rc : apply_loss(ledger, &row);
}

int ledger_apply(struct ledger *ledger, const uint8_t boot[FSERROR_UUID_LEN],
		 const struct fserror_record *rec)
{
	int64_t fs;
	int err;

	memcpy(ledger->boot, boot, sizeof(ledger->boot));
	switch (rec->kind) {
	case FSERROR_KIND_MOUNT:
		/*
		 * One of which nothing is lost needs no entry. Of another one
		 * something may not be bad any more, and no event says so.
		 */
		err = filesystem_find(ledger, rec, false, &fs);
		return err ? err : fs != 0;
	case FSERROR_KIND_UNMOUNT:
		return filesystem_unmounted(ledger, rec);
	case FSERROR_KIND_CLEARED:
		return clear(ledger, rec);
	case FSERROR_KIND_BULK:
		err = rec->flags & FSERROR_RECORD_FLAG_LATE ? 0 :
							      add(ledger, rec);
		return err ? err : 1;
	case FSERROR_KIND_DATA_LOST:
	case FSERROR_KIND_METADATA:
	case FSERROR_KIND_MEDIA:
	case FSERROR_KIND_BUFFERED_WRITE:
		return add(ledger, rec);
	}
	return rec->kind > FSERROR_KIND_MAX;
}
