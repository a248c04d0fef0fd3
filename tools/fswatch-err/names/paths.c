// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a name is found:
 *
 * 1. The kernel opens the file handle on a mount of the record's filesystem;
 *    ESTALE means that the inode is gone or was reused.
 * 2. /proc/self/fd says what the kernel believes the name to be. For a file
 *    that nobody has looked up since the mount that is not a name at all, so
 *    it is looked up and its handle compared.
 * 3. If that is not the file, or the file has more names, the filesystem is
 *    asked for its parent pointers, if it has them.
 * 4. If it does not, the filesystem is walked once for all inodes that are
 *    still open.
 */
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "handle.h"
#include "namespace.h"
#include "parents.h"
#include "path_search.h"
#include "walk.h"

#define NO_RESULT SIZE_MAX
#define TICK_LOOKUPS 16 /* files between two ticks */
#define NAMES_MAX (64U << 20) /* bytes of all names of a batch */

/* from the kernel's linux/fs.h, since Linux 6.9 */
#ifndef FS_IOC_GETFSUUID
struct fsuuid2 {
	uint8_t len;
	uint8_t uuid[16];
};
#define FS_IOC_GETFSUUID _IOR(0x15, 0, struct fsuuid2)
#endif

bool paths_possible(const struct fserror_record *rec)
{
	return fserror_has(rec, FSERROR_A_RECORD_INO) &&
	       fserror_has(rec, FSERROR_A_RECORD_MAJOR) &&
	       fserror_has(rec, FSERROR_A_RECORD_MINOR) &&
	       fserror_has(rec, FSERROR_A_RECORD_HANDLE) &&
	       fserror_has(rec, FSERROR_A_RECORD_HANDLE_TYPE);
}

static dev_t device_of(const struct fserror_record *rec)
{
	return makedev(rec->major, rec->minor);
}

/* by filesystem, inode number, then the rest of the identity */
int paths_compare(const struct fserror_record *a,
		  const struct fserror_record *b)
{
	dev_t dev_a = device_of(a), dev_b = device_of(b);

	if (dev_a != dev_b)
		return dev_a < dev_b ? -1 : 1;
	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	if (a->handle_type != b->handle_type)
		return a->handle_type < b->handle_type ? -1 : 1;
	if (a->handle_len != b->handle_len)
		return a->handle_len < b->handle_len ? -1 : 1;
	return memcmp(a->handle, b->handle, a->handle_len);
}

struct indexed {
	const struct fserror_record *rec;
	size_t nr;
};

static int compare_indexed(const void *pa, const void *pb)
{
	const struct indexed *a = pa, *b = pb;

	return paths_compare(a->rec, b->rec);
}

/*
 * Is what is mounted now the filesystem of the record? After an unmount its
 * device number may be that of another one.
 */
static bool same_filesystem(const struct fserror_record *rec, int root_fd)
{
	struct fsuuid2 fs;

	if (!fserror_has(rec, FSERROR_A_RECORD_UUID) ||
	    ioctl(root_fd, FS_IOC_GETFSUUID, &fs) || fs.len != FSERROR_UUID_LEN)
		return true;
	return !memcmp(fs.uuid, rec->uuid, FSERROR_UUID_LEN);
}

/* can a name be known at once, and is it? */
static int try_proc_name(const struct mounts *mounts,
			 const struct mount_point *mp, struct lookup *lookup,
			 int fd)
{
	size_t target_len = strcmp(mp->target, "/") ? strlen(mp->target) : 0;
	char name[PATH_MAX];
	int mount_id;

	if (namespace_fd_name(fd, name, sizeof(name)))
		return 0;
	/* it must be below the mount on which the handle was opened */
	if (strncmp(name, mp->target, target_len) ||
	    (name[target_len] && name[target_len] != '/'))
		return 0;
	if (!handle_is_named(lookup->rec, name, &mount_id) ||
	    !mounts_match(mounts, mount_id, device_of(lookup->rec)))
		return 0;
	return lookup_add(lookup, mp,
			  name[target_len] ? name + target_len + 1 : "");
}

/* what is known of the file once its handle was opened as @fd */
static int lookup_opened(const struct mounts *mounts,
			 const struct mount_point *mp, struct lookup *lookup,
			 int fd)
{
	struct path_result *result = lookup->result;
	struct stat st;

	if (fstat(fd, &st)) {
		result->state = PATH_DENIED;
		result->error = errno;
		return 0;
	}
	if (st.st_ino != lookup->rec->ino) {
		result->state = PATH_STALE;
		return 0;
	}
	lookup->directory = S_ISDIR(st.st_mode);
	/* the links of a directory are its subdirectories, it has one name */
	result->links = lookup->directory && st.st_nlink ? 1 : st.st_nlink;
	if (result->links == 0) {
		result->state = PATH_UNLINKED;
		return 0;
	}
	result->state = PATH_PARTIAL;
	lookup->open = true;
	return try_proc_name(mounts, mp, lookup, fd);
}

/* the state of the file, and perhaps its name, seen through one mount */
static int lookup_handle(const struct mounts *mounts,
			 const struct mount_point *mp, struct lookup *lookup,
			 int root_fd)
{
	struct path_result *result = lookup->result;
	int fd, err;

	fd = handle_open(lookup->rec, root_fd);
	if (fd >= 0) {
		result->error = 0;
		err = lookup_opened(mounts, mp, lookup, fd);
		close(fd);
		return err;
	}
	if (errno == ESTALE) {
		result->error = 0;
		result->state = lookup->rec->flags &
						FSERROR_RECORD_FLAG_UNLINKED ?
					PATH_UNLINKED :
					PATH_STALE;
		return 0;
	}
	result->state = PATH_DENIED;
	result->error = errno;
	return 0;
}

/* what is known when the filesystem has told all names that a mount shows */
static void lookup_told(struct lookup *lookup, uint64_t links)
{
	struct path_result *result = lookup->result;

	if (!lookup->open && links) {
		/* only the parent pointers could be had */
		lookup->open = true;
		result->links = links;
		result->state = PATH_PARTIAL;
		result->error = 0;
	}
	lookup->told = lookup->open && links >= result->links;
}

/* are names missing, wherever they could be found? */
static bool incomplete(const struct lookup *lookup)
{
	return lookup->result->count < lookup->result->links;
}

/*
 * What one mount shows. Returns 1 if others need not be asked, 0 if they may
 * show more, or -ENOMEM.
 */
static int lookup_on_mount(const struct mounts *mounts,
			   const struct mount_point *mp, struct lookup *lookup,
			   int root_fd)
{
	uint64_t links;
	int err;

	if (!lookup->open) {
		err = lookup_handle(mounts, mp, lookup, root_fd);
		if (err)
			return err;
		if (!lookup->open && lookup->result->state != PATH_DENIED)
			return 1;
	}
	if (lookup->open && !incomplete(lookup))
		return 1;
	err = parents_find(lookup, mp, root_fd, &links);
	if (err == -ENOMEM)
		return err;
	if (err) {
		lookup->told = false;
		return lookup->open;
	}
	lookup_told(lookup, links);
	return lookup->open && !incomplete(lookup);
}

/* all that can be known without reading directories; 0 or -ENOMEM */
static int lookup_quick(const struct mounts *mounts, struct lookup *lookup)
{
	const struct mount_point *mp;
	int root_fd, rc = 0;
	size_t count, i;

	mp = mounts_of(mounts, device_of(lookup->rec), &count);
	lookup->result->state = PATH_UNMOUNTED;
	for (i = 0; i < count && !rc; i++) {
		root_fd = walk_open_root(&mp[i]);
		if (root_fd < 0)
			continue; /* covered, or a mount of a single file */
		if (same_filesystem(lookup->rec, root_fd))
			rc = lookup_on_mount(mounts, &mp[i], lookup, root_fd);
		close(root_fd);
	}
	return rc < 0 ? rc : 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void finish(struct lookup *lookup)
{
	struct path_result *result = lookup->result;

	if (lookup->open && result->count >= result->links) {
		result->state = PATH_OK;
		result->error = 0;
	}
	if (result->count)
		qsort(result->names, result->count, sizeof(*result->names),
		      compare_names);
	lookup_free(lookup);
}

/* a file that was renamed or removed while the walk went by */
static int look_again(const struct mounts *mounts, struct lookup *lookup)
{
	if (!lookup->open || lookup->result->count || lookup->result->error)
		return 0;
	lookup->open = false;
	lookup->told = false;
	return lookup_quick(mounts, lookup);
}

/* the tick wants an end before all files were looked at */
static void give_up(struct lookup *lookups, size_t nr, int err)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		lookups[i].result->state = PATH_PARTIAL;
		lookups[i].result->error = -err;
	}
}

static int look_at_all(const struct mounts *mounts, struct lookup *lookups,
		       size_t nr, const struct path_hooks *hooks)
{
	size_t i;
	int err;

	for (i = 0; i < nr; i++) {
		err = hooks && hooks->tick && i % TICK_LOOKUPS == 0 ?
			      hooks->tick(hooks->arg) :
			      0;
		if (err) {
			give_up(lookups + i, nr - i, err);
			return 0;
		}
		err = lookup_quick(mounts, &lookups[i]);
		if (err)
			return err;
	}
	return 0;
}

static int search_all(const struct mounts *mounts, struct lookup *lookups,
		      size_t nr, const struct path_hooks *hooks)
{
	size_t i, end;
	int err;

	for (i = 0; i < nr; i = end) {
		for (end = i + 1; end < nr; end++) {
			if (device_of(lookups[end].rec) !=
			    device_of(lookups[i].rec))
				break;
		}
		err = search_filesystem(mounts, lookups + i, end - i, hooks);
		if (err)
			return err;
	}
	for (i = 0; i < nr; i++) {
		err = look_again(mounts, &lookups[i]);
		if (err)
			return err;
	}
	return 0;
}

static int resolve_all(const struct mounts *mounts, struct lookup *lookups,
		       size_t nr, const struct path_hooks *hooks)
{
	size_t i;
	int err;

	err = look_at_all(mounts, lookups, nr, hooks);
	if (err)
		return err;
	if (!hooks || !hooks->quick)
		return search_all(mounts, lookups, nr, hooks);
	for (i = 0; i < nr; i++) {
		if (lookup_wants(&lookups[i]))
			lookups[i].result->state = PATH_PENDING;
	}
	return 0;
}

/* one lookup for each different inode of the sorted records */
static size_t make_lookups(const struct indexed *sorted, size_t nr,
			   struct lookup *lookups, struct path_batch *batch,
			   size_t *room)
{
	size_t nr_lookups = 0, i;

	for (i = 0; i < nr; i++) {
		if (i == 0 || paths_compare(sorted[i - 1].rec, sorted[i].rec)) {
			lookups[nr_lookups].rec = sorted[i].rec;
			lookups[nr_lookups].result =
				&batch->results[nr_lookups];
			lookups[nr_lookups].room = room;
			nr_lookups++;
		}
		batch->of[sorted[i].nr] = nr_lookups - 1;
	}
	return nr_lookups;
}

int paths_resolve(const struct mounts *mounts,
		  const struct fserror_record *const *recs, size_t nr,
		  const struct path_hooks *hooks, struct path_batch *batch)
{
	struct indexed *sorted;
	struct lookup *lookups;
	size_t i, nr_sorted = 0, room = NAMES_MAX;
	int err = -ENOMEM;

	sorted = calloc(nr + 1, sizeof(*sorted));
	lookups = calloc(nr + 1, sizeof(*lookups));
	batch->results = calloc(nr + 1, sizeof(*batch->results));
	batch->of = calloc(nr + 1, sizeof(*batch->of));
	batch->nr_records = nr;
	batch->nr_results = 0;
	if (!sorted || !lookups || !batch->results || !batch->of)
		goto free_all;

	for (i = 0; i < nr; i++) {
		batch->of[i] = NO_RESULT;
		if (!paths_possible(recs[i]))
			continue;
		sorted[nr_sorted].rec = recs[i];
		sorted[nr_sorted].nr = i;
		nr_sorted++;
	}
	qsort(sorted, nr_sorted, sizeof(*sorted), compare_indexed);
	batch->nr_results =
		make_lookups(sorted, nr_sorted, lookups, batch, &room);
	err = resolve_all(mounts, lookups, batch->nr_results, hooks);
	for (i = 0; i < batch->nr_results; i++)
		finish(&lookups[i]);

free_all:
	free(sorted);
	free(lookups);
	if (err)
		path_batch_free(batch);
	return err;
}

const struct path_result *path_batch_get(const struct path_batch *batch,
					 size_t nr)
{
	if (batch->of[nr] == NO_RESULT)
		return NULL;
	return &batch->results[batch->of[nr]];
}

void path_batch_free(struct path_batch *batch)
{
	size_t i, j;

	for (i = 0; i < batch->nr_results; i++) {
		for (j = 0; j < batch->results[i].count; j++)
			free(batch->results[i].names[j]);
		free(batch->results[i].names);
	}
	free(batch->results);
	free(batch->of);
	memset(batch, 0, sizeof(*batch));
}

const char *path_state_name(enum path_state state)
{
	static const char *const names[] = {
		[PATH_OK] = "ok",
		[PATH_PARTIAL] = "partial",
		[PATH_UNLINKED] = "unlinked",
		[PATH_UNMOUNTED] = "unmounted",
		[PATH_STALE] = "stale",
		[PATH_DENIED] = "denied",
		[PATH_PENDING] = "pending",
	};

	return names[state];
}

void path_reason(const struct path_result *result, char *buf, size_t size)
{
	size_t len;

	buf[0] = '\0';
	switch (result->state) {
	case PATH_OK:
		break;
	case PATH_PARTIAL:
		snprintf(buf, size, "%zu of %" PRIu64 " names found",
			 result->count, result->links);
		break;
	case PATH_UNLINKED:
		snprintf(buf, size, "the file has no name any more");
		break;
	case PATH_UNMOUNTED:
		snprintf(buf, size, "its filesystem is not mounted here");
		break;
	case PATH_STALE:
		snprintf(buf, size, "the inode is gone or was used again");
		break;
	case PATH_DENIED:
		snprintf(buf, size, "the file cannot be opened");
		break;
	case PATH_PENDING:
		snprintf(buf, size, "names are being searched for");
		break;
	}
	len = strlen(buf);
	if (result->error)
		snprintf(buf + len, size - len, ": %s",
			 strerror(result->error));
}
