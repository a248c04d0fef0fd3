// SPDX-License-Identifier: GPL-2.0-only
/* Restore one file. */
#include "restore.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "handle.h"
#include "heal_file.h"
#include "text.h"
#include "walk.h"

/* a result with its reason; 0 or -ENOMEM */
#define conclude(item, what, ...) \
	((item)->result = (what), restore_say(&(item)->reason, __VA_ARGS__))

/*
 * The file of @rec, seen through the mount that opened->dir_fd is the root of:
 * found by its handle, so that no name can lead elsewhere. 0 or a negative errno.
 */
static int open_through(const struct fserror_record *rec, bool keep_times,
			struct heal_opened *opened)
{
	int found = handle_open(rec, opened->dir_fd), err, mount_id;
	struct stat st;

	if (found < 0)
		return -errno;
	if (fstat(found, &st))
		err = -errno;
	else if (st.st_ino != rec->ino ||
		 !handle_matches(rec, found, "", &mount_id))
		err = -ESTALE;
	else
		err = heal_file_open(found, keep_times, opened);
	close(found);
	return err;
}

/* through any mount of its filesystem that lets it be written; 0 or an errno */
static int open_by_handle(const struct restore_how *how,
			  const struct fserror_record *rec,
			  struct heal_opened *opened)
{
	const struct mount_point *mp;
	int err = -ENODEV;
	size_t count, i;

	opened->why = NULL;
	mp = mounts_of(how->mounts, makedev(rec->major, rec->minor), &count);
	for (i = 0; i < count; i++) {
		opened->dir_fd = walk_open_root(&mp[i]);
		if (opened->dir_fd < 0)
			continue; /* covered, or a mount of a single file */
		err = open_through(rec, how->keep_times, opened);
		if (!err)
			return 0;
		close(opened->dir_fd);
	}
	return err;
}

static int not_opened(struct restore_item *item, int err, const char *why)
{
	if (err == -ESTALE)
		why = "the inode is gone, or that of another file now";
	else if (err == -EINVAL)
		why = "it is no regular file";
	if (why)
		return conclude(item, RESTORE_FAILED, "%s", why);
	return conclude(item, RESTORE_FAILED, "cannot open it: %s",
			strerror(-err));
}

/* 0; 1 with the reason in @item; or -ENOMEM */
static int open_file(const struct restore_how *how, struct restore_item *item,
		     struct heal_opened *opened)
{
	const struct path_result *paths = item->view->paths;
	char why[256];
	int err;

	if (!paths) {
		err = conclude(
			item, RESTORE_SKIPPED,
			"the filesystem gives no file handle to find it by");
	} else if (!paths->count) {
		path_reason(paths, why, sizeof(why));
		err = conclude(item, RESTORE_SKIPPED, "%s", why);
	} else {
		err = open_by_handle(how, item->rec, opened);
		if (!err)
			return 0;
		err = not_opened(item, err, opened->why);
	}
	return err ? err : 1;
}

static bool any_run(const struct heal *heal, enum heal_outcome outcome)
{
	size_t i;

	for (i = 0; i < heal->nr_runs; i++) {
		if (heal->runs[i].outcome == outcome)
			return true;
	}
	return false;
}

static bool all_runs(const struct heal *heal, enum heal_outcome outcome)
{
	size_t i;

	for (i = 0; i < heal->nr_runs; i++) {
		if (heal->runs[i].outcome != outcome)
			return false;
	}
	return true;
}

static void time_text(const struct timespec *time, char *buf, size_t size)
{
	struct tm tm;
	size_t len;

	if (!localtime_r(&time->tv_sec, &tm) ||
	    !(len = strftime(buf, size, "%F %T", &tm))) {
		snprintf(buf, size, "%jd", (intmax_t)time->tv_sec);
		return;
	}
	snprintf(buf + len, size - len, ".%09ld", time->tv_nsec);
}

/* why the copy does not belong to the file, or is not known to */
static int disagree(struct restore_item *item)
{
	const struct heal *heal = &item->heal;
	char own[64], other[64];

	switch (heal_agreement(heal)) {
	case HEAL_AGREES:
		break;
	case HEAL_OTHER_SIZE:
		return restore_say(&item->disagreement,
				   "its size is %" PRIu64
				   ", that of the copy is %" PRIu64,
				   heal->file->size, heal->copy_size);
	case HEAL_DIFFERS:
		return restore_say(&item->disagreement,
				   "the copy differs at byte %" PRIu64
				   ", which is not damaged",
				   heal->differs_at);
	case HEAL_OTHER_TIME:
		time_text(&heal->file->mtime, own, sizeof(own));
		time_text(&heal->copy_mtime, other, sizeof(other));
		return restore_say(&item->disagreement,
				   "it was modified at %s, the copy at %s", own,
				   other);
	case HEAL_NOT_COMPARED:
		return restore_say(
			&item->disagreement,
			"no good byte is near the damage that could be compared with the copy");
	}
	return 0;
}

static void say_forced(const struct restore_item *item)
{
	const enum heal_agreement agreement = heal_agreement(&item->heal);
	char *name = text_escape(item->name);

	warnx("%s: %s: FORCED to write all the same; %s", name ? name : "?",
	      item->disagreement,
	      agreement == HEAL_NOT_COMPARED || agreement == HEAL_OTHER_TIME ?
		      "what is written may be older than what was lost" :
		      "the file may be a mixture of two versions now");
	free(name);
}

static void say_zeroed(const struct restore_item *item)
{
	char *name = text_escape(item->name);

	warnx("%s: %" PRIu64
	      " bytes are FILLED WITH ZEROS: what was there is lost",
	      name ? name : "?", ranges_bytes(&item->heal.damage));
	free(name);
}

static void step(void *arg, enum heal_step which, uint64_t bytes)
{
	if (which == HEAL_STEP_WRITTEN)
		restore_progress_written(arg, bytes);
}

static int write_back(const struct restore_how *how, struct restore_item *item,
		      struct heal_file *file, struct copy *copy)
{
	const struct heal_hooks hooks = { step, how->progress };
	struct heal *heal = &item->heal;
	int err;

	/* asked before the write, which may give the file blocks of its own */
	item->shared = heal_file_shared(file, &heal->damage);
	if (how->dry_run) {
		item->result = all_runs(heal, HEAL_WAITS) ? RESTORE_WOULD :
							    RESTORE_FAILED;
		return 0;
	}
	if (item->zeroed) {
		restore_progress_clear(how->progress);
		say_zeroed(item);
	}
	if (item->forced) {
		restore_progress_clear(how->progress);
		say_forced(item);
	}
	heal_file_lease(file);
	err = heal_write(heal, copy, &hooks);
	item->time_lost = heal_file_time_lost(file);
	item->lost = heal_file_lost(file);
	item->result = all_runs(heal, HEAL_DONE) ? RESTORE_DONE :
						   RESTORE_FAILED;
	return err;
}

static bool is_agreed(const struct restore_how *how, const struct heal *heal,
		      const struct copy *copy)
{
	const enum heal_agreement agreement = heal_agreement(heal);

	return agreement == HEAL_AGREES || (agreement == HEAL_NOT_COMPARED &&
					    copy->has_mtime && how->by_time);
}

static int with_copy(const struct restore_how *how, struct restore_item *item,
		     struct heal_file *file, struct copy *copy)
{
	struct heal *heal = &item->heal;
	int err = heal_check(heal, copy);

	if (err)
		return err;
	if (how->source.zero) {
		item->zeroed = true;
		if (!heal->foreign.nr)
			return write_back(how, item, file, copy);
		return conclude(
			item, RESTORE_REFUSED,
			"%" PRIu64
			" good bytes beside the damage cannot be read, and would become zeros too",
			ranges_bytes(&heal->foreign));
	}
	if (!is_agreed(how, heal, copy)) {
		err = disagree(item);
		if (err)
			return err;
		item->forced = how->force;
		if (!how->force)
			return conclude(item, RESTORE_REFUSED, "%s",
					item->disagreement);
	}
	if (!any_run(heal, HEAL_WAITS)) {
		item->result = RESTORE_FAILED;
		return 0;
	}
	return write_back(how, item, file, copy);
}

/* what the parts before have written is no change by somebody else */
static void see_part(struct restore_part *part, struct heal_file *file)
{
	if (!part->opened)
		*part = (struct restore_part){ .opened = true,
					       .mtime = file->mtime };
	else if (file->mtime.tv_sec == part->left.tv_sec &&
		 file->mtime.tv_nsec == part->left.tv_nsec)
		file->mtime = part->mtime;
}

static int with_file(const struct restore_how *how, struct restore_item *item,
		     struct heal_file *file)
{
	struct copy *copy;
	int err;

	err = heal_plan(&item->heal, file, &item->damage);
	if (err)
		return err;
	if (!item->heal.nr_runs)
		return conclude(item, RESTORE_FAILED,
				"the damage is after the end of the file now");
	err = restore_find_copy(how, item, heal_file_stat(file), &copy);
	if (err)
		return err;
	if (!copy) {
		item->result = RESTORE_FAILED;
		return 0;
	}
	err = with_copy(how, item, file, copy);
	copy_close(copy);
	return err;
}

int restore_item(const struct restore_how *how, struct restore_item *item)
{
	struct heal_file *file;
	struct heal_opened opened;
	int err;

	if (!item->data)
		return restore_advise(item);
	err = open_file(how, item, &opened);
	if (err)
		return err < 0 ? err : 0;
	err = heal_file_new(&opened, item->places, item->nr_places,
			    how->keep_times, &file);
	if (err) {
		close(opened.fd);
		close(opened.dir_fd);
		if (err == -ENOMEM)
			return err;
		return conclude(item, RESTORE_FAILED, "cannot open it: %s",
				strerror(-err));
	}
	if (item->part)
		see_part(item->part, file);
	err = with_file(how, item, file);
	if (item->part)
		item->part->left = heal_file_left(file)->st_mtim;
	/* its outcome is reported, the file is not touched any more */
	heal_file_close(file);
	item->heal.file = NULL;
	return err;
}
