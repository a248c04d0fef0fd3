// SPDX-License-Identifier: GPL-2.0-only
/* What is to be restored: one file, or one piece of other damage. */
#include "restore.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool restore_is_data(const struct fserror_record *rec)
{
	return rec->kind == FSERROR_KIND_DATA_LOST &&
	       !(rec->flags & FSERROR_RECORD_FLAG_UNRESOLVED) &&
	       fserror_has(rec, FSERROR_A_RECORD_INO) &&
	       fserror_has(rec, FSERROR_A_RECORD_OFFSET) &&
	       fserror_has(rec, FSERROR_A_RECORD_LENGTH);
}

int restore_say(char **words, const char *fmt, ...)
{
	va_list ap;
	int len;

	free(*words);
	va_start(ap, fmt);
	len = vasprintf(words, fmt, ap);
	va_end(ap);
	if (len < 0)
		*words = NULL;
	return len < 0 ? -ENOMEM : 0;
}

void restore_item_free(struct restore_item *item)
{
	free(item->reason);
	free(item->found);
	free(item->disagreement);
	ranges_free(&item->damage);
	free(item->places);
	heal_free(&item->heal);
}

void restore_item_again(struct restore_item *item)
{
	const struct restore_item now = *item;

	free(item->reason);
	free(item->found);
	free(item->disagreement);
	heal_free(&item->heal);
	*item = (struct restore_item){ .rec = now.rec,
				       .view = now.view,
				       .data = now.data,
				       .begins = now.begins,
				       .ends = now.ends,
				       .part = now.part,
				       .records = now.records,
				       .damage = now.damage,
				       .places = now.places,
				       .nr_places = now.nr_places,
				       .room_places = now.room_places,
				       .result = RESTORE_SKIPPED,
				       .name = now.name };
}

const char *restore_result_name(const struct restore_item *item)
{
	static const char *const names[] = {
		[RESTORE_DONE] = "restored",
		[RESTORE_WOULD] = "would-restore",
		[RESTORE_REFUSED] = "refused",
		[RESTORE_FAILED] = "failed",
		[RESTORE_SKIPPED] = "skipped",
	};

	if (item->zeroed && item->result == RESTORE_DONE)
		return "zeroed";
	if (item->zeroed && item->result == RESTORE_WOULD)
		return "would-zero";
	return names[item->result];
}
