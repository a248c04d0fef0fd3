// SPDX-License-Identifier: GPL-2.0-only
/* Which name the copy of a file has. */
#include "restore.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "handle.h"
#include "mounts.h"

/* @name as seen from @dir, which is above it; NULL if it is not */
static const char *below(const char *dir, const char *name)
{
	size_t len = strcmp(dir, "/") ? strlen(dir) : 0;

	if (strncmp(name, dir, len) || name[len] != '/')
		return NULL;
	return name + len + 1;
}

/* as seen from the root of the mount on which it is */
static const char *below_mount(const struct mounts *mounts,
			       const struct fserror_record *rec,
			       const char *name)
{
	const struct mount_point *mp;
	size_t count, i;
	int mount_id;

	if (!handle_is_named(rec, name, &mount_id))
		return NULL;
	mp = mounts_of(mounts, makedev(rec->major, rec->minor), &count);
	for (i = 0; i < count; i++) {
		if (mp[i].id == mount_id)
			return below(mp[i].target, name);
	}
	return NULL;
}

/* the name that the copy of @name should have; NULL if there is no such */
static const char *copy_name(const struct restore_how *how,
			     const struct view *view, const char *name)
{
	const struct restore_source *source = &how->source;

	if (source->relative_to)
		return below(source->relative_to, name);
	if (source->command)
		return name;
	return below_mount(how->mounts, view->rec, name);
}

struct witness {
	struct heal *heal;
	struct restore_progress *progress;
};

static int see(void *arg, uint64_t offset, const char *buf, size_t len)
{
	const struct witness *witness = arg;

	restore_progress_copy(witness->progress, offset + len);
	return heal_see(witness->heal, offset, buf, len);
}

static struct copy *from_command(const struct restore_how *how,
				 const char *name, struct heal *heal, char *why)
{
	struct witness witness = { heal, how->progress };
	const struct copy_witness all = { see, &witness };

	/* what another name's command printed before it failed is no proof */
	heal->compared = 0;
	heal->differs = false;
	return copy_open_command(how->source.command, name, &heal->wanted, &all,
				 why);
}

struct copy *restore_find_copy(const struct restore_how *how,
			       const struct view *view, const struct stat *of,
			       struct heal *heal, char *error, size_t size)
{
	const struct restore_source *source = &how->source;
	char why[COPY_ERROR_MAX];
	struct copy *copy;
	const char *name;
	size_t i;

	if (source->zero) {
		copy = copy_open_zero(of->st_size, why);
		if (!copy)
			snprintf(error, size, "%s", why);
		return copy;
	}
	snprintf(error, size, "none of its names is below %s",
		 source->relative_to ? source->relative_to :
				       "the root of its mount");
	for (i = 0; i < view->paths->count; i++) {
		name = copy_name(how, view, view->paths->names[i]);
		if (!name)
			continue;
		copy = source->command ?
			       from_command(how, name, heal, why) :
			       copy_open_at(source->from_fd, name, of, why);
		if (copy)
			return copy;
		if (source->command)
			snprintf(error, size, "no copy from the command: %s",
				 why);
		else
			snprintf(error, size, "no copy in %s: %s", source->from,
				 why);
	}
	return NULL;
}
