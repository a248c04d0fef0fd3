// SPDX-License-Identifier: GPL-2.0-only
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "text.h"

#define SECTOR 512

int report_init(struct report *report)
{
	struct timespec now;

	memset(report, 0, sizeof(*report));
	clock_gettime(CLOCK_REALTIME, &now);
	report->now = now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
	report->files = calloc(REPORT_FILES, sizeof(*report->files));
	report->others = calloc(REPORT_OTHERS, sizeof(*report->others));
	report->past = calloc(REPORT_HISTORY, sizeof(*report->past));
	return report->files && report->others && report->past ? 0 : -ENOMEM;
}

void report_free(struct report *report)
{
	size_t i;

	for (i = 0; i < report->nr_fs; i++) {
		struct report_filesystem *fs = &report->fs[i];

		free(fs->fstype);
		free(fs->name);
		free(fs->target);
		free(fs->uuid);
		free(fs->state);
		free(fs->reason);
		free(fs->action);
	}
	for (i = 0; i < report->nr_devices; i++)
		report_map_free(&report->devices[i].map);
	for (i = 0; i < report->nr_files; i++) {
		free(report->files[i].path);
		report_map_free(&report->files[i].map);
	}
	for (i = 0; i < report->nr_others; i++) {
		free(report->others[i].path);
		free(report->others[i].layer);
	}
	for (i = 0; i < report->nr_past; i++)
		free(report->past[i].text);
	string_list_free(&report->missing);
	free(report->files);
	free(report->others);
	free(report->past);
	free(report->source);
}

/* a copy, NULL for NULL; *@err: there was no memory */
static char *copy(const char *text, int *err)
{
	char *made = text ? strdup(text) : NULL;

	if (text && !made)
		*err = -ENOMEM;
	return made;
}

struct report_filesystem *report_filesystem(struct report *report,
					    const struct loss_view *loss)
{
	struct report_filesystem *fs;
	char uuid[TEXT_UUID_MAX];
	size_t i;
	int err = 0;

	for (i = 0; i < report->nr_fs; i++) {
		if (report->fs[i].fs == loss->fs)
			return &report->fs[i];
	}
	if (report->nr_fs == REPORT_FILESYSTEMS) {
		report->more_fs++;
		return NULL;
	}
	fs = &report->fs[report->nr_fs++];
	fs->fs = loss->fs;
	if (loss->has_uuid)
		text_uuid(loss->uuid, uuid);
	fs->fstype = copy(loss->fstype, &err);
	fs->name = copy(loss->sb_id, &err);
	fs->target = copy(loss->target, &err);
	fs->uuid = copy(loss->has_uuid ? uuid : NULL, &err);
	return err ? NULL : fs;
}

/* bytes, 0: not known */
static uint64_t device_size(const char *sysfs, uint32_t major, uint32_t minor)
{
	unsigned long long sectors = 0;
	char *path;
	FILE *file;

	if (!sysfs ||
	    asprintf(&path, "%s/dev/block/%u:%u/size", sysfs, major, minor) < 0)
		return 0;
	file = fopen(path, "r");
	free(path);
	if (!file)
		return 0;
	if (fscanf(file, "%llu", &sectors) != 1)
		sectors = 0;
	fclose(file);
	return sectors * SECTOR;
}

static int add_place(struct report *report, size_t fs,
		     const struct loss_view *loss, const char *sysfs)
{
	struct report_device *device;
	size_t i;
	int err;

	for (i = 0; i < report->nr_devices; i++) {
		device = &report->devices[i];
		if (device->fs == fs && device->major == loss->major &&
		    device->minor == loss->minor && device->role == loss->role)
			break;
	}
	if (i == REPORT_DEVICES)
		return 0;
	device = &report->devices[i];
	if (i == report->nr_devices) {
		err = report_map_init(&device->map, REPORT_DEVICE_MARKS,
				      device_size(sysfs, loss->major,
						  loss->minor));
		if (err)
			return err;
		report->nr_devices++;
		device->fs = fs;
		device->major = loss->major;
		device->minor = loss->minor;
		device->role = loss->role;
	}
	report_map_mark(&device->map, loss->dstart, loss->dstart + loss->length,
			loss->level);
	device->bytes += loss->length;
	return 0;
}

static bool is_file(const struct report *report, const struct report_file *file,
		    const struct loss_view *loss)
{
	return file->ino == loss->ino && file->root == loss->root &&
	       file->generation == loss->generation &&
	       report->fs[file->fs].fs == loss->fs;
}

#define NR_SLOTS (sizeof(((struct report *)0)->slots) / sizeof(uint16_t))

_Static_assert(NR_SLOTS > 2 * REPORT_FILES,
	       "so that there is always a free one");

/* of the file, or that where it would be put */
static uint16_t *find_slot(struct report *report, const struct loss_view *loss)
{
	uint64_t hash = loss->ino * UINT64_C(0x9e3779b97f4a7c15) +
			loss->root * UINT64_C(0xbf58476d1ce4e5b9) + loss->fs;
	size_t i = (hash ^ hash >> 32) % NR_SLOTS;

	while (report->slots[i] &&
	       !is_file(report, &report->files[report->slots[i] - 1], loss))
		i = (i + 1) % NR_SLOTS;
	return &report->slots[i];
}

const char *report_path(struct report *report, const struct loss_view *loss)
{
	const uint16_t slot = *find_slot(report, loss);

	return slot ? report->files[slot - 1].path : NULL;
}

static int add_file(struct report *report, size_t fs,
		    const struct loss_view *loss)
{
	uint16_t *slot = find_slot(report, loss);
	struct report_file *file = *slot ? &report->files[*slot - 1] : NULL;
	int err = 0;

	if (!file && report->nr_files == REPORT_FILES) {
		report->more_ranges++;
		return 0;
	}
	if (!file) {
		file = &report->files[report->nr_files];
		err = report_map_init(&file->map, REPORT_FILE_MARKS, 0);
		if (err)
			return err;
		*slot = ++report->nr_files;
		file->fs = fs;
		file->root = loss->root;
		file->ino = loss->ino;
		file->generation = loss->generation;
		file->first_seen = loss->first_seen;
	}
	if (!file->path)
		file->path = copy(loss->path, &err);
	if (file->nr < REPORT_RANGES)
		file->ranges[file->nr] =
			(struct report_range){ loss->start, loss->end, loss->id,
					       loss->level };
	file->nr++;
	file->bytes += loss->end - loss->start;
	if (loss->cause < 32)
		file->causes |= UINT32_C(1) << loss->cause;
	if (loss->level > file->level)
		file->level = loss->level;
	if (loss->first_seen < file->first_seen)
		file->first_seen = loss->first_seen;
	if (loss->last_seen > file->last_seen)
		file->last_seen = loss->last_seen;
	report_map_mark(&file->map, loss->start, loss->end, loss->level);
	return err;
}

static int add_other(struct report *report, size_t fs,
		     const struct loss_view *loss)
{
	struct report_other *other;
	int err = 0;

	if (report->nr_others == REPORT_OTHERS) {
		report->more_others++;
		return 0;
	}
	other = &report->others[report->nr_others++];
	*other = (struct report_other){
		.fs = fs,
		.id = loss->id,
		.start = loss->placed ? loss->dstart : loss->start,
		.length = loss->length,
		.has_ino = loss->has_ino,
		.ino = loss->ino,
		.kind = loss->kind,
		.meta = loss->meta,
		.cause = loss->cause,
		.flags = loss->flags,
		.major = loss->major,
		.minor = loss->minor,
		.level = loss->level,
		.last_seen = loss->last_seen,
	};
	other->path = copy(loss->path, &err);
	other->layer = copy(loss->layer, &err);
	return err;
}

static void count(struct report *report, struct report_filesystem *fs,
		  const struct loss_view *loss)
{
	if (loss->level == LOSS_ACKNOWLEDGED) {
		report->acknowledged++;
		fs->acknowledged++;
	} else if (loss->level == LOSS_DEGRADED) {
		report->degraded++;
	} else if (loss->level == LOSS_UNOWNED) {
		report->unowned++;
		fs->unowned++;
	} else if (loss->in_file) {
		report->ranges++;
		report->bytes += loss->end - loss->start;
		fs->ranges++;
		fs->bytes += loss->end - loss->start;
	} else {
		if (loss->kind == FSERROR_KIND_METADATA)
			report->metadata++;
		else
			report->unresolved++;
		fs->others++;
	}
}

/* "rewritten: 512 bytes of /srv/a at 4096" */
static int add_past(struct report *report, const struct loss_view *loss,
		    const char *what, uint64_t time)
{
	char *text, of[64];
	int err;

	snprintf(of, sizeof(of), "inode %" PRIu64, loss->ino);
	if (asprintf(&text, "%s: %" PRIu64 " bytes of %s at %" PRIu64, what,
		     loss->in_file ? loss->end - loss->start : loss->length,
		     loss->path	   ? loss->path :
		     loss->has_ino ? of :
				     "a device",
		     loss->start) < 0)
		return -ENOMEM;
	err = report_add_past(report, time, text);
	free(text);
	return err;
}

/* of the kernel's events there is a history by itself */
static int add_history(struct report *report, const struct loss_view *loss)
{
	int err = 0;

	if (loss->id)
		err = add_past(report, loss,
			       loss->level == LOSS_UNOWNED ? "bad" : "lost",
			       loss->first_seen);
	if (!err && loss->closed)
		err = add_past(report, loss, loss->closed, loss->changed);
	return err;
}

int report_add(struct report *report, const struct loss_view *loss,
	       const char *sysfs)
{
	struct report_filesystem *fs;
	const uint64_t more = report->more_fs;
	int err = add_history(report, loss);

	if (err || loss->closed)
		return err;
	fs = report_filesystem(report, loss);
	if (!fs)
		return report->more_fs > more ? 0 : -ENOMEM;
	count(report, fs, loss);
	if (loss->has_device && loss->placed)
		err = add_place(report, fs - report->fs, loss, sysfs);
	if (err)
		return err;
	return loss->in_file ? add_file(report, fs - report->fs, loss) :
			       add_other(report, fs - report->fs, loss);
}

int report_add_past(struct report *report, uint64_t time, const char *text)
{
	struct report_past *past = report->past;
	char *made;
	size_t i, oldest = 0;

	if (report->nr_past < REPORT_HISTORY) {
		oldest = report->nr_past;
	} else {
		report->more_past++;
		for (i = 1; i < REPORT_HISTORY; i++) {
			if (past[i].time < past[oldest].time)
				oldest = i;
		}
		if (past[oldest].time > time)
			return 0;
	}
	made = strdup(text);
	if (!made)
		return -ENOMEM;
	if (oldest == report->nr_past)
		report->nr_past++;
	else
		free(past[oldest].text);
	past[oldest].time = time;
	past[oldest].text = made;
	return 0;
}
