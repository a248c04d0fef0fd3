// SPDX-License-Identifier: GPL-2.0-only
#include "status.h"

#include <errno.h>

#include "health.h"
#include "json_writer.h"

static void put_device(struct json *json,
		       const struct fserror_device_state *device)
{
	char word[FSERROR_WORD_MAX];

	json_open_object(json, NULL);
	json_put_dev(json, "dev", device->major, device->minor);
	if (DEVICE_HAS(device, ROLE))
		json_put_string(json, "role",
				fserror_role_name(device->role, word));
	json_put_u64(json, "ranges", device->ranges);
	json_put_bool(json, "pending", DEVICE_HAS(device, PENDING));
	json_put_bool(json, "unknown", DEVICE_HAS(device, UNKNOWN));
	json_put_bool(json, "partial", DEVICE_HAS(device, PARTIAL));
	json_put_bool(json, "removed", DEVICE_HAS(device, REMOVED));
	json_put_bool(json, "untold", DEVICE_HAS(device, UNTOLD));
	json_close_object(json);
}

static void put_name(struct json *json, const struct fserror_filesystem *fs,
		     const struct mounts *mounts)
{
	const char *source, *target;

	status_mount(mounts, fs, &source, &target);
	if (FS_HAS(fs, FSTYPE))
		json_put_bytes(json, "fstype", fs->fstype);
	if (FS_HAS(fs, MAJOR) && FS_HAS(fs, MINOR))
		json_put_dev(json, "dev", fs->major, fs->minor);
	if (FS_HAS(fs, UUID))
		json_put_uuid(json, "uuid", fs->uuid);
	if (FS_HAS(fs, SB_ID))
		json_put_bytes(json, "sb_id", fs->sb_id);
	if (source)
		json_put_bytes(json, "source", source);
	if (target)
		json_put_bytes(json, "target", target);
	if (FS_HAS(fs, INSTANCE))
		json_put_u64(json, "instance", fs->instance);
}

static int put_health(struct json *json, const struct fserror_filesystem *fs,
		      const char *sysfs)
{
	struct health health;
	size_t i;
	int err = health_find(&health, fs, sysfs);

	if (err)
		return err;
	json_put_string(json, "state", health_word(health.state));
	json_open_list(json, "silent");
	for (i = 0; i < health.silent.nr; i++)
		json_put_bytes(json, NULL, health.silent.v[i]);
	json_close_list(json);
	health_free(&health);
	return 0;
}

static void put_counters(struct json *json, const struct fserror_filesystem *fs)
{
	if (FS_HAS(fs, KNOWN_SINCE))
		json_put_u64(json, "known_since", fs->known_since);
	if (FS_HAS(fs, RECORDS))
		json_put_u64(json, "records", fs->records);
	if (FS_HAS(fs, DATA_LOST))
		json_put_u64(json, "data_lost", fs->data_lost);
	if (FS_HAS(fs, METADATA))
		json_put_u64(json, "metadata", fs->metadata);
	if (FS_HAS(fs, IO_ERRORS))
		json_put_u64(json, "io_errors", fs->io_errors);
	if (FS_HAS(fs, UNRESOLVED))
		json_put_u64(json, "unresolved", fs->unresolved);
	if (FS_HAS(fs, UNLISTED))
		json_put_u64(json, "unlisted", fs->unlisted);
	if (FS_HAS(fs, UNLISTED_METADATA))
		json_put_u64(json, "unlisted_metadata", fs->unlisted_metadata);
	if (FS_HAS(fs, MORE_DEVICES))
		json_put_u64(json, "more_devices", fs->more_devices);
}

static int put_filesystem(struct json *json, const struct status *status,
			  const struct fserror_filesystem *fs)
{
	size_t i;
	int err;

	json_open_object(json, NULL);
	put_name(json, fs, status->mounts);
	json_put_bool(json, "can_resolve", FS_HAS(fs, CAN_RESOLVE));
	json_put_bool(json, "shutdown", FS_HAS(fs, SHUTDOWN));
	err = put_health(json, fs, status->sysfs);
	json_open_list(json, "devices");
	for (i = 0; i < fs->nr_devices; i++)
		put_device(json, &fs->devices[i]);
	json_close_list(json);
	put_counters(json, fs);
	json_close_object(json);
	return err;
}

static void put_ring(struct json *json, const struct fserror_ring *ring)
{
	char word[FSERROR_WORD_MAX];

	json_open_object(json, NULL);
	json_put_string(json, "group", fserror_group_name(ring->group, word));
	if (RING_HAS(ring, FIRST_SEQ))
		json_put_u64(json, "first_seq", ring->first_seq);
	if (RING_HAS(ring, LAST_SEQ))
		json_put_u64(json, "last_seq", ring->last_seq);
	if (RING_HAS(ring, PUBLISHED_SEQ))
		json_put_u64(json, "published_seq", ring->published_seq);
	if (RING_HAS(ring, SIZE))
		json_put_u64(json, "size", ring->size);
	if (RING_HAS(ring, OVERWRITTEN))
		json_put_u64(json, "overwritten", ring->overwritten);
	if (RING_HAS(ring, UNSENT))
		json_put_u64(json, "unsent", ring->unsent);
	json_close_object(json);
}

static void put_rings(struct json *json, const struct fserror_stat *st)
{
	size_t i;

	json_open_list(json, "rings");
	for (i = 0; i < st->nr_rings; i++)
		put_ring(json, &st->rings[i]);
	json_close_list(json);
}

static void put_kinds(struct json *json, const struct fserror_stat *st)
{
	char word[FSERROR_WORD_MAX];
	size_t i;

	json_open_object(json, "kinds");
	for (i = 0; i < st->nr_kinds; i++)
		json_put_u64(json, fserror_kind_name(st->kinds[i].kind, word),
			     st->kinds[i].count);
	json_close_object(json);
}

static void put_watchers(struct json *json, const struct fserror_stat *st)
{
	size_t i;

	json_open_list(json, "watchers");
	for (i = 0; i < st->nr_watchers; i++) {
		json_open_object(json, NULL);
		json_put_u64(json, "portid", st->watchers[i].portid);
		json_put_u64(json, "drops", st->watchers[i].drops);
		json_close_object(json);
	}
	json_close_list(json);
}

int status_json(FILE *out, const struct status *status)
{
	const struct fserror_stat *st = status->stat;
	struct json json = { .out = out };
	size_t i;
	int err = 0;

	json_open_object(&json, NULL);
	json_put_u64(&json, "v", 2);
	json_put_string(&json, "family", FSERROR_FAMILY_NAME);
	json_put_u64(&json, "version", status->version);
	if (STAT_HAS(st, BOOT_ID))
		json_put_uuid(&json, "boot_id", st->boot_id);
	put_rings(&json, st);
	if (STAT_HAS(st, TOLD))
		json_put_u64(&json, "told", st->told);
	if (STAT_HAS(st, TOLD_MAX))
		json_put_u64(&json, "told_max", st->told_max);
	put_kinds(&json, st);
	if (STAT_HAS(st, KERNEL_WATCHERS))
		json_put_u64(&json, "kernel_watchers", st->kernel_watchers);
	put_watchers(&json, st);
	json_open_list(&json, "filesystems");
	for (i = 0; i < status->filesystems.nr && !err; i++)
		err = put_filesystem(&json, status, &status->filesystems.v[i]);
	json_close_list(&json);
	status_sources_json(&json, &status->sources);
	json_close_object(&json);
	json_end_line(&json);
	return err;
}
