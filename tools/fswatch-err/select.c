// SPDX-License-Identifier: GPL-2.0-only
#include "select.h"

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <libmount.h>

#include "cmd.h"
#include "namespace.h"
#include "text.h"

/* a directory or file below which names are wanted */
struct select_path {
	char *prefix; /* without a slash at its end; "" is the root */
	struct fserror_fs_id fs;
};

void select_help(FILE *out)
{
	fputs(" -t, --types <list>       only filesystems of these types\n"
	      " -m, --mountpoint <dir>   only the filesystem that is mounted there\n"
	      " -S, --source <dev>       only the filesystem on this device or tag\n"
	      " -U, --uuid <uuid>        only the filesystem with this UUID\n"
	      "     --path <path>        only what is there or below\n"
	      " -i, --inode <num>        only this inode\n"
	      "     --kind, --cause <list>  only these kinds, only these causes\n"
	      "     --namespace <pid|ns> mounts and names as this process sees them\n",
	      out);
}

/* a new last element, zeroed; NULL after saying that there is no memory */
static void *append(struct select_list *list, size_t size)
{
	char *v = reallocarray(list->v, list->nr + 1, size);

	if (!v) {
		warnx("%s", strerror(ENOMEM));
		return NULL;
	}
	list->v = v;
	v += list->nr++ * size;
	memset(v, 0, size);
	return v;
}

static char *copy(const char *s, size_t len)
{
	char *text = strndup(s, len);

	if (!text)
		warnx("%s", strerror(ENOMEM));
	return text;
}

/*
 * Call @add for each word of a list with commas. An empty one is no word: then
 * @add says so.
 */
static int each_word(struct select *select, const char *list,
		     int (*add)(struct select *select, const char *word))
{
	size_t len;
	char *word;
	int rc;

	for (;;) {
		len = strcspn(list, ",");
		word = copy(list, len);
		if (!word)
			return -1;
		rc = add(select, word);
		free(word);
		if (rc < 0 || !list[len])
			return rc;
		list += len + 1;
	}
}

static int add_type(struct select *select, const char *word)
{
	char **type;

	if (!*word) {
		warnx("--types wants names of filesystem types");
		return -1;
	}
	type = append(&select->types, sizeof(*type));
	if (type)
		*type = copy(word, strlen(word));
	return type && *type ? 1 : -1;
}

static int add_kind(struct select *select, const char *word)
{
	int kind = fserror_kind_from_name(word);

	if (kind < 0) {
		warnx("--kind: unknown kind: '%s'", word);
		return -1;
	}
	select->kinds |= UINT32_C(1) << kind;
	return 1;
}

static int add_cause(struct select *select, const char *word)
{
	int cause = fserror_cause_from_name(word);

	if (cause < 0) {
		warnx("--cause: unknown cause: '%s'", word);
		return -1;
	}
	select->causes |= UINT32_C(1) << cause;
	return 1;
}

static int need_mounts(struct select *select)
{
	if (!select->mounts)
		select->mounts = mounts_load();
	if (!select->mounts) {
		warn("cannot read the mounts");
		return -1;
	}
	return 0;
}

static void name_device(struct fserror_fs_id *fs, dev_t dev)
{
	fs->has_dev = true;
	fs->major = major(dev);
	fs->minor = minor(dev);
}

static int add_mountpoint(struct select *select, const char *arg)
{
	const struct mount_point *mp;
	struct fserror_fs_id *fs;
	char *path;

	if (need_mounts(select))
		return -1;
	path = realpath(arg, NULL);
	if (!path) {
		warn("--mountpoint: '%s'", arg);
		return -1;
	}
	mp = mounts_at(select->mounts, path);
	free(path);
	if (!mp) {
		warnx("--mountpoint: nothing is mounted on '%s'", arg);
		return -1;
	}
	fs = append(&select->mountpoints, sizeof(*fs));
	if (!fs)
		return -1;
	name_device(fs, mp->dev);
	return 1;
}

/* the device itself, mounted or not, or what is mounted from that source */
static int add_source(struct select *select, const char *arg)
{
	const struct mount_point *mp;
	struct fserror_fs_id *fs;
	bool found = false;
	struct stat st;
	char *path;
	dev_t dev = 0;

	if (need_mounts(select))
		return -1;
	path = mnt_resolve_spec(arg, NULL);
	mp = mounts_from(select->mounts, path ? path : arg);
	if (mp) {
		dev = mp->dev;
		found = true;
	} else if (path && !stat(path, &st) && S_ISBLK(st.st_mode)) {
		dev = st.st_rdev;
		found = true;
	}
	free(path);
	if (!found) {
		warnx("--source: '%s' is neither a block device nor the source of a mount",
		      arg);
		return -1;
	}
	fs = append(&select->sources, sizeof(*fs));
	if (!fs)
		return -1;
	name_device(fs, dev);
	return 1;
}

static int add_uuid(struct select *select, const char *arg)
{
	struct fserror_fs_id *fs = append(&select->uuids, sizeof(*fs));

	if (!fs)
		return -1;
	if (!text_to_uuid(arg, fs->uuid)) {
		warnx("--uuid: '%s' is not a UUID", arg);
		return -1;
	}
	fs->has_uuid = true;
	return 1;
}

static int add_inode(struct select *select, const char *arg)
{
	uint64_t *ino = append(&select->inodes, sizeof(*ino));

	if (!ino)
		return -1;
	if (!text_to_u64(arg, ino)) {
		warnx("--inode wants a number, not '%s'", arg);
		return -1;
	}
	return 1;
}

/* what lies there may be gone or damaged: only its directory has to exist */
static char *absolute_path(const char *arg)
{
	char *path = realpath(arg, NULL), *dir, *parent, *base;

	if (path || errno != ENOENT)
		return path;
	dir = strdup(arg);
	if (!dir)
		return NULL;
	for (base = dir + strlen(dir); base > dir && base[-1] == '/'; base--)
		base[-1] = '\0';
	base = strrchr(dir, '/');
	if (base)
		*base++ = '\0';
	parent = realpath(!base ? "." : *dir ? dir : "/", NULL);
	if (!base)
		base = dir;
	if (parent && asprintf(&path, "%s/%s",
			       strcmp(parent, "/") ? parent : "", base) < 0)
		path = NULL;
	free(parent);
	free(dir);
	return path;
}

static int add_path(struct select *select, const char *arg)
{
	struct select_path *path = append(&select->paths, sizeof(*path));
	const struct mount_point *mp;

	if (!path || need_mounts(select))
		return -1;
	path->prefix = absolute_path(arg);
	if (!path->prefix) {
		warn("--path: '%s'", arg);
		return -1;
	}
	mp = mounts_holding(select->mounts, path->prefix);
	if (mp)
		name_device(&path->fs, mp->dev);
	if (!strcmp(path->prefix, "/"))
		*path->prefix = '\0';
	return 1;
}

/* what was looked up before would be of another namespace */
static int enter_namespace(const struct select *select, const char *arg)
{
	if (select->mounts) {
		warnx("--namespace has to come before --mountpoint, --source and --path");
		return -1;
	}
	return namespace_use(arg) ? -1 : 1;
}

int select_option(struct select *select, int c, const char *arg)
{
	switch (c) {
	case 't':
		return each_word(select, arg, add_type);
	case 'm':
		return add_mountpoint(select, arg);
	case 'S':
		return add_source(select, arg);
	case 'U':
		return add_uuid(select, arg);
	case 'i':
		return add_inode(select, arg);
	case SELECT_KIND:
		return each_word(select, arg, add_kind);
	case SELECT_CAUSE:
		return each_word(select, arg, add_cause);
	case SELECT_PATH:
		return add_path(select, arg);
	case SELECT_NAMESPACE:
		return enter_namespace(select, arg);
	}
	return 0;
}

void select_free(struct select *select)
{
	struct select_path *path = select->paths.v;
	char **type = select->types.v;
	size_t i;

	for (i = 0; i < select->types.nr; i++)
		free(type[i]);
	for (i = 0; i < select->paths.nr; i++)
		free(path[i].prefix);
	free(select->types.v);
	free(select->mountpoints.v);
	free(select->sources.v);
	free(select->uuids.v);
	free(select->paths.v);
	free(select->inodes.v);
	mounts_free(select->mounts);
	memset(select, 0, sizeof(*select));
}

bool select_names_filesystem(const struct select *select)
{
	return select->mountpoints.nr || select->sources.nr ||
	       select->uuids.nr || select->paths.nr;
}

bool select_any(const struct select *select)
{
	return select->types.nr || select->mountpoints.nr ||
	       select->sources.nr || select->uuids.nr || select->paths.nr ||
	       select->inodes.nr || select->kinds || select->causes;
}

/* the filesystems of the first option that names some; the rest is seen to here */
static const struct select_list *filesystems(const struct select *select)
{
	if (select->mountpoints.nr)
		return &select->mountpoints;
	if (select->sources.nr)
		return &select->sources;
	return &select->uuids;
}

const struct fserror_filter *select_filter(struct select *select)
{
	const struct select_list *list = filesystems(select);

	select->filter = (struct fserror_filter){
		.fs = list->v,
		.nr_fs = list->nr,
		.kinds = select->kinds,
		.causes = select->causes,
	};
	return &select->filter;
}

const struct fserror_fs_id *select_filesystem(struct select *select)
{
	const struct select_list *list = filesystems(select);
	const struct select_path *path = select->paths.v;

	if (list->nr == 1)
		return list->v;
	/* below a path other filesystems may be mounted, unless it is a file */
	if (!list->nr && select->paths.nr == 1 && path->fs.has_dev &&
	    !mounts_below(select->mounts, path->prefix))
		return &path->fs;
	return NULL;
}

static bool is_filesystem(const struct select_list *list,
			  const struct fserror_record *rec)
{
	const struct fserror_fs_id *fs = list->v;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (fs[i].has_dev && fserror_has(rec, FSERROR_A_RECORD_MAJOR) &&
		    fs[i].major == rec->major && fs[i].minor == rec->minor)
			return true;
		if (fs[i].has_uuid && fserror_has(rec, FSERROR_A_RECORD_UUID) &&
		    !memcmp(fs[i].uuid, rec->uuid, FSERROR_UUID_LEN))
			return true;
	}
	return !list->nr;
}

static bool is_type(const struct select_list *list,
		    const struct fserror_record *rec)
{
	char *const *type = list->v;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (fserror_has(rec, FSERROR_A_RECORD_FSTYPE) &&
		    !strcmp(type[i], rec->fstype))
			return true;
	}
	return !list->nr;
}

static bool is_inode(const struct select_list *list,
		     const struct fserror_record *rec)
{
	const uint64_t *ino = list->v;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (fserror_has(rec, FSERROR_A_RECORD_INO) &&
		    ino[i] == rec->ino)
			return true;
	}
	return !list->nr;
}

static bool has_bit(uint32_t bits, uint32_t bit)
{
	return !bits || (bit < 32 && bits >> bit & 1);
}

bool select_record(const struct select *select,
		   const struct fserror_record *rec)
{
	return has_bit(select->kinds, rec->kind) &&
	       has_bit(select->causes, rec->cause) &&
	       is_type(&select->types, rec) &&
	       is_filesystem(&select->mountpoints, rec) &&
	       is_filesystem(&select->sources, rec) &&
	       is_filesystem(&select->uuids, rec) &&
	       is_inode(&select->inodes, rec);
}

static bool is_below(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return !strncmp(name, prefix, len) && (!name[len] || name[len] == '/');
}

static bool any_name_below(const struct select_list *paths,
			   const struct path_result *result)
{
	const struct select_path *path = paths->v;
	size_t i, j;

	for (i = 0; i < paths->nr; i++) {
		for (j = 0; j < result->count; j++) {
			if (is_below(result->names[j], path[i].prefix))
				return true;
		}
	}
	return false;
}

/* can something without a name be below one of the paths? */
static bool may_be_below(const struct select *select, const struct view *view)
{
	const struct select_path *path = select->paths.v;
	const struct fserror_record *rec = view->rec;
	size_t i;

	if (!fserror_has(rec, FSERROR_A_RECORD_MAJOR))
		return true;
	for (i = 0; i < select->paths.nr; i++) {
		if (!path[i].fs.has_dev || (path[i].fs.major == rec->major &&
					    path[i].fs.minor == rec->minor))
			return true;
		if (view->target && is_below(view->target, path[i].prefix))
			return true;
	}
	return false;
}

enum select_answer select_view(const struct select *select,
			       const struct view *view)
{
	const struct path_result *paths = view->paths;

	if (!select_record(select, view->rec))
		return SELECT_NO;
	if (!select->paths.nr)
		return SELECT_YES;
	if (paths && any_name_below(&select->paths, paths))
		return SELECT_YES;
	/* what has no name is below no path */
	if (paths && (paths->state == PATH_OK || paths->state == PATH_UNLINKED))
		return SELECT_NO;
	return may_be_below(select, view) ? SELECT_UNKNOWN : SELECT_NO;
}
