// SPDX-License-Identifier: GPL-2.0-only
#include "status.h"

#include <errno.h>

#include <json-c/json.h>

#include "format.h"

/* add @value to the list, which takes it; NULL is a failure */
static int append(struct json_object *list, struct json_object *value)
{
	if (!value)
		return -1;
	if (json_object_array_add(list, value)) {
		json_object_put(value);
		return -1;
	}
	return 0;
}

static struct json_object *
json_device(const struct fserror_device_state *device)
{
	struct json_object *obj = json_object_new_object();
	char word[FSERROR_WORD_MAX];

	if (!obj)
		return NULL;
	if (json_add_dev(obj, "dev", device->major, device->minor) ||
	    (DEVICE_HAS(device, ROLE) &&
	     json_add_string(obj, "role",
			     fserror_role_name(device->role, word))) ||
	    json_add_u64(obj, "ranges", device->ranges) ||
	    json_add(obj, "pending",
		     json_object_new_boolean(DEVICE_HAS(device, PENDING))) ||
	    json_add(obj, "unknown",
		     json_object_new_boolean(DEVICE_HAS(device, UNKNOWN))) ||
	    json_add(obj, "partial",
		     json_object_new_boolean(DEVICE_HAS(device, PARTIAL))) ||
	    json_add(obj, "removed",
		     json_object_new_boolean(DEVICE_HAS(device, REMOVED))) ||
	    json_add(obj, "untold",
		     json_object_new_boolean(DEVICE_HAS(device, UNTOLD)))) {
		json_object_put(obj);
		return NULL;
	}
	return obj;
}

static struct json_object *json_devices(const struct fserror_filesystem *fs)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; list && i < fs->nr_devices; i++) {
		if (append(list, json_device(&fs->devices[i]))) {
			json_object_put(list);
			return NULL;
		}
	}
	return list;
}

static struct json_object *json_filesystem(const struct fserror_filesystem *fs,
					   const struct mounts *mounts)
{
	struct json_object *obj = json_object_new_object();
	const char *source, *target;

	if (!obj)
		return NULL;
	status_mount(mounts, fs, &source, &target);
	if ((FS_HAS(fs, FSTYPE) && json_add_bytes(obj, "fstype", fs->fstype)) ||
	    (FS_HAS(fs, MAJOR) && FS_HAS(fs, MINOR) &&
	     json_add_dev(obj, "dev", fs->major, fs->minor)) ||
	    (FS_HAS(fs, UUID) && json_add_uuid(obj, "uuid", fs->uuid)) ||
	    (FS_HAS(fs, SB_ID) && json_add_bytes(obj, "sb_id", fs->sb_id)) ||
	    (source && json_add_bytes(obj, "source", source)) ||
	    (target && json_add_bytes(obj, "target", target)) ||
	    (FS_HAS(fs, INSTANCE) &&
	     json_add_u64(obj, "instance", fs->instance)) ||
	    json_add(obj, "can_resolve",
		     json_object_new_boolean(FS_HAS(fs, CAN_RESOLVE))) ||
	    json_add(obj, "shutdown",
		     json_object_new_boolean(FS_HAS(fs, SHUTDOWN))) ||
	    json_add(obj, "devices", json_devices(fs)) ||
	    (FS_HAS(fs, KNOWN_SINCE) &&
	     json_add_u64(obj, "known_since", fs->known_since)) ||
	    (FS_HAS(fs, RECORDS) &&
	     json_add_u64(obj, "records", fs->records)) ||
	    (FS_HAS(fs, DATA_LOST) &&
	     json_add_u64(obj, "data_lost", fs->data_lost)) ||
	    (FS_HAS(fs, METADATA) &&
	     json_add_u64(obj, "metadata", fs->metadata)) ||
	    (FS_HAS(fs, IO_ERRORS) &&
	     json_add_u64(obj, "io_errors", fs->io_errors)) ||
	    (FS_HAS(fs, UNRESOLVED) &&
	     json_add_u64(obj, "unresolved", fs->unresolved))) {
		json_object_put(obj);
		return NULL;
	}
	return obj;
}

static struct json_object *json_filesystems(const struct status *status)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; list && i < status->filesystems.nr; i++) {
		if (append(list, json_filesystem(&status->filesystems.v[i],
						 status->mounts))) {
			json_object_put(list);
			return NULL;
		}
	}
	return list;
}

static struct json_object *json_kinds(const struct fserror_stat *st)
{
	struct json_object *obj = json_object_new_object();
	char word[FSERROR_WORD_MAX];
	size_t i;

	for (i = 0; obj && i < st->nr_kinds; i++) {
		if (json_add_u64(obj,
				 fserror_kind_name(st->kinds[i].kind, word),
				 st->kinds[i].count)) {
			json_object_put(obj);
			return NULL;
		}
	}
	return obj;
}

static struct json_object *json_watchers(const struct fserror_stat *st)
{
	struct json_object *list = json_object_new_array(), *obj;
	size_t i;

	for (i = 0; list && i < st->nr_watchers; i++) {
		obj = json_object_new_object();
		if (obj &&
		    (json_add_u64(obj, "portid", st->watchers[i].portid) ||
		     json_add_u64(obj, "drops", st->watchers[i].drops))) {
			json_object_put(obj);
			obj = NULL;
		}
		if (append(list, obj)) {
			json_object_put(list);
			return NULL;
		}
	}
	return list;
}

static struct json_object *json_ring(const struct fserror_ring *ring)
{
	struct json_object *obj = json_object_new_object();
	char word[FSERROR_WORD_MAX];

	if (!obj)
		return NULL;
	if (json_add_string(obj, "group",
			    fserror_group_name(ring->group, word)) ||
	    (RING_HAS(ring, FIRST_SEQ) &&
	     json_add_u64(obj, "first_seq", ring->first_seq)) ||
	    (RING_HAS(ring, LAST_SEQ) &&
	     json_add_u64(obj, "last_seq", ring->last_seq)) ||
	    (RING_HAS(ring, PUBLISHED_SEQ) &&
	     json_add_u64(obj, "published_seq", ring->published_seq)) ||
	    (RING_HAS(ring, SIZE) && json_add_u64(obj, "size", ring->size)) ||
	    (RING_HAS(ring, OVERWRITTEN) &&
	     json_add_u64(obj, "overwritten", ring->overwritten)) ||
	    (RING_HAS(ring, UNSENT) &&
	     json_add_u64(obj, "unsent", ring->unsent))) {
		json_object_put(obj);
		return NULL;
	}
	return obj;
}

static struct json_object *json_rings(const struct fserror_stat *st)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; list && i < st->nr_rings; i++) {
		if (append(list, json_ring(&st->rings[i]))) {
			json_object_put(list);
			return NULL;
		}
	}
	return list;
}

int status_json(FILE *out, const struct status *status)
{
	const struct fserror_stat *st = status->stat;
	struct json_object *obj = json_object_new_object();
	int err = -ENOMEM;

	if (!obj)
		return -ENOMEM;
	if (json_add(obj, "v", json_object_new_int(2)) ||
	    json_add_string(obj, "family", FSERROR_FAMILY_NAME) ||
	    json_add_u64(obj, "version", status->version) ||
	    (STAT_HAS(st, BOOT_ID) &&
	     json_add_uuid(obj, "boot_id", st->boot_id)) ||
	    json_add(obj, "rings", json_rings(st)) ||
	    (STAT_HAS(st, TOLD) && json_add_u64(obj, "told", st->told)) ||
	    (STAT_HAS(st, TOLD_MAX) &&
	     json_add_u64(obj, "told_max", st->told_max)) ||
	    json_add(obj, "kinds", json_kinds(st)) ||
	    (STAT_HAS(st, KERNEL_WATCHERS) &&
	     json_add_u64(obj, "kernel_watchers", st->kernel_watchers)) ||
	    json_add(obj, "watchers", json_watchers(st)) ||
	    json_add(obj, "filesystems", json_filesystems(status)))
		goto put_obj;
	err = json_write(out, obj);

put_obj:
	json_object_put(obj);
	return err;
}
