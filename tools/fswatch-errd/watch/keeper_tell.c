// SPDX-License-Identifier: GPL-2.0-only
/* What is no loss, and is to be told all the same. */
#include "keeper.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define UNPLACED_MAX 64 /* those that follow in a minute are told together */

/* a filesystem, as the beginning of an object */
static void open_text(const struct fserror_record *rec, char *buf, size_t size)
{
	char kind[FSERROR_WORD_MAX];
	size_t len, i;

	len = snprintf(buf, size, "%s {\"instance\":%" PRIu64,
		       fserror_kind_name(rec->kind, kind), rec->instance);
	if (!fserror_has(rec, FSERROR_A_RECORD_UUID))
		return;
	len += snprintf(buf + len, size - len, ",\"uuid\":\"");
	for (i = 0; i < FSERROR_UUID_LEN; i++)
		len += snprintf(buf + len, size - len, "%s%02x",
				i == 4 || i == 6 || i == 8 || i == 10 ? "-" :
									"",
				rec->uuid[i]);
	snprintf(buf + len, size - len, "\"");
}

/* Is something lost, and nobody can say where? The kernel says so of what is too much. */
static bool is_unplaced(const struct fserror_record *rec)
{
	return (rec->kind == FSERROR_KIND_BUFFERED_WRITE ||
		rec->kind == FSERROR_KIND_DATA_LOST ||
		rec->kind == FSERROR_KIND_METADATA) &&
	       !(rec->flags & FSERROR_RECORD_FLAG_UNKNOWN) &&
	       !ledger_is_loss(rec);
}

static void count(struct keeper *keeper, const struct fserror_record *rec)
{
	keeper->counts[rec->kind] += rec->repeat ? rec->repeat : 1;
}

/* the bytes of the device, or the inode whose metadata it is */
static void put_place(const struct fserror_record *rec, char *buf, size_t size)
{
	char word[FSERROR_WORD_MAX];
	size_t len = 0;

	buf[0] = '\0';
	if (fserror_has(rec, FSERROR_A_RECORD_META))
		len = snprintf(buf, size, ",\"meta\":\"%s\"",
			       fserror_meta_name(rec->meta, word));
	if (fserror_has(rec, FSERROR_A_RECORD_ROOT))
		len += snprintf(buf + len, size - len, ",\"root\":%" PRIu64,
				rec->root);
	if (fserror_has(rec, FSERROR_A_RECORD_INO))
		len += snprintf(buf + len, size - len, ",\"ino\":%" PRIu64,
				rec->ino);
	if (fserror_has(rec, FSERROR_A_RECORD_DEVICE))
		len += snprintf(buf + len, size - len,
				",\"device\":\"%u:%u\",\"offset\":%" PRIu64
				",\"length\":%" PRIu64,
				rec->device.major, rec->device.minor,
				rec->device.offset, rec->device.length);
	if (rec->repeat > 1)
		snprintf(buf + len, size - len, ",\"count\":%" PRIu64,
			 (uint64_t)rec->repeat);
}

int keeper_tell(struct keeper *keeper, const struct fserror_record *rec)
{
	const bool unplaced = is_unplaced(rec);
	char text[512], place[256];

	if (unplaced)
		atomic_fetch_add(&keeper->counters->unplaced,
				 rec->repeat ? rec->repeat : 1);
	switch (rec->kind) {
	case FSERROR_KIND_TEST:
		if (rec->seq == keeper->last_test)
			return 0;
		break;
	case FSERROR_KIND_SHUTDOWN:
	case FSERROR_KIND_DEGRADED:
		break;
	case FSERROR_KIND_BUFFERED_READ:
	case FSERROR_KIND_DIRECTIO_READ:
	case FSERROR_KIND_DIRECTIO_WRITE:
		count(keeper, rec);
		return 0;
	case FSERROR_KIND_BUFFERED_WRITE:
		if (unplaced)
			count(keeper, rec);
		return 0;
	case FSERROR_KIND_DATA_LOST:
	case FSERROR_KIND_METADATA:
		if (!unplaced)
			return 0;
		if (keeper->unplaced++ < UNPLACED_MAX)
			break;
		count(keeper, rec);
		return 0;
	default:
		return 0;
	}
	open_text(rec, text, sizeof(text));
	put_place(rec, place, sizeof(place));
	strncat(text, place, sizeof(text) - strlen(text) - 1);
	strncat(text, "}", sizeof(text) - strlen(text) - 1);
	return ledger_add_event(keeper->ledger, text);
}

int keeper_tell_counts(struct keeper *keeper)
{
	char text[128], word[FSERROR_WORD_MAX];
	uint32_t kind;
	int err = 0;

	keeper->unplaced = 0;
	for (kind = 1; !err && kind < KEEPER_COUNTED; kind++) {
		if (!keeper->counts[kind])
			continue;
		snprintf(text, sizeof(text), "%s {\"count\":%" PRIu64 "}",
			 fserror_kind_name(kind, word), keeper->counts[kind]);
		err = ledger_add_event(keeper->ledger, text);
		if (!err)
			keeper->counts[kind] = 0;
	}
	return err;
}
