// SPDX-License-Identifier: GPL-2.0-only
/*
 * The JSON form of events. The manual page and the JSON Schema in
 * Documentation/ describe it; version 2 only ever gains members.
 */
#include "format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include <libfserror.h>

#include "text.h"

#define JSON_VERSION 2

int json_add(struct json_object *obj, const char *key,
	     struct json_object *value)
{
	if (!value)
		return -1;
	if (json_object_object_add(obj, key, value)) {
		json_object_put(value);
		return -1;
	}
	return 0;
}

int json_add_string(struct json_object *obj, const char *key, const char *value)
{
	return json_add(obj, key, json_object_new_string(value));
}

int json_add_u64(struct json_object *obj, const char *key, uint64_t value)
{
	return json_add(obj, key, json_object_new_uint64(value));
}

int json_add_uuid(struct json_object *obj, const char *key, const uint8_t *uuid)
{
	char buf[TEXT_UUID_MAX];

	text_uuid(uuid, buf);
	return json_add_string(obj, key, buf);
}

int json_add_dev(struct json_object *obj, const char *key, uint32_t major,
		 uint32_t minor)
{
	char buf[32];

	snprintf(buf, sizeof(buf), "%u:%u", major, minor);
	return json_add_string(obj, key, buf);
}

/* @value as a JSON string, what is not UTF-8 replaced */
static struct json_object *new_text(const char *value)
{
	char *valid = text_replace(value);
	struct json_object *str = NULL;

	if (valid)
		str = json_object_new_string(valid);
	free(valid);
	return str;
}

static struct json_object *new_base64(const char *value)
{
	char *base64 = text_base64(value, strlen(value));
	struct json_object *str = NULL;

	if (base64)
		str = json_object_new_string(base64);
	free(base64);
	return str;
}

int json_add_bytes(struct json_object *obj, const char *key, const char *value)
{
	char raw[32];

	if (json_add(obj, key, new_text(value)))
		return -1;
	if (text_is_utf8(value))
		return 0;
	snprintf(raw, sizeof(raw), "%s_raw", key);
	return json_add(obj, raw, new_base64(value));
}

int json_write(FILE *out, struct json_object *obj)
{
	const char *text;

	text = json_object_to_json_string_ext(
		obj, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!text || fprintf(out, "%s\n", text) < 0)
		return -ENOMEM;
	return 0;
}

static int add_time(struct json_object *obj, uint64_t ns)
{
	char buf[TEXT_TIME_MAX];

	text_time_utc(ns, buf);
	return json_add_string(obj, "time", buf);
}

/* the members that every event begins with */
static struct json_object *new_event(const char *event)
{
	struct json_object *obj = json_object_new_object();

	if (!obj)
		return NULL;
	if (json_add(obj, "v", json_object_new_int(JSON_VERSION)) ||
	    json_add_string(obj, "event", event)) {
		json_object_put(obj);
		return NULL;
	}
	return obj;
}

static int add_range(struct json_object *obj, const char *key,
		     const struct fserror_range *range)
{
	struct json_object *sub = json_object_new_object();

	if (!sub)
		return -1;
	if ((fserror_present(range->present, FSERROR_A_RANGE_MAJOR) &&
	     fserror_present(range->present, FSERROR_A_RANGE_MINOR) &&
	     json_add_dev(sub, "dev", range->major, range->minor)) ||
	    (fserror_present(range->present, FSERROR_A_RANGE_OFFSET) &&
	     json_add_u64(sub, "offset", range->offset)) ||
	    (fserror_present(range->present, FSERROR_A_RANGE_LENGTH) &&
	     json_add_u64(sub, "length", range->length))) {
		json_object_put(sub);
		return -1;
	}
	return json_add(obj, key, sub);
}

static int add_flags(struct json_object *obj, uint32_t flags)
{
	struct json_object *list = json_object_new_array(), *str;
	char word[FSERROR_WORD_MAX];
	unsigned int bit;

	if (!list)
		return -1;
	for (bit = 0; bit < 32; bit++) {
		if (!(flags & UINT32_C(1) << bit))
			continue;
		str = json_object_new_string(fserror_flag_name(bit, word));
		if (!str || json_object_array_add(list, str)) {
			json_object_put(str);
			json_object_put(list);
			return -1;
		}
	}
	return json_add(obj, "flags", list);
}

static int add_list(struct json_object *obj, const char *key,
		    const struct path_result *paths,
		    struct json_object *(*make)(const char *))
{
	struct json_object *list = json_object_new_array(), *str;
	size_t i;

	if (!list)
		return -1;
	for (i = 0; i < paths->count; i++) {
		str = make(paths->names[i]);
		if (!str || json_object_array_add(list, str)) {
			json_object_put(str);
			json_object_put(list);
			return -1;
		}
	}
	return json_add(obj, key, list);
}

static int add_paths(struct json_object *obj, const struct path_result *paths)
{
	bool raw = false;
	size_t i;

	for (i = 0; i < paths->count; i++)
		raw |= !text_is_utf8(paths->names[i]);
	if (paths->count && add_list(obj, "paths", paths, new_text))
		return -1;
	if (raw && add_list(obj, "paths_raw", paths, new_base64))
		return -1;
	return json_add_string(obj, "path_state",
			       path_state_name(paths->state));
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

#define HAS(attr) fserror_has(rec, FSERROR_A_RECORD_##attr)

/* a number, and the group that it is of: each has its own */
static int add_seq(struct json_object *obj, uint64_t seq, uint32_t group)
{
	char word[FSERROR_WORD_MAX];

	return json_add_u64(obj, "seq", seq) ||
	       json_add_string(obj, "group", fserror_group_name(group, word));
}

static int add_what(struct json_object *obj, const struct view *view)
{
	const struct fserror_record *rec = view->rec;
	char word[FSERROR_WORD_MAX];

	return (HAS(SEQ) &&
		add_seq(obj, rec->seq, fserror_kind_group(rec->kind))) ||
	       (HAS(FS_SEQ) && json_add_u64(obj, "fs_seq", rec->fs_seq)) ||
	       (HAS(TIME) && add_time(obj, rec->time)) ||
	       (view->boot_id &&
		json_add_uuid(obj, "boot_id", view->boot_id)) ||
	       json_add_string(obj, "kind",
			       fserror_kind_name(rec->kind, word)) ||
	       (HAS(CAUSE) &&
		json_add_string(obj, "cause",
				fserror_cause_name(rec->cause, word))) ||
	       (HAS(ERROR) && json_add_u64(obj, "errno", rec->error)) ||
	       (HAS(REPEAT) && json_add_u64(obj, "repeat", rec->repeat));
}

static int add_where(struct json_object *obj, const struct view *view)
{
	const struct fserror_record *rec = view->rec;

	return (HAS(FSTYPE) && json_add_bytes(obj, "fstype", rec->fstype)) ||
	       (HAS(MAJOR) && HAS(MINOR) &&
		json_add_dev(obj, "dev", rec->major, rec->minor)) ||
	       (HAS(UUID) && json_add_uuid(obj, "uuid", rec->uuid)) ||
	       (HAS(SB_ID) && json_add_bytes(obj, "sb_id", rec->sb_id)) ||
	       (HAS(INSTANCE) &&
		json_add_u64(obj, "instance", rec->instance)) ||
	       (view->source && json_add_bytes(obj, "source", view->source)) ||
	       (view->target && json_add_bytes(obj, "target", view->target));
}

static int add_file(struct json_object *obj, const struct view *view)
{
	const struct fserror_record *rec = view->rec;

	return (HAS(INO) && json_add_u64(obj, "ino", rec->ino)) ||
	       (HAS(ROOT) && json_add_u64(obj, "root", rec->root)) ||
	       (HAS(GENERATION) && json_add_u64(obj, "gen", rec->generation)) ||
	       (HAS(OFFSET) && json_add_u64(obj, "offset", rec->offset)) ||
	       (HAS(LENGTH) && json_add_u64(obj, "length", rec->length)) ||
	       (HAS(NLINK) && json_add_u64(obj, "nlink", rec->nlink)) ||
	       (view->paths && add_paths(obj, view->paths));
}

static int add_rest(struct json_object *obj, const struct view *view)
{
	const struct fserror_record *rec = view->rec;
	char word[FSERROR_WORD_MAX];

	return (HAS(META) &&
		json_add_string(obj, "meta",
				fserror_meta_name(rec->meta, word))) ||
	       add_flags(obj, rec->flags) ||
	       (HAS(COUNT) && json_add_u64(obj, "count", rec->count)) ||
	       (HAS(ROLE) &&
		json_add_string(obj, "role",
				fserror_role_name(rec->role, word))) ||
	       (HAS(LAYER) && json_add_bytes(obj, "layer", rec->layer)) ||
	       (HAS(DEVICE) && add_range(obj, "device", &rec->device)) ||
	       (HAS(ORIGIN) && add_range(obj, "origin", &rec->origin));
}

struct json_object *json_record(const struct view *view)
{
	struct json_object *obj = new_event(event_of_kind(view->rec->kind));

	if (!obj)
		return NULL;
	if (add_what(obj, view) || add_where(obj, view) ||
	    add_file(obj, view) || add_rest(obj, view)) {
		json_object_put(obj);
		return NULL;
	}
	return obj;
}

struct json_object *json_path(const struct path_info *info)
{
	const struct view *view = info->view;
	const struct fserror_record *rec = view->rec;
	struct json_object *obj = new_event("path");

	if (!obj)
		return NULL;
	if ((info->seq && add_seq(obj, info->seq, info->group)) ||
	    add_time(obj, info->now) ||
	    (view->boot_id && json_add_uuid(obj, "boot_id", view->boot_id)) ||
	    add_where(obj, view) ||
	    (HAS(INO) && json_add_u64(obj, "ino", rec->ino)) ||
	    (HAS(GENERATION) && json_add_u64(obj, "gen", rec->generation)) ||
	    add_paths(obj, view->paths)) {
		json_object_put(obj);
		return NULL;
	}
	return obj;
}

struct json_object *json_sync(const struct sync_info *sync)
{
	static const char *const reasons[] = {
		[SYNC_START] = "start",
		[SYNC_RECOVERED] = "recovered",
		[SYNC_LOST] = "lost",
		[SYNC_UNKNOWN] = "unknown-kind",
	};
	struct json_object *obj = new_event("sync");

	if (!obj)
		return NULL;
	if ((sync->seq && add_seq(obj, sync->seq, sync->group)) ||
	    add_time(obj, sync->now) ||
	    (sync->boot_id && json_add_uuid(obj, "boot_id", sync->boot_id)) ||
	    json_add_string(obj, "reason", reasons[sync->reason]) ||
	    (sync->incomplete &&
	     json_add(obj, "incomplete", json_object_new_boolean(1)))) {
		json_object_put(obj);
		return NULL;
	}
	return obj;
}

struct json_object *json_lost(const struct lost_info *lost)
{
	struct json_object *obj = new_event("lost");
	char word[FSERROR_WORD_MAX];

	if (!obj)
		return NULL;
	if (json_add_string(obj, "group",
			    fserror_group_name(lost->group, word)) ||
	    add_time(obj, lost->now) ||
	    (lost->boot_id && json_add_uuid(obj, "boot_id", lost->boot_id)) ||
	    json_add_u64(obj, "first", lost->first) ||
	    json_add_u64(obj, "last", lost->last)) {
		json_object_put(obj);
		return NULL;
	}
	return obj;
}
