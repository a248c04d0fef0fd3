// SPDX-License-Identifier: GPL-2.0-only
/*
 * The JSON form of events. The manual page and the JSON Schema in
 * Documentation/ describe it; version 2 only ever gains members.
 */
#include "format.h"

#include <stdlib.h>

#include <libfserror.h>

#include "json_words.h"
#include "json_writer.h"
#include "text.h"

#define JSON_VERSION 2

/* the members that every event begins with */
static void begin(struct json *json, const char *event)
{
	json_put_u64(json, "v", JSON_VERSION);
	json_put_string(json, "event", event);
}

static void open_event(struct json *json, FILE *out, const char *event)
{
	*json = (struct json){ .out = out };
	json_open_object(json, NULL);
	begin(json, event);
}

static void close_event(struct json *json)
{
	json_close_object(json);
	json_end_line(json);
}

static void put_boot_id(struct json *json, const uint8_t *boot_id)
{
	if (boot_id)
		json_put_uuid(json, "boot_id", boot_id);
}

static void put_range(struct json *json, const char *key,
		      const struct fserror_range *range)
{
	json_open_object(json, key);
	if (fserror_present(range->present, FSERROR_A_RANGE_MAJOR) &&
	    fserror_present(range->present, FSERROR_A_RANGE_MINOR))
		json_put_dev(json, "dev", range->major, range->minor);
	if (fserror_present(range->present, FSERROR_A_RANGE_OFFSET))
		json_put_u64(json, "offset", range->offset);
	if (fserror_present(range->present, FSERROR_A_RANGE_LENGTH))
		json_put_u64(json, "length", range->length);
	json_close_object(json);
}

static void put_paths(struct json *json, const struct path_result *paths)
{
	bool raw = false;
	size_t i;

	if (paths->count) {
		json_open_list(json, "paths");
		for (i = 0; i < paths->count; i++) {
			json_put_string(json, NULL, paths->names[i]);
			raw |= !text_is_utf8(paths->names[i]);
		}
		json_close_list(json);
	}
	if (raw) {
		json_open_list(json, "paths_raw");
		for (i = 0; i < paths->count; i++)
			json_put_base64(json, NULL, paths->names[i]);
		json_close_list(json);
	}
	json_put_string(json, "path_state", path_state_name(paths->state));
}

static const char *event_of_kind(uint32_t kind)
{
	switch (kind) {
	case FSERROR_KIND_CLEARED:
		return "cleared";
	case FSERROR_KIND_BULK:
		return "bulk";
	case FSERROR_KIND_TEST: /* nobody shall be woken by it */
		return "test";
	case FSERROR_KIND_DEGRADED: /* nothing is lost */
		return "degraded";
	case FSERROR_KIND_MOUNT:
		return "mount";
	case FSERROR_KIND_UNMOUNT:
		return "unmount";
	default:
		return "error";
	}
}

/* a number, and the group that it is of: each has its own */
static void put_seq(struct json *json, uint64_t seq, uint32_t group)
{
	char word[FSERROR_WORD_MAX];

	json_put_u64(json, "seq", seq);
	json_put_string(json, "group", fserror_group_name(group, word));
}

#define HAS(attr) fserror_has(rec, FSERROR_A_RECORD_##attr)

static void put_what(struct json *json, const struct view *view)
{
	const struct fserror_record *rec = view->rec;
	char word[FSERROR_WORD_MAX];

	if (HAS(SEQ))
		put_seq(json, rec->seq, fserror_kind_group(rec->kind));
	if (HAS(FS_SEQ))
		json_put_u64(json, "fs_seq", rec->fs_seq);
	if (HAS(TIME))
		json_put_time(json, "time", rec->time);
	put_boot_id(json, view->boot_id);
	json_put_string(json, "kind", fserror_kind_name(rec->kind, word));
	if (HAS(CAUSE))
		json_put_string(json, "cause",
				fserror_cause_name(rec->cause, word));
	if (HAS(ERROR))
		json_put_u64(json, "errno", rec->error);
	if (HAS(REPEAT))
		json_put_u64(json, "repeat", rec->repeat);
}

static void put_where(struct json *json, const struct view *view)
{
	const struct fserror_record *rec = view->rec;

	if (HAS(FSTYPE))
		json_put_bytes(json, "fstype", rec->fstype);
	if (HAS(MAJOR) && HAS(MINOR))
		json_put_dev(json, "dev", rec->major, rec->minor);
	if (HAS(UUID))
		json_put_uuid(json, "uuid", rec->uuid);
	if (HAS(SB_ID))
		json_put_bytes(json, "sb_id", rec->sb_id);
	if (HAS(INSTANCE))
		json_put_u64(json, "instance", rec->instance);
	if (view->source)
		json_put_bytes(json, "source", view->source);
	if (view->target)
		json_put_bytes(json, "target", view->target);
}

static bool same_where(const struct view *a, const struct view *b)
{
	const uint32_t bits =
		1 << FSERROR_A_RECORD_FSTYPE | 1 << FSERROR_A_RECORD_MAJOR |
		1 << FSERROR_A_RECORD_MINOR | 1 << FSERROR_A_RECORD_UUID |
		1 << FSERROR_A_RECORD_SB_ID | 1 << FSERROR_A_RECORD_INSTANCE;

	/* of one instance, all of these are the same */
	return a->source == b->source && a->target == b->target &&
	       a->rec->instance == b->rec->instance &&
	       (a->rec->present & bits) == bits &&
	       (b->rec->present & bits) == bits;
}

void json_where_free(struct json_where *where)
{
	free(where->members);
	*where = (struct json_where){ 0 };
}

static void make_where(struct json_where *where, const struct view *view)
{
	struct json json = { 0 };
	size_t len;

	json_where_free(where);
	json.out = open_memstream(&where->members, &len);
	if (!json.out)
		return;
	put_where(&json, view);
	json_end_line(&json);
	if (fclose(json.out)) {
		json_where_free(where);
		return;
	}
	where->members[len - 1] = '\0'; /* the end of the line */
	where->view = view;
}

/* it is put anew if there is no memory, or not all of it is wanted */
static void put_common_where(struct json *json, const struct view *view,
			     struct json_where *where)
{
	if (!where || json->wants) {
		put_where(json, view);
		return;
	}
	if (!where->view || !same_where(where->view, view))
		make_where(where, view);
	if (where->view)
		json_put_json(json, NULL, where->members);
	else
		put_where(json, view);
}

static void put_file(struct json *json, const struct view *view)
{
	const struct fserror_record *rec = view->rec;

	if (HAS(INO))
		json_put_u64(json, "ino", rec->ino);
	if (HAS(ROOT))
		json_put_u64(json, "root", rec->root);
	if (HAS(GENERATION))
		json_put_u64(json, "gen", rec->generation);
	if (HAS(OFFSET))
		json_put_u64(json, "offset", rec->offset);
	if (HAS(LENGTH))
		json_put_u64(json, "length", rec->length);
	if (HAS(NLINK))
		json_put_u64(json, "nlink", rec->nlink);
	if (view->paths)
		put_paths(json, view->paths);
}

static void put_rest(struct json *json, const struct view *view)
{
	const struct fserror_record *rec = view->rec;
	char word[FSERROR_WORD_MAX];

	if (HAS(META))
		json_put_string(json, "meta",
				fserror_meta_name(rec->meta, word));
	json_put_flags(json, rec->flags);
	if (HAS(COUNT))
		json_put_u64(json, "count", rec->count);
	if (HAS(ROLE))
		json_put_string(json, "role",
				fserror_role_name(rec->role, word));
	if (HAS(LAYER))
		json_put_bytes(json, "layer", rec->layer);
	if (HAS(DEVICE))
		put_range(json, "device", &rec->device);
	if (HAS(ORIGIN))
		put_range(json, "origin", &rec->origin);
}

void json_record_members(struct json *json, const struct view *view,
			 struct json_where *where)
{
	begin(json, event_of_kind(view->rec->kind));
	put_what(json, view);
	put_common_where(json, view, where);
	put_file(json, view);
	put_rest(json, view);
}

void json_record(FILE *out, const struct view *view, const struct columns *only)
{
	struct json json = { .out = out };

	json_open_object(&json, NULL);
	if (only) {
		json.wants = columns_want_key;
		json.arg = only;
	}
	json_record_members(&json, view, NULL);
	close_event(&json);
}

void json_path(FILE *out, const struct path_info *info)
{
	const struct view *view = info->view;
	const struct fserror_record *rec = view->rec;
	struct json json;

	open_event(&json, out, "path");
	if (info->seq)
		put_seq(&json, info->seq, info->group);
	json_put_time(&json, "time", info->now);
	put_boot_id(&json, view->boot_id);
	put_where(&json, view);
	if (HAS(INO))
		json_put_u64(&json, "ino", rec->ino);
	if (HAS(GENERATION))
		json_put_u64(&json, "gen", rec->generation);
	put_paths(&json, view->paths);
	close_event(&json);
}

void json_sync(FILE *out, const struct sync_info *sync)
{
	static const char *const reasons[] = {
		[SYNC_START] = "start",
		[SYNC_RECOVERED] = "recovered",
		[SYNC_LOST] = "lost",
		[SYNC_UNKNOWN] = "unknown-kind",
	};
	struct json json;

	open_event(&json, out, "sync");
	if (sync->seq)
		put_seq(&json, sync->seq, sync->group);
	json_put_time(&json, "time", sync->now);
	put_boot_id(&json, sync->boot_id);
	json_put_string(&json, "reason", reasons[sync->reason]);
	if (sync->incomplete)
		json_put_bool(&json, "incomplete", true);
	close_event(&json);
}

void json_lost(FILE *out, const struct lost_info *lost)
{
	char word[FSERROR_WORD_MAX];
	struct json json;

	open_event(&json, out, "lost");
	json_put_string(&json, "group", fserror_group_name(lost->group, word));
	json_put_time(&json, "time", lost->now);
	put_boot_id(&json, lost->boot_id);
	json_put_u64(&json, "first", lost->first);
	json_put_u64(&json, "last", lost->last);
	close_event(&json);
}
