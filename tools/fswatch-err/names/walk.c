// SPDX-License-Identifier: GPL-2.0-only
/*
 * Directories that are still to be read are kept as paths relative to the
 * mount's root, so that one descriptor is enough for any depth.
 */
#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>
#include <linux/openat2.h>

#include "handle.h"
#include "namespace.h"
#include "pace.h"
#include "progress.h"

#define TICK_ENTRIES 256 /* directory entries between two ticks */
/* how many directories and names there are is for users to say, not what they cost */
#define DIRS_MAX (64U << 20) /* bytes of those that are still to be read */
#define DIR_COST 32 /* bytes of one, beside its path */
#define NAME_COST 96 /* bytes of a name, beside the name, twice */

struct walk {
	const struct mount_point *mp;
	struct lookup *lookups;
	size_t nr;
	size_t nr_wanted; /* lookups that wanted more names at the start */
	size_t nr_open; /* and that still do */
	char **dirs; /* to be read */
	size_t nr_dirs, room;
	size_t dirs_size; /* bytes of them */
	unsigned int entries;
	const struct path_hooks *hooks; /* NULL if there are none */
	struct string_list *hidden;
	struct pace pace;
	struct progress progress;
	int error; /* the first errno of a directory that could not be read */
};

bool lookup_wants(const struct lookup *lookup)
{
	return lookup->open && !lookup->told && !lookup->full &&
	       lookup->result->count < lookup->result->links;
}

/* where in the filesystem @rel is */
static char *path_in_fs(const struct mount_point *mp, const char *rel)
{
	const char *root = strcmp(mp->root, "/") ? mp->root : "";
	char *path;

	if (asprintf(&path, "%s%s%s", root, *rel ? "/" : "", rel) < 0)
		return NULL;
	return path;
}

static char *path_of_name(const struct mount_point *mp, const char *rel)
{
	const char *target = strcmp(mp->target, "/") ? mp->target : "";
	char *path;

	if (!*rel)
		return strdup(mp->target);
	if (asprintf(&path, "%s/%s", target, rel) < 0)
		return NULL;
	return path;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* put @name, which is the caller's if this fails, with those that there are */
static int put_name(struct path_result *result, char *name)
{
	const size_t nr = result->count;
	char **names;

	/* there is room up to the next power of two */
	if (!(nr & (nr - 1))) {
		names = reallocarray(result->names, nr ? nr * 2 : 1,
				     sizeof(*names));
		if (!names)
			return -ENOMEM;
		result->names = names;
	}
	result->names[result->count++] = name;
	return 0;
}

static int add_name(struct lookup *lookup, const struct mount_point *mp,
		    const char *rel, size_t where_len)
{
	char *name = path_of_name(mp, rel);
	size_t cost;
	int err;

	if (!name)
		return -ENOMEM;
	cost = strlen(name) + where_len + NAME_COST;
	if (cost > *lookup->room) {
		lookup->full = true;
		lookup->result->error = ENOBUFS;
		free(name);
		return 0;
	}
	err = put_name(lookup->result, name);
	if (err)
		free(name);
	else
		*lookup->room -= cost;
	return err;
}

int lookup_add(struct lookup *lookup, const struct mount_point *mp,
	       const char *rel)
{
	char *where, **found;
	int err;

	if (lookup->full)
		return 0;
	where = path_in_fs(mp, rel);
	if (!where)
		return -ENOMEM;
	found = tsearch(where, &lookup->in_fs, compare);
	if (!found || *found != where) {
		free(where);
		return found ? 0 : -ENOMEM;
	}
	err = add_name(lookup, mp, rel, strlen(where));
	if (err || lookup->full) {
		tdelete(where, &lookup->in_fs, compare);
		free(where);
	}
	return err;
}

void lookup_free(struct lookup *lookup)
{
	tdestroy(lookup->in_fs, free);
	lookup->in_fs = NULL;
}

/* is the directory on @dev? The number of a mount may be that of another one now */
static bool is_on_device(int fd, const struct statx *stx, dev_t dev)
{
	struct statfs fs;

	if (makedev(stx->stx_dev_major, stx->stx_dev_minor) == dev)
		return true;
	/* each subvolume has a number of its own */
	return !fstatfs(fd, &fs) && fs.f_type == BTRFS_SUPER_MAGIC;
}

int walk_open_root(const struct mount_point *mp)
{
	struct statx stx;
	int fd;

	fd = namespace_open(mp->target, O_RDONLY | O_DIRECTORY,
			    RESOLVE_NO_SYMLINKS);
	if (fd < 0)
		return -1;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) ||
	    !(stx.stx_mask & STATX_MNT_ID) || (int)stx.stx_mnt_id != mp->id ||
	    !is_on_device(fd, &stx, mp->dev)) {
		close(fd);
		errno = ENOENT;
		return -1;
	}
	return fd;
}

/* the first lookup of inode @ino, or NULL */
static struct lookup *find(const struct walk *walk, uint64_t ino)
{
	size_t lo = 0, hi = walk->nr, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (walk->lookups[mid].rec->ino < ino)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < walk->nr && walk->lookups[lo].rec->ino == ino)
		return &walk->lookups[lo];
	return NULL;
}

static int push(struct walk *walk, char *dir)
{
	size_t more = walk->room ? walk->room * 2 : 64;
	char **dirs;

	if (walk->nr_dirs == walk->room) {
		dirs = reallocarray(walk->dirs, more, sizeof(*dirs));
		if (!dirs)
			return -ENOMEM;
		walk->dirs = dirs;
		walk->room = more;
	}
	walk->dirs[walk->nr_dirs++] = dir;
	walk->dirs_size += strlen(dir) + DIR_COST;
	return 0;
}

/* the one that is to be read next, to be freed */
static char *pop(struct walk *walk)
{
	char *dir = walk->dirs[--walk->nr_dirs];

	walk->dirs_size -= strlen(dir) + DIR_COST;
	return dir;
}

static char *join(const char *dir, const char *name)
{
	char *path;

	if (!*dir)
		return strdup(name);
	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return NULL;
	return path;
}

/* the directory @dir is not seen, or not all of it */
static int hide(const struct walk *walk, const char *dir)
{
	char *where = path_in_fs(walk->mp, dir);
	int err = where ? string_list_add_once(walk->hidden, where) : -ENOMEM;

	free(where);
	return err;
}

/* is @entry one of those that are searched for? */
static int check_entry(struct walk *walk, int dirfd, const char *dir,
		       const struct dirent *entry)
{
	struct lookup *lookup = find(walk, entry->d_ino);
	struct lookup *end = walk->lookups + walk->nr;
	int mount_id, err;
	char *rel;

	for (; lookup && lookup < end && lookup->rec->ino == entry->d_ino;
	     lookup++) {
		if (!lookup_wants(lookup))
			continue;
		mount_id = walk->mp->id;
		if (!handle_matches(lookup->rec, dirfd, entry->d_name,
				    &mount_id)) {
			/* something is mounted on it, which is no directory */
			if (mount_id != walk->mp->id) {
				err = hide(walk, dir);
				if (err)
					return err;
				continue;
			}
			/* another generation, or removed in the meantime */
			if (errno && errno != ENOENT && !walk->error)
				walk->error = errno;
			continue;
		}
		if (mount_id != walk->mp->id)
			continue; /* something is mounted on it */
		rel = join(dir, entry->d_name);
		if (!rel)
			return -ENOMEM;
		err = lookup_add(lookup, walk->mp, rel);
		free(rel);
		if (err)
			return err;
		if (!lookup_wants(lookup))
			walk->nr_open--;
	}
	return 0;
}

static bool is_directory(int dirfd, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return !fstatat(dirfd, entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) &&
	       S_ISDIR(st.st_mode);
}

/* between two pieces of work */
static int tick(struct walk *walk)
{
	pace_turn(&walk->pace);
	progress_show(&walk->progress, walk->entries,
		      walk->nr_wanted - walk->nr_open, walk->nr_wanted);
	return walk->hooks && walk->hooks->tick ?
		       walk->hooks->tick(walk->hooks->arg) :
		       0;
}

static int read_entries(struct walk *walk, DIR *stream, const char *dir)
{
	struct dirent *entry;
	char *sub;
	int err;

	while (walk->nr_open) {
		errno = 0;
		entry = readdir(stream);
		if (!entry) {
			if (errno && !walk->error)
				walk->error = errno;
			return 0;
		}
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (++walk->entries % TICK_ENTRIES == 0) {
			err = tick(walk);
			if (err)
				return err;
		}
		err = check_entry(walk, dirfd(stream), dir, entry);
		if (err)
			return err;
		if (!is_directory(dirfd(stream), entry))
			continue;
		if (walk->dirs_size >= DIRS_MAX) {
			walk->error = ENOBUFS;
			continue;
		}
		sub = join(dir, entry->d_name);
		if (!sub)
			return -ENOMEM;
		err = push(walk, sub);
		if (err) {
			free(sub);
			return err;
		}
	}
	return 0;
}

int walk_open_beneath(int root_fd, const char *path, int flags)
{
	struct open_how how = {
		.flags = flags | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_XDEV,
	};

	return syscall(SYS_openat2, root_fd, *path ? path : ".", &how,
		       sizeof(how));
}

static int open_dir(int root_fd, const char *dir)
{
	int fd;

	fd = walk_open_beneath(root_fd, dir,
			       O_RDONLY | O_DIRECTORY | O_NOATIME);
	if (fd < 0 && errno == EPERM) /* not our directory */
		fd = walk_open_beneath(root_fd, dir, O_RDONLY | O_DIRECTORY);
	return fd;
}

static int read_directory(struct walk *walk, int root_fd, const char *dir)
{
	DIR *stream;
	int fd, err;

	fd = open_dir(root_fd, dir);
	if (fd < 0) {
		/* removed or replaced since, or something is mounted there */
		if (errno == EXDEV)
			return hide(walk, dir);
		if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP &&
		    !walk->error)
			walk->error = errno;
		return 0;
	}
	stream = fdopendir(fd);
	if (!stream) {
		close(fd);
		return -ENOMEM;
	}
	err = read_entries(walk, stream, dir);
	closedir(stream);
	return err;
}

int walk_mount(const struct mount_point *mp, const char *from,
	       struct lookup *lookups, size_t nr,
	       const struct path_hooks *hooks, struct string_list *hidden)
{
	struct walk walk = {
		.mp = mp,
		.lookups = lookups,
		.nr = nr,
		.hooks = hooks,
		.hidden = hidden,
	};
	char *dir;
	int root_fd, err;
	size_t i;

	for (i = 0; i < nr; i++)
		walk.nr_wanted += lookup_wants(&lookups[i]);
	walk.nr_open = walk.nr_wanted;
	root_fd = walk_open_root(mp);
	if (root_fd < 0)
		return errno;
	pace_begin(&walk.pace);
	progress_begin(&walk.progress, mp->target, !hooks || hooks->progress);
	dir = strdup(from);
	err = dir ? push(&walk, dir) : -ENOMEM;
	if (err)
		free(dir);
	while (!err && walk.nr_dirs && walk.nr_open) {
		dir = pop(&walk);
		err = read_directory(&walk, root_fd, dir);
		free(dir);
		if (!err)
			pace_turn(&walk.pace);
	}
	progress_end(&walk.progress);
	pace_end(&walk.pace);
	while (walk.nr_dirs)
		free(pop(&walk));
	free(walk.dirs);
	close(root_fd);
	return err ? err : walk.error;
}
