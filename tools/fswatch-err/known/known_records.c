// SPDX-License-Identifier: GPL-2.0-only
/* Losses as the records that they came from. */
#include "known.h"

#include <err.h>
#include <string.h>

#include "known_options.h"

struct visiting {
	int (*visit)(void *arg, const struct fserror_record *rec,
		     const uint8_t *boot);
	void *arg;
	int result;
};

static void set(struct fserror_record *rec, int attr)
{
	rec->present |= UINT32_C(1) << attr;
}

static void to_record(const struct ledger_loss *loss,
		      struct fserror_record *rec)
{
	*rec = (struct fserror_record){
		.kind = FSERROR_KIND_DATA_LOST,
		.cause = loss->cause,
		.error = loss->error,
		.instance = loss->instance,
	};
	memcpy(rec->fstype, loss->fstype, sizeof(rec->fstype));
	memcpy(rec->sb_id, loss->sb_id, sizeof(rec->sb_id));
	memcpy(rec->uuid, loss->uuid, sizeof(rec->uuid));
	set(rec, FSERROR_A_RECORD_KIND);
	set(rec, FSERROR_A_RECORD_ERROR);
	set(rec, FSERROR_A_RECORD_FSTYPE);
	set(rec, FSERROR_A_RECORD_SB_ID);
	set(rec, FSERROR_A_RECORD_INSTANCE);
	if (loss->cause)
		set(rec, FSERROR_A_RECORD_CAUSE);
	if (loss->has_uuid)
		set(rec, FSERROR_A_RECORD_UUID);
}

static void to_file_record(const struct ledger_loss *loss,
			   struct fserror_record *rec)
{
	to_record(loss, rec);
	rec->ino = loss->ino;
	rec->root = loss->root;
	rec->generation = loss->generation;
	rec->offset = loss->start;
	rec->length = loss->end - loss->start;
	rec->handle_type = loss->handle_type;
	rec->handle_len = loss->handle_len;
	memcpy(rec->handle, loss->handle, sizeof(rec->handle));
	set(rec, FSERROR_A_RECORD_INO);
	set(rec, FSERROR_A_RECORD_GENERATION);
	set(rec, FSERROR_A_RECORD_OFFSET);
	set(rec, FSERROR_A_RECORD_LENGTH);
	if (loss->root)
		set(rec, FSERROR_A_RECORD_ROOT);
	if (loss->handle_len) {
		set(rec, FSERROR_A_RECORD_HANDLE_TYPE);
		set(rec, FSERROR_A_RECORD_HANDLE);
	}
}

static int visit_loss(void *arg, const struct ledger_loss *loss)
{
	struct visiting *visiting = arg;
	struct fserror_record rec;

	if (loss->in_file)
		to_file_record(loss, &rec);
	else if (known_may_be_of_files(loss))
		to_record(loss, &rec);
	else
		return 0;
	visiting->result = visiting->visit(visiting->arg, &rec, loss->boot);
	return visiting->result ? 1 : 0;
}

int known_records(const char *dir,
		  int (*visit)(void *arg, const struct fserror_record *rec,
			       const uint8_t *boot),
		  void *arg)
{
	struct visiting visiting = { .visit = visit, .arg = arg };
	const struct ledger_query query = { 0 };
	struct ledger *ledger;
	int rc = ledger_open(&ledger, dir ? dir : LEDGER_DIR, LEDGER_READ);

	if (!rc)
		rc = ledger_each(ledger, &query, visit_loss, &visiting);
	if (rc < 0)
		warnx("%s", ledger_error(ledger));
	ledger_close(ledger);
	return rc < 0 ? -1 : visiting.result;
}
