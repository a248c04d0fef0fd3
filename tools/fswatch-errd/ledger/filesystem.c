// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which filesystem of the ledger a record is about.
 *
 * A filesystem is its UUID, or, if it has none, its type and the name of its device.
 * A snapshot or a clone that is mounted beside it has the same UUID and is another
 * one: its losses are its own. So a mount that is not known is the filesystem that is
 * not mounted now, that of the same device if there are several.
 */
#include "db.h"

#include <string.h>

static int find_mounted(struct ledger *ledger, const struct fserror_record *rec,
			int64_t *fs)
{
	return db_number(ledger, fs,
			 "SELECT id FROM filesystem WHERE boot=?1 AND"
			 " instance=?2 AND fstype=?3",
			 "bit", ledger->boot, (int64_t)rec->instance,
			 rec->fstype);
}

static int find_unmounted(struct ledger *ledger,
			  const struct fserror_record *rec, bool has_uuid,
			  int64_t *fs)
{
	if (has_uuid)
		return db_number(
			ledger, fs,
			"SELECT id FROM filesystem WHERE uuid=?1 AND fstype=?2"
			" AND (mounted=0 OR boot IS NOT ?3)"
			" ORDER BY sb_id=?4 DESC, copy LIMIT 1",
			"btbt", rec->uuid, rec->fstype, ledger->boot,
			rec->sb_id);
	return db_number(ledger, fs,
			 "SELECT id FROM filesystem WHERE uuid IS NULL AND"
			 " fstype=?1 AND sb_id=?2"
			 " AND (mounted=0 OR boot IS NOT ?3) LIMIT 1",
			 "ttb", rec->fstype, rec->sb_id, ledger->boot);
}

static int make(struct ledger *ledger, const struct fserror_record *rec,
		bool has_uuid, int64_t *fs)
{
	int64_t copy = 0;
	int err = 0;

	if (has_uuid)
		err = db_number(ledger, &copy,
				"SELECT coalesce(max(copy)+1,0) FROM filesystem"
				" WHERE uuid=?1 AND fstype=?2",
				"bt", rec->uuid, rec->fstype);
	if (!err)
		err = db_run(ledger,
			     "INSERT INTO filesystem(uuid,copy,fstype,sb_id,"
			     "boot,instance,mounted)"
			     " VALUES(?1,?2,?3,?4,?5,?6,1)",
			     "bittbi", has_uuid ? rec->uuid : NULL, copy,
			     rec->fstype, rec->sb_id, ledger->boot,
			     (int64_t)rec->instance);
	*fs = sqlite3_last_insert_rowid(ledger->db);
	return err;
}

int filesystem_find(struct ledger *ledger, const struct fserror_record *rec,
		    bool may_make, int64_t *fs)
{
	const bool has_uuid = fserror_has(rec, FSERROR_A_RECORD_UUID);
	int err = 0;

	*fs = 0;
	if (rec->instance)
		err = find_mounted(ledger, rec, fs);
	if (err || *fs)
		return err;
	err = find_unmounted(ledger, rec, has_uuid, fs);
	if (err)
		return err;
	if (!*fs)
		return may_make ? make(ledger, rec, has_uuid, fs) : 0;
	if (!rec->instance)
		return 0;
	return db_run(ledger,
		      "UPDATE filesystem SET boot=?2, instance=?3, sb_id=?4,"
		      " mounted=1 WHERE id=?1",
		      "ibit", *fs, ledger->boot, (int64_t)rec->instance,
		      rec->sb_id);
}

int filesystem_unmounted(struct ledger *ledger,
			 const struct fserror_record *rec)
{
	int64_t fs = 0;
	int err = find_mounted(ledger, rec, &fs);

	if (err || !fs)
		return err;
	return db_run(ledger, "UPDATE filesystem SET mounted=0 WHERE id=?1",
		      "i", fs);
}
