// SPDX-License-Identifier: GPL-2.0-only
/* Restore one file. */
#include "restore.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handle.h"
#include "heal_file.h"
#include "text.h"

static void __attribute__((format(printf, 3, 4)))
conclude(struct restore_item *item, enum restore_result result, const char *fmt,
	 ...)
{
	va_list ap;

	item->result = result;
	va_start(ap, fmt);
	vsnprintf(item->reason, sizeof(item->reason), fmt, ap);
	va_end(ap);
}

/* open it by one of its names; -1 with the reason in @item */
static int open_file(struct restore_item *item)
{
	const struct path_result *paths = item->view->paths;
	int mount_id, fd;
	char why[256];
	size_t i;

	if (!paths) {
		conclude(item, RESTORE_SKIPPED,
			 "the filesystem gives no file handle to find it by");
		return -1;
	}
	if (!paths->count) {
		path_reason(paths, why, sizeof(why));
		conclude(item, RESTORE_SKIPPED, "%s", why);
		return -1;
	}
	for (i = 0; i < paths->count; i++) {
		fd = heal_file_open(paths->names[i]);
		if (fd < 0) {
			conclude(item, RESTORE_FAILED, "cannot open it: %s",
				 strerror(-fd));
			continue;
		}
		if (handle_matches(item->view->rec, fd, "", &mount_id)) {
			item->name = paths->names[i];
			return fd;
		}
		conclude(item, RESTORE_FAILED,
			 "the name is that of another file now");
		close(fd);
	}
	return -1;
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

/* why the copy does not belong to the file */
static void disagree(struct restore_item *item)
{
	const struct heal *heal = &item->heal;

	if (heal->copy_size != heal->file->size)
		snprintf(item->disagreement, sizeof(item->disagreement),
			 "its size is %" PRIu64
			 ", that of the copy is %" PRIu64,
			 heal->file->size, heal->copy_size);
	else
		snprintf(item->disagreement, sizeof(item->disagreement),
			 "the copy differs at byte %" PRIu64
			 ", which is not damaged",
			 heal->differs_at);
}

static void say_forced(const struct restore_item *item)
{
	char *name = text_escape(item->name);

	warnx("%s: %s: FORCED to write all the same; the file may be a mixture of two versions now",
	      name ? name : "?", item->disagreement);
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
	if (item->forced) {
		restore_progress_clear(how->progress);
		say_forced(item);
	}
	heal_file_lease(file);
	err = heal_write(heal, copy, &hooks);
	item->result = all_runs(heal, HEAL_DONE) ? RESTORE_DONE :
						   RESTORE_FAILED;
	return err;
}

static int with_copy(const struct restore_how *how, struct restore_item *item,
		     struct heal_file *file, struct copy *copy)
{
	struct heal *heal = &item->heal;
	int err = heal_check(heal, copy);

	if (err)
		return err;
	if (!heal_agrees(heal)) {
		disagree(item);
		item->forced = how->force;
		if (!how->force) {
			conclude(item, RESTORE_REFUSED, "%s",
				 item->disagreement);
			return 0;
		}
	}
	if (!any_run(heal, HEAL_WAITS)) {
		item->result = RESTORE_FAILED;
		return 0;
	}
	return write_back(how, item, file, copy);
}

static int with_file(const struct restore_how *how, struct restore_item *item,
		     struct heal_file *file)
{
	struct copy *copy;
	int err;

	err = heal_plan(&item->heal, file, &item->damage);
	if (err)
		return err;
	if (!item->heal.nr_runs) {
		conclude(item, RESTORE_FAILED,
			 "the damage is after the end of the file now");
		return 0;
	}
	copy = restore_find_copy(how, item->view, heal_file_stat(file),
				 &item->heal.wanted, item->reason,
				 sizeof(item->reason));
	if (!copy) {
		item->result = RESTORE_FAILED;
		return 0;
	}
	item->reason[0] = '\0';
	err = with_copy(how, item, file, copy);
	copy_close(copy);
	return err;
}

int restore_item(const struct restore_how *how, struct restore_item *item)
{
	struct heal_file *file;
	int fd, err;

	if (!item->data) {
		restore_advise(item);
		return 0;
	}
	fd = open_file(item);
	if (fd < 0)
		return 0;
	item->reason[0] = '\0';
	err = heal_file_new(fd, item->name, item->places, item->nr_places,
			    how->keep_times, &file);
	if (err) {
		close(fd);
		conclude(item, RESTORE_FAILED, "cannot open it: %s",
			 strerror(-err));
		return err == -ENOMEM ? err : 0;
	}
	err = with_file(how, item, file);
	/* its outcome is reported, the file is not touched any more */
	heal_file_close(file);
	item->heal.file = NULL;
	return err;
}
