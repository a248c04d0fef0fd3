// SPDX-License-Identifier: GPL-2.0-only
/*
 * The JSON form of events. The manual page and the JSON Schema in
 * Documentation/ describe it; version 2 only ever gains members.
 */
#include "format.h"

#include <assert.h>
#include <stddef.h>

#include <libfserror.h>

#include "json_words.h"
#include "json_writer.h"
#include "text.h"

#define JSON_VERSION 2

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* major and minor number of JSON_DEV are side by side */
static_assert(offsetof(struct fserror_range, minor) ==
		      offsetof(struct fserror_range, major) + sizeof(uint32_t),
	      "as JSON_DEV wants them");

/* the members that every event begins with */
static void begin(struct json *json, const char *event)
{
	json_put_u64(json, "v", JSON_VERSION);
	json_put_string(json, "event", event);
}

static void open_event(struct json *json, FILE *out, const char *event)
{
	json_begin(json, out);
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

#define BIT(attr) (UINT32_C(1) << FSERROR_A_##attr)
#define RANGE(key, type, member, bits) \
	JSON_NUMBER(key, type, offsetof(struct fserror_range, member), bits)

static void put_range(struct json *json, const char *key,
		      const struct fserror_range *range)
{
	static const struct json_number numbers[] = {
		RANGE("dev", JSON_DEV, major,
		      BIT(RANGE_MAJOR) | BIT(RANGE_MINOR)),
		RANGE("offset", JSON_U64, offset, BIT(RANGE_OFFSET)),
		RANGE("length", JSON_U64, length, BIT(RANGE_LENGTH)),
	};

	json_open_object(json, key);
	json_put_numbers(json, numbers, ARRAY_SIZE(numbers), range->present,
			 range);
	json_close_object(json);
}

static void put_paths(struct json *json, const struct path_result *paths)
{
	bool raw = false;
	size_t i;

	if (paths->count) {
		json_open_list(json, "paths");
		for (i = 0; i < paths->count; i++)
			raw |= !json_put_string(json, NULL, paths->names[i]);
		json_close_list(json);
	}
	if (raw) {
		json_open_list(json, "paths_raw");
		for (i = 0; i < paths->count; i++)
			json_put_base64(json, NULL, paths->names[i]);
		json_close_list(json);
	}
}

static void put_path_state(struct json *json, const struct path_result *paths)
{
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

/* are the first members of both the same, up to where it is? */
static bool same_head(const struct view *a, const struct view *b)
{
	/* each record has its own */
	const uint32_t own = BIT(RECORD_SEQ) | BIT(RECORD_FS_SEQ) |
			     BIT(RECORD_TIME) | BIT(RECORD_REPEAT);
	const uint32_t head = BIT(RECORD_CAUSE) | BIT(RECORD_ERROR) |
			      BIT(RECORD_FSTYPE) | BIT(RECORD_MAJOR) |
			      BIT(RECORD_MINOR) | BIT(RECORD_UUID) |
			      BIT(RECORD_SB_ID) | BIT(RECORD_INSTANCE);

	/* of one instance, all that is said of the filesystem is the same */
	return fserror_has(b->rec, FSERROR_A_RECORD_INSTANCE) &&
	       a->rec->instance == b->rec->instance &&
	       !(b->rec->present & own) &&
	       !((a->rec->present ^ b->rec->present) & (own | head)) &&
	       a->rec->kind == b->rec->kind && a->rec->cause == b->rec->cause &&
	       a->rec->error == b->rec->error && a->boot_id == b->boot_id &&
	       a->source == b->source && a->target == b->target;
}

static void put_head(struct json *json, const struct view *view)
{
	begin(json, event_of_kind(view->rec->kind));
	put_what(json, view);
	put_where(json, view);
}

#define NUMBER(key, type, member, attr)                                 \
	JSON_NUMBER(key, type, offsetof(struct fserror_record, member), \
		    BIT(RECORD_##attr))

static void put_file(struct json *json, const struct view *view)
{
	static const struct json_number numbers[] = {
		NUMBER("ino", JSON_U64, ino, INO),
		NUMBER("root", JSON_U64, root, ROOT),
		NUMBER("gen", JSON_U32, generation, GENERATION),
		NUMBER("offset", JSON_U64, offset, OFFSET),
		NUMBER("length", JSON_U64, length, LENGTH),
		NUMBER("nlink", JSON_U32, nlink, NLINK),
	};

	json_put_numbers(json, numbers, ARRAY_SIZE(numbers), view->rec->present,
			 view->rec);
	if (view->paths)
		put_paths(json, view->paths);
}

/* are the members between the names of the file and the ranges the same? */
static bool same_middle(const struct view *a, const struct view *b)
{
	const uint32_t own = BIT(RECORD_COUNT) | BIT(RECORD_LAYER);
	const uint32_t middle = BIT(RECORD_META) | BIT(RECORD_ROLE);

	return !(b->rec->present & own) &&
	       !((a->rec->present ^ b->rec->present) & (own | middle)) &&
	       a->rec->meta == b->rec->meta && a->rec->flags == b->rec->flags &&
	       a->rec->role == b->rec->role && !a->paths == !b->paths &&
	       (!a->paths || a->paths->state == b->paths->state);
}

static void put_middle(struct json *json, const struct view *view)
{
	const struct fserror_record *rec = view->rec;
	char word[FSERROR_WORD_MAX];

	if (view->paths)
		put_path_state(json, view->paths);
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
}

static void put_ranges(struct json *json, const struct view *view)
{
	const struct fserror_record *rec = view->rec;

	if (HAS(DEVICE))
		put_range(json, "device", &rec->device);
	if (HAS(ORIGIN))
		put_range(json, "origin", &rec->origin);
}

static void
put_part(struct json *json, const struct view *view, struct json_part *part,
	 bool (*same)(const struct view *a, const struct view *b),
	 void (*put_new)(struct json *json, const struct view *view))
{
	uint64_t from;

	if (part->view && same(part->view, view)) {
		json_put_kept(json, &part->text);
		return;
	}
	from = json_position(json);
	put_new(json, view);
	part->view = json_keep(json, from, &part->text) ? view : NULL;
}

void json_record_members(struct json *json, const struct view *view,
			 struct json_parts *parts)
{
	/* what is kept of one is all that the next wants */
	if (json->wants)
		parts = NULL;
	if (parts)
		put_part(json, view, &parts->head, same_head, put_head);
	else
		put_head(json, view);
	put_file(json, view);
	if (parts)
		put_part(json, view, &parts->middle, same_middle, put_middle);
	else
		put_middle(json, view);
	put_ranges(json, view);
}

void json_record(FILE *out, const struct view *view, const struct columns *only)
{
	struct json json;

	json_begin(&json, out);
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
	put_path_state(&json, view->paths);
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
