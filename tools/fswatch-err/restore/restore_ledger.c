// SPDX-License-Identifier: GPL-2.0-only
/* What was restored is no loss any more: fswatch-errd is told. */
#include "restore.h"

#include "known.h"

struct telling {
	struct known_restored *restored;
	bool zeroed;
};

static int tell_range(void *arg, const struct fserror_record *rec)
{
	const struct telling *telling = arg;

	known_restored_range(telling->restored, rec, rec->offset,
			     range_end(rec->offset, rec->length),
			     telling->zeroed);
	return 0;
}

int restore_tell_ledger(struct restore_written *written, const char *ledger,
			uint64_t since, bool zeroed)
{
	struct telling telling = { .zeroed = zeroed };
	int err;

	if (!written->bytes)
		return 0;
	telling.restored = known_restored_begin(ledger, since);
	if (!telling.restored)
		return 0;
	err = restore_written_each(written, tell_range, &telling);
	known_restored_end(telling.restored);
	return err;
}
