// SPDX-License-Identifier: GPL-2.0-only
/* Which name the copy of a file has. */
#include "restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

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
	heal_forget(heal);
	return copy_open_command(how->source.command, name, &heal->wanted, &all,
				 why);
}

static int no_name(const struct restore_how *how, struct restore_item *item)
{
	const char *above = how->source.relative_to;

	return restore_say(&item->reason, "none of its names is below %s",
			   above ? above : "the root of its mount");
}

static bool fits(const struct heal *heal, const struct copy *copy)
{
	return copy->size == heal->file->size &&
	       heal_same_time(&heal->file->mtime, &copy->mtime);
}

/*
 * In a snapshot of the filesystem a file has the same handle, whatever its name
 * was. The root of a mount only: what is beside a directory is not of the copy.
 */
static struct copy *by_handle(const struct restore_how *how,
			      struct restore_item *item, const struct stat *of)
{
	const struct fserror_record *rec = item->view->rec;
	struct copy *copy = NULL;
	char why[COPY_ERROR_MAX];
	struct statx stx;
	struct stat st;
	int found;

	if (statx(how->source.from_fd, "", AT_EMPTY_PATH, STATX_TYPE, &stx) ||
	    !(stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) || !rec->handle_len)
		return NULL;
	found = handle_open(rec, how->source.from_fd);
	if (found < 0)
		return NULL;
	if (!fstat(found, &st) && st.st_ino == rec->ino)
		copy = copy_open_found(found, of, why);
	close(found);
	if (copy && fits(&item->heal, copy))
		return copy;
	copy_close(copy);
	return NULL;
}

/* one that fits; or any, and then it is told why it does not */
static int from_directory(const struct restore_how *how,
			  struct restore_item *item, const struct stat *of,
			  struct copy **copy)
{
	const struct path_result *paths = item->view->paths;
	char why[COPY_ERROR_MAX] = "";
	struct copy *other = NULL;
	const char *name;
	int err = 0;
	size_t i;

	*copy = NULL;
	for (i = 0; !*copy && i < paths->count; i++) {
		name = copy_name(how, item->view, paths->names[i]);
		if (name)
			*copy = copy_open_at(how->source.from_fd, name, of,
					     why);
		if (!*copy || fits(&item->heal, *copy))
			continue;
		if (!other)
			other = *copy;
		else
			copy_close(*copy);
		*copy = NULL;
	}
	if (!*copy) {
		*copy = by_handle(how, item, of);
		if (*copy)
			err = restore_say(
				&item->found,
				"its copy is the same inode of the snapshot, by another name");
	}
	if (!*copy && how->search)
		err = restore_search(how, item, of, copy);
	if (!*copy) {
		*copy = other;
		other = NULL;
	}
	copy_close(other);
	if (*copy || err)
		return err;
	if (item->reason)
		return 0; /* of the search */
	if (!*why)
		return no_name(how, item);
	return restore_say(&item->reason, "no copy in %s: %s", how->source.from,
			   why);
}

static int from_commands(const struct restore_how *how,
			 struct restore_item *item, struct copy **copy)
{
	const struct path_result *paths = item->view->paths;
	char why[COPY_ERROR_MAX] = "";
	const char *name;
	size_t i;

	*copy = NULL;
	for (i = 0; !*copy && i < paths->count; i++) {
		name = copy_name(how, item->view, paths->names[i]);
		if (name)
			*copy = from_command(how, name, &item->heal, why);
	}
	if (*copy)
		return 0;
	if (!*why)
		return no_name(how, item);
	return restore_say(&item->reason, "no copy from the command: %s", why);
}

int restore_open_from(const char *dir)
{
	/* what has O_PATH opens nothing by a handle */
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int restore_find_copy(const struct restore_how *how, struct restore_item *item,
		      const struct stat *of, struct copy **copy)
{
	char why[COPY_ERROR_MAX];

	if (how->source.command)
		return from_commands(how, item, copy);
	if (!how->source.zero)
		return from_directory(how, item, of, copy);
	*copy = copy_open_zero(of->st_size, why);
	return *copy ? 0 : -ENOMEM;
}
